use super::*;
use crate::testing::{Collected, feed, feed_in_every_split};

fn parser() -> Box<dyn Parser> {
    Box::new(Mqtt::new(Limits::default()))
}

const CONNECT: &[u8] =
    b"\x10\x1e\0\x04MQTT\x05\xc2\0\x3c\x03\x21\0\x14\0\x02id\0\x04user\0\x04pass";
const CONNACK: &[u8] = b"\x20\x06\0\0\x03\x22\0\x0a";

fn talk(pieces: &[(Side, &[u8])]) -> Collected {
    let mut all: Vec<(Side, &[u8])> = vec![(Side::Client, CONNECT), (Side::Server, CONNACK)];
    all.extend(pieces);
    feed_in_every_split(&parser, &all)
}

/// The record of this kind with this place among those of its kind.
fn logged(told: &Collected, kind: &str, place: usize) -> serde_json::Value {
    let records = told.records();
    let mut of_kind = records.iter().filter(|record| record[kind].is_object());
    of_kind
        .nth(place)
        .map_or(serde_json::Value::Null, |record| record[kind].clone())
}

#[test]
fn a_connection_is_told_with_its_acknowledgement() {
    let mqtt = &logged(&talk(&[]), "mqtt", 0);
    assert_eq!(mqtt["connect"]["protocol_version"], 5);
    assert_eq!(mqtt["connect"]["flags"]["username"], true);
    assert_eq!(mqtt["connect"]["username"], "user");
    assert_eq!(mqtt["connect"]["properties"]["receive_maximum"], 20);
    assert_eq!(mqtt["connack"]["return_code"], 0);
    assert_eq!(mqtt["connack"]["properties"]["topic_alias_maximum"], 10);
}

#[test]
fn a_login_is_told_without_its_password() {
    let fact = format!(
        "fact Login {{ user: {:?}, plain_password: true, accepted: Some(true) }}",
        b"user"
    );
    assert!(talk(&[]).lines.contains(&fact));
}

#[test]
fn a_publication_waits_for_its_last_acknowledgement() {
    let told = talk(&[
        (Side::Client, b"\x34\x08\0\x01t\0\x07\0hi"),
        (Side::Server, b"\x50\x02\0\x07"),
        (Side::Client, b"\x62\x02\0\x07"),
        (Side::Server, b"\x70\x02\0\x07"),
    ]);
    let mqtt = &logged(&told, "mqtt", 1);
    assert_eq!(
        (&mqtt["publish"]["topic"], &mqtt["publish"]["message"]),
        (&"t".into(), &"hi".into())
    );
    assert_eq!(mqtt["pubcomp"]["message_id"], 7);
    assert!(logged(&told, "mqtt", 2).is_null());
    assert!(told.anomalies().is_empty());
}

#[test]
fn subscriptions_have_topics() {
    let told = talk(&[
        (Side::Client, b"\x82\x0b\0\x01\0\0\x01a\x01\0\x01b\x02"),
        (Side::Server, b"\x90\x05\0\x01\0\x01\x02"),
    ]);
    let mqtt = &logged(&told, "mqtt", 1);
    let topics = serde_json::json!([{"topic": "a", "qos": 1}, {"topic": "b", "qos": 2}]);
    assert_eq!(mqtt["subscribe"]["topics"], topics);
    assert_eq!(mqtt["suback"]["qos_granted"], serde_json::json!([1, 2]));
}

#[test]
fn messages_before_the_connection_are_told() {
    let told = feed(parser(), &[(Side::Client, b"\xc0\0")]);
    assert_eq!(told.anomalies(), ["mqtt.unintroduced_message"]);
}

#[test]
fn an_acknowledgement_of_nothing_is_told() {
    let told = feed(parser(), &[(Side::Server, CONNACK)]);
    assert_eq!(told.anomalies(), ["mqtt.missing_connect"]);
}

#[test]
fn a_cut_message_is_malformed() {
    let told = talk(&[(Side::Client, b"\x30\x02\0\x09")]);
    assert_eq!(told.anomalies(), ["mqtt.malformed_traffic"]);
}

#[test]
fn of_a_long_message_only_the_size_is_told() {
    let mut message = b"\x30\x80\x80\x08".to_vec();
    message.resize(4 + (128 << 10), b'x');
    message.extend(b"\xc0\0");
    let told = feed(
        parser(),
        &[
            (Side::Client, CONNECT),
            (Side::Server, CONNACK),
            (Side::Client, &message),
        ],
    );
    assert_eq!(
        logged(&told, "mqtt", 1)["publish"]["skipped_length"],
        (128 << 10) + 4
    );
    assert!(logged(&told, "mqtt", 2)["pingreq"].is_object());
    assert!(logged(&told, "mqtt_publish", 0).is_null());
}

