use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn talk(lines: &[&str]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::new(Imap::default()) };
    let sides = [Side::Server, Side::Client].into_iter().cycle();
    let pieces: Vec<(Side, &[u8])> = sides
        .zip(lines.iter().map(|line| line.as_bytes()))
        .collect();
    feed_in_every_split(&make, &pieces)
}

fn login(user: &[u8], accepted: bool) -> String {
    format!("fact Login {{ user: {user:?}, plain_password: true, accepted: Some({accepted}) }}")
}

#[test]
fn a_login_is_told_with_its_answer() {
    let told = talk(&[
        "* OK hi\r\n",
        "a1 LOGIN \"al ice\" secret\r\n",
        "* CAPABILITY x\r\na1 NO bad\r\n",
    ]);
    assert_eq!(told.lines, [login(b"al ice", false)]);
}

#[test]
fn authenticate_plain_is_a_login() {
    let told = talk(&[
        "* OK\r\n",
        "1 AUTHENTICATE PLAIN\r\n",
        "+ \r\n",
        "AGFsaWNlAHg=\r\n",
        "1 OK\r\n",
    ]);
    assert_eq!(told.lines, [login(b"alice", true)]);
}

#[test]
fn authenticate_login_is_a_login() {
    let told = talk(&[
        "* OK\r\n",
        "1 AUTHENTICATE LOGIN\r\n",
        "+ x\r\n",
        "YWxpY2U=\r\n",
        "+ y\r\n",
        "eA==\r\n",
        "1 OK\r\n",
    ]);
    assert_eq!(told.lines, [login(b"alice", true)]);
}

#[test]
fn tls_follows_the_answer_to_starttls() {
    let told = talk(&["* OK\r\n", "a STARTTLS\r\n", "a OK go\r\n"]);
    assert_eq!(told.lines, ["switch Some(\"tls\")"]);
}

#[test]
fn a_refused_starttls_changes_nothing() {
    let told = talk(&[
        "* OK\r\n",
        "a STARTTLS\r\n",
        "a BAD\r\n",
        "b LOGIN x y\r\n",
        "b OK\r\n",
    ]);
    assert_eq!(told.lines, [login(b"x", true)]);
}
