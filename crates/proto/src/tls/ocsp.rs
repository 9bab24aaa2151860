//! OCSP's answers (RFC 6960, section 4.2): what is said about which certificates. Nothing is verified.

use wirewatch_records::{Kind, OcspRow, Row};

use super::certificate::{algorithm, seconds};
use super::der::{Element, Elements, tag};
use super::fingerprint::hex;
use super::report::strip_zeros;
use crate::protocol::Side;
use crate::sink::Sink;

/// Certificates of one answer that are told. Servers answer about one; the standard allows a list.
const MAX_CERTIFICATES: usize = 64;
/// Bytes of a hash and of a serial number that are kept; SHA-512 has 64.
const MAX_BYTES: usize = 128;

/// The kind of answer that all servers give, `id-pkix-ocsp-basic`.
const BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 0x30, 1, 1];

/// Tells what an answer says, one record per certificate.
pub(crate) fn tell(answer: &[u8], transaction: u64, file: u32, sink: &mut dyn Sink) {
    if !sink.wants(Kind::Ocsp) {
        return;
    }
    for single in responses(answer)
        .into_iter()
        .flatten()
        .take(MAX_CERTIFICATES)
    {
        if let Some(single) = Single::read(single) {
            single.row(file, &mut |row| {
                sink.record(Some(transaction), Side::Client, row);
            });
        }
    }
}

/// The list of what is said, of an answer that is one.
fn responses(answer: &[u8]) -> Option<Elements<'_>> {
    /// The answer's kind and bytes.
    const BYTES: u8 = 0xa0;
    /// The form's version, which is not there when it is the first.
    const VERSION: u8 = 0xa0;
    let mut outer = Elements::of(answer).inside(tag::SEQUENCE)?;
    outer.next_if(tag::ENUMERATED)?;
    let mut bytes = outer.inside(BYTES)?.inside(tag::SEQUENCE)?;
    bytes
        .next_if(tag::OBJECT)
        .filter(|kind| kind.content == BASIC)?;
    let mut basic = bytes.inside(tag::OCTET_STRING)?.inside(tag::SEQUENCE)?;
    let mut data = basic.inside(tag::SEQUENCE)?;
    data.next_if(VERSION);
    // Who answers, and when.
    data.next()?;
    data.next_if(tag::GENERALIZED_TIME)?;
    data.inside(tag::SEQUENCE)
}

/// What is said about one certificate.
struct Single<'a> {
    algorithm: &'a [u8],
    name: &'a [u8],
    key: &'a [u8],
    serial: &'a [u8],
    status: &'static str,
    revoked: Option<i64>,
    reason: Option<&'static str>,
    this_update: Option<i64>,
    next_update: Option<i64>,
}

impl<'a> Single<'a> {
    fn read(single: Element<'a>) -> Option<Self> {
        /// When newer knowledge comes.
        const NEXT: u8 = 0xa0;
        let mut parts = Elements::of(single.content);
        let mut identifier = parts.inside(tag::SEQUENCE)?;
        let algorithm = identifier.inside(tag::SEQUENCE)?.next_if(tag::OBJECT)?;
        let name = identifier.next_if(tag::OCTET_STRING)?;
        let key = identifier.next_if(tag::OCTET_STRING)?;
        let serial = identifier.next_if(tag::INTEGER)?;
        let status = parts.next()?;
        let mut inside = Elements::of(status.content);
        let (status, revoked, reason) = match status.tag {
            0x80 => ("good", None, None),
            0xa1 => {
                let since = inside.next_if(tag::GENERALIZED_TIME);
                let reason = inside.inside(0xa0).and_then(|mut inside| inside.next());
                (
                    "revoked",
                    since.and_then(seconds),
                    reason.and_then(reason_name),
                )
            }
            _ => ("unknown", None, None),
        };
        let this_update = parts.next_if(tag::GENERALIZED_TIME);
        let next = parts.inside(NEXT).and_then(|mut inside| inside.next());
        Some(Self {
            algorithm: algorithm.content,
            name: bounded(name.content),
            key: bounded(key.content),
            serial: bounded(serial.content),
            status,
            revoked,
            reason,
            this_update: this_update.and_then(seconds),
            next_update: next.and_then(seconds),
        })
    }

    fn row(&self, file: u32, put: &mut dyn FnMut(&Row<'_>)) {
        let upper = |bytes: &[u8]| hex(bytes).to_ascii_uppercase();
        let microseconds = |seconds: Option<i64>| Some(seconds?.saturating_mul(1_000_000));
        put(&Row::Ocsp(OcspRow {
            file,
            hash_algorithm: &hash(self.algorithm),
            issuer_name_hash: &upper(self.name),
            issuer_key_hash: &upper(self.key),
            serial: &upper(strip_zeros(self.serial)),
            status: self.status,
            revoked: microseconds(self.revoked),
            reason: self.reason,
            this_update: microseconds(self.this_update),
            next_update: microseconds(self.next_update),
        }));
    }
}

fn bounded(bytes: &[u8]) -> &[u8] {
    bytes.get(..MAX_BYTES).unwrap_or(bytes)
}

/// `OpenSSL`'s name of a hash, or its identifier in dots.
fn hash(identifier: &[u8]) -> String {
    let name = match identifier {
        [0x2b, 0x0e, 3, 2, 26] => "sha1",
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1] => "sha256",
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2] => "sha384",
        [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3] => "sha512",
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5] => "md5",
        other => return algorithm(other),
    };
    name.to_owned()
}

