//! Words that stand for numbers in integer keywords, by keyword.

use super::super::super::number::Comparison;
use super::super::super::problem::{Fault, nearest};
use super::super::super::syntax::Word;

type Words = &'static [(&'static str, u64)];

/// Words by keyword, in lower case.
const WORDS: &[(&str, Words)] = &[
    (
        "dns.opcode",
        &[
            ("query", 0),
            ("iquery", 1),
            ("status", 2),
            ("notify", 4),
            ("update", 5),
            ("dso", 6),
        ],
    ),
    (
        "dns.rcode",
        &[
            ("noerror", 0),
            ("formerr", 1),
            ("servfail", 2),
            ("nxdomain", 3),
            ("notimp", 4),
            ("refused", 5),
            ("yxdomain", 6),
            ("yxrrset", 7),
            ("nxrrset", 8),
            ("notauth", 9),
            ("notzone", 10),
            ("badvers", 16),
            ("badsig", 16),
            ("badkey", 17),
            ("badtime", 18),
            ("badmode", 19),
            ("badname", 20),
            ("badalg", 21),
            ("badtrunc", 22),
        ],
    ),
    ("dns.rrtype", RECORD_TYPES),
    ("dnp3_func", FUNCTIONS),
    ("nfs_procedure", PROCEDURES),
    (
        "enip.command",
        &[
            ("nop", 0x00),
            ("list_services", 0x04),
            ("list_identity", 0x63),
            ("list_interfaces", 0x64),
            ("register_session", 0x65),
            ("unregister_session", 0x66),
            ("send_rr_data", 0x6f),
            ("send_unit_data", 0x70),
            ("indicate_status", 0x72),
            ("cancel", 0x73),
        ],
    ),
    (
        "enip.status",
        &[
            ("success", 0x00),
            ("invalid_command", 0x01),
            ("no_resources", 0x02),
            ("incorrect_data", 0x03),
            ("invalid_session", 0x64),
            ("invalid_length", 0x65),
            ("unsupported_protocol_version", 0x69),
            ("encapsulated_header_not_allowed", 0x6a),
        ],
    ),
    (
        "tls.version",
        &[
            ("1.0", 0x0301),
            ("1.1", 0x0302),
            ("1.2", 0x0303),
            ("1.3", 0x0304),
        ],
    ),
    (
        "ssl_version",
        &[
            ("sslv2", 0x0200),
            ("sslv3", 0x0300),
            ("tls1.0", 0x0301),
            ("tls1.1", 0x0302),
            ("tls1.2", 0x0303),
            ("tls1.3", 0x0304),
        ],
    ),
    (
        "http2.frametype",
        &[
            ("data", 0),
            ("headers", 1),
            ("priority", 2),
            ("rst_stream", 3),
            ("rststream", 3),
            ("settings", 4),
            ("push_promise", 5),
            ("pushpromise", 5),
            ("ping", 6),
            ("goaway", 7),
            ("window_update", 8),
            ("windowupdate", 8),
            ("continuation", 9),
        ],
    ),
    (
        "http2.errorcode",
        &[
            ("no_error", 0),
            ("protocol_error", 1),
            ("internal_error", 2),
            ("flow_control_error", 3),
            ("settings_timeout", 4),
            ("stream_closed", 5),
            ("frame_size_error", 6),
            ("refused_stream", 7),
            ("cancel", 8),
            ("compression_error", 9),
            ("connect_error", 10),
            ("enhance_your_calm", 11),
            ("inadequate_security", 12),
            ("http_1_1_required", 13),
        ],
    ),
    (
        "mqtt.type",
        &[
            ("unassigned", 0),
            ("connect", 1),
            ("connack", 2),
            ("publish", 3),
            ("puback", 4),
            ("pubrec", 5),
            ("pubrel", 6),
            ("pubcomp", 7),
            ("subscribe", 8),
            ("suback", 9),
            ("unsubscribe", 10),
            ("unsuback", 11),
            ("pingreq", 12),
            ("pingresp", 13),
            ("disconnect", 14),
            ("auth", 15),
        ],
    ),
    ("mqtt.connack.session_present", YES_OR_NO),
    ("flow.elephant", YES_OR_NO),
    (
        "websocket.opcode",
        &[
            ("continuation", 0),
            ("text", 1),
            ("binary", 2),
            ("connection_close", 8),
            ("close", 8),
            ("ping", 9),
            ("pong", 10),
        ],
    ),
    (
        "rfb.secresult",
        &[("ok", 0), ("fail", 1), ("toomany", 2), ("unknown", 3)],
    ),
    (
        "snmp.pdu_type",
        &[
            ("get_request", 0),
            ("get_next_request", 1),
            ("response", 2),
            ("set_request", 3),
            ("trap_v1", 4),
            ("get_bulk_request", 5),
            ("inform_request", 6),
            ("trap_v2", 7),
            ("report", 8),
        ],
    ),
    ("ldap.request.operation", OPERATIONS),
    ("ldap.responses.operation", OPERATIONS),
    (
        "ldap.responses.result_code",
        &[
            ("success", 0),
            ("operations_error", 1),
            ("protocol_error", 2),
            ("time_limit_exceeded", 3),
            ("size_limit_exceeded", 4),
            ("compare_false", 5),
            ("compare_true", 6),
            ("auth_method_not_supported", 7),
            ("stronger_auth_required", 8),
            ("referral", 10),
            ("admin_limit_exceeded", 11),
            ("unavailable_critical_extension", 12),
            ("confidentiality_required", 13),
            ("sasl_bind_in_progress", 14),
            ("no_such_attribute", 16),
            ("undefined_attribute_type", 17),
            ("inappropriate_matching", 18),
            ("constraint_violation", 19),
            ("attribute_or_value_exists", 20),
            ("invalid_attribute_syntax", 21),
            ("no_such_object", 32),
            ("alias_problem", 33),
            ("invalid_dns_syntax", 34),
            ("is_leaf", 35),
            ("alias_dereferencing_problem", 36),
            ("inappropriate_authentication", 48),
            ("invalid_credentials", 49),
            ("insufficient_access_rights", 50),
            ("busy", 51),
            ("unavailable", 52),
            ("unwilling_to_perform", 53),
            ("loop_detect", 54),
            ("naming_violation", 64),
            ("object_class_violation", 65),
            ("not_allowed_on_non_leaf", 66),
            ("not_allowed_on_rdn", 67),
            ("entry_already_exists", 68),
            ("object_class_mods_prohibited", 69),
            ("affects_multiple_dsas", 71),
            ("other", 80),
        ],
    ),
    (
        "ntp.mode",
        &[
            ("reserved", 0),
            ("symmetric_active", 1),
            ("symmetric_passive", 2),
            ("client", 3),
            ("server", 4),
            ("broadcast", 5),
            ("control", 6),
            ("private", 7),
        ],
    ),
    ("ftp.mode", &[("active", 1), ("passive", 0)]),
    ("ftp.reply_received", YES_OR_NO),
    ("krb5.weak_encryption", YES_OR_NO),
];

