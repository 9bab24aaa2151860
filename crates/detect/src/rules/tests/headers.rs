//! Headers, directions and flows' situations.

use super::super::{Direction, Level, Origin};
use super::packet::{CLIENT, SERVER, TestPacket};
use super::{Session, matches_packet, problems};

fn table(protocol: &str, packet: &TestPacket, cases: &[(&str, bool)]) {
    for (options, wanted) in cases {
        assert_eq!(
            matches_packet(protocol, options, packet),
            *wanted,
            "{options}"
        );
    }
}

/// Whether a header covers a TCP packet from 192.0.2.1:40000 to 198.51.100.2:80.
fn covers(header: &str) -> bool {
    let text = format!("alert {header} (dsize:1; sid:1;)");
    !Session::new(&text).sids(&TestPacket::tcp(b"x")).is_empty()
}

#[test]
fn ip_headers_are_tested() {
    let packet = TestPacket::tcp(b"x");
    table(
        "ip",
        &packet,
        &[
            ("ttl:64;", true),
            ("ttl:<64;", false),
            ("ttl:63<>65;", true),
            ("ttl:!64;", false),
            ("tos:16;", true),
            ("tos:x10;", true),
            ("tos:!16;", false),
            ("id:4660;", true),
            ("id:1;", false),
            ("ip_proto:6;", true),
            ("ip_proto:tcp;", true),
            ("ip_proto:!6;", false),
            ("ip_proto:>5;", true),
            ("fragbits:D;", true),
            ("fragbits:M;", false),
            ("fragbits:+D;", true),
            ("fragbits:*DM;", true),
            ("fragbits:!M;", true),
            ("fragoffset:0;", true),
            ("fragoffset:>0;", false),
            ("sameip;", false),
            ("ipopts:any;", false),
        ],
    );
    assert!(matches_packet("ip", "sameip;", &packet.clone().to(CLIENT)));
}

#[test]
fn ip_options_are_found() {
    let options = [7, 3, 4, 0, 148, 4, 0, 0];
    let packet = TestPacket::ip_with_options(17, &options, &[0, 1, 0, 2, 0, 8, 0, 0]);
    table(
        "ip",
        &packet,
        &[
            ("ipopts:rr;", true),
            ("ipopts:any;", true),
            ("ipopts:eol;", true),
            ("ipopts:rtralt;", false),
        ],
    );
}

#[test]
fn an_option_of_no_length_ends_nothing_and_hangs_nothing() {
    let packet = TestPacket::ip_with_options(17, &[7, 0, 148, 0], &[0, 1, 0, 2, 0, 8, 0, 0]);
    assert!(!matches_packet("ip", "ipopts:ts;", &packet));
}

#[test]
fn tcp_headers_are_tested() {
    let packet = TestPacket::tcp(b"x");
    table(
        "tcp",
        &packet,
        &[
            ("flags:PA;", true),
            ("flags:A;", false),
            ("flags:A+;", true),
            ("flags:+A;", true),
            ("flags:*SA;", true),
            ("flags:!S;", true),
            ("flags:!A;", false),
            ("flags:A,P;", true),
            ("tcp.flags:PA,12;", true),
            ("flags:0;", false),
            ("seq:1000;", true),
            ("seq:1;", false),
            ("tcp.seq:>999;", true),
            ("ack:2000;", true),
            ("tcp.ack:1;", false),
            ("window:512;", true),
            ("window:!512;", false),
            ("tcp.window:>511;", true),
            ("tcp.mss:>0;", false),
        ],
    );
}

#[test]
fn icmp_headers_are_tested() {
    let packet = TestPacket::ping(8, 0, 17, 5);
    table(
        "icmp",
        &packet,
        &[
            ("itype:8;", true),
            ("itype:0;", false),
            ("itype:>7;", true),
            ("icode:0;", true),
            ("icode:>0;", false),
            ("icmp_id:17;", true),
            ("icmp_id:1;", false),
            ("icmp_seq:5;", true),
            ("icmp_seq:6;", false),
        ],
    );
    assert!(!matches_packet("tcp", "itype:8;", &TestPacket::tcp(b"x")));
}

#[test]
fn an_unreachable_has_no_identifier() {
    assert!(!matches_packet(
        "icmp",
        "icmp_id:0;",
        &TestPacket::ping(3, 0, 0, 0)
    ));
}

