//! A TLS handshake as it is seen from outside, whatever carries it: TCP, DTLS or QUIC.
//!
//! It takes whole messages, keeps what rules and records ask for, and puts the records out.

use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::certificate::{Broken, Certificate, OtherName, colons};
use super::fields::{event, step};
use super::fingerprint::{Ja3, ja4};
use super::hello::{ClientHello, ClientNumbers, Form, ServerHello, ServerName, extension};
use super::read::Reader;
use crate::application::{Application, COMPLETE, Event, TlsParts, Transaction};
use crate::protocol::Side;
use crate::sink::{Fact, NamedBy, Sink};

/// Certificates of a chain that are kept. Real chains have 1 to 5.
const MAX_CHAIN: usize = 16;
/// Bytes of a server name that are kept; DNS has at most 253.
const MAX_SNI: usize = 1024;
/// Application protocols of a hello that are kept; browsers offer 2.
const MAX_ALPN: usize = 32;
/// Letters of the history. A full handshake has about 12.
const MAX_HISTORY: usize = 64;
/// Different things wrong with one handshake that are kept.
const MAX_EVENTS: usize = 16;
const NANOSECONDS: i64 = 1_000_000_000;

/// What carries the handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    Tcp,
    Dtls,
    Quic,
}

/// Handshake message types (RFC 8446, section 4, and IANA's registry).
pub(crate) mod kind {
    pub(crate) const CLIENT_HELLO: u8 = 1;
    pub(crate) const SERVER_HELLO: u8 = 2;
    pub(crate) const HELLO_RETRY: u8 = 6;
    pub(crate) const CERTIFICATE: u8 = 11;
    pub(crate) const SERVER_KEY_EXCHANGE: u8 = 12;
    pub(crate) const CLIENT_KEY_EXCHANGE: u8 = 16;
    pub(crate) const CERTIFICATE_REQUEST: u8 = 13;
    pub(crate) const SERVER_HELLO_DONE: u8 = 14;
}

/// What a client said.
#[derive(Debug, Default)]
pub(crate) struct Client {
    pub(crate) seen: bool,
    pub(crate) version: u16,
    pub(crate) random: Vec<u8>,
    pub(crate) has_session: bool,
    pub(crate) sni: Vec<u8>,
    pub(crate) alpn: Vec<Vec<u8>>,
    pub(crate) ja3: Ja3,
    pub(crate) ja4: String,
    pub(crate) hidden_name: Option<&'static str>,
    pub(crate) numbers: Option<ClientNumbers>,
}

/// What a server said.
#[derive(Debug, Default)]
pub(crate) struct Server {
    pub(crate) seen: bool,
    /// As on the wire of old.
    pub(crate) version: u16,
    /// The one that is spoken, or 0.
    pub(crate) chosen: u16,
    pub(crate) random: Vec<u8>,
    pub(crate) cipher: Option<u16>,
    pub(crate) group: Option<u16>,
    pub(crate) alpn: Vec<Vec<u8>>,
    pub(crate) ja3s: Ja3,
    pub(crate) resumed: bool,
    /// The extensions of its hello, when records have them.
    pub(crate) extensions: Option<Vec<u16>>,
}

/// The fingerprints of the hellos that follow a `HelloRetryRequest` (RFC 8446, section 4.1.4).
#[derive(Debug, Default)]
pub(crate) struct Retried {
    pub(crate) ja3: Ja3,
    pub(crate) ja3s: Ja3,
}

impl Retried {
    fn held(&self) -> usize {
        size_of::<Self>() + self.ja3.text.len() + self.ja3s.text.len()
    }
}

/// The certificates of a side.
#[derive(Debug, Default)]
pub(crate) struct Chain {
    /// How many there were, or none when no certificate message was seen.
    pub(crate) length: Option<usize>,
    /// The bytes of each.
    pub(crate) raw: Vec<Vec<u8>>,
    /// SHA-256 of each, when somebody wants them.
    pub(crate) sha256: Vec<String>,
    pub(crate) subject: Vec<u8>,
    pub(crate) issuer: Vec<u8>,
    pub(crate) serial: String,
    pub(crate) fingerprint: String,
    pub(crate) not_before: Option<i64>,
    pub(crate) not_after: Option<i64>,
    /// Other names, as texts.
    pub(crate) names: Vec<String>,
    pub(crate) common_name: Vec<u8>,
    /// Whether the first one could be read.
    pub(crate) readable: bool,
    /// When the first one was seen, in seconds since 1970.
    pub(crate) seen: i64,
}

