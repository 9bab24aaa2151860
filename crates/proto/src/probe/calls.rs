//! Media streams and the older ways to set up calls.

use super::read::{byte, fits, has, is_whole, matches, starts_any, u16_at, u32_at, u32_le};
use crate::protocol::{FirstBytes, Protocol, Side, Verdict};

/// RTCP (RFC 3550, section 6.1): reports, one behind the other up to the end of the datagram.
pub(super) const RTCP: Protocol = Protocol::udp(
    "rtcp",
    &[5005],
    FirstBytes::both(&[(0x80, 0xbf)]),
    |_, bytes| match bytes {
        [_, 200 | 201, _, _, ..] => reports(bytes),
        _ => Verdict::NoMatch,
    },
);

/// A compound is at most this many reports; a datagram has no room for more.
const MOST_REPORTS: usize = 16;

fn reports(bytes: &[u8]) -> Verdict {
    let mut rest = bytes;
    for count in 0..MOST_REPORTS {
        match (rest, u16_at(rest, 2)) {
            ([], _) => return Verdict::Match,
            ([0x80..=0xbf, 194..=213, ..], Some(words)) => {
                let length = (usize::from(words) + 1) * 4;
                let Some(next) = rest.get(length..) else {
                    return Verdict::NoMatch;
                };
                rest = next;
            }
            _ if count > 0 && is_secure(bytes) => return Verdict::Match,
            _ => return fits(count > 0),
        }
    }
    Verdict::NoMatch
}

/// Whether there is an early packet's number and the mark of encryption before a code of ten bytes
/// (RFC 3711, section 3.4), behind a first header whose sender alone is in clear.
fn is_secure(bytes: &[u8]) -> bool {
    let number = bytes
        .len()
        .checked_sub(14)
        .and_then(|offset| u32_at(bytes, offset));
    number.is_some_and(|number| (0x8000_0000..0x8001_0000).contains(&number))
}

/// The object identifiers of H.225 and H.245, version not counted, which their messages begin with.
const H225: &[u8] = &[6, 0, 8, 0x91, 0x4a, 0];
const H245: &[u8] = &[6, 0, 8, 0x81, 0x75, 0];

