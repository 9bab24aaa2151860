//! Protocols of datagrams that only several of them give away.
//!
//! A header of RTP or QUIC in the middle of a flow has few bits that are always the same; that
//! they stay the same, or count, from one datagram to the next is the proof.

use super::read::{byte, u16_at, u32_at};
use super::{files, secure, voice};
use crate::protocol::{Protocol, Side};

/// Datagrams of one side that have to agree.
const AGREEING: usize = 3;

/// Recognises a flow of datagrams, in the order in which they came, by how they follow each other.
pub fn recognise_series<'a>(
    ports: (u16, u16),
    datagrams: impl Iterator<Item = (Side, &'a [u8])> + Clone,
) -> Option<&'static Protocol> {
    let of = |side| {
        let datagrams = datagrams.clone();
        datagrams
            .filter(move |(whose, _)| *whose == side)
            .map(|(_, bytes)| bytes)
    };
    if follows(of(Side::Client), continues_rtp) || follows(of(Side::Server), continues_rtp) {
        return Some(&voice::RTP);
    }
    let is_web = ports.0 == 443 || ports.1 == 443;
    if is_web
        && (follows(of(Side::Client), continues_quic) || follows(of(Side::Server), continues_quic))
    {
        return Some(&secure::QUIC);
    }
    is_transfer(datagrams).then_some(&files::TFTP)
}

/// Whether a side has enough datagrams in a row of which each continues the one before.
fn follows<'a>(
    datagrams: impl Iterator<Item = &'a [u8]>,
    continues: fn(&[u8], &[u8]) -> bool,
) -> bool {
    let mut before: Option<&[u8]> = None;
    let mut agreeing = 1;
    for datagram in datagrams {
        agreeing = match before {
            Some(before) if continues(before, datagram) => agreeing + 1,
            _ => 1,
        };
        if agreeing == AGREEING {
            return true;
        }
        before = Some(datagram);
    }
    false
}

/// Two seconds of video's clock, the fastest.
const FAR: u32 = 180_000;

/// RTP (RFC 3550, section 5.1): version 2, the same source, the next number, a time not far away.
fn continues_rtp(before: &[u8], after: &[u8]) -> bool {
    let header = |bytes: &[u8]| {
        let [first, kind] = *bytes.first_chunk::<2>()?;
        // 64 to 95 would be taken for RTCP (RFC 5761, section 4).
        let is_rtp = first >> 6 == 2 && !(64..96).contains(&(kind & 0x7f));
        let rest = (u16_at(bytes, 2)?, u32_at(bytes, 4)?, u32_at(bytes, 8)?);
        is_rtp.then_some(rest)
    };
    let (Some((number, time, source)), Some((next, later, same))) = (header(before), header(after))
    else {
        return false;
    };
    let near = later.wrapping_sub(time) < FAR || time.wrapping_sub(later) < FAR;
    next.wrapping_sub(number) == 1 && same == source && source != 0 && near
}

/// QUIC's short header (RFC 9000, section 17.3.1): the fixed bit, and the connection's identifier.
fn continues_quic(before: &[u8], after: &[u8]) -> bool {
    let identifier = |bytes: &[u8]| {
        let fixed = byte(bytes, 0)? & 0xc0 == 0x40;
        fixed.then(|| bytes.get(1..9).and_then(<[u8]>::first_chunk::<8>).copied())?
    };
    identifier(before).is_some_and(|one| identifier(after) == Some(one) && one != [0; 8])
}

/// TFTP's transfer (RFC 1350, section 5), which has ports of its own: a block of one side,
/// acknowledged by the other.
fn is_transfer<'a>(datagrams: impl Iterator<Item = (Side, &'a [u8])>) -> bool {
    let mut sent: Option<(Side, u16)> = None;
    for (side, bytes) in datagrams {
        match (bytes, sent) {
            ([0, 3, high, low, _, ..], _) if bytes.len() <= 1472 => {
                sent = Some((side, u16::from_be_bytes([*high, *low])));
            }
            ([0, 4, high, low], Some((sender, block)))
                if sender != side && block == u16::from_be_bytes([*high, *low]) =>
            {
                return true;
            }
            ([0, 4, 0, 0], None) => {}
            _ => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests;
