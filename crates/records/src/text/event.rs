//! Lines of alerts, anomalies and the sensor's own messages.

use super::line::{Colour, Line, short};
use crate::{
    AlertRow, AnomalyRow, Common, FieldType, HttpRow, NoticeRow, Row, StatsRow, Value,
    WebsocketRow, format,
};

/// Bytes of one value of a kind without a line of its own.
const MAX_VALUE: usize = 200;

/// `ALERT    192.0.2.1:40000 > 198.51.100.2:443    [1:2001:3] Something bad  severity 1  TCP tls`.
pub(super) fn alert(line: &mut Line<'_>, common: &Common<'_>, alert: &AlertRow<'_>) {
    let colour = match alert.severity {
        0 | 1 => Colour::Shout,
        2 => Colour::Alarm,
        _ => Colour::Warning,
    };
    line.begin(common.ts, "ALERT", Some(colour));
    line.endpoints(common);
    line.paint(Some(colour), |out| {
        out.push(b'[');
        for (number, after) in [
            (alert.gid, b':'),
            (alert.signature_id, b':'),
            (alert.rev, b']'),
        ] {
            format::number(out, u64::from(number));
            out.push(after);
        }
        out.push(b' ');
        super::safe::write(out, alert.signature.as_bytes());
    });
    line.named(" severity", u64::from(alert.severity));
    if alert.action == "blocked" {
        line.text(" ");
        line.paint(Some(Colour::Shout), |out| format::text(out, "blocked"));
    }
    labels(line, common, alert);
}

/// Words that help to judge the alert.
fn labels(line: &mut Line<'_>, common: &Common<'_>, alert: &AlertRow<'_>) {
    if let Some(indicator) = alert.indicator {
        line.text("  met");
        line.word(indicator);
    }
    if let Some(feed) = alert.feed {
        line.text(" from");
        line.word(feed.as_bytes());
    }
    if !alert.category.is_empty() {
        line.text(" ");
        line.word(alert.category.as_bytes());
    }
    line.text(" ");
    line.word(common.proto.unwrap_or_default().as_bytes());
    line.word(common.app_proto.unwrap_or_default().as_bytes());
}

pub(super) fn anomaly(line: &mut Line<'_>, common: &Common<'_>, anomaly: &AnomalyRow<'_>) {
    line.begin(common.ts, "anomaly", Some(Colour::Warning));
    line.endpoints(common);
    line.text(anomaly.anomaly_type);
    line.text(" ");
    line.paint(Some(Colour::Warning), |out| {
        super::safe::write(out, anomaly.event.as_bytes());
    });
    line.word(anomaly.detail.unwrap_or_default());
    line.word(common.proto.unwrap_or_default().as_bytes());
    line.word(anomaly.parser.unwrap_or_default().as_bytes());
}

pub(super) fn notice(line: &mut Line<'_>, common: &Common<'_>, notice: &NoticeRow<'_>) {
    let colour = match notice.severity {
        "error" => Some(Colour::Shout),
        "warning" => Some(Colour::Warning),
        _ => None,
    };
    line.begin(common.ts, notice.severity, colour);
    line.paint(colour, |out| super::safe::write(out, notice.message));
    line.text("  (");
    line.text(notice.code);
    line.text(")");
}

pub(super) fn stats(line: &mut Line<'_>, common: &Common<'_>, stats: &StatsRow<'_>) {
    line.begin(common.ts, "stats", Some(Colour::Dim));
    let numbers = [
        (stats.packets, " packets, "),
        (stats.bytes, " bytes, "),
        (stats.flows_active, " active of "),
        (stats.flows_total, " flows, "),
        (stats.alerts, " alerts"),
    ];
    for (value, after) in numbers {
        line.paint(None, |out| short(out, value));
        line.text(after);
    }
    let lost = [
        (stats.kernel_drops, "lost by the kernel"),
        (stats.flows_shed, "flows not looked into"),
        (stats.records_dropped, "records dropped"),
    ];
    for (value, what) in lost.into_iter().filter(|(value, _)| *value > 0) {
        line.text(", ");
        line.paint(Some(Colour::Alarm), |out| {
            format::number(out, value);
            out.push(b' ');
            format::text(out, what);
        });
    }
}

/// `http     192.0.2.1:40000 > 198.51.100.2:80    GET www.example.com/index.html  200 text/html 512`.
pub(super) fn http(line: &mut Line<'_>, common: &Common<'_>, http: &HttpRow<'_>) {
    line.begin(common.ts, "http", Some(Colour::Good));
    line.endpoints(common);
    line.word(http.http_method.unwrap_or_default());
    line.text(" ");
    line.paint(Some(Colour::Good), |out| {
        // A proxy is asked for a whole address, which holds the host already.
        let url = http.url.unwrap_or_default();
        if url.starts_with(b"/") {
            super::safe::write(out, http.hostname.unwrap_or_default());
        }
        super::safe::write(out, url);
    });
    line.text("  ");
    match http.status {
        Some(status) => line.number(u64::from(status)),
        None => line.word(http.status_string.unwrap_or_default()),
    }
    line.word(http.http_content_type.unwrap_or_default());
    line.text(" ");
    line.paint(None, |out| short(out, http.length));
    line.word(http.http_user_agent.unwrap_or_default());
}

/// `websocket 192.0.2.1:40000 > 198.51.100.2:80    text 512`.
pub(super) fn websocket(line: &mut Line<'_>, common: &Common<'_>, frame: &WebsocketRow<'_>) {
    line.begin(common.ts, "websocket", Some(Colour::Good));
    line.endpoints(common);
    line.text(frame.opcode);
    line.text(" ");
    line.paint(None, |out| short(out, frame.length));
}

/// A kind without a line of its own: its fields with their names.
pub(super) fn other(line: &mut Line<'_>, common: &Common<'_>, row: &Row<'_>) {
    line.begin(common.ts, row.kind().name(), Some(Colour::Good));
    line.endpoints(common);
    for (index, info) in row.kind().fields().iter().enumerate() {
        match (info.field_type, row.value(index)) {
            // Numbers of transactions are for programs.
            _ if info.name == "tx_id" => {}
            (_, value) if says_nothing(value) => {}
            (FieldType::Json, Value::Text(document)) => {
                line.detail(document);
                line.text(" ");
            }
            (_, value) => {
                line.text(info.name);
                line.text("=");
                line.paint(None, |out| show(out, value));
                line.text(" ");
            }
        }
    }
}

fn says_nothing(value: Value<'_>) -> bool {
    matches!(
        value,
        Value::Absent
            | Value::Bool(false)
            | Value::Text("")
            | Value::Bytes(b"")
            | Value::Numbers([])
            | Value::Texts([])
    )
}

fn show(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Absent => {}
        Value::Number(number) => format::number(out, number),
        Value::Time(ts_us) => format::time_of_day(out, ts_us),
        Value::Bool(value) => format::text(out, if value { "yes" } else { "no" }),
        Value::Ip(ip) => format::ip(out, ip),
        Value::Mac(mac) => format::mac(out, mac),
        Value::Text(text) => super::safe::write_bounded(out, text.as_bytes(), MAX_VALUE),
        Value::Bytes(bytes) => super::safe::write_bounded(out, bytes, MAX_VALUE),
        Value::Hex(byte) => format::hex(out, byte),
        Value::Numbers(numbers) => {
            separated(out, numbers, |out, n| format::number(out, u64::from(*n)));
        }
        Value::Texts(texts) => {
            separated(out, texts, |out, t| super::safe::write(out, t.as_bytes()));
        }
    }
}

fn separated<T>(out: &mut Vec<u8>, items: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, item);
    }
}
