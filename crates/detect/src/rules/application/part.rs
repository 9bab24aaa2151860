//! What one rule asks of transactions and files.

use std::sync::Arc;

use wirewatch_proto::{Application, Side, Transaction};

use super::super::buffer::BufferId;
use super::super::compiled::Fast;
use super::super::draft::Draft;
use super::super::field::{Fields, Place, is_of_file};
use super::super::keyword::choose_literal;
use super::super::matcher::Direction;
use super::super::number::Comparison;
use super::super::problem::Fault;
use super::super::protocol::{AppProtocol, RuleProtocol};
use super::hook::Hook;

/// Values of one number field that are looked at.
const MAX_VALUES: usize = 1_024;

/// Which of several numbers must be as asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    Any,
    All,
    /// All, and none will do as well.
    AllOrAbsent,
    /// The one at this place; negative ones count from the end.
    At(i32),
    /// How many there are.
    Count,
}

/// An integer keyword.
#[derive(Debug, Clone)]
pub(crate) struct NumberTest {
    pub(crate) field: u16,
    /// Any of these.
    pub(crate) wanted: Box<[Comparison]>,
    pub(crate) which: Which,
    /// Another number, of which any of these will do as well.
    pub(crate) or: Option<(u16, Box<[Comparison]>)>,
}

impl NumberTest {
    /// A question to any value of a number.
    pub(crate) fn any(field: u16, wanted: impl Into<Box<[Comparison]>>) -> Self {
        Self {
            field,
            wanted: wanted.into(),
            which: Which::Any,
            or: None,
        }
    }

    pub(crate) fn holds(&self, tx: &dyn Transaction, place: Place, side: Side) -> bool {
        let side = place.side.unwrap_or(side);
        let value = |index| tx.number(place.number(side), side, index);
        let fits = |value: u64| self.wanted.iter().any(|one| one.holds(value));
        let count = || {
            (0..MAX_VALUES)
                .take_while(|index| value(*index).is_some())
                .count()
        };
        let mut values = (0..MAX_VALUES).map_while(value);
        match self.which {
            Which::Any => values.any(fits),
            Which::All => value(0).is_some() && values.all(fits),
            Which::AllOrAbsent => values.all(fits),
            Which::Count => fits(count() as u64),
            Which::At(place) => {
                let from_start = match usize::try_from(place) {
                    Ok(place) => Some(place),
                    Err(_) => count().checked_sub(place.unsigned_abs() as usize),
                };
                from_start.and_then(value).is_some_and(fits)
            }
        }
    }
}

/// A list of hashes, sorted.
pub(crate) type Hashes = Arc<[Box<[u8]>]>;

/// What a rule asks of a file beside its buffers.
#[derive(Debug, Clone)]
pub(crate) enum FileTest {
    Size(Comparison),
    /// The name ends with a dot and this, in lower case.
    Extension {
        name: Box<[u8]>,
        negated: bool,
    },
    Md5(Hashes, bool),
    Sha1(Hashes, bool),
    Sha256(Hashes, bool),
}

impl FileTest {
    pub(crate) fn is_of_hash(&self) -> bool {
        matches!(self, Self::Md5(..) | Self::Sha1(..) | Self::Sha256(..))
    }
}

/// What a rule asks of transactions, as it is read.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) numbers: Vec<NumberTest>,
    pub(crate) events: Vec<Box<str>>,
    pub(crate) files: Vec<FileTest>,
    /// A rule about both sides of a transaction (`=>`).
    pub(crate) both_sides: bool,
    pub(crate) hook: Option<Hook>,
    /// It asks for what may come with steps behind the one from which on it is asked.
    pub(crate) again: bool,
    /// Keeps the file.
    pub(crate) store_file: bool,
    /// Whose files it keeps; none when both sides'.
    pub(crate) store_side: Option<Side>,
}

/// In which application and on which side a rule can match, and from when on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stage {
    pub(crate) application: u8,
    /// Whose view of the transaction: fields that both sides send are this one's.
    pub(crate) side: Side,
    /// The progress each side must have reached.
    pub(crate) needs: [Option<u8>; 2],
    /// The progress that a side must not have reached.
    below: Option<(Side, u8)>,
}

impl Stage {
    pub(crate) fn is_reached(self, tx: &dyn Transaction) -> bool {
        let [client, server] = self.needs;
        client.is_none_or(|need| tx.progress(Side::Client) >= need)
            && server.is_none_or(|need| tx.progress(Side::Server) >= need)
            && !self.is_over(tx)
    }

    /// Whether what it asks for may come with later steps, though all has been reached.
    pub(crate) fn may_grow(self, tx: &dyn Transaction) -> bool {
        let sides = [Side::Client, Side::Server].into_iter().zip(self.needs);
        let mut asked = sides.filter(|(_, need)| need.is_some_and(|need| need > 0));
        asked.any(|(side, _)| tx.grows(side))
    }

    /// Whether the transaction has gone too far to match.
    pub(crate) fn is_over(self, tx: &dyn Transaction) -> bool {
        let below = self.below;
        below.is_some_and(|(side, end)| tx.progress(side) >= end)
    }
}

/// What a rule asks of transactions and files.
#[derive(Debug)]
pub(crate) struct ApplicationPart {
    pub(crate) asked: Asked,
    pub(crate) stages: Box<[Stage]>,
    /// It asks for bytes of packets or streams as well.
    pub(crate) has_payload: bool,
    /// It can be asked of files.
    pub(crate) of_file: bool,
    /// Its literal for the prefilter of transactions.
    pub(crate) fast: Option<Fast>,
    /// Its literal for the prefilter of files.
    pub(crate) file_fast: Option<Fast>,
}

