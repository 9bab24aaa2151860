//! Questions brought together with their answers, a row each, as Zeek's dns.log has them.

use std::collections::VecDeque;

use wirewatch_records::{DnsExchangeRow, json};

use super::Flavour;
use super::codes::{zeek_class, zeek_opcode, zeek_rcode, zeek_type};
use super::data;
use super::message::{Header, Message, Section};
use crate::protocol::Side;
use crate::sink::Sink;

/// Questions of one flow that may wait for their answers; resolvers that share one flow for many
/// questions have some dozens open. The oldest is put out without its answer.
const MAX_OUTSTANDING: usize = 128;
/// Answers that are told of one message.
const MAX_ANSWERS: usize = 256;

/// A question that waits for its answer.
#[derive(Debug)]
struct Pending {
    transaction: u64,
    side: Side,
    start: i64,
    header: Header,
    question: Option<Asked>,
}

/// What was asked.
#[derive(Debug)]
struct Asked {
    name: Box<[u8]>,
    kind: u16,
    class: u16,
}

/// The questions of one flow that have no answer yet, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Outstanding {
    pending: VecDeque<Pending>,
}

impl Outstanding {
    /// Takes a message: a question waits, an answer makes a row.
    pub(super) fn message(
        &mut self,
        flavour: Flavour,
        transaction: u64,
        side: Side,
        message: &Message,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) {
        if message.is_empty() {
            return;
        }
        let mut now = Pending {
            transaction,
            side,
            start: sink.time(),
            header: message.header,
            question: asked(message),
        };
        // To a group nobody answers in particular: each message stands for itself.
        if flavour == Flavour::Mdns {
            let answer = message.header.is_response().then_some((message, bytes));
            now.put(answer, sink);
        } else if message.header.is_response() {
            let known = self.take(message.header.id, now.question.as_ref());
            known.unwrap_or(now).put(Some((message, bytes)), sink);
        } else {
            now.header.flags &= !0x000f;
            self.pending.push_back(now);
            if self.pending.len() > MAX_OUTSTANDING
                && let Some(oldest) = self.pending.pop_front()
            {
                oldest.put(None, sink);
            }
        }
    }

    /// Nothing more comes from a side: what was asked of it stays without answer.
    pub(super) fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        self.pending.retain(|pending| {
            let over = pending.side != side;
            if over {
                pending.put(None, sink);
            }
            !over
        });
        if self.pending.is_empty() {
            self.pending = VecDeque::new();
        }
    }

    pub(super) fn held(&self) -> usize {
        let names = self
            .pending
            .iter()
            .filter_map(|pending| pending.question.as_ref())
            .map(|asked| asked.name.len())
            .sum::<usize>();
        self.pending.capacity() * size_of::<Pending>() + names
    }

    /// The question that an answer is for: the same identifier and, if the answer repeats it, name.
    fn take(&mut self, id: u16, asked: Option<&Asked>) -> Option<Pending> {
        let fits = |pending: &Pending| {
            let names = (asked, pending.question.as_ref());
            let same = match names {
                (Some(now), Some(then)) => now.name.eq_ignore_ascii_case(&then.name),
                _ => true,
            };
            pending.header.id == id && same
        };
        let index = self.pending.iter().position(fits)?;
        self.pending.remove(index)
    }
}

fn asked(message: &Message) -> Option<Asked> {
    let question = message.questions.first()?;
    Some(Asked {
        name: message.text(question.name).into(),
        kind: question.kind,
        class: question.class,
    })
}

impl Pending {
    /// Puts out the row, with the answer if there is one.
    fn put(&self, answer: Option<(&Message, &[u8])>, sink: &mut dyn Sink) {
        let question = self.question.as_ref();
        let header = answer.map(|(message, _)| message.header);
        let flags = header.map_or(0, |header| header.flags);
        let (answers, ttls) =
            answer.map_or_else(Default::default, |(message, bytes)| answers(message, bytes));
        let answers: Vec<&str> = answers.iter().map(String::as_str).collect();
        let first = answer.and_then(|(message, _)| {
            let record = message.section(Section::Answers).next()?;
            Some(message.text(record.name))
        });
        let rcode = header.map(Header::rcode);
        let qtype_name = question.map(|asked| zeek_type(asked.kind));
        let qclass_name = question.map(|asked| zeek_class(asked.class));
        let rcode_name = rcode.map(zeek_rcode);
        let rtt = header
            .filter(|_| !self.header.is_response())
            .map(|_| u64::try_from(sink.time().saturating_sub(self.start) / 1000).unwrap_or(0));
        let either = self.header.flags | flags;
        let row = DnsExchangeRow {
            start: self.start / 1000,
            id: self.header.id,
            rtt_us: rtt,
            query: question.map(|asked| &*asked.name).or(first),
            qclass: question.map(|asked| asked.class),
            qclass_name: qclass_name.as_deref(),
            qtype: question.map(|asked| asked.kind),
            qtype_name: qtype_name.as_deref(),
            rcode,
            rcode_name: rcode_name.as_deref(),
            aa: flags & 0x0400 != 0,
            tc: either & 0x0200 != 0,
            rd: either & 0x0100 != 0,
            ra: flags & 0x0080 != 0,
            z: ((self.header.flags >> 4) & 7) as u8,
            answers: &answers,
            ttls: Some(ttls.as_str()).filter(|ttls| !ttls.is_empty()),
            rejected: rcode.is_some_and(|code| code != 0)
                && header.is_some_and(|header| header.questions == 0),
            opcode: self.header.opcode(),
            opcode_name: zeek_opcode(self.header.opcode()),
        };
        let asker = match (self.side, self.header.is_response()) {
            (side, false) => side,
            (Side::Client, true) => Side::Server,
            (Side::Server, true) => Side::Client,
        };
        sink.record(Some(self.transaction), asker, &row.into());
    }
}

/// What was answered, and for how long each answer holds as a list.
fn answers(message: &Message, bytes: &[u8]) -> (Vec<String>, String) {
    let mut texts = Vec::new();
    let mut ttls = vec![b'['];
    let mut text = Vec::new();
    for record in message.section(Section::Answers).take(MAX_ANSWERS) {
        text.clear();
        if data::zeek(message, record, bytes, &mut text) {
            texts.push(String::from_utf8_lossy(&text).into_owned());
            json::number(&mut ttls, b"", record.ttl);
        }
    }
    if texts.is_empty() {
        return (texts, String::new());
    }
    ttls.pop();
    ttls.push(b']');
    (texts, String::from_utf8(ttls).unwrap_or_default())
}
