//! What rules remember: of a flow, and of hosts across flows.

use wirewatch_decode::Datagram;

mod open;

pub(crate) use open::{OpenTransactions, Waiting};

use super::host_table::{DEFAULT_ENTRIES, HostKey, HostTable};
use super::set::Edition;
use super::tag::Left;
use super::threshold::Counter;
use super::watch::{Board, Watched, Wish};

/// Rules' memory of one flow, kept by whoever keeps the flow. Thirty-two bytes until a rule
/// stores something.
#[derive(Debug, Default)]
pub struct FlowRules {
    kept: Option<Box<Kept>>,
    /// Which rule set the numbers of names and rules belong to.
    edition: Edition,
    /// Bits of directions whose once-per-flow rules have been looked at.
    pub(crate) once: u8,
    passed: bool,
    /// The time of the packet for which it was dropped.
    dropped: Option<i64>,
}

/// Captured values kept per flow; what is captured beyond them is left out.
const MAX_FLOW_VARIABLES: usize = 32;
/// Counters of `by_flow` thresholds kept per flow: more rules than this on one flow share the last.
const MAX_FLOW_COUNTERS: usize = 64;

/// Captured values by their names' numbers.
type Values = Vec<(u16, Box<[u8]>)>;

#[derive(Debug, Default)]
struct Kept {
    bits: Vec<u64>,
    integers: Vec<(u16, u32)>,
    variables: Values,
    /// Values captured of one packet, and its time.
    of_packet: (i64, Values),
    tag: Option<Left>,
    counters: Vec<(u32, Counter)>,
    transactions: OpenTransactions,
}

impl FlowRules {
    /// Reads from it, see `Table::touch` of the flows.
    #[inline]
    pub fn touch(&self) -> u64 {
        u64::from(self.once) ^ u64::from(self.kept.is_some())
    }

    /// Keeps rules silent about the flow.
    pub fn pass(&mut self) {
        self.passed = true;
    }

    /// Keeps rules silent about what comes after the packet at hand in a flow that an inline tool would drop.
    pub(crate) fn drop_rest(&mut self, now: i64) {
        self.dropped.get_or_insert(now);
    }

