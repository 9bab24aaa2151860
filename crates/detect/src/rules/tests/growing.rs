//! Transactions that add values to fields after rules were asked about them.

use wirewatch_proto::{COMPLETE, Side};

use super::fake::{Exchange, FakeTransaction, HEADERS, LINE};

/// The answers so far, the last of them when there are no more to come.
fn answered(names: &[&str], operations: &[u64], progress: u8) -> FakeTransaction {
    let tx = FakeTransaction {
        grows: true,
        ..FakeTransaction::new()
    };
    tx.with_many("ldap.responses.dn", Side::Server, names)
        .with_numbers("ldap.responses.operation", operations)
        .at(Side::Client, COMPLETE)
        .at(Side::Server, progress)
}

/// The sids that three answers alert, each for itself.
fn told(rules: &str) -> [Vec<u32>; 3] {
    let mut exchange = Exchange::new(rules);
    let answers = [
        answered(&["one"], &[4], LINE),
        answered(&["one", "two"], &[4, 4], HEADERS),
        answered(&["one", "two", "three"], &[4, 4, 5], COMPLETE),
    ];
    answers.map(|tx| exchange.step(&tx, Side::Server))
}

const NONE: Vec<u32> = Vec::new();

#[test]
fn a_number_that_comes_later_matches_then() {
    let rules = "alert http any any -> any any (ldap.responses.operation:5; sid:1;)\n\
                 alert http any any -> any any (ldap.responses.operation:4,1; sid:2;)\n\
                 alert http any any -> any any (ldap.responses.operation:3,count; sid:3;)\n\
                 alert http any any -> any any (ldap.responses.operation:6; sid:4;)";
    assert_eq!(told(rules), [NONE, vec![2], vec![1, 3]]);
}

#[test]
fn bytes_that_come_later_match_then() {
    let rules = r#"alert http any any -> any any (ldap.responses.dn; content:"three"; sid:1;)
                   alert http any any -> any any (ldap.responses.dn; content:"two"; sid:2;)
                   alert http any any -> any any (ldap.responses.dn; bsize:5; sid:3;)"#;
    assert_eq!(told(rules), [NONE, vec![2], vec![1, 3]]);
}

#[test]
fn a_rule_that_has_matched_is_not_asked_again() {
    let rules = r#"alert http any any -> any any (ldap.responses.dn; content:"o"; sid:1;)
                   alert http any any -> any any (ldap.responses.dn; pcre:"/[a-z]/"; sid:2;)
                   alert http any any -> any any (ldap.responses.operation:4; sid:3;)"#;
    assert_eq!(told(rules), [vec![1, 2, 3], NONE, NONE]);
}

#[test]
fn what_comes_at_different_times_matches_with_the_last() {
    let rule = r#"alert http any any -> any any (ldap.responses.dn; content:"one"; ldap.responses.operation:5; sid:1;)"#;
    assert_eq!(told(rule), [NONE, NONE, vec![1]]);
}

#[test]
fn a_transaction_that_does_not_grow_is_asked_once() {
    let mut exchange =
        Exchange::new("alert http any any -> any any (ldap.responses.operation:5; sid:1;)");
    let still = |tx: FakeTransaction| FakeTransaction { grows: false, ..tx };
    let first = still(answered(&["one"], &[4], LINE));
    let second = still(answered(&["one"], &[4, 5], COMPLETE));
    assert_eq!(exchange.step(&first, Side::Server), NONE);
    assert_eq!(exchange.step(&second, Side::Server), NONE);
}

#[test]
fn many_matches_end_the_asking() {
    let rule = |sid| {
        format!("alert http any any -> any any (ldap.responses.dn; content:\"one\"; sid:{sid};)")
    };
    let rules: Vec<String> = (1..=300).map(rule).collect();
    let later = r#"alert http any any -> any any (ldap.responses.dn; content:"two"; sid:999;)"#;
    let mut exchange = Exchange::new(&format!("{}\n{later}", rules.join("\n")));
    let first = answered(&["one"], &[4], LINE);
    assert_eq!(exchange.step(&first, Side::Server).len(), 300);
    let second = answered(&["one", "two"], &[4, 4], HEADERS);
    assert_eq!(exchange.step(&second, Side::Server), NONE);
    assert_eq!(exchange.matcher.counters().waiting_limit, 1);
}
