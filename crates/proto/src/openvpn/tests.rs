use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};
use crate::tls::tests::{client_hello_body, message, record, server_hello_body, sni};

/// A packet of this kind: its session is the side's, its code for authentication has so many bytes.
struct Maker {
    code: Option<usize>,
}

impl Maker {
    fn packet(&self, side: Side, opcode: u8, acknowledged: &[u32], rest: &[u8]) -> Vec<u8> {
        let session = match side {
            Side::Client => [0xc1; 8],
            Side::Server => [0x5e; 8],
        };
        let mut packet = vec![opcode << 3];
        packet.extend_from_slice(&session);
        if let Some(code) = self.code {
            packet.extend(std::iter::repeat_n(0xaa, code));
            packet.extend_from_slice(&[0, 0, 0, 1, 0x60, 0, 0, 0]);
        }
        packet.push(acknowledged.len() as u8);
        for number in acknowledged {
            packet.extend_from_slice(&number.to_be_bytes());
        }
        if !acknowledged.is_empty() {
            packet.extend_from_slice(&[0; 8]);
        }
        packet.extend_from_slice(rest);
        packet
    }

    fn control(&self, side: Side, number: u32, acknowledged: &[u32], piece: &[u8]) -> Vec<u8> {
        let mut rest = number.to_be_bytes().to_vec();
        rest.extend_from_slice(piece);
        self.packet(side, opcode::CONTROL, acknowledged, &rest)
    }

    fn resets(&self) -> Vec<(Side, Vec<u8>)> {
        let client = self.packet(Side::Client, opcode::CLIENT_RESET, &[], &[0; 4]);
        let server = self.packet(Side::Server, opcode::SERVER_RESET, &[0], &[0; 4]);
        vec![(Side::Client, client), (Side::Server, server)]
    }

    /// Both hellos in pieces of so many bytes, an acknowledgement by itself, and the tunnel.
    fn handshake(&self, size: usize) -> Vec<(Side, Vec<u8>)> {
        let mut packets = self.resets();
        for (number, piece) in (1..).zip(client_hello().chunks(size)) {
            packets.push((Side::Client, self.control(Side::Client, number, &[], piece)));
        }
        packets.push((Side::Server, self.packet(Side::Server, 5, &[1, 2, 3], &[])));
        for (number, piece) in (1..).zip(server_hello().chunks(size)) {
            packets.push((
                Side::Server,
                self.control(Side::Server, number, &[7, 8], piece),
            ));
        }
        packets.push((Side::Client, vec![6 << 3; 200]));
        packets
    }
}

const PLAIN: Maker = Maker { code: None };
const CODED: Maker = Maker { code: Some(20) };

fn client_hello() -> Vec<u8> {
    let body = client_hello_body(0x0303, &[0xc02b], &[sni("vpn.example.com")]);
    record(22, &message(1, &body))
}

fn server_hello() -> Vec<u8> {
    record(22, &message(2, &server_hello_body(0x0303, 0xc02b, &[])))
}

fn make(transport: Transport) -> Box<dyn Parser> {
    (OPENVPN.new)(&facts("openvpn", transport, 1194))
}

fn datagrams(packets: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, &[u8])> = packets
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed(make(Transport::Udp), &pieces)
}