impl ApplicationPart {
    /// The part of a draft that is about transactions, if there is one.
    pub(crate) fn new(draft: &mut Draft<'_, '_>) -> Result<Option<Box<Self>>, Fault> {
        let asked = std::mem::take(&mut draft.asked);
        let fields = buffers(draft).filter_map(|buffer| match buffer {
            BufferId::Field(field) => Some(field),
            _ => None,
        });
        let fields: Vec<u16> = fields.collect();
        let of_file = !asked.files.is_empty()
            || asked.store_file
            || fields.iter().any(|field| is_of_file(*field));
        let asks = of_file
            || !fields.is_empty()
            || !asked.numbers.is_empty()
            || !asked.events.is_empty()
            || asked.hook.is_some();
        if !asks {
            return Ok(None);
        }
        let known = &draft.context.fields;
        let stages = stages(known, &fields, &asked, draft.protocol, draft.flow.direction);
        if stages.is_empty() && !of_file {
            return Err(never(draft.protocol, known));
        }
        let chosen = |wanted: fn(u16) -> bool| {
            let is_wanted = |buffer| matches!(buffer, BufferId::Field(field) if wanted(field));
            choose_literal(&draft.inspections, draft.fast, is_wanted)
        };
        Ok(Some(Box::new(Self {
            stages: stages.into(),
            has_payload: buffers(draft).any(|buffer| buffer == BufferId::Payload),
            of_file,
            fast: chosen(|_| true),
            file_fast: chosen(is_of_file),
            asked,
        })))
    }

    /// The stage of one side in an application.
    pub(crate) fn stage(&self, application: usize, side: Side) -> Option<&Stage> {
        let mut stages = self.stages.iter();
        stages.find(|one| usize::from(one.application) == application && one.side == side)
    }

    /// Whether transactions of this application have all that it asks of files.
    pub(crate) fn is_met_by(&self, application: usize) -> bool {
        let mut stages = self.stages.iter();
        self.asked.files.is_empty()
            && !self.asked.store_file
            && stages.any(|one| usize::from(one.application) == application)
    }
}

fn buffers<'a>(draft: &'a Draft<'_, '_>) -> impl Iterator<Item = BufferId> + 'a {
    draft.inspections.iter().map(|one| one.source.buffer)
}

fn never(protocol: RuleProtocol, fields: &Fields) -> Fault {
    let Some(app) = protocol.app else {
        return Fault::error(0, "no protocol has all that the rule asks of one side");
    };
    let parsed = fields.applications.iter().any(|one| speaks(app, one));
    if parsed {
        let message = format!("{} has not all that the rule asks of one side", app.name());
        Fault::error(0, message)
    } else {
        let message = format!("{} has no parser yet", app.name());
        Fault::unsupported(0, message)
    }
}

/// Whether a rule header's protocol is about this application.
pub(crate) fn speaks(named: AppProtocol, application: &Application) -> bool {
    let mut all = application.names.iter();
    all.any(|name| AppProtocol::named(name).is_some_and(|app| named.covers(app)))
}

fn stages(
    known: &Fields,
    fields: &[u16],
    asked: &Asked,
    protocol: RuleProtocol,
    direction: Option<Direction>,
) -> Vec<Stage> {
    if !asked.files.is_empty() || asked.store_file {
        // Only a file can say.
        return Vec::new();
    }
    let mut all = Vec::new();
    for (index, application) in known.applications.iter().enumerate() {
        let named = protocol.app.is_none_or(|app| speaks(app, application));
        let events = asked.events.iter().all(|code| {
            let mut events = application.events.iter();
            events.any(|event| event.code == &**code)
        });
        if !named || !events {
            continue;
        }
        let buffers = fields.iter().map(|field| known.buffer_place(*field, index));
        let numbers = asked
            .numbers
            .iter()
            .map(|test| known.number_place(test.field, index));
        let Some(places) = buffers.chain(numbers).collect::<Option<Vec<_>>>() else {
            continue;
        };
        let hook = asked
            .hook
            .map(|hook| (hook.side, hook.progress(known, index)));
        let below = asked
            .hook
            .and_then(|hook| Some((hook.side, hook.end(known, index)?)));
        let stages = sides(index, &places, hook, asked.both_sides, direction);
        all.extend(stages.into_iter().map(|stage| Stage { below, ..stage }));
    }
    all
}

/// On which sides a rule with these fields can match.
fn sides(
    application: usize,
    places: &[Place],
    hook: Option<(Side, u8)>,
    both: bool,
    direction: Option<Direction>,
) -> Vec<Stage> {
    let application = u8::try_from(application).unwrap_or(u8::MAX);
    let allowed = |side: Side| {
        both || (direction.is_none_or(|one| one == Direction::of(side))
            && hook.is_none_or(|(hooked, _)| hooked == side)
            && places
                .iter()
                .all(|place| place.side.is_none_or(|sent| sent == side)))
    };
    let stage = |side: Side| {
        let mut needs = [None; 2];
        let mut need = |of: Side, progress: u8| {
            let [client, server] = &mut needs;
            let slot = if of == Side::Client { client } else { server };
            *slot = (*slot).max(Some(progress));
        };
        need(side, 0);
        if let Some((of, progress)) = hook {
            need(of, progress);
        }
        for place in places {
            need(place.side.unwrap_or(side), place.progress);
        }
        Stage {
            application,
            side,
            needs,
            below: None,
        }
    };
    let all = [Side::Client, Side::Server];
    let count = if both { 1 } else { 2 };
    all.into_iter()
        .filter(|side| allowed(*side))
        .take(count)
        .map(stage)
        .collect()
}
