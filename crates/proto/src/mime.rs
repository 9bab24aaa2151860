//! A mail message, line by line: its headers, its attachments as files, and addresses in its texts.
//!
//! RFC 5322 (headers and folding), RFC 2045 to 2049 (parts and encodings), RFC 2231 (file names).
//! It is read as its receiver would, leniently; nothing of it is kept but the line at hand.

mod decode;
mod header;
mod uu;

use crate::tls::fingerprint::hex;
use decode::{Base64, quoted_printable};
pub(crate) use decode::{base64, decode_words};
pub(crate) use header::percent;
use header::{Encoding, Head, Kind};
use md5::{Digest, Md5};

/// Parts within parts that are followed.
const MAX_DEPTH: usize = 10;
/// A boundary has at most 70 bytes (RFC 2046, section 5.1.1); some software exceeds that a little.
const MAX_BOUNDARY: usize = 254;
/// A header with all its folded lines; the rest of a longer one is left out.
const MAX_HEADER: usize = 16 << 10;
/// A longer line is read in pieces of this size.
pub(crate) const MAX_LINE: usize = 8 << 10;
/// Lines longer than this are told (RFC 5322, section 2.1.1).
const LONG_LINE: usize = 998;
/// Lines of encoded bytes longer than this are told (RFC 2045, section 6.7).
const LONG_ENCODED_LINE: usize = 76;
/// Names of headers longer than this are told: with its colon a name must fit into a short line.
const LONG_HEADER_NAME: usize = 75;
/// A file name is cut here, as file systems do.
const MAX_NAME: usize = 255;
/// Text in which addresses are looked for at once.
const MAX_TEXT: usize = 4 << 10;

/// What a message turned out to contain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// A header of the message itself, unfolded.
    Header(&'a [u8], &'a [u8]),
    /// The message's own headers are over.
    HeadersEnd,
    /// An attachment begins; its name.
    Open(&'a [u8]),
    /// Its next bytes.
    Data(&'a [u8]),
    /// It ended, with its end seen or not.
    Close(bool),
    /// An address in a text, as it stands there.
    Url(&'a [u8]),
    /// The MD5 of the message's body, in hexadecimal.
    Digest(&'a str),
    /// Something is odd.
    Trouble(Trouble),
}

/// What can be odd about a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trouble {
    LongLine,
    LongEncodedLine,
    LongBoundary,
    LongName,
    LongHeader,
    LongHeaderName,
    /// A line among the headers is none.
    NoHeader,
    /// The parts of a message cannot be told from each other, or are too deep within each other.
    NoParts,
    InvalidBase64,
    InvalidQuoted,
}

/// Where the next line belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    #[default]
    Headers,
    Body,
    /// Before the first part, or after the last.
    Between,
}

type Tell<'t> = dyn FnMut(Found<'_>) + 't;

/// A message that is being read.
#[derive(Debug, Default)]
pub(crate) struct Message {
    place: Place,
    is_below: bool,
    boundaries: Vec<Vec<u8>>,
    /// The beginning of a line whose end has not come.
    partial: Vec<u8>,
    is_continued: bool,
    /// Whether bytes of it are missing.
    has_gap: bool,
    header: Vec<u8>,
    head: Head,
    is_open: bool,
    /// Whether lines are those of a uuencoded file, and whether it stands in the text.
    is_in_uu: bool,
    is_inline: bool,
    base64: Base64,
    /// Whether bytes that should be quoted-printable are not.
    is_badly_quoted: bool,
    /// The line break before this line, which belongs to the part unless a boundary follows.
    line_break: &'static [u8],
    text: Vec<u8>,
    decoded: Vec<u8>,
    /// Takes the body as it was sent, with its line breaks; none when nobody asked or bytes are missing.
    digest: Option<Box<Md5>>,
}

impl Message {
    /// A message; the MD5 of its body is told if that is wanted.
    pub(crate) fn new(with_digest: bool) -> Self {
        Self {
            digest: with_digest.then(Box::default),
            ..Self::default()
        }
    }

