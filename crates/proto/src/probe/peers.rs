//! Chat, proxies and file sharing between peers.

use super::read::{fits, matches, says, starts, starts_any, u32_at, u32_le, weakly};
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// IRC (RFC 2812), which bots still use to take orders.
pub(super) const IRC: Protocol = Protocol {
    name: "irc",
    transport: Transport::Tcp,
    ports: &[
        6667, 6660, 6661, 6662, 6663, 6664, 6665, 6666, 6668, 6669, 7000, 194,
    ],
    first: FirstBytes {
        client: &[
            (b'N', b'N'),
            (b'U', b'U'),
            (b'P', b'P'),
            (b'C', b'C'),
            (b'n', b'n'),
        ],
        server: &[(b':', b':'), (b'N', b'N')],
    },
    probe: |side, bytes| match side {
        Side::Client => irc_client(bytes),
        Side::Server => irc_server(bytes),
    },
};

fn irc_client(bytes: &[u8]) -> Verdict {
    match starts_any(bytes, &[b"NICK ", b"CAP LS", b"CAP REQ", b"nick "]) {
        Verdict::NoMatch => {}
        verdict => return verdict,
    }
    // FTP and POP3 say USER and PASS as well, but never four words with a colon.
    match starts_any(bytes, &[b"USER ", b"PASS "]) {
        Verdict::Match if says(bytes, b" :") || says(bytes, b"\nNICK ") => Verdict::Match,
        verdict => weakly(verdict),
    }
}

fn irc_server(bytes: &[u8]) -> Verdict {
    match starts(bytes, b"NOTICE AUTH ") {
        Verdict::NoMatch => {}
        verdict => return verdict,
    }
    let line = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    if !bytes.starts_with(b":") || !super::read::is_text(line, 64) {
        return Verdict::NoMatch;
    }
    if says(line, b" NOTICE ")
        || says(line, b" 001 ")
        || says(line, b" 020 ")
        || says(line, b" 670 ")
    {
        return Verdict::Match;
    }
    fits(bytes.len() > 8)
}

/// XMPP (RFC 6120, section 4.2).
pub(super) const XMPP: Protocol = Protocol {
    name: "xmpp",
    transport: Transport::Tcp,
    ports: &[5222, 5269],
    first: FirstBytes {
        client: &[(b'<', b'<')],
        server: &[(b'<', b'<')],
    },
    probe: |_, bytes| match starts_any(
        bytes,
        &[
            b"<?xml",
            b"<stream:",
            b"<open ",
            b"<presence ",
            b"<message ",
            b"<iq ",
            b"</stream:stream>",
        ],
    ) {
        Verdict::Match if bytes.starts_with(b"</") => Verdict::Match,
        Verdict::Match if says(bytes, b"<STREAM:STREAM") => Verdict::Match,
        // Anything may begin with an XML declaration.
        Verdict::Match if bytes.starts_with(b"<?") && bytes.len() > 64 => Verdict::NoMatch,
        Verdict::Match if bytes.starts_with(b"<?") => Verdict::Unsure,
        verdict => weakly(verdict),
    },
};

