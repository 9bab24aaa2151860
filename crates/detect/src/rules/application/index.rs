//! Who must be asked when a transaction comes further or a file is seen.

use std::collections::HashMap;

use wirewatch_proto::{Application, Side, Transaction};

use super::super::buffer::{BufferId, Source};
use super::super::compiled::{Compiled, Fast};
use super::super::field::{Fields, Place};
use super::super::literal::{Literal, Literals, MIN_LITERAL};
use super::super::matcher::Direction;
use super::part::{ApplicationPart, speaks};

/// All rules about transactions and files, by application.
#[derive(Debug)]
pub(crate) struct Applications {
    pub(crate) fields: Fields,
    sides: Vec<[SideRules; 2]>,
    /// One more than there are applications: the last is for files without one.
    files: Vec<[FileRules; 2]>,
}

/// Rules about one side of one application's transactions.
#[derive(Debug, Default)]
pub(crate) struct SideRules {
    /// The buffers that have literals, by progress.
    pub(crate) units: Vec<Unit>,
    /// Rules without a literal, by the progress from which they can be asked.
    pub(crate) unfiltered: Vec<(u8, u32)>,
    /// Rules that ask for an event.
    pub(crate) events: HashMap<&'static str, Vec<u32>>,
}

/// A buffer with its literals.
#[derive(Debug)]
pub(crate) struct Unit {
    pub(crate) place: Place,
    pub(crate) transforms: u16,
    pub(crate) literals: Literals,
}

/// Rules about files.
#[derive(Debug, Default)]
pub(crate) struct FileRules {
    /// The file's buffers that have literals.
    pub(crate) units: Vec<(Source, Literals)>,
    pub(crate) unfiltered: Vec<u32>,
}

impl FileRules {
    pub(crate) fn is_empty(&self) -> bool {
        self.units.is_empty() && self.unfiltered.is_empty()
    }
}

impl SideRules {
    pub(crate) fn is_empty(&self) -> bool {
        self.units.is_empty() && self.unfiltered.is_empty() && self.events.is_empty()
    }
}

type Numbered<'a> = (u32, &'a Compiled, &'a ApplicationPart);

impl Applications {
    pub(crate) fn new(rules: &[Compiled], fields: Fields) -> Self {
        let parts: Vec<Numbered<'_>> = (0_u32..)
            .zip(rules)
            .filter_map(|(number, rule)| Some((number, rule, rule.application.as_deref()?)))
            .collect();
        let count = fields.applications.len();
        let side = |index, side| side_rules(&parts, &fields, index, side);
        let file = |index, side| file_rules(&parts, &fields, index, side);
        Self {
            sides: (0..count)
                .map(|index| [side(index, Side::Client), side(index, Side::Server)])
                .collect(),
            files: (0..=count)
                .map(|index| [file(index, Side::Client), file(index, Side::Server)])
                .collect(),
            fields,
        }
    }

    /// The application's number.
    pub(crate) fn index_of(&self, application: &'static Application) -> Option<usize> {
        self.fields.index_of(application)
    }

    /// The rules about one side; none when there are none.
    pub(crate) fn side(&self, application: usize, side: Side) -> Option<&SideRules> {
        let rules = self.sides.get(application)?.get(side as usize)?;
        (!rules.is_empty()).then_some(rules)
    }

    /// Whether any rule is about this application's transactions.
    pub(crate) fn concern(&self, application: usize) -> bool {
        let sides = self.sides.get(application);
        sides.is_some_and(|sides| sides.iter().any(|side| !side.is_empty()))
    }

    /// Whether any rule is about files.
    pub(crate) fn ask_of_files(&self) -> bool {
        self.files.iter().flatten().any(|rules| !rules.is_empty())
    }

    /// The rules about files that one side sends in an application's transactions.
    pub(crate) fn files(&self, application: Option<usize>, side: Side) -> Option<&FileRules> {
        let index = application.unwrap_or(self.fields.applications.len());
        let rules = self.files.get(index)?.get(side as usize)?;
        (!rules.is_empty()).then_some(rules)
    }
}

