//! Telnet: who logs in, as far as the prompts tell, and what the client says of itself.
//!
//! RFC 854; of options the terminal's type (RFC 1091) and the environment (RFC 1572, RFC 1408) are read. Servers echo what is typed but the password, so that the line after
//! a prompt that ends in `login:` is a user and the one after `Password:` the password, which is not kept.

mod option;

use std::borrow::Cow;

use wirewatch_records::{Row, TelnetRow};

use crate::application::{Application, Next, Parser};
use crate::protocol::Side;
use crate::sink::{Fact, Frame, Sink};
use crate::waiting::Sides;

/// The parser.
pub(crate) static TELNET: Application = Application {
    names: &["telnet"],
    new: |_| Box::new(Telnet::default()),
    frames: &["ctl", "data", "pdu"],
    buffers: &[],
    numbers: &[],
    events: &[],
};

/// A line that is kept; prompts and names are short.
const MAX_LINE: usize = 256;
/// Bytes of the server after which no login is waited for.
const MAX_TALK: u32 = 64 << 10;

const CONTROL: u8 = 0;
const DATA: u8 = 1;
/// Either of them.
const PDU: u8 = 2;

const USER_PROMPTS: &[&[u8]] = &[b"login:", b"username:", b"user:", b"user name:"];
const PASSWORD_PROMPTS: &[&[u8]] = &[b"password:", b"passcode:"];
const REFUSALS: &[&[u8]] = &[
    b"incorrect",
    b"failed",
    b"denied",
    b"invalid",
    b"bad password",
];

/// What stands before a byte in its stream.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Before {
    #[default]
    None,
    /// IAC.
    Command,
    /// WILL, WON'T, DO or DON'T.
    Named,
    /// Inside a subnegotiation, and behind an IAC in one.
    Inside,
    InsideCommand,
}

/// What the client's line is.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Asked {
    #[default]
    Nothing,
    User,
    Password,
    /// Both were given; what the server says now tells.
    Answered,
}

#[derive(Default)]
struct Telnet {
    option: Sides<Before>,
    /// The kind of the span at hand.
    span: Sides<Option<u8>>,
    line: Sides<Vec<u8>>,
    asked: Asked,
    user: Vec<u8>,
    talk: u32,
    said: Box<option::Said>,
    /// Whether a record was told.
    is_told: bool,
}

impl Parser for Telnet {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        for (place, byte) in bytes.iter().enumerate() {
            if side == Side::Client && self.option.client != Before::None {
                self.negotiated(*byte);
            }
            let plain = self.plain(side, *byte);
            let rest = bytes.len().saturating_sub(place);
            self.tell_span(side, plain, rest, sink);
            if let Some(byte) = plain {
                match side {
                    Side::Client => self.typed(byte),
                    Side::Server => self.shown(byte, sink),
                }
            }
        }
        if side == Side::Server {
            self.talk = self.talk.saturating_add(bytes.len() as u32);
        }
        if self.talk > MAX_TALK {
            Next::Done
        } else {
            Next::More
        }
    }

    fn gap(&mut self, side: Side, _: u64, _: &mut dyn Sink) -> Next {
        self.line.mut_of(side).clear();
        Next::More
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if self.asked == Asked::Answered {
            self.login(None, sink);
        }
        if side == Side::Server && !self.is_told {
            self.tell(None, None, sink);
        }
    }

    fn held(&self) -> usize {
        let lines = self.line.client.capacity() + self.line.server.capacity();
        lines + self.user.capacity() + size_of::<option::Said>() + self.said.held()
    }
}

impl Telnet {
    /// The byte, unless it belongs to an option.
    fn plain(&mut self, side: Side, byte: u8) -> Option<u8> {
        let option = self.option.mut_of(side);
        let (next, plain) = match (*option, byte) {
            (Before::None, 255) => (Before::Command, None),
            (Before::None, _) => (Before::None, Some(byte)),
            (Before::Command, 251..=254) => (Before::Named, None),
            (Before::Command, 250)
            | (Before::Inside, 0..=254)
            | (Before::InsideCommand, 0..=239 | 241..) => (Before::Inside, None),
            (Before::Inside, _) => (Before::InsideCommand, None),
            (Before::Command | Before::Named | Before::InsideCommand, _) => (Before::None, None),
        };
        *option = next;
        plain
    }

