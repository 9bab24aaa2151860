//! Tests of TCP tracking.

use super::*;
use crate::EndReason;
use crate::testing::{ACK, FIN, MS, RST, SYN, Talk, segment};

fn state(talk: &Talk) -> (TcpState, State) {
    (talk.flow().tcp_state(), talk.flow().state())
}

#[test]
fn the_handshake_passes_through_its_states() {
    let talk = Talk::new().client(SYN, 100, 0, 0);
    assert_eq!(state(&talk), (TcpState::SynSent, State::New));
    let talk = talk.server(SYN | ACK, 500, 101, 0);
    assert_eq!(state(&talk), (TcpState::SynRecv, State::New));
    let talk = talk.client(ACK, 101, 501, 0);
    assert_eq!(state(&talk), (TcpState::Established, State::Established));
    assert!(talk.update().became_established);
    assert!(talk.update().tcp.contains(TcpEvents::HANDSHAKE));
}

#[test]
fn the_handshake_times_are_those_of_its_two_halves() {
    let mut talk = Talk::new().client(SYN, 100, 0, 0);
    talk.ts += 20 * MS;
    let mut talk = talk.server(SYN | ACK, 500, 101, 0);
    talk.ts += 5 * MS;
    let talk = talk.client(ACK, 101, 501, 0);
    let flow = talk.flow();
    assert_eq!(flow.syn_rtt_us(), Some(21_000));
    assert_eq!(flow.ack_rtt_us(), Some(6000));
    assert_eq!(flow.handshake_us(), Some(27_000));
}

#[test]
fn a_lost_syn_does_not_count_as_round_trip() {
    let mut talk = Talk::new().client(SYN, 100, 0, 0);
    talk.ts += 1000 * MS;
    let talk = talk.client(SYN, 100, 0, 0).server(SYN | ACK, 500, 101, 0);
    assert_eq!(talk.flow().syn_rtt_us(), Some(1000));
    assert_eq!(talk.flow().retransmissions(Side::ToServer), 1);
}

#[test]
fn an_unfinished_handshake_has_no_times() {
    let talk = Talk::new().client(SYN, 100, 0, 0);
    assert_eq!(talk.flow().syn_rtt_us(), None);
    assert_eq!(talk.flow().handshake_us(), None);
}

#[test]
fn a_simultaneous_open_becomes_established() {
    let talk = Talk::new().client(SYN, 100, 0, 0).server(SYN, 500, 0, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::SynRecv);
    let talk = talk
        .server(SYN | ACK, 500, 101, 0)
        .client(SYN | ACK, 100, 501, 0);
    assert_eq!(state(&talk), (TcpState::Established, State::Established));
    assert_eq!(talk.table.len(), 1);
}

#[test]
fn a_client_that_closes_first_leads_through_close_wait() {
    let talk = Talk::after_handshake().client(FIN | ACK, 101, 501, 0);
    assert_eq!(state(&talk), (TcpState::CloseWait, State::Established));
    let talk = talk.server(FIN | ACK, 501, 102, 0);
    assert_eq!(state(&talk), (TcpState::LastAck, State::Closed));
    let talk = talk.client(ACK, 102, 502, 0);
    assert_eq!(state(&talk), (TcpState::Closed, State::Closed));
    assert!(talk.update().tcp.contains(TcpEvents::CLOSED));
}

#[test]
fn a_server_that_closes_first_leads_through_fin_wait() {
    let talk = Talk::after_handshake().server(FIN | ACK, 501, 101, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::FinWait1);
    let talk = talk.client(ACK, 101, 502, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::FinWait2);
    let talk = talk.client(FIN | ACK, 101, 502, 0);
    assert_eq!(state(&talk), (TcpState::TimeWait, State::Closed));
    let talk = talk.server(ACK, 502, 102, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::Closed);
}

#[test]
fn a_simultaneous_close_leads_through_closing() {
    let talk = Talk::after_handshake()
        .server(FIN | ACK, 501, 101, 0)
        .client(FIN | ACK, 101, 501, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::Closing);
    let talk = talk.client(ACK, 102, 502, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::TimeWait);
}

#[test]
fn data_after_a_fin_of_the_other_side_does_not_close() {
    let talk = Talk::after_handshake()
        .client(FIN | ACK, 101, 501, 0)
        .server(ACK, 501, 102, 1000);
    assert_eq!(talk.flow().tcp_state(), TcpState::CloseWait);
}

#[test]
fn a_refused_connection_is_closed() {
    let talk = Talk::new()
        .client(SYN, 100, 0, 0)
        .server(RST | ACK, 0, 101, 0);
    assert_eq!(state(&talk), (TcpState::Closed, State::Closed));
}

#[test]
fn a_reset_within_the_window_closes() {
    let talk = Talk::after_handshake().server(RST, 501, 0, 0);
    assert_eq!(state(&talk), (TcpState::Closed, State::Closed));
}

