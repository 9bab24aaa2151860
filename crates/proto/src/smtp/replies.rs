//! What the server answers, and to which command (RFC 5321, section 4.2; RFC 2920).

use super::table::{
    DATA, DATA_REJECTED, INVALID_PIPELINED_SEQUENCE, INVALID_REPLY, NO_WELCOME, RESPONSE_LINE,
    TLS_REJECTED, UNABLE_TO_MATCH,
};
use super::{Command, MAX_VALUE, Phase, Smtp};
use crate::protocol::Side;
use crate::sink::{Frame, Sink};
use crate::waiting::{Step, bounded, line};

/// The reply codes of SMTP and its extensions.
const CODES: &[u16] = &[
    211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 401, 402, 421, 432, 435, 450, 451, 452, 454,
    455, 500, 501, 502, 503, 504, 521, 523, 524, 525, 530, 534, 535, 538, 550, 551, 552, 553, 554,
    555, 556,
];

impl Smtp {
    pub(super) fn server(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some((line, length)) = line(bytes) else {
            return self.long_line(bytes, Side::Server, sink);
        };
        let frame = Frame::new(RESPONSE_LINE, Side::Server, bytes.len(), length);
        let transaction = self.answered();
        sink.frame(Frame {
            transaction,
            ..frame
        });
        let code = line
            .get(..3)
            .and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| code.parse::<u16>().ok());
        let Some(code) = code.filter(|code| CODES.contains(code)) else {
            // Told from the client's side, as all that is about the mail.
            self.event(Side::Client, INVALID_REPLY, sink);
            return Step::Used(length);
        };
        if line.get(3) == Some(&b'-') {
            return Step::Used(length);
        }
        if self.reply(code, line, sink) {
            return Step::Switch(length, Some("tls"));
        }
        Step::Used(length)
    }

    /// The last line of a reply; true when TLS begins.
    fn reply(&mut self, code: u16, line: &[u8], sink: &mut dyn Sink) -> bool {
        let line = bounded(line, MAX_VALUE);
        if !std::mem::replace(&mut self.is_greeted, true) && self.pending.is_empty() {
            if code != 220 && code != 554 {
                self.event(Side::Server, NO_WELCOME, sink);
            }
            return false;
        }
        if code == 334 {
            return false;
        }
        let Some(command) = self.pending.pop_front() else {
            if code != 421 {
                self.event(Side::Server, UNABLE_TO_MATCH, sink);
            }
            return false;
        };
        let mail = match command {
            Command::EndOfData => self.finishing.front_mut(),
            _ => self.mail.as_mut(),
        };
        if let Some(mail) = mail {
            mail.detail.last_reply = line.to_vec();
        }
        match command {
            Command::Hello => self.hello_reply(code, sink),
            Command::Auth => self.login.answered(code == 235, sink),
            Command::Data => self.data_reply(code, sink),
            Command::StartTls => return self.tls_reply(code, sink),
            Command::EndOfData => {
                if let Some(mail) = self.finishing.pop_front() {
                    Self::put_out(mail, sink);
                }
            }
            Command::Other => {}
        }
        false
    }

    /// A second greeting counts, and gives up the envelope, when it is accepted (RFC 5321, section 4.1.4).
    fn hello_reply(&mut self, code: u16, sink: &mut dyn Sink) {
        let helo = std::mem::take(&mut self.new_helo);
        if !helo.is_empty() && code == 250 {
            self.reset(sink);
            self.helo = helo;
        }
    }

    fn data_reply(&mut self, code: u16, sink: &mut dyn Sink) {
        if !self.pending.is_empty() {
            self.event(Side::Client, INVALID_PIPELINED_SEQUENCE, sink);
        }
        if code == 354 || self.phase != Phase::Data {
            return;
        }
        self.event(Side::Server, DATA_REJECTED, sink);
        self.phase = Phase::Commands;
        sink.frame_end(DATA, Side::Client, 0, self.transaction());
        if let Some(mail) = &mut self.mail {
            mail.detail.message = None;
        }
    }

    fn tls_reply(&mut self, code: u16, sink: &mut dyn Sink) -> bool {
        if code != 220 {
            self.event(Side::Server, TLS_REJECTED, sink);
            return false;
        }
        self.mail().detail.is_tls = true;
        self.finish(sink);
        true
    }
}
