//! Link addresses that the ends of flows had, when records are to tell them.

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use wirewatch_flow::{Flow, Side};
use wirewatch_records::json;

/// Flows whose addresses are kept at once; of others nothing is told. A sensor that wants more has the
/// packets themselves.
const MAX_FLOWS: usize = 65_536;
/// Addresses of one end: more than a pair of routers with their spares have.
const MAX_ADDRESSES: usize = 10;

/// A link address.
pub(crate) type Mac = [u8; 6];

#[derive(Debug, Default)]
struct Ends {
    client: Vec<Mac>,
    server: Vec<Mac>,
}

/// The addresses of one worker's flows.
#[derive(Debug, Default)]
pub(crate) struct LinkAddresses {
    flows: HashMap<u64, Ends, RandomState>,
}

impl LinkAddresses {
    /// Notes who sent a packet of a flow to whom.
    pub(crate) fn note(&mut self, flow: &Flow, side: Side, source: Mac, destination: Mac) {
        let id = flow.id();
        if self.flows.len() >= MAX_FLOWS && !self.flows.contains_key(&id) {
            return;
        }
        let ends = self.flows.entry(id).or_default();
        let (client, server) = match side {
            Side::ToServer => (source, destination),
            Side::ToClient => (destination, source),
        };
        add(&mut ends.client, client);
        add(&mut ends.server, server);
    }

    /// The first address of the client and of the server.
    pub(crate) fn ends(&self, flow: &Flow) -> Option<(Mac, Mac)> {
        let ends = self.flows.get(&flow.id())?;
        Some((*ends.client.first()?, *ends.server.first()?))
    }

    /// What EVE says of a flow that has ended: an object with one member, to be put into its record.
    pub(crate) fn take(&mut self, flow: &Flow) -> Option<String> {
        let ends = self.flows.remove(&flow.id())?;
        let mut out = Vec::from(b"{");
        let mark = json::open(&mut out, b"\"ether\":{");
        list(&mut out, b"\"src_macs\":", &ends.client);
        list(&mut out, b"\"dest_macs\":", &ends.server);
        json::close(&mut out, mark);
        out.pop();
        out.push(b'}');
        String::from_utf8(out).ok()
    }
}

fn add(known: &mut Vec<Mac>, address: Mac) {
    if known.len() < MAX_ADDRESSES && !known.contains(&address) {
        known.push(address);
    }
}

fn list(out: &mut Vec<u8>, name: &[u8], addresses: &[Mac]) {
    out.extend_from_slice(name);
    out.push(b'[');
    for address in addresses {
        json::mac(out, b"", *address);
    }
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.extend_from_slice(b"],");
}
