//! What rules remember, how often they tell, and in which order.

use std::sync::Arc;

use super::super::{Action, FlowRules, LoadOptions, Matcher, RuleSet, RuleState};
use super::packet::TestPacket;
use super::{Session, load};

const NONE: [u32; 0] = [];

#[test]
fn a_bit_set_by_one_packet_is_seen_by_the_next() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"one\"; flowbits:set,b; flowbits:noalert; sid:1;)\n\
         alert tcp any any -> any any (content:\"two\"; flowbits:isset,b; sid:2;)\n\
         alert tcp any any -> any any (content:\"two\"; flowbits:isnotset,b; sid:3;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"two")), [3]);
    assert_eq!(session.sids(&TestPacket::tcp(b"one")), NONE);
    assert_eq!(session.sids(&TestPacket::tcp(b"two")), [2]);
}

#[test]
fn a_bit_set_by_a_packet_is_seen_by_rules_of_the_same_packet() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"x\"; flowbits:isset,b; sid:1;)\n\
         alert tcp any any -> any any (content:\"x\"; flowbits:set,b; sid:2;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [2, 1]);
}

#[test]
fn bits_are_cleared_toggled_and_joined() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"set\"; flowbits:set,b; noalert; sid:1;)\n\
         alert tcp any any -> any any (content:\"clear\"; flowbits:unset,b; noalert; sid:2;)\n\
         alert tcp any any -> any any (content:\"toggle\"; flowbits:toggle,c; noalert; sid:3;)\n\
         alert tcp any any -> any any (content:\"ask\"; flowbits:isset,b; sid:4;)\n\
         alert tcp any any -> any any (content:\"ask\"; flowbits:isset,b|c; sid:5;)\n\
         alert tcp any any -> any any (content:\"ask\"; flowbits:isset,b; flowbits:isset,c; sid:6;)",
    );
    let ask = TestPacket::tcp(b"ask");
    session.sids(&TestPacket::tcp(b"set"));
    assert_eq!(session.sids(&ask), [4, 5]);
    session.sids(&TestPacket::tcp(b"toggle"));
    assert_eq!(session.sids(&ask), [4, 5, 6]);
    session.sids(&TestPacket::tcp(b"clear"));
    assert_eq!(session.sids(&ask), [5]);
    session.sids(&TestPacket::tcp(b"toggle"));
    assert_eq!(session.sids(&ask), NONE);
}

#[test]
fn bits_of_another_rule_set_are_forgotten() {
    let rules = "alert tcp any any -> any any (content:\"x\"; flowbits:set,b; noalert; sid:1;)\n\
                 alert tcp any any -> any any (content:\"y\"; flowbits:isset,b; sid:2;)";
    let mut session = Session::new(rules);
    session.sids(&TestPacket::tcp(b"x"));
    session.matcher = Matcher::new(Arc::new(load(rules)));
    assert_eq!(session.sids(&TestPacket::tcp(b"y")), NONE);
}

#[test]
fn an_action_may_say_what_it_is_about() {
    let text = |action| format!("{action} tcp any any -> any any (content:\"x\"; sid:1;)");
    let asked = "\nalert tcp any any -> any any (content:\"y\"; sid:2;)";
    for (action, sids) in [("pass:packet", vec![2]), ("pass:flow", Vec::new())] {
        let mut session = Session::new(&format!("{}{asked}", text(action)));
        session.sids(&TestPacket::tcp(b"x"));
        assert_eq!(session.sids(&TestPacket::tcp(b"y")), sids, "{action}");
    }
    for action in ["alert:flow", "drop:host", "accept:hook"] {
        assert_ne!(super::problems(&text(action)), [], "{action}");
    }
}

#[test]
fn numbers_are_counted_and_compared() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"n\"; flowint:c,notset; flowint:c,=,1; noalert; sid:1;)\n\
         alert tcp any any -> any any (content:\"n\"; flowint:c,isset; flowint:c,+,1; noalert; sid:2;)\n\
         alert tcp any any -> any any (content:\"q\"; flowint:c,>=,3; sid:3;)\n\
         alert tcp any any -> any any (content:\"q\"; flowint:c,<,3; sid:4;)\n\
         alert tcp any any -> any any (content:\"m\"; flowint:c,-,1; noalert; sid:5;)",
    );
    let query = TestPacket::tcp(b"q");
    assert_eq!(session.sids(&query), NONE);
    session.sids(&TestPacket::tcp(b"n"));
    assert_eq!(session.sids(&query), [4]);
    session.sids(&TestPacket::tcp(b"n"));
    session.sids(&TestPacket::tcp(b"m"));
    assert_eq!(session.sids(&query), [4]);
    session.sids(&TestPacket::tcp(b"n"));
    assert_eq!(session.sids(&query), [3]);
}

