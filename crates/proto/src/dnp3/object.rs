//! DNP3's objects: what a point of each group and variation is made of (IEEE 1815, annex A).

use crate::document::Document;
use crate::waiting::Cut;

/// Bits of a byte from the lowest on: names and widths.
type Bits = &'static [(&'static str, u8)];

const BINARY: Bits = &[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("chatter_filter", 1),
    ("reserved", 1),
    ("state", 1),
];
const DOUBLE: Bits = &[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("chatter_filter", 1),
    ("state", 2),
];
const OUTPUT: Bits = &[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("reserved0", 1),
    ("reserved1", 1),
    ("state", 1),
];
const COUNTER: Bits = &[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("rollover", 1),
    ("discontinuity", 1),
    ("reserved0", 1),
];
const ANALOGUE: Bits = &[
    ("online", 1),
    ("restart", 1),
    ("comm_lost", 1),
    ("remote_forced", 1),
    ("local_forced", 1),
    ("over_range", 1),
    ("reference_err", 1),
    ("reserved0", 1),
];
const OPERATION: Bits = &[("op_type", 4), ("qu", 1), ("cr", 1), ("tcc", 2)];
const STATUS: Bits = &[("status_code", 7), ("reserved", 1)];
const COMMANDED: Bits = &[("status_code", 7), ("commanded_state", 1)];

