//! What records say, as text: the usual presentation forms (RFC 1035, section 5.1, and each type's own).

use std::net::IpAddr;

use wirewatch_records::format;

use super::codes::type_text;
use super::message::{Message, Record};
use crate::cursor::Cursor;

/// Bytes of opaque data that are shown in hexadecimal; keys and signatures are longer and tell nobody anything.
const MAX_HEX: usize = 64;
/// Types of a name that are shown; real ones have a dozen.
const MAX_TYPES: usize = 64;

/// The address in an `A` or `AAAA` record.
pub(crate) fn address(record: &Record, bytes: &[u8]) -> Option<IpAddr> {
    let data = record.data.of(bytes);
    match record.kind {
        1 => <[u8; 4]>::try_from(data).ok().map(IpAddr::from),
        28 => <[u8; 16]>::try_from(data).ok().map(IpAddr::from),
        _ => None,
    }
}

/// The strings of a `TXT` record, each with its length before it.
pub(crate) fn strings(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (length, after) = rest.split_first()?;
        let (string, after) = after.split_at(usize::from(*length).min(after.len()));
        rest = after;
        Some(string)
    })
}

/// The name that a record says, where it says nothing else.
pub(crate) fn name<'a>(message: &'a Message, record: &Record) -> Option<&'a [u8]> {
    let says_name = matches!(record.kind, 2..=5 | 7..=9 | 12 | 15 | 18 | 21 | 36 | 39 | 47);
    says_name.then(|| message.text(record.target))
}

/// Appends what a record says; false when it is not known how to read it, or nothing to be said.
pub(crate) fn text(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if let Some(address) = address(record, bytes) {
        format::ip_full(out, address);
        return true;
    }
    if let Some(name) = name(message, record) {
        out.extend_from_slice(name);
        return true;
    }
    let data = record.data.of(bytes);
    match record.kind {
        10 => out.extend_from_slice(data),
        13 | 16 | 99 => joined(data, out),
        _ => {
            let before = out.len();
            if other(message, record, bytes, out).is_none() {
                out.truncate(before);
                return false;
            }
        }
    }
    true
}

fn joined(data: &[u8], out: &mut Vec<u8>) {
    for (index, string) in strings(data).enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        out.extend_from_slice(string);
    }
}

/// Types whose data starts with numbers.
fn other(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let data = record.data.of(bytes);
    let mut cursor = Cursor::new(data);
    match record.kind {
        // DS, CDS: key tag, algorithm, digest type, digest.
        43 | 59 => {
            numbers(
                out,
                &[cursor.u16()?, cursor.u8()?.into(), cursor.u8()?.into()],
            );
            hex(out, cursor.rest());
        }
        // SSHFP: algorithm, type; TLSA: usage, selector, type; both then a digest.
        44 | 52 | 53 => {
            let count = if record.kind == 44 { 2 } else { 3 };
            for byte in cursor.take(count)? {
                numbers(out, &[u16::from(*byte)]);
            }
            hex(out, cursor.rest());
        }
        // DNSKEY, CDNSKEY: flags, protocol, algorithm; the key tells nothing.
        48 | 60 => {
            numbers(
                out,
                &[cursor.u16()?, cursor.u8()?.into(), cursor.u8()?.into()],
            );
            out.pop();
        }
        // RP: mailbox, and where more about it is said.
        17 => {
            out.extend_from_slice(message.text(record.target));
            out.push(b' ');
            out.extend_from_slice(message.text(record.second));
        }
        24 | 46 => signature(message, record, &mut cursor, out)?,
        29 => location(&mut cursor, out)?,
        // CERT: type, key tag, algorithm; the certificate tells nothing.
        37 => {
            numbers(out, &[cursor.u16()?, cursor.u16()?, cursor.u8()?.into()]);
            out.pop();
        }
        50 => {
            hashing(&mut cursor, out)?;
            let length = cursor.u8()?;
            out.push(b' ');
            base32(cursor.take(length.into())?, out);
            types(cursor.rest(), out)?;
        }
        51 => hashing(&mut cursor, out)?,
        33 => {
            numbers(out, &[cursor.u16()?, cursor.u16()?, cursor.u16()?]);
            out.extend_from_slice(message.text(record.target));
        }
        35 => {
            numbers(out, &[cursor.u16()?, cursor.u16()?]);
            for _ in 0..3 {
                let length = cursor.u8()?;
                out.extend_from_slice(cursor.take(length.into())?);
                out.push(b' ');
            }
            out.extend_from_slice(message.text(record.target));
        }
        64 | 65 => service(message, record, bytes, out)?,
        256 => {
            numbers(out, &[cursor.u16()?, cursor.u16()?]);
            out.extend_from_slice(cursor.rest());
        }
        257 => {
            numbers(out, &[cursor.u8()?.into()]);
            let length = cursor.u8()?;
            out.extend_from_slice(cursor.take(length.into())?);
            out.push(b' ');
            out.extend_from_slice(cursor.rest());
        }
        _ => return None,
    }
    Some(())
}