    /// The next line, without its line break; without an end when the rest of it is still to come.
    pub(crate) fn line(&mut self, line: &[u8], end: Option<&'static [u8]>, tell: &mut Tell<'_>) {
        if self.partial.is_empty() && end.is_some() {
            return self.whole_line(line, end, tell);
        }
        let mut partial = std::mem::take(&mut self.partial);
        partial.extend_from_slice(line);
        if end.is_some() || partial.len() >= MAX_LINE {
            self.whole_line(&partial, end, tell);
            partial.clear();
        }
        self.partial = partial;
    }

    /// The message is over.
    pub(crate) fn end(&mut self, complete: bool, tell: &mut Tell<'_>) {
        if !self.partial.is_empty() {
            let partial = std::mem::take(&mut self.partial);
            self.whole_line(&partial, Some(b""), tell);
        }
        if self.place == Place::Headers {
            self.header_end(tell);
            if !self.is_below {
                tell(Found::HeadersEnd);
            }
        }
        self.close(complete, tell);
        if let Some(digest) = self.digest.take().filter(|_| complete) {
            tell(Found::Digest(&hex(&digest.finalize())));
        }
    }

    /// Bytes are missing; what follows is read as the body goes on.
    pub(crate) fn gap(&mut self) {
        self.partial.clear();
        self.text.clear();
        self.is_continued = true;
        self.has_gap = true;
        self.digest = None;
    }

    /// Whether its headers are over.
    pub(crate) fn has_body(&self) -> bool {
        self.place != Place::Headers || self.is_below
    }

    pub(crate) fn held(&self) -> usize {
        let boundaries = self.boundaries.iter().map(Vec::capacity).sum::<usize>();
        let lines = self.partial.capacity() + self.header.capacity();
        boundaries + lines + self.text.capacity() + self.decoded.capacity()
    }

    /// A line, or a piece of a very long one.
    fn whole_line(&mut self, line: &[u8], end: Option<&'static [u8]>, tell: &mut Tell<'_>) {
        let is_continued = std::mem::replace(&mut self.is_continued, end.is_none());
        if line.len() > LONG_LINE {
            tell(Found::Trouble(Trouble::LongLine));
        }
        if let Some(digest) = self.digest.as_mut().filter(|_| self.is_below) {
            digest.update(line);
            digest.update(end.unwrap_or_default());
        }
        if !is_continued && line.starts_with(b"--") && self.boundary(line, tell) {
            return;
        }
        match self.place {
            Place::Headers => self.header_line(line, is_continued, tell),
            Place::Body => self.body_line(line, end, tell),
            Place::Between => {}
        }
    }

    /// Ends the part when the line is a boundary of this or of an outer multipart.
    fn boundary(&mut self, line: &[u8], tell: &mut Tell<'_>) -> bool {
        let line = line.get(2..).unwrap_or_default().trim_ascii_end();
        let matches = |boundary: &Vec<u8>| {
            let rest = line.strip_prefix(boundary.as_slice())?;
            matches!(rest, b"" | b"--").then_some(!rest.is_empty())
        };
        let mut levels = self.boundaries.iter().enumerate().rev();
        let found = levels.find_map(|(level, boundary)| Some((level, matches(boundary)?)));
        let Some((level, is_last)) = found else {
            return false;
        };
        self.header_end(tell);
        self.close(true, tell);
        self.boundaries.truncate(if is_last {
            level
        } else {
            level.saturating_add(1)
        });
        self.head = Head::default();
        self.place = if is_last {
            Place::Between
        } else {
            Place::Headers
        };
        true
    }

    fn header_line(&mut self, line: &[u8], is_continued: bool, tell: &mut Tell<'_>) {
        if line.is_empty() && !is_continued {
            self.header_end(tell);
            return self.headers_end(tell);
        }
        let is_folded = matches!(line.first(), Some(b' ' | b'\t'));
        if !is_continued && !is_folded {
            self.header_end(tell);
        } else if is_folded {
            self.header.push(b' ');
        }
        let line = if is_continued {
            line
        } else {
            line.trim_ascii()
        };
        let free = MAX_HEADER.saturating_sub(self.header.len());
        if line.len() > free {
            tell(Found::Trouble(Trouble::LongHeader));
        }
        self.header
            .extend_from_slice(crate::waiting::bounded(line, free));
    }

