//! Why a rule does not match: its conditions one after the other, without the prefilter.

use wirewatch_proto::Side;

use super::super::application::ApplicationPart;
use super::super::buffer::{BufferId, Inspected};
use super::super::check::{Check, Content, MAX_STEPS, Operand, RegexCopies, Start};
use super::super::compiled::{Compiled, Inspection as CompiledInspection, situation};
use super::super::facts::FlowFacts;
use super::super::field::Fields;
use super::super::packet_test::PacketTest;
use super::super::protocol::Transport;
use super::super::set::RuleSet;
use super::super::state::{FlowRules, FlowTest, RuleState};
use super::super::watch::{Occasion, Watch};
use super::conclude::Scene;
use super::inspection::{Inspection, Viewed, number_at};
use super::transaction::turned;
use super::{Direction, FileFacts, Matcher, PacketView, payload_size};

/// How far a rule got: conditions that are met, then the first that is not.
#[derive(Default)]
struct Steps {
    met: usize,
    failed: Option<String>,
}

impl Steps {
    /// Counts a condition; false when it, or one before it, is not met.
    fn ask(&mut self, holds: bool, condition: impl FnOnce() -> String) -> bool {
        if self.failed.is_some() {
            return false;
        }
        if holds {
            self.met += 1;
        } else {
            self.failed = Some(condition());
        }
        holds
    }
}

impl Matcher {
    /// Explains rules at a packet or a part of a stream.
    #[cold]
    pub(super) fn explain_packet(
        &mut self,
        packet: &PacketView<'_>,
        situation: u8,
        flow: &FlowRules,
        now: i64,
        what: &'static str,
    ) {
        self.explain(|known, compiled, regexes| {
            if !compiled.concerns_packets() {
                return None;
            }
            let mut steps = Steps::default();
            of_header(&mut steps, compiled, packet);
            of_gate(&mut steps, compiled, packet, situation);
            of_state(&mut steps, compiled, &known.scene(packet, now), flow);
            let mut budget = MAX_STEPS;
            let mut inspection = Inspection::new(known.rules, regexes, &mut budget);
            of_bytes(
                &mut steps,
                &mut inspection,
                compiled,
                known.rules,
                |one, place, checks| {
                    let source = place.source;
                    match source.buffer {
                        BufferId::Field(_) => true,
                        BufferId::Payload if checks.is_empty() => {
                            Inspected::of(BufferId::Payload, packet).is_some()
                        }
                        buffer => one.packet_buffer(buffer, source.transforms, checks, packet),
                    }
                },
            );
            Some((steps, what, None))
        });
    }

    /// Explains rules at a transaction that has come further.
    #[cold]
    pub(super) fn explain_transaction(
        &mut self,
        viewed: Viewed<'_>,
        view: &PacketView<'_>,
        flow: &FlowRules,
        now: i64,
    ) {
        let side = viewed.side;
        let turned = turned(view, side);
        let view = PacketView {
            datagram: turned.as_ref().unwrap_or(view.datagram),
            direction: Some(Direction::of(side)),
            ..*view
        };
        self.explain(|known, compiled, regexes| {
            let part = compiled.application.as_deref()?;
            let both = part.asked.both_sides;
            let viewed = Viewed {
                side: if both { Side::Client } else { side },
                ..viewed
            };
            let mut steps = Steps::default();
            let stage = part.stage(viewed.application, viewed.side);
            steps.ask(stage.is_some(), || {
                "it asks for fields that this side's transactions of the protocol do not have"
                    .into()
            });
            of_header(&mut steps, compiled, &view);
            steps.ask(
                stage.is_some_and(|stage| stage.is_reached(viewed.tx)),
                || {
                    "the transaction has not come so far that all fields it asks for are final"
                        .into()
                },
            );
            of_establishment(&mut steps, compiled, &view);
            of_state(&mut steps, compiled, &known.scene(&view, now), flow);
            let mut budget = MAX_STEPS;
            let mut inspection = Inspection::new(known.rules, regexes, &mut budget);
            let fields = &known.rules.applications.fields;
            of_asked(&mut steps, &inspection, part, viewed, fields);
            of_bytes(
                &mut steps,
                &mut inspection,
                compiled,
                known.rules,
                |one, place, checks| {
                    let source = place.source;
                    match source.buffer {
                        BufferId::Payload => true,
                        BufferId::Field(field) => {
                            one.field(field, source.transforms, checks, viewed)
                        }
                        buffer => one.packet_buffer(buffer, source.transforms, checks, &view),
                    }
                },
            );
            Some((steps, "transaction", Some(viewed.tx.id())))
        });
    }

