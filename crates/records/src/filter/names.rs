//! Names of fields in expressions, and the nearest one when a name is wrong.

use crate::{COMMON_FIELDS, FieldInfo, FieldType, Kind, Value};
use crate::{Common, Row};

/// Where a name's value is found in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Kind,
    EventType,
    Common(usize),
    Own(Kind, usize),
}

impl Place {
    pub(crate) fn value<'a>(self, common: &Common<'a>, row: &Row<'a>) -> Value<'a> {
        match self {
            Self::Kind => Value::Text(row.kind().name()),
            Self::EventType => Value::Text(row.kind().event_type()),
            Self::Common(index) => common.value(index),
            Self::Own(kind, index) if kind == row.kind() => row.value(index),
            Self::Own(..) => Value::Absent,
        }
    }

    pub(crate) fn field_type(self) -> FieldType {
        self.info().map_or(FieldType::Text, |info| info.field_type)
    }

    pub(crate) fn info(self) -> Option<&'static FieldInfo> {
        match self {
            Self::Kind | Self::EventType => None,
            Self::Common(index) => COMMON_FIELDS.get(index),
            Self::Own(kind, index) => kind.fields().get(index),
        }
    }
}

/// Names that stand for others.
const SHORTHANDS: [(&str, &[&str]); 5] = [
    ("host", &["src_ip", "dst_ip"]),
    ("ip", &["src_ip", "dst_ip"]),
    ("port", &["src_port", "dst_port"]),
    ("mac", &["src_mac", "dst_mac", "sender_mac", "target_mac"]),
    ("vlan_id", &["vlan"]),
];

/// Every place a name means; empty when there is none.
pub(crate) fn find(name: &str) -> Vec<Place> {
    match name {
        "kind" => return vec![Place::Kind],
        "event_type" => return vec![Place::EventType],
        _ => {}
    }
    if let Some((_, names)) = SHORTHANDS.iter().find(|(short, _)| *short == name) {
        return names.iter().flat_map(|name| find(name)).collect();
    }
    let is_named = |info: &FieldInfo| info.name == name || (info.eve == name && name != "*");
    let own = Kind::ALL.into_iter().flat_map(|kind| {
        let places = (0..).map(move |index| Place::Own(kind, index));
        kind.fields().iter().zip(places)
    });
    let common = COMMON_FIELDS.iter().zip((0..).map(Place::Common));
    let all = common.chain(own).filter(|(info, _)| is_named(info));
    all.map(|(_, place)| place).collect()
}

/// The known name that is most like a wrong one.
pub(crate) fn nearest(wrong: &str) -> Option<&'static str> {
    let fields = COMMON_FIELDS
        .iter()
        .chain(Kind::ALL.into_iter().flat_map(Kind::fields));
    let names = fields
        .flat_map(|info| [info.name, info.eve])
        .filter(|name| *name != "*");
    let fixed = SHORTHANDS.iter().map(|(name, _)| *name);
    let all = fixed.chain(["kind", "event_type"]).chain(names);
    let scored = all.map(|name| (distance(wrong, name), name));
    let (best, name) = scored.min_by_key(|(score, _)| *score)?;
    (best <= (wrong.len() / 3).clamp(1, 4) && best < wrong.len()).then_some(name)
}

/// Levenshtein's distance, without regard to case.
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<u8> = a.bytes().take(64).map(|c| c.to_ascii_lowercase()).collect();
    let mut row: Vec<usize> = (0..=a.len()).collect();
    for (line, y) in b.bytes().enumerate() {
        let mut diagonal = line;
        let mut left = line + 1;
        for (x, cell) in a.iter().zip(row.iter_mut().skip(1)) {
            let above = *cell;
            let kept = diagonal + usize::from(*x != y.to_ascii_lowercase());
            *cell = kept.min(left + 1).min(above + 1);
            (diagonal, left) = (above, *cell);
        }
        if let Some(first) = row.first_mut() {
            *first = line + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}
