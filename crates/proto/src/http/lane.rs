//! One side of a flow: where in its messages it is, and what becomes of their bodies.

use super::body::{Chunks, Framing};
use super::coding::Decoder;
use super::event;
use super::exchange::{self, BODY, Exchange};
use super::head::HeadEnd;
use super::multipart::{Multipart, Part};
use super::{login, names};
use crate::application::{COMPLETE, Event, Limits};
use crate::http2;
use crate::media;
use crate::protocol::Side;
use crate::sink::{FilePart, Sink};
use crate::tls::ocsp;

/// The media type of an answer about certificates (RFC 6960, appendix C.2).
const OCSP: &[u8] = b"application/ocsp-response";

/// Where in its messages a side is.
#[derive(Debug)]
pub(crate) enum State {
    /// Before a message.
    Start,
    /// In a message's head.
    Head,
    /// In the part of a head that is too long to keep; then comes the body.
    LongHead(Framing),
    /// In a body, so many bytes before its end.
    Length(u64),
    /// In a body in chunks; when they are none, it has a length or none.
    Chunked(Chunks, Option<u64>),
    /// Behind the body of the last answer, which may go on all the same.
    Behind,
    /// In a body that ends with the flow.
    UntilEnd,
    /// Behind a head that should have no body, and may have one all the same.
    Maybe(Framing),
    /// In bytes behind a request that nothing announced.
    Unexpected,
    /// In bytes that were not captured, and the message's end among them if anything follows.
    Beyond,
    /// Somewhere; the next message is looked for.
    Lost,
    /// Behind a `CONNECT` that is not answered yet.
    Tunnel,
    /// Nothing interests any more.
    Over,
}

/// One side of a flow.
#[derive(Debug)]
pub(crate) struct Lane {
    pub(crate) side: Side,
    pub(crate) state: State,
    /// Bytes that were too few to do something with.
    pub(crate) rest: Vec<u8>,
    pub(crate) head_end: HeadEnd,
    /// Whether the bytes at hand begin in the middle of a line, while a message is looked for.
    pub(crate) in_line: bool,
    /// Whether a head was read just now.
    pub(crate) has_head: bool,
    /// Whether the message at hand was told as a span that has not ended.
    pub(crate) in_span: bool,
    /// Messages that were begun.
    pub(crate) messages: u64,
    /// The exchange that the message at hand belongs to.
    pub(crate) exchange: u64,
    pub(crate) has_ended: bool,
    /// Bytes of a body that rules look at.
    max_body: usize,
    /// Whether bodies are kept for rules.
    keeps_bodies: bool,
    content: Content,
}

/// What is done with a body.
#[derive(Debug, Default)]
struct Content {
    decoder: Option<Decoder>,
    is_coded: bool,
    /// Bytes of it that are kept.
    most: usize,
    form: Option<Multipart>,
    /// Whether it is a file as a whole.
    is_file: bool,
    /// The file that is open.
    file: Option<u32>,
    size: Option<u64>,
}

/// Where what a body holds is told.
pub(crate) struct Told<'a> {
    pub(crate) exchange: &'a mut Exchange,
    pub(crate) next_file: &'a mut u32,
    pub(crate) sink: &'a mut dyn Sink,
}

impl Told<'_> {
    /// Tells what is wrong, once per exchange.
    pub(crate) fn wrong(&mut self, side: Side, event: &'static Event) {
        let named = match self.exchange.stream {
            None => Some(event),
            Some(_) => http2::event::of_message(event),
        };
        let Some(event) = named else {
            return;
        };
        if let Some(event) = self.exchange.is_wrong(event) {
            self.sink.anomaly(Some(self.exchange.id), side, event);
        }
    }

    fn all_wrong(&mut self, side: Side, events: Vec<&'static Event>) {
        for event in events {
            self.wrong(side, event);
        }
    }
}

impl Lane {
    pub(crate) fn new(side: Side, is_midstream: bool, limits: &Limits) -> Self {
        let max_body = match side {
            Side::Client => limits.request_body,
            Side::Server => limits.response_body,
        };
        Self {
            side,
            max_body: (max_body as usize).min(exchange::MAX_BODY),
            keeps_bodies: limits.keep_bodies,
            state: if is_midstream {
                State::Lost
            } else {
                State::Start
            },
            rest: Vec::new(),
            head_end: HeadEnd::default(),
            in_line: false,
            has_head: false,
            in_span: false,
            messages: 0,
            exchange: 0,
            has_ended: false,
            content: Content::default(),
        }
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        let content = &self.content;
        self.rest
            .capacity()
            .saturating_add(content.decoder.as_ref().map_or(0, Decoder::held))
            .saturating_add(content.form.as_ref().map_or(0, Multipart::memory))
    }

