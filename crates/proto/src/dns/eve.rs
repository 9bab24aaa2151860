//! Messages as EVE has them: lists of objects, written straight from the message.

use wirewatch_records::{format, json};

use super::codes::{type_name, type_text};
use super::data;
use super::message::{Message, Record, Section, Span};
use crate::cursor::Cursor;

/// Bytes of one list. Names and data are repeated in it, so that a hostile message could fill more.
const MAX_LIST: usize = 256 << 10;
/// Bytes of the answers' data in one text, for people.
const MAX_SUMMARY: usize = 256;

/// How a record's data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As Suricata's `dns` has it: `rdata`, or an object for types with several parts.
    Dns,
    /// As its `mdns` has it: a member named after the type, and types in small letters.
    Mdns,
}

/// The lists of one message.
#[derive(Debug, Default)]
pub(crate) struct Lists {
    text: Vec<u8>,
    queries: Span,
    answers: Span,
    authorities: Span,
    additionals: Span,
    grouped: Span,
    summary: Span,
}

impl Lists {
    /// Writes the lists of a message.
    pub(crate) fn write(&mut self, message: &Message, bytes: &[u8], form: Form) {
        let text = &mut self.text;
        text.clear();
        self.queries = spanned(text, |text| queries(message, form, text));
        let mut section = |section| {
            spanned(text, |text| {
                records(message, section, bytes, form, text);
            })
        };
        self.answers = section(Section::Answers);
        self.authorities = section(Section::Authorities);
        self.additionals = section(Section::Additionals);
        if form == Form::Dns {
            self.grouped = spanned(text, |text| grouped(message, bytes, text));
        }
        self.summary = spanned(text, |text| summary(message, bytes, text));
    }

    fn json(&self, span: Span) -> Option<&str> {
        std::str::from_utf8(span.of(&self.text))
            .ok()
            .filter(|text| !text.is_empty())
    }

    pub(crate) fn queries(&self) -> Option<&str> {
        self.json(self.queries)
    }

    pub(crate) fn answers(&self) -> Option<&str> {
        self.json(self.answers)
    }

    pub(crate) fn authorities(&self) -> Option<&str> {
        self.json(self.authorities)
    }

    pub(crate) fn additionals(&self) -> Option<&str> {
        self.json(self.additionals)
    }

    pub(crate) fn grouped(&self) -> Option<&str> {
        self.json(self.grouped)
    }

    /// The answers' data, for people.
    pub(crate) fn summary(&self) -> Option<&[u8]> {
        Some(self.summary.of(&self.text)).filter(|text| !text.is_empty())
    }
}

fn spanned(text: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> Span {
    let begin = text.len();
    write(text);
    Span::new(begin, text.len())
}

/// Replaces the comma after the last item, or takes back the beginning of a list without items.
fn end(out: &mut Vec<u8>, begin: usize, close: u8) {
    if out.len() > begin + 1 {
        out.pop();
        out.push(close);
    } else {
        out.truncate(begin);
    }
}

fn queries(message: &Message, form: Form, out: &mut Vec<u8>) {
    let begin = out.len();
    out.push(b'[');
    for question in &message.questions {
        let mark = json::open(out, b"{");
        json::wire(out, b"\"rrname\":", message.text(question.name));
        if question.name_cut {
            json::boolean(out, b"\"rrname_truncated\":", true);
        }
        kind(question.kind, form, out);
        json::close(out, mark);
        if out.len() > begin + MAX_LIST {
            break;
        }
    }
    end(out, begin, b']');
}

fn kind(number: u16, form: Form, out: &mut Vec<u8>) {
    let begin = out.len();
    json::plain(out, b"\"rrtype\":", &type_text(number));
    if form == Form::Mdns
        && let Some(written) = out.get_mut(begin..)
    {
        written.make_ascii_lowercase();
    }
}

fn records(message: &Message, section: Section, bytes: &[u8], form: Form, out: &mut Vec<u8>) {
    let begin = out.len();
    out.push(b'[');
    for record in message.section(section) {
        match form {
            // Each string of a TXT record is an answer of its own.
            Form::Dns if matches!(record.kind, 16 | 99) => {
                for string in data::strings(record.data.of(bytes)) {
                    let mark = head(message, record, form, out);
                    json::wire(out, b"\"rdata\":", string);
                    json::close(out, mark);
                }
            }
            _ => {
                let mark = head(message, record, form, out);
                match form {
                    Form::Dns => dns_data(message, record, bytes, out),
                    Form::Mdns => mdns_data(message, record, bytes, out),
                }
                json::close(out, mark);
            }
        }
        if out.len() > begin + MAX_LIST {
            break;
        }
    }
    end(out, begin, b']');
}

fn head(message: &Message, record: &Record, form: Form, out: &mut Vec<u8>) -> usize {
    let mark = json::open(out, b"{");
    json::wire(out, b"\"rrname\":", message.text(record.name));
    if record.name_cut {
        json::boolean(out, b"\"rrname_truncated\":", true);
    }
    kind(record.kind, form, out);
    json::number(out, b"\"ttl\":", record.ttl);
    mark
}

fn dns_data(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) {
    match record.kind {
        6 => soa(message, record, bytes, out),
        33 => srv(message, record, bytes, out),
        41 => options(record.data.of(bytes), out),
        44 => sshfp(record.data.of(bytes), out),
        _ => {
            said(message, record, bytes, b"\"rdata\":", out);
            if record.target_cut && data::name(message, record).is_some() {
                json::boolean(out, b"\"rdata_truncated\":", true);
            }
        }
    }
}

/// What a record says as a text behind a key, where that is known.
fn said(message: &Message, record: &Record, bytes: &[u8], key: &[u8], out: &mut Vec<u8>) {
    if let Some(address) = data::address(record, bytes) {
        json::ip(out, key, address);
    } else if let Some(name) = data::name(message, record) {
        json::wire(out, key, name);
    } else {
        let mut text = Vec::new();
        if data::text(message, record, bytes, &mut text) {
            json::wire(out, key, &text);
        }
    }
}

fn mdns_data(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) {
    match record.kind {
        16 => {
            out.extend_from_slice(b"\"txt\":[");
            for string in data::strings(record.data.of(bytes)) {
                json::string(out, string);
                out.push(b',');
            }
            if out.last() == Some(&b',') {
                out.pop();
            }
            out.extend_from_slice(b"],");
        }
        33 => srv(message, record, bytes, out),
        41 => options(record.data.of(bytes), out),
        _ => {
            let mut text = Vec::new();
            if let Some(name) = type_name(record.kind)
                && data::text(message, record, bytes, &mut text)
            {
                out.push(b'"');
                out.extend(name.bytes().map(|letter| letter.to_ascii_lowercase()));
                json::wire(out, b"\":", &text);
            }
        }
    }
}

fn soa(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) {
    let mark = json::open(out, b"\"soa\":{");
    json::wire(out, b"\"mname\":", message.text(record.target));
    json::wire(out, b"\"rname\":", message.text(record.second));
    let keys: [&[u8]; 5] = [
        b"\"serial\":",
        b"\"refresh\":",
        b"\"retry\":",
        b"\"expire\":",
        b"\"minimum\":",
    ];
    let mut cursor = Cursor::at(bytes, record.after as usize);
    for key in keys {
        let Some(value) = cursor.u32() else { break };
        json::number(out, key, value);
    }
    json::close(out, mark);
}

fn srv(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) {
    let mark = json::open(out, b"\"srv\":{");
    let keys: [&[u8]; 3] = [b"\"priority\":", b"\"weight\":", b"\"port\":"];
    let mut cursor = Cursor::new(record.data.of(bytes));
    for key in keys {
        let Some(value) = cursor.u16() else { break };
        json::number(out, key, value);
    }
    json::wire(out, b"\"name\":", message.text(record.target));
    json::close(out, mark);
}

fn sshfp(data: &[u8], out: &mut Vec<u8>) {
    let [algorithm, kind, fingerprint @ ..] = data else {
        return;
    };
    let mark = json::open(out, b"\"sshfp\":{");
    out.extend_from_slice(b"\"fingerprint\":\"");
    for (index, byte) in fingerprint.iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        format::hex(out, *byte);
    }
    out.extend_from_slice(b"\",");
    json::number(out, b"\"algo\":", *algorithm);
    json::number(out, b"\"type\":", *kind);
    json::close(out, mark);
}

