//! In order, out of order, acknowledged or not, lost.

use wirewatch_decode::Datagram;
use wirewatch_flow::Side;

use crate::testing::*;
use crate::{Config, Event};

#[test]
fn data_wait_for_their_acknowledgement() {
    let talk = Talk::opened(Config::default()).says(0, "hello");
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.acks(5).to_server, [data(0, "hello")]);
}

#[test]
fn inline_data_are_delivered_on_arrival() {
    let talk = Talk::opened(inline()).says(0, "hello");
    assert_eq!(talk.to_server, [data(0, "hello")]);
}

#[test]
fn what_is_acknowledged_in_part_is_delivered_in_part() {
    let talk = Talk::opened(Config::default()).says(0, "hello").acks(2);
    assert_eq!(talk.to_server, [data(0, "he")]);
    assert_eq!(talk.acks(5).to_server, [data(0, "he"), data(2, "llo")]);
}

#[test]
fn segments_acknowledged_together_are_delivered_together() {
    let talk = Talk::opened(Config::default())
        .says(0, "ab")
        .says(2, "cd")
        .acks(4);
    assert_eq!(talk.to_server, [data(0, "abcd")]);
}

#[test]
fn data_acknowledged_before_they_are_seen_are_delivered_at_once() {
    let talk = Talk::opened(Config::default()).acks(5).says(0, "hello");
    assert_eq!(talk.to_server, [data(0, "hello")]);
}

#[test]
fn segments_are_put_in_order() {
    let talk = Talk::opened(Config::default())
        .says(4, "ef")
        .says(2, "cd")
        .says(0, "ab")
        .acks(6);
    assert_eq!(talk.to_server, [data(0, "abcdef")]);
    assert_eq!(talk.streams.counters().out_of_order, 2);
}

#[test]
fn inline_data_behind_a_hole_wait_for_it_to_be_filled() {
    let talk = Talk::opened(inline()).says(2, "cd");
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.says(0, "ab").to_server, [data(0, "ab"), data(2, "cd")]);
}

#[test]
fn a_hole_is_told_when_what_follows_is_acknowledged() {
    let talk = Talk::opened(Config::default()).says(0, "ab").says(4, "ef");
    let talk = talk.acks(6);
    assert_eq!(
        talk.to_server,
        [data(0, "ab"), Told::Gap(2, 2), data(4, "ef")]
    );
    assert!(talk.noticed(Event::Gap));
}

#[test]
fn a_hole_is_not_told_while_only_what_precedes_is_acknowledged() {
    let talk = Talk::opened(Config::default())
        .says(0, "ab")
        .says(4, "ef")
        .acks(4);
    assert_eq!(talk.to_server, [data(0, "ab")]);
}

#[test]
fn an_acknowledgement_of_unseen_data_tells_nothing_until_more_comes() {
    let talk = Talk::opened(Config::default()).acks(4);
    assert!(talk.to_server.is_empty());
    let talk = talk.says(4, "ef");
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.acks(6).to_server, [Told::Gap(0, 4), data(4, "ef")]);
}

#[test]
fn at_the_end_what_is_left_is_delivered_with_its_gaps() {
    let talk = Talk::opened(Config::default())
        .says(0, "ab")
        .says(4, "ef")
        .finish();
    assert_eq!(
        talk.to_server,
        [data(0, "ab"), Told::Gap(2, 2), data(4, "ef")]
    );
}

#[test]
fn a_hole_that_nobody_acknowledged_is_a_gap_and_nothing_odd() {
    let talk = Talk::opened(Config::default()).says(4, "ef").finish();
    assert_eq!(talk.to_server, [Told::Gap(0, 4), data(4, "ef")]);
    assert!(talk.events.is_empty());
}

#[test]
fn at_the_end_what_was_acknowledged_and_not_seen_is_told() {
    let talk = Talk::opened(Config::default())
        .says(0, "ab")
        .acks(6)
        .finish();
    assert_eq!(talk.to_server, [data(0, "ab"), Told::Gap(2, 3)]);
}

#[test]
fn what_comes_after_its_gap_was_told_is_only_counted() {
    let talk = Talk::opened(Config::default())
        .says(2, "cd")
        .acks(4)
        .says(0, "ab");
    assert_eq!(talk.to_server, [Told::Gap(0, 2), data(2, "cd")]);
    assert_eq!(talk.streams.counters().repeated_bytes, 2);
}