impl Chain {
    /// Whether the first certificate had ended when it was seen; none when its date is not known.
    pub(super) fn is_expired(&self) -> Option<bool> {
        self.not_after.map(|end| end < self.seen)
    }

    /// Whether it was used between its dates.
    pub(super) fn is_in_its_time(&self) -> Option<bool> {
        let begin = self.not_before?;
        self.is_expired()
            .map(|expired| !expired && begin <= self.seen)
    }
}

/// One value per side.
#[derive(Debug, Default)]
pub(crate) struct Sides<T> {
    pub(crate) client: T,
    pub(crate) server: T,
}

impl<T> Sides<T> {
    pub(crate) fn of(&self, side: Side) -> &T {
        match side {
            Side::Client => &self.client,
            Side::Server => &self.server,
        }
    }

    pub(crate) fn of_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// A handshake.
#[derive(Debug)]
pub(crate) struct Handshake {
    pub(crate) application: &'static Application,
    pub(crate) carrier: Carrier,
    /// What its record has beside the usual.
    pub(crate) parts: TlsParts,
    /// What was spoken before.
    pub(crate) from_protocol: Option<&'static str>,
    progress: Sides<u8>,
    pub(crate) client: Client,
    pub(crate) server: Server,
    /// What was said once more, when the server asked for it.
    pub(crate) retried: Option<Box<Retried>>,
    pub(crate) chains: Sides<Chain>,
    pub(crate) history: String,
    pub(crate) last_alert: Option<u8>,
    pub(crate) established: bool,
    /// Whether the server asked for the client's certificate.
    certificate_requested: bool,
    /// Who has sent a message with keys.
    pub(crate) key_exchanges: Sides<bool>,
    pub(crate) events: Vec<&'static Event>,
    is_begun: bool,
    is_told: bool,
    is_over: bool,
}

impl Handshake {
    pub(crate) fn new(
        application: &'static Application,
        carrier: Carrier,
        parts: TlsParts,
    ) -> Self {
        Self {
            application,
            carrier,
            parts,
            from_protocol: None,
            progress: Sides::default(),
            client: Client::default(),
            server: Server::default(),
            retried: None,
            chains: Sides::default(),
            history: String::new(),
            last_alert: None,
            established: false,
            certificate_requested: false,
            key_exchanges: Sides::default(),
            events: Vec::new(),
            is_begun: false,
            is_told: false,
            is_over: false,
        }
    }

    /// Whether TLS 1.3 or one of its drafts is spoken.
    pub(crate) fn is_tls13(&self) -> bool {
        is_tls13(self.server.chosen)
    }

    /// A whole handshake message.
    pub(crate) fn message(&mut self, side: Side, number: u8, body: &[u8], sink: &mut dyn Sink) {
        self.note(side, letter(number));
        let understood = match number {
            kind::CLIENT_HELLO => self.client_hello(side, body, sink),
            kind::SERVER_HELLO => self.server_hello(body, sink),
            kind::CERTIFICATE => self.certificates(side, body, sink),
            kind::SERVER_KEY_EXCHANGE => {
                self.server_key_exchange(body);
                self.exchanged_keys(side, sink);
                Some(())
            }
            kind::CLIENT_KEY_EXCHANGE => {
                self.exchanged_keys(side, sink);
                Some(())
            }
            kind::CERTIFICATE_REQUEST => {
                self.certificate_requested = true;
                Some(())
            }
            kind::SERVER_HELLO_DONE => {
                self.reach(Side::Server, step::HELLO_DONE, sink);
                if !self.certificate_requested {
                    self.tell(sink);
                }
                Some(())
            }
            _ => is_known(number).then_some(()),
        };
        if understood.is_none() {
            self.wrong(side, &event::INVALID_HANDSHAKE_MESSAGE, sink);
        }
    }

    fn exchanged_keys(&mut self, side: Side, sink: &mut dyn Sink) {
        *self.key_exchanges.of_mut(side) = true;
        self.reach(side, step::KEY_EXCHANGE, sink);
    }

