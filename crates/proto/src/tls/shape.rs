//! Whether parts of a certificate have the shape that X.509 gives them (RFC 5280): what their bytes say is read
//! leniently all the same.

use super::der::{Element, Elements, tag};

/// Parts of a list that are looked at, as many as are read of it.
const MAX_PARTS: usize = 64;

/// Whether it is an object identifier (X.690, section 8.19): its parts are complete and have no leading zeros.
pub(super) fn is_identifier(content: &[u8]) -> bool {
    let mut begins = true;
    for byte in content {
        if begins && *byte == 0x80 {
            return false;
        }
        begins = byte & 0x80 == 0;
    }
    begins && !content.is_empty()
}

/// Whether it is a name: sets of pairs of an identifier and a value (section 4.1.2.4).
pub(super) fn is_name(content: &[u8]) -> bool {
    all(content, |set| {
        set.tag == tag::SET
            && !set.content.is_empty()
            && all(set.content, |pair| {
                let mut parts = Elements::of(pair.content);
                let has_both = parts.next_if(tag::OBJECT).is_some() && parts.next().is_some();
                pair.tag == tag::SEQUENCE && has_both && parts.is_over()
            })
    })
}

/// Whether they are extensions: an identifier, whether it is critical, and a value (section 4.1).
pub(super) fn are_extensions(content: &[u8]) -> bool {
    !content.is_empty()
        && all(content, |extension| {
            let mut parts = Elements::of(extension.content);
            let is_named = parts.next_if(tag::OBJECT).is_some();
            parts.next_if(tag::BOOLEAN);
            let has_value = parts.next_if(tag::OCTET_STRING).is_some();
            extension.tag == tag::SEQUENCE && is_named && has_value && parts.is_over()
        })
}

/// The identifiers of a list of extensions or of a set of a name: the first part of each.
pub(super) fn identifiers(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let parts = Elements::of(content).take(MAX_PARTS);
    parts.filter_map(|part| {
        let first = Elements::of(part.content).next_if(tag::OBJECT)?;
        Some(first.content)
    })
}

/// Whether a list is made of such elements and of nothing else.
fn all(content: &[u8], is_right: impl Fn(Element<'_>) -> bool) -> bool {
    let mut list = Elements::of(content);
    for _ in 0..MAX_PARTS {
        match list.next() {
            Some(element) if is_right(element) => {}
            Some(_) => return false,
            None => return list.is_over(),
        }
    }
    true
}
