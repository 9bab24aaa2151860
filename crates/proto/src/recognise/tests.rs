use proptest::prelude::*;

use super::{Recognition, recognise};
use crate::{PROTOCOLS, Transport, Transport::Tcp, Transport::Udp};

/// A port that no protocol calls its own.
const NO_PORT: u16 = 40_001;

fn name(transport: Transport, port: u16, client: &[u8], server: &[u8]) -> Option<&'static str> {
    recognise(transport, (50_000, port), client, server).name()
}

fn tcp(client: &[u8], server: &[u8]) -> Option<&'static str> {
    name(Tcp, NO_PORT, client, server)
}

fn udp(client: &[u8]) -> Option<&'static str> {
    name(Udp, NO_PORT, client, b"")
}

#[test]
fn text_protocols_are_known_on_any_port() {
    assert_eq!(tcp(b"GET / HTTP/1.1\r\n", b""), Some("http"));
    assert_eq!(
        tcp(b"CONNECT example.com:443 HTTP/1.1\r\n", b""),
        Some("http")
    );
    assert_eq!(tcp(b"", b"HTTP/1.1 200 OK\r\n"), Some("http"));
    assert_eq!(tcp(b"PRI * HTTP/2.0\r\n\r\nSM", b""), Some("http2"));
    assert_eq!(tcp(b"", b"SSH-2.0-OpenSSH_9.6\r\n"), Some("ssh"));
    assert_eq!(tcp(b"", b"220 mail.example.com ESMTP\r\n"), Some("smtp"));
    assert_eq!(tcp(b"", b"220 (vsFTPd 3.0.5)\r\n"), Some("ftp"));
    assert_eq!(tcp(b"", b"+OK POP3 ready\r\n"), Some("pop3"));
    assert_eq!(tcp(b"", b"* OK IMAP4rev1 ready\r\n"), Some("imap"));
    assert_eq!(tcp(b"a1 LOGIN user pass\r\n", b""), Some("imap"));
    assert_eq!(tcp(b"NICK bot\r\nUSER a 0 * :b\r\n", b""), Some("irc"));
    assert_eq!(
        tcp(b"", b":irc.example.com NOTICE * :*** hello\r\n"),
        Some("irc")
    );
    assert_eq!(
        tcp(b"OPTIONS rtsp://192.0.2.1/ RTSP/1.0\r\n", b""),
        Some("rtsp")
    );
    assert_eq!(
        tcp(b"OPTIONS sip:a@example.com SIP/2.0\r\n", b""),
        Some("sip")
    );
    assert_eq!(tcp(b"OPTIONS * HTTP/1.1\r\n", b""), Some("http"));
    assert_eq!(tcp(b"*1\r\n$4\r\nPING\r\n", b""), Some("redis"));
    assert_eq!(tcp(b"", b"RFB 003.008\n"), Some("rfb"));
}

#[test]
fn binary_protocols_are_known_on_any_port() {
    let hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
    assert_eq!(tcp(hello, b""), Some("tls"));
    assert_eq!(tcp(b"\0\0\0\x90\xfeSMB@\0", b""), Some("smb"));
    assert_eq!(tcp(b"\x10\x0c\0\x04MQTT\x04\x02\0\x3c", b""), Some("mqtt"));
    assert_eq!(tcp(b"\0\0\0\x08\x04\xd2\x16\x2f", b""), Some("pgsql"));
    assert_eq!(tcp(b"\xca\x55\x2d\xfa\x0c\x0a", b""), Some("cassandra"));
    assert_eq!(tcp(b"", b"\x4a\0\0\0\x0a8.0.36\0"), Some("mysql"));
    assert_eq!(
        tcp(b"\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0", b""),
        Some("rdp")
    );
    assert_eq!(tcp(b"\xff\xfd\x18\xff\xfd\x20", b""), Some("telnet"));
    assert_eq!(tcp(b"\x13BitTorrent protocol\0\0", b""), Some("bittorrent"));
    assert_eq!(tcp(b"\x05\x01\0", b"\x05\0"), Some("socks"));
    assert_eq!(tcp(b"CNXN\x01\0\0\x01\0\0\x10\0", b""), Some("adb"));
}

#[test]
fn datagrams_are_known_on_any_port() {
    let dns = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x07example\x03com\0\0\x01\0\x01";
    assert_eq!(udp(dns), Some("dns"));
    assert_eq!(
        udp(b"d1:ad2:id20:abcdefghij0123456789e1:q4:ping"),
        Some("bittorrent-dht")
    );
    assert_eq!(udp(b"M-SEARCH * HTTP/1.1\r\n"), Some("ssdp"));
    assert_eq!(udp(b"\0\x01\0\0\x21\x12\xa4\x42abcdefghijkl"), Some("stun"));
    assert_eq!(udp(b"\0\x01file.bin\0octet\0"), Some("tftp"));
    assert_eq!(udp(b"\x30\x29\x02\x01\x01\x04\x06public\xa0"), Some("snmp"));
    let mut quic = vec![0xc3, 0, 0, 0, 1, 8];
    quic.resize(1200, 7);
    assert_eq!(udp(&quic), Some("quic"));
    let mut wireguard = vec![1, 0, 0, 0];
    wireguard.resize(148, 9);
    assert_eq!(udp(&wireguard), Some("wireguard"));
    let mut dhcp = vec![1, 1, 6, 0];
    dhcp.resize(236, 0);
    dhcp.extend([0x63, 0x82, 0x53, 0x63]);
    assert_eq!(udp(&dhcp), Some("dhcp"));
}

