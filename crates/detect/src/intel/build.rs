//! From indicators to frozen tables.

use foldhash::fast::RandomState;
use hashbrown::HashMap;

use super::{
    Intel,
    line::{Indicator, Scope},
    list::List,
    names::{self, Names},
    ranges::{self, Ranges},
    sets::{Match, Sets},
};

/// Entries of all lists together. Maltrail's whole collection has 1.9 million; five times
/// that take about 200 MB while they are built.
pub const MAX_ENTRIES: usize = 10_000_000;
/// Lists at once; their number is 16 bits wide in every entry.
const MAX_LISTS: usize = 4096;
/// Different notes kept, 16 bits wide in every entry; later ones are left out.
const MAX_NOTES: usize = 65_535;
/// The longest note; names of malware families are shorter.
const MAX_NOTE: usize = 120;

/// Why an indicator is not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Special,
    TooWide,
    TooMany,
}

impl Refusal {
    pub(super) fn message(self) -> &'static str {
        match self {
            Self::Special => {
                "private, loopback, multicast or reserved address; not used (`# allow-private: yes` allows it)"
            }
            Self::TooWide => "network is too wide to mean anything; not used",
            Self::TooMany => "too many entries or lists; not used",
        }
    }
}

/// Collects entries list by list.
#[derive(Debug, Default)]
pub(super) struct Builder {
    lists: Vec<List>,
    notes: Vec<Box<str>>,
    note_numbers: HashMap<Box<str>, u16, RandomState>,
    networks: Vec<(u128, Match)>,
    domains: Vec<(u64, Match)>,
    refused_list: Option<List>,
}

impl Builder {
    pub(super) fn begin(&mut self, name: &str) {
        if self.lists.len() < MAX_LISTS {
            self.lists.push(List::new(name));
            self.refused_list = None;
        } else {
            self.refused_list = Some(List::new(name));
        }
    }

    /// The list that is being read.
    pub(super) fn list_mut(&mut self) -> &mut List {
        match (&mut self.refused_list, self.lists.last_mut()) {
            (None, Some(list)) => list,
            (refused, _) => refused.get_or_insert_with(|| List::new("")),
        }
    }

    /// Adds one indicator, or says why not.
    pub(super) fn add(&mut self, indicator: &Indicator, note: &str) -> Option<Refusal> {
        let full = self.networks.len() + self.domains.len() >= MAX_ENTRIES;
        if full || self.refused_list.is_some() || self.lists.is_empty() {
            return Some(Refusal::TooMany);
        }
        let mut entry = Match {
            list: (self.lists.len() - 1) as u16,
            note: self.note(note),
            port: 0,
            prefix: 0,
            is_attacker: is_attacker(note),
        };
        match *indicator {
            Indicator::Url => {
                self.list_mut().urls += 1;
                return None;
            }
            Indicator::Network {
                address,
                prefix,
                port,
            } => {
                let allowed = self.list_mut().allow_private;
                if let Some(refusal) = ranges::refuse(address, prefix, allowed) {
                    return Some(refusal);
                }
                entry.prefix = prefix;
                entry.port = port;
                self.networks.push((address, entry));
            }
            Indicator::Domain(name, scope) => {
                entry.prefix = names::code(scope, self.list_mut().subdomains);
                if entry.prefix != names::code(Scope::Exact, false) && !name.contains('.') {
                    return Some(Refusal::TooWide);
                }
                self.domains.push((names::hash(name.as_bytes()), entry));
            }
        }
        self.list_mut().entries += 1;
        None
    }

    /// The number of a note, from 1 on; 0 for none.
    fn note(&mut self, note: &str) -> u16 {
        if note.is_empty() {
            return 0;
        }
        let note: String = note.chars().take(MAX_NOTE).collect();
        if let Some(number) = self.note_numbers.get(note.as_str()) {
            return *number;
        }
        if self.notes.len() >= MAX_NOTES {
            return 0;
        }
        if self.notes.is_empty() {
            self.notes.push(Box::from(""));
        }
        let number = self.notes.len() as u16;
        self.notes.push(note.as_str().into());
        self.note_numbers.insert(note.into(), number);
        number
    }

    pub(super) fn freeze(self) -> Intel {
        let mut sets = Sets::builder();
        let ranges = Ranges::freeze(self.networks, &mut sets);
        let names = Names::freeze(self.domains, &mut sets);
        Intel {
            lists: self.lists,
            notes: self.notes,
            sets: sets.freeze(),
            ranges,
            names,
        }
    }
}

/// Maltrail marks hosts that only attack in its notes ("known attacker", "mass scanner").
fn is_attacker(note: &str) -> bool {
    let note = note.to_ascii_lowercase();
    note.contains("attacker") || note.contains("scanner")
}
