//! Urgent bytes.

use wirewatch_flow::Side;

use crate::testing::*;
use crate::{Config, Event, Urgent};

fn urgent(talk: Talk, offset: u32, text: &str, pointer: u16) -> Talk {
    let payload = text.as_bytes();
    let mut datagram = segment(Side::ToServer, ACK | URG, CLIENT + offset, SERVER, payload);
    datagram.tcp.urgent = pointer;
    talk.send(Side::ToServer, &datagram, payload)
}

#[test]
fn an_urgent_byte_is_left_out() {
    let talk = urgent(Talk::opened(inline()), 0, "abXcd", 3).says(5, "ef");
    assert_eq!(
        talk.to_server,
        [data(0, "ab"), data(2, "cd"), data(4, "ef")]
    );
    assert_eq!(talk.streams.counters().urgent_bytes, 1);
}

#[test]
fn an_urgent_byte_can_stay() {
    let config = Config {
        urgent: Urgent::Inline,
        ..inline()
    };
    assert_eq!(urgent(Talk::opened(config), 0, "abXcd", 3).text(), "abXcd");
}

#[test]
fn an_urgent_byte_is_left_out_when_it_waited() {
    let talk = urgent(Talk::opened(Config::default()), 2, "Xc", 1)
        .says(0, "ab")
        .acks(4);
    assert_eq!(talk.text(), "abc");
}

#[test]
fn an_urgent_pointer_can_be_ahead_of_its_byte() {
    let talk = urgent(Talk::opened(inline()), 0, "ab", 4).says(2, "cXd");
    assert_eq!(talk.text(), "abcd");
}

#[test]
fn an_urgent_pointer_of_zero_is_about_the_first_byte() {
    assert_eq!(urgent(Talk::opened(inline()), 0, "Xab", 0).text(), "ab");
}

#[test]
fn each_waiting_urgent_byte_is_left_out() {
    let mut talk = Talk::opened(Config::default());
    for at in 0..4 {
        talk = urgent(talk, at * 2, "aX", 2);
    }
    assert_eq!(talk.acks(8).text(), "aaaa");
}

#[test]
fn more_urgent_bytes_than_are_kept_apart_stay() {
    let mut talk = Talk::opened(Config::default());
    for at in 0..17 {
        talk = urgent(talk, at * 2, "aX", 2);
    }
    assert!(talk.noticed(Event::UrgentLimit));
    let talk = talk.acks(34);
    assert_eq!(talk.text().matches('X').count(), 1);
}