const YES_OR_NO: Words = &[
    ("yes", 1),
    ("no", 0),
    ("true", 1),
    ("false", 0),
    ("on", 1),
    ("off", 0),
];

/// Record types of the IANA registry that are seen.
const RECORD_TYPES: Words = &[
    ("a", 1),
    ("ns", 2),
    ("md", 3),
    ("mf", 4),
    ("cname", 5),
    ("soa", 6),
    ("mb", 7),
    ("mg", 8),
    ("mr", 9),
    ("null", 10),
    ("wks", 11),
    ("ptr", 12),
    ("hinfo", 13),
    ("minfo", 14),
    ("mx", 15),
    ("txt", 16),
    ("rp", 17),
    ("afsdb", 18),
    ("sig", 24),
    ("key", 25),
    ("aaaa", 28),
    ("loc", 29),
    ("srv", 33),
    ("naptr", 35),
    ("cert", 37),
    ("dname", 39),
    ("opt", 41),
    ("ds", 43),
    ("sshfp", 44),
    ("rrsig", 46),
    ("nsec", 47),
    ("dnskey", 48),
    ("nsec3", 50),
    ("nsec3param", 51),
    ("tlsa", 52),
    ("svcb", 64),
    ("https", 65),
    ("spf", 99),
    ("tkey", 249),
    ("tsig", 250),
    ("any", 255),
    ("uri", 256),
    ("caa", 257),
];

