//! Values of Zeek columns, and how wirewatch's fields become them.

#![allow(dead_code)] // the schema decides which conversions are needed

use std::net::IpAddr;

use crate::{format, protocol};

/// A value that is not there.
pub(crate) fn unset(out: &mut Vec<u8>) {
    out.push(b'-');
}

pub(crate) fn optional<T>(
    out: &mut Vec<u8>,
    value: Option<T>,
    write: impl FnOnce(&mut Vec<u8>, T),
) {
    match value {
        Some(value) => write(out, value),
        None => unset(out),
    }
}

pub(crate) fn time(out: &mut Vec<u8>, us: i64) {
    format::seconds(out, us);
}

pub(crate) fn count(out: &mut Vec<u8>, value: u64) {
    format::number(out, value);
}

pub(crate) fn boolean(out: &mut Vec<u8>, value: bool) {
    out.push(if value { b'T' } else { b'F' });
}

pub(crate) fn addr(out: &mut Vec<u8>, address: IpAddr) {
    format::ip(out, address);
}

pub(crate) fn text(out: &mut Vec<u8>, value: &str) {
    wire(out, value.as_bytes());
}

/// Text as Zeek's writer has it: control bytes and bytes that are not UTF-8 as `\xNN`, and texts
/// that would read as unset or empty with their first byte so.
pub(crate) fn wire(out: &mut Vec<u8>, value: &[u8]) {
    let value = format::bounded(value, format::MAX_TEXT_BYTES);
    let value = match value {
        [] => return out.extend_from_slice(b"(empty)"),
        [first, rest @ ..] if matches!(value, b"-" | b"(empty)") => {
            escaped(out, *first);
            rest
        }
        _ => value,
    };
    for chunk in value.utf8_chunks() {
        for byte in chunk.valid().bytes() {
            match byte {
                b'\\' => out.extend_from_slice(b"\\\\"),
                0..b' ' | 0x7f => escaped(out, byte),
                _ => out.push(byte),
            }
        }
        for byte in chunk.invalid() {
            escaped(out, *byte);
        }
    }
}

pub(crate) fn mac(out: &mut Vec<u8>, address: [u8; 6]) {
    format::mac(out, address);
}

pub(crate) fn hex(out: &mut Vec<u8>, byte: u8) {
    format::hex(out, byte);
}

/// A set or vector of texts; a comma inside one is escaped as Zeek does.
pub(crate) fn texts(out: &mut Vec<u8>, values: &[&str]) {
    vector(out, values, |out, value| {
        for (index, part) in value.split(',').enumerate() {
            if index > 0 {
                escaped(out, b',');
            }
            if !part.is_empty() || value.is_empty() {
                text(out, part);
            }
        }
    });
}

/// A set or vector of numbers.
pub(crate) fn numbers(out: &mut Vec<u8>, values: &[u16]) {
    vector(out, values, |out, value| count(out, u64::from(*value)));
}

fn vector<T>(out: &mut Vec<u8>, values: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    if values.is_empty() {
        out.extend_from_slice(b"(empty)");
    }
    for (index, value) in values.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, value);
    }
}

fn escaped(out: &mut Vec<u8>, byte: u8) {
    out.extend_from_slice(b"\\x");
    format::hex(out, byte);
}

/// Zeek's connection identifiers are `C` and 62 digits; the same flow always has the same.
pub(crate) fn uid(out: &mut Vec<u8>, flow_id: Option<u64>) {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    optional(out, flow_id, |out, mut rest| {
        out.push(b'C');
        let start = out.len();
        loop {
            out.extend(DIGITS.get((rest % 62) as usize));
            rest /= 62;
            if rest == 0 {
                break;
            }
        }
        if let Some(digits) = out.get_mut(start..) {
            digits.reverse();
        }
    });
}

/// Zeek has the ICMP type and code where others have ports, and 0 where there are none.
pub(crate) fn port(out: &mut Vec<u8>, port: Option<u16>, icmp: Option<u8>) {
    let value = port.or(icmp.map(u16::from)).unwrap_or(0);
    count(out, u64::from(value));
}

/// Zeek's `transport_proto`.
pub(crate) fn transport(out: &mut Vec<u8>, proto: Option<&str>) {
    out.extend_from_slice(match proto {
        Some("TCP") => b"tcp",
        Some("UDP") => b"udp",
        Some("ICMP" | "IPv6-ICMP") => b"icmp",
        _ => b"unknown_transport",
    });
}

/// Zeek's name of an application protocol.
pub(crate) fn service(out: &mut Vec<u8>, app_proto: Option<&str>) {
    match app_proto {
        None | Some("failed" | "unknown") => unset(out),
        Some("tls") => out.extend_from_slice(b"ssl"),
        Some("krb5") => out.extend_from_slice(b"krb"),
        Some("http2") => out.extend_from_slice(b"http"),
        Some(name) => text(out, name),
    }
}

/// Zeek leaves the duration of a single packet unset.
pub(crate) fn duration(out: &mut Vec<u8>, us: u64) {
    let us = i64::try_from(us).ok().filter(|us| *us > 0);
    optional(out, us, format::seconds);
}

/// Payload sizes are unset where the duration is.
pub(crate) fn size(out: &mut Vec<u8>, bytes: u64, duration_us: u64) {
    optional(out, (duration_us > 0).then_some(bytes), count);
}

pub(crate) fn sum(out: &mut Vec<u8>, a: u64, b: u64) {
    count(out, a.saturating_add(b));
}

/// Whether an address is in private space, which Zeek takes for local unless told otherwise.
pub(crate) fn is_local(out: &mut Vec<u8>, address: Option<IpAddr>) {
    optional(out, address, |out, address| {
        boolean(
            out,
            match address {
                IpAddr::V4(ip) => ip.is_private() || ip.is_loopback() || ip.is_link_local(),
                IpAddr::V6(ip) => {
                    ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local()
                }
            },
        );
    });
}

pub(crate) fn ip_proto(out: &mut Vec<u8>, proto: Option<&str>) {
    let number = proto.and_then(protocol::number);
    optional(out, number.map(u64::from), count);
}

/// The type of a notice: the detector's name, or the rule's group and number.
pub(crate) fn note(out: &mut Vec<u8>, gid: u32, signature_id: u32, detector: Option<&str>) {
    out.extend_from_slice(b"Wirewatch::");
    if let Some(name) = detector {
        let allowed = |byte: u8| {
            if byte.is_ascii_alphanumeric() {
                byte
            } else {
                b'_'
            }
        };
        return out.extend(name.bytes().map(allowed));
    }
    out.extend_from_slice(b"Signature_");
    count(out, u64::from(gid));
    out.push(b'_');
    count(out, u64::from(signature_id));
}

pub(crate) fn no(out: &mut Vec<u8>) {
    boolean(out, false);
}

pub(crate) fn upper(out: &mut Vec<u8>, value: &str) {
    let start = out.len();
    text(out, value);
    if let Some(written) = out.get_mut(start..) {
        written.make_ascii_uppercase();
    }
}
