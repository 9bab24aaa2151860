//! X.509 certificates (RFC 5280): what records and rules ask about, nothing is verified.
//!
//! Own and lenient on purpose: malware's certificates often break rules that a library insists on,
//! and most of a certificate is of no interest here.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::der::{Element, Elements, dotted, tag};
use super::distinguished::Name;
use super::shape;

/// Names of a certificate that are kept. Large hosters put 100 to 250 into one.
const MAX_NAMES: usize = 512;
/// Bytes of one name; DNS has at most 253.
const MAX_NAME: usize = 1024;
/// Bytes of a serial number that are kept; RFC 5280 allows 20.
const MAX_SERIAL: usize = 128;
/// Extensions that are looked at; real certificates have about 10.
const MAX_EXTENSIONS: usize = 64;

/// Parts behind the key that are looked at; a certificate has three at most.
const MAX_PARTS: usize = 8;

/// What is wrong with a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Broken {
    /// A length is cut off, or the whole is longer than what there is.
    Length,
    /// It is no sequence.
    Der,
    /// What is inside is no certificate.
    Form,
    /// A part that every certificate has is missing.
    Missing,
}

/// The parts of a certificate, in its own bytes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Certificate<'a> {
    pub(crate) version: u64,
    pub(crate) serial: &'a [u8],
    pub(crate) issuer: Name<'a>,
    pub(crate) subject: Name<'a>,
    /// Seconds since 1970.
    pub(crate) not_before: Option<i64>,
    /// Seconds since 1970.
    pub(crate) not_after: Option<i64>,
    key: Elements<'a>,
    signature: &'a [u8],
    extensions: &'a [u8],
    /// Whether it has a part that no certificate has.
    pub(crate) has_unknown: bool,
    /// Whether its version is no number from 1 to 3.
    pub(crate) has_odd_version: bool,
    /// Whether its extensions are none.
    pub(crate) has_odd_extensions: bool,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate.
    pub(crate) fn read(bytes: &'a [u8]) -> Result<Self, Broken> {
        let outer = Elements::of(bytes).next().ok_or(Broken::Length)?;
        if outer.tag != tag::SEQUENCE {
            return Err(Broken::Der);
        }
        let mut parts = Elements::of(outer.content);
        let Some(mut body) = parts.inside(tag::SEQUENCE) else {
            return Err(if parts.begins() {
                Broken::Form
            } else {
                Broken::Length
            });
        };
        Self::body(&mut body).ok_or(Broken::Missing)
    }

    fn body(body: &mut Elements<'a>) -> Option<Self> {
        let version = body.inside(0xa0).and_then(|mut inside| inside.next());
        let serial = body.next_if(tag::INTEGER)?.content;
        let serial = serial.get(..MAX_SERIAL).unwrap_or(serial);
        let mut signature = body.inside(tag::SEQUENCE)?;
        let issuer = Name(body.next_if(tag::SEQUENCE)?.content);
        let mut validity = body.inside(tag::SEQUENCE)?;
        let subject = Name(body.next_if(tag::SEQUENCE)?.content);
        let mut certificate = Self {
            version: version.map_or(1, |version| small(version.content).saturating_add(1)),
            has_odd_version: version.is_some_and(|version| {
                version.tag != tag::INTEGER || !matches!(version.content, [0..=2])
            }),
            serial,
            issuer,
            subject,
            not_before: validity.next().and_then(seconds),
            not_after: validity.next().and_then(seconds),
            signature: object(signature.next()),
            ..Self::default()
        };
        certificate.key = body.inside(tag::SEQUENCE).unwrap_or_default();
        for part in body.take(MAX_PARTS) {
            match part.tag {
                0xa3 => {
                    let mut list = Elements::of(part.content);
                    let extensions = list.next_if(tag::SEQUENCE).unwrap_or_default();
                    certificate.extensions = extensions.content;
                    certificate.has_odd_extensions =
                        !list.is_over() || !shape::are_extensions(extensions.content);
                }
                // Numbers of issuer and subject, which version 2 had (section 4.1.2.8).
                0x81 | 0x82 | 0xa1 | 0xa2 => {}
                _ => certificate.has_unknown = true,
            }
        }
        Some(certificate)
    }

    /// Whether the names of issuer and subject are none.
    pub(crate) fn has_odd_name(&self) -> bool {
        !shape::is_name(self.issuer.0) || !shape::is_name(self.subject.0)
    }

    /// Whether an object identifier in it is none.
    pub(crate) fn has_odd_identifier(&self) -> bool {
        let names = [self.issuer.0, self.subject.0].into_iter();
        let sets = names.flat_map(|name| Elements::of(name).take(MAX_EXTENSIONS));
        let mut kind = self.key.clone();
        let key = kind.inside(tag::SEQUENCE).and_then(|mut kind| kind.next());
        let mut all = sets
            .flat_map(|set| shape::identifiers(set.content))
            .chain(shape::identifiers(self.extensions))
            .chain(key.map(|key| key.content))
            .chain([self.signature]);
        all.any(|identifier| !shape::is_identifier(identifier))
    }

    /// The value of an extension whose identifier is 2.5.29 and this number.
    fn extension(&self, number: u8) -> Option<Elements<'a>> {
        Elements::of(self.extensions)
            .take(MAX_EXTENSIONS)
            .find_map(|extension| {
                let mut parts = Elements::of(extension.content);
                let identifier = parts.next_if(tag::OBJECT)?.content;
                if identifier != [0x55, 0x1d, number] {
                    return None;
                }
                parts.next_if(tag::BOOLEAN);
                parts.inside(tag::OCTET_STRING)
            })
    }

    /// Its other names (RFC 5280, section 4.2.1.6).
    pub(crate) fn alternative_names(&self) -> impl Iterator<Item = OtherName<'a>> {
        let list = self
            .extension(17)
            .and_then(|mut value| value.inside(tag::SEQUENCE));
        list.unwrap_or_default()
            .take(MAX_NAMES)
            .filter_map(OtherName::read)
    }

    /// Whether it says that it is an authority's, and how long a chain below it may be.
    pub(crate) fn basic_constraints(&self) -> Option<(bool, Option<u64>)> {
        let mut inside = self.extension(19)?.inside(tag::SEQUENCE)?;
        let is_authority = inside.next_if(tag::BOOLEAN);
        let path = inside.next_if(tag::INTEGER);
        Some((
            is_authority.is_some_and(|element| element.content.first().is_some_and(|b| *b != 0)),
            path.map(|element| small(element.content)),
        ))
    }

    /// The name of the algorithm it is signed with.
    pub(crate) fn signature_algorithm(&self) -> String {
        algorithm(self.signature)
    }

    /// What its key is.
    pub(crate) fn key(&self) -> Key {
        let mut parts = self.key.clone();
        let mut kind = parts.inside(tag::SEQUENCE).unwrap_or_default();
        let identifier = object(kind.next());
        let mut key = Key {
            algorithm: algorithm(identifier),
            ..Key::default()
        };
        let bits = parts.next_if(tag::BIT_STRING).unwrap_or_default().content;
        let bits = bits.get(1..).unwrap_or_default();
        match key.algorithm.as_str() {
            "rsaEncryption" | "rsassaPss" => key.rsa(bits),
            "id-ecPublicKey" => key.elliptic(object(kind.next())),
            "dsaEncryption" => {
                key.kind = Some("dsa");
                let mut parameters = kind.inside(tag::SEQUENCE).unwrap_or_default();
                key.bits = parameters.next().map(|prime| bit_length(prime.content));
            }
            _ => {}
        }
        key
    }
}

