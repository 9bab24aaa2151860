use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed_in_every_split};

fn parser() -> Box<dyn Parser> {
    Box::new(Ftp::new(&facts("ftp", Transport::Tcp, 21)))
}

/// A conversation in which the sides take turns, the server first.
fn talk(lines: &[&str]) -> Collected {
    let sides = [Side::Server, Side::Client].into_iter().cycle();
    let pieces: Vec<(Side, &[u8])> = sides
        .zip(lines.iter().map(|line| line.as_bytes()))
        .collect();
    feed_in_every_split(&parser, &pieces)
}

/// What is expected, as told.
fn expected(told: &Collected) -> Vec<String> {
    let facts = told
        .lines
        .iter()
        .filter(|line| line.starts_with("fact Expect"));
    facts.cloned().collect()
}

#[test]
fn a_command_is_told_with_all_its_replies() {
    let told = talk(&[
        "220 hello\r\n",
        "PORT 192,0,2,1,4,1\r\n",
        "200 ok\r\n",
        "NLST\r\n",
        "150 here\r\n226 done\r\n",
    ]);
    let records = told.records();
    let ftp = records
        .iter()
        .map(|record| &record["ftp"])
        .collect::<Vec<_>>();
    let list = ftp.iter().find(|ftp| ftp["command"] == "NLST").unwrap();
    assert_eq!(list["completion_code"], serde_json::json!(["150", "226"]));
    assert_eq!(list["reply"], serde_json::json!(["here", "done"]));
    assert_eq!(ftp[0]["reply"], serde_json::json!(["hello"]));
}

fn parser_of_one_at_a_time() -> Box<dyn Parser> {
    let mut facts = facts("ftp", Transport::Tcp, 21);
    facts.limits.ftp_transactions = 1;
    Box::new(Ftp::new(&facts))
}

#[test]
fn too_many_commands_ahead_end_it() {
    let pieces: [(Side, &[u8]); 3] = [
        (Side::Server, b"220 hello\r\n"),
        (Side::Client, b"PWD\r\nCWD /tmp\r\n"),
        (Side::Server, b"257 \"/\"\r\n250 done\r\n"),
    ];
    let told = feed_in_every_split(&parser_of_one_at_a_time, &pieces);
    let commands: Vec<_> = told
        .records()
        .iter()
        .map(|it| it["ftp"]["command"].clone())
        .collect();
    assert_eq!(commands, [serde_json::Value::Null, "PWD".into()]);
    assert_eq!(told.anomalies(), ["ftp.too_many_transactions"]);
}

#[test]
fn without_replies_many_commands_are_read() {
    let commands = "NOOP\r\n".repeat(5);
    let pieces: [(Side, &[u8]); 1] = [(Side::Client, commands.as_bytes())];
    let told = feed_in_every_split(&parser_of_one_at_a_time, &pieces);
    assert_eq!(told.records().len(), 5);
    assert!(told.anomalies().is_empty());
}

#[test]
fn replies_of_many_lines_are_one() {
    let told = talk(&["220-one\r\n230 not yet\r\n two\r\n220 three\r\n"]);
    let ftp = &told.records()[0]["ftp"];
    assert_eq!(ftp["completion_code"], serde_json::json!(["220", "220"]));
    assert_eq!(ftp["reply"][3], "three");
}

#[test]
fn an_active_transfer_is_expected_at_the_client() {
    let told = talk(&[
        "220 x\r\n",
        "PORT 192,0,2,1,4,1\r\n",
        "200 ok\r\n",
        "RETR a b\r\n",
    ]);
    let about = format!("{:?}", b"RETR a b");
    let fact = format!(
        "fact Expect {{ server: 192.0.2.1, port: 1025, name: \"ftp-data\", about: {about} }}"
    );
    assert_eq!(expected(&told), [fact]);
}

#[test]
fn a_passive_transfer_is_expected_at_the_server() {
    for (command, reply) in [
        ("PASV", "227 Entering Passive Mode (10,0,0,1,4,1)."),
        ("EPSV", "229 Entering Extended Passive Mode (|||1025|)"),
    ] {
        let (command, reply) = (format!("{command}\r\n"), format!("{reply}\r\n"));
        let told = talk(&["220 x\r\n", &command, &reply, "STOR a\r\n"]);
        let about = format!("{:?}", b"STOR a");
        let fact = format!(
            "fact Expect {{ server: 198.51.100.2, port: 1025, name: \"ftp-data\", about: {about} }}"
        );
        assert_eq!(expected(&told), [fact]);
        assert_eq!(told.records()[1]["ftp"]["mode"], "passive");
    }
}

