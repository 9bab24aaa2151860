//! DNS over UDP and TCP, and its two siblings for the local link: multicast DNS and LLMNR.
//!
//! RFC 1035, RFC 6762, RFC 4795. Each message is a transaction of its own, as in Suricata; what was
//! asked and what was answered are brought together by [`exchange`] only for Zeek's log.

mod asked;
pub(crate) mod carried;
mod codes;
mod data;
mod eve;
mod event;
mod exchange;
mod facts;
mod message;
mod name;
mod stream;
#[cfg(test)]
mod tests;
mod transaction;

use std::cell::Cell;

use wirewatch_records::Kind;

use crate::application::{Application, Event, Facts, Field, Next, Parser};
use crate::protocol::{Side, Transport};
use crate::sink::{Frame, NamedBy, Sink};
use asked::Asked;
use eve::{Form, Lists};
use event::{
    INFINITE_LOOP, INVALID_ADDITIONALS, INVALID_AUTHORITIES, INVALID_OPCODE, LLMNR_MALFORMED,
    MALFORMED_DATA, MDNS_INFINITE_LOOP, MDNS_INVALID_ADDITIONALS, MDNS_INVALID_AUTHORITIES,
    MDNS_INVALID_OPCODE, MDNS_MALFORMED, MDNS_NAME_TOO_LONG, MDNS_TOO_MANY_LABELS,
    MDNS_TOO_MANY_POINTERS, MDNS_Z_FLAG_SET, NAME_TOO_LONG, NOT_A_REQUEST, NOT_A_RESPONSE,
    TOO_MANY_LABELS, TOO_MANY_POINTERS, UNSOLICITED_RESPONSE, Z_FLAG_SET,
};
use exchange::Outstanding;
use message::{Faults, Message};
use stream::Pieces;
use transaction::View;

/// Messages in a row that cannot be read at all, after which the flow is left alone: it is not DNS.
const MAX_UNREADABLE: u8 = 8;

const fn names(name: &'static str, side: Option<Side>) -> Field {
    Field {
        name,
        side,
        progress: crate::COMPLETE,
        many: true,
    }
}

const fn number(name: &'static str, many: bool) -> Field {
    Field {
        name,
        side: None,
        progress: crate::COMPLETE,
        many,
    }
}

/// DNS.
pub(crate) static DNS: Application = Application {
    // A resolver's certificate is asked for in plain DNS, and other questions may follow.
    names: &["dns", "dnscrypt"],
    new: |facts| Box::new(Dns::new(&DNS, facts)),
    frames: &["pdu"],
    buffers: &[
        names("dns.query", Some(Side::Client)),
        names("dns.queries.rrname", None),
        names("dns.answers.rrname", None),
        names("dns.authorities.rrname", None),
        names("dns.additionals.rrname", None),
        names("dns.response.rrname", None),
    ],
    numbers: &[
        number("dns.opcode", false),
        number("dns.rcode", false),
        number("dns.rrtype", true),
    ],
    events: &[
        MALFORMED_DATA,
        NOT_A_REQUEST,
        NOT_A_RESPONSE,
        Z_FLAG_SET,
        INVALID_OPCODE,
        NAME_TOO_LONG,
        INFINITE_LOOP,
        TOO_MANY_POINTERS,
        TOO_MANY_LABELS,
        INVALID_ADDITIONALS,
        INVALID_AUTHORITIES,
        UNSOLICITED_RESPONSE,
    ],
};

/// Multicast DNS.
pub(crate) static MDNS: Application = Application {
    names: &["mdns"],
    new: |facts| Box::new(Dns::new(&MDNS, facts)),
    frames: &["pdu"],
    buffers: &[
        names("mdns.query", None),
        names("mdns.queries.rrname", None),
        names("mdns.answers.rrname", None),
        names("mdns.authorities.rrname", None),
        names("mdns.additionals.rrname", None),
        names("mdns.response.rrname", None),
    ],
    numbers: &[
        number("mdns.opcode", false),
        number("mdns.rcode", false),
        number("mdns.rrtype", true),
    ],
    events: &[
        MDNS_MALFORMED,
        MDNS_Z_FLAG_SET,
        MDNS_INVALID_OPCODE,
        MDNS_NAME_TOO_LONG,
        MDNS_INFINITE_LOOP,
        MDNS_TOO_MANY_POINTERS,
        MDNS_TOO_MANY_LABELS,
        MDNS_INVALID_ADDITIONALS,
        MDNS_INVALID_AUTHORITIES,
    ],
};

