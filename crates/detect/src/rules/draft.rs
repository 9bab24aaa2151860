//! A rule while its options are read.

mod header;

use std::sync::Arc;

use std::collections::HashMap;

use super::application::{ApplicationPart, Asked, Hook};
use super::buffer::{BufferId, Source};
use super::check::{Check, CompileCache, Content, MAX_CHECKS, MAX_VARIABLES, Operand, Start};
use super::classification::{Classification, DEFAULT_PRIORITY};
use super::compiled::{Compiled, Fast, Gate, Header, Inspection, situation};
use super::dataset::Dataset;
use super::facts::FactTest;
use super::field::Fields;
use super::frame::{self, FramePart};
use super::keyword::{choose_anchor, choose_literal, choose_near};
use super::matcher::Direction;
use super::number::signed;
use super::packet_test::{BitMode, PacketTest};
use super::problem::Fault;
use super::protocol::{Layer, PayloadKind, RuleProtocol, Transport};
use super::rule::{Action, Rule, Target};
use super::set::Lists;
use super::state::{FlowChange, FlowTest, HostBit};
use super::syntax::{RawRule, Word, clipped};
use super::tag::Tag;
use super::threshold::Threshold;
use super::transform::{Transform, TransformLists};
use super::variables::{Addresses, Ports, Variables};
use header::{Scope, header_action, header_protocol, header_tests};

/// What reading rules needs and shares between rules.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) variables: &'a Variables,
    pub(crate) classification: &'a Classification,
    pub(crate) lists: &'a Lists,
    pub(crate) names: AllNames,
    pub(crate) regexes: CompileCache,
    pub(crate) fields: Fields,
    pub(crate) transforms: TransformLists,
    pub(crate) datasets: HashMap<String, Arc<Dataset>>,
    addresses: HashMap<String, Option<Arc<Addresses>>>,
    ports: HashMap<String, Option<Arc<Ports>>>,
}

impl<'a> Context<'a> {
    pub(crate) fn new(
        variables: &'a Variables,
        classification: &'a Classification,
        lists: &'a Lists,
        fields: Fields,
    ) -> Self {
        Self {
            fields,
            transforms: TransformLists::default(),
            datasets: HashMap::new(),
            variables,
            classification,
            lists,
            names: AllNames::default(),
            regexes: CompileCache::default(),
            addresses: HashMap::new(),
            ports: HashMap::new(),
        }
    }

    fn addresses(&mut self, word: Word<'_>) -> Result<Option<Arc<Addresses>>, Fault> {
        if let Some(known) = self.addresses.get(word.text) {
            return Ok(known.clone());
        }
        let set = self.variables.addresses(word)?;
        let set = (!set.is_all()).then(|| Arc::new(set));
        self.addresses.insert(word.text.to_owned(), set.clone());
        Ok(set)
    }

    fn ports(&mut self, word: Word<'_>) -> Result<Option<Arc<Ports>>, Fault> {
        if let Some(known) = self.ports.get(word.text) {
            return Ok(known.clone());
        }
        let set = self.variables.ports(word)?;
        let set = (!set.is_all()).then(|| Arc::new(set));
        self.ports.insert(word.text.to_owned(), set.clone());
        Ok(set)
    }
}

/// The names of a rule set, by what they are of. A set that takes another's place goes on with these, so that
/// what is remembered under them keeps its meaning.
#[derive(Debug, Clone, Default)]
pub(crate) struct AllNames {
    pub(crate) flowbits: Names,
    pub(crate) flowints: Names,
    pub(crate) hostbits: Names,
    /// Of captured values.
    pub(crate) captures: Names,
}

/// Numbers for the names rules share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names {
    numbers: HashMap<String, u16>,
}

impl Names {
    /// The longest name; they are shown in tables.
    const MAX_NAME: usize = 256;

