use super::*;
use crate::testing::{Collected, feed_in_every_split};

/// A link frame around a part of a message.
fn frame(control: u8, data: &[u8]) -> Vec<u8> {
    let mut frame = vec![5, 0x64, data.len() as u8 + 5, control, 10, 0, 1, 0];
    frame.extend(crc(&frame).to_le_bytes());
    for block in data.chunks(BLOCK) {
        frame.extend(block);
        frame.extend(crc(block).to_le_bytes());
    }
    frame
}

fn talk(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::<Dnp3>::default() };
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&make, &pieces)
}

#[test]
fn a_request_and_its_answer_are_told() {
    let told = talk(&[
        (
            Side::Client,
            frame(0xc4, b"\xc0\xc1\x01\x3c\x02\x06\x3c\x03\x06"),
        ),
        (Side::Server, frame(0x44, b"\xc0\xc1\x81\x10\x00")),
    ]);
    let records = told.records();
    let request = &records[0]["dnp3"];
    assert_eq!(
        (&request["type"], &request["src"]),
        (&"request".into(), &1.into())
    );
    assert_eq!(request["application"]["objects"][1]["variation"], 3);
    assert_eq!(
        records[1]["dnp3"]["iin"]["indicators"],
        serde_json::json!(["need_time"])
    );
    let row = &records[2]["dnp3_exchange"];
    assert_eq!(
        (&row["request"], &row["reply"]),
        (&"READ".into(), &"RESPONSE".into())
    );
    assert_eq!(row["indications"], 0x1000);
}

#[test]
fn a_message_may_take_several_frames() {
    let told = talk(&[
        (Side::Client, frame(0xc4, b"\x40\xc1\x01\x3c\x02\x06")),
        (
            Side::Client,
            frame(
                0xc4,
                b"\x81\x3c\x03\x06\x3c\x04\x06\x3c\x01\x06\x3c\x01\x06\x3c\x01\x06",
            ),
        ),
    ]);
    let objects = &told.records()[0]["dnp3"]["application"]["objects"];
    assert_eq!(objects.as_array().map(Vec::len), Some(6));
}

#[test]
fn a_wrong_check_is_told() {
    let mut bad = frame(0xc4, b"\xc0\xc1\x01");
    bad[8] ^= 1;
    let told = talk(&[(Side::Client, bad)]);
    assert_eq!(told.anomalies(), ["dnp3.bad_link_crc"]);
}

#[test]
fn a_frame_is_found_behind_other_bytes() {
    let bytes = [b"\x00\x05\x01".as_slice(), &frame(0xc4, b"\xc0\xc1\x01")].concat();
    let told = talk(&[(Side::Client, bytes)]);
    assert_eq!(told.records()[0]["dnp3"]["application"]["function_code"], 1);
}

/// The points of a message's first object.
fn points(message: &[u8]) -> serde_json::Value {
    let told = talk(&[(Side::Server, frame(0x44, message))]);
    told.records()[0]["dnp3"]["application"]["objects"][0]["points"].clone()
}

#[test]
fn states_are_read_bit_by_bit() {
    let points = points(b"\xc0\xc1\x81\0\0\x01\x01\0\x07\x09\x05");
    let states: Vec<_> = (0..3).map(|at| points[at]["state"].clone()).collect();
    assert_eq!(states, [1, 0, 1]);
    assert_eq!(points[2]["index"], 9);
}

#[test]
fn a_point_has_flags_value_and_time() {
    let point = points(b"\xc0\xc1\x81\0\0\x20\x07\x17\x01\x05\x21\0\0\xc0\xbf\x01\0\0\0\0\0");
    let point = &point[0];
    assert_eq!((&point["index"], &point["online"]), (&5.into(), &1.into()));
    assert_eq!(
        (&point["over_range"], &point["value"], &point["timestamp"]),
        (&1.into(), &(-1.5).into(), &1.into())
    );
}

#[test]
fn a_file_is_told_by_its_name() {
    let mut message = b"\xc0\xc1\x81\0\0\x46\x03\x5b\x01\x1d\0\x1a\0\x03\0".to_vec();
    message.extend([0; 22]);
    message.extend(b"a.b");
    let point = &points(&message)[0];
    assert_eq!(
        (&point["filename"], &point["size"]),
        (&"a.b".into(), &29.into())
    );
}

