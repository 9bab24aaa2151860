//! SQL Server's TDS ([MS-TDS]): what is agreed before the login, and the login where it is readable.

use wirewatch_records::{Row, TdsRow};

use crate::application::{Application, Next, Parser};
use crate::exchange::{Detail, Exchange};
use crate::ntlmssp::utf16;
use crate::protocol::Side;
use crate::sink::{Fact, Sink};
use crate::waiting::{Sides, Step, Waiting, drive};

#[cfg(test)]
mod tests;

/// The parser.
pub(crate) static TDS: Application = Application {
    names: &["tds"],
    new: |_| Box::<Tds>::default(),
    frames: &[],
    buffers: &[],
    numbers: &[],
    events: &[],
};

/// The longest packet that is read; servers allow 32,767 bytes.
const MAX_PACKET: usize = 32 << 10;
/// Bytes kept of a name; the protocol allows 128 characters.
const MAX_NAME: usize = 256;
/// Options before the login that are looked at; nine exist.
const MAX_OPTIONS: usize = 16;

const HEADER: usize = 8;
const REPLY: u8 = 4;
const LOGIN: u8 = 0x10;
const PRELOGIN: u8 = 0x12;

/// What is known of a login.
#[derive(Debug, Default)]
struct Known {
    version: Option<u32>,
    /// Client, user, program, server and database.
    names: [Option<Box<[u8]>>; 5],
    encryption: Option<u8>,
}

/// One connection.
#[derive(Debug, Default)]
struct Tds {
    waiting: Sides<Waiting>,
    encryption: Option<u8>,
    told: bool,
}

impl Tds {
    fn step(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Step {
        let Some([kind, _, high, low, ..]) = bytes.first_chunk::<HEADER>().copied() else {
            return Step::More;
        };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < HEADER {
            return Step::Stop(Next::Done);
        }
        let Some(packet) = bytes.get(HEADER..length.min(MAX_PACKET)) else {
            return Step::More;
        };
        match (side, kind) {
            (Side::Server, REPLY) if self.encryption.is_none() => self.agreed(packet, sink),
            (Side::Client, LOGIN) => self.login(packet, sink),
            (Side::Client, PRELOGIN) => {}
            _ if self.told => return Step::Stop(Next::Done),
            _ => {}
        }
        Step::Skip(length as u64)
    }

    /// What the server says before the login: options with places and lengths.
    fn agreed(&mut self, packet: &[u8], sink: &mut dyn Sink) {
        const ENCRYPTION: u8 = 1;
        const ON: u8 = 1;
        const REQUIRED: u8 = 3;
        let option = packet
            .chunks_exact(5)
            .take(MAX_OPTIONS)
            .find(|option| option.first() == Some(&ENCRYPTION));
        let place = match option {
            Some([_, high, low, ..]) => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return,
        };
        self.encryption = packet.get(place).copied();
        if matches!(self.encryption, Some(ON | REQUIRED)) {
            self.tell(Known::default(), sink);
        }
    }

    /// A login ([MS-TDS] 2.2.6.4). Its password can be undone by anybody.
    fn login(&mut self, packet: &[u8], sink: &mut dyn Sink) {
        const INTEGRATED: u8 = 0x80;
        let version = packet
            .get(4..)
            .and_then(<[u8]>::first_chunk)
            .map(|bytes| u32::from_le_bytes(*bytes));
        let name = |place: usize| {
            let [o0, o1, l0, l1] = packet.get(place..)?.first_chunk().copied()?;
            let offset = usize::from(u16::from_le_bytes([o0, o1]));
            let length = usize::from(u16::from_le_bytes([l0, l1])).saturating_mul(2);
            let text = packet.get(offset..)?.get(..length)?;
            Some(utf16(text, MAX_NAME)).filter(|text| !text.is_empty())
        };
        let known = Known {
            version,
            names: [name(36), name(40), name(48), name(52), name(68)],
            encryption: None,
        };
        let integrated = packet.get(25).is_some_and(|flags| flags & INTEGRATED != 0);
        if let [_, Some(user), ..] = &known.names {
            sink.learn(Fact::Login {
                user,
                plain_password: !integrated,
                accepted: None,
            });
        }
        self.tell(known, sink);
    }

    fn tell(&mut self, known: Known, sink: &mut dyn Sink) {
        if !self.told {
            self.told = true;
            let known = Known {
                encryption: self.encryption,
                ..known
            };
            Exchange::new(0, &TDS, known).finish(Side::Client, sink);
        }
    }
}

impl Detail for Known {
    fn row(exchange: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let known = &exchange.detail;
        let version = known.version.map(|version| match version >> 24 {
            0x70 => "7.0".into(),
            0x71 => "7.1".into(),
            0x72 => "7.2".into(),
            0x73 => "7.3".into(),
            0x74 => "7.4".into(),
            0x08 => "8.0".into(),
            _ => format!("0x{version:08x}"),
        });
        let [host, user, application, server, database] = &known.names;
        put(&Row::Tds(TdsRow {
            client_version: version.as_deref(),
            host: host.as_deref(),
            user: user.as_deref(),
            application: application.as_deref(),
            server: server.as_deref(),
            database: database.as_deref(),
            encryption: known.encryption.map(|encryption| match encryption {
                0 => "off",
                1 => "on",
                2 => "not_supported",
                3 => "required",
                _ => "unknown",
            }),
        }));
    }
}

impl Parser for Tds {
    fn data(&mut self, side: Side, bytes: &[u8], sink: &mut dyn Sink) -> Next {
        drive!(self.waiting, side, bytes, MAX_PACKET, |rest| {
            self.step(side, rest, sink)
        })
    }

    fn gap(&mut self, _: Side, _: u64, _: &mut dyn Sink) -> Next {
        Next::Done
    }

    fn end(&mut self, _: Side, _: &mut dyn Sink) {}

    fn held(&self) -> usize {
        self.waiting.held()
    }
}
