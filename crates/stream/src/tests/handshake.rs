//! Openings: seen, half seen, not seen, with data, and repeated.

use crate::testing::*;
use crate::{Config, Event};

#[test]
fn a_connection_whose_opening_was_not_seen_is_left_alone() {
    let talk = Talk::new(Config::default()).says(0, "ab").acks(2).finish();
    assert!(talk.to_server.is_empty());
    assert_eq!(talk.streams.counters().unfollowed_bytes, 2);
}

#[test]
fn a_connection_can_be_followed_from_its_middle() {
    let talk = Talk::new(midstream())
        .says(0, "ab")
        .acks(2)
        .says(2, "cd")
        .acks(4);
    assert_eq!(talk.to_server, [data(0, "ab"), data(2, "cd")]);
}

#[test]
fn an_empty_segment_does_not_begin_a_stream() {
    let talk = Talk::new(midstream())
        .client(ACK, CLIENT - 1, SERVER, "")
        .says(0, "ab")
        .acks(2);
    assert_eq!(talk.to_server, [data(0, "ab")]);
}

#[test]
fn a_missing_syn_is_inferred_from_its_answer() {
    let talk = Talk::new(Config::default())
        .server(SYN | ACK, SERVER - 1, CLIENT, "")
        .says(2, "cd")
        .says(0, "ab")
        .acks(4);
    assert_eq!(talk.to_server, [data(0, "abcd")]);
}

#[test]
fn a_missing_answer_is_inferred_from_its_acknowledgement() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .client(ACK, CLIENT, SERVER, "")
        .server(ACK, SERVER + 2, CLIENT, "cd")
        .server(ACK, SERVER, CLIENT, "ab")
        .client(ACK, CLIENT, SERVER + 4, "");
    assert_eq!(talk.to_client, [data(0, "abcd")]);
}

#[test]
fn data_of_a_syn_wait_for_the_answer_even_inline() {
    let talk = Talk::new(inline()).client(SYN, CLIENT - 1, 0, "fast");
    assert!(talk.to_server.is_empty());
    let talk = talk.server(SYN | ACK, SERVER - 1, CLIENT + 4, "");
    assert_eq!(talk.to_server, [data(0, "fast")]);
}

#[test]
fn data_of_a_syn_that_the_server_ignores_come_again() {
    let talk = Talk::new(inline())
        .client(SYN, CLIENT - 1, 0, "fast")
        .server(SYN | ACK, SERVER - 1, CLIENT, "");
    assert!(talk.noticed(Event::SynDataIgnored));
    assert_eq!(talk.streams.counters().syn_ignored_bytes, 4);
    assert_eq!(talk.says(0, "slow").to_server, [data(0, "slow")]);
}

#[test]
fn data_of_a_syn_whose_answer_is_not_seen_are_delivered_with_what_follows() {
    let talk = Talk::new(inline())
        .client(SYN, CLIENT - 1, 0, "fast")
        .says(4, "er");
    assert_eq!(talk.text(), "faster");
}

#[test]
fn data_of_a_syn_ack_are_data() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .server(SYN | ACK, SERVER - 1, CLIENT, "hi")
        .client(ACK, CLIENT, SERVER + 2, "");
    assert_eq!(talk.to_client, [data(0, "hi")]);
}

#[test]
fn a_repeated_syn_with_another_number_begins_anew() {
    let talk = Talk::new(Config::default())
        .client(SYN, 7, 0, "")
        .client(SYN, CLIENT - 1, 0, "");
    assert!(talk.noticed(Event::SynResent));
    let talk = talk
        .server(SYN | ACK, SERVER - 1, CLIENT, "")
        .says(0, "ab")
        .acks(2);
    assert_eq!(talk.to_server, [data(0, "ab")]);
}

#[test]
fn an_answer_to_another_syn_is_ignored() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .server(SYN | ACK, 9, CLIENT + 50, "bad");
    assert!(talk.noticed(Event::WrongSynAck));
    let talk = talk
        .server(SYN | ACK, SERVER - 1, CLIENT, "")
        .server(ACK, SERVER, CLIENT, "good")
        .client(ACK, CLIENT, SERVER + 4, "");
    assert_eq!(talk.to_client, [data(0, "good")]);
}

#[test]
fn of_two_answers_the_one_counts_that_is_acknowledged() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .server(SYN | ACK, 9000, CLIENT, "")
        .server(SYN | ACK, SERVER - 1, CLIENT, "");
    assert!(talk.noticed(Event::SynAckResent));
    let talk = talk
        .client(ACK, CLIENT, SERVER, "")
        .server(ACK, SERVER, CLIENT, "good")
        .client(ACK, CLIENT, SERVER + 4, "");
    assert_eq!(talk.to_client, [data(0, "good")]);
}

#[test]
fn a_second_answer_that_is_not_acknowledged_is_ignored() {
    let talk = Talk::opened(Config::default())
        .server(SYN | ACK, 9000, CLIENT, "")
        .server(ACK, SERVER, CLIENT, "good")
        .client(ACK, CLIENT, SERVER + 4, "");
    assert_eq!(talk.to_client, [data(0, "good")]);
}

#[test]
fn behind_a_syn_nothing_counts_but_its_answer() {
    let talk = Talk::new(Config::default())
        .client(SYN, CLIENT - 1, 0, "")
        .server(ACK | FIN, 0, CLIENT, "evil")
        .server(SYN | ACK, SERVER - 1, CLIENT, "")
        .server(ACK, SERVER, CLIENT, "good")
        .client(ACK, CLIENT, SERVER + 4, "");
    assert_eq!(talk.to_client, [data(0, "good")]);
    assert_eq!(talk.streams.counters().unfollowed_bytes, 4);
}

#[test]
fn bytes_before_the_first_are_cut_off() {
    let talk = Talk::opened(inline()).client(ACK, CLIENT - 3, SERVER, "xyzab");
    assert!(talk.noticed(Event::BeforeBase));
    assert_eq!(talk.to_server, [data(0, "ab")]);
}
