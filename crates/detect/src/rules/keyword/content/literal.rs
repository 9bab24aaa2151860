//! Which content of a rule the prefilter looks for.

use super::super::super::buffer::BufferId;
use super::super::super::check::{Check, Content};
use super::super::super::literal::{ANCHOR, NEAR};
use super::{Fast, Inspection};

/// Longer literals make no better filter: this many bytes are judged.
const JUDGED: usize = 16;

/// What the first bytes of a content at one place must say at least, so that comparing them leaves few
/// rules: more than small numbers and zeros do.
const TELLING: u32 = 300;

/// What a content that is long enough for a quick search must say at least, to be preferred to short
/// ones: four zeros are no help.
pub(crate) const EASY: u32 = 200;

/// The rule's own choice, else the content least likely to be there by chance.
pub(crate) fn choose_literal(
    inspections: &[Inspection],
    asked: Option<Fast>,
    is_filtered: impl Fn(BufferId) -> bool,
) -> Option<Fast> {
    if let Some(fast) = asked
        && let Some(inspection) = inspections.get(fast.inspection)
        && needs_its_contents(inspection)
        && is_filtered(inspection.source.buffer)
    {
        return Some(fast);
    }
    let all = contents(inspections, is_filtered);
    let best = all.max_by_key(|(_, content)| {
        let anchored = content.fixed_place().is_some() || content.endswith;
        let strength = strength(&content.pattern);
        // Three rare letters are searched for more slowly than many that are common.
        let is_easy = anchored || content.length() >= ANCHOR && strength >= EASY;
        (is_easy, strength + u32::from(anchored))
    });
    best.map(|(fast, _)| fast)
}

/// The content that says most in a few bytes at one place, which are compared and not searched for.
pub(crate) fn choose_anchor(
    inspections: &[Inspection],
    is_filtered: impl Fn(BufferId) -> bool,
) -> Option<Fast> {
    let all = contents(inspections, is_filtered);
    let placed = all.filter(|(_, content)| content.fixed_place().is_some());
    let judged = placed.filter_map(|(fast, content)| {
        let start = content.pattern.get(..ANCHOR)?;
        Some((strength(start), fast))
    });
    most_telling(judged)
}

/// The content that says most near the beginning, when it says enough.
pub(crate) fn choose_near(
    inspections: &[Inspection],
    is_filtered: impl Fn(BufferId) -> bool,
) -> Option<Fast> {
    let is_near = |content: &Content| {
        let reach = content.reach().is_some_and(|reach| reach <= NEAR);
        reach && content.fixed_place().is_none() && content.length() >= ANCHOR
    };
    let all = contents(inspections, is_filtered).filter(|(_, content)| is_near(content));
    most_telling(all.map(|(fast, content)| (strength(&content.pattern), fast)))
}

fn most_telling(judged: impl Iterator<Item = (u32, Fast)>) -> Option<Fast> {
    let telling = judged.filter(|(strength, _)| *strength >= TELLING);
    let best = telling.max_by_key(|(strength, _)| *strength);
    best.map(|(_, fast)| fast)
}

/// The contents that must be there, as literals.
fn contents(
    inspections: &[Inspection],
    is_filtered: impl Fn(BufferId) -> bool,
) -> impl Iterator<Item = (Fast, &Content)> {
    let filtered = inspections
        .iter()
        .enumerate()
        .filter(move |(_, one)| needs_its_contents(one) && is_filtered(one.source.buffer));
    filtered.flat_map(|(inspection, one)| {
        let checks = one.checks.iter().enumerate();
        checks.filter_map(move |(check, one)| match one {
            Check::Content(content) if !content.negated => {
                let fast = Fast {
                    inspection,
                    check,
                    skip: 0,
                    length: content.length(),
                };
                Some((fast, content))
            }
            _ => None,
        })
    })
}

/// Where absence will do, no literal is needed.
fn needs_its_contents(inspection: &Inspection) -> bool {
    let absent = |check: &Check| matches!(check, Check::Absent { .. });
    !inspection.checks.iter().any(absent)
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
