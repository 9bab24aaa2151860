//! A protocol made up for tests: a question and an answer, each in a few steps.

use std::borrow::Cow;

use wirewatch_proto::{
    Application, COMPLETE, Event, Facts, Field, Next, Parser, Side, Sink, Transaction,
};

use super::super::{FlowRules, LoadOptions, MatchInfo, Matcher, Rule, RuleSet};
use super::packet::TestPacket;

/// Progress from which on a side's first line is final.
pub(super) const LINE: u8 = 1;
/// Progress from which on its headers are.
pub(super) const HEADERS: u8 = 2;
/// Progress from which on its body is.
pub(super) const BODY: u8 = 3;

const fn field(name: &'static str, side: Option<Side>, progress: u8, many: bool) -> Field {
    Field {
        name,
        side,
        progress,
        many,
    }
}

pub(super) static ODD: Event = Event {
    code: "http.odd",
    description: "Something odd.",
};

/// Named as web traffic, so that rules' headers can name it.
pub(super) static FAKE: Application = Application {
    names: &["http"],
    new: |_: &Facts| Box::new(Silent),
    frames: &["request", "data.part", "http.part"],
    buffers: &[
        field("http.method", Some(Side::Client), LINE, false),
        field("http.uri", Some(Side::Client), LINE, false),
        field("http.header", None, HEADERS, false),
        field("http.request_header", Some(Side::Client), HEADERS, true),
        field("http.request_body", Some(Side::Client), BODY, false),
        field("http.stat_code", Some(Side::Server), LINE, false),
        field("file.data", None, BODY, false),
        field("dcerpc.iface", None, LINE, true),
        field("ldap.responses.dn", Some(Side::Server), LINE, true),
        field("ike.chosen_sa_attribute", Some(Side::Server), LINE, true),
    ],
    numbers: &[
        field("http.number", Some(Side::Client), LINE, true),
        field("mqtt.flags", Some(Side::Client), LINE, false),
        field("dnp3_obj", None, LINE, true),
        field("cip_service", None, LINE, true),
        field("enip.cip_class", None, LINE, true),
        field("tls.hello", None, LINE, false),
        field("tls.key_exchange", None, HEADERS, false),
        field("modbus.function", Some(Side::Client), LINE, false),
        field("modbus.address", Some(Side::Client), LINE, false),
        field("modbus.last_address", Some(Side::Client), LINE, false),
        field("modbus.write", Some(Side::Client), LINE, true),
        field("enip.cip_attribute", None, LINE, true),
        field("ldap.responses.operation", Some(Side::Server), LINE, true),
        field("krb5.ticket_encryption", Some(Side::Server), LINE, false),
        field("tls_cert_notafter", None, LINE, false),
        field("dnp3_func", None, LINE, false),
        field("nfs_procedure", None, LINE, false),
    ],
    events: &[Event {
        code: "http.odd",
        description: "Something odd.",
    }],
};

/// A second one that shares a name with the first.
pub(super) static OTHER: Application = Application {
    names: &["http2"],
    new: |_: &Facts| Box::new(Silent),
    frames: &[],
    buffers: &[
        field("http2.only", Some(Side::Client), LINE, false),
        field("http.uri", Some(Side::Client), BODY, false),
    ],
    numbers: &[],
    events: &[],
};

pub(super) static APPLICATIONS: &[&Application] = &[&FAKE, &OTHER];

struct Silent;

impl Parser for Silent {
    fn data(&mut self, _: Side, _: &[u8], _: &mut dyn Sink) -> Next {
        Next::Done
    }
    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }
    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}

