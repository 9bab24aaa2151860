//! What each side offers for the key exchange (RFC 4253, section 7.1), and HASSH over it.

use std::ops::Range;

use md5::{Digest, Md5};
use sha2::Sha256;

use crate::protocol::Side;
use crate::waiting::Cut;

const COOKIE: usize = 16;
/// Name-lists in the order of the message; two lists of languages follow.
const LISTS: usize = 8;

/// The name-lists of one side.
#[derive(Debug)]
pub(super) struct Offer {
    bytes: Vec<u8>,
    lists: [Range<u16>; LISTS],
}

impl Offer {
    /// Reads the message after its number.
    pub(super) fn read(message: &[u8]) -> Option<Self> {
        let mut cut = Cut(message);
        cut.take(COOKIE)?;
        let mut bytes = Vec::with_capacity(message.len());
        let mut lists = [const { 0..0 }; LISTS];
        for list in &mut lists {
            let length = cut.be32()?;
            let start = bytes.len() as u16;
            bytes.extend_from_slice(cut.take(length as usize)?);
            *list = start..bytes.len() as u16;
        }
        Some(Self { bytes, lists })
    }

    fn list(&self, number: usize) -> &[u8] {
        let range = self.lists.get(number).cloned().unwrap_or_default();
        let range = usize::from(range.start)..usize::from(range.end);
        self.bytes.get(range).unwrap_or_default()
    }

    pub(super) fn key_exchange(&self) -> &[u8] {
        self.list(0)
    }

    pub(super) fn host_key(&self) -> &[u8] {
        self.list(1)
    }

    pub(super) fn cipher_to_server(&self) -> &[u8] {
        self.list(2)
    }

    pub(super) fn mac_to_server(&self) -> &[u8] {
        self.list(4)
    }

    pub(super) fn compression_to_server(&self) -> &[u8] {
        self.list(6)
    }

    pub(super) fn compression_to_client(&self) -> &[u8] {
        self.list(7)
    }

    /// What HASSH is made of: key exchange, ciphers, MACs and compression in the side's own direction.
    pub(super) fn hassh_string(&self, side: Side) -> Vec<u8> {
        let lists = match side {
            Side::Client => [0, 2, 4, 6],
            Side::Server => [0, 3, 5, 7],
        };
        lists.map(|number| self.list(number)).join(&b';')
    }

    pub(super) fn held(&self) -> usize {
        self.bytes.capacity() + size_of::<Self>()
    }
}

/// MD5 in hexadecimal digits.
pub(super) fn fingerprint(text: &[u8]) -> String {
    let mut digits = Vec::with_capacity(32);
    for byte in Md5::digest(text) {
        wirewatch_records::format::hex(&mut digits, byte);
    }
    String::from_utf8(digits).unwrap_or_default()
}

/// A host key's fingerprint as OpenSSH shows it, from the answer it is the first member of.
pub(super) fn host_key(message: &[u8]) -> Option<String> {
    let mut cut = Cut(message);
    let length = cut.be32()?;
    let key = cut.take(length as usize)?;
    let mut text = b"SHA256:".to_vec();
    wirewatch_records::format::base64(&mut text, &Sha256::digest(key));
    while text.last() == Some(&b'=') {
        text.pop();
    }
    String::from_utf8(text).ok()
}
