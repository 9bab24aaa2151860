//! Events that wait to be fetched, a bounded number of them.

use crate::Event;

/// The most events kept between two fetches: more than a user reads at once.
const EVENT_LIMIT: usize = 32;

#[derive(Debug, Default)]
pub(crate) struct Notices {
    events: Vec<Event>,
    omitted: u64,
}

impl Notices {
    pub(crate) fn add(&mut self, code: &'static str, message: String) {
        if self.events.len() < EVENT_LIMIT {
            self.events.push(Event { code, message });
        } else {
            self.omitted += 1;
        }
    }

    /// Everything since the last call, and how much was left out.
    pub(crate) fn take(&mut self) -> Vec<Event> {
        let mut events = std::mem::take(&mut self.events);
        let omitted = std::mem::take(&mut self.omitted);
        if omitted > 0 {
            events.push(Event {
                code: "capture.events_omitted",
                message: format!("{omitted} further events about capture files were left out"),
            });
        }
        events
    }
}
