use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn packet(order: u8, content: &[u8]) -> Vec<u8> {
    let [low, middle, high, _] = (content.len() as u32).to_le_bytes();
    [&[low, middle, high, order], content].concat()
}

fn login(capabilities: u32) -> Vec<u8> {
    let mut content = (capabilities | PROTOCOL_41).to_le_bytes().to_vec();
    content.extend([0; 28]);
    content.extend(b"alice\0rest");
    packet(1, &content)
}

fn talk(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::<Mysql>::default() };
    let mut all = vec![(Side::Server, packet(0, b"\x0a8.0\0rest"))];
    all.extend(pieces.iter().cloned());
    let pieces: Vec<(Side, &[u8])> = all
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&make, &pieces)
}

#[test]
fn a_login_may_take_several_packets() {
    let told = talk(&[
        (Side::Client, login(0)),
        (Side::Server, packet(2, b"\xfemethod\0")),
        (Side::Client, packet(3, b"proof")),
        (Side::Server, packet(4, b"\0\0\0\x02\0\0\0")),
    ]);
    let mysql = &told.records()[0]["mysql"];
    assert_eq!(
        (&mysql["command"], &mysql["argument"]),
        (&"login".into(), &"alice".into())
    );
    assert_eq!(mysql["success"], true);
    let fact = format!(
        "fact Login {{ user: {:?}, plain_password: false, accepted: Some(true) }}",
        b"alice"
    );
    assert!(told.lines.contains(&fact));
}

#[test]
fn a_refusal_has_a_message() {
    let told = talk(&[
        (Side::Client, login(0)),
        (Side::Server, packet(2, b"\xff\x15\x04#28000denied")),
    ]);
    let mysql = &told.records()[0]["mysql"];
    assert_eq!(
        (&mysql["success"], &mysql["response"]),
        (&false.into(), &"denied".into())
    );
}

#[test]
fn a_query_is_told_with_its_outcome() {
    let told = talk(&[
        (Side::Client, login(0)),
        (Side::Server, packet(2, b"\0\0\0\x02\0\0\0")),
        (Side::Client, packet(0, b"\x03delete x")),
        (Side::Server, packet(1, b"\0\x05\0\x02\0\0\0")),
        (Side::Client, packet(0, b"\x01")),
    ]);
    let records = told.records();
    assert_eq!(
        (
            &records[1]["mysql"]["argument"],
            &records[1]["mysql"]["rows"]
        ),
        (&"delete x".into(), &5.into())
    );
    assert_eq!(records[2]["mysql"]["command"], "quit");
}

#[test]
fn attributes_before_a_query_are_passed_over() {
    let told = talk(&[
        (Side::Client, login(QUERY_ATTRIBUTES)),
        (Side::Server, packet(2, b"\0\0\0\x02\0\0\0")),
        (
            Side::Client,
            packet(0, b"\x03\x01\x01\0\x01\xfe\0\x01n\x03abcselect 1"),
        ),
        (Side::Server, packet(1, b"\x01")),
    ]);
    assert_eq!(told.records()[1]["mysql"]["argument"], "select 1");
}

#[test]
fn tls_follows_a_login_that_asks_for_it() {
    let mut content = (PROTOCOL_41 | TLS).to_le_bytes().to_vec();
    content.extend([0; 28]);
    let told = talk(&[(Side::Client, packet(1, &content))]);
    assert_eq!(told.lines, ["switch Some(\"tls\")"]);
}
