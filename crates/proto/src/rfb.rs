//! VNC's remote frame buffer: versions, how the client proves itself, and the screen it gets.
//!
//! RFC 6143, section 7. What comes after the handshake is not read.

use wirewatch_records::{RfbRow, Row};

use crate::application::{Application, COMPLETE, Facts, Next, Parser};
use crate::document::Document;
use crate::exchange::{Detail, Exchange, event, field as one};
use crate::protocol::Side;
use crate::sink::{Fact, Frame, Sink};
use crate::waiting::{Cut, Sides, Step, Waiting, bounded, drive};

/// The parser.
pub(crate) static RFB: Application = Application {
    names: &["rfb"],
    new: |_: &Facts| Box::new(Rfb::new()),
    frames: &["pdu"],
    buffers: &[one("rfb.name", Side::Server, COMPLETE)],
    numbers: &[
        one("rfb.sectype", Side::Client, CHOSEN),
        one("rfb.secresult", Side::Server, JUDGED),
    ],
    events: &[
        event(
            "rfb.unimplemented_security_type",
            "The two agree on a way to log in that is not followed.",
        ),
        event(
            "rfb.malformed_message",
            "A message of the handshake is not what it should be.",
        ),
        event(
            "rfb.unknown_security_result",
            "The server says of a login something else than that it was right, wrong, or one too many.",
        ),
        event(
            "rfb.confused_state",
            "A side sends very much before it is its turn; the rest is not read.",
        ),
    ],
};

const PDU_FRAME: u8 = 0;

const NAME: usize = 0;
const SECURITY_TYPE: usize = 0;
const SECURITY_RESULT: usize = 1;

const UNIMPLEMENTED: usize = 0;
const MALFORMED: usize = 1;
const UNKNOWN_RESULT: usize = 2;
const CONFUSED: usize = 3;

const CHOSEN: u8 = 1;
const JUDGED: u8 = 2;

const VERSION: usize = 12;
const CHALLENGE: usize = 16;
const PIXEL_FORMAT: usize = 16;
/// A name that is read.
const MAX_NAME: usize = 1024;
/// Bytes that wait; the longest message of the handshake is the server's with its name.
const MAX_WAITING: usize = 4096;
/// An Apple key is at most this long.
const MAX_KEY: usize = 1024;

const NONE: u32 = 1;
const VNC: u32 = 2;
const APPLE: u32 = 30;

/// What comes next; both sides share it, as they take turns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    ServerVersion,
    ClientVersion,
    /// The server decides (version 3.3) or offers.
    Types,
    Choice,
    Challenge,
    Response,
    AppleKey,
    AppleProof(usize),
    Result,
    ClientInit,
    ServerInit,
}

impl Phase {
    fn speaker(self) -> Side {
        match self {
            Self::ClientVersion
            | Self::Choice
            | Self::Response
            | Self::AppleProof(_)
            | Self::ClientInit => Side::Client,
            _ => Side::Server,
        }
    }
}

/// What the handshake told.
#[derive(Debug, Default)]
struct Handshake {
    server: Option<[u8; 6]>,
    client: Option<[u8; 6]>,
    security: Option<u32>,
    challenge: Option<[u8; CHALLENGE]>,
    response: Option<[u8; CHALLENGE]>,
    result: Option<u32>,
    shared: Option<bool>,
    screen: Option<(u16, u16, [u8; PIXEL_FORMAT])>,
}

struct Rfb {
    waiting: Sides<Waiting>,
    phase: Phase,
    exchange: Exchange<Handshake>,
    is_told: bool,
}

impl Parser for Rfb {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        let next = drive!(self.waiting, side, bytes, MAX_WAITING, |bytes| {
            self.step(side, bytes, sink)
        });
        if next == Next::DoneWithSide && self.phase.speaker() != side {
            self.exchange.event(side, CONFUSED, sink);
        }
        let next = next.of_both();
        if next == Next::Done {
            self.tell(sink);
        }
        next
    }

    fn gap(&mut self, _: Side, _: u64, sink: &mut dyn Sink) -> Next {
        self.tell(sink);
        Next::Done
    }

    fn end(&mut self, side: Side, sink: &mut dyn Sink) {
        if side == Side::Server {
            self.tell(sink);
        }
    }

    fn held(&self) -> usize {
        self.waiting.held() + self.exchange.held()
    }
}

