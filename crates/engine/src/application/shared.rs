//! What conversations of all workers share: names of addresses, connections that are expected.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use wirewatch_flow::Flow;
use wirewatch_proto::NamedBy;

use super::notable::Notable;
use super::range::Wholes;
use crate::recogniser;

/// Connections expected at once; a transfer's comes within seconds of its announcement.
const MAX_EXPECTED: usize = 4_096;
/// How long an announced connection is waited for, in nanoseconds of capture time.
const EXPECTED_FOR: i64 = 60_000_000_000;
/// Bytes a parser may hand to the parser of an expected connection: a command and a path.
const MAX_ABOUT: usize = 1_024;
/// Addresses with a name: the active part of a large network and what it talks to, some 20 MB.
const MAX_NAMES: usize = 131_072;
/// Hosts that ask for an address at once: a large network's after a power cut.
const MAX_ASKING: usize = 1_024;
/// How long their names wait for the answer, in nanoseconds of capture time.
const ASKING_FOR: i64 = 60_000_000_000;
/// Longest name kept: the longest that DNS allows in text (RFC 1035, section 2.3.4).
const MAX_NAME: usize = 255;

/// Shared by the workers of a run.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    expected: Mutex<HashMap<(IpAddr, u16), Expected, RandomState>>,
    /// How many are expected, so that nobody asks in vain.
    expecting: AtomicUsize,
    names: RwLock<HashMap<IpAddr, Name, RandomState>>,
    naming: AtomicUsize,
    /// Names of hosts that ask for an address, by what the answer repeats.
    asking: Mutex<HashMap<(u32, [u8; 6]), Asking, RandomState>>,
    anomalies: AtomicU64,
    plain_passwords: AtomicU64,
    notable: Mutex<Notable>,
    names_forgotten: AtomicU64,
    /// Files that come in parts.
    pub(super) wholes: Wholes,
    /// Files of which no copy, or not all, could be written.
    pub(crate) extract_failures: Arc<AtomicU64>,
}

/// A connection that another one announced.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    pub(crate) name: &'static str,
    pub(crate) about: Vec<u8>,
    ts: i64,
}

impl Expected {
    pub(crate) fn new(name: &'static str, about: &[u8], ts: i64) -> Self {
        let about = about.get(..MAX_ABOUT).unwrap_or(about).to_vec();
        Self { name, about, ts }
    }
}

/// The name of a host that asks for an address, and when it did.
type Asking = (Box<[u8]>, i64);

/// What an address is called.
#[derive(Debug, Clone)]
struct Name {
    text: Box<str>,
    /// Until when that holds, nanoseconds since 1970.
    until: i64,
    rank: u8,
}

