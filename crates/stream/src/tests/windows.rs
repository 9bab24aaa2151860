//! What lies beyond a receiver's window, and acknowledgements of what was never sent.

use wirewatch_decode::Datagram;
use wirewatch_flow::Side;

use crate::testing::*;
use crate::{Config, Event};

#[test]
fn a_segment_beyond_the_window_is_ignored() {
    let talk = Talk::opened(Config::default()).says(1000, "far");
    assert!(talk.noticed(Event::OutOfWindow));
    assert_eq!(talk.streams.counters().out_of_window_bytes, 3);
    assert!(talk.finish().to_server.is_empty());
}

#[test]
fn the_last_byte_of_the_window_is_allowed() {
    let talk = Talk::opened(Config::default()).says(999, "x");
    assert!(talk.events.is_empty());
}

#[test]
fn an_acknowledgement_moves_the_window() {
    let talk = Talk::opened(Config::default())
        .says(0, "ab")
        .acks(2)
        .says(1001, "x");
    assert!(talk.events.is_empty());
}

#[test]
fn the_window_scale_of_both_counts() {
    let scaled = |side, bits, sequence, ack| {
        let mut datagram = segment(side, bits, sequence, ack, b"");
        datagram.tcp.window_scale = 3;
        datagram
    };
    let talk = Talk::new(Config::default())
        .send(
            Side::ToServer,
            &scaled(Side::ToServer, SYN, CLIENT - 1, 0),
            b"",
        )
        .send(
            Side::ToClient,
            &scaled(Side::ToClient, SYN | ACK, SERVER - 1, CLIENT),
            b"",
        )
        .client(ACK, CLIENT, SERVER, "")
        .acks(0);
    let talk = talk.says(3999, "x");
    assert!(talk.events.is_empty());
    assert!(talk.says(8000, "x").noticed(Event::OutOfWindow));
}

#[test]
fn without_the_handshake_any_window_scale_is_assumed() {
    let talk = Talk::new(midstream())
        .says(0, "ab")
        .acks(2)
        .says(1_000_000, "x");
    assert!(talk.events.is_empty());
}

#[test]
fn an_acknowledgement_beyond_the_window_makes_the_segment_invalid() {
    let talk = Talk::opened(Config::default()).server(ACK, SERVER, CLIENT + 5000, "evil");
    assert!(talk.noticed(Event::InvalidAck));
    assert_eq!(talk.streams.counters().out_of_window_bytes, 4);
    assert!(talk.finish().to_client.is_empty());
}

#[test]
fn after_a_loss_of_many_packets_the_window_is_found_again() {
    let mut talk = Talk::opened(Config::default()).says(0, "ab").acks(2);
    for step in 0..10 {
        talk = talk.acks(50_000 + step);
    }
    assert_eq!(talk.streams.counters().resynchronised, 1);
    let talk = talk.says(50_009, "cd").acks(50_011);
    assert_eq!(talk.to_server.last(), Some(&data(50_009, "cd")));
}

#[test]
fn data_in_order_are_taken_whatever_the_window() {
    let closed = Datagram::clone(&{
        let mut datagram = segment(Side::ToClient, ACK, SERVER, CLIENT, b"");
        datagram.tcp.window = 0;
        datagram
    });
    let talk = Talk::opened(inline())
        .send(Side::ToClient, &closed, b"")
        .says(0, "probe");
    assert_eq!(talk.text(), "probe");
}

#[test]
fn wide_holes_are_counted_while_they_are_open() {
    let talk = Talk::new(midstream())
        .says(0, "abc")
        .says(100, "near")
        .says(300_000, "far");
    assert_eq!(talk.streams.wide_holes(talk.index), [1, 0]);
    let talk = talk.says(600_000, "farther");
    assert_eq!(talk.streams.wide_holes(talk.index), [2, 0]);
}
