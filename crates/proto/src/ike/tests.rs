//! IKE messages built by hand.

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed};
use serde_json::json;

fn payload(next: u8, body: &[u8]) -> Vec<u8> {
    let mut out = vec![next, 0, 0, body.len() as u8 + 4];
    out.extend_from_slice(body);
    out
}

fn message(version: u8, exchange: u8, flags: u8, first: u8, payloads: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![1, 2, 3, 4, 5, 6, 7, 8];
    out.extend([0, 0, 0, 0, 0, 0, 0, 9, first, version, exchange, flags]);
    out.extend([0, 0, 0, 0, 0, 0, 0, 0]);
    out.extend(payloads.concat());
    out
}

/// Triple DES, SHA-1, a shared key, group 2, for an hour.
fn proposal() -> Vec<u8> {
    let attributes = [
        0x80, 1, 0, 5, 0x80, 2, 0, 2, 0x80, 3, 0, 1, 0x80, 4, 0, 2, 0x80, 11, 0, 1, 0, 12, 0, 4, 0,
        0, 14, 16,
    ];
    let mut transform = vec![0, 0, 0, attributes.len() as u8 + 8, 1, 1, 0, 0];
    transform.extend(attributes);
    let mut out = vec![0, 0, 0, 1, 0, 0, 0, 1];
    out.extend([0, 0, 0, transform.len() as u8 + 8, 1, 1, 0, 1]);
    out.extend(transform);
    out
}

fn told(port: u16, pieces: &[(Side, &[u8])]) -> Collected {
    feed((IKE.new)(&facts("ike", Transport::Udp, port)), pieces)
}

#[test]
fn version_1_tells_what_was_chosen() {
    let answer = message(0x10, 2, 0, 1, &[payload(0, &proposal())]);
    let ike = &told(500, &[(Side::Server, &answer)]).records()[0]["ike"];
    assert_eq!(ike["init_spi"], "0102030405060708");
    assert_eq!(ike["resp_spi"], "0000000000000009");
    assert_eq!(ike["exchange_type_verbose"], "IdentityProtection");
    assert_eq!(ike["alg_enc"], "EncTripleDesCbc");
    assert_eq!(ike["alg_hash"], "HashSha");
    assert_eq!(ike["alg_auth"], "AuthPreSharedKey");
    assert_eq!(ike["alg_dh"], "GroupAlternate1024BitModpGroup");
    assert_eq!(ike["sa_life_duration"], 3600);
    assert_eq!(ike["payload"], json!(["SecurityAssociation"]));
}

#[test]
fn what_was_sent_in_the_open_is_kept_for_later_messages() {
    let request = message(0x10, 2, 0, 4, &[payload(10, b"\x01"), payload(0, b"\xab")]);
    let answer = message(0x10, 2, 0, 4, &[payload(10, b"\x02"), payload(0, b"\xcd")]);
    let collected = told(500, &[(Side::Client, &request), (Side::Server, &answer)]);
    let own = &collected.records()[1]["ike"]["ikev1"];
    assert_eq!(own["client"]["nonce_payload"], "ab");
    assert_eq!(own["server"]["nonce_payload"], "cd");
    assert_eq!(own["server"]["key_exchange_payload_length"], 1);
}

#[test]
fn version_2_tells_algorithms_and_notifications() {
    let transforms = [
        3, 0, 0, 12, 1, 0, 0, 12, 0x80, 14, 1, 0, 3, 0, 0, 8, 2, 0, 0, 5, 0, 0, 0, 8, 4, 0, 0, 14,
    ];
    let mut body = vec![0, 0, 0, transforms.len() as u8 + 8, 1, 1, 0, 3];
    body.extend(transforms);
    let payloads = [payload(41, &body), payload(0, &[0, 0, 0, 14])];
    let answer = message(0x20, 34, 0x20, 33, &payloads);
    let ike = &told(500, &[(Side::Server, &answer)]).records()[0]["ike"];
    assert_eq!(ike["alg_enc"], "ENCR_AES_CBC");
    assert_eq!(ike["alg_prf"], "PRF_HMAC_SHA2_256");
    assert_eq!(ike["alg_dh"], "Modp2048");
    assert_eq!(ike["sa_key_length"], 256);
    let own = json!({"errors": 1, "notify": ["NO_PROPOSAL_CHOSEN"]});
    assert_eq!(ike["ikev2"], own);
}

