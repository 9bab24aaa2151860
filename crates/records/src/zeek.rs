//! Zeek's logs: tab-separated text with Zeek's header, columns and types, or JSON lines.
//!
//! `conn.log` is made of flows, `weird.log` of anomalies and `notice.log` of alerts; the columns
//! come from the schema. <https://docs.zeek.org/en/master/log-formats.html>

mod folder;
mod json;
mod tabs;
pub(crate) mod values;

pub use folder::{Folder, FolderError};

use crate::format;
use crate::generated::zeek::{LOGS, line};
use crate::{Common, Kind, Row};

#[cfg(test)]
mod tests;

/// One of Zeek's logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    /// Name without `.log`.
    pub name: &'static str,
    /// Kind of record it is made of.
    pub kind: Kind,
    /// Columns in order.
    pub columns: &'static [&'static str],
    /// Their Zeek types.
    pub types: &'static [&'static str],
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// A header, and cells with tabs between them.
    #[default]
    Tabs,
    /// One JSON object per line, without a header.
    Json,
}

/// Kinds of records that there is a log for.
pub fn kinds() -> impl Iterator<Item = Kind> {
    LOGS.iter().map(|log| log.kind)
}

/// Writes records into Zeek logs, kept in memory until they are taken.
#[derive(Debug)]
pub struct Logs {
    format: Format,
    opened_us: i64,
    buffers: [Buffer; LOGS.len()],
}

#[derive(Debug, Default)]
struct Buffer {
    has_header: bool,
    lines: Vec<u8>,
}

impl Logs {
    /// Logs whose headers say that they were opened at a time, in microseconds since 1970.
    pub fn new(format: Format, opened_us: i64) -> Self {
        Self {
            format,
            opened_us,
            buffers: std::array::from_fn(|_| Buffer::default()),
        }
    }

    /// Appends a record to its log; false when its kind has none.
    pub fn write(&mut self, common: &Common<'_>, row: &Row<'_>) -> bool {
        let kind = row.kind();
        let mut logs = LOGS.iter().zip(&mut self.buffers);
        let Some((log, buffer)) = logs.find(|(log, _)| log.kind == kind) else {
            return false;
        };
        match self.format {
            Format::Tabs => {
                if !buffer.has_header {
                    header(log, self.opened_us, &mut buffer.lines);
                    buffer.has_header = true;
                }
                let mut cells = tabs::Line::begin(&mut buffer.lines);
                line(common, row, &mut cells);
                cells.end();
            }
            Format::Json => {
                let mut cells = json::Line::begin(&mut buffer.lines, log.columns);
                line(common, row, &mut cells);
                cells.end();
            }
        }
        true
    }

    /// Bytes that wait to be taken.
    pub fn len(&self) -> usize {
        self.buffers.iter().map(|buffer| buffer.lines.len()).sum()
    }

    /// Whether no bytes wait.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Hands each log's new bytes to `take` and forgets them once it has taken them.
    pub fn flush<E>(
        &mut self,
        mut take: impl FnMut(&Log, &[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        for (log, buffer) in LOGS.iter().zip(&mut self.buffers) {
            if !buffer.lines.is_empty() {
                take(log, &buffer.lines)?;
                buffer.lines.clear();
            }
        }
        Ok(())
    }

    /// Ends every log that was begun with the line that says when it was closed.
    pub fn close(&mut self, closed_us: i64) {
        for buffer in &mut self.buffers {
            if std::mem::take(&mut buffer.has_header) {
                stamp(b"#close", closed_us, &mut buffer.lines);
            }
        }
    }
}

fn header(log: &Log, opened_us: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(
        b"#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t",
    );
    out.extend_from_slice(log.name.as_bytes());
    out.push(b'\n');
    stamp(b"#open", opened_us, out);
    for (title, cells) in [("#fields", log.columns), ("#types", log.types)] {
        out.extend_from_slice(title.as_bytes());
        for cell in cells {
            out.push(b'\t');
            out.extend_from_slice(cell.as_bytes());
        }
        out.push(b'\n');
    }
}

/// `#open` and `#close` lines: `2026-01-01-00-00-00`.
fn stamp(title: &[u8], ts_us: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(title);
    out.push(b'\t');
    let (text, _) = format::date_time(ts_us, b'-');
    let dashed = text.iter().take(19);
    out.extend(dashed.map(|byte| if *byte == b':' { b'-' } else { *byte }));
    out.push(b'\n');
}
