//! A record's JSON, member by member, for protocols whose messages have many forms.

use wirewatch_records::{Row, json};

use crate::exchange::{Detail, Exchange};

/// Bytes of one document; members beyond are left out. A record with more helps nobody.
const MAX_BYTES: usize = 32 << 10;
/// Objects and lists within each other: what the protocols here need.
const MAX_DEPTH: usize = 8;

/// How a document becomes its protocol's row.
pub(crate) type MakeRow = fn(&Exchange<Document>, &str, &mut dyn FnMut(&Row<'_>));

/// A JSON object in the making.
#[derive(Debug)]
pub(crate) struct Document {
    out: Vec<u8>,
    /// What ends each open object or list; a zero for one that was left out.
    open: [u8; MAX_DEPTH],
    depth: usize,
    row: MakeRow,
}

impl Document {
    pub(crate) fn new(row: MakeRow) -> Self {
        Self {
            out: Vec::new(),
            open: [0; MAX_DEPTH],
            depth: 0,
            row,
        }
    }

    fn has_room(&self) -> bool {
        let is_left_out = self
            .depth
            .checked_sub(1)
            .and_then(|last| self.open.get(last))
            .is_some_and(|end| *end == 0);
        self.out.len() < MAX_BYTES && !is_left_out && self.depth <= MAX_DEPTH
    }

    /// A key with its colon; items of lists have none.
    fn key(&mut self, key: &str) {
        if !key.is_empty() {
            json::string(&mut self.out, key.as_bytes());
            self.out.push(b':');
        }
    }

    pub(crate) fn text(&mut self, key: &str, value: &[u8]) {
        if self.has_room() {
            self.key(key);
            json::string(&mut self.out, value);
            self.out.push(b',');
        }
    }

    /// Text under a key that came from the wire.
    pub(crate) fn pair(&mut self, key: &[u8], value: &[u8]) {
        if self.has_room() {
            json::string(&mut self.out, key);
            self.out.push(b':');
            json::string(&mut self.out, value);
            self.out.push(b',');
        }
    }

    pub(crate) fn number(&mut self, key: &str, value: impl Into<u64>) {
        if self.has_room() {
            self.key(key);
            json::number(&mut self.out, b"", value);
        }
    }

    pub(crate) fn signed(&mut self, key: &str, value: i64) {
        self.raw(key, format_args!("{value}"));
    }

    /// JSON has no word for what is not a number or not finite: such a member is left out.
    pub(crate) fn float(&mut self, key: &str, value: f64) {
        if value.is_finite() {
            self.raw(key, format_args!("{value:?}"));
        }
    }

    fn raw(&mut self, key: &str, value: std::fmt::Arguments<'_>) {
        if self.has_room() {
            self.key(key);
            self.out.extend_from_slice(value.to_string().as_bytes());
            self.out.push(b',');
        }
    }

    pub(crate) fn boolean(&mut self, key: &str, value: bool) {
        if self.has_room() {
            self.key(key);
            json::boolean(&mut self.out, b"", value);
        }
    }

    /// Bytes as hexadecimal digits.
    pub(crate) fn digits(&mut self, key: &str, value: &[u8]) {
        let mut digits = Vec::with_capacity(value.len().saturating_mul(2));
        for byte in value {
            wirewatch_records::format::hex(&mut digits, *byte);
        }
        self.text(key, &digits);
    }

    /// The members, or items, of another document of which nothing is open.
    pub(crate) fn splice(&mut self, other: &Self) {
        if self.has_room() {
            self.out.extend_from_slice(&other.out);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.out.is_empty()
    }

    /// An object of what `fill` adds.
    pub(crate) fn object(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.nested(key, b'{', b'}', fill);
    }

    /// A list of what `fill` adds without keys.
    pub(crate) fn list(&mut self, key: &str, fill: impl FnOnce(&mut Self)) {
        self.nested(key, b'[', b']', fill);
    }

    fn nested(&mut self, key: &str, begin: u8, end: u8, fill: impl FnOnce(&mut Self)) {
        self.begin(key, begin, end);
        fill(self);
        self.end();
    }

    /// Begins an object that stays open over several messages.
    pub(crate) fn open(&mut self, key: &str) {
        self.begin(key, b'{', b'}');
    }

    /// Begins a list that stays open.
    pub(crate) fn open_list(&mut self, key: &str) {
        self.begin(key, b'[', b']');
    }

    /// Ends the innermost object or list.
    pub(crate) fn end(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        let Some(end @ 1..) = self.open.get(self.depth).copied() else {
            return;
        };
        if self.out.last() == Some(&b',') {
            self.out.pop();
        }
        self.out.extend([end, b',']);
    }

    fn begin(&mut self, key: &str, begin: u8, end: u8) {
        let has_room = self.has_room() && self.depth < MAX_DEPTH;
        if has_room {
            self.key(key);
            self.out.push(begin);
        }
        if let Some(open) = self.open.get_mut(self.depth) {
            *open = if has_room { end } else { 0 };
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// The object as it stands, with all that is open ended.
    pub(crate) fn finished(&self) -> String {
        let mut out = Vec::with_capacity(self.out.len() + 8);
        out.push(b'{');
        out.extend_from_slice(&self.out);
        let open = self.open.iter().take(self.depth).rev();
        for end in open.chain(b"}").filter(|end| **end != 0) {
            if out.last() == Some(&b',') {
                out.pop();
            }
            out.extend([*end, b',']);
        }
        out.pop();
        String::from_utf8(out).unwrap_or_default()
    }

    pub(crate) fn held(&self) -> usize {
        self.out.capacity()
    }
}

impl Detail for Document {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let document = exchange.detail.finished();
        (exchange.detail.row)(exchange, &document, put);
    }
}

#[cfg(test)]
mod tests;
