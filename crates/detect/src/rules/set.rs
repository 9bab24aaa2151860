//! A loaded set of rules, shared read-only by the workers.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use std::collections::HashMap;

use super::application::{Applications, FileTest};
use super::check::RegexCopies;
use super::classification::Classification;
use super::compiled::Compiled;
use super::draft::{AllNames, Context, Draft};
use super::field::Fields;
use super::frame::Frames;
use super::geoip::Countries;
use super::group::Groups;
use super::headers::Headers;
use super::keyword;
use super::matcher::PacketView;
use super::note::{FlowNotes, Named, Notes};
use super::problem::{Fault, Level, Problem};
use super::protocol::{Layer, Transport};
use super::reference::References;
use super::reputation::Reputations;
use super::rule::{Action, Rule};
use super::state::{FlowChange, FlowRules, FlowTest};
use super::syntax;
use super::tag::Tagged;
use super::text::{LogicalLine, LogicalLines};
use super::threshold_file;
use super::transform::TransformLists;
use super::variables::Variables;
use wirewatch_proto::{APPLICATIONS, Application};

/// The largest rule file; the largest public set is about 40 MB.
const MAX_FILE_BYTES: u64 = 512 << 20;
/// Rules of one set, so that a wrong file cannot take all memory.
const MAX_RULES: usize = 500_000;
/// Problems told; more of them are counted only.
const MAX_PROBLEMS: usize = 200_000;
/// Alerts of one packet, as the manual's `packet-alert-max` has it.
const ALERTS_PER_PACKET: u32 = 15;

/// How rules are read.
#[derive(Debug, Clone)]
pub struct LoadOptions {
    /// `$HOME_NET` and its kin.
    pub variables: Variables,
    /// What class names mean.
    pub classification: Classification,
    /// What else rules ask: where references point, and lists of addresses.
    pub lists: Lists,
    /// A threshold file's name and text.
    pub thresholds: Option<(String, String)>,
    /// Which rules are asked first.
    pub action_order: [Action; 4],
    /// How many alerts one packet may have.
    pub alerts_per_packet: u32,
    /// Whether rules that are asked more often than they need be are told.
    pub advice: bool,
    /// The protocols whose transactions rules can ask about.
    pub applications: &'static [&'static Application],
}

/// What rules ask beside their own text.
#[derive(Debug, Clone, Default)]
pub struct Lists {
    /// Where the schemes of references point.
    pub references: References,
    /// Scores of addresses.
    pub reputations: Option<Arc<Reputations>>,
    /// Countries of addresses.
    pub countries: Option<Arc<Countries>>,
}

impl Default for LoadOptions {
    fn default() -> Self {
        Self {
            variables: Variables::default(),
            classification: Classification::default(),
            lists: Lists::default(),
            thresholds: None,
            action_order: [Action::Pass, Action::Drop, Action::Reject, Action::Alert],
            alerts_per_packet: ALERTS_PER_PACKET,
            advice: false,
            applications: APPLICATIONS,
        }
    }
}

/// How reading went, rule by rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LoadCounts {
    /// Rules that were found.
    pub read: usize,
    /// Those that are used.
    pub loaded: usize,
    /// Those that need what is not there yet.
    pub unsupported: usize,
    /// Those that are broken.
    pub broken: usize,
    /// Those that lost to a higher or equal revision of the same number.
    pub duplicates: usize,
    /// Problems beyond those kept.
    pub problems_dropped: usize,
}

/// Which set of rules it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Edition {
    /// The same for sets that took each other's place: their names have the same numbers.
    pub(crate) line: u32,
    /// Rises with each that took another's place: its rules have other numbers.
    pub(crate) number: u32,
}

/// Rules in the form that is matched.
#[derive(Debug)]
pub struct RuleSet {
    pub(crate) edition: Edition,
    names: AllNames,
    pub(crate) rules: Vec<Compiled>,
    pub(crate) groups: Groups,
    pub(crate) headers: Headers,
    pub(crate) applications: Applications,
    pub(crate) frames: Frames,
    pub(crate) transforms: TransformLists,
    pub(crate) regexes: RegexCopies,
    pub(crate) alerts_per_packet: u32,
    named: Named,
    counts: LoadCounts,
}

impl RuleSet {
    /// Reads rule files, and all `*.rules` of folders, in order. What is wrong is told; the
    /// rest is used.
    pub fn load(paths: &[PathBuf], options: &LoadOptions) -> (Self, Vec<Problem>) {
        let mut loader = Loader::new(options);
        for path in paths {
            loader.read_path(path);
        }
        loader.finish()
    }

