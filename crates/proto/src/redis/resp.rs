//! Values of RESP, read piece by piece; of long ones only the beginning is kept.

use crate::waiting::{Step, bounded, line};

/// Bytes of one text that are kept.
pub(super) const MAX_TEXT: usize = 1024;
/// Bytes that wait: a line with a length, or a text that is kept.
pub(super) const MAX_WAITING: usize = 16 << 10;
/// Words of a command that are kept.
const MAX_WORDS: usize = 4;
/// Lists within lists; a deeper reply is not read on.
const MAX_DEPTH: usize = 16;

/// A whole value.
#[derive(Debug, Default)]
pub(super) struct Value {
    /// Its first words, when it is a list.
    pub(super) words: Vec<Vec<u8>>,
    /// All of it as text, as far as it is kept.
    pub(super) text: Vec<u8>,
    pub(super) is_error: bool,
    /// Sent without having been asked for.
    pub(super) is_push: bool,
}

/// A value in the making.
#[derive(Debug, Default)]
pub(super) struct Resp {
    value: Value,
    /// How many values each open list still lacks.
    open: Vec<u64>,
    /// Whether a list has just been opened.
    is_fresh: bool,
    /// Where an attribute begins: how deep, and in which text. It tells about the value after it.
    attribute: Option<(usize, usize)>,
    /// Bytes of the text that comes next.
    text: Option<u64>,
    is_done: bool,
}

impl Resp {
    /// The value, when it is whole.
    pub(super) fn take(&mut self) -> Option<Value> {
        if !std::mem::take(&mut self.is_done) {
            return None;
        }
        self.is_fresh = false;
        Some(std::mem::take(&mut self.value))
    }

    pub(super) fn held(&self) -> usize {
        let words = self.value.words.iter().map(Vec::capacity).sum::<usize>();
        self.value.text.capacity() + words + self.open.capacity() * 8
    }

    /// Reads on; clients may also send lines of words.
    pub(super) fn step(&mut self, bytes: &[u8], is_client: bool) -> Step {
        if let Some(length) = self.text {
            return self.text(bytes, length);
        }
        let Some((line, length)) = line(bytes) else {
            return Step::More;
        };
        let (kind, rest) = line.split_first().unwrap_or((&0, &[]));
        match kind {
            b'+' | b':' | b',' | b'#' | b'(' => self.leaf(rest),
            b'-' => {
                self.value.is_error |= self.open.is_empty();
                self.leaf(rest);
            }
            b'_' => self.leaf(b"null"),
            b'$' | b'=' | b'!' => match number(rest) {
                Some(length) => self.text = Some(length),
                None => self.leaf(b"null"),
            },
            b'*' | b'~' | b'>' => {
                self.value.is_push |= *kind == b'>' && self.open.is_empty();
                if !self.list(number(rest)) {
                    return Step::Stop(crate::application::Next::Done);
                }
            }
            b'%' | b'|' => {
                if *kind == b'|' && self.attribute.is_none() {
                    self.attribute = Some((self.open.len(), self.value.text.len()));
                }
                let pairs = number(rest).map(|pairs| pairs.saturating_mul(2));
                if !self.list(pairs) {
                    return Step::Stop(crate::application::Next::Done);
                }
            }
            _ if is_client && self.open.is_empty() => self.inline(line),
            _ => return Step::Stop(crate::application::Next::DoneWithSide),
        }
        Step::Used(length)
    }

    fn text(&mut self, bytes: &[u8], length: u64) -> Step {
        let kept = usize::try_from(length).unwrap_or(MAX_TEXT).min(MAX_TEXT);
        let Some(text) = bytes.get(..kept) else {
            return Step::More;
        };
        let whole = length.saturating_add(2);
        if length <= MAX_TEXT as u64 && (bytes.len() as u64) < whole {
            return Step::More;
        }
        self.text = None;
        let text = text.to_vec();
        self.leaf(&text);
        Step::Skip(whole)
    }

    /// Opens a list; false when it is too deep.
    fn list(&mut self, length: Option<u64>) -> bool {
        let Some(length @ 1..) = length else {
            let text: &[u8] = if length.is_some() { b"[]" } else { b"null" };
            self.leaf(text);
            return true;
        };
        self.separate();
        self.write(b"[");
        self.is_fresh = true;
        self.open.push(length);
        self.open.len() <= MAX_DEPTH
    }

    /// A value without values within.
    fn leaf(&mut self, text: &[u8]) {
        self.separate();
        self.write(text);
        if self.open.len() == 1 && self.value.words.len() < MAX_WORDS {
            self.value.words.push(bounded(text, MAX_TEXT).to_vec());
        }
        self.close();
    }

    /// Ends the lists that have all their values now.
    fn close(&mut self) {
        while let Some(left) = self.open.last_mut() {
            *left = left.saturating_sub(1);
            if *left > 0 {
                return;
            }
            self.open.pop();
            self.write(b"]");
            if let Some((_, start)) = self
                .attribute
                .filter(|(depth, _)| *depth == self.open.len())
            {
                self.attribute = None;
                self.value.text.truncate(start);
                return self.value.words.clear();
            }
        }
        self.is_done = true;
    }

    fn separate(&mut self) {
        if !std::mem::take(&mut self.is_fresh) && !self.open.is_empty() {
            self.write(b", ");
        }
    }

    fn write(&mut self, text: &[u8]) {
        let free = MAX_TEXT.saturating_sub(self.value.text.len());
        self.value.text.extend_from_slice(bounded(text, free));
    }

    fn inline(&mut self, line: &[u8]) {
        let mut rest = line;
        while self.value.words.len() < MAX_WORDS
            && let Some((word, after)) = word(rest)
        {
            self.value.words.push(bounded(word, MAX_TEXT).to_vec());
            rest = after;
        }
        self.is_done = true;
    }
}

/// The next word of a command's line, as it stands there, and what follows. In quotes a word may have
/// spaces, and a quote after a backslash; without their end it goes to the end of the line.
fn word(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii_start();
    let mut quote = None;
    let mut is_escaped = false;
    let end = line.iter().position(|byte| {
        match (quote, *byte) {
            _ if is_escaped => is_escaped = false,
            (Some(_), b'\\') => is_escaped = true,
            (Some(open), byte) if byte == open => quote = None,
            (None, byte @ (b'"' | b'\'')) => quote = Some(byte),
            (None, byte) if byte.is_ascii_whitespace() => return true,
            _ => {}
        }
        false
    });
    let (word, rest) = line.split_at(end.unwrap_or(line.len()));
    (!word.is_empty()).then_some((word, rest))
}

/// A length; nothing when it says that the value is null.
fn number(text: &[u8]) -> Option<u64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}