#[test]
fn headers_cover_addresses_and_ports() {
    for (header, wanted) in [
        ("tcp any any -> any any", true),
        ("udp any any -> any any", false),
        ("ip any any -> any any", true),
        ("tcp 192.0.2.1 any -> any any", true),
        ("tcp 192.0.2.2 any -> any any", false),
        (
            "tcp 192.0.2.0/24 any -> 198.51.100.0/255.255.255.0 any",
            true,
        ),
        ("tcp !192.0.2.0/24 any -> any any", false),
        ("tcp [192.0.2.0/24,!192.0.2.1] any -> any any", false),
        (
            "tcp [10.0.0.0/8,[192.0.2.0/24,!192.0.2.2]] any -> any any",
            true,
        ),
        ("tcp 192.0.2.0-192.0.2.9 any -> any any", true),
        ("tcp any any -> any 80", true),
        ("tcp any any -> any !80", false),
        ("tcp any 1024: -> any :1024", true),
        ("tcp any any -> any [443,80:90]", true),
        ("tcp any any -> any [1:1000,!80]", false),
        ("tcp any 80 -> any any", false),
        ("tcp any any <> any 40000", true),
        ("tcp any 80 <> any 40000", true),
        ("tcp any 81 <> any 40000", false),
        ("tcp any any -> any $HTTP_PORTS", true),
        ("tcp $EXTERNAL_NET any -> any any", true),
        ("tcp $HOME_NET any -> any any", false),
        ("tcp 2001:db8::/32 any -> any any", false),
        ("icmp any any -> any any", false),
        ("ip4 any any -> any any", true),
        ("ip6 any any -> any any", false),
        ("tcp [ 192.0.2.1 , 10.0.0.1 ] any -> any any", true),
    ] {
        assert_eq!(covers(header), wanted, "{header}");
    }
}

#[test]
fn directions_and_states_are_tested() {
    let to_server = TestPacket::tcp(b"x");
    let to_client = to_server.clone().returning();
    let mut young = to_server.clone();
    young.established = false;
    let mut lost = to_server.clone();
    lost.direction = None;
    for (options, wanted) in [
        ("flow:to_server;", [true, false, true, false]),
        ("flow:from_client;", [true, false, true, false]),
        ("flow:to_client;", [false, true, false, false]),
        ("flow:from_server;", [false, true, false, false]),
        ("flow:established;", [true, true, false, true]),
        ("flow:not_established;", [false, false, true, false]),
        ("flow:to_server,established;", [true, false, false, false]),
        ("flow:stateless;", [true, true, true, true]),
    ] {
        let options = format!("{options} content:\"x\";");
        let found = [&to_server, &to_client, &young, &lost]
            .map(|packet| matches_packet("tcp", &options, packet));
        assert_eq!(found, wanted, "{options}");
    }
}

#[test]
fn packets_and_streams_are_told_apart() {
    let mut packet = TestPacket::tcp(b"x");
    for (origin, wanted) in [
        (Origin::Packet, [false, true, false, false]),
        (Origin::Stream, [true, false, true, true]),
        (Origin::PacketAndStream, [true, true, true, true]),
    ] {
        packet.origin = origin;
        let found = [
            matches_packet("tcp", "content:\"x\";", &packet),
            matches_packet("tcp-pkt", "content:\"x\";", &packet),
            matches_packet("tcp-stream", "content:\"x\";", &packet),
            matches_packet("tcp", "flow:only_stream; content:\"x\";", &packet),
        ];
        assert_eq!(found, wanted, "{origin:?}");
    }
}

#[test]
fn application_protocols_are_tested() {
    let packet = TestPacket::tcp(b"GET /").of_app("http1");
    assert!(matches_packet("http", "content:\"GET\";", &packet));
    assert!(matches_packet("http1", "content:\"GET\";", &packet));
    assert!(!matches_packet("tls", "content:\"GET\";", &packet));
    assert!(!matches_packet(
        "http",
        "content:\"GET\";",
        &TestPacket::tcp(b"GET /")
    ));
    assert!(matches_packet(
        "tcp",
        "app-layer-protocol:http; content:\"GET\";",
        &packet
    ));
    assert!(!matches_packet(
        "tcp",
        "app-layer-protocol:!http; content:\"GET\";",
        &packet
    ));
    assert!(matches_packet("tcp", "content:\"GET\";", &packet));
}

#[test]
fn calls_through_named_pipes_are_calls() {
    let packet = TestPacket::tcp(b"call").of_app("smb");
    assert!(matches_packet("dcerpc", "content:\"call\";", &packet));
    let packet = TestPacket::tcp(b"call").of_app("dcerpc");
    assert!(!matches_packet("smb", "content:\"call\";", &packet));
}

#[test]
fn a_flow_may_speak_any_of_several_protocols_or_none() {
    let of = |name: &str| TestPacket::tcp(b"x").of_app(name);
    let unknown = TestPacket::tcp(b"x");
    let failed = TestPacket::tcp(b"x").of_nothing_known();
    for (asked, packet, wanted) in [
        ("tls|ssh", of("ssh"), true),
        ("tls|ssh", of("smtp"), false),
        ("!tls|ssh,either", of("smtp"), true),
        ("!tls|ssh", of("ssh"), false),
        ("!tls", unknown.clone(), false),
        ("unknown|tls", unknown.clone(), true),
        ("unknown", failed.clone(), false),
        ("failed", failed.clone(), true),
        ("failed", unknown, false),
        ("!failed", of("tls"), true),
        ("!failed", failed, false),
        ("http", of("http2"), true),
        ("http,final,exact", of("http2"), false),
        ("http2,exact", of("http2"), true),
    ] {
        let options = format!("app-layer-protocol:{asked};");
        assert_eq!(matches_packet("tcp", &options, &packet), wanted, "{asked}");
    }
}

