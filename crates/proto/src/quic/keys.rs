//! Keys of QUIC's Initial packets (RFC 9001, section 5; RFC 9369, section 3.3).
//!
//! They follow from what anybody can read: the version and the identifier to which the client sends
//! its first packet.

use aes::Aes128;
use aes::cipher::{Array, BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::AeadInOut;
use hkdf::Hkdf;
use sha2::Sha256;

use super::header::{Initial, Version};
use crate::protocol::Side;

/// Bytes of the tag at a packet's end.
const TAG: usize = 16;

/// A side's keys.
struct SideKeys {
    packet: Aes128Gcm,
    header: Aes128,
    iv: [u8; 12],
}

/// The keys of both sides' Initial packets.
pub(super) struct Keys {
    client: SideKeys,
    server: SideKeys,
}

/// The salt of a version, and whether its labels are version 2's.
fn salt(version: Version) -> Option<(&'static [u8; 20], bool)> {
    Some(match version.0 {
        1 | 0xff00_0021..=0xff00_0040 => (
            &[
                0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17, 0x9a, 0xe6, 0xa4, 0xc8,
                0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a,
            ],
            false,
        ),
        0x6b33_43cf => (
            &[
                0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93, 0x81, 0xbe, 0x6e, 0x26,
                0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9,
            ],
            true,
        ),
        // Drafts, by the number of the draft that brought the salt.
        0xff00_001d..=0xff00_0020 => (
            &[
                0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97, 0x86, 0xf1, 0x9c, 0x61,
                0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99,
            ],
            false,
        ),
        0xff00_0017..=0xff00_001c | 0xface_b002 => (
            &[
                0xc3, 0xee, 0xf7, 0x12, 0xc7, 0x2e, 0xbb, 0x5a, 0x11, 0xa7, 0xd2, 0x43, 0x2b, 0xb4,
                0x63, 0x65, 0xbe, 0xf9, 0xf5, 0x02,
            ],
            false,
        ),
        0xff00_0015..=0xff00_0016 | 0xface_b001 => (
            &[
                0x7f, 0xbc, 0xdb, 0x0e, 0x7c, 0x66, 0xbb, 0xe9, 0x19, 0x3a, 0x96, 0xcd, 0x21, 0x51,
                0x9e, 0xbd, 0x7a, 0x02, 0x64, 0x4a,
            ],
            false,
        ),
        // Google's last versions.
        0x5130_3530 => (
            &[
                0x50, 0x45, 0x74, 0xef, 0xd0, 0x66, 0xfe, 0x2f, 0x9d, 0x94, 0x5c, 0xfc, 0xdb, 0xd3,
                0xa7, 0xf0, 0xd3, 0xb5, 0x6b, 0x45,
            ],
            false,
        ),
        0x5430_3530 => (
            &[
                0x7f, 0xf5, 0x79, 0xe5, 0xac, 0xd0, 0x72, 0x91, 0x55, 0x80, 0x30, 0x4c, 0x43, 0xa2,
                0x36, 0x7c, 0x60, 0x48, 0x83, 0x10,
            ],
            false,
        ),
        0x5430_3531 => (
            &[
                0x7a, 0x4e, 0xde, 0xf4, 0xe7, 0xcc, 0xee, 0x5f, 0xa4, 0x50, 0x6c, 0x19, 0x12, 0x4f,
                0xc8, 0xcc, 0xda, 0x6e, 0x03, 0x3d,
            ],
            false,
        ),
        _ => return None,
    })
}

impl Keys {
    /// The keys for the identifier to which the client's first packet goes.
    pub(super) fn new(version: Version, destination: &[u8]) -> Option<Self> {
        let (salt, is_second) = salt(version)?;
        let (_, initial) = Hkdf::<Sha256>::extract(Some(salt), destination);
        Some(Self {
            client: SideKeys::new(&initial, b"client in", is_second)?,
            server: SideKeys::new(&initial, b"server in", is_second)?,
        })
    }

    /// Takes the protection off a packet. Its frames are written to `plain`; false when it is not
    /// protected with these keys.
    pub(super) fn open(&self, side: Side, packet: &Initial<'_>, plain: &mut Vec<u8>) -> bool {
        let keys = match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        keys.open(packet, plain).is_some()
    }
}

impl SideKeys {
    fn new(initial: &Hkdf<Sha256>, label: &[u8], is_second: bool) -> Option<Self> {
        let mut secret = [0; 32];
        expand(initial, label, &mut secret)?;
        let secret = Hkdf::<Sha256>::from_prk(&secret).ok()?;
        let labels: [&[u8]; 3] = if is_second {
            [b"quicv2 key", b"quicv2 iv", b"quicv2 hp"]
        } else {
            [b"quic key", b"quic iv", b"quic hp"]
        };
        let [key_label, iv_label, header_label] = labels;
        let (mut key, mut iv, mut header) = ([0; 16], [0; 12], [0; 16]);
        expand(&secret, key_label, &mut key)?;
        expand(&secret, iv_label, &mut iv)?;
        expand(&secret, header_label, &mut header)?;
        Some(Self {
            packet: Aes128Gcm::new(&Array(key)),
            header: Aes128::new(&Array(header)),
            iv,
        })
    }

    fn open(&self, packet: &Initial<'_>, plain: &mut Vec<u8>) -> Option<()> {
        // The sample begins where the packet number would end if it had four bytes.
        let sample = packet.protected.get(4..20)?;
        let mut mask: Array<u8, _> = Array::try_from(sample).ok()?;
        self.header.encrypt_block(&mut mask);
        let [first_mask, number_mask @ ..] = mask.0;
        let (first, header) = packet.header.split_first()?;
        let first = first ^ first_mask & 0x0f;
        let number_length = usize::from(first & 3) + 1;
        let (masked, rest) = packet.protected.split_at_checked(number_length)?;

        let mut associated = Vec::with_capacity(packet.header.len() + 4);
        associated.push(first);
        associated.extend_from_slice(header);
        let mut nonce = self.iv;
        let mut number: u32 = 0;
        for (byte, mask) in masked.iter().zip(number_mask) {
            let byte = byte ^ mask;
            associated.push(byte);
            number = number << 8 | u32::from(byte);
        }
        for (to, from) in nonce.iter_mut().rev().zip(number.to_le_bytes()) {
            *to ^= from;
        }
        let (body, tag) = rest.split_at_checked(rest.len().checked_sub(TAG)?)?;
        plain.clear();
        plain.extend_from_slice(body);
        let tag = Array::try_from(tag).ok()?;
        self.packet
            .decrypt_inout_detached(
                &Array(nonce),
                &associated,
                plain.as_mut_slice().into(),
                &tag,
            )
            .ok()
    }
}

/// HKDF-Expand-Label (RFC 8446, section 7.1) without a context.
fn expand(secret: &Hkdf<Sha256>, label: &[u8], out: &mut [u8]) -> Option<()> {
    let length = (out.len() as u16).to_be_bytes();
    let label_length = [(label.len() + 6) as u8];
    let info: [&[u8]; 5] = [&length, &label_length, b"tls13 ", label, &[0]];
    secret.expand_multi_info(&info, out).ok()
}

#[cfg(test)]
impl Keys {
    /// An Initial packet of this side, protected; the opposite of [`Keys::open`].
    pub(super) fn seal(&self, side: Side, first: u8, head: &[u8], frames: &[u8]) -> Vec<u8> {
        let keys = match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        };
        let length = (frames.len() + 1 + TAG) as u16 | 0x4000;
        let mut packet = [&[first], head, &[0], &length.to_be_bytes(), &[2]].concat();
        let mut nonce = keys.iv;
        if let Some(last) = nonce.last_mut() {
            *last ^= 2;
        }
        let mut body = frames.to_vec();
        let tag = keys
            .packet
            .encrypt_inout_detached(&Array(nonce), &packet, body.as_mut_slice().into())
            .unwrap_or_default();
        let number_at = packet.len() - 1;
        packet.extend(body);
        packet.extend_from_slice(&tag);
        let sample = packet
            .get(number_at + 4..number_at + 20)
            .unwrap_or(&[0; 16]);
        let mut mask: Array<u8, _> = Array::try_from(sample).unwrap_or_default();
        keys.header.encrypt_block(&mut mask);
        let [first_mask, number_mask, ..] = mask.0;
        if let Some(byte) = packet.first_mut() {
            *byte ^= first_mask & 0x0f;
        }
        if let Some(byte) = packet.get_mut(number_at) {
            *byte ^= number_mask;
        }
        packet
    }
}