    pub(crate) fn said_hello(&self, side: Side) -> bool {
        match side {
            Side::Client => self.client.seen,
            Side::Server => self.server.seen,
        }
    }

    /// A session begins with something that is not whole yet: rules about its beginning are asked.
    pub(crate) fn begins(&mut self, side: Side, sink: &mut dyn Sink) {
        if !std::mem::replace(&mut self.is_begun, true) && *self.progress.of(side) == 0 {
            sink.progress(self, side);
        }
    }

    fn client_hello(&mut self, side: Side, body: &[u8], sink: &mut dyn Sink) -> Option<()> {
        if side == Side::Server {
            return None;
        }
        let form = match self.carrier {
            Carrier::Dtls => Form::Datagram,
            Carrier::Tcp | Carrier::Quic => Form::Stream,
        };
        let hello = ClientHello::read(body, form)?;
        if self.client.seen {
            if let Some(retried) = self.retried.as_mut().filter(|_| !self.server.seen) {
                retried.ja3 = Ja3::client(&hello);
            }
            return Some(());
        }
        self.server_name(&hello, sink);
        let ja4_carrier = match self.carrier {
            Carrier::Tcp => 't',
            Carrier::Dtls => 'd',
            Carrier::Quic => 'q',
        };
        let hidden_name = [(extension::ECH, "ech"), (extension::ESNI, "esni")]
            .into_iter()
            .find(|(number, _)| hello.extensions.has(*number))
            .map(|(_, name)| name);
        let sni = std::mem::take(&mut self.client.sni);
        self.client = Client {
            seen: true,
            version: hello.version,
            random: hello.random.to_vec(),
            has_session: !hello.session_id.is_empty(),
            sni,
            alpn: copies(hello.alpn()),
            ja3: Ja3::client(&hello),
            ja4: ja4(&hello, ja4_carrier),
            hidden_name,
            numbers: (self.parts.client_handshake).then(|| ClientNumbers::of(&hello)),
        };
        self.reach(Side::Client, step::HELLO, sink);
        Some(())
    }

    fn server_name(&mut self, hello: &ClientHello<'_>, sink: &mut dyn Sink) {
        let names = hello.extensions.iter();
        for (index, (_, body)) in names
            .filter(|(number, _)| *number == extension::SERVER_NAME)
            .enumerate()
        {
            if index > 0 {
                self.wrong(Side::Client, &event::MULTIPLE_SNI_EXTENSIONS, sink);
                return;
            }
            match ServerName::read(body) {
                ServerName::Absent => {}
                ServerName::Host(name) => {
                    let name = name.get(..MAX_SNI).unwrap_or(name);
                    self.client.sni = name.to_vec();
                    learn_name(name, sink);
                }
                ServerName::OtherType => self.wrong(Side::Client, &event::INVALID_SNI_TYPE, sink),
                ServerName::BadLength => {
                    self.wrong(Side::Client, &event::INVALID_SNI_LENGTH, sink);
                }
            }
        }
    }

    fn server_hello(&mut self, body: &[u8], sink: &mut dyn Sink) -> Option<()> {
        let hello = ServerHello::read(body)?;
        // A request to say hello again already tells the version. Its fingerprint is the one that
        // other tools give, as theirs is of the first hello of either side.
        if hello.is_retry() {
            self.server.chosen = hello.chosen_version();
            self.server.ja3s = Ja3::server(&hello);
            self.retried = Some(Box::default());
            self.replace_last_letter('j');
            return Some(());
        }
        if self.server.seen {
            return Some(());
        }
        let chosen = hello.chosen_version();
        let ja3s = match &mut self.retried {
            Some(retried) => {
                retried.ja3s = Ja3::server(&hello);
                std::mem::take(&mut self.server.ja3s)
            }
            None => Ja3::server(&hello),
        };
        self.server = Server {
            seen: true,
            version: hello.version,
            chosen,
            random: hello.random.to_vec(),
            cipher: Some(hello.cipher),
            group: hello.group(),
            alpn: copies(hello.alpn()),
            ja3s,
            resumed: hello.extensions.has(extension::PRE_SHARED_KEY),
            extensions: (self.parts.server_handshake).then(|| hello.extensions.meant()),
        };
        self.reach(Side::Server, step::HELLO, sink);
        if self.is_tls13() {
            self.tell(sink);
        }
        Some(())
    }