/// Procedures of NFS 3 (RFC 1813, section 3).
const PROCEDURES: Words = &[
    ("null", 0),
    ("getattr", 1),
    ("setattr", 2),
    ("lookup", 3),
    ("access", 4),
    ("readlink", 5),
    ("read", 6),
    ("write", 7),
    ("create", 8),
    ("mkdir", 9),
    ("symlink", 10),
    ("mknod", 11),
    ("remove", 12),
    ("rmdir", 13),
    ("rename", 14),
    ("link", 15),
    ("readdir", 16),
    ("readdirplus", 17),
    ("fsstat", 18),
    ("fsinfo", 19),
    ("pathconf", 20),
    ("commit", 21),
];

/// DNP3's functions (IEEE 1815, section 4.4).
const FUNCTIONS: Words = &[
    ("confirm", 0),
    ("read", 1),
    ("write", 2),
    ("select", 3),
    ("operate", 4),
    ("direct_operate", 5),
    ("direct_operate_nr", 6),
    ("immed_freeze", 7),
    ("immed_freeze_nr", 8),
    ("freeze_clear", 9),
    ("freeze_clear_nr", 10),
    ("freeze_at_time", 11),
    ("freeze_at_time_nr", 12),
    ("cold_restart", 13),
    ("warm_restart", 14),
    ("initialize_data", 15),
    ("initialize_appl", 16),
    ("start_appl", 17),
    ("stop_appl", 18),
    ("save_config", 19),
    ("enable_unsolicited", 20),
    ("disable_unsolicited", 21),
    ("assign_class", 22),
    ("delay_measure", 23),
    ("record_current_time", 24),
    ("open_file", 25),
    ("close_file", 26),
    ("delete_file", 27),
    ("get_file_info", 28),
    ("authenticate_file", 29),
    ("abort_file", 30),
    ("activate_config", 31),
    ("authenticate_req", 32),
    ("authenticate_err", 33),
    ("response", 129),
    ("unsolicited_response", 130),
    ("authenticate_resp", 131),
];

/// LDAP operations by their application tags (RFC 4511, appendix B).
const OPERATIONS: Words = &[
    ("bind_request", 0),
    ("bind_response", 1),
    ("unbind_request", 2),
    ("search_request", 3),
    ("search_result_entry", 4),
    ("search_result_done", 5),
    ("modify_request", 6),
    ("modify_response", 7),
    ("add_request", 8),
    ("add_response", 9),
    ("del_request", 10),
    ("del_response", 11),
    ("mod_dn_request", 12),
    ("mod_dn_response", 13),
    ("compare_request", 14),
    ("compare_response", 15),
    ("abandon_request", 16),
    ("search_result_reference", 19),
    ("extended_request", 23),
    ("extended_response", 24),
    ("intermediate_response", 25),
];

/// Names of bits by keyword: `fin,!comp` asks for one bit and against another.
const FLAGS: &[(&str, Words)] = &[
    ("websocket.flags", &[("fin", 0x80), ("comp", 0x40)]),
    ("mqtt.flags", &[("dup", 0x08), ("retain", 0x01)]),
    (
        "mqtt.connect.flags",
        &[
            ("username", 0x80),
            ("password", 0x40),
            ("will_retain", 0x20),
            ("will", 0x04),
            ("clean_session", 0x02),
        ],
    ),
    (
        "dnp3_ind",
        &[
            ("all_stations", 0x0100),
            ("class_1_events", 0x0200),
            ("class_2_events", 0x0400),
            ("class_3_events", 0x0800),
            ("need_time", 0x1000),
            ("local_control", 0x2000),
            ("device_trouble", 0x4000),
            ("device_restart", 0x8000),
            ("no_func_code_support", 0x0001),
            ("object_unknown", 0x0002),
            ("parameter_error", 0x0004),
            ("event_buffer_overflow", 0x0008),
            ("already_executing", 0x0010),
            ("config_corrupt", 0x0020),
            ("reserved_1", 0x0040),
            ("reserved_2", 0x0080),
        ],
    ),
];

/// Whether commas separate alternatives.
pub(super) fn is_list(name: &str) -> bool {
    name == "dcerpc.opnum"
}

/// The number that a word stands for.
pub(super) fn named(keyword: &str, word: &str) -> Option<u64> {
    let (_, words) = WORDS.iter().find(|(known, _)| *known == keyword)?;
    let lower = word.to_ascii_lowercase();
    let found = words.iter().find(|(name, _)| *name == lower)?;
    Some(found.1)
}

