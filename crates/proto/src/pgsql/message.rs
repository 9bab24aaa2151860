//! The messages of PostgreSQL that are told.

use super::MAX_NAME;
use crate::document::Document;
use crate::waiting::{Cut, bounded};

/// Parameters of a connection that are told.
const MAX_PARAMETERS: usize = 32;

/// What the server says of passwords.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Accepted,
    Plain,
    Sasl,
    SaslFinal,
    Other,
}

/// `user`, `database` and others, each with its value.
pub(super) fn startup(cut: &mut Cut<'_>, request: &mut Document, user: &mut Vec<u8>) -> Option<()> {
    let mut others = Vec::new();
    let mut outcome = Some(());
    while others.len() < MAX_PARAMETERS && !cut.0.is_empty() {
        let Some(name) = cut.text() else {
            outcome = None;
            break;
        };
        if name.is_empty() {
            break;
        }
        let Some(value) = cut.text() else {
            outcome = None;
            break;
        };
        if name == b"user" {
            *user = bounded(value, MAX_NAME).to_vec();
        } else {
            others.push((name, value));
        }
    }
    request.object("startup_parameters", |parameters| {
        parameters.text("user", user);
        if !others.is_empty() {
            parameters.list("optional_parameters", |list| {
                for (name, value) in others {
                    list.object("", |one| one.pair(shown(name), value));
                }
            });
        }
    });
    outcome
}

/// Suricata's spelling of parameters with capitals.
fn shown(name: &[u8]) -> &[u8] {
    match name {
        b"DateStyle" => b"date_style",
        b"IntervalStyle" => b"interval_style",
        b"TimeZone" => b"time_zone",
        _ => name,
    }
}

/// The method's name, then its first message after a length.
pub(super) fn sasl_first(message: &[u8], request: &mut Document) {
    let mut cut = Cut(message);
    let Some(name) = cut.text() else {
        return;
    };
    let name: &[u8] = match name {
        b"SCRAM-SHA-256" => b"scram_SHA256",
        b"SCRAM-SHA-256-PLUS" => b"scram_SHA256_plus",
        _ => name,
    };
    request.text("sasl_authentication_mechanism", name);
    cut.be32();
    request.text("sasl_param", cut.0);
}

pub(super) fn authentication(message: &[u8], response: &mut Document) -> Option<Method> {
    let mut cut = Cut(message);
    let (name, method): (&[u8], Method) = match cut.be32()? {
        0 => (b"authentication_ok", Method::Accepted),
        3 => (b"authentication_cleartext_password", Method::Plain),
        5 => {
            response.text("authentication_md5_password", cut.0);
            return Some(Method::Other);
        }
        9 => (b"authentication_sspi", Method::Other),
        10 => (b"authentication_sasl", Method::Sasl),
        11 => (b"authentication_sasl_continue", Method::Other),
        12 => {
            response.text("authentication_sasl_final", cut.0);
            return Some(Method::SaslFinal);
        }
        _ => (b"unknown_authentication", Method::Other),
    };
    response.text("message", name);
    Some(method)
}

pub(super) fn parameter(cut: &mut Cut<'_>, parameters: &mut Document) -> Option<()> {
    let (name, value) = (cut.text()?, cut.text()?);
    parameters.object("", |one| one.pair(shown(name), value));
    Some(())
}

pub(super) fn key(cut: &mut Cut<'_>, response: &mut Document) -> Option<()> {
    response.number("process_id", cut.be32()?);
    response.number("secret_key", cut.be32()?);
    Some(())
}

pub(super) fn text(cut: &mut Cut<'_>, name: &str, response: &mut Document) -> Option<()> {
    response.text(name, cut.text()?);
    Some(())
}

pub(super) fn number(cut: &mut Cut<'_>, name: &str, response: &mut Document) -> Option<()> {
    response.number(name, cut.be16()?);
    Some(())
}

/// What an error says for people.
pub(super) fn reason(message: &[u8]) -> Vec<u8> {
    let mut cut = Cut(message);
    while let Some(kind @ 1..) = cut.byte() {
        match cut.text() {
            Some(value) if kind == b'M' => return bounded(value, MAX_NAME).to_vec(),
            Some(_) => {}
            None => break,
        }
    }
    Vec::new()
}

/// Fields of an error: a letter and a text each ("Error and Notice Message Fields").
pub(super) fn error(cut: &mut Cut<'_>, response: &mut Document) {
    while let Some(kind @ 1..) = cut.byte() {
        let Some(value) = cut.text() else {
            return;
        };
        let name = match kind {
            b'S' => "severity_localizable",
            b'V' => "severity_non_localizable",
            b'C' => "code",
            b'M' => "message",
            b'F' => "file",
            b'L' => "line",
            b'R' => "routine",
            _ => continue,
        };
        response.text(name, value);
    }
}
