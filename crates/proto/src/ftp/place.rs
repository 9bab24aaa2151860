//! Where data connections go, and where files are.

use std::net::{IpAddr, Ipv4Addr};

use crate::waiting::bounded;

/// `h1,h2,h3,h4,p1,p2`.
pub(super) fn of_port(text: &[u8]) -> Option<(IpAddr, u16)> {
    let text = std::str::from_utf8(text).ok()?;
    let mut numbers = text
        .split(',')
        .map(|number| number.trim().parse::<u8>().ok());
    let mut next = || numbers.next().flatten();
    let address = Ipv4Addr::new(next()?, next()?, next()?, next()?);
    let port = u16::from_be_bytes([next()?, next()?]);
    (port != 0).then_some((address.into(), port))
}

/// `|1|192.0.2.1|6275|` with any delimiter (RFC 2428, section 2).
pub(super) fn of_extended_port(text: &[u8]) -> Option<(IpAddr, u16)> {
    let (delimiter, rest) = text.split_first()?;
    let mut parts = rest.split(|byte| byte == delimiter).skip(1);
    let mut next = || std::str::from_utf8(parts.next()?).ok();
    Some((next()?.parse().ok()?, next()?.parse().ok()?))
}

/// The six numbers of a `227` reply, which may stand in parentheses or not (RFC 1123, section 4.1.2.6).
pub(super) fn of_reply(line: &[u8]) -> Option<(IpAddr, u16)> {
    let text = line.get(4..)?;
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b',';
    let mut runs = text.split(|byte| !is_part(byte));
    of_port(runs.find(|run| run.split(|byte| *byte == b',').count() == 6)?)
}

/// The port in `(|||port|)` (RFC 2428, section 3).
pub(super) fn of_extended_reply(line: &[u8]) -> Option<u16> {
    let start = line.iter().rposition(|byte| *byte == b'(')?;
    let (delimiter, rest) = line.get(start.saturating_add(1)..)?.split_first()?;
    let port = rest.split(|byte| byte == delimiter).nth(2)?;
    std::str::from_utf8(port).ok()?.parse().ok()
}

/// A path as seen from a folder, without detours.
pub(super) fn folder(from: &[u8], path: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    if !path.starts_with(b"/") {
        whole.extend_from_slice(from);
        if !from.ends_with(b"/") && !path.is_empty() {
            whole.push(b'/');
        }
    }
    whole.extend_from_slice(path);
    let is_absolute = whole.starts_with(b"/");
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in whole
        .split(|byte| *byte == b'/')
        .filter(|part| !part.is_empty())
    {
        match part {
            b".."
                if parts
                    .last()
                    .is_some_and(|last| !matches!(*last, b"." | b"..")) =>
            {
                parts.pop();
            }
            b"." if !parts.is_empty() => {}
            _ => parts.push(part),
        }
    }
    let mut out = if is_absolute {
        b"/".to_vec()
    } else {
        Vec::new()
    };
    out.extend(parts.join(&b'/'));
    bounded(&out, super::MAX_NAME).to_vec()
}
