//! Who logs in by a form whose password anybody can read (`application/x-www-form-urlencoded`).
//!
//! HTML says what the fields of a form look like on the wire, but not what they are called; these names are
//! those of common programs.

use super::exchange::Exchange;
use crate::mime::percent;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{bounded, split};

const FORM: &[u8] = b"application/x-www-form-urlencoded";
/// Fields of a form that are looked at; those for logging in have few.
const MAX_FIELDS: usize = 64;
/// Bytes of a user's name.
const MAX_USER: usize = 128;
const PASSWORDS: &[&[u8]] = &[
    b"pass",
    b"pwd",
    b"passwd",
    b"password",
    b"passphrase",
    b"pw",
];
const USERS: &[&[u8]] = &[
    b"user",
    b"username",
    b"user_name",
    b"userid",
    b"login",
    b"email",
    b"log",
    b"uname",
    b"name",
];

/// Tells of a password in the body of a request that is complete.
pub(super) fn tell(exchange: &Exchange, sink: &mut dyn Sink) {
    let body = &exchange.half(Side::Client).body;
    if body.is_empty() || !is_form(exchange) {
        return;
    }
    let fields = || {
        let fields = body.split(|byte| *byte == b'&').take(MAX_FIELDS);
        fields.map(|field| split(field.trim_ascii(), b'='))
    };
    if fields().any(|(name, value)| !value.is_empty() && is_one_of(name, PASSWORDS)) {
        let user = fields().find(|(name, _)| is_one_of(name, USERS));
        let user = user.map(|(_, value)| plain(value)).unwrap_or_default();
        sink.learn(Fact::Login {
            user: &user,
            plain_password: true,
            accepted: None,
        });
    }
}

fn is_form(exchange: &Exchange) -> bool {
    let kind = exchange.half(Side::Client).head.find(b"Content-Type");
    let kind = split(kind.unwrap_or_default(), b';').0.trim_ascii();
    kind.eq_ignore_ascii_case(FORM)
}

fn is_one_of(name: &[u8], known: &[&[u8]]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A value without its escapes.
fn plain(value: &[u8]) -> Vec<u8> {
    let spaced = |byte: &u8| if *byte == b'+' { b' ' } else { *byte };
    let text: Vec<u8> = bounded(value, MAX_USER).iter().map(spaced).collect();
    let mut out = Vec::new();
    percent(&text, &mut out);
    out
}
