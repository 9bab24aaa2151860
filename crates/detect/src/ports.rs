//! A service where it does not belong.
//!
//! Four things are judged, each from facts about one flow: a recognised protocol on the port
//! of another service, a server port known from backdoors, a plain-text administration
//! service reached from a public address, and a low server port without a registered name.
//!
//! Ordinary traffic stays silent by construction: a port with no registered service may carry
//! anything; HTTP, TLS, QUIC, STUN and DTLS are where their clients put them; two ephemeral
//! ports say nothing (FTP data, RPC, peer-to-peer); a flow whose beginning was not seen, so
//! that the server is a guess, is only remembered. What a server was already doing, or does
//! for a second client, is normal ([`PortsConfig`]).

mod expected;
mod normal;
mod services;

use std::sync::{Mutex, PoisonError};

pub use normal::MAX_PAIRS;
use normal::Normal;
pub(crate) use services::is_service;
pub use services::service_name;

use crate::finding::{Evidence, Finding, Key, protocol_name, show, sid};

const TCP: u8 = 6;
const UDP: u8 = 17;

/// Settings of `[detect.ports]`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PortsConfig {
    /// Seconds from the first flow in which everything is taken for normal. 0 for captures;
    /// a sensor that stays may want ten minutes.
    pub learning_s: u32,
    /// Networks that are local beside the private ones: 128-bit form and prefix length in it.
    pub local: Vec<(u128, u8)>,
}

/// What is known of one flow.
#[derive(Debug, Clone, Copy)]
pub struct FlowFacts<'a> {
    /// Capture time in nanoseconds.
    pub ts: i64,
    /// Who opened it.
    pub client: u128,
    /// Who was called.
    pub server: u128,
    /// The client's port.
    pub client_port: u16,
    /// The server's port.
    pub server_port: u16,
    /// IP protocol number.
    pub protocol: u8,
    /// The recognised protocol; `None` when enough was seen and nothing fits.
    pub app: Option<&'a str>,
    /// Whether the handshake was completed, or for UDP both sides spoke.
    pub established: bool,
    /// Payload bytes from the client.
    pub bytes_to_server: u64,
    /// Payload bytes from the server.
    pub bytes_to_client: u64,
    /// Whether the flow began before the capture, so that the sides may be exchanged.
    pub midstream: bool,
    /// Nanoseconds from its first to its latest packet.
    pub duration: i64,
}

/// Judges flows by their server ports. One for all workers.
#[derive(Debug, Default)]
pub struct PortJudge {
    config: PortsConfig,
    normal: Mutex<Normal>,
}

/// What is wrong with a flow, before it is asked whether that is normal here.
struct Suspicion {
    sid: u32,
    severity: u8,
    /// The end of the sentence.
    what: String,
    /// Whether habit excuses it.
    can_be_normal: bool,
}

/// Default ports of remote shells and trojans: Metasploit, Back Orifice, `NetBus`, Sub7, worms' shells.
const BACKDOOR_PORTS: &[u16] = &[
    1337, 4444, 5554, 9996, 12345, 12346, 20034, 27374, 31337, 31338, 54320, 54321,
];
/// Shells and logins whose passwords anybody can read.
const PLAIN_ADMIN: &[&str] = &["telnet", "ftp", "rfb", "adb"];
/// rexec, rlogin and rsh have no first bytes to be known by.
const REMOTE_SHELLS: std::ops::RangeInclusive<u16> = 512..=514;

impl PortJudge {
    /// Starts with nothing known to be normal.
    pub fn new(config: PortsConfig) -> Self {
        Self {
            config,
            normal: Mutex::default(),
        }
    }

    /// Judges a flow whose protocol was recognised, or will not be. May be asked again later.
    pub fn judge(&self, flow: &FlowFacts) -> Option<Finding> {
        if !flow.established || flow.bytes_to_server == 0 || flow.bytes_to_client == 0 {
            return None;
        }
        let suspicion = self.plain_admin(flow).or_else(|| suspect(flow))?;
        if suspicion.can_be_normal && self.is_normal(flow) {
            return None;
        }
        (!flow.midstream).then(|| finding(flow, &suspicion))
    }

