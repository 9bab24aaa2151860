//! What the heads of messages mean for their flow.

use super::body::{self, Framing, contains_ignoring_case};
use super::exchange::{self, Exchange, HEAD};
use super::lane::State;
use super::{Http, Outcome, connection, event, head, line, uri};
use crate::application::{COMPLETE, Event};
use crate::protocol::Side;
use crate::sink::{Fact, NamedBy, Sink};

/// Bytes of `Authorization` that are decoded; a user's name and a password fit.
const MAX_CREDENTIALS: usize = 512;
/// The scheme whose password is only written in another way (RFC 7617).
const BASIC: &[u8] = b"Basic";

/// Schemes of `Authorization` that are told apart by nothing but their names: those that IANA lists, and those of
/// Windows, storage clouds and widespread programming interfaces.
const SCHEMES: &[&[u8]] = &[
    b"Bearer",
    b"Concealed",
    b"DPoP",
    b"GNAP",
    b"HOBA",
    b"Mutual",
    b"Negotiate",
    b"OAuth",
    b"PrivateToken",
    b"SCRAM-SHA-1",
    b"SCRAM-SHA-256",
    b"vapid",
    b"NTLM",
    b"Kerberos",
    b"AWS",
    b"AWS4-HMAC-SHA256",
    b"AWS4-ECDSA-P256-SHA256",
    b"SharedKey",
    b"SharedKeyLite",
    b"SharedAccessSignature",
    b"GoogleLogin",
    b"ApiKey",
    b"Key",
    b"Token",
    b"JWT",
    b"Signature",
    b"Hawk",
    b"WSSE",
    b"Passport1.4",
];

/// Headers whose repetition is common and harmless.
const LISTS: &[&[u8]] = &[
    b"set-cookie",
    b"cookie",
    b"accept",
    b"vary",
    b"via",
    b"link",
    b"cache-control",
    b"warning",
    b"content-length", // has an event of its own
];

impl Http {
    /// Takes the head of a request.
    pub(super) fn request(&mut self, raw: &[u8], sink: &mut dyn Sink) -> Outcome {
        let mut exchange = self.new_exchange(sink);
        let id = exchange.id;
        self.client.messages = self.client.messages.saturating_add(1);
        self.client.exchange = id;
        // An answer that might have had a body has none when the next request comes.
        if matches!(self.server.state, State::Maybe(_)) && self.server.rest.is_empty() {
            self.no_body(Side::Server, sink);
        }
        let mut events: Vec<&'static Event> = Vec::new();
        let mut wrong = |event| events.push(event);
        read_request(&mut exchange, raw, self.server_port, &mut wrong);
        let framing = body::framing(&exchange.request.head, Side::Client, &mut wrong);
        exchange.request.progress = HEAD;
        let credentials = credentials(&exchange, &mut wrong);
        for event in events {
            if let Some(event) = exchange.is_wrong(event) {
                sink.anomaly(Some(id), Side::Client, event);
            }
        }
        self.learn(&mut exchange, credentials, sink);
        self.authorizes(&mut exchange);
        let is_connect = exchange.method() == b"CONNECT";
        let may_have_body = matches!(exchange.method(), b"POST" | b"PUT" | b"PATCH");
        if is_connect {
            exchange.request.progress = COMPLETE;
        }
        let is_over = !is_connect && framing == Framing::Empty && !may_have_body;
        if !is_over {
            sink.progress(&exchange, Side::Client);
        }
        self.exchanges.push_back(exchange);
        if is_connect {
            self.client.state = State::Tunnel;
            return Outcome::Tunnel;
        }
        match framing {
            Framing::Empty if may_have_body => Outcome::Maybe(Framing::UntilEnd),
            framing => Outcome::Body(framing),
        }
    }

