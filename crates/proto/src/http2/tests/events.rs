//! What is wrong with a connection is told, and only then.

use super::*;

const NOTHING: [&str; 0] = [];

/// The codes that what a client sends behind its preface gives.
fn codes(frames: &[u8]) -> Vec<String> {
    let all = feed(parser(), &[(CLIENT, PREFACE), (CLIENT, frames)]);
    all.anomalies().into_iter().map(str::to_owned).collect()
}

fn opening(headers: &[(&str, &str)]) -> Vec<String> {
    codes(&frame(1, END_STREAM | END_HEADERS, 1, &block(headers)))
}

#[test]
fn a_connect_has_an_authority_and_no_path() {
    let (connect, host) = ((":method", "CONNECT"), (":authority", "a:443"));
    let (path, scheme) = ((":path", "/"), (":scheme", "http"));
    let leads_on = (":protocol", "websocket");
    assert_eq!(opening(&[connect, host]), NOTHING);
    assert_eq!(opening(&[connect, host, path, scheme, leads_on]), NOTHING);
    assert_eq!(opening(&[(":method", "GET"), host, path, scheme]), NOTHING);
    let invalid = ["http2.invalid_connect"];
    assert_eq!(opening(&[connect]), invalid);
    assert_eq!(opening(&[connect, host, path]), invalid);
    assert_eq!(opening(&[connect, host, scheme]), invalid);
    assert_eq!(opening(&[connect, host, leads_on]), invalid);
}

#[test]
fn headers_in_more_frames_than_are_kept_are_told() {
    let begin = frame(1, END_STREAM, 1, &block(&[(":method", "GET")]));
    // Each one is a header without a name.
    let more = frame(9, 0, 1, &block(&[("", "")]).repeat(5_000));
    let of = |count: usize| codes(&[&begin[..], &more.repeat(count)].concat());
    assert_eq!(of(4), NOTHING);
    assert_eq!(of(5), ["http2.reassembly_limit_reached"]);
}

#[test]
fn an_upgrade_brings_settings() {
    let of = |settings: &str| {
        let request = format!("GET / HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n{settings}\r\n");
        let all = feed(parser(), &[(CLIENT, request.as_bytes()), (CLIENT, PREFACE)]);
        all.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of("HTTP2-Settings: AAMAAABkAAQAAP__\r\n"), NOTHING);
    assert_eq!(of("HTTP2-Settings:\r\n"), NOTHING);
    let invalid = ["http2.invalid_http1_settings"];
    assert_eq!(of("HTTP2-Settings: AAMAAABkAAQAAP\r\n"), invalid);
    assert_eq!(of("HTTP2-Settings: !\r\n"), invalid);
    assert_eq!(of(""), invalid);
}

#[test]
fn bodies_that_say_to_be_dns_and_are_too_long_are_told() {
    let body = |stream: u32, count: usize| {
        let part = frame(0, 0, stream, &[7; 16 << 10]);
        [part.repeat(count), frame(0, END_STREAM, stream, &[])].concat()
    };
    let kind = ("content-type", "application/dns-message");
    let of = |asked: usize, answered: usize| {
        let ask = block(&[(":method", "POST"), (":path", "/dns"), kind]);
        let ask = [frame(1, END_HEADERS, 1, &ask), body(1, asked)].concat();
        let answer = block(&[(":status", "200"), kind]);
        let answer = [frame(1, END_HEADERS, 1, &answer), body(1, answered)].concat();
        let all = feed(
            parser(),
            &[(CLIENT, PREFACE), (CLIENT, &ask), (SERVER, &answer)],
        );
        all.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(of(3, 3), NOTHING);
    assert_eq!(of(4, 3), ["http2.dns_request_too_long"]);
    assert_eq!(of(3, 4), ["http2.dns_response_too_long"]);
}