/// Link-local multicast name resolution.
pub(crate) static LLMNR: Application = Application {
    names: &["llmnr"],
    new: |facts| Box::new(Dns::new(&LLMNR, facts)),
    frames: &["pdu"],
    buffers: &[
        names("llmnr.query", None),
        names("llmnr.queries.rrname", None),
        names("llmnr.answers.rrname", None),
        names("llmnr.authorities.rrname", None),
        names("llmnr.additionals.rrname", None),
        names("llmnr.response.rrname", None),
    ],
    numbers: &[
        number("llmnr.opcode", false),
        number("llmnr.rcode", false),
        number("llmnr.rrtype", true),
    ],
    events: &[LLMNR_MALFORMED],
};

/// What tells the three protocols apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flavour {
    Dns,
    Mdns,
    Llmnr,
}

impl Flavour {
    fn source(self) -> NamedBy {
        match self {
            Self::Dns => NamedBy::Dns,
            Self::Mdns => NamedBy::Mdns,
            Self::Llmnr => NamedBy::Llmnr,
        }
    }

    fn kind(self) -> Kind {
        match self {
            Self::Dns => Kind::Dns,
            Self::Mdns => Kind::Mdns,
            Self::Llmnr => Kind::Llmnr,
        }
    }

    fn form(self) -> Form {
        match self {
            Self::Dns | Self::Llmnr => Form::Dns,
            Self::Mdns => Form::Mdns,
        }
    }
}

/// Memory that one message after the other is taken apart in, one per thread.
#[derive(Debug, Default)]
struct Scratch {
    message: Message,
    lists: Lists,
}

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

/// The parser of one flow.
struct Dns {
    application: &'static Application,
    flavour: Flavour,
    transport: Transport,
    /// Whether the server was seen to speak first, so that the flow is the wrong way round.
    reversed: bool,
    unreadable: u8,
    next_id: u64,
    client: Pieces,
    server: Pieces,
    outstanding: Outstanding,
    asked: Asked,
}

impl Dns {
    fn new(application: &'static Application, facts: &Facts) -> Self {
        let flavour = match application.names {
            ["mdns", ..] => Flavour::Mdns,
            ["llmnr", ..] => Flavour::Llmnr,
            _ => Flavour::Dns,
        };
        let mut asked = Asked::default();
        if facts.midstream {
            asked.lose();
        }
        Self {
            application,
            flavour,
            transport: facts.transport,
            reversed: facts.client_port == 53 && facts.server_port != 53,
            unreadable: 0,
            next_id: 0,
            client: Pieces::default(),
            server: Pieces::default(),
            outstanding: Outstanding::default(),
            asked,
        }
    }

