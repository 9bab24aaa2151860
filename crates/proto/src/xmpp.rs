//! XMPP up to its encryption: when both sides agree on it, TLS follows.
//!
//! RFC 6120, section 5.4: the client asks `<starttls/>`, the server answers `<proceed/>`, and TLS begins behind that
//! element. Nothing else of XMPP is read.

use crate::application::{Application, Facts, Next, Parser};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::{Sides, Step, Waiting, drive};

/// The parser.
pub(crate) static XMPP: Application = Application {
    names: &["xmpp"],
    new: |_: &Facts| Box::<Xmpp>::default(),
    frames: &[],
    buffers: &[],
    numbers: &[],
    events: &[],
};

/// A tag that is read: stream headers, the longest before TLS, have some hundred bytes.
const MAX_TAG: usize = 4 << 10;
/// Tags of a side before TLS: it is asked for after the first ones, and otherwise not at all.
const MAX_TAGS: u16 = 256;

#[derive(Default)]
struct Xmpp {
    waiting: Sides<Waiting>,
    tags: Sides<u16>,
    asked: bool,
    proceeds: bool,
}

impl Parser for Xmpp {
    fn data(&mut self, side: Side, bytes: &[u8], _: &mut dyn Sink) -> Next {
        // Without one of them they cannot agree.
        drive!(self.waiting, side, bytes, MAX_TAG, |bytes| {
            self.step(side, bytes)
        })
        .of_both()
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        self.waiting.held()
    }
}

impl Xmpp {
    /// A tag, or the text before it.
    fn step(&mut self, side: Side, bytes: &[u8]) -> Step {
        let Some(begin) = memchr::memchr(b'<', bytes) else {
            return Step::Used(bytes.len());
        };
        if begin > 0 {
            return Step::Used(begin);
        }
        let Some(end) = memchr::memchr(b'>', bytes) else {
            return Step::More;
        };
        let tags = self.tags.mut_of(side);
        *tags = tags.saturating_add(1);
        if *tags > MAX_TAGS {
            return Step::Stop(Next::Done);
        }
        let length = end.saturating_add(1);
        if self.tag(side, bytes.get(1..end).unwrap_or_default()) {
            return Step::Switch(length, Some("tls"));
        }
        Step::Used(length)
    }

    /// What is between the brackets of a tag; whether TLS begins behind it.
    fn tag(&mut self, side: Side, tag: &[u8]) -> bool {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let closes = tag.first() == Some(&b'/');
        let name = tag.get(usize::from(closes)..).unwrap_or_default();
        let name = name.split(is_end).next().unwrap_or_default();
        let name = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        match (side, name) {
            (Side::Client, b"starttls") => self.asked = true,
            (Side::Server, b"proceed") if self.asked => {
                let is_empty = tag.last() == Some(&b'/');
                let is_whole = is_empty || closes && self.proceeds;
                self.proceeds = true;
                return is_whole;
            }
            _ => {}
        }
        false
    }
}

#[cfg(test)]
mod tests;
