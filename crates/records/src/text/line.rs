//! A line in the making: columns, colours and the parts that all lines share.

use std::net::IpAddr;

use super::{Style, document, safe};
use crate::{Common, format};

/// Where the columns after the time begin, counted from the end of the time.
const ENDPOINTS_COLUMN: usize = 9;
/// Two IPv4 addresses with ports fit; IPv6 pushes what follows to the right.
pub(super) const DETAILS_COLUMN: usize = ENDPOINTS_COLUMN + 46;

/// Ends a colour.
const RESET: &[u8] = b"\x1b[0m";

/// Colours by what they mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colour {
    Dim,
    Good,
    Name,
    Warning,
    Alarm,
    Shout,
}

impl Colour {
    fn sequence(self) -> &'static [u8] {
        match self {
            Self::Dim => b"\x1b[2m",
            Self::Good => b"\x1b[32m",
            Self::Name => b"\x1b[36m",
            Self::Warning => b"\x1b[33m",
            Self::Alarm => b"\x1b[31m",
            Self::Shout => b"\x1b[1;31m",
        }
    }
}

/// A line that is being written.
pub(super) struct Line<'o> {
    out: &'o mut Vec<u8>,
    style: Style,
    /// Where the columns are counted from.
    start: usize,
    /// Bytes since then that take no space on the screen.
    invisible: usize,
}

impl<'o> Line<'o> {
    pub(super) fn new(out: &'o mut Vec<u8>, style: &Style) -> Self {
        let start = out.len();
        Self {
            out,
            style: *style,
            start,
            invisible: 0,
        }
    }

    /// Begins the line: time and what the record is.
    pub(super) fn begin(&mut self, ts_us: i64, what: &str, colour: Option<Colour>) {
        let local = ts_us.saturating_add(i64::from(self.style.utc_offset_s) * 1_000_000);
        let date = self.style.date;
        self.paint(Some(Colour::Dim), |out| {
            let (text, micros) = format::date_time(local, b' ');
            let begin = if date { 0 } else { 11 };
            out.extend_from_slice(text.get(begin..20).unwrap_or_default());
            out.extend_from_slice(&micros);
        });
        self.start = self.out.len();
        self.invisible = 0;
        self.out.push(b' ');
        self.paint(colour, |out| safe::write_bounded(out, what.as_bytes(), 24));
        self.pad(ENDPOINTS_COLUMN);
    }

    /// Writes something in a colour, if there are colours.
    pub(super) fn paint(&mut self, colour: Option<Colour>, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(colour) = colour.filter(|_| self.style.colour) else {
            return write(self.out);
        };
        self.out.extend_from_slice(colour.sequence());
        write(self.out);
        self.out.extend_from_slice(RESET);
        self.invisible += colour.sequence().len() + RESET.len();
    }

    /// Spaces up to a column, at least one.
    pub(super) fn pad(&mut self, column: usize) {
        let visible = self.out.len().saturating_sub(self.start + self.invisible);
        let spaces = column.saturating_sub(visible).max(1);
        self.out.resize(self.out.len() + spaces, b' ');
    }

    /// Addresses with ports: `192.0.2.1:40000 > 198.51.100.2:443`.
    pub(super) fn endpoints(&mut self, common: &Common<'_>) {
        if common.src_ip.is_some() || common.dst_ip.is_some() {
            self.endpoint(common.src_ip, common.src_port);
            if common.dst_ip.is_some() {
                self.text(" > ");
                self.endpoint(common.dst_ip, common.dst_port);
            }
        }
        self.pad(DETAILS_COLUMN);
    }

    fn endpoint(&mut self, address: Option<IpAddr>, port: Option<u16>) {
        let Some(address) = address else {
            return self.text("?");
        };
        self.paint(Some(Colour::Name), |out| {
            let in_brackets = address.is_ipv6() && port.is_some();
            if in_brackets {
                out.push(b'[');
            }
            format::ip(out, address);
            if in_brackets {
                out.push(b']');
            }
        });
        if let Some(port) = port {
            self.text(":");
            self.number(u64::from(port));
        }
    }

