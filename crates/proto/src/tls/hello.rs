//! Client and server hellos (RFC 8446, sections 4.1.2 and 4.1.3; RFC 5246, section 7.4.1).
//!
//! Nothing is copied: what is asked for is found in the message's own bytes. A hello that breaks off
//! inside its extensions still tells what came before.

use super::fingerprint::is_grease;
use super::read::{Reader, numbers};

/// Cipher suites and signature algorithms of a hello that records have. Browsers send about 20 of each.
const MAX_NUMBERS: usize = 512;

/// Extensions that are looked at in one hello. Browsers send about 20; the rest of a longer list
/// would only make fingerprints long.
const MAX_EXTENSIONS: usize = 256;

/// Numbers of extensions (IANA's registry of TLS extension types).
pub(crate) mod extension {
    pub(crate) const SERVER_NAME: u16 = 0;
    pub(crate) const SUPPORTED_GROUPS: u16 = 10;
    pub(crate) const POINT_FORMATS: u16 = 11;
    pub(crate) const SIGNATURE_ALGORITHMS: u16 = 13;
    pub(crate) const ALPN: u16 = 16;
    pub(crate) const PRE_SHARED_KEY: u16 = 41;
    pub(crate) const SUPPORTED_VERSIONS: u16 = 43;
    pub(crate) const KEY_SHARE: u16 = 51;
    pub(crate) const ECH: u16 = 0xfe0d;
    pub(crate) const ESNI: u16 = 0xffce;
}

/// A client's hello.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ClientHello<'a> {
    pub(crate) version: u16,
    pub(crate) random: &'a [u8],
    pub(crate) session_id: &'a [u8],
    pub(crate) ciphers: &'a [u8],
    pub(crate) extensions: Extensions<'a>,
}

/// A server's hello.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ServerHello<'a> {
    pub(crate) version: u16,
    pub(crate) random: &'a [u8],
    pub(crate) cipher: u16,
    pub(crate) extensions: Extensions<'a>,
}

/// Which protocol's form a hello has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// TLS, and QUIC's.
    Stream,
    /// DTLS, with a cookie (RFC 6347, section 4.2.1).
    Datagram,
}

impl<'a> ClientHello<'a> {
    /// Reads a message's body; none when it breaks off before its extensions.
    pub(crate) fn read(body: &'a [u8], form: Form) -> Option<Self> {
        let mut reader = Reader(body);
        let version = reader.u16()?;
        let random = reader.take(32)?;
        let session_id = reader.vector8()?;
        if form == Form::Datagram {
            reader.vector8()?;
        }
        let ciphers = reader.vector16()?;
        reader.vector8()?;
        Some(Self {
            version,
            random,
            session_id,
            ciphers,
            extensions: Extensions::read(reader),
        })
    }

    /// The versions it supports, the preferred one first; none before TLS 1.3.
    pub(crate) fn supported_versions(&self) -> impl Iterator<Item = u16> + 'a {
        let body = self.extensions.find(extension::SUPPORTED_VERSIONS);
        numbers(
            Reader(body.unwrap_or_default())
                .vector8()
                .unwrap_or_default(),
        )
    }

    /// The application protocols it offers.
    pub(crate) fn alpn(&self) -> Alpn<'a> {
        self.extensions.alpn()
    }

    /// Its groups for key exchange.
    pub(crate) fn groups(&self) -> &'a [u8] {
        self.extensions
            .find(extension::SUPPORTED_GROUPS)
            .and_then(|body| Reader(body).vector16())
            .unwrap_or_default()
    }

    /// Its formats of points.
    pub(crate) fn point_formats(&self) -> &'a [u8] {
        self.extensions
            .find(extension::POINT_FORMATS)
            .and_then(|body| Reader(body).vector8())
            .unwrap_or_default()
    }

    /// Its signature algorithms.
    pub(crate) fn signature_algorithms(&self) -> &'a [u8] {
        self.extensions
            .find(extension::SIGNATURE_ALGORITHMS)
            .and_then(|body| Reader(body).vector16())
            .unwrap_or_default()
    }
}

/// The numbers in a client's hello for its record, without those that mean nothing (RFC 8701).
#[derive(Debug, Clone, Default)]
pub(crate) struct ClientNumbers {
    /// The highest version that it supports.
    pub(crate) version: u16,
    pub(crate) ciphers: Vec<u16>,
    pub(crate) extensions: Vec<u16>,
    pub(crate) signature_algorithms: Vec<u16>,
}

impl ClientNumbers {
    pub(super) fn of(hello: &ClientHello<'_>) -> Self {
        Self {
            version: super::fingerprint::highest_version(hello),
            ciphers: meant(numbers(hello.ciphers)),
            extensions: hello.extensions.meant(),
            signature_algorithms: meant(numbers(hello.signature_algorithms())),
        }
    }

