//! XMPP up to its encryption: when both sides agree on it, TLS follows; and who logs in without it.
//!
//! RFC 6120, section 5.4: the client asks `<starttls/>`, the server answers `<proceed/>`, and TLS begins behind that
//! element. Section 6.4: `<auth mechanism='PLAIN'>` holds a password. Nothing else of XMPP is read.

use crate::application::{Application, Facts, Next, Parser};
use crate::protocol::Side;
use crate::sasl::Login;
use crate::sink::Sink;
use crate::waiting::{Sides, Step, Waiting, bounded, drive};

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
/// A text that is kept: a name and a password in base64.
const MAX_TEXT: usize = 1 << 10;

#[derive(Default)]
struct Xmpp {
    waiting: Sides<Waiting>,
    tags: Sides<u16>,
    asked: bool,
    proceeds: bool,
    sasl: Login,
    /// What the client's login holds so far.
    text: Vec<u8>,
}

impl Parser for Xmpp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        // Without one of them they cannot agree.
        drive!(self.waiting, side, bytes, MAX_TAG, |bytes| {
            self.step(side, bytes, sink)
        })
        .of_both()
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        self.waiting.held() + self.sasl.held() + self.text.capacity()
    }
}

impl Xmpp {
    /// A tag, or the text before it.
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let begin = memchr::memchr(b'<', bytes).unwrap_or(bytes.len());
        if begin > 0 {
            if side == Side::Client && self.sasl.goes_on() {
                let room = MAX_TEXT.saturating_sub(self.text.len());
                let text = bytes.get(..begin).unwrap_or_default();
                self.text.extend_from_slice(bounded(text, room));
            }
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
        if self.tag(side, bytes.get(1..end).unwrap_or_default(), sink) {
            return Step::Switch(length, Some("tls"));
        }
        Step::Used(length)
    }

    /// What is between the brackets of a tag; whether TLS begins behind it.
    fn tag(&mut self, side: Side, tag: &[u8], sink: &mut dyn Sink) -> bool {
        let is_end = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'/';
        let closes = tag.first() == Some(&b'/');
        let name = tag.get(usize::from(closes)..).unwrap_or_default();
        let name = name.split(is_end).next().unwrap_or_default();
        let name = name.rsplit(|byte| *byte == b':').next().unwrap_or_default();
        match (side, name) {
            (Side::Client, b"starttls") => self.asked = true,
            (Side::Client, b"auth") if !closes => {
                let is_plain = memchr::memmem::find(tag, b"PLAIN").is_some();
                self.sasl = Login::begin(if is_plain { b"PLAIN" } else { b"" });
                self.text.clear();
            }
            // Of some servers an empty text is asked first; then the login comes as an answer.
            (Side::Client, b"auth" | b"response") if closes && !self.text.is_empty() => {
                self.sasl.line(&std::mem::take(&mut self.text));
            }
            (Side::Server, b"success") => self.sasl.answered(true, sink),
            (Side::Server, b"failure") => self.sasl.answered(false, sink),
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
