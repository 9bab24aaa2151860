//! Tests of what one byte holds.

use super::*;

const CLASSES: [Class; 4] = [Class::Tcp, Class::Udp, Class::Icmp, Class::Other];
const STATES: [State; 4] = [
    State::New,
    State::Established,
    State::Closed,
    State::Bypassed,
];

#[test]
fn all_three_are_kept_apart() {
    for class in CLASSES {
        for state in STATES {
            for reason in EndReason::ALL {
                let mut standing = Standing::new(class);
                standing.set_end(reason);
                standing.set_state(state);
                assert_eq!(
                    (standing.class(), standing.state(), standing.end()),
                    (class, state, Some(reason))
                );
            }
        }
    }
}

#[test]
fn a_flow_begins_new_and_has_not_ended() {
    let standing = Standing::new(Class::Udp);
    assert_eq!((standing.state(), standing.end()), (State::New, None));
}

#[test]
fn each_class_and_state_has_a_timeout_of_its_own() {
    let mut numbers = std::collections::HashSet::new();
    for class in CLASSES {
        for state in STATES {
            let mut standing = Standing::new(class);
            standing.set_state(state);
            numbers.insert(standing.timeout());
        }
    }
    assert_eq!(numbers.len(), Standing::TIMEOUTS);
}
