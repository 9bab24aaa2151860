//! Rules: what they are shown of packets, streams and transactions, and their alerts.

use wirewatch_decode::{Datagram, Decoded, Fault, flags, from_ip};
use wirewatch_detect::rules::{
    Action, AppProtocol, Direction, FileFacts, FileState, FlowFacts, FlowNotes, FlowRules,
    FrameFacts, LinkView, MatchInfo, Matcher, Notes, Origin, PacketView, Rule, RuleSet,
};
use wirewatch_flow::{Flow, Side, State};
use wirewatch_proto::{Application, Transaction};
use wirewatch_records::{AlertRow, Common, Rows, TaggedPacketRow, json};

use super::{Judge, Out, Sight, put, with_flow, xff};
use crate::application::{At, QUIET, Shown, TCP, flow_side, members};
use crate::flow_record;
use crate::origin;
use crate::packet_record;

/// What an alert is about.
#[derive(Clone, Copy)]
struct About<'a> {
    at: &'a At<'a>,
    flow: Option<&'a Flow>,
    /// Which way the bytes went.
    side: Option<Side>,
    payload: &'a [u8],
    transaction: Option<&'a dyn Transaction>,
    file: Option<&'a FileFacts<'a>>,
    frame: Option<&'a Shown<'a>>,
    /// The set that the matching rule is of.
    rules: Option<&'a RuleSet>,
}

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
        let (Some(rules), Some(memory)) = (&self.shared.rules, self.known_memory(flow)) else {
            return FlowNotes::default();
        };
        rules.flow_notes(memory, &Notes::default())
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
            memories,
            free,
            shared,
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
        let about = About {
            flow: flow.as_deref(),
            rules: shared.rules.as_deref(),
            ..About::packet(&at, sight)
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
                alerted |= alert(rule, info, about, out);
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
        let wants = |matcher: &Matcher| matcher.wants_transactions(transaction.application());
        if !self.matcher.as_ref().is_some_and(wants) {
            return;
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
            memories,
            free,
            shared,
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
        let (mut alerted, mut store) = (false, false);
        let about = About {
            flow: Some(flow),
            rules: shared.rules.as_deref(),
            ..about
        };
        show(matcher, &view, memory, &mut |rule, info| {
            store |= info.store_file;
            alerted |= alert(rule, info, about, out);
        });
        if alerted {
            flow.set_alerted();
        }
        store
    }
}

/// Takes the rules that match.
type Tell<'a> = &'a mut dyn FnMut(&Rule, MatchInfo<'_>);

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
            vlans: flow.scope().vlans,
            link: None,
            faults: &[],
        },
    }
}

