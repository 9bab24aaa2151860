//! The alert of a rule: what a match makes known, and its record.

use std::net::IpAddr;

use wirewatch_detect::rules::{
    Action, FileFacts, FileState, FlowNotes, FlowRules, MatchInfo, Notes, Rule, RuleSet,
};
use wirewatch_flow::{Flow, Side};
use wirewatch_proto::{Application, Transaction};
use wirewatch_records::{AlertRow, Common, json};

use super::guess::Guess;
use super::{Out, put, rules::ends, with_flow, xff};
use crate::application::{At, Shown, members};
use crate::flow_record;
use crate::origin;
use crate::packet_record;

/// What an alert is about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) at: &'a At<'a>,
    pub(super) flow: Option<&'a Flow>,
    /// Which way the bytes went.
    pub(super) side: Option<Side>,
    pub(super) payload: &'a [u8],
    pub(super) transaction: Option<&'a dyn Transaction>,
    pub(super) file: Option<&'a FileFacts<'a>>,
    pub(super) frame: Option<&'a Shown<'a>>,
    /// The set that the matching rule is of.
    pub(super) rules: Option<&'a RuleSet>,
    /// The transaction that it may be about when the rule asks for none.
    pub(super) guess: Option<Guess<'a>>,
}

/// What a match makes known; what its record tells of a packet and of the flow is asked when it is told.
pub(super) struct Alert {
    /// The rule's number in its set.
    pub(super) rule: u32,
    pub(super) side: Option<Side>,
    action: Action,
    transaction: Option<u64>,
    is_guessed: bool,
    application: Option<&'static Application>,
    is_of_stream: bool,
    notes: Notes,
    /// The client that a proxy names.
    client: Option<IpAddr>,
    /// What its transaction's record tells.
    app: String,
    files: Vec<u8>,
    frame: Option<String>,
}

/// With what an alert is told.
#[derive(Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) at: &'a At<'a>,
    pub(super) flow: Option<&'a Flow>,
    pub(super) payload: &'a [u8],
    pub(super) rules: Option<&'a RuleSet>,
    /// What rules remember of the flow.
    pub(super) memory: &'a FlowRules,
}

impl Alert {
    /// What is known when a rule matches; none when nothing is to be told.
    #[cold]
    pub(super) fn of(info: MatchInfo<'_>, about: &About<'_>) -> Self {
        let ways = about.at.ways;
        let details = about.transaction.filter(|_| ways.details_in_alerts);
        let asks = info.transaction.is_some() || about.transaction.is_some();
        let asks = asks || about.file.is_some() || about.frame.is_some();
        let guess = about.guess.filter(|_| !asks);
        let app = details.map(members);
        let app = app.or_else(|| guess.map(|guess| guess.app.to_owned()));
        Self {
            rule: info.rule,
            side: about.side,
            action: info.action,
            transaction: info.transaction.or(guess.map(|guess| guess.id)),
            is_guessed: guess.is_some(),
            application: about.transaction.map(Transaction::application),
            is_of_stream: info.stream,
            notes: info.notes.clone(),
            client: xff::client(ways.xff.as_ref(), about.transaction),
            app: app.unwrap_or_default(),
            files: about
                .file
                .map(|file| listed(file, info))
                .unwrap_or_default(),
            frame: about.frame.map(Shown::json),
        }
    }

    /// Bytes that it keeps.
    pub(super) fn held(&self) -> usize {
        let frame = self.frame.as_ref().map_or(0, String::len);
        size_of::<Self>() + self.app.len() + self.files.len() + frame
    }

    /// Whether it is about this transaction.
    pub(super) fn is_of(&self, transaction: &dyn Transaction) -> bool {
        let same = |known: &Application| std::ptr::eq(known, transaction.application());
        self.transaction == Some(transaction.id()) && self.application.is_some_and(same)
    }

    /// Its transaction has come further.
    pub(super) fn update(&mut self, app: &str) {
        self.app.clear();
        self.app.push_str(app);
    }

    /// Puts out its record.
    #[cold]
    pub(super) fn tell(&self, rule: &Rule, scene: Scene<'_>, out: &mut Out<'_>) {
        let Scene { at, flow, .. } = scene;
        let ways = at.ways;
        let id = flow.and_then(|flow| ways.community_id(flow));
        let vlans = match (at.sight, flow) {
            (Some(sight), _) => origin::vlans(sight),
            (None, Some(flow)) => at.vlans(flow),
            (None, None) => [0; 3],
        };
        let noted = match scene.rules.filter(|_| ways.flow_variables) {
            Some(rules) => rules.flow_notes(scene.memory, &self.notes),
            None => FlowNotes::default(),
        };
        let context = scene.rules.and_then(|rules| rules.context(&self.notes));
        let mut common = Common {
            ts: at.ts / 1_000,
            flow_id: flow.map(Flow::id),
            in_iface: at.iface(),
            pcap_cnt: at.number(),
            vlan: flow_record::vlans(&vlans),
            app_proto: flow.and_then(flow_record::app_proto),
            community_id: id.as_ref().map(wirewatch_flow::CommunityId::as_str),
            flow_vars: noted.vars.as_deref(),
            flow_traffic: noted.traffic.as_deref(),
            ..self.addresses(at, flow)
        };
        origin::add(&mut common, at.sight);
        let overwrite = ways.xff.as_ref().is_some_and(|xff| xff.overwrite);
        let common = match self.client.filter(|_| overwrite) {
            Some(client) => xff::in_place(&common, client, self.side),
            None => common,
        };
        let details = ways.details_in_alerts;
        let references: Vec<&str> = rule.references.iter().map(String::as_str).collect();
        let payload = Some(scene.payload).filter(|p| ways.payload_in_alerts && !p.is_empty());
        let packet = at.sight.filter(|_| ways.packet_in_alerts);
        let packet = packet.map(origin::packet);
        let row = AlertRow {
            tx_id: self.transaction,
            tx_guessed: self.is_guessed,
            action: if self.action == Action::Alert {
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
            direction: self.side.map(|side| match side {
                Side::ToServer => "to_server",
                Side::ToClient => "to_client",
            }),
            payload,
            payload_printable: payload,
            xff: self.client.filter(|_| !overwrite),
            stream: payload.map(|_| u8::from(self.is_of_stream)),
            packet: packet.map(|(bytes, _)| bytes),
            linktype: packet.map(|(_, link)| link),
            linktype_name: packet.and_then(|(_, link)| origin::link_name(link)),
            frame: self.frame.as_deref(),
            app: Some(self.app.as_str()).filter(|app| !app.is_empty()),
            files: std::str::from_utf8(&self.files)
                .ok()
                .filter(|files| !files.is_empty()),
            ..AlertRow::default()
        };
        let row = match flow.filter(|_| details) {
            Some(flow) => with_flow(&row, flow),
            None => row,
        };
        put(&common, &row, out);
    }

    /// The ends of what matched: of the packet itself, or of the flow as the bytes went.
    fn addresses(&self, at: &At<'_>, flow: Option<&Flow>) -> Common<'static> {
        let of_flow = self.is_of_stream || self.transaction.is_some() || at.sight.is_none();
        match (at.sight, flow, self.side) {
            (_, Some(flow), Some(side)) if of_flow => packet_record::addresses(&ends(flow, side)),
            (Some(sight), ..) if sight.datagram.version != 0 => {
                packet_record::addresses(sight.datagram)
            }
            _ => Common::default(),
        }
    }
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
