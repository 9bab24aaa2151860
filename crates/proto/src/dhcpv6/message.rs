//! A message taken apart, out of the relays' messages around it.

use std::net::Ipv6Addr;

use crate::cursor::Cursor;
use crate::waiting::bounded;

/// Relays around one message (RFC 8415, section 7.6, allows 8).
const MAX_RELAYS: u8 = 8;
/// Options that are read; right messages have some dozens at most.
const MAX_OPTIONS: usize = 128;
/// Addresses, networks, servers or domains that are kept, each.
const MAX_ITEMS: usize = 16;
/// Bytes of an identifier (RFC 8415, section 11.1, allows 130) or a text.
const MAX_TEXT: usize = 255;

/// What a message says.
#[derive(Debug, Default)]
pub(super) struct Message {
    pub(super) kind: u8,
    pub(super) id: u32,
    pub(super) client_duid: Option<Vec<u8>>,
    pub(super) server_duid: Option<Vec<u8>>,
    pub(super) hostname: Option<Vec<u8>>,
    /// With the seconds for which each may be used.
    pub(super) addresses: Vec<(Ipv6Addr, u32)>,
    pub(super) prefixes: Vec<String>,
    pub(super) dns_servers: Vec<Ipv6Addr>,
    pub(super) domains: Vec<String>,
    pub(super) vendor_class: Option<Vec<u8>>,
    pub(super) status: Option<u16>,
    pub(super) relays: u8,
}

impl Message {
    /// Takes a message apart as far as it can be read; the second is whether it could wholly.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, bool)> {
        let mut message = Self::default();
        let mut bytes = bytes;
        // Relays wrap the message in one of their own (sections 9 and 21.10).
        while let [12 | 13, rest @ ..] = bytes {
            if message.relays == MAX_RELAYS {
                return None;
            }
            message.relays += 1;
            bytes = relayed(rest.get(33..)?)?;
        }
        let mut cursor = Cursor::new(bytes);
        message.kind = cursor.u8()?;
        let [a, b, c] = *cursor.take(3)?.first_chunk::<3>()?;
        message.id = u32::from_be_bytes([0, a, b, c]);
        let is_sound = message.options(cursor.rest(), 2).is_some();
        Some((message, is_sound))
    }

    fn options(&mut self, bytes: &[u8], depth: u8) -> Option<()> {
        let mut cursor = Cursor::new(bytes);
        for _ in 0..MAX_OPTIONS {
            if cursor.is_empty() {
                break;
            }
            let (code, length) = (cursor.u16()?, cursor.u16()?);
            let data = cursor.take(length.into())?;
            self.option(code, data, depth)?;
        }
        Some(())
    }

    fn option(&mut self, code: u16, data: &[u8], depth: u8) -> Option<()> {
        let text = |data| Some(bounded(data, MAX_TEXT).to_vec());
        match code {
            1 => self.client_duid = text(data),
            2 => self.server_duid = text(data),
            // Associations have options of their own, and those have some again.
            3 | 25 => self.options(data.get(12..)?, depth.checked_sub(1)?)?,
            4 => self.options(data.get(4..)?, depth.checked_sub(1)?)?,
            5 => {
                let mut cursor = Cursor::at(data, 16);
                let (_preferred, valid) = (cursor.u32()?, cursor.u32()?);
                if self.addresses.len() < MAX_ITEMS {
                    self.addresses.push((address(data)?, valid));
                }
            }
            13 => self.status = Some(Cursor::new(data).u16()?),
            16 => self.vendor_class = text(data.get(6..).unwrap_or_default()),
            23 => {
                let parts = data.chunks_exact(16).take(MAX_ITEMS);
                self.dns_servers = parts.filter_map(address).collect();
            }
            24 => self.domains = names(data).into_iter().take(MAX_ITEMS).collect(),
            26 => {
                let (length, rest) = (*data.get(8)?, data.get(9..)?);
                if self.prefixes.len() < MAX_ITEMS {
                    self.prefixes.push(format!("{}/{length}", address(rest)?));
                }
            }
            39 => {
                let name = names(data.get(1..)?).into_iter().next();
                self.hostname = name.map(String::into_bytes);
            }
            _ => {}
        }
        Some(())
    }
}

fn address(data: &[u8]) -> Option<Ipv6Addr> {
    data.first_chunk::<16>()
        .map(|octets| Ipv6Addr::from(*octets))
}

/// The message that a relay passes on.
fn relayed(options: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(options);
    for _ in 0..MAX_OPTIONS {
        let (code, length) = (cursor.u16()?, cursor.u16()?);
        let data = cursor.take(length.into())?;
        if code == 9 {
            return Some(data);
        }
    }
    None
}

/// Names in labels; the last may lack its end (section 10; RFC 4704, section 4.2).
fn names(data: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut name = String::new();
    let mut cursor = Cursor::new(data);
    while let Some(length) = cursor.u8() {
        if length == 0 {
            names.push(std::mem::take(&mut name));
            continue;
        }
        let Some(label) = cursor.take(length.into()).filter(|_| length < 64) else {
            break;
        };
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(&String::from_utf8_lossy(label));
    }
    if !name.is_empty() {
        names.push(name);
    }
    names
}

/// The name of a kind of message.
pub(super) fn type_name(kind: u8) -> Option<&'static str> {
    const NAMES: [&str; 13] = [
        "solicit",
        "advertise",
        "request",
        "confirm",
        "renew",
        "rebind",
        "reply",
        "release",
        "decline",
        "reconfigure",
        "information_request",
        "relay_forward",
        "relay_reply",
    ];
    NAMES.get(usize::from(kind).checked_sub(1)?).copied()
}
