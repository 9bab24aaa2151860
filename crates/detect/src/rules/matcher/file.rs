//! Rules asked of files.

use wirewatch_proto::{Side, Transaction};

use super::super::application::{ApplicationPart, FileTest, Hashes};
use super::super::buffer::BufferId;
use super::super::check::MAX_STEPS;
use super::super::compiled::Compiled;
use super::super::field::{FILE_DATA, FILE_MAGIC, FILE_NAME};
use super::super::number::Comparison;
use super::super::rule::Rule;
use super::super::state::FlowRules;
use super::super::transform::apply_all;
use super::super::watch::Laps;
use super::conclude::Scene;
use super::inspection::{Inspection, Viewed};
use super::transaction::{concerns, turned};
use super::{Direction, Found, MatchInfo, Matcher, PacketView, Teller};

/// How far a file has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileState {
    /// More of it is to come.
    Open,
    /// Its end was seen.
    Complete,
    /// It ended before its end, or with gaps.
    Truncated,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy)]
pub struct FileFacts<'a> {
    /// Its number in the flow.
    pub number: u32,
    /// Its name as the wire has it.
    pub name: &'a [u8],
    /// How many bytes there have been.
    pub size: u64,
    /// What its first bytes say it is.
    pub magic: Option<&'a [u8]>,
    /// Its MD5, once it is complete.
    pub md5: Option<[u8; 16]>,
    /// Its SHA-1, once it is complete.
    pub sha1: Option<[u8; 20]>,
    /// Its SHA-256, once it is complete.
    pub sha256: Option<[u8; 32]>,
    /// Its bytes, as many as are kept for rules.
    pub data: &'a [u8],
    /// Whether bytes of it are missing.
    pub gaps: bool,
    /// How far it has come.
    pub state: FileState,
}

impl<'a> FileFacts<'a> {
    pub(super) fn buffer(&self, field: u16) -> Option<&'a [u8]> {
        let there = |bytes: &'a [u8]| (!bytes.is_empty()).then_some(bytes);
        match field {
            FILE_DATA => there(self.data),
            FILE_NAME => there(self.name),
            FILE_MAGIC => self.magic,
            _ => None,
        }
    }

    pub(super) fn meets(&self, test: &FileTest) -> bool {
        let listed = |hash: Option<&[u8]>, list: &Hashes, negated: bool| {
            let hash = hash.map(|hash| list.binary_search_by(|known| (**known).cmp(hash)).is_ok());
            hash.is_some_and(|listed| listed != negated)
        };
        match test {
            FileTest::Size(size) => self.has_size(*size),
            FileTest::Extension { name, negated } => {
                let lower = self.name.to_ascii_lowercase();
                let stem = lower.strip_suffix(&**name);
                stem.is_some_and(|stem| stem.ends_with(b".")) != *negated && !lower.is_empty()
            }
            FileTest::Md5(list, negated) => {
                listed(self.md5.as_ref().map(<[u8; 16]>::as_slice), list, *negated)
            }
            FileTest::Sha1(list, negated) => {
                listed(self.sha1.as_ref().map(<[u8; 20]>::as_slice), list, *negated)
            }
            FileTest::Sha256(list, negated) => listed(
                self.sha256.as_ref().map(<[u8; 32]>::as_slice),
                list,
                *negated,
            ),
        }
    }

    /// The size is known at the end; before that only that it is more than something.
    fn has_size(&self, wanted: Comparison) -> bool {
        match (self.state, wanted) {
            (FileState::Complete, wanted) => wanted.holds(self.size),
            (_, Comparison::Greater(_) | Comparison::AtLeast(_)) => wanted.holds(self.size),
            _ => false,
        }
    }
}