    pub(crate) fn number(&mut self, word: Word<'_>) -> Result<u16, Fault> {
        let name = word.text.trim();
        let printable = name.bytes().all(|byte| byte.is_ascii_graphic());
        if name.is_empty() || name.len() > Self::MAX_NAME || !printable {
            return Err(Fault::error(word.at, "a name is missing or malformed"));
        }
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let number = u16::try_from(self.numbers.len())
            .map_err(|_| Fault::error(word.at, "there are more than 65536 names of this kind"))?;
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }

    /// All names, each at the place of its number.
    pub(crate) fn into_list(self) -> Vec<Box<str>> {
        let mut all: Vec<(u16, String)> = self.numbers.into_iter().map(|(a, b)| (b, a)).collect();
        all.sort_unstable();
        all.into_iter().map(|(_, name)| name.into()).collect()
    }
}

/// What a rule asks of its flow's situation.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct FlowCondition {
    pub(crate) direction: Option<Direction>,
    pub(crate) needs: u8,
}

/// The rule so far.
#[derive(Debug)]
pub(crate) struct Draft<'c, 'v> {
    pub(crate) context: &'c mut Context<'v>,
    pub(crate) rule: Rule,
    /// What its action is about, when its header says so.
    scope: Option<Scope>,
    pub(crate) priority: Option<u32>,
    pub(crate) protocol: RuleProtocol,
    pub(crate) header: Header,
    pub(crate) metadata: Vec<(String, Vec<String>)>,
    pub(crate) flow: FlowCondition,
    /// It is about packets that no flow has taken.
    pub(crate) before_flow: bool,
    pub(crate) untracks: bool,
    pub(crate) packet_tests: Vec<PacketTest>,
    pub(crate) flow_tests: Vec<FlowTest>,
    pub(crate) fact_tests: Vec<FactTest>,
    /// Events of TCP streams; any of them.
    pub(crate) stream_events: Vec<Box<str>>,
    pub(crate) flow_changes: Vec<FlowChange>,
    pub(crate) host_bits: Vec<HostBit>,
    pub(crate) inspections: Vec<Inspection>,
    source: Source,
    /// Whether the next check begins a new inspection: each mention of a buffer that
    /// transactions have several of is about one of them.
    is_new_instance: bool,
    /// The content that an older modifier has just moved to another buffer.
    moved: Option<(usize, usize)>,
    /// The buffer it was moved to: relative checks behind it belong there.
    moved_to: Option<usize>,
    pub(crate) asked: Asked,
    /// The kinds of spans that it asks about.
    pub(crate) frames: Option<Box<[frame::Place]>>,
    pub(crate) variables: Vec<String>,
    pub(crate) thresholds: Vec<Threshold>,
    pub(crate) noalert: bool,
    pub(crate) tags: Vec<Tag>,
    pub(crate) fast: Option<Fast>,
    pub(crate) warnings: Vec<Fault>,
}

impl<'c, 'v> Draft<'c, 'v> {
    /// Reads a rule's header.
    pub(crate) fn new(
        raw: &RawRule<'_>,
        context: &'c mut Context<'v>,
        file: Arc<str>,
        line: u32,
    ) -> Result<Self, Fault> {
        let noalert = raw.action.text == "config";
        let (action, scope) = if noalert {
            (Action::Alert, None)
        } else {
            header_action(raw.action)?
        };
        let (protocol, hook) = header_protocol(raw.protocol)?;
        let both_ways = match raw.direction.text {
            "->" | "=>" => false,
            "<>" => true,
            other => {
                let message = format!("{:?} is no direction", clipped(other));
                return Err(Fault::error(raw.direction.at, message).meant(Some("->")));
            }
        };
        let header = Header {
            source: context.addresses(raw.source)?,
            destination: context.addresses(raw.destination)?,
            source_ports: context.ports(raw.source_port)?,
            destination_ports: context.ports(raw.destination_port)?,
            both_ways,
        };
        let starts = hook.is_some_and(|hook| hook.text == "flow_start");
        let before_flow = hook.is_some_and(|hook| hook.text == "pre_flow");
        let of_packet = before_flow || hook.is_some_and(|hook| hook.text == "pre_stream");
        let hook = hook.filter(|_| !(starts || of_packet && protocol.app.is_none()));
        let hook = hook.map(|hook| Hook::parse(hook, protocol)).transpose()?;
        Ok(Self {
            context,
            rule: empty_rule(action, file, line),
            scope,
            priority: None,
            protocol,
            header,
            metadata: Vec::new(),
            flow: FlowCondition {
                direction: None,
                needs: match (starts, of_packet) {
                    (true, _) => situation::FIRST_IN_DIRECTION,
                    (false, true) => situation::AS_PACKET,
                    (false, false) => 0,
                },
            },
            before_flow,
            untracks: false,
            packet_tests: header_tests(raw.protocol),
            flow_tests: Vec::new(),
            fact_tests: Vec::new(),
            stream_events: Vec::new(),
            flow_changes: Vec::new(),
            host_bits: Vec::new(),
            inspections: Vec::new(),
            source: Source::of(BufferId::Payload),
            is_new_instance: false,
            moved: None,
            moved_to: None,
            asked: Asked {
                both_sides: raw.direction.text == "=>",
                hook: hook.flatten(),
                ..Asked::default()
            },
            frames: None,
            variables: Vec::new(),
            thresholds: Vec::new(),
            noalert,
            tags: Vec::new(),
            fast: None,
            warnings: Vec::new(),
        })
    }

