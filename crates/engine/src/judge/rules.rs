//! Rules: what they are shown of packets, streams and transactions, and their alerts.

use wirewatch_decode::{Datagram, Decoded, Fault, flags, from_ip};
use wirewatch_detect::rules::{
    Action, AppProtocol, Direction, FileFacts, FlowFacts, FlowNotes, FlowRules, FrameFacts,
    LinkView, MatchInfo, Matcher, Notes, Origin, PacketView, Rule,
};
use wirewatch_flow::{Flow, Side, State};
use wirewatch_proto::{Application, COMPLETE, Transaction};
use wirewatch_records::{Common, Rows, TaggedPacketRow};

use super::alert::{About, Alert, Scene};
use super::guess::{Guess, Guesses};
use super::waiting::{is_to_wait, wait_for};
use super::{Judge, Out, Sight};
use crate::application::{At, QUIET, Shown, TCP, flow_side, proto_side};
use crate::flow_record;
use crate::origin;
use crate::packet_record;
use crate::recogniser;

impl Judge {
    /// Keeps rules silent about a flow.
    pub(crate) fn pass(&mut self, flow: &mut Flow) {
        let Self {
            matcher: Some(_),
            memories,
            free,
            ..
        } = self
        else {
            return;
        };
        if let Some(memory) = memory_of(flow, memories, free) {
            memory.pass();
        }
    }

    /// Puts out a packet that a rule tagged.
    pub(super) fn keep_tagged(
        &mut self,
        sight: &Sight<'_>,
        flow: Option<&Flow>,
        out: &mut Out<'_>,
    ) {
        let Self {
            matcher: Some(matcher),
            memories,
            ..
        } = self
        else {
            return;
        };
        let slot = flow.and_then(|flow| flow.user[1].checked_sub(1));
        let memory = slot.and_then(|slot| memories.get_mut(slot as usize));
        let (packet, datagram) = (sight.packet, sight.datagram);
        if !matcher.is_tagged(datagram, packet.wire_length, packet.ts, memory) {
            return;
        }
        let at = sight.at();
        let common = Common {
            ts: at.ts / 1_000,
            flow_id: flow.map(Flow::id),
            in_iface: at.iface(),
            pcap_cnt: at.number(),
            vlan: flow_record::vlans(&sight.decoded.frame.vlans),
            pkt_src: Some(origin::source(Some(sight))),
            ..packet_record::addresses(datagram)
        };
        let row = TaggedPacketRow {
            packet: packet.bytes,
            linktype: packet.link,
        };
        out.emitter.push(&common, &row.into());
    }

    /// Whether a rule would drop the rest of the flow.
    pub(crate) fn has_dropped(&self, flow: &Flow) -> bool {
        let memory = self.known_memory(flow);
        memory.is_some_and(|memory| memory.action() == Some("drop"))
    }

    /// What rules remember of a flow, for its records.
    pub(crate) fn notes(&self, flow: &Flow) -> FlowNotes {
        let (Some(rules), Some(memory)) = (&self.rules, self.known_memory(flow)) else {
            return FlowNotes::default();
        };
        rules.flow_notes(memory, &Notes::default())
    }

    #[cold]
    pub(super) fn rule_untracks(&self, sight: &Sight<'_>) -> bool {
        let rules = self.rules.as_deref();
        rules.is_some_and(|rules| rules.untracks(&view(sight, None, None)))
    }

    /// Whether a rule keeps the records of this transaction back.
    pub(crate) fn hides(&self, flow: &Flow, transaction: u64) -> bool {
        let Some(rules) = self.rules.as_ref().filter(|_| self.hides) else {
            return false;
        };
        let application = recogniser::app_name(flow).and_then(wirewatch_proto::application);
        let memory = self.known_memory(flow);
        application
            .zip(memory)
            .is_some_and(|(application, memory)| rules.hides(memory, application, transaction))
    }

    /// Reads what rules remember of a flow, so that it is at hand when they are asked.
    #[inline]
    pub(crate) fn touch(&self, flow: &Flow) -> u64 {
        self.known_memory(flow).map_or(0, FlowRules::touch)
    }

    /// The memory rules have of a flow, if they were asked about it before.
    fn known_memory(&self, flow: &Flow) -> Option<&FlowRules> {
        let slot = flow.user[1].checked_sub(1)?;
        self.memories.get(slot as usize)
    }

    /// Shows rules a packet.
    #[inline]
    pub(super) fn rules(&mut self, sight: &Sight<'_>, flow: Option<&mut Flow>, out: &mut Out<'_>) {
        self.show(sight, flow, out, Matcher::inspect);
    }

