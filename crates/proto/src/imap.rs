//! IMAP: who logs in, and where TLS begins. What the mails say is not read.
//!
//! RFC 9051: commands with tags (6), STARTTLS (6.2.1), AUTHENTICATE (6.2.2), LOGIN (6.2.3), literals (4.3).

use crate::application::{Application, Next, Parser};
use crate::mime::base64;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Sides, Step, Waiting, bounded, drive, line, split};

/// The parser.
pub(crate) static IMAP: Application = Application {
    names: &["imap"],
    new: |_| Box::new(Imap::default()),
    frames: &[],
    buffers: &[],
    numbers: &[],
    events: &[],
};

/// A line that is read; commands before the login are short.
const MAX_LINE: usize = 4 << 10;
/// A tag or a user's name that is kept.
const MAX_NAME: usize = 256;

/// What the client has begun and the server has not answered.
#[derive(Debug, Default, PartialEq, Eq)]
enum Begun {
    #[default]
    Nothing,
    StartTls,
    Login,
    /// `AUTHENTICATE PLAIN` without its answer.
    Plain,
    /// `AUTHENTICATE LOGIN`: the user's name comes next.
    User,
    /// Another method, whose lines are not understood.
    Foreign,
}

#[derive(Default)]
struct Imap {
    waiting: Sides<Waiting>,
    begun: Begun,
    tag: Vec<u8>,
    user: Vec<u8>,
    has_password: bool,
}

impl Parser for Imap {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_LINE, |bytes| {
            let (line, length) = match line(bytes) {
                Some(found) => found,
                None if bytes.len() < MAX_LINE => return Step::More,
                None => (bounded(bytes, MAX_LINE), bytes.len()),
            };
            match side {
                Side::Client => self.command(line),
                Side::Server => match self.answer(line, sink) {
                    None => {}
                    Some(Next::Switch { to, .. }) => return Step::Switch(length, to),
                    Some(next) => return Step::Stop(next),
                },
            }
            Step::Used(length)
        })
    }

    fn gap(&mut self, side: Side, length: u64, _: &mut dyn Sink) -> Next {
        self.waiting.mut_of(side).lose(length);
        Next::More
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        let names = self.tag.capacity() + self.user.capacity();
        self.waiting.held() + names
    }
}

impl Imap {
    fn command(&mut self, line: &[u8]) {
        match self.begun {
            Begun::Plain => {
                self.has_password = true;
                self.begun = Begun::Login;
                return self.plain(line);
            }
            Begun::User => {
                self.user = base64(bounded(line, MAX_NAME));
                self.has_password = true;
                self.begun = Begun::Foreign;
                return;
            }
            _ => {}
        }
        let (tag, rest) = split(line, b' ');
        let (verb, rest) = split(rest, b' ');
        let begun = if verb.eq_ignore_ascii_case(b"STARTTLS") {
            Begun::StartTls
        } else if verb.eq_ignore_ascii_case(b"LOGIN") {
            self.user = word(rest).to_vec();
            self.has_password = true;
            Begun::Login
        } else if verb.eq_ignore_ascii_case(b"AUTHENTICATE") {
            self.authenticate(rest)
        } else {
            return;
        };
        self.begun = begun;
        self.tag = bounded(tag, MAX_NAME).to_vec();
    }

    fn authenticate(&mut self, rest: &[u8]) -> Begun {
        let (method, initial) = split(rest, b' ');
        self.user.clear();
        self.has_password = false;
        if method.eq_ignore_ascii_case(b"LOGIN") {
            return Begun::User;
        }
        if !method.eq_ignore_ascii_case(b"PLAIN") {
            return Begun::Foreign;
        }
        if initial.is_empty() {
            return Begun::Plain;
        }
        self.has_password = true;
        self.plain(initial);
        Begun::Login
    }

    /// The second of three texts is the user (RFC 4616).
    fn plain(&mut self, text: &[u8]) {
        let decoded = base64(bounded(text, MAX_LINE));
        let user = decoded.split(|byte| *byte == 0).nth(1).unwrap_or_default();
        self.user = bounded(user, MAX_NAME).to_vec();
    }

    /// A line of the server; something when the parser has come to an end.
    fn answer(&mut self, line: &[u8], sink: &mut dyn Sink) -> Option<Next> {
        let (tag, rest) = split(line, b' ');
        if line.starts_with(b"* PREAUTH") {
            return Some(Next::Done);
        }
        if self.begun == Begun::Nothing || tag != self.tag {
            return None;
        }
        let (status, _) = split(rest, b' ');
        let accepted = status.eq_ignore_ascii_case(b"OK");
        match std::mem::take(&mut self.begun) {
            Begun::StartTls if accepted => Some(Next::Switch {
                rest: 0,
                to: Some("tls"),
            }),
            Begun::StartTls | Begun::Nothing => None,
            _ => {
                sink.learn(Fact::Login {
                    user: &self.user,
                    plain_password: self.has_password,
                    accepted: Some(accepted),
                });
                accepted.then_some(Next::Done)
            }
        }
    }
}

/// A word in quotes or without.
fn word(text: &[u8]) -> &[u8] {
    let word = match text.strip_prefix(b"\"") {
        Some(quoted) => split(quoted, b'"').0,
        None => split(text, b' ').0,
    };
    bounded(word, MAX_NAME)
}

#[cfg(test)]
mod tests;
