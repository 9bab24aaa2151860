//! Tests of `conn_state`.

use crate::testing::{ACK, CLIENT, FIN, MS, RST, SERVER, START, SYN, Talk, icmp, push, table, udp};

fn of(talk: &Talk) -> &'static str {
    talk.flow().conn_state()
}

#[test]
fn an_unanswered_syn_is_s0() {
    assert_eq!(of(&Talk::new().client(SYN, 1, 0, 0)), "S0");
}

#[test]
fn an_open_connection_is_s1() {
    assert_eq!(of(&Talk::after_handshake()), "S1");
}

#[test]
fn a_close_by_both_sides_is_sf() {
    let talk = Talk::after_handshake()
        .client(FIN | ACK, 101, 501, 0)
        .server(FIN | ACK, 501, 102, 0)
        .client(RST, 102, 0, 0);
    assert_eq!(of(&talk), "SF");
}

#[test]
fn a_reset_as_answer_to_the_syn_is_rej() {
    let talk = Talk::new().client(SYN, 1, 0, 0).server(RST | ACK, 0, 2, 0);
    assert_eq!(of(&talk), "REJ");
}

#[test]
fn a_close_by_one_side_is_s2_or_s3() {
    assert_eq!(
        of(&Talk::after_handshake().client(FIN | ACK, 101, 501, 0)),
        "S2"
    );
    assert_eq!(
        of(&Talk::after_handshake().server(FIN | ACK, 501, 101, 0)),
        "S3"
    );
}

#[test]
fn a_reset_of_an_open_connection_is_rsto_or_rstr() {
    assert_eq!(
        of(&Talk::after_handshake().client(RST, 101, 501, 0)),
        "RSTO"
    );
    assert_eq!(
        of(&Talk::after_handshake().server(RST, 501, 101, 0)),
        "RSTR"
    );
}

#[test]
fn a_syn_taken_back_is_rstos0_or_sh() {
    assert_eq!(
        of(&Talk::new().client(SYN, 1, 0, 0).client(RST, 2, 0, 0)),
        "RSTOS0"
    );
    assert_eq!(
        of(&Talk::new().client(SYN, 1, 0, 0).client(FIN, 2, 0, 0)),
        "SH"
    );
}

#[test]
fn the_servers_half_alone_is_rstrh_or_shr() {
    let half = || Talk::new().server(SYN | ACK, 500, 101, 0);
    assert_eq!(of(&half().server(RST, 501, 0, 0)), "RSTRH");
    assert_eq!(of(&half().server(FIN | ACK, 501, 101, 0)), "SHR");
}

#[test]
fn a_connection_joined_late_is_oth() {
    let talk = Talk::new().client(ACK, 1, 2, 3).server(ACK, 2, 4, 5);
    assert_eq!(of(&talk), "OTH");
}

#[test]
fn udp_is_s0_sf_or_shr() {
    let mut table = table();
    let query = udp((CLIENT, 5000), (SERVER, 53));
    let answer = udp((SERVER, 53), (CLIENT, 5000));
    let update = push(&mut table, &query, START);
    assert_eq!(table.get(update.flow).unwrap().conn_state(), "S0");
    push(&mut table, &answer, START + MS);
    assert_eq!(table.get(update.flow).unwrap().conn_state(), "SF");
    let stray = udp((SERVER, 53), (CLIENT, 6000));
    let update = push(&mut table, &stray, START);
    assert_eq!(table.get(update.flow).unwrap().conn_state(), "SHR");
}

#[test]
fn icmp_is_oth() {
    let mut table = table();
    let update = push(&mut table, &icmp(CLIENT, SERVER, 8, 0), START);
    assert_eq!(table.get(update.flow).unwrap().conn_state(), "OTH");
}