    /// Shows rules the packet again that they saw last, when its streams changed what they remember.
    #[inline]
    pub(crate) fn rules_again(&mut self, sight: &Sight<'_>, flow: &mut Flow, out: &mut Out<'_>) {
        if self.matcher.as_ref().is_some_and(Matcher::is_undecided) {
            self.show(sight, Some(flow), out, Matcher::inspect_again);
        }
    }

    #[inline]
    fn show(
        &mut self,
        sight: &Sight<'_>,
        mut flow: Option<&mut Flow>,
        out: &mut Out<'_>,
        inspect: impl FnOnce(&mut Matcher, &PacketView<'_>, &mut FlowRules, i64, Tell<'_>),
    ) {
        let Self {
            matcher: Some(matcher),
            rules,
            memories,
            free,
            shared,
            guesses,
            ..
        } = self
        else {
            return;
        };
        let mut scratch = FlowRules::default();
        let memory = match flow.as_deref_mut() {
            Some(flow) => memory_of(flow, memories, free).unwrap_or(&mut scratch),
            None => &mut scratch,
        };
        let app = flow
            .as_deref()
            .and_then(|flow| shared.app_protocol(flow.app));
        let view = view(sight, flow.as_deref(), app);
        let at = sight.at();
        let about = About::packet(&at, sight);
        let place = flow.as_deref().map_or(0, |flow| flow.user[1]);
        let about = About {
            flow: flow.as_deref(),
            rules: rules.as_deref(),
            guess: guess_of(guesses.as_ref(), place.wrapping_sub(1), about.side),
            ..about
        };
        let mut alerted = false;
        matcher.at_packet(|| at.number());
        tell_facts(matcher, flow.as_deref(), sight.packet.ts);
        inspect(
            matcher,
            &view,
            memory,
            sight.packet.ts,
            &mut |rule, info| {
                alerted |= alert(rule, info, about, None, out);
            },
        );
        if let Some(flow) = flow.filter(|_| alerted) {
            flow.set_alerted();
        }
    }

    /// Shows rules that a transaction has come further.
    pub(crate) fn transaction(
        &mut self,
        transaction: &dyn Transaction,
        side: wirewatch_proto::Side,
        at: &At<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) {
        self.update_waiting(transaction, at, flow);
        if self.guesses.is_some() {
            self.note_transaction(transaction, side, at, flow);
        }
        let wants = |matcher: &Matcher| matcher.wants_transactions(transaction.application());
        if !self.matcher.as_ref().is_some_and(wants) {
            return;
        }
        let other = proto_side(flow_side(side).other());
        if !transaction.events().is_empty() && transaction.progress(other) == COMPLETE {
            let about = About {
                transaction: Some(transaction),
                ..About::of(at, other)
            };
            self.ask(about, flow, out, |matcher, view, memory, tell| {
                matcher.late_events(transaction, other, view, memory, at.ts, tell);
            });
        }
        let about = About {
            transaction: Some(transaction),
            ..About::of(at, side)
        };
        self.ask(about, flow, out, |matcher, view, memory, tell| {
            matcher.transaction(transaction, side, view, memory, at.ts, tell);
        });
    }

    /// Shows rules a file; true when one of them wants it kept.
    pub(crate) fn file(
        &mut self,
        file: &FileFacts<'_>,
        transaction: Option<&dyn Transaction>,
        side: wirewatch_proto::Side,
        at: &At<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) -> bool {
        let about = About {
            transaction,
            file: Some(file),
            ..About::of(at, side)
        };
        self.ask(about, flow, out, |matcher, view, memory, tell| {
            matcher.file(transaction, file, side, view, memory, at.ts, tell);
        })
    }

    /// Whether rules ask for spans of this protocol.
    pub(crate) fn wants_frames(&self, application: &'static Application) -> bool {
        let matcher = self.matcher.as_ref();
        matcher.is_some_and(|matcher| matcher.wants_frames(application))
    }

    /// Shows rules a span that a parser named, with how it is told, its transaction and that one's file.
    pub(crate) fn frame(
        &mut self,
        frame: &FrameFacts<'_>,
        (shown, transaction, file): (&Shown<'_>, Option<&dyn Transaction>, Option<&FileFacts<'_>>),
        told: &mut Vec<u32>,
        at: &At<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) {
        let about = About {
            transaction,
            file,
            frame: Some(shown),
            ..About::of(at, frame.side)
        };
        self.ask(about, flow, out, |matcher, view, memory, tell| {
            matcher.frame(frame, told, view, memory, at.ts, tell);
        });
    }

    /// Tells rules that something was odd about the segment at hand.
    pub(crate) fn stream_event(
        &mut self,
        code: &str,
        sight: &Sight<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) {
        let at = sight.at();
        let about = About::packet(&at, sight);
        self.ask(about, flow, out, |matcher, view, memory, tell| {
            matcher.stream_event(code, view, memory, at.ts, tell);
        });
    }