    /// Makes a buffer the current one.
    pub(crate) fn look_at(&mut self, buffer: BufferId) {
        self.source = Source::of(buffer);
        (self.moved, self.moved_to) = (None, None);
        self.is_new_instance = match buffer {
            BufferId::Field(field) => self.context.fields.is_many(field),
            _ => false,
        };
    }

    /// Adds a transform to the current buffer.
    pub(crate) fn transform(&mut self, transform: Transform, at: usize) -> Result<(), Fault> {
        if self.source.buffer == BufferId::Payload {
            let message = "a transform stands behind the buffer it changes";
            return Err(Fault::error(at, message));
        }
        let longer = self
            .context
            .transforms
            .extended(self.source.transforms, transform);
        let message = "there are too many transforms";
        self.source.transforms = longer.ok_or_else(|| Fault::error(at, message))?;
        Ok(())
    }

    /// Adds a check to the current buffer.
    pub(crate) fn check(&mut self, check: Check, at: usize) -> Result<(), Fault> {
        self.moved = None;
        if let Some(place) = self.moved_to.filter(|_| check.is_relative()) {
            return self.check_in(place, check, at).map(|_| ());
        }
        self.moved_to = None;
        let place = self.inspection();
        self.check_in(place, check, at).map(|_| ())
    }

    /// Adds a check to a buffer that does not become the current one.
    pub(crate) fn check_of(
        &mut self,
        buffer: BufferId,
        check: Check,
        at: usize,
    ) -> Result<(usize, usize), Fault> {
        let place = self.inspection_of(Source::of(buffer));
        self.check_in(place, check, at)
    }

    fn check_in(&mut self, place: usize, check: Check, at: usize) -> Result<(usize, usize), Fault> {
        let Some(inspection) = self.inspections.get_mut(place) else {
            return Ok((place, 0));
        };
        if inspection.checks.len() >= MAX_CHECKS {
            let message = format!("a rule has more than {MAX_CHECKS} checks of one buffer");
            return Err(Fault::error(at, message));
        }
        inspection.checks.push(check);
        Ok((place, inspection.checks.len() - 1))
    }

    /// Moves the last content to another buffer, as the older keywords do that stand behind it.
    pub(crate) fn move_content(&mut self, buffer: BufferId, at: usize) -> Result<(), Fault> {
        let (from, _) = self.last_content(at)?;
        let taken = self
            .inspections
            .get_mut(from.inspection)
            .map(|one| one.checks.remove(from.check));
        let Some(check) = taken else {
            return Ok(());
        };
        let to = self.check_of(buffer, check, at)?;
        if let Some(fast) = &mut self.fast
            && (fast.inspection, fast.check) == (from.inspection, from.check)
        {
            (fast.inspection, fast.check) = to;
        }
        (self.moved, self.moved_to) = (Some(to), Some(to.0));
        Ok(())
    }

