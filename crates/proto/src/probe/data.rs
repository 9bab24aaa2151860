//! Databases and message brokers.

use super::read::{byte, fits, is_text, matches, starts, starts_any, u16_at, u32_at, weakly};
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// Redis (RESP 2 and 3).
pub(super) const REDIS: Protocol = Protocol {
    name: "redis",
    transport: Transport::Tcp,
    ports: &[6379],
    first: FirstBytes {
        client: &[(b'*', b'*'), (b'P', b'P'), (b'I', b'I')],
        server: &[
            (b'+', b'+'),
            (b'-', b'-'),
            (b'$', b'$'),
            (b'*', b'*'),
            (b':', b':'),
            (b'|', b'|'),
        ],
    },
    probe: |side, bytes| match side {
        Side::Client => redis_command(bytes),
        Side::Server => match starts_any(bytes, &[b"+PONG\r\n", b"-NOAUTH ", b"-DENIED Redis"]) {
            Verdict::NoMatch => redis_reply(bytes),
            verdict => verdict,
        },
    },
};

/// What answers a command that came as a line: `:2\r\n`, or a list or text with its length.
fn redis_reply(bytes: &[u8]) -> Verdict {
    if !matches!(byte(bytes, 0), Some(b'*' | b':' | b'|')) {
        return weakly(starts_any(bytes, &[b"+OK\r\n", b"-ERR ", b"$"]));
    }
    match length_line(bytes) {
        Some(rest) => weakly(starts(rest, b"\r\n")),
        None => Verdict::NoMatch,
    }
}

/// What stands behind a type's byte and a number of up to four digits.
fn length_line(bytes: &[u8]) -> Option<&[u8]> {
    let digits = bytes.iter().skip(1).take(4);
    let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
    bytes.get(1 + digits..).filter(|_| digits > 0)
}

/// `*2\r\n$4\r\n`: an array of strings.
fn redis_command(bytes: &[u8]) -> Verdict {
    if byte(bytes, 0) != Some(b'*') {
        return weakly(starts_any(bytes, &[b"PING\r\n", b"INFO\r\n"]));
    }
    match length_line(bytes) {
        Some(rest) => starts(rest, b"\r\n$"),
        None if bytes.len() == 1 => Verdict::Unsure,
        None => Verdict::NoMatch,
    }
}

/// PostgreSQL's start-up messages (its documentation, section 55.7).
pub(super) const PGSQL: Protocol = Protocol {
    name: "pgsql",
    transport: Transport::Tcp,
    ports: &[5432],
    first: FirstBytes {
        client: &[(0x00, 0x00)],
        server: &[],
    },
    probe: |side, bytes| match (side, u32_at(bytes, 0), u32_at(bytes, 4)) {
        // Requests for TLS, GSSAPI encryption, cancellation; then a plain start.
        (Side::Client, Some(8), Some(0x04d2_162f | 0x04d2_1630))
        | (Side::Client, Some(16), Some(0x04d2_162e))
        | (Side::Client, Some(9..=2000), Some(0x0003_0000..=0x0003_0002)) => Verdict::Match,
        (Side::Client, Some(8..=2000) | None, None) => Verdict::Unsure,
        // A start that is none, as scanners send it.
        (Side::Client, Some(8..=2000), Some(_)) => Verdict::Weak,
        _ => Verdict::NoMatch,
    },
};

