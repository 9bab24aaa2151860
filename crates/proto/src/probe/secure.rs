//! What is encrypted from the start: TLS, DTLS, QUIC and tunnels.

use super::read::{byte, fits, matches, u16_at, u32_at};
use crate::openvpn;
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// TLS 1.0 to 1.3 records (RFC 8446, section 5.1), SSL 3, and SSL 2's hello.
pub(super) const TLS: Protocol = Protocol {
    name: "tls",
    transport: Transport::Tcp,
    ports: &[
        443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 5223, 5228, 5671, 6697, 8443,
        8883,
    ],
    first: FirstBytes {
        client: &[(0x14, 0x17), (0x80, 0x80)],
        server: &[(0x14, 0x17)],
    },
    probe: tls,
};

fn tls(_: Side, bytes: &[u8]) -> Verdict {
    match byte(bytes, 0) {
        Some(0x16) => tls_handshake(bytes),
        Some(0x14 | 0x15 | 0x17) => tls_later(bytes),
        Some(0x80) => ssl2_hello(bytes),
        _ => Verdict::NoMatch,
    }
}

fn tls_handshake(bytes: &[u8]) -> Verdict {
    let (major, minor) = (byte(bytes, 1), byte(bytes, 2));
    if major.is_some_and(|major| major != 3) || minor.is_some_and(|minor| minor > 4) {
        return Verdict::NoMatch;
    }
    // An empty record is against the standard (RFC 8446, section 5.1), but looks like nothing else.
    if let [_, _, _, 0, 0, ..] = bytes {
        return Verdict::Match;
    }
    let (Some(length), Some(kind), Some(inner)) =
        (u16_at(bytes, 3), byte(bytes, 5), u32_at(bytes, 5))
    else {
        return Verdict::Unsure;
    };
    // A hello may be longer than its record, never longer than a few of them.
    let hello_length = inner & 0x00ff_ffff;
    let plausible = (4..=16_640).contains(&length) && hello_length < 131_072;
    match kind {
        1 | 2 => matches(plausible),
        _ => fits((4..=16_640).contains(&length)),
    }
}