    /// Our own text.
    pub(super) fn text(&mut self, text: &str) {
        self.out.extend_from_slice(text.as_bytes());
    }

    /// Text from the wire, after a space; nothing when it is empty.
    pub(super) fn word(&mut self, text: &[u8]) {
        if !text.is_empty() {
            self.out.push(b' ');
            safe::write(self.out, text);
        }
    }

    /// Text, or a JSON document in words.
    pub(super) fn detail(&mut self, text: &str) {
        if text.starts_with(['{', '[']) {
            document::write(self.out, text);
        } else {
            self.word(text.as_bytes());
        }
    }

    pub(super) fn number(&mut self, value: u64) {
        format::number(self.out, value);
    }

    /// A number with a name before it: ` win 64240`.
    pub(super) fn named(&mut self, name: &str, value: u64) {
        self.text(" ");
        self.text(name);
        self.text(" ");
        self.number(value);
    }

    /// A number set to the right in so many columns.
    pub(super) fn right(&mut self, width: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let from = self.out.len();
        write(self.out);
        let missing = width.saturating_sub(self.out.len() - from);
        self.out.resize(self.out.len() + missing, b' ');
        if let Some(cell) = self.out.get_mut(from..) {
            cell.rotate_right(missing);
        }
    }

    /// Text in a fixed width, followed by a space.
    pub(super) fn cell(&mut self, width: usize, colour: Option<Colour>, text: &[u8]) {
        let from = self.out.len();
        let invisible = self.invisible;
        self.paint(colour, |out| safe::write_bounded(out, text, 64));
        let visible = self.out.len() - from - (self.invisible - invisible);
        let spaces = width.saturating_sub(visible) + 1;
        self.out.resize(self.out.len() + spaces, b' ');
    }
}

/// A number of bytes or packets in at most five characters: `999`, `1.2k`, `34.5M`, `678G`.
pub(super) fn short(out: &mut Vec<u8>, value: u64) {
    const UNITS: [(u64, u8); 6] = [
        (1_000_000_000_000_000_000, b'E'),
        (1_000_000_000_000_000, b'P'),
        (1_000_000_000_000, b'T'),
        (1_000_000_000, b'G'),
        (1_000_000, b'M'),
        (1_000, b'k'),
    ];
    let Some((unit, letter)) = UNITS.into_iter().find(|(unit, _)| value >= *unit) else {
        return format::number(out, value);
    };
    format::number(out, value / unit);
    if value / unit < 100 {
        out.push(b'.');
        format::number(out, value % unit / (unit / 10));
    }
    out.push(letter);
}

/// A duration in at most six characters: `850us`, `12.3ms`, `4.50s`, `3m07s`, `2h05m`, `4d02h`.
pub(super) fn duration(out: &mut Vec<u8>, us: u64) {
    let seconds = us / 1_000_000;
    match us {
        0..1_000 => unit(out, us, "us"),
        1_000..1_000_000 => decimal(out, us / 100, 10, "ms"),
        1_000_000..60_000_000 => decimal(out, us / 10_000, 100, "s"),
        60_000_000..3_600_000_000 => parts(out, seconds / 60, 'm', seconds % 60, 's'),
        3_600_000_000..86_400_000_000 => parts(out, seconds / 3600, 'h', seconds / 60 % 60, 'm'),
        _ => parts(out, seconds / 86_400, 'd', seconds / 3600 % 24, 'h'),
    }
}

fn unit(out: &mut Vec<u8>, value: u64, unit: &str) {
    format::number(out, value);
    out.extend_from_slice(unit.as_bytes());
}

fn decimal(out: &mut Vec<u8>, value: u64, scale: u64, name: &str) {
    format::number(out, value / scale);
    out.push(b'.');
    if scale == 100 && value % scale < 10 {
        out.push(b'0');
    }
    unit(out, value % scale, name);
}

fn parts(out: &mut Vec<u8>, high: u64, high_unit: char, low: u64, low_unit: char) {
    format::number(out, high);
    out.push(high_unit as u8);
    if low < 10 {
        out.push(b'0');
    }
    format::number(out, low);
    out.push(low_unit as u8);
}