    /// A header with its folded lines is complete.
    fn header_end(&mut self, tell: &mut Tell<'_>) {
        let mut header = std::mem::take(&mut self.header);
        if header.contains(&b':') {
            let (name, value) = crate::waiting::split(&header, b':');
            let (name, value) = (name.trim_ascii(), value.trim_ascii());
            if name.len() > LONG_HEADER_NAME {
                tell(Found::Trouble(Trouble::LongHeaderName));
            }
            if !self.is_below {
                tell(Found::Header(name, value));
            }
            self.head.take(name, value);
        } else if !header.is_empty() && !self.has_gap && !is_envelope(&header) {
            tell(Found::Trouble(Trouble::NoHeader));
        }
        header.clear();
        self.header = header;
    }

    /// The empty line after the headers of the message or of a part.
    fn headers_end(&mut self, tell: &mut Tell<'_>) {
        if !std::mem::replace(&mut self.is_below, true) {
            tell(Found::HeadersEnd);
        }
        self.line_break = b"";
        self.base64 = Base64::default();
        self.place = Place::Body;
        match self.head.kind {
            Kind::Multipart => self.enter(tell),
            // A message in a message has headers of its own.
            Kind::Message if self.head.encoding == Encoding::Plain => {
                self.head = Head::default();
                self.place = Place::Headers;
            }
            _ => self.open(tell),
        }
    }

    fn enter(&mut self, tell: &mut Tell<'_>) {
        self.place = Place::Between;
        let boundary = std::mem::take(&mut self.head.boundary);
        if boundary.len() > MAX_BOUNDARY {
            tell(Found::Trouble(Trouble::LongBoundary));
        } else if !boundary.is_empty() && self.boundaries.len() < MAX_DEPTH {
            self.boundaries.push(boundary);
        } else {
            tell(Found::Trouble(Trouble::NoParts));
        }
    }

    fn open(&mut self, tell: &mut Tell<'_>) {
        if let Some(name) = self.head.file_name() {
            if name.len() > MAX_NAME {
                tell(Found::Trouble(Trouble::LongName));
            }
            tell(Found::Open(crate::waiting::bounded(&name, MAX_NAME)));
            self.is_open = true;
        }
    }

    fn close(&mut self, complete: bool, tell: &mut Tell<'_>) {
        // Digits without padding at the end are still bytes.
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        self.base64.flush(&mut decoded);
        self.deliver(&decoded, tell);
        self.decoded = decoded;
        // One in the text that its own last line did not end is cut.
        let is_cut = std::mem::take(&mut self.is_inline);
        self.is_in_uu = false;
        if std::mem::take(&mut self.is_open) {
            tell(Found::Close(complete && !is_cut));
        }
        let text = std::mem::take(&mut self.text);
        urls(&text, tell);
        if self.base64.is_damaged() {
            tell(Found::Trouble(Trouble::InvalidBase64));
        }
        if std::mem::take(&mut self.is_badly_quoted) {
            tell(Found::Trouble(Trouble::InvalidQuoted));
        }
        self.base64 = Base64::default();
    }

    /// A line of a file in the text, or of a part that is such a file; false when it is neither.
    fn uu_line(&mut self, line: &[u8], tell: &mut Tell<'_>) -> bool {
        let is_part = self.is_open && self.head.encoding == Encoding::Uuencode;
        if !self.is_in_uu {
            let Some(name) = uu::begin(line) else {
                return is_part;
            };
            self.is_in_uu = true;
            if !self.is_open {
                tell(Found::Open(crate::waiting::bounded(name, MAX_NAME)));
                (self.is_open, self.is_inline) = (true, true);
            }
            return true;
        }
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        let is_last = line.trim_ascii_end() == b"end";
        let holds = is_last || uu::decode(line, &mut decoded);
        if !decoded.is_empty() {
            tell(Found::Data(&decoded));
        }
        self.decoded = decoded;
        if is_last || !holds {
            self.is_in_uu = false;
            if std::mem::take(&mut self.is_inline) {
                self.is_open = false;
                tell(Found::Close(is_last));
            }
        }
        holds
    }