#[test]
fn an_answer_with_properties_tells_the_version_of_an_unseen_connection() {
    let told = talk(&[(Side::Server, b"\x20\x06\0\0\x03\x22\0\x0a")]);
    let answer = &logged(&told, "mqtt", 0)["connack"];
    assert_eq!(answer["properties"]["topic_alias_maximum"], 10);
}

#[test]
fn limits_are_those_that_were_set() {
    let limits = Limits {
        mqtt_message: 60,
        mqtt_text: 4,
        ..Limits::default()
    };
    let mut long = vec![0x30, 61, 0, 1, b't'];
    long.resize(63, b'x');
    let told = feed(
        Box::new(Mqtt::new(limits)),
        &[
            (Side::Client, &long),
            (Side::Client, b"\x30\x09\0\x06topicX!"),
        ],
    );
    let records = told.records();
    assert_eq!(records[0]["mqtt"]["publish"]["skipped_length"], 63);
    assert_eq!(
        records[1]["mqtt"]["publish"]["topic"],
        "topi[truncated 2 additional bytes]"
    );
}

#[test]
fn topics_share_the_limit_of_texts() {
    let limits = Limits {
        mqtt_text: 10,
        ..Limits::default()
    };
    let told = feed(
        Box::new(Mqtt::new(limits)),
        &[(Side::Client, b"\x82\x14\0\x01\0\x06topicX\0\0\x06topicY\0")],
    );
    let topics = serde_json::json!([
        {"topic": "topicX", "qos": 0},
        {"topic": "topi[truncated 2 additional bytes]", "qos": 0}
    ]);
    assert_eq!(logged(&told, "mqtt", 0)["subscribe"]["topics"], topics);
}

#[test]
fn a_message_that_must_have_a_number_and_has_none_is_told() {
    let told = talk(&[(Side::Client, b"\x82\x07\0\0\0\0\x01a\x01")]);
    assert_eq!(told.anomalies(), ["mqtt.missing_msg_id"]);
    let told = talk(&[(Side::Client, b"\x32\x07\0\x01t\0\0\0h")]);
    assert_eq!(told.anomalies(), ["mqtt.missing_msg_id"]);
    let without = talk(&[(Side::Client, b"\x30\x05\0\x01t\0h")]);
    assert!(without.anomalies().is_empty());
}

#[test]
fn a_version_that_does_not_exist_is_told() {
    let of = |version: u8| {
        let mut connect = b"\x10\x0e\0\x04MQTT\x04\x02\0\x3c\0\x02id".to_vec();
        connect[8] = version;
        let told = feed(parser(), &[(Side::Client, &connect)]);
        told.anomalies().contains(&"mqtt.unsupported_version")
    };
    assert!(of(6) && of(0));
    assert!(!of(3) && !of(4) && !of(5) && !of(0x84));
}

#[test]
fn a_connection_is_logged_with_its_status() {
    assert_eq!(
        logged(&talk(&[]), "mqtt_connect", 0),
        serde_json::json!({
            "proto_name": "MQTT",
            "proto_version": "5.0",
            "client_id": "id",
            "connect_status": "Connection Accepted",
        })
    );
}

#[test]
fn publications_of_both_sides_are_logged_with_what_became_of_them() {
    let told = talk(&[
        (Side::Client, b"\x33\x08\0\x01t\0\x07\0hi"),
        (Side::Server, b"\x40\x02\0\x07"),
        (Side::Server, b"\x30\x06\0\x01u\0yo"),
        (Side::Client, b"\x34\x06\0\x01v\0\x08\0"),
    ]);
    let expected = |from_client, retain, qos, status, topic, payload: &str| {
        serde_json::json!({
            "from_client": from_client, "retain": retain, "qos": qos, "status": status,
            "topic": topic, "payload": payload, "payload_len": payload.len(),
        })
    };
    let publish = |place| logged(&told, "mqtt_publish", place);
    assert_eq!(
        publish(0),
        expected(true, true, "at least once", "ok", "t", "hi")
    );
    assert_eq!(
        publish(1),
        expected(false, false, "at most once", "ok", "u", "yo")
    );
    assert_eq!(
        publish(2),
        expected(true, false, "exactly once", "incomplete_qos", "v", "")
    );
}

#[test]
fn subscriptions_are_logged_with_what_was_granted() {
    let told = talk(&[
        (Side::Client, b"\x82\x0b\0\x01\0\0\x01a\x01\0\x01b\x02"),
        (Side::Server, b"\x90\x05\0\x01\0\x01\x02"),
        (Side::Client, b"\xa2\x06\0\x02\0\0\x01a"),
    ]);
    assert_eq!(
        logged(&told, "mqtt_subscribe", 0),
        serde_json::json!({
            "action": "MQTT::SUBSCRIBE", "topics": ["a", "b"], "qos_levels": [1, 2],
            "granted_qos_level": 1, "ack": true,
        })
    );
    assert_eq!(
        logged(&told, "mqtt_subscribe", 1),
        serde_json::json!({"action": "MQTT::UNSUBSCRIBE", "topics": ["a"], "ack": false})
    );
}
