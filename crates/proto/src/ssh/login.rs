//! A guess at whether somebody was let in, from the sizes of what the server says.
//!
//! Its first encrypted message accepts the service; that of a success is 16 bytes shorter (RFC 4252:
//! it has no text), and refusals all have one length. Zeek guesses in the same way.

use std::net::IpAddr;

use crate::protocol::Side;

/// How much shorter a success is than the acceptance of the service: the name `ssh-userauth` is missing.
const SHORTER: usize = 16;
/// Messages of the server that are looked at; logins end far earlier.
const MAX_LOOKED_AT: u16 = 256;

/// What the sizes said so far.
#[derive(Debug, Default)]
pub(super) struct Guess {
    pub(super) accepted: Option<bool>,
    pub(super) attempts: u32,
    pub(super) ended: bool,
    service: usize,
    refusal: usize,
    looked_at: u16,
}

impl Guess {
    /// Looks at a piece; true when nothing more can be learnt.
    pub(super) fn see(&mut self, side: Side, length: usize) -> bool {
        if side == Side::Client {
            return false;
        }
        self.looked_at = self.looked_at.saturating_add(1);
        if self.service == 0 {
            self.service = length;
        } else if length.saturating_add(SHORTER) == self.service {
            self.attempts = self.attempts.saturating_add(1);
            self.accepted = Some(true);
        } else if self.refusal == 0 {
            // Clients first ask which methods there are; that refusal is no attempt.
            self.refusal = length;
        } else if length == self.refusal {
            self.attempts = self.attempts.saturating_add(1);
            self.accepted = Some(false);
        }
        self.accepted == Some(true) || self.looked_at >= MAX_LOOKED_AT
    }
}

/// Into the private networks or out of them, where the two sides differ.
pub(super) fn direction(client: IpAddr, server: IpAddr) -> Option<&'static str> {
    match (is_private(client), is_private(server)) {
        (true, false) => Some("OUTBOUND"),
        (false, true) => Some("INBOUND"),
        _ => None,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [first, second, ..] = v4.octets();
            let is_shared = first == 100 && second & 0xc0 == 64;
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || is_shared
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}
