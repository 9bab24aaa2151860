use super::build::*;
use super::{decoded, ethernet_decoded, faults, last};
use crate::{Datagram, Decoded, Fault, Options, decode_ip, write_ip_header};

fn over_ipv4(protocol: u8, transport: &[u8]) -> Decoded {
    ethernet_decoded(&ethernet(0x0800, &ipv4(protocol, transport)))
}

fn over_ipv6(protocol: u8, transport: &[u8]) -> Decoded {
    ethernet_decoded(&ethernet(0x86dd, &ipv6(protocol, transport)))
}

#[test]
fn tcp_fields_are_read() {
    let out = over_ipv4(6, &tcp(b"data"));
    let datagram = last(&out);
    assert_eq!(
        (datagram.source_port, datagram.destination_port),
        (40000, 443)
    );
    assert_eq!(
        (datagram.tcp.sequence, datagram.tcp.acknowledgement),
        (7, 9)
    );
    assert_eq!((datagram.tcp.window, datagram.tcp.flags), (0x2000, 0x18));
    assert_eq!((datagram.payload_offset, datagram.payload_length), (54, 4));
    assert_eq!(faults(&out), []);
}

#[test]
fn tcp_options_of_a_handshake_are_read() {
    let options = [
        2, 4, 5, 0xb4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2, 1, 3, 3, 7,
    ];
    let tcp = last(&over_ipv4(6, &tcp_with(&options, &[]))).tcp;
    assert_eq!(
        (tcp.mss, tcp.window_scale, tcp.sack_permitted),
        (1460, 8, true)
    );
    assert_eq!(tcp.timestamps, Some((1, 2)));
}

#[test]
fn usual_tcp_options_are_read() {
    let options = [1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2];
    assert_eq!(
        last(&over_ipv6(6, &tcp_with(&options, b"x")))
            .tcp
            .timestamps,
        Some((1, 2))
    );
}

#[test]
fn an_empty_selective_acknowledgement_is_no_fault() {
    assert_eq!(faults(&over_ipv4(6, &tcp_with(&[5, 2, 1, 1], &[]))), []);
}

#[test]
fn udp_payload_ends_where_udp_says() {
    let mut segment = udp(5000, 6000, b"hello");
    segment[5] = 10;
    let datagram = ipv4(17, &segment);
    let mut options = Options::default();
    options.checksums = false;
    let mut out = Decoded::default();
    decode_ip(&datagram, &options, &mut out);
    assert_eq!((last(&out).payload_length, faults(&out)), (2, vec![]));
}

#[test]
fn udp_lite_covers_only_a_part() {
    let mut segment = udp(5000, 6000, b"hello");
    segment[5] = 8;
    let mut datagram = ipv4(136, &segment);
    *datagram.last_mut().expect("payload") ^= 0xff;
    let out = decoded(101, &datagram);
    assert_eq!((faults(&out), last(&out).payload_length), (vec![], 5));
}

#[test]
fn dccp_ports_and_payload_are_found() {
    let packet = [
        0x13, 0x88, 0x17, 0x70, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 9, 9,
    ];
    let out = over_ipv4(33, &packet);
    assert_eq!(
        (last(&out).source_port, last(&out).destination_port),
        (5000, 6000)
    );
    assert_eq!((last(&out).payload_length, faults(&out)), (2, vec![]));
}

#[test]
fn sctp_with_a_known_checksum_is_right() {
    // CRC32c of the packet with a zero field, found bit by bit.
    let mut packet = vec![0x13, 0x88, 0x17, 0x70, 0, 0, 0, 1, 0, 0, 0, 0, 6, 0, 0, 4];
    let mut crc = u32::MAX;
    for byte in &packet {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                crc >> 1 ^ 0x82f6_3b78
            } else {
                crc >> 1
            };
        }
    }
    packet[8..12].copy_from_slice(&(!crc).to_le_bytes());
    let out = over_ipv4(132, &packet);
    assert_eq!((faults(&out), last(&out).destination_port), (vec![], 6000));
    packet[13] ^= 1;
    assert_eq!(faults(&over_ipv4(132, &packet)), [Fault::SctpChecksum]);
}

