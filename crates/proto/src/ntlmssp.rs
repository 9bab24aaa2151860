//! NTLM authentication ([MS-NLMP]): who logs in from where, and what the server says of itself.
//!
//! The messages travel inside SMB, DCE/RPC, LDAP, HTTP and the mail protocols, mostly wrapped in SPNEGO. They begin with
//! a signature of eight bytes, which is looked for instead of unwrapping.

mod talk;

use crate::waiting::Cut;

pub(crate) use talk::{Talk, tell};

#[cfg(test)]
pub(crate) mod tests;

/// Bytes kept of each name; Windows allows 256 characters for the longest.
const MAX_NAME: usize = 256;

const SIGNATURE: &[u8; 8] = b"NTLMSSP\0";

/// Parts of a challenge's target information that are read; there are ten kinds.
const MAX_PARTS: usize = 16;

/// What an authentication message says ([MS-NLMP] 2.2.1.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Identity {
    /// The domain or server that knows the user.
    pub(crate) domain: Box<[u8]>,
    /// Who logs in; empty for anonymous.
    pub(crate) user: Box<[u8]>,
    /// The client's name for itself.
    pub(crate) host: Box<[u8]>,
    /// Version of the client's system: `6.1 build 7601 rev 15`.
    pub(crate) version: Option<Version>,
}

/// A Windows version ([MS-NLMP] 2.2.2.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Version {
    major: u8,
    minor: u8,
    build: u16,
    revision: u8,
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            major,
            minor,
            build,
            revision,
        } = self;
        write!(f, "{major}.{minor} build {build} rev {revision}")
    }
}

/// What a challenge says of the server ([MS-NLMP] 2.2.1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Challenge {
    /// `NetBIOS` name of the server.
    pub(crate) netbios_computer: Box<[u8]>,
    /// DNS name of the server.
    pub(crate) dns_computer: Box<[u8]>,
    /// DNS name of the forest.
    pub(crate) dns_tree: Box<[u8]>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Message {
    /// The client begins.
    Negotiate,
    /// The server asks.
    Challenge(Challenge),
    /// The client says who it is.
    Authenticate(Identity),
}

/// The first message somewhere in a security blob.
pub(crate) fn find(blob: &[u8]) -> Option<Message> {
    let start = blob
        .windows(SIGNATURE.len())
        .position(|window| window == SIGNATURE)?;
    let message = blob.get(start..)?;
    match u32::from_le_bytes(*message.get(8..)?.first_chunk()?) {
        1 => Some(Message::Negotiate),
        2 => challenge(message).map(Message::Challenge),
        3 => authenticate(message).map(Message::Authenticate),
        _ => None,
    }
}

/// Whether a message stands in a security blob and is cut off, of no known kind, or refers to what it does not have.
pub(crate) fn is_damaged(blob: &[u8]) -> bool {
    let mut windows = blob.windows(SIGNATURE.len());
    let Some(start) = windows.position(|window| window == SIGNATURE) else {
        return false;
    };
    let message = blob.get(start..).unwrap_or_default();
    let fits = |at: usize| {
        let place = message.get(at..).and_then(|rest| rest.first_chunk());
        // Where nothing is, some clients say nothing useful.
        place.is_some_and(|place| place.starts_with(&[0, 0]) || located(message, *place).is_some())
    };
    !match message.get(8..).and_then(|rest| rest.first_chunk()) {
        // Its flags ([MS-NLMP] 2.2.1.1).
        Some([1, 0, 0, 0]) => message.len() >= 16,
        // The server's name and its challenge (2.2.1.2).
        Some([2, 0, 0, 0]) => message.len() >= 32 && fits(12),
        // Two responses and three names (2.2.1.3).
        Some([3, 0, 0, 0]) => [12, 20, 28, 36, 44].into_iter().all(fits),
        _ => false,
    }
}

fn challenge(message: &[u8]) -> Option<Challenge> {
    let mut told = Challenge::default();
    let mut fields = Cut(message.get(40..)?);
    let mut parts = Cut(located(message, fields.array()?).unwrap_or_default());
    for _ in 0..MAX_PARTS {
        let (Some(kind), Some(length)) = (parts.le16(), parts.le16()) else {
            break;
        };
        let Some(value) = parts.take(usize::from(length)) else {
            break;
        };
        match kind {
            0 => break,
            1 => told.netbios_computer = utf16(value, MAX_NAME),
            3 => told.dns_computer = utf16(value, MAX_NAME),
            5 => told.dns_tree = utf16(value, MAX_NAME),
            _ => {}
        }
    }
    Some(told)
}

fn authenticate(message: &[u8]) -> Option<Identity> {
    // The two responses come first and are of no interest.
    let mut fields = Cut(message.get(28..)?);
    let [domain, user, host] = [fields.array()?, fields.array()?, fields.array()?];
    fields.take(8)?;
    let flags = fields.le32().unwrap_or(0);
    let text = |place| {
        let bytes = located(message, place).unwrap_or_default();
        if flags & UNICODE == 0 {
            bytes.get(..MAX_NAME).unwrap_or(bytes).into()
        } else {
            utf16(bytes, MAX_NAME)
        }
    };
    let version = fields.array().filter(|_| flags & VERSION != 0);
    Some(Identity {
        domain: text(domain),
        user: text(user),
        host: text(host),
        version: version.map(
            |[major, minor, low, high, _, _, _, revision]: [u8; 8]| Version {
                major,
                minor,
                build: u16::from_le_bytes([low, high]),
                revision,
            },
        ),
    })
}

/// Names are in UTF-16.
const UNICODE: u32 = 1;
/// The message has a version.
const VERSION: u32 = 0x0200_0000;

/// The bytes that a length, a maximum and an offset point to.
fn located(message: &[u8], place: [u8; 8]) -> Option<&[u8]> {
    let [l0, l1, _, _, o0, o1, o2, o3] = place;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let offset = u32::from_le_bytes([o0, o1, o2, o3]) as usize;
    message.get(offset..)?.get(..length)
}

/// Little-endian UTF-16 as UTF-8 of at most so many bytes; what is no character becomes U+FFFD.
pub(crate) fn utf16(bytes: &[u8], most: usize) -> Box<[u8]> {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [low, high] => u16::from_le_bytes([*low, *high]),
        _ => 0,
    });
    let mut text = Vec::with_capacity(most.min(bytes.len()));
    let mut character = [0; 4];
    for each in char::decode_utf16(units) {
        let each = each.unwrap_or(char::REPLACEMENT_CHARACTER);
        let encoded = each.encode_utf8(&mut character).as_bytes();
        if text.len().saturating_add(encoded.len()) > most {
            break;
        }
        text.extend_from_slice(encoded);
    }
    text.into_boxed_slice()
}
