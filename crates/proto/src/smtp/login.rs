//! Who logs in, and how (RFC 4954).

use super::{MAX_VALUE, Smtp};
use crate::mime::base64;
use crate::sink::{Fact, Sink};
use crate::waiting::{bounded, split};

/// How far somebody's login is.
#[derive(Debug, Default)]
pub(super) enum Login {
    #[default]
    None,
    /// `AUTH PLAIN` without its answer.
    Plain,
    /// `AUTH LOGIN`: the user's name comes next.
    User,
    /// Then the password, which is not kept.
    Password(Vec<u8>),
    /// What the server says now tells whether it is good.
    Given(Vec<u8>, bool),
    /// A method that is not understood; its lines are no commands.
    Foreign,
}

impl Smtp {
    pub(super) fn auth(&mut self, rest: &[u8]) {
        let (method, initial) = split(rest, b' ');
        let initial = initial.trim_ascii();
        self.login = match (method, initial) {
            _ if method.eq_ignore_ascii_case(b"PLAIN") && initial.is_empty() => Login::Plain,
            _ if method.eq_ignore_ascii_case(b"PLAIN") => Login::Given(plain_user(initial), true),
            _ if !method.eq_ignore_ascii_case(b"LOGIN") => Login::Foreign,
            (_, b"") => Login::User,
            _ => Login::Password(user(initial)),
        };
    }

    pub(super) fn auth_line(&mut self, line: &[u8]) {
        self.login = match std::mem::take(&mut self.login) {
            Login::Plain => Login::Given(plain_user(line), true),
            Login::User => Login::Password(user(line)),
            Login::Password(user) => Login::Given(user, true),
            login => login,
        };
    }

    pub(super) fn auth_reply(&mut self, code: u16, sink: &mut dyn Sink) {
        if let Login::Given(user, plain_password) = std::mem::take(&mut self.login) {
            sink.learn(Fact::Login {
                user: &user,
                plain_password,
                accepted: Some(code == 235),
            });
        }
    }
}

/// The user of `AUTH PLAIN`: the second of three texts (RFC 4616).
fn plain_user(text: &[u8]) -> Vec<u8> {
    let decoded = base64(bounded(text, MAX_VALUE));
    let mut texts = decoded.split(|byte| *byte == 0);
    texts.nth(1).unwrap_or_default().to_vec()
}

fn user(text: &[u8]) -> Vec<u8> {
    base64(bounded(text, MAX_VALUE))
}
