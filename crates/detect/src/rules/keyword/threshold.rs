//! Keywords about how often matches are told.

use super::super::draft::Draft;
use super::super::number::number_up_to;
use super::super::problem::Fault;
use super::super::syntax::{Word, clipped};
use super::super::threshold::{Kind, Threshold, Track, Unique};
use super::Applies::Rule;
use super::Effect::Value;
use super::flow::nanoseconds;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[
    keyword(
        "threshold",
        Rule,
        "How many matches are told per time and host.",
        Value(threshold),
    ),
    keyword(
        "detection_filter",
        Rule,
        "How many matches per time and host there must be before they are told.",
        Value(detection_filter),
    ),
];

/// The longest window: a year.
const MAX_WINDOW: u64 = 366 * 86_400;

/// The settings thresholds are written with, in rules and in threshold files.
#[derive(Default)]
pub(crate) struct Settings<'a> {
    pub(crate) kind: Option<Word<'a>>,
    pub(crate) track: Option<Track>,
    pub(crate) count: Option<u32>,
    pub(crate) seconds: Option<u64>,
    multiplier: Option<u32>,
}

impl<'a> Settings<'a> {
    /// Takes `name value`; false when the name is none of a threshold's.
    pub(crate) fn take(&mut self, part: Word<'a>) -> Result<bool, Fault> {
        let (name, value) = part
            .split_once(' ')
            .unwrap_or((part, Word { text: "", ..part }));
        match name.text {
            "type" => self.kind = Some(value),
            "track" => self.track = Some(track(value)?),
            "count" => self.count = Some(at_least_one(value)?),
            "seconds" => self.seconds = Some(number_up_to(value, MAX_WINDOW)?),
            "multiplier" => self.multiplier = Some(at_least_one(value)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The threshold once all is read.
    pub(crate) fn finish(&self, at: usize) -> Result<Threshold, Fault> {
        let missing = |what: &str| Fault::error(at, format!("a threshold needs {what}"));
        let kind = self.kind.ok_or_else(|| missing("a type"))?;
        let track = self.track.ok_or_else(|| missing("what to track"))?;
        let kind = match kind.text {
            "limit" => Kind::Limit,
            "threshold" => Kind::Threshold,
            "both" => Kind::Both,
            "backoff" if track == Track::Flow => Kind::Backoff {
                multiplier: self.multiplier.ok_or_else(|| missing("a multiplier"))?,
            },
            "backoff" => return Err(Fault::error(kind.at, "backoff goes with track by_flow")),
            _ => {
                return Err(Fault::error(
                    kind.at,
                    "a threshold is limit, threshold, both or backoff",
                ));
            }
        };
        let window = match (self.seconds, kind) {
            (Some(seconds), _) => seconds,
            (None, Kind::Backoff { .. }) => 0,
            (None, _) => return Err(missing("seconds")),
        };
        Ok(Threshold {
            kind,
            track,
            count: self.count.ok_or_else(|| missing("a count"))?,
            window: nanoseconds(window),
            unique: None,
        })
    }
}

fn at_least_one(word: Word<'_>) -> Result<u32, Fault> {
    match number_up_to(word, u32::MAX.into())? {
        0 => Err(Fault::error(word.at, "the number must be at least 1")),
        number => Ok(number as u32),
    }
}

fn track(word: Word<'_>) -> Result<Track, Fault> {
    Ok(match word.text {
        "by_src" => Track::Source,
        "by_dst" => Track::Destination,
        "by_both" => Track::Both,
        "by_rule" => Track::Rule,
        "by_flow" => Track::Flow,
        other => {
            let message = format!("nothing can be tracked {:?}", clipped(other));
            return Err(Fault::error(word.at, message));
        }
    })
}

fn threshold(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut settings = Settings::default();
    for part in without_reference(draft, value).split(',') {
        if !settings.take(part)? {
            return Err(Fault::error(
                part.at,
                format!("threshold has no {:?}", clipped(part.text)),
            ));
        }
    }
    draft.thresholds.push(settings.finish(value.at)?);
    Ok(())
}

/// A public rule misses the semicolon before its reference; what it asks for is plain anyway.
fn without_reference<'a>(draft: &mut Draft<'_, '_>, value: Word<'a>) -> Word<'a> {
    let Some((own, _)) = value.text.split_once(" reference:") else {
        return value;
    };
    let message = "the semicolon before the reference is missing";
    let at = value.at + own.len();
    draft.warnings.push(Fault::warning(at, message));
    Word { text: own, ..value }
}

fn detection_filter(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let mut settings = Settings::default();
    let mut unique = None;
    for part in value.split(',') {
        if let Some(what) = part.strip_prefix("unique_on ") {
            unique = Some(unique_on(what)?);
            continue;
        }
        if !settings.take(part)? {
            let message = format!("detection_filter has no {:?}", clipped(part.text));
            return Err(Fault::error(part.at, message));
        }
    }
    let (Some(track), Some(count), Some(seconds)) =
        (settings.track, settings.count, settings.seconds)
    else {
        let message = "detection_filter needs track, count and seconds";
        return Err(Fault::error(value.at, message));
    };
    if unique.is_some() && track == Track::Flow {
        let message = "all packets of a flow have the same ports: unique_on goes with others";
        return Err(Fault::error(value.at, message));
    }
    draft.thresholds.push(Threshold {
        kind: Kind::Detection,
        track,
        count,
        window: nanoseconds(seconds),
        unique,
    });
    Ok(())
}

fn unique_on(word: Word<'_>) -> Result<Unique, Fault> {
    match word.text {
        "src_port" => Ok(Unique::SourcePort),
        "dst_port" => Ok(Unique::DestinationPort),
        _ => {
            let message = "unique_on goes with src_port or dst_port";
            Err(Fault::error(word.at, message))
        }
    }
}
