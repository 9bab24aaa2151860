//! SOCKS: who asks a proxy for which connection; then what is inside it is found out.
//!
//! RFC 1928 (version 5), RFC 1929 (user and password), and the description of SOCKS 4 and 4A.

use std::net::{IpAddr, Ipv4Addr};

use wirewatch_records::{Row, SocksRow};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::exchange::{Detail, Exchange, field as one};
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Cut, Sides, Step, Waiting, bounded, drive};

/// The parser.
pub(crate) static SOCKS: Application = Application {
    names: &["socks"],
    new: |_: &Facts| Box::new(Socks::new()),
    frames: &[],
    buffers: &[
        one("socks.user", Side::Client, COMPLETE),
        one("socks.host", Side::Client, COMPLETE),
    ],
    numbers: &[],
    events: &[],
};

const USER: usize = 0;
const HOST: usize = 1;

/// Bytes that wait: user and host have at most 255 each.
const MAX_WAITING: usize = 1024;
const MAX_NAME: usize = 255;

/// What comes next; the sides take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Version,
    Method,
    Password,
    Verdict,
    Request,
    Reply,
    OldReply,
}

impl Phase {
    fn speaker(self) -> Side {
        match self {
            Self::Version | Self::Password | Self::Request => Side::Client,
            Self::Method | Self::Verdict | Self::Reply | Self::OldReply => Side::Server,
        }
    }
}

#[derive(Debug, Default)]
struct Asked {
    version: u8,
    request: Option<IpAddr>,
    request_port: Option<u16>,
    bound: Option<IpAddr>,
    bound_name: Option<Vec<u8>>,
    bound_port: Option<u16>,
    status: Option<&'static str>,
}

impl Detail for Asked {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let asked = &exchange.detail;
        let row = SocksRow {
            version: asked.version,
            user: exchange.first(USER),
            status: asked.status,
            host: asked.request,
            name: exchange.first(HOST),
            port: asked.request_port,
            bound_host: asked.bound,
            bound_name: asked.bound_name.as_deref(),
            bound_port: asked.bound_port,
        };
        put(&row.into());
    }
}

struct Socks {
    waiting: Sides<Waiting>,
    phase: Phase,
    exchange: Exchange<Asked>,
    is_told: bool,
}

impl Parser for Socks {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let next = drive!(self.waiting, side, bytes, MAX_WAITING, |bytes| {
            self.step(side, bytes, sink)
        });
        if next != Next::More {
            self.tell(sink);
        }
        next.of_both()
    }

    fn gap(&mut self, _: Side, _: u64, sink: &mut dyn Sink) -> Next {
        self.tell(sink);
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.tell(sink);
        }
    }

    fn held(&self) -> usize {
        self.waiting.held() + self.exchange.held()
    }
}