#[test]
fn a_blind_reset_changes_nothing() {
    let talk = Talk::after_handshake().server(RST, 501 + 5_000_000, 0, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::Established);
    assert!(talk.update().tcp.contains(TcpEvents::OUT_OF_WINDOW));
    let talk = Talk::new()
        .client(SYN, 100, 0, 0)
        .server(RST | ACK, 0, 77_777, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::SynSent);
}

#[test]
fn a_connection_joined_late_is_midstream_and_established_when_both_speak() {
    let talk = Talk::new().client(ACK, 1000, 2000, 10);
    assert!(talk.flow().is_midstream());
    assert_eq!(state(&talk), (TcpState::Established, State::Established));
    assert!(!talk.update().became_established);
    let talk = talk.server(ACK, 2000, 1010, 10);
    assert!(talk.update().became_established);
    assert_eq!(state(&talk), (TcpState::Established, State::Established));
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
}

#[test]
fn one_direction_alone_is_followed_but_not_established() {
    let talk = Talk::new()
        .client(SYN, 100, 0, 0)
        .client(ACK, 101, 501, 0)
        .client(ACK, 101, 501, 50)
        .client(ACK, 151, 900, 50);
    assert_eq!(state(&talk), (TcpState::SynSent, State::New));
    assert_eq!(talk.flow().payload_bytes(Side::ToServer), 100);
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
}

#[test]
fn an_answer_establishes_even_if_its_syn_was_not_captured() {
    let talk = Talk::new()
        .client(SYN, 100, 0, 0)
        .client(ACK, 101, 501, 10)
        .server(ACK, 501, 111, 10);
    assert_eq!(state(&talk), (TcpState::Established, State::Established));
}

#[test]
fn repeated_data_is_a_retransmission() {
    let talk = Talk::after_handshake()
        .client(ACK, 101, 501, 100)
        .client(ACK, 101, 501, 100);
    assert!(talk.update().tcp.contains(TcpEvents::RETRANSMISSION));
    assert_eq!(talk.flow().retransmissions(Side::ToServer), 1);
    assert_eq!(talk.flow().out_of_order(Side::ToServer), 0);
}

#[test]
fn late_data_is_out_of_order_and_fills_its_gap() {
    let talk = Talk::after_handshake().client(ACK, 201, 501, 100);
    assert!(talk.update().tcp.contains(TcpEvents::GAP));
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 100);
    let talk = talk.client(ACK, 101, 501, 100);
    assert!(talk.update().tcp.contains(TcpEvents::OUT_OF_ORDER));
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
    assert_eq!(talk.flow().retransmissions(Side::ToServer), 0);
    let talk = talk.client(ACK, 101, 501, 100);
    assert!(talk.update().tcp.contains(TcpEvents::RETRANSMISSION));
}

#[test]
fn two_gaps_are_filled_in_any_order() {
    let talk = Talk::after_handshake()
        .client(ACK, 201, 501, 100)
        .client(ACK, 401, 501, 100);
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 200);
    let talk = talk.client(ACK, 301, 501, 100).client(ACK, 101, 501, 100);
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
    assert_eq!(talk.flow().out_of_order(Side::ToServer), 2);
}

#[test]
fn a_gap_that_was_acknowledged_stays_lost() {
    let talk = Talk::after_handshake()
        .client(ACK, 201, 501, 100)
        .server(ACK, 501, 301, 0)
        .client(ACK, 101, 501, 100);
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 100);
    assert_eq!(talk.flow().retransmissions(Side::ToServer), 1);
}

#[test]
fn bytes_acknowledged_but_never_seen_are_lost() {
    let talk = Talk::after_handshake()
        .client(ACK, 101, 501, 100)
        .server(ACK, 501, 301, 0);
    // One number may be the client's FIN.
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 99);
}

#[test]
fn gaps_of_each_side_are_told_apart() {
    let talk = Talk::after_handshake().server(ACK, 601, 101, 10);
    assert_eq!(talk.flow().lost_bytes(Side::ToClient), 100);
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
}

#[test]
fn a_keep_alive_is_not_a_retransmission() {
    for payload in [0, 1] {
        let talk = Talk::after_handshake()
            .client(ACK, 101, 501, 100)
            .server(ACK, 501, 201, 0)
            .client(ACK, 200, 501, payload);
        assert!(talk.update().tcp.contains(TcpEvents::KEEP_ALIVE));
        assert_eq!(talk.flow().retransmissions(Side::ToServer), 0);
    }
}

#[test]
fn a_single_byte_that_was_not_acknowledged_is_a_retransmission() {
    let talk = Talk::after_handshake()
        .client(ACK, 101, 501, 1)
        .client(ACK, 101, 501, 1);
    assert!(talk.update().tcp.contains(TcpEvents::RETRANSMISSION));
}

#[test]
fn sequence_numbers_wrap() {
    let talk = Talk::new()
        .client(SYN, u32::MAX - 49, 0, 0)
        .server(SYN | ACK, 500, u32::MAX - 48, 0)
        .client(ACK, u32::MAX - 48, 501, 0)
        .client(ACK, u32::MAX - 48, 501, 100)
        .client(ACK, 51, 501, 100)
        .client(ACK, u32::MAX - 48, 501, 100);
    assert_eq!(talk.flow().retransmissions(Side::ToServer), 1);
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
    let talk = talk
        .client(FIN | ACK, 151, 501, 0)
        .server(FIN | ACK, 501, 152, 0)
        .client(ACK, 152, 502, 0);
    assert_eq!(talk.flow().tcp_state(), TcpState::Closed);
}

