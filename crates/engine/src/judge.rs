//! What there is to say against a packet or a flow: one worker's detection.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use wirewatch_capture::Packet;
use wirewatch_decode::{Datagram, Decoded, flags};
use wirewatch_detect::finding::Finding;
use wirewatch_detect::intel::{Contact, NameSource};
use wirewatch_detect::ports::FlowFacts;
use wirewatch_detect::rules::{FlowRules, Matcher, RuleSet};
use wirewatch_detect::scan::{Attempt, Outcome};
use wirewatch_flow::{Flow, Side, State, Table, Update};
use wirewatch_proto::NamedBy;
use wirewatch_records::{AlertRow, Common, Rows};

use crate::application::At;
use crate::emit::Emitter;
use crate::engine::example;
use crate::flow_record;
use crate::pipeline::Ways;
use crate::recogniser;
use crate::tally::Tally;
use crate::verdicts::Verdicts;

mod alert;
mod guess;
mod rules;
mod waiting;
mod xff;

pub(crate) use waiting::{is_any_waited_for, is_to_wait, is_waited_for};

const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP: u8 = 1;
const ICMPV6: u8 = 58;

/// A datagram and what is known about it.
#[derive(Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) packet: &'a Packet<'a>,
    pub(crate) decoded: &'a Decoded,
    pub(crate) datagram: &'a Datagram,
    pub(crate) bytes: &'a [u8],
    pub(crate) payload: &'a [u8],
    pub(crate) update: Option<Update>,
    /// Whether rules are shown its bytes as part of a stream, too.
    pub(crate) in_stream: bool,
    pub(crate) interface: &'a str,
    pub(crate) ways: &'a Ways,
}

impl<'a> Sight<'a> {
    /// The packet as records of its flow see it.
    pub(crate) fn at(&'a self) -> At<'a> {
        At {
            ts: self.packet.ts,
            sight: Some(self),
            ends: None,
            vlans: None,
            interface: self.interface,
            ways: self.ways,
        }
    }
}

/// Where alerts go: the records, the totals, the comments of the packet at hand.
pub(crate) struct Out<'a> {
    pub(crate) emitter: &'a mut Emitter,
    pub(crate) tally: &'a mut Tally,
    pub(crate) comments: &'a mut String,
}

/// One worker's detection.
pub(crate) struct Judge {
    shared: Arc<Verdicts>,
    matcher: Option<Matcher>,
    rules: Option<Arc<RuleSet>>,
    /// How often others took their place.
    renewals: u32,
    /// What rules remember of flows, by `Flow::user[1]` less one.
    memories: Vec<FlowRules>,
    free: Vec<u32>,
    findings: Vec<Finding>,
    waiting: waiting::Waiting,
    /// Transactions under way, when alerts guess theirs.
    guesses: Option<guess::Guesses>,
    /// Whether any rule keeps records of transactions back.
    hides: bool,
    /// Whether any rule keeps packets out of flows.
    untracks: bool,
}

impl Judge {
    /// A worker's detection; `None` when nothing is to be detected.
    pub(crate) fn new(shared: &Arc<Verdicts>) -> Option<Self> {
        shared.enabled.then(|| Self {
            shared: Arc::clone(shared),
            matcher: shared.rules.as_ref().map(|rules| {
                Matcher::with_state(Arc::clone(rules), Arc::clone(&shared.rule_state))
            }),
            rules: shared.rules.clone(),
            renewals: 0,
            memories: Vec::new(),
            free: Vec::new(),
            findings: Vec::new(),
            waiting: waiting::Waiting::default(),
            guesses: shared.guess_transactions.then(guess::Guesses::default),
            hides: shared
                .rules
                .as_ref()
                .is_some_and(|rules| rules.hides_transactions()),
            untracks: shared
                .rules
                .as_ref()
                .is_some_and(|rules| rules.untracks_packets()),
        })
    }

    /// Takes up the rules that took the place of those at hand; gives them when there are such.
    #[inline]
    pub(crate) fn take_renewed(&mut self) -> Option<Arc<RuleSet>> {
        if self.shared.renewals() == self.renewals {
            return None;
        }
        self.renew()
    }

