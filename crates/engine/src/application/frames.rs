//! Spans of bytes that a parser names, on their way to rules and records.
//!
//! A parser tells where a span begins and how long it is, or later where it ends; the bytes are taken from
//! what it was given. Nothing of this is there in flows of whose protocol no rule asks for spans.

use wirewatch_detect::rules::{FrameFacts, STREAM_FRAME, STREAM_OVERLAP, frame_name};
use wirewatch_flow::Flow;
use wirewatch_proto::{Application, Frame, Parser, Side, Transaction};
use wirewatch_records::{FrameRow, Kind, json};

use super::file::Files;
use super::teller::put;
use super::{Desk, flow_side};
use crate::judge::is_to_wait;

/// Bytes of a side that are kept: rules that say where something is in a span see it whole up to this length.
const KEPT: usize = 64 << 10;
/// Bytes by which a span that is not over has grown before rules see it again; the rule language's engine
/// takes streams in pieces of this size by default.
const CHUNK: u64 = 2_560;
/// Spans of a side that are not over: a message, its parts, and what travels in them.
const MAX_OPEN: usize = 64;
/// Gaps within what is kept; more of them leave nothing to be read.
const MAX_GAPS: usize = 16;
/// Records of spans that wait for a packet of whoever sent them: a segment's worth of lines.
const MAX_WAITING: usize = 256;
/// Bytes of a span that its alerts and records show.
const MAX_SHOWN: usize = 4 << 10;

/// The spans of one flow.
pub(crate) struct Frames {
    application: &'static Application,
    in_stream: bool,
    client: Track,
    server: Track,
    next_id: u64,
    /// Records that wait for a packet of the side that sent what they tell, as alerts do.
    waiting: Vec<(Side, String)>,
}

/// What one side said lately.
#[derive(Default)]
struct Track {
    bytes: Vec<u8>,
    /// How far the side has come.
    end: u64,
    gaps: Vec<Gap>,
    open: Vec<Span>,
    /// Whether the whole of what it says is a span already.
    is_begun: bool,
}

/// Bytes that were not captured.
struct Gap {
    /// How many of the kept bytes are before it.
    at: usize,
    length: u64,
}

/// A span that rules are to see.
struct Span {
    kind: u8,
    id: u64,
    start: u64,
    length: Option<u64>,
    transaction: Option<u64>,
    /// Up to where rules have seen it.
    seen: u64,
    /// The rules it has alerted.
    told: Vec<u32>,
}

/// A span as alerts and records show it.
pub(crate) struct Shown<'a> {
    name: &'static str,
    id: u64,
    side: Side,
    offset: u64,
    length: Option<u64>,
    is_complete: bool,
    transaction: Option<u64>,
    track: &'a Track,
}

/// What telling rules and records needs.
pub(crate) struct Told<'a, 'b> {
    pub(crate) flow: &'a mut Flow,
    pub(crate) files: &'a Files,
    pub(crate) desk: &'a mut Desk<'b>,
    /// The transaction at hand.
    pub(crate) transaction: Option<&'a dyn Transaction>,
    /// The parser, when it is not at work.
    pub(crate) parser: Option<&'a dyn Parser>,
}

impl<'a> Told<'a, '_> {
    /// The transaction that a span belongs to.
    fn transaction_of(&self, span: &Span) -> Option<&'a dyn Transaction> {
        let known = || self.parser?.transaction(span.transaction?);
        self.transaction.or_else(known)
    }
}

impl Frames {
    /// The spans of a flow that speaks this, from where `before` has come.
    pub(crate) fn new(
        application: &'static Application,
        in_stream: bool,
        before: Option<&Self>,
    ) -> Self {
        let track = |of: fn(&Self) -> &Track| Track {
            end: before.map_or(0, |before| of(before).end),
            ..Track::default()
        };
        Self {
            application,
            in_stream,
            client: track(|frames| &frames.client),
            server: track(|frames| &frames.server),
            next_id: before.map_or(1, |before| before.next_id),
            waiting: Vec::new(),
        }
    }

    /// Bytes of memory that are held.
    pub(crate) fn held(&self) -> usize {
        let waiting: usize = self.waiting.iter().map(|(_, text)| text.capacity()).sum();
        self.client.bytes.capacity() + self.server.bytes.capacity() + waiting
    }

    /// Puts out the records that wait for a packet of one side, or all.
    pub(crate) fn tell_waiting(
        &mut self,
        side: Option<Side>,
        flow: &mut Flow,
        desk: &mut Desk<'_>,
    ) {
        let is_due = |(of, _): &mut (Side, String)| side.is_none_or(|side| side == *of);
        for (side, frame) in self.waiting.extract_if(.., is_due) {
            put(flow, desk, side, &FrameRow { frame: &frame }.into());
        }
    }

