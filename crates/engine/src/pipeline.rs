//! The road of a packet: [`Pipeline::group`] is the map of it.

use std::hint::black_box;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use arrayvec::ArrayVec;
use wirewatch_capture::{MAX_GROUP, Packet};
use wirewatch_decode::{Datagram, Decoded, Enclosed, decode};
use wirewatch_flow::{Defragmenter, Flow, Lookup, Packet as FlowPacket, Scope, Table, TcpEvents};
use wirewatch_records::{Common, Kind};
use wirewatch_stream::{Event, StreamIndex};

use crate::application::{Applications, Desk, Oddities, Shared};
use crate::counters::Counters;
use crate::emit::Emitter;
use crate::flow_record;
use crate::judge::{Judge, Out, Sight, is_waited_for};
use crate::link_addresses::LinkAddresses;
use crate::packet_record;
use crate::recogniser;
use crate::tally::Tally;
use crate::taps::Taps;
use crate::vlan_tags::VlanTags;

mod bare;
mod ended;
mod fragments;
mod nested;
mod offload;
mod ways;

use offload::unfilled;
pub(crate) use ways::{Midstream, Ways};

/// Flows ended at once at the end of the input, so that their copies do not pile up.
const FINISH_STEP: usize = 256;

/// Everything one worker does with packets.
pub(crate) struct Pipeline {
    pub(crate) ways: Arc<Ways>,
    pub(crate) table: Option<Table>,
    pub(crate) defragmenter: Defragmenter,
    pub(crate) applications: Option<Applications>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) judge: Option<Judge>,
    pub(crate) emitter: Emitter,
    pub(crate) tally: Tally,
    pub(crate) counters: Counters,
    pub(crate) interfaces: Arc<Vec<String>>,
    pub(crate) taps: Taps,
    /// Link addresses of flows, when records tell them.
    link_addresses: Option<LinkAddresses>,
    /// VLANs of flows, when those do not tell flows apart.
    vlan_tags: Option<VlanTags>,
    decoded: Vec<Decoded>,
    lookups: Vec<Lookup>,
    rebuilt: Decoded,
    rebuilt_bytes: Vec<u8>,
    /// Comments of the packet at hand: what its alerts said.
    comments: String,
    /// Whether packets are put out, and so their flows' identifiers are asked for.
    names_flows: bool,
    alerts_before: u64,
    last_ts: i64,
}

/// A packet on its way, with what its frame told.
#[derive(Clone, Copy)]
struct Frame<'a> {
    packet: &'a Packet<'a>,
    decoded: &'a Decoded,
    /// What the offsets of `decoded` refer to: the captured bytes, or a datagram put together.
    bytes: &'a [u8],
    weight: FlowPacket,
    vlans: [u16; 3],
}

impl Frame<'_> {
    /// What the datagram of this level came in, if that is not the frame itself.
    #[inline]
    fn enclosed(&self, level: usize) -> Option<&Enclosed> {
        let inside = level > 0 && level < usize::from(self.decoded.datagram_count);
        inside.then(|| self.decoded.enclosed.get(level)).flatten()
    }

    /// The VLANs a datagram of this level came in: those of the frame in its tunnel, where it has any.
    #[cold]
    fn vlans(&self, level: usize) -> [u16; 3] {
        self.enclosed(level)
            .map(|enclosed| enclosed.vlans)
            .filter(|vlans| vlans[0] != 0)
            .unwrap_or(self.vlans)
    }
}

