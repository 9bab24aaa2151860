//! Messages of DNP3's application layer: functions, indications, and objects.

use super::object::{self, Points, Shape};
use crate::document::Document;
use crate::waiting::Cut;

/// Objects that are told of one message.
const MAX_OBJECTS: usize = 64;

const RESPONSE: u8 = 129;
const UNSOLICITED: u8 = 130;

/// Functions by number, those of answers apart.
const NAMES: [&str; 34] = [
    "CONFIRM",
    "READ",
    "WRITE",
    "SELECT",
    "OPERATE",
    "DIRECT_OPERATE",
    "DIRECT_OPERATE_NR",
    "IMMED_FREEZE",
    "IMMED_FREEZE_NR",
    "FREEZE_CLEAR",
    "FREEZE_CLEAR_NR",
    "FREEZE_AT_TIME",
    "FREEZE_AT_TIME_NR",
    "COLD_RESTART",
    "WARM_RESTART",
    "INITIALIZE_DATA",
    "INITIALIZE_APPL",
    "START_APPL",
    "STOP_APPL",
    "SAVE_CONFIG",
    "ENABLE_UNSOLICITED",
    "DISABLE_UNSOLICITED",
    "ASSIGN_CLASS",
    "DELAY_MEASURE",
    "RECORD_CURRENT_TIME",
    "OPEN_FILE",
    "CLOSE_FILE",
    "DELETE_FILE",
    "GET_FILE_INFO",
    "AUTHENTICATE_FILE",
    "ABORT_FILE",
    "ACTIVATE_CONFIG",
    "AUTHENTICATE_REQ",
    "AUTHENTICATE_ERR",
];

/// A function's name as Zeek has it.
pub(super) fn name(function: u8) -> &'static str {
    match function {
        RESPONSE => "RESPONSE",
        UNSOLICITED => "UNSOLICITED_RESPONSE",
        131 => "AUTHENTICATE_RESP",
        _ => NAMES
            .get(usize::from(function))
            .copied()
            .unwrap_or("unknown"),
    }
}

/// Bits of the indications from the lowest on.
const INDICATIONS: [&str; 14] = [
    "no_func_code_support",
    "object_unknown",
    "parameter_error",
    "event_buffer_overflow",
    "already_executing",
    "config_corrupt",
    "reserved_2",
    "reserved_1",
    "all_stations",
    "class_1_events",
    "class_2_events",
    "class_3_events",
    "need_time",
    "local_control",
];

/// The objects of a message, as far as they were read.
#[derive(Debug, Default)]
pub(super) struct Objects {
    /// Group and variation of each.
    pub(super) seen: Vec<u16>,
    /// Whether it ended at points of a kind that is not known here.
    pub(super) has_unknown: bool,
    /// Whether there are more than are read.
    pub(super) has_more: bool,
}

/// Why an object's points were not read.
enum Stop {
    Unknown,
    Short,
}

/// A message of the application layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Message<'a> {
    control: u8,
    pub(super) function: u8,
    pub(super) indications: Option<u16>,
    pub(super) objects: &'a [u8],
}

