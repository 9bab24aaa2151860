//! What networks run on: time, addresses, directories, management, routing.

use super::pairs::ends_with_attributes;
use super::read::{ber, byte, fits, is_text, matches, u16_at, u32_at};
use crate::protocol::{FirstBytes, Protocol, Transport, Verdict};

/// NTP and SNTP (RFC 5905, section 7.3).
pub(super) const NTP: Protocol = Protocol {
    name: "ntp",
    transport: Transport::Udp,
    ports: &[123],
    first: FirstBytes {
        client: &[(0x08, 0x27), (0xc8, 0xe7)],
        server: &[(0x08, 0x27), (0x48, 0x67), (0x88, 0xa7), (0xc8, 0xe7)],
    },
    probe: |_, bytes| {
        let Some(first) = byte(bytes, 0) else {
            return Verdict::Unsure;
        };
        let (version, mode) = ((first >> 3) & 7, first & 7);
        let timing = (1..=5).contains(&mode) && bytes.len() >= 48;
        let control = mode >= 6 && bytes.len() >= 8;
        fits((1..=4).contains(&version) && (timing || control))
    },
};

/// DHCP and BOOTP (RFC 2131): the magic number after the fixed fields.
pub(super) const DHCP: Protocol = Protocol {
    name: "dhcp",
    transport: Transport::Udp,
    ports: &[67, 68],
    first: FirstBytes {
        client: &[(1, 2)],
        server: &[(1, 2)],
    },
    probe: |_, bytes| matches(u32_at(bytes, 236) == Some(0x6382_5363)),
};

/// DHCPv6 (RFC 8415, section 8).
pub(super) const DHCPV6: Protocol = Protocol {
    name: "dhcpv6",
    transport: Transport::Udp,
    ports: &[546, 547],
    first: FirstBytes {
        client: &[(1, 13)],
        server: &[(1, 13)],
    },
    // The first option is one of those assigned and lies within the datagram. Away from its ports all
    // options must do so, among them one that says who is asked or asks.
    probe: |_, bytes| {
        if matches!(byte(bytes, 0), Some(1..=11)) && is_all_options(bytes) {
            return Verdict::Match;
        }
        let option = u16_at(bytes, 4).is_some_and(|code| (1..=150).contains(&code));
        fits(option || matches!(byte(bytes, 0), Some(12 | 13)))
    },
};

/// Whether three or more options of DHCPv6, one of them an identifier of client or server, fill a message.
fn is_all_options(message: &[u8]) -> bool {
    let mut rest = message.get(4..).unwrap_or_default();
    let (mut count, mut has_identifier) = (0, false);
    while let [high, low, long, short, after @ ..] = rest {
        let code = u16::from_be_bytes([*high, *low]);
        let length = usize::from(u16::from_be_bytes([*long, *short]));
        let Some((_, after)) = after
            .split_at_checked(length)
            .filter(|_| (1..=150).contains(&code))
        else {
            return false;
        };
        has_identifier |= matches!(code, 1 | 2) && length >= 4;
        count += 1;
        rest = after;
    }
    rest.is_empty() && count >= 3 && has_identifier
}

/// SNMP 1, 2c and 3 (RFC 1157, RFC 3412): a sequence, a version, a community or a header.
pub(super) const SNMP: Protocol = Protocol {
    name: "snmp",
    transport: Transport::Udp,
    ports: &[161, 162],
    first: FirstBytes {
        client: &[(0x30, 0x30)],
        server: &[(0x30, 0x30)],
    },
    probe: |_, bytes| {
        let Some((offset, _)) = ber(bytes, 0x30) else {
            return Verdict::NoMatch;
        };
        match bytes.get(offset..) {
            Some([2, 1, 0 | 1, 4, length, community @ ..]) => {
                matches(is_text(community, usize::from(*length).min(32)) && *length > 0)
            }
            Some([2, 1, 3, 0x30, _, 2, ..]) => Verdict::Match,
            _ => Verdict::NoMatch,
        }
    },
};

/// LDAP (RFC 4511, section 4.2): a message number and an operation.
pub(super) const LDAP: Protocol = Protocol {
    name: "ldap",
    transport: Transport::Tcp,
    ports: &[389, 3268],
    first: FirstBytes {
        client: &[(0x30, 0x30)],
        server: &[(0x30, 0x30)],
    },
    probe: |_, bytes| ldap(bytes),
};

/// Connectionless LDAP (RFC 1798), with which domain members look for controllers.
pub(super) const LDAP_UDP: Protocol = Protocol {
    name: "ldap",
    transport: Transport::Udp,
    ports: &[389, 3268],
    first: FirstBytes {
        client: &[(0x30, 0x30)],
        server: &[(0x30, 0x30)],
    },
    probe: |_, bytes| ldap(bytes),
};

