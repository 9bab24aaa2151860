//! Just enough of DER (X.690) to walk through a certificate.

use super::read::Reader;

/// Tags that certificates use.
pub(super) mod tag {
    pub(crate) const BOOLEAN: u8 = 0x01;
    pub(crate) const INTEGER: u8 = 0x02;
    pub(crate) const BIT_STRING: u8 = 0x03;
    pub(crate) const OCTET_STRING: u8 = 0x04;
    pub(crate) const OBJECT: u8 = 0x06;
    pub(crate) const ENUMERATED: u8 = 0x0a;
    pub(crate) const UTF8_STRING: u8 = 0x0c;
    pub(crate) const PRINTABLE_STRING: u8 = 0x13;
    pub(crate) const IA5_STRING: u8 = 0x16;
    pub(crate) const UTC_TIME: u8 = 0x17;
    pub(crate) const GENERALIZED_TIME: u8 = 0x18;
    pub(crate) const UNIVERSAL_STRING: u8 = 0x1c;
    pub(crate) const BMP_STRING: u8 = 0x1e;
    pub(crate) const SEQUENCE: u8 = 0x30;
    pub(crate) const SET: u8 = 0x31;
}

/// A tag and what is inside.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) content: &'a [u8],
}

/// Elements that follow each other.
#[derive(Debug, Clone, Default)]
pub(super) struct Elements<'a>(Reader<'a>);

impl<'a> Elements<'a> {
    pub(super) fn of(bytes: &'a [u8]) -> Self {
        Self(Reader(bytes))
    }

    /// Whether there is a whole tag and length, however much of the content is there.
    pub(super) fn begins(&self) -> bool {
        let mut reader = self.0;
        reader.u8().is_some() && length(&mut reader).is_some()
    }

    /// Whether nothing is left.
    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// The next one, if it is of this kind; otherwise it stays.
    pub(super) fn next_if(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut after = self.clone();
        let element = after.next().filter(|element| element.tag == tag)?;
        *self = after;
        Some(element)
    }

    /// What is inside the next one, if it is of this kind; otherwise it stays.
    pub(super) fn inside(&mut self, tag: u8) -> Option<Self> {
        self.next_if(tag).map(|element| Self::of(element.content))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let tag = self.0.u8()?;
        let length = length(&mut self.0)?;
        let content = self.0.take(length)?;
        Some(Element { tag, content })
    }
}

/// A length of one byte, or of up to four behind their number.
fn length(reader: &mut Reader<'_>) -> Option<usize> {
    match reader.u8()? {
        short @ 0..=0x7f => Some(usize::from(short)),
        0x81 => reader.u8().map(usize::from),
        0x82 => reader.u16().map(usize::from),
        0x83 => reader.u24().map(|length| length as usize),
        0x84 => reader.u32().map(|length| length as usize),
        _ => None,
    }
}

/// An object identifier in dots; parts beyond 32 bits make it none.
pub(super) fn dotted(content: &[u8]) -> Option<String> {
    let mut text = String::new();
    let mut part: u32 = 0;
    for byte in content {
        part = part.checked_mul(128)? | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            push_part(&mut text, part);
            part = 0;
        }
    }
    Some(text)
}

fn push_part(text: &mut String, part: u32) {
    if text.is_empty() {
        let first = (part / 40).min(2);
        text.push_str(&first.to_string());
        text.push('.');
        text.push_str(&(part - first * 40).to_string());
    } else {
        text.push('.');
        text.push_str(&part.to_string());
    }
}
