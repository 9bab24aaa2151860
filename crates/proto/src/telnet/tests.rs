use super::*;
use crate::testing::feed_in_every_split;

fn told(answer: &[u8]) -> Vec<String> {
    let make = || -> Box<dyn Parser> { Box::new(Telnet::default()) };
    let pieces: [(Side, &[u8]); 7] = [
        (
            Side::Server,
            b"\xff\xfd\x18\xff\xfa\x18\x01\xff\xf0Welcome\r\nhost login: ",
        ),
        (Side::Client, b"\xff\xfb\x18alicx\x7fe\r\0"),
        (Side::Server, b"alice\r\nPassword: "),
        (Side::Client, b"secret\r\0"),
        (Side::Server, b"\r\n"),
        (Side::Server, answer),
        (Side::Client, b"ls\r\0"),
    ];
    let told = feed_in_every_split(&make, &pieces).lines;
    told.into_iter()
        .filter(|line| line.starts_with("fact"))
        .collect()
}

fn login(accepted: &str) -> String {
    format!(
        "fact Login {{ user: {:?}, plain_password: true, accepted: {accepted} }}",
        b"alice"
    )
}

#[test]
fn a_login_is_told_when_the_server_goes_on() {
    assert_eq!(told(b"Last login: never\r\n$ "), [login("Some(true)")]);
}

#[test]
fn a_refusal_is_told() {
    assert_eq!(told(b"Login incorrect\r\nlogin: "), [login("Some(false)")]);
}

#[test]
fn being_asked_again_is_a_refusal() {
    assert_eq!(told(b"Password: ")[0], login("Some(false)"));
}

#[test]
fn without_an_answer_it_is_not_known() {
    assert_eq!(told(b"$ "), [login("None")]);
}

#[test]
fn commands_and_lines_are_spans() {
    let make = || -> Box<dyn Parser> { Box::new(Telnet::default()) };
    let told = feed_in_every_split(&make, &[(Side::Server, b"\xff\xfd\x18a\nb\xff\xf1")]);
    let of = |kind: char| -> Vec<&str> {
        let frames = told.frames.iter().map(String::as_str);
        let kind_of = |frame: &&str| frame.trim_start_matches("end ").starts_with(kind);
        frames.filter(kind_of).collect()
    };
    let commands = [
        "0 Server 0+",
        "end 0 Server 3",
        "0 Server 6+",
        "end 0 Server 8",
    ];
    assert_eq!(of('0'), commands);
    let lines = [
        "1 Server 3+",
        "end 1 Server 5",
        "1 Server 5+",
        "end 1 Server 6",
    ];
    assert_eq!(of('1'), lines);
    assert_eq!(of('2').len(), 8);
}

/// The records of a session in which the client says these bytes.
fn records(client: &[u8], server: &[u8]) -> Vec<serde_json::Value> {
    let make = || -> Box<dyn Parser> { Box::new(Telnet::default()) };
    let pieces = [
        (Side::Server, &b"login: "[..]),
        (Side::Client, client),
        (Side::Server, server),
    ];
    let records = feed_in_every_split(&make, &pieces).records();
    records
        .iter()
        .map(|record| record["telnet"].clone())
        .collect()
}

#[test]
fn a_login_is_a_record_with_what_the_client_said_of_itself() {
    let client = b"\xff\xfa\x18\x00XTERM\xff\xf0\xff\xfa\x27\x00\x00USER\x01-f root\x03A\x02\x03\x01\xff\xf0bob\r\0";
    let make = || -> Box<dyn Parser> { Box::new(Telnet::default()) };
    let pieces = [
        (Side::Server, &b"login: "[..]),
        (Side::Client, client),
        (Side::Server, b"Password: "),
        (Side::Client, b"secret\r\0"),
        (Side::Server, b"\r\nWelcome\r\n"),
    ];
    let told = feed_in_every_split(&make, &pieces);
    assert_eq!(
        told.records()[0]["telnet"],
        serde_json::json!({
            "user": "bob",
            "success": true,
            "terminal": "XTERM",
            "environment": ["USER=-f root", "A\u{3}="],
        })
    );
    assert_eq!(told.records().len(), 1);
    assert!(!told.lines.iter().any(|line| line.contains("secret")));
}

#[test]
fn a_session_without_a_login_is_a_record_too() {
    let told = records(b"\xff\xfa\x18\x00vt100\xff\xf0", b"bye\r\n");
    assert_eq!(told, [serde_json::json!({"terminal": "vt100"})]);
}

#[test]
fn what_a_client_says_of_itself_is_bounded() {
    let option = [
        &b"\xff\xfa\x27\x00"[..],
        &b"\x00A\x01b".repeat(300),
        b"\xff\xf0",
    ]
    .concat();
    let told = records(&option.repeat(2), b"");
    let environment = told[0]["environment"].as_array().unwrap();
    assert_eq!(environment.len(), 16);
}
