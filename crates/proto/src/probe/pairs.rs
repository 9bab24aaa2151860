//! Questions and answers of datagrams that confirm each other: what each alone could be by chance is
//! certain when the answer repeats something of the question.

use super::read::u16_at;

/// Whether this answer belongs to this question; asked when both sides fit the protocol.
pub(crate) fn confirm(protocol: &str, client: &[u8], server: &[u8]) -> bool {
    match protocol {
        "ntp" => repeats(client, 40, server, 24, 8),
        "radius" => repeats(client, 1, server, 1, 1) && is_radius(client) && is_radius(server),
        _ => false,
    }
}

/// Whether `length` bytes of the answer are those of the question, and not all zero. NTP's answer holds
/// the time that the question was sent at (RFC 5905, section 7.3).
fn repeats(client: &[u8], from: usize, server: &[u8], at: usize, length: usize) -> bool {
    let question = client.get(from..from.saturating_add(length));
    let answer = server.get(at..at.saturating_add(length));
    question.is_some_and(|bytes| bytes.iter().any(|byte| *byte != 0)) && question == answer
}

/// Whether a message is as long as it says, and made of attributes.
fn is_radius(message: &[u8]) -> bool {
    let length = u16_at(message, 2).map(usize::from);
    length == Some(message.len()) && ends_with_attributes(message)
}

/// Whether attributes, each with its length, fill the message behind its head of 20 bytes (RFC 2865, section 5).
pub(super) fn ends_with_attributes(message: &[u8]) -> bool {
    let mut rest = message.get(20..).unwrap_or_default();
    while let [_, length, ..] = rest {
        match rest.split_at_checked(usize::from(*length)) {
            Some((attribute, after)) if attribute.len() >= 2 => rest = after,
            _ => return false,
        }
    }
    rest.is_empty()
}