    /// Whether any rule could match what one side of a TCP flow says.
    pub(crate) fn wants_stream(&self, side: wirewatch_proto::Side, flow: &Flow) -> bool {
        let ends = ends(flow, flow_side(side));
        let app = self.shared.app_protocol(flow.app);
        let matcher = self.matcher.as_ref();
        matcher.is_some_and(|matcher| matcher.wants_stream(app, Direction::of(side), &ends))
    }

    /// Shows rules what was added to a stream: the last `fresh` of `bytes`. Alerts show `shown`.
    pub(crate) fn stream(
        &mut self,
        side: wirewatch_proto::Side,
        (bytes, fresh): (&[u8], usize),
        shown: &[u8],
        at: &At<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) {
        let about = About {
            payload: shown,
            ..About::of(at, side)
        };
        self.ask(about, flow, out, |matcher, view, memory, tell| {
            matcher.stream(side, bytes, fresh, view, memory, at.ts, tell);
        });
    }

    /// Shows rules something of a flow with `show` and tells what matched; true when a rule wants the file kept.
    fn ask(
        &mut self,
        about: About<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
        show: impl FnOnce(&mut Matcher, &PacketView<'_>, &mut FlowRules, Tell<'_>),
    ) -> bool {
        let Self {
            matcher: Some(matcher),
            rules,
            memories,
            free,
            shared,
            waiting,
            guesses,
            ..
        } = self
        else {
            return false;
        };
        let Some(memory) = memory_of(flow, memories, free) else {
            return false;
        };
        let ends = ends(flow, about.side.unwrap_or(Side::ToServer));
        let view = flow_view(about.at, flow, &ends, shared.app_protocol(flow.app));
        matcher.at_packet(|| about.at.number());
        tell_facts(matcher, Some(flow), about.at.ts);
        let (mut alerted, mut waits, mut store) = (false, false, false);
        let side = about.side;
        let place = flow.user[1].wrapping_sub(1);
        let about = About {
            flow: Some(flow),
            rules: rules.as_deref(),
            guess: guess_of(guesses.as_ref(), place, side),
            ..about
        };
        let is_to_wait = is_to_wait(about.at, flow, about.side);
        show(matcher, &view, memory, &mut |rule, info| {
            store |= info.store_file;
            let mut keep = |alert| match waiting.keep(place, alert) {
                None => {
                    waits = true;
                    None
                }
                full => full,
            };
            let waits_here = is_to_wait && !info.stream;
            let keep: Option<Keep<'_>> = if waits_here { Some(&mut keep) } else { None };
            alerted |= alert(rule, info, about, keep, out);
        });
        if alerted {
            flow.set_alerted();
        }
        if let Some(side) = side.filter(|_| waits) {
            wait_for(flow, side);
        }
        store
    }
}

/// The transaction that an alert about what this side sent may be about.
#[inline]
fn guess_of(guesses: Option<&Guesses>, place: u32, side: Option<Side>) -> Option<Guess<'_>> {
    guesses?.of(place, side?)
}

/// Takes the rules that match.
type Tell<'a> = &'a mut dyn FnMut(&Rule, MatchInfo<'_>);

/// Keeps an alert until it is to be told; gives it back when it is to be told at once.
type Keep<'a> = &'a mut dyn FnMut(Alert) -> Option<Alert>;

impl<'a> About<'a> {
    /// What one side said, so far without the flow.
    fn of(at: &'a At<'a>, side: wirewatch_proto::Side) -> Self {
        Self {
            at,
            flow: None,
            side: Some(flow_side(side)),
            payload: at.sight.map_or(&[], |sight| sight.payload),
            transaction: None,
            file: None,
            frame: None,
            rules: None,
            guess: None,
        }
    }

    /// The packet at hand, so far without the flow.
    fn packet(at: &'a At<'a>, sight: &'a Sight<'a>) -> Self {
        Self {
            at,
            flow: None,
            side: sight.update.map(|update| update.side),
            payload: sight.payload,
            transaction: None,
            file: None,
            frame: None,
            rules: None,
            guess: None,
        }
    }
}

/// Sizes and age of the flow, when a rule asks for them.
fn tell_facts(matcher: &mut Matcher, flow: Option<&Flow>, now: i64) {
    if let Some(flow) = flow.filter(|_| matcher.wants_flow_facts()) {
        let both =
            |of: fn(&Flow, Side) -> u64| [of(flow, Side::ToServer), of(flow, Side::ToClient)];
        let age = now.saturating_sub(flow.first_ts().cast_signed());
        matcher.flow_facts(FlowFacts {
            age_s: u32::try_from(age / 1_000_000_000).unwrap_or(0),
            packets: both(Flow::packets),
            bytes: both(Flow::bytes),
            stream: both(Flow::payload_bytes),
        });
    }
}

/// A packet as rules see it.
fn view<'a>(
    sight: &Sight<'a>,
    flow: Option<&Flow>,
    app_protocol: Option<AppProtocol>,
) -> PacketView<'a> {
    let is_quiet = flow.is_some_and(|flow| flow.user[2] & QUIET != 0);
    PacketView {
        datagram: sight.datagram,
        bytes: sight.bytes,
        payload: if is_quiet { &[] } else { sight.payload },
        origin: if sight.in_stream {
            Origin::Packet
        } else {
            Origin::PacketAndStream
        },
        direction: sight.update.map(|update| match update.side {
            Side::ToServer => Direction::ToServer,
            Side::ToClient => Direction::ToClient,
        }),
        established: flow
            .is_some_and(|flow| flow.state() != State::New || answers_unseen(flow, sight)),
        app_protocol,
        unrecognised: app_protocol.is_none() && flow.is_some_and(|flow| !recogniser::is_open(flow)),
        vlans: sight.decoded.frame.vlans,
        link: link(sight),
        faults: faults(sight.decoded),
    }
}

