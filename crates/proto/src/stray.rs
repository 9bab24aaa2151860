//! What is wrong in a flow and belongs to no exchange: rules ask exchanges, so that it is one of its own.

use std::borrow::Cow;

use wirewatch_records::Row;

use crate::application::{Application, COMPLETE, Event, Transaction};
use crate::protocol::Side;
use crate::sink::Sink;

/// An exchange of which nothing is known but that something is wrong.
struct Stray {
    id: u64,
    application: &'static Application,
    side: Side,
    event: [&'static Event; 1],
}

impl Transaction for Stray {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        self.application
    }

    fn progress(&self, side: Side) -> u8 {
        if side == self.side { COMPLETE } else { 0 }
    }

    fn is_alone(&self, side: Side) -> bool {
        side == self.side
    }

    fn buffer(&self, _: usize, _: Side, _: usize) -> Option<Cow<'_, [u8]>> {
        None
    }

    fn events(&self) -> &[&'static Event] {
        &self.event
    }

    fn row(&self, _: &mut dyn FnMut(&Row<'_>)) {}
}

/// Tells what a side did wrong beside its exchanges, as an exchange with the next number.
pub(crate) fn tell(
    next_id: &mut u64,
    application: &'static Application,
    side: Side,
    event: &'static Event,
    sink: &mut dyn Sink,
) {
    let stray = Stray {
        id: *next_id,
        application,
        side,
        event: [event],
    };
    *next_id = next_id.wrapping_add(1);
    sink.anomaly(Some(stray.id), side, event);
    sink.progress(&stray, side);
}
