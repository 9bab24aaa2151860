//! The `flow` record of an ended flow.

use wirewatch_detect::ports;
use wirewatch_flow::{CommunityId, Flow, Side, TcpState};
use wirewatch_records::{Common, FlowRow, NetflowRow, Row, Rows, protocol};

use crate::application::{FIRST_APP, Proxied};
use crate::emit::Emitter;
use crate::recogniser;
use crate::tally::{Ends, Label, Share};
use crate::tunnels;

const TCP: u8 = 6;
/// `Flow::user[2]`: the flow is only counted.
const BYPASSED: u32 = 1 << 24;

/// What flow-bound records share, as the flow's opener sees it.
pub(crate) fn common<'a>(
    flow: &Flow,
    ts_ns: u64,
    vlans: &'a [u16],
    community_id: Option<&'a CommunityId>,
    in_iface: Option<&'a str>,
) -> Common<'a> {
    let number = flow.protocol();
    let icmp = flow
        .icmp_types()
        .and_then(|types| types.request.or(types.response));
    let ports = has_ports(number);
    Common {
        ts: (ts_ns / 1_000).cast_signed(),
        flow_id: Some(flow.id()),
        in_iface,
        vlan: vlans,
        src_ip: Some(flow.client_ip()),
        src_port: ports.then(|| flow.client_port()),
        dst_ip: Some(flow.server_ip()),
        dst_port: ports.then(|| flow.server_port()),
        proto: Some(protocol::name(number)),
        icmp_type: icmp.map(|(kind, _)| kind),
        icmp_code: icmp.map(|(_, code)| code),
        ip_v: Some(flow.key().version()),
        app_proto: app_proto(flow),
        community_id: community_id.map(CommunityId::as_str),
        ..Common::default()
    }
}

/// What is told of a flow that the flow itself does not know; the fields of its row.
#[derive(Debug, Default)]
pub(crate) struct Beside<'a> {
    pub(crate) app_proto_ts: Option<&'a str>,
    pub(crate) app_proto_tc: Option<&'a str>,
    pub(crate) tx_cnt: Option<u64>,
    pub(crate) ts_max_regions: Option<u16>,
    pub(crate) tc_max_regions: Option<u16>,
    pub(crate) action: Option<&'a str>,
    pub(crate) exception_policy: Option<&'a str>,
    pub(crate) src_name: Option<&'a str>,
    pub(crate) dst_name: Option<&'a str>,
    pub(crate) extra: Option<&'a str>,
    pub(crate) proxied: Option<&'a Proxied>,
}

/// The flow's record. `history` is what [`Flow::history`] gives; the row borrows it. Inlined and made
/// in one piece: a row is too long to be moved about.
#[inline]
pub(crate) fn row<'a>(flow: &Flow, history: &'a str, beside: &Beside<'a>) -> Row<'a> {
    let (server, client) = (Side::ToServer, Side::ToClient);
    let (start, end) = (flow.first_ts() / 1_000, flow.last_ts() / 1_000);
    let tcp = flow.protocol() == TCP;
    let flags = tcp.then(|| (flow.tcp_flags(server), flow.tcp_flags(client)));
    let response = flow.icmp_types().filter(|types| types.request.is_some());
    let response = response.and_then(|types| types.response);
    Row::Flow(FlowRow {
        app_proto_ts: beside.app_proto_ts,
        app_proto_tc: beside.app_proto_tc,
        tx_cnt: beside.tx_cnt,
        ts_max_regions: beside.ts_max_regions,
        tc_max_regions: beside.tc_max_regions,
        action: beside.action,
        exception_policy: beside.exception_policy,
        src_name: beside.src_name,
        dst_name: beside.dst_name,
        extra: beside.extra,
        proxied_src_ip: beside.proxied.map(|ends| ends.client.ip()),
        proxied_src_port: beside.proxied.map(|ends| ends.client.port()),
        proxied_dst_ip: beside.proxied.map(|ends| ends.server.ip()),
        proxied_dst_port: beside.proxied.map(|ends| ends.server.port()),
        app_proto_orig: first_app(flow).filter(|first| Some(*first) != recogniser::app_name(flow)),
        response_icmp_type: response.map(|(kind, _)| kind),
        response_icmp_code: response.map(|(_, code)| code),
        spi: flow.spi(),
        pkts_toserver: flow.packets(server),
        pkts_toclient: flow.packets(client),
        bytes_toserver: flow.bytes(server),
        bytes_toclient: flow.bytes(client),
        start: start.cast_signed(),
        end: end.cast_signed(),
        age: (end / 1_000_000).saturating_sub(start / 1_000_000),
        state: if is_bypassed(flow) {
            "bypassed"
        } else {
            flow.state().name()
        },
        reason: flow
            .end_reason()
            .map_or("unknown", wirewatch_flow::EndReason::eve_name),
        alerted: flow.is_alerted(),
        tcp_flags: flags.map(|(there, back)| there | back),
        tcp_flags_ts: flags.map(|(there, _)| there),
        tcp_flags_tc: flags.map(|(_, back)| back),
        tcp_state: tcp.then(|| TcpState::name(flow.tcp_state())),
        ts_gap: tcp && flow.lost_bytes(server) > 0,
        tc_gap: tcp && flow.lost_bytes(client) > 0,
        midstream: flow.is_midstream(),
        duration_us: end.saturating_sub(start),
        payload_bytes_toserver: flow.payload_bytes(server),
        payload_bytes_toclient: flow.payload_bytes(client),
        ip_bytes_toserver: flow.ip_bytes(server),
        ip_bytes_toclient: flow.ip_bytes(client),
        handshake_rtt_us: flow.handshake_us(),
        retransmissions_toserver: flow.retransmissions(server),
        retransmissions_toclient: flow.retransmissions(client),
        out_of_order_toserver: flow.out_of_order(server),
        out_of_order_toclient: flow.out_of_order(client),
        lost_bytes_toserver: u64::from(flow.lost_bytes(server)),
        lost_bytes_toclient: u64::from(flow.lost_bytes(client)),
        zero_windows_toserver: u32::from(flow.zero_windows(server)),
        zero_windows_toclient: u32::from(flow.zero_windows(client)),
        history: Some(history),
        conn_state: Some(flow.conn_state()),
        app_proto_mismatch: is_out_of_place(flow),
        tunnel: tunnels::of(flow),
        ..FlowRow::default()
    })
}

