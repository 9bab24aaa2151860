//! CIP messages: which service is asked of which object, and whether it was done.
//!
//! The CIP Networks Library, volume 1: chapter 2 (messages), appendix A (services), C (paths).

use super::{Message, names, number, unknown};
use crate::document::Document;
use crate::waiting::{Cut, bounded};

/// Messages in one; controllers send some thirty.
const MAX_MESSAGES: usize = 64;
/// Segments of a path, attributes of a list and states of an answer that are told.
const MAX_PARTS: usize = 32;

const ANSWER: u8 = 0x80;
const GET_ATTRIBUTE_LIST: u8 = 0x03;
const MULTIPLE: u8 = 0x0a;

/// A part of a path.
enum Segment {
    Class(u32),
    Instance(u32),
    Attribute(u32),
    Other(&'static str, u32),
}

/// Reads a message into the open document; nothing when it is not one.
pub(super) fn read(bytes: &[u8], is_nested: bool, message: &mut Message<'_>) -> Option<()> {
    let mut cut = Cut(bytes);
    let service = cut.byte()?;
    let plain = service & !ANSWER;
    message.number(number::CIP_SERVICE, plain);
    let name = names::service(plain);
    message.document().text(
        "service",
        name.map_or_else(|| unknown(plain.into()), Into::into)
            .as_bytes(),
    );
    if service & ANSWER == 0 {
        path(&mut cut, message)?;
    } else {
        status(&mut cut, message)?;
    }
    match plain {
        GET_ATTRIBUTE_LIST if service & ANSWER == 0 => attributes(&mut cut, message),
        MULTIPLE if !is_nested => several(cut.0, message),
        _ => Some(()),
    }
}

/// Which object is asked.
fn path(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    let words = cut.byte()?;
    let mut path = Cut(cut.take(usize::from(words).saturating_mul(2))?);
    let mut class = None;
    let mut segments = Vec::new();
    while segments.len() < MAX_PARTS
        && let Some(segment) = segment(&mut path)
    {
        match segment {
            Segment::Class(value) => {
                class = Some(value);
                message.number(number::CIP_CLASS, value);
            }
            Segment::Instance(value) => message.number(number::CIP_INSTANCE, value),
            Segment::Attribute(value) => message.number(number::CIP_ATTRIBUTE, value),
            Segment::Other(..) => {}
        }
        segments.push(segment);
    }
    let document = message.document();
    document.list("path", |list| {
        for segment in &segments {
            list.object("", |document| tell(segment, document));
        }
    });
    if let Some(name) = class.and_then(names::class) {
        document.text("class_name", name.as_bytes());
    }
    Some(())
}

fn tell(segment: &Segment, document: &mut Document) {
    let (name, value) = match segment {
        Segment::Class(value) => ("class", value),
        Segment::Instance(value) => ("instance", value),
        Segment::Attribute(value) => ("attribute", value),
        Segment::Other(name, value) => (*name, value),
    };
    document.text("segment_type", name.as_bytes());
    document.number("value", *value);
}

/// Logical segments only: what follows another one cannot be told apart.
fn segment(path: &mut Cut<'_>) -> Option<Segment> {
    let first = path.byte()?;
    if first >> 5 != 1 {
        return None;
    }
    let value = match first & 3 {
        0 => path.byte()?.into(),
        1 => {
            path.byte()?;
            path.le16()?.into()
        }
        2 => {
            path.byte()?;
            path.le32()?
        }
        _ => return None,
    };
    Some(match first >> 2 & 7 {
        0 => Segment::Class(value),
        1 => Segment::Instance(value),
        2 => Segment::Other("member", value),
        3 => Segment::Other("connection_point", value),
        4 => Segment::Attribute(value),
        5 => Segment::Other("special", value),
        6 => Segment::Other("service", value),
        _ => Segment::Other("extended", value),
    })
}

/// How an answer ended.
fn status(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    let (_reserved, status, words) = (cut.byte()?, cut.byte()?, cut.byte()?);
    message.number(number::CIP_STATUS, status);
    let name = names::cip_status(status);
    message.document().text(
        "status",
        name.map_or_else(|| unknown(status.into()), Into::into)
            .as_bytes(),
    );
    let extended = cut.take(usize::from(words).saturating_mul(2))?;
    let mut extended = Cut(bounded(extended, 2 * MAX_PARTS));
    let mut is_first = true;
    while let Some(code) = extended.le16() {
        message.number(number::CIP_EXTENDED, code);
        if std::mem::take(&mut is_first) {
            let code = format!("{code:#x}");
            message.document().text("status_extended", code.as_bytes());
        }
    }
    Some(())
}

/// The attributes that a list asks for.
fn attributes(cut: &mut Cut<'_>, message: &mut Message<'_>) -> Option<()> {
    let count = usize::from(cut.le16()?).min(MAX_PARTS);
    for _ in 0..count {
        message.number(number::CIP_ATTRIBUTE, cut.le16()?);
    }
    Some(())
}

/// The messages in one, each at its offset.
fn several(bytes: &[u8], message: &mut Message<'_>) -> Option<()> {
    let mut cut = Cut(bytes);
    let count = usize::from(cut.le16()?).min(MAX_MESSAGES);
    message.document().open_list("multiple");
    let mut outcome = Some(());
    for _ in 0..count {
        let at = cut.le16().map(usize::from);
        let inner = at.and_then(|at| bytes.get(at..)).unwrap_or_default();
        message.document().open("");
        outcome = outcome.and(read(inner, true, message));
        message.document().end();
    }
    message.document().end();
    outcome
}

/// Calls `take` with the place and the length of each message in one.
pub(super) fn each_inner(bytes: &[u8], mut take: impl FnMut(usize, usize)) {
    let mut cut = Cut(bytes);
    let (Some(service), Some(second)) = (cut.byte(), cut.byte()) else {
        return;
    };
    if service & !ANSWER != MULTIPLE {
        return;
    }
    // A path, or behind a reserved byte and a status more of that.
    let words = if service & ANSWER == 0 {
        Some(second)
    } else {
        cut.byte().and_then(|_status| cut.byte())
    };
    let words = usize::from(words.unwrap_or_default());
    if cut.take(words.saturating_mul(2)).is_none() {
        return;
    }
    let (list, start) = (cut.0, bytes.len().saturating_sub(cut.0.len()));
    let mut cut = Cut(list);
    let count = usize::from(cut.le16().unwrap_or_default()).min(MAX_MESSAGES);
    for number in 1..=count {
        let Some(at) = cut.le16().map(usize::from) else {
            return;
        };
        let next = Cut(cut.0).le16().filter(|_| number < count);
        let end = next.map_or(list.len(), usize::from).min(list.len());
        if at < end {
            take(start.saturating_add(at), end.saturating_sub(at));
        }
    }
}