/// The frame, unless the datagram was in a tunnel or put together.
#[inline]
fn link<'a>(sight: &Sight<'a>) -> Option<LinkView<'a>> {
    let (datagram, frame) = (sight.datagram, &sight.decoded.frame);
    let is_outermost = datagram.version == 0 || datagram.ip_offset == frame.network_offset;
    is_outermost.then_some(LinkView {
        bytes: sight.bytes,
        frame,
    })
}

/// Whether the client of a connection acknowledges what was not captured: only one side is seen of it, and
/// that one is past the handshake.
fn answers_unseen(flow: &Flow, sight: &Sight<'_>) -> bool {
    flow.protocol() == TCP
        && flow.packets(Side::ToClient) == 0
        && sight.datagram.tcp.flags & (flags::ACK | flags::SYN | flags::RST) == flags::ACK
}

/// The packet at hand, or when there is none a bare one with the flow's ends.
fn flow_view<'a>(
    at: &At<'a>,
    flow: &Flow,
    ends: &'a Datagram,
    app_protocol: Option<AppProtocol>,
) -> PacketView<'a> {
    match at.sight {
        Some(sight) => view(sight, Some(flow), app_protocol),
        None => PacketView {
            datagram: ends,
            bytes: &[],
            payload: &[],
            origin: Origin::Packet,
            direction: None,
            established: flow.state() != State::New,
            app_protocol,
            unrecognised: false,
            vlans: flow.scope().vlans,
            link: None,
            faults: &[],
        },
    }
}

/// A datagram that has nothing but the ends of a flow, as one side would send it.
pub(super) fn ends(flow: &Flow, side: Side) -> Datagram {
    let client = (from_ip(flow.client_ip()), flow.client_port());
    let server = (from_ip(flow.server_ip()), flow.server_port());
    let (from, to) = match side {
        Side::ToServer => (client, server),
        Side::ToClient => (server, client),
    };
    Datagram {
        version: flow.key().version(),
        protocol: flow.protocol(),
        has_transport: true,
        source: from.0,
        source_port: from.1,
        destination: to.0,
        destination_port: to.1,
        ..Datagram::default()
    }
}

/// The memory rules have of a flow, made when it is first asked for.
pub(super) fn memory_of<'a>(
    flow: &mut Flow,
    memories: &'a mut Vec<FlowRules>,
    free: &mut Vec<u32>,
) -> Option<&'a mut FlowRules> {
    if flow.user[1] == 0 {
        let slot = free.pop().unwrap_or_else(|| {
            memories.push(FlowRules::default());
            memories.len() as u32 - 1
        });
        flow.user[1] = slot + 1;
    }
    memories.get_mut(flow.user[1] as usize - 1)
}

fn faults(decoded: &Decoded) -> &[Option<Fault>] {
    decoded
        .faults
        .get(..decoded.fault_count as usize)
        .unwrap_or_default()
}

/// Puts out or keeps the alert of a rule, unless it is to pass.
#[cold]
fn alert(
    rule: &Rule,
    info: MatchInfo<'_>,
    about: About<'_>,
    keep: Option<Keep<'_>>,
    out: &mut Out<'_>,
) -> bool {
    if rule.action == Action::Pass || info.action == Action::Pass {
        return false;
    }
    let made = Alert::of(info, &about);
    let at_once = match keep {
        Some(keep) => keep(made),
        None => Some(made),
    };
    if let Some(alert) = at_once {
        let scene = Scene {
            at: about.at,
            flow: about.flow,
            payload: about.payload,
            rules: about.rules,
            memory: info.flow,
        };
        alert.tell(rule, scene, out);
    }
    true
}
