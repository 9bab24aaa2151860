//! What messages tell beyond themselves: who asked for what, and which address has which name.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::data;
use super::message::{Message, Section};
use crate::sink::{Fact, NamedBy, Sink};

/// Facts per message; right messages tell a few, and every fact costs a look-up.
const MAX_FACTS: usize = 64;
/// Aliases that are followed from the name that was asked for.
const MAX_ALIASES: usize = 16;
/// The longest name that is told.
const MAX_NAME: usize = 255;

/// Tells what a message tells.
pub(super) fn learn(source: NamedBy, message: &Message, bytes: &[u8], sink: &mut dyn Sink) {
    if message.header.is_response() {
        answered(source, message, bytes, sink);
        return;
    }
    for question in message.questions.iter().take(MAX_FACTS) {
        let name = message.text(question.name);
        with_lower(name, |name| sink.learn(Fact::Asked { name, source }));
    }
}

fn answered(source: NamedBy, message: &Message, bytes: &[u8], sink: &mut dyn Sink) {
    let asked = message
        .questions
        .first()
        .map(|question| message.text(question.name));
    // The name that was asked for and what it is an alias of, in the order of the answers.
    let mut chain = [asked.unwrap_or_default(); MAX_ALIASES];
    let mut length = usize::from(asked.is_some());
    let everywhere = source == NamedBy::Mdns;
    let mut told = 0;
    for record in &message.records {
        if record.section != Section::Answers && !everywhere {
            break;
        }
        let owner = message.text(record.name);
        let aliases = chain.get(..length).unwrap_or_default();
        let in_chain = aliases
            .iter()
            .any(|alias| alias.eq_ignore_ascii_case(owner));
        if record.kind == 5 && in_chain {
            if let Some(next) = chain.get_mut(length) {
                *next = message.text(record.target);
                length += 1;
            }
            continue;
        }
        let fact = match (data::address(record, bytes), record.kind) {
            (Some(address), _) => Some((address, asked.filter(|_| in_chain).unwrap_or(owner))),
            (None, 12) => pointer(owner).map(|address| (address, message.text(record.target))),
            _ => None,
        };
        let Some((address, name)) = fact else {
            continue;
        };
        let ttl = record.ttl;
        with_lower(name, |name| {
            sink.learn(Fact::AddressName {
                address,
                name,
                ttl,
                source,
            });
        });
        told += 1;
        if told == MAX_FACTS {
            break;
        }
    }
}

/// Hands out a name in small letters, unless it is empty or too long to be one.
pub(crate) fn with_lower(name: &[u8], mut take: impl FnMut(&[u8])) {
    let mut lower = [0; MAX_NAME];
    let Some(lower) = lower
        .get_mut(..name.len())
        .filter(|lower| !lower.is_empty())
    else {
        return;
    };
    for (to, from) in lower.iter_mut().zip(name) {
        *to = from.to_ascii_lowercase();
    }
    take(lower);
}

/// The address that a name in the reverse trees stands for (RFC 1035, section 3.5; RFC 3596, section 2.5).
fn pointer(name: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(name).ok()?;
    let cut = |tree: &str| {
        let start = text.len().checked_sub(tree.len())?;
        let (labels, end) = text.split_at_checked(start)?;
        end.eq_ignore_ascii_case(tree).then_some(labels)
    };
    if let Some(labels) = cut(".in-addr.arpa") {
        let mut octets = [0; 4];
        let mut parts = labels.split('.');
        for octet in octets.iter_mut().rev() {
            *octet = parts.next()?.parse().ok()?;
        }
        return parts
            .next()
            .is_none()
            .then(|| Ipv4Addr::from(octets).into());
    }
    let labels = cut(".ip6.arpa")?;
    let (mut bits, mut count) = (0u128, 0u32);
    for label in labels.split('.') {
        let digit = u128::from(u8::from_str_radix(label, 16).ok()?);
        bits |= digit.checked_shl(count * 4)?;
        count += 1;
        if count > 32 || label.len() != 1 {
            return None;
        }
    }
    (count == 32).then(|| Ipv6Addr::from(bits).into())
}
