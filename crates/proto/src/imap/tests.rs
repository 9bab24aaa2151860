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

/// What was told beside records and progress.
fn facts(told: &Collected) -> Vec<&str> {
    let lines = told.lines.iter().map(String::as_str);
    lines
        .filter(|line| line.starts_with("fact") || line.starts_with("switch"))
        .collect()
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
    assert_eq!(facts(&told), [login(b"al ice", false)]);
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
    assert_eq!(facts(&told), [login(b"alice", true)]);
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
    assert_eq!(facts(&told), [login(b"alice", true)]);
}

#[test]
fn tls_follows_the_answer_to_starttls() {
    let told = talk(&["* OK\r\n", "a STARTTLS\r\n", "a OK go\r\n"]);
    assert_eq!(facts(&told), ["switch Some(\"tls\")"]);
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
    assert_eq!(facts(&told), [login(b"x", true)]);
}

#[test]
fn a_command_is_told_with_its_answer_and_without_what_mails_say() {
    let told = talk(&[
        "* OK [CAPABILITY IMAP4rev1] ready\r\n",
        "a SELECT INBOX\r\nb fetch 1:2 (FLAGS BODY[])\r\n",
        "* 2 EXISTS\r\na OK [READ-WRITE] done\r\n* 1 FETCH (FLAGS () BODY[] {22}\r\nb OK no answer\r\nsecret FLAGS ())\r\n\
         * 2 FETCH (BODY[] {0}\r\n)\r\nb OK\r\n",
    ]);
    let records = told.records();
    assert_eq!(records.len(), 3);
    let greeting = &records[0]["imap"];
    assert_eq!(greeting["response"]["status"], "OK");
    assert!(greeting["request"].is_null());
    assert_eq!(
        records[1]["imap"],
        serde_json::json!({
            "request": {"tag": "a", "command": "SELECT", "args": "INBOX"},
            "response": {"status": "OK", "text": "[READ-WRITE] done", "data": ["2 EXISTS"]},
        })
    );
    let fetch = &records[2]["imap"];
    assert_eq!(fetch["request"]["command"], "FETCH");
    assert_eq!(
        fetch["response"]["data"],
        serde_json::json!(["1 FETCH (FLAGS () BODY[] {22}", "2 FETCH (BODY[] {0}"])
    );
}

#[test]
fn a_login_in_literals_is_told_without_its_password() {
    let told = talk(&[
        "* OK\r\n",
        "1 LOGIN {5}\r\n",
        "+ go on\r\n",
        "alice {6+}\r\nsecret\r\n",
        "1 OK in\r\n",
    ]);
    assert_eq!(facts(&told), [login(b"alice", true)]);
    assert_eq!(told.records()[1]["imap"]["request"]["args"], "alice");
    assert!(!told.lines.iter().any(|line| line.contains("secret")));
}

#[test]
fn a_mail_that_is_stored_is_no_command() {
    let told = talk(&[
        "* OK\r\n",
        "1 APPEND Sent {300+}\r\n",
        "",
        &format!("{:300}\r\n2 NOOP\r\n", "x LOGIN a b\r\n"),
        "1 OK\r\n2 OK\r\n",
    ]);
    let records = told.records();
    let command = |number: usize| records[number]["imap"]["request"]["command"].clone();
    assert_eq!(
        (records.len(), command(1), command(2)),
        (3, "APPEND".into(), "NOOP".into())
    );
}

#[test]
fn what_is_packed_is_not_read() {
    let told = talk(&[
        "* OK\r\n",
        "1 COMPRESS DEFLATE\r\n",
        "1 OK\r\n",
        "2 NOOP\r\n",
        "2 OK\r\n",
    ]);
    assert_eq!(told.records().len(), 2);
}

#[test]
fn commands_without_answers_are_bounded_and_told_at_the_end() {
    let commands: Vec<String> = (0..40).map(|number| format!("{number} NOOP\r\n")).collect();
    let commands = commands.concat();
    let told = talk(&["* OK\r\n", &commands]);
    assert_eq!(told.records().len(), 41);
    assert!(told.anomalies().contains(&"imap.too_many_transactions"));
}

#[test]
fn a_login_by_ntlm_is_told_with_its_answer() {
    use crate::ntlmssp::tests::{
        assert_tells_login, authenticate_message, base64_of, challenge_message,
    };

    let asks = format!("+ {}\r\n", base64_of(&challenge_message()));
    let says = format!("{}\r\n", base64_of(&authenticate_message()));
    let told = talk(&[
        "* OK\r\n",
        "1 AUTHENTICATE NTLM\r\n",
        "+\r\n",
        "TlRMTVNTUAABAAAAB4IIAA==\r\n",
        &asks,
        &says,
        "1 NO\r\n",
    ]);
    assert_tells_login(&told, false);
}
