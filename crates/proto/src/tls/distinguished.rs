//! Distinguished names (RFC 5280, section 4.1.2.4) as text, in the two orders in use.
//!
//! EVE has them as they stand in the certificate, `C=US, O=Example, CN=example.com`; Zeek as RFC 2253
//! wants them, `CN=example.com,O=Example,C=US`. The short names of attributes differ a little.

use super::der::{Element, Elements, dotted, tag};

/// Bytes of a name's text. Names have 50 to 200; a certificate may hold 16 MB.
const MAX_NAME: usize = 4096;
/// Attributes of a name that are looked at.
const MAX_ATTRIBUTES: usize = 64;

/// Attribute identifiers: the encoded object identifier, its name in EVE, its name in Zeek.
static ATTRIBUTES: &[(&[u8], &str, &str)] = &[
    (&[0x55, 4, 3], "CN", "CN"),
    (&[0x55, 4, 4], "surname", "SN"),
    (&[0x55, 4, 5], "serialNumber", "serialNumber"),
    (&[0x55, 4, 6], "C", "C"),
    (&[0x55, 4, 7], "L", "L"),
    (&[0x55, 4, 8], "ST", "ST"),
    (&[0x55, 4, 9], "streetAddress", "street"),
    (&[0x55, 4, 10], "O", "O"),
    (&[0x55, 4, 11], "OU", "OU"),
    (&[0x55, 4, 12], "title", "title"),
    (&[0x55, 4, 13], "description", "description"),
    (&[0x55, 4, 15], "businessCategory", "businessCategory"),
    (&[0x55, 4, 16], "postalAddress", "postalAddress"),
    (&[0x55, 4, 17], "postalCode", "postalCode"),
    (&[0x55, 4, 18], "postOfficeBox", "postOfficeBox"),
    (&[0x55, 4, 20], "telephoneNumber", "telephoneNumber"),
    (&[0x55, 4, 41], "name", "name"),
    (&[0x55, 4, 42], "givenName", "GN"),
    (&[0x55, 4, 43], "initials", "initials"),
    (&[0x55, 4, 44], "generationQualifier", "generationQualifier"),
    (&[0x55, 4, 46], "dnQualifier", "dnQualifier"),
    (&[0x55, 4, 65], "pseudonym", "pseudonym"),
    (
        &[0x55, 4, 97],
        "organizationIdentifier",
        "organizationIdentifier",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1],
        "Email",
        "emailAddress",
    ),
    (
        &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 2],
        "unstructuredName",
        "unstructuredName",
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1],
        "uid",
        "UID",
    ),
    (
        &[0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25],
        "DC",
        "DC",
    ),
    (
        &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 1],
        "msJurisdictionLocality",
        "jurisdictionL",
    ),
    (
        &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 2],
        "msJurisdictionStateOrProvince",
        "jurisdictionST",
    ),
    (
        &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3],
        "msJurisdictionCountry",
        "jurisdictionC",
    ),
];

/// A name: the content of its sequence.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Name<'a>(pub(crate) &'a [u8]);

impl<'a> Name<'a> {
    /// Object identifier and value of each attribute, and whether it belongs to the one before it.
    fn attributes(self) -> impl Iterator<Item = (&'a [u8], Element<'a>, bool)> {
        let sets = Elements::of(self.0).filter(|set| set.tag == tag::SET);
        let all = sets.flat_map(|set| {
            let members = Elements::of(set.content).enumerate();
            members.filter_map(|(index, member)| {
                let mut parts = Elements::of(member.content);
                let identifier = parts.next_if(tag::OBJECT)?.content;
                Some((identifier, parts.next()?, index > 0))
            })
        });
        all.take(MAX_ATTRIBUTES)
    }