    #[cold]
    fn renew(&mut self) -> Option<Arc<RuleSet>> {
        self.renewals = self.shared.renewals();
        let rules = self.shared.newest_rules()?;
        self.hides = rules.hides_transactions();
        self.untracks = rules.untracks_packets();
        self.matcher.as_mut()?.renew(Arc::clone(&rules));
        self.rules = Some(Arc::clone(&rules));
        Some(rules)
    }

    /// Whether a rule keeps this packet out of flows.
    #[inline]
    pub(crate) fn untracks(&self, sight: &Sight<'_>) -> bool {
        self.untracks && self.rule_untracks(sight)
    }

    /// Whether there are rules.
    pub(crate) fn has_rules(&self) -> bool {
        self.matcher.is_some()
    }

    /// Whether rules are about frames without a datagram.
    pub(crate) fn wants_frames_without_ip(&self) -> bool {
        let matcher = self.matcher.as_ref();
        matcher.is_some_and(Matcher::wants_frames_without_ip)
    }

    /// Looks at a datagram and its flow.
    #[inline]
    pub(crate) fn datagram(
        &mut self,
        sight: &Sight<'_>,
        table: Option<&mut Table>,
        out: &mut Out<'_>,
    ) {
        let mut flow = match (table, sight.update) {
            (Some(table), Some(update)) => table.get_mut(update.flow),
            _ => None,
        };
        if let (Some(update), Some(flow)) = (&sight.update, flow.as_deref_mut()) {
            self.behaviour(sight, update, flow);
        }
        if sight.decoded.quoted.is_some() {
            self.icmp_error(sight);
        }
        if !self.findings.is_empty() {
            self.tell(sight, flow.as_deref_mut(), out);
        }
        if let Some(matcher) = &self.matcher
            && !flow.as_deref().is_some_and(flow_record::is_bypassed)
        {
            if matcher.tags() {
                self.keep_tagged(sight, flow.as_deref(), out);
            }
            self.rules(sight, flow, out);
        }
    }

    /// Addresses, scans and ports: what is decided at the few packets where a flow changes.
    #[inline]
    fn behaviour(&mut self, sight: &Sight<'_>, update: &Update, flow: &mut Flow) {
        let ts = sight.packet.ts;
        if update.is_new {
            self.new_flow(sight, flow);
        } else if update.side == Side::ToClient && flow.packets(Side::ToClient) == 1 {
            self.first_answer(sight, flow);
        }
        if !sight.payload.is_empty() && is_ripe(flow) {
            self.port(flow, ts);
        }
    }

    #[cold]
    fn new_flow(&mut self, sight: &Sight<'_>, flow: &Flow) {
        let ts = sight.packet.ts;
        self.findings
            .extend(self.shared.intel.contact(&contact(flow, ts, false)));
        let attempt = attempt(flow, ts);
        if flow.protocol() == TCP {
            let bits = sight.datagram.tcp.flags;
            if bits & (flags::SYN | flags::ACK | flags::RST | flags::FIN) == flags::SYN {
                self.shared.scans.attempt(&attempt, &mut self.findings);
            } else {
                self.shared.scans.stray(&attempt, bits, &mut self.findings);
            }
        } else if !flow.is_midstream() {
            self.shared.scans.attempt(&attempt, &mut self.findings);
        }
    }

    #[cold]
    fn first_answer(&mut self, sight: &Sight<'_>, flow: &Flow) {
        let ts = sight.packet.ts;
        let refused = flow.protocol() == TCP && sight.datagram.tcp.flags & flags::RST != 0;
        let outcome = if refused {
            Outcome::Refused
        } else {
            Outcome::Answered
        };
        self.shared
            .scans
            .outcome(&attempt(flow, ts), outcome, &mut self.findings);
        if !refused {
            self.findings
                .extend(self.shared.intel.contact(&contact(flow, ts, true)));
        }
    }

