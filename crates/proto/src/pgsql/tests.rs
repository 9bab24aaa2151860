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

/// The records of this kind.
fn of_kind(told: &Collected, kind: &str) -> Vec<serde_json::Value> {
    let records = told.records();
    let of_kind = records.iter().filter(|record| record[kind].is_object());
    of_kind.map(|record| record[kind].clone()).collect()
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
    let pgsql = &of_kind(&told, "pgsql")[0];
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
    let records = of_kind(&told, "pgsql");
    assert_eq!(records[0]["request"]["startup_parameters"]["user"], "alice");
    assert_eq!(records[1]["request"]["password_redacted"], true);
    let response = &records[1]["response"];
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
    let pgsql = &of_kind(&told, "pgsql")[1];
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
    let response = &of_kind(&told, "pgsql")[0]["response"];
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
    let records = of_kind(&told, "pgsql");
    assert_eq!(records[1]["response"]["copy_in_response"]["columns"], 2);
    assert_eq!(records[2]["request"]["copy_data_in"]["data_size"], 4);
    assert_eq!(records[2]["request"]["message"], "copy_done");
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

#[test]
fn prepared_queries_are_told_with_their_answer() {
    let asked = [
        message(b"P", b"s1\0SELECT $1\0\0\0"),
        message(b"B", b"\0s1\0\0\0\0\0\0\0"),
        message(b"D", b"P\0"),
        message(b"E", b"\0\0\0\0\0"),
        message(b"P", b"\0DELETE FROM t\0\0\0"),
        message(b"B", b"\0\0\0\0\0\0\0\0"),
        message(b"E", b"\0\0\0\0\0"),
        message(b"S", b""),
    ];
    let answer = [
        message(b"1", b""),
        message(b"2", b""),
        message(b"T", b"\0\x01rest"),
        message(b"D", b"\0\x01\0\0\0\x01a"),
        message(b"C", b"SELECT 1\0"),
        message(b"C", b"DELETE 0\0"),
        message(b"Z", b"I"),
    ];
    let told = talk(&[
        startup(),
        (Side::Server, message(b"Z", b"I")),
        (Side::Client, asked.concat()),
        (Side::Server, answer.concat()),
        (Side::Client, message(b"Q", b"SELECT 2\0")),
        (Side::Server, message(b"Z", b"I")),
    ]);
    let pgsql = of_kind(&told, "pgsql");
    assert_eq!(
        pgsql[1]["request"],
        serde_json::json!({
            "extended_queries": ["SELECT $1", "DELETE FROM t"],
            "statements": ["s1"],
        })
    );
    let expected = serde_json::json!({"field_count": 1, "command_completed": "SELECT 1", "data_rows": 1, "data_size": 1});
    assert_eq!(pgsql[1]["response"], expected);
    assert_eq!(pgsql[2]["request"]["simple_query"], "SELECT 2");
    assert_eq!(
        (&pgsql[1]["tx_id"], &pgsql[2]["tx_id"]),
        (&serde_json::Value::Null, &2.into())
    );
}

#[test]
fn the_log_has_logins_queries_and_errors() {
    let told = talk(&[
        startup(),
        (Side::Server, message(b"Z", b"I")),
        (Side::Client, message(b"Q", b"SELECT x\0")),
        (
            Side::Server,
            [message(b"C", b"SELECT 0\0"), message(b"Z", b"I")].concat(),
        ),
        (Side::Client, message(b"Q", b"SELECT\0")),
        (
            Side::Server,
            [
                message(b"E", b"SERROR\0Mno column\0\0"),
                message(b"Z", b"I"),
            ]
            .concat(),
        ),
    ]);
    assert_eq!(
        of_kind(&told, "pgsql_command"),
        [
            serde_json::json!({"user": "alice", "database": "d", "frontend": "startup"}),
            serde_json::json!({
                "frontend": "simple_query", "frontend_arg": "SELECT x", "success": true, "rows": 0,
            }),
            serde_json::json!({
                "frontend": "simple_query", "frontend_arg": "SELECT", "success": false,
                "backend": "error", "backend_arg": "no column",
            }),
        ]
    );
}
