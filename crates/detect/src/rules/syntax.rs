//! The shape of a rule: seven header words, then options in parentheses.
//!
//! Nothing is interpreted here; every piece keeps its byte offset, so that
//! whoever interprets it can say where a fault is.

use super::problem::Fault;

/// Options of one rule. The longest rules of public sets have about 80.
pub(crate) const MAX_OPTIONS: usize = 512;

/// A piece of a rule and where it starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Word<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
}

impl<'a> Word<'a> {
    /// The part without blanks around it.
    pub(crate) fn trim(self) -> Self {
        let start = self.text.trim_start();
        Self {
            text: start.trim_end(),
            at: self.at + (self.text.len() - start.len()),
        }
    }

    /// The parts between `separator`s, blanks removed.
    pub(crate) fn split(self, separator: char) -> impl Iterator<Item = Word<'a>> {
        let mut at = self.at;
        self.text.split(separator).map(move |text| {
            let word = Word { text, at };
            at += text.len() + separator.len_utf8();
            word.trim()
        })
    }

    /// The parts before and after the first `separator`.
    pub(crate) fn split_once(self, separator: char) -> Option<(Word<'a>, Word<'a>)> {
        let (left, right) = self.text.split_once(separator)?;
        let at = self.at + left.len() + separator.len_utf8();
        let left = Word { text: left, ..self };
        Some((left.trim(), Word { text: right, at }.trim()))
    }

    /// What follows `prefix`, blanks removed.
    pub(crate) fn strip_prefix(self, prefix: &str) -> Option<Word<'a>> {
        let text = self.text.strip_prefix(prefix)?;
        let at = self.at + prefix.len();
        Some(Word { text, at }.trim())
    }

    /// The text inside double quotes, or all of it when there are none.
    pub(crate) fn unquote(self) -> Self {
        let inner = self
            .text
            .strip_prefix('"')
            .and_then(|t| t.strip_suffix('"'));
        inner.map_or(self, |text| Word {
            text,
            at: self.at + 1,
        })
    }
}

/// One `name;` or `name:value;`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RawOption<'a> {
    pub(crate) name: Word<'a>,
    pub(crate) value: Option<Word<'a>>,
}

/// A rule cut into its pieces.
#[derive(Debug)]
pub(crate) struct RawRule<'a> {
    pub(crate) action: Word<'a>,
    pub(crate) protocol: Word<'a>,
    pub(crate) source: Word<'a>,
    pub(crate) source_port: Word<'a>,
    pub(crate) direction: Word<'a>,
    pub(crate) destination: Word<'a>,
    pub(crate) destination_port: Word<'a>,
    pub(crate) options: Vec<RawOption<'a>>,
}

const HEADER_PARTS: [&str; 7] = [
    "an action",
    "a protocol",
    "a source address",
    "a source port",
    "a direction (->, <> or =>)",
    "a destination address",
    "a destination port",
];

/// Cuts one logical line.
pub(crate) fn parse(text: &str) -> Result<RawRule<'_>, Fault> {
    let (words, open) = header_words(text)?;
    let [
        action,
        protocol,
        source,
        source_port,
        direction,
        destination,
        destination_port,
    ] = words;
    Ok(RawRule {
        action,
        protocol,
        source,
        source_port,
        direction,
        destination,
        destination_port,
        options: options(text, open)?,
    })
}

