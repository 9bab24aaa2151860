//! SIP over UDP and TCP (RFC 3261): who calls whom, and where the media will flow (SDP, RFC 8866).
//!
//! Each message is a transaction of its own, as in Suricata; requests and their responses are
//! brought together by [`exchange`] only for Zeek's log.

mod exchange;
mod message;
mod sdp;
#[cfg(test)]
mod tests;

use std::net::IpAddr;

use wirewatch_records::{Kind, Row, SipRow};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::{Side, Transport};
use crate::sink::{Fact, Frame, Sink};
use crate::waiting::{Sides, Step, Waiting, drive};
use exchange::Calls;
use message::{Head, Header};
use sdp::Session;

/// What a body is that describes a session.
const SDP_TYPE: &[u8] = b"application/sdp";

/// Bytes of a message over TCP that wait for the rest: head and body of the largest ones there are.
const MAX_MESSAGE: usize = 64 << 10;

/// SIP.
pub(crate) static SIP: Application = Application {
    names: &["sip"],
    new: |facts: &Facts| {
        Box::new(Sip {
            transport: facts.transport,
            next_id: 0,
            waiting: Sides::default(),
            calls: Calls::default(),
        })
    },
    frames: &[
        "pdu",
        "request.line",
        "request.headers",
        "request.body",
        "response.line",
        "response.headers",
        "response.body",
    ],
    buffers: BUFFERS,
    numbers: &[],
    events: &[INCOMPLETE, INVALID],
};

const METHOD: usize = 0;
const URI: usize = 1;
const REQUEST_LINE: usize = 2;
const STAT_CODE: usize = 3;
const STAT_MSG: usize = 4;
const RESPONSE_LINE: usize = 5;
const PROTOCOL: usize = 6;
const FROM: usize = 7;
const TO: usize = 8;
const VIA: usize = 9;
const USER_AGENT: usize = 10;
const CONTENT_TYPE: usize = 11;
const CONTENT_LENGTH: usize = 12;
/// Where the buffers of the session description begin, in the order of [`sdp::Part`].
const SDP: usize = 13;
/// Values that are told but that rules have no name for.
const CALL_ID: usize = 100;
const CSEQ: usize = 101;

const fn several(name: &'static str) -> Field {
    Field {
        many: true,
        ..either(name, COMPLETE)
    }
}

const BUFFERS: &[Field] = &[
    either("sip.method", COMPLETE),
    either("sip.uri", COMPLETE),
    either("sip.request_line", COMPLETE),
    either("sip.stat_code", COMPLETE),
    either("sip.stat_msg", COMPLETE),
    either("sip.response_line", COMPLETE),
    either("sip.protocol", COMPLETE),
    several("sip.from"),
    several("sip.to"),
    several("sip.via"),
    several("sip.user_agent"),
    several("sip.content_type"),
    several("sip.content_length"),
    either("sdp.origin", COMPLETE),
    either("sdp.session_name", COMPLETE),
    either("sdp.session_info", COMPLETE),
    either("sdp.uri", COMPLETE),
    either("sdp.email", COMPLETE),
    either("sdp.phone_number", COMPLETE),
    either("sdp.connection_data", COMPLETE),
    several("sdp.bandwidth"),
    either("sdp.time", COMPLETE),
    either("sdp.repeat_time", COMPLETE),
    either("sdp.timezone", COMPLETE),
    either("sdp.encryption_key", COMPLETE),
    several("sdp.attribute"),
    several("sdp.media.media"),
    several("sdp.media.session_info"),
    several("sdp.media.connection_data"),
    several("sdp.media.encryption_key"),
];

const INCOMPLETE: Event = Event {
    code: "sip.incomplete_data",
    description: "A SIP message ends within its headers.",
};
const INVALID: Event = Event {
    code: "sip.invalid_data",
    description: "A SIP message begins with a line that is neither request nor response.",
};

struct Sip {
    transport: Transport,
    next_id: u64,
    waiting: Sides<Waiting>,
    calls: Calls,
}

/// What is kept beside the values.
#[derive(Debug)]
struct Detailed {
    sdp: Option<String>,
}

impl Detail for Detailed {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        put(&SipRow {
            method: exchange.first(METHOD),
            uri: exchange.first(URI),
            version: exchange.first(PROTOCOL),
            request_line: exchange.first(REQUEST_LINE),
            code: exchange.first(STAT_CODE),
            reason: exchange.first(STAT_MSG),
            response_line: exchange.first(RESPONSE_LINE),
            from: exchange.first(FROM),
            to: exchange.first(TO),
            call_id: exchange.first(CALL_ID),
            cseq: exchange.first(CSEQ),
            user_agent: exchange.first(USER_AGENT),
            content_type: exchange.first(CONTENT_TYPE),
            sdp: exchange.detail.sdp.as_deref(),
        }
        .into());
    }
}

impl Sip {
    fn message(&mut self, side: Side, head: &Head<'_>, body: &[u8], sink: &mut dyn Sink) {
        let is_sdp = head
            .value(Header::ContentType)
            .and_then(|kind| kind.get(..SDP_TYPE.len()))
            .is_some_and(|kind| kind.eq_ignore_ascii_case(SDP_TYPE));
        let session = is_sdp.then(|| Session::read(body));
        let detail = Detailed {
            sdp: session.as_ref().map(Session::json),
        };
        let mut exchange = Exchange::new(self.next_id, &SIP, detail);
        self.next_id += 1;
        reserve(&mut exchange, head, session.as_ref());
        put(&mut exchange, side, head);
        if let Some(session) = &session {
            session.put(SDP, side, &mut exchange);
            for (address, port, name) in session.media() {
                expect(address, port, name, sink);
            }
        }
        if !head.is_whole {
            exchange.event(side, 0, sink);
        }
        if sink.wants(Kind::SipExchange) {
            self.calls.take(side, head, body.len(), sink);
        }
        exchange.single(side, sink);
    }

