//! DHCP for IPv6 (RFC 8415): who gets which address or network.

mod message;
#[cfg(test)]
mod tests;

use wirewatch_records::{Dhcpv6Row, Row, format};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::{Fact, NamedBy, Sink};
use message::{Message, type_name};

/// DHCP for IPv6.
pub(crate) static DHCPV6: Application = Application {
    names: &["dhcpv6"],
    new: |_: &Facts| Box::new(Dhcpv6 { next_id: 0 }),
    frames: &[],
    buffers: BUFFERS,
    numbers: &[either("dhcpv6.type", COMPLETE)],
    events: &[MALFORMED_OPTIONS],
};

const BUFFERS: &[Field] = &[either("dhcpv6.hostname", COMPLETE)];
const MALFORMED_OPTIONS: Event = Event {
    code: "dhcpv6.malformed_options",
    description: "An option of a DHCPv6 message does not fit into it.",
};

struct Dhcpv6 {
    next_id: u64,
}

fn hex(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    for byte in bytes {
        format::hex(&mut out, *byte);
    }
    String::from_utf8(out).unwrap_or_default()
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let addresses = texts(message.addresses.iter().map(|(address, _)| address));
        let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
        let prefixes: Vec<&str> = message.prefixes.iter().map(String::as_str).collect();
        let servers = texts(message.dns_servers.iter());
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let domains: Vec<&str> = message.domains.iter().map(String::as_str).collect();
        let client = message.client_duid.as_deref().map(hex);
        let server = message.server_duid.as_deref().map(hex);
        put(&Dhcpv6Row {
            dhcp_type: type_name(message.kind).unwrap_or("unknown"),
            id: message.id,
            client_duid: client.as_deref(),
            server_duid: server.as_deref(),
            hostname: message.hostname.as_deref(),
            addresses: &addresses,
            prefixes: &prefixes,
            lease_time: message.addresses.first().map(|(_, seconds)| *seconds),
            dns_servers: &servers,
            domains: &domains,
            vendor_class: message.vendor_class.as_deref(),
            status: message.status,
            relay_hops: message.relays,
        }
        .into());
    }
}

fn texts<T: ToString>(items: impl Iterator<Item = T>) -> Vec<String> {
    items.map(|item| item.to_string()).collect()
}

/// A reply grants addresses to the host of a name.
fn learn(message: &Message, sink: &mut dyn Sink) {
    const REPLY: u8 = 7;
    let Some(name) = message.hostname.as_ref().filter(|name| !name.is_empty()) else {
        return;
    };
    if message.kind == REPLY {
        for (address, ttl) in &message.addresses {
            sink.learn(Fact::AddressName {
                address: (*address).into(),
                name: &name.to_ascii_lowercase(),
                ttl: *ttl,
                source: NamedBy::Dhcp,
            });
        }
    }
}

impl Parser for Dhcpv6 {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let Some((message, is_sound)) = Message::read(bytes) else {
            return Next::More;
        };
        learn(&message, sink);
        let (kind, name) = (message.kind, message.hostname.clone());
        let mut exchange = Exchange::new(self.next_id, &DHCPV6, message);
        self.next_id += 1;
        exchange.put_number(0, side, kind);
        if let Some(name) = name {
            exchange.put(0, side, &name);
        }
        if !is_sound {
            exchange.event(side, 0, sink);
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}
}
