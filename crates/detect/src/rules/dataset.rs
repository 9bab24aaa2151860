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

/// What is known of a value.
#[derive(Debug, Clone, Default)]
struct Known {
    reputation: u16,
    /// What alerts tell of it, in JSON.
    context: Option<Arc<str>>,
}

/// One set, shared by all rules that name it and by all workers.
#[derive(Debug)]
pub(crate) struct Dataset {
    pub(crate) kind: Kind,
    values: Mutex<HashMap<Box<[u8]>, Known, foldhash::fast::RandomState>>,
}

impl Dataset {
    pub(crate) fn new(kind: Kind) -> Self {
        Self {
            kind,
            values: Mutex::default(),
        }
    }

    /// Adds a value; false when it was there, or there is no room.
    pub(crate) fn add(&self, bytes: &[u8], reputation: u16, context: Option<Arc<str>>) -> bool {
        let Some(value) = self.kind.value(bytes) else {
            return false;
        };
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let known = Known {
            reputation,
            context,
        };
        values.len() < MAX_VALUES && values.insert(value.into(), known).is_none()
    }

    fn remove(&self, bytes: &[u8]) -> bool {
        let Some(value) = self.kind.value(bytes) else {
            return false;
        };
        let mut values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.remove(&*value).is_some()
    }

    fn get(&self, bytes: &[u8]) -> Option<Known> {
        let value = self.kind.value(bytes)?;
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        values.get(&*value).cloned()
    }

    /// The value, or the longest domain above it that the set has: what stands behind each dot.
    fn get_domain(&self, bytes: &[u8]) -> Option<Known> {
        let value = self.kind.value(bytes)?;
        let values = self.values.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest: &[u8] = &value;
        loop {
            let plain = rest.strip_prefix(b".").unwrap_or(rest);
            if let Some(known) = values.get(rest).or_else(|| values.get(plain)) {
                return Some(known.clone());
            }
            let dot = plain.iter().position(|byte| *byte == b'.')?;
            rest = plain.get(dot..)?;
        }
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
    /// Whether domains above the value count, too.
    pub(crate) subdomains: bool,
    /// The name under which alerts tell what is known of the value.
    pub(crate) key: Option<Arc<str>>,
}

impl DatasetCheck {
    /// Whether the set has the value as asked, and what alerts tell of it.
    pub(crate) fn holds(&self, bytes: &[u8]) -> (bool, Option<Arc<str>>) {
        let known = match self.command {
            Command::Set => return (self.set.add(bytes, 0, None), None),
            Command::Unset => return (self.set.remove(bytes), None),
            _ if self.subdomains => self.set.get_domain(bytes),
            _ => self.set.get(bytes),
        };
        let holds = match self.command {
            Command::IsNotSet => known.is_none(),
            Command::Reputation(wanted) => known
                .as_ref()
                .is_some_and(|known| wanted.holds(known.reputation.into())),
            _ => known.is_some(),
        };
        (holds, known.and_then(|known| known.context))
    }
}
