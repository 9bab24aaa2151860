//! Reads BER and DER (X.690): tags, lengths and the few types that directories and tickets use.
//!
//! Nothing is built: an element is a tag and its content, which is read on. Depth is bounded by the
//! code that reads on, as no element is entered twice.

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    /// Its first byte: class, whether it has parts, and number.
    pub(crate) tag: u8,
    /// What it contains.
    pub(crate) content: &'a [u8],
}

/// How much of an element is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// It has so many bytes with its tag and length.
    Known(u64),
    /// Too few bytes to tell.
    Unsure,
    /// This is no element.
    Wrong,
}

/// How long the element at the beginning is, by its tag and length alone.
pub(crate) fn extent(bytes: &[u8]) -> Extent {
    match length(bytes) {
        Some((header, length)) => Extent::Known(length.saturating_add(header as u64)),
        None if bytes
            .get(1)
            .is_some_and(|first| *first == 0x80 || *first > 0x84) =>
        {
            Extent::Wrong
        }
        None => Extent::Unsure,
    }
}

/// Bytes of tag and length, and the length of the content. Indefinite lengths are not read: LDAP and
/// Kerberos forbid them.
fn length(bytes: &[u8]) -> Option<(usize, u64)> {
    let first = *bytes.get(1)?;
    match first {
        0..=0x7f => Some((2, u64::from(first))),
        0x81..=0x84 => {
            let count = usize::from(first & 0x7f);
            let digits = bytes.get(2..)?.get(..count)?;
            let value = digits
                .iter()
                .fold(0_u64, |value, digit| value << 8 | u64::from(*digit));
            Some((count.saturating_add(2), value))
        }
        _ => None,
    }
}

/// Elements that stand one after the other.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Elements<'a>(pub(crate) &'a [u8]);

impl<'a> Elements<'a> {
    /// The next element; an element that is cut off has what there is of it.
    pub(crate) fn next(&mut self) -> Option<Element<'a>> {
        let tag = *self.0.first()?;
        let (header, length) = length(self.0)?;
        let content = self.0.get(header..)?;
        let end = usize::try_from(length).map_or(content.len(), |length| length.min(content.len()));
        let (content, rest) = content.split_at_checked(end)?;
        self.0 = rest;
        Some(Element { tag, content })
    }

    /// The next element if it has this tag; otherwise it stays.
    pub(crate) fn next_if(&mut self, tag: u8) -> Option<Element<'a>> {
        if self.0.first() == Some(&tag) {
            self.next()
        } else {
            None
        }
    }

    /// The content of the next element if it has this tag, as elements.
    pub(crate) fn enter(&mut self, tag: u8) -> Option<Elements<'a>> {
        self.next_if(tag).map(|element| Elements(element.content))
    }

    /// The content of the first of the elements that has this tag.
    pub(crate) fn find(mut self, tag: u8) -> Option<&'a [u8]> {
        loop {
            let element = self.next()?;
            if element.tag == tag {
                return Some(element.content);
            }
        }
    }
}

impl Element<'_> {
    /// Its content as a number; none when it has more than eight bytes.
    pub(crate) fn number(&self) -> Option<i64> {
        number(self.content)
    }
}

/// A number's content, two's complement.
pub(crate) fn number(content: &[u8]) -> Option<i64> {
    if content.is_empty() || content.len() > 8 {
        return None;
    }
    let sign = content.first().map_or(0, |first| -i64::from(first >> 7));
    Some(
        content
            .iter()
            .fold(sign, |value, digit| value << 8 | i64::from(*digit)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_are_read_one_after_the_other() {
        let mut elements = Elements(&[2, 1, 5, 4, 0x81, 2, b'a', b'b', 0x30]);
        assert_eq!(elements.next().and_then(|each| each.number()), Some(5));
        assert_eq!(elements.next().map(|each| each.content), Some(&b"ab"[..]));
        assert_eq!(elements.next(), None);
    }

    #[test]
    fn numbers_have_a_sign() {
        assert_eq!(number(&[0xff, 0x7f]), Some(-129));
        assert_eq!(number(&[]), None);
    }

    #[test]
    fn an_indefinite_length_is_no_element() {
        assert_eq!(extent(&[0x30, 0x80, 0, 0]), Extent::Wrong);
        assert_eq!(extent(&[0x30, 0x82, 1]), Extent::Unsure);
        assert_eq!(extent(&[0x30, 0x82, 1, 0]), Extent::Known(260));
    }
}
