//! Tests of the history letters.

use super::*;
use crate::testing::{ACK, FIN, RST, SYN, Talk};

fn of(talk: &Talk) -> String {
    talk.flow().history().as_str().to_owned()
}

#[test]
fn an_ordinary_connection_reads_as_with_zeek() {
    let talk = Talk::after_handshake()
        .client(ACK, 101, 501, 10)
        .server(ACK, 501, 111, 0)
        .server(ACK, 501, 111, 10)
        .client(FIN | ACK, 111, 511, 0)
        .server(FIN | ACK, 511, 112, 0);
    assert_eq!(of(&talk), "ShADadFf");
}

#[test]
fn a_syn_ack_first_turns_the_direction_round() {
    assert_eq!(of(&Talk::new().server(SYN | ACK, 500, 101, 0)), "^h");
}

#[test]
fn odd_flags_have_their_letters() {
    assert_eq!(of(&Talk::new().client(SYN | FIN, 1, 0, 0)), "QSF");
    assert_eq!(
        of(&Talk::after_handshake().client(FIN | RST, 101, 0, 0)),
        "ShAIFR"
    );
}

#[test]
fn gaps_and_retransmissions_have_their_letters() {
    let talk = Talk::after_handshake()
        .client(ACK, 201, 501, 10)
        .client(ACK, 201, 501, 10);
    assert_eq!(of(&talk), "ShADGT");
}

#[test]
fn a_repeated_syn_has_no_letter() {
    assert_eq!(
        of(&Talk::new().client(SYN, 1, 0, 0).client(SYN, 1, 0, 0)),
        "S"
    );
}

#[test]
fn no_more_letters_are_kept_than_fit() {
    let (mut marks, mut seen) = (Marks::default(), Seen::default());
    let all = [
        Mark::Flipped,
        Mark::Syn,
        Mark::SynAck,
        Mark::Ack,
        Mark::Data,
        Mark::Fin,
        Mark::Reset,
        Mark::BadChecksum,
        Mark::Gap,
        Mark::Retransmission,
        Mark::ZeroWindow,
        Mark::Inconsistent,
        Mark::MultiFlag,
    ];
    for side in [Side::ToServer, Side::ToClient] {
        for mark in all {
            marks.record(&mut seen, mark, side);
        }
    }
    assert_eq!(marks.text(seen).as_str(), "^SHADFRCGTWIQ^shad");
    assert!(seen.has(Mark::MultiFlag, Side::ToClient));
}
