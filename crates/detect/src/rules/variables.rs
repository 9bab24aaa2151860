//! Address and port variables, and the lists of rule headers that use them.

use std::net::IpAddr;

use std::collections::HashMap;
use wirewatch_decode::from_ip;

use super::interval::{IntervalSet, MAX_INTERVALS, Number};
use super::problem::{Fault, nearest};
use super::syntax::{Word, clipped};

/// Lists in lists, and variables in variables: more is a loop or nonsense.
const MAX_NESTING: usize = 16;
/// Members put together for one list, with everything its variables expand to; else a
/// few variables that name each other twice would grow without end.
const MAX_MEMBERS: usize = MAX_INTERVALS;

/// Addresses, IPv4 in its mapped form.
pub(crate) type Addresses = IntervalSet<u128>;
/// Ports.
pub(crate) type Ports = IntervalSet<u16>;

/// The `$NAMES` that rule headers use, as text. Values may use other variables.
#[derive(Debug, Clone)]
pub struct Variables {
    values: HashMap<String, String>,
}

/// The address and port groups of the stock configuration.
const STOCK: &[(&str, &str)] = &[
    ("EXTERNAL_NET", "!$HOME_NET"),
    ("HTTP_SERVERS", "$HOME_NET"),
    ("SMTP_SERVERS", "$HOME_NET"),
    ("SQL_SERVERS", "$HOME_NET"),
    ("DNS_SERVERS", "$HOME_NET"),
    ("TELNET_SERVERS", "$HOME_NET"),
    ("AIM_SERVERS", "$EXTERNAL_NET"),
    ("DC_SERVERS", "$HOME_NET"),
    ("DNP3_SERVER", "$HOME_NET"),
    ("DNP3_CLIENT", "$HOME_NET"),
    ("MODBUS_CLIENT", "$HOME_NET"),
    ("MODBUS_SERVER", "$HOME_NET"),
    ("ENIP_CLIENT", "$HOME_NET"),
    ("ENIP_SERVER", "$HOME_NET"),
    ("HTTP_PORTS", "80"),
    ("SHELLCODE_PORTS", "!80"),
    ("ORACLE_PORTS", "1521"),
    ("SSH_PORTS", "22"),
    ("DNP3_PORTS", "20000"),
    ("MODBUS_PORTS", "502"),
    ("FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"),
    ("FTP_PORTS", "21"),
    ("GENEVE_PORTS", "6081"),
    ("VXLAN_PORTS", "4789"),
    ("TEREDO_PORTS", "3544"),
    ("SIP_PORTS", "[5060,5061]"),
];

impl Default for Variables {
    /// Private addresses are home.
    fn default() -> Self {
        Self::new("[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]")
    }
}

impl Variables {
    /// The stock variables around a home network, written as in a rule (`[10.0.0.0/8,fd00::/8]`).
    pub fn new(home_net: &str) -> Self {
        let stock = STOCK.iter().copied().chain([("HOME_NET", home_net)]);
        Self {
            values: stock.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        }
    }

    /// Sets or replaces one variable, named without its dollar.
    pub fn set(&mut self, name: &str, value: &str) {
        self.values.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn addresses(&self, word: Word<'_>) -> Result<Addresses, Fault> {
        self.group(word, &address)
    }

    pub(crate) fn ports(&self, word: Word<'_>) -> Result<Ports, Fault> {
        self.group(word, &port)
    }

    fn group<T: Number>(
        &self,
        word: Word<'_>,
        leaf: &dyn Fn(&str) -> Option<(T, T)>,
    ) -> Result<IntervalSet<T>, Fault> {
        let mut reader = GroupReader {
            variables: self,
            leaf,
            members: 0,
        };
        let set = reader.read(word.text, word.at, true, 0)?;
        if set.is_empty() {
            return Err(Fault::error(
                word.at,
                format!("{} leaves nothing that could match", clipped(word.text)),
            ));
        }
        Ok(set)
    }
}

struct GroupReader<'a, T> {
    variables: &'a Variables,
    leaf: &'a dyn Fn(&str) -> Option<(T, T)>,
    members: usize,
}

