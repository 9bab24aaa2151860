//! The buffers of HTTP under the names that rules use.

use super::exchange::{BODY, HEAD};
use crate::application::{COMPLETE, Field};
use crate::protocol::Side;

macro_rules! buffers {
    ($($variant:ident $name:literal $side:expr, $progress:expr, $many:literal;)*) => {
        /// A buffer of an exchange; its number is its position in [`BUFFERS`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Buffer { $($variant),* }

        /// All of them in the order of their numbers.
        pub(crate) const BUFFERS: &[Field] = &[
            $(Field { name: $name, side: $side, progress: $progress, many: $many }),*
        ];

        const ALL: &[Buffer] = &[$(Buffer::$variant),*];
    };
}

const CLIENT: Option<Side> = Some(Side::Client);
const SERVER: Option<Side> = Some(Side::Server);
const BOTH: Option<Side> = None;

buffers! {
    Method "http.method" CLIENT, HEAD, false;
    Uri "http.uri" CLIENT, HEAD, false;
    UriRaw "http.uri.raw" CLIENT, HEAD, false;
    RequestLine "http.request_line" CLIENT, HEAD, false;
    ResponseLine "http.response_line" SERVER, HEAD, false;
    Protocol "http.protocol" BOTH, HEAD, false;
    Header "http.header" BOTH, HEAD, false;
    HeaderRaw "http.header.raw" BOTH, HEAD, false;
    HeaderNames "http.header_names" BOTH, HEAD, false;
    RequestHeader "http.request_header" CLIENT, HEAD, true;
    ResponseHeader "http.response_header" SERVER, HEAD, true;
    Cookie "http.cookie" BOTH, HEAD, false;
    UserAgent "http.user_agent" CLIENT, HEAD, false;
    Host "http.host" CLIENT, HEAD, false;
    HostRaw "http.host.raw" CLIENT, HEAD, false;
    Referer "http.referer" CLIENT, HEAD, false;
    Accept "http.accept" CLIENT, HEAD, false;
    AcceptEncoding "http.accept_enc" CLIENT, HEAD, false;
    AcceptLanguage "http.accept_lang" CLIENT, HEAD, false;
    Connection "http.connection" BOTH, HEAD, false;
    ContentType "http.content_type" BOTH, HEAD, false;
    ContentLength "http.content_len" BOTH, HEAD, false;
    Start "http.start" BOTH, HEAD, false;
    StatusCode "http.stat_code" SERVER, HEAD, false;
    StatusMessage "http.stat_msg" SERVER, HEAD, false;
    Location "http.location" SERVER, HEAD, false;
    Server "http.server" SERVER, HEAD, false;
    RequestBody "http.request_body" CLIENT, BODY, false;
    ResponseBody "http.response_body" SERVER, BODY, false;
    // Of messages of DNS that travel in it, in the order of DNS's own.
    Query "dns.query" CLIENT, COMPLETE, true;
    QueryName "dns.queries.rrname" BOTH, COMPLETE, true;
    AnswerName "dns.answers.rrname" BOTH, COMPLETE, true;
    AuthorityName "dns.authorities.rrname" BOTH, COMPLETE, true;
    AdditionalName "dns.additionals.rrname" BOTH, COMPLETE, true;
    ResponseName "dns.response.rrname" BOTH, COMPLETE, true;
    FieldLine "http2.header" BOTH, HEAD, true;
    FieldName "http2.header_name" BOTH, HEAD, true;
}

/// Buffers at the end that only HTTP/2 has.
const ONLY_HTTP2: usize = 2;

/// The buffers of HTTP/1.
pub(crate) const HTTP1_BUFFERS: &[Field] = BUFFERS.split_at(BUFFERS.len() - ONLY_HTTP2).0;

impl Buffer {
    pub(crate) fn at(number: usize) -> Option<Self> {
        ALL.get(number).copied()
    }

    /// The number of the buffer of DNS that it holds.
    pub(crate) fn of_names(self) -> Option<usize> {
        Some(match self {
            Self::Query => 0,
            Self::QueryName => 1,
            Self::AnswerName => 2,
            Self::AuthorityName => 3,
            Self::AdditionalName => 4,
            Self::ResponseName => 5,
            _ => return None,
        })
    }

    /// The request's header that it holds.
    pub(crate) fn request_header(self) -> Option<&'static [u8]> {
        Some(match self {
            Self::UserAgent => b"User-Agent",
            Self::Referer => b"Referer",
            Self::Accept => b"Accept",
            Self::AcceptEncoding => b"Accept-Encoding",
            Self::AcceptLanguage => b"Accept-Language",
            _ => return None,
        })
    }

    /// The answer's header that it holds.
    pub(crate) fn response_header(self) -> Option<&'static [u8]> {
        Some(match self {
            Self::Location => b"Location",
            Self::Server => b"Server",
            _ => return None,
        })
    }
}