fn side_rules(parts: &[Numbered<'_>], fields: &Fields, index: usize, side: Side) -> SideRules {
    let mut rules = SideRules::default();
    let mut literals: HashMap<Source, Vec<Literal<'_>>> = HashMap::new();
    let application = fields.applications.get(index);
    for (number, compiled, part) in parts {
        // A rule about both sides waits for the later one, whichever that is.
        let of_both = part.asked.both_sides;
        let viewed = if of_both { Side::Client } else { side };
        let Some(stage) = part.stage(index, viewed) else {
            continue;
        };
        if let [code, ..] = &*part.asked.events {
            let mut events = application.into_iter().flat_map(|one| one.events);
            if let Some(event) = events.find(|event| event.code == &**code) {
                rules.events.entry(event.code).or_default().push(*number);
            }
            continue;
        }
        let found = part.fast.and_then(|fast| {
            let (source, literal) = literal(*number, compiled, fast)?;
            let place = place(fields, source, index)?;
            (place.side.unwrap_or(viewed) == side).then_some((source, literal))
        });
        let need = stage.needs.get(side as usize).copied().flatten();
        match (found, part.fast, need) {
            (Some((source, literal)), ..) => literals.entry(source).or_default().push(literal),
            // The other side's prefilter finds it.
            (None, Some(fast), _) if of_both && literal(*number, compiled, fast).is_some() => {}
            (None, _, Some(need)) => rules.unfiltered.push((need, *number)),
            (None, _, None) => {}
        }
    }
    rules.unfiltered.sort_unstable();
    let units = literals.into_iter().filter_map(|(source, literals)| {
        Some(Unit {
            place: place(fields, source, index)?,
            transforms: source.transforms,
            literals: Literals::new(literals.into_iter()),
        })
    });
    rules.units = units.collect();
    rules.units.sort_unstable_by_key(|unit| {
        (
            unit.place.progress,
            unit.place.number(Side::Client),
            unit.transforms,
        )
    });
    rules
}

fn place(fields: &Fields, source: Source, application: usize) -> Option<Place> {
    match source.buffer {
        BufferId::Field(field) => fields.buffer_place(field, application),
        _ => None,
    }
}

/// The rule's literal, when it is long enough to be looked for.
fn literal(number: u32, compiled: &Compiled, fast: Fast) -> Option<(Source, Literal<'_>)> {
    let (source, literal) = compiled.literal_at(fast, number)?;
    let worth = !literal.floats() || literal.bytes.len() >= MIN_LITERAL;
    worth.then_some((source, literal))
}

fn file_rules(parts: &[Numbered<'_>], fields: &Fields, index: usize, side: Side) -> FileRules {
    let mut rules = FileRules::default();
    let mut literals: HashMap<Source, Vec<Literal<'_>>> = HashMap::new();
    let application = fields.applications.get(index);
    for (number, compiled, part) in parts {
        let direction = compiled.direction;
        let concerned = part.of_file
            && direction.is_none_or(|one| one == Direction::of(side))
            && !part.is_met_by(index)
            && match (compiled.protocol.app, application) {
                (Some(app), Some(application)) => speaks(app, application),
                (Some(_), None) => false,
                (None, _) => true,
            };
        if !concerned {
            continue;
        }
        let fast = part.file_fast;
        match fast.and_then(|fast| literal(*number, compiled, fast)) {
            Some((source, literal)) => literals.entry(source).or_default().push(literal),
            None => rules.unfiltered.push(*number),
        }
    }
    let units = literals.into_iter();
    rules.units = units
        .map(|(source, literals)| (source, Literals::new(literals.into_iter())))
        .collect();
    rules.units.sort_unstable_by_key(|(source, _)| *source);
    rules
}

/// Values of one buffer that are looked at: more than any message of usual size has.
pub(crate) const MAX_VALUES: usize = 1_024;

impl Unit {
    /// Calls `each` with every value of the buffer from a place on; gives the place behind the last.
    pub(crate) fn values(
        &self,
        tx: &dyn Transaction,
        side: Side,
        first: usize,
        mut each: impl FnMut(std::borrow::Cow<'_, [u8]>),
    ) -> usize {
        let side = self.place.side.unwrap_or(side);
        let most = if self.place.many { MAX_VALUES } else { 1 };
        for index in first..most {
            match tx.buffer(self.place.number(side), side, index) {
                Some(bytes) => each(bytes),
                None => return index,
            }
        }
        most
    }
}
