//! A source that passes only what a filter lets through.

use std::time::Duration;

use super::{Filter, readable};
use crate::{Counters, Error, Event, MAX_GROUP, Packet, Polled, SNAP_LIMIT, Source};

/// The most link types filters are compiled for: a hostile pcapng file may name
/// thousands, a real one has one or two. Packets of further ones do not pass.
const MAX_LINK_TYPES: usize = 32;

/// Groups of the inner source that are read before an empty result is given back,
/// so that progress and interruption stay alive while nothing matches.
const MAX_GROUPS_PER_POLL: usize = 256;

/// A source over another one that hands on the packets a filter passes.
///
/// Packets keep their number, so that frame numbers stay those of the file.
pub struct Filtered<S> {
    inner: S,
    expression: String,
    filters: Vec<(u16, Option<Filter>)>,
    passed: u64,
    passed_bytes: u64,
    withheld: u64,
    events: Vec<Event>,
}

/// Puts a filter before a source; it is compiled for each link type that turns up.
///
/// # Errors
/// [`Error::Unusable`] if the expression cannot be read.
pub fn filtered<S: Source>(source: S, expression: &str) -> Result<Filtered<S>, Error> {
    readable(expression)?;
    Ok(Filtered {
        inner: source,
        expression: expression.to_owned(),
        filters: Vec::new(),
        passed: 0,
        passed_bytes: 0,
        withheld: 0,
        events: Vec::new(),
    })
}

impl<S: Source> Source for Filtered<S> {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        for _ in 0..MAX_GROUPS_PER_POLL {
            let mut passed = 0;
            let Self {
                inner,
                expression,
                filters,
                events,
                ..
            } = self;
            let (mut bytes, mut withheld) = (0, 0);
            let polled = inner.poll(wait, &mut |group| {
                let mut group_kept = [Packet::NONE; MAX_GROUP];
                let mut count = 0;
                for packet in group {
                    let filter = filter_for(filters, expression, packet.link, events);
                    let kept_here = filter
                        .is_some_and(|filter| filter.matches(packet.bytes, packet.wire_length));
                    match group_kept.get_mut(count) {
                        Some(place) if kept_here => {
                            *place = *packet;
                            bytes += u64::from(packet.wire_length);
                            count += 1;
                        }
                        _ => withheld += 1,
                    }
                }
                passed += count;
                if count > 0 {
                    take(group_kept.get(..count).unwrap_or_default());
                }
            });
            self.passed += passed as u64;
            self.passed_bytes += bytes;
            self.withheld += withheld;
            match polled? {
                Polled::Packets(_) if passed == 0 => {}
                Polled::Packets(_) => return Ok(Polled::Packets(passed)),
                other => return Ok(other),
            }
        }
        Ok(Polled::Packets(0))
    }

    fn interfaces(&self) -> Vec<String> {
        self.inner.interfaces()
    }

    fn counters(&self) -> Counters {
        let inner = self.inner.counters();
        Counters {
            packets: self.passed,
            bytes: self.passed_bytes,
            filtered: inner.filtered + self.withheld,
            ..inner
        }
    }

    fn events(&mut self) -> Vec<Event> {
        let mut events = self.inner.events();
        events.append(&mut self.events);
        events
    }

    fn progress(&self) -> Option<f64> {
        self.inner.progress()
    }
}

fn filter_for<'f>(
    filters: &'f mut Vec<(u16, Option<Filter>)>,
    expression: &str,
    link: u16,
    events: &mut Vec<Event>,
) -> Option<&'f Filter> {
    let known = filters.iter().position(|(of, _)| *of == link);
    let position = match known {
        Some(position) => position,
        None if filters.len() == MAX_LINK_TYPES => return None,
        None => {
            let filter = Filter::compile(expression, link, SNAP_LIMIT)
                .map_err(|error| events.push(unusable(link, &error)));
            filters.push((link, filter.ok()));
            filters.len() - 1
        }
    };
    filters
        .get(position)
        .and_then(|(_, filter)| filter.as_ref())
}

fn unusable(link: u16, error: &Error) -> Event {
    Event {
        code: "capture.filter_unusable",
        message: format!("Packets of link type {link} do not pass: {error}."),
    }
}
