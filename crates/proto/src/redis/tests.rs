use super::*;
use crate::testing::{Collected, feed, feed_in_every_split};

fn talk(client: &[u8], server: &[u8]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::<Redis>::default() };
    feed_in_every_split(&make, &[(Side::Client, client), (Side::Server, server)])
}

#[test]
fn a_command_has_its_key_its_value_and_its_reply() {
    let told = talk(b"*3\r\n$3\r\nset\r\n$1\r\nk\r\n$5\r\nvalue\r\n", b"+OK\r\n");
    let redis = &told.records()[0]["redis"];
    assert_eq!(redis["command"], "SET");
    assert_eq!(
        (&redis["key"], &redis["value"]),
        (&"k".into(), &"value".into())
    );
    assert_eq!(
        (&redis["reply"], &redis["success"]),
        (&"OK".into(), &true.into())
    );
}

#[test]
fn pipelined_commands_have_their_replies_in_order() {
    let told = talk(b"PING\r\nGET k\r\n", b"+PONG\r\n-ERR no\r\n");
    assert_eq!(told.records()[1]["redis"]["reply"], "ERR no");
    assert_eq!(told.records()[1]["redis"]["success"], false);
}

#[test]
fn lists_within_lists_are_written_out() {
    let told = talk(
        b"XRANGE s - +\r\n",
        b"*2\r\n*2\r\n$1\r\na\r\n:1\r\n*1\r\n$-1\r\n",
    );
    assert_eq!(told.records()[0]["redis"]["reply"], "[[a, 1], [null]]");
}

#[test]
fn a_long_value_is_passed_over() {
    let mut command = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5000\r\n".to_vec();
    command.resize(command.len() + 5000, b'x');
    command.extend(b"\r\nPING\r\n");
    let make: Box<dyn Parser> = Box::<Redis>::default();
    let told = feed(make, &[(Side::Client, &command)]);
    assert_eq!(told.records()[1]["redis"]["command"], "PING");
}

#[test]
fn skipped_replies_are_not_waited_for() {
    let told = talk(b"CLIENT REPLY SKIP\r\nPING\r\nGET k\r\n", b"+v\r\n");
    let records = told.records();
    let get = records
        .iter()
        .find(|one| one["redis"]["command"] == "GET")
        .unwrap();
    assert_eq!(get["redis"]["reply"], "v");
}

#[test]
fn a_login_is_told() {
    let told = talk(b"AUTH alice secret\r\n", b"-WRONGPASS\r\n");
    let fact = format!(
        "fact Login {{ user: {:?}, plain_password: true, accepted: Some(false) }}",
        b"alice"
    );
    assert!(told.lines.contains(&fact));
    let told = talk(b"HELLO 3 AUTH alice secret\r\n", b"-WRONGPASS\r\n");
    assert!(told.lines.contains(&fact));
}

#[test]
fn endless_depth_ends_the_flow() {
    let told = talk(b"PING\r\n", &b"*1\r\n".repeat(40));
    assert_eq!(told.records().len(), 1);
}

#[test]
fn an_attribute_is_no_reply() {
    let told = talk(b"GET k\r\n", b"|1\r\n+ttl\r\n:3\r\n+value\r\n");
    assert_eq!(told.records()[0]["redis"]["reply"], "value");
}

#[test]
fn a_line_has_its_words_as_they_stand_with_spaces_in_quotes() {
    for (behind_key, value) in [
        (r#""two words" 3"#, r#""two words""#),
        (r"'two words' 3", r"'two words'"),
        (r#""an \"escaped\" quote" 3"#, r#""an \"escaped\" quote""#),
        (r#"'a "b' c""#, r#"'a "b'"#),
        (r#""open to the end"#, r#""open to the end"#),
    ] {
        let line = format!("SET key {behind_key}\r\n");
        let told = talk(line.as_bytes(), b"+OK\r\n");
        assert_eq!(told.records()[0]["redis"]["value"], value);
    }
}