#[test]
fn the_part_of_a_segment_that_was_not_captured_is_a_gap() {
    let cut = Datagram {
        payload_wire_length: 4,
        ..segment(Side::ToServer, ACK, CLIENT, SERVER, b"ab")
    };
    let talk = Talk::opened(Config::default())
        .send(Side::ToServer, &cut, b"ab")
        .says(4, "ef")
        .acks(6);
    assert_eq!(talk.text(), "ab..ef");
}

#[test]
fn sequence_numbers_wrap() {
    let start = u32::MAX - 1;
    let talk = Talk::new(Config::default())
        .client(SYN, start.wrapping_sub(1), 0, "")
        .server(SYN | ACK, SERVER - 1, start, "")
        .client(ACK, start.wrapping_add(4), SERVER, "ef")
        .client(ACK, start, SERVER, "abcd")
        .server(ACK, SERVER, start.wrapping_add(6), "");
    assert_eq!(talk.to_server, [data(0, "abcdef")]);
}

#[test]
fn both_directions_are_delivered() {
    let talk = Talk::opened(Config::default())
        .says(0, "ask")
        .server(ACK, SERVER, CLIENT + 3, "answer")
        .client(ACK, CLIENT + 3, SERVER + 6, "");
    assert_eq!(talk.to_server, [data(0, "ask")]);
    assert_eq!(talk.to_client, [data(0, "answer")]);
}

#[test]
fn keep_alives_are_no_data() {
    let talk = Talk::opened(Config::default())
        .says(0, "ab")
        .acks(2)
        .says(1, "\0");
    assert_eq!(talk.text(), "ab");
    assert!(talk.events.is_empty());
    assert_eq!(talk.streams.counters().keep_alives, 1);
}

/// A client of whose server nothing was seen, and who said something.
fn alone() -> Talk {
    let config = Config {
        async_oneside: true,
        ..Config::default()
    };
    Talk::new(config)
        .client(SYN, CLIENT - 1, 0, "")
        .says(0, "ab")
}

#[test]
fn a_direction_without_acknowledgements_is_delivered_with_its_next_segment_if_asked() {
    let talk = alone();
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.says(2, "").to_server, [data(0, "ab")]);
}

#[test]
fn a_direction_without_acknowledgements_is_delivered_on_arrival_from_then_on() {
    let talk = alone().says(2, "cd").says(4, "ef");
    assert_eq!(talk.text(), "abcdef");
}

#[test]
fn an_answer_shows_that_a_direction_has_acknowledgements() {
    let talk = alone().acks(1);
    assert_eq!(talk.to_server, [data(0, "a")]);
}

#[test]
fn a_direction_without_acknowledgements_is_delivered_at_the_end() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .says(0, "ab");
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.finish().to_server, [data(0, "ab")]);
}

#[test]
fn a_stopped_direction_delivers_nothing_and_the_other_goes_on() {
    let mut talk = Talk::opened(Config::default()).says(0, "ab");
    talk.streams.stop(talk.index, Side::ToServer);
    let talk = talk
        .says(2, "cd")
        .server(ACK, SERVER, CLIENT + 4, "xy")
        .client(ACK, CLIENT + 4, SERVER + 2, "");
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.to_client, [data(0, "xy")]);
    assert_eq!(talk.streams.counters().uninspected_bytes, 2);
}

fn island(talk: &Talk, offset: u32, reach: usize) -> Vec<u8> {
    let sequence = CLIENT.wrapping_add(offset);
    talk.streams
        .island(talk.index, Side::ToServer, sequence, reach)
}

#[test]
fn what_lies_behind_a_hole_can_be_seen_with_what_touches_it() {
    let talk = Talk::opened(inline())
        .says(2, "cd")
        .says(7, "hi")
        .says(4, "ef");
    assert_eq!(island(&talk, 4, 100), b"cdef");
    assert_eq!(island(&talk, 7, 100), b"hi");
    assert_eq!(island(&talk, 6, 100), b"");
    assert_eq!(island(&talk, 0, 100), b"");
}

#[test]
fn an_island_is_seen_as_far_as_is_asked_for() {
    let talk = Talk::opened(inline())
        .says(2, "abc")
        .says(5, "def")
        .says(8, "ghi");
    assert_eq!(island(&talk, 5, 2), b"bcde");
}
