//! Servers of applications: monitoring, middleware, version control, print and terminal services.

use super::read::{byte, fits, has, matches, says, starts, starts_any, u16_at, u32_at, weakly};
use crate::protocol::{FirstBytes, Protocol, Side, Verdict};
use crate::template::{Message, message};

/// Zabbix: four letters and flags.
pub(super) const ZABBIX: Protocol = Protocol::tcp(
    "zabbix",
    &[10050, 10051],
    FirstBytes::both(&[(b'Z', b'Z')]),
    |_, bytes| starts(bytes, b"ZBXD"),
);

/// Munin's node, which greets.
pub(super) const MUNIN: Protocol = Protocol::tcp(
    "munin",
    &[4949],
    FirstBytes::sides(&[], &[(b'#', b'#')]),
    |_, bytes| starts(bytes, b"# munin node at "),
);

/// Check_MK's agent.
pub(super) const CHECK_MK: Protocol = Protocol::tcp(
    "check-mk",
    &[6556],
    FirstBytes::sides(&[], &[(b'<', b'<')]),
    |_, bytes| starts(bytes, b"<<<check_mk>>>"),
);

/// FIX, what exchanges speak: `8=`, a version, and `9=`, a length.
pub(super) const FIX: Protocol = Protocol::tcp(
    "fix",
    &[],
    FirstBytes::both(&[(b'8', b'8')]),
    |_, bytes| match starts(bytes, b"8=") {
        Verdict::Match => {
            let version = bytes
                .iter()
                .skip(2)
                .take(10)
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'.')
                .count();
            starts(bytes.get(2 + version..).unwrap_or_default(), b"\x019=")
        }
        verdict => verdict,
    },
);

