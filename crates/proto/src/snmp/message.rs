//! A message taken apart.

use std::net::Ipv4Addr;

use crate::ber;
use crate::waiting::bounded;

/// Variables of one message that are kept.
const MAX_VARIABLES: usize = 64;
/// Bytes of a community or a user's name; users have at most 32 (RFC 3414, section 5).
const MAX_NAME: usize = 255;
/// Bytes of a value that is kept: the description of a device.
const MAX_VALUE: usize = 255;

/// What a message says.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// 1, 2 or 3; 0 when not even that can be read.
    pub(super) version: u8,
    pub(super) community: Option<Vec<u8>>,
    pub(super) user: Option<Vec<u8>>,
    pub(super) is_encrypted: bool,
    pub(super) has_unknown_security: bool,
    /// Which operation, counted from 0 as in the tag.
    pub(super) pdu: Option<u8>,
    pub(super) error: Option<u8>,
    pub(super) trap: Option<u8>,
    pub(super) trap_oid: Option<String>,
    pub(super) trap_address: Option<Ipv4Addr>,
    pub(super) variables: Vec<String>,
    /// What the device says it is (`sysDescr`).
    pub(super) description: Option<Vec<u8>>,
    /// Hundredths of seconds since it was started (`sysUpTime`).
    pub(super) uptime: Option<u32>,
}

impl Message {
    /// Takes a message apart as far as it can be read; the second is whether it could wholly.
    pub(super) fn read(bytes: &[u8]) -> (Self, bool) {
        let mut message = Self::default();
        let is_whole = message.fill(bytes).unwrap_or(false);
        (message, is_whole)
    }

    fn fill(&mut self, bytes: &[u8]) -> Option<bool> {
        let (mut body, is_whole) = ber::cut(bytes, 0x30)?;
        self.version = match ber::integer(&mut body)? {
            0 => 1,
            1 => 2,
            3 => 3,
            _ => return None,
        };
        if self.version == 3 {
            self.secured(body)?;
        } else {
            let community = ber::tagged(&mut body, 4)?;
            self.community = Some(bounded(community, MAX_NAME).to_vec());
            self.operation(body)?;
        }
        Some(is_whole)
    }

    /// Version 3: who speaks, and then an operation that may be encrypted.
    fn secured(&mut self, body: &[u8]) -> Option<()> {
        let mut body = body;
        let mut header = ber::tagged(&mut body, 0x30)?;
        let (_id, _size) = (ber::integer(&mut header)?, ber::integer(&mut header)?);
        let flags = *ber::tagged(&mut header, 4)?.first()?;
        self.is_encrypted = flags & 2 != 0;
        let model = ber::integer(&mut header)?;
        self.has_unknown_security = model != 3;
        let mut parameters = ber::tagged(&mut body, 4)?;
        if model == 3 {
            let mut parameters = ber::tagged(&mut parameters, 0x30)?;
            let _engine = ber::tagged(&mut parameters, 4)?;
            let _boots = ber::integer(&mut parameters)?;
            let _time = ber::integer(&mut parameters)?;
            let user = ber::tagged(&mut parameters, 4)?;
            self.user = Some(bounded(user, MAX_NAME).to_vec());
        }
        if self.is_encrypted {
            return Some(());
        }
        let mut scoped = ber::cut(body, 0x30)?.0;
        let (_engine, _context) = (ber::tagged(&mut scoped, 4)?, ber::tagged(&mut scoped, 4)?);
        self.operation(scoped)
    }

    fn operation(&mut self, bytes: &[u8]) -> Option<()> {
        let tag = *bytes.first()?;
        if !(0xa0..=0xa8).contains(&tag) {
            return None;
        }
        self.pdu = Some(tag & 0x0f);
        let mut body = ber::cut(bytes, tag)?.0;
        if tag == 0xa4 {
            self.old_trap(&mut body)?;
        } else {
            let _id = ber::integer(&mut body)?;
            let (status, _index) = (ber::integer(&mut body)?, ber::integer(&mut body)?);
            // Bulk requests have other numbers in these places.
            if tag != 0xa5 {
                self.error = u8::try_from(status).ok().filter(|status| *status > 0);
            }
        }
        let mut list = ber::cut(body, 0x30)?.0;
        while !list.is_empty() {
            let mut variable = ber::tagged(&mut list, 0x30)?;
            let name = ber::identifier(ber::tagged(&mut variable, 6)?)?;
            let (tag, value) = ber::any(&mut variable)?;
            match (name.as_str(), tag) {
                ("1.3.6.1.2.1.1.1.0", 4) => {
                    self.description = Some(bounded(value, MAX_VALUE).to_vec());
                }
                ("1.3.6.1.2.1.1.3.0", 0x43) => {
                    self.uptime = ber::number(value).and_then(|value| value.try_into().ok());
                }
                _ => {}
            }
            if self.variables.len() < MAX_VARIABLES {
                self.variables.push(name);
            }
        }
        Some(())
    }

    /// Version 1 has a form of its own for traps (RFC 1157, section 4.1.6).
    fn old_trap(&mut self, body: &mut &[u8]) -> Option<()> {
        self.trap_oid = ber::identifier(ber::tagged(body, 6)?);
        let address = <[u8; 4]>::try_from(ber::tagged(body, 0x40)?).ok()?;
        self.trap_address = Some(address.into());
        self.trap = u8::try_from(ber::integer(body)?).ok();
        let _specific = ber::integer(body)?;
        let _time = ber::tagged(body, 0x43)?;
        Some(())
    }
}

/// The name of an operation.
pub(super) fn pdu_name(pdu: u8) -> Option<&'static str> {
    const NAMES: [&str; 9] = [
        "get_request",
        "get_next_request",
        "response",
        "set_request",
        "trap_v1",
        "get_bulk_request",
        "inform_request",
        "trap_v2",
        "report",
    ];
    NAMES.get(usize::from(pdu)).copied()
}

/// The name of what went wrong (RFC 3416, section 3).
pub(super) fn error_name(status: u8) -> Option<&'static str> {
    const NAMES: [&str; 19] = [
        "NoError",
        "TooBig",
        "NoSuchName",
        "BadValue",
        "ReadOnly",
        "GenErr",
        "NoAccess",
        "WrongType",
        "WrongLength",
        "WrongEncoding",
        "WrongValue",
        "NoCreation",
        "InconsistentValue",
        "ResourceUnavailable",
        "CommitFailed",
        "UndoFailed",
        "AuthorizationError",
        "NotWritable",
        "InconsistentName",
    ];
    NAMES.get(usize::from(status)).copied()
}

/// The name of what an old trap is about.
pub(super) fn trap_name(trap: u8) -> Option<&'static str> {
    const NAMES: [&str; 7] = [
        "coldStart",
        "warmStart",
        "linkDown",
        "linkUp",
        "authenticationFailure",
        "egpNeighborLoss",
        "enterpriseSpecific",
    ];
    NAMES.get(usize::from(trap)).copied()
}
