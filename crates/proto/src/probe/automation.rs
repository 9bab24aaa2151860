//! Plants, buildings, grids and vehicles.

use super::read::{byte, fits, has, is_whole, matches, starts, starts_any, u16_at, u32_at, u32_le};
use crate::protocol::{FirstBytes, Protocol, Side, Verdict};

/// BACnet/IP (ASHRAE 135, annex J): 0x81, a function, the length of the datagram.
pub(super) const BACNET: Protocol = Protocol::udp(
    "bacnet",
    &[47808],
    FirstBytes::both(&[(0x81, 0x81)]),
    |_, bytes| match bytes {
        [0x81, function @ 0..=0x0c, ..] => {
            let whole = u16_at(bytes, 2).is_some_and(|length| is_whole(bytes, length.into()));
            // What carries a network message has its version, 1, after a header of 4 or 10.
            let network = match function {
                4 => byte(bytes, 10) == Some(1),
                9..=11 => byte(bytes, 4) == Some(1),
                _ => false,
            };
            match (whole, network) {
                (true, true) => Verdict::Match,
                (holds, _) => fits(holds),
            }
        }
        _ => Verdict::NoMatch,
    },
);

/// IEC 60870-5-104, section 5: 0x68, a length, four control bytes.
pub(super) const IEC104: Protocol = Protocol::tcp(
    "iec104",
    &[2404],
    FirstBytes::both(&[(0x68, 0x68)]),
    |_, bytes| match bytes {
        // STARTDT, STOPDT and TESTFR, acts and confirmations.
        [
            0x68,
            4,
            0x07 | 0x0b | 0x13 | 0x23 | 0x43 | 0x83,
            0,
            0,
            0,
            ..,
        ] => Verdict::Match,
        [0x68, 4, 1, 0, low, _, ..] => fits(low & 1 == 0),
        [0x68, 10..=253, send, _, receive, _, ..] => fits(send & 1 == 0 && receive & 1 == 0),
        _ if bytes.len() < 6 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// Frames on top of TPKT (RFC 1006) that are looked through for the first data.
const MOST_FRAMES: usize = 4;

/// The first data of ISO transport (RFC 1006, ISO 8073), after connection request and confirm.
fn cotp_data(bytes: &[u8]) -> Result<u8, Verdict> {
    let mut rest = bytes;
    for _ in 0..MOST_FRAMES {
        let (Some(start), Some(length), Some(kind)) =
            (u16_at(rest, 0), u16_at(rest, 2), byte(rest, 5))
        else {
            return Err(Verdict::Unsure);
        };
        if start != 0x0300 || length < 7 {
            return Err(Verdict::NoMatch);
        }
        match kind {
            0xd0 | 0xe0 => rest = rest.get(usize::from(length)..).unwrap_or_default(),
            0xf0 => return byte(rest, 7).ok_or(Verdict::Unsure),
            _ => return Err(Verdict::NoMatch),
        }
    }
    Err(Verdict::NoMatch)
}

/// Siemens' S7 communication, by the identifier of its messages.
pub(super) const S7COMM: Protocol = Protocol::tcp(
    "s7comm",
    &[102],
    FirstBytes::both(&[(3, 3)]),
    |_, bytes| match cotp_data(bytes) {
        Ok(identifier) => matches(identifier == 0x32),
        Err(verdict) => verdict,
    },
);

/// Its successor.
pub(super) const S7COMM_PLUS: Protocol = Protocol::tcp(
    "s7comm-plus",
    &[102],
    FirstBytes::both(&[(3, 3)]),
    |_, bytes| match cotp_data(bytes) {
        Ok(identifier) => matches(identifier == 0x72),
        Err(verdict) => verdict,
    },
);

/// HART-IP (HCF specification 85): version, type, identifier, status, sequence, length.
fn hart(bytes: &[u8]) -> Verdict {
    match bytes {
        [1, 0..=3 | 15, 0..=4, _, ..] => {
            fits(u16_at(bytes, 6).is_some_and(|length| is_whole(bytes, length.into())))
        }
        _ if bytes.len() < 8 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// HART-IP over TCP.
pub(super) const HART_TCP: Protocol = Protocol::tcp(
    "hart-ip",
    &[5094, 5095],
    FirstBytes::both(&[(1, 1)]),
    |_, bytes| hart(bytes),
);

/// HART-IP over UDP.
pub(super) const HART_UDP: Protocol = Protocol::udp(
    "hart-ip",
    &[5094, 5095],
    FirstBytes::both(&[(1, 1)]),
    |_, bytes| hart(bytes),
);

/// OPC UA's connection protocol (part 6, section 7.1): three letters, `F`, a length.
pub(super) const OPCUA: Protocol = Protocol::tcp(
    "opcua",
    &[4840],
    FirstBytes::sides(
        &[(b'H', b'H'), (b'O', b'O'), (b'M', b'M'), (b'C', b'C')],
        &[
            (b'A', b'A'),
            (b'E', b'E'),
            (b'R', b'R'),
            (b'O', b'O'),
            (b'M', b'M'),
        ],
    ),
    |_, bytes| {
        const KINDS: &[&[u8]] = &[
            b"HELF", b"ACKF", b"RHEF", b"ERRF", b"OPNF", b"MSGF", b"MSGC", b"CLOF",
        ];
        match (starts_any(bytes, KINDS), u32_le(bytes, 4)) {
            (Verdict::Match, None) => Verdict::Unsure,
            (Verdict::Match, Some(length)) => matches((8..1 << 24).contains(&length)),
            (verdict, _) => verdict,
        }
    },
);

/// ANSI C12.22, meters: an ACSE association whose first element names the other end.
fn c1222(bytes: &[u8]) -> Verdict {
    match bytes {
        [0x60, 0..=0x7f, 0xa1 | 0xa2 | 0xa4 | 0xa6..=0xa8, _, ..]
        | [0x60, 0x81, _, 0xa1 | 0xa2 | 0xa4 | 0xa6..=0xa8, ..] => Verdict::Weak,
        _ if bytes.len() < 4 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// C12.22 over TCP.
pub(super) const C1222_TCP: Protocol = Protocol::tcp(
    "c1222",
    &[1153],
    FirstBytes::both(&[(0x60, 0x60)]),
    |_, bytes| c1222(bytes),
);

/// C12.22 over UDP.
pub(super) const C1222_UDP: Protocol = Protocol::udp(
    "c1222",
    &[1153],
    FirstBytes::both(&[(0x60, 0x60)]),
    |_, bytes| c1222(bytes),
);

/// IEEE C37.118.2, section 6: 0xaa, kind and version, the length of the frame.
fn synchrophasor(bytes: &[u8]) -> Verdict {
    match bytes {
        [0xaa, kind, ..] if kind >> 4 <= 5 && matches!(kind & 0x8f, 1..=3) => {
            match u16_at(bytes, 2).map(usize::from) {
                None => Verdict::Unsure,
                Some(length @ 16..) if is_whole(bytes, length) => Verdict::Match,
                Some(length) => fits(length >= 16),
            }
        }
        [0xaa] => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// Synchrophasors over TCP.
pub(super) const SYNCHROPHASOR_TCP: Protocol = Protocol::tcp(
    "synchrophasor",
    &[4712],
    FirstBytes::both(&[(0xaa, 0xaa)]),
    |_, bytes| synchrophasor(bytes),
);

/// Synchrophasors over UDP.
pub(super) const SYNCHROPHASOR_UDP: Protocol = Protocol::udp(
    "synchrophasor",
    &[4712, 4713],
    FirstBytes::both(&[(0xaa, 0xaa)]),
    |_, bytes| synchrophasor(bytes),
);

/// SOME/IP (AUTOSAR protocol specification, section 4.1.2).
pub(super) const SOMEIP: Protocol = Protocol::udp(
    "someip",
    &[30490],
    FirstBytes::both(&[(0, 0xff)]),
    |_, bytes| {
        let length = u32_at(bytes, 4).map(|length| length as usize);
        let whole = length.is_some_and(|length| {
            length
                .checked_add(8)
                .is_some_and(|length| is_whole(bytes, length))
        });
        let (requests, answers) = (0..=2, 0x80..=0x81);
        let tail = match bytes.get(12..16) {
            // Some transport segments of long messages have 0x20 added.
            Some([1, _, kind, 0..=0x5e]) => {
                let kind = kind & !0x20;
                requests.contains(&kind) || answers.contains(&kind)
            }
            _ => false,
        };
        matches(whole && tail)
    },
);

/// RTPS (OMG DDSI-RTPS, section 9.4.4), the transport of data distribution services.
pub(super) const RTPS: Protocol = Protocol::udp(
    "rtps",
    &[7400, 7401, 7410, 7411],
    FirstBytes::both(&[(b'R', b'R')]),
    |_, bytes| starts_any(bytes, &[b"RTPS\x01", b"RTPS\x02", b"RTPX\x02"]),
);

/// KNXnet/IP (ISO 22510): a header of six bytes, version 1.0, a service, the length.
pub(super) const KNX: Protocol = Protocol::udp(
    "knx",
    &[3671],
    FirstBytes::both(&[(6, 6)]),
    |_, bytes| match bytes {
        [6, 0x10, 2 | 4 | 5 | 9, 0..=0x31, ..] => {
            matches(u16_at(bytes, 4).is_some_and(|length| is_whole(bytes, length.into())))
        }
        _ => Verdict::NoMatch,
    },
);

/// Beckhoff's ADS over AMS: two zeros, a length, addresses, and in it a command and flags.
pub(super) const ADS: Protocol = Protocol::tcp(
    "ads",
    &[48898],
    FirstBytes::both(&[(0, 0)]),
    |_, bytes| match (bytes, u32_le(bytes, 2)) {
        ([0, 0, ..], Some(length @ 32..=0xffff)) if bytes.len() >= 38 => {
            let data = u32_le(bytes, 26);
            let command = matches!(bytes.get(22..24), Some([0..=9, 0]));
            let flags = matches!(bytes.get(24..26), Some([4 | 5, 0]));
            matches(command && flags && data == length.checked_sub(32))
        }
        _ if bytes.len() < 38 && matches!(bytes, [] | [0] | [0, 0, ..]) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);

/// HL7 version 2 in its minimal lower layer: a vertical tab, then the header segment.
pub(super) const HL7: Protocol = Protocol::tcp(
    "hl7",
    &[2575],
    FirstBytes::both(&[(0x0b, 0x0b)]),
    |_, bytes| starts(bytes, b"\x0bMSH|^~\\&"),
);

/// DICOM's association request and its answers (PS3.8, section 9.3).
pub(super) const DICOM: Protocol = Protocol::tcp(
    "dicom",
    &[104, 11112],
    FirstBytes::sides(&[(1, 1)], &[(2, 3)]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [1, 0, 0, 0, _, _, 0, 1, 0, 0, ..]) => {
            matches(bytes.len() < 77 || has(bytes, b"1.2.840.10008", 256))
        }
        (Side::Server, [2, 0, 0, 0, _, _, 0, 1, 0, 0, ..] | [3, 0, 0, 0, 0, 4, 0, ..]) => {
            Verdict::Weak
        }
        _ if bytes.len() < 10 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);
