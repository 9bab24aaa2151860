//! What a match leaves behind beside its alert: captured bytes, and what lists know of a value.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::draft::AllNames;
use super::state::FlowRules;

/// The longest captured value; names, versions and addresses are far shorter.
const MAX_CAPTURE: usize = 1_024;
/// Notes of one match.
const MAX_NOTES: usize = 64;

/// Whom a captured value is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Every record of the flow from now on.
    Flow,
    /// The alerts of this packet.
    Packet,
    /// The alert of this match.
    Alert,
}

impl Scope {
    /// Reads the word before a variable's name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "flow" => Self::Flow,
            "pkt" => Self::Packet,
            "alert" => Self::Alert,
            _ => return None,
        })
    }
}

/// One thing worth telling about a match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Note {
    /// Bytes that an expression captured, by the number of their name.
    Captured(Scope, u16, Box<[u8]>),
    /// What a list knows of the value that was found, in JSON.
    Context(Arc<str>, Arc<str>),
}

/// The notes of one match, in the order of the rule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Notes(Vec<Note>);

impl Notes {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Puts a note before those that were made behind it.
    pub(crate) fn insert(&mut self, place: usize, note: Note) {
        if self.0.len() < MAX_NOTES && place <= self.0.len() {
            self.0.insert(place, note);
        }
    }

    pub(crate) fn capture(&mut self, place: usize, scope: Scope, name: u16, bytes: &[u8]) {
        let bytes = bytes.get(..MAX_CAPTURE).unwrap_or(bytes);
        self.insert(place, Note::Captured(scope, name, bytes.into()));
    }

    fn captured(&self, wanted: Scope) -> impl Iterator<Item = (u16, &[u8])> {
        self.0.iter().filter_map(move |note| match note {
            Note::Captured(scope, name, bytes) if *scope == wanted => Some((*name, &**bytes)),
            _ => None,
        })
    }

    /// Keeps with the flow what is for all its records, and for other rules about the packet.
    pub(crate) fn remember(&self, flow: &mut FlowRules, now: i64) {
        for (name, bytes) in self.captured(Scope::Flow) {
            flow.write_variable(name, bytes);
        }
        for (name, bytes) in self.captured(Scope::Packet) {
            flow.write_packet_variable(name, bytes, now);
        }
    }
}

/// The names that rules share, by their numbers.
#[derive(Debug, Default)]
pub(crate) struct Named {
    bits: Vec<Box<str>>,
    integers: Vec<Box<str>>,
    variables: Vec<Box<str>>,
}

/// What records tell of their flow's rules, each an object in JSON.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlowNotes {
    /// Bits, numbers and captures.
    pub vars: Option<String>,
    /// Names under `traffic/id/` and `traffic/label/`.
    pub traffic: Option<String>,
    /// What rules decided about the whole flow: `pass` or `drop`.
    pub action: Option<&'static str>,
}

impl Named {
    pub(crate) fn new(names: AllNames) -> Self {
        Self {
            bits: names.flowbits.into_list(),
            integers: names.flowints.into_list(),
            variables: names.captures.into_list(),
        }
    }

    /// What is remembered of a flow, with what is noted of the packet at hand.
    pub(crate) fn of_flow(&self, flow: &FlowRules, notes: &Notes) -> FlowNotes {
        let mut vars = Map::new();
        let (mut ids, mut labels, mut bits) = (Vec::new(), Vec::new(), Vec::new());
        for name in flow.set_bits().filter_map(|bit| self.bits.get(bit)) {
            if let Some(id) = name.strip_prefix("traffic/id/") {
                ids.push(Value::from(id));
            } else if let Some(label) = name.strip_prefix("traffic/label/") {
                labels.push(Value::from(label));
            } else {
                bits.push(Value::from(&**name));
            }
        }
        let packet = notes.captured(Scope::Packet);
        add(&mut vars, "pktvars", self.values(packet));
        add(&mut vars, "flowbits", bits);
        add(&mut vars, "flowvars", self.values(flow.variables()));
        let integers: Map<_, _> = flow
            .integers()
            .filter_map(|(name, value)| {
                let name = self.integers.get(usize::from(name))?;
                Some((name.to_string(), Value::from(value)))
            })
            .collect();
        if !integers.is_empty() {
            vars.insert("flowints".to_owned(), integers.into());
        }
        let mut traffic = Map::new();
        add(&mut traffic, "id", ids);
        add(&mut traffic, "label", labels);
        FlowNotes {
            vars: object(vars),
            traffic: object(traffic),
            action: flow.action(),
        }
    }

    /// An object per captured value, for a name may come more than once.
    fn values<'a>(&self, all: impl Iterator<Item = (u16, &'a [u8])>) -> Vec<Value> {
        all.filter_map(|(name, bytes)| {
            let name = self.variables.get(usize::from(name))?;
            let one = Map::from_iter([(name.to_string(), Value::from(printable(bytes)))]);
            Some(one.into())
        })
        .collect()
    }

    /// What is known about the match: captures for its alert, and what lists say.
    pub(crate) fn context(&self, notes: &Notes) -> Option<String> {
        let mut all = Map::new();
        for note in &notes.0 {
            match note {
                Note::Captured(Scope::Alert, name, bytes) => {
                    if let Some(name) = self.variables.get(usize::from(*name)) {
                        all.insert(name.to_string(), printable(bytes).into());
                    }
                }
                Note::Context(key, json) => {
                    if let Ok(value) = serde_json::from_str(json) {
                        all.insert(key.to_string(), value);
                    }
                }
                Note::Captured(..) => {}
            }
        }
        object(all)
    }
}

fn add(object: &mut Map<String, Value>, name: &str, list: Vec<Value>) {
    if !list.is_empty() {
        object.insert(name.to_owned(), list.into());
    }
}

fn object(members: Map<String, Value>) -> Option<String> {
    (!members.is_empty()).then(|| Value::from(members).to_string())
}

/// Bytes as text; those that do not print in hexadecimal.
fn printable(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte == b' ' || byte.is_ascii_graphic() {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "\\x{byte:02X}");
        }
    }
    out
}