    /// Tells who is called, and by whom.
    fn learn(
        &mut self,
        exchange: &mut Exchange,
        credentials: Option<(Vec<u8>, bool)>,
        sink: &mut dyn Sink,
    ) {
        tell_host(exchange, &mut self.host, sink);
        tell_proxy_login(exchange, sink);
        if let Some((user, plain_password)) = credentials {
            sink.learn(Fact::Login {
                user: &user,
                plain_password,
                accepted: None,
            });
            exchange.user = Some(user);
        }
    }

    /// Takes the head of an answer.
    pub(super) fn response(&mut self, raw: &[u8], sink: &mut dyn Sink) -> Outcome {
        let position = self.answered_exchange(sink);
        let Some(exchange) = self.exchanges.get_mut(position) else {
            return Outcome::Body(Framing::UntilEnd);
        };
        let id = exchange.id;
        self.server.exchange = id;
        self.server.messages = self.server.messages.saturating_add(1);
        let mut events: Vec<&'static Event> = Vec::new();
        let mut wrong = |event| events.push(event);
        let had_interim = exchange.interim.is_some();
        exchange
            .response
            .head
            .read(raw, Side::Server, &mut |event| wrong(event));
        let response = &exchange.response.head;
        exchange.status_line = line::status(response.line(), &mut wrong);
        repetitions(response, &event::RESPONSE_HEADER_REPETITION, &mut wrong);
        let framing = body::framing(response, Side::Server, &mut wrong);
        let code = exchange.status_line.code.unwrap_or(0);
        let outcome = answer_outcome(exchange, code, framing, &mut wrong);
        if had_interim && code == 100 {
            wrong(&event::CONTINUE_ALREADY_SEEN);
        }
        exchange.response.progress = HEAD;
        for event in events {
            if let Some(event) = exchange.is_wrong(event) {
                sink.anomaly(Some(id), Side::Server, event);
            }
        }
        if !matches!(outcome, Outcome::Interim) {
            connection::answered(&mut self.ntlm, exchange, code, sink);
        }
        match outcome {
            Outcome::Interim => exchange.pass_interim(code),
            Outcome::Switch(to) => {
                if to == Some("websocket") {
                    connection::upgraded(exchange, sink);
                }
                if to == Some("http2") {
                    self.upgraded = exchange.request.head.raw().to_vec();
                }
                if matches!(self.client.state, State::Maybe(_) | State::Unexpected) {
                    self.finish(Side::Client, true, sink);
                }
                self.finish(Side::Server, true, sink);
                return Outcome::Switch(to);
            }
            // When it is over, it is told once, as complete.
            Outcome::Body(Framing::Empty) => {}
            _ => sink.progress(exchange, Side::Server),
        }
        if let (true, Some(State::Tunnel)) = (code >= 300, Some(&self.client.state)) {
            // The tunnel was refused: what the client sent behind its request is another request.
            self.client.state = State::Start;
        }
        outcome
    }

    /// The position of the exchange that is answered next; a new one when no request waits.
    fn answered_exchange(&mut self, sink: &mut dyn Sink) -> usize {
        let waiting = |exchange: &Exchange| exchange.response.progress < HEAD;
        if let Some(position) = self.exchanges.iter().position(waiting) {
            return position;
        }
        let mut exchange = self.new_exchange(sink);
        exchange.request.progress = COMPLETE;
        if let Some(event) = exchange.is_wrong(&event::UNABLE_TO_MATCH) {
            sink.anomaly(Some(exchange.id), Side::Server, event);
        }
        self.exchanges.push_back(exchange);
        self.exchanges.len().saturating_sub(1)
    }

    /// Takes an answer without a head (HTTP/0.9).
    pub(super) fn simple_response(&mut self, sink: &mut dyn Sink) {
        let position = self.answered_exchange(sink);
        if let Some(exchange) = self.exchanges.get_mut(position) {
            exchange.response.progress = HEAD;
            self.server.exchange = exchange.id;
        }
        self.server.messages = self.server.messages.saturating_add(1);
        self.enter(Side::Server, Framing::UntilEnd, sink);
    }
}