    /// Reads rules that are to take the place of these: what was remembered under names keeps its meaning.
    pub fn renewed(&self, paths: &[PathBuf], options: &LoadOptions) -> (Self, Vec<Problem>) {
        let mut loader = Loader::new(options);
        loader.context.names.clone_from(&self.names);
        for path in paths {
            loader.read_path(path);
        }
        let (mut set, problems) = loader.finish();
        set.edition = Edition {
            line: self.edition.line,
            number: self.edition.number.wrapping_add(1),
        };
        (set, problems)
    }

    /// Reads rules from a text with a name for messages.
    pub fn from_text(name: &str, text: &str, options: &LoadOptions) -> (Self, Vec<Problem>) {
        let mut loader = Loader::new(options);
        loader.read_text(name, text.as_bytes());
        loader.finish()
    }

    /// Whether any rule asks for sizes or the age of its flow.
    pub fn wants_flow_facts(&self) -> bool {
        self.rules.iter().any(|rule| !rule.fact_tests.is_empty())
    }

    /// Whether any rule is about frames without an IP datagram, and not about what is wrong with them.
    pub fn wants_frames_without_ip(&self) -> bool {
        let mut rules = self.rules.iter();
        rules.any(|rule| rule.protocol.layer != Layer::Network && !rule.is_about_faults())
    }

    /// Whether any rule keeps records of transactions back.
    pub fn hides_transactions(&self) -> bool {
        let mut changes = self.rules.iter().flat_map(|rule| &rule.flow_changes);
        changes.any(|change| *change == FlowChange::HideTransaction)
    }

    /// Whether any rule keeps packets out of flows.
    pub fn untracks_packets(&self) -> bool {
        self.rules.iter().any(|rule| rule.untracks)
    }

    /// Whether a rule keeps this packet out of flows.
    #[cold]
    pub fn untracks(&self, packet: &PacketView<'_>) -> bool {
        let transport = Transport::of(packet.datagram).bit();
        let has_ports = packet.datagram.has_transport;
        self.rules.iter().filter(|rule| rule.untracks).any(|rule| {
            rule.protocol.transports & transport != 0
                && rule.header.covers(packet.datagram, has_ports)
                && rule.packet_tests.iter().all(|test| test.holds(packet))
        })
    }

    /// Whether records of a flow's transaction are kept back.
    pub fn hides(
        &self,
        flow: &FlowRules,
        application: &'static Application,
        transaction: u64,
    ) -> bool {
        let index = self.applications.index_of(application);
        flow.line() == self.edition.line
            && index.is_some_and(|index| flow.hides(index, transaction))
    }

    /// Whether any rule tags packets.
    pub fn tags(&self) -> bool {
        self.rules.iter().any(|rule| !rule.tags.is_empty())
    }

    /// Whether any rule tags hosts, which is to reach flows that other workers see.
    pub fn tags_hosts(&self) -> bool {
        let mut tags = self.rules.iter().flat_map(|rule| &rule.tags);
        tags.any(|tag| tag.what != Tagged::Session)
    }

    /// How reading went.
    pub fn counts(&self) -> LoadCounts {
        self.counts
    }

    /// Whether any rule is about files, so that their beginnings are worth keeping.
    pub fn asks_of_files(&self) -> bool {
        self.applications.ask_of_files()
    }

    /// What records of a flow tell of what rules remember, and of the match at hand.
    pub fn flow_notes(&self, flow: &FlowRules, notes: &Notes) -> FlowNotes {
        if flow.line() != self.edition.line || !(flow.is_noted() || notes.len() > 0) {
            return FlowNotes {
                action: flow.action(),
                ..FlowNotes::default()
            };
        }
        self.named.of_flow(flow, notes)
    }

    /// What an alert tells of the values that were found: an object in JSON.
    pub fn context(&self, notes: &Notes) -> Option<String> {
        self.named.context(notes)
    }

    /// Whether any rule asks for the hash of a file.
    pub fn asks_of_hashes(&self) -> bool {
        let parts = self
            .rules
            .iter()
            .filter_map(|rule| rule.application.as_ref());
        parts
            .flat_map(|part| &part.asked.files)
            .any(FileTest::is_of_hash)
    }

    /// The rule with this number in [`MatchInfo::rule`](super::MatchInfo::rule).
    pub fn rule(&self, number: u32) -> Option<&Rule> {
        let compiled = self.rules.get(number as usize)?;
        Some(&compiled.rule)
    }

    /// The rules in use, in the order in which they are asked.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Rule> {
        self.rules.iter().map(|compiled| &compiled.rule)
    }
}

