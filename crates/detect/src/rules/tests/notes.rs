//! What a match leaves behind for its alert and for the records of its flow.

use std::sync::Arc;

use super::super::{FlowNotes, FlowRules, MatchInfo, Matcher, Rule, RuleSet};
use super::load;
use super::packet::TestPacket;

struct Notebook {
    set: Arc<RuleSet>,
    matcher: Matcher,
    flow: FlowRules,
}

impl Notebook {
    fn new(text: &str) -> Self {
        let set = Arc::new(load(text));
        Self {
            matcher: Matcher::new(Arc::clone(&set)),
            set,
            flow: FlowRules::default(),
        }
    }

    /// What the alerts of one packet tell: context and notes.
    fn told(&mut self, payload: &[u8]) -> Vec<(Option<String>, FlowNotes)> {
        let mut told = Vec::new();
        let set = Arc::clone(&self.set);
        let tell = &mut |_: &Rule, info: MatchInfo<'_>| {
            told.push((
                set.context(info.notes),
                set.flow_notes(info.flow, info.notes),
            ));
        };
        let packet = TestPacket::tcp(payload);
        packet.view(|view| self.matcher.inspect(&view, &mut self.flow, 0, tell));
        told
    }

    fn of_flow(&self) -> FlowNotes {
        self.set
            .flow_notes(&self.flow, &super::super::Notes::default())
    }
}

#[test]
fn captures_are_kept_for_whom_they_are() {
    let mut notebook = Notebook::new(
        r#"alert tcp any any -> any any (pcre:"/^(\w+) (\w+) (\w+)/,alert:one,flow:two,pkt:three"; sid:1;)"#,
    );
    let (context, notes) = notebook.told(b"a b c").remove(0);
    assert_eq!(context.as_deref(), Some(r#"{"one":"a"}"#));
    assert_eq!(
        notes.vars.as_deref(),
        Some(r#"{"flowvars":[{"two":"b"}],"pktvars":[{"three":"c"}]}"#)
    );
    assert_eq!(
        notebook.of_flow().vars.as_deref(),
        Some(r#"{"flowvars":[{"two":"b"}]}"#)
    );
}

#[test]
fn groups_may_name_their_captures() {
    let mut notebook =
        Notebook::new(r#"alert tcp any any -> any any (pcre:"/(?P<alert_who>\w+)!/"; sid:1;)"#);
    assert_eq!(
        notebook.told(b"hi bob!")[0].0.as_deref(),
        Some(r#"{"who":"bob"}"#)
    );
}

#[test]
fn a_rule_that_does_not_match_leaves_nothing() {
    let mut notebook = Notebook::new(
        r#"alert tcp any any -> any any (pcre:"/(\w+)/,flow:word"; content:"never"; sid:1;)"#,
    );
    notebook.told(b"word");
    assert_eq!(notebook.of_flow(), FlowNotes::default());
}

#[test]
fn later_captures_take_the_place_of_earlier_ones() {
    let mut notebook = Notebook::new(
        r#"alert tcp any any -> any any (pcre:"/(\S+)/,flow:last"; noalert; sid:1;)"#,
    );
    notebook.told(b"one");
    notebook.told(b"t\xffo");
    let vars = notebook.of_flow().vars;
    assert_eq!(
        vars.as_deref(),
        Some(r#"{"flowvars":[{"last":"t\\xFFo"}]}"#)
    );
}

#[test]
fn bits_and_numbers_are_told_by_name() {
    let mut notebook = Notebook::new(
        "alert tcp any any -> any any (dsize:1; flowbits:set,seen; flowbits:set,traffic/id/web; \
         flowbits:set,traffic/label/odd; flowint:count,=,3; sid:1;)",
    );
    let notes = notebook.told(b"x").remove(0).1;
    assert_eq!(
        notes.vars.as_deref(),
        Some(r#"{"flowbits":["seen"],"flowints":{"count":3}}"#)
    );
    assert_eq!(
        notes.traffic.as_deref(),
        Some(r#"{"id":["web"],"label":["odd"]}"#)
    );
    notebook.flow = FlowRules::default();
    assert_eq!(notebook.of_flow(), FlowNotes::default());
}

/// A rule file with a list beside it.
fn beside(list: &str, rule: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    use std::sync::atomic::{AtomicU32, Ordering};
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let name = format!("wirewatch-notes-{}-{number}", std::process::id());
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("list"), list).unwrap();
    let rules = folder.join("test.rules");
    std::fs::write(&rules, rule).unwrap();
    (folder, rules)
}

fn told_beside(list: &str, rule: &str, payload: &[u8]) -> Vec<Option<String>> {
    let (folder, rules) = beside(list, rule);
    let (set, problems) = RuleSet::load(&[rules], &super::LoadOptions::default());
    std::fs::remove_dir_all(folder).unwrap();
    assert_eq!(problems, []);
    let set = Arc::new(set);
    let mut notebook = Notebook {
        matcher: Matcher::new(Arc::clone(&set)),
        set,
        flow: FlowRules::default(),
    };
    notebook
        .told(payload)
        .into_iter()
        .map(|(context, _)| context)
        .collect()
}

#[test]
fn alerts_tell_what_a_list_knows_of_a_value() {
    let list = "{\"host\": \"evil\", \"year\": 2005}\n";
    let rule = |more: &str| {
        format!(
            "alert tcp any any -> any any (pkt_data; dataset:isset,bad,type string,load list,\
             format ndjson,value_key host,context_key why{more}; sid:1;)"
        )
    };
    let whole = told_beside(list, &rule(""), b"evil");
    assert_eq!(
        whole,
        [Some(r#"{"why":{"host":"evil","year":2005}}"#.to_owned())]
    );
    let rest = told_beside(list, &rule(",remove_key"), b"evil");
    assert_eq!(rest, [Some(r#"{"why":{"year":2005}}"#.to_owned())]);
    assert!(told_beside(list, &rule(""), b"good").is_empty());
}

#[test]
fn a_set_of_domains_has_those_below_them() {
    let rule = "alert tcp any any -> any any (pkt_data; dataset:isset,bad,type string,load list,\
                format ndjson,value_key d,match subdomain; sid:1;)";
    let list = "{\"d\": \"example.com\"}\n{\"d\": \".example.org\"}\n";
    for (name, wanted) in [
        ("example.com", 1),
        ("www.example.com", 1),
        (".www.example.com", 1),
        ("a.b.example.org", 1),
        ("notexample.com", 0),
        ("com", 0),
    ] {
        assert_eq!(
            told_beside(list, rule, name.as_bytes()).len(),
            wanted,
            "{name}"
        );
    }
}

#[test]
fn a_set_whose_file_is_yet_to_be_written_is_empty() {
    let rule = |word: &str| {
        format!(
            "alert tcp any any -> any any (pkt_data; dataset:isnotset,new,type string,{word} \
             there-is-no-such-list; sid:1;)"
        )
    };
    assert_eq!(super::problems(&rule("state")), []);
    assert_eq!(super::problems(&rule("load")).len(), 1);
    assert_eq!(told_beside("", &rule("state"), b"x").len(), 1);
}
