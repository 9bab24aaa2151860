//! Segments with a wrong checksum, and what their receiver says of them.

use wirewatch_decode::Datagram;
use wirewatch_flow::Side;

use crate::testing::*;
use crate::{Config, Delivery, Event, Streams};

/// Data of the client at an offset, with a wrong checksum.
fn says_wrongly(talk: Talk, offset: u32, text: &str) -> Talk {
    let payload = text.as_bytes();
    let sequence = CLIENT.wrapping_add(offset);
    let wrong = Datagram {
        bad_checksum: true,
        ..segment(Side::ToServer, ACK, sequence, SERVER, payload)
    };
    talk.send(Side::ToServer, &wrong, payload)
}

fn opened() -> Talk {
    Talk::opened(Config::default())
}

fn all_accounted_for(talk: Talk) -> bool {
    let talk = talk.finish();
    let counters = talk.streams.counters();
    counters.payload_bytes == counters.settled_bytes()
}

#[test]
fn what_is_acknowledged_counts() {
    let talk = says_wrongly(opened(), 0, "hello");
    assert!(talk.to_server.is_empty());
    let talk = talk.acks(5);
    assert_eq!(talk.to_server, [data(0, "hello")]);
    assert_eq!(talk.streams.counters().acknowledged_wrong, 1);
    assert!(all_accounted_for(talk));
}

#[test]
fn what_is_not_acknowledged_does_not_count() {
    let talk = says_wrongly(opened(), 0, "hello").acks(0).finish();
    assert_eq!(talk.text(), "");
    assert!(all_accounted_for(talk));
}

#[test]
fn what_nobody_answered_counts_at_the_end() {
    let talk = says_wrongly(opened().says(0, "well "), 5, "hello");
    assert_eq!(talk.text(), "");
    let talk = talk.finish();
    assert_eq!(talk.text(), "well hello");
    assert!(all_accounted_for(talk));
}

#[test]
fn what_was_said_before_the_answer_does_not_count_at_the_end() {
    let talk = says_wrongly(opened(), 0, "evil!").acks(0);
    let talk = says_wrongly(talk, 5, "world").finish();
    assert_eq!(talk.text(), "");
    assert!(all_accounted_for(talk));
}

#[test]
fn what_nobody_answered_does_not_count_after_a_reset() {
    let talk = says_wrongly(opened(), 0, "evil!");
    let talk = talk.server(RST, SERVER, 0, "").finish();
    assert_eq!(talk.text(), "");
    assert!(all_accounted_for(talk));
}

#[test]
fn what_comes_again_with_a_right_checksum_counts_instead() {
    let talk = says_wrongly(opened(), 0, "evil!").says(0, "hello").acks(5);
    assert_eq!(talk.text(), "hello");
    assert_eq!(talk.streams.counters().bad_checksum_bytes, 5);
    assert!(all_accounted_for(talk));
}

#[test]
fn what_came_before_with_a_right_checksum_counts_instead() {
    let talk = says_wrongly(opened().says(0, "hello"), 0, "evil!").acks(5);
    assert_eq!(talk.text(), "hello");
    assert!(all_accounted_for(talk));
}

#[test]
fn what_it_acknowledged_comes_before_it() {
    let talk = opened().says(0, "ping");
    let payload = b"pong";
    let wrong = Datagram {
        bad_checksum: true,
        ..segment(Side::ToClient, ACK, SERVER, CLIENT + 4, payload)
    };
    let talk = talk.send(Side::ToClient, &wrong, payload);
    assert!(talk.to_server.is_empty());
    let talk = talk.client(ACK, CLIENT + 4, SERVER + 4, "");
    assert_eq!(talk.to_server, [data(0, "ping")]);
    assert_eq!(talk.to_client, [data(0, "pong")]);
}

#[test]
fn it_fills_holes_and_no_more() {
    let talk = says_wrongly(opened().says(0, "ab"), 1, "XcdX")
        .says(4, "ef")
        .acks(6);
    assert_eq!(talk.text(), "abcdef");
    assert!(!talk.noticed(Event::Gap));
    assert!(all_accounted_for(talk));
}

#[test]
fn several_fill_several_holes_in_any_order() {
    let talk = opened().says(2, "cd").says(6, "gh");
    let talk = says_wrongly(says_wrongly(talk, 4, "ef"), 0, "ab").acks(8);
    assert_eq!(talk.text(), "abcdefgh");
    assert!(all_accounted_for(talk));
}

#[test]
fn a_segment_acknowledged_in_part_waits_for_the_rest() {
    let talk = says_wrongly(opened(), 0, "hello").acks(2);
    assert_eq!(talk.text(), "");
    assert_eq!(talk.acks(5).text(), "hello");
}

#[test]
fn what_was_lost_besides_leaves_a_gap() {
    let talk = says_wrongly(opened(), 0, "ab").says(4, "ef").acks(6);
    assert_eq!(talk.text(), "ab..ef");
    assert!(talk.noticed(Event::Gap));
}

#[test]
fn only_so_many_are_kept() {
    let mut talk = opened();
    for at in 0..40 {
        talk = says_wrongly(talk, at * 2, "ab");
    }
    assert_eq!(talk.streams.counters().bad_checksum_bytes, 48);
    assert!(all_accounted_for(talk));
}

#[test]
fn one_beyond_the_window_is_not_kept() {
    let talk = says_wrongly(opened(), 5_000, "far");
    assert_eq!(talk.streams.counters().bad_checksum_bytes, 3);
}

#[test]
fn memory_is_given_back() {
    let of = |talk: Talk| talk.streams.memory_bytes();
    let with_a_buffer = of(opened().says(0, "hello").acks(5));
    let waiting = of(says_wrongly(opened(), 0, "hello"));
    assert!(waiting > with_a_buffer);
    assert_eq!(
        of(says_wrongly(opened(), 0, "hello").acks(5)),
        with_a_buffer
    );
    let mut stopped = says_wrongly(opened(), 0, "hello");
    stopped.streams.stop(stopped.index, Side::ToServer);
    assert_eq!(of(stopped), with_a_buffer);
}

#[test]
fn nothing_is_kept_when_nothing_is_to_be_believed() {
    let strict = Config {
        believe_acknowledged: false,
        ..Config::default()
    };
    let talk = says_wrongly(Talk::opened(strict), 0, "hello").acks(5);
    assert_eq!(talk.text(), "");
    assert_eq!(talk.streams.counters().bad_checksum_bytes, 5);
}

#[test]
fn a_flood_of_them_stays_within_the_memory() {
    let config = Config {
        memory_bytes: 1 << 20,
        ..Config::default()
    };
    let mut streams = Streams::new(config);
    let mut deliver = |_: Delivery<'_>| {};
    let payload = [0; 1000];
    for _ in 0..1000 {
        let syn = segment(Side::ToServer, SYN, CLIENT - 1, 0, b"");
        let Some(index) = streams.open(&syn) else {
            break;
        };
        let answer = segment(Side::ToClient, SYN | ACK, SERVER - 1, CLIENT, b"");
        let wrong = Datagram {
            bad_checksum: true,
            ..segment(Side::ToServer, ACK, CLIENT, SERVER, &payload)
        };
        streams.segment(index, Side::ToServer, &syn, b"", &mut deliver);
        streams.segment(index, Side::ToClient, &answer, b"", &mut deliver);
        streams.segment(index, Side::ToServer, &wrong, &payload, &mut deliver);
        assert!(streams.memory_bytes() <= config.memory_bytes);
    }
    assert!(streams.counters().evicted > 0);
}