impl Pipeline {
    pub(crate) fn new(
        ways: Arc<Ways>,
        table: Option<Table>,
        defragmenter: Defragmenter,
        applications: Option<Applications>,
        judge: Option<Judge>,
        emitter: Emitter,
        taps: Taps,
    ) -> Self {
        let shared = applications.as_ref().map(|known| Arc::clone(&known.shared));
        let names_flows = taps.any() || emitter.wants(Kind::Packet);
        Self {
            link_addresses: ways.link_addresses.then(LinkAddresses::default),
            vlan_tags: (!ways.vlans_apart).then(VlanTags::default),
            ways,
            table,
            defragmenter,
            applications,
            shared: shared.unwrap_or_default(),
            judge,
            emitter,
            tally: Tally::default(),
            counters: Counters::default(),
            interfaces: Arc::default(),
            taps,
            decoded: vec![Decoded::default(); MAX_GROUP],
            lookups: Vec::with_capacity(MAX_GROUP),
            rebuilt: Decoded::default(),
            rebuilt_bytes: Vec::new(),
            comments: String::new(),
            names_flows,
            alerts_before: 0,
            last_ts: 0,
        }
    }

    /// Takes a group of packets down the whole road.
    pub(crate) fn group(&mut self, packets: &[Packet<'_>]) {
        let mut decoded = std::mem::take(&mut self.decoded);
        for (packet, decoded) in packets.iter().zip(&mut decoded) {
            let options = if packet.checksum_pending {
                &self.ways.decode_unsummed
            } else {
                &self.ways.decode
            };
            decode(
                packet.link,
                packet.bytes,
                packet.wire_length,
                options,
                decoded,
            );
        }
        let (mut lookups, keyed) = self.look_up(packets.len(), &decoded);
        let mut road = packets.iter().zip(&decoded).enumerate();
        let mut keys = lookups.iter();
        loop {
            // A bug that panics costs the packet at hand; the others of the group go on.
            let walk = AssertUnwindSafe(|| {
                for (index, (packet, decoded)) in road.by_ref() {
                    let lookup = if keyed & 1 << index == 0 {
                        None
                    } else {
                        keys.next()
                    };
                    self.packet(packet, decoded, lookup);
                }
            });
            if catch_unwind(walk).is_ok() {
                break;
            }
            self.counters.panics += 1;
        }
        if let Some(last) = packets.last() {
            self.expire(last.ts);
        }
        lookups.clear();
        self.lookups = lookups;
        self.decoded = decoded;
    }

    /// Goes on with other rules, when others took the place of those at hand.
    #[inline]
    pub(crate) fn renew_rules(&mut self) {
        if let Some(rules) = self.judge.as_mut().and_then(Judge::take_renewed) {
            let files = self.ways.files.with_rules(&rules);
            self.ways = Arc::new(Ways {
                files,
                ..Ways::clone(&self.ways)
            });
        }
    }

    /// Keys of all outermost datagrams that are no fragments, with the table's memory read for all of
    /// them at once; and a bit for each packet that has one.
    fn look_up(&mut self, count: usize, decoded: &[Decoded]) -> (Vec<Lookup>, u64) {
        let mut lookups = std::mem::take(&mut self.lookups);
        let mut keyed = 0;
        let Some(table) = &self.table else {
            return (lookups, keyed);
        };
        for (index, decoded) in decoded.iter().take(count).enumerate() {
            if let Some(outer) = decoded.datagrams().first()
                && outer.fragment.is_none()
                && let Some(lookup) = table.key(
                    outer,
                    &Scope {
                        vlans: decoded.frame.vlans,
                        tunnel: 0,
                    },
                )
            {
                lookups.push(lookup);
                keyed |= 1 << index;
            }
        }
        table.touch(&mut lookups);
        self.touch(table, &lookups);
        (lookups, keyed)
    }

    /// Reads what else these packets need of their flows. Each loop's reads do not depend on each other, so
    /// that the processor waits for all of them together.
    fn touch(&self, table: &Table, lookups: &[Lookup]) {
        let mut read = 0;
        let mut streams: ArrayVec<StreamIndex, MAX_GROUP> = ArrayVec::new();
        for flow in lookups.iter().filter_map(|lookup| table.likely(lookup)) {
            if let Some(applications) = &self.applications {
                let (touched, stream) = applications.touch(flow);
                read ^= touched;
                streams.extend(stream.filter(|_| !streams.is_full()));
            }
            if let Some(judge) = &self.judge {
                read ^= judge.touch(flow);
            }
        }
        if let Some(applications) = &self.applications {
            let touched = streams
                .iter()
                .map(|index| applications.touch_stream(*index));
            read ^= touched.fold(0, |all, one| all ^ one);
        }
        black_box(read);
    }

    #[inline]
    fn packet(&mut self, packet: &Packet<'_>, decoded: &Decoded, lookup: Option<&Lookup>) {
        self.count(packet, decoded);
        let weight = FlowPacket {
            ts: packet.ts.cast_unsigned(),
            wire_bytes: u64::from(packet.wire_length),
            packets: 1,
            interface: packet.interface as u16,
        };
        let vlans = decoded.frame.vlans;
        let frame = Frame {
            packet,
            decoded,
            bytes: packet.bytes,
            weight,
            vlans,
        };
        if decoded.fault_count > 0 {
            self.faults(&frame);
        }
        let flow_id = self.datagrams(&frame, lookup, 0);
        if decoded.datagram_count == 0 {
            self.without_datagram(&frame);
        } else if decoded.inner_arp != 0 {
            self.arp(&frame, decoded.inner_arp);
        }
        if self.emitter.wants(Kind::Packet) {
            let (iface, live) = (
                interface(&self.interfaces, packet.interface),
                self.ways.live,
            );
            packet_record::emit(&mut self.emitter, packet, decoded, flow_id, iface, live);
        }
        if self.taps.any() {
            self.taps
                .packet(packet, decoded, flow_id, &self.interfaces, &self.comments);
            self.taps.hand_over(self.emitter.outlet());
        }
        self.comments.clear();
    }

    /// All datagrams of a frame. Gives the outermost flow's identifier, or 0.
    #[inline]
    fn datagrams(&mut self, frame: &Frame<'_>, outermost: Option<&Lookup>, tunnel: u32) -> u64 {
        match (frame.decoded.datagrams(), outermost) {
            ([], _) => 0,
            ([only], Some(_)) if only.fragment.is_none() => {
                self.datagram(frame, 0, only, outermost)
            }
            _ => self.nested(frame, outermost, tunnel),
        }
    }

    /// One datagram: its flow, its protocol, what there is to say against it.
    #[allow(
        clippy::too_many_lines,
        reason = "one road, whose steps borrow different parts of the pipeline"
    )]
    fn datagram(
        &mut self,
        frame: &Frame<'_>,
        level: usize,
        datagram: &Datagram,
        lookup: Option<&Lookup>,
    ) -> u64 {
        let mut weight = frame.weight;
        if let Some(enclosed) = frame.enclosed(level) {
            weight.wire_bytes = u64::from(enclosed.length);
        }
        let filled = self.filled(datagram, lookup);
        let datagram = filled.as_ref().unwrap_or(datagram);
        let mut sight = Sight {
            packet: frame.packet,
            decoded: frame.decoded,
            datagram,
            bytes: frame.bytes,
            payload: payload(frame.bytes, datagram),
            update: None,
            in_stream: false,
            interface: interface(&self.interfaces, frame.packet.interface),
            ways: &self.ways,
        };
        let untracked = self.judge.as_ref().is_some_and(|one| one.untracks(&sight));
        let lookup = lookup.filter(|_| !untracked);
        let mut flow_id = 0;
        let mut oddities = Oddities::default();
        if let (Some(table), Some(lookup)) = (&mut self.table, lookup) {
            let mut done = table.update(lookup, datagram, &weight);
            if done.is_new
                && self.applications.is_some()
                && let Some(flow) = table.get(done.flow)
                && recogniser::is_turned(flow, done.side, sight.payload)
            {
                done = table.turn(&done, lookup, datagram, &weight);
            }
            sight.update = Some(done);
            if done.is_new {
                self.counters.flows.begun(datagram);
                if let Some(known) = &mut self.vlan_tags
                    && let Some(flow) = table.get(done.flow)
                {
                    known.note(flow, frame.vlans(level));
                }
                if self.ways.midstream != Midstream::Ignore
                    && let Some(flow) = table.get_mut(done.flow).filter(|f| f.is_midstream())
                {
                    match (self.ways.midstream, self.judge.as_mut()) {
                        (Midstream::Bypass, _) => flow_record::bypass(flow),
                        (Midstream::PassFlow, Some(judge)) => judge.pass(flow),
                        _ => {}
                    }
                }
            }
            if filled.is_some()
                && let Some(flow) = table.get_mut(done.flow)
            {
                flow.user[2] |= unfilled(done.side);
            }
            if let Some(known) = &mut self.link_addresses
                && let Some(flow) = table.get(done.flow)
                && let Some((source, destination)) =
                    packet_record::macs(frame.packet, frame.decoded)
            {
                known.note(flow, done.side, source, destination);
            }
            if self.names_flows {
                flow_id = table.get(done.flow).map_or(0, Flow::id);
            }
            if (self.applications.is_some() || self.ways.watched)
                && let Some(flow) = table.get_mut(done.flow)
            {
                if let Some(applications) = &mut self.applications
                    && Applications::concerns(flow, sight.payload)
                {
                    let mut desk = Desk {
                        emitter: &mut self.emitter,
                        judge: self.judge.as_mut(),
                        tally: &mut self.tally,
                        comments: &mut self.comments,
                        shared: &self.shared,
                        at: sight.at(),
                    };
                    oddities = applications.packet(flow, done.side, &sight, &mut desk);
                    // What no stream takes is looked at for itself.
                    sight.in_stream = applications.is_watched(flow) && !datagram.bad_checksum;
                    if done.tcp.contains(TcpEvents::SYN_FLOOD) {
                        oddities.add(Event::SynFlood);
                    }
                }
                if is_waited_for(flow, done.side)
                    && let Some(judge) = &mut self.judge
                {
                    let mut out = Out {
                        emitter: &mut self.emitter,
                        tally: &mut self.tally,
                        comments: &mut self.comments,
                    };
                    judge.tell_waiting(Some(done.side), &sight.at(), flow, &mut out);
                }
                if self.ways.watched {
                    let share = packet_record::share(flow, done.side, &weight, done.is_new);
                    self.tally.share(&share);
                }
            }
        }
        if let Some(judge) = &mut self.judge {
            let mut out = Out {
                emitter: &mut self.emitter,
                tally: &mut self.tally,
                comments: &mut self.comments,
            };
            judge.datagram(&sight, self.table.as_mut(), &mut out);
        }
        // Rules see what a packet added to its flow's streams after they saw the packet itself.
        if sight.in_stream
            && let (Some(applications), Some(table), Some(update)) =
                (&mut self.applications, &mut self.table, sight.update)
            && let Some(flow) = table.get_mut(update.flow)
        {
            let mut desk = Desk {
                emitter: &mut self.emitter,
                judge: self.judge.as_mut(),
                tally: &mut self.tally,
                comments: &mut self.comments,
                shared: &self.shared,
                at: sight.at(),
            };
            applications.show_rules(flow, &mut desk);
            if let Some(judge) = &mut self.judge {
                let mut out = Out {
                    emitter: &mut self.emitter,
                    tally: &mut self.tally,
                    comments: &mut self.comments,
                };
                judge.rules_again(&sight, flow, &mut out);
            }
        }
        if let Some(judge) = self.judge.as_mut().filter(|judge| judge.guesses())
            && let (Some(table), Some(update)) = (&mut self.table, sight.update)
            && let Some(flow) = table.get_mut(update.flow)
        {
            judge.packet_passed(update.side, flow);
        }
        if !oddities.all.is_empty() {
            for oddity in oddities.all.iter() {
                if let (Some(judge), Some(table), Some(update)) =
                    (&mut self.judge, &mut self.table, sight.update)
                    && let Some(flow) = table.get_mut(update.flow)
                {
                    let mut out = Out {
                        emitter: &mut self.emitter,
                        tally: &mut self.tally,
                        comments: &mut self.comments,
                    };
                    judge.stream_event(oddity.code(), &sight, flow, &mut out);
                }
            }
            for oddity in oddities.new.iter() {
                self.anomaly(frame, &datagram_common(datagram), "stream", oddity.code());
            }
        }
        flow_id
    }

    #[inline]
    fn count(&mut self, packet: &Packet<'_>, decoded: &Decoded) {
        let bytes = u64::from(packet.wire_length);
        self.counters.frame(packet, decoded);
        self.tally.packets += 1;
        self.tally.bytes += bytes;
        if self.tally.first_ts == 0 {
            self.tally.first_ts = packet.ts;
        }
        self.tally.last_ts = self.tally.last_ts.max(packet.ts);
    }

    /// Lets detection speak of what is not about one packet.
    #[inline]
    fn judged(&mut self, act: impl FnOnce(&mut Judge, &[String], &Ways, &mut Out<'_>)) {
        if let Some(judge) = &mut self.judge {
            let mut out = Out {
                emitter: &mut self.emitter,
                tally: &mut self.tally,
                comments: &mut self.comments,
            };
            act(judge, &self.interfaces, &self.ways, &mut out);
            self.comments.clear();
        }
    }

    /// Ends flows whose time has come. `now` is capture time in nanoseconds.
    pub(crate) fn expire(&mut self, now: i64) {
        self.judged(|judge, names, ways, out| judge.advance(now, names, ways, out));
        if let Some(table) = &mut self.table {
            table.expire(now.cast_unsigned());
            if !table.ended.is_empty() {
                self.ended();
            }
        }
    }

    /// Ends everything at the end of the input.
    pub(crate) fn finish(&mut self) {
        while let Some(table) = &mut self.table {
            let more = table.finish(FINISH_STEP);
            self.ended();
            if !more {
                break;
            }
        }
        let now = self.last_ts.max(self.tally.last_ts);
        self.judged(|judge, names, ways, out| judge.finish(now, names, ways, out));
        self.taps.finish(self.emitter.outlet());
        self.snapshot();
        self.emitter.finish();
    }

    /// The time of the latest packet, in microseconds.
    pub(crate) fn now_us(&self) -> i64 {
        self.last_ts.max(self.tally.last_ts) / 1_000
    }

    /// The totals were taken over by the run's picture.
    pub(crate) fn tally_published(&mut self) {
        self.alerts_before += self.tally.alerts;
        self.last_ts = self.last_ts.max(self.tally.last_ts);
        self.tally.clear();
    }

    /// Brings the counters up to date.
    pub(crate) fn snapshot(&mut self) {
        if let Some(table) = &self.table {
            self.counters.flow = *table.counters();
            self.counters.flows_active = table.len() as u64;
            self.counters.flow_memory = table.memory_bytes() as u64;
        }
        self.counters.fragments = packet_record::fragment_counters(self.defragmenter.counters());
        if let Some(applications) = &self.applications {
            self.counters.applications = applications.counts();
            self.counters.protocols = *applications.by_protocol();
            self.counters.streams = *applications.stream_counters();
        }
        self.counters.records = self.emitter.records;
        self.counters.alerts = self.alerts_before + self.tally.alerts;
        self.counters.packets_not_written = self.taps.not_written;
        if let Some(judge) = &self.judge {
            self.counters.detect = judge.counters();
        }
    }
}

/// The payload of a datagram within the bytes its offsets refer to.
#[inline]
pub(crate) fn payload<'a>(bytes: &'a [u8], datagram: &Datagram) -> &'a [u8] {
    let start = datagram.payload_offset as usize;
    bytes
        .get(start..start + datagram.payload_length as usize)
        .unwrap_or_default()
}

/// The name of an interface.
pub(crate) fn interface(names: &[String], index: u32) -> &str {
    names.get(index as usize).map_or("", String::as_str)
}

/// What a record about a datagram shares with others, as the packet travelled.
pub(crate) fn datagram_common(datagram: &Datagram) -> Common<'static> {
    packet_record::addresses(datagram)
}