    /// The curve of an ephemeral key (RFC 8422, section 5.4).
    fn server_key_exchange(&mut self, body: &[u8]) {
        let named = matches!(
            super::names::cipher(self.server.cipher.unwrap_or(0)),
            Some(name) if name.contains("ECDHE") || name.contains("ECDH_anon")
        );
        if let ([3, high, low, ..], true) = (body, named) {
            self.server.group = Some(u16::from_be_bytes([*high, *low]));
        }
    }

    fn certificates(&mut self, side: Side, body: &[u8], sink: &mut dyn Sink) -> Option<()> {
        if self.chains.of(side).length.is_some() {
            return Some(());
        }
        let mut list = Reader(body);
        let declared = list.u24()? as usize;
        let mut chain = Chain::default();
        let mut length = 0;
        let mut intact = declared == list.0.len();
        while !list.is_empty() {
            let Some(certificate) = list.vector24() else {
                intact = false;
                break;
            };
            length += 1;
            if chain.raw.len() < MAX_CHAIN {
                chain.raw.push(certificate.to_vec());
            }
        }
        chain.length = Some(length);
        if !intact {
            self.wrong(side, &event::INVALID_CERTIFICATE, sink);
        }
        self.leaf(side, &mut chain, sink);
        Self::put_certificates(side, &mut chain, sink);
        *self.chains.of_mut(side) = chain;
        if side == Side::Server {
            self.learn_from_certificate(sink);
        }
        self.reach(side, step::CERTIFICATE, sink);
        intact.then_some(())
    }

    /// What is kept of the first certificate.
    fn leaf(&mut self, side: Side, chain: &mut Chain, sink: &mut dyn Sink) {
        let Some(raw) = chain.raw.first() else {
            return;
        };
        chain.fingerprint = colons(&Sha1::digest(raw), false);
        let certificate = match Certificate::read(raw) {
            Ok(certificate) => certificate,
            Err(broken) => {
                let what = match broken {
                    Broken::Length => &event::CERTIFICATE_INVALID_LENGTH,
                    Broken::Der => &event::CERTIFICATE_INVALID_DER,
                    Broken::Form => &event::INVALID_CERTIFICATE,
                    Broken::Missing => &event::CERTIFICATE_MISSING_ELEMENT,
                };
                return self.wrong(side, what, sink);
            }
        };
        chain.readable = true;
        chain.subject = certificate.subject.eve();
        chain.issuer = certificate.issuer.eve();
        chain.serial = colons(certificate.serial, true);
        chain.seen = sink.time() / NANOSECONDS;
        chain.not_before = certificate.not_before;
        chain.not_after = certificate.not_after;
        chain.common_name = certificate.subject.common_name().unwrap_or_default();
        chain.names = certificate
            .alternative_names()
            .map(|name| match name {
                OtherName::Dns(text) | OtherName::Email(text) | OtherName::Uri(text) => {
                    readable(text)
                }
                OtherName::Ip(text) => text,
            })
            .collect();
        let odd = [
            (
                chain.not_before.is_none() || chain.not_after.is_none(),
                &event::CERTIFICATE_INVALID_DATE,
            ),
            (
                certificate.subject.is_damaged() || certificate.issuer.is_damaged(),
                &event::CERTIFICATE_INVALID_STRING,
            ),
            (certificate.has_unknown, &event::CERTIFICATE_UNKNOWN_ELEMENT),
            (
                certificate.has_odd_identifier(),
                &event::CERTIFICATE_INVALID_OID,
            ),
            (
                certificate.has_odd_version,
                &event::CERTIFICATE_INVALID_VERSION,
            ),
            (
                certificate.has_odd_name(),
                &event::CERTIFICATE_INVALID_X509NAME,
            ),
            (
                certificate.has_odd_extensions,
                &event::CERTIFICATE_INVALID_EXTENSIONS,
            ),
        ];
        for (_, what) in odd.into_iter().filter(|(is_so, _)| *is_so) {
            self.wrong(side, what, sink);
        }
    }