/// A certificate's public key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Key {
    /// The algorithm's name.
    pub(crate) algorithm: String,
    /// `rsa`, `dsa` or `ecdsa`.
    pub(crate) kind: Option<&'static str>,
    /// Its length in bits.
    pub(crate) bits: Option<u32>,
    /// The exponent of an RSA key, in decimal.
    pub(crate) exponent: Option<String>,
    /// The curve.
    pub(crate) curve: Option<&'static str>,
}

impl Key {
    fn rsa(&mut self, bits: &[u8]) {
        self.kind = Some("rsa");
        let mut numbers = Elements::of(bits).inside(tag::SEQUENCE).unwrap_or_default();
        self.bits = numbers.next().map(|modulus| bit_length(modulus.content));
        let exponent = numbers.next().filter(|number| number.content.len() <= 8);
        self.exponent = exponent.map(|number| small(number.content).to_string());
    }

    fn elliptic(&mut self, curve: &[u8]) {
        self.kind = Some("ecdsa");
        let (name, bits) = match curve {
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1] => ("prime192v1", 192),
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => ("prime256v1", 256),
            [0x2b, 0x81, 4, 0, 10] => ("secp256k1", 256),
            [0x2b, 0x81, 4, 0, 33] => ("secp224r1", 224),
            [0x2b, 0x81, 4, 0, 34] => ("secp384r1", 384),
            [0x2b, 0x81, 4, 0, 35] => ("secp521r1", 521),
            _ => return,
        };
        self.curve = Some(name);
        self.bits = Some(bits);
    }
}

