//! A message as a transaction: what rules may look at, and its record.

use std::borrow::Cow;

use wirewatch_records::format;
use wirewatch_records::{DnsRow, DnsV2Row, Kind, LlmnrRow, MdnsRow, Row};

use super::Flavour;
use super::codes::{rcode_text, type_text};
use super::eve::Lists;
use super::message::{Message, Section, Span};
use crate::application::{Application, COMPLETE, Event, Transaction};
use crate::protocol::Side;
use crate::sink::Sink;

/// Positions in the tables of buffers, the same in all three protocols.
const QUERY: usize = 0;
const QUERIES: usize = 1;
const ANSWERS: usize = 2;
const AUTHORITIES: usize = 3;
const ADDITIONALS: usize = 4;
const RESPONSE: usize = 5;

/// A message while it is looked at.
pub(super) struct View<'a> {
    pub(super) id: u64,
    /// Who sent it.
    pub(super) side: Side,
    pub(super) application: &'static Application,
    pub(super) flavour: Flavour,
    pub(super) message: &'a Message,
    pub(super) bytes: &'a [u8],
    pub(super) events: Vec<&'static Event>,
}

impl View<'_> {
    /// Puts out the records that somebody wants.
    pub(super) fn records(&self, lists: &mut Lists, sink: &mut dyn Sink) {
        if self.message.is_empty() {
            return;
        }
        let kind = self.flavour.kind();
        let old = self.flavour == Flavour::Dns && sink.wants(Kind::DnsV2);
        if sink.wants(kind) || old {
            lists.write(self.message, self.bytes, self.flavour.form());
        }
        if sink.wants(kind) {
            let put = &mut |row: &Row<'_>| sink.record(Some(self.id), self.side, row);
            self.row_of(lists, None, put);
        }
        if old {
            self.old_rows(lists, sink);
        }
    }

    /// Its record; `http` is what carried it, if that was HTTP.
    pub(super) fn row_of(&self, lists: &Lists, http: Option<&str>, put: &mut dyn FnMut(&Row<'_>)) {
        let (rrname, rrtype) = self.subject();
        let rrtype = rrtype.as_deref();
        let header = self.message.header;
        let message_type = if header.is_response() {
            "response"
        } else {
            "request"
        };
        match self.flavour {
            Flavour::Dns => put(&DnsRow {
                version: 3,
                dns_type: message_type,
                tx_id: self.id,
                id: header.id,
                flags: hexadecimal(header.flags, &mut [0; 4]),
                qr: header.is_response(),
                aa: header.flags & 0x0400 != 0,
                tc: header.flags & 0x0200 != 0,
                rd: header.flags & 0x0100 != 0,
                ra: header.flags & 0x0080 != 0,
                z: header.flags & 0x0040 != 0,
                opcode: header.opcode(),
                rcode: &rcode_text(header.rcode()),
                rrname,
                rrtype,
                answer: lists.summary(),
                queries: lists.queries(),
                answers: lists.answers(),
                authorities: lists.authorities(),
                additionals: lists.additionals(),
                grouped: lists.grouped(),
                http,
            }
            .into()),
            Flavour::Mdns => put(&MdnsRow {
                message_type,
                tx_id: self.id,
                id: header.id,
                rrname,
                rrtype,
                answer: lists.summary(),
                queries: lists.queries(),
                answers: lists.answers(),
                authorities: lists.authorities(),
                additionals: lists.additionals(),
            }
            .into()),
            Flavour::Llmnr => put(&LlmnrRow {
                message_type,
                tx_id: self.id,
                id: header.id,
                rcode: &rcode_text(header.rcode()),
                rrname,
                rrtype,
                answer: lists.summary(),
                queries: lists.queries(),
                answers: lists.answers(),
                authorities: lists.authorities(),
                additionals: lists.additionals(),
            }
            .into()),
        }
    }

    /// Version 2 tells everything from the asking side's point of view, and each question on its own.
    fn old_rows(&self, lists: &Lists, sink: &mut dyn Sink) {
        let header = self.message.header;
        if header.is_response() {
            let (rrname, rrtype) = self.subject();
            let mut flags = [0; 4];
            let row = DnsV2Row {
                version: 2,
                dns_type: "answer",
                tx_id: None,
                id: header.id,
                flags: Some(hexadecimal(header.flags, &mut flags)),
                qr: true,
                aa: header.flags & 0x0400 != 0,
                tc: header.flags & 0x0200 != 0,
                rd: header.flags & 0x0100 != 0,
                ra: header.flags & 0x0080 != 0,
                z: header.flags & 0x0040 != 0,
                opcode: header.opcode(),
                rcode: Some(&rcode_text(header.rcode())),
                rrname,
                rrtype: rrtype.as_deref(),
                answers: lists.answers(),
                authorities: lists.authorities(),
                additionals: lists.additionals(),
                grouped: lists.grouped(),
            };
            let asker = match self.side {
                Side::Client => Side::Server,
                Side::Server => Side::Client,
            };
            sink.record(Some(self.id), asker, &row.into());
            return;
        }
        for question in &self.message.questions {
            let row = DnsV2Row {
                version: 2,
                dns_type: "query",
                tx_id: Some(self.id),
                id: header.id,
                z: header.flags & 0x0040 != 0,
                opcode: header.opcode(),
                rrname: Some(self.message.text(question.name)),
                rrtype: Some(&type_text(question.kind)),
                ..DnsV2Row::default()
            };
            sink.record(Some(self.id), self.side, &row.into());
        }
    }

    /// What it is about: the first question, or without questions the first record.
    fn subject(&self) -> (Option<&[u8]>, Option<Cow<'static, str>>) {
        let message = self.message;
        let question = message.questions.first().map(|it| (it.name, it.kind));
        let record = message.records.first().map(|it| (it.name, it.kind));
        let subject = question.or(record);
        (
            subject.map(|(name, _)| message.text(name)),
            subject.map(|(_, kind)| type_text(kind)),
        )
    }

    /// Where in the message a value of the buffer with this number is.
    pub(super) fn name(&self, buffer: usize, index: usize) -> Option<Span> {
        let message = self.message;
        let question = |index: usize| message.questions.get(index).map(|it| it.name);
        let record = |section, index: usize| message.section(section).nth(index).map(|it| it.name);
        match buffer {
            QUERY if message.header.is_response() => None,
            QUERY | QUERIES => question(index),
            ANSWERS => record(Section::Answers, index),
            AUTHORITIES => record(Section::Authorities, index),
            ADDITIONALS => record(Section::Additionals, index),
            RESPONSE if message.header.is_response() => {
                let Some(rest) = index.checked_sub(message.questions.len()) else {
                    return question(index);
                };
                let names = message.records.iter().flat_map(|it| [it.name, it.target]);
                names.filter(|name| *name != Span::default()).nth(rest)
            }
            _ => None,
        }
    }

    fn rrtype(&self, index: usize) -> Option<u16> {
        let message = self.message;
        match index.checked_sub(message.questions.len()) {
            None => message.questions.get(index).map(|it| it.kind),
            Some(rest) => message
                .section(Section::Answers)
                .nth(rest)
                .map(|it| it.kind),
        }
    }
}