    /// Explains rules at a file.
    #[cold]
    pub(super) fn explain_file(
        &mut self,
        viewed: Option<Viewed<'_>>,
        file: &FileFacts<'_>,
        view: &PacketView<'_>,
        flow: &FlowRules,
        now: i64,
    ) {
        self.explain(|known, compiled, regexes| {
            let part = compiled
                .application
                .as_deref()
                .filter(|part| part.of_file)?;
            let mut steps = Steps::default();
            of_header(&mut steps, compiled, view);
            of_establishment(&mut steps, compiled, view);
            of_state(&mut steps, compiled, &known.scene(view, now), flow);
            for test in &part.asked.files {
                steps.ask(file.meets(test), || {
                    "what it asks of a file's size, name or hash".into()
                });
            }
            let mut budget = MAX_STEPS;
            let mut inspection = Inspection::new(known.rules, regexes, &mut budget);
            of_bytes(
                &mut steps,
                &mut inspection,
                compiled,
                known.rules,
                |one, place, checks| {
                    let source = place.source;
                    let BufferId::Field(field) = source.buffer else {
                        return false;
                    };
                    match (file.buffer(field), viewed) {
                        (Some(bytes), _) => one.bytes(bytes.into(), source.transforms, checks),
                        (None, Some(viewed)) => one.field(field, source.transforms, checks, viewed),
                        (None, None) => false,
                    }
                },
            );
            Some((steps, "file", viewed.map(|viewed| viewed.tx.id())))
        });
    }

    /// Lets `explain` ask each rule that is to be explained, and notes what it says.
    fn explain(
        &mut self,
        explain: impl Fn(&Known<'_>, &Compiled, &mut RegexCopies) -> Option<Told>,
    ) {
        let Some(mut watch) = self.watch.take() else {
            return;
        };
        let known = Known {
            rules: &self.rules,
            state: &self.state,
            facts: &self.facts,
        };
        for number in watch.explained() {
            let compiled = self.rules.rules.get(number as usize);
            let told = compiled.and_then(|one| explain(&known, one, &mut self.regexes));
            if let Some(told) = told {
                note(&mut watch, number, told);
            }
        }
        self.watch = Some(watch);
    }
}

/// How far a rule got, of what, and of which transaction.
type Told = (Steps, &'static str, Option<u64>);

/// What rules are asked with, the packet apart.
struct Known<'a> {
    rules: &'a RuleSet,
    state: &'a RuleState,
    facts: &'a FlowFacts,
}

impl<'a> Known<'a> {
    fn scene<'b>(&'b self, packet: &'b PacketView<'b>, now: i64) -> Scene<'b>
    where
        'a: 'b,
    {
        Scene {
            packet,
            now,
            state: self.state,
            facts: self.facts,
        }
    }
}

fn note(watch: &mut Watch, rule: u32, (steps, what, transaction): Told) {
    let occasion = Occasion {
        packet: watch.packet,
        what,
        transaction,
    };
    let condition = steps.failed.unwrap_or_default();
    watch.asked(rule, occasion, steps.met, &condition);
}

fn of_header(steps: &mut Steps, compiled: &Compiled, packet: &PacketView<'_>) {
    let datagram = packet.datagram;
    let transport = Transport::of(datagram).bit();
    steps.ask(compiled.protocol.transports & transport != 0, || {
        "the rule's protocol is another than the packet's".into()
    });
    let app = compiled.protocol.app;
    let covered = app.is_none_or(|app| packet.app_protocol.is_some_and(|is| app.covers(is)));
    steps.ask(covered, || {
        let is = packet.app_protocol.map_or("not known", |app| app.name());
        let wanted = app.map_or("", |app| app.name());
        format!("the application protocol is to be {wanted}, and is {is}")
    });
    let way = compiled.direction;
    let right = way.is_none_or(|way| packet.direction.is_none_or(|is| is == way));
    steps.ask(right, || {
        let name = match way {
            Some(Direction::ToClient) => "to the client",
            _ => "to the server",
        };
        format!("only what goes {name} is asked")
    });
    let header = &compiled.header;
    let has_ports = matches!(datagram.protocol, 6 | 17 | 132) && datagram.has_transport;
    if !header.covers(datagram, has_ports) {
        let mut ports = header.clone();
        (ports.source, ports.destination) = (None, None);
        steps.ask(ports.covers(datagram, has_ports), || {
            "the rule's ports".into()
        });
        steps.ask(false, || "the rule's addresses".into());
    }
    steps.ask(true, String::new);
}

