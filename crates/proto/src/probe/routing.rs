//! What routers, switches, carriers and managers say to each other.

use super::read::{byte, fits, has, is_whole, matches, starts, starts_any, u16_at, u32_at, weakly};
use crate::protocol::{FirstBytes, Protocol, Verdict};

const ANY: FirstBytes = FirstBytes::both(&[(0, 0xff)]);

/// IPMI and ASF over RMCP (DSP0136, section 3.2): version 6, a sequence number, a class.
pub(super) const RMCP: Protocol = Protocol::udp(
    "rmcp",
    &[623, 664],
    FirstBytes::both(&[(6, 6)]),
    |_, bytes| match bytes {
        [6, 0, _, 6, 0, 0, 0x11, 0xbe, ..] | [6, 0, 0xff, 7, 0..=6, ..] => Verdict::Match,
        [6, 0, _, 6 | 7 | 0x86 | 0x87, ..] => Verdict::Weak,
        _ => Verdict::NoMatch,
    },
);

/// HSRP 0 (RFC 2281, section 5.1) and 2.
pub(super) const HSRP: Protocol = Protocol::udp(
    "hsrp",
    &[1985, 2029],
    FirstBytes::both(&[(0, 4)]),
    |_, bytes| match bytes {
        [0, 0..=3, 0 | 1 | 2 | 4 | 8 | 16, ..] => fits(bytes.len() >= 16),
        [1, 40, 2, 0..=2, ..] => fits(bytes.len() >= 42),
        [2..=4, length, ..] => fits(bytes.len() >= usize::from(*length) + 2),
        _ => Verdict::NoMatch,
    },
);

/// Bidirectional forwarding detection (RFC 5880, section 4.1), and echoes of any content.
pub(super) const BFD: Protocol = Protocol::udp(
    "bfd",
    &[3784, 3785, 4784, 6784],
    ANY,
    |_, bytes| match bytes {
        [first, _, _, length, ..] if first >> 5 == 1 && *length >= 24 => {
            fits(is_whole(bytes, usize::from(*length)))
        }
        _ => fits(bytes.len() == 12),
    },
);

/// CAPWAP (RFC 5415, section 4): a header with its length, or DTLS behind four bytes.
pub(super) const CAPWAP: Protocol = Protocol::udp(
    "capwap",
    &[5246, 5247],
    FirstBytes::both(&[(0, 1)]),
    |_, bytes| match bytes {
        [1, 0, 0, 0, 0x14..=0x17, 0xfe, 0xfd | 0xff, ..] => Verdict::Match,
        [0, length, ..] => {
            let header = usize::from(length >> 3) * 4;
            fits(header >= 8 && header < bytes.len())
        }
        _ => Verdict::NoMatch,
    },
);

/// GTP 1, 2 and prime (3GPP TS 29.060, 29.274, 32.295): the version, and the length of the rest.
pub(super) const GTP: Protocol = Protocol::udp(
    "gtp",
    &[2123, 2152, 3386],
    FirstBytes::both(&[(0x0e, 0x0f), (0x2e, 0x3f), (0x40, 0x5f)]),
    |_, bytes| {
        let header = match byte(bytes, 0) {
            Some(0x30..=0x3f) => 8,
            Some(0x40..=0x5f) => 4,
            Some(_) => 6,
            None => return Verdict::NoMatch,
        };
        fits(u16_at(bytes, 2).is_some_and(|length| is_whole(bytes, header + usize::from(length))))
    },
);

/// PFCP (3GPP TS 29.244, section 7.2.2).
pub(super) const PFCP: Protocol = Protocol::udp(
    "pfcp",
    &[8805],
    FirstBytes::both(&[(0x20, 0x27)]),
    |_, bytes| match bytes {
        [_, 1..=15 | 50..=57, ..] => {
            fits(u16_at(bytes, 2).is_some_and(|length| is_whole(bytes, usize::from(length) + 4)))
        }
        _ => Verdict::NoMatch,
    },
);