impl Transaction for View<'_> {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        self.application
    }

    fn progress(&self, side: Side) -> u8 {
        if side == self.side { COMPLETE } else { 0 }
    }

    fn is_alone(&self, side: Side) -> bool {
        side == self.side
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        if side != self.side {
            return None;
        }
        let name = self.name(buffer, index)?;
        Some(Cow::Borrowed(self.message.text(name)))
    }

    fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        if side != self.side {
            return None;
        }
        match (number, index) {
            (0, 0) => Some(self.message.header.opcode().into()),
            (1, 0) => Some(self.message.header.rcode().into()),
            (2, _) => self.rrtype(index).map(u64::from),
            _ => None,
        }
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        let mut lists = Lists::default();
        lists.write(self.message, self.bytes, self.flavour.form());
        self.row_of(&lists, None, put);
    }
}

/// A number in hexadecimal without zeros in front.
fn hexadecimal(value: u16, room: &mut [u8; 4]) -> &str {
    let [high, low] = value.to_be_bytes().map(format::digits);
    *room = [high[0], high[1], low[0], low[1]];
    let begin = room.iter().position(|digit| *digit != b'0').unwrap_or(3);
    let digits = room.get(begin..).unwrap_or_default();
    std::str::from_utf8(digits).unwrap_or_default()
}
