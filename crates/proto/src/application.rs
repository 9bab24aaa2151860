//! The seam of a protocol's parser: bytes in, transactions, records and files out.
//!
//! The engine finds out what a flow speaks, makes the parser of that [`Application`] and gives it the
//! bytes of both sides. The parser turns them into [`Transaction`]s and tells a [`Sink`] what it found.

use std::net::IpAddr;

use crate::protocol::{Side, Transport};
use crate::sink::Sink;

/// A protocol that has a parser.
#[derive(Debug)]
pub struct Application {
    /// The names in [`PROTOCOLS`](crate::PROTOCOLS) that this parser is for, the usual one first.
    pub names: &'static [&'static str],
    /// Makes the parser of one flow.
    pub new: fn(&Facts) -> Box<dyn Parser>,
    /// The types that spans of its bytes can have, as rules' `frame` names them behind its own name.
    pub frames: &'static [&'static str],
    /// The byte buffers of its transactions, by which rules and records name them.
    pub buffers: &'static [Field],
    /// The numbers of its transactions.
    pub numbers: &'static [Field],
    /// What can be wrong with its traffic.
    pub events: &'static [Event],
}

/// A named part of a transaction. Its position in the table of its [`Application`] is its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The name in rules, such as `http.uri`.
    pub name: &'static str,
    /// Which side sends it; none when both do (then it has one value per side).
    pub side: Option<Side>,
    /// From which progress of that side on its value is final.
    pub progress: u8,
    /// Whether a transaction can have several.
    pub many: bool,
}

/// Something wrong with a protocol's bytes. Becomes an `anomaly` record and can be asked for by rules.
#[derive(Debug, PartialEq, Eq)]
pub struct Event {
    /// Stable code, protocol first: `http.request_field_missing_colon`. Suricata's name where it has one.
    pub code: &'static str,
    /// One sentence for the documentation page.
    pub description: &'static str,
}

/// The two sides of a flow begin with different protocols.
pub static MISMATCH: Event = Event {
    code: "applayer_mismatch_protocol_both_directions",
    description: "The first bytes of one side are of another protocol than those of the other.",
};

/// What follows STARTTLS is no TLS.
pub static NO_TLS: Event = Event {
    code: "applayer_no_tls_after_starttls",
    description: "Both sides agreed on TLS, and what follows is none.",
};

/// Another protocol follows than was agreed on.
pub static UNEXPECTED: Event = Event {
    code: "applayer_unexpected_protocol",
    description: "Both sides agreed on a protocol, and another follows.",
};

/// Events of flows as such, which no parser tells.
pub static FLOW_EVENTS: [&Event; 3] = [&MISMATCH, &NO_TLS, &UNEXPECTED];

/// What a parser is told of its flow when it begins.
#[derive(Debug, Clone, Copy)]
pub struct Facts {
    /// What carries it.
    pub transport: Transport,
    /// The side that opened the flow.
    pub client: IpAddr,
    /// The side that was called.
    pub server: IpAddr,
    /// The client's port.
    pub client_port: u16,
    /// The server's port.
    pub server_port: u16,
    /// The name under which it was recognised, one of the application's.
    pub name: &'static str,
    /// Whether the flow's beginning was not seen.
    pub midstream: bool,
    /// How far and how it reads.
    pub limits: Limits,
}

/// What users set for parsers; the same for all flows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body that rules look at.
    pub request_body: u32,
    /// Bytes of an answer's body that rules look at.
    pub response_body: u32,
    /// Whether there are rules that may look at bodies; otherwise only what parsers themselves read is kept.
    pub keep_bodies: bool,
    /// Bytes of a line of FTP that are read.
    pub ftp_line: u32,
    /// Commands of FTP that may wait for their replies before its connection is given up.
    pub ftp_transactions: u32,
    /// Which addresses in mails are told, by [`Limits::URL_SCHEMES`]: one bit each.
    pub url_schemes: u8,
    /// Whether addresses in mails are told with `http://` and its like.
    pub url_with_scheme: bool,
    /// Whether the MD5 of a mail's body is told.
    pub mail_digest: bool,
    /// Bytes of a message of MQTT that are read.
    pub mqtt_message: u32,
    /// Bytes of a text of MQTT that records have.
    pub mqtt_text: u32,
    /// What `tls` records have beside the usual.
    pub tls_parts: TlsParts,
}

/// What `tls` records have only when somebody asks, as it costs memory in every session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TlsParts {
    /// The server's certificate.
    pub certificate: bool,
    /// All certificates of the server.
    pub chain: bool,
    /// The client's certificate.
    pub client_certificate: bool,
    /// All certificates of the client.
    pub client_chain: bool,
    /// The numbers in the client's hello.
    pub client_handshake: bool,
    /// The numbers in the server's hello.
    pub server_handshake: bool,
}

