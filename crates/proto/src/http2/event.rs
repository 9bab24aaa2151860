//! What can be wrong with HTTP/2, under the names that Suricata's rules use.

use crate::application::Event;
use crate::http::event as http;

macro_rules! events {
    ($($name:ident $code:literal $description:literal)*) => {
        $(pub(crate) static $name: Event = Event { code: $code, description: $description };)*
        /// All of them.
        pub(super) const ALL: &[Event] = &[$(Event { code: $code, description: $description }),*];
    };
}

events! {
    INVALID_CLIENT_MAGIC "http2.invalid_client_magic"
        "The client does not begin as HTTP/2 does."
    INVALID_FRAME_HEADER "http2.invalid_frame_header"
        "Bytes stand where a frame should begin and are none; the rest of this side is not read."
    INVALID_FRAME_DATA "http2.invalid_frame_data"
        "A frame's content does not fit its kind."
    INVALID_FRAME_LENGTH "http2.invalid_frame_length"
        "A frame is too short or too long for its kind."
    LONG_FRAME_DATA "http2.long_frame_data"
        "A frame is longer than both sides usually agree on; all but bodies are passed over."
    INVALID_HEADER "http2.invalid_header"
        "A block of headers ends too early, or names a header that was never sent."
    HEADER_INTEGER_OVERFLOW "http2.header_integer_overflow"
        "A number in a block of headers is too large, or the block decodes to too much."
    EXTRA_HEADER_DATA "http2.extra_header_data"
        "Headers of a stream come where another stream's must go on."
    REASSEMBLY_LIMIT_REACHED "http2.reassembly_limit_reached"
        "Headers in several frames are longer than is kept."
    INVALID_HTTP1_SETTINGS "http2.invalid_http1_settings"
        "A request of HTTP/1 asks for HTTP/2 without settings, or with some that cannot be read."
    INVALID_CONNECT "http2.invalid_connect"
        "A `CONNECT` names no `:authority`, or a `:path` or `:scheme` that it must not have."
    DNS_REQUEST_TOO_LONG "http2.dns_request_too_long"
        "A request that says to be DNS is longer than any message of it."
    DNS_RESPONSE_TOO_LONG "http2.dns_response_too_long"
        "An answer that says to be DNS is longer than any message of it."
    STREAM_ID_REUSE "http2.stream_id_reuse"
        "A stream that was over is used again."
    TOO_MANY_STREAMS "http2.too_many_streams"
        "More streams are open than are followed; the oldest was told as it was."
    DATA_STREAM_ZERO "http2.data_stream_zero"
        "A body is sent outside of any stream."
    FAILED_DECOMPRESSION "http2.failed_decompression"
        "A compressed body is damaged, or is not compressed as its header says."
    INVALID_RANGE "http2.invalid_range"
        "`content-range` cannot be understood."
    AUTHORITY_HOST_MISMATCH "http2.authority_host_mismatch"
        "`:authority` and `host` name different hosts."
    USERINFO_IN_URI "http2.userinfo_in_uri"
        "`:authority` holds a user's name."
}

/// The event of a stream for what went wrong in its messages; none when it has no name of its own.
pub(crate) fn of_message(event: &'static Event) -> Option<&'static Event> {
    let same = |other: &Event| event.code == other.code;
    let of_coding = [
        &http::GZIP_DECOMPRESSION_FAILED,
        &http::COMPRESSION_BOMB,
        &http::LZMA_MEMLIMIT_REACHED,
    ];
    if of_coding.into_iter().any(same) {
        Some(&FAILED_DECOMPRESSION)
    } else if same(&http::RANGE_INVALID) {
        Some(&INVALID_RANGE)
    } else {
        None
    }
}