/// A datagram that has nothing but the ends of a flow, as one side would send it.
fn ends(flow: &Flow, side: Side) -> Datagram {
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
fn memory_of<'a>(
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

/// Puts out the alert of a rule, unless it is to pass.
#[cold]
fn alert(rule: &Rule, info: MatchInfo<'_>, about: About<'_>, out: &mut Out<'_>) -> bool {
    if rule.action == Action::Pass || info.action == Action::Pass {
        return false;
    }
    let About { at, flow, side, .. } = about;
    let id = flow.and_then(|flow| at.ways.community_id(flow));
    let vlans = match (at.sight, flow) {
        (Some(sight), _) => origin::vlans(sight),
        (None, Some(flow)) => flow.scope().vlans,
        (None, None) => [0; 3],
    };
    let client = xff::client(at.ways.xff.as_ref(), about.transaction);
    let noted = match about.rules.filter(|_| at.ways.flow_variables) {
        Some(rules) => rules.flow_notes(info.flow, info.notes),
        None => FlowNotes::default(),
    };
    let context = about.rules.and_then(|rules| rules.context(info.notes));
    let common = Common {
        ts: at.ts / 1_000,
        flow_id: flow.map(Flow::id),
        in_iface: at.iface(),
        pcap_cnt: at.number(),
        vlan: flow_record::vlans(&vlans),
        app_proto: flow.and_then(flow_record::app_proto),
        community_id: id.as_ref().map(wirewatch_flow::CommunityId::as_str),
        flow_vars: noted.vars.as_deref(),
        flow_traffic: noted.traffic.as_deref(),
        ..addresses(about, info)
    };
    let common = origin::with(&common, at.sight);
    let overwrite = at.ways.xff.as_ref().is_some_and(|xff| xff.overwrite);
    let common = match client.filter(|_| overwrite) {
        Some(client) => xff::in_place(&common, client, side),
        None => common,
    };
    let details = at.ways.details_in_alerts;
    let app = about
        .transaction
        .filter(|_| details)
        .map(members)
        .unwrap_or_default();
    let files = about
        .file
        .map(|file| listed(file, info))
        .unwrap_or_default();
    let frame = about.frame.map(Shown::json);
    let ways = at.ways;
    let references = rule.references.iter().map(String::as_str);
    let references: Vec<&str> = references.filter(|_| ways.references_in_alerts).collect();
    let payload = Some(about.payload).filter(|p| ways.payload_in_alerts && !p.is_empty());
    let packet = at.sight.filter(|_| ways.packet_in_alerts);
    let packet = packet.map(origin::packet);
    let row = AlertRow {
        tx_id: info.transaction,
        action: if info.action == Action::Alert {
            "allowed"
        } else {
            "blocked"
        },
        gid: rule.gid,
        signature_id: rule.sid,
        rev: rule.rev,
        signature: &rule.msg,
        category: &rule.category,
        severity: rule.severity as u8,
        references: &references,
        context: context.as_deref(),
        metadata: Some(rule.metadata.as_str()).filter(|metadata| details && metadata.len() > 2),
        direction: side.map(|side| match side {
            Side::ToServer => "to_server",
            Side::ToClient => "to_client",
        }),
        payload,
        payload_printable: payload,
        xff: client.filter(|_| !overwrite),
        stream: payload.map(|_| u8::from(info.stream)),
        packet: packet.map(|(bytes, _)| bytes),
        linktype: packet.map(|(_, link)| link),
        linktype_name: packet.and_then(|(_, link)| origin::link_name(link)),
        frame: frame.as_deref(),
        app: Some(app.as_str()).filter(|app| !app.is_empty()),
        files: std::str::from_utf8(&files)
            .ok()
            .filter(|files| !files.is_empty()),
        ..AlertRow::default()
    };
    let row = match flow.filter(|_| details) {
        Some(flow) => with_flow(&row, flow),
        None => row,
    };
    put(&common, &row, out);
    true
}

/// The list of files that an alert has: the one it is about.
fn listed(file: &FileFacts<'_>, info: MatchInfo<'_>) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(b"[{");
    json::wire(&mut out, b"\"filename\":", file.name);
    json::number(&mut out, b"\"size\":", file.size);
    let state = match file.state {
        FileState::Open => "UNKNOWN",
        FileState::Complete => "CLOSED",
        FileState::Truncated => "TRUNCATED",
    };
    json::text(&mut out, b"\"state\":", state);
    json::boolean(&mut out, b"\"gaps\":", file.gaps);
    json::boolean(&mut out, b"\"stored\":", false);
    if info.store_file {
        json::boolean(&mut out, b"\"storing\":", true);
    }
    if let Some(transaction) = info.transaction {
        json::number(&mut out, b"\"tx_id\":", transaction);
    }
    out.pop();
    out.extend_from_slice(b"}]");
    out
}

/// The ends of what matched: of the packet itself, or of the flow as the bytes went.
fn addresses(about: About<'_>, info: MatchInfo<'_>) -> Common<'static> {
    let of_flow = info.stream || info.transaction.is_some() || about.at.sight.is_none();
    match (about.at.sight, about.flow, about.side) {
        (_, Some(flow), Some(side)) if of_flow => packet_record::addresses(&ends(flow, side)),
        (Some(sight), ..) if sight.datagram.version != 0 => {
            packet_record::addresses(sight.datagram)
        }
        _ => Common::default(),
    }
}