#[test]
fn host_bits_outlive_the_flow_and_expire() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"one\"; xbits:set,b,track ip_src,expire 10; noalert; sid:1;)\n\
         alert tcp any any -> any any (content:\"two\"; xbits:isset,b,track ip_src; sid:2;)\n\
         alert tcp any any -> any any (content:\"two\"; xbits:isset,b,track ip_dst; sid:3;)\n\
         alert tcp any any -> any any (content:\"one\"; hostbits:set,h,dst; noalert; sid:4;)\n\
         alert tcp any any -> any any (content:\"two\"; hostbits:isset,h,dst; sid:5;)",
    );
    session.sids(&TestPacket::tcp(b"one").at_second(100));
    session.flow = FlowRules::default();
    assert_eq!(
        session.sids(&TestPacket::tcp(b"two").at_second(105)),
        [2, 5]
    );
    assert_eq!(
        session.sids(&TestPacket::tcp(b"two").from([192, 0, 2, 9]).at_second(105)),
        [5]
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"two").at_second(111)), [5]);
}

/// Which of ten matches, one each second, are told.
fn told(threshold: &str) -> Vec<i64> {
    let text = format!("alert tcp any any -> any any (content:\"x\"; {threshold} sid:1;)");
    let mut session = Session::new(&text);
    let mut seconds = Vec::new();
    for second in 1..=10 {
        if !session
            .sids(&TestPacket::tcp(b"x").at_second(second))
            .is_empty()
        {
            seconds.push(second);
        }
    }
    seconds
}

#[test]
fn thresholds_tell_what_they_say() {
    assert_eq!(
        told("threshold:type limit,track by_src,count 2,seconds 60;"),
        [1, 2]
    );
    assert_eq!(
        told("threshold:type limit,track by_rule,count 1,seconds 4;"),
        [1, 6]
    );
    assert_eq!(
        told("threshold:type threshold,track by_dst,count 3,seconds 60;"),
        [3, 6, 9]
    );
    assert_eq!(
        told("threshold:type both,track by_both,count 3,seconds 60;"),
        [3]
    );
    assert_eq!(
        told("threshold:type both,track by_flow,count 3,seconds 4;"),
        [3, 8]
    );
    assert_eq!(
        told("threshold:type backoff,track by_flow,count 1,multiplier 3;"),
        [1, 3, 9]
    );
    assert_eq!(
        told("detection_filter:track by_src,count 7,seconds 60;"),
        [8, 9, 10]
    );
    assert_eq!(
        told("detection_filter:track by_flow,count 9,seconds 60;"),
        [10]
    );
    assert_eq!(
        told("detection_filter:track by_rule,count 3,seconds 1;"),
        Vec::<i64>::new()
    );
}

#[test]
fn matches_can_be_counted_by_the_ports_they_differ_in() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"x\"; detection_filter:track by_src,count 2,seconds 60,\
         unique_on dst_port; sid:1;)",
    );
    let to = |port| TestPacket::tcp_ports(40_000, port, b"x");
    for port in [80, 80, 80, 81, 81, 80] {
        assert_eq!(session.sids(&to(port)), NONE, "{port}");
    }
    assert_eq!(session.sids(&to(82)), [1]);
    assert_eq!(session.sids(&to(80).at_second(90)), NONE);
    assert_eq!(session.sids(&to(83).from([192, 0, 2, 7])), NONE);
}

#[test]
fn a_flow_that_is_bypassed_is_told_once_and_looked_at_no_more() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"x\"; bypass; sid:1;)\n\
         alert tcp any any -> any any (content:\"y\"; sid:2;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"y")), [2]);
    assert_eq!(session.sids(&TestPacket::tcp(b"xy")), [1, 2]);
    assert_eq!(session.sids(&TestPacket::tcp(b"xy")), NONE);
}

#[test]
fn hosts_are_counted_apart() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"x\"; threshold:type limit,track by_src,count 1,seconds 60; sid:1;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [1]);
    assert_eq!(
        session.sids(&TestPacket::tcp(b"x").from([192, 0, 2, 7])),
        [1]
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
}

#[test]
fn workers_that_share_state_count_together() {
    let rules = Arc::new(load(
        "alert tcp any any -> any any (content:\"x\"; threshold:type limit,track by_src,count 1,seconds 60; sid:1;)",
    ));
    let state = Arc::new(RuleState::default());
    let mut sessions = [0, 1].map(|_| Session {
        matcher: Matcher::with_state(Arc::clone(&rules), Arc::clone(&state)),
        flow: FlowRules::default(),
    });
    assert_eq!(sessions[0].sids(&TestPacket::tcp(b"x")), [1]);
    assert_eq!(sessions[1].sids(&TestPacket::tcp(b"x")), NONE);
}

