//! Rule files as logical lines: continuation lines joined, comments left out, places kept.

use super::problem::Fault;

/// The longest rule. Real ones stay under 8 KiB; address lists of feeds reach 30.
pub(crate) const MAX_RULE_BYTES: usize = 65_536;

/// One rule's text on one line, and where its parts came from.
#[derive(Debug, Clone)]
pub(crate) struct LogicalLine {
    pub(crate) text: String,
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    start: usize,
    line: u32,
    column: u32,
}

impl LogicalLine {
    /// Line and column, both from 1, of a byte of the joined text.
    pub(crate) fn place(&self, at: usize) -> (u32, u32) {
        let piece = self.pieces.iter().rev().find(|piece| piece.start <= at);
        piece.map_or((1, 1), |piece| {
            let into = u32::try_from(at - piece.start).unwrap_or(u32::MAX);
            (piece.line, piece.column.saturating_add(into))
        })
    }
}

/// Reads logical lines off a file's bytes.
pub(crate) struct LogicalLines<'a> {
    rest: &'a [u8],
    line: u32,
}

impl<'a> LogicalLines<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        let rest = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        Self { rest, line: 0 }
    }

    fn physical(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.line = self.line.saturating_add(1);
        let (line, rest) = match memchr::memchr(b'\n', self.rest) {
            Some(end) => self.rest.split_at(end),
            None => (self.rest, &[][..]),
        };
        self.rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        Some(line)
    }
}

impl Iterator for LogicalLines<'_> {
    /// A line, or what is wrong with it and its number.
    type Item = Result<LogicalLine, (u32, Fault)>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut bytes = Vec::new();
        let mut pieces = Vec::new();
        let mut first_line = 0;
        while let Some(line) = self.physical() {
            let content = line.trim_ascii();
            if pieces.is_empty() {
                if content.is_empty() || content.starts_with(b"#") {
                    continue;
                }
                first_line = self.line;
            }
            let indent = line.len() - line.trim_ascii_start().len();
            pieces.push(Piece {
                start: bytes.len(),
                line: self.line,
                column: u32::try_from(indent).unwrap_or(u32::MAX).saturating_add(1),
            });
            let joined = content.strip_suffix(b"\\");
            if bytes.len() <= MAX_RULE_BYTES {
                bytes.extend_from_slice(joined.unwrap_or(content));
            }
            if joined.is_none() {
                break;
            }
        }
        if pieces.is_empty() {
            return None;
        }
        if bytes.len() > MAX_RULE_BYTES {
            let fault = Fault::error(0, format!("a rule is longer than {MAX_RULE_BYTES} bytes"));
            return Some(Err((first_line, fault)));
        }
        Some(match String::from_utf8(bytes) {
            Ok(text) => Ok(LogicalLine { text, pieces }),
            Err(_) => Err((first_line, Fault::error(0, "the rule is not UTF-8 text"))),
        })
    }
}
