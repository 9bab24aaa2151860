//! A hello in QUIC: what rules and the record ask for.

use std::borrow::Cow;

use md5::{Digest, Md5};
use wirewatch_records::{QuicRow, Row, json};

use super::google;
use super::header::Version;
use crate::application::{Application, COMPLETE, Field, Transaction};
use crate::protocol::Side;
use crate::tls::fingerprint::{Ja3, hex, ja4};
use crate::tls::handshake::kind;
use crate::tls::hello::{ClientHello, Extensions, Form, ServerHello, ServerName, extension};
use crate::tls::names;

/// Extensions of a hello that are listed; browsers send about 15.
const MAX_LISTED: usize = 64;

/// The buffers, by the numbers of [`Hello::buffer`].
pub(super) static BUFFERS: &[Field] = &[
    field("quic.version", None),
    field("quic.sni", Some(Side::Client)),
    field("quic.ua", Some(Side::Client)),
    field("quic.cyu.hash", Some(Side::Client)),
    field("quic.cyu.string", Some(Side::Client)),
    field("ja3.hash", Some(Side::Client)),
    field("ja3.string", Some(Side::Client)),
    field("ja3s.hash", Some(Side::Server)),
    field("ja3s.string", Some(Side::Server)),
    field("ja4.hash", Some(Side::Client)),
];

const fn field(name: &'static str, side: Option<Side>) -> Field {
    Field {
        name,
        side,
        progress: 1,
        many: false,
    }
}

/// One side's hello.
#[derive(Debug)]
pub(super) struct Hello {
    id: u64,
    side: Side,
    version: Version,
    version_bytes: [u8; 4],
    sni: Vec<u8>,
    user_agent: Vec<u8>,
    cyu: Ja3,
    ja3: Ja3,
    ja4: String,
    /// A list in JSON.
    extensions: String,
}

impl Hello {
    /// Reads a hello of TLS; none when the message is another one.
    pub(super) fn tls(
        id: u64,
        side: Side,
        version: Version,
        number: u8,
        body: &[u8],
    ) -> Option<Self> {
        let mut hello = Self::new(id, side, version);
        let extensions = match (side, number) {
            (Side::Client, kind::CLIENT_HELLO) => {
                let client = ClientHello::read(body, Form::Stream)?;
                hello.ja3 = Ja3::client(&client);
                hello.ja4 = ja4(&client, 'q');
                if let Some(ServerName::Host(name)) = client
                    .extensions
                    .find(extension::SERVER_NAME)
                    .map(ServerName::read)
                {
                    hello.sni = name.to_vec();
                }
                client.extensions
            }
            (Side::Server, kind::SERVER_HELLO) => {
                let server = ServerHello::read(body)?;
                hello.ja3 = Ja3::server(&server);
                server.extensions
            }
            _ => return None,
        };
        hello.extensions = listed(extensions);
        Some(hello)
    }

    /// A packet of Google's QUIC.
    pub(super) fn google(id: u64, side: Side, version: Version, found: google::Hello) -> Self {
        let mut hello = Self::new(id, side, version);
        hello.sni = found.sni;
        hello.user_agent = found.user_agent;
        if !found.tags.is_empty() {
            hello.cyu.hash = hex(&Md5::digest(found.tags.as_bytes()));
            hello.cyu.text = found.tags;
        }
        hello
    }

    fn new(id: u64, side: Side, version: Version) -> Self {
        Self {
            id,
            side,
            version,
            version_bytes: version.0.to_be_bytes(),
            sni: Vec::new(),
            user_agent: Vec::new(),
            cyu: Ja3::default(),
            ja3: Ja3::default(),
            ja4: String::new(),
            extensions: String::new(),
        }
    }

    fn cyu_list(&self) -> String {
        let mut out = Vec::new();
        json::text(&mut out, b"\"hash\":", &self.cyu.hash);
        json::wire(&mut out, b"\"string\":", self.cyu.text.as_bytes());
        out.pop();
        format!("[{{{}}}]", String::from_utf8_lossy(&out))
    }
}

/// The extensions as EVE lists them.
fn listed(extensions: Extensions<'_>) -> String {
    let mut out = vec![b'['];
    for (number, body) in extensions.iter().take(MAX_LISTED) {
        let mark = json::open(&mut out, b"{");
        json::text(&mut out, b"\"name\":", names::extension(number));
        json::number(&mut out, b"\"type\":", number);
        values(&mut out, number, body);
        json::close(&mut out, mark);
    }
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b']');
    String::from_utf8_lossy(&out).into_owned()
}

fn values(out: &mut Vec<u8>, number: u16, body: &[u8]) {
    let mut list: Vec<&[u8]> = Vec::new();
    match (number, ServerName::read(body)) {
        (extension::SERVER_NAME, ServerName::Host(name)) => list.push(name),
        (extension::ALPN, _) => list.extend(Extensions::protocols(body)),
        _ => {}
    }
    if list.is_empty() {
        return;
    }
    out.extend_from_slice(b"\"values\":[");
    for (index, value) in list.into_iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        json::string(out, value);
    }
    out.extend_from_slice(b"],");
}

impl Transaction for Hello {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        &super::QUIC
    }

    fn progress(&self, side: Side) -> u8 {
        if side == self.side { COMPLETE } else { 0 }
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        if side != self.side || index > 0 {
            return None;
        }
        let is_client = side == Side::Client;
        let value: &[u8] = match buffer {
            0 => &self.version_bytes,
            1 => &self.sni,
            2 => &self.user_agent,
            3 => self.cyu.hash.as_bytes(),
            4 => self.cyu.text.as_bytes(),
            5 if is_client => self.ja3.hash.as_bytes(),
            6 if is_client => self.ja3.text.as_bytes(),
            7 if !is_client => self.ja3.hash.as_bytes(),
            8 if !is_client => self.ja3.text.as_bytes(),
            9 => self.ja4.as_bytes(),
            _ => return None,
        };
        (!value.is_empty()).then_some(Cow::Borrowed(value))
    }

    fn row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        let version = self.version.0.to_string();
        let cyu = (!self.cyu.text.is_empty()).then(|| self.cyu_list());
        let is_client = self.side == Side::Client;
        let own = |ja3: &'_ Ja3, wanted: bool| wanted && !ja3.text.is_empty();
        let (is_ja3, is_ja3s) = (own(&self.ja3, is_client), own(&self.ja3, !is_client));
        put(&Row::Quic(QuicRow {
            version: &version,
            sni: Some(self.sni.as_slice()).filter(|name| !name.is_empty()),
            ua: Some(self.user_agent.as_slice()).filter(|agent| !agent.is_empty()),
            cyu: cyu.as_deref(),
            extensions: Some(self.extensions.as_str()).filter(|list| list.len() > 2),
            ja3_hash: is_ja3.then_some(self.ja3.hash.as_str()),
            ja3_string: is_ja3.then_some(self.ja3.text.as_str()),
            ja3s_hash: is_ja3s.then_some(self.ja3.hash.as_str()),
            ja3s_string: is_ja3s.then_some(self.ja3.text.as_str()),
            ja4: Some(self.ja4.as_str()).filter(|ja4| !ja4.is_empty()),
        }));
    }
}