struct Loader<'a> {
    context: Context<'a>,
    options: &'a LoadOptions,
    rules: Vec<Option<Compiled>>,
    /// Where a gid and sid is in `rules`.
    by_number: HashMap<(u32, u32), usize>,
    problems: Vec<Problem>,
    counts: LoadCounts,
}

impl<'a> Loader<'a> {
    fn new(options: &'a LoadOptions) -> Self {
        Self {
            context: Context::new(
                &options.variables,
                &options.classification,
                &options.lists,
                Fields::new(options.applications),
            ),
            options,
            rules: Vec::new(),
            by_number: HashMap::new(),
            problems: Vec::new(),
            counts: LoadCounts::default(),
        }
    }

    fn read_path(&mut self, path: &Path) {
        let name = path.display().to_string();
        if path.is_dir() {
            match rule_files(path) {
                Ok(files) => files.iter().for_each(|file| self.read_path(file)),
                Err(error) => self.file_problem(&name, &error.to_string()),
            }
            return;
        }
        let read = fs::metadata(path).and_then(|metadata| {
            if metadata.len() > MAX_FILE_BYTES {
                return Err(std::io::Error::other("the file is too large for rules"));
            }
            fs::read(path)
        });
        match read {
            Ok(bytes) => self.read_text(&name, &bytes),
            Err(error) => self.file_problem(&name, &error.to_string()),
        }
    }

    fn file_problem(&mut self, name: &str, message: &str) {
        let fault = Fault::error(0, format!("the file cannot be read: {message}"));
        self.tell(&name.into(), (1, 1), fault);
    }

    fn read_text(&mut self, name: &str, bytes: &[u8]) {
        let file: Arc<str> = name.into();
        for line in LogicalLines::new(bytes) {
            self.counts.read += 1;
            match line {
                Ok(line) => self.read_rule(&file, &line),
                Err((number, fault)) => {
                    self.counts.broken += 1;
                    self.tell(&file, (number, 1), fault);
                }
            }
        }
    }

    fn read_rule(&mut self, file: &Arc<str>, line: &LogicalLine) {
        let first = line.place(0).0;
        match compile(&mut self.context, &line.text, file, first) {
            Ok((compiled, warnings)) => {
                for warning in warnings {
                    self.tell(file, line.place(warning.at), warning);
                }
                if self.options.advice && compiled.is_asked_too_often() {
                    let advice = Fault::warning(0, TOO_OFTEN);
                    self.tell(file, line.place(0), advice);
                }
                self.keep(compiled, file, line);
            }
            Err(faults) => {
                let is_broken = |fault: &Fault| fault.level != Level::Unsupported;
                if faults.iter().any(is_broken) {
                    self.counts.broken += 1;
                } else {
                    self.counts.unsupported += 1;
                }
                for fault in faults {
                    self.tell(file, line.place(fault.at), fault);
                }
            }
        }
    }

    /// Of rules with the same number the highest revision is kept, the first of equals.
    fn keep(&mut self, compiled: Compiled, file: &Arc<str>, line: &LogicalLine) {
        if self.rules.len() >= MAX_RULES {
            self.counts.broken += 1;
            let fault = Fault::error(0, format!("there are more than {MAX_RULES} rules"));
            self.tell(file, line.place(0), fault);
            return;
        }
        let number = (compiled.rule.gid, compiled.rule.sid);
        let Some(&place) = self.by_number.get(&number) else {
            self.by_number.insert(number, self.rules.len());
            self.rules.push(Some(compiled));
            return;
        };
        self.counts.duplicates += 1;
        let Some(Some(known)) = self.rules.get_mut(place) else {
            return;
        };
        let newer = compiled.rule.rev > known.rule.rev;
        let other = format!("{}:{}", known.rule.file, known.rule.line);
        let message = if newer {
            format!("sid {} replaces the older revision at {other}", number.1)
        } else {
            format!("sid {} is left out: {other} has it already", number.1)
        };
        if newer {
            *known = compiled;
        }
        let at = line.text.find("sid:").unwrap_or(0);
        self.tell(file, line.place(at), Fault::warning(at, message));
    }

    fn tell(&mut self, file: &Arc<str>, (line, column): (u32, u32), fault: Fault) {
        if self.problems.len() >= MAX_PROBLEMS {
            self.counts.problems_dropped += 1;
            return;
        }
        self.problems.push(Problem {
            file: Arc::clone(file),
            line,
            column,
            message: fault.message,
            suggestion: fault.suggestion,
            level: fault.level,
        });
    }