/// Numbers that are there or not: their keyword takes no value.
pub(super) fn is_flag(keyword: &str) -> bool {
    matches!(
        keyword,
        "ftpbounce" | "krb5.weak_encryption" | "tls_cert_expired" | "tls_cert_valid"
    )
}

/// The settings of HTTP/2 (RFC 9113, section 6.5.2).
const SETTINGS: Words = &[
    ("settings_header_table_size", 1),
    ("settings_enable_push", 2),
    ("settings_max_concurrent_streams", 3),
    ("settings_initial_window_size", 4),
    ("settings_max_frame_size", 5),
    ("settings_max_header_list_size", 6),
];

/// `NAME`, or `NAME` and a comparison of its value: parsers tell a setting's number above its 32 bits.
pub(super) fn setting(value: Word<'_>) -> Result<Comparison, Fault> {
    let value = value.trim();
    let is_name = |c: char| c.is_ascii_alphabetic() || c == '_';
    let rest = value.text.trim_start_matches(is_name);
    let name = value.text.strip_suffix(rest).unwrap_or_default();
    let test = Word {
        text: rest,
        at: value.at + name.len(),
    };
    let lower = name.to_ascii_lowercase();
    let Some((_, number)) = SETTINGS.iter().find(|(known, _)| *known == lower) else {
        return Err(Fault::error(value.at, "HTTP/2 has no such setting"));
    };
    let (none, end) = (number << 32, (number + 1) << 32);
    if rest.is_empty() {
        return Ok(Comparison::Between(none.saturating_sub(1), end));
    }
    Ok(match Comparison::parse(test, u32::MAX.into())? {
        Comparison::Equal(value) => Comparison::Equal(none | value),
        Comparison::Less(value) => Comparison::Between(none.saturating_sub(1), none | value),
        Comparison::AtMost(value) => {
            Comparison::Between(none.saturating_sub(1), (none | value) + 1)
        }
        Comparison::Greater(value) => Comparison::Between(none | value, end),
        Comparison::AtLeast(value) => Comparison::Between((none | value).saturating_sub(1), end),
        Comparison::Between(low, high) => Comparison::Between(none | low, none | high),
        Comparison::NotEqual(_) | Comparison::NotBetween(..) | Comparison::Mask { .. } => {
            return Err(Fault::unsupported(
                test.at,
                "a setting is compared with <, >, = or a range",
            ));
        }
    })
}

/// Reads names of bits; none when the keyword has none or the value is a number.
pub(super) fn flags(keyword: &str, value: Word<'_>) -> Option<Result<Vec<Comparison>, Fault>> {
    let (_, words) = FLAGS.iter().find(|(known, _)| *known == keyword)?;
    let letter = |c: char| c.is_ascii_alphabetic() || c == '!';
    if !value.text.starts_with(letter) {
        return None;
    }
    Some(read_flags(words, value))
}

fn read_flags(words: Words, value: Word<'_>) -> Result<Vec<Comparison>, Fault> {
    let (mut mask, mut wanted) = (0, 0);
    for part in value.split(',') {
        let (negated, part) = match part.strip_prefix("!") {
            Some(rest) => (true, rest),
            None => (false, part),
        };
        let lower = part.text.to_ascii_lowercase();
        let Some((_, bit)) = words.iter().find(|(name, _)| *name == lower) else {
            let near = nearest(&lower, words.iter().map(|(name, _)| *name));
            return Err(Fault::error(part.at, "this is no name of a flag").meant(near));
        };
        mask |= bit;
        wanted |= if negated { 0 } else { *bit };
    }
    Ok(vec![Comparison::Mask {
        mask,
        value: wanted,
        equal: true,
    }])
}

#[cfg(test)]
mod tests {
    use super::{Comparison, Word, setting};

    #[test]
    fn a_setting_is_named_and_may_be_compared() {
        let read = |text| setting(Word { text, at: 0 });
        let none = 1_u64 << 32;
        assert_eq!(
            read("SETTINGS_HEADER_TABLE_SIZE>1000").ok(),
            Some(Comparison::Between(none + 1000, 2 << 32))
        );
        assert_eq!(
            read("SETTINGS_HEADER_TABLE_SIZE").ok(),
            Some(Comparison::Between(none - 1, 2 << 32))
        );
        assert_eq!(
            read("SETTINGS_ENABLE_PUSH =0").ok(),
            Some(Comparison::Equal(2 << 32))
        );
        assert!(read("SETTINGS_UNHEARD_OF").is_err());
    }
}
