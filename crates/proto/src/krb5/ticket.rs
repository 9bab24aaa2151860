//! Tickets, and where security tokens have them (RFC 4120, section 5.3; RFC 4178; RFC 4121).

use wirewatch_records::json;

use crate::der::Elements;

/// Bytes kept of a name or realm.
pub(super) const MAX_NAME: usize = 256;
/// Parts of a name that are kept; services have up to three.
const MAX_PARTS: usize = 8;

/// What is readable of a ticket.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Who issued it.
    pub(crate) realm: Box<[u8]>,
    /// For which service, in parts.
    pub(crate) service: Vec<Box<[u8]>>,
    /// How it is encrypted.
    pub(crate) encryption: Option<i64>,
}

impl Ticket {
    /// A ticket's element, `[APPLICATION 1]` with its tag.
    pub(super) fn read(elements: Elements<'_>) -> Option<Self> {
        let mut fields = Elements(elements.find(0x61)?).enter(0x30)?;
        fields.next_if(0xa0)?;
        let realm = text(fields.next_if(0xa1)?.content);
        let service = parts(fields.next_if(0xa2)?.content);
        let encrypted = fields.enter(0xa3).and_then(|mut part| part.enter(0x30));
        let kind = encrypted.and_then(|part| part.find(0xa0));
        Some(Self {
            realm,
            service,
            encryption: kind.and_then(|kind| Elements(kind).next()?.number()),
        })
    }

    /// Members of EVE's `kerberos` object in SMB.
    pub(crate) fn members(&self, out: &mut Vec<u8>) {
        json::wire(out, b"\"realm\":", &self.realm);
        out.extend_from_slice(b"\"snames\":[");
        for part in &self.service {
            json::string(out, part);
            out.push(b',');
        }
        if out.last() == Some(&b',') {
            out.pop();
        }
        out.extend_from_slice(b"],");
    }
}

/// The text in an element, bounded.
pub(super) fn text(content: &[u8]) -> Box<[u8]> {
    let element = Elements(content).next();
    let text = element.map_or(&[][..], |element| element.content);
    text.get(..MAX_NAME).unwrap_or(text).into()
}

/// The parts of a principal's name (RFC 4120, section 5.2.2).
pub(super) fn parts(content: &[u8]) -> Vec<Box<[u8]>> {
    let mut parts = Vec::new();
    let names = Elements(content)
        .enter(0x30)
        .and_then(|name| name.find(0xa1));
    let Some(mut names) = names.and_then(|names| Elements(names).enter(0x30)) else {
        return parts;
    };
    while let Some(part) = names.next().filter(|_| parts.len() < MAX_PARTS) {
        parts.push(part.content.get(..MAX_NAME).unwrap_or(part.content).into());
    }
    parts
}

/// The ticket that a client shows in a security token, with or without negotiation around it.
pub(crate) fn in_token(token: &[u8]) -> Option<Ticket> {
    let mut outer = Elements(token).enter(0x60)?;
    outer.next_if(0x06)?;
    let Some(mut negotiation) = outer.enter(0xa0) else {
        return shown(outer);
    };
    let inner = negotiation.enter(0x30)?.find(0xa2)?;
    let mut mechanism = Elements(Elements(inner).next_if(0x04)?.content).enter(0x60)?;
    mechanism.next_if(0x06)?;
    shown(mechanism)
}

/// An application's request behind the two bytes that say that it is one.
fn shown(elements: Elements<'_>) -> Option<Ticket> {
    let request = elements.0.strip_prefix(&[1, 0])?;
    let request = Elements(request).enter(0x6e)?.enter(0x30)?;
    Ticket::read(Elements(request.find(0xa3)?))
}
