//! Rules about spans of bytes that parsers name (`frame:http1.request`).
//!
//! [`Application::frames`] has the names of a protocol's spans; what a side sends as a whole is a span, too.
//! Spans that are not over yet, or whose beginning is gone, are asked about as well: not by rules that
//! want to know where a content stands in them, though.

use std::collections::HashMap;

use wirewatch_proto::{Application, Side};

use super::application::speaks;
use super::buffer::BufferId;
use super::check::Check;
use super::compiled::{Compiled, Fast, Inspection};
use super::draft::Draft;
use super::field::Fields;
use super::keyword::choose_literal;
use super::literal::{Literal, Literals, MIN_LITERAL};
use super::matcher::Direction;
use super::problem::Fault;
use super::protocol::AppProtocol;
use super::syntax::{Word, clipped};

/// The number of the span that is all of what one side sends over TCP.
pub const STREAM_FRAME: u8 = u8::MAX;
/// Its name.
const STREAM_FRAME_NAME: &str = "stream";

/// A kind of spans: the application's number, and its own there.
pub(crate) type Place = (u8, u8);

/// What one rule asks of spans.
#[derive(Debug)]
pub(crate) struct FramePart {
    places: Box<[Place]>,
    fast: Option<Fast>,
    /// It says how far from the span's beginning something is.
    pub(crate) from_start: bool,
    /// It says how far from the span's end something is, or that something is not in it.
    pub(crate) to_end: bool,
}

/// The kinds of spans that a name stands for: `PROTOCOL.NAME`, or `NAME` behind a header with a protocol.
pub(crate) fn places(
    fields: &Fields,
    header: Option<AppProtocol>,
    name: Word<'_>,
) -> Result<Box<[Place]>, Fault> {
    let prefix = name.split_once('.');
    let prefix = prefix.and_then(|(app, rest)| Some((AppProtocol::named(app.text)?, rest)));
    let (app, own) = match (prefix, header) {
        (Some((app, rest)), _) => (app, rest.text),
        (None, Some(app)) => (app, name.text),
        (None, None) => {
            let message =
                "a frame's name begins with its protocol's where the rule's header names none";
            return Err(Fault::error(name.at, message));
        }
    };
    let mut places = Vec::new();
    for (index, application) in (0_u8..).zip(fields.applications) {
        let is_meant = |app| speaks(app, application);
        if !is_meant(app) || !header.is_none_or(is_meant) {
            continue;
        }
        let kind = if own == STREAM_FRAME_NAME {
            Some(STREAM_FRAME)
        } else {
            // Some names of spans begin with a protocol's themselves.
            application
                .frame(own)
                .or_else(|| application.frame(name.text))
        };
        places.extend(kind.map(|kind| (index, kind)));
    }
    if places.is_empty() {
        let message = format!("no parser tells frames called {:?}", clipped(name.text));
        return Err(Fault::unsupported(name.at, message));
    }
    Ok(places.into())
}

impl FramePart {
    /// The part of a draft that is about spans, if there is one.
    pub(crate) fn new(draft: &mut Draft<'_, '_>) -> Result<Option<Box<Self>>, Fault> {
        let Some(places) = draft.frames.take() else {
            return Ok(None);
        };
        let is_other =
            |one: &Inspection| matches!(one.source.buffer, BufferId::Payload | BufferId::Field(_));
        if draft.inspections.iter().any(is_other) {
            let message = "a rule about frames asks for nothing of payloads and transactions";
            return Err(Fault::unsupported(0, message));
        }
        let of_frame = |one: &&Inspection| one.source.buffer == BufferId::Frame;
        let inspections = || draft.inspections.iter().filter(of_frame);
        let checks = || inspections().flat_map(|one| &one.checks);
        let is_changed = inspections().any(|one| one.source.transforms != 0);
        Ok(Some(Box::new(Self {
            places,
            fast: choose_literal(&draft.inspections, draft.fast, |buffer| {
                buffer == BufferId::Frame
            }),
            from_start: is_changed || checks().any(counts_from_start),
            to_end: is_changed || checks().any(counts_to_end),
        })))
    }
}

fn counts_from_start(check: &Check) -> bool {
    match check {
        Check::Content(content) => content.is_placed(),
        Check::Pcre(_) | Check::Absent { .. } => false,
        Check::Size(_) | Check::Dataset(_) | Check::Entropy(_) => true,
        other => !other.is_relative(),
    }
}

fn counts_to_end(check: &Check) -> bool {
    match check {
        Check::Content(content) => content.endswith || content.negated,
        Check::Pcre(pcre) => pcre.negated,
        Check::DataAt(data) => data.negated,
        Check::Size(_) | Check::Dataset(_) | Check::Entropy(_) => true,
        _ => false,
    }
}

/// All rules about spans, by application, side and kind.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    rules: HashMap<(u8, u8, u8), FrameRules>,
}

/// Rules with a literal, and those without.
type Sorted<'a> = (Vec<Literal<'a>>, Vec<u32>);

/// Rules about one kind of spans of one side.
#[derive(Debug, Default)]
pub(crate) struct FrameRules {
    pub(crate) literals: Literals,
    pub(crate) unfiltered: Vec<u32>,
}

impl Frames {
    pub(crate) fn new(rules: &[Compiled]) -> Self {
        let mut sorted: HashMap<(u8, u8, u8), Sorted<'_>> = HashMap::new();
        for (number, compiled) in (0_u32..).zip(rules) {
            let Some(part) = compiled.frame.as_deref() else {
                continue;
            };
            let literal = literal(number, compiled, part);
            for side in [Side::Client, Side::Server] {
                if compiled
                    .direction
                    .is_some_and(|way| way != Direction::of(side))
                {
                    continue;
                }
                for (application, kind) in &part.places {
                    let (literals, unfiltered) =
                        sorted.entry((*application, *kind, side as u8)).or_default();
                    match &literal {
                        Some(literal) => literals.push(literal.clone()),
                        None => unfiltered.push(number),
                    }
                }
            }
        }
        let rules = sorted.into_iter().map(|(key, (literals, unfiltered))| {
            let literals = Literals::new(literals.into_iter());
            (
                key,
                FrameRules {
                    literals,
                    unfiltered,
                },
            )
        });
        Self {
            rules: rules.collect(),
        }
    }

    /// The rules about one kind of spans of one side.
    pub(crate) fn of(&self, application: usize, kind: u8, side: Side) -> Option<&FrameRules> {
        let application = u8::try_from(application).ok()?;
        self.rules.get(&(application, kind, side as u8))
    }

    /// Whether any rule is about spans of this application.
    pub(crate) fn concern(&self, application: usize) -> bool {
        let mut keys = self.rules.keys();
        keys.any(|(known, ..)| usize::from(*known) == application)
    }
}

fn literal<'a>(number: u32, compiled: &'a Compiled, part: &FramePart) -> Option<Literal<'a>> {
    let (source, literal) = compiled.literal_at(part.fast?, number)?;
    // What a transform makes of a span is not known before the rule is asked.
    let worth = literal.bytes.len() >= MIN_LITERAL && source.transforms == 0;
    worth.then_some(literal)
}

/// The name of a kind of spans.
pub fn frame_name(application: &Application, kind: u8) -> &'static str {
    match application.frames.get(usize::from(kind)) {
        Some(name) => name,
        None => STREAM_FRAME_NAME,
    }
}
