//! Values in expressions, read as the field they are compared with needs them.

use std::net::IpAddr;

use crate::{FieldInfo, FieldType};

/// A value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Literal {
    Number(u64),
    Time(i64),
    Bool(bool),
    Network(IpAddr, u8),
    /// In lower case.
    Text(Vec<u8>),
}

/// Reads a value for a field of a type; the error says what the field wants.
pub(crate) fn read(
    text: &str,
    field_type: FieldType,
    info: Option<&FieldInfo>,
) -> Result<Literal, String> {
    let name = info.map_or("kind", |info| info.name);
    let wanted = |what: &str| format!("{name} is compared with {what}, not {text:?}");
    match field_type {
        FieldType::U8 | FieldType::U16 | FieldType::U32 | FieldType::U64 | FieldType::U16S => {
            let number = number(text, name).map(Literal::Number);
            number.ok_or_else(|| wanted(&number_example(name)))
        }
        FieldType::Time => {
            let time = time(text).map(Literal::Time);
            time.ok_or_else(|| wanted("a time such as \"2026-01-31T12:00:00\""))
        }
        FieldType::Bool | FieldType::Bit => match text {
            "true" | "yes" | "1" => Ok(Literal::Bool(true)),
            "false" | "no" | "0" => Ok(Literal::Bool(false)),
            _ => Err(wanted("true or false")),
        },
        FieldType::Ip => {
            let network = network(text).map(|(ip, bits)| Literal::Network(ip, bits));
            network.ok_or_else(|| wanted("an address or a network such as 192.0.2.0/24"))
        }
        FieldType::Hex8 => {
            let digits = text.trim_start_matches("0x");
            let byte = u8::from_str_radix(digits, 16).map(|byte| Literal::Number(u64::from(byte)));
            byte.map_err(|_| wanted("two hexadecimal digits"))
        }
        _ => Ok(Literal::Text(text.to_ascii_lowercase().into_bytes())),
    }
}

/// Microseconds in one unit of the fields that are durations.
fn duration_unit(name: &str) -> Option<f64> {
    match name {
        "age" | "uptime" => Some(1e6),
        _ if name.ends_with("_us") => Some(1.0),
        _ => None,
    }
}

fn number_example(name: &str) -> String {
    if duration_unit(name).is_some() {
        "a duration such as 10ms or 5s".to_owned()
    } else {
        "a number such as 443, 0x1f or 1.5M".to_owned()
    }
}

#[allow(clippy::cast_sign_loss)] // words start with a digit
fn number(text: &str, name: &str) -> Option<u64> {
    if let Some(digits) = text.strip_prefix("0x") {
        return u64::from_str_radix(digits, 16).ok();
    }
    if let Ok(plain) = text.parse() {
        return Some(plain);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (digits, suffix) = text.split_at(end);
    let factor = match suffix {
        "k" | "K" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "" => 1.0,
        _ => duration(suffix)? / duration_unit(name)?,
    };
    let value: f64 = digits.parse().ok()?;
    Some((value * factor).round() as u64)
}

fn duration(suffix: &str) -> Option<f64> {
    match suffix {
        "us" => Some(1.0),
        "ms" => Some(1e3),
        "s" => Some(1e6),
        "m" | "min" => Some(60e6),
        "h" => Some(3600e6),
        "d" => Some(86_400e6),
        _ => None,
    }
}

/// `192.0.2.1`, `192.0.2.0/24` or the same in IPv6.
fn network(text: &str) -> Option<(IpAddr, u8)> {
    let (address, bits) = text
        .split_once('/')
        .map_or((text, None), |(a, b)| (a, Some(b)));
    let address: IpAddr = address.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
    (bits <= most).then_some((address, bits))
}

/// `2026-01-31`, with `T12:00:00` or a space and parts of it behind, and decimals; in UTC.
fn time(text: &str) -> Option<i64> {
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1_000_000);
    }
    let text = text.trim_end_matches('Z');
    let text = text.strip_suffix("+0000").unwrap_or(text);
    let (date, clock) = text.split_once(['T', ' ']).unwrap_or((text, "0:0:0"));
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let valid =
        (1970..=9999).contains(&year) && (1..=12).contains(&month) && (1..=31).contains(&day);
    let days = valid.then(|| days_from_civil(year, month, day))?;
    Some((days * 86_400) * 1_000_000 + clock_us(clock)?)
}

#[allow(clippy::cast_precision_loss)]
fn clock_us(clock: &str) -> Option<i64> {
    let mut parts = clock.splitn(3, ':');
    let hour: i64 = parts.next()?.parse().ok()?;
    let minute: i64 = parts.next().unwrap_or("0").parse().ok()?;
    let second: f64 = parts.next().unwrap_or("0").parse().ok()?;
    let valid =
        (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..61.0).contains(&second);
    valid.then_some((hour * 3600 + minute * 60) * 1_000_000 + (second * 1e6).round() as i64)
}

/// Howard Hinnant's `days_from_civil`.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let shifted_month = (month + 9) % 12;
    let of_year = (153 * shifted_month + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}
