//! Sets of values that rules ask and change, loaded from files or filled by rules.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::base64;

/// Values of one set: more are refused, so that rules cannot take all memory.
pub(crate) const MAX_VALUES: usize = 4_000_000;
/// The longest value.
pub(crate) const MAX_VALUE: usize = 4_096;

/// What a set's values are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Any bytes; base64 in files.
    Text,
    /// 16 bytes, in hexadecimal in files.
    Md5,
    /// 32 bytes, in hexadecimal in files.
    Sha256,
    /// 4 bytes.
    Ipv4,
    /// 16 bytes, IPv4 in its mapped form.
    Ip,
}

impl Kind {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "string" => Self::Text,
            "md5" => Self::Md5,
            "sha256" => Self::Sha256,
            "ipv4" => Self::Ipv4,
            "ip" => Self::Ip,
            _ => return None,
        })
    }

    /// Reads a value as files have it; `plain` when texts are not encoded.
    pub(crate) fn read(self, text: &str, plain: bool) -> Option<Vec<u8>> {
        let address = || text.parse::<std::net::IpAddr>().ok();
        match self {
            Self::Text if plain => Some(text.as_bytes().to_vec()),
            Self::Text => base64::decode(text.as_bytes(), base64::Mode::Strict),
            Self::Md5 => super::keyword::hexadecimal_bytes(text).filter(|hash| hash.len() == 16),
            Self::Sha256 => super::keyword::hexadecimal_bytes(text).filter(|hash| hash.len() == 32),
            Self::Ipv4 => match address()? {
                std::net::IpAddr::V4(v4) => Some(v4.octets().to_vec()),
                std::net::IpAddr::V6(_) => None,
            },
            Self::Ip => Some(match address()? {
                std::net::IpAddr::V4(v4) => v4.to_ipv6_mapped().octets().to_vec(),
                std::net::IpAddr::V6(v6) => v6.octets().to_vec(),
            }),
        }
    }

    /// A buffer's bytes as a value, when they can be one.
    fn value(self, bytes: &[u8]) -> Option<std::borrow::Cow<'_, [u8]>> {
        let length = bytes.len();
        match self {
            Self::Text => (length <= MAX_VALUE && length > 0).then_some(bytes.into()),
            Self::Md5 => (length == 16).then_some(bytes.into()),
            Self::Sha256 => (length == 32).then_some(bytes.into()),
            Self::Ipv4 => (length == 4).then_some(bytes.into()),
            Self::Ip => match *bytes {
                [a, b, c, d] => {
                    let mapped = std::net::Ipv4Addr::new(a, b, c, d).to_ipv6_mapped();
                    Some(mapped.octets().to_vec().into())
                }
                _ => (length == 16).then_some(bytes.into()),
            },
        }
    }
}

/// One set, shared by all rules that name it and by all workers.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) kind: Kind,
    /// Each value with its reputation, where it has one.
    values: Mutex<HashMap<Box<[u8]>, u16, foldhash::fast::RandomState>>,
}

impl Dataset {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            values: Mutex::default(),
        }
    }

    /// Adds a value; false when it was there, or there is no room.
    pub(crate) fn add(&self, bytes: &[u8], reputation: u16) -> bool {
        let Some(value) = self.kind.value(bytes) else {
            return false;
        };
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.len() < MAX_VALUES && values.insert(value.into(), reputation).is_none()
    }

    fn remove(&self, bytes: &[u8]) -> bool {
        let Some(value) = self.kind.value(bytes) else {
            return false;
        };
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.remove(&*value).is_some()
    }

    fn get(&self, bytes: &[u8]) -> Option<u16> {
        let value = self.kind.value(bytes)?;
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(&*value).copied()
    }
}

/// What a rule does with a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Command {
    IsSet,
    IsNotSet,
    Set,
    Unset,
    /// The value's reputation is as asked.
    Reputation(super::number::Comparison),
}

/// A set asked about a buffer.
#[derive(Debug, Clone)]
pub(crate) struct DatasetCheck {
    pub(crate) set: Arc<Dataset>,
    pub(crate) command: Command,
}

impl DatasetCheck {
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        match self.command {
            Command::IsSet => self.set.get(bytes).is_some(),
            Command::IsNotSet => self.set.get(bytes).is_none(),
            Command::Set => self.set.add(bytes, 0),
            Command::Unset => self.set.remove(bytes),
            Command::Reputation(wanted) => self
                .set
                .get(bytes)
                .is_some_and(|reputation| wanted.holds(reputation.into())),
        }
    }
}
