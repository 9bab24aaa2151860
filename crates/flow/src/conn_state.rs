//! Zeek's `conn_state`: how a flow went, computed from what its two ends did.

use crate::flow::Flow;
use crate::history::Mark;
use crate::protocol;
use crate::side::Side;

/// What one end of a TCP connection did last, as far as it matters here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Nothing.
    Silent,
    /// Sent packets, without a handshake.
    Partial,
    SynSent,
    SynAckSent,
    Established,
    Closed,
    Reset,
}

/// The value of `conn_state`, such as `SF` or `S0`.
pub(crate) fn conn_state(flow: &Flow) -> &'static str {
    match flow.key().protocol() {
        protocol::TCP => tcp(flow),
        protocol::UDP | protocol::UDP_LITE => udp(flow),
        _ => "OTH",
    }
}

fn udp(flow: &Flow) -> &'static str {
    match (flow.packets(Side::ToServer), flow.packets(Side::ToClient)) {
        (0, 0) => "OTH",
        (0, _) => "SHR",
        (_, 0) => "S0",
        _ => "SF",
    }
}

fn tcp(flow: &Flow) -> &'static str {
    let (client, server) = (end(flow, Side::ToServer), end(flow, Side::ToClient));
    let absent = |end| matches!(end, End::Silent | End::Partial);
    match (client, server) {
        (_, End::Reset) if refused(flow, client) => "REJ",
        (_, End::Reset) if absent(client) => "RSTRH",
        (_, End::Reset) => "RSTR",
        (End::Reset, _) if absent(server) => "RSTOS0",
        (End::Reset, _) => "RSTO",
        (End::Closed, End::Closed) => "SF",
        (End::Closed, _) if absent(server) => "SH",
        (End::Closed, _) => "S2",
        (_, End::Closed) if absent(client) => "SHR",
        (_, End::Closed) => "S3",
        (End::SynSent, End::Silent) => "S0",
        (End::Established, End::Established) => "S1",
        _ => "OTH",
    }
}

/// Whether the server's reset answered the opening itself.
fn refused(flow: &Flow, client: End) -> bool {
    let opened = flow.seen(Mark::Syn, Side::ToServer);
    let answered = flow.seen(Mark::SynAck, Side::ToClient);
    let silent = flow.payload_bytes(Side::ToServer) + flow.payload_bytes(Side::ToClient) == 0;
    match client {
        End::SynSent | End::SynAckSent => true,
        End::Reset => opened && !answered && silent,
        _ => false,
    }
}

fn end(flow: &Flow, side: Side) -> End {
    let seen = |mark| flow.seen(mark, side);
    let closed = seen(Mark::Fin);
    // A reset after both sides have closed is housekeeping, not how the connection ended.
    let both_closed = closed && flow.seen(Mark::Fin, side.other());
    if seen(Mark::Reset) && !both_closed {
        End::Reset
    } else if closed {
        End::Closed
    } else if flow.packets(side) == 0 {
        End::Silent
    } else {
        open_end(flow, side)
    }
}

fn open_end(flow: &Flow, side: Side) -> End {
    let other = side.other();
    let opened = |side| flow.seen(Mark::Syn, side) || flow.seen(Mark::SynAck, side);
    if opened(side) && opened(other) {
        End::Established
    } else if flow.seen(Mark::Syn, side) {
        End::SynSent
    } else if flow.seen(Mark::SynAck, side) {
        End::SynAckSent
    } else {
        End::Partial
    }
}

#[cfg(test)]
mod tests;
