//! JSON documents as words: `request.function_code=READ_COILS request.unit_id=1`.
//!
//! Records have such documents where a protocol's messages are trees. They are this project's own, so they
//! are valid, and what is odd in their texts is escaped already; anything else ends the words.

use super::safe;

/// Bytes of one document on a line; more is for EVE.
const MAX_SHOWN: usize = 400;
/// Objects and lists within each other that are followed.
const MAX_DEPTH: usize = 16;

/// Appends a document's names and values.
pub(super) fn write(out: &mut Vec<u8>, document: &str) {
    let mut words = Words {
        rest: document.as_bytes(),
        end: out.len().saturating_add(MAX_SHOWN),
        out,
        path: Vec::new(),
        is_in_list: false,
    };
    if words.value(0).is_none() && words.out.len() >= words.end {
        words.out.extend_from_slice(b" ...");
    }
}

struct Words<'a, 'o> {
    rest: &'a [u8],
    out: &'o mut Vec<u8>,
    /// Where `out` is full.
    end: usize,
    /// Names on the way to the value at hand.
    path: Vec<&'a [u8]>,
    /// Whether the value before was in the same list.
    is_in_list: bool,
}

impl<'a> Words<'a, '_> {
    /// Nothing when there is no value, or no room for more.
    fn value(&mut self, depth: usize) -> Option<()> {
        if depth > MAX_DEPTH || self.out.len() >= self.end {
            return None;
        }
        match self.rest.first()? {
            b'{' => self.items(depth, b'}'),
            b'[' => self.items(depth, b']'),
            b'"' => {
                let text = self.string()?;
                let is_secret = self.path.last().is_some_and(|name| *name == b"password");
                self.word(if is_secret { b"<hidden>" } else { text });
                Some(())
            }
            _ => {
                let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']');
                let end = self.rest.iter().position(is_end);
                let (value, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
                self.rest = rest;
                self.word(value);
                Some(())
            }
        }
    }

    /// Members of an object or elements of a list.
    fn items(&mut self, depth: usize, close: u8) -> Option<()> {
        let is_object = close == b'}';
        self.is_in_list = false;
        loop {
            let (_, rest) = self.rest.split_first()?;
            self.rest = rest;
            if self.rest.first() == Some(&close) {
                break;
            }
            if is_object {
                let name = self.string()?;
                self.rest = self.rest.strip_prefix(b":")?;
                self.path.push(name);
            }
            self.value(depth + 1)?;
            if is_object {
                self.path.pop();
                self.is_in_list = false;
            }
            match self.rest.first()? {
                b',' => {}
                byte if *byte == close => break,
                _ => return None,
            }
        }
        let (_, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(())
    }

    /// A text between quotes, as it is escaped.
    fn string(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.strip_prefix(b"\"")?;
        let mut is_escaped = false;
        let end = rest.iter().position(|byte| {
            let is_end = *byte == b'"' && !is_escaped;
            is_escaped = *byte == b'\\' && !is_escaped;
            is_end
        })?;
        let (text, rest) = rest.split_at_checked(end)?;
        self.rest = rest.strip_prefix(b"\"")?;
        Some(text)
    }

    /// A value with the names on its way; after a comma when it is in the list of the one before.
    fn word(&mut self, value: &[u8]) {
        if value.is_empty() {
            return;
        }
        if self.is_in_list {
            self.out.push(b',');
        } else {
            self.out.push(b' ');
            for (index, name) in self.path.iter().enumerate() {
                if index > 0 {
                    self.out.push(b'.');
                }
                safe::write_bounded(self.out, name, MAX_SHOWN);
            }
            if !self.path.is_empty() {
                self.out.push(b'=');
            }
        }
        safe::write_bounded(self.out, value, MAX_SHOWN);
        self.is_in_list = true;
    }
}
