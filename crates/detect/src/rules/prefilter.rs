//! The prefilter by itself, to be measured: whose literals are in some bytes.

use wirewatch_proto::Side;

use super::application::Unit;
use super::buffer::{BufferId, Source};
use super::group::Candidates;
use super::literal::Literals;
use super::matcher::{Direction, Origin};
use super::protocol::{AppProtocol, Transport};
use super::set::RuleSet;

/// What bytes are, so that the literals of the rules about it are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Haystack {
    /// A part of a TCP stream of this protocol.
    Stream(AppProtocol, Direction),
    /// A TCP segment's payload.
    Segment(AppProtocol, Direction),
    /// A datagram of UDP.
    Datagram(Option<AppProtocol>, Direction),
    /// The content of a file that a side sends in an application's transactions.
    File(&'static str, Side),
    /// A buffer of an application's transactions.
    Buffer(&'static str, &'static str, Side),
}

/// The literals that are looked for in some kind of bytes.
#[derive(Debug)]
pub struct Prefilter<'a> {
    /// What packets or streams are asked for.
    packets: Vec<&'a Candidates>,
    /// What buffers and files are asked for.
    literals: Vec<&'a Literals>,
    ports: (u16, u16),
    folded: Vec<u8>,
    candidates: Vec<u32>,
}

impl RuleSet {
    /// The prefilter for some kind of bytes.
    pub fn prefilter(&self, haystack: Haystack) -> Prefilter<'_> {
        let packets = |transport, app, direction, origin| {
            let group = self.groups.of(transport, app, Some(direction));
            let rules = group.into_iter().flat_map(|group| group.of(origin));
            rules.collect::<Vec<&Candidates>>()
        };
        let packets = match haystack {
            Haystack::Stream(app, way) => packets(Transport::Tcp, Some(app), way, Origin::Stream),
            Haystack::Segment(app, way) => packets(Transport::Tcp, Some(app), way, Origin::Packet),
            Haystack::Datagram(app, way) => packets(Transport::Udp, app, way, Origin::Packet),
            Haystack::File(..) | Haystack::Buffer(..) => Vec::new(),
        };
        let literals: Vec<&Literals> = match haystack {
            Haystack::Stream(..) | Haystack::Segment(..) | Haystack::Datagram(..) => Vec::new(),
            Haystack::File(application, side) => {
                let rules = self.applications.files(self.application(application), side);
                let units = rules.into_iter().flat_map(|rules| &rules.units);
                let content = |(source, _): &&(Source, Literals)| {
                    source.buffer == BufferId::Field(super::field::FILE_DATA)
                };
                units
                    .filter(content)
                    .map(|(_, literals)| literals)
                    .collect()
            }
            Haystack::Buffer(application, name, side) => {
                let index = self.application(application);
                let rules = index.and_then(|index| self.applications.side(index, side));
                let units = rules.into_iter().flat_map(|rules| &rules.units);
                let place = index.and_then(|index| {
                    let fields = &self.applications.fields;
                    fields.buffer_place(fields.buffer(name)?, index)
                });
                let of_buffer = |unit: &&Unit| Some(unit.place) == place;
                units.filter(of_buffer).map(|unit| &unit.literals).collect()
            }
        };
        Prefilter {
            packets,
            literals,
            ports: (0, 0),
            folded: Vec::new(),
            candidates: Vec::new(),
        }
    }

    fn application(&self, name: &str) -> Option<usize> {
        let mut all = self.applications.fields.applications.iter();
        all.position(|application| application.names.contains(&name))
    }
}

impl Prefilter<'_> {
    /// The same for packets between these ports, from and to.
    #[must_use]
    pub fn between(self, ports: (u16, u16)) -> Self {
        Self { ports, ..self }
    }

    /// How many literals are looked for, in some of the bytes at least.
    pub fn literals(&self) -> usize {
        let of_packets = self.packets.iter().flat_map(|rules| rules.literals());
        let all = of_packets.chain(self.literals.iter().copied());
        all.map(Literals::count).sum()
    }

    /// How often a rule's literal was found in `bytes`.
    pub fn scan(&mut self, bytes: &[u8]) -> usize {
        self.candidates.clear();
        for rules in &self.packets {
            let scratch = (&mut self.folded, &mut self.candidates);
            rules.scan(self.ports, bytes, scratch);
        }
        for literals in &self.literals {
            literals.scan(bytes, &mut self.folded, &mut self.candidates);
        }
        self.candidates.len()
    }
}
