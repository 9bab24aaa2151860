//! Forms with files in them: `multipart/form-data` (RFC 7578).

use std::borrow::Cow;

use memchr::memmem;

use super::event;
use super::head::trim;
use crate::application::Event;
use crate::mime::percent;

/// Characters of a boundary; RFC 2046, section 5.1.1 allows 70.
const MAX_BOUNDARY: usize = 256;

/// Bytes of a part's head; it has two or three short lines.
const MAX_HEAD: usize = 8 << 10;

/// Bytes of a file's name that are kept; file systems allow 255.
pub(crate) const MAX_NAME: usize = 1_024;
/// Bytes of an escaped name: each of its bytes has three.
const MAX_ESCAPED: usize = 3 * MAX_NAME + 3;

/// What a form's bytes hold.
pub(crate) enum Part<'a> {
    /// A file begins.
    Open(&'a [u8]),
    /// Its next bytes.
    Data(&'a [u8]),
    /// It is over.
    Close,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Before the first boundary, or in a part without a file.
    Outside,
    /// In a part's head.
    Head,
    /// In a file.
    File,
    /// Behind the last boundary.
    Over,
}

/// Takes a form apart as it comes.
#[derive(Debug)]
pub(crate) struct Multipart {
    /// `\n--` and the boundary.
    delimiter: Vec<u8>,
    /// Bytes that may be the beginning of a delimiter, or a head that is not complete.
    held: Vec<u8>,
    place: Place,
    /// Whether the line break before a part's content is still in the input.
    fresh: bool,
}

impl Multipart {
    /// For a `Content-Type`; none when it is no form, or names no boundary.
    pub(crate) fn new(content_type: &[u8], wrong: &mut dyn FnMut(&'static Event)) -> Option<Self> {
        let is_form = content_type
            .get(..19)
            .is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart/form-data"));
        if !is_form {
            return None;
        }
        let boundary = parameter(content_type, b"boundary").unwrap_or_default();
        if boundary.is_empty() || boundary.len() > MAX_BOUNDARY {
            wrong(&event::MULTIPART_GENERIC_ERROR);
            return None;
        }
        Some(Self {
            delimiter: [b"\n--", boundary].concat(),
            // The first boundary has no line before it.
            held: b"\n".to_vec(),
            place: Place::Outside,
            fresh: false,
        })
    }

    /// Takes the next bytes and tells what is in them.
    pub(crate) fn feed(
        &mut self,
        bytes: &[u8],
        tell: &mut dyn FnMut(Part<'_>),
        wrong: &mut dyn FnMut(&'static Event),
    ) {
        let mut held = std::mem::take(&mut self.held);
        let mut input = if held.is_empty() {
            bytes
        } else {
            held.extend_from_slice(bytes);
            &held
        };
        while self.place != Place::Over {
            let taken = match self.place {
                Place::Head => self.head(input, tell, wrong),
                _ => self.content(input, tell),
            };
            input = input.get(taken..).unwrap_or_default();
            if taken == 0 {
                self.held = input.to_vec();
                return;
            }
        }
    }

    /// Bytes of the form are missing.
    pub(crate) fn gap(&mut self, tell: &mut dyn FnMut(Part<'_>)) {
        let held = std::mem::take(&mut self.held);
        match self.place {
            Place::File => tell(Part::Data(self.unbroken(&held))),
            // What follows may belong to anything.
            Place::Head => self.place = Place::Outside,
            Place::Outside | Place::Over => {}
        }
    }

    /// The form ends; whether it was complete.
    pub(crate) fn end(
        &mut self,
        tell: &mut dyn FnMut(Part<'_>),
        wrong: &mut dyn FnMut(&'static Event),
    ) -> bool {
        let held = std::mem::take(&mut self.held);
        if self.place == Place::File {
            tell(Part::Data(self.unbroken(&held)));
            wrong(&event::MULTIPART_NO_FILEDATA);
        }
        self.place == Place::Over
    }

    /// Whether a file is open.
    pub(crate) fn in_file(&self) -> bool {
        self.place == Place::File
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn memory(&self) -> usize {
        self.held.capacity().saturating_add(self.delimiter.len())
    }

    /// What was held of a file, without the line break before it.
    fn unbroken<'a>(&mut self, held: &'a [u8]) -> &'a [u8] {
        let from = usize::from(std::mem::take(&mut self.fresh));
        held.get(from..).unwrap_or_default()
    }

    /// Bytes up to the next boundary; how many were taken.
    fn content(&mut self, input: &[u8], tell: &mut dyn FnMut(Part<'_>)) -> usize {
        let in_file = self.place == Place::File;
        let Some(found) = memmem::find(input, &self.delimiter) else {
            // The end may be the beginning of `\r\n--boundary`.
            let kept = self.delimiter.len();
            let taken = input.len().saturating_sub(kept);
            if in_file && taken > 0 {
                let from = usize::from(std::mem::take(&mut self.fresh));
                tell(Part::Data(input.get(from..taken).unwrap_or_default()));
            }
            return taken;
        };
        // The boundary's line must be there: `--` behind it ends the form.
        let after = found.saturating_add(self.delimiter.len());
        let Some(behind) = input.get(after..after.saturating_add(2)) else {
            return 0;
        };
        let from = usize::from(std::mem::take(&mut self.fresh));
        let before = input.get(from..found).unwrap_or_default();
        let before = before.strip_suffix(b"\r").unwrap_or(before);
        if in_file {
            if !before.is_empty() {
                tell(Part::Data(before));
            }
            tell(Part::Close);
        }
        self.place = if behind == b"--" {
            Place::Over
        } else {
            Place::Head
        };
        after
    }

    /// A part's head; how many bytes were taken.
    fn head(
        &mut self,
        input: &[u8],
        tell: &mut dyn FnMut(Part<'_>),
        wrong: &mut dyn FnMut(&'static Event),
    ) -> usize {
        let Some((end, length)) = end_of_head(input) else {
            if input.len() > MAX_HEAD {
                wrong(&event::MULTIPART_INVALID_HEADER);
                self.place = Place::Outside;
            }
            return usize::from(input.len() > MAX_HEAD);
        };
        let head = input.get(..end).unwrap_or_default();
        self.place = match filename_of(head) {
            Some(name) => {
                if name.len() > MAX_NAME {
                    wrong(&event::FILE_NAME_TOO_LONG);
                }
                tell(Part::Open(name.get(..MAX_NAME).unwrap_or(&name)));
                Place::File
            }
            None => Place::Outside,
        };
        self.fresh = self.place == Place::File;
        // The last line break can be the one before a boundary, when the part is empty.
        end.saturating_add(length).saturating_sub(1)
    }
}

/// Where a part's head ends, and how long the empty line behind it is.
fn end_of_head(input: &[u8]) -> Option<(usize, usize)> {
    let strict = memmem::find(input, b"\r\n\r\n").map(|at| (at, 4));
    let loose = memmem::find(input, b"\n\n").map(|at| (at, 2));
    match (strict, loose) {
        (Some(strict), Some(loose)) => Some(strict.min(loose)),
        (strict, loose) => strict.or(loose),
    }
}

/// The file's name in the head of a part.
fn filename_of(head: &[u8]) -> Option<Cow<'_, [u8]>> {
    head.split(|byte| *byte == b'\n').find_map(|line| {
        let line = trim(line);
        let name = line.get(..20)?;
        if !name.eq_ignore_ascii_case(b"content-disposition:") {
            return None;
        }
        filename(line.get(20..)?)
    })
}

/// The file's name in a `Content-Disposition` (RFC 6266, section 4.3).
pub(crate) fn filename(disposition: &[u8]) -> Option<Cow<'_, [u8]>> {
    if let Some(name) = parameter(disposition, b"filename") {
        return Some(Cow::Borrowed(name));
    }
    // `UTF-8''na%C3%AFve`: the charset and the language stand before it (RFC 8187, section 3.2).
    let value = parameter(disposition, b"filename*")?;
    let Some(name) = value.splitn(3, |byte| *byte == b'\'').nth(2) else {
        return Some(Cow::Borrowed(value));
    };
    let mut decoded = Vec::new();
    percent(name.get(..MAX_ESCAPED).unwrap_or(name), &mut decoded);
    Some(Cow::Owned(decoded))
}

/// The value of a parameter, without its quotes: `form-data; name="a"; filename="b"`.
pub(crate) fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let mut rest = value;
    loop {
        rest = rest.get(end_of_parameter(rest)?..)?.get(1..)?;
        let text = trim(rest);
        let equals = text.iter().position(|byte| *byte == b'=');
        let (known, tail) = match equals.and_then(|at| text.split_at_checked(at)) {
            Some((known, tail)) => (trim(known), trim(tail.get(1..)?)),
            None => return None,
        };
        if !known.eq_ignore_ascii_case(name) {
            continue;
        }
        return Some(match tail.strip_prefix(b"\"") {
            Some(quoted) => {
                let end = quoted.iter().position(|byte| *byte == b'"');
                quoted.get(..end.unwrap_or(quoted.len()))?
            }
            None => trim(tail.get(..end_of_parameter(tail).unwrap_or(tail.len()))?),
        });
    }
}

/// Where the next semicolon outside of quotes is.
fn end_of_parameter(text: &[u8]) -> Option<usize> {
    let mut quoted = false;
    text.iter().position(|byte| {
        quoted ^= *byte == b'"';
        *byte == b';' && !quoted
    })
}