/// Tells who is called, unless it is the same as before.
pub(crate) fn tell_host(exchange: &Exchange, last: &mut Vec<u8>, sink: &mut dyn Sink) {
    if let Some(host) = exchange.normal_host()
        && *host != **last
        && uri::is_host(&host)
    {
        let (name, source) = (&*host, NamedBy::Host);
        sink.learn(if is_for_proxy(exchange) {
            Fact::Asked { name, source }
        } else {
            Fact::ServerName { name, source }
        });
        last.clear();
        last.extend_from_slice(&host);
    }
}

/// Tells who logs in at a proxy with a password that anybody can read.
pub(crate) fn tell_proxy_login(exchange: &Exchange, sink: &mut dyn Sink) {
    if is_for_proxy(exchange) {
        tell_basic(exchange, b"Proxy-Authorization", sink);
    }
}

/// Tells who logs in by the scheme Basic.
pub(crate) fn tell_basic(exchange: &Exchange, header: &[u8], sink: &mut dyn Sink) {
    let value = exchange.request.head.find(header).unwrap_or_default();
    let Some((scheme, rest)) = value.split_at_checked(BASIC.len()) else {
        return;
    };
    if scheme.eq_ignore_ascii_case(BASIC)
        && let Some(decoded) = decoded_credentials(head::trim(rest))
        && let Some(colon) = memchr::memchr(b':', &decoded)
    {
        sink.learn(Fact::Login {
            user: decoded.get(..colon).unwrap_or_default(),
            plain_password: true,
            accepted: None,
        });
    }
}

fn decoded_credentials(text: &[u8]) -> Option<Vec<u8>> {
    base64(text.get(..MAX_CREDENTIALS).unwrap_or(text))
}

/// Whether the request goes to a proxy, which is not called by that name: it asks for a tunnel, or names the
/// whole address (RFC 9112, sections 3.2.2 and 3.2.3).
fn is_for_proxy(exchange: &Exchange) -> bool {
    let line = &exchange.request_line;
    let target = line.uri.map(|span| exchange.request.head.part(span));
    let is_whole = target.is_some_and(|target| {
        let scheme = target.get(..7).unwrap_or_default();
        scheme.eq_ignore_ascii_case(b"http://") || scheme.eq_ignore_ascii_case(b"https:/")
    });
    is_whole || exchange.method() == b"CONNECT"
}

/// Understands a request of HTTP/2, whose line was put together: `GET /path HTTP/2`.
pub(crate) fn set_request(exchange: &mut Exchange, authority: Option<Vec<u8>>, has_path: bool) {
    let head = &exchange.request.head;
    exchange.request_line = line::request(head.line(), &mut |_| {});
    let target = exchange.request_line.uri.map(|span| head.part(span));
    let normal = target.filter(|_| has_path).map(uri::normalise);
    exchange.path_length = target.map_or(0, <[u8]>::len);
    if let Some(normal) = normal {
        exchange.path_length = normal.path_length;
        exchange.normal_uri = normal.uri;
    }
    if let Some(authority) = authority {
        let (host, port) = uri::host_and_port(&authority);
        exchange.port = port.and_then(number);
        exchange.host = Some(host.to_vec()).filter(|host| !host.is_empty());
    }
}

/// Understands an answer of HTTP/2, whose line was put together: `HTTP/2 200`.
pub(crate) fn set_answer(exchange: &mut Exchange) {
    let line = exchange.response.head.line();
    exchange.status_line = line::status(line, &mut |_| {});
    exchange.status_line.message = Some(head::Span::default());
}