impl Socks {
    fn new() -> Self {
        Self {
            waiting: Sides::default(),
            phase: Phase::Version,
            exchange: Exchange::new(0, &SOCKS, Asked::default()),
            is_told: false,
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        if self.phase.speaker() != side {
            return Step::More;
        }
        let mut cut = Cut(bytes);
        let outcome = self.read(&mut cut, sink);
        let used = bytes.len().saturating_sub(cut.0.len());
        match outcome {
            None => Step::More,
            Some(Next::More) => Step::Used(used),
            Some(Next::Switch { to, .. }) => Step::Switch(used, to),
            Some(next) => Step::Stop(next),
        }
    }

    /// Reads the message that is due; nothing when it is not whole.
    fn read(&mut self, cut: &mut Cut<'_>, sink: &mut dyn Sink) -> Option<Next> {
        self.phase = match self.phase {
            Phase::Version => {
                let version = cut.byte()?;
                self.exchange.detail.version = version;
                match version {
                    4 => return self.old_request(cut),
                    5 => {}
                    _ => return Some(Next::Done),
                }
                let methods = cut.byte()?;
                cut.take(usize::from(methods))?;
                Phase::Method
            }
            Phase::Method => {
                let (_, method) = (cut.byte()?, cut.byte()?);
                match method {
                    0 => Phase::Request,
                    2 => Phase::Password,
                    _ => return Some(Next::Done),
                }
            }
            Phase::Password => {
                let (_, length) = (cut.byte()?, cut.byte()?);
                let user = cut.take(usize::from(length))?;
                let length = cut.byte()?;
                cut.take(usize::from(length))?;
                self.exchange.put(USER, Side::Client, user);
                Phase::Verdict
            }
            Phase::Verdict => {
                let (_, status) = (cut.byte()?, cut.byte()?);
                sink.learn(Fact::Login {
                    user: self.exchange.first(USER).unwrap_or_default(),
                    plain_password: true,
                    accepted: Some(status == 0),
                });
                if status != 0 {
                    return Some(Next::Done);
                }
                Phase::Request
            }
            Phase::Request => {
                let (_, _, _) = (cut.byte()?, cut.byte()?, cut.byte()?);
                let (address, name) = address(cut)?;
                let port = cut.be16()?;
                self.exchange.detail.request = address;
                self.exchange.detail.request_port = Some(port);
                if let Some(name) = name {
                    self.exchange.put(HOST, Side::Client, name);
                }
                Phase::Reply
            }
            Phase::Reply => return self.reply(cut),
            Phase::OldReply => {
                let (_, code, port) = (cut.byte()?, cut.byte()?, cut.be16()?);
                let host = Ipv4Addr::from(cut.array::<4>()?);
                return Some(self.answered(old_status(code), code == 90, Some(host.into()), port));
            }
        };
        Some(Next::More)
    }

    /// Version 4 has one request, with a name behind it where the client cannot resolve it.
    fn old_request(&mut self, cut: &mut Cut<'_>) -> Option<Next> {
        let (_, port) = (cut.byte()?, cut.be16()?);
        let host = cut.array::<4>()?;
        let user = cut.text()?;
        let is_named = matches!(host, [0, 0, 0, last] if last != 0);
        if is_named {
            self.exchange
                .put(HOST, Side::Client, bounded(cut.text()?, MAX_NAME));
        } else {
            self.exchange.detail.request = Some(Ipv4Addr::from(host).into());
        }
        if !user.is_empty() {
            self.exchange
                .put(USER, Side::Client, bounded(user, MAX_NAME));
        }
        self.exchange.detail.request_port = Some(port);
        self.phase = Phase::OldReply;
        Some(Next::More)
    }

    fn reply(&mut self, cut: &mut Cut<'_>) -> Option<Next> {
        let (_, code, _) = (cut.byte()?, cut.byte()?, cut.byte()?);
        let (host, name) = address(cut)?;
        let port = cut.be16()?;
        self.exchange.detail.bound_name = name.map(<[u8]>::to_vec);
        Some(self.answered(status(code), code == 0, host, port))
    }

    fn answered(
        &mut self,
        status: &'static str,
        accepted: bool,
        bound: Option<IpAddr>,
        port: u16,
    ) -> Next {
        let asked = &mut self.exchange.detail;
        asked.status = Some(status);
        asked.bound = bound;
        asked.bound_port = Some(port);
        if accepted {
            return Next::Switch { rest: 0, to: None };
        }
        Next::Done
    }

    fn tell(&mut self, sink: &mut dyn Sink) {
        let said = self.exchange.detail.version != 0;
        if said && !std::mem::replace(&mut self.is_told, true) {
            self.exchange.finish(Side::Client, sink);
        }
    }
}

/// An address or a name after its type (RFC 1928, section 5).
#[allow(clippy::type_complexity, reason = "either of two")]
fn address<'a>(cut: &mut Cut<'a>) -> Option<(Option<IpAddr>, Option<&'a [u8]>)> {
    Some(match cut.byte()? {
        1 => (Some(IpAddr::from(cut.array::<4>()?)), None),
        4 => (Some(IpAddr::from(cut.array::<16>()?)), None),
        _ => {
            let length = cut.byte()?;
            (None, Some(cut.take(usize::from(length))?))
        }
    })
}

fn status(code: u8) -> &'static str {
    match code {
        0 => "succeeded",
        1 => "general SOCKS server failure",
        2 => "connection not allowed by ruleset",
        3 => "Network unreachable",
        4 => "Host unreachable",
        5 => "Connection refused",
        6 => "TTL expired",
        7 => "Command not supported",
        8 => "Address type not supported",
        _ => "unknown",
    }
}

fn old_status(code: u8) -> &'static str {
    match code {
        90 => "succeeded",
        91 => "general SOCKS server failure",
        92 | 93 => "request failed because client is not running identd",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests;
