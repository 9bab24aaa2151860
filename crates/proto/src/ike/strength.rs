//! What is weak in what was chosen: RFC 8247, RFC 9395, and NIST SP 800-131A, revision 2.

use super::event;
use super::message::Chosen;
use super::proposals::{AH, OWN};

/// The events of what is weak or missing in an answer.
pub(super) fn weaknesses(major: u8, protocol: u8, chosen: &Chosen) -> Vec<usize> {
    let all = if major == 1 {
        first_version(chosen)
    } else {
        second_version(protocol, chosen)
    };
    let all = all
        .into_iter()
        .chain([(protocol == AH, event::NO_ENCRYPTION)]);
    all.filter_map(|(is, event)| is.then_some(event)).collect()
}

/// RFC 2409, appendix A.
fn first_version(chosen: &Chosen) -> Vec<(bool, usize)> {
    vec![
        // DES, IDEA, Blowfish, RC5, triple DES, CAST: blocks of 64 bits.
        (
            matches!(chosen.encryption, Some(1..=6)),
            event::WEAK_ENCRYPTION,
        ),
        // MD5 and Tiger.
        (matches!(chosen.hash, Some(1 | 3)), event::WEAK_PRF),
        (has_weak_group(chosen), event::WEAK_GROUP),
    ]
}

/// IANA's registry of version 2.
fn second_version(protocol: u8, chosen: &Chosen) -> Vec<(bool, usize)> {
    // CCM, GCM, and ChaCha20 with Poly1305 (RFC 7634).
    let authenticates = matches!(chosen.encryption, Some(14..=20 | 28));
    let is_missing = |value: Option<u16>| protocol == OWN && matches!(value, None | Some(0));
    vec![
        // DES, triple DES, RC5, IDEA, CAST, Blowfish, and none at all.
        (
            matches!(chosen.encryption, Some(1..=9 | 11)),
            event::WEAK_ENCRYPTION,
        ),
        // MD5 and Tiger.
        (matches!(chosen.prf, Some(1 | 3)), event::WEAK_PRF),
        // MD5, DES and KPDK-MD5.
        (
            matches!(chosen.authentication, Some(1 | 3 | 4 | 6)),
            event::WEAK_AUTHENTICATION,
        ),
        (has_weak_group(chosen), event::WEAK_GROUP),
        (is_missing(chosen.group), event::NO_GROUP),
        (
            is_missing(chosen.authentication) && !authenticates,
            event::NO_AUTHENTICATION,
        ),
    ]
}

/// Groups of at most 1,536 bits, those over fields of 155 and 185 bits, and those with small subgroups.
fn has_weak_group(chosen: &Chosen) -> bool {
    matches!(chosen.group, Some(1..=5 | 22..=24))
}
