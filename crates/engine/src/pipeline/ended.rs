//! The end of the road: what is told of a flow when it ends.

use wirewatch_detect::rules::FlowNotes;
use wirewatch_flow::{EndReason, Flow};
use wirewatch_records::{Kind, Rows};

use super::{Pipeline, interface};
use crate::application::{Applications, At, Desk, TCP};
use crate::flow_record;
use crate::judge::is_any_waited_for;
use crate::recogniser;
use crate::tunnels;

impl Pipeline {
    /// Records of the flows that ended.
    pub(super) fn ended(&mut self) {
        let Some(table) = &mut self.table else {
            return;
        };
        let mut ended = std::mem::take(&mut table.ended);
        for flow in &mut ended {
            self.end(flow);
        }
        ended.clear();
        if let Some(table) = &mut self.table {
            table.ended = ended;
        }
    }

    fn end(&mut self, flow: &mut Flow) {
        let lives_on = flow.end_reason() == Some(EndReason::Active);
        if !lives_on {
            self.conversation_ended(flow);
        }
        // Detection forgets a flow that ends.
        let notes = self.notes(flow);
        if !lives_on {
            if !self.ways.watched {
                self.tally.share(&flow_record::share(flow));
            }
            self.judged(|judge, names, ways, out| judge.flow_ended(flow, names, ways, out));
        }
        self.flow_records(flow, &notes);
        if !lives_on && let Some(applications) = &mut self.applications {
            applications.forget(flow);
        }
    }

    /// What the flow's ends left unread is read now, and alerts that waited for more of it are told.
    #[inline]
    fn conversation_ended(&mut self, flow: &mut Flow) {
        let Some(applications) = &mut self.applications else {
            return;
        };
        if !(Applications::has(flow) || is_any_waited_for(flow)) {
            return;
        }
        let mut desk = Desk {
            emitter: &mut self.emitter,
            judge: self.judge.as_mut(),
            tally: &mut self.tally,
            comments: &mut self.comments,
            shared: &self.shared,
            at: At {
                ts: flow.last_ts().cast_signed(),
                sight: None,
                ends: self
                    .link_addresses
                    .as_ref()
                    .and_then(|known| known.ends(flow)),
                vlans: self.vlan_tags.as_ref().and_then(|known| known.of(flow)),
                interface: interface(&self.interfaces, flow.interface().into()),
                ways: &self.ways,
            },
        };
        applications.end(flow, &mut desk);
        if is_any_waited_for(flow)
            && let Some((judge, at, mut out)) = desk.judge()
        {
            judge.tell_waiting(None, &at, flow, &mut out);
        }
        self.comments.clear();
    }

    /// What rules remember of a flow, when its record is to tell it.
    fn notes(&self, flow: &Flow) -> FlowNotes {
        let wanted = self.emitter.wants(Kind::Flow);
        let judge = self.judge.as_ref().filter(|_| wanted);
        let notes = judge.map(|judge| judge.notes(flow)).unwrap_or_default();
        if self.ways.flow_variables {
            return notes;
        }
        FlowNotes {
            action: notes.action,
            ..FlowNotes::default()
        }
    }

    /// What is told of a flow that has ended, or that goes on for long.
    fn flow_records(&mut self, flow: &Flow, notes: &FlowNotes) {
        let over = flow.end_reason() != Some(EndReason::Active);
        let macs = self.link_addresses.as_mut().filter(|_| over);
        let macs = macs.and_then(|known| known.take(flow));
        let vlans = match &mut self.vlan_tags {
            Some(known) if over => known.take(flow),
            Some(known) => known.of(flow),
            None => Some(flow.scope().vlans),
        };
        let closes = over && tunnels::ends_with(flow) && self.emitter.wants(Kind::Tunnel);
        let directions = self.emitter.wants(Kind::Netflow);
        let wants_flow = self.emitter.wants(Kind::Flow);
        if !(wants_flow || directions || closes) {
            return;
        }
        let id = self.ways.community_id(flow);
        let vlans = vlans.unwrap_or_default();
        let iface = self
            .ways
            .live
            .then(|| interface(&self.interfaces, flow.interface().into()));
        let vlans = flow_record::vlans(&vlans);
        let mut common = flow_record::common(flow, flow.last_ts(), vlans, id.as_ref(), iface);
        common.flow_vars = notes.vars.as_deref();
        common.flow_traffic = notes.traffic.as_deref();
        if wants_flow {
            let history = flow.history();
            let known = self.applications.as_ref();
            let known = known.filter(|_| Applications::has(flow));
            let ledger = known.map(|known| known.ledger(flow)).unwrap_or_default();
            let began = flow.first_ts().cast_signed();
            let name = |address| self.shared.name_of(address, began);
            let source = name(flow.client_ip());
            let destination = ledger.called.or_else(|| name(flow.server_ip()));
            let count = u64::from(ledger.transactions);
            let is_read = self.applications.is_some() && flow.protocol() == TCP;
            let exception_policy = (self.ways.exception_policy && flow.is_midstream())
                .then(|| self.ways.midstream.told());
            let beside = flow_record::Beside {
                app_proto_ts: recogniser::name(ledger.to_server),
                app_proto_tc: recogniser::name(ledger.to_client),
                tx_cnt: (count > 0).then_some(count),
                ts_max_regions: is_read.then(|| regions(ledger.wide_holes[0])),
                tc_max_regions: is_read.then(|| regions(ledger.wide_holes[1])),
                action: notes.action,
                exception_policy,
                src_name: source.as_deref(),
                dst_name: destination.as_deref(),
                extra: macs.as_deref(),
                proxied: ledger.proxied.as_deref(),
            };
            let row = flow_record::row(flow, history.as_str(), &beside);
            self.emitter.push(&common, &row);
        }
        if directions {
            flow_record::directions(&mut self.emitter, &common, flow);
        }
        if closes {
            tunnels::tell(&mut self.emitter, &common, flow, "close");
        }
    }
}

/// Pieces of a stream that so many wide holes separate.
fn regions(wide_holes: u8) -> u16 {
    u16::from(wide_holes) + 1
}
