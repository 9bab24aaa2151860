//! What can be wrong with IKE, under the names that Suricata's rules use.

use crate::application::Event;
use crate::exchange::event;

pub(super) const MALFORMED: usize = 0;
pub(super) const WEAK_ENCRYPTION: usize = 1;
pub(super) const WEAK_PRF: usize = 2;
pub(super) const WEAK_AUTHENTICATION: usize = 3;
pub(super) const WEAK_GROUP: usize = 4;
pub(super) const NO_GROUP: usize = 5;
pub(super) const NO_AUTHENTICATION: usize = 6;
pub(super) const NO_ENCRYPTION: usize = 7;
pub(super) const SEVERAL_ANSWERS: usize = 8;
pub(super) const UNKNOWN_PROPOSAL: usize = 9;
pub(super) const INVALID_PROPOSAL: usize = 10;
pub(super) const EXTRA_DATA: usize = 11;

/// All of them, by their numbers.
pub(super) static ALL: &[Event] = &[
    event(
        "ike.malformed_data",
        "The parts of an IKE message do not fit into it.",
    ),
    event(
        "ike.weak_crypto_enc",
        "A server chose an encryption with blocks of 64 bits, or none.",
    ),
    event(
        "ike.weak_crypto_prf",
        "A server chose MD5 or Tiger to derive keys with.",
    ),
    event(
        "ike.weak_crypto_auth",
        "A server chose MD5, DES or KPDK to authenticate messages with.",
    ),
    event(
        "ike.weak_crypto_dh",
        "A server chose a group of at most 1,536 bits, or one with small subgroups.",
    ),
    event(
        "ike.weak_crypto_nodh",
        "A server agreed to make keys without exchanging any.",
    ),
    event(
        "ike.weak_crypto_noauth",
        "A server agreed to send messages without authenticating them.",
    ),
    event(
        "ike.no_encryption",
        "A server agreed to authenticate packets without encrypting them (AH).",
    ),
    event(
        "ike.multiple_server_proposal",
        "A server answers with several proposals, of which it has to choose one.",
    ),
    event(
        "ike.unknown_proposal",
        "A proposal holds an algorithm that nobody assigned.",
    ),
    event(
        "ike.invalid_proposal",
        "The parts of a proposal do not fit into it.",
    ),
    event(
        "ike.payload_extra_data",
        "Bytes follow the last part of an IKE message, or it has more parts than are read.",
    ),
];