/// RRSIG (RFC 4034, section 3.1): what is signed, and by whom.
fn signature(
    message: &Message,
    record: &Record,
    cursor: &mut Cursor<'_>,
    out: &mut Vec<u8>,
) -> Option<()> {
    out.extend_from_slice(type_text(cursor.u16()?).as_bytes());
    out.push(b' ');
    numbers(out, &[cursor.u8()?.into(), cursor.u8()?.into()]);
    cursor.take(12)?;
    numbers(out, &[cursor.u16()?]);
    out.extend_from_slice(message.text(record.target));
    Some(())
}

/// How NSEC3 hashes names (RFC 5155, section 3.3): algorithm, flags, iterations, salt.
fn hashing(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    numbers(
        out,
        &[cursor.u8()?.into(), cursor.u8()?.into(), cursor.u16()?],
    );
    let length = cursor.u8()?;
    match cursor.take(length.into())? {
        [] => out.push(b'-'),
        salt => hex(out, salt),
    }
    Some(())
}

/// Bytes in base32 with the digits of hexadecimal first (RFC 4648, section 7), without padding.
fn base32(bytes: &[u8], out: &mut Vec<u8>) {
    for group in bytes.chunks(5) {
        let mut whole = [0; 8];
        for (place, byte) in whole.iter_mut().skip(3).zip(group) {
            *place = *byte;
        }
        let bits = u64::from_be_bytes(whole);
        let digits = (group.len() * 8).div_ceil(5);
        out.extend((0..digits).map(|digit| {
            let value = (bits >> (35 - 5 * digit) & 31) as u8;
            if value < 10 {
                b'0' + value
            } else {
                b'a' + value - 10
            }
        }));
    }
}

/// The record types of a bitmap, each with a blank before it (RFC 4034, section 4.1.2).
fn types(bitmap: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::new(bitmap);
    let mut left = MAX_TYPES;
    while !cursor.is_empty() && left > 0 {
        let (window, length) = (cursor.u8()?, cursor.u8()?);
        let bytes = (0_u16..).zip(cursor.take(length.min(32).into())?);
        let bits = bytes.flat_map(|(place, byte)| {
            let set = (0..8).filter(move |bit| byte & 0x80 >> bit != 0);
            set.map(move |bit| place << 3 | bit)
        });
        for bit in bits.take(left) {
            out.push(b' ');
            out.extend_from_slice(type_text(u16::from(window) << 8 | bit).as_bytes());
            left -= 1;
        }
    }
    Some(())
}

/// LOC (RFC 1876): latitude, longitude, altitude, size, and how exact that is.
fn location(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Option<()> {
    if cursor.u8()? != 0 {
        return None;
    }
    let precisions = [cursor.u8()?, cursor.u8()?, cursor.u8()?];
    for (positive, negative) in [(b'N', b'S'), (b'E', b'W')] {
        let offset = i64::from(cursor.u32()?) - (1 << 31);
        let thousandths = offset.unsigned_abs();
        let (degrees, rest) = (thousandths / 3_600_000, thousandths % 3_600_000);
        let (minutes, rest) = (rest / 60_000, rest % 60_000);
        let (seconds, part) = (rest / 1000, rest % 1000);
        let side = char::from(if offset < 0 { negative } else { positive });
        let text = format!("{degrees} {minutes} {seconds}.{part:03} {side} ");
        out.extend_from_slice(text.as_bytes());
    }
    let altitude = i64::from(cursor.u32()?) - 10_000_000;
    let sign = if altitude < 0 { "-" } else { "" };
    out.extend_from_slice(sign.as_bytes());
    for centimetres in [altitude.unsigned_abs()]
        .into_iter()
        .chain(precisions.map(length))
    {
        let text = format!("{}.{:02}m ", centimetres / 100, centimetres % 100);
        out.extend_from_slice(text.as_bytes());
    }
    out.pop();
    Some(())
}

/// Centimetres: a digit, and how many zeros follow it.
fn length(precision: u8) -> u64 {
    u64::from(precision >> 4) * 10_u64.pow(u32::from(precision & 15).min(9))
}

/// SVCB and HTTPS (RFC 9460, section 2.2): priority, target, parameters.
fn service(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let mut cursor = Cursor::new(record.data.of(bytes));
    numbers(out, &[cursor.u16()?]);
    let target = message.text(record.target);
    out.extend_from_slice(if target.is_empty() { b"." } else { target });
    let rest = bytes.get(record.after as usize..record.data.end())?;
    let mut cursor = Cursor::new(rest);
    while !cursor.is_empty() {
        let (key, length) = (cursor.u16()?, cursor.u16()?);
        let value = cursor.take(length.into())?;
        parameter(key, value, out);
    }
    Some(())
}

/// One parameter of a service (RFC 9460, section 14.3.2).
fn parameter(key: u16, value: &[u8], out: &mut Vec<u8>) {
    const NAMES: [&str; 7] = [
        "mandatory",
        "alpn",
        "no-default-alpn",
        "port",
        "ipv4hint",
        "ech",
        "ipv6hint",
    ];
    out.push(b' ');
    if let Some(name) = NAMES.get(usize::from(key)) {
        out.extend_from_slice(name.as_bytes());
    } else {
        out.extend_from_slice(b"key");
        format::number(out, key.into());
    }
    out.push(b'=');
    match key {
        1 => list(strings(value), out, |out, string| {
            out.extend_from_slice(string);
        }),
        3 => format::number(out, Cursor::new(value).u16().unwrap_or(0).into()),
        4 => list(value.chunks_exact(4), out, |out, part| {
            if let Ok(octets) = <[u8; 4]>::try_from(part) {
                format::ip(out, octets.into());
            }
        }),
        6 => list(value.chunks_exact(16), out, |out, part| {
            if let Ok(octets) = <[u8; 16]>::try_from(part) {
                format::ip(out, octets.into());
            }
        }),
        _ => hex(out, value),
    }
}

fn list<'a>(
    parts: impl Iterator<Item = &'a [u8]>,
    out: &mut Vec<u8>,
    write: impl Fn(&mut Vec<u8>, &[u8]),
) {
    for (index, part) in parts.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, part);
    }
}