    fn put_certificates(side: Side, chain: &mut Chain, sink: &mut dyn Sink) {
        use wirewatch_records::Kind;
        if !sink.wants(Kind::Ssl) && !sink.wants(Kind::X509) {
            return;
        }
        for (index, raw) in chain.raw.iter().enumerate() {
            let fingerprint = super::fingerprint::hex(&Sha256::digest(raw));
            if let (Ok(certificate), true) = (Certificate::read(raw), sink.wants(Kind::X509)) {
                super::report::x509(&certificate, &fingerprint, side, index == 0, sink);
            }
            chain.sha256.push(fingerprint);
        }
    }

    fn learn_from_certificate(&self, sink: &mut dyn Sink) {
        let chain = &self.chains.server;
        if let Some(not_after) = chain.not_after {
            let subject = match chain.common_name.as_slice() {
                [] => chain.subject.as_slice(),
                name => name,
            };
            sink.learn(Fact::Certificate { subject, not_after });
        }
        if !self.client.sni.is_empty() {
            return;
        }
        let names = chain.names.iter().map(String::as_bytes);
        let mut all = names.chain([chain.common_name.as_slice()]);
        let name = all.find(|name| name.contains(&b'.') && !name.starts_with(b"*"));
        if let Some(name) = name {
            let source = NamedBy::Certificate;
            sink.learn(Fact::ServerName { name, source });
        }
    }

    /// A client's hello in SSL 2's form.
    pub(crate) fn old_client(
        &mut self,
        version: u16,
        challenge: &[u8],
        has_session: bool,
        sink: &mut dyn Sink,
    ) {
        self.note(Side::Client, 'c');
        if !self.client.seen {
            self.client.seen = true;
            self.client.version = version;
            self.client.random = challenge.to_vec();
            self.client.has_session = has_session;
            self.reach(Side::Client, step::HELLO, sink);
        }
    }

    /// A server's hello in SSL 2's form; what follows is encrypted.
    pub(crate) fn old_server(&mut self, version: u16, certificate: &[u8], sink: &mut dyn Sink) {
        self.note(Side::Server, 's');
        self.server.seen = true;
        self.server.version = version;
        self.server.chosen = version;
        self.reach(Side::Server, step::HELLO, sink);
        if !certificate.is_empty() {
            let mut chain = Chain {
                length: Some(1),
                raw: vec![certificate.to_vec()],
                ..Chain::default()
            };
            self.leaf(Side::Server, &mut chain, sink);
            Self::put_certificates(Side::Server, &mut chain, sink);
            self.chains.server = chain;
            self.reach(Side::Server, step::CERTIFICATE, sink);
        }
    }

    /// An alert that could be read.
    pub(crate) fn alert(&mut self, side: Side, number: u8) {
        self.note(side, 'l');
        self.last_alert = Some(number);
    }

    /// A side changes to encryption (before TLS 1.3).
    pub(crate) fn change_cipher(&mut self, side: Side, sink: &mut dyn Sink) {
        self.note(side, 'i');
        let has_chain = self.chains.server.length.is_some();
        if side == Side::Server && self.server.seen && !self.is_tls13() && !has_chain {
            self.server.resumed = self.client.has_session;
        }
        if self.server.seen && !self.is_tls13() {
            self.reach(side, step::HANDSHAKE, sink);
            self.tell(sink);
        }
    }

    /// Writes a letter into the history, a capital for the client.
    pub(crate) fn note(&mut self, side: Side, letter: char) {
        if self.history.len() < MAX_HISTORY && !self.is_over {
            self.history.push(match side {
                Side::Client => letter.to_ascii_uppercase(),
                Side::Server => letter,
            });
        }
    }

    fn replace_last_letter(&mut self, letter: char) {
        if self.history.pop().is_some() {
            self.history.push(letter);
        }
    }

    /// Something is wrong; each thing is told once.
    pub(crate) fn wrong(&mut self, side: Side, what: &'static Event, sink: &mut dyn Sink) {
        if self.events.len() < MAX_EVENTS && !self.events.contains(&what) {
            self.events.push(what);
            if self.carrier != Carrier::Quic {
                sink.anomaly(Some(0), side, what);
            }
        }
    }

