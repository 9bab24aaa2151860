//! Lines of encrypted sessions: with whom, and what of it can be read.

use super::line::{Colour, Line};
use crate::{Common, OcspRow, QuicRow, QuicSessionRow, SslRow, TlsRow, X509Row};

/// `tls      192.0.2.1:40000 > 198.51.100.2:443    www.example.com  TLS 1.3 h2`.
pub(super) fn tls(line: &mut Line<'_>, common: &Common<'_>, row: &TlsRow<'_>) {
    line.begin(common.ts, "tls", Some(Colour::Good));
    line.endpoints(common);
    named(line, row.sni.or(row.subject));
    line.word(row.version.unwrap_or_default().as_bytes());
    let protocol = row.server_alpns.first().or(row.client_alpns.first());
    line.word(protocol.copied().unwrap_or_default().as_bytes());
    if row.session_resumed {
        line.text(" resumed");
    }
    if let Some(until) = row.notafter {
        line.text(" certificate until");
        line.word(until.as_bytes());
    }
}

pub(super) fn ssl(line: &mut Line<'_>, common: &Common<'_>, row: &SslRow<'_>) {
    line.begin(common.ts, "ssl", Some(Colour::Good));
    line.endpoints(common);
    named(line, row.server_name);
    line.word(row.version.unwrap_or_default().as_bytes());
    line.word(row.cipher.unwrap_or_default().as_bytes());
    line.word(row.history.unwrap_or_default().as_bytes());
    line.text(if row.established {
        " established"
    } else {
        " not established"
    });
    line.word(row.last_alert.unwrap_or_default().as_bytes());
}

pub(super) fn x509(line: &mut Line<'_>, common: &Common<'_>, row: &X509Row<'_>) {
    line.begin(common.ts, "x509", Some(Colour::Good));
    line.endpoints(common);
    named(line, Some(row.subject));
    line.text(" from");
    line.word(row.issuer);
}

/// `ocsp     192.0.2.1:40000 > 198.51.100.2:80    F102 good`.
pub(super) fn ocsp(line: &mut Line<'_>, common: &Common<'_>, row: &OcspRow<'_>) {
    line.begin(common.ts, "ocsp", Some(Colour::Good));
    line.endpoints(common);
    named(line, Some(row.serial.as_bytes()));
    line.text(row.status);
    line.word(row.reason.unwrap_or_default().as_bytes());
}

fn named(line: &mut Line<'_>, name: Option<&[u8]>) {
    if let Some(name) = name {
        line.paint(Some(Colour::Name), |out| super::safe::write(out, name));
        line.text(" ");
    }
}

/// `quic     192.0.2.1:40000 > 198.51.100.2:443    www.example.com`.
pub(super) fn quic(line: &mut Line<'_>, common: &Common<'_>, row: &QuicRow<'_>) {
    line.begin(common.ts, "quic", Some(Colour::Good));
    line.endpoints(common);
    named(line, row.sni);
    line.text(if row.ja3s_hash.is_some() {
        "hello of the server"
    } else {
        "hello"
    });
    line.word(row.ja4.unwrap_or_default().as_bytes());
    line.word(row.ua.unwrap_or_default());
}

pub(super) fn quic_session(line: &mut Line<'_>, common: &Common<'_>, row: &QuicSessionRow<'_>) {
    line.begin(common.ts, "quic", Some(Colour::Good));
    line.endpoints(common);
    named(line, row.server_name);
    line.text("version");
    line.word(row.version.as_bytes());
    line.word(row.client_protocol.unwrap_or_default().as_bytes());
    line.word(row.history.as_bytes());
}