/// A transaction whose values stand in a table.
#[derive(Debug, Clone)]
pub(super) struct FakeTransaction {
    pub(super) application: &'static Application,
    pub(super) id: u64,
    pub(super) progress: [u8; 2],
    /// Name, side, values.
    pub(super) values: Vec<(&'static str, Side, Vec<Vec<u8>>)>,
    pub(super) numbers: Vec<(&'static str, Vec<u64>)>,
    pub(super) events: Vec<&'static Event>,
    /// Whether the server may add values until it is complete.
    pub(super) grows: bool,
}

impl FakeTransaction {
    pub(super) fn new() -> Self {
        Self {
            application: &FAKE,
            id: 0,
            progress: [0; 2],
            values: Vec::new(),
            numbers: Vec::new(),
            events: Vec::new(),
            grows: false,
        }
    }

    /// A request with this path.
    pub(super) fn get(uri: &str) -> Self {
        Self::new()
            .with("http.method", Side::Client, "GET")
            .with("http.uri", Side::Client, uri)
    }

    pub(super) fn with(mut self, name: &'static str, side: Side, value: &str) -> Self {
        self.values
            .push((name, side, vec![value.as_bytes().to_vec()]));
        self
    }

    pub(super) fn with_many(mut self, name: &'static str, side: Side, values: &[&str]) -> Self {
        let values = values.iter().map(|value| value.as_bytes().to_vec());
        self.values.push((name, side, values.collect()));
        self
    }

    pub(super) fn with_numbers(mut self, name: &'static str, values: &[u64]) -> Self {
        self.numbers.push((name, values.to_vec()));
        self
    }

    pub(super) fn at(mut self, side: Side, progress: u8) -> Self {
        self.progress[side as usize] = progress;
        self
    }
}

impl Transaction for FakeTransaction {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        self.application
    }

    fn progress(&self, side: Side) -> u8 {
        self.progress[side as usize]
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        let field = self.application.buffers[buffer];
        let of = field.side.unwrap_or(side);
        assert!(
            self.progress[of as usize] >= field.progress,
            "{} is asked for before it is final",
            field.name
        );
        let mut values = self.values.iter();
        let (.., values) = values.find(|(name, sent, _)| *name == field.name && *sent == of)?;
        values.get(index).map(|value| value.as_slice().into())
    }

    fn number(&self, number: usize, _: Side, index: usize) -> Option<u64> {
        let name = self.application.numbers[number].name;
        let (_, values) = self.numbers.iter().find(|(known, _)| *known == name)?;
        values.get(index).copied()
    }

    fn grows(&self, side: Side) -> bool {
        self.grows && side == Side::Server && self.progress(side) < COMPLETE
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, _: &mut dyn FnMut(&wirewatch_records::Row<'_>)) {}
}

/// Reads rules about the made-up protocols.
pub(super) fn read(text: &str) -> (RuleSet, Vec<super::Problem>) {
    let options = LoadOptions {
        applications: APPLICATIONS,
        alerts_per_packet: 1_000,
        ..LoadOptions::default()
    };
    RuleSet::from_text("test.rules", text, &options)
}

/// One flow's transactions through one matcher.
pub(super) struct Exchange {
    pub(super) matcher: Matcher,
    pub(super) flow: FlowRules,
    pub(super) packet: TestPacket,
}

impl Exchange {
    pub(super) fn new(rules: &str) -> Self {
        let (set, problems) = read(rules);
        assert_eq!(problems, [], "in {rules}");
        Self {
            matcher: Matcher::new(std::sync::Arc::new(set)),
            flow: FlowRules::default(),
            packet: TestPacket::tcp(b"").of_app("http"),
        }
    }

    /// The sids that a step of a transaction alerts.
    pub(super) fn step(&mut self, tx: &FakeTransaction, side: Side) -> Vec<u32> {
        let found = self.step_with_info(tx, side);
        found.into_iter().map(|(sid, _)| sid).collect()
    }

    /// The sids about a side that has nothing more to say that events of the other's alert.
    pub(super) fn late_events(&mut self, tx: &FakeTransaction, side: Side) -> Vec<u32> {
        let mut found = Vec::new();
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
        let packet = self.packet.clone();
        packet.view(|view| {
            self.matcher
                .late_events(tx, side, &view, &mut self.flow, packet.ts, tell);
        });
        found
    }

    /// The sids that a packet alerts.
    pub(super) fn inspect(&mut self, packet: &TestPacket) -> Vec<u32> {
        let mut found = Vec::new();
        let tell = &mut |rule: &Rule, _: MatchInfo<'_>| found.push(rule.sid);
        packet.view(|view| self.matcher.inspect(&view, &mut self.flow, packet.ts, tell));
        found
    }

    pub(super) fn step_with_info(
        &mut self,
        tx: &FakeTransaction,
        side: Side,
    ) -> Vec<(u32, Option<u64>)> {
        let mut found = Vec::new();
        let tell = &mut |rule: &Rule, info: MatchInfo<'_>| found.push((rule.sid, info.transaction));
        let packet = match side {
            Side::Client => self.packet.clone(),
            Side::Server => self.packet.clone().turned_round(),
        };
        packet.view(|view| {
            self.matcher
                .transaction(tx, side, &view, &mut self.flow, packet.ts, tell);
        });
        found
    }
}

/// Whether a whole request and response with these values match a rule with these options.
pub(super) fn matches(options: &str, tx: FakeTransaction) -> bool {
    let rule = format!("alert http any any -> any any ({options} sid:1;)");
    let mut exchange = Exchange::new(&rule);
    let request = tx.at(Side::Client, COMPLETE);
    let asked = exchange.step(&request, Side::Client);
    let answered = exchange.step(&request.at(Side::Server, COMPLETE), Side::Server);
    !asked.is_empty() || !answered.is_empty()
}