/// MySQL and MariaDB: the server greets with protocol 10 and its version.
pub(super) const MYSQL: Protocol = Protocol {
    name: "mysql",
    transport: Transport::Tcp,
    ports: &[3306, 33060],
    first: FirstBytes {
        client: &[],
        server: &[(0x20, 0xff)],
    },
    probe: |side, bytes| match (side, bytes) {
        (Side::Server, [_, 0, 0, 0, 10, b'0'..=b'9', b'.' | b'0'..=b'9', rest @ ..]) => {
            matches(is_text(rest, 3))
        }
        // An error instead of a greeting, for instance "host is not allowed".
        (Side::Server, [_, 0, 0, 0, 0xff, _, 4..=5, rest @ ..]) => fits(is_text(rest, 8)),
        (Side::Server, _) if bytes.len() < 7 => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
};

/// SQL Server's TDS: a pre-login packet ([MS-TDS] 2.2.6.5).
pub(super) const TDS: Protocol = Protocol {
    name: "tds",
    transport: Transport::Tcp,
    ports: &[1433, 1434],
    first: FirstBytes {
        client: &[(0x02, 0x02), (0x12, 0x12)],
        server: &[(0x04, 0x04)],
    },
    probe: |side, bytes| match bytes.first_chunk::<8>() {
        Some([0x12, 1, _, _, 0, 0, _, 0]) if side == Side::Client => {
            let plausible = u16_at(bytes, 2).is_some_and(|length| (20..512).contains(&length));
            fits(plausible)
        }
        // Before version 7 a client logged in at once, in blocks of 512.
        Some([2, 0 | 1, 2, 0, 0, 0, _, 0]) if side == Side::Client => Verdict::Weak,
        Some([4, 1, 0, _, ..]) if side == Side::Server => Verdict::Weak,
        Some(_) => Verdict::NoMatch,
        None => Verdict::Unsure,
    },
};

/// MongoDB's wire protocol: little-endian, operation 2004 (query), 2012 or 2013 (message).
pub(super) const MONGODB: Protocol = Protocol {
    name: "mongodb",
    transport: Transport::Tcp,
    ports: &[27017],
    first: FirstBytes {
        client: &[(0x00, 0xff)],
        server: &[],
    },
    probe: |side, bytes| match (side, u32_at(bytes, 8), u32_at(bytes, 12)) {
        (Side::Client, Some(0 | 0xffff_ffff), Some(0xd407_0000 | 0xdd07_0000 | 0xdc07_0000)) => {
            Verdict::Match
        }
        _ => Verdict::NoMatch,
    },
};

/// memcached's text commands and binary requests.
pub(super) const MEMCACHED: Protocol = Protocol {
    name: "memcached",
    transport: Transport::Tcp,
    ports: &[11211],
    first: FirstBytes {
        client: &[(b'g', b'g'), (b's', b's'), (b'v', b'v'), (0x80, 0x80)],
        server: &[],
    },
    probe: |side, bytes| match (side, byte(bytes, 0)) {
        (Side::Client, Some(0x80)) => fits(bytes.len() >= 24),
        (Side::Client, _) => weakly(starts_any(
            bytes,
            &[b"get ", b"gets ", b"set ", b"stats", b"version"],
        )),
        (Side::Server, _) => Verdict::NoMatch,
    },
};

/// MQTT's CONNECT (MQTT 5.0, section 3.1).
pub(super) const MQTT: Protocol = Protocol {
    name: "mqtt",
    transport: Transport::Tcp,
    ports: &[1883],
    first: FirstBytes {
        client: &[(0x10, 0x10), (0xc0, 0xc0)],
        server: &[(0x20, 0x20), (0xd0, 0xd0)],
    },
    probe: |side, bytes| match (side, bytes) {
        // A connection that was not seen from its beginning may only be kept alive.
        (Side::Client, [0xc0, rest @ ..]) | (Side::Server, [0xd0, rest @ ..]) => match rest {
            [] => Verdict::Unsure,
            rest => fits(matches!(rest, [0, ..])),
        },
        (Side::Client, _) => mqtt_connect(bytes),
        (Side::Server, _) => mqtt_accept(bytes),
    },
};

/// Version 3 has two bytes here, version 5 properties behind them.
fn mqtt_accept(bytes: &[u8]) -> Verdict {
    match bytes {
        [0x20, 2, 0 | 1, 0..=5, ..] => Verdict::Weak,
        [0x20, length @ 3..=127, 0 | 1, 0 | 0x80.., properties, ..] => {
            fits(length.checked_sub(3) == Some(*properties))
        }
        [0x20] | [0x20, 2..=127] | [0x20, 2..=127, 0 | 1] | [0x20, 3..=127, 0 | 1, 0 | 0x80..] => {
            Verdict::Unsure
        }
        _ => Verdict::NoMatch,
    }
}

fn mqtt_connect(bytes: &[u8]) -> Verdict {
    // The remaining length takes one to four bytes, of which all but the last have the top bit.
    let more = bytes
        .iter()
        .skip(1)
        .take(3)
        .take_while(|byte| **byte & 0x80 != 0)
        .count();
    match bytes.get(2 + more..) {
        Some(rest) if !rest.is_empty() => starts_any(rest, &[b"\0\x04MQTT", b"\0\x06MQIsdp"]),
        _ => Verdict::Unsure,
    }
}

/// AMQP 0-9-1 and 1.0: a literal header.
pub(super) const AMQP: Protocol = Protocol {
    name: "amqp",
    transport: Transport::Tcp,
    ports: &[5672],
    first: FirstBytes {
        client: &[(b'A', b'A')],
        server: &[(b'A', b'A')],
    },
    probe: |_, bytes| starts(bytes, b"AMQP"),
};

/// memcached in datagrams, which attackers let others answer: eight bytes, then text commands.
pub(super) const MEMCACHED_UDP: Protocol = Protocol::udp(
    "memcached",
    &[11211],
    FirstBytes::both(&[(0x00, 0xff)]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [_, _, 0, 0, 0, 1, 0, 0, command @ ..]) => matches(
            [&b"get "[..], b"gets ", b"set ", b"stats", b"version"]
                .iter()
                .any(|known| command.starts_with(known)),
        ),
        (Side::Server, [_, _, _, _, _, _, 0, 0, answer @ ..]) => {
            matches(answer.starts_with(b"STAT ") || answer.starts_with(b"VALUE "))
        }
        _ => Verdict::NoMatch,
    },
);
