//! What is known of addresses: scores by category, from reputation lists.

use std::collections::HashMap;
use std::sync::Arc;

use wirewatch_decode::Datagram;

use super::lines::unread_lines;
use super::number::Comparison;
use super::variables::address;

/// Addresses and networks kept; the largest public lists have some hundred thousand.
const MAX_ENTRIES: usize = 4_000_000;
/// Categories have one byte, of which the language uses these.
const MAX_CATEGORY: u8 = 127;
/// The highest score.
pub(crate) const MAX_SCORE: u8 = 127;

type Scores = HashMap<(u128, u8), u8, foldhash::fast::RandomState>;

/// Categories by name, and scores by address and category.
#[derive(Debug, Default)]
pub struct Reputations {
    categories: HashMap<String, u8>,
    /// Networks by the length of their prefix, longest first.
    networks: Vec<(u32, Scores)>,
    entries: usize,
}

impl Reputations {
    /// Adds the lines of a category file (`number,short name,description`); gives the numbers of the
    /// lines that could not be read.
    pub fn add_categories(&mut self, text: &str) -> Vec<u32> {
        unread_lines(text, |line| {
            let mut parts = line.split(',').map(str::trim);
            let number = parts.next()?.parse().ok()?;
            let name = parts.next().filter(|name| !name.is_empty())?;
            if number > MAX_CATEGORY {
                return None;
            }
            self.categories.insert(name.to_owned(), number);
            Some(())
        })
    }

    /// Adds the lines of a list (`address or network,category,score`); gives the numbers of the
    /// lines that could not be read.
    pub fn add_list(&mut self, text: &str) -> Vec<u32> {
        unread_lines(text, |line| self.add(line))
    }

    fn add(&mut self, line: &str) -> Option<()> {
        let mut parts = line.split(',').map(str::trim);
        let (low, high) = parts
            .next()
            .filter(|text| !text.contains('-'))
            .and_then(address)?;
        let category: u8 = parts.next()?.parse().ok()?;
        let score: u8 = parts.next()?.parse().ok()?;
        if category > MAX_CATEGORY || score > MAX_SCORE || self.entries >= MAX_ENTRIES {
            return None;
        }
        self.entries += 1;
        let length = (low ^ high).leading_zeros();
        let place = self.networks.partition_point(|(known, _)| *known > length);
        if self
            .networks
            .get(place)
            .is_none_or(|(known, _)| *known != length)
        {
            self.networks.insert(place, (length, Scores::default()));
        }
        let (_, scores) = self.networks.get_mut(place)?;
        scores.insert((low, category), score);
        Some(())
    }

    pub(crate) fn category(&self, name: &str) -> Option<u8> {
        self.categories.get(name).copied()
    }

    pub(crate) fn categories(&self) -> impl Iterator<Item = &str> {
        self.categories.keys().map(String::as_str)
    }

    /// The score that the narrowest network around an address has.
    fn score(&self, address: u128, category: u8) -> Option<u8> {
        self.networks.iter().find_map(|(length, scores)| {
            let host = u128::MAX.checked_shr(*length).unwrap_or(0);
            scores.get(&(address & !host, category)).copied()
        })
    }
}

/// Which end of a packet is asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    Source,
    Destination,
    Either,
    Both,
}

impl Ends {
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "src" => Self::Source,
            "dst" => Self::Destination,
            "any" => Self::Either,
            "both" => Self::Both,
            _ => return None,
        })
    }

    pub(crate) fn hold(self, datagram: &Datagram, fits: impl Fn(u128) -> bool) -> bool {
        let (source, destination) = (datagram.source, datagram.destination);
        match self {
            Self::Source => fits(source),
            Self::Destination => fits(destination),
            Self::Either => fits(source) || fits(destination),
            Self::Both => fits(source) && fits(destination),
        }
    }
}

/// What a rule asks of a score.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Listed(bool),
    Score(Comparison),
}

/// One `iprep`.
#[derive(Debug, Clone)]
pub(crate) struct ReputationTest {
    pub(crate) known: Arc<Reputations>,
    pub(crate) ends: Ends,
    pub(crate) category: u8,
    pub(crate) asked: Asked,
}

impl PartialEq for ReputationTest {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.known, &other.known)
            && (self.ends, self.category, self.asked) == (other.ends, other.category, other.asked)
    }
}

impl Eq for ReputationTest {}

impl ReputationTest {
    pub(crate) fn holds(&self, datagram: &Datagram) -> bool {
        datagram.version != 0
            && self.ends.hold(datagram, |address| {
                let score = self.known.score(address, self.category);
                match self.asked {
                    Asked::Listed(wanted) => score.is_some() == wanted,
                    Asked::Score(wanted) => score.is_some_and(|score| wanted.holds(score.into())),
                }
            })
    }
}
