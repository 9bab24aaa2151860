//! Who logs in with SASL in a protocol of lines, and how: SMTP (RFC 4954), POP3 (RFC 5034) and IMAP (RFC 9051, section 6.2.2).
//!
//! `PLAIN` (RFC 4616), `LOGIN` and `NTLM` are understood; passwords are not kept.

use crate::mime::base64;
use crate::ntlmssp::Talk;
use crate::sink::{Fact, Sink};
use crate::waiting::{bounded, split};

/// Bytes of a line that are decoded: a name and a password fit.
const MAX_LINE: usize = 2 << 10;

/// How far somebody's login is.
#[derive(Debug, Default)]
pub(crate) enum Login {
    #[default]
    None,
    /// `PLAIN` without its answer.
    Plain,
    /// `LOGIN`: the user's name comes next.
    User,
    /// Then the password, which is not kept.
    Password(Vec<u8>),
    /// What the server says now tells whether it is good.
    Given(Vec<u8>, bool),
    /// `NTLM`.
    Ntlm(Box<Talk>),
    /// A method that is not understood; its lines are no commands.
    Foreign,
}

impl Login {
    /// The command that begins it: the method, and perhaps what the client says at once.
    pub(crate) fn begin(method_and_initial: &[u8]) -> Self {
        let (method, initial) = split(method_and_initial, b' ');
        let initial = initial.trim_ascii();
        match (method, initial) {
            _ if method.eq_ignore_ascii_case(b"PLAIN") && initial.is_empty() => Self::Plain,
            _ if method.eq_ignore_ascii_case(b"PLAIN") => Self::Given(plain_user(initial), true),
            _ if method.eq_ignore_ascii_case(b"NTLM") => Self::Ntlm(Box::default()),
            _ if !method.eq_ignore_ascii_case(b"LOGIN") => Self::Foreign,
            (_, b"") => Self::User,
            _ => Self::Password(user(initial)),
        }
    }

    /// Whether the client's next line belongs to it.
    pub(crate) fn goes_on(&self) -> bool {
        !matches!(self, Self::None | Self::Given(..))
    }

    /// A line of the client.
    pub(crate) fn said(&mut self, line: &[u8]) {
        *self = match std::mem::take(self) {
            Self::Plain => Self::Given(plain_user(line), true),
            Self::User => Self::Password(user(line)),
            Self::Password(user) => Self::Given(user, true),
            Self::Ntlm(mut talk) => {
                talk.hear_text(line);
                Self::Ntlm(talk)
            }
            login => login,
        };
    }

    /// The server asks for more, perhaps with a challenge.
    pub(crate) fn asked(&mut self, text: &[u8]) {
        if let Self::Ntlm(talk) = self {
            talk.hear_text(text);
        }
    }

    /// The server has answered: tells who logged in.
    pub(crate) fn answered(&mut self, accepted: bool, sink: &mut dyn Sink) {
        match std::mem::take(self) {
            Self::Given(user, plain_password) => sink.learn(Fact::Login {
                user: &user,
                plain_password,
                accepted: Some(accepted),
            }),
            Self::Ntlm(mut talk) => talk.answered(accepted, None, sink),
            _ => {}
        }
    }
}

/// The user of `PLAIN`: the second of three texts (RFC 4616).
fn plain_user(text: &[u8]) -> Vec<u8> {
    let decoded = base64(bounded(text, MAX_LINE));
    let mut texts = decoded.split(|byte| *byte == 0);
    texts.nth(1).unwrap_or_default().to_vec()
}

fn user(text: &[u8]) -> Vec<u8> {
    base64(bounded(text, MAX_LINE))
}