    fn of(&mut self, side: Side) -> &mut Track {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// The parser will get these bytes.
    pub(crate) fn push(&mut self, side: Side, bytes: &[u8]) {
        let (in_stream, id) = (self.in_stream, self.next_id);
        let track = self.of(side);
        if !in_stream {
            track.bytes.clear();
            track.gaps.clear();
        }
        let begins = in_stream && !std::mem::replace(&mut track.is_begun, true);
        if begins {
            let start = track.end;
            track
                .open
                .push(Span::new(STREAM_FRAME, id, start, None, None));
        }
        track.bytes.extend_from_slice(bytes);
        track.end += bytes.len() as u64;
        self.next_id += u64::from(begins);
    }

    /// Bytes of a side were not captured.
    pub(crate) fn gap(&mut self, side: Side, length: u64) {
        let track = self.of(side);
        track.end += length;
        if track.gaps.len() >= MAX_GAPS {
            track.bytes.clear();
            track.gaps.clear();
        } else if !track.bytes.is_empty() {
            let at = track.bytes.len();
            track.gaps.push(Gap { at, length });
        }
    }

    /// The parser names a span.
    pub(crate) fn begin(&mut self, frame: &Frame<'_>, told: &mut Told<'_, '_>) {
        let id = self.next_id;
        self.next_id += 1;
        let track = self.of(frame.side);
        let start = track.end.saturating_sub(frame.rest as u64);
        let length = frame.length.map(|length| length as u64);
        let transaction = frame.transaction.map(Transaction::id);
        let mut span = Span::new(frame.kind, id, start, length, transaction);
        if span.end().is_some_and(|end| end <= track.end) {
            self.conclude(frame.side, &mut span, true, told);
        } else if track.open.len() < MAX_OPEN {
            track.open.push(span);
        }
    }

    /// A span whose length was not known has ended.
    pub(crate) fn end(&mut self, side: Side, kind: u8, rest: usize, told: &mut Told<'_, '_>) {
        let track = self.of(side);
        let is_meant = |span: &Span| span.kind == kind && span.length.is_none();
        let Some(place) = track.open.iter().rposition(is_meant) else {
            return;
        };
        let end = track.end.saturating_sub(rest as u64);
        let mut span = track.open.remove(place);
        span.length = Some(end.saturating_sub(span.start));
        span.transaction = told.transaction.map(Transaction::id).or(span.transaction);
        self.conclude(side, &mut span, true, told);
    }

    /// The parser has read what was pushed: spans that are over now, or that have grown, are shown.
    pub(crate) fn advance(&mut self, side: Side, told: &mut Told<'_, '_>) {
        let end = self.of(side).end;
        let full = self.of(side).bytes.len() > KEPT;
        let mut open = std::mem::take(&mut self.of(side).open);
        open.retain_mut(|span| {
            if span.end().is_some_and(|over| over <= end) {
                self.conclude(side, span, true, told);
                return false;
            }
            let grown = (span.seen - span.start).clamp(CHUNK, KEPT as u64 / 2);
            if full || end - span.seen >= grown {
                self.show(side, span, false, told);
            }
            true
        });
        let track = self.of(side);
        track.open = open;
        if full {
            track.forget(track.bytes.len() - KEPT);
        }
    }

    /// Nothing more comes from this side.
    pub(crate) fn finish(&mut self, side: Side, told: &mut Told<'_, '_>) {
        for mut span in std::mem::take(&mut self.of(side).open) {
            // What had no length ends here.
            let is_whole = span.length.is_none();
            self.conclude(side, &mut span, is_whole, told);
        }
    }

    /// A span is over: rules see it for the last time, and its record is put out.
    fn conclude(
        &mut self,
        side: Side,
        span: &mut Span,
        is_complete: bool,
        told: &mut Told<'_, '_>,
    ) {
        self.show(side, span, is_complete, told);
        if told.desk.emitter.wants(Kind::Frame) {
            let end = self.track(side).end;
            let length = span.length.or(is_complete.then(|| end - span.start));
            let span = Span {
                length,
                told: Vec::new(),
                ..*span
            };
            let shown = self.shown(side, &span, is_complete).json();
            let waits = is_to_wait(&told.desk.at, told.flow, Some(flow_side(side)));
            if waits && self.waiting.len() < MAX_WAITING {
                self.waiting.push((side, shown));
            } else {
                let row = FrameRow { frame: &shown };
                put(told.flow, told.desk, side, &row.into());
            }
        }
    }

    fn track(&self, side: Side) -> &Track {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    fn shown(&self, side: Side, span: &Span, is_complete: bool) -> Shown<'_> {
        Shown {
            name: frame_name(self.application, span.kind),
            id: span.id,
            side,
            offset: span.start,
            length: span.length,
            is_complete,
            transaction: span.transaction,
            track: self.track(side),
        }
    }

    /// Shows rules as much of a span as there is.
    fn show(&self, side: Side, span: &mut Span, is_over: bool, told: &mut Told<'_, '_>) {
        let track = self.track(side);
        let stop = span.end().map_or(track.end, |end| end.min(track.end));
        let resume = if stop.saturating_sub(span.start) <= KEPT as u64 {
            span.start
        } else {
            let again = span.seen.saturating_sub(STREAM_OVERLAP as u64);
            again.max(span.start)
        };
        let begins = resume == span.start && track.begin() <= span.start;
        let (from, to) = (track.index_of(resume), track.index_of(stop));
        let mut alerted = std::mem::take(&mut span.told);
        let transaction = told.transaction_of(span);
        let shown = self.shown(side, span, is_over);
        let mut pieces = track.pieces(from, to).peekable();
        let mut is_first = true;
        while let Some(bytes) = pieces.next() {
            let facts = FrameFacts {
                application: self.application,
                kind: span.kind,
                side,
                bytes,
                begins: begins && is_first,
                ends: is_over && pieces.peek().is_none(),
                transaction: span.transaction,
                in_stream: self.in_stream,
            };
            is_first = false;
            let file = span.transaction.and_then(|id| told.files.of(id));
            if let Some((judge, at, mut out)) = told.desk.judge() {
                let about = (&shown, transaction, file.as_ref());
                judge.frame(&facts, about, &mut alerted, &at, told.flow, &mut out);
            }
        }
        span.told = alerted;
        span.seen = stop.max(span.start);
    }
}

impl Span {
    fn new(kind: u8, id: u64, start: u64, length: Option<u64>, transaction: Option<u64>) -> Self {
        Self {
            kind,
            id,
            start,
            length,
            transaction,
            seen: start,
            told: Vec::new(),
        }
    }