    /// What rules decided about the whole flow: `pass` or `drop`.
    pub fn action(&self) -> Option<&'static str> {
        match (self.dropped.is_some(), self.passed) {
            (true, _) => Some("drop"),
            (false, true) => Some("pass"),
            (false, false) => None,
        }
    }

    /// Whether rules say nothing more about the flow.
    pub(crate) fn is_silent(&self, now: i64) -> bool {
        self.passed || self.dropped.is_some_and(|packet| packet != now)
    }

    /// Tags the flow.
    pub(crate) fn tag(&mut self, left: Left) {
        self.kept.get_or_insert_default().tag = Some(left);
    }

    /// What is left of the flow's tag.
    pub(crate) fn tagged(&mut self) -> Option<&mut Left> {
        self.kept.as_mut()?.tag.as_mut()
    }

    /// The line of rule sets whose names it knows.
    pub(crate) fn line(&self) -> u32 {
        self.edition.line
    }

    /// Forgets what another rule set's numbers said. Of a set that another has replaced, names keep their
    /// numbers and rules do not.
    #[inline]
    pub(crate) fn belong_to(&mut self, edition: Edition) {
        if self.edition != edition {
            self.change_to(edition);
        }
    }

    #[cold]
    fn change_to(&mut self, edition: Edition) {
        if self.edition.line == edition.line {
            if let Some(kept) = &mut self.kept {
                kept.counters.clear();
                kept.transactions = OpenTransactions::default();
            }
        } else if self.edition.line != 0 {
            *self = Self {
                once: self.once,
                ..Self::default()
            };
        }
        self.edition = edition;
    }

    /// What is remembered of transactions and files.
    pub(crate) fn transactions(&mut self) -> &mut OpenTransactions {
        &mut self.kept.get_or_insert_default().transactions
    }

    /// Whether records of a transaction are kept back.
    pub(crate) fn hides(&self, application: usize, transaction: u64) -> bool {
        let kept = self.kept.as_deref();
        kept.is_some_and(|kept| kept.transactions.hides(application, transaction))
    }

    fn bit(&self, name: u16) -> bool {
        let word = self
            .kept
            .as_ref()
            .and_then(|kept| kept.bits.get(usize::from(name) / 64));
        word.is_some_and(|word| word & bit_mask(name) != 0)
    }

    fn write_bit(&mut self, name: u16, write: fn(&mut u64, u64)) {
        let bits = &mut self.kept.get_or_insert_default().bits;
        let place = usize::from(name) / 64;
        if bits.len() <= place {
            bits.resize(place + 1, 0);
        }
        if let Some(word) = bits.get_mut(place) {
            write(word, bit_mask(name));
        }
    }

    fn integer(&self, name: u16) -> Option<u32> {
        let kept = self.kept.as_ref()?;
        let mut integers = kept.integers.iter();
        integers
            .find(|(known, _)| *known == name)
            .map(|(_, value)| *value)
    }

    fn write_integer(&mut self, name: u16, value: u32) {
        let integers = &mut self.kept.get_or_insert_default().integers;
        match integers.iter_mut().find(|(known, _)| *known == name) {
            Some((_, known)) => *known = value,
            None => integers.push((name, value)),
        }
    }

    /// Whether there is anything that records would tell.
    pub(crate) fn is_noted(&self) -> bool {
        let noted = |kept: &Kept| {
            !kept.bits.is_empty() || !kept.integers.is_empty() || !kept.variables.is_empty()
        };
        self.kept.as_deref().is_some_and(noted)
    }

    /// The numbers of all bits that are set.
    pub(crate) fn set_bits(&self) -> impl Iterator<Item = usize> {
        let words = self.kept.iter().flat_map(|kept| &kept.bits).enumerate();
        words.flat_map(|(place, word)| {
            let set = (0..64).filter(move |bit| word >> bit & 1 != 0);
            set.map(move |bit| place * 64 + bit)
        })
    }

    /// All numbers, by name.
    pub(crate) fn integers(&self) -> impl Iterator<Item = (u16, u32)> {
        self.kept.iter().flat_map(|kept| &kept.integers).copied()
    }

    /// All captured values, by name.
    pub(crate) fn variables(&self) -> impl Iterator<Item = (u16, &[u8])> {
        let all = self.kept.iter().flat_map(|kept| &kept.variables);
        all.map(|(name, bytes)| (*name, &**bytes))
    }

    /// Keeps a captured value in place of the one with its name.
    pub(crate) fn write_variable(&mut self, name: u16, bytes: &[u8]) {
        write_variable(
            &mut self.kept.get_or_insert_default().variables,
            name,
            bytes,
        );
    }

    /// Keeps a captured value for other rules about the packet of that time.
    pub(crate) fn write_packet_variable(&mut self, name: u16, bytes: &[u8], now: i64) {
        let (time, variables) = &mut self.kept.get_or_insert_default().of_packet;
        if *time != now {
            variables.clear();
            *time = now;
        }
        write_variable(variables, name, bytes);
    }

    fn variable(&self, of_packet: bool, wanted: u16, now: i64) -> Option<&[u8]> {
        let kept = self.kept.as_deref()?;
        let (time, variables) = &kept.of_packet;
        let mut all = match (of_packet, *time == now) {
            (false, _) => kept.variables.iter(),
            (true, true) => variables.iter(),
            (true, false) => return None,
        };
        all.find(|(name, _)| *name == wanted)
            .map(|(_, bytes)| &**bytes)
    }

    /// The counter of one rule's `by_flow` threshold.
    pub(crate) fn counter(&mut self, rule: u32) -> Option<&mut Counter> {
        let counters = &mut self.kept.get_or_insert_default().counters;
        let known = counters.iter().position(|(known, _)| *known == rule);
        let place = match known {
            Some(place) => place,
            None if counters.len() < MAX_FLOW_COUNTERS => {
                counters.push((rule, Counter::default()));
                counters.len() - 1
            }
            None => MAX_FLOW_COUNTERS - 1,
        };
        counters.get_mut(place).map(|(_, counter)| counter)
    }
}

