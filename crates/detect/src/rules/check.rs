//! What a rule asks of a buffer's bytes, and how the answers hang together.
//!
//! Checks run in the order they are written. One that is *relative* starts where the last
//! match ended; when it fails, earlier matches are tried at their next place. A failing check
//! that does not look at the last match cannot be helped by that, and ends the search.

mod asn1;
mod content;
mod entropy;
mod number;
mod pcre;

pub(crate) use asn1::Asn1;
pub(crate) use content::{Content, Start, commonness};
pub(crate) use entropy::{Entropy, EntropyOrder};
pub(crate) use number::{
    ByteExtract, ByteJump, ByteMath, ByteTest, Encoding, JumpFrom, MAX_DIGITS, MathOperator,
    Position, TestOperator,
};
pub(crate) use pcre::{Capture, CompileCache, Flags as PcreFlags, Pcre, RegexCopies};

use std::sync::Arc;

use super::base64;
use super::dataset::DatasetCheck;
use super::note::{Note, Notes};
use super::number::Comparison;

/// Checks of one buffer in one rule: bounds the depth of the search.
pub(crate) const MAX_CHECKS: usize = 128;
/// Numbers a rule may extract and name.
pub(crate) const MAX_VARIABLES: usize = 16;
/// Attempts to place a content or pattern for one packet, over all rules; longer searches
/// count once more per 256 bytes. Ordinary packets need some dozens.
pub(crate) const MAX_STEPS: u32 = 20_000;

/// A number of a rule: written down, or extracted from the bytes before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    Number(i64),
    Variable(u8),
}

/// One question to the bytes.
#[derive(Debug)]
pub(crate) enum Check {
    Content(Content),
    Pcre(Pcre),
    DataAt(DataAt),
    ByteTest(ByteTest),
    ByteJump(ByteJump),
    ByteExtract(ByteExtract),
    ByteMath(ByteMath),
    Size(Comparison),
    /// The buffer is not there; or, with `or_else`, is as the other checks ask.
    Absent {
        or_else: bool,
    },
    Base64(Base64),
    Dataset(DatasetCheck),
    Entropy(Entropy),
    Asn1(Asn1),
}

impl Check {
    /// Whether it starts where the last match ended, contents apart.
    pub(crate) fn is_relative(&self) -> bool {
        match self {
            Self::Pcre(pcre) => pcre.relative,
            Self::DataAt(data) => data.relative,
            Self::ByteTest(test) => test.position.relative,
            Self::ByteJump(jump) => jump.position.relative,
            Self::ByteExtract(extract) => extract.position.relative,
            Self::ByteMath(math) => math.position.relative,
            Self::Base64(decode) => decode.relative,
            Self::Asn1(asn1) => asn1.relative,
            _ => false,
        }
    }
}

/// `base64_decode`: decodes a part of the buffer for `base64_data`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Base64 {
    pub(crate) bytes: Option<usize>,
    pub(crate) offset: usize,
    pub(crate) relative: bool,
}

/// `isdataat`: whether there are bytes so far on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DataAt {
    pub(crate) distance: Operand,
    pub(crate) relative: bool,
    pub(crate) negated: bool,
}

impl DataAt {
    fn holds(self, run: &Run<'_>, cursor: usize) -> bool {
        let length = i64::try_from(run.bytes.len()).unwrap_or(i64::MAX);
        let distance = run.value(self.distance);
        let there = if self.relative {
            to_signed(cursor).saturating_add(distance) <= length
        } else {
            distance < length
        };
        there != self.negated
    }
}

/// How a search ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Found,
    /// Failed where the last match ended; another place may do.
    Retry,
    /// Failed whatever the earlier matches.
    Hopeless,
}

/// One rule's inspection of one buffer.
pub(crate) struct Run<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) variables: [u64; MAX_VARIABLES],
    /// What is left of the packet's [`MAX_STEPS`].
    pub(crate) steps: u32,
    pub(crate) regexes: &'a mut RegexCopies,
    /// What `base64_decode` gave.
    pub(crate) decoded: Option<Vec<u8>>,
    /// What is worth telling when all holds.
    pub(crate) notes: &'a mut Notes,
}

