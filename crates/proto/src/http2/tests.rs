use super::{HTTP2, PREFACE, hpack};
use crate::application::{COMPLETE, Parser, Transaction};
use crate::protocol::{Side, Transport};
use crate::sink::{Fact, FilePart, Sink};
use crate::testing::{Collected, facts, feed, feed_in_every_split};

mod events;
mod names;

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;

fn parser() -> Box<dyn Parser> {
    (HTTP2.new)(&facts("http2", Transport::Tcp, 80))
}

fn told(pieces: &[(Side, &[u8])]) -> Collected {
    feed_in_every_split(&parser, pieces)
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u32).to_be_bytes();
    let mut out = length[1..].to_vec();
    out.extend([kind, flags]);
    out.extend(stream.to_be_bytes());
    out.extend(payload);
    out
}

/// A block of headers without compression.
fn block(headers: &[(&str, &str)]) -> Vec<u8> {
    let mut out = Vec::new();
    for (name, value) in headers {
        out.push(0);
        for text in [name, value] {
            out.push(text.len() as u8);
            out.extend(text.as_bytes());
        }
    }
    out
}

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;

fn request(stream: u32, path: &str) -> Vec<u8> {
    let block = block(&[
        (":method", "GET"),
        (":path", path),
        (":authority", "Example.com:8080"),
        ("user-agent", "test"),
    ]);
    frame(1, END_STREAM | END_HEADERS, stream, &block)
}

fn answer(stream: u32, body: &[u8]) -> Vec<u8> {
    let head = block(&[(":status", "200"), ("content-type", "text/plain")]);
    [
        frame(1, END_HEADERS, stream, &head),
        frame(0, END_STREAM, stream, body),
    ]
    .concat()
}

fn client(frames: &[Vec<u8>]) -> Vec<u8> {
    [PREFACE.to_vec(), frames.concat()].concat()
}

#[test]
fn a_stream_is_an_exchange() {
    let all = told(&[
        (CLIENT, &client(&[request(1, "/a?b")])),
        (SERVER, &answer(1, b"hello")),
    ]);
    let record = &all.records()[0];
    let http = &record["http"];
    assert_eq!(http["http_method"], "GET");
    assert_eq!(http["url"], "/a?b");
    assert_eq!(http["hostname"], "example.com");
    assert_eq!(http["status"], 200);
    assert_eq!(http["version"], "2");
    assert_eq!(http["length"], 5);
    assert_eq!(http["http2"]["stream_id"], 1);
    assert_eq!(http["request_headers"][0]["name"], ":method");
    assert_eq!(http["response_headers"][0]["value"], "200");
    assert_eq!(all.files[0].1, "/a");
    assert_eq!(all.files[0].2, b"hello");
    assert!(all.anomalies().is_empty(), "{:?}", all.anomalies());
}

#[test]
fn streams_may_be_answered_in_any_order() {
    let all = told(&[
        (CLIENT, &client(&[request(1, "/1"), request(3, "/3")])),
        (SERVER, &[answer(3, b"c"), answer(1, b"a")].concat()),
    ]);
    let urls: Vec<_> = all
        .records()
        .iter()
        .map(|record| record["http"]["url"].clone())
        .collect();
    assert_eq!(urls, ["/3", "/1"]);
}

#[test]
fn settings_and_errors_of_the_connection_are_told() {
    let settings = frame(4, 0, 0, &[0, 3, 0, 0, 0, 100]);
    let goaway = frame(7, 0, 0, &[0, 0, 0, 0, 0, 0, 0, 2]);
    let all = told(&[(CLIENT, &client(&[settings])), (SERVER, &goaway)]);
    let records = all.records();
    let request = &records[0]["http"]["http2"]["request"];
    assert_eq!(
        request["settings"][0]["settings_id"],
        "SETTINGSMAXCONCURRENTSTREAMS"
    );
    assert_eq!(request["settings"][0]["settings_value"], 100);
    let response = &records[1]["http"]["http2"]["response"];
    assert_eq!(response["error_code"], "INTERNALERROR");
}

