//! Segments that receivers drop for their timestamps (RFC 7323).

use wirewatch_decode::Datagram;
use wirewatch_flow::Side;

use crate::Event;
use crate::testing::*;

fn stamped(side: Side, bits: u8, sequence: u32, ack: u32, stamps: (u32, u32)) -> Datagram {
    let mut datagram = segment(side, bits, sequence, ack, b"");
    datagram.tcp.timestamps = Some(stamps);
    datagram
}

impl Talk {
    fn client_at(self, stamps: (u32, u32), bits: u8, offset: u32, text: &str) -> Self {
        let mut datagram = stamped(Side::ToServer, bits, CLIENT + offset, SERVER, stamps);
        datagram.payload_wire_length = text.len() as u32;
        self.send(Side::ToServer, &datagram, text.as_bytes())
    }

    fn server_at(self, stamps: (u32, u32), bits: u8, sequence: u32, ack: u32) -> Self {
        let datagram = stamped(Side::ToClient, bits, sequence, ack, stamps);
        self.send(Side::ToClient, &datagram, b"")
    }
}

/// A connection whose client has the time 100, and whose server has 7,000.
fn begun() -> Talk {
    let syn = stamped(Side::ToServer, SYN, CLIENT - 1, 0, (100, 0));
    Talk::new(inline()).send(Side::ToServer, &syn, b"")
}

fn opened() -> Talk {
    begun()
        .server_at((7_000, 100), SYN | ACK, SERVER - 1, CLIENT)
        .client_at((101, 7_000), ACK, 0, "")
}

#[test]
fn data_with_an_old_timestamp_are_ignored() {
    let talk = opened().client_at((50, 7_000), ACK, 0, "evil");
    assert!(talk.noticed(Event::InvalidTimestamp));
    let talk = talk.client_at((102, 7_000), ACK, 0, "good");
    assert_eq!(talk.to_server, [data(0, "good")]);
}

#[test]
fn timestamps_wrap() {
    let syn = stamped(Side::ToServer, SYN, CLIENT - 1, 0, (u32::MAX, 0));
    let talk = Talk::new(inline())
        .send(Side::ToServer, &syn, b"")
        .server_at((7_000, u32::MAX), SYN | ACK, SERVER - 1, CLIENT)
        .client_at((3, 7_000), ACK, 0, "good");
    assert_eq!(talk.to_server, [data(0, "good")]);
}

#[test]
fn a_segment_that_overtakes_another_does_not_make_that_one_old() {
    let talk =
        opened()
            .client_at((103, 7_000), ACK, 3, "two")
            .client_at((102, 7_000), ACK, 0, "one");
    assert_eq!(talk.text(), "onetwo");
}

#[test]
fn an_answer_to_a_syn_with_the_timestamp_of_another_is_ignored() {
    let talk = begun().server_at((9, 9), RST | ACK, SERVER, CLIENT);
    assert!(talk.noticed(Event::InvalidTimestamp));
    assert!(talk.to_client.is_empty());
    let talk = talk
        .server_at((7_000, 100), SYN | ACK, SERVER - 1, CLIENT)
        .client_at((101, 7_000), ACK, 0, "good");
    assert_eq!(talk.to_server, [data(0, "good")]);
}

#[test]
fn an_answer_with_a_timestamp_to_a_syn_without_is_ignored() {
    let talk = Talk::new(inline())
        .client(SYN, CLIENT - 1, 0, "")
        .server_at((9, 9), RST | ACK, SERVER, CLIENT);
    assert!(talk.noticed(Event::InvalidTimestamp));
    assert!(talk.to_client.is_empty());
}

#[test]
fn a_reset_with_an_old_timestamp_counts() {
    let talk = opened().server_at((0, 101), RST | ACK, SERVER, CLIENT);
    assert!(talk.events.is_empty());
    assert_eq!(talk.to_client, [Told::Reset(0)]);
}

#[test]
fn a_clock_that_was_set_back_is_believed_in_the_end() {
    let mut talk = opened();
    for _ in 0..9 {
        talk = talk.client_at((50, 7_000), ACK, 0, "late");
    }
    assert_eq!(talk.to_server, [data(0, "late")]);
}
