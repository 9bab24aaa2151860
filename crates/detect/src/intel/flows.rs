//! What a listed address or name in a flow means.

use super::{Direction, Hit, Intel};
use crate::finding::{Evidence, Finding, Key, protocol_name, show, sid};

/// A flow, as far as its addresses matter.
#[derive(Debug, Clone, Copy)]
pub struct Contact {
    /// Capture time in nanoseconds.
    pub ts: i64,
    /// Who opened it.
    pub client: u128,
    /// Who was called.
    pub server: u128,
    /// The client's port.
    pub client_port: u16,
    /// The server's port.
    pub server_port: u16,
    /// IP protocol number.
    pub protocol: u8,
    /// Whether the server answered: a handshake, or data back.
    pub answered: bool,
    /// Whether the flow began before the capture, so that the sides may be exchanged.
    pub midstream: bool,
}

/// Where a name was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NameSource {
    /// A DNS question.
    Dns,
    /// The server name of a TLS hello.
    Tls,
    /// The same in QUIC.
    Quic,
    /// The host of an HTTP request.
    Http,
}

impl Intel {
    /// Judges a flow by its addresses: once when it is new, again when it was answered.
    pub fn contact(&self, contact: &Contact) -> Vec<Finding> {
        let mut findings = Vec::new();
        if self.ranges.is_empty() {
            return findings;
        }
        let server_port = Some(contact.server_port);
        if let Some(hit) = self.find_ip(contact.server, server_port, Some(Direction::Outbound)) {
            findings.push(contacted(contact, &hit));
        }
        let client_port = Some(contact.client_port);
        if let Some(hit) = self.find_ip(contact.client, client_port, Some(Direction::Inbound)) {
            findings.push(visited(contact, &hit));
        }
        findings
    }

    /// Judges a name that a client asked for or addressed.
    pub fn name(
        &self,
        ts: i64,
        client: u128,
        server: u128,
        name: &[u8],
        source: NameSource,
    ) -> Option<Finding> {
        let hit = self.lookup_domain(name)?;
        let (verb, severity) = match source {
            NameSource::Dns => ("asked for", 2),
            NameSource::Tls | NameSource::Quic | NameSource::Http => ("connected to", 1),
        };
        let key = Key {
            sid: sid::INTEL_DOMAIN,
            subject: client,
            object: 0,
            detail: super::names::hash(hit.indicator.as_bytes()),
        };
        let shown = String::from_utf8_lossy(name.get(..255).unwrap_or(name));
        let shown: String = shown
            .chars()
            .map(|letter| if letter.is_control() { '?' } else { letter })
            .collect();
        let signature = format!("{} {verb} {shown}, listed by {}", show(client), said(&hit));
        let evidence = evidence(&hit)
            .text("name", &shown)
            .text("server", show(server));
        let severity = severity.max(hit.list.severity);
        Some(Finding::new(ts, key, signature, evidence).with_severity(severity))
    }
}

/// Somebody opened a flow to a listed server. Without its beginning one step less sure.
fn contacted(contact: &Contact, hit: &Hit) -> Finding {
    let severity = if contact.answered { 1 } else { 2 } + u8::from(contact.midstream);
    let outcome = match (contact.midstream, contact.answered) {
        (true, _) => "talked with",
        (false, true) => "contacted",
        (false, false) => "tried to contact",
    };
    let signature = format!(
        "{} {outcome} {} {} port {}, listed by {}",
        show(contact.client),
        show(contact.server),
        protocol_name(contact.protocol),
        contact.server_port,
        said(hit),
    );
    let key = Key {
        sid: sid::INTEL_CONTACT,
        subject: contact.client,
        object: contact.server,
        detail: 0,
    };
    finding(contact, key, signature, hit, severity)
}

/// A listed attacker opened a flow.
fn visited(contact: &Contact, hit: &Hit) -> Finding {
    let severity = if contact.answered && !contact.midstream {
        3
    } else {
        4
    };
    let outcome = if contact.answered {
        "was answered by"
    } else {
        "tried"
    };
    let signature = format!(
        "{}, listed by {}, {outcome} {} {} port {}",
        show(contact.client),
        said(hit),
        show(contact.server),
        protocol_name(contact.protocol),
        contact.server_port,
    );
    let key = Key {
        sid: sid::INTEL_VISITOR,
        subject: contact.client,
        object: contact.server,
        detail: 0,
    };
    finding(contact, key, signature, hit, severity)
}

fn finding(contact: &Contact, key: Key, signature: String, hit: &Hit, severity: u8) -> Finding {
    let evidence = evidence(hit)
        .number("port", contact.server_port)
        .number("answered", u8::from(contact.answered));
    Finding::new(contact.ts, key, signature, evidence)
        .with_severity(severity.max(hit.list.severity))
}

/// The list's name, and what it says about the entry.
fn said(hit: &Hit) -> String {
    if hit.note.is_empty() {
        hit.list.name.clone()
    } else {
        format!("{} as {}", hit.list.name, hit.note)
    }
}

fn evidence(hit: &Hit) -> Evidence {
    Evidence::new()
        .text("list", &hit.list.name)
        .text("indicator", &hit.indicator)
        .text("note", hit.note)
        .text("direction", hit.direction.name())
        .number("lists", hit.lists as u64)
}
