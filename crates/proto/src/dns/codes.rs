//! Names of the numbers in DNS messages (IANA's registry of domain name system parameters).

use std::borrow::Cow;

/// Types of records with their names.
const TYPES: &[(u16, &str)] = &[
    (1, "A"),
    (2, "NS"),
    (3, "MD"),
    (4, "MF"),
    (5, "CNAME"),
    (6, "SOA"),
    (7, "MB"),
    (8, "MG"),
    (9, "MR"),
    (10, "NULL"),
    (11, "WKS"),
    (12, "PTR"),
    (13, "HINFO"),
    (14, "MINFO"),
    (15, "MX"),
    (16, "TXT"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (22, "NSAP"),
    (23, "NSAPPTR"),
    (24, "SIG"),
    (25, "KEY"),
    (26, "PX"),
    (27, "GPOS"),
    (28, "AAAA"),
    (29, "LOC"),
    (30, "NXT"),
    (33, "SRV"),
    (34, "ATMA"),
    (35, "NAPTR"),
    (36, "KX"),
    (37, "CERT"),
    (38, "A6"),
    (39, "DNAME"),
    (41, "OPT"),
    (42, "APL"),
    (43, "DS"),
    (44, "SSHFP"),
    (45, "IPSECKEY"),
    (46, "RRSIG"),
    (47, "NSEC"),
    (48, "DNSKEY"),
    (49, "DHCID"),
    (50, "NSEC3"),
    (51, "NSEC3PARAM"),
    (52, "TLSA"),
    (53, "SMIMEA"),
    (55, "HIP"),
    (59, "CDS"),
    (60, "CDNSKEY"),
    (61, "OPENPGPKEY"),
    (62, "CSYNC"),
    (63, "ZONEMD"),
    (64, "SVCB"),
    (65, "HTTPS"),
    (99, "SPF"),
    (103, "UNSPEC"),
    (249, "TKEY"),
    (250, "TSIG"),
    (251, "IXFR"),
    (252, "AXFR"),
    (253, "MAILB"),
    (254, "MAILA"),
    (255, "ANY"),
    (256, "URI"),
    (257, "CAA"),
];

/// The name of a type.
pub(super) fn type_name(number: u16) -> Option<&'static str> {
    let index = TYPES.binary_search_by_key(&number, |known| known.0).ok()?;
    TYPES.get(index).map(|known| known.1)
}

/// The name of a type as EVE has it: its number when it has no name.
pub(super) fn type_text(number: u16) -> Cow<'static, str> {
    type_name(number).map_or_else(|| number.to_string().into(), Cow::Borrowed)
}

/// The name of a type as Zeek has it.
pub(super) fn zeek_type(number: u16) -> Cow<'static, str> {
    match number {
        255 => "*".into(),
        _ => type_name(number).map_or_else(|| format!("query-{number}").into(), Cow::Borrowed),
    }
}

/// The name of a response code: RFC 6895, section 2.3.
pub(super) fn rcode_name(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        16 => "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        22 => "BADTRUNC",
        _ => return None,
    })
}

/// The name of a response code, or its number.
pub(super) fn rcode_text(code: u16) -> Cow<'static, str> {
    rcode_name(code).map_or_else(|| code.to_string().into(), Cow::Borrowed)
}

/// The name of a response code as Zeek has it.
pub(super) fn zeek_rcode(code: u16) -> Cow<'static, str> {
    rcode_name(code).map_or_else(|| format!("rcode-{code}").into(), Cow::Borrowed)
}

/// The name of a class as Zeek has it.
pub(super) fn zeek_class(class: u16) -> Cow<'static, str> {
    match class {
        1 => "C_INTERNET".into(),
        2 => "C_CSNET".into(),
        3 => "C_CHAOS".into(),
        4 => "C_HESIOD".into(),
        254 => "C_NONE".into(),
        255 => "C_ANY".into(),
        _ => format!("qclass-{class}").into(),
    }
}

/// The name of a kind of message as Zeek has it.
pub(super) fn zeek_opcode(opcode: u8) -> &'static str {
    match opcode {
        0 => "query",
        1 => "iquery",
        2 => "server-status",
        4 => "notify",
        5 => "dynamic-update",
        6 => "dso",
        _ => "unknown",
    }
}