/// Records of a session that began before the capture, and alerts instead of a hello.
fn tls_later(bytes: &[u8]) -> Verdict {
    match bytes {
        [0x15, 3, 0..=4, 0, 2, 1 | 2, _, ..] | [0x14, 3, 0..=4, 0, 1, 1, ..] => Verdict::Match,
        [_, 3, 0..=4, ..] if are_records(bytes) => Verdict::Match,
        [_, 3, 0..=4, high, _, ..] => fits(*high <= 65),
        [_] | [_, 3] | [_, 3, _] | [_, 3, _, _] => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// Whether a record ends with the bytes, or is followed by another one's header.
fn are_records(bytes: &[u8]) -> bool {
    let Some(length @ 16..=16_640) = u16_at(bytes, 3) else {
        return false;
    };
    match bytes.get(5 + usize::from(length)..) {
        Some([] | [0x14..=0x17, 3, 1..=4, ..]) => true,
        Some(_) | None => false,
    }
}

/// SSL 2's client hello (still sent by old stacks to offer SSL 3 or TLS 1.0).
fn ssl2_hello(bytes: &[u8]) -> Verdict {
    match bytes {
        [0x80, _, 1, 0 | 3, 0..=3, rest @ ..] => match (u16_at(rest, 0), u16_at(rest, 4)) {
            (Some(ciphers), Some(challenge)) => {
                matches(ciphers % 3 == 0 && (16..=32).contains(&challenge))
            }
            _ => Verdict::Unsure,
        },
        _ if bytes.len() < 5 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// DTLS 1.0 to 1.3 hellos (RFC 6347, section 4.1).
pub(super) const DTLS: Protocol = Protocol {
    name: "dtls",
    transport: Transport::Udp,
    ports: &[443, 4433, 5684, 10000],
    first: FirstBytes {
        client: &[(0x16, 0x16)],
        server: &[(0x16, 0x16)],
    },
    probe: |_, bytes| match bytes {
        [
            0x16,
            0xfe,
            0xfd | 0xff,
            0,
            0,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            _,
            1..=3,
            ..,
        ]
        | [0x16, 1, 0, 0, 0, _, _, _, _, _, _, _, _, 1..=3, ..] => Verdict::Match,
        _ => Verdict::NoMatch,
    },
};

/// QUIC 1 and 2 (RFC 9000, section 17.2; RFC 9369), its drafts and Google's.
pub(super) const QUIC: Protocol = Protocol {
    name: "quic",
    transport: Transport::Udp,
    ports: &[443, 8443, 4433, 784, 853],
    first: FirstBytes {
        client: &[(0x08, 0x0f), (0x80, 0xff)],
        server: &[(0x80, 0xff)],
    },
    probe: |side, bytes| match byte(bytes, 0) {
        Some(0x80..) => quic_long(side, bytes),
        Some(_) => gquic(bytes),
        None => Verdict::Unsure,
    },
};

fn quic_long(side: Side, bytes: &[u8]) -> Verdict {
    let (Some(version), Some(id_length)) = (u32_at(bytes, 1), byte(bytes, 5)) else {
        return Verdict::NoMatch;
    };
    let is_old_google = version >> 16 == 0x5130 && matches!(version & 0xffff, 0x3436..=0x3530);
    if is_old_google {
        return Verdict::Match;
    }
    let negotiation = version == 0 && side == Side::Server;
    let known = matches!(version, 1 | 0x6b33_43cf | 0xff00_0001..=0xff00_0040)
        || version >> 8 == 0x00fa_ceb0
        || version & 0x0f0f_0f0f == 0x0a0a_0a0a
        || version >> 8 == 0x0054_3035
        || negotiation;
    let room = usize::from(id_length) + 7 <= bytes.len();
    if version & 0x0f0f_0f0f == 0x0a0a_0a0a && side == Side::Client && is_full_initial(bytes) {
        return Verdict::Match;
    }
    if known && id_length <= 20 && room && bytes.len() >= 20 {
        // A reserved version (RFC 9000, section 15) has half of its bits free.
        if negotiation {
            return if negotiates(bytes) {
                Verdict::Match
            } else {
                Verdict::Weak
            };
        }
        if version & 0x0f0f_0f0f == 0x0a0a_0a0a {
            return Verdict::Weak;
        }
        return Verdict::Match;
    }
    Verdict::NoMatch
}

/// What follows both connection identifiers.
fn after_identifiers(bytes: &[u8]) -> Option<&[u8]> {
    let destination = usize::from(byte(bytes, 5)?);
    let source = usize::from(byte(bytes, 6 + destination)?);
    bytes.get(7 + destination + source..)
}

/// Whether what follows the identifiers is a list of versions of which one is known.
fn negotiates(bytes: &[u8]) -> bool {
    let list = after_identifiers(bytes).unwrap_or_default();
    let known = list.chunks_exact(4).any(|version| {
        matches!(
            version,
            [0, 0, 0, 1] | [0xff, 0, 0, _] | [b'Q', b'0', _, _] | [0x6b, 0x33, 0x43, 0xcf]
        )
    });
    known && list.len().is_multiple_of(4)
}

/// Whether a packet is a client's first, which must fill its datagram (RFC 9000, section 14.1).
fn is_full_initial(bytes: &[u8]) -> bool {
    let id_length = |at: usize| {
        byte(bytes, at)
            .filter(|length| *length <= 20)
            .map(usize::from)
    };
    let is_initial = byte(bytes, 0).is_some_and(|first| first & 0xf0 == 0xc0);
    let Some(destination) = id_length(5).filter(|length| *length >= 8) else {
        return false;
    };
    let source_at = destination + 6;
    let token_at = id_length(source_at).map(|source| source_at + 1 + source);
    // No token, and a length of two bytes.
    let length = token_at
        .filter(|at| byte(bytes, *at) == Some(0))
        .and_then(|at| u16_at(bytes, at + 1));
    is_initial && length.is_some_and(|length| (0x4000 + 1000..0x8000).contains(&length))
}

/// Google's public header before version 46: flags, connection identifier, version in text.
fn gquic(bytes: &[u8]) -> Verdict {
    let digits = bytes.get(11..13).unwrap_or_default();
    matches(
        matches!(bytes.get(9..11), Some([b'Q', b'0']))
            && digits.len() == 2
            && digits.iter().all(u8::is_ascii_digit),
    )
}

/// `WireGuard`'s handshake (its white paper, section 5.4): fixed types and lengths.
pub(super) const WIREGUARD: Protocol = Protocol {
    name: "wireguard",
    transport: Transport::Udp,
    ports: &[51820],
    first: FirstBytes {
        client: &[(1, 4)],
        server: &[(1, 4)],
    },
    probe: |_, bytes| match (bytes.first_chunk::<4>(), bytes.len()) {
        (Some([1, 0, 0, 0]), 148) | (Some([2, 0, 0, 0]), 92) => Verdict::Match,
        (Some([3, 0, 0, 0]), 64) => Verdict::Weak,
        (Some([4, 0, 0, 0]), length) if length >= 32 && length % 16 == 0 => {
            // A counter begins at 0 and has eight bytes, of which few get used.
            match (u32_at(bytes, 4), u32_at(bytes, 12)) {
                (Some(1..), Some(0)) => Verdict::Match,
                _ => Verdict::Weak,
            }
        }
        _ => Verdict::NoMatch,
    },
};

/// `OpenVPN`'s first packet over UDP (its protocol description, "hard reset").
pub(super) const OPENVPN_UDP: Protocol = Protocol {
    name: "openvpn",
    transport: Transport::Udp,
    ports: &[1194],
    first: FirstBytes {
        client: &[(0x38, 0x38), (0x40, 0x40)],
        server: &[(0x38, 0x38), (0x40, 0x40)],
    },
    probe: |_, bytes| openvpn(bytes),
};

/// The same over TCP, behind a length.
pub(super) const OPENVPN_TCP: Protocol = Protocol {
    name: "openvpn",
    transport: Transport::Tcp,
    ports: &[1194],
    first: FirstBytes {
        client: &[(0x00, 0x00)],
        server: &[(0x00, 0x00)],
    },
    probe: |_, bytes| match (u16_at(bytes, 0), bytes.get(2..)) {
        (Some(length @ 14..=200), Some(packet)) if packet.len() == usize::from(length) => {
            openvpn(packet)
        }
        (None, _) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
};

fn openvpn(packet: &[u8]) -> Verdict {
    match packet {
        [0x38 | 0x40, ..] if openvpn::layout(packet).is_some() => Verdict::Match,
        // Wrapped (tls-crypt), only the counter is in clear.
        [0x38 | 0x40, ..] if packet.len() == 54 && u32_at(packet, 9) == Some(1) => Verdict::Match,
        [0x38 | 0x40, rest @ ..] => fits(rest.len() >= 13 && rest.len() < 120),
        _ => Verdict::NoMatch,
    }
}

/// IKE 1 and 2 (RFC 7296, section 3.1), with the marker of RFC 3948 on port 4500.
pub(super) const IKE: Protocol = Protocol {
    name: "ike",
    transport: Transport::Udp,
    ports: &[500, 4500],
    first: FirstBytes {
        client: &[(0x00, 0xff)],
        server: &[(0x00, 0xff)],
    },
    probe: |_, bytes| match u32_at(bytes, 0) {
        Some(0) => ike(bytes.get(4..).unwrap_or_default()),
        _ => ike(bytes),
    },
};

fn ike(bytes: &[u8]) -> Verdict {
    let version = byte(bytes, 17);
    let exchange = byte(bytes, 18);
    let (Some(message), Some(length)) = (u32_at(bytes, 20), u32_at(bytes, 24)) else {
        return Verdict::NoMatch;
    };
    let begins = u32_at(bytes, 8) == Some(0) && u32_at(bytes, 12) == Some(0);
    let header = matches!(version, Some(0x10 | 0x20 | 0x21))
        && matches!(exchange, Some(2 | 4 | 5 | 6 | 32 | 34..=37))
        && (28..65_536).contains(&length);
    match (header, begins || message == 0) {
        (true, true) => Verdict::Match,
        (true, false) => Verdict::Weak,
        (false, _) => Verdict::NoMatch,
    }
}

/// tinc: in clear only its greeting, `0`, a name, and the protocol's version, 17.
pub(super) const TINC: Protocol = Protocol::tcp(
    "tinc",
    &[655],
    FirstBytes::both(&[(b'0', b'0')]),
    |_, bytes| match bytes {
        [b'0', b' ', rest @ ..] => {
            let name = rest
                .iter()
                .take(64)
                .take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_')
                .count();
            let version = rest.get(name..).unwrap_or_default();
            matches(name > 0 && (version.starts_with(b" 17\n") || version.starts_with(b" 17.")))
        }
        [b'0'] => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);
