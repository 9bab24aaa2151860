use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn talk(pieces: &[(Side, &[u8])]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::<Modbus>::default() };
    feed_in_every_split(&make, pieces)
}

#[test]
fn a_request_is_told_with_its_answer() {
    let told = talk(&[
        (Side::Client, b"\0\x01\0\0\0\x06\x0a\x01\0\x10\0\x02"),
        (Side::Server, b"\0\x01\0\0\0\x04\x0a\x01\x01\x03"),
    ]);
    let records = told.records();
    assert_eq!(records[0]["modbus_message"]["function"], "READ_COILS");
    assert_eq!(records[1]["modbus_message"]["direction"], "RESP");
    let modbus = &records[2]["modbus"];
    assert_eq!(
        modbus["request"]["read"],
        serde_json::json!({"address": 16, "quantity": 2})
    );
    assert_eq!(
        (&modbus["id"], &modbus["response"]["unit_id"]),
        (&1.into(), &10.into())
    );
}

#[test]
fn answers_are_matched_by_number() {
    let told = talk(&[
        (
            Side::Client,
            b"\0\x01\0\0\0\x02\x0a\x07\0\x02\0\0\0\x02\x0a\x11",
        ),
        (
            Side::Server,
            b"\0\x02\0\0\0\x03\x0a\x11\0\0\x01\0\0\0\x03\x0a\x07\0",
        ),
    ]);
    assert_eq!(told.anomalies().len(), 0);
}

#[test]
fn an_exception_is_told_with_its_code() {
    let told = talk(&[
        (Side::Client, b"\0\x01\0\0\0\x06\x0a\x01\0\x10\0\x02"),
        (Side::Server, b"\0\x01\0\0\0\x03\x0a\x81\x02"),
    ]);
    let row = &told.records()[1]["modbus_message"];
    assert_eq!(
        (&row["function"], &row["exception"]),
        (
            &"READ_COILS_EXCEPTION".into(),
            &"ILLEGAL_DATA_ADDRESS".into()
        )
    );
}

#[test]
fn an_answer_without_a_request_is_told() {
    let told = talk(&[(Side::Server, b"\0\x01\0\0\0\x03\x0a\x07\0")]);
    assert_eq!(told.anomalies(), ["modbus.unsolicited_response"]);
}

#[test]
fn an_impossible_length_ends_the_side() {
    let told = talk(&[(Side::Client, b"\0\x01\0\0\xff\xff\x0a\x07")]);
    assert_eq!(told.anomalies(), ["modbus.invalid_length"]);
}

#[test]
fn what_is_written_is_told_with_its_address() {
    let written = |function, rest: &[u8]| {
        let mut all = Vec::new();
        function::written(function, rest, |address, value| all.push((address, value)));
        all
    };
    assert_eq!(written(5, b"\0\x10\xff\0"), [(16, 1)]);
    assert_eq!(written(6, b"\0\x10\x01\x02"), [(16, 0x102)]);
    assert_eq!(
        written(15, b"\0\x10\0\x03\x01\x05"),
        [(16, 1), (17, 0), (18, 1)]
    );
    assert_eq!(
        written(16, b"\0\x10\0\x02\x04\0\x01\0\x02"),
        [(16, 1), (17, 2)]
    );
    let both = b"\0\x01\0\x02\0\x10\0\x01\x02\0\x07";
    assert_eq!(written(23, both), [(16, 7)]);
    assert_eq!(written(3, b"\0\x10\0\x02"), []);
    assert_eq!(written(16, b"\0\x10\xff\xff\xff\0\x01"), [(16, 1)]);
}