    fn body_line(&mut self, line: &[u8], end: Option<&'static [u8]>, tell: &mut Tell<'_>) {
        let is_text = self.head.kind == Kind::Text;
        let may_be_uu = match self.head.encoding {
            Encoding::Uuencode => true,
            Encoding::Plain => is_text && (self.is_inline || !self.is_open),
            _ => false,
        };
        if may_be_uu && self.uu_line(line, tell) {
            self.line_break = b"";
            return;
        }
        if !self.is_open && !is_text {
            return;
        }
        let is_encoded = !matches!(self.head.encoding, Encoding::Plain | Encoding::Uuencode);
        if is_encoded && line.len() > LONG_ENCODED_LINE {
            tell(Found::Trouble(Trouble::LongEncodedLine));
        }
        let end = end.unwrap_or_default();
        let mut decoded = std::mem::take(&mut self.decoded);
        decoded.clear();
        let line_break = std::mem::replace(&mut self.line_break, end);
        match self.head.encoding {
            Encoding::Plain | Encoding::Uuencode => {
                self.deliver(line_break, tell);
                self.deliver(line, tell);
            }
            Encoding::Base64 => {
                self.base64.decode(line, &mut decoded);
                self.deliver(&decoded, tell);
            }
            Encoding::QuotedPrintable => {
                decoded.extend_from_slice(line_break);
                let line = quoted_printable(line, &mut decoded);
                if line.goes_on {
                    self.line_break = b"";
                }
                self.is_badly_quoted |= line.is_damaged && !self.has_gap;
                self.deliver(&decoded, tell);
            }
        }
        self.decoded = decoded;
    }

    fn deliver(&mut self, bytes: &[u8], tell: &mut Tell<'_>) {
        if bytes.is_empty() {
            return;
        }
        if self.is_open {
            tell(Found::Data(bytes));
        }
        if self.head.kind == Kind::Text {
            self.read_text(bytes, tell);
        }
    }

    /// Looks for addresses in complete lines, or in as much text as is kept of a long one.
    fn read_text(&mut self, bytes: &[u8], tell: &mut Tell<'_>) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let free = MAX_TEXT.saturating_sub(self.text.len());
            self.text
                .extend_from_slice(crate::waiting::bounded(piece, free));
            if piece.ends_with(b"\n") || self.text.len() >= MAX_TEXT {
                let mut text = std::mem::take(&mut self.text);
                urls(&text, tell);
                text.clear();
                self.text = text;
            }
        }
    }
}

/// The line that mailboxes have before a mail's headers.
fn is_envelope(line: &[u8]) -> bool {
    line.starts_with(b"From ") || line.starts_with(b">From ")
}

/// Addresses are looked for by these beginnings.
const SCHEMES: [&[u8]; 4] = [b"http://", b"https://", b"ftp://", b"mailto:"];

/// Addresses of one scheme in a line that are told; mails that are lists have a few per line.
const MAX_IN_LINE: usize = 64;

/// Tells the addresses in a text, those of one scheme after those of the other, and those of one
/// scheme from the last to the first, the order in which Suricata lists them.
fn urls(text: &[u8], tell: &mut Tell<'_>) {
    if !text.contains(&b':') {
        return;
    }
    for scheme in SCHEMES {
        let mut rest = text;
        let next = || {
            let start = find(rest, scheme)?;
            let url = rest.get(start..).unwrap_or_default();
            let length = url.iter().position(|byte| !is_url(*byte));
            let (url, after) = url.split_at(length.unwrap_or(url.len()));
            rest = after;
            Some(url)
        };
        let found: Vec<&[u8]> = std::iter::from_fn(next).take(MAX_IN_LINE).collect();
        found
            .into_iter()
            .rev()
            .for_each(|url| tell(Found::Url(url)));
    }
}

fn find(text: &[u8], scheme: &[u8]) -> Option<usize> {
    let mut windows = text.windows(scheme.len());
    windows.position(|window| window.eq_ignore_ascii_case(scheme))
}

fn is_url(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(
            byte,
            b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
        )
}

#[cfg(test)]
mod tests;