#[test]
fn a_port_resolves_what_is_weak_and_nothing_else() {
    let ntp = [0x23; 48];
    assert_eq!(name(Udp, 123, &ntp, b""), Some("ntp"));
    assert_eq!(name(Udp, NO_PORT, &ntp, b""), None);
    assert_eq!(name(Tcp, 22, b"GET / HTTP/1.1\r\n", b""), Some("http"));
    assert_eq!(name(Tcp, 21, b"", b"220 Welcome\r\n"), Some("ftp"));
    assert_eq!(name(Tcp, 25, b"", b"220 Welcome\r\n"), Some("smtp"));
    assert_eq!(name(Tcp, NO_PORT, b"", b"220 Welcome\r\n"), None);
}

#[test]
fn a_short_answer_to_a_line_is_redis_on_its_port() {
    let asked = b"PUBLISH a b\r\n";
    for reply in [&b":2\r\n"[..], b"*3\r\n:1\r\n", b"|1\r\n+ttl\r\n"] {
        assert_eq!(name(Tcp, 6379, asked, reply), Some("redis"));
        assert_eq!(name(Tcp, NO_PORT, asked, reply), None);
    }
}

#[test]
fn mdns_is_dns_on_its_own_port() {
    let question = b"\0\0\0\0\0\x01\0\0\0\0\0\0\x04host\x05local\0\0\x01\0\x01";
    assert_eq!(name(Udp, 5353, question, b""), Some("mdns"));
    assert_eq!(name(Udp, 5355, question, b""), Some("llmnr"));
    assert_eq!(name(Udp, 53, question, b""), Some("dns"));
}

#[test]
fn too_few_bytes_leave_it_open() {
    assert!(matches!(
        recognise(Tcp, (1, 2), b"GE", b""),
        Recognition::Unsure
    ));
    assert!(matches!(
        recognise(Tcp, (1, 2), b"\x16\x03", b"x"),
        Recognition::Unsure
    ));
    assert!(matches!(
        recognise(Tcp, (1, 2), b"", b""),
        Recognition::Unsure
    ));
    assert!(matches!(
        recognise(Tcp, (1, 2), &[0xfe; 30], &[0xfe; 30]),
        Recognition::Unknown
    ));
}

#[test]
fn names_are_unique_for_each_transport() {
    for (index, protocol) in PROTOCOLS.iter().enumerate() {
        let same = PROTOCOLS
            .iter()
            .skip(index + 1)
            .find(|other| (other.name, other.transport) == (protocol.name, protocol.transport));
        assert!(same.is_none(), "{} is there twice", protocol.name);
    }
}

/// A small generator, so that a million samples cost no time in the strategy.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn bytes(&mut self) -> Vec<u8> {
        let length = (self.next() >> 40) as usize % 200 + 1;
        (0..length).map(|_| (self.next() >> 33) as u8).collect()
    }
}

#[test]
fn random_bytes_are_not_named_more_than_once_in_a_hundred_thousand() {
    const SAMPLES: u32 = 1_000_000;
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    let mut named = Vec::new();
    for sample in 0..SAMPLES {
        let transport = if sample % 2 == 0 { Tcp } else { Udp };
        let (client, server) = (noise.bytes(), noise.bytes());
        let ports = (
            (noise.next() >> 40) as u16,
            (noise.next() >> 40) as u16 | 0x8000,
        );
        named.extend(recognise(transport, ports, &client, &server).name());
    }
    assert!(
        named.len() <= (SAMPLES / 100_000) as usize,
        "{} names: {:?}",
        named.len(),
        named.get(..9)
    );
}

proptest! {
    #[test]
    fn any_bytes_on_any_port_are_answered(
        client in proptest::collection::vec(any::<u8>(), 0..300),
        server in proptest::collection::vec(any::<u8>(), 0..300),
        ports in any::<(u16, u16)>(),
        udp in any::<bool>(),
    ) {
        let transport = if udp { Udp } else { Tcp };
        let _ = recognise(transport, ports, &client, &server);
    }

    #[test]
    fn a_longer_look_never_changes_one_known_protocol_into_another(
        tail in proptest::collection::vec(any::<u8>(), 0..64),
        cut in 0_usize..40,
    ) {
        for start in [
            &b"GET /index.html HTTP/1.1\r\nHost: example.com\r\n"[..],
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            b"SSH-2.0-client_1.0\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            b"EHLO host.example.com\r\naaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ] {
            let part = start.get(..cut).unwrap_or(start);
            let mut whole = start.to_vec();
            whole.extend(&tail);
            let early = recognise(Tcp, (50_000, NO_PORT), part, b"").name();
            let late = recognise(Tcp, (50_000, NO_PORT), &whole, b"").name();
            prop_assert!(late.is_some());
            prop_assert!(early.is_none() || early == late);
        }
    }
}

#[test]
fn a_mail_client_may_greet_without_a_name() {
    assert_eq!(name(Tcp, 25, b"EHLO\r\n", b""), Some("smtp"));
    assert_eq!(name(Tcp, 25, b"helo\n", b""), Some("smtp"));
    assert_eq!(name(Tcp, 25, b"HELP\r\n", b""), None);
}

#[test]
fn an_empty_record_of_a_handshake_is_still_tls() {
    assert_eq!(tcp(b"\x16\x03\x00\x00\x00\x00\x00", b""), Some("tls"));
    assert_eq!(tcp(b"\x16\x04\x00\x00\x00\x00\x00", b""), None);
}

#[test]
fn quic_in_a_reserved_version_is_known_by_its_full_first_packet() {
    let mut packet = vec![0xc3, 0x1a, 0x2a, 0x3a, 0x4a, 8];
    packet.extend_from_slice(&[7; 8]);
    packet.extend_from_slice(&[0, 0, 0x44, 0xbe]);
    packet.extend_from_slice(&[9; 200]);
    assert_eq!(udp(&packet), Some("quic"));
    packet[16] = 0x40;
    assert_eq!(udp(&packet), None);
}