/// A part of a point, in the order of the wire, lowest byte first.
#[derive(Debug, Clone, Copy)]
pub(super) enum Part {
    Flags(Bits),
    /// A number of so many bytes.
    Number(&'static str, u8),
    Signed16,
    Signed32,
    Float32,
    Float64,
    /// A name, as long as `filename_size` says.
    Text(&'static str),
    /// All that is left of a point that has a size.
    Rest(&'static str),
}

use Part::{Flags, Float32, Float64, Number, Rest, Signed16, Signed32, Text};

const TIME: Part = Number("timestamp", 6);
const SHORT_TIME: Part = Number("timestamp", 2);
const COUNT32: Part = Number("count", 4);
const COUNT16: Part = Number("count", 2);
const CONTROL: Part = Number("control_status", 1);

/// What a point is made of.
#[derive(Debug, Clone, Copy)]
pub(super) enum Shape {
    /// So many bits, all points one after the other.
    Packed(u8),
    /// Each its parts, one after the other.
    Parts(&'static [Part]),
}

/// What a group's and variation's points are made of; nothing when that is not known here.
#[rustfmt::skip]
pub(super) fn shape(group: u8, variation: u8) -> Option<Shape> {
    let parts: &'static [Part] = match (group, variation) {
        (1 | 10 | 80, 1) | (12, 3) => return Some(Shape::Packed(1)),
        (3, 1) => return Some(Shape::Packed(2)),
        (1, 2) => &[Flags(BINARY)],
        (2, 1) => &[Number("state", 1)],
        (2, 2) => &[Flags(BINARY), TIME],
        (2, 3) => &[Flags(BINARY), SHORT_TIME],
        (3, 2) | (4, 1) => &[Flags(DOUBLE)],
        (4, 2) => &[Flags(DOUBLE), TIME],
        (4, 3) => &[Flags(DOUBLE), Number("relative_time_ms", 2)],
        (10, 2) | (11, 1) => &[Flags(OUTPUT)],
        (11, 2) => &[Flags(OUTPUT), TIME],
        (12, 1 | 2) => &[Flags(OPERATION), Number("count", 1), Number("ontime", 4), Number("offtime", 4), Flags(STATUS)],
        (13, 1) => &[Flags(COMMANDED)],
        (13, 2) => &[Flags(COMMANDED), TIME],
        (20..=23, 1) => &[Flags(COUNTER), COUNT32],
        (20..=23, 2) => &[Flags(COUNTER), COUNT16],
        (20, 5) | (21, 9) => &[COUNT32],
        (20, 6) | (21, 10) => &[COUNT16],
        (21..=23, 5) => &[Flags(COUNTER), COUNT32, TIME],
        (21..=23, 6) => &[Flags(COUNTER), COUNT16, TIME],
        (30..=33 | 40 | 42, 1) => &[Flags(ANALOGUE), Signed32],
        (30..=33 | 40 | 42, 2) => &[Flags(ANALOGUE), Signed16],
        (30, 3) | (31, 5) => &[Signed32],
        (30, 4) | (31, 6) => &[Signed16],
        (30 | 32 | 33 | 42, 5) | (31, 7) | (40, 3) => &[Flags(ANALOGUE), Float32],
        (30 | 32 | 33 | 42, 6) | (31, 8) | (40, 4) => &[Flags(ANALOGUE), Float64],
        (31..=33 | 42, 3) => &[Flags(ANALOGUE), Signed32, TIME],
        (31..=33 | 42, 4) => &[Flags(ANALOGUE), Signed16, TIME],
        (32 | 33 | 42, 7) => &[Flags(ANALOGUE), Float32, TIME],
        (32 | 33 | 42, 8) => &[Flags(ANALOGUE), Float64, TIME],
        (41, 1) => &[Signed32, CONTROL],
        (41, 2) => &[Signed16, CONTROL],
        (41, 3) => &[Float32, CONTROL],
        (41, 4) => &[Float64, CONTROL],
        (50, 1 | 3) | (51, 1 | 2) => &[TIME],
        (50, 2) => &[TIME, Number("interval", 4)],
        (52, 1) => &[Number("delay_secs", 2)],
        (52, 2) => &[Number("delay_ms", 2)],
        (70, 3) => &[
            Number("filename_offset", 2), Number("filename_size", 2), Number("created", 6), Number("permissions", 2),
            Number("authentication_key", 4), Number("file_size", 4), Number("operational_mode", 2),
            Number("maximum_block_size", 2), Number("request_id", 2), Text("filename"),
        ],
        (70, 4) => &[
            Number("file_handle", 4), Number("file_size", 4), Number("maximum_block_size", 2), Number("request_id", 2),
            Number("status_code", 1), Rest("optional_text"),
        ],
        (70, 5) => &[Number("file_handle", 4), Number("block_number", 4), Rest("file_data")],
        (70, 6) => &[Number("file_handle", 4), Number("block_number", 4), Number("status_code", 1), Rest("optional_text")],
        _ => return None,
    };
    Some(Shape::Parts(parts))
}

/// Where the points of a head are, and what stands before each.
#[derive(Debug, Clone, Copy)]
pub(super) struct Points {
    pub(super) start: u32,
    pub(super) count: u32,
    pub(super) prefix: u8,
}

impl Points {
    /// Reads the points into the open list; nothing when they are cut short.
    pub(super) fn read(self, shape: Shape, cut: &mut Cut<'_>, list: &mut Document) -> Option<()> {
        match shape {
            Shape::Packed(width) => self.packed(width, cut, list),
            Shape::Parts(parts) => self.each(parts, cut, list),
        }
    }

    fn packed(self, width: u8, cut: &mut Cut<'_>, list: &mut Document) -> Option<()> {
        let bits = u64::from(self.count).saturating_mul(width.into());
        let bytes = cut.take(usize::try_from(bits.div_ceil(8)).ok()?)?;
        let per_byte = 8 / width.max(1);
        let states = bytes.iter().flat_map(|byte| {
            (0..per_byte).map(move |place| byte >> (place * width) & ((1 << width) - 1))
        });
        for (place, state) in (0..self.count).zip(states) {
            list.object("", |point| {
                point.number("prefix", 0_u8);
                point.number("index", self.start.saturating_add(place));
                point.number("state", state);
            });
        }
        Some(())
    }

    fn each(self, parts: &[Part], cut: &mut Cut<'_>, list: &mut Document) -> Option<()> {
        for place in 0..self.count {
            let prefix = self.prefix(cut)?;
            let has_size = matches!(self.prefix, 4..=6);
            list.open("");
            list.number("prefix", prefix);
            let index = if matches!(self.prefix, 1..=3) {
                prefix
            } else {
                self.start.saturating_add(place)
            };
            list.number("index", index);
            let outcome = if has_size {
                list.number("size", prefix);
                let mut point = cut.take(prefix as usize).map(Cut);
                point.as_mut().and_then(|point| read(parts, point, list))
            } else {
                read(parts, cut, list)
            };
            list.end();
            outcome?;
        }
        Some(())
    }

    /// What stands before a point: nothing, its index, or its size.
    fn prefix(self, cut: &mut Cut<'_>) -> Option<u32> {
        match self.prefix {
            1 | 4 => cut.byte().map(Into::into),
            2 | 5 => cut.le16().map(Into::into),
            3 | 6 => cut.le32(),
            _ => Some(0),
        }
    }
}

fn read(parts: &[Part], cut: &mut Cut<'_>, point: &mut Document) -> Option<()> {
    let mut text_length = 0;
    for part in parts {
        match *part {
            Flags(bits) => {
                let mut byte = cut.byte()?;
                for (name, width) in bits {
                    point.number(name, byte & ((1 << width) - 1));
                    byte = byte.checked_shr((*width).into()).unwrap_or(0);
                }
            }
            Number(name, length) => {
                let bytes = cut.take(length.into())?;
                let number = bytes.iter().rev();
                let number = number.fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
                point.number(name, number);
                if name == "filename_size" {
                    text_length = number;
                }
            }
            Signed16 => point.signed("value", i16::from_le_bytes(cut.array()?).into()),
            Signed32 => point.signed("value", i32::from_le_bytes(cut.array()?).into()),
            Float32 => point.float("value", f32::from_le_bytes(cut.array()?).into()),
            Float64 => point.float("value", f64::from_le_bytes(cut.array()?)),
            Text(name) => {
                let text = cut.take(usize::try_from(text_length).ok()?)?;
                point.text(name, text);
            }
            Rest(name) => point.text(name, std::mem::take(&mut cut.0)),
        }
    }
    Some(())
}
