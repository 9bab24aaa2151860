//! What is wrong with a message is told, and only then.

use super::{CLIENT, SERVER, parser, told};
use crate::testing::feed;

/// What is told of these requests.
fn of_request(request: &str) -> Vec<String> {
    let all = told(&[(CLIENT, request.as_bytes())]);
    all.anomalies().into_iter().map(str::to_owned).collect()
}

/// What is told of this answer to a usual request.
fn of_answer(answer: &[u8]) -> Vec<String> {
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let all = feed(parser(), &[(CLIENT, request), (SERVER, answer)]);
    all.anomalies().into_iter().map(str::to_owned).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn a_request_line_without_a_protocol_is_told() {
    let code = "http.request_line_missing_protocol";
    assert_eq!(of_request("GET /a\r\n"), [code]);
    let with_space = of_request("GET /a b\r\nHost: a\r\n\r\n");
    assert_eq!(with_space, ["http.request_line_invalid", code]);
    assert_eq!(of_request("GET /a HTTP/1.0\r\n\r\n"), NOTHING);
}

#[test]
fn a_query_that_stays_encoded_is_told_beside_the_address() {
    let codes = ["http.double_encoded_uri", "http.double_encoded_query"];
    let of = |uri: &str| of_request(&format!("GET {uri} HTTP/1.0\r\n\r\n"));
    assert_eq!(of("/a?b=%2541"), codes);
    assert_eq!(of("/%2541?b=%41"), codes[..1]);
    assert_eq!(of("/a?b=%41"), NOTHING);
}

#[test]
fn the_scheme_of_a_login_is_known_or_told() {
    let of = |value: &str| of_request(&format!("GET / HTTP/1.0\r\nAuthorization: {value}\r\n\r\n"));
    let (unknown, invalid) = (
        "http.request_auth_unrecognized",
        "http.request_auth_invalid",
    );
    for known in [
        "Basic dXNlcjpwYXNz",
        "Digest username=\"a\"",
        "bearer x",
        "NTLM x",
    ] {
        assert_eq!(of(known), NOTHING, "{known}");
    }
    assert_eq!(of("undefined"), [unknown]);
    assert_eq!(of("Mine dXNlcjpwYXNz"), [unknown]);
    assert_eq!(of("Basic !"), [unknown, invalid]);
    // `user` alone, without a colon and a password.
    assert_eq!(of("Basic dXNlcg=="), [invalid]);
    assert_eq!(of("Digest realm=\"a\""), [invalid]);
}

#[test]
fn extensions_of_chunks_are_told_of_answers_too() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    let of = |body: &[u8]| of_answer(&[head, body].concat());
    assert_eq!(
        of(b"1;a=b\r\nx\r\n0\r\n\r\n"),
        ["http.response_chunk_extension"]
    );
    assert_eq!(of(b"1\r\n;\r\n0\r\n\r\n"), NOTHING);
}

#[test]
fn names_of_files_that_are_cut_are_told() {
    let form = |length: usize| {
        let name = "n".repeat(length);
        let body = format!(
            "--XX\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\none\r\n--XX--\r\n"
        );
        let length = body.len();
        let head = "POST / HTTP/1.0\r\nContent-Type: multipart/form-data; boundary=XX\r\n";
        of_request(&format!("{head}Content-Length: {length}\r\n\r\n{body}"))
    };
    assert_eq!(form(1_025), ["http.file_name_too_long"]);
    assert_eq!(form(1_024), NOTHING);
    let attached = |length: usize| {
        let name = "n".repeat(length);
        let head = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n";
        let named = format!("{head}Content-Disposition: attachment; filename={name}\r\n\r\nx");
        of_answer(named.as_bytes())
    };
    assert_eq!(attached(1_025), ["http.file_name_too_long"]);
    assert_eq!(attached(1_024), NOTHING);
}

#[test]
fn a_window_of_lzma_that_is_too_large_is_told_when_it_is_needed() {
    let of = |size: usize| {
        let mut body = Vec::new();
        let mut plain = std::io::Cursor::new(vec![b'a'; size]);
        lzma_rs::lzma_compress(&mut plain, &mut body).unwrap();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: lzma\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        of_answer(&[head.as_bytes(), &body].concat())
    };
    assert_eq!(of(5 << 20), ["http.lzma_memlimit_reached"]);
    assert_eq!(of(3 << 20), NOTHING);
}

#[test]
fn nothing_more_is_told_of_an_exchange_with_too_much_wrong() {
    let of = |count: usize| {
        let lines = "no colon\r\n".repeat(count);
        of_request(&format!("GET / HTTP/1.0\r\n{lines}\r\n"))
    };
    let colon = "http.request_field_missing_colon";
    assert_eq!(of(60), [colon]);
    assert_eq!(of(100), [colon, "http.too_many_warnings"]);
}
