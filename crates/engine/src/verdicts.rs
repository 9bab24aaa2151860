//! What detection needs before the first packet: rules, indicators, home networks.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Error;
use crate::options::Options;
use crate::recogniser;
use serde_json::{Value, json};
use wirewatch_capture::interfaces;
use wirewatch_decode::from_ip;
use wirewatch_detect::finding::Repeats;
use wirewatch_detect::intel::Intel;
use wirewatch_detect::ports::{PortJudge, PortsConfig};
use wirewatch_detect::rules::{
    AppProtocol, Level, LoadCounts, LoadOptions, Occasion, RuleCost, RuleSet, RuleState, Variables,
    Wish,
};
use wirewatch_detect::scan::{ScanConfig, ScanTracker};

mod lists;

/// Networks that are ours when nobody says otherwise: RFC 1918, RFC 4193, link-local.
const PRIVATE: [&str; 6] = [
    "10.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
    "169.254.0.0/16",
    "fc00::/7",
    "fe80::/10",
];
/// What rules remember of hosts gets this share of the memory, in percent; with the usual memory it needs less.
const RULE_STATE_SHARE: u64 = 2;
/// Seconds in which a sensor that stays learns what is normal here.
const LEARNING_S: u32 = 600;

/// Everything that is loaded once and shared by the workers.
#[derive(Debug)]
pub(crate) struct Verdicts {
    pub(crate) enabled: bool,
    pub(crate) intel: Intel,
    pub(crate) scans: ScanTracker,
    pub(crate) ports: PortJudge,
    pub(crate) repeats: Mutex<Repeats>,
    /// `None` when there are no rules.
    pub(crate) rules: Option<Arc<RuleSet>>,
    /// Those that took their place.
    renewed: Mutex<Option<Arc<RuleSet>>>,
    /// How often that happened.
    renewals: AtomicU32,
    pub(crate) rule_state: Arc<RuleState>,
    /// What rules call each protocol, by its number in a flow less one.
    app_protocols: Vec<Option<AppProtocol>>,
    pub(crate) disabled: Vec<String>,
    /// Whether alerts of rules without keywords of protocols guess their transactions.
    pub(crate) guess_transactions: bool,
    counts: LoadCounts,
    home_net: String,
    problems: Vec<Value>,
}

/// Rules as they were compiled from their files. Runs only read them, so that many can have the same ones.
#[derive(Debug, Clone)]
pub struct LoadedRules {
    /// `None` when there are none.
    set: Option<Arc<RuleSet>>,
    counts: LoadCounts,
    problems: Vec<Value>,
}

impl LoadedRules {
    /// Reads and compiles the rules that the options name. Faults in them are told by the runs.
    pub fn load(options: &Options) -> Self {
        let mut problems = Vec::new();
        let home = home_net(&home_networks(options));
        let (set, counts) = load_rules(options, &home, &mut problems, None);
        Self {
            set,
            counts,
            problems,
        }
    }
}

impl Verdicts {
    /// Takes the rules and loads the indicators. Faults in them are kept for [`Verdicts::problems`].
    ///
    /// # Errors
    /// When a home network is not a network.
    pub(crate) fn load(options: &Options, rules: LoadedRules) -> Result<Self, Error> {
        let detect = &options.detect;
        let home = home_networks(options);
        let local = home
            .iter()
            .map(|text| network(text))
            .collect::<Result<Vec<_>, _>>()?;
        let mut problems = Vec::new();
        let intel = load_intel(options, &mut problems);
        problems.extend(rules.problems);
        let live = options.interfaces.is_some();
        let wish = Wish {
            costs: detect.profile,
            explained: detect.explain.clone(),
        };
        // Without rules nobody remembers anything.
        let state_bytes = match rules.set {
            Some(_) => options.memory_bytes * RULE_STATE_SHARE / 100,
            None => 0,
        };
        let state_bytes = usize::try_from(state_bytes).unwrap_or(usize::MAX);
        let ports = PortsConfig {
            learning_s: if live { LEARNING_S } else { 0 },
            local: local.clone(),
        };
        Ok(Self {
            enabled: detect.enabled,
            intel,
            scans: ScanTracker::new(ScanConfig {
                local,
                ..ScanConfig::default()
            }),
            ports: PortJudge::new(ports),
            repeats: Mutex::default(),
            rules: rules.set,
            renewed: Mutex::default(),
            renewals: AtomicU32::new(0),
            rule_state: Arc::new(RuleState::watching(wish, state_bytes)),
            app_protocols: (1..)
                .map_while(recogniser::name)
                .map(AppProtocol::named)
                .collect(),
            disabled: detect.disabled.clone(),
            guess_transactions: detect.guess_transactions,
            counts: rules.counts,
            home_net: home_net(&home),
            problems,
        })
    }

