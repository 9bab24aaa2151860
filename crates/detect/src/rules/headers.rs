//! Headers of rules by number: many rules share one, so that whether it covers a packet is asked once
//! for all of them, and before anything of a rule is read.

use std::collections::HashMap;
use std::sync::Arc;

use wirewatch_decode::Datagram;

use super::compiled::{Compiled, Header};

/// The different headers of a rule set.
#[derive(Debug, Default)]
pub(crate) struct Headers {
    /// The number of each rule's header.
    of_rules: Vec<u32>,
    all: Vec<Header>,
}

impl Headers {
    pub(crate) fn new(rules: &[Compiled]) -> Self {
        let mut numbers = HashMap::new();
        let mut all = Vec::new();
        let of_rules = rules.iter().map(|rule| {
            *numbers.entry(name(&rule.header)).or_insert_with(|| {
                all.push(rule.header.clone());
                (all.len() - 1) as u32
            })
        });
        let of_rules = of_rules.collect();
        Self { of_rules, all }
    }

    /// Leaves those of the rules whose header covers a packet between these ends.
    pub(crate) fn retain(&self, rules: &mut Vec<u32>, ends: &Datagram, known: &mut Known) {
        if rules.is_empty() {
            return;
        }
        known.begin(self.all.len());
        rules.retain(|rule| {
            let header = self.of_rules.get(*rule as usize).copied();
            header.is_some_and(|number| {
                known.answer(number as usize, || {
                    let header = self.all.get(number as usize);
                    header.is_some_and(|header| header.covers(ends, has_ports(ends)))
                })
            })
        });
    }
}

/// Whether a datagram has ports that rules can name.
pub(crate) fn has_ports(datagram: &Datagram) -> bool {
    matches!(datagram.protocol, 6 | 17 | 132) && datagram.has_transport
}

/// What tells headers apart: lists that read alike are shared by the rules that have them.
fn name(header: &Header) -> ([usize; 4], bool) {
    fn place<T>(list: Option<&Arc<T>>) -> usize {
        list.map_or(0, |list| Arc::as_ptr(list).addr())
    }
    let lists = [
        place(header.source.as_ref()),
        place(header.destination.as_ref()),
        place(header.source_ports.as_ref()),
        place(header.destination_ports.as_ref()),
    ];
    (lists, header.both_ways)
}

/// Headers that were asked about the packet at hand, and what they said.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The question's number, and by header that of the last question it was asked, doubled, with the
    /// answer in the lowest bit.
    question: u32,
    answers: Vec<u32>,
}

impl Known {
    /// A new packet.
    fn begin(&mut self, headers: usize) {
        self.question += 1;
        if self.question > u32::MAX / 2 || self.answers.len() != headers {
            self.answers.clear();
            self.answers.resize(headers, 0);
            self.question = 1;
        }
    }

    #[inline]
    fn answer(&mut self, header: usize, ask: impl FnOnce() -> bool) -> bool {
        let Some(answer) = self.answers.get_mut(header) else {
            return false;
        };
        if *answer >> 1 != self.question {
            *answer = self.question << 1 | u32::from(ask());
        }
        *answer & 1 != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_header_is_asked_once_for_a_packet() {
        let mut known = Known::default();
        let mut asked = 0;
        for _ in 0..2 {
            known.begin(2);
            for (header, covers) in [(0, true), (0, true), (1, false), (1, false)] {
                let answer = known.answer(header, || {
                    asked += 1;
                    covers
                });
                assert_eq!(answer, covers);
            }
        }
        assert_eq!(asked, 4);
    }

    #[test]
    fn answers_of_long_ago_are_not_taken_for_new_ones() {
        let mut known = Known::default();
        known.begin(1);
        assert!(known.answer(0, || true));
        known.question = u32::MAX / 2;
        known.begin(1);
        assert!(!known.answer(0, || false));
    }
}