    fn unreadable(&mut self, side: Side, sink: &mut dyn Sink) {
        let detail = Detailed { sdp: None };
        let mut exchange = Exchange::new(self.next_id, &SIP, detail);
        self.next_id += 1;
        exchange.event(side, 1, sink);
        exchange.reach(side, COMPLETE, sink);
    }

    fn stream(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_MESSAGE, |bytes| {
            let blank = bytes
                .iter()
                .take_while(|byte| matches!(byte, b'\r' | b'\n' | 0));
            // Empty lines between messages keep the connection alive (RFC 5626, section 3.5.1).
            match blank.count() {
                0 => {}
                count => return Step::Used(count),
            }
            let Some(end) = message::end(bytes) else {
                return Step::More;
            };
            let Some(head) = Head::read(bytes.get(..end).unwrap_or_default(), true) else {
                self.unreadable(side, sink);
                return Step::Stop(Next::Done);
            };
            let length = head.content_length().min(MAX_MESSAGE);
            let Some(body) = bytes.get(end..end + length) else {
                return Step::More;
            };
            let message = bytes.get(..end + length).unwrap_or_default();
            spans(side, &head, message, end, bytes.len(), sink);
            self.message(side, &head, body, sink);
            Step::Used(end + length)
        })
    }
}

/// The spans of a message, whose head has `end` bytes with the empty line: that belongs to neither part.
fn spans(
    side: Side,
    head: &Head<'_>,
    message: &[u8],
    end: usize,
    rest: usize,
    sink: &mut dyn Sink,
) {
    let first = if head.is_request() { 1 } else { 4 };
    let line = crate::waiting::line(message).map_or(end, |(_, length)| length.min(end));
    let headers = message.get(line..end).unwrap_or_default();
    let blank = [&b"\r\n"[..], b"\n"];
    let mut blank = blank.into_iter().filter(|blank| headers.ends_with(blank));
    let headers = headers
        .len()
        .saturating_sub(blank.next().map_or(0, <[u8]>::len));
    let mut span = |kind, start: usize, length| {
        sink.frame(Frame::new(kind, side, rest.saturating_sub(start), length));
    };
    span(0, 0, message.len());
    span(first, 0, line);
    span(first + 1, line, headers);
    let body = message.len().saturating_sub(end);
    if body > 0 {
        span(first + 2, end, body);
    }
}

/// Makes place for what [`put`] and the description put.
fn reserve(exchange: &mut Exchange<Detailed>, head: &Head<'_>, session: Option<&Session<'_>>) {
    let values = head.headers.iter().map(|(_, value)| value.len());
    let described = session.map_or((0, 0), Session::extent);
    let bytes = 2 * head.line.len() + values.sum::<usize>() + described.1;
    exchange.reserve(4 + head.headers.len() + described.0, bytes);
}

fn put(exchange: &mut Exchange<Detailed>, side: Side, head: &Head<'_>) {
    let [first, second, third] = head.words;
    if head.is_request() {
        exchange.put(METHOD, side, first);
        exchange.put(URI, side, second);
        exchange.put(PROTOCOL, side, third);
        exchange.put(REQUEST_LINE, side, head.line);
    } else {
        exchange.put(PROTOCOL, side, first);
        exchange.put(STAT_CODE, side, second);
        exchange.put(STAT_MSG, side, third);
        exchange.put(RESPONSE_LINE, side, head.line);
    }
    for (header, value) in &head.headers {
        let buffer = match header {
            Header::From => FROM,
            Header::To => TO,
            Header::Via => VIA,
            Header::UserAgent => USER_AGENT,
            Header::ContentType => CONTENT_TYPE,
            Header::ContentLength => CONTENT_LENGTH,
            Header::CallId => CALL_ID,
            Header::CSeq => CSEQ,
            _ => continue,
        };
        exchange.put(buffer, side, value);
    }
}

/// Media will come to this address, and its control to the port above (RFC 3550, section 11).
fn expect(address: IpAddr, port: u16, about: &[u8], sink: &mut dyn Sink) {
    for (port, name) in [(Some(port), "rtp"), (port.checked_add(1), "rtcp")] {
        if let Some(port) = port {
            sink.learn(Fact::Expect {
                server: address,
                port,
                name,
                about,
            });
        }
    }
}

impl Parser for Sip {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if self.transport == Transport::Tcp {
            return self.stream(side, bytes, sink);
        }
        // What is only there to keep a way open is no message.
        if bytes.trim_ascii().is_empty() || bytes.len() < 8 {
            return Next::More;
        }
        let whole = message::end(bytes);
        let end = whole.unwrap_or(bytes.len());
        match Head::read(bytes.get(..end).unwrap_or_default(), whole.is_some()) {
            Some(head) => {
                let body = bytes.get(end..).unwrap_or_default();
                spans(side, &head, bytes, end, bytes.len(), sink);
                self.message(side, &head, body, sink);
            }
            None => self.unreadable(side, sink),
        }
        Next::More
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.lose(side, length)
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.calls.end(sink);
        }
    }

    fn held(&self) -> usize {
        self.waiting.held() + self.calls.held()
    }
}
