//! Names of events that rules use beside those under which they are told.

/// Names of older and newer rules, and the codes of the same events.
const ALIASES: &[(&str, &str)] = &[
    ("http.request_uri_host_invalid", "http.uri_host_invalid"),
    (
        "http.request_header_host_invalid",
        "http.header_host_invalid",
    ),
    ("http.auth_unrecognized", "http.request_auth_unrecognized"),
    (
        "http.request_missing_protocol",
        "http.request_line_missing_protocol",
    ),
    ("http.invalid_range", "http.range_invalid"),
    ("pop3.request_too_long", "pop3.command_too_long"),
    ("rfb.unexpected_state", "rfb.confused_state"),
    ("rfb.confused_message", "rfb.confused_state"),
    ("smb.max_tx", "smb.max_transactions"),
    ("dns.not_request", "dns.not_a_request"),
    ("dns.not_response", "dns.not_a_response"),
];

/// The protocol of keys as older rules call it, and its name here.
const FORMER: (&str, &str) = ("ikev2.", "ike.");

/// The code under which the event with this name is told; the name itself when that is its code, or is not known.
pub fn event_code(name: &str) -> std::borrow::Cow<'_, str> {
    let same = |known: &&(&str, &str)| known.0.eq_ignore_ascii_case(name);
    if let Some((_, code)) = ALIASES.iter().find(same) {
        return (*code).into();
    }
    match name.strip_prefix(FORMER.0) {
        Some(rest) => [FORMER.1, rest].concat().into(),
        None => name.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_further_name_leads_to_an_event_that_is_told() {
        let told = crate::APPLICATIONS.iter().flat_map(|one| one.events);
        let told: Vec<&str> = told.map(|event| event.code).collect();
        for (name, code) in ALIASES {
            assert!(told.contains(code), "{code}");
            assert!(!told.contains(name), "{name} is told itself");
            assert_eq!(event_code(name), *code);
        }
        assert_eq!(event_code("IKE.malformed_data"), "IKE.malformed_data");
        assert_eq!(event_code("ikev2.malformed_data"), "ike.malformed_data");
    }
}
