//! One comparison of an expression, and whether a record meets it.

use std::cmp::Ordering;
use std::net::IpAddr;

use regex::bytes::Regex;

use super::literal::Literal;
use super::names::Place;
use crate::{Common, Row, Value, format};

/// A field and what is asked of it.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    pub(crate) places: Vec<Place>,
    pub(crate) question: Question,
}

#[derive(Debug, Clone)]
pub(crate) enum Question {
    /// There and not false.
    Present,
    In(Vec<Literal>),
    NotIn(Vec<Literal>),
    /// Which orderings of field to literal fit.
    Order(&'static [Ordering], Literal),
    Contains(Vec<u8>),
    StartsWith(Vec<u8>),
    EndsWith(Vec<u8>),
    Matches(Regex),
}

impl Test {
    pub(crate) fn matches(&self, common: &Common<'_>, row: &Row<'_>) -> bool {
        let mut values = self.places.iter().map(|place| place.value(common, row));
        if let Question::NotIn(literals) = &self.question {
            let mut present = values.filter(|value| is_there(*value)).peekable();
            return present.peek().is_some() && !present.any(|value| is_one_of(value, literals));
        }
        values.any(|value| self.question.fits(value))
    }
}

impl Question {
    fn fits(&self, value: Value<'_>) -> bool {
        match self {
            Self::Present => is_there(value) && value != Value::Bool(false),
            Self::In(literals) => is_one_of(value, literals),
            Self::NotIn(literals) => is_there(value) && !is_one_of(value, literals),
            Self::Order(wanted, literal) => any_order(value, literal, wanted),
            Self::Contains(part) => any_text(value, |text| contains(text, part)),
            Self::StartsWith(part) => any_text(value, |text| starts(text, part)),
            Self::EndsWith(part) => any_text(value, |text| ends(text, part)),
            Self::Matches(regex) => any_text(value, |text| regex.is_match(text)),
        }
    }
}

fn is_there(value: Value<'_>) -> bool {
    match value {
        Value::Absent => false,
        Value::Numbers(list) => !list.is_empty(),
        Value::Texts(list) => !list.is_empty(),
        _ => true,
    }
}

fn is_one_of(value: Value<'_>, literals: &[Literal]) -> bool {
    literals.iter().any(|literal| is_equal(value, literal))
}

fn is_equal(value: Value<'_>, literal: &Literal) -> bool {
    match (value, literal) {
        (Value::Ip(ip), Literal::Network(network, bits)) => is_inside(ip, *network, *bits),
        (Value::Bool(value), Literal::Bool(wanted)) => value == *wanted,
        (_, Literal::Text(wanted)) => any_text(value, |text| text.eq_ignore_ascii_case(wanted)),
        _ => any_order(value, literal, &[Ordering::Equal]),
    }
}

fn any_order(value: Value<'_>, literal: &Literal, wanted: &[Ordering]) -> bool {
    let fits = |ordering: Ordering| wanted.contains(&ordering);
    match (value, literal) {
        (Value::Number(value), Literal::Number(number)) => fits(value.cmp(number)),
        (Value::Hex(value), Literal::Number(number)) => fits(u64::from(value).cmp(number)),
        (Value::Time(value), Literal::Time(time)) => fits(value.cmp(time)),
        (Value::Numbers(list), Literal::Number(number)) => {
            list.iter().any(|value| fits(u64::from(*value).cmp(number)))
        }
        _ => false,
    }
}

fn is_inside(ip: IpAddr, network: IpAddr, bits: u8) -> bool {
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) => {
            let differ = u32::from(ip) ^ u32::from(network);
            differ.leading_zeros() >= u32::from(bits)
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) => {
            let differ = u128::from(ip) ^ u128::from(network);
            differ.leading_zeros() >= u32::from(bits)
        }
        _ => false,
    }
}

/// Whether a text fits; addresses and flags are texts too.
fn any_text(value: Value<'_>, fits: impl Fn(&[u8]) -> bool) -> bool {
    let written = |write: &dyn Fn(&mut Vec<u8>)| {
        let mut text = Vec::with_capacity(48);
        write(&mut text);
        fits(&text)
    };
    match value {
        Value::Text(text) => fits(text.as_bytes()),
        Value::Bytes(bytes) => fits(bytes),
        Value::Texts(list) => list.iter().any(|text| fits(text.as_bytes())),
        Value::Ip(ip) => written(&|out| format::ip(out, ip)),
        Value::Mac(mac) => written(&|out| format::mac(out, mac)),
        Value::Hex(byte) => written(&|out| format::hex(out, byte)),
        _ => false,
    }
}

/// `part` is in lower case in all three.
fn contains(text: &[u8], part: &[u8]) -> bool {
    let Some((first, _)) = part.split_first() else {
        return true;
    };
    let mut starts_at = memchr::memchr2_iter(*first, first.to_ascii_uppercase(), text);
    starts_at.any(|position| text.get(position..).is_some_and(|tail| starts(tail, part)))
}

fn starts(text: &[u8], part: &[u8]) -> bool {
    text.get(..part.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(part))
}

fn ends(text: &[u8], part: &[u8]) -> bool {
    let start = text.len().checked_sub(part.len());
    start.is_some_and(|start| starts(text.get(start..).unwrap_or_default(), part))
}