    fn inspection(&mut self) -> usize {
        if std::mem::take(&mut self.is_new_instance) {
            return self.new_inspection(self.source);
        }
        self.inspection_of(self.source)
    }

    /// The last inspection of this buffer, or a new one.
    fn inspection_of(&mut self, source: Source) -> usize {
        let known = self
            .inspections
            .iter()
            .rposition(|one| one.source == source);
        known.unwrap_or_else(|| self.new_inspection(source))
    }

    fn new_inspection(&mut self, source: Source) -> usize {
        self.inspections.push(Inspection {
            source,
            checks: Vec::new(),
        });
        self.inspections.len() - 1
    }

    /// The content that a modifier is about: the last one of the current buffer, or the one
    /// that was just moved.
    pub(crate) fn last_content(&mut self, at: usize) -> Result<(Fast, &mut Content), Fault> {
        let (inspection, before) = match self.moved {
            Some((inspection, check)) => (inspection, check + 1),
            None => (self.inspection_of(self.source), MAX_CHECKS),
        };
        let checks = self
            .inspections
            .get_mut(inspection)
            .map(|one| &mut one.checks);
        let contents = checks.into_iter().flatten().enumerate().take(before);
        let last = contents.filter_map(|(check, one)| match one {
            Check::Content(content) => Some((check, content)),
            _ => None,
        });
        let (check, content) = last
            .last()
            .ok_or_else(|| Fault::error(at, "there is no content before it in this buffer"))?;
        let fast = Fast {
            inspection,
            check,
            skip: 0,
            length: content.length(),
        };
        Ok((fast, content))
    }

    /// A number, or the name of an extracted one.
    pub(crate) fn operand(&self, word: Word<'_>) -> Result<Operand, Fault> {
        let word = word.trim();
        if let Some(place) = self.variables.iter().position(|name| name == word.text) {
            return Ok(Operand::Variable(u8::try_from(place).unwrap_or(u8::MAX)));
        }
        let is_name = word
            .text
            .starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        if is_name {
            let message = format!("no byte_extract before names {:?}", clipped(word.text));
            return Err(Fault::error(word.at, message));
        }
        signed(word).map(Operand::Number)
    }

    /// A place for a number that will be extracted.
    pub(crate) fn variable(&mut self, word: Word<'_>) -> Result<u8, Fault> {
        let known = self.variables.iter().position(|name| name == word.text);
        let place = match known {
            Some(place) => place,
            None if self.variables.len() < MAX_VARIABLES => {
                self.variables.push(word.text.to_owned());
                self.variables.len() - 1
            }
            None => {
                let message = format!("a rule has more than {MAX_VARIABLES} variables");
                return Err(Fault::error(word.at, message));
            }
        };
        Ok(u8::try_from(place).unwrap_or(u8::MAX))
    }

