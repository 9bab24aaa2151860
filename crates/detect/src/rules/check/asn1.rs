//! `asn1`: faults of BER encodings (ITU-T X.690) that old decoders fell for.

/// Elements of one encoding that are looked at, as the rule language's engine has it by default.
const MAX_ELEMENTS: usize = 256;
/// Bytes of a number written as text that old decoders had room for.
const TEXT_BUFFER: u64 = 256;
/// Bytes of a length or of a tag's number that still fit into 64 bits.
const MAX_NUMBER: usize = 8;

const BIT_STRING: u8 = 3;
const REAL: u8 = 9;

/// What makes it match: any of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Asn1 {
    /// A bit string says that more bits of it are unused than it has.
    pub(crate) bitstring_overflow: bool,
    /// A number written as text is longer than the usual buffer.
    pub(crate) double_overflow: bool,
    /// An element says that it is longer than this.
    pub(crate) oversize_length: Option<u64>,
    /// Where the encoding starts, from the beginning or the last match.
    pub(crate) offset: i64,
    pub(crate) relative: bool,
}

/// One element's header, and what there is of its content.
struct Element<'a> {
    tag: u8,
    is_constructed: bool,
    length: u64,
    content: &'a [u8],
}

impl Asn1 {
    /// Whether any element of the encoding has one of the faults.
    pub(super) fn holds(self, bytes: &[u8], cursor: usize) -> bool {
        let start = if self.relative { cursor } else { 0 };
        let start = i64::try_from(start).unwrap_or(i64::MAX);
        let start = usize::try_from(start.saturating_add(self.offset)).ok();
        let mut rest = start
            .and_then(|start| bytes.get(start..))
            .unwrap_or_default();
        for _ in 0..MAX_ELEMENTS {
            let Some(element) = element(rest) else {
                return false;
            };
            if self.is_in(&element) {
                return true;
            }
            // What an element consists of is looked at next, without keeping where it ends.
            let passed = if element.is_constructed {
                0
            } else {
                usize::try_from(element.length).unwrap_or(usize::MAX)
            };
            rest = element.content.get(passed..).unwrap_or_default();
        }
        false
    }

    fn is_in(self, element: &Element<'_>) -> bool {
        let too_long = self
            .oversize_length
            .is_some_and(|most| element.length > most);
        if element.is_constructed {
            return too_long;
        }
        let first = element.content.first().filter(|_| element.length > 0);
        let has_no_bits = |unused: u8| {
            let bits = (element.length - 1).saturating_mul(8);
            u64::from(unused) > bits
        };
        // The two highest bits are clear where a number is text (section 8.5.6).
        let is_text = |first: u8| first & 0xc0 == 0;
        too_long
            || (self.bitstring_overflow
                && element.tag == BIT_STRING
                && first.copied().is_some_and(has_no_bits))
            || (self.double_overflow
                && element.tag == REAL
                && element.length > TEXT_BUFFER
                && first.copied().is_some_and(is_text))
    }
}

fn element(bytes: &[u8]) -> Option<Element<'_>> {
    const CONSTRUCTED: u8 = 0x20;
    const MORE: u8 = 0x1f;
    const CLASS: u8 = 0xc0;
    let (first, mut rest) = bytes.split_first()?;
    let mut tag = first & MORE;
    if tag == MORE {
        let length = rest.iter().take_while(|byte| *byte & 0x80 != 0).count();
        rest = rest
            .get(length.checked_add(1)?..)
            .filter(|_| length <= MAX_NUMBER)?;
    }
    if first & CLASS != 0 {
        // Tags of applications mean what they like.
        tag = MORE;
    }
    let (length, rest) = rest.split_first()?;
    let (length, content) = match length & 0x7f {
        _ if length & 0x80 == 0 => (u64::from(*length), rest),
        count if usize::from(count) <= MAX_NUMBER => {
            let (number, content) = rest.split_at_checked(count.into())?;
            let number = number.iter().fold(0, |n, byte| n << 8 | u64::from(*byte));
            (number, content)
        }
        _ => return None,
    };
    Some(Element {
        tag,
        is_constructed: first & CONSTRUCTED != 0,
        length,
        content,
    })
}

#[cfg(test)]
mod tests {
    use super::Asn1;

    const OVERSIZE: Asn1 = Asn1 {
        bitstring_overflow: false,
        double_overflow: false,
        oversize_length: Some(500),
        offset: 0,
        relative: false,
    };

    #[test]
    fn lengths_are_compared_as_they_are_told() {
        assert!(OVERSIZE.holds(&[0x30, 0x82, 0x02, 0x00, 0], 0));
        assert!(!OVERSIZE.holds(&[0x30, 0x82, 0x01, 0xf4, 0], 0));
        let nested = [0x30, 0x06, 0x04, 0x84, 0xff, 0xff, 0xff, 0xff];
        assert!(OVERSIZE.holds(&nested, 0));
    }

    #[test]
    fn elements_behind_others_are_looked_at() {
        assert!(OVERSIZE.holds(&[0x02, 0x01, 5, 0x04, 0x82, 0x10, 0x00], 0));
        assert!(!OVERSIZE.holds(&[0x02, 0x05, 5, 0x04, 0x82, 0x10, 0x00], 0));
    }

    #[test]
    fn a_bit_string_has_the_bits_that_it_leaves_out() {
        let overflow = Asn1 {
            oversize_length: None,
            bitstring_overflow: true,
            ..OVERSIZE
        };
        assert!(overflow.holds(&[0x03, 0x01, 5], 0));
        assert!(!overflow.holds(&[0x03, 0x02, 5, 0xe0], 0));
        assert!(!overflow.holds(&[0x04, 0x01, 5], 0));
    }

    #[test]
    fn numbers_written_as_text_can_be_too_long() {
        let overflow = Asn1 {
            oversize_length: None,
            double_overflow: true,
            ..OVERSIZE
        };
        let number = |first| [&[0x09, 0x82, 0x01, 0x01, first][..], &[b'1'; 256]].concat();
        assert!(overflow.holds(&number(3), 0));
        assert!(!overflow.holds(&number(0x80), 0));
    }

    #[test]
    fn the_encoding_starts_where_the_rule_says() {
        let bytes = [0, 0, 0x30, 0x82, 0x02, 0x00];
        let later = Asn1 {
            offset: 2,
            ..OVERSIZE
        };
        assert!(later.holds(&bytes, 0));
        let relative = Asn1 {
            relative: true,
            offset: -1,
            ..OVERSIZE
        };
        assert!(relative.holds(&bytes, 3));
        assert!(!relative.holds(&bytes, 0));
    }
}