/// A message number, an operation, and in it what that operation begins with.
fn ldap(bytes: &[u8]) -> Verdict {
    let Some((offset, _)) = ber(bytes, 0x30) else {
        return if bytes.len() < 6 {
            Verdict::Unsure
        } else {
            Verdict::NoMatch
        };
    };
    let operation = match bytes.get(offset..) {
        Some(
            [2, 1, _, rest @ ..]
            | [2, 2, _, _, rest @ ..]
            | [2, 3, _, _, _, rest @ ..]
            | [2, 4, _, _, _, _, rest @ ..],
        ) => rest,
        Some([2, 1..=4, ..] | [2] | []) | None => return Verdict::Unsure,
        _ => return Verdict::NoMatch,
    };
    let Some(tag) = operation.first().copied() else {
        return Verdict::Unsure;
    };
    let inside = match tag {
        0x42 => return matches(byte(operation, 1) == Some(0)),
        0x4a | 0x50 => return fits(byte(operation, 1).is_some_and(|length| length < 0x80)),
        _ => ber(operation, tag).and_then(|(offset, _)| operation.get(offset..)),
    };
    match (tag, inside) {
        (0x60, Some([2, 1, version, ..])) => matches((1..=3).contains(version)),
        (0x63 | 0x64 | 0x66 | 0x68 | 0x6c | 0x6e | 0x73, Some([4, ..])) => Verdict::Match,
        (0x61 | 0x65 | 0x67 | 0x69 | 0x6b | 0x6d | 0x6f | 0x78, Some([0x0a, 1, _, 4, ..])) => {
            Verdict::Match
        }
        (0x77, Some([0x80, length, b'0'..=b'2', b'.', ..])) => matches(*length < 0x80),
        (0x60..=0x78, Some([]) | None) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    }
}

/// Kerberos 5 over TCP (RFC 4120, section 7.2.2), behind a length.
pub(super) const KRB5_TCP: Protocol = Protocol {
    name: "krb5",
    transport: Transport::Tcp,
    ports: &[88, 464],
    first: FirstBytes {
        client: &[(0x00, 0x00)],
        server: &[(0x00, 0x00)],
    },
    probe: |_, bytes| match bytes.get(4..) {
        None | Some([]) => Verdict::Unsure,
        Some(message) => kerberos(message),
    },
};

/// Kerberos 5 over UDP.
pub(super) const KRB5_UDP: Protocol = Protocol {
    name: "krb5",
    transport: Transport::Udp,
    ports: &[88, 464],
    first: FirstBytes {
        client: &[(0x6a, 0x6d)],
        server: &[(0x6a, 0x6d), (0x7e, 0x7e)],
    },
    probe: |_, bytes| kerberos(bytes),
};

/// An application tag, a sequence, and in it the version, which is 5.
fn kerberos(bytes: &[u8]) -> Verdict {
    let version = [0x6a, 0x6b, 0x6c, 0x6d, 0x7e].iter().find_map(|tag| {
        let (outer, _) = ber(bytes, *tag)?;
        let rest = bytes.get(outer..)?;
        let (inner, _) = ber(rest, 0x30)?;
        rest.get(inner..)?.first_chunk::<5>()
    });
    matches(matches!(version, Some([0xa0 | 0xa1, 3, 2, 1, 5])))
}

/// RADIUS (RFC 2865, section 3).
pub(super) const RADIUS: Protocol = Protocol {
    name: "radius",
    transport: Transport::Udp,
    ports: &[1812, 1813, 1645, 1646, 3799],
    first: FirstBytes {
        client: &[(1, 5), (12, 12), (40, 45)],
        server: &[(2, 5), (11, 11), (40, 45)],
    },
    probe: |_, bytes| {
        // What is behind its length is padding; a long one may be cut off in the capture.
        let length = u16_at(bytes, 2).map_or(0, usize::from);
        // A request begins with the user's name (section 4.1), and attributes end where it says.
        let is_exact = length == bytes.len() && length > 24 && byte(bytes, 20) == Some(1);
        if is_exact && byte(bytes, 0) == Some(1) && ends_with_attributes(bytes) {
            return Verdict::Match;
        }
        fits((20..=4096).contains(&length) && length.min(256) <= bytes.len())
    },
};

/// Syslog (RFC 5424, section 6): a priority in angle brackets, which some senders leave out.
pub(super) const SYSLOG: Protocol = Protocol {
    name: "syslog",
    transport: Transport::Udp,
    ports: &[514],
    first: FirstBytes {
        client: &[(b' ', b'~')],
        server: &[(b'<', b'<')],
    },
    probe: |_, bytes| {
        if byte(bytes, 0) != Some(b'<') {
            return fits(is_text(bytes, 13));
        }
        match super::routing::syslog(bytes) {
            Verdict::Unsure => Verdict::NoMatch,
            verdict => verdict,
        }
    },
};

/// Service location (RFC 2608, section 8).
pub(super) const SLP: Protocol = Protocol {
    name: "slp",
    transport: Transport::Udp,
    ports: &[427],
    first: FirstBytes {
        client: &[(1, 2)],
        server: &[(1, 2)],
    },
    probe: |_, bytes| {
        let length = u32_at(bytes, 1).map_or(0, |word| word & 0x00ff_ffff) as usize;
        match bytes {
            // Version, function and 24 bits of length are proof enough, with a language tag behind them.
            [2, 1..=11, ..] if length == bytes.len() && u16_at(bytes, 12) == Some(2) => {
                Verdict::Match
            }
            [2, 1..=11, ..] => fits(length.min(crate::WINDOW) == bytes.len()),
            [1, 1..=10, ..] => fits(u16_at(bytes, 2).map(usize::from) == Some(bytes.len())),
            _ => Verdict::NoMatch,
        }
    },
};

/// BGP (RFC 4271, section 4.1): sixteen bytes of ones.
pub(super) const BGP: Protocol = Protocol {
    name: "bgp",
    transport: Transport::Tcp,
    ports: &[179],
    first: FirstBytes {
        client: &[(0xff, 0xff)],
        server: &[(0xff, 0xff)],
    },
    probe: |_, bytes| {
        let marker = bytes.iter().take(16).all(|byte| *byte == 0xff);
        match (marker, bytes.len()) {
            (true, 0..16) => Verdict::Unsure,
            (holds, _) => matches(holds),
        }
    },
};
