//! Envelopes around messages after a login that protects what follows (RFC 4752, RFC 4121, [MS-NLMP]).

/// Bytes from which an envelope is known.
pub(super) const HEADER: usize = 17;

/// Bytes before and behind the messages in a signed envelope; none when it is sealed.
pub(super) fn frame(envelope: &[u8]) -> Option<(u64, u64)> {
    const BEFORE: u64 = 16;
    match envelope {
        // Kerberos (RFC 4121, section 4.2.6.2): flags, then sizes of the checksum and of the rotation.
        [5, 4, flags, 0xff, e0, e1, r0, r1, ..] => {
            const SEALED: u8 = 2;
            let checksum = u64::from(u16::from_be_bytes([*e0, *e1]));
            let rotation = u64::from(u16::from_be_bytes([*r0, *r1]));
            match rotation {
                _ if flags & SEALED != 0 => None,
                0 => Some((BEFORE, checksum)),
                _ if rotation == checksum => Some((BEFORE.saturating_add(checksum), 0)),
                _ => None,
            }
        }
        // NTLM: a signature of 16 bytes. Sealed bytes begin like a message once in 256 times.
        [1, 0, 0, 0, ..] => (envelope.get(16) == Some(&0x30)).then_some((BEFORE, 0)),
        _ => None,
    }
}
