//! Lines of flows.

use super::line::{Colour, Line, duration, short};
use crate::{Common, FlowRow, format};

/// `TCP tls           4.50s  12/10 pkts  1.2k/34.5k  closed SF`, after time and addresses. The
/// time is that of the first packet.
pub(super) fn write(line: &mut Line<'_>, common: &Common<'_>, flow: &FlowRow<'_>) {
    line.begin(flow.start, "flow", Some(Colour::Good));
    line.endpoints(common);
    line.cell(9, None, common.proto.unwrap_or("?").as_bytes());
    line.cell(
        8,
        Some(Colour::Good),
        common.app_proto.unwrap_or("-").as_bytes(),
    );
    line.right(6, |out| match flow.duration_us {
        0 => out.push(b'-'),
        us => duration(out, us),
    });
    both(line, flow.pkts_toserver, flow.pkts_toclient);
    line.text(" pkts");
    both(line, flow.bytes_toserver, flow.bytes_toclient);
    line.text(" B  ");
    state(line, flow);
    trouble(line, flow);
}

/// `   12/10   `: the slash stays in its column.
fn both(line: &mut Line<'_>, to_server: u64, to_client: u64) {
    line.text(" ");
    line.right(5, |out| short(out, to_server));
    line.text("/");
    line.paint(None, |out| {
        let from = out.len();
        short(out, to_client);
        let missing = 5usize.saturating_sub(out.len() - from);
        out.resize(out.len() + missing, b' ');
    });
}

fn state(line: &mut Line<'_>, flow: &FlowRow<'_>) {
    let colour = match flow.conn_state {
        Some("REJ" | "RSTO" | "RSTR" | "RSTOS0" | "RSTRH") => Some(Colour::Alarm),
        Some("S0" | "SH" | "SHR" | "OTH") => Some(Colour::Warning),
        _ => None,
    };
    line.paint(colour, |out| {
        format::text(out, flow.state);
        if let Some(conn_state) = flow.conn_state {
            out.push(b' ');
            format::text(out, conn_state);
        }
    });
    if flow.alerted {
        line.text(", ");
        line.paint(Some(Colour::Shout), |out| format::text(out, "alerted"));
    }
}

/// What went wrong on the way, and only that.
fn trouble(line: &mut Line<'_>, flow: &FlowRow<'_>) {
    let sums = [
        (
            "retransmitted",
            u64::from(flow.retransmissions_toserver) + u64::from(flow.retransmissions_toclient),
        ),
        (
            "lost bytes",
            flow.lost_bytes_toserver
                .saturating_add(flow.lost_bytes_toclient),
        ),
        (
            "zero windows",
            u64::from(flow.zero_windows_toserver) + u64::from(flow.zero_windows_toclient),
        ),
    ];
    for (name, sum) in sums {
        if sum > 0 {
            line.text(",");
            line.named(name, sum);
        }
    }
    if flow.midstream {
        line.text(", midstream");
    }
}