#[test]
fn headers_may_go_on_in_another_frame() {
    let block = block(&[(":method", "GET"), (":path", "/long")]);
    let (first, second) = block.split_at(5);
    let frames = [
        frame(1, END_STREAM, 1, first),
        frame(9, END_HEADERS, 1, second),
    ];
    let all = told(&[(CLIENT, &client(&frames))]);
    assert_eq!(all.records()[0]["http"]["url"], "/long");
}

#[test]
fn padding_and_weights_are_taken_away() {
    let head = block(&[(":method", "GET"), (":path", "/p")]);
    let padded = [&[2, 0, 0, 0, 0, 255][..], &head, &[0, 0]].concat();
    let request = frame(1, END_STREAM | END_HEADERS | 0x28, 1, &padded);
    let data = frame(0, END_STREAM | 8, 1, b"\x03abc\0\0\0");
    let response = [
        frame(1, END_HEADERS, 1, &block(&[(":status", "200")])),
        data,
    ]
    .concat();
    let all = told(&[(CLIENT, &client(&[request])), (SERVER, &response)]);
    assert_eq!(all.files[0].2, b"abc");
    let record = &all.records()[0]["http"];
    assert_eq!(record["http2"]["request"]["priority"], 255);
}

#[test]
fn a_long_frame_is_passed_over() {
    let long = frame(10, 0, 0, &vec![0; 70_000]);
    let all = feed(
        parser(),
        &[(CLIENT, &client(&[long, request(1, "/after")]))],
    );
    assert_eq!(all.anomalies(), ["http2.long_frame_data"]);
    assert_eq!(all.records()[0]["http"]["url"], "/after");
}

#[test]
fn bytes_that_are_no_frames_end_it() {
    let all = told(&[(CLIENT, &client(&[vec![0xff; 40]]))]);
    assert_eq!(all.anomalies(), ["http2.invalid_frame_header"]);
}

#[test]
fn the_request_that_asked_for_http2_is_the_first_stream() {
    let asked = b"GET /x HTTP/1.1\r\nHost: example.com\r\nUpgrade: h2c\r\n\r\n";
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(CLIENT, asked, &mut sink);
    parser.data(CLIENT, &client(&[]), &mut sink);
    parser.data(SERVER, &answer(1, b"hello"), &mut sink);
    assert_eq!(sink.records()[0]["http"]["url"], "/x");
    assert_eq!(sink.records()[0]["http"]["http2"]["stream_id"], 1);
}

#[test]
fn two_hosts_in_a_request_are_told() {
    let head = block(&[
        (":method", "GET"),
        (":path", "/"),
        (":authority", "a.example"),
        ("host", "b.example"),
    ]);
    let frames = [frame(1, END_STREAM | END_HEADERS, 1, &head)];
    let all = told(&[(CLIENT, &client(&frames))]);
    assert_eq!(all.anomalies(), ["http2.authority_host_mismatch"]);
}

#[test]
fn a_gap_in_a_body_is_counted() {
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(CLIENT, &client(&[request(1, "/")]), &mut sink);
    let whole = answer(1, b"hello");
    let (first, last) = whole.split_at(whole.len() - 4);
    parser.data(SERVER, first, &mut sink);
    parser.gap(SERVER, 2, &mut sink);
    parser.data(SERVER, &last[2..], &mut sink);
    assert_eq!(sink.files[0].2, b"h??lo");
}