    fn pieces(&mut self, side: Side) -> &mut Pieces {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// A message, `left` bytes before the end of what is at hand.
    fn message(&mut self, side: Side, bytes: &[u8], left: usize, sink: &mut dyn Sink) {
        let mut scratch = SCRATCH.take().unwrap_or_default();
        self.read(side, bytes, left, &mut scratch, sink);
        SCRATCH.set(Some(scratch));
    }

    fn read(
        &mut self,
        side: Side,
        bytes: &[u8],
        left: usize,
        scratch: &mut Scratch,
        sink: &mut dyn Sink,
    ) {
        let Scratch { message, lists } = scratch;
        let has_header = message.read(bytes).is_some();
        if !has_header {
            *message = Message::default();
            message.faults.malformed = true;
        }
        self.unreadable = if message.is_empty() {
            self.unreadable.saturating_add(1)
        } else {
            0
        };
        let id = self.next_id;
        self.next_id += 1;
        let view = View {
            id,
            side,
            application: self.application,
            flavour: self.flavour,
            message,
            bytes,
            events: self.events(side, message),
        };
        let rest = left.saturating_add(bytes.len());
        sink.frame(Frame::new(0, side, rest, bytes.len()).of(&view));
        for event in &view.events {
            sink.anomaly(Some(id), side, event);
        }
        // Rules may keep records back.
        sink.progress(&view, side);
        if has_header {
            view.records(lists, sink);
            facts::learn(self.flavour.source(), message, bytes, sink);
            if sink.wants(Kind::DnsExchange) {
                self.outstanding
                    .message(self.flavour, id, side, message, bytes, sink);
            }
        }
    }

    fn events(&mut self, side: Side, message: &Message) -> Vec<&'static Event> {
        let mut events = Vec::new();
        let Faults {
            malformed,
            authorities,
            additionals,
            names,
        } = message.faults;
        if self.flavour == Flavour::Llmnr {
            if malformed || authorities || additionals || names.loops || names.too_many_pointers {
                events.push(&LLMNR_MALFORMED);
            }
            return events;
        }
        let is_mdns = self.flavour == Flavour::Mdns;
        if message.header == message::Header::default() && malformed {
            events.push(if is_mdns {
                &MDNS_MALFORMED
            } else {
                &MALFORMED_DATA
            });
            return events;
        }
        let header = message.header;
        let from_client = (side == Side::Client) != self.reversed;
        let is_request = !header.is_response();
        let mut wrong = |is: bool, event: &'static Event, of_mdns: Option<&'static Event>| {
            let event = if is_mdns { of_mdns } else { Some(event) };
            events.extend(event.filter(|_| is));
        };
        wrong(malformed, &MALFORMED_DATA, Some(&MDNS_MALFORMED));
        wrong(
            authorities,
            &INVALID_AUTHORITIES,
            Some(&MDNS_INVALID_AUTHORITIES),
        );
        wrong(
            additionals,
            &INVALID_ADDITIONALS,
            Some(&MDNS_INVALID_ADDITIONALS),
        );
        // In multicast DNS everybody asks and responds.
        wrong(from_client && !is_request, &NOT_A_REQUEST, None);
        wrong(!from_client && is_request, &NOT_A_RESPONSE, None);
        let z_flag = header.flags & 0x0040 != 0;
        wrong(z_flag, &Z_FLAG_SET, Some(&MDNS_Z_FLAG_SET));
        let unassigned = header.opcode() >= 7;
        wrong(unassigned, &INVALID_OPCODE, Some(&MDNS_INVALID_OPCODE));
        wrong(names.too_long, &NAME_TOO_LONG, Some(&MDNS_NAME_TOO_LONG));
        wrong(names.loops, &INFINITE_LOOP, Some(&MDNS_INFINITE_LOOP));
        wrong(
            names.too_many_pointers,
            &TOO_MANY_POINTERS,
            Some(&MDNS_TOO_MANY_POINTERS),
        );
        wrong(
            names.too_many_labels,
            &TOO_MANY_LABELS,
            Some(&MDNS_TOO_MANY_LABELS),
        );
        if self.flavour == Flavour::Dns {
            if is_request {
                self.asked.request(header.id);
            } else if !from_client && self.asked.is_unsolicited(header.id) {
                events.push(&UNSOLICITED_RESPONSE);
            }
        }
        events
    }

    fn next(&self) -> Next {
        if self.unreadable >= MAX_UNREADABLE {
            Next::Done
        } else {
            Next::More
        }
    }
}

impl Parser for Dns {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        match self.transport {
            Transport::Udp => self.message(side, bytes, 0, sink),
            Transport::Tcp => {
                let mut pieces = std::mem::take(self.pieces(side));
                pieces.feed(bytes, &mut |message, left| {
                    self.message(side, message, left, sink);
                    self.unreadable < MAX_UNREADABLE
                });
                *self.pieces(side) = pieces;
            }
        }
        self.next()
    }

    fn gap(&mut self, side: Side, _: u64, _: &mut dyn Sink) -> Next {
        self.pieces(side).lose();
        self.asked.lose();
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        self.pieces(side).lose();
        self.outstanding.end(side, sink);
    }

    fn held(&self) -> usize {
        self.client.held() + self.server.held() + self.outstanding.held() + self.asked.held()
    }
}
