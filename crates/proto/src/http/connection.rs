//! Logins with NTLM (RFC 4559, [MS-NTHT]): who logs in is said of a connection, over two requests and their answers.

use super::Http;
use super::exchange::Exchange;
use super::head::{Head, trim};
use crate::ntlmssp::Talk;
use crate::sink::Sink;

impl Http {
    /// A request may answer the challenge of this connection.
    pub(super) fn authorizes(&mut self, exchange: &mut Exchange) {
        let Some(talk) = &mut self.ntlm else {
            return;
        };
        let said = [&b"Authorization"[..], b"Proxy-Authorization"];
        if said
            .iter()
            .any(|name| hear(talk, &exchange.request.head, name))
        {
            exchange.user = talk.user().map(<[u8]>::to_vec);
        }
    }
}

/// An answer refuses, and may hold a challenge, or it tells that the login is good.
pub(super) fn answered(
    ntlm: &mut Option<Box<Talk>>,
    exchange: &Exchange,
    code: u16,
    sink: &mut dyn Sink,
) {
    let asks = match code {
        401 => &b"WWW-Authenticate"[..],
        407 => b"Proxy-Authenticate",
        _ => b"",
    };
    if let Some(mut talk) = ntlm.take() {
        talk.answered(asks.is_empty(), Some(exchange.id), sink);
    }
    if asks.is_empty() {
        return;
    }
    let mut talk = Talk::default();
    hear(&mut talk, &exchange.response.head, asks);
    if talk.is_challenged() {
        *ntlm = Some(Box::new(talk));
    }
}

/// Reads the messages in headers of this name; true when the client says who it is.
fn hear(talk: &mut Talk, head: &Head, name: &[u8]) -> bool {
    let mut is_told = false;
    for value in head.values(name) {
        let Some(space) = value.iter().position(|byte| *byte == b' ') else {
            continue;
        };
        let (scheme, text) = value.split_at_checked(space).unwrap_or_default();
        if scheme.eq_ignore_ascii_case(b"NTLM") || scheme.eq_ignore_ascii_case(b"Negotiate") {
            is_told |= talk.hear_text(trim(text));
        }
    }
    is_told
}