#[test]
fn a_protocol_that_is_not_known_yet_cannot_be_excluded() {
    let found = problems("alert tcp any any -> any any (app-layer-protocol:!unknown; sid:1;)");
    assert_eq!(found[0].level, Level::Error);
}

#[test]
fn a_rule_about_addresses_is_told_once_per_direction() {
    let mut session = Session::new(
        "alert ip any any -> 198.51.100.2 any (sid:1;)\nalert ip any any -> any any (sid:2;)",
    );
    let there = TestPacket::tcp(b"x");
    let back = TestPacket::tcp(b"y").from(SERVER).to(CLIENT).returning();
    assert_eq!(session.sids(&there), [1, 2]);
    assert_eq!(session.sids(&there), Vec::<u32>::new());
    assert_eq!(session.sids(&back), [2]);
}

#[test]
fn a_rule_about_a_protocol_alone_is_told_once_per_direction() {
    let mut session = Session::new("alert http any any -> any any (sid:1;)");
    assert_eq!(session.sids(&TestPacket::tcp(b"")), Vec::<u32>::new());
    let packet = TestPacket::tcp(b"GET").of_app("http");
    assert_eq!(session.sids(&packet), [1]);
    assert_eq!(session.sids(&packet), Vec::<u32>::new());
}

#[test]
fn decoding_faults_are_tested() {
    // An IPv4 header whose version is 5.
    let packet = TestPacket::tcp(b"x").with(0, 0x55);
    let faults = packet.view(|view| view.faults.to_vec());
    let code = faults[0]
        .unwrap()
        .code()
        .trim_start_matches("decoder.")
        .to_owned();
    let options = format!("decode-event:{code};");
    assert!(matches_packet("pkthdr", &options, &packet));
    assert!(!matches_packet("pkthdr", &options, &TestPacket::tcp(b"x")));
    assert!(!matches_packet(
        "ip",
        "decode-event:ipv6.trunc_pkt;",
        &packet
    ));
}

#[test]
fn a_decode_event_by_its_other_name_is_the_same() {
    // A UDP length of seven.
    let packet = TestPacket::udp(5000, 6000, b"x").with(25, 7);
    for name in ["udp.len_invalid", "udp.hlen_too_small"] {
        let options = format!("decode-event:{name};");
        assert!(matches_packet("pkthdr", &options, &packet), "{name}");
    }
}

#[test]
fn an_event_that_decoding_does_not_tell_is_unsupported() {
    let found = problems("alert pkthdr any any -> any any (decode-event:ipv4.no_such; sid:1;)");
    assert_eq!(found[0].column, 47);
}

#[test]
fn fragments_match_rules_without_ports_only() {
    // More fragments follow.
    let packet = TestPacket::tcp(b"x").with(6, 0x20);
    assert!(matches_packet("ip", "fragbits:M;", &packet));
    assert!(matches_packet("ip", "flow:only_frag; ip_proto:6;", &packet));
    assert!(!matches_packet("ip", "flow:no_frag; ttl:64;", &packet));
    assert!(!matches_packet("tcp", "dsize:>=0;", &packet));
}

#[test]
fn vlan_tags_are_tested() {
    let packet = TestPacket::tcp(b"x").tagged([5, 200, 0]);
    for holds in [
        "vlan.id:200;",
        "vlan.id:5,0;",
        "vlan.id:200,-1;",
        "vlan.id:<201,all;",
        "vlan.layers:2;",
    ] {
        assert!(matches_packet("ip", holds, &packet), "{holds}");
    }
    for fails in [
        "vlan.id:6;",
        "vlan.id:5,1;",
        "vlan.id:5,-3;",
        "vlan.id:5,all;",
        "vlan.layers:>2;",
    ] {
        assert!(!matches_packet("ip", fails, &packet), "{fails}");
    }
    let bare = TestPacket::tcp(b"x");
    assert!(!matches_packet("ip", "vlan.id:<4000,all;", &bare));
    assert!(matches_packet("ip", "vlan.layers:0;", &bare));
}

#[test]
fn the_network_protocol_is_tested() {
    let packet = TestPacket::tcp(b"x");
    assert!(matches_packet("ip", "l3_proto:ipv4; dsize:1;", &packet));
    assert!(!matches_packet("ip", "l3_proto:ipv6; dsize:1;", &packet));
}

#[test]
fn a_packet_without_flow_has_no_direction() {
    let mut packet = TestPacket::udp(1, 2, b"abcdefgh");
    packet.direction = None;
    assert!(matches_packet("udp", "content:\"cdef\";", &packet));
    packet.direction = Some(Direction::ToClient);
    assert!(matches_packet("udp", "content:\"cdef\";", &packet));
}