    /// An ICMP error says that nobody listens where the quoted datagram went.
    #[cold]
    fn icmp_error(&mut self, sight: &Sight<'_>) {
        let unreachable = match sight.datagram.protocol {
            ICMP => sight.datagram.source_port == 3,
            ICMPV6 => sight.datagram.source_port == 1,
            _ => false,
        };
        if let Some(quoted) = sight
            .decoded
            .quoted
            .filter(|quoted| unreachable && quoted.has_transport)
        {
            let attempt = Attempt {
                ts: sight.packet.ts,
                source: quoted.source,
                destination: quoted.destination,
                protocol: quoted.protocol,
                source_port: quoted.source_port,
                port: quoted.destination_port,
            };
            self.shared
                .scans
                .outcome(&attempt, Outcome::Refused, &mut self.findings);
        }
    }

    /// Whether the service belongs on its port.
    #[cold]
    fn port(&mut self, flow: &mut Flow, ts: i64) {
        flow.app_tried |= recogniser::JUDGED;
        let facts = FlowFacts {
            ts,
            client: wirewatch_decode::from_ip(flow.client_ip()),
            server: wirewatch_decode::from_ip(flow.server_ip()),
            client_port: flow.client_port(),
            server_port: flow.server_port(),
            protocol: flow.protocol(),
            app: recogniser::app_name(flow),
            established: flow.state() != State::New,
            bytes_to_server: flow.payload_bytes(Side::ToServer),
            bytes_to_client: flow.payload_bytes(Side::ToClient),
            midstream: flow.is_midstream(),
            duration: flow.last_ts().saturating_sub(flow.first_ts()).cast_signed(),
        };
        self.findings.extend(self.shared.ports.judge(&facts));
    }

    /// Somebody asked for a name or called a server by it: names on the lists are told.
    pub(crate) fn named(
        &mut self,
        name: &[u8],
        source: NamedBy,
        at: &At<'_>,
        flow: &mut Flow,
        out: &mut Out<'_>,
    ) {
        let source = match source {
            NamedBy::Sni if flow.protocol() == UDP => NameSource::Quic,
            NamedBy::Sni => NameSource::Tls,
            NamedBy::Host => NameSource::Http,
            NamedBy::Dns | NamedBy::Mdns | NamedBy::Llmnr => NameSource::Dns,
            NamedBy::NetBios | NamedBy::Dhcp | NamedBy::Certificate => return,
        };
        let client = wirewatch_decode::from_ip(flow.client_ip());
        let server = wirewatch_decode::from_ip(flow.server_ip());
        let intel = &self.shared.intel;
        let finding = intel.name(at.ts, client, server, name, source);
        if let Some(finding) = finding.and_then(|finding| self.worth_telling(finding)) {
            flow.set_alerted();
            let names = [at.interface];
            finding_alert(&finding, Some(flow), None, &names, at.ways, out);
        }
    }

    /// A flow ended: what it never got is told, and its memory freed.
    pub(crate) fn flow_ended(
        &mut self,
        flow: &mut Flow,
        interfaces: &[String],
        ways: &Ways,
        out: &mut Out<'_>,
    ) {
        if let Some(slot) = flow.user[1].checked_sub(1) {
            flow.user[1] = 0;
            self.free.push(slot);
            if let Some(guesses) = &mut self.guesses {
                guesses.forget(slot);
            }
            if let Some(memory) = self.memories.get_mut(slot as usize) {
                *memory = FlowRules::default();
            }
        }
        let ts = flow.last_ts().cast_signed();
        if flow.packets(Side::ToClient) == 0 && !flow.is_midstream() {
            self.shared
                .scans
                .outcome(&attempt(flow, ts), Outcome::Unanswered, &mut self.findings);
        } else if flow.app_tried & recogniser::JUDGED == 0 {
            self.port(flow, ts);
        }
        if !self.findings.is_empty() {
            let mut findings = std::mem::take(&mut self.findings);
            for finding in findings
                .drain(..)
                .filter_map(|finding| self.worth_telling(finding))
            {
                let about = about(&finding, Some(flow));
                if about {
                    flow.set_alerted();
                }
                finding_alert(
                    &finding,
                    about.then_some(&*flow),
                    None,
                    interfaces,
                    ways,
                    out,
                );
            }
            self.findings = findings;
        }
    }

    /// Capture time has come so far: sources whose attempts have waited long enough are judged.
    pub(crate) fn advance(
        &mut self,
        now: i64,
        interfaces: &[String],
        ways: &Ways,
        out: &mut Out<'_>,
    ) {
        self.shared.scans.advance(now, &mut self.findings);
        self.tell_all(interfaces, ways, out);
    }

