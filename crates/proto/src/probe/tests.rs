//! Each protocol by bytes after its specification, and bytes that nearly are it.

use crate::{Transport, Transport::Tcp, Transport::Udp, recognise};

/// A port that no protocol calls its own.
const NO_PORT: u16 = 40_001;

fn at(transport: Transport, port: u16, client: &[u8], server: &[u8]) -> Option<&'static str> {
    recognise(transport, (50_000, port), client, server).name()
}

fn tcp(client: &[u8], server: &[u8]) -> Option<&'static str> {
    at(Tcp, NO_PORT, client, server)
}

fn udp(datagram: &[u8]) -> Option<&'static str> {
    at(Udp, NO_PORT, datagram, b"")
}

/// Bytes up to a length, the rest zeros.
fn padded(bytes: &[u8], length: usize) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(length, 0);
    padded
}

#[test]
fn streams_of_services_are_known_on_any_port() {
    for (client, name) in [
        (&b"ZBXD\x01\x10\0\0\0\0\0\0\0{}"[..], "zabbix"),
        (b"8=FIX.4.4\x019=112\x0135=A\x01", "fix"),
        (b"\x12\x34\0\x01\x0a", "ajp"),
        (b"\x01\x01\0\x01\0\x08\0\0\0\x01\0\0\0\0\0\0", "fastcgi"),
        (b"GIOP\x01\x02\0\0\0\0\0\x10", "giop"),
        (b"\x80\x01\0\x01\0\0\0\x04ping\0\0\0\0\0", "thrift"),
        (
            b"\0\0\0\x15\x80\x01\0\x01\0\0\0\x04ping\0\0\0\0\0",
            "thrift",
        ),
        (b"CONNECT {\"verbose\":false}\r\n", "nats"),
        (b"CONNECT\naccept-version:1.2\n\n\0", "stomp"),
        (b"MODE READER\r\n", "nntp"),
        (b"\0\x29\xd0\x41\0\x01\0\x23\x10\x41", "drda"),
        (b"\0\x3a\0\0\x01\0\0\0\x01\x39\x01\x2c\0\0", "tns"),
        (b"ceph v027", "ceph"),
        (b"{\"jsonrpc\": \"2.0\", \"method\": \"echo\"}", "json-rpc"),
        (
            b"{\"id\":1,\"method\":\"mining.subscribe\",\"params\":[]}",
            "stratum",
        ),
        (b"PROXY TCP4 192.0.2.1 192.0.2.2 5000 443\r\n", "haproxy"),
        (b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", "haproxy"),
        (b"\xb4\x52\x83\x02\0\xe0\x84\x03", "z39.50"),
        (b"\x7f\x7fICA\0", "ica"),
        (
            b"0032git-upload-pack /project.git\0host=example.com\0",
            "git",
        ),
        (b"( 2 ( edit-pipeline svndiff1 ) ", "svn"),
        (b"l\0\x0b\0\0\0\0\0\0\0\0\0", "x11"),
        (b"JRMI\0\x02K", "java-rmi"),
        (b"\x01\0\0\0\x01\0\0\0\x08\x08", "radmin"),
        (b"\x17\x24\x0a\x20\0\0", "teamviewer"),
        (b"0 node 17\n", "tinc"),
        (b"\xe3\x02\0\0\0\x01\x10", "edonkey"),
        (b"GNUTELLA CONNECT/0.6\r\n", "gnutella"),
        (b"<22>1 2024-01-02T03:04:05Z host app", "syslog"),
        (b"48 <34>Oct 11 22:14:15 host su: failed", "syslog"),
        (b"</stream:stream>", "xmpp"),
        (b"BSYNC\0\0\0\0:d5:nonce", "bittorrent"),
    ] {
        assert_eq!(tcp(client, b""), Some(name));
    }
    assert_eq!(tcp(b"", b"# munin node at example.com\n"), Some("munin"));
    assert_eq!(tcp(b"", b"<<<check_mk>>>\n"), Some("check-mk"));
    assert_eq!(tcp(b"", b"INFO {\"server_id\":\"x\"}"), Some("nats"));
    assert_eq!(
        tcp(b"", b"201 news.example.com NNTP ready\r\n"),
        Some("nntp")
    );
}

#[test]
fn streams_of_plants_and_carriers_are_known_on_any_port() {
    for (client, name) in [
        (&b"\x68\x04\x07\0\0\0"[..], "iec104"),
        (b"HELF\x20\0\0\0\0\0\0\0", "opcua"),
        (
            b"\xaa\x41\0\x12\0\x64\x65\x53\xf1\x03\0\0\0\0\0\x05\xf8\x91",
            "synchrophasor",
        ),
        (b"\x0bMSH|^~\\&|LAB|", "hl7"),
        (
            b"\x01\0\0\x14\x80\0\x01\x01\0\0\0\0\0\0\0\x01\0\0\0\x01",
            "diameter",
        ),
        (b"\0\x9c\0\x01\x1a\x2b\x3c\x4d\0\x01", "pptp"),
        (
            b"\x03\0\0\x1c\x02\x30\x01\x06\0\x08\x81\x75\0\x05\0\x80",
            "h323",
        ),
    ] {
        assert_eq!(tcp(client, b""), Some(name));
    }
    let connect = b"\x03\0\0\x16\x11\xe0\0\0\0\x07\0\xc0\x01\x0a\xc1\x02\x01\0\xc2\x02\x01\x02";
    let job = b"\x03\0\0\x19\x02\xf0\x80\x32\x01\0\0\0\0\0\x08\0\0\xf0\0\0\x01\0\x01\x01\xe0";
    let both = [&connect[..], job].concat();
    assert_eq!(tcp(connect, b""), None);
    assert_eq!(tcp(&both, b""), Some("s7comm"));
    let version = [&b"\xf9\xbe\xb4\xd9version\0\0\0\0\0\x55\0\0\0"[..]].concat();
    assert_eq!(tcp(&version, b""), Some("bitcoin"));
}

#[test]
fn datagrams_of_networks_are_known_on_any_port() {
    let netflow = padded(b"\0\x05\0\x01", 24 + 48);
    let ipfix = b"\0\x0a\0\x14\x65\0\0\0\0\0\0\x01\0\0\0\x01\0\x02\0\x04";
    let remote_call = [padded(b"\x04\0\x08\0\x10\0\0\0", 74), padded(b"\x03", 9)].concat();
    let syn = b"\x41\0\x12\x34\0\0\0\x01\0\0\0\0\0\x10\0\0\0\x01\0\0";
    let mut ping = padded(&[7; 96], 96);
    ping.extend([1, 1, 0xc3, 1, 2, 3]);
    let initial = {
        let mut bytes = b"\xc3\x0a\x0a\x0a\x0a\x081234567\x38\0\0\x44\xd2".to_vec();
        bytes.resize(1252, 5);
        bytes
    };
    for (datagram, name) in [
        (&b"\x81\x0b\0\x0c\x01\x20\xff\xff\0\xff\x10\x08"[..], "bacnet"),
        (b"\x12\x34\0\x08\0\0\0\x11\0\0\x01\x01\x01\x01\0\0\0\0\x05\xab\xab\xab\xab\xab\xab", "someip"),
        (b"RTPS\x02\x01\x01\x01NDDSPING", "rtps"),
        (b"\x06\x10\x02\x03\0\x0e\x08\x01\xc0\0\x02\x01\x0e\x57", "knx"),
        (b"\x06\0\xff\x06\0\0\x11\xbe\x80\0\0\0", "rmcp"),
        (b"\x01\0\0\0\x16\xfe\xfd\0\0", "capwap"),
        (&netflow, "netflow"),
        (ipfix, "netflow"),
        (b"\0\0\0\x05\0\0\0\x01\xc0\0\x02\x01\0\0\0\0\0\0\0\x01\0\0\0\x09\0\0\0\0", "sflow"),
        (b"\0\0\0\x08web\0\0\x08\0\x0c\x18\xaa\x86\xda", "collectd"),
        (b"\x2e\xa7\xd9\x0b\x0a\x20", "syncthing"),
        (b"<?xml version=\"1.0\"?><e xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\">", "ws-discovery"),
        (&remote_call, "dcerpc"),
        (b"BJNP\x02\x01\0\0", "bjnp"),
        (b"{\"host_int\": 1, \"version\": [2, 0]}", "dropbox-lansync"),
        (b"SpotUdp0\x98\x25", "spotify"),
        (b"\x80\xc9\0\x01\x73\x4e\x7b\x28", "rtcp"),
        (b"!/1 [192.0.2.1]:2944 T=1{C=-}", "megaco"),
        (b"CRCX 1204 aaln/1@example.com MGCP 1.0\r\n", "mgcp"),
        (b"\x20\x03\0\0\0\0\0\x01\0\x02\x05\x04", "bfcp"),
        (b"BT-SEARCH * HTTP/1.1\r\n", "bittorrent"),
        (syn, "bittorrent"),
        (b"\xff\xff\xff\xffTSource Engine Query\0", "source-engine"),
        (b"\xff\xff\xff\xffgetstatus\n", "quake"),
        (b"\xff\xff\xff\xff\x21\x4c\x5f\xa0", "steam"),
        (b"TS3INIT1\0\x65", "teamspeak"),
        (b"\x01\0\0\0\0\0\0\0\x01\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78", "raknet"),
        (&ping, "ethereum"),
        (b"\0\x01\0\0\0\x01\0\0stats\r\n", "memcached"),
        (b"\x30\x0c\x02\x01\x01\x63\x07\x04\0\x0a\x01\0\x0a\x01", "ldap"),
        (&initial, "quic"),
        (b"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\n", "ssdp"),
        (b"\0\x06blksize\x001468\0", "tftp"),
        (b"\0\x01\0\x08aaaaaaaaaaaaaaaa\0\x03\0\x04\0\0\0\0", "stun"),
        (b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x012\x0ddnscrypt-cert\x07example\0\0\x10\0\x01", "dnscrypt"),
    ] {
        assert_eq!(udp(datagram), Some(name));
    }
    assert_eq!(at(Udp, NO_PORT, b"", b"r6fnvWj8secret"), Some("dnscrypt"));
}

#[test]
fn resets_of_openvpn_are_known_with_and_without_a_code() {
    let session = b"\x38sessions";
    let plain = [&session[..], b"\0\0\0\0\0"].concat();
    assert_eq!(udp(&plain), Some("openvpn"));
    let code = [
        &session[..],
        &[9; 20],
        b"\0\0\0\x01\x57\xc2\x0c\x2a",
        b"\0\0\0\0\0",
    ]
    .concat();
    assert_eq!(udp(&code), Some("openvpn"));
    let answer = [b"\x40sessions".as_slice(), b"\x01\0\0\0\0sessionc\0\0\0\0"].concat();
    assert_eq!(udp(&answer), Some("openvpn"));
    let counted_far = [
        &session[..],
        &[9; 20],
        b"\0\x01\0\x01\x57\xc2\x0c\x2a",
        b"\0\0\0\0\0",
    ]
    .concat();
    assert_eq!(udp(&counted_far), None);
}

#[test]
fn what_two_sides_say_together_is_enough() {
    let options = b"\x05\0\0\0\x05\0\0\0\0";
    let supported = b"\x85\0\0\0\x06\0\0\0\x02\0\0";
    assert_eq!(tcp(options, supported), Some("cassandra"));
    assert_eq!(tcp(options, b""), None);
    let hello = b"\x04\0\0\x08\0\0\0\x01";
    assert_eq!(tcp(hello, hello), Some("openflow"));
    let key = [&b"\x01\x90\x04"[..], &[0x5a; 399]].concat();
    assert_eq!(tcp(&key, &key), Some("ethereum"));
    let login = padded(b"\x02\0\x02\0\0\0\x01\0", 512);
    assert_eq!(tcp(&login, b"\x04\x01\0\xa3\0\0\0\0"), Some("tds"));
    assert_eq!(
        tcp(
            b"\x01\0\0\0\0\x02\0\x0d\x01\0\0\x75\x30",
            b"\x01\x01\0\0\0\x02\0\x0d\x01\0\0\xea\x60"
        ),
        Some("hart-ip")
    );
}

#[test]
fn records_of_tls_in_the_middle_of_a_session_are_known() {
    let record = [&b"\x17\x03\x03\0\x20"[..], &[0xab; 32]].concat();
    assert_eq!(tcp(&record, b""), Some("tls"));
    let two = [&record[..], b"\x17\x03\x03\x01\0"].concat();
    assert_eq!(tcp(&two, b""), Some("tls"));
    let followed = [&record[..], b"and text"].concat();
    assert_eq!(tcp(&followed, b""), None);
}

#[test]
fn weak_signs_count_on_their_ports() {
    for (port, datagram, name) in [
        (
            1985,
            &b"\0\0\x10\x03\x0a\x5a\x0a\0cisco\0\0\0\xc0\0\x02\x01"[..],
            "hsrp",
        ),
        (
            3784,
            b"\x20\xc0\x03\x18\0\0\0\x01\0\0\0\x01\0\x0f\x42\x40\0\x0f\x42\x40\0\x07\xa1\x20",
            "bfd",
        ),
        (2123, b"\x48\x20\0\x04\0\0\0\0", "gtp"),
        (8805, b"\x20\x01\0\x04\0\0\0\0", "pfcp"),
        (177, b"\0\x01\0\x02\0\x01\0", "xdmcp"),
        (4569, b"\x80\x04\0\0\0\0\0\x01\0\0\x06\x01", "iax"),
        (5351, b"\0\0", "nat-pmp"),
        (646, b"\0\x01\0\x06\xc0\0\x02\x01\0\0", "ldp"),
        (
            138,
            b"\x11\x02\0\x01\xc0\0\x02\x01\0\x8a\0\xa0\0\0",
            "nbdgm",
        ),
        (520, &padded(b"\x02\x02\0\0\0\x02", 24), "rip"),
        (1701, b"\xc8\x02\0\x0c\0\0\0\0\0\0\0\0", "l2tp"),
        (3222, b"\x01\0\0\x01\0\0\0\0\0\0\0\0", "glbp"),
        (20000, b"\x05\x64\x05\xc0\x01\0\0\x04\xe9\x21", "dnp3"),
        (44818, &padded(b"\x63", 24), "enip"),
        (1153, b"\x60\x47\xa2\x11\x06\x0f", "c1222"),
    ] {
        assert_eq!(at(Udp, port, datagram, b""), Some(name));
        assert_eq!(udp(datagram), None, "{name}");
    }
}

#[test]
fn what_is_nearly_right_is_not_named() {
    let wrong_length = padded(b"\x81\x0b\0\x0d\x01\x20\xff\xff\0\xff\x10\x08", 12);
    assert_eq!(
        udp(&wrong_length),
        None,
        "bacnet whose length is not the datagram's"
    );
    assert_eq!(
        udp(&padded(b"\0\x05\0\x02", 24 + 48)),
        None,
        "netflow of another count"
    );
    assert_eq!(
        udp(b"\x80\xc9\0\x02\x73\x4e\x7b\x28"),
        None,
        "a report that is cut off"
    );
    assert_eq!(
        udp(b"\x06\x10\x02\x03\0\x0f\x08\x01\xc0\0\x02\x01\x0e\x57"),
        None
    );
    assert_eq!(
        tcp(b"\x68\x04\x05\0\0\0", b"x"),
        None,
        "a control field that is not assigned"
    );
    assert_eq!(
        tcp(b"\0\x9c\0\x01\x1a\x2b\x3c\x4e\0\x01", b"x"),
        None,
        "another cookie than pptp's"
    );
    assert_eq!(
        tcp(b"\0\x29\xd0\x41\0\x01\0\x24\x10\x41", b"x"),
        None,
        "lengths that disagree"
    );
    assert_eq!(
        tcp(b"CONNECT example.com:443 HTTP/1.1\r\n", b""),
        Some("http")
    );
    assert_eq!(
        tcp(b"<iq type='get'/>", b"<html>"),
        None,
        "xml that is not XMPP on both sides"
    );
}

#[test]
fn older_services_are_known_on_their_ports() {
    let status = padded(b"\0\x03\0\x01", 16);
    assert_eq!(at(Tcp, 548, &status, b""), Some("afp"));
    let login = b"\xc0\x01\x01\0\x12\x34\x56\x78\0\0\0\x20";
    assert_eq!(at(Tcp, 49, login, b""), Some("tacacs"));
    assert_eq!(tcp(login, b""), None);
}

#[test]
fn mqtt_is_known_where_its_beginning_was_not_seen() {
    assert_eq!(at(Tcp, 1883, b"\xc0\0", b""), Some("mqtt"));
    assert_eq!(at(Tcp, 1883, b"", b"\xd0\0"), Some("mqtt"));
    assert_eq!(
        at(Tcp, 1883, b"", b"\x20\x06\0\0\x03\x22\0\x0a"),
        Some("mqtt")
    );
    assert_eq!(at(Tcp, 1883, b"", b"\x20"), None);
    assert_eq!(at(Tcp, 8000, b"\xc0\0", b""), None);
}

#[test]
fn rdp_over_udp_is_known_by_its_request() {
    let request = |flags: u8, length: u8| {
        let head = [
            0xff, 0xff, 0xff, 0xff, 0, 0x40, 0x18, flags, 1, 2, 3, 4, 4, length, 4, length,
        ];
        padded(&head, 1232)
    };
    assert_eq!(udp(&request(1, 0xd0)), Some("rdpeudp"));
    assert_eq!(udp(&request(5, 0xd0)), None);
    assert_eq!(udp(&request(1, 0xd1)), None);
}

/// A request or an answer of RADIUS with these attributes.
fn radius(code: u8, identifier: u8, attributes: &[u8]) -> Vec<u8> {
    let length = 20 + attributes.len() as u8;
    [&[code, identifier, 0, length], &[7; 16][..], attributes].concat()
}

#[test]
fn radius_is_known_on_any_port() {
    let request = radius(1, 5, b"\x01\x07alice\x02\x12sixteen bytes...");
    assert_eq!(udp(&request), Some("radius"));
    assert_eq!(udp(&[&request[..], b"x"].concat()), None);
    let (asked, answered) = (radius(4, 9, b"\x28\x06\0\0\0\x01"), radius(5, 9, b""));
    assert_eq!(at(Udp, NO_PORT, &asked, &answered), Some("radius"));
    assert_eq!(at(Udp, NO_PORT, &asked, &radius(5, 8, b"")), None);
}

#[test]
fn an_answer_with_the_questions_time_makes_it_ntp_on_any_port() {
    let mut question = padded(b"\x23", 48);
    question[40..].copy_from_slice(b"sent now");
    let mut answer = padded(b"\x24\x02", 48);
    assert_eq!(at(Udp, NO_PORT, &question, &answer), None);
    answer[24..32].copy_from_slice(b"sent now");
    assert_eq!(at(Udp, NO_PORT, &question, &answer), Some("ntp"));
}

#[test]
fn dhcpv6_is_known_on_any_port_by_all_of_its_options() {
    let solicit = b"\x01abc\0\x01\0\x04\0\x03\0\x01\0\x08\0\x02\0\0\0\x06\0\x02\0\x17";
    assert_eq!(udp(solicit), Some("dhcpv6"));
    assert_eq!(udp(&solicit[..solicit.len() - 1]), None);
    assert_eq!(udp(b"\x01abc\0\x08\0\x02\0\0\0\x06\0\x02\0\x17"), None);
}

#[test]
fn service_location_is_known_on_any_port_by_its_length() {
    let request = b"\x02\x01\0\0\x14\0\0\0\0\0\0\x01\0\x02en\0\0\0\0";
    assert_eq!(udp(request), Some("slp"));
    assert_eq!(udp(&request[..19]), None);
}