    /// The finished rule.
    pub(crate) fn finish(mut self) -> Result<Compiled, Fault> {
        if self.rule.sid == 0 {
            return Err(Fault::error(0, "the rule has no sid"));
        }
        for check in self.inspections.iter_mut().flat_map(|one| &mut one.checks) {
            if let Check::Content(content) = check {
                content.prepare();
            }
        }
        self.leave_out_empty();
        if let Some(version) = self.protocol.version {
            self.packet_tests.insert(0, PacketTest::Version(version));
        }
        self.rule.severity = self.priority.unwrap_or(self.rule.severity);
        self.rule.metadata = super::keyword::metadata_json(&self.metadata);
        let application = ApplicationPart::new(&mut self)?;
        let frame = FramePart::new(&mut self)?;
        if application.is_none() && self.flow_changes.contains(&FlowChange::HideTransaction) {
            let message = "config is about transactions, and the rule asks for nothing of one";
            return Err(Fault::unsupported(0, message));
        }
        if self.untracks && (application.is_some() || self.asks_more_than_headers()) {
            let message = "what keeps packets out of flows asks for their headers only";
            return Err(Fault::error(0, message));
        }
        if frame.is_some() && application.is_some() {
            let message = "a rule about frames asks for nothing of payloads and transactions";
            return Err(Fault::unsupported(0, message));
        }
        let gate = self.gate();
        let decides_flow = match self.scope {
            Some(scope) => scope == Scope::Flow,
            None => self.rule.action != Action::Alert && self.concerns_flow(),
        };
        let of_payload = |buffer| buffer == BufferId::Payload;
        let fast = choose_literal(&self.inspections, self.fast, of_payload);
        let anchor = choose_anchor(&self.inspections, of_payload);
        let near = choose_near(&self.inspections, of_payload);
        let twice = self.reads_packet_and_stream();
        Ok(Compiled {
            rule: self.rule,
            protocol: self.protocol,
            direction: self.flow.direction,
            header: self.header,
            gate,
            packet_tests: self.packet_tests.into(),
            flow_tests: self.flow_tests.into(),
            fact_tests: self.fact_tests.into(),
            stream_events: self.stream_events.into(),
            flow_changes: self.flow_changes.into(),
            host_bits: self.host_bits.into(),
            inspections: self.inspections.into(),
            thresholds: self.thresholds,
            suppressions: Vec::new(),
            noalert: self.noalert,
            tags: self.tags.into(),
            decides_flow,
            fast,
            anchor,
            near,
            twice,
            untracks: self.untracks,
            application,
            frame,
        })
    }

    /// Inspections without a check ask nothing; the literal keeps its place.
    fn leave_out_empty(&mut self) {
        if let Some(fast) = &mut self.fast {
            let before = self.inspections.iter().take(fast.inspection);
            fast.inspection -= before.filter(|one| one.checks.is_empty()).count();
        }
        self.inspections.retain(|one| !one.checks.is_empty());
    }

    fn payload_checks(&self) -> impl Iterator<Item = &Check> {
        let payload = |one: &&Inspection| one.source.buffer == BufferId::Payload;
        self.inspections
            .iter()
            .filter(payload)
            .flat_map(|one| &one.checks)
    }

    /// Whether the payload can be that of a stream, and the rule does not say which it means.
    fn may_be_stream(&self) -> bool {
        self.protocol.transports & Transport::Tcp.bit() != 0
            && self.protocol.payload == PayloadKind::Any
            && self.flow.needs & (situation::AS_PACKET | situation::AS_STREAM) == 0
            && self.payload_checks().next().is_some()
    }

    /// Whether it asks for something of one packet, so that its bytes are the packet's as well.
    fn is_of_packet(&self) -> bool {
        let stream = |test: &FactTest| matches!(test, FactTest::Stream(..));
        self.packet_tests.iter().any(PacketTest::is_of_packet) || self.fact_tests.iter().any(stream)
    }

    fn asks_more_than_headers(&self) -> bool {
        !self.inspections.is_empty()
            || !self.flow_tests.is_empty()
            || !self.fact_tests.is_empty()
            || !self.stream_events.is_empty()
            || !self.host_bits.is_empty()
    }

    /// Contents with a place of their own are looked for in packets and in the stream.
    fn reads_packet_and_stream(&self) -> bool {
        let placed = |check: &Check| match check {
            Check::Content(content) => content.is_placed(),
            _ => false,
        };
        self.may_be_stream() && !self.is_of_packet() && self.payload_checks().any(placed)
    }

    /// Rules about addresses alone are asked once per direction of a flow, as are rules that
    /// name just an application protocol.
    fn is_once_per_direction(&self) -> bool {
        let plain = |test: &PacketTest| {
            matches!(
                test,
                PacketTest::IpProtocol(_)
                    | PacketTest::SameAddresses
                    | PacketTest::Version(_)
                    | PacketTest::Reputation(_)
                    | PacketTest::Country(_)
            )
        };
        let reads_state = !self.flow_tests.is_empty()
            || !self.fact_tests.is_empty()
            || !self.stream_events.is_empty()
            || self.host_bits.iter().any(|bit| bit.is_test())
            || self
                .thresholds
                .iter()
                .any(|one| one.kind == super::threshold::Kind::Detection);
        self.inspections.is_empty()
            && self.packet_tests.iter().all(plain)
            && !reads_state
            && self.protocol.payload == PayloadKind::Any
            && self.protocol.layer == Layer::Network
            && (self.flow.needs == 0 || self.protocol.app.is_some())
    }