/// Why a certificate is revoked (RFC 5280, section 5.3.1).
fn reason_name(element: Element<'_>) -> Option<&'static str> {
    let [number] = element.content else {
        return None;
    };
    Some(match number {
        0 => "unspecified",
        1 => "keyCompromise",
        2 => "cACompromise",
        3 => "affiliationChanged",
        4 => "superseded",
        5 => "cessationOfOperation",
        6 => "certificateHold",
        8 => "removeFromCRL",
        9 => "privilegeWithdrawn",
        10 => "aACompromise",
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::Collected;

    fn element(tag: u8, content: &[u8]) -> Vec<u8> {
        let length = match content.len() {
            short @ 0..128 => vec![short as u8],
            long => vec![0x82, (long >> 8) as u8, long as u8],
        };
        [&[tag], length.as_slice(), content].concat()
    }

    fn all(tag: u8, parts: &[Vec<u8>]) -> Vec<u8> {
        element(tag, &parts.concat())
    }

    fn time(text: &str) -> Vec<u8> {
        element(tag::GENERALIZED_TIME, text.as_bytes())
    }

    fn single(serial: &[u8], status: Vec<u8>) -> Vec<u8> {
        let sha1 = all(0x30, &[element(6, &[0x2b, 0x0e, 3, 2, 26]), vec![5, 0]]);
        let identifier = all(
            0x30,
            &[
                sha1,
                element(4, &[0xab; 20]),
                element(4, &[0xcd; 20]),
                element(2, serial),
            ],
        );
        let next = all(0xa0, &[time("20260102000000Z")]);
        all(0x30, &[identifier, status, time("20260101000000Z"), next])
    }

    fn answer(singles: &[Vec<u8>]) -> Vec<u8> {
        let data = all(
            0x30,
            &[
                all(0xa2, &[element(4, &[1; 20])]),
                time("20260101000000Z"),
                all(0x30, singles),
            ],
        );
        let basic = all(0x30, &[data, element(3, &[0])]);
        let bytes = all(0x30, &[element(6, BASIC), element(4, &basic)]);
        all(0x30, &[element(10, &[0]), element(0xa0, &bytes)])
    }

    fn told(answer: &[u8]) -> Vec<serde_json::Value> {
        let mut sink = Collected::default();
        tell(answer, 0, 0, &mut sink);
        let records = sink.records();
        records
            .into_iter()
            .map(|record| record["ocsp"].clone())
            .collect()
    }

    /// An answer about one certificate, whose serial number is 1.
    pub(crate) fn one_good() -> Vec<u8> {
        answer(&[single(&[1], element(0x80, &[]))])
    }

    #[test]
    fn each_certificate_is_told() {
        let revoked = all(
            0xa1,
            &[time("20251224180000Z"), all(0xa0, &[element(10, &[4])])],
        );
        let both = answer(&[
            single(&[0, 0xf1, 2], element(0x80, &[])),
            single(&[3], revoked),
        ]);
        let told = told(&both);
        let expected = serde_json::json!({
            "file": 0,
            "hash_algorithm": "sha1",
            "issuer_name_hash": "AB".repeat(20),
            "issuer_key_hash": "CD".repeat(20),
            "serial": "F102",
            "status": "good",
            "this_update": "2026-01-01T00:00:00.000000+0000",
            "next_update": "2026-01-02T00:00:00.000000+0000",
        });
        assert_eq!(told[0], expected);
        assert_eq!(told[1]["status"], "revoked");
        assert_eq!(told[1]["reason"], "superseded");
        assert_eq!(told[1]["revoked"], "2025-12-24T18:00:00.000000+0000");
    }

    #[test]
    fn a_long_list_is_cut() {
        let many = vec![single(&[1], element(0x80, &[])); MAX_CERTIFICATES + 1];
        assert_eq!(told(&answer(&many)).len(), MAX_CERTIFICATES);
    }

    #[test]
    fn a_refusal_tells_nothing() {
        assert!(told(&all(0x30, &[element(10, &[6])])).is_empty());
    }

    #[test]
    fn an_answer_cut_anywhere_tells_less_and_no_more() {
        let whole = one_good();
        for length in 0..whole.len() {
            assert!(told(whole.get(..length).unwrap()).is_empty());
        }
    }

    proptest! {
        #[test]
        fn nothing_in_it_makes_it_panic(
            at in 0_usize..160,
            bytes in proptest::collection::vec(any::<u8>(), 1..4),
        ) {
            let mut whole = one_good();
            let end = (at + bytes.len()).min(whole.len());
            whole.splice(at.min(end)..end, bytes);
            told(&whole);
        }
    }
}