/// AJP, between a web server and its application server: a magic number, a length, a kind.
pub(super) const AJP: Protocol = Protocol::tcp(
    "ajp",
    &[8009],
    FirstBytes::sides(&[(0x12, 0x12)], &[(b'A', b'A')]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [0x12, 0x34, _, _, 2 | 7 | 8 | 10, ..]) => Verdict::Match,
        (Side::Server, [b'A', b'B', _, _, 3..=6 | 9, ..]) => Verdict::Weak,
        _ if bytes.len() < 5 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// `FastCGI` (its specification, section 5.1): a request begins with eight bytes that say how.
pub(super) const FASTCGI: Protocol = Protocol::tcp(
    "fastcgi",
    &[9000],
    FirstBytes::sides(&[(1, 1)], &[]),
    |_, bytes| match bytes {
        [1, 1, _, _, 0, 8, 0, _, 0, 1..=3, 0 | 1, ..] => Verdict::Match,
        [1] | [1, 1, ..] if bytes.len() < 11 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// CORBA's inter-ORB protocol.
pub(super) const GIOP: Protocol = Protocol::tcp(
    "giop",
    &[683, 2809],
    FirstBytes::both(&[(b'G', b'G'), (b'Z', b'Z')]),
    |_, bytes| starts_any(bytes, &[b"GIOP\x01", b"ZIOP\x01"]),
);

/// The same in datagrams, for groups as `MIOP`.
pub(super) const GIOP_UDP: Protocol = Protocol::udp(
    "giop",
    &[683],
    FirstBytes::both(&[(b'G', b'G'), (b'M', b'M')]),
    |_, bytes| starts_any(bytes, &[b"GIOP\x01", b"MIOP\x10"]),
);

/// Thrift's binary protocol, alone or in frames, and its compact one.
pub(super) const THRIFT: Protocol = Protocol::tcp(
    "thrift",
    &[9090],
    FirstBytes::both(&[(0x80, 0x80), (0x82, 0x82), (0x00, 0x00)]),
    |_, bytes| match byte(bytes, 0) {
        Some(0) if bytes.len() < 13 => Verdict::Unsure,
        Some(0) => thrift(bytes.get(4..).unwrap_or_default()),
        _ => thrift(bytes),
    },
);

/// Thrift in datagrams, as Jaeger's agents get it.
pub(super) const THRIFT_UDP: Protocol = Protocol::udp(
    "thrift",
    &[6831, 6832],
    FirstBytes::both(&[(0x80, 0x80), (0x82, 0x82)]),
    |_, bytes| thrift(bytes),
);

/// A call, its answer, a failure or a message, and a name of some letters.
fn thrift(bytes: &[u8]) -> Verdict {
    let (length, name) = match bytes {
        [0x80, 1, 0, 1..=4, ..] => (u32_at(bytes, 4), bytes.get(8..)),
        [0x82, 0x21 | 0x41 | 0x61 | 0x81, rest @ ..] => {
            let more = rest.iter().take(5).take_while(|byte| **byte & 0x80 != 0);
            let length = more.count() + 1;
            (byte(rest, length).map(u32::from), rest.get(length + 1..))
        }
        _ => return Verdict::NoMatch,
    };
    let (length, name) = (length.unwrap_or(0) as usize, name.unwrap_or_default());
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    matches(
        (4..=128).contains(&length)
            && name.len() >= length
            && name.iter().take(length).all(is_letter),
    )
}

/// NATS, whose server introduces itself.
pub(super) const NATS: Protocol = Protocol::tcp(
    "nats",
    &[4222],
    FirstBytes::sides(&[(b'C', b'C')], &[(b'I', b'I')]),
    |side, bytes| match side {
        Side::Client => starts(bytes, b"CONNECT {"),
        Side::Server => starts(bytes, b"INFO {\""),
    },
);

/// NNTP (RFC 3977, section 5.1), by its greeting or a command of its own.
pub(super) const NNTP: Protocol = Protocol::tcp(
    "nntp",
    &[119, 433],
    FirstBytes::sides(
        &[(b'A', b'A'), (b'C', b'C'), (b'G', b'G'), (b'M', b'M')],
        &[(b'2', b'2')],
    ),
    |side, bytes| match side {
        Side::Client => match starts_any(bytes, &[b"MODE READER", b"AUTHINFO USER "]) {
            Verdict::NoMatch => weakly(starts_any(
                bytes,
                &[b"GROUP ", b"ARTICLE ", b"CAPABILITIES\r\n"],
            )),
            verdict => verdict,
        },
        Side::Server => match starts_any(bytes, &[b"200 ", b"201 "]) {
            Verdict::Match if says(bytes, b"NNTP") || says(bytes, b" NEWS") => Verdict::Match,
            verdict => weakly(verdict),
        },
    },
);

/// DRDA, what DB2 speaks: two lengths that agree and a magic number between them.
pub(super) const DRDA: Protocol = Protocol::tcp(
    "drda",
    &[446, 50000],
    FirstBytes::both(&[(0, 0x7f)]),
    |_, bytes| match (u16_at(bytes, 0), byte(bytes, 2), u16_at(bytes, 6)) {
        (Some(outer), Some(0xd0), Some(inner)) => matches(outer.checked_sub(6) == Some(inner)),
        (Some(_), Some(0xd0), None) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Oracle's transparent network substrate: a length, no checksum, connect or its answers.
pub(super) const TNS: Protocol = Protocol::tcp(
    "tns",
    &[1521, 1522, 1525, 1526],
    FirstBytes::both(&[(0, 0x1f)]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [_, _, 0, 0, 1, _, 0, 0, 1, _, 1, _, ..]) => {
            matches(u16_at(bytes, 0).is_some_and(|length| length >= 34))
        }
        (Side::Server, [_, _, 0, 0, 2 | 4 | 5 | 11 | 12, _, 0, 0, ..]) => Verdict::Weak,
        _ if bytes.len() < 12 && matches!(bytes, [_] | [_, _] | [_, _, 0, ..]) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Kafka's requests: length, key, version, correlation, the client's name.
pub(super) const KAFKA: Protocol = Protocol::tcp(
    "kafka",
    &[9092],
    FirstBytes::sides(&[(0, 0)], &[]),
    |_, bytes| {
        let (Some(whole), Some(key), Some(length), Some(name)) = (
            u32_at(bytes, 0),
            u32_at(bytes, 4),
            u16_at(bytes, 12).map(usize::from),
            bytes.get(14..).filter(|name| !name.is_empty()),
        ) else {
            return Verdict::Unsure;
        };
        // Keys and versions are small numbers, clients have short names.
        let asked = key >> 16 <= 90 && key & 0xffff <= 20 && (1..=100).contains(&length);
        let named = name.iter().take(length).all(u8::is_ascii_graphic);
        match (asked && named, whole as usize + 4 == bytes.len()) {
            (true, true) => Verdict::Match,
            (holds, _) => fits(holds && (10..=0x0010_0000).contains(&whole)),
        }
    },
);

/// Cassandra's native protocol (its specification, section 2): a frame of nine bytes before the body.
pub(super) const CASSANDRA: Protocol = Protocol::tcp(
    "cassandra",
    &[7000, 7001, 9042, 9142],
    FirstBytes::sides(&[(1, 5), (0xca, 0xca)], &[(0x81, 0x85)]),
    |side, bytes| {
        // Nodes among themselves begin with a number of their own.
        if byte(bytes, 0) == Some(0xca) {
            return starts(bytes, b"\xca\x55\x2d\xfa");
        }
        // Versions 1 and 2 count streams in one byte.
        let (operation, flags) = match bytes {
            [1 | 2 | 0x81 | 0x82, flags, _, operation, 0, 0, ..]
            | [3..=5 | 0x83..=0x85, flags, _, _, operation, 0, 0, ..] => (*operation, *flags),
            _ if bytes.len() < 7 => return Verdict::Unsure,
            _ => return Verdict::NoMatch,
        };
        match (side, operation) {
            // STARTUP says which version of the query language it wants.
            (Side::Client, 1) => matches(flags <= 16 && has(bytes, b"CQL_VERSION", 256)),
            (Side::Client, 5) => fits(flags <= 16 && matches!(bytes.len(), 8 | 9)),
            (Side::Server, 0 | 2 | 3 | 6) => fits(flags <= 16),
            _ => Verdict::NoMatch,
        }
    },
);

/// Ceph's messenger, versions 1 and 2.
pub(super) const CEPH: Protocol = Protocol::tcp(
    "ceph",
    &[3300, 6789],
    FirstBytes::both(&[(b'c', b'c')]),
    |_, bytes| starts_any(bytes, &[b"ceph v0", b"ceph v2"]),
);

/// JSON-RPC straight over TCP.
pub(super) const JSON_RPC: Protocol = Protocol::tcp(
    "json-rpc",
    &[],
    FirstBytes::both(&[(b'{', b'{')]),
    |_, bytes| match bytes.len() {
        0..16 => Verdict::Unsure,
        _ => matches(has(bytes, b"\"jsonrpc\"", 512)),
    },
);

/// Stratum, in which miners ask for work.
pub(super) const STRATUM: Protocol = Protocol::tcp(
    "stratum",
    &[3333],
    FirstBytes::both(&[(b'{', b'{')]),
    |_, bytes| {
        if bytes.len() < 24 {
            return Verdict::Unsure;
        }
        let asked = STRATUM_METHODS.iter().any(|method| has(bytes, method, 512));
        // Monero's dialect logs in with an agent's name.
        let login = has(bytes, b"\"login\"", 512) && has(bytes, b"\"agent\"", 512);
        matches(asked || login)
    },
);

const STRATUM_METHODS: &[&[u8]] = &[
    b"\"mining.",
    b"\"eth_submitLogin\"",
    b"\"eth_getWork\"",
    b"\"keepalived\"",
];

/// The PROXY protocol, versions 1 and 2, with which a balancer says who calls.
pub(super) const HAPROXY: Protocol = Protocol::tcp(
    "haproxy",
    &[],
    FirstBytes::sides(&[(b'P', b'P'), (0x0d, 0x0d)], &[]),
    |_, bytes| {
        starts_any(
            bytes,
            &[
                b"PROXY TCP4 ",
                b"PROXY TCP6 ",
                b"PROXY UNKNOWN",
                b"\r\n\r\n\0\r\nQUIT\n",
            ],
        )
    },
);

/// Z39.50: an initialisation and its protocol version (tags 20 and 21, then 3).
pub(super) const Z3950: Protocol = Protocol::tcp(
    "z39.50",
    &[210],
    FirstBytes::both(&[(0xb4, 0xb5)]),
    |_, bytes| match bytes {
        [0xb4 | 0xb5, 0..=0x7f, 0x83, 2, ..] | [0xb4 | 0xb5, 0x81, _, 0x83, 2, ..] => {
            Verdict::Match
        }
        [0xb4 | 0xb5, 0..=0x7f, 0x82, 1..=16, ..] => Verdict::Weak,
        _ if bytes.len() < 5 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Citrix's ICA.
pub(super) const ICA: Protocol = Protocol::tcp(
    "ica",
    &[1494, 2598],
    FirstBytes::both(&[(0x7f, 0x7f), (0x1a, 0x1a)]),
    |_, bytes| starts_any(bytes, &[b"\x7f\x7fICA\0", b"\x1aCGP/"]),
);

/// Git's own protocol: a length in four hexadecimal digits and a service.
pub(super) const GIT: Protocol = Protocol::tcp(
    "git",
    &[9418],
    FirstBytes::sides(&[(b'0', b'0')], &[]),
    |_, bytes| match bytes.get(4..) {
        Some(rest) if bytes.iter().take(4).all(u8::is_ascii_hexdigit) => starts(rest, b"git-"),
        None => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Subversion's own protocol: both sides begin with a list.
pub(super) const SVN: Protocol = Protocol::tcp(
    "svn",
    &[3690],
    FirstBytes::both(&[(b'(', b'(')]),
    |_, bytes| {
        starts_any(
            bytes,
            &[
                b"( success ( 1 2 ",
                b"( success ( 2 2 ",
                b"( 2 ( ",
                b"( 1 ( ",
            ],
        )
    },
);

/// STOMP, by its first command.
pub(super) const STOMP: Protocol = Protocol::tcp(
    "stomp",
    &[61613],
    FirstBytes::sides(&[(b'C', b'C'), (b'S', b'S')], &[(b'C', b'C')]),
    |_, bytes| {
        starts_any(
            bytes,
            &[
                b"CONNECT\naccept-version:",
                b"CONNECT\nlogin:",
                b"STOMP\n",
                b"CONNECTED\n",
            ],
        )
    },
);

/// SMPP, short messages (version 3.4, section 3.2): a bind, status 0.
pub(super) const SMPP: Protocol = Protocol::tcp(
    "smpp",
    &[2775, 2776],
    FirstBytes::both(&[(0, 0)]),
    |side, bytes| {
        let (Some(length), Some(command), Some(status)) =
            (u32_at(bytes, 0), u32_at(bytes, 4), u32_at(bytes, 8))
        else {
            return Verdict::Unsure;
        };
        let is_bind = matches!(command & 0x7fff_ffff, 1 | 2 | 9);
        let from_server = command >> 31 == 1;
        let fitting = (16..=0x60).contains(&length) && (from_server || status == 0);
        fits(is_bind && fitting && from_server == (side == Side::Server))
    },
);

/// iSCSI's login (RFC 7143, section 11.12), which names the initiator.
pub(super) const ISCSI: Protocol = Protocol::tcp(
    "iscsi",
    &[3260],
    FirstBytes::sides(&[(0x43, 0x43)], &[(0x23, 0x23)]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [0x43, _, 0, 0, ..]) if bytes.len() > 48 => {
            matches(has(bytes, b"InitiatorName=", 256))
        }
        (Side::Server, [0x23, _, 0, 0, ..]) => fits(bytes.len() >= 48),
        _ if bytes.len() < 49 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// X11's set-up: the byte order, then version 11.
pub(super) const X11: Protocol = Protocol::tcp(
    "x11",
    &[6000, 6001, 6002, 6003, 6010],
    FirstBytes::sides(&[(b'B', b'B'), (b'l', b'l')], &[]),
    |_, bytes| match bytes {
        [b'l', 0, 11, 0, 0, 0, ..] | [b'B', 0, 0, 11, 0, 0, ..] => Verdict::Match,
        [_] | [_, 0, ..] if bytes.len() < 6 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Java's remote method invocation.
pub(super) const RMI: Protocol = Protocol::tcp(
    "java-rmi",
    &[1099],
    FirstBytes::sides(&[(b'J', b'J')], &[]),
    |_, bytes| starts(bytes, b"JRMI\0\x02"),
);

/// Canon's printers and scanners.
pub(super) const BJNP: Protocol = Protocol::udp(
    "bjnp",
    &[8611, 8612],
    FirstBytes::both(&[(b'B', b'B'), (b'M', b'M')]),
    |_, bytes| {
        starts_any(
            bytes,
            &[
                b"BJNP\x01",
                b"BJNP\x02",
                b"BJNP\x81",
                b"BJNP\x82",
                b"BNJB",
                b"MFNP\x01",
                b"MFNP\x02",
                b"MFNP\x82",
            ],
        )
    },
);

/// Dropbox's announcements in the local network.
pub(super) const DROPBOX: Protocol = Protocol::udp(
    "dropbox-lansync",
    &[17500],
    FirstBytes::both(&[(b'{', b'{')]),
    |_, bytes| starts(bytes, b"{\"host_int\": "),
);

/// Spotify's announcements in the local network.
pub(super) const SPOTIFY: Protocol = Protocol::udp(
    "spotify",
    &[57621],
    FirstBytes::both(&[(b'S', b'S')]),
    |_, bytes| starts(bytes, b"SpotUdp"),
);

/// `TeamViewer`: a magic number and a command.
pub(super) const TEAMVIEWER: Protocol = Protocol::tcp(
    "teamviewer",
    &[5938],
    FirstBytes::both(&[(0x17, 0x17), (0x11, 0x11)]),
    |_, bytes| match bytes {
        [0x17, 0x24, 0x0a, 0x20, ..] => Verdict::Match,
        [0x17, 0x24, ..] | [0x11, 0x30, ..] => fits(bytes.len() >= 5),
        [0x17 | 0x11] => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Radmin 3's greeting.
pub(super) const RADMIN: Protocol = Protocol::tcp(
    "radmin",
    &[4899],
    FirstBytes::both(&[(1, 1)]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [1, 0, 0, 0, 1, 0, 0, 0, 8, 8]) => Verdict::Match,
        (Side::Server, [1, 0, 0, 0, 0x25, 0, 0, ..]) => Verdict::Weak,
        _ if bytes.len() < 7 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// The example of a protocol: a length, a colon and a text that is so long. Netstrings have one byte more.
pub(super) const TEMPLATE: Protocol = Protocol::tcp(
    "template",
    &[7000],
    FirstBytes::both(&[(b'0', b'9')]),
    |_, bytes| match message(bytes) {
        Message::Whole(_, length) => fits(length == bytes.len()),
        Message::Part => Verdict::Unsure,
        Message::None => Verdict::NoMatch,
    },
);
