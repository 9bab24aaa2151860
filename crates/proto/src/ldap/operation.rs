//! One operation of LDAP (RFC 4511, section 4), read once for rules, records and logs.

use wirewatch_records::json;

use super::{filter, name};
use crate::der::{Element, Elements};
use crate::waiting::bounded;

/// Bytes kept of a name, an attribute or a value.
const MAX_TEXT: usize = 1024;
/// Bytes of a login's messages that are looked at: those of NTLM have less than 3 KiB.
const MAX_CREDENTIALS: usize = 4 << 10;
/// Attributes and values of one message that are told; entries have a few dozen.
const MAX_ITEMS: usize = 64;
/// Bytes of one operation's object; what comes then is left out of it.
const MAX_OBJECT: usize = 16 << 10;

/// What was read.
#[derive(Debug)]
pub(super) struct Read {
    pub(super) operation: u8,
    pub(super) is_request: bool,
    /// The entry that is asked about.
    pub(super) name: Box<[u8]>,
    /// The entry that an answer is about.
    pub(super) matched: Option<Box<[u8]>>,
    pub(super) attributes: Vec<Box<[u8]>>,
    pub(super) result: Option<(i64, Box<[u8]>)>,
    /// The operation's own object with a comma before it, or nothing.
    pub(super) members: String,
    pub(super) facets: Facets,
    /// What it says in a login with SASL.
    pub(super) credentials: Option<Box<[u8]>>,
}

/// What Zeek's logs have of a request.
#[derive(Debug, Default)]
pub(super) struct Facets {
    pub(super) version: Option<u8>,
    /// A readable password is shown.
    pub(super) password: bool,
    pub(super) object: Box<[u8]>,
    /// SASL's mechanism, or a search's filter.
    pub(super) argument: Box<[u8]>,
    pub(super) scope: Option<&'static str>,
    pub(super) aliases: Option<&'static str>,
}

impl Read {
    pub(super) fn json_name(&self) -> &'static str {
        name::operation(self.operation)
    }
}

/// Whether an operation's number is assigned.
pub(super) fn is_assigned(operation: Element<'_>) -> bool {
    matches!(operation.tag, 0x42 | 0x4a | 0x50 | 0x60..=0x69 | 0x6b..=0x6f | 0x73 | 0x77..=0x79)
}

/// Reads an operation; none when its number is not assigned or its fields cannot be read.
pub(super) fn read(operation: Element<'_>) -> Option<Read> {
    let number = operation.tag & 0x1f;
    let mut read = Read {
        operation: number,
        is_request: matches!(number, 0 | 2 | 3 | 6 | 8 | 10 | 12 | 14 | 16 | 23),
        name: Box::default(),
        matched: None,
        attributes: Vec::new(),
        result: None,
        members: String::new(),
        facets: Facets::default(),
        credentials: None,
    };
    let mut out = Vec::new();
    let fields = Elements(operation.content);
    if !is_assigned(operation) {
        return None;
    }
    read.fields(number, operation.content, fields, &mut out)?;
    if !out.is_empty() {
        let start = [",\"", name::operation(number), "\":{"].concat();
        let members = String::from_utf8(out).unwrap_or_default();
        read.members = [&start, members.trim_end_matches(','), "}"].concat();
    }
    Some(read)
}

