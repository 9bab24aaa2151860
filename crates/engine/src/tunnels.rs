//! Tunnels: which flows carry one, and the records that tell of them.

use wirewatch_decode::Tunnel;
use wirewatch_flow::Flow;
use wirewatch_records::{Common, Kind, Rows, TunnelRow};

use crate::application::Desk;
use crate::emit::Emitter;
use crate::flow_record;

/// `Flow::user[2]`: which [`Tunnel`] the flow's packets carry, 0 for none.
const SHIFT: u32 = 19;
const KIND: u32 = 0x1f << SHIFT;

const UDP: u8 = 17;

/// Names of kinds of tunnels, by their number.
const NAMES: [&str; 12] = [
    "", "ip", "gre", "erspan", "vxlan", "geneve", "gtp", "teredo", "l2tp", "ipsec", "pptp", "ayiya",
];

/// Notes what a flow carries; true when it was not known to carry anything.
pub(crate) fn note(flow: &mut Flow, tunnel: Tunnel) -> bool {
    let is_new = flow.user[2] & KIND == 0;
    if is_new {
        flow.user[2] |= (tunnel as u32) << SHIFT & KIND;
    }
    is_new
}

/// The kind of tunnel that a flow carries.
pub(crate) fn of(flow: &Flow) -> Option<&'static str> {
    let number = (flow.user[2] & KIND) >> SHIFT;
    NAMES
        .get(number as usize)
        .copied()
        .filter(|name| !name.is_empty())
}

/// Whether the end of a tunnel is told with the end of its flow. Those that run over IP itself have none:
/// what carries them goes on between the two hosts.
pub(crate) fn ends_with(flow: &Flow) -> bool {
    flow.user[2] & KIND != 0 && flow.protocol() == UDP
}

/// Puts out a record of the tunnel that a flow carries.
#[cold]
pub(crate) fn tell(emitter: &mut Emitter, common: &Common<'_>, flow: &Flow, action: &str) {
    if let Some(tunnel_type) = of(flow) {
        let row = TunnelRow {
            tunnel_type,
            action,
        };
        emitter.push(common, &row.into());
    }
}

/// Tells that a proxy now passes on what the flow's client says; the client's port is not the tunnel's.
#[cold]
pub(crate) fn tell_proxy(flow: &Flow, desk: &mut Desk<'_>, tunnel_type: &str) {
    if !desk.emitter.wants(Kind::Tunnel) {
        return;
    }
    let id = desk.at.ways.community_id(flow);
    let vlans = flow.scope().vlans;
    let vlans = flow_record::vlans(&vlans);
    let ts = desk.at.ts.cast_unsigned();
    let common = Common {
        src_port: None,
        pcap_cnt: desk.at.number(),
        ..flow_record::common(flow, ts, vlans, id.as_ref(), desk.at.iface())
    };
    let row = TunnelRow {
        tunnel_type,
        action: "discover",
    };
    desk.emitter.push(&common, &row.into());
}