/// What follows the head of an answer (RFC 9112, section 6.3).
fn answer_outcome(
    exchange: &Exchange,
    code: u16,
    framing: Framing,
    wrong: &mut dyn FnMut(&'static Event),
) -> Outcome {
    let head = &exchange.response.head;
    let is_announced = matches!(framing, Framing::Length(_) | Framing::Chunked { .. });
    match code {
        200..300 if exchange.method() == b"CONNECT" => return Outcome::Switch(None),
        101 => {
            let asked = exchange.request.head.find(b"Upgrade");
            if let Some(agreed) = head.find(b"Upgrade") {
                if asked.is_none() {
                    wrong(&event::FAILED_PROTOCOL_CHANGE);
                }
                return Outcome::Switch(upgraded(agreed));
            }
            return Outcome::Maybe(framing);
        }
        100..200 if is_announced => return Outcome::Maybe(framing),
        100..200 => return Outcome::Interim,
        _ if exchange.method() == b"HEAD" => return Outcome::Body(Framing::Empty),
        // It must not announce even an empty body (RFC 9110, section 8.6).
        204 if framing == Framing::Empty => {
            wrong(&event::RESPONSE_BODY_UNEXPECTED);
            return Outcome::Body(Framing::Empty);
        }
        204 | 304 if is_announced => return Outcome::Maybe(framing),
        204 | 304 => return Outcome::Body(Framing::Empty),
        _ => {}
    }
    if matches!(framing, Framing::Chunked { .. }) && head.line().starts_with(b"HTTP/1.0") {
        wrong(&event::RESPONSE_CHUNKED_OLD_PROTO);
    }
    if let Some(kind) = head.find(b"Content-Type")
        && contains_ignoring_case(kind.get(..20).unwrap_or_default(), b"multipart/byteranges")
    {
        wrong(&event::RESPONSE_MULTIPART_BYTERANGES);
    }
    if let Some(range) = head.find(b"Content-Range")
        && !exchange::content_range(range).1
    {
        wrong(&event::RANGE_INVALID);
    }
    Outcome::Body(framing)
}

/// The parser of what an `Upgrade` names.
fn upgraded(agreed: &[u8]) -> Option<&'static str> {
    if contains_ignoring_case(agreed, b"websocket") {
        Some("websocket")
    } else if contains_ignoring_case(agreed, b"h2c") {
        Some("http2")
    } else {
        None
    }
}

fn read_request(
    exchange: &mut Exchange,
    raw: &[u8],
    server_port: u16,
    wrong: &mut dyn FnMut(&'static Event),
) {
    exchange.request.head.read(raw, Side::Client, wrong);
    let head = &exchange.request.head;
    exchange.request_line = line::request(head.line(), wrong);
    repetitions(head, &event::REQUEST_HEADER_REPETITION, wrong);
    let is_connect = head.part(exchange.request_line.method) == b"CONNECT";
    let target = exchange.request_line.uri.map(|span| head.part(span));
    let named = head.find(b"Host");
    let parts = target.map(uri::parts).unwrap_or_default();
    let authority = if is_connect { target } else { parts.authority };
    let authority = authority.filter(|authority| *authority != b"/");
    if let Some(target) = target
        && !is_connect
    {
        let normal = uri::normalise(target);
        exchange.path_length = normal.path_length;
        if normal.twice_encoded {
            wrong(&event::DOUBLE_ENCODED_URI);
        }
        if normal.query_twice_encoded {
            wrong(&event::DOUBLE_ENCODED_QUERY);
        }
        exchange.normal_uri = normal.uri;
    } else {
        exchange.path_length = target.map_or(0, <[u8]>::len);
    }
    let is_new = head.part(exchange.request_line.protocol.unwrap_or_default()) == b"HTTP/1.1";
    if named.is_none() && is_new {
        wrong(&event::MISSING_HOST_HEADER);
    }
    let (host, port) = chosen_host(authority, named, is_connect, wrong);
    if let Some(port) = port
        && named.is_some()
        && authority.is_none()
        && port != server_port
    {
        wrong(&event::REQUEST_SERVER_PORT_MISMATCH);
    }
    exchange.port = port;
    exchange.host = host.filter(|host| !host.is_empty()).map(<[u8]>::to_vec);
}

/// The host and port that a request is for: the address's before the header's (RFC 9112, section 3.2.2).
fn chosen_host<'a>(
    authority: Option<&'a [u8]>,
    named: Option<&'a [u8]>,
    is_connect: bool,
    wrong: &mut dyn FnMut(&'static Event),
) -> (Option<&'a [u8]>, Option<u16>) {
    let in_address = authority.map(uri::host_and_port);
    let in_header = named.map(uri::host_and_port);
    if let Some((host, port)) = in_address {
        if !uri::is_host(host) {
            wrong(&event::URI_HOST_INVALID);
        }
        if port.is_some_and(|port| number(port).is_none()) {
            wrong(if is_connect {
                &event::INVALID_AUTHORITY_PORT
            } else {
                &event::INVALID_SERVER_PORT
            });
        }
        if in_header.is_some_and(|(named, _)| !named.eq_ignore_ascii_case(host)) {
            wrong(&event::HOST_HEADER_AMBIGUOUS);
        }
    }
    if let Some((host, port)) = in_header
        && (!uri::is_host(host) || port.is_some_and(|port| number(port).is_none()))
    {
        wrong(&event::HEADER_HOST_INVALID);
    }
    let chosen = in_address.or(in_header);
    let port = chosen.and_then(|(_, port)| port).and_then(number);
    (chosen.map(|(host, _)| host), port)
}

fn number(digits: &[u8]) -> Option<u16> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Looks for headers that should occur once.
fn repetitions(head: &head::Head, event: &'static Event, wrong: &mut dyn FnMut(&'static Event)) {
    /// Headers that are compared with each other; more would cost their square.
    const MAX_COMPARED: usize = 64;
    let names = || head.fields().map(|(name, _)| name).take(MAX_COMPARED);
    for (index, name) in names().enumerate() {
        let earlier = names()
            .take(index)
            .any(|other| !name.is_empty() && other.eq_ignore_ascii_case(name));
        if earlier && !LISTS.iter().any(|list| name.eq_ignore_ascii_case(list)) {
            return wrong(event);
        }
    }
}