    /// The capture is over.
    pub(crate) fn finish(
        &mut self,
        now: i64,
        interfaces: &[String],
        ways: &Ways,
        out: &mut Out<'_>,
    ) {
        if let Some(matcher) = &mut self.matcher {
            matcher.publish();
        }
        self.shared.scans.finish(now, &mut self.findings);
        self.tell_all(interfaces, ways, out);
    }

    fn tell_all(&mut self, interfaces: &[String], ways: &Ways, out: &mut Out<'_>) {
        if self.findings.is_empty() {
            return;
        }
        for finding in std::mem::take(&mut self.findings) {
            if let Some(finding) = self.worth_telling(finding) {
                finding_alert(&finding, None, None, interfaces, ways, out);
            }
        }
    }

    #[cold]
    fn tell(&mut self, sight: &Sight<'_>, mut flow: Option<&mut Flow>, out: &mut Out<'_>) {
        for finding in std::mem::take(&mut self.findings) {
            let Some(finding) = self.worth_telling(finding) else {
                continue;
            };
            let about = about(&finding, flow.as_deref());
            if let Some(flow) = flow.as_deref_mut().filter(|_| about) {
                flow.set_alerted();
            }
            let flow = flow.as_deref().filter(|_| about);
            let interfaces = std::slice::from_ref(&sight.interface);
            finding_alert(&finding, flow, Some(sight), interfaces, sight.ways, out);
        }
    }

    /// Neither switched off nor told lately.
    fn worth_telling(&self, finding: Finding) -> Option<Finding> {
        if self
            .shared
            .disabled
            .iter()
            .any(|name| name == finding.detector)
        {
            return None;
        }
        self.shared
            .repeats
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tell(finding)
    }

    /// What this worker's detection did, by name; what all workers share is in [`Verdicts::counters`].
    pub(crate) fn counters(&self) -> BTreeMap<&'static str, u64> {
        let Some(matcher) = &self.matcher else {
            return BTreeMap::new();
        };
        let rules = matcher.counters();
        BTreeMap::from([
            ("rules_verified", rules.verified),
            ("alerts_suppressed", rules.silenced),
            ("alert_queue_overflow", rules.alert_overflow),
            ("step_limit", rules.step_limit),
            ("candidate_limit", rules.candidate_limit),
            ("waiting_limit", rules.waiting_limit),
            ("transactions_forgotten", rules.transactions_evicted),
            ("regex_limit", rules.regex_limit),
        ])
    }
}

/// Whether both sides have spoken, the protocol is known or will not be, and nobody has judged the port.
#[inline]
fn is_ripe(flow: &Flow) -> bool {
    flow.app_tried & recogniser::JUDGED == 0
        && !recogniser::is_open(flow)
        && flow.payload_bytes(Side::ToServer) > 0
        && flow.payload_bytes(Side::ToClient) > 0
}

fn attempt(flow: &Flow, ts: i64) -> Attempt {
    let ports = flow_record::has_ports(flow.protocol());
    Attempt {
        ts,
        source: wirewatch_decode::from_ip(flow.client_ip()),
        destination: wirewatch_decode::from_ip(flow.server_ip()),
        protocol: flow.protocol(),
        source_port: if ports { flow.client_port() } else { 0 },
        port: if ports { flow.server_port() } else { 0 },
    }
}

fn contact(flow: &Flow, ts: i64, answered: bool) -> Contact {
    Contact {
        ts,
        client: wirewatch_decode::from_ip(flow.client_ip()),
        server: wirewatch_decode::from_ip(flow.server_ip()),
        client_port: flow.client_port(),
        server_port: flow.server_port(),
        protocol: flow.protocol(),
        answered,
        midstream: flow.is_midstream(),
    }
}

/// Whether a finding is about this flow, and not about what one host does with many.
fn about(finding: &Finding, flow: Option<&Flow>) -> bool {
    let Some(flow) = flow else {
        return false;
    };
    let ends = [flow.client_ip(), flow.server_ip()].map(wirewatch_decode::from_ip);
    let scan = matches!(
        finding.detector,
        "port_scan" | "host_sweep" | "network_scan" | "stealth_scan"
    );
    !scan && ends.contains(&finding.key.subject) && ends.contains(&finding.key.object)
}

