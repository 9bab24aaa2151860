//! What heads say of their connection: logins with NTLM (RFC 4559, [MS-NTHT]), which take two requests and their answers, and
//! that it becomes one of WebSocket (RFC 6455, section 4).

use std::borrow::Cow;

use wirewatch_records::{Row, WebsocketUpgradeRow};

use super::Http;
use super::exchange::Exchange;
use super::head::{Head, trim};
use crate::ntlmssp::Talk;
use crate::protocol::Side;
use crate::sink::Sink;

/// Protocols and extensions of WebSocket that are told; clients offer one or two.
const MAX_OFFERS: usize = 16;

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

/// Both sides agreed on WebSocket: tells what Zeek's log has of that.
pub(super) fn upgraded(exchange: &Exchange, sink: &mut dyn Sink) {
    let (request, response) = (&exchange.request.head, &exchange.response.head);
    let protocol = b"Sec-WebSocket-Protocol";
    let extensions = b"Sec-WebSocket-Extensions";
    let client_protocols = offers(request, protocol);
    let client_extensions = offers(request, extensions);
    let server_extensions = offers(response, extensions);
    let row = WebsocketUpgradeRow {
        host: request.find(b"Host"),
        uri: exchange.uri(),
        user_agent: request.find(b"User-Agent"),
        subprotocol: response.find(protocol),
        client_protocols: &texts(&client_protocols),
        server_extensions: &texts(&server_extensions),
        client_extensions: &texts(&client_extensions),
    };
    sink.record(Some(exchange.id), Side::Client, &Row::WebsocketUpgrade(row));
}

/// The members of a header's lists.
fn offers<'a>(head: &'a Head, name: &[u8]) -> Vec<Cow<'a, str>> {
    let lists = head.values(name);
    let offers = lists.flat_map(|list| list.split(|byte| *byte == b','));
    offers
        .map(trim)
        .filter(|offer| !offer.is_empty())
        .map(String::from_utf8_lossy)
        .take(MAX_OFFERS)
        .collect()
}

fn texts<'a>(offers: &'a [Cow<'_, str>]) -> Vec<&'a str> {
    offers.iter().map(|offer| &**offer).collect()
}
