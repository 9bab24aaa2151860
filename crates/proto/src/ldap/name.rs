//! Names of LDAP's numbers.

use super::operation::Facets;

/// An operation's name in records.
pub(super) fn operation(number: u8) -> &'static str {
    match number {
        0 => "bind_request",
        1 => "bind_response",
        2 => "unbind_request",
        3 => "search_request",
        4 => "search_result_entry",
        5 => "search_result_done",
        6 => "modify_request",
        7 => "modify_response",
        8 => "add_request",
        9 => "add_response",
        10 => "del_request",
        11 => "del_response",
        12 => "mod_dn_request",
        13 => "mod_dn_response",
        14 => "compare_request",
        15 => "compare_response",
        16 => "abandon_request",
        19 => "search_result_reference",
        23 => "extended_request",
        24 => "extended_response",
        25 => "intermediate_response",
        _ => "unknown",
    }
}

/// An operation's name in Zeek's log.
pub(super) fn zeek_operation(number: u8, facets: &Facets) -> &'static str {
    match number {
        0 if facets.password => "bind simple",
        0 if facets.argument.is_empty() => "bind simple",
        0 => "bind SASL",
        2 => "unbind",
        6 => "modify",
        8 => "add",
        10 => "delete",
        12 => "modify DN",
        14 => "compare",
        16 => "abandon",
        23 => "extended",
        _ => "unknown",
    }
}

/// What an operation is about; extensions by number and name.
pub(super) fn zeek_object(number: u8, facets: &Facets) -> Vec<u8> {
    const EXTENSIONS: &[(&[u8], &str)] = &[
        (b"1.3.6.1.4.1.1466.20037", "StartTLS"),
        (b"1.3.6.1.4.1.4203.1.11.1", "passwdModify"),
        (b"1.3.6.1.4.1.4203.1.11.3", "whoami"),
        (b"1.3.6.1.1.8", "cancel"),
    ];
    let known = EXTENSIONS
        .iter()
        .find(|(known, _)| number == 23 && **known == *facets.object);
    match known {
        Some((number, name)) => [number, &b" ("[..], name.as_bytes(), b")"].concat(),
        None => facets.object.to_vec(),
    }
}

/// A result's name, with spaces.
pub(super) fn result(code: i64) -> &'static str {
    let known = RESULTS
        .iter()
        .find(|(number, _)| i64::from(*number) == code);
    known.map_or("unknown", |(_, name)| name)
}

const RESULTS: &[(u8, &str)] = &[
    (0, "success"),
    (1, "operations error"),
    (2, "protocol error"),
    (3, "time limit exceeded"),
    (4, "size limit exceeded"),
    (5, "compare false"),
    (6, "compare true"),
    (7, "auth method not supported"),
    (8, "stronger auth required"),
    (9, "partial results"),
    (10, "referral"),
    (11, "admin limit exceeded"),
    (12, "unavailable critical extension"),
    (13, "confidentiality required"),
    (14, "SASL bind in progress"),
    (16, "no such attribute"),
    (17, "undefined attribute type"),
    (18, "inappropriate matching"),
    (19, "constraint violation"),
    (20, "attribute or value exists"),
    (21, "invalid attribute syntax"),
    (32, "no such object"),
    (33, "alias problem"),
    (34, "invalid dn syntax"),
    (36, "alias dereferencing problem"),
    (48, "inappropriate authentication"),
    (49, "invalid credentials"),
    (50, "insufficient access rights"),
    (51, "busy"),
    (52, "unavailable"),
    (53, "unwilling to perform"),
    (54, "loop detect"),
    (64, "naming violation"),
    (65, "object class violation"),
    (66, "not allowed on non leaf"),
    (67, "not allowed on rdn"),
    (68, "entry already exists"),
    (69, "object class mods prohibited"),
    (71, "affects multiple dsas"),
    (80, "other"),
];