/// Keeps the first request's buffers.
#[derive(Default)]
struct First(Vec<(&'static str, String)>);

impl Sink for First {
    fn time(&self) -> i64 {
        0
    }
    fn wants(&self, _: wirewatch_records::Kind) -> bool {
        false
    }
    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        if transaction.progress(side) == COMPLETE && self.0.is_empty() {
            for (number, field) in transaction.application().buffers.iter().enumerate() {
                if let Some(value) = transaction.buffer(number, side, 0) {
                    let value = String::from_utf8_lossy(&value).into_owned();
                    self.0.push((field.name, value));
                }
            }
        }
    }
    fn record(&mut self, _: Option<u64>, _: Side, _: &wirewatch_records::Row<'_>) {}
    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static crate::Event) {}
    fn file(&mut self, _: &dyn Transaction, _: Side, _: u32, _: FilePart<'_>) {}
    fn learn(&mut self, _: Fact<'_>) {}
}

#[test]
fn rules_for_http_see_a_stream() {
    let mut sink = First::default();
    parser().data(CLIENT, &client(&[request(1, "/a%20b")]), &mut sink);
    let of = |name: &str| {
        let found = sink.0.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| value.as_str())
    };
    assert_eq!(of("http.uri"), Some("/a b"));
    assert_eq!(of("http.host"), Some("example.com"));
    assert_eq!(of("http.protocol"), Some("HTTP/2"));
    assert_eq!(of("http.request_line"), Some("GET /a%20b HTTP/2\r\n"));
    assert_eq!(of("http.user_agent"), Some("test"));
}

/// RFC 7541, appendix C.4.
#[test]
fn compressed_headers_are_read_as_the_standard_has_them() {
    let mut decoder = hpack::Decoder::default();
    let mut read = |block: &[u8]| {
        let mut lines = Vec::new();
        decoder
            .read(block, &mut |name, value| {
                let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
                lines.push(format!("{}={}", text(name), text(value)));
            })
            .unwrap();
        lines
    };
    let first = read(b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff");
    let start = [":method=GET", ":scheme=http", ":path=/"];
    assert_eq!(first[..3], start);
    assert_eq!(first[3], ":authority=www.example.com");
    let second = read(b"\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf");
    assert_eq!(second[3], ":authority=www.example.com");
    assert_eq!(second[4], "cache-control=no-cache");
    let third = read(
        b"\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf",
    );
    assert_eq!(third[4], "custom-key=custom-value");
}

#[test]
fn headers_that_decode_to_very_much_are_left() {
    let mut decoder = hpack::Decoder::default();
    let value = [&[0x40, 1, b'a', 0x7f, 0xa1, 0x1e][..], &[b'x'; 4_000]].concat();
    decoder.read(&value, &mut |_, _| {}).unwrap();
    let outcome = decoder.read(&[0xbe; 1_000], &mut |_, _| {});
    assert_eq!(outcome, Err(hpack::Wrong::Overflow));
}

proptest::proptest! {
    #[test]
    fn any_frames_are_survived_and_tell_the_same_in_any_pieces(
        frames in proptest::collection::vec(
            (0_u8..11, 0_u8..48, 0_u32..4, proptest::collection::vec(proptest::prelude::any::<u8>(), 0..20)),
            0..6,
        ),
    ) {
        let bytes: Vec<u8> = frames
            .iter()
            .flat_map(|(kind, flags, stream, payload)| frame(*kind, *flags, *stream, payload))
            .collect();
        told(&[(CLIENT, &client(std::slice::from_ref(&bytes))), (SERVER, &bytes)]);
    }
}

#[test]
fn dns_messages_make_it_dns_over_https() {
    let ask = block(&[
        (":method", "POST"),
        (":path", "/dns-query"),
        ("content-type", "application/dns-message"),
    ]);
    let all = told(&[(CLIENT, &client(&[frame(1, END_HEADERS, 1, &ask)]))]);
    assert!(all.lines.contains(&"fact Speaks(\"doh2\")".to_owned()));
}

#[test]
fn rules_of_both_sides_see_a_frame_of_the_connection() {
    let all = told(&[(CLIENT, &client(&[frame(4, 0, 0, &[0, 1, 0, 0, 16, 0])]))]);
    for side in ["Client", "Server"] {
        let step = format!("progress {side} 0 255");
        assert!(all.lines.contains(&step), "{:?}", all.lines);
    }
}

#[test]
fn a_readable_password_is_told() {
    let block = block(&[
        (":method", "GET"),
        (":path", "/"),
        (":authority", "a.example"),
        ("authorization", "Basic YWxpY2U6eA=="),
    ]);
    let request = frame(1, END_STREAM | END_HEADERS, 1, &block);
    let all = told(&[(CLIENT, &client(&[request]))]);
    let user = format!("{:?}", b"alice");
    let fact = format!("fact Login {{ user: {user}, plain_password: true, accepted: None }}");
    assert!(all.lines.contains(&fact));
}
