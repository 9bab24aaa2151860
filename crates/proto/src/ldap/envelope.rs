//! Envelopes around messages after a login that protects what follows (RFC 4752, RFC 4121, [MS-NLMP]).

/// What a signed envelope contains; none when it is sealed.
pub(super) fn opened(envelope: &[u8]) -> Option<&[u8]> {
    match envelope {
        // Kerberos (RFC 4121, section 4.2.6.2): flags, then sizes of the checksum and of the rotation.
        [5, 4, flags, 0xff, e0, e1, r0, r1, ..] => {
            const SEALED: u8 = 2;
            if flags & SEALED != 0 {
                return None;
            }
            let checksum = usize::from(u16::from_be_bytes([*e0, *e1]));
            let rotation = usize::from(u16::from_be_bytes([*r0, *r1]));
            let inside = envelope.get(16..)?;
            if rotation == checksum {
                inside.get(checksum..)
            } else {
                inside
                    .get(..inside.len().checked_sub(checksum)?)
                    .filter(|_| rotation == 0)
            }
        }
        // NTLM: a signature of 16 bytes. Sealed bytes begin like a message once in 256 times.
        [1, 0, 0, 0, ..] => envelope
            .get(16..)
            .filter(|inside| inside.first() == Some(&0x30)),
        _ => None,
    }
}
