//! Lists of addresses and names that mean trouble.
//!
//! Text files are read once, compiled into frozen tables, and swapped as a whole when
//! they change. Looking an address up costs one index and one short search, whatever
//! the number of entries; looking a name up costs one hash per label.
//!
//! A name `example.com` covers itself and all below it, `.example.com` the same,
//! `*.example.com` only what is below, and a line of a hosts file only itself.
//! Names compare without case and without the final dot; IDNA is left as it is.
//!
//! A list says in a `# direction:` line whether it names servers that should not be
//! contacted (`outbound`), hosts that attack (`inbound`) or both. A list of attackers
//! never speaks about a connection that was opened *to* one of them.

mod build;
mod flows;
mod line;
mod list;
mod load;
mod names;
mod ranges;
mod sets;

use std::{net::IpAddr, path::Path};

pub use build::MAX_ENTRIES;
pub use flows::{Contact, NameSource};
pub use list::{Direction, List};
pub use load::{MAX_FILE, MAX_LINE, MAX_PROBLEMS, Problem};

use build::Builder;
use names::Names;
use ranges::Ranges;
use sets::{Match, Sets};

/// Every list that was loaded, ready to be asked.
#[derive(Debug, Default)]
pub struct Intel {
    lists: Vec<List>,
    notes: Vec<Box<str>>,
    sets: Sets,
    ranges: Ranges,
    names: Names,
}

/// An entry that covers what was asked about.
#[derive(Debug, Clone)]
pub struct Hit<'a> {
    /// The list that has the entry.
    pub list: &'a List,
    /// What the list says about the entry, often the name of a malware family; may be empty.
    pub note: &'a str,
    /// The entry, as it could stand in the list.
    pub indicator: String,
    /// What the entry means.
    pub direction: Direction,
    /// How many lists have an entry that covers it, this one included.
    pub lists: usize,
}

impl Intel {
    /// Reads files, `.gz` or plain. What could not be used is told; the rest is used.
    pub fn load<P: AsRef<Path>>(files: &[P]) -> (Self, Vec<Problem>) {
        let mut builder = Builder::default();
        let mut problems = Vec::new();
        for file in files {
            load::file(file.as_ref(), &mut builder, &mut problems);
        }
        (builder.freeze(), problems)
    }

    /// Reads lists that are already in memory; `name` stands for the file's name.
    pub fn parse(texts: &[(&str, &[u8])]) -> (Self, Vec<Problem>) {
        let mut builder = Builder::default();
        let mut problems = Vec::new();
        for (name, text) in texts {
            load::reader(Path::new(name), *text, &mut builder, &mut problems);
        }
        (builder.freeze(), problems)
    }

    /// Whether nothing can ever match.
    pub fn is_empty(&self) -> bool {
        self.ranges.is_empty() && self.names.is_empty()
    }

    /// The lists in the order in which they were loaded.
    pub fn lists(&self) -> &[List] {
        &self.lists
    }

    /// Bytes that the tables take.
    pub fn size_bytes(&self) -> usize {
        self.ranges.size_bytes() + self.names.size_bytes() + self.sets.size_bytes()
    }

    /// The most specific entry that covers an address. Entries with a port count when it is that port.
    pub fn lookup_ip(&self, address: u128, port: Option<u16>) -> Option<Hit<'_>> {
        self.find_ip(address, port, None)
    }

    /// Likewise, among the entries that mean this direction.
    pub(crate) fn find_ip(
        &self,
        address: u128,
        port: Option<u16>,
        direction: Option<Direction>,
    ) -> Option<Hit<'_>> {
        let set = self.ranges.find(address)?;
        let suits = |found: &&Match| {
            (found.port == 0 || Some(found.port) == port)
                && direction.is_none_or(|wanted| self.direction(**found).covers(wanted))
        };
        let found = *self.sets.get(set).iter().find(suits)?;
        let lists = self.count_lists(set, suits);
        self.hit(found, ranges::show(address, found), lists)
    }

    /// The most specific entry that covers a name.
    pub fn lookup_domain(&self, name: &[u8]) -> Option<Hit<'_>> {
        let found = self.names.find(name, &self.sets)?;
        let lists = self.count_lists(found.set, |other| {
            names::covers(other.prefix, found.is_whole)
        });
        self.hit(*found.entry, found.indicator(), lists)
    }

    fn hit(&self, found: Match, indicator: String, lists: usize) -> Option<Hit<'_>> {
        Some(Hit {
            list: self.lists.get(usize::from(found.list))?,
            note: self
                .notes
                .get(usize::from(found.note))
                .map_or("", |note| note),
            indicator,
            direction: self.direction(found),
            lists,
        })
    }

    fn direction(&self, found: Match) -> Direction {
        if found.is_attacker {
            return Direction::Inbound;
        }
        self.lists
            .get(usize::from(found.list))
            .map_or(Direction::Both, |list| list.direction)
    }

    fn count_lists(&self, set: u32, mut suits: impl FnMut(&&Match) -> bool) -> usize {
        let mut lists: Vec<u16> = self
            .sets
            .get(set)
            .iter()
            .filter(|found| suits(found))
            .map(|found| found.list)
            .collect();
        lists.sort_unstable();
        lists.dedup();
        lists.len()
    }
}

/// The 128-bit form of an address: IPv4 as `::ffff:a.b.c.d`.
fn to_number(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(v4) => 0xffff_0000_0000 | u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

#[cfg(test)]
mod tests;
