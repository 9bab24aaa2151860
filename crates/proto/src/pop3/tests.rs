use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn talk(lines: &[&str]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::new(Pop3::default()) };
    let sides = [Side::Server, Side::Client].into_iter().cycle();
    let pieces: Vec<(Side, &[u8])> = sides
        .zip(lines.iter().map(|line| line.as_bytes()))
        .collect();
    feed_in_every_split(&make, &pieces)
}

#[test]
fn a_greeting_is_an_answer_without_a_command() {
    let pop3 = &talk(&["+OK ready x\r\n"]).records()[0]["pop3"];
    assert_eq!(pop3["response"]["header"], "ready x");
    assert!(pop3["request"]["command"].is_null());
}

#[test]
fn an_answer_of_many_lines_belongs_to_its_command() {
    let told = talk(&[
        "+OK\r\n",
        "LIST\r\nSTAT\r\n",
        "+OK 2\r\n1 10\r\n..x\r\n.\r\n+OK 2 20\r\n",
    ]);
    let list = &told.records()[1]["pop3"];
    assert_eq!(list["response"]["data"], serde_json::json!(["1 10", ".x"]));
    assert_eq!(told.records()[2]["pop3"]["response"]["header"], "2 20");
}

#[test]
fn a_refusal_has_no_further_lines() {
    let told = talk(&["+OK\r\n", "RETR 9\r\nNOOP\r\n", "-ERR no\r\n+OK\r\n"]);
    assert_eq!(told.records()[1]["pop3"]["response"]["status"], "ERR");
    assert_eq!(told.records()[2]["pop3"]["request"]["command"], "NOOP");
}

#[test]
fn lines_of_a_login_are_not_commands() {
    let told = talk(&[
        "+OK\r\n",
        "AUTH PLAIN\r\n",
        "+ \r\n",
        "AGEAYg==\r\n",
        "+OK hi\r\n",
        "STAT\r\n",
        "+OK\r\n",
    ]);
    let command = |number: usize| told.records()[number]["pop3"]["request"]["command"].clone();
    assert_eq!(
        [command(1), command(2), command(3)],
        ["AUTH", "<SASL DATA>", "STAT"]
    );
}

#[test]
fn a_login_is_told_without_its_password() {
    let told = talk(&[
        "+OK\r\n",
        "USER alice\r\n",
        "+OK\r\n",
        "PASS x\r\n",
        "-ERR no\r\n",
    ]);
    let user = format!("{:?}", b"alice");
    let fact =
        format!("fact Login {{ user: {user}, plain_password: true, accepted: Some(false) }}");
    assert!(told.lines.contains(&fact));
}

#[test]
fn tls_follows_the_answer_to_stls() {
    let told = talk(&["+OK\r\n", "STLS\r\n", "+OK go\r\n"]);
    assert!(told.lines.contains(&"switch Some(\"tls\")".to_owned()));
}

#[test]
fn commands_that_do_not_exist_or_have_odd_arguments_are_told() {
    let of = |command: &[u8]| {
        let told = crate::testing::feed(Box::<Pop3>::default(), &[(Side::Client, command)]);
        told.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(b"HELO example.com\r\n"), ["pop3.unknown_command"]);
    let count = ["pop3.incorrect_argument_count"];
    for odd in [
        &b"RETR\r\n"[..],
        b"retr 1 2\r\n",
        b"TOP 1\r\n",
        b"QUIT now\r\n",
        b"USER\r\n",
    ] {
        assert_eq!(of(odd), count);
    }
    let right = b"USER a\r\nPASS b c\r\nlist\r\nLIST 1\r\nTOP 1 0\r\nUIDL\r\nCAPA\r\nQUIT\r\n";
    assert!(of(right).is_empty());
    // What follows `AUTH` is no command.
    assert!(of(b"AUTH LOGIN\r\ndA==\r\nx\r\n").is_empty());
}

#[test]
fn a_login_with_sasl_is_told_and_no_part_of_it_is_a_command() {
    for (method, lines) in [
        ("AUTH PLAIN", &["AGFsaWNlAHg=\r\n"][..]),
        ("AUTH LOGIN", &["YWxpY2U=\r\n", "eA==\r\n"]),
    ] {
        let begin = format!("{method}\r\n");
        let mut talked = vec!["+OK\r\n", &begin];
        for line in lines {
            talked.extend(["+ \r\n", line]);
        }
        talked.push("+OK in\r\n");
        let told = talk(&talked);
        let expected = format!(
            "fact Login {{ user: {:?}, plain_password: true, accepted: Some(true) }}",
            b"alice"
        );
        assert!(told.lines.contains(&expected), "{method}");
        let records = told.records();
        let last = &records[records.len() - 1]["pop3"]["request"]["command"];
        assert_eq!(last, "<SASL DATA>");
    }
}

#[test]
fn a_login_by_ntlm_is_told_with_its_answer() {
    use crate::ntlmssp::tests::{
        assert_tells_login, authenticate_message, base64_of, challenge_message,
    };

    let asks = format!("+ {}\r\n", base64_of(&challenge_message()));
    let says = format!("{}\r\n", base64_of(&authenticate_message()));
    for (reply, accepted) in [("+OK in\r\n", true), ("-ERR no\r\n", false)] {
        let told = talk(&[
            "+OK\r\n",
            "AUTH NTLM\r\n",
            "+\r\n",
            "TlRMTVNTUAABAAAAB4IIAA==\r\n",
            &asks,
            &says,
            reply,
        ]);
        assert_tells_login(&told, accepted);
    }
}

#[test]
fn a_login_by_sasl_is_told_with_its_user() {
    let user = format!("{:?}", b"alice");
    let fact = format!("fact Login {{ user: {user}, plain_password: true, accepted: Some(true) }}");
    let at_once = ["+OK\r\n", "AUTH PLAIN AGFsaWNlAHg=\r\n", "+OK\r\n"];
    assert!(talk(&at_once).lines.contains(&fact));
    let by_turns = [
        "+OK\r\n",
        "AUTH LOGIN\r\n",
        "+ VXNlcm5hbWU6\r\n",
        "YWxpY2U=\r\n",
        "+ UGFzc3dvcmQ6\r\n",
        "cGFzcw==\r\n",
        "+OK\r\n",
    ];
    assert!(talk(&by_turns).lines.contains(&fact));
}
