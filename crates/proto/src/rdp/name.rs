//! Names of RDP's numbers.

/// Names of the bits that are set.
pub(super) fn set(bits: impl Into<u16>, names: &[&'static str]) -> Vec<&'static str> {
    let bits = bits.into();
    let numbered = names.iter().enumerate();
    let set = numbered.filter(|(bit, name)| bits >> bit & 1 != 0 && !name.is_empty());
    set.map(|(_, name)| *name).collect()
}

/// What a client asks for in its request ([MS-RDPBCGR] 2.2.1.1.1).
pub(super) const REQUEST_FLAGS: [&str; 4] = [
    "restricted_admin_mode_required",
    "redirected_authentication_mode_required",
    "",
    "correlation_info_present",
];

/// What a server can do ([MS-RDPBCGR] 2.2.1.2.1).
pub(super) const RESPONSE_FLAGS: [&str; 5] = [
    "extended_client_data",
    "dynvc_gfx",
    "reserved",
    "restricted_admin",
    "restricted_authentication",
];

/// What a client can do ([MS-RDPBCGR] 2.2.1.3.2).
pub(super) const CAPABILITIES: [&str; 11] = [
    "support_errinfo_pdf",
    "want_32bpp_session",
    "support_statusinfo_pdu",
    "strong_asymmetric_keys",
    "",
    "valid_connection_type",
    "support_monitor_layout_pdu",
    "support_netchar_autodetect",
    "support_dynvc_gfx_protocol",
    "support_dynamic_time_zone",
    "support_heartbeat_pdu",
];

/// How a connection is protected, as EVE and as Zeek have it ([MS-RDPBCGR] 2.2.1.2.1).
pub(super) fn protocol(number: u32) -> (&'static str, &'static str) {
    match number {
        0 => ("rdp", "RDP"),
        1 => ("ssl", "SSL"),
        2 => ("hybrid", "HYBRID"),
        4 => ("rds_tls", "RDSTLS"),
        8 => ("hybrid_ex", "HYBRID_EX"),
        16 => ("rds_aad", "RDSAAD"),
        _ => ("unknown", "UNKNOWN"),
    }
}

/// Why a server does not agree, as Zeek and as EVE have it ([MS-RDPBCGR] 2.2.1.2.2).
pub(super) fn failure(number: u32) -> (&'static str, &'static str) {
    match number {
        1 => ("SSL_REQUIRED_BY_SERVER", "ssl required by server"),
        2 => ("SSL_NOT_ALLOWED_BY_SERVER", "ssl not allowed by server"),
        3 => ("SSL_CERT_NOT_ON_SERVER", "ssl cert not on server"),
        4 => ("INCONSISTENT_FLAGS", "inconsistent flags"),
        5 => ("HYBRID_REQUIRED_BY_SERVER", "hybrid required by server"),
        6 => (
            "SSL_WITH_USER_AUTH_REQUIRED_BY_SERVER",
            "ssl with user auth required by server",
        ),
        _ => ("UNKNOWN", "unknown"),
    }
}

/// How strongly RDP itself encrypts ([MS-RDPBCGR] 2.2.1.4.3).
pub(super) fn method(number: u32) -> &'static str {
    match number {
        0 => "None",
        1 => "40bit",
        2 => "128bit",
        8 => "56bit",
        16 => "FIPS",
        _ => "unknown",
    }
}

/// How much of it.
pub(super) fn level(number: u32) -> &'static str {
    match number {
        0 => "None",
        1 => "Low",
        2 => "Client compatible",
        3 => "High",
        4 => "FIPS",
        _ => "unknown",
    }
}

/// The client's version of the protocol.
pub(super) fn version(number: u32) -> String {
    match number {
        0x0008_0001 => "v4".into(),
        0x0008_0004 => "v5".into(),
        0x0008_0005..=0x0008_0012 => format!("v10.{}", number - 0x0008_0005),
        other => format!("0x{other:08x}"),
    }
}

/// The kind of keyboard.
pub(super) fn keyboard_type(number: u32) -> &'static str {
    match number {
        1 => "xt",
        2 => "ico",
        3 => "at",
        4 => "enhanced",
        5 => "1050",
        6 => "9140",
        7 => "jp",
        _ => "unknown",
    }
}

/// A client's build: its system, and the version of the protocol it is known for.
pub(super) fn build(number: u32) -> Option<(&'static str, &'static str)> {
    let known = BUILDS.iter().find(|(known, ..)| *known == number)?;
    Some((known.1, known.2))
}

