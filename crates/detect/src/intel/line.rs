//! One line of a list: which indicator it has, and where.

use std::net::IpAddr;

use super::to_number;

/// What a word of a list means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Indicator<'a> {
    /// An address or network, and a port when it has one (0 when not).
    Network {
        /// First address in the 128-bit form.
        address: u128,
        /// Length of the prefix in that form: 128 for one address.
        prefix: u8,
        /// The only port that is meant, 0 for all.
        port: u16,
    },
    /// A name, and how much it covers.
    Domain(&'a str, Scope),
    /// A page; not used.
    Url,
}

/// How much a listed name covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Itself and all below, unless the list says otherwise.
    Usual,
    /// Itself and all below.
    Tree,
    /// Only what is below.
    Below,
    /// Only itself.
    Exact,
}

/// Names in hosts files that mean the machine itself.
const OWN_NAMES: &[&str] = &[
    "localhost",
    "localhost.localdomain",
    "local",
    "broadcasthost",
    "ip6-localhost",
    "ip6-loopback",
    "ip6-localnet",
    "ip6-mcastprefix",
    "ip6-allnodes",
    "ip6-allrouters",
    "ip6-allhosts",
    "0.0.0.0",
];

/// The comment of a line that is nothing else.
pub(super) fn comment(line: &str) -> Option<&str> {
    line.strip_prefix('#')
        .or_else(|| line.strip_prefix(';'))
        .or_else(|| line.strip_prefix("//"))
        .or_else(|| line.strip_prefix('!'))
        .map(|text| text.trim_start_matches(['#', ';', '/']).trim())
}

/// The line without a comment at its end.
pub(super) fn without_comment(line: &str) -> &str {
    let ends = [" ;", "\t;", " //", "\t//"]
        .iter()
        .filter_map(|sign| line.find(sign))
        .chain(line.find('#'));
    let end = ends.min().unwrap_or(line.len());
    line.get(..end).unwrap_or(line).trim_end()
}

/// The names of a hosts file's line, if it is one.
pub(super) fn hosts(line: &str) -> Option<impl Iterator<Item = &str>> {
    let mut words = line.split_ascii_whitespace();
    let first = words.next()?;
    let is_sink = matches!(
        first,
        "0.0.0.0" | "127.0.0.1" | "::" | "::1" | "255.255.255.255"
    );
    let rest = words.clone().next()?;
    let known = OWN_NAMES.contains(&rest) || domain(rest).is_some();
    (is_sink && known).then(|| words.filter(|name| !OWN_NAMES.contains(name)))
}

/// Columns of a line with their byte offsets. A line without separators has one: its first word.
pub(super) fn columns(line: &str) -> impl Iterator<Item = (usize, &str)> {
    let separated = line.contains([',', ';', '\t']);
    let line = if separated {
        line
    } else {
        line.split(' ').next().unwrap_or_default()
    };
    let start = line.as_ptr() as usize;
    line.split([',', ';', '\t']).map(move |column| {
        let column = column.trim().trim_matches(['"', '\'']).trim();
        (column.as_ptr() as usize - start, column)
    })
}

/// What a word means, if anything.
pub(super) fn indicator(word: &str) -> Option<Indicator<'_>> {
    if let Some((_, rest)) = word.split_once("://") {
        return url(rest);
    }
    if let Some(network) = network(word) {
        return Some(network);
    }
    if let Some((host, path)) = word.split_once('/') {
        return (path.len() > 1 && domain(host).is_some()).then_some(Indicator::Url);
    }
    domain(word).map(|(name, scope)| Indicator::Domain(name, scope))
}

/// A page, or a whole host when no page is named.
fn url(rest: &str) -> Option<Indicator<'_>> {
    match rest.split_once('/') {
        None => indicator_of_host(rest),
        Some((host, "")) => indicator_of_host(host),
        Some((host, _)) => indicator_of_host(host).map(|_| Indicator::Url),
    }
}

fn indicator_of_host(host: &str) -> Option<Indicator<'_>> {
    let named = host
        .rsplit_once(':')
        .filter(|(_, port)| port.parse::<u16>().is_ok())
        .map_or(host, |(name, _)| name);
    network(host).or_else(|| domain(named).map(|(name, scope)| Indicator::Domain(name, scope)))
}

fn network(word: &str) -> Option<Indicator<'static>> {
    if let Some((address, length)) = word.split_once('/') {
        return prefix(address, length);
    }
    if let Some((address, port)) = word.rsplit_once(':') {
        let bracketed = address.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
        if bracketed.is_some() || !address.contains(':') {
            let ip: IpAddr = bracketed.unwrap_or(address).parse().ok()?;
            let port = port.parse().ok().filter(|port| *port != 0)?;
            return Some(one(ip, port));
        }
    }
    word.trim_matches(['[', ']'])
        .parse()
        .ok()
        .map(|ip| one(ip, 0))
}

fn one(ip: IpAddr, port: u16) -> Indicator<'static> {
    Indicator::Network {
        address: to_number(ip),
        prefix: 128,
        port,
    }
}

fn prefix(address: &str, length: &str) -> Option<Indicator<'static>> {
    let ip: IpAddr = address.parse().ok()?;
    let length: u8 = length.parse().ok()?;
    let (most, offset) = if ip.is_ipv4() { (32, 96) } else { (128, 0) };
    if length > most {
        return None;
    }
    let prefix = length + offset;
    let mask = u128::MAX.checked_shl(u32::from(128 - prefix)).unwrap_or(0);
    Some(Indicator::Network {
        address: to_number(ip) & mask,
        prefix,
        port: 0,
    })
}

/// A name that could be looked up, and how much it covers.
fn domain(word: &str) -> Option<(&str, Scope)> {
    let (name, scope) = if let Some(rest) = word.strip_prefix("*.") {
        (rest, Scope::Below)
    } else if let Some(rest) = word.strip_prefix('.') {
        (rest, Scope::Tree)
    } else if let Some(rest) = word.strip_prefix("||") {
        (rest.trim_end_matches('^'), Scope::Tree)
    } else {
        (word, Scope::Usual)
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    is_name(name).then_some((name, scope))
}

/// At least two labels, the last of which is not a number; no label or name too long (RFC 1035, 2.3.4).
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | 0x80..))
    };
    let Some((_, last)) = name.rsplit_once('.') else {
        return false;
    };
    let is_top = last.len() >= 2
        && (last.starts_with("xn--")
            || last
                .bytes()
                .all(|byte| byte.is_ascii_alphabetic() || byte >= 0x80));
    name.len() <= 253 && is_top && name.split('.').all(is_label)
}