fn numbers(out: &mut Vec<u8>, values: &[u16]) {
    for value in values {
        format::number(out, (*value).into());
        out.push(b' ');
    }
}

fn hex(out: &mut Vec<u8>, bytes: &[u8]) {
    for byte in bytes.iter().take(MAX_HEX) {
        format::hex(out, *byte);
    }
}

/// The same as Zeek's dns.log has it; false for types that it leaves out.
pub(crate) fn zeek(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) -> bool {
    if let Some(address) = address(record, bytes) {
        format::ip(out, address);
        return true;
    }
    let before = out.len();
    let known = zeek_other(message, record, bytes, out).is_some();
    if !known {
        out.truncate(before);
    }
    known
}

fn zeek_other(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let data = record.data.of(bytes);
    let mut cursor = Cursor::new(data);
    match record.kind {
        2..=9 | 12 | 15 | 33 | 39 => out.extend_from_slice(message.text(record.target)),
        16 | 99 => {
            let title: &[u8] = if record.kind == 16 { b"TXT " } else { b"SPF " };
            for (index, string) in strings(data).enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                out.extend_from_slice(title);
                format::number(out, string.len() as u64);
                out.push(b' ');
                out.extend_from_slice(string);
            }
        }
        13 => {
            out.extend_from_slice(b"HINFO ");
            joined(data, out);
        }
        29 => {
            out.extend_from_slice(b"LOC:  ");
            let (_version, rest) = (cursor.u8()?, cursor.take(3)?);
            for (index, byte) in rest.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                format::number(out, (*byte).into());
            }
        }
        35 => {
            out.extend_from_slice(b"NAPTR ");
            let order = cursor.u16()?;
            let preference = cursor.u16()?;
            numbers(out, &[order, preference]);
            for _ in 0..3 {
                let length = cursor.u8()?;
                let string = cursor.take(length.into())?;
                if !string.is_empty() {
                    out.extend_from_slice(string);
                    out.push(b' ');
                }
            }
            out.extend_from_slice(message.text(record.target));
        }
        43 => {
            out.extend_from_slice(b"DS ");
            cursor.u16()?;
            let (algorithm, digest) = (cursor.u8()?, cursor.u8()?);
            numbers(out, &[algorithm.into(), digest.into()]);
            out.pop();
        }
        44 => {
            out.extend_from_slice(b"SSHFP: ");
            hex(out, data.get(2..)?);
        }
        46 => {
            out.extend_from_slice(b"RRSIG ");
            numbers(out, &[cursor.u16()?]);
            out.extend_from_slice(message.text(record.target));
        }
        47 => {
            out.extend_from_slice(b"NSEC ");
            out.extend_from_slice(message.text(record.name));
            out.push(b' ');
            out.extend_from_slice(message.text(record.target));
        }
        48 => {
            out.extend_from_slice(b"DNSKEY ");
            format::number(out, (*data.get(3)?).into());
        }
        50 => out.extend_from_slice(b"NSEC3"),
        51 => out.extend_from_slice(b"NSEC3PARAM"),
        65534 => out.extend_from_slice(b"BIND9 signing signal"),
        _ => return None,
    }
    Some(())
}
