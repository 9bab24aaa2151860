//! Values of a handshake that rules look at.

use super::fields::{Buffer, ORDER};
use super::handshake::Handshake;
use crate::protocol::Side;

/// A buffer's value; see [`BUFFERS`](super::fields::BUFFERS).
pub(super) fn buffer(
    handshake: &Handshake,
    buffer: usize,
    side: Side,
    index: usize,
) -> Option<&[u8]> {
    let chain = handshake.chains.of(side);
    let client = &handshake.client;
    let (random, alpn) = match side {
        Side::Client => (&client.random, &client.alpn),
        Side::Server => (&handshake.server.random, &handshake.server.alpn),
    };
    let value: &[u8] = match ORDER.get(buffer)? {
        Buffer::Certificates => return chain.raw.get(index).map(Vec::as_slice),
        Buffer::OtherNames => return chain.names.get(index).map(String::as_bytes),
        Buffer::Alpn => return alpn.get(index).map(Vec::as_slice),
        _ if index > 0 => return None,
        Buffer::Sni => &client.sni,
        Buffer::Subject => &chain.subject,
        Buffer::Issuer => &chain.issuer,
        Buffer::Serial => chain.serial.as_bytes(),
        Buffer::Fingerprint => chain.fingerprint.as_bytes(),
        Buffer::Random => random,
        Buffer::RandomTime => random.get(..4)?,
        Buffer::RandomBytes => random.get(4..)?,
        Buffer::Ja3Hash => client.ja3.hash.as_bytes(),
        Buffer::Ja3Text => client.ja3.text.as_bytes(),
        Buffer::Ja3sHash => handshake.server.ja3s.hash.as_bytes(),
        Buffer::Ja3sText => handshake.server.ja3s.text.as_bytes(),
        Buffer::Ja4 => client.ja4.as_bytes(),
    };
    (!value.is_empty()).then_some(value)
}

/// A number's value; see [`NUMBERS`](super::fields::NUMBERS).
pub(super) fn number(
    handshake: &Handshake,
    number: usize,
    side: Side,
    index: usize,
) -> Option<u64> {
    let chain = handshake.chains.of(side);
    let date = |seconds: Option<i64>| Some(seconds?.max(0).unsigned_abs());
    if index > 0 {
        return None;
    }
    match number {
        0 => chain.length.map(|length| length as u64),
        1 => date(chain.not_before),
        2 => date(chain.not_after),
        3 | 4 => match side {
            Side::Client => handshake.client.seen.then_some(handshake.client.version),
            Side::Server => handshake.server.seen.then_some(handshake.server.chosen),
        }
        .map(u64::from),
        5 => chain.is_expired().map(u64::from),
        6 => chain.is_in_its_time().map(u64::from),
        7 => handshake.said_hello(side).then_some(side as u64 + 1),
        8 => handshake.key_exchanges.of(side).then_some(side as u64 + 1),
        _ => None,
    }
}