    /// How much memory it takes.
    pub(super) fn held(&self) -> usize {
        let count = self.ciphers.len() + self.extensions.len() + self.signature_algorithms.len();
        count * size_of::<u16>()
    }
}

/// Numbers that mean something.
fn meant(numbers: impl Iterator<Item = u16>) -> Vec<u16> {
    let kept = numbers.filter(|number| !is_grease(*number));
    kept.take(MAX_NUMBERS).collect()
}

/// `HelloRetryRequest` is a server hello with this random (RFC 8446, section 4.1.3).
pub(super) const RETRY_RANDOM: [u8; 32] = [
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c,
];

impl<'a> ServerHello<'a> {
    /// Reads a message's body; none when it breaks off before its extensions.
    pub(crate) fn read(body: &'a [u8]) -> Option<Self> {
        let mut reader = Reader(body);
        let version = reader.u16()?;
        let random = reader.take(32)?;
        // Drafts of TLS 1.3 before the 22nd had neither session nor compression.
        let early = (0x7f00..0x7f16).contains(&version) || version == 0x0304;
        if !early {
            reader.vector8()?;
        }
        let cipher = reader.u16()?;
        if !early {
            reader.u8()?;
        }
        Some(Self {
            version,
            random,
            cipher,
            extensions: Extensions::read(reader),
        })
    }

    /// The version that will be spoken.
    pub(crate) fn chosen_version(&self) -> u16 {
        let body = self.extensions.find(extension::SUPPORTED_VERSIONS);
        let chosen = body.and_then(|body| Reader(body).u16());
        chosen.unwrap_or(self.version)
    }

    /// The application protocol it chose.
    pub(crate) fn alpn(&self) -> Alpn<'a> {
        self.extensions.alpn()
    }

    /// Whether it asks for another hello.
    pub(crate) fn is_retry(&self) -> bool {
        self.random == RETRY_RANDOM
    }

    /// The group of its key share.
    pub(crate) fn group(&self) -> Option<u16> {
        Reader(self.extensions.find(extension::KEY_SHARE)?).u16()
    }
}

/// The extensions of a hello.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extensions<'a>(&'a [u8]);

impl<'a> Extensions<'a> {
    /// Whatever of the list is there.
    fn read(mut reader: Reader<'a>) -> Self {
        let length = usize::from(reader.u16().unwrap_or(0));
        let there = reader.0;
        Self(there.get(..length).unwrap_or(there))
    }

    /// Number and body of each, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let mut reader = Reader(self.0);
        let each = move || {
            let number = reader.u16()?;
            Some((number, reader.vector16()?))
        };
        std::iter::from_fn(each).take(MAX_EXTENSIONS)
    }

    /// The numbers of those that mean something.
    pub(crate) fn meant(&self) -> Vec<u16> {
        meant(self.iter().map(|(number, _)| number))
    }

    /// The body of the first with this number.
    pub(crate) fn find(&self, number: u16) -> Option<&'a [u8]> {
        self.iter()
            .find(|(found, _)| *found == number)
            .map(|(_, body)| body)
    }

    pub(crate) fn has(&self, number: u16) -> bool {
        self.find(number).is_some()
    }

    fn alpn(&self) -> Alpn<'a> {
        Self::protocols(self.find(extension::ALPN).unwrap_or_default())
    }

    /// The application protocols in an extension's body.
    pub(crate) fn protocols(body: &'a [u8]) -> Alpn<'a> {
        Alpn(Reader(Reader(body).vector16().unwrap_or_default()))
    }
}

/// Application protocols (RFC 7301).
#[derive(Debug, Clone, Default)]
pub(crate) struct Alpn<'a>(Reader<'a>);

impl<'a> Iterator for Alpn<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<Self::Item> {
        self.0.vector8()
    }
}

/// What a server name extension holds (RFC 6066, section 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServerName<'a> {
    /// None, or an empty one.
    Absent,
    /// The name of a host.
    Host(&'a [u8]),
    /// Something that is not the name of a host.
    OtherType,
    /// Lengths that do not fit together.
    BadLength,
}

impl<'a> ServerName<'a> {
    /// Reads the extension's body.
    pub(crate) fn read(body: &'a [u8]) -> Self {
        if body.is_empty() {
            return Self::Absent;
        }
        let mut list = Reader(body);
        let mut entry = || {
            let mut list = Reader(list.vector16()?);
            Some((list.u8()?, list.vector16()?))
        };
        match entry() {
            Some((0, name)) if !name.is_empty() => Self::Host(name),
            Some((0, _)) | None => Self::BadLength,
            Some(_) => Self::OtherType,
        }
    }
}