/// The name that the record of TLS has, empty when there is none.
fn name(told: &Collected) -> String {
    let records = told.records();
    let tls = records.iter().find(|record| record["tls"].is_object());
    tls.and_then(|record| record["tls"]["sni"].as_str())
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn the_handshake_over_tcp_is_read_however_it_is_cut() {
    let packets: Vec<(Side, Vec<u8>)> = PLAIN
        .handshake(30)
        .into_iter()
        .map(|(side, packet)| {
            let mut framed = (packet.len() as u16).to_be_bytes().to_vec();
            framed.extend_from_slice(&packet);
            (side, framed)
        })
        .collect();
    let pieces: Vec<(Side, &[u8])> = packets
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    let told = feed_in_every_split(&|| make(Transport::Tcp), &pieces);
    let record = &told.records()[0]["tls"];
    assert_eq!(record["sni"], "vpn.example.com");
    assert_eq!(record["from_proto"], "openvpn");
    assert_eq!(record["ja3"]["string"], "771,49195,0,,");
    assert_eq!(record["ja3s"]["string"], "771,49195,");
    assert!(told.anomalies().is_empty());
}

#[test]
fn datagrams_with_a_code_for_authentication_are_read() {
    for code in CODES {
        let maker = Maker { code: Some(code) };
        assert_eq!(name(&datagrams(&maker.handshake(50))), "vpn.example.com");
    }
}

#[test]
fn pieces_out_of_order_and_sent_again_are_put_in_order() {
    let mut packets = CODED.handshake(20);
    // Behind the resets come the client's pieces.
    packets.swap(2, 4);
    packets.insert(4, packets[3].clone());
    packets.push(packets[3].clone());
    let told = datagrams(&packets);
    assert_eq!(name(&told), "vpn.example.com");
    assert!(told.anomalies().is_empty());
}

#[test]
fn a_piece_that_never_comes_ends_its_side_and_nothing_is_made_up() {
    let mut packets = PLAIN.resets();
    let hello = client_hello();
    for number in 2..40 {
        let packet = PLAIN.control(Side::Client, number, &[], &hello);
        packets.push((Side::Client, packet));
    }
    let mut parser = make(Transport::Udp);
    let mut told = Collected::default();
    let mut most = 0;
    for (side, packet) in &packets {
        parser.data(*side, packet, &mut told);
        most = most.max(parser.held());
    }
    assert_eq!(name(&told), "");
    assert!(most < 16 << 10, "{most}");
    assert!(parser.held() < most);
}

#[test]
fn a_client_that_begins_anew_is_read() {
    let mut packets = vec![(Side::Client, [&[0x38], &[9; 8][..], &[0; 5]].concat())];
    packets.extend(PLAIN.handshake(30));
    assert_eq!(name(&datagrams(&packets)), "vpn.example.com");
}

#[test]
fn pieces_of_another_session_or_key_are_left_out() {
    let mut packets = PLAIN.resets();
    let hello = client_hello();
    let mut foreign = PLAIN.control(Side::Client, 1, &[], &hello);
    foreign[3] = 0;
    let mut renewed = PLAIN.control(Side::Client, 1, &[], &hello);
    renewed[0] |= 1;
    packets.extend([(Side::Client, foreign), (Side::Client, renewed)]);
    assert_eq!(name(&datagrams(&packets)), "");
}

#[test]
fn what_is_wrapped_is_not_read_any_further() {
    let mut wrapped = vec![0x38; 54];
    wrapped[9..13].copy_from_slice(&[0, 0, 0, 1]);
    let mut parser = make(Transport::Udp);
    let next = parser.data(Side::Client, &wrapped, &mut Collected::default());
    assert_eq!(next, Next::Done);
}

#[test]
fn a_handshake_without_end_is_given_up() {
    let mut parser = make(Transport::Udp);
    let mut told = Collected::default();
    for (side, packet) in &CODED.handshake(40) {
        assert_eq!(parser.data(*side, packet, &mut told), Next::More);
    }
    let tunnel = [6 << 3; 100];
    let count =
        (0..1000).take_while(|_| parser.data(Side::Client, &tunnel, &mut told) == Next::More);
    assert!(count.count() < MAX_PACKETS as usize);
    assert_eq!(name(&told), "vpn.example.com");
}

#[test]
fn a_packet_cut_anywhere_is_no_harm() {
    for (side, packet) in CODED.handshake(500) {
        for length in 0..packet.len() {
            let mut packets = CODED.resets();
            packets.push((side, packet[..length].to_vec()));
            assert_eq!(name(&datagrams(&packets)), "");
        }
    }
}
