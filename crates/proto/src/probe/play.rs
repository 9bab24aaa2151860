//! Games.

use super::read::{byte, has, matches, starts_any, weakly};
use crate::protocol::{FirstBytes, Protocol, Side, Verdict};

const ALL_ONES: FirstBytes = FirstBytes::both(&[(0xff, 0xff)]);

/// Valve's server queries (its developers' pages, "Server queries").
pub(super) const SOURCE_ENGINE: Protocol = Protocol::udp(
    "source-engine",
    &[27015, 27016, 27017, 27018, 27019, 27020],
    ALL_ONES,
    |_, bytes| match starts_any(
        bytes,
        &[
            b"\xff\xff\xff\xffTSource Engine Query\0",
            b"\xff\xff\xff\xffI\x11",
            b"\xff\xff\xff\xffgetchallenge",
        ],
    ) {
        Verdict::NoMatch => weakly(starts_any(
            bytes,
            &[
                b"\xff\xff\xff\xffU",
                b"\xff\xff\xff\xffV",
                b"\xff\xff\xff\xffA",
                b"\xff\xff\xff\xffD",
                b"\xff\xff\xff\xffE",
                b"\xff\xff\xff\xffq",
                b"\xff\xff\xff\xffk",
            ],
        )),
        verdict => verdict,
    },
);

/// Quake 3's out-of-band messages, which its descendants kept.
pub(super) const QUAKE: Protocol = Protocol::udp("quake", &[27960, 28960], ALL_ONES, |_, bytes| {
    starts_any(
        bytes,
        &[
            b"\xff\xff\xff\xffgetinfo",
            b"\xff\xff\xff\xffgetstatus",
            b"\xff\xff\xff\xffgetservers",
            b"\xff\xff\xff\xffinfoResponse",
            b"\xff\xff\xff\xffstatusResponse",
            b"\xff\xff\xff\xffconnectResponse",
            b"\xff\xff\xff\xffchallengeResponse",
        ],
    )
});

/// Steam's discovery in the local network.
pub(super) const STEAM: Protocol = Protocol::udp("steam", &[27036], ALL_ONES, |_, bytes| {
    starts_any(bytes, &[b"\xff\xff\xff\xff\x21\x4c\x5f\xa0"])
});

/// `RakNet`'s offline messages, by the sixteen bytes that all of them hold.
pub(super) const RAKNET: Protocol = Protocol::udp(
    "raknet",
    &[19132, 19133],
    FirstBytes::both(&[(0x01, 0x02), (0x05, 0x08), (0x10, 0x1c)]),
    |_, bytes| {
        const MAGIC: &[u8] = b"\x00\xff\xff\x00\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78";
        matches(has(bytes, MAGIC, 64))
    },
);

/// Minecraft's handshake: length, packet 0, version, address, the game's port, what is wanted.
pub(super) const MINECRAFT: Protocol = Protocol::tcp(
    "minecraft",
    &[25565],
    FirstBytes::sides(&[(0x07, 0x7f), (0xfe, 0xfe)], &[]),
    |side, bytes| match (side, bytes) {
        (Side::Client, [length, 0, ..]) => minecraft(bytes, usize::from(*length)),
        (Side::Client, [0xfe, 1, 0xfa, ..]) => Verdict::Match,
        _ => Verdict::NoMatch,
    },
);

fn minecraft(bytes: &[u8], length: usize) -> Verdict {
    let version = bytes
        .iter()
        .skip(2)
        .take(2)
        .take_while(|byte| **byte & 0x80 != 0)
        .count()
        + 1;
    let Some(address) = byte(bytes, 2 + version).map(usize::from) else {
        return Verdict::Unsure;
    };
    let text = bytes
        .get(3 + version..3 + version + address)
        .unwrap_or_default();
    let plain = text.len() == address
        && address > 0
        && text
            .iter()
            .all(|byte| byte.is_ascii_graphic() || *byte == 0);
    let state = byte(bytes, length);
    let adds_up = length == version + address + 5;
    matches(plain && adds_up && matches!(state, Some(1..=3)))
}
