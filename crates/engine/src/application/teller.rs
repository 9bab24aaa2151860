//! What becomes of what a parser tells: records, anomalies, files, names.

use wirewatch_detect::rules::{FileFacts, FlowNotes};
use wirewatch_flow::Flow;
use wirewatch_proto::{Event, Fact, FilePart, Frame, NamedBy, Sink, Transaction};
use wirewatch_records::{AnomalyRow, Common, Kind, Row, Rows, eve, json};

use super::conversation::{Ledger, Proxied};
use super::file::{ClosedFile, Files, OpenFile};
use super::frames::{Frames, Told};
use super::shared::{self, Expected};
use super::watched::Watched;
use super::{At, Desk, flow_side};
use crate::flow_record;
use crate::origin;
use crate::recogniser;

/// Anomalies of one flow's protocol that are told; a flow made of faults says nothing new after these.
const MAX_ANOMALIES: u16 = 64;
/// Seconds for which an address is known by the name it was addressed under.
const ADDRESSED_FOR_S: u32 = 3_600;

/// The sink of one call of a parser.
pub(crate) struct Teller<'a, 'b> {
    pub(crate) flow: &'a mut Flow,
    pub(crate) files: &'a mut Files,
    /// The spans that the parser names, when anybody wants to know of them.
    pub(crate) frames: Option<&'a mut Frames>,
    pub(crate) anomalies: &'a mut u16,
    pub(crate) ledger: &'a mut Ledger,
    /// Bytes of which rules see what is new with the next packet, since it is something whole.
    pub(crate) watched: &'a mut Watched,
    pub(crate) desk: &'a mut Desk<'b>,
}

/// What records of a flow share, told from one side's point of view.
pub(crate) fn common<'a>(
    flow: &Flow,
    at: &At<'a>,
    side: wirewatch_proto::Side,
    vlans: &'a [u16],
    community_id: Option<&'a wirewatch_flow::CommunityId>,
) -> Common<'a> {
    let ts = at.ts.cast_unsigned();
    let mut common = flow_record::common(flow, ts, vlans, community_id, at.iface());
    common.pcap_cnt = at.number();
    origin::add(&mut common, at.sight);
    if let Some((client, server)) = at.ends {
        (common.src_mac, common.dst_mac) = (Some(client), Some(server));
    }
    if side == wirewatch_proto::Side::Server {
        std::mem::swap(&mut common.src_ip, &mut common.dst_ip);
        std::mem::swap(&mut common.src_port, &mut common.dst_port);
        if at.ends.is_some() {
            std::mem::swap(&mut common.src_mac, &mut common.dst_mac);
        }
    }
    common
}

/// What records that belong to a transaction tell of it: an object of its own records' members,
/// empty when it has none.
pub(crate) fn members(transaction: &dyn Transaction) -> String {
    let mut all = Vec::from(b"{");
    let mut one = Vec::new();
    transaction.row(&mut |row| {
        // Kinds that only Zeek has would tell the same twice.
        if row.kind().in_eve() {
            one.clear();
            eve::own_members(row, &mut one);
            json::splice(&mut all, std::str::from_utf8(&one).unwrap_or_default());
        }
    });
    if all.pop() != Some(b',') {
        return String::new();
    }
    all.push(b'}');
    String::from_utf8(all).unwrap_or_default()
}

impl Teller<'_, '_> {
    /// Lets detection look at a name.
    fn named(&mut self, name: &[u8], source: NamedBy) {
        if let Some((judge, at, mut out)) = self.desk.judge() {
            judge.named(name, source, &at, self.flow, &mut out);
        }
    }

    /// The flow's server was called by a name.
    fn called(&mut self, name: &[u8], source: NamedBy) {
        let (server, ts) = (self.flow.server_ip(), self.desk.at.ts);
        let shared = self.desk.shared;
        shared.name_address(server, name, ADDRESSED_FOR_S, source, ts);
        if self.ledger.called.is_none() {
            self.ledger.called = shared::text(name).map(Box::from);
        }
    }

    /// A file is over: rules see it, and its record is put out.
    fn closed(
        &mut self,
        mut file: ClosedFile,
        transaction: &dyn Transaction,
        side: wirewatch_proto::Side,
    ) {
        if self.desk.at.ways.files.rules {
            let facts = file.facts();
            let store = show_file(&facts, Some(transaction), side, self.flow, self.desk);
            file.keep(store);
        }
        file.tell(self.flow, self.desk, Some(transaction));
    }