    /// Habits that are remembered.
    pub fn pairs(&self) -> usize {
        self.lock().len()
    }

    fn is_normal(&self, flow: &FlowFacts) -> bool {
        self.lock().learn(flow, &self.config)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Normal> {
        self.normal.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_local(&self, address: u128) -> bool {
        crate::scan::is_private(address) || crate::scan::within(address, &self.config.local)
    }

    fn plain_admin(&self, flow: &FlowFacts) -> Option<Suspicion> {
        let is_shell =
            flow.app.is_none() && flow.protocol == TCP && REMOTE_SHELLS.contains(&flow.server_port);
        let app = match flow.app {
            Some(app) if PLAIN_ADMIN.contains(&app) => app,
            _ if is_shell => "a remote shell",
            _ => return None,
        };
        let from_outside = !self.is_local(flow.client) && self.is_local(flow.server);
        from_outside.then(|| Suspicion {
            sid: sid::PLAIN_ADMIN,
            severity: 2,
            what: format!("{app}, which is not encrypted, from a public address"),
            can_be_normal: false,
        })
    }
}

/// Whether a recognised protocol is one that a server port does not expect, normal here or not.
pub fn is_out_of_place(protocol: u8, server_port: u16, app: &str) -> bool {
    expected::judge(protocol, server_port, app).is_some()
}

fn suspect(flow: &FlowFacts) -> Option<Suspicion> {
    match flow.app {
        Some(app) => mismatch(flow, app),
        None => unnamed(flow),
    }
}

/// A protocol that the port does not expect.
fn mismatch(flow: &FlowFacts, app: &str) -> Option<Suspicion> {
    let severity = expected::judge(flow.protocol, flow.server_port, app)?;
    let service = service_name(flow.protocol, flow.server_port).unwrap_or("another service");
    Some(Suspicion {
        sid: sid::PROTOCOL_MISMATCH,
        severity,
        what: format!("{app} where {service} is registered"),
        can_be_normal: true,
    })
}

/// A flow in no known protocol.
fn unnamed(flow: &FlowFacts) -> Option<Suspicion> {
    if flow.protocol != TCP {
        return None;
    }
    let port = flow.server_port;
    let (sid, severity, what) = if port == 53 {
        (
            sid::PROTOCOL_MISMATCH,
            3,
            "something other than DNS where domain is registered",
        )
    } else if BACKDOOR_PORTS.contains(&port) {
        (
            sid::BACKDOOR_PORT,
            3,
            "an unknown protocol on a port known from backdoors",
        )
    } else if port < 1024 && !services::is_assigned_low(port) {
        (
            sid::UNREGISTERED_PORT,
            4,
            "an unknown protocol on a low port without a registered service",
        )
    } else {
        return None;
    };
    Some(Suspicion {
        sid,
        severity,
        what: what.to_owned(),
        can_be_normal: true,
    })
}

fn finding(flow: &FlowFacts, suspicion: &Suspicion) -> Finding {
    let key = Key {
        sid: suspicion.sid,
        subject: flow.server,
        // Who came from outside matters; who uses an odd server does not.
        object: if suspicion.sid == sid::PLAIN_ADMIN {
            flow.client
        } else {
            0
        },
        detail: u64::from(flow.server_port) << 8 | u64::from(flow.protocol),
    };
    let signature = format!(
        "{} port {} of {} speaks {} (client {})",
        protocol_name(flow.protocol),
        flow.server_port,
        show(flow.server),
        suspicion.what,
        show(flow.client),
    );
    let evidence = Evidence::new()
        .text("app", flow.app.unwrap_or("unknown"))
        .text(
            "service",
            service_name(flow.protocol, flow.server_port).unwrap_or("none"),
        )
        .number("port", flow.server_port)
        .number("bytes_to_server", flow.bytes_to_server)
        .number("bytes_to_client", flow.bytes_to_client)
        .number(
            "milliseconds",
            flow.duration.max(0).cast_unsigned() / 1_000_000,
        );
    Finding::new(flow.ts, key, signature, evidence).with_severity(suspicion.severity)
}

#[cfg(test)]
mod tests;
