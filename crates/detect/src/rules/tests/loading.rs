//! Settings that rules are read with.

use super::super::{Classification, LoadOptions, RuleSet, Variables};
use super::Session;
use super::packet::TestPacket;

fn with_home(home: &str, header: &str) -> bool {
    let options = LoadOptions {
        variables: Variables::new(home),
        ..LoadOptions::default()
    };
    let text = format!("alert tcp {header} (dsize:1; sid:1;)");
    let (set, problems) = RuleSet::from_text("x", &text, &options);
    assert_eq!(problems, []);
    !Session::of(set).sids(&TestPacket::tcp(b"x")).is_empty()
}

#[test]
fn the_home_network_is_the_callers() {
    assert!(with_home(
        "192.0.2.0/24",
        "$HOME_NET any -> $EXTERNAL_NET any"
    ));
    assert!(with_home(
        "198.51.100.0/24",
        "$EXTERNAL_NET any -> $HTTP_SERVERS $HTTP_PORTS"
    ));
    assert!(!with_home("10.0.0.0/8", "$HOME_NET any -> any any"));
}

#[test]
fn variables_may_name_variables() {
    let mut variables = Variables::new("192.0.2.0/24");
    variables.set("A", "[$B,10.0.0.0/8]");
    variables.set("B", "[$HOME_NET,!192.0.2.1]");
    let options = LoadOptions {
        variables,
        ..LoadOptions::default()
    };
    let text = "alert tcp $A any -> any any (dsize:1; sid:1;)";
    let (set, _) = RuleSet::from_text("x", text, &options);
    let mut session = Session::of(set);
    assert!(session.sids(&TestPacket::tcp(b"x")).is_empty());
    assert_eq!(
        session.sids(&TestPacket::tcp(b"x").from([192, 0, 2, 2])),
        [1]
    );
}

#[test]
fn variables_that_name_each_other_are_told() {
    let mut variables = Variables::default();
    variables.set("A", "[$B,$B]");
    variables.set("B", "[$A,$A]");
    let options = LoadOptions {
        variables,
        ..LoadOptions::default()
    };
    let text = "alert tcp $A any -> any any (sid:1;)";
    let (set, problems) = RuleSet::from_text("x", text, &options);
    assert_eq!(set.counts().broken, 1);
    assert!(problems[0].message.contains("nested"));
}

#[test]
fn classes_can_be_read_from_a_file() {
    let mut classification = Classification::default();
    let unread = classification.add_file(
        "# comment\nconfig classification: my-class,My, own text,4\nconfig classification: broken\n",
    );
    assert_eq!(unread, [3]);
    let options = LoadOptions {
        classification,
        ..LoadOptions::default()
    };
    let text = "alert ip any any -> any any (classtype:my-class; sid:1;)";
    let (set, problems) = RuleSet::from_text("x", text, &options);
    assert_eq!(problems, []);
    let rule = set.rules().next().unwrap();
    assert_eq!((rule.category.as_str(), rule.severity), ("My, own text", 4));
}
