//! A rule in the form the matcher runs.

use std::sync::Arc;

use wirewatch_decode::Datagram;

use super::application::ApplicationPart;
use super::buffer::Source;
use super::check::{Check, Content};
use super::facts::FactTest;
use super::frame::FramePart;
use super::literal::{Literal, MIN_LITERAL};
use super::matcher::Direction;
use super::packet_test::PacketTest;
use super::protocol::RuleProtocol;
use super::rule::Rule;
use super::state::{FlowChange, FlowTest, HostBit};
use super::tag::Tag;
use super::threshold::Threshold;
use super::variables::{Addresses, Ports};

/// One rule, shared read-only by the workers.
#[derive(Debug)]
pub(crate) struct Compiled {
    pub(crate) rule: Rule,
    pub(crate) protocol: RuleProtocol,
    pub(crate) direction: Option<Direction>,
    pub(crate) header: Header,
    pub(crate) gate: Gate,
    pub(crate) packet_tests: Box<[PacketTest]>,
    pub(crate) flow_tests: Box<[FlowTest]>,
    pub(crate) fact_tests: Box<[FactTest]>,
    pub(crate) stream_events: Box<[Box<str>]>,
    pub(crate) flow_changes: Box<[FlowChange]>,
    pub(crate) host_bits: Box<[HostBit]>,
    pub(crate) inspections: Box<[Inspection]>,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) suppressions: Vec<Suppression>,
    pub(crate) noalert: bool,
    /// Packets to keep after an alert.
    pub(crate) tags: Box<[Tag]>,
    /// Whether a rule that passes or drops means the flow, not just the packet.
    pub(crate) decides_flow: bool,
    /// The content whose absence rules the rule out: inspection and check, and which part of it.
    pub(crate) fast: Option<Fast>,
    /// Another such content, which is at one place.
    pub(crate) anchor: Option<Fast>,
    /// Another such content, which is in one of several places near the beginning.
    pub(crate) near: Option<Fast>,
    /// Asked of packets and of streams, and told once.
    pub(crate) twice: bool,
    /// Packets with its header are kept out of flows.
    pub(crate) untracks: bool,
    /// What it asks of transactions and files.
    pub(crate) application: Option<Box<ApplicationPart>>,
    /// What it asks of spans that parsers name.
    pub(crate) frame: Option<Box<FramePart>>,
}

/// Where a rule's literal for the prefilter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fast {
    pub(crate) inspection: usize,
    pub(crate) check: usize,
    /// The part of the content that is looked for.
    pub(crate) skip: usize,
    pub(crate) length: usize,
}

/// The checks of one buffer.
#[derive(Debug)]
pub(crate) struct Inspection {
    pub(crate) source: Source,
    pub(crate) checks: Vec<Check>,
}

impl Inspection {
    /// The content at a place.
    pub(crate) fn content(&self, check: usize) -> Option<&Content> {
        match self.checks.get(check)? {
            Check::Content(content) => Some(content),
            _ => None,
        }
    }
}

/// Silence for some addresses, from a threshold file.
#[derive(Debug, Clone)]
pub(crate) enum Suppression {
    Always,
    Source(Arc<Addresses>),
    Destination(Arc<Addresses>),
    Either(Arc<Addresses>),
}

impl Suppression {
    pub(crate) fn covers(&self, datagram: &Datagram) -> bool {
        match self {
            Self::Always => true,
            Self::Source(addresses) => addresses.contains(datagram.source),
            Self::Destination(addresses) => addresses.contains(datagram.destination),
            Self::Either(addresses) => {
                addresses.contains(datagram.source) || addresses.contains(datagram.destination)
            }
        }
    }
}

/// Addresses and ports of a rule; none where any will do.
#[derive(Debug, Clone, Default)]
pub(crate) struct Header {
    pub(crate) source: Option<Arc<Addresses>>,
    pub(crate) destination: Option<Arc<Addresses>>,
    pub(crate) source_ports: Option<Arc<Ports>>,
    pub(crate) destination_ports: Option<Arc<Ports>>,
    pub(crate) both_ways: bool,
}

impl Header {
    /// Whether it is about all addresses and ports.
    pub(crate) fn is_any(&self) -> bool {
        let has_addresses = self.source.is_some() || self.destination.is_some();
        let has_ports = self.source_ports.is_some() || self.destination_ports.is_some();
        !has_addresses && !has_ports
    }

    /// The ports that tell most about whether it covers a packet, and whether the packet goes to them; none
    /// where any will do, or where they may be at either end.
    pub(crate) fn decisive_ports(&self) -> Option<(&Arc<Ports>, bool)> {
        match (&self.source_ports, &self.destination_ports) {
            _ if self.both_ways => None,
            (_, Some(ports)) => Some((ports, true)),
            (Some(ports), None) => Some((ports, false)),
            (None, None) => None,
        }
    }

    pub(crate) fn covers(&self, datagram: &Datagram, has_ports: bool) -> bool {
        let (source, destination) = (datagram.source, datagram.destination);
        let (from, to) = (datagram.source_port, datagram.destination_port);
        self.covers_way((source, from), (destination, to), has_ports)
            || (self.both_ways && self.covers_way((destination, to), (source, from), has_ports))
    }