#[test]
fn objects_behind_points_are_told() {
    let message = b"\xc0\xc1\x81\0\0\x34\x02\x07\x01\x10\0\x1e\x04\0\x02\x02\xff\xff";
    let told = talk(&[(Side::Server, frame(0x44, message))]);
    let objects = &told.records()[0]["dnp3"]["application"]["objects"];
    assert_eq!(objects[0]["points"][0]["delay_ms"], 16);
    assert_eq!(objects[1]["points"][0]["value"], -1);
}

#[test]
fn a_confirmation_is_only_in_what_is_asked_and_answered() {
    let told = talk(&[(Side::Client, frame(0xc4, b"\xc0\xc1\x00"))]);
    let records = told.records();
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["event_type"], "dnp3_exchange");
    assert_eq!(records[0]["dnp3_exchange"]["request"], "CONFIRM");
}

#[test]
fn a_message_that_becomes_too_long_is_told_once() {
    let part = |transport: u8| {
        let mut data = vec![transport];
        data.extend([1; 248]);
        (Side::Client, frame(0xc4, &data))
    };
    let mut pieces = vec![part(0x40)];
    pieces.extend((0..40).map(|_| part(0)));
    pieces.push(part(0x80));
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    let told = crate::testing::feed(Box::<Dnp3>::default(), &pieces);
    assert_eq!(told.anomalies(), ["dnp3.too_long_reassembly"]);
}

#[test]
fn a_part_of_a_file_that_is_asked_for_is_told() {
    let message = b"\xc0\xc1\x01\x46\x05\x5b\x01\x08\0\x78\x56\x34\x12\x02\0\0\0";
    let told = talk(&[(Side::Client, frame(0xc4, message))]);
    let point = &told.records()[0]["dnp3"]["application"]["objects"][0]["points"][0];
    assert_eq!(
        (&point["file_handle"], &point["block_number"]),
        (&0x1234_5678.into(), &2.into())
    );
}

#[test]
fn points_that_are_asked_for_by_index_have_no_value() {
    let message = b"\xc0\xc1\x01\x1e\x01\x17\x02\x05\x09\x3c\x02\x06";
    let told = talk(&[(Side::Client, frame(0xc4, message))]);
    let objects = &told.records()[0]["dnp3"]["application"]["objects"];
    assert_eq!(objects[0]["points"][1]["index"], 9);
    assert_eq!(objects[1]["group"], 60);
}

/// The codes that a request with these objects gives.
fn codes(function: u8, objects: &[u8]) -> Vec<String> {
    let mut message = vec![0xc0, 0xc1, function];
    message.extend(objects);
    let told = talk(&[(Side::Client, frame(0xc4, &message))]);
    told.anomalies().into_iter().map(str::to_owned).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn objects_that_are_not_known_are_told_when_there_are_points() {
    // One byte of group 200, from the first to the first.
    assert_eq!(codes(2, b"\xc8\x01\0\0\0x"), ["dnp3.unknown_object"]);
    assert_eq!(codes(1, b"\xc8\x01\x06"), NOTHING);
    assert_eq!(codes(2, b"\x02\x01\0\0\0\x01"), NOTHING);
}

#[test]
fn more_objects_than_are_read_are_told() {
    assert_eq!(codes(1, &b"\x3c\x02\x06".repeat(64)), NOTHING);
    assert_eq!(
        codes(1, &b"\x3c\x02\x06".repeat(65)),
        ["dnp3.too_many_objects"]
    );
}

#[test]
fn requests_without_responses_are_told_when_they_are_many() {
    let of = |function: u8, count: usize, answered_at: usize| {
        let ask = frame(0xc4, &[0xc0, 0xc1, function]);
        let answer = frame(0x44, b"\xc0\xc1\x81\0\0");
        let mut all: Vec<(Side, &[u8])> = vec![(Side::Client, &ask); count];
        all.insert(answered_at, (Side::Server, &answer));
        let told = crate::testing::feed(Box::<Dnp3>::default(), &all);
        told.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(1, 32, 0), NOTHING);
    assert_eq!(of(1, 40, 20), NOTHING);
    assert_eq!(of(1, 40, 0), ["dnp3.flooded"]);
    // What only confirms wants no response.
    assert_eq!(of(0, 40, 0), NOTHING);
}
