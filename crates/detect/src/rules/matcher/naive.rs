//! All rules asked one by one, without gates, groups and prefilter: what the matcher must agree with.

use std::sync::Arc;

use wirewatch_proto::{Side, Transaction};

use super::super::check::MAX_STEPS;
use super::super::compiled::Compiled;
use super::super::protocol::Transport;
use super::super::state::FlowRules;
use super::conclude::Scene;
use super::file::file_holds;
use super::inspection::{Inspection, Viewed};
use super::transaction::{concerns, turned};
use super::{Direction, FileFacts, Matcher, Origin, PacketView, look_at, look_at_stream};

impl Matcher {
    /// The sids of all rules that match a packet or a part of a stream.
    pub(crate) fn ask_all(&mut self, packet: &PacketView<'_>) -> Vec<u32> {
        let situation = match packet.origin {
            Origin::Stream => look_at_stream(packet),
            _ => look_at(packet, &mut FlowRules::default()),
        };
        let transport = Transport::of(packet.datagram).bit();
        self.ask_each(packet, |compiled, inspection| {
            let app = compiled.protocol.app;
            compiled.protocol.transports & transport != 0
                && compiled
                    .direction
                    .is_none_or(|way| packet.direction == Some(way))
                && app.is_none_or(|named| packet.app_protocol.is_some_and(|app| named.covers(app)))
                && compiled.gate.needs & !situation == 0
                && compiled.concerns_packets()
                && inspection.of_packet(compiled, packet)
        })
    }

    /// The sids of all rules that match a transaction as one side sees it.
    pub(crate) fn ask_all_of_transaction(
        &mut self,
        tx: &dyn Transaction,
        side: Side,
        view: &PacketView<'_>,
    ) -> Vec<u32> {
        let Some(application) = self.rules.applications.index_of(tx.application()) else {
            return Vec::new();
        };
        let turned = turned(view, side);
        let view = PacketView {
            datagram: turned.as_ref().unwrap_or(view.datagram),
            direction: Some(Direction::of(side)),
            ..*view
        };
        let viewed = Viewed {
            tx,
            application,
            side,
        };
        self.ask_each(&view, |compiled, inspection| {
            let part = compiled.application.as_deref();
            concerns(compiled, &view)
                && part.is_some_and(|part| inspection.of_transaction(compiled, part, viewed, &view))
        })
    }

    /// The sids of all rules that match a file that has no transaction.
    pub(crate) fn ask_all_of_file(
        &mut self,
        file: &FileFacts<'_>,
        view: &PacketView<'_>,
    ) -> Vec<u32> {
        self.ask_each(view, |compiled, inspection| {
            let part = compiled.application.as_deref();
            part.filter(|part| part.of_file).is_some_and(|part| {
                concerns(compiled, view)
                    && compiled.protocol.app.is_none()
                    && part.asked.files.iter().all(|test| file.meets(test))
                    && file_holds(inspection, compiled, part, None, file)
            })
        })
    }

    fn ask_each(
        &mut self,
        packet: &PacketView<'_>,
        mut holds: impl FnMut(&Compiled, &mut Inspection<'_>) -> bool,
    ) -> Vec<u32> {
        let rules = Arc::clone(&self.rules);
        let flow = FlowRules::default();
        let mut matching = Vec::new();
        for compiled in &rules.rules {
            let mut steps = MAX_STEPS;
            let scene = Scene {
                packet,
                now: 0,
                state: &self.state,
                facts: &self.facts,
            };
            let mut inspection = Inspection::new(&rules, &mut self.regexes, &mut steps);
            if scene.meets(compiled, &flow) && holds(compiled, &mut inspection) {
                matching.push(compiled.rule.sid);
            }
        }
        matching
    }
}