/// Puts out what each side sent, where it sent something; the opener's direction always.
#[cold]
pub(crate) fn directions(emitter: &mut Emitter, common: &Common<'_>, flow: &Flow) {
    emitter.push(common, &netflow(flow, Side::ToServer).into());
    if flow.packets(Side::ToClient) == 0 {
        return;
    }
    let answer = flow.icmp_types().and_then(|types| types.response);
    let back = Common {
        src_ip: common.dst_ip,
        src_port: common.dst_port,
        dst_ip: common.src_ip,
        dst_port: common.src_port,
        icmp_type: answer.map(|(kind, _)| kind).or(common.icmp_type),
        icmp_code: answer.map(|(_, code)| code).or(common.icmp_code),
        ..*common
    };
    emitter.push(&back, &netflow(flow, Side::ToClient).into());
}

/// What travelled to one side.
fn netflow(flow: &Flow, side: Side) -> NetflowRow {
    let (start, end) = (flow.first_ts() / 1_000, flow.last_ts() / 1_000);
    let (min_ttl, max_ttl) = flow.ttl_range(side);
    NetflowRow {
        spi: flow.spi(),
        pkts: flow.packets(side),
        bytes: flow.bytes(side),
        start: start.cast_signed(),
        end: end.cast_signed(),
        age: (end / 1_000_000).saturating_sub(start / 1_000_000),
        min_ttl,
        max_ttl,
        tcp_flags: (flow.protocol() == TCP).then(|| flow.tcp_flags(side)),
    }
}

/// Keeps a flow from being read and judged any more; it is counted all the same.
pub(crate) fn bypass(flow: &mut Flow) {
    flow.user[2] |= BYPASSED;
}

/// Whether the flow is only counted.
#[inline]
pub(crate) fn is_bypassed(flow: &Flow) -> bool {
    flow.user[2] & BYPASSED != 0
}

/// The flow's traffic for the totals.
pub(crate) fn share(flow: &Flow) -> Share {
    Share {
        ends: ends(flow),
        packets_out: flow.packets(Side::ToServer),
        packets_in: flow.packets(Side::ToClient),
        bytes_out: flow.bytes(Side::ToServer),
        bytes_in: flow.bytes(Side::ToClient),
        flows: 1,
        is_whole: true,
        label: label(flow),
    }
}

/// The flow's two ends.
pub(crate) fn ends(flow: &Flow) -> Ends {
    let ports = if has_ports(flow.protocol()) {
        [flow.client_port(), flow.server_port()]
    } else {
        [0, 0]
    };
    Ends::new(flow.addresses(), ports, flow.protocol())
}

/// What the flow speaks, or at least what carries it.
pub(crate) fn label(flow: &Flow) -> Label {
    Label::of(flow.app, flow.protocol())
}

/// EVE's `app_proto`: a name, `failed` where payload was looked at in vain, else nothing.
pub(crate) fn app_proto(flow: &Flow) -> Option<&'static str> {
    recogniser::app_name(flow).or_else(|| recogniser::has_failed(flow).then_some("failed"))
}

/// What the flow spoke before it changed to something else.
fn first_app(flow: &Flow) -> Option<&'static str> {
    recogniser::name((flow.user[2] & FIRST_APP) as u16)
}

/// Whether what the flow was recognised as is not what its server port is for. What the two sides agreed to
/// change to later (STARTTLS, an upgrade, a proxy's tunnel) is not judged by the port.
fn is_out_of_place(flow: &Flow) -> bool {
    first_app(flow)
        .or_else(|| recogniser::app_name(flow))
        .is_some_and(|app| ports::is_out_of_place(flow.protocol(), flow.server_port(), app))
}

/// TCP, UDP, DCCP, SCTP and UDP-Lite.
pub(crate) fn has_ports(protocol: u8) -> bool {
    matches!(protocol, 6 | 17 | 33 | 132 | 136)
}

/// The VLAN identifiers of a flow or frame that are there.
pub(crate) fn vlans(all: &[u16; 3]) -> &[u16] {
    let count = all.iter().take_while(|vlan| **vlan != 0).count();
    all.get(..count).unwrap_or_default()
}