fn of_establishment(steps: &mut Steps, compiled: &Compiled, packet: &PacketView<'_>) {
    let is = if packet.established {
        situation::ESTABLISHED
    } else {
        situation::NOT_ESTABLISHED
    };
    let asked = compiled.gate.needs & (situation::ESTABLISHED | situation::NOT_ESTABLISHED);
    steps.ask(asked & !is == 0, || {
        "flow: whether the connection is established".into()
    });
}

fn of_gate(steps: &mut Steps, compiled: &Compiled, packet: &PacketView<'_>, situation: u8) {
    of_establishment(steps, compiled, packet);
    let gate = compiled.gate;
    let missing = gate.needs & !situation;
    steps.ask(missing & situation::AS_STREAM == 0, || {
        "it is asked of streams put together, not of segments".into()
    });
    steps.ask(missing & situation::AS_PACKET == 0, || {
        "it is asked of packets, not of streams put together".into()
    });
    let once = situation::FIRST_IN_DIRECTION | situation::FIRST_WITH_APP;
    steps.ask(missing & once == 0, || {
        "it is asked once per direction of a flow, which was before".into()
    });
    let flags = packet.datagram.tcp.flags;
    steps.ask(flags & gate.tcp_flags_mask == gate.tcp_flags, || {
        "flags: the TCP flags".into()
    });
    let size = payload_size(packet);
    steps.ask(gate.least_payload <= size, || {
        let least = gate.least_payload;
        format!("the payload is to have {least} bytes at least, and has {size}")
    });
    steps.ask(size <= gate.most_payload, || {
        let most = gate.most_payload;
        format!("the payload is to have {most} bytes at most, and has {size}")
    });
}

fn of_state(steps: &mut Steps, compiled: &Compiled, scene: &Scene<'_>, flow: &FlowRules) {
    for test in &compiled.packet_tests {
        steps.ask(test.holds(scene.packet), || describe_packet_test(test));
    }
    for test in &compiled.flow_tests {
        steps.ask(test.holds(flow, scene.now), || {
            match test {
                FlowTest::Bits { set: true, .. } => "flowbits: the bit is not set",
                FlowTest::Bits { set: false, .. } => "flowbits: the bit is set",
                FlowTest::TransactionBit { .. } => "xbits: the transaction's bit is not as asked",
                FlowTest::Variable {
                    of_packet: true, ..
                } => "pktvar: no such value was captured of the packet",
                FlowTest::Variable { .. } => "flowvar: no such value was captured of the flow",
                FlowTest::IntegerSet { .. } | FlowTest::Integer { .. } => {
                    "flowint: the number is not as asked"
                }
            }
            .into()
        });
    }
    for test in &compiled.fact_tests {
        steps.ask(test.holds(scene.facts), || {
            "the flow's size or age is not as asked".into()
        });
    }
    for bit in compiled.host_bits.iter().filter(|bit| bit.is_test()) {
        let holds = bit.holds(scene.packet.datagram, scene.now, scene.state);
        steps.ask(holds, || {
            "xbits or hostbits: the bit is not as asked".into()
        });
    }
}

fn of_asked(
    steps: &mut Steps,
    inspection: &Inspection<'_>,
    part: &ApplicationPart,
    viewed: Viewed<'_>,
    fields: &Fields,
) {
    for test in &part.asked.numbers {
        steps.ask(inspection.number_holds(test, viewed), || {
            describe_number(test.field, viewed, fields)
        });
    }
    let events = viewed.tx.events();
    for code in &part.asked.events {
        let there = events.iter().any(|event| event.code == &**code);
        steps.ask(there, || format!("app-layer-event: {code} did not happen"));
    }
}

/// Buffers one after the other; of the first that does not fit, the first check that fails.
fn of_bytes<'r>(
    steps: &mut Steps,
    inspection: &mut Inspection<'r>,
    compiled: &Compiled,
    rules: &RuleSet,
    mut holds: impl FnMut(&mut Inspection<'r>, &CompiledInspection, &[Check]) -> bool,
) {
    for place in &compiled.inspections {
        if steps.failed.is_some() {
            return;
        }
        if holds(inspection, place, &place.checks) {
            steps.met += place.checks.len();
            continue;
        }
        let name = buffer_name(place.source.buffer, &rules.applications.fields);
        if !holds(inspection, place, &[]) {
            steps.ask(false, || format!("there is no {name}"));
            return;
        }
        for end in 1..=place.checks.len() {
            let checks = place.checks.get(..end).unwrap_or_default();
            let is_met = holds(inspection, place, checks);
            steps.ask(is_met, || {
                let failing = checks.last().map(|check| describe(check, rules));
                format!("{name}: {}", failing.unwrap_or_default())
            });
        }
    }
}