const BUILDS: &[(u32, &str, &str)] = &[
    (419, "Windows NT 4.0", "RDP 4.0"),
    (2195, "Windows 2000", "RDP 5.0"),
    (2221, "Windows 2000", "RDP 5.0"),
    (2600, "Windows XP", "RDP 5.1"),
    (3790, "Windows Server 2003", "RDP 5.2"),
    (6000, "Windows Vista", "RDP 6.0"),
    (6001, "Windows Vista SP1", "RDP 6.1"),
    (6002, "Windows Vista SP2", "RDP 6.2"),
    (7600, "Windows 7", "RDP 7.0"),
    (7601, "Windows 7 SP1", "RDP 7.1"),
    (9200, "Windows 8", "RDP 8.0"),
    (9600, "Windows 8.1", "RDP 8.1"),
    (10240, "Windows 10", "RDP 10.0"),
    (10586, "Windows 10 v1511", "RDP 10.1"),
    (14393, "Windows 10 v1607", "RDP 10.2"),
    (15063, "Windows 10 v1703", "RDP 10.3"),
    (16299, "Windows 10 v1709", "RDP 10.4"),
    (17134, "Windows 10 v1803", "RDP 10.5"),
    (17763, "Windows 10 v1809", "RDP 10.6"),
    (18362, "Windows 10 v1903", "RDP 10.6"),
    (18363, "Windows 10 v1909", "RDP 10.7"),
    (19041, "Windows 10 v2004", "RDP 10.8"),
    (25189, "Mac", "RDP 8.0 (Mac)"),
    (25282, "Mac", "RDP 8.0 (Mac)"),
];

/// A keyboard's layout: its short name and its long one ([MS-LCID]).
pub(super) fn keyboard(number: u32) -> Option<(&'static str, &'static str)> {
    let known = KEYBOARDS
        .iter()
        .find(|(known, ..)| u32::from(*known) == number)?;
    Some((known.1, known.2))
}

const KEYBOARDS: &[(u16, &str, &str)] = &[
    (0x0404, "zh-TW", "Chinese - Taiwan"),
    (0x0804, "zh-CN", "Chinese - PRC"),
    (0x0c04, "zh-HK", "Chinese - Hong Kong"),
    (0x0405, "cs-CZ", "Czech"),
    (0x0406, "da-DK", "Danish"),
    (0x0407, "de-DE", "German - Germany"),
    (0x0807, "de-CH", "German - Switzerland"),
    (0x0c07, "de-AT", "German - Austria"),
    (0x0408, "el-GR", "Greek"),
    (0x0409, "en-US", "English - United States"),
    (0x0809, "en-GB", "English - United Kingdom"),
    (0x0c09, "en-AU", "English - Australian"),
    (0x1009, "en-CA", "English - Canadian"),
    (0x1409, "en-NZ", "English - New Zealand"),
    (0x1809, "en-IE", "English - Ireland"),
    (0x4009, "en-IN", "English - India"),
    (0x040a, "es-ES_tradnl", "Spanish - Spain (Traditional Sort)"),
    (0x0c0a, "es-ES", "Spanish - Spain (Modern Sort)"),
    (0x080a, "es-MX", "Spanish - Mexico"),
    (0x040b, "fi-FI", "Finnish"),
    (0x040c, "fr-FR", "French - France"),
    (0x080c, "fr-BE", "French - Belgium"),
    (0x0c0c, "fr-CA", "French - Canadian"),
    (0x100c, "fr-CH", "French - Switzerland"),
    (0x040d, "he-IL", "Hebrew"),
    (0x0401, "ar-SA", "Arabic - Saudi Arabia"),
    (0x0402, "bg-BG", "Bulgarian"),
    (0x040e, "hu-HU", "Hungarian"),
    (0x0410, "it-IT", "Italian - Italy"),
    (0x0411, "ja-JP", "Japanese"),
    (0x0412, "ko-KR", "Korean"),
    (0x0413, "nl-NL", "Dutch - Netherlands"),
    (0x0813, "nl-BE", "Dutch - Belgium"),
    (0x0414, "nb-NO", "Norwegian (Bokmal)"),
    (0x0415, "pl-PL", "Polish"),
    (0x0416, "pt-BR", "Portuguese - Brazil"),
    (0x0816, "pt-PT", "Portuguese - Portugal"),
    (0x0418, "ro-RO", "Romanian"),
    (0x0419, "ru-RU", "Russian"),
    (0x041a, "hr-HR", "Croatian"),
    (0x041b, "sk-SK", "Slovak"),
    (0x041d, "sv-SE", "Swedish"),
    (0x041e, "th-TH", "Thai"),
    (0x041f, "tr-TR", "Turkish"),
    (0x0421, "id-ID", "Indonesian"),
    (0x0422, "uk-UA", "Ukrainian"),
    (0x0424, "sl-SI", "Slovenian"),
    (0x0425, "et-EE", "Estonian"),
    (0x0426, "lv-LV", "Latvian"),
    (0x0427, "lt-LT", "Lithuanian"),
    (0x0429, "fa-IR", "Farsi"),
    (0x042a, "vi-VN", "Vietnamese"),
];