    /// Prepares for the body of the message whose head was read.
    pub(crate) fn begin_body(&mut self, framing: Framing, told: &mut Told<'_>) {
        let mut events = Vec::new();
        let mut wrong = |event| events.push(event);
        let head = &told.exchange.half(self.side).head;
        let encodings = head.values(b"content-encoding");
        let decoder = Decoder::new(encodings, &mut wrong);
        let kind = head.find(b"content-type").unwrap_or_default();
        let form = match self.side {
            Side::Client => Multipart::new(kind, &mut wrong),
            Side::Server => None,
        };
        self.content = Content {
            is_file: form.is_none(),
            size: match framing {
                Framing::Length(length) if decoder.is_none() => Some(length),
                _ => None,
            },
            is_coded: decoder.is_some(),
            most: if self.keeps_bodies || is_read(kind) {
                self.max_body
            } else {
                self.max_body.min(media::HEAD)
            },
            decoder,
            form,
            file: None,
        };
        told.all_wrong(self.side, events);
        self.state = match framing {
            Framing::Empty | Framing::UntilEnd if self.side == Side::Client => State::Unexpected,
            Framing::Empty => State::Start,
            Framing::Length(length) => State::Length(length),
            Framing::Chunked { otherwise } => State::Chunked(Chunks::default(), otherwise),
            Framing::UntilEnd => State::UntilEnd,
        };
    }

    /// Counts bytes of a body as they were transferred.
    pub(crate) fn count(&self, length: usize, told: &mut Told<'_>) {
        let half = told.exchange.half_mut(self.side);
        half.wire_length = half.wire_length.saturating_add(length as u64);
    }

    /// Takes the next bytes of a body.
    pub(crate) fn body(&mut self, bytes: &[u8], told: &mut Told<'_>) {
        self.count(bytes.len(), told);
        let Some(mut decoder) = self.content.decoder.take() else {
            return self.decoded(bytes, told);
        };
        let mut events = Vec::new();
        decoder.feed(
            bytes,
            &mut |bytes| self.decoded(bytes, told),
            &mut |event| {
                events.push(event);
            },
        );
        self.content.decoder = Some(decoder);
        told.all_wrong(self.side, events);
    }

    /// Takes decoded bytes of a body.
    fn decoded(&mut self, bytes: &[u8], told: &mut Told<'_>) {
        if bytes.is_empty() {
            return;
        }
        let side = self.side;
        let half = told.exchange.half_mut(side);
        half.body_length = half.body_length.saturating_add(bytes.len() as u64);
        let most = self.content.most;
        let room = most.saturating_sub(half.body.len());
        half.body
            .extend_from_slice(bytes.get(..room).unwrap_or(bytes));
        let is_full = half.body.len() >= most && half.progress < BODY;
        if let Some(mut form) = self.content.form.take() {
            self.form(&mut form, bytes, told);
            self.content.form = Some(form);
        } else if self.content.is_file {
            let file = self.open_file(told);
            told.sink
                .file(told.exchange, side, file, FilePart::Data(bytes));
        }
        if is_full {
            told.exchange.half_mut(side).progress = BODY;
            told.sink.progress(told.exchange, side);
        }
    }

    fn form(&mut self, form: &mut Multipart, bytes: &[u8], told: &mut Told<'_>) {
        let mut events = Vec::new();
        form.feed(bytes, &mut |part| self.part(&part, told), &mut |event| {
            events.push(event);
        });
        told.all_wrong(self.side, events);
    }

    fn part(&mut self, part: &Part<'_>, told: &mut Told<'_>) {
        match *part {
            Part::Open(name) => {
                let half = told.exchange.half_mut(self.side);
                half.filename.get_or_insert_with(|| name.to_vec());
                let file = take_number(told.next_file);
                half.has_file(file);
                self.content.file = Some(file);
                let open = FilePart::Open { name, size: None };
                told.sink.file(told.exchange, self.side, file, open);
            }
            Part::Data(bytes) => {
                if let Some(file) = self.content.file
                    && !bytes.is_empty()
                {
                    let data = FilePart::Data(bytes);
                    told.sink.file(told.exchange, self.side, file, data);
                }
            }
            Part::Close => self.close_file(true, told),
        }
    }

