//! The fields of one block of headers, and the message that they make.

use crate::application::Event;
use crate::http::exchange::Exchange;
use crate::http::{message, names};
use crate::protocol::Side;

use super::event;

/// Names and values of a block, one behind the other.
#[derive(Debug, Default)]
pub(super) struct List {
    bytes: Vec<u8>,
    ends: Vec<(usize, usize)>,
}

impl List {
    pub(super) fn push(&mut self, name: &[u8], value: &[u8]) {
        self.bytes.extend_from_slice(name);
        let name_end = self.bytes.len();
        self.bytes.extend_from_slice(value);
        self.ends.push((name_end, self.bytes.len()));
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut start = 0;
        self.ends.iter().map(move |(name_end, end)| {
            let name = self.bytes.get(start..*name_end).unwrap_or_default();
            start = *end;
            (name, self.bytes.get(*name_end..*end).unwrap_or_default())
        })
    }

    fn find(&self, wanted: &[u8]) -> Option<&[u8]> {
        self.fields()
            .find(|(name, _)| *name == wanted)
            .map(|(_, value)| value)
    }
}

/// Makes a message of a block of headers: its first line is put together from the pseudo headers, as
/// rules of HTTP/1 expect it.
pub(super) fn read_message(
    exchange: &mut Exchange,
    side: Side,
    list: &List,
) -> Vec<&'static Event> {
    let mut events: Vec<&'static Event> = Vec::new();
    let line = match side {
        Side::Client => {
            let method = list.find(b":method").unwrap_or_default();
            let path = list.find(b":path");
            let path = path.or_else(|| list.find(b":authority"));
            [method, b" ", path.unwrap_or_default(), b" HTTP/2\r\n"].concat()
        }
        Side::Server => {
            let status = list.find(b":status").unwrap_or_default();
            [b"HTTP/2 ", status, b"\r\n"].concat()
        }
    };
    let half = exchange.half_mut(side);
    half.head.set(&line);
    for (name, value) in list.fields() {
        half.head.push(name, value);
    }
    match side {
        Side::Client => {
            let authority = list.find(b":authority");
            let host = list.find(b"host");
            if let (Some(authority), Some(host)) = (authority, host)
                && !authority.eq_ignore_ascii_case(host)
            {
                events.push(&event::AUTHORITY_HOST_MISMATCH);
            }
            if authority.is_some_and(|authority| authority.contains(&b'@')) {
                events.push(&event::USERINFO_IN_URI);
            }
            let has_path = list.find(b":path").is_some();
            if list.find(b":method") == Some(b"CONNECT") && !is_connect(list) {
                events.push(&event::INVALID_CONNECT);
            }
            let host = authority.or(host).map(<[u8]>::to_vec);
            message::set_request(exchange, host, has_path);
        }
        Side::Server => message::set_answer(exchange),
    }
    events
}

/// Whether a `CONNECT` has what it must have and nothing else (section 8.5). One that leads to another protocol is
/// like any request (RFC 8441, section 4).
fn is_connect(list: &List) -> bool {
    let has = |name: &[u8]| list.find(name).is_some();
    let leads_on = has(b":protocol");
    has(b":authority") && has(b":path") == leads_on && has(b":scheme") == leads_on
}

/// Whether a message is DNS over HTTPS (RFC 8484, section 6).
pub(super) fn asks_for_names(list: &List) -> bool {
    let kinds = [&b"content-type"[..], b"accept"];
    let mut kinds = kinds.into_iter().filter_map(|name| list.find(name));
    kinds.any(names::is_named)
}