#[test]
fn encrypted_payloads_are_left_alone() {
    let encrypted = message(0x10, 5, 1, 8, &[vec![0xff; 20]]);
    let collected = told(500, &[(Side::Client, &encrypted)]);
    assert!(collected.anomalies().is_empty());
    let own = &collected.records()[0]["ike"]["ikev1"];
    assert_eq!(own["encrypted_payloads"], true);
}

#[test]
fn beside_encrypted_packets_messages_have_a_mark() {
    let inner = message(0x20, 37, 0, 46, &[payload(0, &[0; 8])]);
    let marked = [&[0; 4][..], &inner].concat();
    let pieces: [(Side, &[u8]); 3] = [
        (Side::Client, &marked),
        (Side::Client, &[9; 60]),
        (Side::Client, &[0xff]),
    ];
    assert_eq!(told(4500, &pieces).records().len(), 1);
}

#[test]
fn a_message_that_ends_early_is_malformed_at_every_length() {
    let whole = message(
        0x10,
        2,
        0,
        1,
        &[payload(13, &proposal()), payload(0, b"mark")],
    );
    for length in HEADER_LENGTH..whole.len() {
        let collected = told(500, &[(Side::Client, &whole[..length])]);
        assert_eq!(collected.anomalies(), ["ike.malformed_data"], "{length}");
    }
}

const HEADER_LENGTH: usize = 28;

#[test]
fn rules_ask_each_side_for_its_own_number() {
    let sides = [INIT_SPI, RESP_SPI, VENDOR].map(|buffer| IKE.buffers[buffer].side);
    assert_eq!(
        sides,
        [Some(Side::Client), Some(Side::Server), Some(Side::Client)]
    );
}

/// A proposal of version 2 for a protocol, with transforms of these kinds and numbers.
fn offer(protocol: u8, transforms: &[(u8, u8)]) -> Vec<u8> {
    let count = transforms.len() as u8;
    let mut out = vec![0, 0, 0, count * 8 + 8, 1, protocol, 0, count];
    for (kind, number) in transforms {
        out.extend([0, 0, 0, 8, *kind, 0, 0, *number]);
    }
    out
}

/// The codes that a server's agreement gives, in version 2.
fn answered(proposals: &[u8]) -> Vec<String> {
    let answer = message(0x20, 34, 0x20, 33, &[payload(0, proposals)]);
    let told = told(500, &[(Side::Server, &answer)]);
    told.anomalies().into_iter().map(str::to_owned).collect()
}

/// AES in CBC, SHA-256 twice, and a curve.
const STRONG: [(u8, u8); 4] = [(1, 12), (2, 5), (3, 12), (4, 19)];

/// The same with one transform changed.
fn with(kind: u8, number: u8) -> Vec<String> {
    let changed = STRONG.map(|(known, usual)| (known, if known == kind { number } else { usual }));
    answered(&offer(1, &changed))
}

const NOTHING: [&str; 0] = [];

