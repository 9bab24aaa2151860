//! HTTP and what looks like it.

use super::read::{byte, starts, starts_any, word_length};
use crate::http::line::METHODS;
use crate::protocol::{FirstBytes, Protocol, Side, Transport, Verdict};

/// HTTP/1 (RFC 9112).
pub(super) const HTTP: Protocol = Protocol {
    name: "http",
    transport: Transport::Tcp,
    ports: &[80, 8080, 8000, 8008, 8888, 3128],
    first: FirstBytes {
        client: &[(b'A', b'Z')],
        server: &[(b'H', b'H')],
    },
    probe: http,
};

/// HTTP/2 with prior knowledge (RFC 9113, section 3.4).
pub(super) const HTTP2: Protocol = Protocol {
    name: "http2",
    transport: Transport::Tcp,
    ports: &[80, 8080, 50051],
    first: FirstBytes {
        client: &[(b'P', b'P')],
        server: &[],
    },
    probe: |side, bytes| match side {
        Side::Client => starts(bytes, b"PRI * HTTP/2.0\r\n"),
        Side::Server => Verdict::NoMatch,
    },
};

/// SSDP, HTTP's lines in datagrams (`UPnP` Device Architecture 2.0, section 1).
pub(super) const SSDP: Protocol = Protocol {
    name: "ssdp",
    transport: Transport::Udp,
    ports: &[1900],
    first: FirstBytes {
        client: &[(b'M', b'N'), (b'H', b'H')],
        server: &[(b'H', b'H')],
    },
    probe: |_, bytes| match starts_any(bytes, &[b"M-SEARCH * HTTP/", b"NOTIFY * HTTP/"]) {
        // An answer comes from any port to any port, and nothing else puts HTTP into datagrams.
        Verdict::NoMatch => starts(bytes, b"HTTP/1.1 200 OK\r\n"),
        verdict => verdict,
    },
};

fn http(side: Side, bytes: &[u8]) -> Verdict {
    match side {
        Side::Server => starts(bytes, b"HTTP/"),
        Side::Client => request(bytes),
    }
}

fn request(bytes: &[u8]) -> Verdict {
    let length = word_length(bytes);
    let Some(method) = bytes.get(..length) else {
        return Verdict::NoMatch;
    };
    if length == bytes.len() {
        let open = METHODS.iter().any(|known| known.starts_with(method));
        return if open {
            Verdict::Unsure
        } else {
            Verdict::NoMatch
        };
    }
    if !METHODS.contains(&method) {
        return Verdict::NoMatch;
    }
    target(method, bytes.get(length..).unwrap_or_default())
}

/// SIP and RTSP share methods with HTTP; what follows tells them apart.
fn target(method: &[u8], rest: &[u8]) -> Verdict {
    // Servers take more than one blank.
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    let rest = rest.get(blanks.saturating_sub(1)..).unwrap_or_default();
    match (byte(rest, 0), byte(rest, 1)) {
        (Some(b' '), None) => Verdict::Unsure,
        (Some(b' '), Some(b'/' | b'h' | b'H' | b'*')) => Verdict::Match,
        (Some(b' '), Some(other))
            if method == b"CONNECT" && other.is_ascii_graphic() && other != b'{' =>
        {
            Verdict::Match
        }
        (Some(b' '), Some(other))
            if method == b"GET" && other.is_ascii_graphic() && !is_scheme(rest) =>
        {
            Verdict::Weak
        }
        _ => Verdict::NoMatch,
    }
}

fn is_scheme(rest: &[u8]) -> bool {
    starts_any(rest, &[b" sip:", b" sips:", b" rtsp:"]) == Verdict::Match
}