impl Run<'_> {
    /// Whether all checks hold.
    pub(crate) fn holds(&mut self, checks: &[Check]) -> bool {
        self.search(checks, 0) == Outcome::Found
    }

    fn search(&mut self, checks: &[Check], cursor: usize) -> Outcome {
        let Some((check, rest)) = checks.split_first() else {
            return Outcome::Found;
        };
        match check {
            Check::Content(content) => self.search_content(content, rest, cursor),
            Check::Pcre(pcre) => self.search_pcre(pcre, rest, cursor),
            Check::DataAt(data) => {
                let relative = data.relative || matches!(data.distance, Operand::Variable(_));
                self.go_on(data.holds(self, cursor).then_some(cursor), relative, rest)
            }
            Check::ByteTest(test) => {
                let holds = test.holds(self, cursor);
                self.go_on(holds.then_some(cursor), test.depends(), rest)
            }
            Check::ByteJump(jump) => {
                let next = jump.follow(self, cursor);
                self.go_on(next, jump.depends(), rest)
            }
            Check::ByteExtract(extract) => {
                let next = extract.run(self, cursor);
                self.go_on(next, extract.depends(), rest)
            }
            Check::ByteMath(math) => {
                let next = math.run(self, cursor);
                self.go_on(next, math.depends(), rest)
            }
            Check::Absent { or_else } => self.go_on(or_else.then_some(cursor), false, rest),
            Check::Dataset(dataset) => {
                let (holds, context) = dataset.holds(self.bytes);
                let place = self.notes.len();
                let outcome = self.go_on(holds.then_some(cursor), false, rest);
                if let (Outcome::Found, Some(value), Some(key)) = (outcome, context, &dataset.key) {
                    self.notes
                        .insert(place, Note::Context(Arc::clone(key), value));
                }
                outcome
            }
            Check::Entropy(entropy) => {
                let holds = entropy.holds(self.bytes);
                self.go_on(holds.then_some(cursor), false, rest)
            }
            Check::Asn1(asn1) => {
                let holds = asn1.holds(self.bytes, cursor);
                self.go_on(holds.then_some(cursor), asn1.relative, rest)
            }
            Check::Base64(decode) => {
                let found = self.decode(*decode, cursor);
                self.go_on(found.then_some(cursor), decode.relative, rest)
            }
            Check::Size(size) => {
                let holds = size.holds(self.bytes.len() as u64);
                self.go_on(holds.then_some(cursor), false, rest)
            }
        }
    }

    fn decode(&mut self, decode: Base64, cursor: usize) -> bool {
        let start = if decode.relative { cursor } else { 0 };
        let start = start.saturating_add(decode.offset);
        let rest = self.bytes.get(start..).unwrap_or_default();
        let end = decode.bytes.map_or(rest.len(), |most| most.min(rest.len()));
        let encoded = rest.get(..end).unwrap_or_default();
        let decoded = base64::decode(encoded, base64::Mode::Rfc4648).unwrap_or_default();
        let found = !decoded.is_empty();
        self.decoded = Some(decoded);
        found
    }

    fn go_on(&mut self, next: Option<usize>, depends: bool, rest: &[Check]) -> Outcome {
        match next {
            Some(cursor) => self.search(rest, cursor),
            None if depends => Outcome::Retry,
            None => Outcome::Hopeless,
        }
    }

    fn search_content(&mut self, content: &Content, rest: &[Check], cursor: usize) -> Outcome {
        let failed = if content.depends() {
            Outcome::Retry
        } else {
            Outcome::Hopeless
        };
        let Some((mut from, to)) = content.window(self, cursor) else {
            return if content.negated {
                self.search(rest, cursor)
            } else {
                failed
            };
        };
        if content.negated {
            self.spend(to - from);
            return match content.find(self.bytes, from, to) {
                Some(_) => failed,
                None => self.search(rest, cursor),
            };
        }
        while self.spend(to.saturating_sub(from)) {
            let Some(found) = content.find(self.bytes, from, to) else {
                break;
            };
            match self.search(rest, found + content.length()) {
                Outcome::Retry => from = found + 1,
                Outcome::Found => return Outcome::Found,
                Outcome::Hopeless => return Outcome::Hopeless,
            }
        }
        failed
    }

    fn search_pcre(&mut self, pcre: &Pcre, rest: &[Check], cursor: usize) -> Outcome {
        let failed = if pcre.relative {
            Outcome::Retry
        } else {
            Outcome::Hopeless
        };
        let start = if pcre.relative { cursor } else { 0 };
        let bytes = self.bytes;
        let Some(region) = bytes.get(start..) else {
            return failed;
        };
        let mut from = 0;
        while self.spend(region.len()) {
            let found = pcre.find(self.regexes, region, from);
            if pcre.negated {
                return if found.is_some() {
                    failed
                } else {
                    self.search(rest, cursor)
                };
            }
            let Some((begin, end)) = found else { break };
            let place = self.notes.len();
            match self.search(rest, start + end) {
                Outcome::Retry => from = begin + 1,
                Outcome::Found => {
                    if !pcre.captures.is_empty() {
                        pcre.note(self.regexes, region, begin, (self.notes, place));
                    }
                    return Outcome::Found;
                }
                Outcome::Hopeless => return Outcome::Hopeless,
            }
        }
        failed
    }

    /// Takes one attempt over `length` bytes off the budget; false when it is used up.
    fn spend(&mut self, length: usize) -> bool {
        let cost = 1 + u32::try_from(length / 256).unwrap_or(u32::MAX - 1);
        let left = self.steps.checked_sub(cost);
        self.steps = left.unwrap_or(0);
        left.is_some()
    }

    /// The number an operand stands for.
    pub(crate) fn value(&self, operand: Operand) -> i64 {
        match operand {
            Operand::Number(number) => number,
            Operand::Variable(place) => i64::try_from(self.variable(place)).unwrap_or(i64::MAX),
        }
    }

    fn variable(&self, place: u8) -> u64 {
        self.variables
            .get(usize::from(place))
            .copied()
            .unwrap_or_default()
    }

    fn set_variable(&mut self, place: u8, value: u64) {
        if let Some(variable) = self.variables.get_mut(usize::from(place)) {
            *variable = value;
        }
    }
}

fn to_signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}
