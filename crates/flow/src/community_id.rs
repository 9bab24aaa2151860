//! Community ID v1: a flow identifier that other tools compute alike.
//!
//! SHA-1 over the seed, both ends and the protocol, the lower end first.
//! <https://github.com/corelight/community-id-spec>

use sha1::{Digest, Sha1};

use crate::key::{End, Key};
use crate::protocol;

/// `1:` and 20 bytes in base64.
const LENGTH: usize = 30;
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// A community id as text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommunityId([u8; LENGTH]);

impl CommunityId {
    /// The id of a flow's key; 0 is the usual seed.
    pub fn of(key: &Key, seed: u16) -> Self {
        let mut hash = Sha1::new();
        hash.update(seed.to_be_bytes());
        let ends = [key.low(), key.high()];
        for end in ends {
            update_address(&mut hash, end, key.version());
        }
        hash.update([key.protocol(), 0]);
        if has_ports(key) {
            for end in ends {
                hash.update(end.port.to_be_bytes());
            }
        }
        Self(text(&hash.finalize().into()))
    }

    /// The text, such as `1:LQU9qZlK+B5F3KDmev6m5PMibrg=`.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn update_address(hash: &mut Sha1, end: End, version: u8) {
    if version == 4 {
        hash.update((end.address as u32).to_be_bytes());
    } else {
        hash.update(end.address.to_be_bytes());
    }
}

/// The protocols whose ports (or ICMP types) the specification includes.
fn has_ports(key: &Key) -> bool {
    matches!(
        key.protocol(),
        protocol::TCP | protocol::UDP | protocol::SCTP
    ) || protocol::is_icmp(key.protocol(), key.version())
}

/// Base64 (RFC 4648, section 4) with the version before it.
fn text(digest: &[u8; 20]) -> [u8; LENGTH] {
    let mut text = [b'='; LENGTH];
    let (version, encoded) = text.split_at_mut(2);
    version.copy_from_slice(b"1:");
    for (bytes, letters) in digest.chunks(3).zip(encoded.chunks_exact_mut(4)) {
        let word = bytes
            .iter()
            .fold(0, |word, byte| word << 8 | u32::from(*byte))
            << (8 * (3 - bytes.len()));
        // Of n bytes, n + 1 letters; the rest stays padding.
        for (place, letter) in letters.iter_mut().take(bytes.len() + 1).enumerate() {
            let code = word >> (18 - 6 * place) & 63;
            *letter = ALPHABET.get(code as usize).copied().unwrap_or_default();
        }
    }
    text
}

#[cfg(test)]
mod tests;