    /// Transactions are numbered from 0.
    fn count(&mut self, id: u64) {
        let count = u32::try_from(id).unwrap_or(u32::MAX).saturating_add(1);
        self.ledger.transactions = self.ledger.transactions.max(count);
    }

    /// Whether a rule keeps records of this transaction back.
    fn is_hidden(&self, transaction: Option<u64>) -> bool {
        let judge = self.desk.judge.as_deref();
        judge
            .zip(transaction)
            .is_some_and(|(judge, id)| judge.hides(self.flow, id))
    }

    fn push(&mut self, side: wirewatch_proto::Side, row: &Row<'_>) {
        put(self.flow, self.desk, side, row);
    }
}

/// Puts out a record about a flow.
pub(crate) fn put(flow: &Flow, desk: &mut Desk<'_>, side: wirewatch_proto::Side, row: &Row<'_>) {
    if !desk.emitter.wants(row.kind()) {
        return;
    }
    let id = desk.at.ways.community_id(flow);
    let vlans = desk.at.vlans(flow);
    let vlans = flow_record::vlans(&vlans);
    let notes = match desk.judge.as_deref() {
        Some(judge) if desk.at.ways.flow_variables => judge.notes(flow),
        _ => FlowNotes::default(),
    };
    let mut common = common(flow, &desk.at, side, vlans, id.as_ref());
    common.flow_vars = notes.vars.as_deref();
    common.flow_traffic = notes.traffic.as_deref();
    desk.emitter.is_turned = side == wirewatch_proto::Side::Server;
    desk.emitter.push(&common, row);
    desk.emitter.is_turned = false;
}

/// Tells of something about what a flow speaks.
#[cold]
pub(crate) fn flow_event(
    event: &Event,
    flow: &mut Flow,
    desk: &mut Desk<'_>,
    side: wirewatch_proto::Side,
) {
    desk.shared.count_anomaly();
    desk.tally.anomaly(event.code);
    let name = event.code.to_ascii_uppercase();
    let row = AnomalyRow {
        parser: recogniser::app_name(flow),
        anomaly_type: "applayer",
        event: &name,
        layer: Some("proto_detect"),
        ..AnomalyRow::default()
    };
    put(flow, desk, side, &row.into());
    if let Some((judge, at, mut out)) = desk.judge()
        && let Some(sight) = at.sight
    {
        judge.stream_event(event.code, sight, flow, &mut out);
    }
}

/// Shows rules a file; true when one of them wants it kept.
pub(crate) fn show_file(
    facts: &FileFacts<'_>,
    transaction: Option<&dyn Transaction>,
    side: wirewatch_proto::Side,
    flow: &mut Flow,
    desk: &mut Desk<'_>,
) -> bool {
    let Some((judge, at, mut out)) = desk.judge() else {
        return false;
    };
    judge.file(facts, transaction, side, &at, flow, &mut out)
}

impl Sink for Teller<'_, '_> {
    fn time(&self) -> i64 {
        self.desk.at.ts
    }

    fn wants(&self, kind: Kind) -> bool {
        self.desk.emitter.wants(kind)
    }

    fn progress(&mut self, transaction: &dyn Transaction, side: wirewatch_proto::Side) {
        self.count(transaction.id());
        if transaction.progress(side) == wirewatch_proto::COMPLETE {
            self.watched.hurry(flow_side(side));
        }
        if let Some((judge, at, mut out)) = self.desk.judge() {
            judge.transaction(transaction, side, &at, self.flow, &mut out);
        }
    }

    fn record(&mut self, transaction: Option<u64>, side: wirewatch_proto::Side, row: &Row<'_>) {
        if let Some(id) = transaction {
            self.count(id);
            if let Some(judge) = self.desk.judge.as_deref_mut()
                && judge.guesses()
            {
                judge.transaction_told(id, self.flow);
            }
        }
        if self.is_hidden(transaction) {
            return;
        }
        self.push(side, row);
    }

