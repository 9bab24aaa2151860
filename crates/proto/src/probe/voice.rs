//! Calls and media: SIP, RTSP, RTP, STUN, RTMP.

use super::read::{fits, matches, starts, starts_any, u16_at, u32_at, weakly, word_length};
use crate::protocol::{FirstBytes, Protocol, Transport, Verdict};

const LETTERS: FirstBytes = FirstBytes {
    client: &[(b'A', b'Z')],
    server: &[(b'A', b'Z')],
};

/// SIP over UDP (RFC 3261, section 7).
pub(super) const SIP_UDP: Protocol = Protocol {
    name: "sip",
    transport: Transport::Udp,
    ports: &[5060],
    first: LETTERS,
    probe: |_, bytes| sip(bytes),
};

/// SIP over TCP.
pub(super) const SIP_TCP: Protocol = Protocol {
    name: "sip",
    transport: Transport::Tcp,
    ports: &[5060],
    first: LETTERS,
    probe: |_, bytes| sip(bytes),
};

fn sip(bytes: &[u8]) -> Verdict {
    match starts(bytes, b"SIP/2.0 ") {
        Verdict::NoMatch => request(bytes, &[b" sip:", b" sips:", b" tel:"]),
        verdict => verdict,
    }
}

/// The longest SIP or RTSP method is `GET_PARAMETER` or `SET_PARAMETER`.
const LONGEST_METHOD: usize = 13;

/// A method in capitals and then a target of one of these schemes.
fn request(bytes: &[u8], schemes: &[&[u8]]) -> Verdict {
    let length = word_length(bytes);
    if length > LONGEST_METHOD || length < 2 && bytes.len() > length {
        return Verdict::NoMatch;
    }
    match bytes.get(length..) {
        Some([]) | None => Verdict::Unsure,
        Some(rest) => starts_any(rest, schemes),
    }
}

/// RTSP (RFC 7826, section 7).
pub(super) const RTSP: Protocol = Protocol {
    name: "rtsp",
    transport: Transport::Tcp,
    ports: &[554, 8554],
    first: LETTERS,
    probe: |_, bytes| match starts_any(bytes, &[b"RTSP/1.0 ", b"RTSP/2.0 "]) {
        Verdict::NoMatch => match request(bytes, &[b" rtsp://", b" rtspu://"]) {
            Verdict::NoMatch => weakly(starts_any(bytes, &[b"OPTIONS * RTSP/"])),
            verdict => verdict,
        },
        verdict => verdict,
    },
};

const RTP_FIRST: FirstBytes = FirstBytes {
    client: &[(0x80, 0xbf)],
    server: &[(0x80, 0xbf)],
};

/// RTP (RFC 3550, section 5.1). One datagram tells nothing: calls announce where
/// it will come, or several give it away (`series`).
pub(super) const RTP: Protocol = Protocol {
    name: "rtp",
    transport: Transport::Udp,
    ports: &[5004],
    first: RTP_FIRST,
    probe: |_, bytes| match bytes {
        [first, kind, rest @ ..] => {
            // Padding and contributing sources are rare.
            let usual = first & 0x2f == 0;
            let assigned = matches!(kind & 0x7f, 0..=34 | 96..=127);
            fits(usual && assigned && rest.len() > 10)
        }
        _ => Verdict::NoMatch,
    },
};

const STUN_FIRST: FirstBytes = FirstBytes {
    client: &[(0x00, 0x08)],
    server: &[(0x00, 0x08)],
};

/// STUN and TURN (RFC 8489, section 5).
pub(super) const STUN_UDP: Protocol = Protocol {
    name: "stun",
    transport: Transport::Udp,
    ports: &[3478, 3479, 5349, 19302],
    first: STUN_FIRST,
    probe: |_, bytes| stun(bytes, bytes),
};

/// The same over TCP, with or without Microsoft's length before it.
pub(super) const STUN_TCP: Protocol = Protocol {
    name: "stun",
    transport: Transport::Tcp,
    ports: &[3478, 5349],
    first: STUN_FIRST,
    probe: |_, bytes| match bytes.len() {
        0..20 => Verdict::Unsure,
        _ => match stun(bytes, bytes) {
            Verdict::Match => Verdict::Match,
            _ => Verdict::NoMatch,
        },
    },
};

fn stun(bytes: &[u8], message: &[u8]) -> Verdict {
    let (Some(kind), Some(length), Some(cookie)) =
        (u16_at(message, 0), u16_at(message, 2), u32_at(message, 4))
    else {
        return Verdict::NoMatch;
    };
    let aligned = length % 4 == 0 && message.len() >= 20;
    if cookie == 0x2112_a442 {
        // Microsoft's relays count in single bytes, but to the end of the datagram.
        let whole = usize::from(length) + 20 == bytes.len() && kind & 0xc000 == 0;
        return matches(whole || aligned && kind & 0xc000 == 0);
    }
    // RFC 3489 had no cookie: the transaction is random and only the lengths tell.
    let classic = matches!(kind, 0x0001 | 0x0101 | 0x0111 | 0x0002 | 0x0102 | 0x0112);
    if !classic || !aligned || usize::from(length) + 20 != bytes.len() {
        return Verdict::NoMatch;
    }
    match bytes.get(20..) {
        Some(attributes) if are_attributes(attributes) => Verdict::Match,
        _ => Verdict::Weak,
    }
}

/// RFC 3489 had eleven kinds of attributes; a message has each at most once.
const MOST_ATTRIBUTES: usize = 11;

/// Whether there are attributes of RFC 3489 up to the end of the message.
fn are_attributes(bytes: &[u8]) -> bool {
    let mut rest = bytes;
    for count in 0..=MOST_ATTRIBUTES {
        let next = match rest {
            [] => return count > 0,
            [0, 1..=11, _, length, ..] if length % 4 == 0 => rest.get(4 + usize::from(*length)..),
            _ => None,
        };
        let Some(next) = next else { return false };
        rest = next;
    }
    false
}

/// RTMP's handshake: version 3, then a time and zeros or a version number.
pub(super) const RTMP: Protocol = Protocol {
    name: "rtmp",
    transport: Transport::Tcp,
    ports: &[1935],
    first: FirstBytes {
        client: &[(0x03, 0x03)],
        server: &[(0x03, 0x03)],
    },
    probe: |_, bytes| match (bytes.len(), bytes.get(5..9)) {
        (0..9, _) => Verdict::Unsure,
        (200.., Some([0, 0, 0, 0] | [1..=0x80, 0, _, _])) => Verdict::Weak,
        _ => Verdict::NoMatch,
    },
};