fn with_thresholds(rules: &str, thresholds: &str) -> Session {
    let options = LoadOptions {
        thresholds: Some(("threshold.config".to_owned(), thresholds.to_owned())),
        ..LoadOptions::default()
    };
    let (set, problems) = RuleSet::from_text("x", rules, &options);
    assert_eq!(problems, []);
    Session::of(set)
}

const PLAIN: &str = "alert tcp any any -> any any (content:\"x\"; sid:5;)";

#[test]
fn a_suppressed_rule_is_silent_for_the_named_hosts() {
    let mut session = with_thresholds(
        PLAIN,
        "# comment\nsuppress gen_id 1, sig_id 5, track by_src, ip [192.0.2.1,10.0.0.0/8]\n",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
    assert_eq!(
        session.sids(&TestPacket::tcp(b"x").from([192, 0, 2, 3])),
        [5]
    );
    let mut session = with_thresholds(
        PLAIN,
        "suppress gen_id 1, sig_id 5, track by_either, ip 198.51.100.2",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
    let mut session = with_thresholds(PLAIN, "suppress gen_id 1, sig_id 5");
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
    let mut session = with_thresholds(PLAIN, "suppress gen_id 1, sig_id 6");
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [5]);
}

#[test]
fn a_threshold_file_limits_rules() {
    let line = "threshold gen_id 1, sig_id 0, type limit, track by_src, count 1, seconds 60";
    let mut session = with_thresholds(PLAIN, line);
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [5]);
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
}

#[test]
fn a_rate_filter_changes_the_action_for_a_while() {
    let line = "rate_filter gen_id 1, sig_id 5, track by_rule, count 1, seconds 60, new_action pass, timeout 10";
    let mut session = with_thresholds(PLAIN, line);
    assert_eq!(session.sids(&TestPacket::tcp(b"x").at_second(1)), [5]);
    assert_eq!(session.sids(&TestPacket::tcp(b"x").at_second(2)), NONE);
    assert_eq!(session.sids(&TestPacket::tcp(b"x").at_second(11)), NONE);
    assert_eq!(session.sids(&TestPacket::tcp(b"x").at_second(13)), [5]);
}

#[test]
fn a_fault_in_a_threshold_file_has_a_line() {
    let options = LoadOptions {
        thresholds: Some(("t".to_owned(), "\nsupress gen_id 1, sig_id 5".to_owned())),
        ..LoadOptions::default()
    };
    let found = RuleSet::from_text("x", PLAIN, &options).1;
    assert_eq!((&*found[0].file, found[0].line), ("t", 2));
    assert_eq!(found[0].suggestion.as_deref(), Some("suppress"));
}

#[test]
fn a_pass_rule_silences_the_packet_or_the_flow() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"x\"; sid:1;)\n\
         pass tcp-pkt any any -> any any (content:\"p\"; sid:2;)\n\
         pass tcp any any -> any any (content:\"f\"; sid:3;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"xp")), NONE);
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [1]);
    assert_eq!(session.sids(&TestPacket::tcp(b"xf")), NONE);
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
    assert!(session.flow.action() == Some("pass"));
}

#[test]
fn alerts_come_by_action_then_priority_then_number() {
    let mut session = Session::new(
        "alert tcp any any -> any any (content:\"x\"; priority:3; sid:1;)\n\
         alert tcp any any -> any any (content:\"x\"; priority:1; sid:9;)\n\
         alert tcp any any -> any any (content:\"x\"; priority:1; sid:8;)\n\
         drop tcp any any -> any any (content:\"x\"; priority:4; sid:7;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [7, 8, 9, 1]);
}

#[test]
fn the_order_of_actions_can_be_set() {
    let options = LoadOptions {
        action_order: [Action::Alert, Action::Pass, Action::Drop, Action::Reject],
        ..LoadOptions::default()
    };
    let text = "pass tcp any any -> any any (content:\"x\"; sid:1;)\n\
                alert tcp any any -> any any (content:\"x\"; sid:2;)";
    let mut session = Session::of(RuleSet::from_text("x", text, &options).0);
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [2]);
}

#[test]
fn one_packet_has_at_most_so_many_alerts() {
    let rule = |sid| format!("alert tcp any any -> any any (content:\"x\"; sid:{sid};)\n");
    let text: String = (1..=20).map(rule).collect();
    let mut session = Session::new(&text);
    assert_eq!(
        session.sids(&TestPacket::tcp(b"x")),
        (1..=15).collect::<Vec<u32>>()
    );
    assert_eq!(session.matcher.counters().alert_overflow, 5);
}

