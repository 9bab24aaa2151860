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
    let bytes = [b"\x00\x05\x01".as_slice(), &frame(0xc4, b"\xc0\xc1\x00")].concat();
    let told = talk(&[(Side::Client, bytes)]);
    assert_eq!(told.records()[0]["dnp3"]["application"]["function_code"], 0);
}