/// What a number is instead of as asked.
fn describe_number(field: u16, viewed: Viewed<'_>, fields: &Fields) -> String {
    /// Values that are told.
    const SHOWN: usize = 4;
    let name = fields.number_name(field);
    let place = fields.number_place(field, viewed.application);
    let value = |index| number_at(viewed, place?, index);
    let values: Vec<String> = (0..SHOWN)
        .map_while(|index| value(index).map(|value| value.to_string()))
        .collect();
    if values.is_empty() {
        return format!("there is no {name}");
    }
    let more = if value(SHOWN).is_some() { ", ..." } else { "" };
    format!(
        "{name} is {}{more}, which is not as asked",
        values.join(", ")
    )
}

fn buffer_name(buffer: BufferId, fields: &Fields) -> &'static str {
    match buffer {
        BufferId::Payload => "payload",
        BufferId::Ipv4Header => "ipv4.hdr",
        BufferId::Ipv6Header => "ipv6.hdr",
        BufferId::TcpHeader => "tcp.hdr",
        BufferId::UdpHeader => "udp.hdr",
        BufferId::Icmpv4Header => "icmpv4.hdr",
        BufferId::IgmpHeader => "igmp.hdr",
        BufferId::EthernetHeader => "ether.hdr",
        BufferId::VlanTags => "vlan.hdr",
        BufferId::Icmpv6Header => "icmpv6.hdr",
        BufferId::Source => "ip.src",
        BufferId::Destination => "ip.dst",
        BufferId::Base64 => "base64_data",
        BufferId::Field(field) => fields.buffer_name(field),
        #[allow(unreachable_patterns, reason = "buffers may be added")]
        _ => "buffer",
    }
}

fn describe(check: &Check, rules: &RuleSet) -> String {
    match check {
        Check::Content(content) => describe_content(content),
        Check::Pcre(pcre) => {
            let is = if pcre.negated {
                "matches"
            } else {
                "does not match"
            };
            format!("the expression /{}/ {is}", rules.regexes.pattern(pcre))
        }
        Check::DataAt(_) => "isdataat does not hold".into(),
        Check::ByteTest(_) => "byte_test does not hold".into(),
        Check::ByteJump(_) => "byte_jump leads out of the bytes".into(),
        Check::ByteExtract(_) => "byte_extract finds no number".into(),
        Check::ByteMath(_) => "byte_math finds no number".into(),
        Check::Size(_) => "its length is not as asked".into(),
        Check::Absent { .. } => "it is there, and is to be absent".into(),
        Check::Base64(_) => "base64_decode finds nothing to decode".into(),
        Check::Dataset(_) => "the data set does not say so".into(),
        Check::Entropy(_) => "its entropy is not as asked".into(),
        Check::Asn1(_) => "its ASN.1 has none of the faults".into(),
        #[allow(unreachable_patterns, reason = "checks may be added")]
        _ => "a condition does not hold".into(),
    }
}

fn describe_content(content: &Content) -> String {
    use std::fmt::Write as _;
    let mut text = String::from("the content \"");
    let mut in_hex = false;
    for byte in &content.pattern {
        let plain = matches!(byte, b' '..=b'~') && !matches!(byte, b'|' | b'"' | b';' | b'\\');
        if plain == in_hex {
            text.push('|');
            in_hex = !plain;
        } else if in_hex {
            text.push(' ');
        }
        if plain {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "{byte:02x}");
        }
    }
    text.push_str(if in_hex { "|\"" } else { "\"" });
    let (skip, limit) = match content.start {
        Start::Buffer => ("offset", "depth"),
        Start::LastMatch => ("distance", "within"),
    };
    if let Operand::Number(number) = content.skip
        && number != 0
    {
        let _ = write!(text, " {skip} {number}");
    }
    if let Some(Operand::Number(number)) = content.limit {
        let _ = write!(text, " {limit} {number}");
    }
    if content.endswith {
        text.push_str(" at the end");
    }
    text.push_str(if content.negated {
        " is there"
    } else {
        " is not there"
    });
    text
}

/// A packet test by its own name and what it wants.
fn describe_packet_test(test: &PacketTest) -> String {
    match test {
        PacketTest::Version(version) => format!("the packet is not of IP version {version}"),
        PacketTest::Size(size) => format!("dsize: the payload's size is not {size:?}"),
        other => format!("the header test {other:?} does not hold"),
    }
}
