//! A message taken apart: the fixed part that BOOTP had already, and options (RFC 2132).

use std::net::Ipv4Addr;

use crate::cursor::Cursor;
use crate::waiting::bounded;

/// Bytes of the fixed part, with the magic number.
const FIXED: usize = 240;
/// Options that are read; right messages have some dozens at most.
const MAX_OPTIONS: usize = 128;
/// Addresses of one option that are kept.
const MAX_ADDRESSES: usize = 16;
/// Bytes of a text that are kept; a single option cannot hold more.
const MAX_TEXT: usize = 255;

/// What is wrong with the options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Malformed,
    Truncated,
}

/// What a message says.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// 1 from a client, 2 from a server.
    pub(super) operation: u8,
    pub(super) id: u32,
    pub(super) client: Ipv4Address,
    pub(super) assigned: Ipv4Address,
    pub(super) next_server: Ipv4Address,
    pub(super) relay: Ipv4Address,
    pub(super) client_mac: [u8; 6],
    pub(super) kind: Option<u8>,
    pub(super) client_id: Option<Vec<u8>>,
    pub(super) hostname: Option<Vec<u8>>,
    pub(super) fqdn: Option<Vec<u8>>,
    pub(super) domain: Option<Vec<u8>>,
    pub(super) vendor_class: Option<Vec<u8>>,
    pub(super) text: Option<Vec<u8>>,
    pub(super) parameters: Vec<u8>,
    pub(super) requested: Option<Ipv4Addr>,
    pub(super) server: Option<Ipv4Addr>,
    pub(super) subnet_mask: Option<Ipv4Addr>,
    pub(super) routers: Vec<Ipv4Addr>,
    pub(super) dns_servers: Vec<Ipv4Addr>,
    pub(super) lease_time: Option<u32>,
    pub(super) renewal_time: Option<u32>,
    pub(super) rebinding_time: Option<u32>,
    pub(super) circuit_id: Option<Vec<u8>>,
    pub(super) remote_id: Option<Vec<u8>>,
    pub(super) subscriber_id: Option<Vec<u8>>,
}

/// An address that is all zeros when it is not set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ipv4Address(Ipv4Addr);

impl Default for Ipv4Address {
    fn default() -> Self {
        Self(Ipv4Addr::UNSPECIFIED)
    }
}

impl From<Ipv4Address> for std::net::IpAddr {
    fn from(address: Ipv4Address) -> Self {
        address.0.into()
    }
}

impl Ipv4Address {
    /// The address, if it is set.
    pub(super) fn set(self) -> Option<Ipv4Addr> {
        Some(self.0).filter(|address| !address.is_unspecified())
    }
}

