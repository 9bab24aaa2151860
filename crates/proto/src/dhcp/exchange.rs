//! The messages of one exchange put together, and what they tell about names of addresses.

use std::net::{IpAddr, Ipv4Addr};

use wirewatch_records::DhcpExchangeRow;

use super::message::{Message, type_name};
use crate::protocol::Side;
use crate::sink::{Fact, NamedBy, Sink};

/// Exchanges of one flow that are kept; through one relay many clients may ask at once.
const MAX_EXCHANGES: usize = 32;
/// Messages of one exchange. A client that asks on and on begins a new row after so many.
const MAX_MESSAGES: usize = 50;
/// Seconds for which a name is taken to hold that came without a lease.
const NAME_HOLDS: u32 = 3_600;

/// One exchange.
#[derive(Debug, Default)]
struct Open {
    id: u32,
    start: i64,
    last: i64,
    mac: [u8; 6],
    client: Option<Ipv4Addr>,
    server: Option<Ipv4Addr>,
    requested: Option<Ipv4Addr>,
    assigned: Option<Ipv4Addr>,
    granted: Option<Ipv4Addr>,
    lease: Option<u32>,
    host_name: Option<Vec<u8>>,
    fqdn: Option<Vec<u8>>,
    domain: Option<Vec<u8>>,
    client_text: Option<Vec<u8>>,
    server_text: Option<Vec<u8>>,
    circuit_id: Option<Vec<u8>>,
    remote_id: Option<Vec<u8>>,
    subscriber_id: Option<Vec<u8>>,
    kinds: Vec<u8>,
}

/// The exchanges of one flow, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Exchanges {
    open: Vec<Open>,
    /// Who asked last, and under which name, for an answer that does not repeat it.
    asked: Option<(u32, Vec<u8>)>,
}

impl Exchanges {
    /// Tells which address has which name.
    pub(super) fn learn(&mut self, message: &Message, sink: &mut dyn Sink) {
        if message.operation == 1
            && let Some(name) = message.fqdn.as_ref().or(message.hostname.as_ref())
        {
            self.asked = Some((message.id, name.clone()));
            sink.learn(Fact::LeaseAsked {
                of: (message.id, message.client_mac),
                name: trimmed(name),
            });
        }
        // A request that repeats its address, and an answer that grants one.
        let address = match (message.operation, message.kind) {
            (1, Some(3 | 8)) => message.client.set(),
            (2, Some(5)) => message.assigned.set().or(message.client.set()),
            _ => None,
        };
        let known = self.asked.as_ref().filter(|(id, _)| *id == message.id);
        let name = known.map(|(_, name)| name).or(message.hostname.as_ref());
        let Some(address) = address.map(IpAddr::V4) else {
            return;
        };
        let ttl = message.lease_time.unwrap_or(NAME_HOLDS);
        let name = name.map(|name| trimmed(name).to_ascii_lowercase());
        match name.filter(|name| !name.is_empty()) {
            Some(name) => sink.learn(Fact::AddressName {
                address,
                name: &name,
                ttl,
                source: NamedBy::Dhcp,
            }),
            None if message.operation == 2 => sink.learn(Fact::LeaseGranted {
                of: (message.id, message.client_mac),
                address,
                ttl,
            }),
            None => {}
        }
    }

    /// Adds a message to its exchange.
    pub(super) fn take(&mut self, message: &Message, sink: &mut dyn Sink) {
        let now = sink.time() / 1000;
        let place = self.open.iter().position(|open| open.id == message.id);
        let place = if let Some(place) = place {
            place
        } else {
            if self.open.len() >= MAX_EXCHANGES {
                self.open.remove(0).put(sink);
            }
            self.open.push(Open {
                id: message.id,
                start: now,
                ..Open::default()
            });
            self.open.len() - 1
        };
        let Some(open) = self.open.get_mut(place) else {
            return;
        };
        open.take(message, now);
        if open.kinds.len() >= MAX_MESSAGES {
            self.open.remove(place).put(sink);
        }
    }

    /// The flow is over.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) {
        for open in std::mem::take(&mut self.open) {
            open.put(sink);
        }
    }

    pub(super) fn held(&self) -> usize {
        self.open.capacity() * (size_of::<Open>() + 256)
    }
}

/// A name as it is in the message, without what some hosts put behind it.
fn trimmed(name: &[u8]) -> &[u8] {
    let name = name.trim_ascii_end();
    let name = name.strip_suffix(b"\0").unwrap_or(name);
    name.strip_suffix(b".").unwrap_or(name)
}

fn keep<T: Clone>(known: &mut Option<T>, new: Option<&T>) {
    if let Some(new) = new {
        *known = Some(new.clone());
    }
}

impl Open {
    fn take(&mut self, message: &Message, now: i64) {
        self.last = now;
        self.mac = message.client_mac;
        self.kinds.push(message.kind.unwrap_or(0));
        keep(&mut self.client, message.client.set().as_ref());
        keep(&mut self.host_name, message.hostname.as_ref());
        keep(&mut self.fqdn, message.fqdn.as_ref());
        keep(&mut self.domain, message.domain.as_ref());
        keep(&mut self.circuit_id, message.circuit_id.as_ref());
        keep(&mut self.remote_id, message.remote_id.as_ref());
        keep(&mut self.subscriber_id, message.subscriber_id.as_ref());
        keep(&mut self.requested, message.requested.as_ref());
        if message.operation == 2 {
            keep(&mut self.server_text, message.text.as_ref());
        } else {
            keep(&mut self.client_text, message.text.as_ref());
        }
        if message.operation == 2 && matches!(message.kind, Some(2 | 5)) {
            if let Some(assigned) = message.assigned.set() {
                self.assigned = Some(assigned);
                if message.kind == Some(5) {
                    self.granted = Some(assigned);
                }
                keep(&mut self.server, message.server.as_ref());
            }
            keep(&mut self.lease, message.lease_time.as_ref());
        }
    }

    fn put(&self, sink: &mut dyn Sink) {
        let kinds: Vec<String> = self
            .kinds
            .iter()
            .map(|kind| type_name(*kind).unwrap_or("unknown").to_ascii_uppercase())
            .collect();
        let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
        let row = DhcpExchangeRow {
            start: self.start,
            client_addr: self.client.or(self.granted).map(Into::into),
            server_addr: self.server.map(Into::into),
            mac: self.mac,
            host_name: self.host_name.as_deref(),
            client_fqdn: self.fqdn.as_deref(),
            domain: self.domain.as_deref(),
            requested_addr: self.requested.map(Into::into),
            assigned_addr: self.assigned.map(Into::into),
            lease_time_us: self.lease.map(|seconds| u64::from(seconds) * 1_000_000),
            client_message: self.client_text.as_deref(),
            server_message: self.server_text.as_deref(),
            msg_types: &kinds,
            duration_us: (self.last - self.start).unsigned_abs(),
            circuit_id: self.circuit_id.as_deref(),
            agent_remote_id: self.remote_id.as_deref(),
            subscriber_id: self.subscriber_id.as_deref(),
        };
        sink.record(None, Side::Client, &row.into());
    }
}
