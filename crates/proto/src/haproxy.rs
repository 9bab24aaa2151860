//! The PROXY protocol: a balancer says whose connection it passes on; then what is spoken behind it is found out.
//!
//! `HAProxy`'s "The PROXY protocol, versions 1 & 2": a line of text, or a binary header, before the first byte of the
//! client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::application::{Application, Event, Facts, Next, Parser};
use crate::exchange::event;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::stray;
use crate::waiting::{Cut, Step, Waiting};

/// The parser.
pub(crate) static HAPROXY: Application = Application {
    names: &["haproxy"],
    new: |_: &Facts| Box::<HaProxy>::default(),
    frames: &[],
    buffers: &[],
    numbers: &[],
    events: EVENTS,
};

static EVENTS: &[Event] = &[event(
    "haproxy.invalid_header",
    "What a balancer says before a connection is no address, or too long.",
)];

/// The longest line there can be (section 2.1).
const MAX_LINE: usize = 107;
/// A binary header with what balancers add, such as a certificate's name; the protocol allows 64 KiB.
const MAX_HEADER: usize = 4 << 10;
/// What a binary header begins with (section 2.2).
const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// The balancer speaks for itself, as in its checks of health.
const LOCAL: u8 = 0x20;
/// It speaks for a client.
const PROXY: u8 = 0x21;
const IPV4: u8 = 1;
const IPV6: u8 = 2;

/// The client and the server.
type Ends = (SocketAddr, SocketAddr);

/// A header that was read: its length, and whose connection it is, when it says so.
type Header = (usize, Option<Ends>);

/// What is no header.
struct Broken;

#[derive(Default)]
struct HaProxy {
    waiting: Waiting,
}

impl Parser for HaProxy {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        if side == Side::Server {
            return Next::Done;
        }
        self.waiting
            .drive(bytes, MAX_HEADER, |bytes| step(bytes, sink))
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        self.waiting.held()
    }
}

fn step(bytes: &[u8], sink: &mut dyn Sink) -> Step {
    let read = if bytes.starts_with(SIGNATURE) {
        header(bytes)
    } else if SIGNATURE.starts_with(bytes) {
        Ok(None)
    } else {
        line(bytes)
    };
    match read {
        Ok(None) => Step::More,
        Ok(Some((length, ends))) => {
            if let Some((client, server)) = ends {
                sink.learn(Fact::Proxied { client, server });
            }
            Step::Switch(length, None)
        }
        Err(Broken) => {
            let mut id = 0;
            for event in EVENTS {
                stray::tell(&mut id, &HAPROXY, Side::Client, event, sink);
            }
            Step::Stop(Next::Done)
        }
    }
}

/// Version 1: `PROXY TCP4 192.0.2.1 198.51.100.7 40000 443`.
fn line(bytes: &[u8]) -> Result<Option<Header>, Broken> {
    let Some((line, length)) = crate::waiting::line(bytes) else {
        let is_open = bytes.len() < MAX_LINE;
        return if is_open { Ok(None) } else { Err(Broken) };
    };
    let line = std::str::from_utf8(line)
        .ok()
        .filter(|_| length <= MAX_LINE);
    let line = line.ok_or(Broken)?;
    let mut words = line.split(' ').skip(1);
    if words.next() == Some("UNKNOWN") {
        return Ok(Some((length, None)));
    }
    let mut ends = || -> Option<Ends> {
        let (client, server) = (words.next()?, words.next()?);
        let (client_port, server_port) = (words.next()?, words.next()?);
        let end = |address: &str, port: &str| {
            let address: IpAddr = address.parse().ok()?;
            Some(SocketAddr::new(address, port.parse().ok()?))
        };
        Some((end(client, client_port)?, end(server, server_port)?))
    };
    let ends = ends().ok_or(Broken)?;
    Ok(Some((length, Some(ends))))
}

/// Version 2: a signature, a command, a family, a length, and addresses.
fn header(bytes: &[u8]) -> Result<Option<Header>, Broken> {
    let mut cut = Cut(bytes.get(SIGNATURE.len()..).unwrap_or_default());
    let (Some(command), Some(family), Some(length)) = (cut.byte(), cut.byte(), cut.be16()) else {
        return Ok(None);
    };
    let length = usize::from(length);
    let whole = length.saturating_add(bytes.len().saturating_sub(cut.0.len()));
    if whole > MAX_HEADER || !matches!(command, LOCAL | PROXY) {
        return Err(Broken);
    }
    let Some(addresses) = cut.take(length) else {
        return Ok(None);
    };
    let ends = match (command, family >> 4) {
        (PROXY, IPV4) => ends(addresses, |cut| {
            Some(Ipv4Addr::from(cut.array::<4>()?).into())
        }),
        (PROXY, IPV6) => ends(addresses, |cut| {
            Some(Ipv6Addr::from(cut.array::<16>()?).into())
        }),
        _ => return Ok(Some((whole, None))),
    };
    let ends = ends.ok_or(Broken)?;
    Ok(Some((whole, Some(ends))))
}

fn ends(bytes: &[u8], address: impl Fn(&mut Cut<'_>) -> Option<IpAddr>) -> Option<Ends> {
    let mut cut = Cut(bytes);
    let (client, server) = (address(&mut cut)?, address(&mut cut)?);
    let (client_port, server_port) = (cut.be16()?, cut.be16()?);
    Some((
        SocketAddr::new(client, client_port),
        SocketAddr::new(server, server_port),
    ))
}

#[cfg(test)]
mod tests;
