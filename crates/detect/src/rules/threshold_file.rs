//! Threshold files: `suppress`, `threshold` (or `event_filter`) and `rate_filter` lines.

use std::sync::Arc;

use super::compiled::{Compiled, Suppression};
use super::keyword::{ThresholdSettings, nanoseconds};
use super::number::number_up_to;
use super::problem::{Fault, nearest};
use super::rule::Action;
use super::syntax::{Word, clipped};
use super::text::LogicalLines;
use super::threshold::{Kind, Threshold, Track};
use super::variables::Variables;

/// Lines read; each may change many rules.
const MAX_LINES: usize = 65_536;
/// The longest timeout: a year.
const MAX_TIMEOUT: u64 = 366 * 86_400;

/// Changes the rules as the file says; gives the faults with their lines.
pub(super) fn apply(
    text: &str,
    variables: &Variables,
    rules: &mut [Compiled],
) -> Vec<(u32, Fault)> {
    let mut faults = Vec::new();
    for line in LogicalLines::new(text.as_bytes()).take(MAX_LINES) {
        let (number, result) = match line {
            Ok(line) => {
                let result = Line::parse(&line.text, variables);
                (line.place(0).0, result)
            }
            Err((number, fault)) => (number, Err(fault)),
        };
        match result {
            Ok(line) => rules.iter_mut().for_each(|rule| line.change(rule)),
            Err(fault) => faults.push((number, fault)),
        }
    }
    faults
}

struct Line {
    gid: u32,
    sid: u32,
    change: Change,
}

enum Change {
    Suppress(Suppression),
    Threshold(Threshold),
    Rate(Threshold),
}

impl Line {
    fn parse(text: &str, variables: &Variables) -> Result<Self, Fault> {
        let whole = Word { text, at: 0 }.trim();
        let Some((command, rest)) = whole.split_once(' ') else {
            return Err(Fault::error(whole.at, "a command needs its settings"));
        };
        let mut parser = Parser::default();
        for part in split_outside_brackets(rest) {
            parser.take(part, variables)?;
        }
        let change = match command.text {
            "suppress" => Change::Suppress(parser.suppression(rest.at)?),
            "threshold" | "event_filter" => Change::Threshold(parser.settings.finish(rest.at)?),
            "rate_filter" => Change::Rate(parser.rate(rest.at)?),
            other => {
                let known = ["suppress", "threshold", "event_filter", "rate_filter"];
                let near = nearest(other, known.into_iter());
                let message = format!("{:?} is no command of threshold files", clipped(other));
                return Err(Fault::error(command.at, message).meant(near));
            }
        };
        let missing = |what: &str| Fault::error(rest.at, format!("{what} is missing"));
        Ok(Self {
            gid: parser.gid.ok_or_else(|| missing("gen_id"))?,
            sid: parser.sid.ok_or_else(|| missing("sig_id"))?,
            change,
        })
    }

    /// Zero stands for all.
    fn change(&self, compiled: &mut Compiled) {
        let rule = &compiled.rule;
        if (self.gid != 0 && self.gid != rule.gid) || (self.sid != 0 && self.sid != rule.sid) {
            return;
        }
        match &self.change {
            Change::Suppress(one) => compiled.suppressions.push(one.clone()),
            Change::Rate(rate) => compiled.thresholds.push(*rate),
            Change::Threshold(threshold) => {
                let own =
                    |one: &Threshold| !matches!(one.kind, Kind::Detection | Kind::Rate { .. });
                // One that is for all rules leaves rules alone that have their own.
                if self.sid != 0 {
                    compiled.thresholds.retain(|one| !own(one));
                }
                if !compiled.thresholds.iter().any(own) {
                    compiled.thresholds.push(*threshold);
                }
            }
        }
    }
}

#[derive(Default)]
struct Parser<'a> {
    gid: Option<u32>,
    sid: Option<u32>,
    settings: ThresholdSettings<'a>,
    either: bool,
    addresses: Option<Suppression>,
    action: Option<Action>,
    timeout: Option<u64>,
}

impl<'a> Parser<'a> {
    fn take(&mut self, part: Word<'a>, variables: &Variables) -> Result<(), Fault> {
        let (name, value) = part
            .split_once(' ')
            .unwrap_or((part, Word { text: "", ..part }));
        match (name.text, value.text) {
            ("gen_id", _) => self.gid = Some(number_up_to(value, u32::MAX.into())? as u32),
            ("sig_id", _) => self.sid = Some(number_up_to(value, u32::MAX.into())? as u32),
            ("track", "by_either") => self.either = true,
            ("ip", _) => {
                let addresses = variables.addresses(value)?;
                self.addresses = Some(Suppression::Either(Arc::new(addresses)));
            }
            ("new_action", _) => {
                let action = Action::named(value.text);
                self.action =
                    Some(action.ok_or_else(|| Fault::error(value.at, "this is no action"))?);
            }
            ("timeout", _) => self.timeout = Some(number_up_to(value, MAX_TIMEOUT)?),
            _ => {
                if !self.settings.take(part)? {
                    let message = format!("{:?} is no setting", clipped(name.text));
                    return Err(Fault::error(part.at, message));
                }
            }
        }
        Ok(())
    }

    fn suppression(&mut self, at: usize) -> Result<Suppression, Fault> {
        let addresses = self.addresses.take();
        match (addresses, self.settings.track, self.either) {
            (None, None, false) => Ok(Suppression::Always),
            (Some(either), None, true) => Ok(either),
            (Some(Suppression::Either(set)), Some(Track::Source), _) => {
                Ok(Suppression::Source(set))
            }
            (Some(Suppression::Either(set)), Some(Track::Destination), _) => {
                Ok(Suppression::Destination(set))
            }
            _ => Err(Fault::error(
                at,
                "suppress needs both track and ip, or neither",
            )),
        }
    }

    fn rate(&self, at: usize) -> Result<Threshold, Fault> {
        let missing = |what: &str| Fault::error(at, format!("a rate_filter needs {what}"));
        let timeout = self.timeout.ok_or_else(|| missing("a timeout"))?;
        Ok(Threshold {
            kind: Kind::Rate {
                action: self.action.ok_or_else(|| missing("a new_action"))?,
                timeout: nanoseconds(timeout),
            },
            track: self
                .settings
                .track
                .ok_or_else(|| missing("what to track"))?,
            count: self.settings.count.ok_or_else(|| missing("a count"))?,
            window: nanoseconds(self.settings.seconds.ok_or_else(|| missing("seconds"))?),
            unique: None,
        })
    }
}

fn split_outside_brackets(word: Word<'_>) -> impl Iterator<Item = Word<'_>> {
    let mut nesting = 0_i32;
    let mut at = word.at;
    word.text
        .split(move |letter| {
            match letter {
                '[' => nesting += 1,
                ']' => nesting -= 1,
                _ => {}
            }
            letter == ',' && nesting == 0
        })
        .map(move |text| {
            let part = Word { text, at };
            at += text.len() + 1;
            part.trim()
        })
}