    /// What rules call the protocol with this number in a flow.
    pub(crate) fn app_protocol(&self, app: u16) -> Option<AppProtocol> {
        let index = usize::from(app.checked_sub(1)?);
        *self.app_protocols.get(index)?
    }

    /// How often other rules took the place of those at hand.
    #[inline]
    pub(crate) fn renewals(&self) -> u32 {
        self.renewals.load(Ordering::Acquire)
    }

    /// The rules that are in use from now on.
    pub(crate) fn newest_rules(&self) -> Option<Arc<RuleSet>> {
        let renewed = self.renewed.lock().unwrap_or_else(PoisonError::into_inner);
        renewed.clone().or_else(|| self.rules.clone())
    }

    /// Reads the rules again and hands them to the workers. What flows and hosts are remembered for stays.
    ///
    /// # Errors
    /// When there were no rules, or none of the new ones can be used: then the old ones stay in use.
    pub(crate) fn renew_rules(&self, options: &Options) -> Result<Value, Error> {
        let Some(old) = self.newest_rules() else {
            let message = "the run began without rules, so that none can take their place";
            return Err(Error::Value(message.to_owned()));
        };
        let mut problems = Vec::new();
        let (set, counts) = load_rules(options, &self.home_net, &mut problems, Some(&old));
        let Some(set) = set else {
            let message = "none of the rules can be used: those before stay in use";
            return Err(Error::Value(message.to_owned()));
        };
        *self.renewed.lock().unwrap_or_else(PoisonError::into_inner) = Some(set);
        self.renewals.fetch_add(1, Ordering::Release);
        Ok(json!({
            "rules": counts.loaded,
            "rules_unsupported": counts.unsupported,
            "rules_broken": counts.broken,
            "problems": problems,
        }))
    }

    /// Rules loaded, unsupported and broken.
    pub(crate) fn rule_counts(&self) -> (usize, usize, usize) {
        (
            self.counts.loaded,
            self.counts.unsupported,
            self.counts.broken,
        )
    }

    /// Indicators in use.
    pub(crate) fn indicators(&self) -> usize {
        self.intel
            .lists()
            .iter()
            .map(|list| list.entries as usize)
            .sum()
    }

    /// The networks that are ours, as in a rule.
    pub(crate) fn home_net(&self) -> &str {
        &self.home_net
    }

    /// What detection that all workers share did, by name.
    pub(crate) fn counters(&self) -> BTreeMap<&'static str, u64> {
        if !self.enabled {
            return BTreeMap::new();
        }
        let scans = self.scans.counters();
        BTreeMap::from([
            ("scan_sources", scans.sources),
            ("scan_sources_evicted", scans.evicted),
            ("scan_attempts_refused", scans.refused),
        ])
    }

    /// What rules cost, and why they match or do not, as far as somebody asked; a JSON object.
    pub(crate) fn watched(&self) -> Value {
        let Some(rules) = &self.rules else {
            return json!({"costs": [], "explanations": []});
        };
        let watched = self.rule_state.watched();
        let rule = |place: usize| {
            let rule = rules.rules().nth(place)?;
            Some(json!({
                "gid": rule.gid, "sid": rule.sid, "rev": rule.rev, "msg": rule.msg,
                "file": &*rule.file, "line": rule.line,
            }))
        };
        let asked = |(_, cost): &(_, &RuleCost)| cost.checks > 0;
        let costs = rules.rules().zip(&watched.costs).filter(asked);
        let costs: Vec<Value> = costs
            .map(|(rule, cost)| {
                json!({
                    "gid": rule.gid, "sid": rule.sid, "rev": rule.rev, "msg": rule.msg,
                    "checks": cost.checks, "matches": cost.matches, "nanoseconds": cost.nanoseconds,
                })
            })
            .collect();
        let explanations = watched.explanations.iter().map(|one| {
            json!({
                "rule": rule(one.rule as usize),
                "asked": one.asked,
                "matches": one.matches,
                "first": one.first.map(occasion),
                "nearest": one.nearest.as_ref().map(|near| json!({
                    "occasion": occasion(near.occasion),
                    "met": near.met,
                    "condition": near.condition,
                })),
            })
        });
        json!({"costs": costs, "explanations": explanations.collect::<Vec<_>>()})
    }

    /// Faults in rule and indicator files, a JSON list.
    pub(crate) fn problems(&self) -> Value {
        Value::Array(self.problems.clone())
    }
}