impl<'a> Message<'a> {
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut cut = Cut(bytes);
        let (control, function) = (cut.byte()?, cut.byte()?);
        let indications = if function >= RESPONSE {
            Some(cut.be16()?)
        } else {
            None
        };
        Some(Self {
            control,
            function,
            indications,
            objects: cut.0,
        })
    }

    pub(super) fn kind(self) -> &'static str {
        match self.function {
            UNSOLICITED => "unsolicited_response",
            RESPONSE.. => "response",
            _ => "request",
        }
    }

    /// Whether it is a request to which an answer belongs (section 4.2.2.5): not one that confirms, or says that it
    /// wants none.
    pub(super) fn wants_response(self) -> bool {
        !matches!(self.function, 0 | 6 | 8 | 10 | 12) && self.indications.is_none()
    }

    /// Writes the message; gives its objects.
    pub(super) fn write(self, document: &mut Document) -> Objects {
        let mut objects = Objects::default();
        document.object("application", |application| {
            application.object("control", |control| {
                control.boolean("fir", self.control & 0x80 != 0);
                control.boolean("fin", self.control & 0x40 != 0);
                control.boolean("con", self.control & 0x20 != 0);
                control.boolean("uns", self.control & 0x10 != 0);
                control.number("sequence", self.control & 0x0f);
            });
            application.number("function_code", self.function);
            if !self.objects.is_empty() {
                application.list("objects", |list| objects = self.heads(list));
            }
            application.boolean("complete", true);
        });
        if let Some(indications) = self.indications.filter(|bits| *bits != 0) {
            document.object("iin", |iin| {
                iin.list("indicators", |list| {
                    let names = INDICATIONS
                        .iter()
                        .chain(&["device_trouble", "device_restart"]);
                    for (bit, name) in names.enumerate() {
                        if indications >> bit & 1 != 0 {
                            list.text("", name.as_bytes());
                        }
                    }
                });
            });
        }
        objects
    }

    /// Objects up to the first whose points are of a kind that is not known here.
    fn heads(self, list: &mut Document) -> Objects {
        let mut cut = Cut(self.objects);
        let mut objects = Objects::default();
        while let Some(head) = Head::read(&mut cut) {
            if objects.seen.len() >= MAX_OBJECTS {
                objects.has_more = true;
                break;
            }
            objects
                .seen
                .push(u16::from_be_bytes([head.group, head.variation]));
            list.open("");
            head.write(list);
            let outcome = self.points(head, &mut cut, list);
            list.end();
            if let Err(stop) = outcome {
                objects.has_unknown = matches!(stop, Stop::Unknown);
                break;
            }
        }
        objects
    }

    fn points(self, head: Head, cut: &mut Cut<'_>, object: &mut Document) -> Result<(), Stop> {
        // These ask for objects: there is nothing behind their heads but what tells points apart, unless
        // each says its size, as parts of files do.
        let is_asking = matches!(self.function, 1 | 7..=10 | 20..=22);
        let prefix = head.qualifier >> 4 & 7;
        let shape = match prefix {
            _ if head.count == 0 => return Ok(()),
            0 if is_asking => return Ok(()),
            1..=3 if is_asking => Shape::Parts(&[]),
            _ => object::shape(head.group, head.variation).ok_or(Stop::Unknown)?,
        };
        let points = Points {
            start: head.start,
            count: head.count,
            prefix,
        };
        object.open_list("points");
        let outcome = points.read(shape, cut, object);
        object.end();
        outcome.ok_or(Stop::Short)
    }
}

/// What stands before the data of objects (section 4.2.2.7).
#[derive(Debug, Clone, Copy)]
struct Head {
    group: u8,
    variation: u8,
    qualifier: u8,
    start: u32,
    stop: u32,
    count: u32,
}

impl Head {
    fn read(cut: &mut Cut<'_>) -> Option<Self> {
        let (group, variation, qualifier) = (cut.byte()?, cut.byte()?, cut.byte()?);
        let (start, stop, count) = match qualifier & 0x0f {
            0 | 3 => range(u32::from(cut.byte()?), u32::from(cut.byte()?)),
            1 | 4 => range(u32::from(cut.le16()?), u32::from(cut.le16()?)),
            2 | 5 => range(cut.le32()?, cut.le32()?),
            7 | 11 => (0, 0, u32::from(cut.byte()?)),
            8 => (0, 0, u32::from(cut.le16()?)),
            9 => (0, 0, cut.le32()?),
            _ => (0, 0, 0),
        };
        Some(Self {
            group,
            variation,
            qualifier,
            start,
            stop,
            count,
        })
    }

    fn write(self, document: &mut Document) {
        document.number("group", self.group);
        document.number("variation", self.variation);
        document.number("qualifier", self.qualifier);
        document.number("prefix_code", self.qualifier >> 4 & 7);
        document.number("range_code", self.qualifier & 0x0f);
        document.number("start", self.start);
        document.number("stop", self.stop);
        document.number("count", self.count);
    }
}

fn range(start: u32, stop: u32) -> (u32, u32, u32) {
    (start, stop, stop.saturating_sub(start).saturating_add(1))
}
