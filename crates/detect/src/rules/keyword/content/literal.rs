//! Which content of a rule the prefilter looks for.

use super::super::super::buffer::BufferId;
use super::super::super::check::Check;
use super::{Fast, Inspection};

/// Longer literals make no better filter: this many bytes are judged.
const JUDGED: usize = 16;

/// The rule's own choice, else the content least likely to be there by chance.
pub(crate) fn choose_literal(
    inspections: &[Inspection],
    asked: Option<Fast>,
    is_filtered: impl Fn(BufferId) -> bool,
) -> Option<Fast> {
    let is_filtered = |one: &Inspection| {
        // Where absence will do, no literal is needed.
        let absent = |check: &Check| matches!(check, Check::Absent { .. });
        is_filtered(one.source.buffer) && !one.checks.iter().any(absent)
    };
    if let Some(fast) = asked
        && inspections.get(fast.inspection).is_some_and(is_filtered)
    {
        return Some(fast);
    }
    let filtered = inspections
        .iter()
        .enumerate()
        .filter(|(_, one)| is_filtered(one));
    let checks = filtered.flat_map(|(inspection, one)| {
        let checks = one.checks.iter().enumerate();
        checks.filter_map(move |(check, one)| match one {
            Check::Content(content) if !content.negated => Some((inspection, check, content)),
            _ => None,
        })
    });
    let best = checks.max_by_key(|(_, _, content)| {
        let anchored = u32::from(content.fixed_place().is_some());
        strength(&content.pattern) + anchored
    });
    best.map(|(inspection, check, content)| Fast {
        inspection,
        check,
        skip: 0,
        length: content.length(),
    })
}

/// How telling a literal is: long, of rare and different bytes.
pub(crate) fn strength(literal: &[u8]) -> u32 {
    let mut sum = 0;
    let mut previous = None;
    for byte in literal.iter().take(JUDGED) {
        let rare = u32::from(255 - super::super::super::check::commonness(*byte));
        sum += if previous == Some(byte) {
            rare / 8
        } else {
            rare
        };
        previous = Some(byte);
    }
    sum
}