#[test]
fn a_window_of_zero_is_counted_each_time_it_closes() {
    let zero = |window| {
        let mut packet = segment(Side::ToClient, ACK, 501, 101, 0);
        packet.tcp.window = window;
        packet
    };
    let talk = Talk::after_handshake()
        .send(&zero(0))
        .send(&zero(0))
        .send(&zero(500))
        .send(&zero(0));
    assert_eq!(talk.flow().zero_windows(Side::ToClient), 2);
    assert_eq!(talk.flow().history().as_str(), "ShAaw");
}

#[test]
fn repeated_acknowledgements_are_told_only_while_data_is_outstanding() {
    let is_duplicate = |talk: &Talk| talk.update().tcp.contains(TcpEvents::DUPLICATE_ACK);
    let talk = Talk::after_handshake()
        .server(ACK, 501, 101, 0)
        .server(ACK, 501, 101, 0);
    assert!(!is_duplicate(&talk));
    let talk = talk
        .client(ACK, 201, 501, 100)
        .server(ACK, 501, 101, 0)
        .server(ACK, 501, 101, 0);
    assert!(is_duplicate(&talk));
}

#[test]
fn a_wrong_checksum_only_counts_as_a_packet() {
    let mut reset = segment(Side::ToClient, RST, 501, 0, 0);
    reset.bad_checksum = true;
    let talk = Talk::after_handshake().send(&reset);
    assert_eq!(talk.flow().tcp_state(), TcpState::Established);
    assert!(talk.update().tcp.contains(TcpEvents::BAD_CHECKSUM));
    assert_eq!(talk.flow().packets(Side::ToClient), 2);
    assert_eq!(talk.flow().history().as_str(), "ShAc");
}

#[test]
fn an_unrelated_sequence_number_is_not_believed() {
    let talk = Talk::after_handshake().client(ACK, 101 + (1 << 31), 501, 100);
    assert!(talk.update().tcp.contains(TcpEvents::OUT_OF_WINDOW));
    assert_eq!(talk.flow().lost_bytes(Side::ToServer), 0);
}

#[test]
fn flags_are_kept_per_side() {
    let talk = Talk::after_handshake().client(FIN | ACK, 101, 501, 0);
    assert_eq!(talk.flow().tcp_flags(Side::ToServer), SYN | ACK | FIN);
    assert_eq!(talk.flow().tcp_flags(Side::ToClient), SYN | ACK);
}

#[test]
fn a_syn_on_a_closed_connection_begins_a_new_flow() {
    let talk = Talk::after_handshake()
        .server(RST, 501, 0, 0)
        .client(SYN, 9000, 0, 0);
    assert!(talk.update().is_new);
    assert!(talk.update().tcp.contains(TcpEvents::REUSED));
    let ended: Vec<_> = talk.table.ended.iter().map(Flow::end_reason).collect();
    assert_eq!(ended, [Some(EndReason::TcpReuse)]);
}

#[test]
fn many_different_syns_without_an_answer_are_a_flood() {
    let ask = |talk: Talk, numbers: std::ops::Range<u32>| {
        numbers.fold(talk, |talk, number| {
            talk.client(SYN, number * 100_000, 0, 0)
        })
    };
    let is_flood = |talk: &Talk| talk.update().tcp.contains(TcpEvents::SYN_FLOOD);
    let talk = ask(Talk::new(), 1..12);
    assert!(!is_flood(&talk));
    let talk = talk.client(SYN, 1_100_000, 0, 0);
    assert!(!is_flood(&talk), "a repetition is no other one");
    let talk = talk.client(SYN, 9, 0, 0);
    assert!(is_flood(&talk));
    let talk = talk
        .server(SYN | ACK, 500, 10, 0)
        .client(SYN, 5_000_000, 0, 0);
    assert!(!is_flood(&talk), "the one before was answered");
    assert!(!is_flood(&ask(talk, 60..70)));
}

#[test]
fn a_syn_with_another_number_begins_a_new_flow() {
    let talk = Talk::after_handshake().client(SYN, 9000, 0, 0);
    assert!(talk.update().is_new);
    assert_eq!(talk.flow().client_isn(), Some(9000));
    let talk = Talk::new().client(SYN, 100, 0, 0).client(SYN, 9000, 0, 0);
    assert!(talk.update().is_new);
}

#[test]
fn a_repeated_syn_does_not_begin_a_new_flow() {
    let talk = Talk::after_handshake().client(SYN, 100, 0, 0);
    assert!(!talk.update().is_new);
    assert_eq!(talk.table.len(), 1);
}

#[test]
fn a_syn_from_the_server_turns_the_roles_round() {
    let talk = Talk::after_handshake().server(SYN, 7777, 0, 0);
    assert!(talk.update().is_new);
    assert_eq!(talk.flow().client_port(), 80);
}
