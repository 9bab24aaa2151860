//! Who logs in by SASL: with a password that anybody can read by the methods PLAIN (RFC 4616) and LOGIN, without by NTLM.
//!
//! SMTP (RFC 4954), POP3 (RFC 5034), IMAP (RFC 9051), XMPP (RFC 6120) and IRC carry the same texts in base64.

use crate::mime::base64;
use crate::ntlmssp::Talk;
use crate::sink::{Fact, Sink};
use crate::waiting::{bounded, split};

/// Bytes of a text that are looked at: far more than a name and a password have.
const MAX_TEXT: usize = 1_024;

/// How far somebody's login is.
#[derive(Debug, Default)]
pub(crate) enum Login {
    #[default]
    None,
    /// `AUTH PLAIN` without its answer.
    Plain,
    /// `AUTH LOGIN`: the user's name comes next.
    User,
    /// Then the password, which is not kept.
    Password(Vec<u8>),
    /// What the server says now tells whether it is good.
    Given(Vec<u8>),
    /// `AUTH NTLM`.
    Ntlm(Box<Talk>),
    /// A method that is not understood; its lines are no commands.
    Foreign,
}

impl Login {
    /// A method, and what may follow it at once.
    pub(crate) fn begin(rest: &[u8]) -> Self {
        let (method, initial) = split(rest, b' ');
        let initial = initial.trim_ascii();
        match (method, initial) {
            _ if method.eq_ignore_ascii_case(b"PLAIN") && initial.is_empty() => Self::Plain,
            _ if method.eq_ignore_ascii_case(b"PLAIN") => Self::Given(plain_user(initial)),
            _ if method.eq_ignore_ascii_case(b"NTLM") => Self::Ntlm(Box::default()),
            _ if !method.eq_ignore_ascii_case(b"LOGIN") => Self::Foreign,
            (_, b"") => Self::User,
            _ => Self::Password(user(initial)),
        }
    }

    /// The client's next line.
    pub(crate) fn line(&mut self, line: &[u8]) {
        *self = match std::mem::take(self) {
            Self::Plain => Self::Given(plain_user(line)),
            Self::User => Self::Password(user(line)),
            Self::Password(user) => Self::Given(user),
            Self::Ntlm(mut talk) => {
                talk.hear_text(line);
                Self::Ntlm(talk)
            }
            login => login,
        };
    }

    /// Whether the client's next line belongs to it.
    pub(crate) fn goes_on(&self) -> bool {
        !matches!(self, Self::None | Self::Given(_))
    }

    /// The server asks for more, perhaps with a challenge.
    pub(crate) fn asked(&mut self, text: &[u8]) {
        if let Self::Ntlm(talk) = self {
            talk.hear_text(text);
        }
    }

    /// The server has ended it.
    pub(crate) fn answered(&mut self, accepted: bool, sink: &mut dyn Sink) {
        if let Self::Ntlm(talk) = self {
            talk.answered(accepted, None, sink);
        }
        self.tell(Some(accepted), sink);
        *self = Self::None;
    }

    /// Tells who it is once the password was sent.
    pub(crate) fn tell(&mut self, accepted: Option<bool>, sink: &mut dyn Sink) {
        if let Self::Given(user) = self {
            sink.learn(Fact::Login {
                user,
                plain_password: true,
                accepted,
            });
            *self = Self::None;
        }
    }

    /// Bytes that it holds.
    pub(crate) fn held(&self) -> usize {
        match self {
            Self::Password(user) | Self::Given(user) => user.capacity(),
            _ => 0,
        }
    }
}

/// The user of PLAIN: the second of three texts.
fn plain_user(text: &[u8]) -> Vec<u8> {
    let decoded = base64(bounded(text, MAX_TEXT));
    let mut texts = decoded.split(|byte| *byte == 0);
    texts.nth(1).unwrap_or_default().to_vec()
}

fn user(text: &[u8]) -> Vec<u8> {
    base64(bounded(text, MAX_TEXT))
}