    fn anomaly(
        &mut self,
        transaction: Option<u64>,
        side: wirewatch_proto::Side,
        event: &'static Event,
    ) {
        self.desk.shared.count_anomaly();
        self.desk.tally.anomaly(event.code);
        *self.anomalies = self.anomalies.saturating_add(1);
        if *self.anomalies > MAX_ANOMALIES || self.is_hidden(transaction) {
            return;
        }
        // EVE names the protocol beside the event; those of some protocols are in capitals there.
        let (protocol, name) = event.code.split_once('.').unwrap_or(("", event.code));
        let capitals = match protocol {
            "http" | "smtp" | "tls" => name.to_ascii_uppercase(),
            _ => String::new(),
        };
        let row = AnomalyRow {
            tx_id: transaction,
            parser: recogniser::app_name(self.flow),
            anomaly_type: "applayer",
            event: if capitals.is_empty() { name } else { &capitals },
            layer: Some("proto_parser"),
            ..AnomalyRow::default()
        };
        self.push(side, &row.into());
    }

    fn file(
        &mut self,
        transaction: &dyn Transaction,
        side: wirewatch_proto::Side,
        file: u32,
        part: FilePart<'_>,
    ) {
        let ways = &self.desk.at.ways.files;
        let closed = self.files.part(ways, transaction.id(), side, file, part);
        if let Some(mut closed) = closed {
            let whole = closed.take_part().and_then(|part| {
                let begin =
                    |number| OpenFile::new(ways, transaction.id(), side, number, closed.name());
                self.desk
                    .shared
                    .wholes
                    .add(part, self.desk.at.ts, ways, begin)
            });
            self.closed(closed, transaction, side);
            if let Some(whole) = whole {
                self.closed(ClosedFile::new(whole, true), transaction, side);
            }
        } else if ways.rules
            && let Some(facts) = self.files.ripe(file)
        {
            let store = show_file(&facts, Some(transaction), side, self.flow, self.desk);
            self.files.keep(file, store);
        }
    }

    #[inline]
    fn frame(&mut self, frame: Frame<'_>) {
        if let Some(frames) = &mut self.frames {
            let mut told = Told {
                flow: self.flow,
                files: self.files,
                desk: self.desk,
                transaction: frame.transaction,
                parser: None,
            };
            frames.begin(&frame, &mut told);
        }
    }

    #[inline]
    fn frame_end(
        &mut self,
        kind: u8,
        side: wirewatch_proto::Side,
        rest: usize,
        transaction: Option<&dyn Transaction>,
    ) {
        if let Some(frames) = &mut self.frames {
            let mut told = Told {
                flow: self.flow,
                files: self.files,
                desk: self.desk,
                transaction,
                parser: None,
            };
            frames.end(side, kind, rest, &mut told);
        }
    }

    fn learn(&mut self, fact: Fact<'_>) {
        match fact {
            Fact::Expect {
                server,
                port,
                name,
                about,
            } => {
                let expected = Expected::new(name, about, self.desk.at.ts);
                self.desk.shared.expect(server, port, expected);
            }
            Fact::Proxied { client, server } => {
                self.ledger.proxied = Some(Box::new(Proxied { client, server }));
            }
            Fact::Speaks(name) => {
                let number = recogniser::number(name, recogniser::transport(self.flow));
                if number != 0 {
                    self.flow.app = number;
                }
            }
            Fact::AddressName {
                address,
                name,
                ttl,
                source,
            } => self
                .desk
                .shared
                .name_address(address, name, ttl, source, self.desk.at.ts),
            Fact::ServerName { name, source } => {
                if !self.ledger.is_passed_on {
                    self.called(name, source);
                }
                self.named(name, source);
            }
            Fact::LeaseAsked { of, name } => {
                self.desk.shared.lease_asked(of, name, self.desk.at.ts);
            }
            Fact::LeaseGranted { of, address, ttl } => {
                let ts = self.desk.at.ts;
                self.desk.shared.lease_granted(of, address, ttl, ts);
            }
            Fact::Asked { name, source } => self.named(name, source),
            Fact::Login {
                user,
                plain_password,
                ..
            } => {
                if plain_password {
                    self.desk.shared.plain_password(self.flow, user);
                }
            }
            Fact::Certificate { subject, not_after } => {
                let server = self.flow.server_ip();
                self.desk
                    .shared
                    .notable()
                    .certificate(server, subject, not_after);
            }
        }
    }
}