impl Limits {
    /// What addresses in mails may begin with.
    pub const URL_SCHEMES: [&'static str; 4] = ["http", "https", "ftp", "mailto"];
}

impl Default for Limits {
    /// Bodies as Suricata's defaults have them.
    fn default() -> Self {
        Self {
            request_body: 100 << 10,
            response_body: 100 << 10,
            keep_bodies: true,
            ftp_line: 4 << 10,
            ftp_transactions: 1 << 10,
            url_schemes: 0b1111,
            url_with_scheme: false,
            mail_digest: false,
            mqtt_message: 64 << 10,
            mqtt_text: 1 << 10,
            tls_parts: TlsParts::default(),
        }
    }
}

/// What becomes of a flow after a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// More bytes, please.
    More,
    /// Nothing of this side interests any more; the other side goes on.
    DoneWithSide,
    /// Nothing of this flow interests any more.
    Done,
    /// The flow speaks something else from here on (STARTTLS, CONNECT, an upgrade): the last `rest`
    /// bytes of this call belong to it already.
    Switch {
        /// Bytes at the end of what was given that were not consumed.
        rest: usize,
        /// What it speaks now; none when that is to be found out.
        to: Option<&'static str>,
    },
}

/// One flow's parser. It does no I/O, reads no clock, never panics, and holds a bounded amount of memory.
pub trait Parser: Send {
    /// What the flow that announced this one wants its parser to know ([`Fact::Expect`](crate::Fact)),
    /// told once, before anything else.
    fn about(&mut self, about: &[u8]) {
        let _ = about;
    }

    /// Somebody asks for the spans that it names: told once, before anything else. Parsers tell them anyway
    /// where that costs nothing.
    fn frames_wanted(&mut self) {}

    /// The next bytes of one side: a piece of the stream in order, cut anywhere, or one whole datagram.
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next;

    /// So many bytes of one side were not captured. Only streams have gaps.
    fn gap(&mut self, side: Side, length: u64, sink: &mut dyn Sink) -> Next;

    /// Nothing more comes from this side: its end, a reset, the depth limit, or the flow's end.
    /// Called at most once per side; what is unfinished is put out now.
    fn end(&mut self, side: Side, sink: &mut dyn Sink);

    /// Bytes of this side that were held back until the other side agreed to a switch: they come before
    /// everything else of that side in what the flow speaks then. Asked once, after [`Next::Switch`].
    fn kept(&mut self, side: Side) -> Vec<u8> {
        let _ = side;
        Vec::new()
    }

    /// A transaction that it still has, for what is told of a span after the call in which that was named.
    fn transaction(&self, id: u64) -> Option<&dyn Transaction> {
        let _ = id;
        None
    }

    /// Roughly how many bytes of memory it holds beside itself.
    fn held(&self) -> usize {
        0
    }
}

/// Progress of a side that is complete, in every protocol.
pub const COMPLETE: u8 = u8::MAX;

/// An exchange in a protocol: a request with its answer, a handshake, a message.
pub trait Transaction {
    /// Its number in the flow, counted from 0.
    fn id(&self) -> u64;

    /// The protocol it belongs to.
    fn application(&self) -> &'static Application;

    /// How far a side is: 0 before its first byte, then the protocol's own steps, at the end [`COMPLETE`].
    fn progress(&self, side: Side) -> u8;

    /// The `index`th value of the buffer with this number in [`Application::buffers`], as `side` sent it.
    fn buffer(&self, buffer: usize, side: Side, index: usize)
    -> Option<std::borrow::Cow<'_, [u8]>>;

    /// The `index`th value of the number with this number in [`Application::numbers`].
    fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        let _ = (number, side, index);
        None
    }

    /// Whether a side may still add values to fields whose progress it has reached, as an operation does
    /// that is answered in parts: rules that have not matched are asked again with each step.
    fn grows(&self, side: Side) -> bool {
        let _ = side;
        false
    }

    /// Whether it is one message of this side, which nothing of the other belongs to.
    fn is_alone(&self, side: Side) -> bool {
        let _ = side;
        false
    }

    /// What was wrong with it so far.
    fn events(&self) -> &[&'static Event] {
        &[]
    }

    /// Its record as far as it is known, for alerts and files that belong to it.
    fn row(&self, put: &mut dyn FnMut(&wirewatch_records::Row<'_>));
}

impl Application {
    /// Whether this is the parser of the protocol with this name in [`PROTOCOLS`](crate::PROTOCOLS).
    pub fn is_called(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    /// The number of the buffer with this name.
    pub fn buffer(&self, name: &str) -> Option<usize> {
        self.buffers.iter().position(|field| field.name == name)
    }

    /// The number of the type of spans with this name.
    pub fn frame(&self, name: &str) -> Option<u8> {
        let place = self.frames.iter().position(|frame| *frame == name);
        place.and_then(|place| u8::try_from(place).ok())
    }

    /// The number of the number with this name.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.numbers.iter().position(|field| field.name == name)
    }
}
