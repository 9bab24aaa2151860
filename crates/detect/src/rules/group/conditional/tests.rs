use super::super::super::LoadOptions;
use super::super::super::set::RuleSet;
use super::*;

const NONE: [u32; 0] = [];

/// The numbers of the rules that are candidates for a payload between these ports.
fn candidates(rules: &str, ports: (u16, u16), payload: &[u8]) -> Vec<u32> {
    let (set, problems) = RuleSet::from_text("test.rules", rules, &LoadOptions::default());
    assert_eq!(problems, [], "in {rules}");
    let bound = (0..).zip(&set.rules).filter_map(|(number, rule)| {
        let fast = rule.fast?;
        let (_, literal) = rule.literal_at(fast, number)?;
        Some((Condition::of(rule, fast.inspection)?, literal))
    });
    let (built, rest) = Conditional::new(bound.collect(), &mut Shared::default());
    assert!(rest.is_empty());
    let (mut folded, mut found) = (Vec::new(), Vec::new());
    let mut text = Folding::new(payload, &mut folded);
    built.scan(ports, &mut text, &mut found);
    found.sort_unstable();
    found
}

const SMB: &str = r#"alert tcp any any -> any any (content:"SMB"; depth:8; nocase; content:"needles"; fast_pattern; sid:1;)"#;
const FTP: &str = r#"alert tcp any any -> any [21,2100:2110] (content:"needles"; sid:1;)"#;

#[test]
fn a_payload_that_begins_otherwise_is_not_searched() {
    let any = (1, 2);
    assert_eq!(candidates(SMB, any, b"\0\0\0\x20\xffSMB and needles"), [0]);
    assert_eq!(candidates(SMB, any, b"smb and needles"), [0]);
    assert_eq!(candidates(SMB, any, b"\0\0\0\0\0\0SMB and needles"), NONE);
    assert_eq!(candidates(SMB, any, b"SM"), NONE);
    assert_eq!(candidates(SMB, any, b""), NONE);
}

#[test]
fn zeros_that_are_asked_for_are_not_those_behind_the_end() {
    let rule = r#"alert tcp any any -> any any (content:"|00 00|"; offset:2; depth:2; content:"ab"; fast_pattern; sid:1;)"#;
    assert_eq!(candidates(rule, (1, 2), b"ab"), NONE);
    assert_eq!(candidates(rule, (1, 2), b"ab\0\0"), [0]);
}

#[test]
fn only_packets_at_the_ports_are_searched() {
    let needles = b"........needles";
    assert_eq!(candidates(FTP, (1, 21), needles), [0]);
    assert_eq!(candidates(FTP, (1, 2_110), needles), [0]);
    assert_eq!(candidates(FTP, (21, 22), needles), NONE);
    assert_eq!(candidates(FTP, (1, 2_111), needles), NONE);
}

#[test]
fn rules_about_small_payloads_cost_large_ones_nothing() {
    let rule = r#"alert tcp any any -> any any (dsize:<100; content:"needles"; sid:1;)"#;
    assert_eq!(candidates(rule, (1, 2), b"needles"), [0]);
    assert_eq!(
        candidates(rule, (1, 2), &[&b"needles"[..], &[0; 600]].concat()),
        NONE
    );
}

#[test]
fn of_more_kinds_than_there_are_bits_the_rarest_are_given_back() {
    let ports = (1..=71).zip((1..=70).chain([70]));
    let rules = ports.map(|(sid, port)| {
        format!("alert tcp any any -> any {port} (content:\"needles\"; sid:{sid};)\n")
    });
    let rules: String = rules.collect();
    let (set, _) = RuleSet::from_text("test.rules", &rules, &LoadOptions::default());
    let bound = (0..).zip(&set.rules).filter_map(|(number, rule)| {
        let (_, literal) = rule.literal_at(rule.fast?, number)?;
        Some((Condition::of(rule, 0)?, literal))
    });
    let (built, rest) = Conditional::new(bound.collect(), &mut Shared::default());
    assert_eq!((built.kinds.len(), rest.len()), (MAX_KINDS, 6));
    let mut given_back = rest.iter().map(|literal| literal.rule);
    assert!(given_back.all(|rule| rule < 69), "port 70 has two rules");
}