impl Rfb {
    fn new() -> Self {
        Self {
            waiting: Sides::default(),
            phase: Phase::ServerVersion,
            exchange: Exchange::new(0, &RFB, Handshake::default()),
            is_told: false,
        }
    }

    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        // What one side says before its turn waits.
        if self.phase.speaker() != side {
            return Step::More;
        }
        let mut cut = Cut(bytes);
        let next = self.read(&mut cut, sink);
        let used = bytes.len().saturating_sub(cut.0.len());
        if next.is_some() {
            let frame = Frame::new(PDU_FRAME, side, bytes.len(), used);
            sink.frame(frame.of(&self.exchange));
        }
        match next {
            Some(Next::More) => Step::Used(used),
            Some(next) => Step::Stop(next),
            None => Step::More,
        }
    }

    /// Reads the message that is due; nothing when it is not whole.
    fn read(&mut self, cut: &mut Cut<'_>, sink: &mut dyn Sink) -> Option<Next> {
        let minor = self.minor();
        let handshake = &mut self.exchange.detail;
        self.phase = match self.phase {
            Phase::ServerVersion | Phase::ClientVersion => return self.version(cut, sink),
            Phase::Types if minor < 7 => {
                let security = cut.be32()?;
                return Some(self.choose(security, sink));
            }
            Phase::Types => {
                let count = cut.byte()?;
                cut.take(usize::from(count))?;
                if count == 0 {
                    // Refused, with a reason.
                    return Some(Next::Done);
                }
                Phase::Choice
            }
            Phase::Choice => {
                let security = u32::from(cut.byte()?);
                return Some(self.choose(security, sink));
            }
            Phase::Challenge => {
                handshake.challenge = Some(cut.array()?);
                Phase::Response
            }
            Phase::Response => {
                handshake.response = Some(cut.array()?);
                Phase::Result
            }
            Phase::AppleKey => {
                let (_, length) = (cut.be16()?, usize::from(cut.be16()?));
                if length > MAX_KEY {
                    return Some(Next::Done);
                }
                cut.take(length.saturating_mul(2))?;
                Phase::AppleProof(length.saturating_add(128))
            }
            Phase::AppleProof(length) => {
                cut.take(length)?;
                Phase::Result
            }
            Phase::Result => return self.result(cut, sink),
            Phase::ClientInit => {
                handshake.shared = Some(cut.byte()? != 0);
                Phase::ServerInit
            }
            Phase::ServerInit => return self.screen(cut),
        };
        Some(Next::More)
    }

    /// `RFB 003.008` and a line break.
    fn version(&mut self, cut: &mut Cut<'_>, sink: &mut dyn Sink) -> Option<Next> {
        let line: [u8; VERSION] = cut.array()?;
        let Some(digits) = digits(&line) else {
            self.exchange.event(self.phase.speaker(), MALFORMED, sink);
            return Some(Next::Done);
        };
        let digits = Some(digits);
        if self.phase == Phase::ServerVersion {
            self.exchange.detail.server = digits;
            self.phase = Phase::ClientVersion;
        } else {
            self.exchange.detail.client = digits;
            self.phase = Phase::Types;
        }
        Some(Next::More)
    }

    /// The minor version that is spoken: the client's.
    fn minor(&self) -> u32 {
        let digits = self
            .exchange
            .detail
            .client
            .and_then(|digits| digits.last_chunk::<3>().copied());
        let text = digits.unwrap_or_default();
        std::str::from_utf8(&text)
            .ok()
            .and_then(|text| text.parse().ok())
            .unwrap_or(3)
    }

    fn choose(&mut self, security: u32, sink: &mut dyn Sink) -> Next {
        self.exchange.detail.security = Some(security);
        self.exchange
            .put_number(SECURITY_TYPE, Side::Client, security);
        self.exchange.reach(Side::Client, CHOSEN, sink);
        self.phase = match security {
            0 => return Next::Done,
            NONE if self.minor() >= 8 => Phase::Result,
            NONE => Phase::ClientInit,
            VNC => Phase::Challenge,
            APPLE => {
                self.exchange.event(Side::Client, UNIMPLEMENTED, sink);
                Phase::AppleKey
            }
            _ => {
                self.exchange.event(Side::Client, UNIMPLEMENTED, sink);
                return Next::Done;
            }
        };
        Next::More
    }

    fn result(&mut self, cut: &mut Cut<'_>, sink: &mut dyn Sink) -> Option<Next> {
        let result = cut.be32()?;
        self.exchange.detail.result = Some(result);
        self.exchange
            .put_number(SECURITY_RESULT, Side::Server, result);
        if result > 2 {
            self.exchange.event(Side::Server, UNKNOWN_RESULT, sink);
        }
        self.exchange.reach(Side::Server, JUDGED, sink);
        sink.learn(Fact::Login {
            user: b"",
            plain_password: false,
            accepted: Some(result == 0),
        });
        self.phase = Phase::ClientInit;
        Some(if result == 0 { Next::More } else { Next::Done })
    }

    fn screen(&mut self, cut: &mut Cut<'_>) -> Option<Next> {
        let (width, height) = (cut.be16()?, cut.be16()?);
        let format = cut.array()?;
        let length = cut.be32()? as usize;
        let name = cut.take(length.min(MAX_NAME))?;
        self.exchange.detail.screen = Some((width, height, format));
        self.exchange
            .put(NAME, Side::Server, bounded(name, MAX_NAME));
        Some(Next::Done)
    }

    fn tell(&mut self, sink: &mut dyn Sink) {
        let said = self.exchange.detail.server.is_some();
        if said && !std::mem::replace(&mut self.is_told, true) {
            self.exchange.finish(Side::Client, sink);
        }
    }
}