/// SOCKS 4 and 5 (RFC 1928, section 3).
pub(super) const SOCKS: Protocol = Protocol {
    name: "socks",
    transport: Transport::Tcp,
    ports: &[1080, 9050, 9150],
    first: FirstBytes {
        client: &[(0x04, 0x05)],
        server: &[(0x00, 0x00), (0x05, 0x05)],
    },
    probe: |side, bytes| match (side, bytes) {
        (Side::Client, [5, count, methods @ ..]) => fits(
            *count > 0
                && methods.len() == usize::from(*count)
                && methods.iter().all(|method| matches!(method, 0..=9 | 0x80)),
        ),
        (Side::Client, [4, 1 | 2, _, _, _, _, _, _, user @ ..]) => fits(user.ends_with(&[0])),
        (Side::Server, [5, 0..=2 | 0xff] | [0, 0x5a..=0x5d, _, _, _, _, _, _]) => Verdict::Weak,
        (Side::Client | Side::Server, [_]) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
};

/// `BitTorrent` between peers (BEP 3).
pub(super) const BITTORRENT: Protocol = Protocol {
    name: "bittorrent",
    transport: Transport::Tcp,
    ports: &[6881, 51413],
    first: FirstBytes {
        client: &[(0x13, 0x13), (b'B', b'B')],
        server: &[(0x13, 0x13), (b'B', b'B')],
    },
    probe: |_, bytes| starts_any(bytes, &[b"\x13BitTorrent protocol", b"BSYNC\0"]),
};

/// `BitTorrent`'s distributed table (BEP 5): bencoded questions and answers.
pub(super) const BITTORRENT_DHT: Protocol = Protocol {
    name: "bittorrent-dht",
    transport: Transport::Udp,
    ports: &[6881],
    first: FirstBytes {
        client: &[(b'd', b'd')],
        server: &[(b'd', b'd')],
    },
    probe: |_, bytes| {
        starts_any(
            bytes,
            &[
                b"d1:ad2:id20:",
                b"d1:rd2:id20:",
                b"d1:eli20",
                b"d2:ip6:",
                b"d1:ad4:",
                b"d1:q4:ping",
                b"d1:q9:find_node",
                b"d1:q9:get_peers",
                b"d1:q13:announce_peer",
            ],
        )
    },
};

/// `BitTorrent` in datagrams (BEP 29): kind and version, an extension, a window and two counters.
/// Its clients also search in the local network (BEP 14), and Sync has a protocol of its own.
pub(super) const BITTORRENT_UDP: Protocol = Protocol::udp(
    "bittorrent",
    &[6771, 6881, 6882, 6883, 6889, 51413],
    FirstBytes::both(&[
        (0x01, 0x01),
        (0x11, 0x11),
        (0x21, 0x21),
        (0x31, 0x31),
        (0x41, 0x42),
    ]),
    |_, bytes| match bytes {
        [b'B', ..] => starts_any(bytes, &[b"BT-SEARCH * HTTP/1.", b"BSYNC\0"]),
        // The first packet: it has not measured anything, is number 1 and carries nothing.
        [0x41, 0..=2, ..] if u32_at(bytes, 8) == Some(0) && u32_at(bytes, 16) == Some(0x1_0000) => {
            matches(bytes.len() <= 40)
        }
        [_, 0..=2, ..] => fits(bytes.len() >= 20),
        _ => Verdict::NoMatch,
    },
);

/// Gnutella 0.4 and 0.6.
pub(super) const GNUTELLA_TCP: Protocol = Protocol::tcp(
    "gnutella",
    &[6346, 6347],
    FirstBytes::both(&[(b'G', b'G')]),
    |_, bytes| {
        starts_any(
            bytes,
            &[b"GNUTELLA CONNECT/", b"GNUTELLA/0.", b"GNUTELLA OK"],
        )
    },
);

/// Gnutella 2's datagrams.
pub(super) const GNUTELLA_UDP: Protocol = Protocol::udp(
    "gnutella",
    &[6346, 6347],
    FirstBytes::both(&[(b'G', b'G')]),
    |_, bytes| match bytes {
        [b'G', b'N', b'D', 0..=3, _, _, part, parts, ..] => fits(part <= parts),
        _ => Verdict::NoMatch,
    },
);

/// eDonkey: a mark, a little-endian length, a greeting.
pub(super) const EDONKEY: Protocol = Protocol::tcp(
    "edonkey",
    &[4661, 4662],
    FirstBytes::both(&[(0xc5, 0xc5), (0xd4, 0xd4), (0xe3, 0xe3)]),
    |_, bytes| match (u32_le(bytes, 1), bytes.get(5)) {
        (Some(length), Some(1 | 0x40 | 0x4c)) => {
            matches((length as usize).checked_add(5) == Some(bytes.len()))
        }
        (_, None) => Verdict::Unsure,
        _ => Verdict::NoMatch,
    },
);
