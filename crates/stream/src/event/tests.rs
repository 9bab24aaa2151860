use std::collections::HashSet;

use super::*;

#[test]
fn every_event_has_a_code_of_its_own() {
    let codes: HashSet<_> = Event::ALL.iter().map(|event| event.code()).collect();
    assert_eq!(codes.len(), Event::ALL.len());
    assert!(codes.iter().all(|code| code.starts_with("stream.")));
}

#[test]
fn a_set_gives_the_events_that_were_added() {
    let mut events = Events::default();
    events.add(Event::Resynchronised);
    events.add(Event::OutOfWindow);
    let found: Vec<_> = events.iter().collect();
    assert_eq!(found, [Event::OutOfWindow, Event::Resynchronised]);
}
