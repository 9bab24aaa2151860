//! Controllers and small devices.

use super::read::{fits, u16_at};
use crate::protocol::{FirstBytes, Protocol, Transport, Verdict};

/// Modbus over TCP (its messaging guide, section 3.1.3).
pub(super) const MODBUS: Protocol = Protocol {
    name: "modbus",
    transport: Transport::Tcp,
    ports: &[502],
    first: FirstBytes {
        client: &[(0x00, 0xff)],
        server: &[(0x00, 0xff)],
    },
    probe: |_, bytes| match (u16_at(bytes, 2), u16_at(bytes, 4)) {
        (Some(0), Some(length @ 2..=254)) => fits(bytes.len() >= usize::from(length) + 6),
        _ if bytes.len() < 6 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
};

/// DNP3's link layer (IEEE 1815).
pub(super) const DNP3: Protocol = Protocol {
    name: "dnp3",
    transport: Transport::Tcp,
    ports: &[20000],
    first: FirstBytes {
        client: &[(0x05, 0x05)],
        server: &[(0x05, 0x05)],
    },
    probe: |_, bytes| dnp3(bytes),
};

/// The same in datagrams.
pub(super) const DNP3_UDP: Protocol =
    Protocol::udp("dnp3", &[20000], FirstBytes::both(&[(5, 5)]), |_, bytes| {
        dnp3(bytes)
    });

fn dnp3(bytes: &[u8]) -> Verdict {
    match bytes {
        [5, 0x64, 5..=255, ..] if bytes.len() >= 10 => Verdict::Weak,
        [5] | [5, 0x64, ..] if bytes.len() < 10 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// EtherNet/IP's encapsulation: a command, a length, a session, status 0.
pub(super) const ENIP: Protocol = Protocol {
    name: "enip",
    transport: Transport::Tcp,
    ports: &[44818],
    first: FirstBytes {
        client: &[(0x00, 0x70)],
        server: &[(0x00, 0x70)],
    },
    probe: |_, bytes| enip(bytes),
};

/// The same in datagrams, in which devices are looked for.
pub(super) const ENIP_UDP: Protocol = Protocol::udp(
    "enip",
    &[44818],
    FirstBytes::both(&[(0x00, 0x70)]),
    |_, bytes| enip(bytes),
);

fn enip(bytes: &[u8]) -> Verdict {
    match bytes {
        [0x01 | 0x04 | 0x63..=0x66 | 0x6f | 0x70, 0, ..] if bytes.len() >= 24 => {
            fits(bytes.get(8..12) == Some(&[0; 4]))
        }
        _ if bytes.len() < 24 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// CoAP (RFC 7252, section 3): version 1 and a token of at most eight bytes.
pub(super) const COAP: Protocol = Protocol {
    name: "coap",
    transport: Transport::Udp,
    ports: &[5683],
    first: FirstBytes {
        client: &[(0x40, 0x7f)],
        server: &[(0x40, 0x7f)],
    },
    probe: |_, bytes| match bytes {
        [first, _, _, _, ..] => fits(first & 15 <= 8),
        _ => Verdict::NoMatch,
    },
};