/// Diameter (RFC 6733, section 3): version 1, length, flags, an assigned command.
pub(super) const DIAMETER: Protocol = Protocol::tcp(
    "diameter",
    &[3868],
    FirstBytes::both(&[(1, 1)]),
    |_, bytes| match bytes {
        [1, 0, _, low, flags, 0, high, code, ..] => {
            let command = u16::from_be_bytes([*high, *code]);
            matches(low % 4 == 0 && flags.trailing_zeros() >= 4 && (257..=330).contains(&command))
        }
        [1] | [1, 0, ..] if bytes.len() < 8 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// OpenFlow: both sides begin with a greeting (its specification, section 7.5.1).
pub(super) const OPENFLOW: Protocol = Protocol::tcp(
    "openflow",
    &[6633, 6653],
    FirstBytes::both(&[(1, 6)]),
    |_, bytes| match bytes {
        [1..=6, 0, 0, length, _, _, _, _, ..] => {
            let length = usize::from(*length);
            fits(length == 8 || (length >= 16 && u16_at(bytes, 8) == Some(1)))
        }
        _ if bytes.len() < 8 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// `NetFlow` 1, 5, 7 and 9 (RFC 3954) and IPFIX (RFC 7011).
pub(super) const NETFLOW: Protocol = Protocol::udp(
    "netflow",
    &[2055, 2056, 2057, 4739, 9555, 9995, 9996],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| {
        let (Some(version), Some(count)) = (u16_at(bytes, 0), u16_at(bytes, 2).map(usize::from))
        else {
            return Verdict::NoMatch;
        };
        let records = (1..=30).contains(&count);
        match version {
            1 => fits(records && is_whole(bytes, 16 + 52 * count)),
            5 => matches(records && is_whole(bytes, 24 + 48 * count)),
            7 => matches(records && is_whole(bytes, 24 + 52 * count)),
            9 => matches(count > 0 && is_recent(bytes, 8) && is_set(bytes, 20, 0)),
            10 => matches(is_whole(bytes, count) && is_recent(bytes, 4) && is_set(bytes, 16, 2)),
            _ => Verdict::NoMatch,
        }
    },
);

/// Whether the time here is between 2001 and 2038.
fn is_recent(bytes: &[u8], offset: usize) -> bool {
    u32_at(bytes, offset).is_some_and(|seconds| (0x3a00_0000..0x8000_0000).contains(&seconds))
}

/// Templates have the first two numbers, data those from 256 on; a set ends within the datagram.
fn is_set(bytes: &[u8], offset: usize, first: u16) -> bool {
    let (Some(number), Some(length)) = (u16_at(bytes, offset), u16_at(bytes, offset + 2)) else {
        return false;
    };
    let numbered = number == first || number == first + 1 || number >= 256;
    let fitting = bytes.len() >= crate::WINDOW || offset + usize::from(length) <= bytes.len();
    numbered && length >= 4 && fitting
}

/// sFlow 2, 4 and 5: a version and the kind of the agent's address.
pub(super) const SFLOW: Protocol = Protocol::udp(
    "sflow",
    &[6343],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| match bytes.first_chunk::<8>() {
        Some([0, 0, 0, 5, 0, 0, 0, 1 | 2]) => matches(bytes.len() >= 28),
        Some([0, 0, 0, 2 | 4, 0, 0, 0, 1 | 2]) => Verdict::Weak,
        _ => Verdict::NoMatch,
    },
);

/// PPTP's control connection (RFC 2637, section 2): length, type 1, the magic cookie.
pub(super) const PPTP: Protocol = Protocol::tcp(
    "pptp",
    &[1723],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| match (bytes, u32_at(bytes, 4)) {
        ([0, _, 0, 1 | 2, ..], Some(cookie)) => matches(cookie == 0x1a2b_3c4d),
        (_, None) if bytes.len() < 8 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// `XDMCP`: version 1, an operation, the length of the rest.
pub(super) const XDMCP: Protocol = Protocol::udp(
    "xdmcp",
    &[177],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| match bytes {
        [0, 1, 0, 1..=15, ..] => {
            fits(u16_at(bytes, 4).is_some_and(|length| is_whole(bytes, usize::from(length) + 6)))
        }
        _ => Verdict::NoMatch,
    },
);

/// collectd's binary protocol: parts of a type and a length, the host's name and the time first.
pub(super) const COLLECTD: Protocol = Protocol::udp(
    "collectd",
    &[25826],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| match (bytes, u16_at(bytes, 2).map(usize::from)) {
        ([0, 0, ..], Some(length @ 6..=260)) => {
            let end = byte(bytes, length - 1);
            let next = bytes.get(length..length + 4);
            matches(end == Some(0) && matches!(next, Some([0, 1 | 8, 0, 12])))
        }
        _ => Verdict::NoMatch,
    },
);

/// Syslog over streams (RFC 6587): a priority, perhaps behind a length.
pub(super) const SYSLOG_TCP: Protocol = Protocol::tcp(
    "syslog",
    &[514, 601, 1514],
    FirstBytes::sides(&[(b'<', b'<'), (b'1', b'9')], &[]),
    |_, bytes| match counted(bytes) {
        Some(message) => syslog(message),
        None => syslog(bytes),
    },
);

/// What comes behind a decimal length and a space.
fn counted(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    (1..=5).contains(&digits).then_some(())?;
    bytes.get(digits..)?.strip_prefix(b" ")
}

/// A priority of at most 191 in angle brackets, then a version, a month or a date.
pub(super) fn syslog(bytes: &[u8]) -> Verdict {
    let digits = bytes
        .iter()
        .skip(1)
        .take(3)
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let Some(rest) = bytes.get(1 + digits..) else {
        return Verdict::NoMatch;
    };
    match rest {
        _ if byte(bytes, 0) != Some(b'<') => Verdict::NoMatch,
        [] if digits < 4 => Verdict::Unsure,
        [b'>', text @ ..] if digits > 0 => {
            matches(text.len() > 8 && super::read::is_text(text, 13))
        }
        _ => Verdict::NoMatch,
    }
}

/// The NAT port mapping protocol and its successor (RFC 6886, RFC 6887).
pub(super) const NAT_PMP: Protocol = Protocol::udp(
    "nat-pmp",
    &[5350, 5351],
    FirstBytes::both(&[(0, 2)]),
    |_, bytes| match bytes {
        [0, 0..=2] | [0, 0x80..=0x82, 0, 0..=5, ..] | [0, 1 | 2, 0, 0, ..] => Verdict::Weak,
        [2, 0..=3 | 0x80..=0x83, ..] => fits(bytes.len() >= 24),
        _ => Verdict::NoMatch,
    },
);

/// Precision time (IEEE 1588, section 13.3): kind, version, length.
pub(super) const PTP: Protocol = Protocol::udp(
    "ptp",
    &[319, 320],
    FirstBytes::both(&[(0x00, 0x1d)]),
    |_, bytes| match bytes {
        [_, version, ..] if matches!(version & 15, 1 | 2) => {
            let whole = u16_at(bytes, 2).is_some_and(|length| is_whole(bytes, length.into()));
            fits(whole || bytes.len() >= 34)
        }
        _ => Verdict::NoMatch,
    },
);

/// Label distribution (RFC 5036, section 3.1): version 1 and a length.
pub(super) const LDP: Protocol = Protocol::udp(
    "ldp",
    &[646],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| match bytes {
        [0, 1, ..] => {
            fits(u16_at(bytes, 2).is_some_and(|length| is_whole(bytes, usize::from(length) + 4)))
        }
        _ => Verdict::NoMatch,
    },
);

/// WS-Discovery and devices' answers to it: SOAP in a datagram.
pub(super) const WS_DISCOVERY: Protocol = Protocol::udp(
    "ws-discovery",
    &[3702],
    FirstBytes::both(&[(b'<', b'<')]),
    |_, bytes| match starts_any(
        bytes,
        &[b"<?xml ", b"<soap", b"<s:Env", b"<SOAP-ENV:", b"<env:"],
    ) {
        Verdict::Match if has(bytes, b"/ws/2005/04/discovery", crate::WINDOW) => Verdict::Match,
        Verdict::Match if has(bytes, b"/ws-dd/ns/discovery/", crate::WINDOW) => Verdict::Match,
        verdict => weakly(verdict),
    },
);

/// Syncthing's local discovery, by its magic number.
pub(super) const SYNCTHING: Protocol = Protocol::udp(
    "syncthing",
    &[21027],
    FirstBytes::both(&[(0x2e, 0x2e)]),
    |_, bytes| starts(bytes, b"\x2e\xa7\xd9\x0b"),
);

/// `NetBIOS` datagrams (RFC 1002, section 4.4): a kind, and the sender's address and port.
pub(super) const NETBIOS_DATAGRAM: Protocol = Protocol::udp(
    "nbdgm",
    &[138],
    FirstBytes::both(&[(0x10, 0x16)]),
    |_, bytes| match bytes {
        [0x10..=0x16, flags, ..] => fits(flags & 0xe0 == 0 && bytes.len() >= 14),
        _ => Verdict::NoMatch,
    },
);

/// RIP 1 and 2 (RFC 2453, section 4): a command, a version, entries of twenty bytes.
pub(super) const RIP: Protocol = Protocol::udp(
    "rip",
    &[520, 521],
    FirstBytes::both(&[(1, 2)]),
    |_, bytes| match bytes {
        [1 | 2, 1 | 2, 0, 0, entries @ ..] => {
            fits(!entries.is_empty() && entries.len().is_multiple_of(20))
        }
        _ => Verdict::NoMatch,
    },
);

/// L2TP 2 and 3 (RFC 2661, section 3.1): control messages have a length.
pub(super) const L2TP: Protocol = Protocol::udp(
    "l2tp",
    &[1701],
    FirstBytes::both(&[(0xc8, 0xc8)]),
    |_, bytes| match bytes {
        [0xc8, 2 | 3, ..] => {
            fits(u16_at(bytes, 2).is_some_and(|length| is_whole(bytes, length.into())))
        }
        _ => Verdict::NoMatch,
    },
);

/// Gateway load balancing, HSRP's successor.
pub(super) const GLBP: Protocol = Protocol::udp(
    "glbp",
    &[3222],
    FirstBytes::both(&[(1, 1)]),
    |_, bytes| match bytes {
        [1, 0, ..] => fits(bytes.len() >= 12),
        _ => Verdict::NoMatch,
    },
);

/// TACACS+ (RFC 8907, section 4.1): version 12, a kind, the first of a session's packets.
pub(super) const TACACS: Protocol = Protocol::tcp(
    "tacacs",
    &[49],
    FirstBytes::both(&[(0xc0, 0xc1)]),
    |_, bytes| match bytes {
        [
            0xc0 | 0xc1,
            1..=3,
            1 | 2,
            0 | 1 | 4 | 5,
            _,
            _,
            _,
            _,
            0,
            0,
            ..,
        ] => Verdict::Weak,
        _ if bytes.len() < 10 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);