#[test]
fn a_file_asked_for_too_early_is_expected_once_the_port_is_known() {
    let told = talk(&["220 x\r\n", "RETR a\r\nEPRT |1|192.0.2.1|1025|\r\n"]);
    assert_eq!(expected(&told).len(), 1);
    assert_eq!(told.anomalies(), ["ftp.file_before_port"]);
}

#[test]
fn a_login_tells_whether_it_was_accepted() {
    let told = talk(&[
        "220 x\r\n",
        "USER alice\r\n",
        "331 p\r\n",
        "PASS secret\r\n",
        "530 no\r\n",
    ]);
    let user = format!("{:?}", b"alice");
    let fact =
        format!("fact Login {{ user: {user}, plain_password: true, accepted: Some(false) }}");
    assert!(told.lines.contains(&fact));
}

#[test]
fn zeek_gets_a_file_as_an_address_and_no_password() {
    let told = talk(&[
        "220 x\r\n",
        "USER alice\r\nPASS secret\r\nCWD pub\r\nEPSV\r\nRETR a\r\n",
        "331 p\r\n230 ok\r\n250 ok\r\n229 (|||1025|)\r\n150 a (77 bytes)\r\n226 ok\r\n",
    ]);
    let records = told.records();
    let row = &records.last().unwrap()["ftp_command"];
    assert_eq!(row["argument"], "ftp://198.51.100.2/./pub/a");
    assert_eq!(
        (&row["password"], &row["file_size"]),
        (&"<hidden>".into(), &77.into())
    );
}

#[test]
fn what_follows_the_answer_to_auth_tls_is_tls() {
    let told = talk(&["220 x\r\n", "AUTH TLS\r\n", "234 go\r\n"]);
    assert!(told.lines.contains(&"switch Some(\"tls\")".to_owned()));
}

#[test]
fn a_command_that_is_too_long_is_cut() {
    let line = [b"RETR ", [b'a'; 5000].as_slice(), b"\r\nNOOP\r\n"].concat();
    let told = crate::testing::feed(parser(), &[(Side::Client, &line)]);
    let records = told.records();
    assert_eq!(
        records[0]["ftp"]["command_data"].as_str().unwrap().len(),
        4091
    );
    assert_eq!(records[1]["ftp"]["command"], "NOOP");
}

#[test]
fn a_command_without_an_answer_says_so() {
    let told = talk(&["220 x\r\n", "NOOP\r\n"]);
    assert_eq!(told.records()[1]["ftp"]["reply_received"], "no");
}

#[test]
fn a_data_connection_is_a_file() {
    let make = || {
        let mut parser = (FTP_DATA.new)(&facts("ftp-data", Transport::Tcp, 1025));
        parser.about(b"RETR dir/a.txt");
        parser
    };
    let told = feed_in_every_split(&make, &[(Side::Server, b"hello")]);
    let file = (0, "dir/a.txt".to_owned(), b"hello".to_vec(), Some(true));
    assert_eq!(told.files, [file]);
    assert_eq!(told.records()[0]["ftp_data"]["filename"], "dir/a.txt");
}

#[test]
fn a_limit_that_is_set_lets_longer_commands_through() {
    let line = [b"RETR ", [b'a'; 5000].as_slice(), b"\r\n"].concat();
    let mut facts = facts("ftp", Transport::Tcp, 21);
    facts.limits.ftp_line = 6000;
    let told = crate::testing::feed(Box::new(Ftp::new(&facts)), &[(Side::Client, &line)]);
    let ftp = &told.records()[0]["ftp"];
    assert_eq!(ftp["command_truncated"], false);
    assert_eq!(ftp["command_data"].as_str().map(str::len), Some(5000));
}

#[test]
fn the_port_of_a_passive_transfer_is_part_of_what_the_client_asked() {
    let told = talk(&["220 x\r\n", "EPSV\r\n", "229 x (|||1025|)\r\n"]);
    let steps = told.lines.iter().filter(|line| line.contains("Client 1 "));
    let steps: Vec<_> = steps.collect();
    assert_eq!(
        steps,
        ["progress Client 1 1", "progress Client 1 255"],
        "it is known with the answer, and rules look again then"
    );
}

#[test]
fn a_download_is_the_servers_whoever_opened_the_connection() {
    for (about, side) in [(&b"RETR a"[..], "Server"), (b"STOR a", "Client")] {
        let mut parser = (FTP_DATA.new)(&facts("ftp-data", Transport::Tcp, 1025));
        parser.about(about);
        let told = crate::testing::feed(parser, &[(Side::Client, b"hello")]);
        let begun = told.lines.iter().find(|line| line.ends_with(" 0 1"));
        assert_eq!(begun, Some(&format!("progress {side} 0 1")));
    }
}