    fn has_no_ports(&self) -> bool {
        self.header.source_ports.is_none() && self.header.destination_ports.is_none()
    }

    fn concerns_flow(&self) -> bool {
        let tcp_payload = self.protocol.transports & 1 != 0
            && self.protocol.payload != PayloadKind::PacketOnly
            && !self.inspections.is_empty();
        self.is_once_per_direction() || self.protocol.app.is_some() || tcp_payload
    }

    fn gate(&self) -> Gate {
        let mut gate = Gate {
            needs: self.flow.needs,
            tcp_flags_mask: 0,
            tcp_flags: 0,
            least_payload: 0,
            most_payload: u16::MAX,
        };
        if self.protocol.layer == Layer::Network {
            gate.needs |= situation::HAS_IP;
        }
        gate.needs |= match self.protocol.payload {
            PayloadKind::Any => 0,
            PayloadKind::PacketOnly => situation::AS_PACKET,
            PayloadKind::StreamOnly => situation::AS_STREAM,
        };
        if self.may_be_stream() && !self.reads_packet_and_stream() {
            gate.needs |= if self.is_of_packet() {
                situation::AS_PACKET
            } else {
                situation::AS_STREAM
            };
        }
        if gate.needs & situation::AS_STREAM == 0 && self.payload_checks().next().is_none() {
            gate.needs |= situation::AS_PACKET;
        }
        if self.is_once_per_direction() {
            if self.protocol.app.is_some() {
                gate.needs |= situation::FIRST_WITH_APP;
            } else if self.has_no_ports() && self.flow.direction.is_none() {
                gate.needs |= situation::FIRST_IN_DIRECTION;
            }
        }
        for test in &self.packet_tests {
            narrow(&mut gate, test);
        }
        for check in self.payload_checks() {
            let needed = match check {
                Check::Content(content) if !content.negated => content.least_length(),
                Check::ByteTest(_) | Check::ByteExtract(_) | Check::ByteMath(_) => 1,
                _ => 0,
            };
            let needed = u16::try_from(needed).unwrap_or(u16::MAX);
            gate.least_payload = gate.least_payload.max(needed);
        }
        gate
    }
}

fn narrow(gate: &mut Gate, test: &PacketTest) {
    match test {
        PacketTest::Size(size) => {
            let (low, high) = size.bounds();
            let saturated = |value| u16::try_from(value).unwrap_or(u16::MAX);
            gate.least_payload = gate.least_payload.max(saturated(low));
            gate.most_payload = gate.most_payload.min(saturated(high));
        }
        PacketTest::TcpFlags {
            wanted,
            ignored,
            mode,
        } => {
            let mask = match mode {
                BitMode::Exactly => !ignored,
                BitMode::All => *wanted & !ignored,
                BitMode::Any | BitMode::Not => return,
            };
            gate.tcp_flags_mask |= mask;
            gate.tcp_flags |= wanted & mask;
        }
        _ => {}
    }
}

fn empty_rule(action: Action, file: Arc<str>, line: u32) -> Rule {
    Rule {
        action,
        gid: 1,
        sid: 0,
        rev: 0,
        msg: String::new(),
        category: String::new(),
        classtype: String::new(),
        severity: DEFAULT_PRIORITY,
        metadata: String::new(),
        references: Vec::new(),
        target: None::<Target>,
        file,
        line,
    }
}

/// Turns a content relative, once.
pub(crate) fn make_relative(content: &mut Content, at: usize) -> Result<(), Fault> {
    if content.start == Start::Buffer
        && (content.limit.is_some() || content.skip != Operand::Number(0))
    {
        let message = "distance and within do not go with offset, depth or startswith";
        return Err(Fault::error(at, message));
    }
    content.start = Start::LastMatch;
    Ok(())
}
