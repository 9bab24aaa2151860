//! Tunnels: datagrams within each other.

use wirewatch_decode::{Datagram, Tunnel};
use wirewatch_flow::{Lookup, Scope};
use wirewatch_records::{Common, Kind};

use super::{Frame, Pipeline, interface};
use crate::flow_record;
use crate::tunnels;

impl Pipeline {
    /// Datagrams within each other, from the outside in, or fragments.
    #[inline(never)]
    pub(super) fn nested(
        &mut self,
        frame: &Frame<'_>,
        outermost: Option<&Lookup>,
        tunnel: u32,
    ) -> u64 {
        let mut scope = Scope {
            vlans: frame.vlans,
            tunnel,
        };
        let mut outer: Option<Lookup> = None;
        let mut flow_id = 0;
        for (level, datagram) in frame.decoded.datagrams().iter().enumerate() {
            if level > 0 {
                scope.tunnel = self.tunnel_of(outer.as_ref(), datagram);
                scope.vlans = frame.vlans(level);
                self.entered(frame, outer.as_ref(), datagram.tunnel);
            }
            if datagram.fragment.is_some() {
                self.fragment(frame, datagram, &scope);
                return flow_id;
            }
            let lookup = match outermost {
                Some(lookup) if level == 0 => Some(*lookup),
                _ => self
                    .table
                    .as_ref()
                    .and_then(|table| table.key(datagram, &scope)),
            };
            let id = self.datagram(frame, level, datagram, lookup.as_ref());
            flow_id = if level == 0 { id } else { flow_id };
            outer = lookup;
        }
        flow_id
    }

    /// A datagram came out of a tunnel: the flow around it is one that carries a tunnel.
    #[cold]
    fn entered(&mut self, frame: &Frame<'_>, outer: Option<&Lookup>, tunnel: Tunnel) {
        let (Some(table), Some(outer)) = (&mut self.table, outer) else {
            return;
        };
        let Some(flow) = table.peek_mut(outer) else {
            return;
        };
        if tunnels::note(flow, tunnel) && self.emitter.wants(Kind::Tunnel) {
            let live = self.ways.live;
            let iface = live.then(|| interface(&self.interfaces, frame.packet.interface));
            let id = self.ways.community_id(flow);
            let vlans = flow.scope().vlans;
            let vlans = flow_record::vlans(&vlans);
            let common = Common {
                pcap_cnt: (!live).then_some(frame.packet.number),
                ..flow_record::common(flow, frame.weight.ts, vlans, id.as_ref(), iface)
            };
            tunnels::tell(&mut self.emitter, &common, flow, "discover");
        }
    }

    fn tunnel_of(&self, outer: Option<&Lookup>, datagram: &Datagram) -> u32 {
        match (&self.table, outer) {
            (Some(table), Some(outer)) => {
                table.tunnel_key(&outer.key, datagram.tunnel, datagram.tunnel_id)
            }
            _ => 1,
        }
    }
}
