//! A message taken apart: the header, and the chain of payloads behind it.

use super::proposals::Proposals;
use crate::cursor::Cursor;
use crate::protocol::Side;

/// Payloads of one message that are read; right ones have a dozen or two.
const MAX_PAYLOADS: usize = 64;
/// Bytes of a vendor's mark that are kept; most are hashes.
const MAX_VENDOR: usize = 64;
/// Transforms of one proposal that are looked at.
const MAX_TRANSFORMS: usize = 64;

/// The fixed part (RFC 7296, section 3.1; the same in version 1).
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) initiator: [u8; 8],
    pub(super) responder: [u8; 8],
    next: u8,
    pub(super) major: u8,
    pub(super) minor: u8,
    pub(super) exchange: u8,
    flags: u8,
    pub(super) message_id: u32,
}

/// Its length.
const HEADER: usize = 28;

impl Header {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let (initiator, responder) = (cursor.u64()?.to_be_bytes(), cursor.u64()?.to_be_bytes());
        let (next, version) = (cursor.u8()?, cursor.u8()?);
        let header = Self {
            initiator,
            responder,
            next,
            major: version >> 4,
            minor: version & 15,
            exchange: cursor.u8()?,
            flags: cursor.u8()?,
            message_id: cursor.u32()?,
        };
        cursor.u32()?;
        matches!(header.major, 1 | 2).then_some(header)
    }

    /// Whether it answers: version 2 says so, in version 1 the side that was called does.
    pub(super) fn is_answer(&self, side: Side) -> bool {
        if self.major == 2 {
            self.flags & 0x20 != 0
        } else {
            side == Side::Server
        }
    }
}

/// What was agreed on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chosen {
    pub(super) encryption: Option<u16>,
    pub(super) hash: Option<u16>,
    pub(super) authentication: Option<u16>,
    pub(super) group: Option<u16>,
    pub(super) prf: Option<u16>,
    pub(super) key_length: Option<u32>,
    pub(super) life_type: Option<u16>,
    pub(super) life_duration: Option<u32>,
}