impl Matcher {
    /// A file has come further: asks the rules about files, each until it matches. To be called
    /// when enough of its data is there to be looked at, and at its end.
    #[allow(
        clippy::too_many_arguments,
        reason = "what the other roads take, and the file"
    )]
    pub fn file(
        &mut self,
        tx: Option<&dyn Transaction>,
        file: &FileFacts<'_>,
        side: Side,
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let rules = &self.rules;
        let application = tx.and_then(|tx| rules.applications.index_of(tx.application()));
        let Some(of_files) = rules.applications.files(application, side) else {
            return;
        };
        flow.belong_to(rules.edition);
        if flow.is_silent(now) {
            return;
        }
        self.candidates.clear();
        self.candidates.extend_from_slice(&of_files.unfiltered);
        for (source, literals) in &of_files.units {
            let BufferId::Field(field) = source.buffer else {
                continue;
            };
            let Some(bytes) = file.buffer(field) else {
                continue;
            };
            let transforms = rules.transforms.get(source.transforms);
            let bytes = apply_all(transforms, bytes.into(), &mut self.regexes);
            literals.scan(&bytes, &mut self.folded, &mut self.candidates);
        }
        let turned = turned(view, side);
        let view = PacketView {
            datagram: turned.as_ref().unwrap_or(view.datagram),
            direction: Some(Direction::of(side)),
            ..*view
        };
        self.sort_candidates(view.datagram);
        let viewed = tx.zip(application).map(|(tx, application)| Viewed {
            tx,
            application,
            side,
        });
        if self.watch.is_some() {
            self.explain_file(viewed, file, &view, flow, now);
        }
        self.ask_of_file(viewed, file, &view, flow, now, tell);
    }

    fn ask_of_file(
        &mut self,
        viewed: Option<Viewed<'_>>,
        file: &FileFacts<'_>,
        view: &PacketView<'_>,
        flow: &mut FlowRules,
        now: i64,
        tell: &mut dyn FnMut(&Rule, MatchInfo<'_>),
    ) {
        let mut steps = MAX_STEPS;
        let mut teller = Teller::new(tell, self.rules.alerts_per_packet);
        let scene = Scene {
            packet: view,
            now,
            state: &self.state,
            facts: &self.facts,
        };
        let mut laps = Laps::new(self.watch.as_mut(), "file");
        for &number in &self.candidates {
            let Some(compiled) = self.rules.rules.get(number as usize) else {
                continue;
            };
            let Some(part) = compiled.application.as_deref() else {
                continue;
            };
            self.counters.verified += 1;
            laps.next(number);
            let mut inspection = Inspection::new(&self.rules, &mut self.regexes, &mut steps);
            if !(concerns(compiled, view)
                && part.asked.files.iter().all(|test| file.meets(test))
                && scene.meets(compiled, flow)
                && file_holds(&mut inspection, compiled, part, viewed, file)
                && flow.transactions().is_first_of_file(number, file.number))
            {
                continue;
            }
            laps.matched(number, viewed.map(|viewed| viewed.tx.id()));
            let found = Found {
                transaction: viewed.map(|viewed| viewed.tx.id()),
                store_file: part.asked.store_file
                    && part
                        .asked
                        .store_side
                        .is_none_or(|wanted| view.direction == Some(Direction::of(wanted))),
                notes: std::mem::take(&mut inspection.notes),
                ..Found::default()
            };
            let goes_on = scene.conclude(
                (number, compiled),
                &found,
                flow,
                &mut self.counters,
                &mut teller,
            );
            if !goes_on {
                break;
            }
        }
    }
}

/// Whether the file's buffers and those of its transaction are as asked.
pub(super) fn file_holds(
    inspection: &mut Inspection<'_>,
    compiled: &Compiled,
    part: &ApplicationPart,
    viewed: Option<Viewed<'_>>,
    file: &FileFacts<'_>,
) -> bool {
    let numbers = part.asked.numbers.is_empty()
        || viewed.is_some_and(|viewed| inspection.numbers_hold(part, viewed));
    numbers
        && compiled.inspections.iter().all(|one| {
            let BufferId::Field(field) = one.source.buffer else {
                // Packets are not what a file is in.
                return false;
            };
            match (file.buffer(field), viewed) {
                (Some(bytes), _) => {
                    inspection.bytes(bytes.into(), one.source.transforms, &one.checks)
                }
                (None, Some(viewed)) => {
                    inspection.field(field, one.source.transforms, &one.checks, viewed)
                }
                (None, None) => false,
            }
        })
}
