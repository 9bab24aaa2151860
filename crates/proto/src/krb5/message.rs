//! Messages of Kerberos (RFC 4120, sections 5.4 and 5.9).

use super::ticket::{Ticket, parts, text};
use crate::der::Elements;

/// One message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Message {
    /// Its number: 10 to 13 and 30.
    pub(super) kind: u8,
    pub(super) client: Vec<Box<[u8]>>,
    pub(super) realm: Box<[u8]>,
    pub(super) service: Vec<Box<[u8]>>,
    /// What the server says about an error.
    pub(super) text: Box<[u8]>,
    pub(super) what: What,
}

/// What only one kind of message has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// A ticket is asked for.
    Request(Asks),
    /// A ticket is given; how it and the rest are encrypted.
    Reply {
        encryption: Option<i64>,
        ticket: Option<i64>,
    },
    /// It is not.
    Error { code: u32 },
}

/// How the ticket shall be. Times in microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Asks {
    pub(super) forwardable: bool,
    pub(super) renewable: bool,
    pub(super) from: Option<i64>,
    pub(super) till: Option<i64>,
}

impl Message {
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let outer = Elements(bytes).next()?;
        let fields = Elements(outer.content).enter(0x30)?;
        match outer.tag {
            0x6a => request(10, fields),
            0x6c => request(12, fields),
            0x6b => reply(11, fields),
            0x6d => reply(13, fields),
            0x7e => error(fields),
            _ => None,
        }
    }

    /// Whether this answers that request.
    pub(super) fn answers(&self, asked: Option<&Self>) -> bool {
        asked.is_some_and(|asked| match self.what {
            What::Error { .. } => true,
            _ => self.kind == asked.kind.wrapping_add(1),
        })
    }

    pub(super) fn encryption(&self) -> Option<i64> {
        match self.what {
            What::Reply { encryption, .. } => encryption,
            _ => None,
        }
    }

    pub(super) fn asks(&self) -> Option<Asks> {
        match self.what {
            What::Request(asks) => Some(asks),
            _ => None,
        }
    }
}

fn request(kind: u8, fields: Elements<'_>) -> Option<Message> {
    let body = Elements(fields.find(0xa4)?).enter(0x30)?;
    let options = body
        .find(0xa0)
        .and_then(|options| Elements(options).enter(0x03));
    let options = options.and_then(|options| options.0.get(1..)?.first_chunk().copied());
    let options = options.map_or(0, u32::from_be_bytes);
    Some(Message {
        kind,
        client: body.find(0xa1).map(parts).unwrap_or_default(),
        realm: body.find(0xa2).map(text).unwrap_or_default(),
        service: body.find(0xa3).map(parts).unwrap_or_default(),
        text: Box::default(),
        what: What::Request(Asks {
            forwardable: options & 0x4000_0000 != 0,
            renewable: options & 0x0080_0000 != 0,
            from: body.find(0xa4).and_then(time),
            till: body.find(0xa5).and_then(time),
        }),
    })
}

fn reply(kind: u8, fields: Elements<'_>) -> Option<Message> {
    let ticket = Ticket::read(Elements(fields.find(0xa5)?))?;
    let encrypted = Elements(fields.find(0xa6)?).enter(0x30)?;
    Some(Message {
        kind,
        client: parts(fields.find(0xa4)?),
        realm: text(fields.find(0xa3)?),
        service: ticket.service,
        text: Box::default(),
        what: What::Reply {
            encryption: encrypted
                .find(0xa0)
                .and_then(|kind| Elements(kind).next()?.number()),
            ticket: ticket.encryption,
        },
    })
}

fn error(fields: Elements<'_>) -> Option<Message> {
    let code = Elements(fields.find(0xa6)?).next()?.number()?;
    Some(Message {
        kind: 30,
        client: fields.find(0xa8).map(parts).unwrap_or_default(),
        realm: fields.find(0xa9).map(text).unwrap_or_default(),
        service: fields.find(0xaa).map(parts).unwrap_or_default(),
        text: fields.find(0xab).map(text).unwrap_or_default(),
        what: What::Error {
            code: u32::try_from(code).ok()?,
        },
    })
}

/// A `GeneralizedTime` of seconds in UTC (RFC 4120, section 5.2.3), in microseconds since 1970.
pub(super) fn time(content: &[u8]) -> Option<i64> {
    let digits = Elements(content)
        .next_if(0x18)?
        .content
        .strip_suffix(b"Z")?;
    let digits: &[u8; 14] = digits.try_into().ok()?;
    let number = |range: std::ops::Range<usize>| {
        digits.get(range)?.iter().try_fold(0_i64, |value, digit| {
            digit
                .is_ascii_digit()
                .then(|| value * 10 + i64::from(digit - b'0'))
        })
    };
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    let (hour, minute, second) = (number(8..10)?, number(10..12)?, number(12..14)?);
    // Days since 1970 by years that begin in March, so that a leap day is a year's last.
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468;
    Some((days * 86_400 + hour * 3_600 + minute * 60 + second) * 1_000_000)
}