impl<T: Number> GroupReader<'_, T> {
    /// Reads `any`, `!x`, `$NAME`, `[a,b,!c]` or one member. Inside a variable's value all
    /// faults are told at the variable.
    fn read(
        &mut self,
        text: &str,
        at: usize,
        exact: bool,
        nesting: usize,
    ) -> Result<IntervalSet<T>, Fault> {
        let trimmed = text.trim_start();
        let at = if exact {
            at + (text.len() - trimmed.len())
        } else {
            at
        };
        let text = trimmed.trim_end();
        self.members += 1;
        if nesting > MAX_NESTING || self.members > MAX_MEMBERS {
            return Err(Fault::error(
                at,
                "the list is nested too deeply or too long",
            ));
        }
        if let Some(rest) = text.strip_prefix('!') {
            let inner = self.read(rest, at + usize::from(exact), exact, nesting + 1)?;
            return Ok(inner.complement());
        }
        if text == "any" {
            return Ok(IntervalSet::all());
        }
        if let Some(name) = text.strip_prefix('$') {
            return self.variable(name, at, nesting);
        }
        if let Some(rest) = text.strip_prefix('[') {
            let Some(list) = rest.strip_suffix(']') else {
                return Err(Fault::error(at, "the list's closing bracket is missing"));
            };
            return self.list(list, at + usize::from(exact), exact, nesting);
        }
        match (self.leaf)(text) {
            Some(interval) => Ok(IntervalSet::new(vec![interval])),
            None => Err(Fault::error(
                at,
                format!("{:?} is no address, port or list of them", clipped(text)),
            )),
        }
    }

    fn variable(&mut self, name: &str, at: usize, nesting: usize) -> Result<IntervalSet<T>, Fault> {
        let Some(value) = self.variables.values.get(name) else {
            let near = nearest(name, self.variables.values.keys().map(String::as_str));
            let near = near.map(|name| format!("${name}"));
            let fault = Fault::error(at, format!("the variable ${} is not set", clipped(name)));
            return Err(fault.meant(near.as_deref()));
        };
        self.read(value, at, false, nesting + 1)
    }

    /// What is listed, less what is listed with `!`; all but that when nothing else is.
    fn list(
        &mut self,
        list: &str,
        at: usize,
        exact: bool,
        nesting: usize,
    ) -> Result<IntervalSet<T>, Fault> {
        let mut included = Vec::new();
        let mut excluded = Vec::new();
        let mut any_included = false;
        let mut offset = 0;
        for part in split_list(list) {
            let part_at = if exact { at + offset } else { at };
            offset += part.len() + 1;
            if let Some(rest) = part.trim_start().strip_prefix('!') {
                let inner = self.read(rest, part_at, exact, nesting + 1)?;
                excluded.extend_from_slice(inner.intervals());
            } else {
                any_included = true;
                let inner = self.read(part, part_at, exact, nesting + 1)?;
                included.extend_from_slice(inner.intervals());
            }
            if included.len().max(excluded.len()) > MAX_INTERVALS {
                return Err(Fault::error(part_at, "the list is too long"));
            }
        }
        let included = if any_included {
            IntervalSet::new(included)
        } else {
            IntervalSet::all()
        };
        Ok(if excluded.is_empty() {
            included
        } else {
            included.and(&IntervalSet::new(excluded).complement())
        })
    }
}

/// The parts between commas that are not inside inner brackets.
fn split_list(list: &str) -> impl Iterator<Item = &str> {
    let mut nesting = 0_i32;
    list.split(move |letter| {
        match letter {
            '[' => nesting += 1,
            ']' => nesting -= 1,
            _ => {}
        }
        letter == ',' && nesting == 0
    })
}

/// An address, a prefix (`/24` or `/255.255.255.0`) or a range with a dash.
pub(crate) fn address(text: &str) -> Option<(u128, u128)> {
    if let Some((low, high)) = text.split_once('-') {
        let low = from_ip(low.trim().parse().ok()?);
        let high = from_ip(high.trim().parse().ok()?);
        return (low <= high).then_some((low, high));
    }
    let (base, length) = match text.split_once('/') {
        Some((base, length)) => (base.trim(), Some(length.trim())),
        None => (text, None),
    };
    let base: IpAddr = base.parse().ok()?;
    let mapped = if base.is_ipv4() { 96 } else { 0 };
    let length = match length {
        None => 128,
        Some(length) => mapped + prefix_length(length, base.is_ipv4())?,
    };
    let host = u128::MAX.checked_shr(length).unwrap_or(0);
    let base = from_ip(base);
    Some((base & !host, base | host))
}

fn prefix_length(text: &str, is_ipv4: bool) -> Option<u32> {
    if is_ipv4 && text.contains('.') {
        let mask = u32::from(text.parse::<std::net::Ipv4Addr>().ok()?);
        let length = mask.leading_ones();
        return (mask.count_ones() == length).then_some(length);
    }
    let length: u32 = text.parse().ok()?;
    (length <= if is_ipv4 { 32 } else { 128 }).then_some(length)
}

/// A port, or a range `a:b`, `a:` or `:b`.
fn port(text: &str) -> Option<(u16, u16)> {
    let Some((low, high)) = text.split_once(':') else {
        let port = text.parse().ok()?;
        return Some((port, port));
    };
    let (low, high) = (low.trim(), high.trim());
    if low.is_empty() && high.is_empty() {
        return None;
    }
    let low = if low.is_empty() { 0 } else { low.parse().ok()? };
    let high = if high.is_empty() {
        u16::MAX
    } else {
        high.parse().ok()?
    };
    (low <= high).then_some((low, high))
}
