//! JA3, JA3S and JA4: short names for how a TLS stack says hello.
//!
//! JA3 and JA3S are lists of the hello's numbers and their MD5 (github.com/salesforce/ja3). JA4 is
//! `FoxIO`'s client fingerprint (BSD licence); the other fingerprints of that family have another
//! licence and are not here.

use arrayvec::ArrayVec;
use md5::{Digest, Md5};
use sha2::Sha256;
use wirewatch_records::format;

use super::hello::{ClientHello, ServerHello, extension};
use super::read::numbers;

/// Bytes of a fingerprint's text. Usual ones have 150 to 400; a hello may hold some thousand numbers.
const MAX_TEXT: usize = 16 << 10;
/// Numbers of one list that JA4 sorts: ciphers are at most 32,767, real hellos have below 200.
const MAX_SORTED: usize = 1024;
/// Bytes that most lists of numbers take that JA4 hashes.
const USUAL_LIST: usize = 256;

/// A list of numbers and its MD5.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Ja3 {
    /// `771,4865-4866,0-23,29-23,0`.
    pub(crate) text: String,
    /// The MD5 of the text, in hexadecimal.
    pub(crate) hash: String,
}

impl Ja3 {
    /// The client's.
    pub(crate) fn client(hello: &ClientHello<'_>) -> Self {
        let mut text = String::with_capacity(256);
        decimal(&mut text, hello.version);
        text.push(',');
        join(&mut text, numbers(hello.ciphers));
        text.push(',');
        join(&mut text, hello.extensions.iter().map(|(number, _)| number));
        text.push(',');
        join(&mut text, numbers(hello.groups()));
        text.push(',');
        let formats = hello.point_formats().iter();
        join(&mut text, formats.map(|format| u16::from(*format)));
        Self::of(text)
    }

    /// The server's.
    pub(crate) fn server(hello: &ServerHello<'_>) -> Self {
        let mut text = String::with_capacity(64);
        decimal(&mut text, hello.version);
        text.push(',');
        decimal(&mut text, hello.cipher);
        text.push(',');
        join(&mut text, hello.extensions.iter().map(|(number, _)| number));
        Self::of(text)
    }

    fn of(text: String) -> Self {
        let hash = hex(&Md5::digest(text.as_bytes()));
        Self { text, hash }
    }
}

/// Values that clients send to keep servers flexible (RFC 8701); fingerprints leave them out.
pub(crate) fn is_grease(number: u16) -> bool {
    number & 0x0f0f == 0x0a0a && number >> 8 == number & 0xff
}

fn join(text: &mut String, numbers: impl Iterator<Item = u16>) {
    let mut is_first = true;
    for number in numbers.filter(|number| !is_grease(*number)) {
        if text.len() >= MAX_TEXT {
            return;
        }
        if !is_first {
            text.push('-');
        }
        is_first = false;
        decimal(text, number);
    }
}

fn decimal(text: &mut String, number: u16) {
    text.push_str(itoa::Buffer::new().format(number));
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 15));
    }
    text
}

/// A hexadecimal digit.
pub(crate) fn digit(value: u8) -> char {
    char::from_digit(u32::from(value & 15), 16).unwrap_or('0')
}

/// JA4 of a client's hello; `carrier` is `t` for TLS over TCP, `d` for DTLS and `q` for QUIC.
pub(crate) fn ja4(hello: &ClientHello<'_>, carrier: char) -> String {
    let ciphers = sorted(numbers(hello.ciphers));
    let extensions = || hello.extensions.iter().map(|(number, _)| number);
    let count = extensions().filter(|number| !is_grease(*number)).count();
    let has_name = hello.extensions.has(extension::SERVER_NAME);
    let hidden = [extension::SERVER_NAME, extension::ALPN];
    let kept = sorted(extensions().filter(|number| !hidden.contains(number)));
    let signatures = numbers(hello.signature_algorithms())
        .filter(|number| !is_grease(*number))
        .take(MAX_SORTED);

    let mut text = String::with_capacity(36);
    text.push(carrier);
    text.push_str(version(hello));
    text.push(if has_name { 'd' } else { 'i' });
    two_digits(&mut text, ciphers.len());
    two_digits(&mut text, count);
    text.extend(protocol(hello));
    let mut listed = Vec::with_capacity(USUAL_LIST);
    list(&mut listed, ciphers.iter().copied());
    text.push('_');
    short_hash(&mut text, &listed);
    listed.clear();
    list(&mut listed, kept.iter().copied());
    if !kept.is_empty() {
        let end = listed.len();
        listed.push(b'_');
        list(&mut listed, signatures);
        if listed.len() == end + 1 {
            listed.truncate(end);
        }
    }
    text.push('_');
    short_hash(&mut text, &listed);
    text
}

fn sorted(numbers: impl Iterator<Item = u16>) -> ArrayVec<u16, MAX_SORTED> {
    let kept = numbers.filter(|number| !is_grease(*number));
    let mut list: ArrayVec<u16, MAX_SORTED> = kept.take(MAX_SORTED).collect();
    list.sort_unstable();
    list
}

/// Numbers in hexadecimal with commas between them.
fn list(text: &mut Vec<u8>, numbers: impl Iterator<Item = u16>) {
    let begin = text.len();
    for number in numbers {
        if text.len() > begin {
            text.push(b',');
        }
        let [high, low] = number.to_be_bytes();
        format::hex(text, high);
        format::hex(text, low);
    }
}

/// The first 12 digits of the SHA-256, or zeros for nothing.
fn short_hash(text: &mut String, listed: &[u8]) {
    if listed.is_empty() {
        return text.push_str("000000000000");
    }
    for byte in Sha256::digest(listed).iter().take(6) {
        text.push(digit(byte >> 4));
        text.push(digit(*byte));
    }
}

fn two_digits(text: &mut String, count: usize) {
    let count = count.min(99) as u8;
    text.push(char::from(b'0' + count / 10));
    text.push(char::from(b'0' + count % 10));
}

/// The highest version that the client supports.
pub(super) fn highest_version(hello: &ClientHello<'_>) -> u16 {
    let supported = hello
        .supported_versions()
        .filter(|version| !is_grease(*version));
    // DTLS counts downwards from 0xfeff.
    let highest = supported.max_by_key(|version| match version {
        0xfe00.. => u32::from(0xffff - version) + 0x1_0000,
        _ => u32::from(*version),
    });
    highest.unwrap_or(hello.version)
}

fn version(hello: &ClientHello<'_>) -> &'static str {
    match highest_version(hello) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        0xfeff => "d1",
        0xfefd => "d2",
        0xfefc => "d3",
        _ => "00",
    }
}

/// First and last character of the first application protocol; `99` when it is not ASCII, as
/// `FoxIO`'s own programs have it, and halves of the bytes when they are other than letters and digits.
fn protocol(hello: &ClientHello<'_>) -> [char; 2] {
    let first = hello.alpn().next().unwrap_or_default();
    let (Some(begin), Some(end)) = (first.first(), first.last()) else {
        return ['0', '0'];
    };
    if !begin.is_ascii() {
        return ['9', '9'];
    }
    if begin.is_ascii_alphanumeric() && end.is_ascii_alphanumeric() {
        [char::from(*begin), char::from(*end)]
    } else {
        [digit(begin >> 4), digit(*end)]
    }
}