fn occasion(occasion: Occasion) -> Value {
    json!({
        "packet": occasion.packet,
        "what": occasion.what,
        "transaction": occasion.transaction,
    })
}

fn load_intel(options: &Options, problems: &mut Vec<Value>) -> Intel {
    let files = if options.detect.enabled {
        options.detect.intel.as_slice()
    } else {
        &[]
    };
    let (intel, faults) = Intel::load(files);
    problems.extend(faults.iter().map(|fault| {
        json!({
            "file": fault.file.display().to_string(),
            "line": fault.line,
            "column": fault.column,
            "level": if fault.line == 0 { "error" } else { "warning" },
            "message": fault.message,
            "suggestion": null,
        })
    }));
    intel
}

fn load_rules(
    options: &Options,
    home_net: &str,
    problems: &mut Vec<Value>,
    before: Option<&RuleSet>,
) -> (Option<Arc<RuleSet>>, LoadCounts) {
    let detect = &options.detect;
    if !detect.enabled || detect.rules.is_empty() {
        return (None, LoadCounts::default());
    }
    let mut variables = Variables::new(home_net);
    for (name, value) in &detect.variables {
        variables.set(name, value);
    }
    let load = LoadOptions {
        variables,
        classification: lists::classification(detect, problems),
        lists: lists::load(detect, problems),
        thresholds: lists::thresholds(detect, problems),
        alerts_per_packet: detect.alerts_per_packet as u32,
        advice: detect.advice,
        ..LoadOptions::default()
    };
    let (rules, faults) = match before {
        Some(before) => before.renewed(&detect.rules, &load),
        None => RuleSet::load(&detect.rules, &load),
    };
    problems.extend(faults.iter().map(|fault| {
        let level = match fault.level {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Unsupported => "unsupported",
        };
        json!({
            "file": &*fault.file,
            "line": fault.line,
            "column": fault.column,
            "level": level,
            "message": fault.message,
            "suggestion": fault.suggestion,
        })
    }));
    let counts = rules.counts();
    ((counts.loaded > 0).then(|| Arc::new(rules)), counts)
}

/// These networks as a rule would have them.
fn home_net(networks: &[String]) -> String {
    format!("[{}]", networks.join(","))
}

/// What was asked for, else the networks of the interfaces that are captured, else private ones.
fn home_networks(options: &Options) -> Vec<String> {
    if let Some(home) = &options.detect.home_net {
        return home.clone();
    }
    let mut own = Vec::new();
    if let Some(wanted) = &options.interfaces {
        let all = wanted.is_empty() || wanted.iter().any(|name| name == "any");
        for interface in interfaces::list() {
            if !interface.loopback && (all || wanted.contains(&interface.name)) {
                own.extend(
                    interface
                        .addresses
                        .iter()
                        .map(|a| format!("{}/{}", a.address, a.prefix)),
                );
            }
        }
    }
    if own.is_empty() {
        PRIVATE.map(str::to_owned).to_vec()
    } else {
        own
    }
}

/// A network in the 128-bit form, and its prefix length in that form.
fn network(text: &str) -> Result<(u128, u8), Error> {
    let fault = || {
        Error::Value(format!(
            "detect.home_net: {text:?} is not a network such as 192.0.2.0/24"
        ))
    };
    let (address, prefix) = text
        .split_once('/')
        .map_or((text, None), |(a, p)| (a, Some(p)));
    let ip: IpAddr = address.trim().parse().map_err(|_| fault())?;
    let bits = if ip.is_ipv4() { 32 } else { 128 };
    let prefix: u8 = prefix.map_or(Ok(bits), str::parse).map_err(|_| fault())?;
    if prefix > bits {
        return Err(fault());
    }
    Ok((from_ip(ip), prefix + (128 - bits)))
}