    /// A side has come further.
    fn reach(&mut self, side: Side, progress: u8, sink: &mut dyn Sink) {
        if *self.progress.of(side) < progress {
            *self.progress.of_mut(side) = progress;
            // QUIC has transactions of its own.
            if self.carrier != Carrier::Quic {
                sink.progress(self, side);
            }
        }
    }

    /// Puts out the session's record, once.
    pub(crate) fn tell(&mut self, sink: &mut dyn Sink) {
        if !self.is_told && (self.client.seen || self.server.seen) {
            self.is_told = true;
            if sink.wants(wirewatch_records::Kind::Tls) && self.carrier != Carrier::Quic {
                self.row(&mut |row| sink.record(Some(0), Side::Client, row));
            }
        }
    }

    /// Nothing more can be read, or interests.
    pub(crate) fn finish(&mut self, sink: &mut dyn Sink) {
        if self.is_over {
            return;
        }
        self.tell(sink);
        self.reach(Side::Client, COMPLETE, sink);
        self.reach(Side::Server, COMPLETE, sink);
        self.is_over = true;
        if self.is_told && sink.wants(wirewatch_records::Kind::Ssl) {
            super::report::ssl(self, &mut |row| sink.record(Some(0), Side::Client, row));
        }
    }

    /// Roughly how much memory it takes.
    pub(crate) fn held(&self) -> usize {
        let chain = |chain: &Chain| -> usize {
            let raw: usize = chain.raw.iter().map(Vec::len).sum();
            let names: usize = chain.names.iter().map(|name| name.len() + 24).sum();
            raw + names + chain.subject.len() + chain.issuer.len()
        };
        chain(&self.chains.client)
            + chain(&self.chains.server)
            + self.client.ja3.text.len()
            + self.retried.as_deref().map_or(0, Retried::held)
            + self.client.sni.len()
            + self.client.numbers.as_ref().map_or(0, ClientNumbers::held)
    }
}

/// Tells by which name the server was called.
pub(crate) fn learn_name(name: &[u8], sink: &mut dyn Sink) {
    if !name.is_empty() {
        let source = NamedBy::Sni;
        sink.learn(Fact::ServerName { name, source });
    }
}

/// Whether a version is TLS 1.3, DTLS 1.3 or a draft of it.
pub(crate) fn is_tls13(version: u16) -> bool {
    matches!(version, 0x0304 | 0x7f00..=0x7fff | 0xfb00..=0xfbff | 0xfefc)
}

/// Whether a handshake message of this type exists.
pub(crate) fn is_known(number: u8) -> bool {
    matches!(number, 0..=16 | 20..=25 | 67 | 254)
}

fn copies<'a>(list: impl Iterator<Item = &'a [u8]>) -> Vec<Vec<u8>> {
    list.take(MAX_ALPN).map(<[u8]>::to_vec).collect()
}

/// Text from the wire; bytes that are not UTF-8 become `\xNN`.
pub(crate) fn readable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
            text.push_str("\\x");
            text.push_str(&super::fingerprint::hex(&[*byte]));
        }
    }
    text
}

/// Zeek's letter for a handshake message.
fn letter(number: u8) -> char {
    match number {
        0 => 'h',
        1 => 'c',
        2 => 's',
        3 => 'v',
        4 => 't',
        5 => 'e',
        kind::HELLO_RETRY => 'j',
        8 => 'o',
        11 => 'x',
        12 => 'k',
        13 => 'r',
        14 => 'n',
        15 => 'y',
        16 => 'g',
        20 => 'f',
        21 => 'w',
        22 => 'u',
        23 => 'a',
        24 => 'p',
        254 => 'm',
        _ => 'z',
    }
}

impl Transaction for Handshake {
    fn id(&self) -> u64 {
        0
    }

    fn application(&self) -> &'static Application {
        self.application
    }

    fn progress(&self, side: Side) -> u8 {
        *self.progress.of(side)
    }

    fn buffer(
        &self,
        buffer: usize,
        side: Side,
        index: usize,
    ) -> Option<std::borrow::Cow<'_, [u8]>> {
        super::values::buffer(self, buffer, side, index).map(std::borrow::Cow::Borrowed)
    }

    fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        super::values::number(self, number, side, index)
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, put: &mut dyn FnMut(&wirewatch_records::Row<'_>)) {
        super::report::tls(self, put);
    }
}