    fn covers_way(&self, source: (u128, u16), destination: (u128, u16), has_ports: bool) -> bool {
        let port = |ports: &Option<Arc<Ports>>, port| {
            ports
                .as_ref()
                .is_none_or(|ports| has_ports && ports.contains(port))
        };
        let address = |addresses: &Option<Arc<Addresses>>, address| {
            addresses
                .as_ref()
                .is_none_or(|addresses| addresses.contains(address))
        };
        port(&self.destination_ports, destination.1)
            && port(&self.source_ports, source.1)
            && address(&self.destination, destination.0)
            && address(&self.source, source.0)
    }
}

/// What can be said about a packet in a few bits, so that most rules are ruled out by two
/// comparisons before their own memory is touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Gate {
    /// Bits of [`situation`] the packet must have.
    pub(crate) needs: u8,
    pub(crate) tcp_flags_mask: u8,
    pub(crate) tcp_flags: u8,
    pub(crate) least_payload: u16,
    pub(crate) most_payload: u16,
}

/// The bits a [`Gate`] can need.
pub(crate) mod situation {
    pub(crate) const ESTABLISHED: u8 = 1;
    pub(crate) const NOT_ESTABLISHED: u8 = 2;
    /// The packet's flow has not been seen in this direction.
    pub(crate) const FIRST_IN_DIRECTION: u8 = 4;
    /// Its flow's application protocol has not been known in this direction.
    pub(crate) const FIRST_WITH_APP: u8 = 8;
    pub(crate) const AS_PACKET: u8 = 16;
    pub(crate) const AS_STREAM: u8 = 32;
    pub(crate) const HAS_IP: u8 = 64;
}

impl Gate {
    #[inline]
    pub(crate) fn is_open(self, situation: u8, tcp_flags: u8, payload: u16) -> bool {
        self.needs & !situation == 0
            && tcp_flags & self.tcp_flags_mask == self.tcp_flags
            && self.least_payload <= payload
            && payload <= self.most_payload
    }
}

impl Compiled {
    /// The literal at a place, and what it is looked for in; `number` is the rule's own.
    pub(crate) fn literal_at(&self, fast: Fast, number: u32) -> Option<(Source, Literal<'_>)> {
        let inspection = self.inspections.get(fast.inspection)?;
        Some((inspection.source, Literal::new(inspection, fast, number)?))
    }

    /// Whether it looks at bytes without a literal that it could be found by.
    pub(crate) fn is_asked_too_often(&self) -> bool {
        let fast = match &self.application {
            Some(part) => part.fast.or(part.file_fast).or(self.fast),
            None => self.fast,
        };
        let found = fast.and_then(|fast| self.literal_at(fast, 0));
        let is_usable = found
            .is_some_and(|(_, literal)| !literal.floats() || literal.bytes.len() >= MIN_LITERAL);
        let by_event = self.application.as_ref();
        let by_event = by_event.is_some_and(|part| !part.asked.events.is_empty());
        !self.inspections.is_empty() && !is_usable && !by_event
    }

    /// Whether it asks what decoding found wrong.
    pub(crate) fn is_about_faults(&self) -> bool {
        let mut tests = self.packet_tests.iter();
        tests.any(|test| matches!(test, PacketTest::DecodeEvent(_)))
    }

    /// Whether packets and streams are looked at for it.
    pub(crate) fn concerns_packets(&self) -> bool {
        self.frame.is_none()
            && !self.untracks
            && self
                .application
                .as_ref()
                .is_none_or(|application| application.has_payload)
    }
}

impl Compiled {
    /// Whether a match sets bits of the flow, and changes its numbers. What is cleared is cleared
    /// after it was asked.
    pub(crate) fn stores(&self) -> (bool, bool) {
        let sets = |change: &FlowChange| {
            matches!(
                change,
                FlowChange::Set(_)
                    | FlowChange::Toggle(_)
                    | FlowChange::SetInTransaction(_)
                    | FlowChange::ToggleInTransaction(_)
            )
        };
        let is_bits = |change: &FlowChange| {
            sets(change)
                || matches!(
                    change,
                    FlowChange::Unset(_)
                        | FlowChange::UnsetInTransaction(_)
                        | FlowChange::HideTransaction
                        | FlowChange::Bypass
                )
        };
        let changes = &self.flow_changes;
        (changes.iter().any(sets), !changes.iter().all(is_bits))
    }

    /// Whether it asks what is remembered of the flow or of hosts.
    pub(crate) fn asks_memory(&self) -> bool {
        !self.flow_tests.is_empty() || self.host_bits.iter().any(|bit| bit.is_test())
    }

    /// Whether a match changes what is remembered.
    pub(crate) fn changes_memory(&self) -> bool {
        !self.flow_changes.is_empty()
            || !self.host_bits.iter().all(|bit| bit.is_test())
            || self.captures()
    }

    /// Whether a match keeps what an expression captured.
    pub(crate) fn captures(&self) -> bool {
        let mut checks = self.inspections.iter().flat_map(|one| &one.checks);
        checks.any(|check| matches!(check, Check::Pcre(pcre) if !pcre.captures.is_empty()))
    }
}