#[test]
fn icmp_type_and_code_take_the_place_of_ports() {
    let out = over_ipv4(1, &[8, 0, 0, 0, 0, 1, 0, 2, b'p']);
    let datagram = last(&out);
    assert_eq!((datagram.source_port, datagram.destination_port), (8, 0));
    assert_eq!((datagram.payload_length, faults(&out)), (1, vec![]));
}

#[test]
fn icmp_errors_quote_what_could_not_be_delivered() {
    let out = over_ipv4(1, &join(&[&[3, 3, 0, 0, 0, 0, 0, 0], &inner()]));
    let quoted = out.quoted.expect("a quote");
    assert_eq!((quoted.protocol, quoted.version), (17, 4));
    assert_eq!((quoted.source_port, quoted.destination_port), (5000, 6000));
    assert_eq!(quoted.source, last(&out).source);
    assert_eq!(out.datagram_count, 1);
}

#[test]
fn icmpv6_errors_quote_behind_extension_headers() {
    let lost = ipv6_with(60, &[17, 0, 4, 1, 4, 1, 1, 0], 17, &udp(5000, 6000, b""));
    let out = over_ipv6(58, &join(&[&[1, 4, 0, 0, 0, 0, 0, 0], &lost]));
    let quoted = out.quoted.expect("a quote");
    assert_eq!(
        (quoted.protocol, quoted.version, quoted.destination_port),
        (17, 6, 6000)
    );
    assert_eq!(faults(&out), []);
}

#[test]
fn a_quote_of_a_later_fragment_has_no_ports() {
    let lost = ipv4_with(17, 3, &[], &[0; 8]);
    let quoted = over_ipv4(1, &join(&[&[3, 1, 0, 0, 0, 0, 0, 0], &lost]))
        .quoted
        .expect("a quote");
    assert!(!quoted.has_transport);
}

#[test]
fn an_echo_quotes_nothing() {
    assert_eq!(
        over_ipv4(1, &join(&[&[8, 0, 0, 0, 0, 1, 0, 2], &inner()])).quoted,
        None
    );
}

#[test]
fn igmp_has_no_ports() {
    let datagram = ipv4_with(2, 0, &[148, 4, 0, 0], &[0x16, 0, 0, 0, 224, 0, 0, 251]);
    let out = decoded(101, &datagram);
    assert_eq!((last(&out).has_transport, faults(&out)), (false, vec![]));
}

#[test]
fn an_authentication_header_is_looked_through() {
    let header = [
        17, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ];
    let mut segment = udp(5000, 6000, b"hello");
    segment[6..8].copy_from_slice(&[0, 0]);
    let out = over_ipv4(51, &join(&[&header, &segment]));
    assert_eq!(
        (last(&out).protocol, last(&out).destination_port),
        (17, 6000)
    );
    assert_eq!(faults(&out), []);
}

#[test]
fn esp_is_opaque() {
    let out = over_ipv4(50, &[0; 32]);
    assert_eq!((last(&out).protocol, last(&out).has_transport), (50, true));
    assert_eq!((last(&out).payload_length, faults(&out)), (32, vec![]));
}

/// A right checksum passes and a changed payload does not, in IPv4 and IPv6.
macro_rules! verifies {
    ($($name:ident: $protocol:literal, $segment:expr, $version:literal, $fault:ident;)*) => {$(
        #[test]
        fn $name() {
            let build = if $version == 4 { ipv4 } else { ipv6 };
            for length in 0..70_usize {
                let payload: Vec<u8> = (0..length).map(|byte| byte as u8 ^ 0xa5).collect();
                let mut datagram = build($protocol, &join(&[&$segment(&payload), &[]]));
                assert_eq!(faults(&decoded(101, &datagram)), [], "length {length}");
                let at = if $version == 4 { 21 } else { 41 };
                datagram[at] ^= 0x40;
                let out = decoded(101, &datagram);
                assert!(faults(&out).contains(&Fault::$fault), "length {length}");
                assert!(last(&out).bad_checksum);
            }
        }
    )*};
}

