//! SSL 2's hellos: still sent by old stacks to offer SSL 3 or TLS 1.0 (RFC 5246, appendix E.2).

use super::read::Reader;

/// Bytes of a hello; ciphers, session and challenge of real ones stay below 200, a certificate in
/// the server's below 4 KB.
const MAX_HELLO: usize = 16 << 10;

/// One side's first record, as long as it may be SSL 2's.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    bytes: Vec<u8>,
}

/// What the first bytes of a side turn out to be.
#[derive(Debug)]
pub(super) enum Found<'a> {
    /// More is needed.
    Unsure,
    /// Not SSL 2.
    Other,
    /// A hello, and the bytes behind it.
    Hello(Vec<u8>, &'a [u8]),
    /// Something with SSL 2's header that is no hello.
    Broken,
}

impl Gathering {
    /// Takes a piece.
    pub(super) fn next<'a>(&mut self, piece: &'a [u8]) -> Found<'a> {
        if self.bytes.is_empty() && piece.first().is_some_and(|byte| byte & 0x80 == 0) {
            return Found::Other;
        }
        let before = self.bytes.len();
        let room = (MAX_HELLO + 2).saturating_sub(before);
        let taken = piece.get(..room).unwrap_or(piece);
        self.bytes.extend_from_slice(taken);
        let Some([high, low]) = self.bytes.first_chunk::<2>() else {
            return Found::Unsure;
        };
        let length = usize::from(u16::from_be_bytes([high & 0x7f, *low]));
        let kind = self.bytes.get(2);
        if kind.is_some_and(|kind| !matches!(kind, 0 | 1 | 4)) || !(3..=MAX_HELLO).contains(&length)
        {
            return Found::Broken;
        }
        if self.bytes.len() < length + 2 {
            return Found::Unsure;
        }
        let mut hello = std::mem::take(&mut self.bytes);
        hello.truncate(length + 2);
        hello.drain(..2);
        let used = (length + 2).saturating_sub(before);
        Found::Hello(hello, piece.get(used..).unwrap_or_default())
    }

    pub(super) fn held(&self) -> usize {
        self.bytes.capacity()
    }
}

/// What a hello says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Hello<'a> {
    /// The client's.
    Client {
        version: u16,
        challenge: &'a [u8],
        has_session: bool,
    },
    /// The server's, with its certificate.
    Server { version: u16, certificate: &'a [u8] },
    /// An error instead of one.
    Error,
}

impl<'a> Hello<'a> {
    /// Reads a hello; none when its lengths do not fit together.
    pub(super) fn read(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(body);
        match reader.u8()? {
            0 => Some(Self::Error),
            1 => {
                let version = reader.u16()?;
                let (ciphers, session, challenge) = (reader.u16()?, reader.u16()?, reader.u16()?);
                reader.take(usize::from(ciphers))?;
                reader.take(usize::from(session))?;
                Some(Self::Client {
                    version,
                    challenge: reader.take(usize::from(challenge))?,
                    has_session: session > 0,
                })
            }
            4 => {
                reader.u16()?;
                let version = reader.u16()?;
                let (certificate, ciphers, connection) =
                    (reader.u16()?, reader.u16()?, reader.u16()?);
                let certificate = reader.take(usize::from(certificate))?;
                reader.take(usize::from(ciphers))?;
                reader.take(usize::from(connection))?;
                Some(Self::Server {
                    version,
                    certificate,
                })
            }
            _ => None,
        }
    }
}
