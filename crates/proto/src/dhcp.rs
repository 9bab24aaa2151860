//! DHCP for IPv4 (RFC 2131, options of RFC 2132): who gets which address.
//!
//! Each message is a transaction of its own. The messages of one exchange in one flow are also put
//! together, for Zeek's dhcp.log and to learn which address the host of a name was given.

mod exchange;
mod message;
#[cfg(test)]
mod tests;

use wirewatch_records::{DhcpRow, Kind, Row, format};

use crate::application::{Application, COMPLETE, Event, Facts, Field, Next, Parser};
use crate::exchange::{Detail, Exchange, either};
use crate::protocol::Side;
use crate::sink::Sink;
use exchange::Exchanges;
use message::{Fault, Message, parameter_name, type_name};

/// DHCP.
pub(crate) static DHCP: Application = Application {
    names: &["dhcp"],
    new: |_: &Facts| Box::new(Dhcp::default()),
    frames: &[],
    buffers: &[],
    numbers: NUMBERS,
    events: &[MALFORMED_OPTIONS, TRUNCATED_OPTIONS],
};

const NUMBERS: &[Field] = &[
    either("dhcp.leasetime", COMPLETE),
    either("dhcp.rebinding_time", COMPLETE),
    either("dhcp.renewal_time", COMPLETE),
];
const MALFORMED_OPTIONS: Event = Event {
    code: "dhcp.malformed_options",
    description: "An option of a DHCP message has a length that its type does not have.",
};
const TRUNCATED_OPTIONS: Event = Event {
    code: "dhcp.truncated_options",
    description: "The options of a DHCP message end without their end mark.",
};

#[derive(Default)]
struct Dhcp {
    next_id: u64,
    exchanges: Exchanges,
}

impl Detail for Message {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let message = &exchange.detail;
        let is_reply = message.operation == 2;
        let params: Vec<&str> = message
            .parameters
            .iter()
            .filter_map(|code| parameter_name(*code))
            .collect();
        let (routers, servers) = (addresses(&message.routers), addresses(&message.dns_servers));
        let routers: Vec<&str> = routers.iter().map(String::as_str).collect();
        let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
        let client_id = message.client_id.as_deref().map(colons);
        put(&DhcpRow {
            dhcp_kind: if is_reply { "reply" } else { "request" },
            id: message.id,
            client_mac: message.client_mac,
            assigned_ip: Some(message.assigned.into()),
            client_ip: Some(message.client.into()),
            next_server_ip: is_reply.then(|| message.next_server.into()),
            relay_ip: is_reply.then(|| message.relay.into()),
            dhcp_type: message.kind.and_then(type_name),
            client_id: client_id.as_deref(),
            hostname: message.hostname.as_deref(),
            client_fqdn: message.fqdn.as_deref(),
            domain: message.domain.as_deref(),
            params: &params,
            requested_ip: message.requested.map(Into::into),
            server_ip: message.server.map(Into::into),
            lease_time: message.lease_time,
            renewal_time: message.renewal_time,
            rebinding_time: message.rebinding_time,
            subnet_mask: message.subnet_mask.map(Into::into),
            routers: &routers,
            dns_servers: &servers,
            vendor_class_identifier: message.vendor_class.as_deref(),
            message: message.text.as_deref(),
        }
        .into());
    }
}

fn addresses(list: &[std::net::Ipv4Addr]) -> Vec<String> {
    list.iter().map(ToString::to_string).collect()
}

/// Bytes in hexadecimal with colons.
fn colons(bytes: &[u8]) -> String {
    let mut out = Vec::new();
    for (index, byte) in bytes.iter().enumerate() {
        if index > 0 {
            out.push(b':');
        }
        format::hex(&mut out, *byte);
    }
    String::from_utf8(out).unwrap_or_default()
}

impl Parser for Dhcp {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let Some((message, fault)) = Message::read(bytes) else {
            return Next::More;
        };
        self.exchanges.learn(&message, sink);
        if sink.wants(Kind::DhcpExchange) {
            self.exchanges.take(&message, sink);
        }
        let times = [
            message.lease_time,
            message.rebinding_time,
            message.renewal_time,
        ];
        let mut exchange = Exchange::new(self.next_id, &DHCP, message);
        self.next_id += 1;
        for (number, time) in times.into_iter().enumerate() {
            if let Some(time) = time {
                exchange.put_number(number, side, time);
            }
        }
        match fault {
            Some(Fault::Malformed) => exchange.event(side, 0, sink),
            Some(Fault::Truncated) => exchange.event(side, 1, sink),
            None => {}
        }
        exchange.single(side, sink);
        Next::More
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.exchanges.end(sink);
        }
    }

    fn held(&self) -> usize {
        self.exchanges.held()
    }
}