    /// Whether a value is not what its type says (X.680, section 41; RFC 5280, section 4.1.2.4).
    pub(crate) fn is_damaged(self) -> bool {
        let mut all = self.attributes();
        all.any(|(_, value, _)| match value.tag {
            tag::UTF8_STRING => {
                std::str::from_utf8(value.content).is_err() || value.content.contains(&0)
            }
            tag::PRINTABLE_STRING | tag::IA5_STRING => {
                let mut bytes = value.content.iter();
                bytes.any(|byte| *byte == 0 || !byte.is_ascii())
            }
            tag::BMP_STRING => !value.content.len().is_multiple_of(2),
            tag::UNIVERSAL_STRING => !value.content.len().is_multiple_of(4),
            _ => false,
        })
    }

    /// As EVE has it.
    pub(crate) fn eve(self) -> Vec<u8> {
        let mut text = Vec::with_capacity(96);
        for (identifier, value, joined) in self.attributes() {
            if !text.is_empty() {
                text.extend_from_slice(if joined { b" + " } else { b", " });
            }
            if let Some((_, name, _)) = known(identifier) {
                text.extend_from_slice(name.as_bytes());
            } else {
                let dots = dotted(identifier).unwrap_or_default();
                text.extend_from_slice(format!("OID({dots})").as_bytes());
            }
            text.push(b'=');
            put_value(&mut text, value);
        }
        text.truncate(MAX_NAME);
        text
    }

    /// As Zeek has it.
    pub(crate) fn zeek(self) -> Vec<u8> {
        let mut parts: Vec<(Vec<u8>, bool)> = Vec::new();
        for (identifier, value, joined) in self.attributes() {
            let mut part = Vec::with_capacity(32);
            match known(identifier) {
                Some((_, _, name)) => part.extend_from_slice(name.as_bytes()),
                None => part.extend(dotted(identifier).unwrap_or_default().bytes()),
            }
            part.push(b'=');
            let mut plain = Vec::new();
            put_value(&mut plain, value);
            put_escaped(&mut part, &plain);
            parts.push((part, joined));
        }
        let mut text = Vec::with_capacity(96);
        let mut joined_to_last = false;
        for (index, (part, joined)) in parts.iter().rev().enumerate() {
            if index > 0 {
                text.push(if joined_to_last { b'+' } else { b',' });
            }
            joined_to_last = *joined;
            text.extend_from_slice(part);
        }
        text.truncate(MAX_NAME);
        text
    }

    /// The common name, the last one if there are several.
    pub(crate) fn common_name(self) -> Option<Vec<u8>> {
        let named = |(identifier, _, _): &(&[u8], Element<'_>, bool)| *identifier == [0x55, 4, 3];
        let (_, value, _) = self.attributes().filter(named).last()?;
        let mut text = Vec::new();
        put_value(&mut text, value);
        Some(text)
    }
}

fn known(identifier: &[u8]) -> Option<&'static (&'static [u8], &'static str, &'static str)> {
    ATTRIBUTES.iter().find(|(bytes, _, _)| *bytes == identifier)
}

/// A value as UTF-8 where its type says how.
fn put_value(text: &mut Vec<u8>, value: Element<'_>) {
    let content = value.content;
    let content = content.get(..MAX_NAME).unwrap_or(content);
    if value.tag == tag::BMP_STRING {
        let (units, _) = content.as_chunks::<2>();
        let units = units.iter().map(|unit| u16::from_be_bytes(*unit));
        for unit in char::decode_utf16(units) {
            let unit = unit.unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(unit.encode_utf8(&mut [0; 4]).as_bytes());
        }
    } else {
        text.extend_from_slice(content);
    }
}

/// Escapes as RFC 2253, section 2.4.
fn put_escaped(text: &mut Vec<u8>, value: &[u8]) {
    let last = value.len().saturating_sub(1);
    for (index, byte) in value.iter().enumerate() {
        let at_edge = matches!(byte, b' ') && (index == 0 || index == last);
        let at_start = *byte == b'#' && index == 0;
        if matches!(byte, b',' | b'+' | b'"' | b'\\' | b'<' | b'>' | b';') || at_edge || at_start {
            text.push(b'\\');
        }
        if matches!(byte, 0..0x20 | 0x7f) {
            text.extend_from_slice(format!("\\{byte:02X}").as_bytes());
        } else {
            text.push(*byte);
        }
    }
}