#[test]
fn weak_choices_are_told() {
    assert_eq!(answered(&offer(1, &STRONG)), NOTHING);
    assert_eq!(with(1, 3), ["ike.weak_crypto_enc"]);
    assert_eq!(with(1, 11), ["ike.weak_crypto_enc"]);
    assert_eq!(with(2, 1), ["ike.weak_crypto_prf"]);
    assert_eq!(with(3, 1), ["ike.weak_crypto_auth"]);
    assert_eq!(with(4, 2), ["ike.weak_crypto_dh"]);
    assert_eq!(with(4, 0), ["ike.weak_crypto_nodh"]);
    assert_eq!(with(3, 0), ["ike.weak_crypto_noauth"]);
    // GCM authenticates by itself.
    assert_eq!(answered(&offer(1, &[(1, 20), (2, 5), (4, 19)])), NOTHING);
    assert_eq!(answered(&offer(1, &STRONG[..3])), ["ike.weak_crypto_nodh"]);
    assert_eq!(
        answered(&offer(2, &[(3, 12), (5, 0)])),
        ["ike.no_encryption"]
    );
}

#[test]
fn what_is_only_offered_is_not_weak() {
    let request = message(0x20, 34, 8, 33, &[payload(0, &offer(1, &[(1, 2), (4, 1)]))]);
    assert_eq!(told(500, &[(Side::Client, &request)]).anomalies(), NOTHING);
}

#[test]
fn weak_choices_of_version_1_are_told() {
    let of = |place: usize, value: u8| {
        let mut proposal = proposal();
        // AES and a group of 2,048 bits instead of what is weak.
        for (at, value) in [(27, 7), (39, 14), (place, value)] {
            proposal[at] = value;
        }
        let answer = message(0x10, 2, 0, 1, &[payload(0, &proposal)]);
        let told = told(500, &[(Side::Server, &answer)]);
        told.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(31, 2), NOTHING);
    assert_eq!(of(27, 5), ["ike.weak_crypto_enc"]);
    assert_eq!(of(31, 1), ["ike.weak_crypto_prf"]);
    assert_eq!(of(39, 2), ["ike.weak_crypto_dh"]);
    assert_eq!(of(27, 99), ["ike.unknown_proposal"]);
}

#[test]
fn a_server_chooses_one_proposal() {
    let one = offer(1, &STRONG);
    let two = [one.clone(), one].concat();
    assert_eq!(answered(&two), ["ike.multiple_server_proposal"]);
    let request = message(0x20, 34, 8, 33, &[payload(0, &two)]);
    assert_eq!(told(500, &[(Side::Client, &request)]).anomalies(), NOTHING);
    let odd = message(0x20, 34, 0x28, 33, &[payload(0, &two)]);
    assert_eq!(told(500, &[(Side::Client, &odd)]).anomalies(), NOTHING);
}

#[test]
fn algorithms_that_nobody_assigned_are_told() {
    assert_eq!(with(1, 200), ["ike.unknown_proposal"]);
    let mut private = offer(1, &STRONG);
    // 1,024 and more are for private use.
    private[14] = 4;
    assert_eq!(answered(&private), NOTHING);
}

#[test]
fn proposals_that_do_not_fit_are_told() {
    let mut cut = offer(1, &STRONG);
    cut[7] = 9;
    assert_eq!(
        answered(&cut),
        ["ike.malformed_data", "ike.invalid_proposal"]
    );
    let mut long = offer(1, &STRONG);
    long[7] = 3;
    assert_eq!(answered(&long), ["ike.invalid_proposal"]);
}

#[test]
fn bytes_behind_the_last_payload_are_told() {
    let mut long = message(0x20, 34, 0x20, 33, &[payload(0, &offer(1, &STRONG))]);
    assert_eq!(told(500, &[(Side::Server, &long)]).anomalies(), NOTHING);
    long.push(0);
    assert_eq!(
        told(500, &[(Side::Server, &long)]).anomalies(),
        ["ike.payload_extra_data"]
    );
    let many = |count: usize| {
        let mut all = vec![payload(43, b"mark"); count];
        all.push(payload(0, b"mark"));
        let answer = message(0x20, 34, 0x20, 43, &all);
        told(500, &[(Side::Server, &answer)]).anomalies().len()
    };
    assert_eq!((many(62), many(63), many(64)), (0, 0, 1));
}