    /// Spans are single commands, and lines of text between them; `rest` counts the byte at hand.
    fn tell_span(&mut self, side: Side, plain: Option<u8>, rest: usize, sink: &mut dyn Sink) {
        let kind = if plain.is_some() { DATA } else { CONTROL };
        let is_over = match plain {
            Some(byte) => byte == b'\n',
            None => *self.option.of(side) == Before::None,
        };
        let open = self.span.mut_of(side);
        if let Some(before) = open.filter(|before| *before != kind) {
            sink.frame_end(before, side, rest, None);
            sink.frame_end(PDU, side, rest, None);
            *open = None;
        }
        if open.is_none() {
            sink.frame(Frame::open(kind, side, rest));
            sink.frame(Frame::open(PDU, side, rest));
            *open = Some(kind);
        }
        if is_over {
            sink.frame_end(kind, side, rest.saturating_sub(1), None);
            sink.frame_end(PDU, side, rest.saturating_sub(1), None);
            *open = None;
        }
    }

    fn typed(&mut self, byte: u8) {
        match byte {
            b'\r' | b'\n' => {}
            // Backspace and delete.
            8 | 127 => {
                self.line.client.pop();
                return;
            }
            0 => return,
            _ => {
                if self.line.client.len() < MAX_LINE {
                    self.line.client.push(byte);
                }
                return;
            }
        }
        let line = std::mem::take(&mut self.line.client);
        match self.asked {
            Asked::User if !line.is_empty() => self.user = line,
            Asked::Password => self.asked = Asked::Answered,
            _ => {}
        }
    }

    fn shown(&mut self, byte: u8, sink: &mut dyn Sink) {
        if matches!(byte, b'\r' | b'\n') {
            let line = std::mem::take(&mut self.line.server);
            if self.asked == Asked::Answered && !line.trim_ascii().is_empty() {
                let refused = REFUSALS.iter().any(|word| contains(&line, word));
                self.login(Some(!refused), sink);
            }
            return;
        }
        if self.line.server.len() < MAX_LINE {
            self.line.server.push(byte.to_ascii_lowercase());
        }
        if byte == b':' {
            let ends = |prompts: &[&[u8]]| {
                prompts
                    .iter()
                    .any(|prompt| self.line.server.ends_with(prompt))
            };
            let is_past = self.line.server.ends_with(b"last login:");
            let (user, password) = (ends(USER_PROMPTS) && !is_past, ends(PASSWORD_PROMPTS));
            if (user || password) && self.asked == Asked::Answered {
                // Asked again: what was given was refused.
                self.login(Some(false), sink);
            }
            if user || password {
                self.line.server.clear();
            }
            if user {
                self.asked = Asked::User;
            } else if password {
                self.asked = Asked::Password;
            }
        }
    }

    /// A byte of an option of the client.
    fn negotiated(&mut self, byte: u8) {
        match (self.option.client, byte) {
            (Before::Command, 250) => self.said.begin(),
            (Before::Inside, 0..=254) => self.said.add(byte),
            (Before::InsideCommand, 240) => self.said.end(),
            _ => {}
        }
    }

    fn tell(&mut self, user: Option<&[u8]>, success: Option<bool>, sink: &mut dyn Sink) {
        self.is_told = true;
        let environment: Vec<Cow<'_, str>> = self.said.environment().collect();
        let environment: Vec<&str> = environment.iter().map(|one| &**one).collect();
        let row = TelnetRow {
            user,
            success,
            terminal: self.said.terminal(),
            environment: &environment,
        };
        sink.record(None, Side::Client, &Row::Telnet(row));
    }

    fn login(&mut self, accepted: Option<bool>, sink: &mut dyn Sink) {
        self.asked = Asked::Nothing;
        let user = self.user.clone();
        self.tell(Some(&user), accepted, sink);
        sink.learn(Fact::Login {
            user: &self.user,
            plain_password: true,
            accepted,
        });
    }
}

fn contains(line: &[u8], word: &[u8]) -> bool {
    line.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests;
