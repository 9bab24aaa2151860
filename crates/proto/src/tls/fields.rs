//! The names by which rules ask for parts of a handshake, and what can be wrong with one.

use crate::application::{Event, Field};
use crate::protocol::Side;

/// Steps of either side; see [`Field::progress`].
pub(crate) mod step {
    pub(crate) const HELLO: u8 = 1;
    pub(crate) const CERTIFICATE: u8 = 2;
    pub(crate) const KEY_EXCHANGE: u8 = 3;
    /// Only the server's.
    pub(crate) const HELLO_DONE: u8 = 4;
    pub(crate) const HANDSHAKE: u8 = 5;
}

/// The buffers, in the order of [`BUFFERS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Buffer {
    Sni,
    Subject,
    Issuer,
    Serial,
    Fingerprint,
    Certificates,
    OtherNames,
    Alpn,
    Random,
    RandomTime,
    RandomBytes,
    Ja3Hash,
    Ja3Text,
    Ja3sHash,
    Ja3sText,
    Ja4,
}

/// The buffers by number.
pub(crate) static ORDER: [Buffer; 16] = [
    Buffer::Sni,
    Buffer::Subject,
    Buffer::Issuer,
    Buffer::Serial,
    Buffer::Fingerprint,
    Buffer::Certificates,
    Buffer::OtherNames,
    Buffer::Alpn,
    Buffer::Random,
    Buffer::RandomTime,
    Buffer::RandomBytes,
    Buffer::Ja3Hash,
    Buffer::Ja3Text,
    Buffer::Ja3sHash,
    Buffer::Ja3sText,
    Buffer::Ja4,
];

/// The buffers of TLS and DTLS.
pub(crate) static BUFFERS: &[Field] = &[
    one("tls.sni", Some(Side::Client), step::HELLO),
    one("tls.cert_subject", None, step::CERTIFICATE),
    one("tls.cert_issuer", None, step::CERTIFICATE),
    one("tls.cert_serial", None, step::CERTIFICATE),
    one("tls.cert_fingerprint", None, step::CERTIFICATE),
    many("tls.certs", None, step::CERTIFICATE),
    many("tls.subjectaltname", None, step::CERTIFICATE),
    many("tls.alpn", None, step::HELLO),
    one("tls.random", None, step::HELLO),
    one("tls.random_time", None, step::HELLO),
    one("tls.random_bytes", None, step::HELLO),
    one("ja3.hash", Some(Side::Client), step::HELLO),
    one("ja3.string", Some(Side::Client), step::HELLO),
    one("ja3s.hash", Some(Side::Server), step::HELLO),
    one("ja3s.string", Some(Side::Server), step::HELLO),
    one("ja4.hash", Some(Side::Client), step::HELLO),
];

/// The numbers of TLS and DTLS. Versions are as on the wire (0x0303 is TLS 1.2), dates are seconds
/// since 1970. What was said is 1 of the client and 2 of the server.
pub(crate) static NUMBERS: &[Field] = &[
    one("tls.cert_chain_len", None, step::CERTIFICATE),
    one("tls_cert_notbefore", None, step::CERTIFICATE),
    one("tls_cert_notafter", None, step::CERTIFICATE),
    one("tls.version", None, step::HELLO),
    one("ssl_version", None, step::HELLO),
    one("tls_cert_expired", None, step::CERTIFICATE),
    one("tls_cert_valid", None, step::CERTIFICATE),
    one("tls.hello", None, step::HELLO),
    one("tls.key_exchange", None, step::KEY_EXCHANGE),
];

const fn one(name: &'static str, side: Option<Side>, progress: u8) -> Field {
    Field {
        name,
        side,
        progress,
        many: false,
    }
}

const fn many(name: &'static str, side: Option<Side>, progress: u8) -> Field {
    Field {
        name,
        side,
        progress,
        many: true,
    }
}