impl Detail for Handshake {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let handshake = &exchange.detail;
        let mut document = Document::new(|_, _, _| {});
        handshake.write(&mut document, exchange.first(NAME));
        let part = |digits: &Option<[u8; 6]>, start: usize| {
            let digits = digits
                .as_ref()?
                .get(start..start.saturating_add(3))?
                .to_vec();
            String::from_utf8(digits).ok()
        };
        let (server, client) = (&handshake.server, &handshake.client);
        let server = (part(server, 0), part(server, 3));
        let client = (part(client, 0), part(client, 3));
        let method = handshake.security.map(method);
        let row = RfbRow {
            rfb: &document.finished(),
            client_major: client.0.as_deref(),
            client_minor: client.1.as_deref(),
            server_major: server.0.as_deref(),
            server_minor: server.1.as_deref(),
            method: method.as_deref(),
            accepted: handshake.result.map(|result| result == 0),
            shared: handshake.shared,
            name: exchange.first(NAME),
            width: handshake.screen.map(|(width, _, _)| width),
            height: handshake.screen.map(|(_, height, _)| height),
        };
        put(&row.into());
    }
}

impl Handshake {
    fn write(&self, document: &mut Document, name: Option<&[u8]>) {
        for (key, digits) in [
            ("server_protocol_version", self.server),
            ("client_protocol_version", self.client),
        ] {
            if let Some(digits) = &digits {
                let (major, minor) = digits.split_at(3);
                document.object(key, |version| {
                    version.text("major", major);
                    version.text("minor", minor);
                });
            }
        }
        if let Some(security) = self.security {
            document.object("authentication", |inner| {
                inner.number("security_type", security);
                if let Some(challenge) = &self.challenge {
                    inner.object("vnc", |vnc| {
                        vnc.digits("challenge", challenge);
                        if let Some(response) = &self.response {
                            vnc.digits("response", response);
                        }
                    });
                }
                if let Some(result) = self.result {
                    inner.text("security_result", result_name(result).as_bytes());
                }
            });
        }
        if let Some(shared) = self.shared {
            document.boolean("screen_shared", shared);
        }
        if let Some((width, height, format)) = &self.screen {
            document.object("framebuffer", |inner| {
                inner.number("width", *width);
                inner.number("height", *height);
                inner.text("name", name.unwrap_or_default());
                inner.object("pixel_format", |inner| {
                    pixel_format(format, inner);
                });
            });
        }
    }
}

/// The six digits of a version's line.
fn digits(line: &[u8]) -> Option<[u8; 6]> {
    let numbers = line.strip_prefix(b"RFB ")?.strip_suffix(b"\n")?;
    let (major, minor) = crate::waiting::split(numbers, b'.');
    [major, minor].concat().try_into().ok()
}

/// Section 7.4.
fn pixel_format(format: &[u8], document: &mut Document) -> Option<()> {
    let mut cut = Cut(format);
    document.number("bits_per_pixel", cut.byte()?);
    document.number("depth", cut.byte()?);
    document.boolean("big_endian", cut.byte()? != 0);
    document.boolean("true_color", cut.byte()? != 0);
    for key in ["red_max", "green_max", "blue_max"] {
        document.number(key, cut.be16()?);
    }
    for key in ["red_shift", "green_shift", "blue_shift"] {
        document.number(key, cut.byte()?);
    }
    Some(())
}

fn result_name(result: u32) -> &'static str {
    match result {
        0 => "OK",
        1 => "FAIL",
        2 => "TOOMANY",
        _ => "UNKNOWN",
    }
}

/// Zeek's names of the ways to log in.
fn method(security: u32) -> String {
    let known = match security {
        0 => "Invalid",
        NONE => "None",
        VNC => "VNC",
        16 => "Tight",
        17 => "Ultra",
        18 => "TLS",
        19 => "VeNCrypt",
        20 => "GTK-VNC SASL",
        21 => "MD5 hash authentication",
        22 => "Colin Dean xvp",
        APPLE => "Apple Remote Desktop",
        other => return format!("unknown-{other}"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests;