/// The options of EDNS (RFC 6891, section 6.1.2).
fn options(data: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    out.extend_from_slice(b"\"opt\":[");
    let items = out.len();
    let mut cursor = Cursor::new(data);
    while let (Some(code), Some(length)) = (cursor.u16(), cursor.u16()) {
        let Some(value) = cursor.take(length.into()) else {
            break;
        };
        let mark = json::open(out, b"{");
        json::number(out, b"\"code\":", code);
        out.extend_from_slice(b"\"data\":\"");
        for byte in value {
            format::hex(out, *byte);
        }
        out.extend_from_slice(b"\",");
        json::close(out, mark);
    }
    if out.len() == items {
        return out.truncate(begin);
    }
    out.pop();
    out.extend_from_slice(b"],");
}

/// Types that are grouped, in the order in which EVE has them.
const GROUPED: [u16; 11] = [1, 28, 2, 5, 6, 10, 12, 15, 16, 33, 44];

fn grouped(message: &Message, bytes: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    out.push(b'{');
    for number in GROUPED {
        let items = out.len();
        for record in message
            .section(Section::Answers)
            .filter(|record| record.kind == number)
        {
            if out.len() == items {
                json::string(out, type_text(number).as_bytes());
                out.extend_from_slice(b":[");
            }
            grouped_item(message, record, bytes, out);
            if out.len() > begin + MAX_LIST {
                break;
            }
        }
        if out.len() > items {
            if out.last() == Some(&b',') {
                out.pop();
            }
            out.extend_from_slice(b"],");
        }
    }
    end(out, begin, b'}');
}

fn grouped_item(message: &Message, record: &Record, bytes: &[u8], out: &mut Vec<u8>) {
    match record.kind {
        16 => {
            for string in data::strings(record.data.of(bytes)) {
                json::string(out, string);
                out.push(b',');
            }
        }
        6 | 33 | 44 => {
            // The object without the key that it has inside an answer.
            let mut object = Vec::new();
            dns_data(message, record, bytes, &mut object);
            let start = object
                .iter()
                .position(|byte| *byte == b'{')
                .unwrap_or(object.len());
            out.extend_from_slice(object.get(start..).unwrap_or_default());
        }
        _ => said(message, record, bytes, b"", out),
    }
}

fn summary(message: &Message, bytes: &[u8], out: &mut Vec<u8>) {
    let begin = out.len();
    for record in message.section(Section::Answers) {
        let before = out.len();
        if before > begin {
            out.extend_from_slice(b", ");
        }
        let said = match data::address(record, bytes) {
            Some(address) => {
                format::ip(out, address);
                true
            }
            None => data::text(message, record, bytes, out),
        };
        if !said || out.len() > begin + MAX_SUMMARY {
            out.truncate(before);
        }
    }
}