fn write_variable(variables: &mut Values, name: u16, bytes: &[u8]) {
    let known = variables.iter_mut().find(|(known, _)| *known == name);
    if let Some((_, known)) = known {
        *known = bytes.into();
    } else if variables.len() < MAX_FLOW_VARIABLES {
        variables.push((name, bytes.into()));
    }
}

fn bit_mask(name: u16) -> u64 {
    1 << (name % 64)
}

/// A number in a `flowint`: written down, or another of the flow's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowNumber {
    Number(u32),
    Named(u16),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Greater,
}

/// What a rule asks of its flow's memory.
#[derive(Debug, Clone)]
pub(crate) enum FlowTest {
    /// Any of the bits is set, or any is not.
    Bits {
        any_of: Vec<u16>,
        set: bool,
    },
    IntegerSet {
        name: u16,
        set: bool,
    },
    Integer {
        name: u16,
        order: Order,
        value: FlowNumber,
    },
    /// A bit of the transaction that is asked about.
    TransactionBit {
        name: u16,
        set: bool,
    },
    /// A captured value of the flow or of the packet has a text in it.
    Variable {
        of_packet: bool,
        name: u16,
        text: Box<[u8]>,
        negated: bool,
    },
}

impl FlowTest {
    pub(crate) fn holds(&self, flow: &FlowRules, now: i64) -> bool {
        match self {
            Self::Variable {
                of_packet,
                name,
                text,
                negated,
            } => flow
                .variable(*of_packet, *name, now)
                .is_some_and(|value| memchr::memmem::find(value, text).is_some() != *negated),
            Self::TransactionBit { name, set } => flow
                .kept
                .as_ref()
                .and_then(|kept| kept.transactions.bit(*name))
                .is_some_and(|is_set| is_set == *set),
            Self::Bits { any_of, set } => any_of.iter().any(|name| flow.bit(*name) == *set),
            Self::IntegerSet { name, set } => flow.integer(*name).is_some() == *set,
            Self::Integer { name, order, value } => {
                let (Some(left), Some(right)) = (flow.integer(*name), resolve(*value, flow)) else {
                    return false;
                };
                match order {
                    Order::Less => left < right,
                    Order::AtMost => left <= right,
                    Order::Equal => left == right,
                    Order::NotEqual => left != right,
                    Order::AtLeast => left >= right,
                    Order::Greater => left > right,
                }
            }
        }
    }
}

fn resolve(number: FlowNumber, flow: &FlowRules) -> Option<u32> {
    match number {
        FlowNumber::Number(number) => Some(number),
        FlowNumber::Named(name) => flow.integer(name),
    }
}

/// What a matching rule changes in its flow's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FlowChange {
    Set(u16),
    Unset(u16),
    Toggle(u16),
    Assign(u16, FlowNumber),
    Add(u16, FlowNumber),
    Subtract(u16, FlowNumber),
    /// Nothing more of the flow is looked at.
    Bypass,
    /// Bits of the transaction that is asked about.
    SetInTransaction(u16),
    UnsetInTransaction(u16),
    ToggleInTransaction(u16),
    /// Records of the transaction that is asked about are not put out.
    HideTransaction,
}

impl FlowChange {
    pub(crate) fn apply(self, flow: &mut FlowRules) {
        match self {
            Self::Set(name) => flow.write_bit(name, |word, bit| *word |= bit),
            Self::Unset(name) => flow.write_bit(name, |word, bit| *word &= !bit),
            Self::Toggle(name) => flow.write_bit(name, |word, bit| *word ^= bit),
            Self::Assign(name, number) => {
                if let Some(value) = resolve(number, flow) {
                    flow.write_integer(name, value);
                }
            }
            Self::Bypass => flow.pass(),
            Self::HideTransaction => flow.transactions().hide(),
            Self::SetInTransaction(name) => flow.transactions().write_bit(name, |_| true),
            Self::UnsetInTransaction(name) => flow.transactions().write_bit(name, |_| false),
            Self::ToggleInTransaction(name) => flow.transactions().write_bit(name, |set| !set),
            Self::Add(name, number) => Self::compute(flow, name, number, u32::saturating_add),
            Self::Subtract(name, number) => Self::compute(flow, name, number, u32::saturating_sub),
        }
    }