#[test]
fn a_drop_rule_is_the_last_that_speaks_of_its_flow() {
    let mut session = Session::new(
        "drop tcp any any -> any any (content:\"x\"; sid:1;)\n\
         alert tcp any any -> any any (content:\"x\"; sid:2;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [1, 2]);
    let mut next = TestPacket::tcp(b"x");
    next.ts += 1;
    assert_eq!(session.sids(&next), NONE);
    assert_eq!(session.flow.action(), Some("drop"));
    let mut session = Session::new("drop tcp-pkt any any -> any any (content:\"x\"; sid:1;)");
    session.sids(&TestPacket::tcp(b"x"));
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [1]);
    assert_eq!(session.flow.action(), None);
}

#[test]
fn what_is_cleared_is_cleared_after_it_was_asked() {
    let mut session = Session::new(
        "alert tcp any any -> any any (dsize:1; flowbits:unset,b; sid:1;)\n\
         alert tcp any any -> any any (dsize:1; flowbits:isset,b; sid:2;)\n\
         alert tcp any any -> any any (dsize:1; flowbits:set,b; sid:3;)",
    );
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), [3, 2, 1]);
}

#[test]
fn a_flow_that_is_passed_from_its_start_stays_silent() {
    let mut session = Session::new("alert tcp any any -> any any (dsize:1; sid:1;)");
    session.flow.pass();
    assert_eq!(session.sids(&TestPacket::tcp(b"x")), NONE);
}

/// How many of ten further packets a tag keeps, one second and five bytes each.
fn kept(tag: &str, packet: &TestPacket) -> usize {
    let rule = format!("alert tcp any any -> any any (content:\"tag\"; {tag} sid:1;)");
    let mut session = Session::new(&rule);
    assert!(session.matcher.tags());
    let mut alerting = TestPacket::tcp(b"tag");
    alerting.ts = 0;
    assert_eq!(session.sids(&alerting), [1]);
    let mut is_tagged = |second: i64| {
        let (now, flow) = (second * 1_000_000_000, &mut session.flow);
        packet.view(|view| session.matcher.is_tagged(view.datagram, 5, now, Some(flow)))
    };
    (0..10).filter(|second| is_tagged(*second)).count()
}

#[test]
fn packets_after_a_tagging_alert_are_kept() {
    let (same, other) = (
        TestPacket::tcp(b""),
        TestPacket::tcp(b"").from([203, 0, 113, 9]),
    );
    // The packet of the alert itself is not kept twice.
    assert_eq!(kept("tag:session;", &same), 9);
    assert_eq!(kept("tag:session,3,packets;", &same), 3);
    assert_eq!(kept("tag:session,4,seconds;", &same), 4);
    assert_eq!(kept("tag:session,11,bytes;", &same), 3);
    assert_eq!(kept("tag:host,5,packets,src;", &same), 5);
    assert_eq!(kept("tag:host,0,packets,dst;", &same), 9);
    assert_eq!(
        kept("tag:host,5,packets,src; tag:host,7,packets,dst;", &same),
        7
    );
    // Both hosts of the flow are tagged by their address, whatever they speak with.
    assert_eq!(kept("tag:host,5,packets,dst;", &other), 5);
    assert_eq!(kept("tag:host,5,packets,src;", &other), 0);
}

#[test]
fn a_tag_says_what_it_counts() {
    for tag in [
        "tag:net;",
        "tag:session,5;",
        "tag:session,5,hours;",
        "tag:host,1,packets,up;",
    ] {
        let text = format!("alert tcp any any -> any any ({tag} sid:1;)");
        assert_eq!(super::problems(&text).len(), 1, "{tag}");
    }
}

#[test]
fn rules_that_take_others_place_know_the_names_and_not_the_numbers() {
    let before =
        "alert tcp any any -> any any (content:\"one\"; flowbits:set,b; flowint:n,+,2; sid:1;)";
    let after = "alert tcp any any -> any any (content:\"never\"; flowbits:set,a; sid:5;)\n\
                 alert tcp any any -> any any (content:\"two\"; flowbits:isset,b; flowint:n,==,2; sid:6;)";
    let path = std::env::temp_dir().join(format!("wirewatch-renewed-{}.rules", std::process::id()));
    std::fs::write(&path, after).unwrap();
    let mut session = Session::new(before);
    assert_eq!(session.sids(&TestPacket::tcp(b"one")), [1]);
    let old = load(before);
    assert_eq!(session.sids(&TestPacket::tcp(b"two")), NONE);
    let (renewed, problems) = session
        .matcher
        .rule_set()
        .renewed(std::slice::from_ref(&path), &LoadOptions::default());
    std::fs::remove_file(path).unwrap();
    assert_eq!(problems, []);
    session.matcher.renew(Arc::new(renewed));
    assert_eq!(session.sids(&TestPacket::tcp(b"two")), [6]);
    assert_eq!(session.matcher.counters().packets, 3);
    // A set of another line knows nothing of the flow.
    session.matcher.renew(Arc::new(old));
    assert_eq!(session.sids(&TestPacket::tcp(b"one")), [1]);
}
