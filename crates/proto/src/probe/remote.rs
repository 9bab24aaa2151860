//! Working on another machine: SSH, RDP, telnet, VNC, adb.

use super::read::{byte, matches, starts, u16_at, u32_at};
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// SSH (RFC 4253, section 4.2).
pub(super) const SSH: Protocol = Protocol {
    name: "ssh",
    transport: Transport::Tcp,
    ports: &[22, 2222],
    first: FirstBytes {
        client: &[(b'S', b'S')],
        server: &[(b'S', b'S')],
    },
    probe: |_, bytes| starts(bytes, b"SSH-"),
};

/// RDP's connection request and confirm ([MS-RDPBCGR] 2.2.1.1 and 2.2.1.2).
pub(super) const RDP: Protocol = Protocol {
    name: "rdp",
    transport: Transport::Tcp,
    ports: &[3389],
    first: FirstBytes {
        client: &[(0x03, 0x03)],
        server: &[(0x03, 0x03)],
    },
    probe: rdp,
};

fn rdp(side: Side, bytes: &[u8]) -> Verdict {
    if u16_at(bytes, 0).is_some_and(|start| start != 0x0300) {
        return Verdict::NoMatch;
    }
    let (Some(length), Some(inner), Some(kind), Some(reference)) = (
        u16_at(bytes, 2),
        byte(bytes, 4),
        byte(bytes, 5),
        u16_at(bytes, 6),
    ) else {
        return Verdict::Unsure;
    };
    if length != u16::from(inner) + 5 || reference != 0 {
        return Verdict::NoMatch;
    }
    match (side, kind) {
        // ISO-on-TCP controllers send the same request with parameters 0xc0 to 0xc2.
        (Side::Client, 0xe0) => matches(!matches!(byte(bytes, 11), Some(0xc0..=0xc2))),
        (Side::Server, 0xd0) => matches(matches!(length, 11 | 19)),
        _ => Verdict::NoMatch,
    }
}

/// RDP's transport over UDP: the request to connect, with the longest datagrams of either side
/// ([MS-RDPEUDP] 2.2.2.1 and 2.2.2.2).
pub(super) const RDP_OVER_UDP: Protocol = Protocol {
    name: "rdpeudp",
    transport: Transport::Udp,
    ports: &[3389],
    first: FirstBytes {
        client: &[(0xff, 0xff)],
        server: &[],
    },
    probe: |_, bytes| {
        /// Flags of a request; the second one is there in answers only.
        const SYN: u16 = 1;
        const ACK: u16 = 4;
        let is_request = u32_at(bytes, 0) == Some(u32::MAX)
            && u16_at(bytes, 6).is_some_and(|flags| flags & (SYN | ACK) == SYN);
        let fits = |at| u16_at(bytes, at).is_some_and(|length| (1132..=1232).contains(&length));
        matches(is_request && fits(12) && fits(14))
    },
};

/// Telnet's option negotiation (RFC 854).
pub(super) const TELNET: Protocol = Protocol {
    name: "telnet",
    transport: Transport::Tcp,
    ports: &[23, 2323],
    first: FirstBytes {
        client: &[(0xff, 0xff)],
        server: &[(0xff, 0xff)],
    },
    probe: |_, bytes| match (is_option(bytes), bytes.get(3..)) {
        (true, Some([])) => Verdict::Weak,
        (true, Some(rest)) if is_option(rest) => Verdict::Match,
        (true, _) => Verdict::Weak,
        (false, _) if bytes.len() < 3 => Verdict::Unsure,
        (false, _) => Verdict::NoMatch,
    },
};

/// IAC, then WILL, WON'T, DO or DON'T (or a subnegotiation), then an assigned option.
fn is_option(bytes: &[u8]) -> bool {
    matches!(bytes, [0xff, 0xfa..=0xfe, 0..=49, ..])
}

/// VNC's remote frame buffer (RFC 6143, section 7.1.1).
pub(super) const RFB: Protocol = Protocol {
    name: "rfb",
    transport: Transport::Tcp,
    ports: &[5900, 5901, 5902, 5903],
    first: FirstBytes {
        client: &[(b'R', b'R')],
        server: &[(b'R', b'R')],
    },
    probe: |_, bytes| starts(bytes, b"RFB 0"),
};

/// Android's debug bridge.
pub(super) const ADB: Protocol = Protocol {
    name: "adb",
    transport: Transport::Tcp,
    ports: &[5555, 5037],
    first: FirstBytes {
        client: &[(b'C', b'C')],
        server: &[(b'C', b'C'), (b'A', b'A')],
    },
    probe: |side, bytes| match (side, u32_at(bytes, 0), u32_at(bytes, 4)) {
        (_, Some(0x434e_584e), Some(version)) => matches(version & 0xffff == 1),
        (Side::Server, Some(0x4155_5448), Some(kind)) => matches(kind == 0x0100_0000),
        (_, Some(0x434e_584e | 0x4155_5448), None) => Verdict::Unsure,
        (_, Some(_), _) => Verdict::NoMatch,
        (_, None, _) => starts(bytes, b"CNXN"),
    },
};