    fn compute(flow: &mut FlowRules, name: u16, number: FlowNumber, work: fn(u32, u32) -> u32) {
        if let Some(value) = resolve(number, flow) {
            let before = flow.integer(name).unwrap_or(0);
            flow.write_integer(name, work(before, value));
        }
    }
}

/// Whose memory a host bit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostTrack {
    Source,
    Destination,
    Pair,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostBitAction {
    Set,
    Unset,
    Toggle,
    IsSet,
    IsNotSet,
}

/// One `xbits` or `hostbits`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct HostBit {
    pub(crate) name: u16,
    pub(crate) track: HostTrack,
    pub(crate) action: HostBitAction,
    /// Nanoseconds a set bit lives.
    pub(crate) lifetime: i64,
}

impl HostBit {
    pub(crate) fn is_test(self) -> bool {
        matches!(self.action, HostBitAction::IsSet | HostBitAction::IsNotSet)
    }

    pub(crate) fn holds(self, datagram: &Datagram, now: i64, state: &RuleState) -> bool {
        let until = state.host_bits.get(self.key(datagram));
        let set = until.is_some_and(|until| now < until);
        set == (self.action == HostBitAction::IsSet)
    }

    pub(crate) fn apply(self, datagram: &Datagram, now: i64, state: &RuleState) {
        let until = now.saturating_add(self.lifetime);
        state.host_bits.update(self.key(datagram), now, |known| {
            *known = match self.action {
                HostBitAction::Set => until,
                HostBitAction::Toggle if *known <= now => until,
                _ => i64::MIN,
            };
        });
    }

    fn key(self, datagram: &Datagram) -> HostKey {
        let (source, destination) = (datagram.source, datagram.destination);
        let (first, second) = match self.track {
            HostTrack::Source => (source, 0),
            HostTrack::Destination => (destination, 0),
            HostTrack::Pair => (source.min(destination), source.max(destination)),
        };
        HostKey {
            id: (self.name.into(), u32::from(self.track == HostTrack::Pair)),
            first,
            second,
        }
    }
}

/// What rules remember across flows. One for all workers of an engine.
#[derive(Debug)]
pub struct RuleState {
    pub(crate) counters: HostTable<Counter>,
    pub(crate) host_bits: HostTable<i64>,
    pub(crate) tags: HostTable<Left>,
    pub(crate) board: Board,
}

/// What an entry takes in all tables together: in two of them, and a sixteenth in the third.
const BYTES_PER_ENTRY: usize = 176;

impl Default for RuleState {
    fn default() -> Self {
        Self::new(DEFAULT_ENTRIES)
    }
}

impl RuleState {
    /// Tables of so many entries each, about 80 bytes per entry.
    pub fn new(entries: usize) -> Self {
        Self {
            counters: HostTable::new(entries),
            host_bits: HostTable::new(entries),
            tags: HostTable::new(entries / 16),
            board: Board::default(),
        }
    }

    /// State of workers that look at rules at work, in so many bytes or less: more entries than by default
    /// help nobody.
    pub fn watching(wish: Wish, bytes: usize) -> Self {
        Self {
            board: Board::new(wish),
            ..Self::new((bytes / BYTES_PER_ENTRY).min(DEFAULT_ENTRIES))
        }
    }

    /// What they saw, as far as they have published it.
    pub fn watched(&self) -> Watched {
        self.board.watched()
    }

    /// Entries that made place for newer ones because a table was full.
    pub fn evicted(&self) -> u64 {
        self.counters.evicted() + self.host_bits.evicted() + self.tags.evicted()
    }
}