/// A name besides the subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum OtherName<'a> {
    /// A host's.
    Dns(&'a [u8]),
    /// A mailbox.
    Email(&'a [u8]),
    /// A resource's.
    Uri(&'a [u8]),
    /// An address.
    Ip(String),
}

impl<'a> OtherName<'a> {
    fn read(element: Element<'a>) -> Option<Self> {
        let content = element.content;
        let content = content.get(..MAX_NAME).unwrap_or(content);
        Some(match element.tag {
            0x81 => Self::Email(content),
            0x82 => Self::Dns(content),
            0x86 => Self::Uri(content),
            0x87 => Self::Ip(address(content)?),
            _ => return None,
        })
    }
}

fn address(content: &[u8]) -> Option<String> {
    if let Ok(four) = <[u8; 4]>::try_from(content) {
        return Some(Ipv4Addr::from(four).to_string());
    }
    let sixteen = <[u8; 16]>::try_from(content).ok()?;
    Some(Ipv6Addr::from(sixteen).to_string())
}

fn object(element: Option<Element<'_>>) -> &[u8] {
    let element = element.filter(|element| element.tag == tag::OBJECT);
    element.unwrap_or_default().content
}

/// A number of at most eight bytes, or the largest there is.
fn small(content: &[u8]) -> u64 {
    let mut value: u64 = 0;
    for byte in content {
        let Some(shifted) = value.checked_mul(256) else {
            return u64::MAX;
        };
        value = shifted | u64::from(*byte);
    }
    value
}

fn bit_length(content: &[u8]) -> u32 {
    let mut rest = content;
    while let [0, tail @ ..] = rest {
        rest = tail;
    }
    let first = rest.first().map_or(0, |byte| byte.leading_zeros());
    (rest.len() as u32).saturating_mul(8).saturating_sub(first)
}

/// `OpenSSL`'s long name of an algorithm, or its identifier in dots.
pub(super) fn algorithm(identifier: &[u8]) -> String {
    let name = match identifier {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, number] => match number {
            1 => "rsaEncryption",
            2 => "md2WithRSAEncryption",
            4 => "md5WithRSAEncryption",
            5 => "sha1WithRSAEncryption",
            10 => "rsassaPss",
            11 => "sha256WithRSAEncryption",
            12 => "sha384WithRSAEncryption",
            13 => "sha512WithRSAEncryption",
            14 => "sha224WithRSAEncryption",
            _ => "",
        },
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => "id-ecPublicKey",
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] => "ecdsa-with-SHA1",
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, number] => match number {
            1 => "ecdsa-with-SHA224",
            2 => "ecdsa-with-SHA256",
            3 => "ecdsa-with-SHA384",
            4 => "ecdsa-with-SHA512",
            _ => "",
        },
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1] => "dsaEncryption",
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => "dsaWithSHA1",
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2] => "dsa_with_SHA256",
        [0x2b, 0x0e, 3, 2, 29] => "sha1WithRSA",
        [0x2b, 0x65, 112] => "ED25519",
        [0x2b, 0x65, 113] => "ED448",
        _ => "",
    };
    if name.is_empty() {
        dotted(identifier).unwrap_or_default()
    } else {
        name.to_owned()
    }
}

/// Seconds since 1970 of a time in UTC (RFC 5280, section 4.1.2.5).
pub(super) fn seconds(element: Element<'_>) -> Option<i64> {
    let text = element.content;
    let (year, rest) = match element.tag {
        tag::UTC_TIME => {
            let (digits, rest) = text.split_at_checked(2)?;
            let year = decimal(digits)?;
            (year + if year < 50 { 2000 } else { 1900 }, rest)
        }
        tag::GENERALIZED_TIME => {
            let (digits, rest) = text.split_at_checked(4)?;
            (decimal(digits)?, rest)
        }
        _ => return None,
    };
    let field = |at: usize| decimal(rest.get(at..at + 2)?);
    let (month, day) = (field(0)?, field(2)?);
    let (hour, minute, second) = (field(4)?, field(6)?, field(8).unwrap_or(0));
    let valid = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60;
    valid.then(|| days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

fn decimal(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, digit| {
        digit
            .is_ascii_digit()
            .then(|| value * 10 + i64::from(digit - b'0'))
    })
}

/// Days since 1970 of a date in the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March, so that the odd month is the last one.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// A date as EVE has it: `2018-04-14T20:55:27`.
pub(crate) fn date(seconds: i64) -> String {
    let (day, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    // Eras of 400 years have 146,097 days; see `days`.
    let day = day + 719_468;
    let (era, of_era) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (year, month) = if month < 10 {
        (era * 400 + year_of_era, month + 3)
    } else {
        (era * 400 + year_of_era + 1, month - 9)
    };
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")
}

/// Bytes as EVE has serials and fingerprints, two digits each with colons between.
pub(crate) fn colons(bytes: &[u8], upper: bool) -> String {
    let mut text = String::with_capacity(bytes.len() * 3);
    for byte in bytes {
        if !text.is_empty() {
            text.push(':');
        }
        for half in [byte >> 4, byte & 15] {
            let digit = super::fingerprint::digit(half);
            text.push(if upper {
                digit.to_ascii_uppercase()
            } else {
                digit
            });
        }
    }
    text
}