    fn end(&self) -> Option<u64> {
        Some(self.start.saturating_add(self.length?))
    }
}

impl Track {
    /// The place of the first byte that is kept.
    fn begin(&self) -> u64 {
        let gaps: u64 = self.gaps.iter().map(|gap| gap.length).sum();
        self.end
            .saturating_sub(gaps.saturating_add(self.bytes.len() as u64))
    }

    /// How many of the kept bytes lie before a place.
    fn index_of(&self, offset: u64) -> usize {
        let (mut place, mut index) = (self.begin(), 0);
        for gap in &self.gaps {
            let run = (gap.at - index) as u64;
            if offset <= place.saturating_add(run) {
                break;
            }
            place = place.saturating_add(run).saturating_add(gap.length);
            index = gap.at;
        }
        let within = offset.saturating_sub(place) as usize;
        index.saturating_add(within).min(self.bytes.len())
    }

    /// The bytes between two of the kept ones, apart at gaps.
    fn pieces(&self, from: usize, to: usize) -> impl Iterator<Item = &[u8]> {
        let cuts = self.gaps.iter().map(|gap| gap.at);
        let cuts = cuts.filter(move |at| from < *at && *at < to);
        let mut start = from;
        cuts.chain([to]).map(move |end| {
            let piece = self.bytes.get(start..end).unwrap_or_default();
            start = end;
            piece
        })
    }

    /// Keeps only what comes after the first `count` bytes.
    fn forget(&mut self, count: usize) {
        self.bytes.drain(..count.min(self.bytes.len()));
        self.gaps.retain(|gap| gap.at > count);
        for gap in &mut self.gaps {
            gap.at -= count;
        }
        self.bytes.shrink_to(2 * KEPT);
    }
}

impl Shown<'_> {
    /// It as an object of EVE.
    pub(crate) fn json(&self) -> String {
        let mut out = Vec::from(b"{");
        json::text(&mut out, b"\"type\":", self.name);
        json::number(&mut out, b"\"id\":", self.id);
        let direction = match self.side {
            Side::Client => "toserver",
            Side::Server => "toclient",
        };
        json::text(&mut out, b"\"direction\":", direction);
        json::number(&mut out, b"\"stream_offset\":", self.offset);
        if let Some(length) = self.length {
            json::number(&mut out, b"\"length\":", length);
        }
        json::boolean(&mut out, b"\"complete\":", self.is_complete);
        if let Some(transaction) = self.transaction {
            json::number(&mut out, b"\"tx_id\":", transaction);
        }
        let bytes = self.bytes();
        json::base64(&mut out, b"\"payload\":", &bytes);
        json::printable(&mut out, b"\"payload_printable\":", &bytes);
        if out.last() == Some(&b',') {
            out.pop();
        }
        out.push(b'}');
        String::from_utf8(out).unwrap_or_default()
    }

    /// Its first bytes; where some are missing a note says how many.
    fn bytes(&self) -> Vec<u8> {
        let track = self.track;
        let stop = self
            .length
            .map_or(track.end, |length| self.offset.saturating_add(length));
        let (from, to) = (track.index_of(self.offset), track.index_of(stop));
        let to = to.min(from.saturating_add(MAX_SHOWN));
        let gaps = track.gaps.iter();
        let mut gaps = gaps.filter(|gap| from < gap.at && gap.at < to);
        let mut bytes = Vec::new();
        for piece in track.pieces(from, to) {
            bytes.extend_from_slice(piece);
            if let Some(gap) = gaps.next() {
                bytes.extend_from_slice(format!("[{} bytes missing]", gap.length).as_bytes());
            }
        }
        bytes
    }
}

#[cfg(test)]
mod tests;