/// The seven words before the parenthesis, and where that is. Lists may hold blanks.
fn header_words(text: &str) -> Result<([Word<'_>; 7], usize), Fault> {
    let mut words = [Word { text: "", at: 0 }; 7];
    let mut at = 0;
    for (word, part) in words.iter_mut().zip(HEADER_PARTS) {
        let rest = text.get(at..).unwrap_or_default();
        let start = at + (rest.len() - rest.trim_start().len());
        let length = word_length(text.get(start..).unwrap_or_default());
        if length == 0 {
            return Err(Fault::error(start, format!("{part} is missing")));
        }
        at = start + length;
        *word = Word {
            text: text.get(start..at).unwrap_or_default(),
            at: start,
        };
    }
    let rest = text.get(at..).unwrap_or_default();
    let open = at + (rest.len() - rest.trim_start().len());
    if !rest.trim_start().starts_with('(') {
        return Err(Fault::error(
            open,
            "the options' opening parenthesis is missing",
        ));
    }
    Ok((words, open))
}

fn word_length(text: &str) -> usize {
    let mut nesting = 0_usize;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'[' => nesting += 1,
            b']' => nesting = nesting.saturating_sub(1),
            b'(' => return index,
            byte if nesting == 0 && byte.is_ascii_whitespace() => return index,
            _ => {}
        }
    }
    text.len()
}

fn options(text: &str, open: usize) -> Result<Vec<RawOption<'_>>, Fault> {
    let Some(body) = text
        .get(open + 1..)
        .and_then(|body| body.trim_end().strip_suffix(')'))
    else {
        return Err(Fault::error(
            text.len(),
            "the options' closing parenthesis is missing",
        ));
    };
    let mut found = Vec::new();
    let mut at = open + 1;
    let mut rest = body;
    while !rest.trim().is_empty() {
        if found.len() >= MAX_OPTIONS {
            return Err(Fault::error(
                at,
                format!("a rule has more than {MAX_OPTIONS} options"),
            ));
        }
        let length = option_length(rest, at)?;
        let option = Word {
            text: rest.get(..length).unwrap_or_default(),
            at,
        };
        found.extend(split_option(option)?);
        at += length + 1;
        rest = rest.get(length + 1..).unwrap_or_default();
    }
    Ok(found)
}

/// How far the option at the start of `rest` reaches: up to a semicolon that is neither
/// escaped nor inside a quoted value.
fn option_length(rest: &str, at: usize) -> Result<usize, Fault> {
    let mut escaped = false;
    let mut first_end = None;
    let quoted = quoted_value(rest);
    let mut previous = b' ';
    for (index, byte) in rest.bytes().enumerate() {
        if escaped {
            escaped = false;
            previous = b' ';
            continue;
        }
        match byte {
            b'\\' => escaped = true,
            b';' => {
                let Some(quote) = quoted else {
                    return Ok(index);
                };
                if index > quote && previous == b'"' && last_quote(rest, index) > quote {
                    return Ok(index);
                }
                first_end = first_end.or(Some(index));
            }
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            previous = byte;
        }
    }
    match (first_end, quoted) {
        (Some(_), Some(quote)) => Err(Fault::error(at + quote, "the closing quote is missing")),
        _ => Err(Fault::error(
            at + rest.trim_end().len(),
            "the semicolon after the last option is missing",
        )),
    }
}

/// Where the quote that opens a quoted value is.
fn quoted_value(rest: &str) -> Option<usize> {
    let colon = rest.find([':', ';'])?;
    let value = rest.get(colon..)?.strip_prefix(':')?;
    let value = value.trim_start();
    let value = value.strip_prefix('!').unwrap_or(value).trim_start();
    value.starts_with('"').then_some(rest.len() - value.len())
}

fn last_quote(rest: &str, before: usize) -> usize {
    let head = rest.get(..before).unwrap_or_default();
    head.rfind('"').unwrap_or_default()
}

fn split_option(option: Word<'_>) -> Result<Option<RawOption<'_>>, Fault> {
    let word = option.trim();
    if word.text.is_empty() {
        return Ok(None);
    }
    let (name, value) = match word.split_once(':') {
        Some((name, value)) => (name, Some(value)),
        None => (word, None),
    };
    let known = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    if name.text.is_empty() || !name.text.bytes().all(known) {
        return Err(Fault::error(
            name.at,
            format!("{:?} is no keyword", clipped(name.text)),
        ));
    }
    Ok(Some(RawOption { name, value }))
}

/// The start of a text, for messages.
pub(crate) fn clipped(text: &str) -> &str {
    let end = text.char_indices().nth(60).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or_default()
}