/// The user in `Authorization`, and whether a password stands beside it (RFC 7617, RFC 7616).
fn credentials(
    exchange: &Exchange,
    wrong: &mut dyn FnMut(&'static Event),
) -> Option<(Vec<u8>, bool)> {
    let value = exchange.request.head.find(b"Authorization")?;
    let split = value.iter().position(|byte| *byte == b' ');
    let (scheme, rest) = value.split_at_checked(split.unwrap_or(value.len()))?;
    let rest = head::trim(rest);
    if scheme.eq_ignore_ascii_case(BASIC) {
        let Some(mut decoded) = decoded_credentials(rest) else {
            wrong(&event::AUTH_UNRECOGNIZED);
            wrong(&event::AUTH_INVALID);
            return None;
        };
        let colon = decoded.iter().position(|byte| *byte == b':');
        if colon.is_none() {
            wrong(&event::AUTH_INVALID);
        }
        decoded.truncate(colon.unwrap_or(decoded.len()));
        return Some((decoded, colon.is_some()));
    }
    if scheme.eq_ignore_ascii_case(b"Digest") {
        let listed = [b";", rest].concat();
        let listed: Vec<u8> = listed
            .iter()
            .map(|byte| if *byte == b',' { b';' } else { *byte })
            .collect();
        let user = super::multipart::parameter(&listed, b"username")
            .or_else(|| super::multipart::parameter(&listed, b"username*"));
        if user.is_none() {
            wrong(&event::AUTH_INVALID);
        }
        return user.map(|user| (user.to_vec(), false));
    }
    if !SCHEMES
        .iter()
        .any(|known| scheme.eq_ignore_ascii_case(known))
    {
        wrong(&event::AUTH_UNRECOGNIZED);
    }
    None
}

/// Decodes base64 (RFC 4648, sections 4 and 5) with or without its padding.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.iter().take_while(|byte| **byte != b'=') {
        let value = match byte {
            b'A'..=b'Z' => byte.wrapping_sub(b'A'),
            b'a'..=b'z' => byte.wrapping_sub(b'a').wrapping_add(26),
            b'0'..=b'9' => byte.wrapping_sub(b'0').wrapping_add(52),
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(out)
}