macro_rules! events {
    ($($name:ident $code:literal $description:literal)*) => {
        $(pub(crate) static $name: Event = Event { code: $code, description: $description };)*
        /// All of them.
        pub(crate) static EVENTS: &[Event] = &[
            $(Event { code: $code, description: $description }),*
        ];
    };
}

/// What can be wrong with TLS.
pub(crate) mod event {
    use super::Event;

    events! {
        INVALID_SSLV2_HEADER "tls.invalid_sslv2_header" "An SSL 2 hello whose lengths do not fit together."
        INVALID_TLS_HEADER "tls.invalid_tls_header" "A record that is longer than TLS allows."
        INVALID_RECORD_VERSION "tls.invalid_record_version" "A record of a version that does not exist."
        INVALID_RECORD_TYPE "tls.invalid_record_type" "A record of a type that does not exist."
        INVALID_HANDSHAKE_MESSAGE "tls.invalid_handshake_message" "A handshake message that cannot be read."
        HANDSHAKE_INVALID_LENGTH "tls.handshake_invalid_length" "A handshake message that is longer than any real one."
        INVALID_CERTIFICATE "tls.invalid_certificate" "A certificate that cannot be read."
        CERTIFICATE_MISSING_ELEMENT "tls.certificate_missing_element" "A certificate that lacks a part."
        CERTIFICATE_INVALID_LENGTH "tls.certificate_invalid_length" "A certificate whose lengths do not fit together."
        CERTIFICATE_INVALID_DER "tls.certificate_invalid_der" "A certificate that is not DER."
        CERTIFICATE_INVALID_DATE "tls.certificate_invalid_date" "A certificate whose validity is no time."
        CERTIFICATE_INVALID_STRING "tls.certificate_invalid_string" "A certificate with a name that its own type does not allow, such as one with a zero in it."
        CERTIFICATE_INVALID_OID "tls.certificate_invalid_oid" "A certificate with an object identifier that is none."
        CERTIFICATE_INVALID_VERSION "tls.certificate_invalid_version" "A certificate whose version is no number from 1 to 3."
        CERTIFICATE_INVALID_X509NAME "tls.certificate_invalid_x509name" "A certificate whose issuer or subject is no list of attributes with their values."
        CERTIFICATE_INVALID_EXTENSIONS "tls.certificate_invalid_extensions" "A certificate whose extensions are no list of identifiers with their values."
        CERTIFICATE_UNKNOWN_ELEMENT "tls.certificate_unknown_element" "A certificate with a part that no certificate has."
        INVALID_SSL_RECORD "tls.invalid_ssl_record" "An alert or a change of ciphers that is too short or too long."
        INVALID_ALERT "tls.invalid_alert" "A readable alert that is neither a warning nor fatal, or whose number is not assigned."
        ERROR_MESSAGE_ENCOUNTERED "tls.error_message_encountered" "An error message of SSL 2."
        HEARTBEAT_MESSAGE "tls.heartbeat_message" "A heartbeat."
        OVERFLOW_HEARTBEAT_MESSAGE "tls.overflow_heartbeat_message" "A heartbeat that claims more bytes than it has (Heartbleed, CVE-2014-0160)."
        INVALID_HEARTBEAT_MESSAGE "tls.invalid_heartbeat_message" "A heartbeat without the padding that it must have."
        DATALEAK_HEARTBEAT_MISMATCH "tls.dataleak_heartbeat_mismatch" "An answer to a heartbeat that is longer than its request (Heartbleed)."
        MULTIPLE_SNI_EXTENSIONS "tls.multiple_sni_extensions" "A hello with several server names."
        INVALID_SNI_TYPE "tls.invalid_sni_type" "A server name that is not the name of a host."
        INVALID_SNI_LENGTH "tls.invalid_sni_length" "A server name whose lengths do not fit together."
        TOO_MANY_RECORDS "tls.too_many_records_in_packet" "More records in one piece of the stream than any real stack sends."
    }
}