impl Message {
    /// Takes a message apart as far as it can be read, and says what is wrong with it.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, Option<Fault>)> {
        let mut cursor = Cursor::new(bytes);
        let operation = cursor.u8()?;
        let (_hardware, hardware_length, _hops) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
        let id = cursor.u32()?;
        cursor.take(4)?;
        let mut address = || Some(Ipv4Address(cursor.u32()?.into()));
        let (client, assigned, next_server, relay) =
            (address()?, address()?, address()?, address()?);
        let mut client_mac = [0; 6];
        let hardware = cursor.take(16)?;
        for (to, from) in client_mac
            .iter_mut()
            .zip(hardware)
            .take(hardware_length.into())
        {
            *to = *from;
        }
        let mut message = Self {
            operation,
            id,
            client,
            assigned,
            next_server,
            relay,
            client_mac,
            ..Self::default()
        };
        let fault = message.options(bytes.get(FIXED..)?).err();
        Some((message, fault))
    }

    fn options(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let mut cursor = Cursor::new(bytes);
        let mut result = Ok(());
        for _ in 0..MAX_OPTIONS {
            let code = match cursor.u8() {
                None => return Err(Fault::Truncated),
                Some(255) => return result,
                Some(0) => continue,
                Some(code) => code,
            };
            let length = cursor.u8().ok_or(Fault::Truncated)?;
            let data = cursor.take(length.into()).ok_or(Fault::Truncated)?;
            if self.option(code, data).is_none() {
                result = Err(Fault::Malformed);
            }
        }
        result
    }

    /// Takes an option; nothing when it is not as long as its type has to be.
    fn option(&mut self, code: u8, data: &[u8]) -> Option<()> {
        let text = || Some(bounded(data, MAX_TEXT).to_vec());
        let address = || <[u8; 4]>::try_from(data).ok().map(Ipv4Addr::from);
        let seconds = || <[u8; 4]>::try_from(data).ok().map(u32::from_be_bytes);
        match code {
            1 => self.subnet_mask = Some(address()?),
            3 => self.routers = addresses(data)?,
            6 => self.dns_servers = addresses(data)?,
            12 => self.hostname = text(),
            15 => self.domain = text(),
            50 => self.requested = Some(address()?),
            51 => self.lease_time = Some(seconds()?),
            53 => match data {
                [kind] => self.kind = Some(*kind),
                _ => return None,
            },
            54 => self.server = Some(address()?),
            55 => self.parameters = data.to_vec(),
            56 => self.text = text(),
            58 => self.renewal_time = Some(seconds()?),
            59 => self.rebinding_time = Some(seconds()?),
            60 => self.vendor_class = text(),
            61 => self.client_id = Some(data.get(1..)?.to_vec()),
            81 => self.fqdn = Some(full_name(data)?),
            82 => self.relayed(data)?,
            _ => {}
        }
        Some(())
    }

    /// What a relay adds (RFC 3046; RFC 3993 for the subscriber).
    fn relayed(&mut self, data: &[u8]) -> Option<()> {
        let mut cursor = Cursor::new(data);
        while !cursor.is_empty() {
            let (code, length) = (cursor.u8()?, cursor.u8()?);
            let value = cursor.take(length.into())?.to_vec();
            match code {
                1 => self.circuit_id = Some(value),
                2 => self.remote_id = Some(value),
                6 => self.subscriber_id = Some(value),
                _ => {}
            }
        }
        Some(())
    }
}

fn addresses(data: &[u8]) -> Option<Vec<Ipv4Addr>> {
    if data.is_empty() || !data.len().is_multiple_of(4) {
        return None;
    }
    let parts = data.chunks_exact(4).take(MAX_ADDRESSES);
    Some(
        parts
            .filter_map(|part| Some(<[u8; 4]>::try_from(part).ok()?.into()))
            .collect(),
    )
}

/// The client's full name (RFC 4702, section 2): as text, or in labels as DNS has it.
fn full_name(data: &[u8]) -> Option<Vec<u8>> {
    let (flags, name) = (data.first()?, data.get(3..)?);
    if flags & 0x04 == 0 {
        return Some(name.to_vec());
    }
    let mut out: Vec<u8> = Vec::new();
    let mut cursor = Cursor::new(name);
    while let Some(length @ 1..=63) = cursor.u8() {
        if !out.is_empty() {
            out.push(b'.');
        }
        out.extend_from_slice(cursor.take(length.into())?);
    }
    Some(out)
}

/// The name of a kind of message.
pub(super) fn type_name(kind: u8) -> Option<&'static str> {
    const NAMES: [&str; 9] = [
        "", "discover", "offer", "request", "decline", "ack", "nak", "release", "inform",
    ];
    NAMES
        .get(usize::from(kind))
        .copied()
        .filter(|name| !name.is_empty())
}

/// The name of a setting that a client asks for; the others are not told.
pub(super) fn parameter_name(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "subnet_mask",
        3 => "router",
        6 => "dns_server",
        15 => "domain",
        35 => "arp_timeout",
        42 => "ntp_server",
        66 => "tftp_server_name",
        252 => "wpad",
        _ => return None,
    })
}