verifies! {
    tcp_checksums_in_ipv4: 6, tcp, 4, TcpChecksum;
    tcp_checksums_in_ipv6: 6, tcp, 6, TcpChecksum;
    udp_checksums_in_ipv4: 17, |data: &[u8]| udp(5000, 6000, data), 4, UdpChecksum;
    udp_checksums_in_ipv6: 17, |data: &[u8]| udp(5000, 6000, data), 6, UdpChecksum;
    udp_lite_checksums_in_ipv4: 136, |data: &[u8]| udp(5000, 6000, data), 4, UdpChecksum;
    udp_lite_checksums_in_ipv6: 136, |data: &[u8]| udp(5000, 6000, data), 6, UdpChecksum;
    dccp_checksums: 33, |data: &[u8]| join(&[&[0x13, 0x88, 0x17, 0x70, 3, 0, 0, 0, 0, 0, 0, 1], data]), 4, DccpChecksum;
    icmp_checksums: 1, |data: &[u8]| join(&[&[8, 0, 0, 0, 0, 1, 0, 2], data]), 4, IcmpChecksum;
    icmpv6_checksums: 58, |data: &[u8]| join(&[&[128, 0, 0, 0, 0, 1, 0, 2], data]), 6, Icmpv6Checksum;
    igmp_checksums: 2, |data: &[u8]| join(&[&[0x16, 0, 0, 0, 224, 0, 0, 251], data]), 4, IgmpChecksum;
}

#[test]
fn a_wrong_ipv4_header_checksum_is_told() {
    let mut datagram = inner();
    datagram[8] = 63;
    let out = decoded(101, &datagram);
    assert_eq!(
        (faults(&out), last(&out).bad_checksum),
        (vec![Fault::Ipv4Checksum], true)
    );
}

#[test]
fn checksums_are_not_verified_when_switched_off() {
    let mut datagram = ipv4(6, &tcp(b"data"));
    datagram[10] ^= 1;
    datagram[36] ^= 1;
    let mut options = Options::default();
    options.checksums = false;
    let mut out = Decoded::default();
    decode_ip(&datagram, &options, &mut out);
    assert_eq!(faults(&out), []);
}

#[test]
fn checksums_are_not_verified_when_the_capture_was_cut() {
    let frame = ethernet(0x0800, &ipv4(6, &tcp(&[1; 100])));
    let mut out = Decoded::default();
    crate::decode(
        1,
        &frame[..90],
        frame.len() as u32,
        &Options::default(),
        &mut out,
    );
    assert_eq!(faults(&out), []);
    assert_eq!(
        (last(&out).payload_length, last(&out).payload_wire_length),
        (36, 100)
    );
}

#[test]
fn udp_without_a_checksum_is_fine_in_ipv4() {
    let mut datagram = inner();
    datagram[26..28].copy_from_slice(&[0, 0]);
    assert_eq!(faults(&decoded(101, &datagram)), []);
}

#[test]
fn udp_without_a_checksum_is_a_fault_in_ipv6() {
    let mut datagram = inner_6();
    datagram[46..48].copy_from_slice(&[0, 0]);
    let out = decoded(101, &datagram);
    assert_eq!(
        (faults(&out), last(&out).bad_checksum),
        (vec![Fault::UdpChecksumMissing], true)
    );
}

#[test]
fn a_checksum_is_not_made_with_an_address_that_is_not_the_last() {
    let routing = [
        17, 2, 4, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9,
    ];
    let mut datagram = ipv6_with(43, &routing, 17, &udp(5000, 6000, b"hello"));
    datagram[39] = 3;
    assert_eq!(faults(&decoded(101, &datagram)), []);
}

/// What a rebuilt datagram decodes to.
fn rebuilt(datagram: &Datagram, payload: &[u8]) -> Decoded {
    let mut bytes = Vec::new();
    write_ip_header(datagram, 17, payload.len(), &mut bytes);
    bytes.extend_from_slice(payload);
    let mut out = Decoded::default();
    decode_ip(&bytes, &Options::default(), &mut out);
    out
}

#[test]
fn a_rebuilt_ipv4_datagram_decodes_like_the_whole_one() {
    let bytes = inner();
    let out = rebuilt(&last(&decoded(101, &bytes)), &bytes[20..]);
    assert_eq!(faults(&out), []);
    assert_eq!(last(&out), last(&decoded(101, &bytes)));
}

#[test]
fn a_rebuilt_ipv6_datagram_decodes_like_the_whole_one() {
    let bytes = inner_6();
    let out = rebuilt(&last(&decoded(101, &bytes)), &bytes[40..]);
    assert_eq!(faults(&out), []);
    assert_eq!(last(&out), last(&decoded(101, &bytes)));
}