/// An address in the 128-bit form; 0 is nobody.
fn ip(address: u128) -> Option<IpAddr> {
    let version = if address >> 32 == 0xffff { 4 } else { 6 };
    (address != 0).then(|| wirewatch_decode::to_ip(address, version))
}

/// The alert of a built-in finding.
#[cold]
fn finding_alert<N: AsRef<str>>(
    finding: &Finding,
    flow: Option<&Flow>,
    sight: Option<&Sight<'_>>,
    interfaces: &[N],
    ways: &Ways,
    out: &mut Out<'_>,
) {
    let ts = finding.ts;
    let id = flow.and_then(|flow| ways.community_id(flow));
    let vlans = flow.map(|flow| flow.scope().vlans).unwrap_or_default();
    let name = flow.map_or(0, |flow| flow.interface() as usize);
    let name = if sight.is_some() { 0 } else { name };
    let iface = interfaces
        .get(name)
        .map(AsRef::as_ref)
        .filter(|_| ways.live);
    let common = match flow {
        Some(flow) => flow_record::common(
            flow,
            ts.cast_unsigned(),
            flow_record::vlans(&vlans),
            id.as_ref(),
            iface,
        ),
        None => Common {
            ts: ts / 1_000,
            in_iface: iface,
            src_ip: ip(finding.key.subject),
            dst_ip: ip(finding.key.object),
            ip_v: ip(finding.key.subject).map(|ip| if ip.is_ipv4() { 4 } else { 6 }),
            ..Common::default()
        },
    };
    let common = Common {
        pcap_cnt: sight
            .map(|sight| sight.packet.number)
            .filter(|_| !ways.live),
        ..common
    };
    let list = (finding.detector == "intel")
        .then(|| listed(&finding.evidence))
        .flatten();
    let row = AlertRow {
        indicator: list.as_ref().map(|(indicator, _)| indicator.as_bytes()),
        feed: list.as_ref().map(|(_, feed)| feed.as_str()),
        action: "allowed",
        gid: finding.gid,
        signature_id: finding.sid,
        rev: finding.rev,
        signature: &finding.signature,
        category: finding.category,
        severity: finding.severity,
        detector: Some(finding.detector),
        evidence: Some(&finding.evidence),
        ..AlertRow::default()
    };
    let row = flow.map_or(row, |flow| with_flow(&row, flow));
    put(&common, &row, out);
}

/// The indicator and the list that a finding rests on.
fn listed(evidence: &str) -> Option<(String, String)> {
    let evidence: serde_json::Value = serde_json::from_str(evidence).ok()?;
    let text = |name: &str| evidence.get(name)?.as_str().map(str::to_owned);
    Some((text("indicator")?, text("list")?))
}

/// What an alert tells about its flow.
fn with_flow<'a>(row: &AlertRow<'a>, flow: &Flow) -> AlertRow<'a> {
    let ports = flow_record::has_ports(flow.protocol());
    AlertRow {
        pkts_toserver: Some(flow.packets(Side::ToServer)),
        pkts_toclient: Some(flow.packets(Side::ToClient)),
        bytes_toserver: Some(flow.bytes(Side::ToServer)),
        bytes_toclient: Some(flow.bytes(Side::ToClient)),
        start: Some((flow.first_ts() / 1_000).cast_signed()),
        flow_src_ip: Some(flow.client_ip()),
        flow_dst_ip: Some(flow.server_ip()),
        flow_src_port: ports.then(|| flow.client_port()),
        flow_dst_port: ports.then(|| flow.server_port()),
        ..*row
    }
}

fn put(common: &Common<'_>, row: &AlertRow<'_>, out: &mut Out<'_>) {
    use std::fmt::Write as _;
    let (gid, sid, rev) = (row.gid, row.signature_id, row.rev);
    out.tally
        .alert(gid, sid, row.signature, row.severity, || example(common));
    let _ = writeln!(out.comments, "ALERT [{gid}:{sid}:{rev}] {}", row.signature);
    out.emitter.push(common, &(*row).into());
}
