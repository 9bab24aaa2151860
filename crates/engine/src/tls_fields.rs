//! Which fields `tls` records have in EVE: the usual ones, or those that a list names, by Suricata's names.

use wirewatch_proto::TlsParts;
use wirewatch_records::{Row, TlsRow};

/// A name for a field, or for a few that belong together.
type Keep = for<'a> fn(&TlsRow<'a>, &mut TlsRow<'a>);

/// What each name keeps of a record.
const NAMES: &[(&str, Keep)] = &[
    ("subject", |from, to| to.subject = from.subject),
    ("issuer", |from, to| to.issuerdn = from.issuerdn),
    ("session_resumed", |from, to| {
        to.session_resumed = from.session_resumed;
    }),
    ("serial", |from, to| to.serial = from.serial),
    ("fingerprint", |from, to| to.fingerprint = from.fingerprint),
    ("sni", |from, to| to.sni = from.sni),
    ("version", |from, to| to.version = from.version),
    ("not_before", |from, to| to.notbefore = from.notbefore),
    ("not_after", |from, to| to.notafter = from.notafter),
    ("certificate", |from, to| to.certificate = from.certificate),
    ("chain", |from, to| to.chain = from.chain),
    ("ja3", |from, to| {
        to.ja3_hash = from.ja3_hash;
        to.ja3_string = from.ja3_string;
    }),
    ("ja3s", |from, to| {
        to.ja3s_hash = from.ja3s_hash;
        to.ja3s_string = from.ja3s_string;
    }),
    ("ja4", |from, to| to.ja4 = from.ja4),
    ("subjectaltname", |from, to| {
        to.subjectaltname = from.subjectaltname;
    }),
    ("client_alpns", |from, to| {
        to.client_alpns = from.client_alpns;
    }),
    ("server_alpns", |from, to| {
        to.server_alpns = from.server_alpns;
    }),
    ("client", |from, to| {
        to.client_subject = from.client_subject;
        to.client_issuerdn = from.client_issuerdn;
        to.client_subjectaltname = from.client_subjectaltname;
        to.client_serial = from.client_serial;
        to.client_fingerprint = from.client_fingerprint;
        to.client_notbefore = from.client_notbefore;
        to.client_notafter = from.client_notafter;
    }),
    ("client_certificate", |from, to| {
        to.client_certificate = from.client_certificate;
    }),
    ("client_chain", |from, to| {
        to.client_chain = from.client_chain;
    }),
    ("client_handshake", |from, to| {
        to.client_handshake_version = from.client_handshake_version;
        to.client_handshake_ciphers = from.client_handshake_ciphers;
        to.client_handshake_exts = from.client_handshake_exts;
        to.client_handshake_sig_algs = from.client_handshake_sig_algs;
    }),
    ("server_handshake", |from, to| {
        to.server_handshake_version = from.server_handshake_version;
        to.server_handshake_cipher = from.server_handshake_cipher;
        to.server_handshake_exts = from.server_handshake_exts;
    }),
];

/// Which TLS sessions are written, and what of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TlsFields {
    /// The fields that are kept; empty for all.
    kept: Vec<Keep>,
    /// Whether sessions are left out that take up an earlier one.
    without_resumed: bool,
}

impl TlsFields {
    /// The fields with these names, or the first name that is none.
    pub(crate) fn named(names: &[String]) -> Result<Self, String> {
        let find = |name: &String| {
            let known = NAMES.iter().find(|(known, _)| known == name);
            known.map(|(_, keep)| *keep).ok_or_else(|| name.clone())
        };
        let kept = names.iter().map(find).collect::<Result<_, _>>()?;
        Ok(Self {
            kept,
            without_resumed: false,
        })
    }

    /// The same, with sessions that take up an earlier one or without them.
    pub(crate) fn with_resumed(self, resumed: bool) -> Self {
        Self {
            without_resumed: !resumed,
            ..self
        }
    }

    /// Whether a record is written at all.
    pub(crate) fn shows(&self, row: &Row<'_>) -> bool {
        !(self.without_resumed && matches!(row, Row::Tls(session) if session.session_resumed))
    }

    /// The record with these fields only; none when it is to stay as it is.
    pub(crate) fn cut<'a>(&self, row: &Row<'a>) -> Option<Row<'a>> {
        let Row::Tls(from) = row else {
            return None;
        };
        if self.kept.is_empty() {
            return None;
        }
        let mut to = TlsRow {
            from_proto: from.from_proto,
            ..TlsRow::default()
        };
        for keep in &self.kept {
            keep(from, &mut to);
        }
        Some(Row::Tls(to))
    }
}

/// What parsers have to keep for these fields.
pub(crate) fn parts(names: &[String]) -> TlsParts {
    let wanted = |name: &str| names.iter().any(|one| one == name);
    TlsParts {
        certificate: wanted("certificate"),
        chain: wanted("chain"),
        client_certificate: wanted("client_certificate"),
        client_chain: wanted("client_chain"),
        client_handshake: wanted("client_handshake"),
        server_handshake: wanted("server_handshake"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut<'a>(names: &[&str], row: &TlsRow<'a>) -> Option<Row<'a>> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        TlsFields::named(&names).ok()?.cut(&Row::Tls(*row))
    }

    fn row() -> TlsRow<'static> {
        TlsRow {
            session_resumed: true,
            from_proto: Some("smtp"),
            sni: Some(b"www.example.com"),
            version: Some("TLS 1.2"),
            client_serial: Some("01"),
            client_subject: Some(b"CN=client"),
            client_chain: &["AA=="],
            server_handshake_cipher: Some(49_200),
            server_handshake_exts: &[11],
            ..TlsRow::default()
        }
    }

    #[test]
    fn only_named_fields_are_kept() {
        let expected = TlsRow {
            from_proto: Some("smtp"),
            sni: Some(b"www.example.com"),
            ..TlsRow::default()
        };
        assert_eq!(cut(&["sni"], &row()), Some(Row::Tls(expected)));
    }

    #[test]
    fn resumed_sessions_may_be_left_out() {
        let fields = TlsFields::default();
        assert!(fields.shows(&Row::Tls(row())));
        let fields = fields.with_resumed(false);
        assert!(!fields.shows(&Row::Tls(row())));
        assert!(fields.shows(&Row::Tls(TlsRow::default())));
    }

    #[test]
    fn a_name_may_stand_for_several_fields() {
        let expected = TlsRow {
            from_proto: Some("smtp"),
            client_serial: Some("01"),
            client_subject: Some(b"CN=client"),
            server_handshake_cipher: Some(49_200),
            server_handshake_exts: &[11],
            ..TlsRow::default()
        };
        assert_eq!(
            cut(&["client", "server_handshake"], &row()),
            Some(Row::Tls(expected))
        );
    }

    #[test]
    fn without_names_a_record_stays_as_it_is() {
        assert_eq!(cut(&[], &row()), None);
    }

    #[test]
    fn a_name_that_is_none_is_told() {
        let names = ["sni".to_owned(), "snow".to_owned()];
        assert_eq!(TlsFields::named(&names).err().as_deref(), Some("snow"));
    }

    #[test]
    fn parsers_keep_only_what_is_named() {
        let names = ["client_chain".to_owned(), "sni".to_owned()];
        let expected = TlsParts {
            client_chain: true,
            ..TlsParts::default()
        };
        assert_eq!(parts(&names), expected);
    }
}
