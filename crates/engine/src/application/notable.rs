//! What a run's summary tells beside the traffic: passwords that anybody could read, certificates
//! that end soon.

use std::net::IpAddr;

use foldhash::fast::RandomState;
use hashbrown::HashMap;
use serde_json::{Value, json};

/// Services with readable passwords that are listed, and certificates; far more than anybody reads.
const MAX_ENTRIES: usize = 1_024;
/// Bytes of a name that are shown.
const MAX_NAME: usize = 255;
/// A certificate is told about when it ends within this time after the latest packet.
const SOON_S: i64 = 30 * 86_400;

/// What is worth telling.
#[derive(Debug, Default)]
pub(crate) struct Notable {
    logins: HashMap<(IpAddr, u16, &'static str), Logins, RandomState>,
    /// When each ends, seconds since 1970, by who showed it and its subject.
    certificates: HashMap<(IpAddr, Box<str>), i64, RandomState>,
}

#[derive(Debug)]
struct Logins {
    count: u64,
    /// One of the users.
    user: Box<str>,
}

impl Notable {
    /// Somebody's password was readable.
    pub(crate) fn password(
        &mut self,
        server: IpAddr,
        port: u16,
        protocol: &'static str,
        user: &[u8],
    ) {
        let key = (server, port, protocol);
        if self.logins.len() >= MAX_ENTRIES && !self.logins.contains_key(&key) {
            return;
        }
        let logins = self.logins.entry(key).or_insert_with(|| Logins {
            count: 0,
            user: shown(user),
        });
        logins.count += 1;
    }

    /// A server showed a certificate.
    pub(crate) fn certificate(&mut self, server: IpAddr, subject: &[u8], not_after: i64) {
        let key = (server, shown(subject));
        if self.certificates.len() >= MAX_ENTRIES && !self.certificates.contains_key(&key) {
            // Those that end soon are wanted.
            let last = self.certificates.iter().max_by_key(|(_, ends)| **ends);
            let Some((last, _)) = last.filter(|(_, ends)| **ends > not_after) else {
                return;
            };
            let last = last.clone();
            self.certificates.remove(&last);
        }
        self.certificates.insert(key, not_after);
    }

    /// All of it; `now_s` is the time of the latest packet.
    pub(crate) fn shape(&self, now_s: i64) -> Value {
        let mut logins: Vec<_> = self.logins.iter().collect();
        logins.sort_by_key(|(key, _)| **key);
        let passwords = logins.iter().map(|((server, port, protocol), logins)| {
            json!({"server": server, "port": port, "protocol": protocol,
                "count": logins.count, "user": logins.user})
        });
        let mut ending: Vec<_> = self
            .certificates
            .iter()
            .filter(|(_, ends)| **ends < now_s.saturating_add(SOON_S))
            .collect();
        ending.sort_by_key(|((server, subject), ends)| (**ends, subject.clone(), *server));
        let certificates = ending.iter().map(|((server, subject), ends)| {
            json!({"subject": subject, "server": server,
                "days": (**ends - now_s).div_euclid(86_400)})
        });
        json!({
            "plain_passwords": passwords.collect::<Vec<_>>(),
            "certificates": certificates.collect::<Vec<_>>(),
        })
    }
}

fn shown(bytes: &[u8]) -> Box<str> {
    String::from_utf8_lossy(bytes.get(..MAX_NAME).unwrap_or(bytes)).into()
}

#[cfg(test)]
mod tests;
