//! FIN and RST, in all orders.

use crate::testing::*;
use crate::{Config, Event};

#[test]
fn a_fin_ends_a_direction_behind_its_data() {
    let talk = Talk::opened(Config::default())
        .client(ACK | FIN, CLIENT, SERVER, "bye")
        .acks(4);
    assert_eq!(talk.to_server, [data(0, "bye"), Told::Eof(3)]);
}

#[test]
fn a_fin_waits_for_what_precedes_it() {
    let talk = Talk::opened(inline()).client(ACK | FIN, CLIENT + 3, SERVER, "");
    assert!(talk.to_server.is_empty());
    assert_eq!(
        talk.says(0, "bye").to_server,
        [data(0, "bye"), Told::Eof(3)]
    );
}

#[test]
fn an_acknowledged_fin_tells_what_was_missing_before_it() {
    let talk = Talk::opened(Config::default())
        .client(ACK | FIN, CLIENT + 3, SERVER, "")
        .acks(4);
    assert_eq!(talk.to_server, [Told::Gap(0, 3), Told::Eof(3)]);
}

#[test]
fn the_end_is_told_once() {
    let talk = Talk::opened(inline())
        .client(ACK | FIN, CLIENT, SERVER, "")
        .client(ACK | FIN, CLIENT, SERVER, "")
        .finish();
    assert_eq!(talk.to_server, [Told::Eof(0)]);
}

#[test]
fn data_after_a_fin_that_was_not_accepted_are_delivered() {
    let talk = Talk::opened(inline())
        .client(ACK | FIN, CLIENT, SERVER, "")
        .says(0, "more");
    assert!(talk.noticed(Event::DataAfterFin));
    assert_eq!(talk.to_server, [Told::Eof(0), data(0, "more")]);
}

#[test]
fn a_fin_far_away_is_ignored() {
    let talk = Talk::opened(inline()).client(ACK | FIN, CLIENT + 5000, SERVER, "");
    assert!(talk.noticed(Event::FinOutOfWindow));
    assert!(talk.finish().to_server.is_empty());
}

#[test]
fn a_reset_delivers_what_waits_in_both_directions() {
    let talk = Talk::opened(Config::default())
        .says(0, "ask")
        .server(ACK, SERVER, CLIENT, "answer")
        .server(RST, SERVER + 6, 0, "");
    assert_eq!(talk.to_server, [data(0, "ask")]);
    assert_eq!(talk.to_client, [data(0, "answer"), Told::Reset(6)]);
}

#[test]
fn a_reset_is_told_once() {
    let talk = Talk::opened(inline())
        .client(RST, CLIENT, 0, "")
        .client(RST, CLIENT, 0, "");
    assert_eq!(talk.to_server, [Told::Reset(0)]);
}

#[test]
fn a_reset_far_away_is_ignored() {
    let talk = Talk::opened(Config::default()).client(RST, CLIENT + 5000, 0, "");
    assert!(talk.noticed(Event::ResetOutOfWindow));
    assert!(talk.to_server.is_empty());
}

#[test]
fn a_reset_below_what_was_acknowledged_is_ignored() {
    let talk = Talk::opened(Config::default())
        .says(0, "hello")
        .acks(5)
        .client(RST, CLIENT + 2, 0, "");
    assert!(talk.noticed(Event::ResetOutOfWindow));
}

#[test]
fn a_reset_somewhere_in_the_window_is_told_and_noticed() {
    let talk = Talk::opened(Config::default()).client(RST, CLIENT + 300, 0, "");
    assert!(talk.noticed(Event::ResetInexact));
    assert_eq!(talk.to_server, [Told::Reset(0)]);
}

#[test]
fn a_refused_connection_is_reset() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .server(RST | ACK, 0, CLIENT, "");
    assert_eq!(talk.to_client, [Told::Reset(0)]);
}

#[test]
fn a_refusal_of_another_syn_is_ignored() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .server(RST | ACK, 0, CLIENT + 40, "");
    assert!(talk.noticed(Event::ResetOutOfWindow));
}

#[test]
fn data_after_a_reset_that_was_not_accepted_are_delivered() {
    let talk = Talk::opened(inline())
        .client(RST, CLIENT, 0, "")
        .says(0, "more");
    assert!(talk.noticed(Event::ResetSuspected));
    assert_eq!(talk.to_server, [Told::Reset(0), data(0, "more")]);
}

#[test]
fn what_one_side_has_under_way_when_the_other_resets_is_nothing_odd() {
    let talk = Talk::opened(inline())
        .server(RST, SERVER, 0, "")
        .says(0, "more");
    assert!(talk.events.is_empty());
}

#[test]
fn what_lies_behind_a_hole_at_a_reset_was_not_read() {
    let talk = Talk::opened(Config::default())
        .says(0, "one")
        .says(6, "three")
        .server(RST, SERVER, 0, "")
        .finish();
    let unread = |told| Told::Unread(Box::new(told));
    assert_eq!(
        talk.to_server,
        [
            data(0, "one"),
            unread(Told::Gap(3, 3)),
            unread(data(6, "three"))
        ]
    );
}

#[test]
fn what_lies_behind_a_hole_when_the_capture_ends_is_told() {
    let talk = Talk::opened(Config::default())
        .says(0, "one")
        .says(6, "three")
        .finish();
    assert_eq!(
        talk.to_server,
        [data(0, "one"), Told::Gap(3, 3), data(6, "three")]
    );
}
