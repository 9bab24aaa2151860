//! Commands of MySQL and the first packet of their answers.

use crate::waiting::{Cut, split};

/// Attributes of a query that are passed over; clients send a few.
const MAX_ATTRIBUTES: u64 = 256;

const NAMES: [&str; 32] = [
    "sleep",
    "quit",
    "init_db",
    "query",
    "field_list",
    "create_db",
    "drop_db",
    "refresh",
    "shutdown",
    "statistics",
    "process_info",
    "connect",
    "process_kill",
    "debug",
    "ping",
    "time",
    "delayed_insert",
    "change_user",
    "binlog_dump",
    "table_dump",
    "connect_out",
    "register_slave",
    "stmt_prepare",
    "stmt_execute",
    "stmt_send_long_data",
    "stmt_close",
    "stmt_reset",
    "set_option",
    "stmt_fetch",
    "daemon",
    "binlog_dump_gtid",
    "reset_connection",
];

const QUIT: u8 = 1;
const QUERY: u8 = 3;
const FIELD_LIST: u8 = 4;
const CHANGE_USER: u8 = 17;
const SEND_LONG_DATA: u8 = 24;
const CLOSE: u8 = 25;

pub(super) fn name(code: u8) -> String {
    let known = NAMES.get(usize::from(code));
    known.map_or_else(|| format!("unknown-{code}"), |name| (*name).to_owned())
}

/// Whether the server says anything to it.
pub(super) fn has_answer(code: u8) -> bool {
    !matches!(code, QUIT | SEND_LONG_DATA | CLOSE)
}

/// What the command is about, as text.
pub(super) fn argument(code: u8, rest: &[u8], has_attributes: bool) -> &[u8] {
    match code {
        QUERY if has_attributes => query(rest).unwrap_or(rest),
        FIELD_LIST | CHANGE_USER => split(rest, 0).0,
        _ => rest,
    }
}

/// A number of one to nine bytes.
pub(super) fn count(cut: &mut Cut<'_>) -> Option<u64> {
    Some(match cut.byte()? {
        0xfc => u64::from(cut.le16()?),
        0xfd => {
            let [low, middle, high] = cut.array()?;
            u64::from(u32::from_le_bytes([low, middle, high, 0]))
        }
        0xfe => u64::from_le_bytes(cut.array()?),
        short => u64::from(short),
    })
}

/// The text of a query after its attributes.
fn query(rest: &[u8]) -> Option<&[u8]> {
    let mut cut = Cut(rest);
    let attributes = count(&mut cut)?;
    let _sets = count(&mut cut)?;
    if attributes == 0 {
        return Some(cut.0);
    }
    if attributes > MAX_ATTRIBUTES {
        return None;
    }
    let nulls = cut.take((attributes as usize).div_ceil(8))?;
    let mut types = Vec::new();
    if cut.byte()? == 1 {
        for _ in 0..attributes {
            let kind = cut.le16()?;
            let length = count(&mut cut)?;
            cut.take(usize::try_from(length).ok()?)?;
            types.push(kind);
        }
    }
    for (number, kind) in types.into_iter().enumerate() {
        let bits = nulls.get(number / 8)?;
        if bits >> (number % 8) & 1 == 0 {
            value(&mut cut, kind as u8)?;
        }
    }
    Some(cut.0)
}

/// Passes over a value by its type.
fn value(cut: &mut Cut<'_>, kind: u8) -> Option<()> {
    let length = match kind {
        1 => 1,
        2 | 13 => 2,
        3 | 4 | 9 => 4,
        5 | 8 => 8,
        6 => 0,
        7 | 10 | 11 | 12 => usize::from(cut.byte()?),
        _ => usize::try_from(count(cut)?).ok()?,
    };
    cut.take(length)?;
    Some(())
}

/// The message of an error, after its number and its state.
pub(super) fn error(rest: &[u8]) -> &[u8] {
    let message = rest.get(2..).unwrap_or_default();
    match message.strip_prefix(b"#") {
        Some(stated) => stated.get(5..).unwrap_or_default(),
        None => message,
    }
}
