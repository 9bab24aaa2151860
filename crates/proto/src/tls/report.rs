//! Records of a handshake: EVE's `tls`, Zeek's `ssl` and `x509`.

use wirewatch_records::{Row, SslRow, TlsRow, X509Row};

use super::certificate::{Certificate, OtherName, date};
use super::handshake::{Chain, Handshake, readable};
use super::names;
use crate::protocol::Side;
use crate::sink::Sink;

/// A text that is there.
fn text(value: &str) -> Option<&str> {
    (!value.is_empty()).then_some(value)
}

/// Bytes that are there.
fn wire(value: &[u8]) -> Option<&[u8]> {
    (!value.is_empty()).then_some(value)
}

fn texts(list: &[String]) -> Vec<&str> {
    list.iter().map(String::as_str).collect()
}

fn protocols(list: &[Vec<u8>]) -> Vec<String> {
    list.iter().map(|name| readable(name)).collect()
}

/// The session's record.
pub(super) fn tls(handshake: &Handshake, put: &mut dyn FnMut(&Row<'_>)) {
    let Handshake { client, server, .. } = handshake;
    let chain = &handshake.chains.server;
    let own = &handshake.chains.client;
    let version = eve_version(handshake);
    let dates = |chain: &Chain| (chain.not_before.map(date), chain.not_after.map(date));
    let (before, after) = dates(chain);
    let (client_before, client_after) = dates(own);
    let (offers, choice) = (protocols(&client.alpn), protocols(&server.alpn));
    let parts = handshake.parts;
    let (certificates, own_certificates) =
        (base64(chain, parts.chain), base64(own, parts.client_chain));
    let numbers = client.numbers.as_ref();
    let highest = numbers.map(|numbers| version_name(numbers.version, 0));
    let answered = server.extensions.as_ref();
    let chosen = answered.map(|_| version_name(server.chosen, server.version));
    let retried = handshake.retried.as_deref();
    put(&Row::Tls(TlsRow {
        session_resumed: server.resumed,
        from_proto: handshake.from_protocol,
        subject: wire(&chain.subject),
        issuerdn: wire(&chain.issuer),
        subjectaltname: &texts(&chain.names),
        serial: text(&chain.serial),
        fingerprint: text(&chain.fingerprint),
        sni: wire(&client.sni),
        version: Some(&version),
        notbefore: before.as_deref(),
        notafter: after.as_deref(),
        certificate: leaf(chain, parts.certificate),
        chain: &texts(&certificates),
        ja3_hash: text(&client.ja3.hash),
        ja3_string: text(&client.ja3.text),
        ja3s_hash: text(&server.ja3s.hash),
        ja3s_string: text(&server.ja3s.text),
        ja4: text(&client.ja4),
        client_alpns: &texts(&offers),
        server_alpns: &texts(&choice),
        client_subject: wire(&own.subject),
        client_issuerdn: wire(&own.issuer),
        client_subjectaltname: &texts(&own.names),
        client_serial: text(&own.serial),
        client_fingerprint: text(&own.fingerprint),
        client_notbefore: client_before.as_deref(),
        client_notafter: client_after.as_deref(),
        client_certificate: leaf(own, parts.client_certificate),
        client_chain: &texts(&own_certificates),
        client_handshake_version: highest.as_deref(),
        client_handshake_ciphers: numbers.map_or(&[], |numbers| &numbers.ciphers),
        client_handshake_exts: numbers.map_or(&[], |numbers| &numbers.extensions),
        client_handshake_sig_algs: numbers.map_or(&[], |numbers| &numbers.signature_algorithms),
        server_handshake_version: chosen.as_deref(),
        server_handshake_cipher: answered.and(server.cipher),
        server_handshake_exts: answered.map_or(&[], Vec::as_slice),
        cipher: server.cipher.and_then(names::cipher),
        curve: server.group.and_then(names::group),
        ech: client.hidden_name,
        retried_ja3_hash: retried.and_then(|again| text(&again.ja3.hash)),
        retried_ja3_string: retried.and_then(|again| text(&again.ja3.text)),
        retried_ja3s_hash: retried.and_then(|again| text(&again.ja3s.hash)),
        retried_ja3s_string: retried.and_then(|again| text(&again.ja3s.text)),
    }));
}

/// The first certificate, when it is wanted.
fn leaf(chain: &Chain, wanted: bool) -> Option<&[u8]> {
    chain.raw.first().map(Vec::as_slice).filter(|_| wanted)
}

/// All certificates, when they are wanted.
fn base64(chain: &Chain, wanted: bool) -> Vec<String> {
    let encoded = |raw: &Vec<u8>| {
        let mut out = Vec::new();
        wirewatch_records::format::base64(&mut out, raw);
        String::from_utf8(out).unwrap_or_default()
    };
    let wanted = chain.raw.iter().filter(|_| wanted);
    wanted.map(encoded).collect()
}

/// The course of the handshake.
pub(super) fn ssl(handshake: &Handshake, put: &mut dyn FnMut(&Row<'_>)) {
    let Handshake { client, server, .. } = handshake;
    let version = zeek_version(handshake);
    put(&Row::Ssl(SslRow {
        version: version.as_deref(),
        cipher: server.cipher.and_then(names::cipher),
        curve: server.group.and_then(names::group),
        server_name: wire(&client.sni),
        resumed: server.resumed,
        last_alert: handshake
            .last_alert
            .map(|number| names::alert(number).unwrap_or("unknown")),
        next_protocol: server.alpn.first().map(Vec::as_slice),
        established: handshake.established,
        history: text(&handshake.history),
        cert_chain_fps: &texts(&handshake.chains.server.sha256),
        client_cert_chain_fps: &texts(&handshake.chains.client.sha256),
        sni_matches_cert: name_matches(&client.sni, &handshake.chains.server),
    }));
}

/// Whether the certificate is for the name that was asked for (RFC 6125, section 6.4).
fn name_matches(name: &[u8], chain: &Chain) -> Option<bool> {
    if name.is_empty() || !chain.readable {
        return None;
    }
    let fits = |pattern: &[u8]| match pattern.strip_prefix(b"*") {
        Some(suffix) => {
            let dot = name.iter().position(|byte| *byte == b'.');
            let rest = dot.and_then(|dot| name.get(dot..));
            rest.is_some_and(|rest| rest.eq_ignore_ascii_case(suffix))
        }
        None => pattern.eq_ignore_ascii_case(name),
    };
    let by_other_name = chain.names.iter().any(|other| fits(other.as_bytes()));
    Some(by_other_name || fits(&chain.common_name))
}

/// One certificate.
pub(super) fn x509(
    certificate: &Certificate<'_>,
    fingerprint: &str,
    side: Side,
    is_first: bool,
    sink: &mut dyn Sink,
) {
    let mut lists: [Vec<String>; 4] = Default::default();
    let [dns, uri, email, ip] = &mut lists;
    for name in certificate.alternative_names() {
        match name {
            OtherName::Dns(text) => dns.push(readable(text)),
            OtherName::Uri(text) => uri.push(readable(text)),
            OtherName::Email(text) => email.push(readable(text)),
            OtherName::Ip(text) => ip.push(text),
        }
    }
    let key = certificate.key();
    let serial = super::fingerprint::hex(strip_zeros(certificate.serial)).to_ascii_uppercase();
    let constraints = certificate.basic_constraints();
    let microseconds = |seconds: i64| seconds.saturating_mul(1_000_000);
    let (subject, issuer) = (certificate.subject.zeek(), certificate.issuer.zeek());
    let signature = certificate.signature_algorithm();
    let row = Row::X509(X509Row {
        fingerprint,
        version: certificate.version,
        serial: &serial,
        subject: &subject,
        issuer: &issuer,
        not_valid_before: certificate.not_before.map(microseconds),
        not_valid_after: certificate.not_after.map(microseconds),
        key_alg: &key.algorithm,
        sig_alg: &signature,
        key_type: key.kind,
        key_length: key.bits,
        exponent: key.exponent.as_deref(),
        curve: key.curve,
        san_dns: &texts(dns),
        san_uri: &texts(uri),
        san_email: &texts(email),
        san_ip: &texts(ip),
        is_ca: constraints.map(|(is_authority, _)| is_authority),
        path_length: constraints.and_then(|(_, path)| path),
        host_cert: is_first,
        client_cert: side == Side::Client,
    });
    sink.record(Some(0), Side::Client, &row);
}

/// A serial number without the zeros in front, one byte at least.
pub(super) fn strip_zeros(serial: &[u8]) -> &[u8] {
    let zeros = serial.iter().take_while(|byte| **byte == 0).count();
    let last = serial.len().saturating_sub(1);
    serial.get(zeros.min(last)..).unwrap_or_default()
}

/// The version that is spoken, or the one that the client says when no server answered.
fn version(handshake: &Handshake) -> u16 {
    match handshake.server.chosen {
        0 => handshake.client.version,
        chosen => chosen,
    }
}

fn eve_version(handshake: &Handshake) -> String {
    version_name(version(handshake), handshake.server.version)
}

/// A version's name; `wire` is the one in the old place of the server's hello.
fn version_name(version: u16, wire: u16) -> String {
    let name = match version {
        0x0002 => "SSLv2",
        0x0300 => "SSLv3",
        0x0301 => "TLSv1",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 if wire == 0x0304 => "TLS 1.3 draft-<16",
        0x0304 => "TLS 1.3",
        0xfeff => "DTLS 1.0",
        0xfefd => "DTLS 1.2",
        0xfefc => "DTLS 1.3",
        draft @ 0x7f00..=0x7fff => return format!("TLS 1.3 draft-{}", draft & 0xff),
        other @ 0xfb00..=0xfbff => return format!("TLS 1.3 draft-{}", other & 0xff),
        other => return format!("0x{other:04x}"),
    };
    name.to_owned()
}

fn zeek_version(handshake: &Handshake) -> Option<String> {
    let name = match handshake.server.chosen {
        0 => return None,
        0x0002 => "SSLv2",
        0x0300 => "SSLv3",
        0x0301 => "TLSv10",
        0x0302 => "TLSv11",
        0x0303 => "TLSv12",
        0x0304 => "TLSv13",
        0xfeff | 0x0100 => "DTLSv10",
        0xfefd => "DTLSv12",
        0xfefc => "DTLSv13",
        draft @ 0x7f00..=0x7fff => return Some(format!("TLSv13-draft{}", draft & 0xff)),
        other => return Some(format!("unknown-{other}")),
    };
    Some(name.to_owned())
}
