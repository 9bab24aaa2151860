//! Names: DNS and the protocols that use its messages.

use super::read::{byte, fits, is_text, matches, u16_at};
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

const ANY: &[(u8, u8)] = &[(0x00, 0xff)];

/// Multicast DNS (RFC 6762).
pub(super) const MDNS: Protocol = Protocol {
    name: "mdns",
    transport: Transport::Udp,
    ports: &[5353],
    first: FirstBytes {
        client: ANY,
        server: ANY,
    },
    probe: |_, bytes| fits(is_message(bytes, 64)),
};

/// Link-local multicast name resolution (RFC 4795).
pub(super) const LLMNR: Protocol = Protocol {
    name: "llmnr",
    transport: Transport::Udp,
    ports: &[5355],
    first: FirstBytes {
        client: ANY,
        server: ANY,
    },
    probe: |_, bytes| fits(is_message(bytes, 8)),
};

/// NetBIOS names (RFC 1002, section 4.2): 32 letters A to P.
pub(super) const NBNS: Protocol = Protocol {
    name: "nbns",
    transport: Transport::Udp,
    ports: &[137],
    first: FirstBytes {
        client: ANY,
        server: ANY,
    },
    probe: |_, bytes| {
        let name = bytes.get(13..45).unwrap_or_default();
        let letters = name.iter().filter(|letter| (b'A'..=b'P').contains(letter));
        // A few are wrong in broken messages, which are still nothing else.
        fits(byte(bytes, 12) == Some(32) && letters.count() >= 16)
    },
};

/// `DNSCrypt` 2: the question for a resolver's certificate, which is DNS itself, and answers that
/// begin with a magic number of their own.
pub(super) const DNSCRYPT: Protocol = Protocol {
    name: "dnscrypt",
    transport: Transport::Udp,
    ports: &[443, 5353],
    first: FirstBytes {
        client: ANY,
        server: ANY,
    },
    probe: |side, bytes| {
        let certificate = bytes.get(12..).unwrap_or_default();
        matches(
            certificate.starts_with(b"\x012\x0ddnscrypt-cert")
                || (side == Side::Server && bytes.starts_with(b"r6fnvWj8")),
        )
    },
};

/// DNS over UDP (RFC 1035, section 4.1).
pub(super) const DNS_UDP: Protocol = Protocol {
    name: "dns",
    transport: Transport::Udp,
    ports: &[53],
    first: FirstBytes {
        client: ANY,
        server: ANY,
    },
    probe: |_, bytes| dns(bytes),
};

/// DNS over TCP (RFC 1035, section 4.2.2): a length before each message.
pub(super) const DNS_TCP: Protocol = Protocol {
    name: "dns",
    transport: Transport::Tcp,
    ports: &[53],
    first: FirstBytes {
        client: &[(0x00, 0x0f)],
        server: ANY,
    },
    probe: |side, bytes| match (side, u16_at(bytes, 0), bytes.get(2..)) {
        (_, Some(12..), Some(message)) if message.len() < 12 => Verdict::Unsure,
        // Updates and names made to be long are still far below this.
        (Side::Client, Some(12..=4095), Some(message)) => dns(message),
        (Side::Server, Some(12..), Some(message)) => match dns(message) {
            Verdict::Match => Verdict::Weak,
            verdict => verdict,
        },
        (_, None, _) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
};

/// A message with one question that can be read is DNS; others that fit are so on port 53.
fn dns(bytes: &[u8]) -> Verdict {
    let plain = question_is_plain(bytes);
    if !is_message(bytes, 8) {
        // Counts that cannot be: on its own port still a DNS message, a broken one.
        let opcode = byte(bytes, 2).is_some_and(|flags| flags & 0x78 <= 0x28);
        let label = bytes.get(13..).unwrap_or_default();
        let length = byte(bytes, 12).map_or(0, usize::from);
        let readable = label.len() > length && is_text(label, length);
        return fits(is_odd_question(bytes) || plain && opcode && readable);
    }
    if u16_at(bytes, 4) == Some(1) && plain {
        Verdict::Match
    } else {
        Verdict::Weak
    }
}

/// A message about one plain question whose header says things that are not assigned.
fn is_odd_question(bytes: &[u8]) -> bool {
    let counts = (u16_at(bytes, 4), u16_at(bytes, 6));
    matches!(counts, (Some(1), Some(0..=64))) && question_is_plain(bytes)
}

/// A header whose counts and codes are possible. The most questions differ by protocol.
fn is_message(bytes: &[u8], most_questions: u16) -> bool {
    let (Some(flags), Some(questions), Some(answers), Some(authorities), Some(additional)) = (
        u16_at(bytes, 2),
        u16_at(bytes, 4),
        u16_at(bytes, 6),
        u16_at(bytes, 8),
        u16_at(bytes, 10),
    ) else {
        return false;
    };
    let is_response = flags & 0x8000 != 0;
    let opcode = (flags >> 11) & 15;
    let response_code = flags & 15;
    let reserved = flags & 0x0040 != 0;
    let records = u32::from(answers) + u32::from(authorities) + u32::from(additional);
    let plausible = if is_response {
        records <= 1024 && (questions > 0 || records > 0 || response_code != 0)
    } else {
        response_code == 0 && questions > 0 && (records <= 16 || opcode == 5)
    };
    !reserved && matches!(opcode, 0 | 1 | 2 | 4 | 5) && questions <= most_questions && plausible
}

/// Reads the first question's name and checks that its type and class are assigned ones.
fn question_is_plain(bytes: &[u8]) -> bool {
    let mut offset = 12;
    loop {
        match byte(bytes, offset) {
            Some(0) => break,
            Some(length @ 1..=63) => offset += 1 + length as usize,
            // The window may end within a long name.
            None => return offset > bytes.len().min(64),
            Some(_) => return false,
        }
    }
    let class = u16_at(bytes, offset + 3);
    let kind = u16_at(bytes, offset + 1);
    matches!(class, Some(1 | 3 | 4 | 254 | 255) | None)
        && kind.is_none_or(|kind| (1..=263).contains(&kind) || kind >= 32_768)
}