impl Chosen {
    /// Its values by the names that rules have for them.
    pub(super) fn named(&self) -> impl Iterator<Item = (&'static str, u32)> {
        [
            ("alg_enc", self.encryption.map(u32::from)),
            ("alg_hash", self.hash.map(u32::from)),
            ("alg_auth", self.authentication.map(u32::from)),
            ("alg_dh", self.group.map(u32::from)),
            ("alg_prf", self.prf.map(u32::from)),
            ("sa_key_length", self.key_length),
            ("sa_life_type", self.life_type.map(u32::from)),
            ("sa_life_duration", self.life_duration),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

/// What the payloads say.
#[derive(Debug, Default)]
pub(super) struct Payloads<'a> {
    pub(super) kinds: Vec<u8>,
    pub(super) is_encrypted: bool,
    pub(super) key: &'a [u8],
    pub(super) nonce: &'a [u8],
    pub(super) vendors: Vec<&'a [u8]>,
    pub(super) notifications: Vec<u16>,
    pub(super) chosen: Option<Chosen>,
    pub(super) doi: Option<u32>,
    /// What is offered, or what was chosen of it.
    pub(super) proposals: Option<Proposals>,
    pub(super) has_broken_proposals: bool,
    /// Whether bytes or payloads are behind those that were read.
    pub(super) has_more: bool,
}

impl<'a> Payloads<'a> {
    /// Reads the payloads as far as they go; the second is whether all could be read.
    pub(super) fn read(header: &Header, bytes: &'a [u8]) -> (Self, bool) {
        let mut payloads = Self::default();
        // In version 1 all payloads are encrypted, or none.
        if header.major == 1 && header.flags & 1 != 0 {
            payloads.is_encrypted = true;
            return (payloads, true);
        }
        let is_sound = payloads.chain(header, bytes).is_some();
        (payloads, is_sound)
    }

    fn chain(&mut self, header: &Header, bytes: &'a [u8]) -> Option<()> {
        let mut cursor = Cursor::at(bytes, HEADER);
        let mut kind = header.next;
        for _ in 0..MAX_PAYLOADS {
            if kind == 0 {
                self.has_more = !cursor.is_empty();
                return Some(());
            }
            self.kinds.push(kind);
            let (next, _flags, length) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
            let body = cursor.take(usize::from(length).checked_sub(4)?)?;
            if header.major == 1 {
                self.first_version(kind, body)?;
            } else if matches!(kind, 46 | 53) {
                self.is_encrypted = true;
                return Some(());
            } else {
                self.second_version(kind, body)?;
            }
            kind = next;
        }
        self.has_more = kind != 0 || !cursor.is_empty();
        Some(())
    }

    /// An agreement's proposals.
    fn propose(&mut self, major: u8, body: &[u8]) {
        self.proposals = Proposals::read(major, body);
        self.has_broken_proposals = self.proposals.is_none();
    }

    fn vendor(&mut self, body: &'a [u8]) {
        self.vendors.push(crate::waiting::bounded(body, MAX_VENDOR));
    }

    fn first_version(&mut self, kind: u8, body: &'a [u8]) -> Option<()> {
        match kind {
            1 => {
                let mut cursor = Cursor::new(body);
                self.doi = Some(cursor.u32()?);
                let _situation = cursor.u32()?;
                self.propose(1, cursor.rest());
                self.chosen = Some(old_proposal(cursor.rest())?);
            }
            4 => self.key = body,
            10 => self.nonce = body,
            11 => self.notifications.push(Cursor::at(body, 6).u16()?),
            13 => self.vendor(body),
            _ => {}
        }
        Some(())
    }

    fn second_version(&mut self, kind: u8, body: &'a [u8]) -> Option<()> {
        match kind {
            33 => {
                self.propose(2, body);
                self.chosen = Some(new_proposal(body)?);
            }
            34 => self.key = body.get(4..)?,
            40 => self.nonce = body,
            41 => self.notifications.push(Cursor::at(body, 2).u16()?),
            43 => self.vendor(body),
            _ => {}
        }
        Some(())
    }
}

/// The first transform of the first proposal of version 1 (RFC 2408, sections 3.5 and 3.6).
fn old_proposal(bytes: &[u8]) -> Option<Chosen> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(6)?;
    let (spi_size, _transforms) = (cursor.u8()?, cursor.u8()?);
    cursor.take(spi_size.into())?;
    let (_next, _reserved, length) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
    cursor.take(4)?;
    let attributes = cursor.take(usize::from(length).checked_sub(8)?)?;
    let mut chosen = Chosen::default();
    let mut cursor = Cursor::new(attributes);
    while !cursor.is_empty() {
        let (kind, value) = attribute(&mut cursor)?;
        let short = value as u16;
        match kind {
            1 => chosen.encryption = Some(short),
            2 => chosen.hash = Some(short),
            3 => chosen.authentication = Some(short),
            4 => chosen.group = Some(short),
            11 => chosen.life_type = Some(short),
            12 => chosen.life_duration = Some(value),
            13 => chosen.prf = Some(short),
            14 => chosen.key_length = Some(value),
            _ => {}
        }
    }
    Some(chosen)
}

/// An attribute: two bytes of value, or a length and so many bytes, of which the last four count.
pub(super) fn attribute(cursor: &mut Cursor<'_>) -> Option<(u16, u32)> {
    let (kind, second) = (cursor.u16()?, cursor.u16()?);
    if kind & 0x8000 != 0 {
        return Some((kind & 0x7fff, second.into()));
    }
    let bytes = cursor.take(second.into())?;
    let value = bytes
        .iter()
        .fold(0u32, |value, byte| value << 8 | u32::from(*byte));
    Some((kind, value))
}

/// The transforms of the first proposal of version 2 (RFC 7296, section 3.3): the first of each kind.
fn new_proposal(bytes: &[u8]) -> Option<Chosen> {
    let mut cursor = Cursor::new(bytes);
    cursor.take(6)?;
    let (spi_size, transforms) = (cursor.u8()?, cursor.u8()?);
    cursor.take(spi_size.into())?;
    let mut chosen = Chosen::default();
    for _ in 0..usize::from(transforms).min(MAX_TRANSFORMS) {
        let (_last, _reserved, length) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
        let (kind, _reserved, number) = (cursor.u8()?, cursor.u8()?, cursor.u16()?);
        let mut attributes = Cursor::new(cursor.take(usize::from(length).checked_sub(8)?)?);
        let place = match kind {
            1 => &mut chosen.encryption,
            2 => &mut chosen.prf,
            3 => &mut chosen.authentication,
            4 => &mut chosen.group,
            _ => continue,
        };
        if place.is_none() {
            *place = Some(number);
            if !attributes.is_empty() && kind == 1 {
                chosen.key_length = attribute(&mut attributes).map(|(_, value)| value);
            }
        }
    }
    Some(chosen)
}
