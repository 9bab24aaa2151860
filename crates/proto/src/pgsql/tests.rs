use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
    let length = (body.len() as u32 + 4).to_be_bytes();
    [kind, &length, body].concat()
}

fn talk(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::<Pgsql>::default() };
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&make, &pieces)
}

fn startup() -> (Side, Vec<u8>) {
    (
        Side::Client,
        message(b"", b"\0\x03\0\0user\0alice\0database\0d\0\0"),
    )
}

#[test]
fn tls_follows_when_the_server_agrees() {
    let request = (Side::Client, message(b"", b"\x04\xd2\x16\x2f"));
    let told = talk(&[request, (Side::Server, b"S".to_vec())]);
    let pgsql = &told.records()[0]["pgsql"];
    assert_eq!(pgsql["request"]["message"], "SSL Request");
    assert_eq!(pgsql["response"]["ssl_accepted"], true);
    assert!(told.lines.contains(&"switch Some(\"tls\")".to_owned()));
}

#[test]
fn a_login_ends_when_the_server_is_ready() {
    let accepted = [
        message(b"R", b"\0\0\0\0"),
        message(b"S", b"DateStyle\0ISO\0"),
        message(b"K", b"\0\0\0\x07\0\0\0\x08"),
        message(b"Z", b"I"),
    ];
    let told = talk(&[
        startup(),
        (Side::Server, message(b"R", b"\0\0\0\x03")),
        (Side::Client, message(b"p", b"secret\0")),
        (Side::Server, accepted.concat()),
    ]);
    let records = told.records();
    assert_eq!(
        records[0]["pgsql"]["request"]["startup_parameters"]["user"],
        "alice"
    );
    assert_eq!(records[1]["pgsql"]["request"]["password_redacted"], true);
    let response = &records[1]["pgsql"]["response"];
    assert_eq!(response["parameter_status"][0]["date_style"], "ISO");
    assert_eq!(response["process_id"], 7);
    let fact = format!(
        "fact Login {{ user: {:?}, plain_password: true, accepted: Some(true) }}",
        b"alice"
    );
    assert!(told.lines.contains(&fact));
}

#[test]
fn rows_of_an_answer_are_counted() {
    let row = message(b"D", b"\0\x02\0\0\0\x03abc\0\0\0\x01d");
    let answer = [
        message(b"T", b"\0\x02rest"),
        row.clone(),
        row,
        message(b"C", b"SELECT 2\0"),
        message(b"Z", b"I"),
    ];
    let told = talk(&[
        startup(),
        (Side::Server, message(b"Z", b"I")),
        (Side::Client, message(b"Q", b"SELECT x\0")),
        (Side::Server, answer.concat()),
    ]);
    let pgsql = &told.records()[1]["pgsql"];
    assert_eq!(
        (&pgsql["tx_id"], &pgsql["request"]["simple_query"]),
        (&2.into(), &"SELECT x".into())
    );
    let expected = serde_json::json!({"field_count": 2, "command_completed": "SELECT 2", "data_rows": 2, "data_size": 8});
    assert_eq!(pgsql["response"], expected);
}

#[test]
fn an_error_is_told_in_its_parts() {
    let error = message(b"E", b"SFATAL\0C28P01\0Mno\0\0");
    let told = talk(&[startup(), (Side::Server, error)]);
    let response = &told.records()[0]["pgsql"]["response"];
    assert_eq!(
        (&response["code"], &response["message"]),
        (&"28P01".into(), &"no".into())
    );
}

#[test]
fn rows_that_are_copied_in_are_counted() {
    let told = talk(&[
        startup(),
        (Side::Server, message(b"Z", b"I")),
        (Side::Client, message(b"Q", b"COPY t FROM STDIN\0")),
        (Side::Server, message(b"G", b"\0\0\x02\0\0\0\0")),
        (
            Side::Client,
            [message(b"d", b"1\t2\n"), message(b"c", b"")].concat(),
        ),
        (
            Side::Server,
            [message(b"C", b"COPY 1\0"), message(b"Z", b"I")].concat(),
        ),
    ]);
    let records = told.records();
    assert_eq!(
        records[1]["pgsql"]["response"]["copy_in_response"]["columns"],
        2
    );
    assert_eq!(
        records[2]["pgsql"]["request"]["copy_data_in"]["data_size"],
        4
    );
    assert_eq!(records[2]["pgsql"]["request"]["message"], "copy_done");
}

#[test]
fn an_impossible_length_ends_the_flow() {
    let told = talk(&[startup(), (Side::Client, b"Q\0\0\0\x01".to_vec())]);
    assert_eq!(told.anomalies(), ["pgsql.invalid_length"]);
}

#[test]
fn a_start_that_is_none_is_told_to_rules_about_the_client() {
    let told = talk(&[(Side::Client, message(b"", b"\0\xff\0\xff"))]);
    assert_eq!(
        told.lines.first().map(String::as_str),
        Some("anomaly Client pgsql.malformed_request")
    );
}
