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

/// The codes that a request and its answer give: each a function and what follows it.
fn codes(request: &[u8], answer: &[u8]) -> Vec<String> {
    of_unit(1, request, answer)
}

fn of_unit(unit: u8, request: &[u8], answer: &[u8]) -> Vec<String> {
    let framed = |body: &[u8]| {
        let length = body.len() as u8 + 1;
        [&[0, 7, 0, 0, 0, length, unit][..], body].concat()
    };
    let parser = (MODBUS.new)(&crate::testing::facts("modbus", crate::Transport::Tcp, 502));
    let pieces = [
        (Side::Client, &framed(request)[..]),
        (Side::Server, &framed(answer)[..]),
    ];
    let told = crate::testing::feed(parser, &pieces);
    told.anomalies().into_iter().map(str::to_owned).collect()
}

const NOTHING: [&str; 0] = [];
const VALUE: [&str; 1] = ["modbus.invalid_value"];
const MISMATCH: [&str; 1] = ["modbus.value_mismatch"];

#[test]
fn right_requests_and_answers_give_no_events() {
    assert_eq!(codes(&[1, 0, 0, 0, 9], &[1, 2, 1, 1]), NOTHING);
    assert_eq!(codes(&[3, 0, 0, 0, 2], &[3, 4, 1, 2, 3, 4]), NOTHING);
    assert_eq!(codes(&[5, 0, 1, 0xff, 0], &[5, 0, 1, 0xff, 0]), NOTHING);
    assert_eq!(codes(&[6, 0, 1, 1, 2], &[6, 0, 1, 1, 2]), NOTHING);
    assert_eq!(codes(&[15, 0, 1, 0, 3, 1, 7], &[15, 0, 1, 0, 3]), NOTHING);
    assert_eq!(
        codes(&[16, 0, 1, 0, 1, 2, 1, 2], &[16, 0, 1, 0, 1]),
        NOTHING
    );
    assert_eq!(
        codes(&[22, 0, 1, 1, 2, 3, 4], &[22, 0, 1, 1, 2, 3, 4]),
        NOTHING
    );
    let both = [23, 0, 0, 0, 1, 0, 5, 0, 1, 2, 7, 7];
    assert_eq!(codes(&both, &[23, 2, 1, 2]), NOTHING);
    assert_eq!(codes(&[3, 0, 0, 0, 2], &[0x83, 2]), NOTHING);
    assert_eq!(codes(&[8, 0, 0, 1, 2], &[8, 0, 0, 1, 2]), NOTHING);
}

#[test]
fn values_that_cannot_be_are_told() {
    let of = |request: &[u8]| codes(request, &[request[0] | 0x80, 3]);
    assert_eq!(of(&[1, 0, 0, 7, 0xd1]), VALUE);
    assert_eq!(of(&[1, 0, 0, 7, 0xd0]), NOTHING);
    assert_eq!(of(&[3, 0, 0, 0, 126]), VALUE);
    assert_eq!(of(&[3, 0, 0, 0, 0]), VALUE);
    assert_eq!(of(&[3, 0xff, 0xff, 0, 2]), VALUE);
    assert_eq!(of(&[3, 0xff, 0xff, 0, 1]), NOTHING);
    assert_eq!(of(&[5, 0, 1, 1, 0]), VALUE);
    assert_eq!(of(&[15, 0, 1, 0, 9, 1, 7]), VALUE);
    assert_eq!(of(&[16, 0, 1, 0, 1, 1, 7]), VALUE);
    assert_eq!(of(&[23, 0, 0, 0, 1, 0, 5, 0, 122, 244]), VALUE);
    assert_eq!(codes(&[3, 0, 0, 0, 2], &[3, 4, 1, 2]), VALUE);
}

#[test]
fn answers_that_do_not_fit_are_told() {
    assert_eq!(codes(&[3, 0, 0, 0, 2], &[3, 2, 1, 2]), MISMATCH);
    assert_eq!(codes(&[3, 0, 0, 0, 2], &[4, 4, 1, 2, 3, 4]), MISMATCH);
    assert_eq!(codes(&[6, 0, 1, 1, 2], &[6, 0, 1, 1, 3]), MISMATCH);
    assert_eq!(codes(&[3, 0, 0, 0, 2], &[0x84, 2]), MISMATCH);
}

#[test]
fn units_and_exceptions_that_are_not_assigned_are_told() {
    let (request, answer) = ([3, 0, 0, 0, 1], [3, 2, 0, 1]);
    for unit in [0, 1, 247, 255] {
        assert_eq!(of_unit(unit, &request, &answer), NOTHING);
    }
    assert_eq!(
        of_unit(250, &request, &answer),
        ["modbus.invalid_unit_identifier"]
    );
    assert_eq!(codes(&request, &[0x83, 11]), NOTHING);
    assert_eq!(
        codes(&request, &[0x83, 12]),
        ["modbus.invalid_exception_code"]
    );
    assert_eq!(
        codes(&request, &[0x83, 0]),
        ["modbus.invalid_exception_code"]
    );
}