    fn open_file(&mut self, told: &mut Told<'_>) -> u32 {
        if let Some(file) = self.content.file {
            return file;
        }
        let file = take_number(told.next_file);
        self.content.file = Some(file);
        let half = told.exchange.half(self.side);
        let own = exchange::attachment_name(&half.head);
        if own.as_ref().is_some_and(|(_, is_cut)| *is_cut) {
            told.wrong(self.side, &event::FILE_NAME_TOO_LONG);
        }
        let half = told.exchange.half_mut(self.side);
        half.filename = own.map(|(name, _)| name);
        half.has_file(file);
        let open = FilePart::Open {
            name: told.exchange.filename(self.side),
            size: self.content.size,
        };
        told.sink.file(told.exchange, self.side, file, open);
        if self.side == Side::Server
            && let Some((start, end, size)) = told.exchange.range()
        {
            // Parts of what is compressed as a whole cannot be decoded one by one.
            let whole = if self.content.is_coded {
                Vec::new()
            } else {
                told.exchange.place()
            };
            let range = FilePart::Range {
                start,
                end,
                size,
                whole: &whole,
            };
            told.sink.file(told.exchange, self.side, file, range);
        }
        file
    }

    fn close_file(&mut self, complete: bool, told: &mut Told<'_>) {
        if let Some(file) = self.content.file.take() {
            let close = FilePart::Close { complete };
            told.sink.file(told.exchange, self.side, file, close);
        }
    }

    /// Bytes of a body were not captured.
    pub(crate) fn body_gap(&mut self, length: u64, told: &mut Told<'_>) {
        let half = told.exchange.half_mut(self.side);
        half.wire_length = half.wire_length.saturating_add(length);
        // Nothing can be decoded behind a gap; what came before it stands.
        if let Some(mut decoder) = self.content.decoder.take() {
            decoder.end(&mut |bytes| self.decoded(bytes, told), &mut |_| {});
            self.content.is_file = false;
            self.content.form = None;
            self.close_file(false, told);
            return;
        }
        if let Some(mut form) = self.content.form.take() {
            form.gap(&mut |part| self.part(&part, told));
            let in_file = form.in_file();
            self.content.form = Some(form);
            if !in_file {
                return;
            }
        } else if self.content.is_file {
            self.open_file(told);
        }
        if let Some(file) = self.content.file {
            let gap = FilePart::Gap(length);
            told.sink.file(told.exchange, self.side, file, gap);
        }
    }

    /// Something came behind bytes that were not captured.
    pub(crate) fn went_on(&mut self, told: &mut Told<'_>) {
        if let Some(file) = self.content.file {
            let nothing = FilePart::Data(&[]);
            told.sink.file(told.exchange, self.side, file, nothing);
        }
    }

    /// The message at hand is over; whether its end was seen.
    pub(crate) fn finish(&mut self, complete: bool, told: &mut Told<'_>) {
        if let Some(mut decoder) = self.content.decoder.take() {
            decoder.end(&mut |bytes| self.decoded(bytes, told), &mut |_| {});
        }
        let mut complete = complete;
        if let Some(mut form) = self.content.form.take() {
            let mut events = Vec::new();
            complete &= form.end(&mut |part| self.part(&part, told), &mut |event| {
                events.push(event);
            });
            told.all_wrong(self.side, events);
        }
        self.close_file(complete, told);
        if complete && self.side == Side::Server {
            tell_certificates(told);
        }
        if complete {
            names::read(told.exchange, self.side, told.sink);
            if self.side == Side::Client {
                login::tell(told.exchange, told.sink);
            }
        }
        self.content = Content::default();
        told.exchange.half_mut(self.side).progress = COMPLETE;
        told.sink.progress(told.exchange, self.side);
    }
}

/// Tells what an answer of OCSP says, when it is one and was kept as a whole.
fn tell_certificates(told: &mut Told<'_>) {
    let half = &told.exchange.response;
    let kind = half.head.find(b"content-type").unwrap_or_default();
    let is_whole = half.body_length == half.body.len() as u64;
    if is_whole && is_ocsp(kind) {
        let file = half.files.first().copied().unwrap_or_default();
        ocsp::tell(&half.body, told.exchange.id, file.into(), told.sink);
    }
}

/// Whether bodies of this kind are read as a whole when they are complete.
fn is_read(kind: &[u8]) -> bool {
    is_ocsp(kind) || names::is_named(kind)
}

fn is_ocsp(kind: &[u8]) -> bool {
    exchange::media_type(kind).eq_ignore_ascii_case(OCSP)
}

fn take_number(next: &mut u32) -> u32 {
    let number = *next;
    *next = next.wrapping_add(1);
    number
}