impl Read {
    fn fields(
        &mut self,
        number: u8,
        content: &[u8],
        mut fields: Elements<'_>,
        out: &mut Vec<u8>,
    ) -> Option<()> {
        match number {
            0 => self.bind(fields, out),
            3 => self.search(fields, out),
            4 => self.entry(fields, out),
            6 => self.modify(fields, out),
            8 => self.add(fields, out),
            10 => {
                self.about(content);
                json::wire(out, b"\"dn\":", &self.name);
                Some(())
            }
            12 => self.modify_name(fields, out),
            14 => {
                self.about(fields.next()?.content);
                json::wire(out, b"\"entry\":", &self.name);
                let mut assertion = fields.enter(0x30)?;
                let mark = json::open(out, b"\"attribute_value_assertion\":{");
                json::wire(out, b"\"description\":", kept(assertion.next()?.content));
                json::wire(out, b"\"value\":", kept(assertion.next()?.content));
                json::close(out, mark);
                Some(())
            }
            16 => {
                let which = crate::der::number(content)?;
                json::number(out, b"\"message_id\":", which.unsigned_abs());
                Some(())
            }
            1 | 5 | 7 | 9 | 11 | 13 | 15 | 24 => self.answer(number, fields, out),
            23 => {
                let name = fields.next_if(0x80)?.content;
                json::wire(out, b"\"name\":", kept(name));
                self.facets.object = kept(name).into();
                if let Some(value) = fields.next_if(0x81) {
                    json::wire(out, b"\"value\":", kept(value.content));
                }
                Some(())
            }
            25 => {
                for (tag, key) in [(0x80, &b"\"name\":"[..]), (0x81, b"\"value\":")] {
                    if let Some(part) = fields.next_if(tag) {
                        json::wire(out, key, kept(part.content));
                    }
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    fn about(&mut self, name: &[u8]) {
        self.name = kept(name).into();
        self.facets.object = self.name.clone();
    }

    fn bind(&mut self, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        let version = fields.next_if(0x02)?.number()?;
        self.facets.version = u8::try_from(version).ok();
        self.about(fields.next_if(0x04)?.content);
        json::number(out, b"\"version\":", version.unsigned_abs());
        json::wire(out, b"\"name\":", &self.name);
        if let Some(password) = fields.next_if(0x80) {
            self.facets.password = !password.content.is_empty();
        } else if let Some(mut login) = fields.enter(0xa3) {
            let mechanism = kept(login.next_if(0x04)?.content);
            self.facets.argument = mechanism.into();
            let mark = json::open(out, b"\"sasl\":{");
            json::wire(out, b"\"mechanism\":", mechanism);
            json::close(out, mark);
            let credentials = login.next_if(0x04);
            self.credentials =
                credentials.map(|said| bounded(said.content, MAX_CREDENTIALS).into());
        } else if let Some(said) = fields.find(0x8a).or_else(|| fields.find(0x8b)) {
            // Windows' older way, without SASL ([MS-ADTS] 5.1.1.1.3).
            self.credentials = Some(bounded(said, MAX_CREDENTIALS).into());
        }
        Some(())
    }

    fn search(&mut self, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        self.about(fields.next_if(0x04)?.content);
        let (scope, aliases) = (fields.next()?.number()?, fields.next()?.number()?);
        let (size, time) = (fields.next()?.number()?, fields.next()?.number()?);
        let only_types = fields.next()?.number()? != 0;
        let filter = fields.next()?;
        let (eve_scope, scope) = match scope {
            0 => ("base_object", "base"),
            1 => ("single_level", "single"),
            _ => ("whole_subtree", "tree"),
        };
        let (eve_aliases, aliases) = match aliases {
            0 => ("never_deref_aliases", "never"),
            1 => ("deref_in_searching", "searching"),
            2 => ("deref_finding_base_obj", "finding"),
            _ => ("deref_always", "always"),
        };
        self.facets.scope = Some(scope);
        self.facets.aliases = Some(aliases);
        self.facets.argument = filter::text(filter).into();
        json::wire(out, b"\"base_object\":", &self.name);
        json::text(out, b"\"scope\":", eve_scope);
        json::text(out, b"\"deref_alias\":", eve_aliases);
        json::number(out, b"\"size_limit\":", size.unsigned_abs());
        json::number(out, b"\"time_limit\":", time.unsigned_abs());
        json::boolean(out, b"\"types_only\":", only_types);
        json::wire(out, b"\"filter\":", &self.facets.argument);
        let mut names = fields.enter(0x30).unwrap_or(Elements(&[]));
        while let Some(name) = names.next().filter(|_| self.attributes.len() < MAX_ITEMS) {
            self.attributes.push(kept(name.content).into());
        }
        list(out, b"\"attributes\":[", &self.attributes);
        Some(())
    }

    fn entry(&mut self, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        let name = kept(fields.next_if(0x04)?.content);
        self.matched = Some(name.into());
        json::wire(out, b"\"base_object\":", name);
        self.valued(fields, b"\"type\":", out)
    }

    fn add(&mut self, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        self.about(fields.next_if(0x04)?.content);
        json::wire(out, b"\"entry\":", &self.name);
        self.valued(fields, b"\"name\":", out)
    }

    /// Attributes with their values.
    fn valued(&mut self, mut fields: Elements<'_>, key: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut attributes = fields.enter(0x30)?;
        out.extend_from_slice(b"\"attributes\":[");
        while let Some(mut attribute) = attributes
            .enter(0x30)
            .filter(|_| self.attributes.len() < MAX_ITEMS)
        {
            let Some(name) = attribute.next_if(0x04) else {
                break;
            };
            self.attributes.push(kept(name.content).into());
            if out.len() < MAX_OBJECT {
                let mark = json::open(out, b"{");
                json::wire(out, key, kept(name.content));
                list(out, b"\"values\":[", &values(attribute));
                json::close(out, mark);
            }
        }
        end_list(out);
        Some(())
    }

    fn modify(&mut self, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        self.about(fields.next_if(0x04)?.content);
        json::wire(out, b"\"object\":", &self.name);
        let mut changes = fields.enter(0x30)?;
        out.extend_from_slice(b"\"changes\":[");
        while let Some(mut change) = changes
            .enter(0x30)
            .filter(|_| self.attributes.len() < MAX_ITEMS)
        {
            let kind = match change.next().and_then(|kind| kind.number()) {
                Some(0) => "add",
                Some(1) => "delete",
                Some(2) => "replace",
                _ => "increment",
            };
            let Some(mut attribute) = change.enter(0x30) else {
                break;
            };
            let name = kept(attribute.next().map_or(&[], |name| name.content));
            self.attributes.push(name.into());
            if out.len() < MAX_OBJECT {
                let mark = json::open(out, b"{");
                json::text(out, b"\"operation\":", kind);
                let inner = json::open(out, b"\"modification\":{");
                json::wire(out, b"\"attribute_type\":", name);
                list(out, b"\"attribute_values\":[", &values(attribute));
                json::close(out, inner);
                json::close(out, mark);
            }
        }
        end_list(out);
        Some(())
    }

    fn modify_name(&mut self, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        self.about(fields.next_if(0x04)?.content);
        json::wire(out, b"\"entry\":", &self.name);
        json::wire(out, b"\"new_rdn\":", kept(fields.next_if(0x04)?.content));
        json::boolean(out, b"\"delete_old_rdn\":", fields.next()?.number()? != 0);
        if let Some(superior) = fields.next_if(0x80) {
            json::wire(out, b"\"new_superior\":", kept(superior.content));
        }
        Some(())
    }

    fn answer(&mut self, number: u8, mut fields: Elements<'_>, out: &mut Vec<u8>) -> Option<()> {
        let code = fields.next_if(0x0a)?.number()?;
        let matched = kept(fields.next_if(0x04)?.content);
        let message = kept(fields.next_if(0x04)?.content);
        self.matched = Some(matched.into());
        self.result = Some((code, message.into()));
        json::text(
            out,
            b"\"result_code\":",
            &name::result(code).to_ascii_lowercase().replace(' ', "_"),
        );
        if number == super::BIND_RESPONSE {
            // Windows' older way has them in the place of a name.
            let said = fields.find(0x87).unwrap_or(matched);
            self.credentials = Some(bounded(said, MAX_CREDENTIALS).into());
        }
        json::wire(out, b"\"matched_dn\":", matched);
        json::wire(out, b"\"message\":", message);
        if number == super::EXTENDED_RESPONSE {
            if let Some(name) = fields.find(0x8a) {
                json::wire(out, b"\"name\":", kept(name));
            }
            if let Some(value) = fields.find(0x8b) {
                json::wire(out, b"\"value\":", kept(value));
            }
        }
        Some(())
    }
}

fn values(mut attribute: Elements<'_>) -> Vec<Box<[u8]>> {
    let mut values = attribute.enter(0x31).unwrap_or(Elements(&[]));
    let all = std::iter::from_fn(|| values.next());
    all.take(MAX_ITEMS)
        .map(|value| kept(value.content).into())
        .collect()
}

fn list(out: &mut Vec<u8>, key: &[u8], values: &[Box<[u8]>]) {
    out.extend_from_slice(key);
    for value in values {
        json::string(out, value);
        out.push(b',');
    }
    end_list(out);
}

fn end_list(out: &mut Vec<u8>) {
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.extend_from_slice(b"],");
}

fn kept(text: &[u8]) -> &[u8] {
    bounded(text, MAX_TEXT)
}