/// H.323's calls (Q.931 in TPKT, ITU-T H.225.0) and their H.245 channels.
pub(super) const H323_TCP: Protocol = Protocol::tcp(
    "h323",
    &[1720],
    FirstBytes::both(&[(3, 3)]),
    |_, bytes| match bytes {
        // Protocol discriminator 8, and a call reference of two bytes.
        [3, 0, _, _, 8, 2, ..] if has(bytes, H225, 512) => Verdict::Match,
        [3, 0, _, _, 8, 2, ..] if bytes.len() >= 12 => Verdict::Weak,
        [3, 0, ..] if has(bytes, H245, 32) => Verdict::Match,
        [3] | [3, 0, ..] if bytes.len() < 12 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// H.323's registration at a gatekeeper.
pub(super) const H323_UDP: Protocol = Protocol::udp(
    "h323",
    &[1718, 1719],
    FirstBytes::both(&[(0, 0x7f)]),
    |_, bytes| matches(bytes.len() > 16 && has(bytes, H225, 16)),
);

/// Media gateway control in text (ITU-T H.248.1, annex B).
pub(super) const MEGACO: Protocol = Protocol::udp(
    "megaco",
    &[2944, 2945],
    FirstBytes::both(&[(b'!', b'!'), (b'M', b'M')]),
    |_, bytes| match bytes {
        [
            b'!',
            b'/',
            b'1'..=b'3',
            b' ' | b'\r' | b'\n',
            b'<' | b'[' | b'$',
            ..,
        ] => Verdict::Match,
        [b'!', ..] => Verdict::NoMatch,
        _ => starts_any(bytes, &[b"MEGACO/1", b"MEGACO/2", b"MEGACO/3"]),
    },
);

/// MGCP (RFC 3435, section 3.2): a verb or a code, a transaction, and the protocol's name.
pub(super) const MGCP: Protocol = Protocol::udp(
    "mgcp",
    &[2427, 2727],
    FirstBytes::both(&[(b'A', b'Z'), (b'2', b'2')]),
    |_, bytes| match bytes {
        [
            b'A'..=b'Z',
            b'A'..=b'Z',
            b'A'..=b'Z',
            b'A'..=b'Z',
            b' ',
            b'0'..=b'9',
            ..,
        ] => matches(has(bytes, b" MGCP 1.", 256)),
        [b'2', b'0'..=b'9', b'0'..=b'9', b' ', b'0'..=b'9', ..] => Verdict::Weak,
        _ => Verdict::NoMatch,
    },
);

/// Cisco's skinny client control: a length, a version, a message, all little-endian.
pub(super) const SKINNY: Protocol = Protocol::tcp(
    "skinny",
    &[2000],
    FirstBytes::both(&[(0, 0xff)]),
    |_, bytes| match (u32_le(bytes, 0), u32_le(bytes, 4), u32_le(bytes, 8)) {
        (Some(length @ 4..=2000), Some(0..=0x20), Some(0..=0x0159)) => {
            fits(length % 4 == 0 && bytes.len() >= length as usize + 8)
        }
        _ if bytes.len() < 12 && byte(bytes, 2).is_none_or(|byte| byte == 0) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// IAX2 (RFC 5456, section 8.1.1): a full frame of its own control class.
pub(super) const IAX: Protocol = Protocol::udp(
    "iax",
    &[4569],
    FirstBytes::both(&[(0x80, 0xff)]),
    |_, bytes| match bytes {
        [0x80..=0xff, _, _, _, _, _, _, _, _, _, 6, 1..=0x28, ..] => Verdict::Weak,
        _ => Verdict::NoMatch,
    },
);

/// Floor control (RFC 8855, section 5.1): version, primitive, the length of the rest in words.
fn bfcp(bytes: &[u8]) -> Verdict {
    match bytes {
        [0x20 | 0x30 | 0x40 | 0x50, 1..=18, ..] if bytes.len() >= 12 => {
            let words = u16_at(bytes, 2).map_or(0, usize::from);
            // The first attribute's kind and length.
            let attribute = match bytes.get(12..14) {
                Some([kind, length]) => (1..=18).contains(&(kind >> 1)) && *length >= 2,
                _ => true,
            };
            matches(is_whole(bytes, 12 + 4 * words) && attribute)
        }
        [0x20 | 0x30 | 0x40 | 0x50] | [0x20 | 0x30 | 0x40 | 0x50, 1..=18, ..] => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

const BFCP_FIRST: FirstBytes =
    FirstBytes::both(&[(0x20, 0x20), (0x30, 0x30), (0x40, 0x40), (0x50, 0x50)]);

/// Floor control over TCP.
pub(super) const BFCP_TCP: Protocol =
    Protocol::tcp("bfcp", &[], BFCP_FIRST, |_, bytes| bfcp(bytes));

/// Floor control over UDP.
pub(super) const BFCP_UDP: Protocol =
    Protocol::udp("bfcp", &[], BFCP_FIRST, |_, bytes| match bfcp(bytes) {
        Verdict::Unsure => Verdict::NoMatch,
        verdict => verdict,
    });

/// `TeamSpeak` 3's first packets.
pub(super) const TEAMSPEAK: Protocol = Protocol::udp(
    "teamspeak",
    &[9987],
    FirstBytes::both(&[(b'T', b'T')]),
    |_, bytes| starts_any(bytes, &[b"TS3INIT1"]),
);

/// Mumble's pings: type 0 and an identifier go out, the version and the same come back.
pub(super) const MUMBLE: Protocol = Protocol::udp(
    "mumble",
    &[64738],
    FirstBytes::both(&[(0, 0)]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [0, 0, 0, 0, _, _, _, _, _, _, _, _]) => Verdict::Weak,
        (Side::Server, [0, 1, ..]) => fits(bytes.len() == 24),
        _ => Verdict::NoMatch,
    },
);