    fn finish(mut self) -> (RuleSet, Vec<Problem>) {
        static SETS: AtomicU32 = AtomicU32::new(1);
        let mut rules: Vec<Compiled> = self.rules.drain(..).flatten().collect();
        if let Some((name, text)) = &self.options.thresholds {
            let faults = threshold_file::apply(text, &self.options.variables, &mut rules);
            for (line, fault) in faults {
                let column = u32::try_from(fault.at)
                    .unwrap_or(u32::MAX)
                    .saturating_add(1);
                self.tell(&name.as_str().into(), (line, column), fault);
            }
        }
        let order = self.options.action_order;
        rules.sort_by_cached_key(|compiled| rank(compiled, order));
        self.counts.loaded = rules.len();
        let set = RuleSet {
            edition: Edition {
                line: SETS.fetch_add(1, Ordering::Relaxed),
                number: 0,
            },
            names: self.context.names.clone(),
            groups: Groups::new(&rules),
            headers: Headers::new(&rules),
            frames: Frames::new(&rules),
            applications: Applications::new(&rules, self.context.fields),
            transforms: self.context.transforms,
            rules,
            regexes: self.context.regexes.into_engines(),
            alerts_per_packet: self.options.alerts_per_packet,
            named: Named::new(self.context.names),
            counts: self.counts,
        };
        (set, self.problems)
    }
}

fn rule_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries: Result<Vec<_>, _> = fs::read_dir(folder)?.collect();
    let paths = entries?.into_iter().map(|entry| entry.path());
    let mut files: Vec<PathBuf> = paths
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "rules")
        })
        .filter(|path| path.is_file())
        .collect();
    files.sort_unstable();
    Ok(files)
}

/// The whole road of one rule, from text to what is matched.
fn compile(
    context: &mut Context<'_>,
    text: &str,
    file: &Arc<str>,
    line: u32,
) -> Result<(Compiled, Vec<Fault>), Vec<Fault>> {
    let one = |fault| vec![fault];
    let raw = syntax::parse(text).map_err(one)?;
    let mut draft = match Draft::new(&raw, context, Arc::clone(file), line) {
        Ok(draft) => draft,
        Err(fault) => return Err(with_names(fault, &raw.options)),
    };
    for (number, option) in raw.options.iter().enumerate() {
        if let Err(fault) = keyword::apply(&mut draft, *option) {
            let rest = raw.options.get(number + 1..).unwrap_or_default();
            return Err(with_names(fault, rest));
        }
    }
    let warnings = std::mem::take(&mut draft.warnings);
    Ok((draft.finish().map_err(one)?, warnings))
}

/// A rule's first fault, and behind it the words that are no keywords. What else is wrong behind a
/// fault may be so because of it.
fn with_names(first: Fault, rest: &[syntax::RawOption<'_>]) -> Vec<Fault> {
    let more = rest
        .iter()
        .filter_map(|option| keyword::unknown(option.name));
    std::iter::once(first).chain(more).collect()
}

const TOO_OFTEN: &str = "there is no content that the rule could be looked up by: \
    it is asked of everything that its protocol and ports let through";

/// In which order rules are asked: by action, then those that store before those that ask what
/// is stored, then by priority and number.
fn rank(compiled: &Compiled, order: [Action; 4]) -> (usize, [u8; 4], u32, u32, u32) {
    let rule = &compiled.rule;
    let action = order.iter().position(|action| *action == rule.action);
    let is_bits = |test: &FlowTest| matches!(test, FlowTest::Bits { .. });
    let bits_asked = compiled.flow_tests.iter().any(is_bits);
    let is_value = |test: &FlowTest| matches!(test, FlowTest::Variable { .. });
    let values_asked = compiled.flow_tests.iter().any(is_value);
    let mut tests = compiled.flow_tests.iter();
    let integers_asked = tests.any(|test| !is_bits(test) && !is_value(test));
    let (bits_stored, integers_stored) = compiled.stores();
    let hosts_asked = compiled.host_bits.iter().any(|bit| bit.is_test());
    let hosts_stored = compiled.host_bits.iter().any(|bit| !bit.is_test());
    (
        action.unwrap_or(order.len()),
        [
            use_rank(bits_asked, bits_stored),
            use_rank(integers_asked, integers_stored),
            use_rank(values_asked, compiled.captures()),
            use_rank(hosts_asked, hosts_stored),
        ],
        rule.severity,
        rule.gid,
        rule.sid,
    )
}

fn use_rank(asks: bool, stores: bool) -> u8 {
    match (asks, stores) {
        (false, true) => 0,
        (true, true) => 1,
        (true, false) => 2,
        (false, false) => 3,
    }
}