/// Which of two sources of a name is believed: what others asked for tells more than what a host says of itself.
fn rank(source: NamedBy) -> u8 {
    match source {
        NamedBy::Dns => 5,
        NamedBy::Dhcp => 4,
        NamedBy::Mdns => 3,
        NamedBy::Llmnr | NamedBy::NetBios => 2,
        NamedBy::Sni | NamedBy::Host | NamedBy::Certificate => 1,
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    pub(crate) fn count_anomaly(&self) {
        self.anomalies.fetch_add(1, Ordering::Relaxed);
    }

    /// What a summary tells beside the traffic.
    pub(crate) fn notable(&self) -> MutexGuard<'_, Notable> {
        locked(&self.notable)
    }

    pub(crate) fn plain_password(&self, flow: &Flow, user: &[u8]) {
        self.plain_passwords.fetch_add(1, Ordering::Relaxed);
        let protocol = recogniser::app_name(flow).unwrap_or_default();
        let (server, port) = (flow.server_ip(), flow.server_port());
        self.notable().password(server, port, protocol, user);
    }

    /// What is counted for all workers together, by name.
    pub(crate) fn counters(&self) -> [(&'static str, u64); 5] {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        [
            ("app_layer.anomalies", read(&self.anomalies)),
            ("app_layer.plain_passwords", read(&self.plain_passwords)),
            (
                "app_layer.files_in_parts_given_up",
                read(&self.wholes.given_up),
            ),
            ("file_store.failed", read(&self.extract_failures)),
            ("app_layer.names_forgotten", read(&self.names_forgotten)),
        ]
    }

    /// Notes that a connection will come.
    pub(crate) fn expect(&self, server: IpAddr, port: u16, expected: Expected) {
        let mut all = locked(&self.expected);
        if all.len() >= MAX_EXPECTED {
            let now = expected.ts;
            all.retain(|_, one| now.saturating_sub(one.ts) < EXPECTED_FOR);
        }
        if all.len() < MAX_EXPECTED {
            all.insert((server, port), expected);
        }
        self.expecting.store(all.len(), Ordering::Relaxed);
    }

    /// Whether a new connection to this place was announced.
    #[inline]
    pub(crate) fn is_expecting(&self) -> bool {
        self.expecting.load(Ordering::Relaxed) != 0
    }

    /// Takes the announcement of a new connection.
    pub(crate) fn take_expected(&self, server: IpAddr, port: u16, now: i64) -> Option<Expected> {
        let mut all = locked(&self.expected);
        let found = all.remove(&(server, port));
        self.expecting.store(all.len(), Ordering::Relaxed);
        found.filter(|one| now.saturating_sub(one.ts) < EXPECTED_FOR)
    }

    /// Notes what an address is called.
    pub(crate) fn name_address(
        &self,
        address: IpAddr,
        name: &[u8],
        ttl: u32,
        source: NamedBy,
        now: i64,
    ) {
        let Some(text) = text(name) else {
            return;
        };
        // A flow may go on long after the answer that led to it.
        let until = now.saturating_add(i64::from(ttl.clamp(300, 86_400)) * 1_000_000_000);
        let rank = rank(source);
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() >= MAX_NAMES && !names.contains_key(&address) {
            self.forget(&mut names, now);
        }
        match names.get_mut(&address) {
            Some(old) if old.until >= now && old.rank > rank => {}
            Some(old) => {
                (old.until, old.rank) = (until, rank);
                if *old.text != *text {
                    old.text = text.into();
                }
            }
            None => {
                let text = text.into();
                names.insert(address, Name { text, until, rank });
            }
        }
        self.naming.store(names.len(), Ordering::Relaxed);
    }

    /// Notes how a host calls itself that asks for an address.
    pub(crate) fn lease_asked(&self, of: (u32, [u8; 6]), name: &[u8], now: i64) {
        if name.is_empty() || name.len() > MAX_NAME {
            return;
        }
        let mut asking = locked(&self.asking);
        if asking.len() >= MAX_ASKING {
            asking.retain(|_, (_, asked)| now.saturating_sub(*asked) < ASKING_FOR);
        }
        if asking.len() < MAX_ASKING || asking.contains_key(&of) {
            asking.insert(of, (name.to_ascii_lowercase().into(), now));
        } else {
            self.names_forgotten.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The host was given the address.
    pub(crate) fn lease_granted(&self, of: (u32, [u8; 6]), address: IpAddr, ttl: u32, now: i64) {
        let asked = locked(&self.asking).remove(&of);
        if let Some((name, ts)) = asked
            && now.saturating_sub(ts) < ASKING_FOR
        {
            self.name_address(address, &name, ttl, NamedBy::Dhcp, now);
        }
    }

    /// Forgets what no longer holds, and half of the rest when that is not enough.
    #[cold]
    fn forget(&self, names: &mut HashMap<IpAddr, Name, RandomState>, now: i64) {
        let before = names.len();
        names.retain(|_, name| name.until >= now);
        let mut keep = false;
        if names.len() > MAX_NAMES / 2 {
            names.retain(|_, _| {
                keep = !keep;
                keep
            });
        }
        let forgotten = (before - names.len()) as u64;
        self.names_forgotten.fetch_add(forgotten, Ordering::Relaxed);
    }

    /// What an address was called when it was last looked up, unless that held no longer at `since`.
    pub(crate) fn name_of(&self, address: IpAddr, since: i64) -> Option<Box<str>> {
        if self.naming.load(Ordering::Relaxed) == 0 {
            return None;
        }
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        let name = names.get(&address).filter(|name| name.until >= since)?;
        Some(name.text.clone())
    }
}

/// A name that is safe to keep: printable ASCII or UTF-8 without control characters. An address in
/// its place (`Host: 192.0.2.1`) names nothing.
pub(super) fn text(name: &[u8]) -> Option<&str> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    if name.is_empty() || name.len() > MAX_NAME {
        return None;
    }
    let text = std::str::from_utf8(name).ok()?;
    let inner = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    let is_address = inner.unwrap_or(text).parse::<IpAddr>().is_ok();
    (!is_address && !text.chars().any(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests;
