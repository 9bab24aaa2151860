//! Hooks: the step of a transaction that a rule's header names (`http1:request_headers`).

use wirewatch_proto::{COMPLETE, Side};

use super::super::field::Fields;
use super::super::problem::{Fault, nearest};
use super::super::protocol::RuleProtocol;
use super::super::syntax::{Word, clipped};

/// A step of one side of a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Hook {
    pub(crate) side: Side,
    step: Step,
    bound: Bound,
}

/// How far the side is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bound {
    /// It has reached the step.
    Reached,
    /// It has left the step.
    Past,
    /// It has not reached the step.
    Before,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Started,
    /// When the first of these buffers that the protocol has is final.
    Final(&'static [&'static str]),
    Complete,
}

use Side::{Client, Server};
use Step::{Complete, Final, Started};

/// The steps by name. Protocols number their steps as they like; the buffers that become
/// final there say which number is meant.
const HOOKS: &[(&str, Side, Step)] = &[
    ("request_started", Client, Started),
    (
        "request_line",
        Client,
        Final(&["http.request_line", "http.uri", "http.method"]),
    ),
    (
        "request_headers",
        Client,
        Final(&["http.header", "http.request_header", "http.host"]),
    ),
    (
        "request_body",
        Client,
        Final(&["http.request_body", "file.data"]),
    ),
    ("request_trailer", Client, Complete),
    ("request_complete", Client, Complete),
    ("response_started", Server, Started),
    (
        "response_line",
        Server,
        Final(&["http.response_line", "http.stat_code"]),
    ),
    (
        "response_headers",
        Server,
        Final(&["http.header", "http.response_header", "http.server"]),
    ),
    (
        "response_body",
        Server,
        Final(&["http.response_body", "file.data"]),
    ),
    ("response_trailer", Server, Complete),
    ("response_complete", Server, Complete),
    ("client_in_progress", Client, Started),
    (
        "client_hello_done",
        Client,
        Final(&["tls.sni", "quic.sni", "ja3.hash"]),
    ),
    ("client_cert_done", Client, Final(&["tls.certs"])),
    ("client_handshake_done", Client, Complete),
    ("client_finished", Client, Complete),
    (
        "client_banner_done",
        Client,
        Final(&["ssh.software", "ssh.proto"]),
    ),
    ("client_banner_wait_eol", Client, Started),
    ("server_in_progress", Server, Started),
    ("server_banner_wait_eol", Server, Started),
    ("server_hello", Server, Final(&["ja3s.hash", "tls.random"])),
    (
        "server_hello_done",
        Server,
        Final(&["ja3s.hash", "tls.random"]),
    ),
    (
        "server_cert_done",
        Server,
        Final(&["tls.cert_subject", "tls.certs"]),
    ),
    ("server_handshake_done", Server, Complete),
    ("server_finished", Server, Complete),
    (
        "server_banner_done",
        Server,
        Final(&["ssh.software", "ssh.proto"]),
    ),
];

impl Hook {
    /// Reads what stands behind the protocol's colon; none where it says nothing.
    pub(crate) fn parse(word: Word<'_>, protocol: RuleProtocol) -> Result<Option<Self>, Fault> {
        if word.text == "all" {
            return Ok(None);
        }
        let known = HOOKS.iter().find(|(name, ..)| *name == word.text);
        if let Some((_, side, step)) = known.filter(|_| protocol.app.is_some()) {
            return Ok(Some(Self {
                side: *side,
                step: *step,
                bound: Bound::Reached,
            }));
        }
        let near = nearest(word.text, HOOKS.iter().map(|(name, ..)| *name));
        let message = format!("the hook {:?} is not there yet", clipped(word.text));
        Err(Fault::unsupported(word.at, message).meant(near))
    }

    /// What is behind this step.
    pub(crate) fn past(self) -> Self {
        Self {
            bound: Bound::Past,
            ..self
        }
    }

    /// What is before this step.
    pub(crate) fn before(self) -> Self {
        Self {
            bound: Bound::Before,
            ..self
        }
    }

    /// The progress that is not to be reached in one application.
    pub(super) fn end(self, fields: &Fields, application: usize) -> Option<u8> {
        let is_before = self.bound == Bound::Before;
        is_before.then(|| self.step_progress(fields, application))
    }

    /// The progress from which on it is reached in one application.
    pub(super) fn progress(self, fields: &Fields, application: usize) -> u8 {
        let step = self.step_progress(fields, application);
        match self.bound {
            Bound::Reached => step,
            Bound::Past => step.saturating_add(1),
            Bound::Before => 0,
        }
    }

    fn step_progress(self, fields: &Fields, application: usize) -> u8 {
        match self.step {
            Started => 0,
            Complete => COMPLETE,
            Final(names) => {
                let places = names.iter().filter_map(|name| {
                    let field = fields.buffer(name)?;
                    fields.buffer_place(field, application)
                });
                let mut progress = places.map(|place| place.progress);
                progress.next().unwrap_or(COMPLETE)
            }
        }
    }
}
