mod events;

use super::{HTTP, Http, uri};
use crate::application::{COMPLETE, Next, Parser, Transaction};
use crate::protocol::{Side, Transport};
use crate::sink::{Fact, FilePart, Sink};
use crate::testing::{Collected, facts, feed, feed_in_every_split};

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;

fn parser() -> Box<dyn Parser> {
    (HTTP.new)(&facts("http", Transport::Tcp, 80))
}

fn told(pieces: &[(Side, &[u8])]) -> Collected {
    feed_in_every_split(&parser, pieces)
}

/// What a server that answers `GET /` so is understood to have sent.
fn body_of(answer: &[u8]) -> (String, String) {
    let request = b"GET /dir/page?q HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let all = told(&[(CLIENT, request), (SERVER, answer)]);
    let file = all.files.first();
    file.map_or_else(Default::default, |(_, name, bytes, _)| {
        (name.clone(), String::from_utf8_lossy(bytes).into_owned())
    })
}

/// Keeps the transactions' buffers when their sides are complete.
#[derive(Default)]
struct Buffers(Vec<(String, String)>);

impl Sink for Buffers {
    fn time(&self) -> i64 {
        0
    }
    fn wants(&self, _: wirewatch_records::Kind) -> bool {
        true
    }
    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        if transaction.progress(side) < COMPLETE {
            return;
        }
        for (number, field) in transaction.application().buffers.iter().enumerate() {
            if field.side.is_some_and(|sender| sender != side) {
                continue;
            }
            let mut index = 0;
            while let Some(value) = transaction.buffer(number, side, index) {
                let value = String::from_utf8_lossy(&value).into_owned();
                self.0.push((format!("{side:?} {}", field.name), value));
                index += 1;
                if !field.many {
                    break;
                }
            }
        }
    }
    fn record(&mut self, _: Option<u64>, _: Side, _: &wirewatch_records::Row<'_>) {}
    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static crate::Event) {}
    fn file(&mut self, _: &dyn Transaction, _: Side, _: u32, _: FilePart<'_>) {}
    fn learn(&mut self, _: Fact<'_>) {}
}

fn buffers(pieces: &[(Side, &[u8])]) -> Vec<(String, String)> {
    let mut parser = parser();
    let mut sink = Buffers::default();
    for (side, bytes) in pieces {
        parser.data(*side, bytes, &mut sink);
    }
    parser.end(CLIENT, &mut sink);
    parser.end(SERVER, &mut sink);
    sink.0
}

fn buffer_of(pieces: &[(Side, &[u8])], name: &str) -> Option<String> {
    let all = buffers(pieces);
    let found = all.into_iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value)
}

const REQUEST: &[u8] =
    b"GET /a/b.html?x=%31 HTTP/1.1\r\nHost: WWW.Example.com:8080\r\nUser-Agent: Test/1\r\n\
    Cookie: a=b\r\nReferer: http://example.org/\r\nX-Odd:   twice \r\nX-Odd: over\r\n\r\n";
const ANSWER: &[u8] = b"HTTP/1.1 200 All right\r\nContent-Type: text/html; charset=utf-8\r\n\
    Content-Length: 5\r\nServer: Test\r\nSet-Cookie: c=d\r\n\r\nhello";

#[test]
fn an_exchange_is_told_with_both_sides() {
    let all = told(&[(CLIENT, REQUEST), (SERVER, ANSWER)]);
    let [record] = &all.records()[..] else {
        panic!("one record: {:?}", all.lines)
    };
    let http = &record["http"];
    assert_eq!(http["hostname"], "www.example.com");
    assert_eq!(http["http_port"], 8080);
    assert_eq!(http["url"], "/a/b.html?x=%31");
    assert_eq!(http["http_user_agent"], "Test/1");
    assert_eq!(http["http_content_type"], "text/html");
    assert_eq!(http["http_refer"], "http://example.org/");
    assert_eq!(http["protocol"], "HTTP/1.1");
    assert_eq!(http["status"], 200);
    assert_eq!(http["length"], 5);
    assert_eq!(record["tx_id"], 0);
}

#[test]
fn rules_see_the_request_as_the_server_understands_it() {
    let pieces = &[(CLIENT, REQUEST), (SERVER, ANSWER)];
    let of = |name: &str| buffer_of(pieces, name).unwrap();
    assert_eq!(of("Client http.uri"), "/a/b.html?x=1");
    assert_eq!(of("Client http.uri.raw"), "/a/b.html?x=%31");
    assert_eq!(of("Client http.host"), "www.example.com");
    assert_eq!(of("Client http.cookie"), "a=b");
    assert_eq!(of("Server http.cookie"), "c=d");
    assert_eq!(
        of("Client http.header_names"),
        "\r\nHost\r\nUser-Agent\r\nCookie\r\nReferer\r\nX-Odd\r\nX-Odd\r\n\r\n"
    );
    assert_eq!(
        of("Client http.header"),
        "Host: WWW.Example.com:8080\r\nUser-Agent: Test/1\r\nReferer: http://example.org/\r\n\
         X-Odd: twice\r\nX-Odd: over\r\n"
    );
    assert_eq!(
        of("Client http.request_line"),
        "GET /a/b.html?x=%31 HTTP/1.1"
    );
}

#[test]
fn rules_see_the_answer() {
    let pieces = &[(CLIENT, REQUEST), (SERVER, ANSWER)];
    let of = |name: &str| buffer_of(pieces, name).unwrap();
    assert_eq!(of("Server http.stat_code"), "200");
    assert_eq!(of("Server http.stat_msg"), "All right");
    assert_eq!(of("Server http.response_line"), "HTTP/1.1 200 All right");
    assert_eq!(of("Server http.response_body"), "hello");
    assert_eq!(of("Server http.content_len"), "5");
    assert_eq!(of("Server http.server"), "Test");
}

#[test]
fn each_header_is_a_buffer_of_its_own() {
    let all = buffers(&[(CLIENT, REQUEST)]);
    let headers = all
        .iter()
        .filter(|(name, _)| name == "Client http.request_header");
    assert_eq!(headers.count(), 6);
}

#[test]
fn an_empty_header_is_there_and_a_missing_one_is_not() {
    let pieces: &[(Side, &[u8])] = &[(CLIENT, b"GET / HTTP/1.0\r\nUser-Agent:\r\n\r\n")];
    assert_eq!(
        buffer_of(pieces, "Client http.user_agent").as_deref(),
        Some("")
    );
    assert_eq!(buffer_of(pieces, "Client http.referer"), None);
}

#[test]
fn a_file_has_the_path_for_its_name_or_its_own() {
    let plain = body_of(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc");
    assert_eq!(plain, ("/dir/page".to_owned(), "abc".to_owned()));
    let named = body_of(
        b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename=\"a.txt\"\r\nContent-Length: 3\r\n\r\nabc",
    );
    assert_eq!(named.0, "a.txt");
}

#[test]
fn requests_that_wait_are_answered_in_their_order() {
    let all = told(&[
        (
            CLIENT,
            b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            SERVER,
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        ),
    ]);
    let records = all.records();
    assert_eq!(records[0]["http"]["url"], "/1");
    assert_eq!(records[1]["http"]["url"], "/2");
    assert_eq!(records[1]["http"]["status"], 404);
}

#[test]
fn interim_answers_are_passed_over() {
    let all = told(&[
        (
            CLIENT,
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n",
        ),
        (SERVER, b"HTTP/1.1 100 Continue\r\n\r\n"),
        (CLIENT, b"hi"),
        (
            SERVER,
            b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n",
        ),
    ]);
    assert_eq!(all.records().len(), 1);
    let record = &all.records()[0];
    assert_eq!(record["http"]["status"], 201);
    assert_eq!(record["wirewatch"]["info_code"], 102);
    assert_eq!(record["wirewatch"]["info_message"], "Processing");
}

#[test]
fn an_answer_about_certificates_is_told() {
    let body = crate::tls::ocsp::tests::one_good();
    let answer = |kind: &str| {
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let answer = [head.as_bytes(), &body].concat();
        let all = told(&[(CLIENT, b"GET / HTTP/1.1\r\n\r\n"), (SERVER, &answer)]);
        let records = all.records();
        let about = records.iter().filter(|it| it["event_type"] == "ocsp");
        about
            .map(|it| it["ocsp"]["serial"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(answer("Application/OCSP-response; x=y"), ["01"]);
    assert!(answer("text/html").is_empty());
}

#[test]
fn an_answer_to_head_has_no_body() {
    let all = told(&[
        (
            CLIENT,
            b"HEAD /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        ),
        (
            SERVER,
            b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\nHTTP/1.1 204 OK\r\n\r\n",
        ),
    ]);
    assert_eq!(all.records()[1]["http"]["status"], 204);
}

#[test]
fn a_not_modified_with_a_length_has_a_body_only_if_one_comes() {
    let pieces: &[(Side, &[u8])] = &[
        (CLIENT, b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
        (
            SERVER,
            b"HTTP/1.1 304 Same\r\nContent-Length: 4\r\n\r\nHTTP/1.1 304 Same\r\nContent-Length: 4\r\n\r\ndata",
        ),
    ];
    let all = told(pieces);
    assert_eq!(all.records().len(), 2);
    assert_eq!(all.files.len(), 1);
    assert_eq!(all.files[0].2, b"data");
}

#[test]
fn a_body_without_length_goes_on_to_the_end() {
    assert_eq!(body_of(b"HTTP/1.0 200 OK\r\n\r\nall of it").1, "all of it");
}

#[test]
fn chunks_are_put_together_however_they_are_written() {
    let head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    for body in [
        &b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"[..],
        b"003\r\nabc\r\n3 x\r\ndef\r\n0\r\n\r\n",
        b"\n3\r\nabc\r\n\t3\r\ndef\r\n0\r\n\r\n",
        b"3;ext=1\r\nabc\r\n3\0\r\ndef\r\n0\r\nTrailer: a\r\n\r\n",
        b"3\nabc\n3\ndef\n0\n\n",
        b"3\r\nabc\r\n3\r\ndef\r\n0",
    ] {
        let answer = [head, body].concat();
        assert_eq!(
            body_of(&answer).1,
            "abcdef",
            "{}",
            String::from_utf8_lossy(body)
        );
    }
}

#[test]
fn what_is_called_chunked_and_is_not_is_taken_as_it_is() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: x chunked\r\n\r\nXabc";
    assert_eq!(body_of(answer).1, "Xabc");
}

#[test]
fn headers_that_hide_chunks_are_read_as_browsers_do() {
    for header in [
        &b"Transfer-Encoding : chunked"[..],
        b"Transfer-Encoding:\r\n chunked",
        b"Transfer-Encoding\r\n :chunked",
        b"X: y\r\n\tTransfer-Encoding: chunked",
        b"Transfer-Encoding: chu\0nked",
        b"X: y\rTransfer-Encoding: chunked",
        b"X: y\r\n\r\rTransfer-Encoding: chunked",
        b"no colon\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding:: chunked;",
    ] {
        let answer = [
            b"HTTP/1.1 200 OK\r\n",
            header,
            b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        ]
        .concat();
        assert_eq!(
            body_of(&answer).1,
            "abc",
            "{}",
            String::from_utf8_lossy(header)
        );
    }
}

#[test]
fn odd_ends_of_heads_are_found() {
    for answer in [
        &b"HTTP/1.1 200 OK\nContent-Length: 3\n\nabc"[..],
        b"HTTP/1.1 200 OK\rContent-Length: 3\r\n\nabc",
        b"HTTP/1.1 200 OK\n\rContent-Length: 3\n\r\r\nabc",
        b"HTTP/1.1 200 OK\nContent-Length: 3\n \nabc",
        b" \r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
        b"SIP/2.0 200 OK\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    ] {
        assert_eq!(
            body_of(answer).1,
            "abc",
            "{}",
            String::from_utf8_lossy(answer)
        );
    }
}

#[test]
fn the_largest_of_several_lengths_of_an_answer_counts() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: (4) 3\r\n\r\nabcd";
    assert_eq!(body_of(answer).1, "abcd");
}

/// `hello hello hello` compressed in each way.
const GZIP: &[u8] = b"\x1f\x8b\x08\x08\x00\x00\x00\x00\x00\x03\x6e\x00\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00\x80\x88\xf9\xe5\x11\x00\x00\x00";
const ZLIB: &[u8] = b"\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00\x3a\x2e\x06\x7d";
const RAW: &[u8] = b"\xcb\x48\xcd\xc9\xc9\x57\xc8\x40\x90\x00";

fn encoded(encoding: &str, body: &[u8]) -> String {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    body_of(&[head.as_bytes(), body].concat()).1
}

#[test]
fn compressed_bodies_are_decoded() {
    let text = "hello hello hello";
    assert_eq!(encoded("gzip", GZIP), text);
    assert_eq!(encoded("deflate", ZLIB), text);
    assert_eq!(encoded("deflate", RAW), text);
    assert_eq!(encoded("x-gzip x", GZIP), text);
    assert_eq!(encoded("br", b"\x0b\x02\x80hello\x03"), "hello");
    assert_eq!(encoded("lzma", LZMA), "hidden ".repeat(40));
    assert_eq!(
        encoded("lzma", b"not compressed at all"),
        "not compressed at all"
    );
}

/// Forty times `hidden `.
const LZMA: &[u8] = &[
    93, 0, 0, 128, 0, 255, 255, 255, 255, 255, 255, 255, 255, 0, 52, 26, 72, 195, 238, 218, 161,
    210, 106, 242, 239, 89, 255, 255, 253, 106, 96, 0,
];

#[test]
fn more_than_three_encodings_are_told_and_those_that_do_something_undone() {
    let head = "HTTP/1.1 200 OK\r\nContent-Encoding: identity, identity, identity, gzip\r\n";
    let head = format!("{head}Content-Length: {}\r\n\r\n", GZIP.len());
    let answer = [head.as_bytes(), GZIP].concat();
    let request = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let all = feed(parser(), &[(CLIENT, request), (SERVER, &answer)]);
    assert_eq!(all.anomalies(), ["http.too_many_encoding_layers"]);
    assert_eq!(all.files[0].2, b"hello hello hello");
}

#[test]
fn what_is_called_compressed_and_is_not_is_taken_as_it_is() {
    assert_eq!(encoded("gzip", b"plain"), "plain");
    assert_eq!(encoded("deflate", b"XYZ plain"), "XYZ plain");
    assert_eq!(encoded("gzip, deflate", GZIP), "hello hello hello");
    assert_eq!(encoded("identity", b"plain"), "plain");
}

#[test]
fn a_form_with_files_gives_the_files() {
    let body = b"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--XX\r\n\
        Content-Disposition: form-data; name=\"f\"; filename=\"a.bin\"\r\n\r\none\r\ntwo\r\n--XX\r\n\
        Content-Disposition: form-data; name=\"g\"; filename=\"b.bin\"\r\n\r\n\r\n--XX--\r\n";
    let head = format!(
        "POST /up HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=XX\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let all = told(&[(CLIENT, &[head.as_bytes(), body].concat())]);
    let files: Vec<_> = all
        .files
        .iter()
        .map(|(_, name, bytes, end)| (name.as_str(), &bytes[..], *end))
        .collect();
    assert_eq!(
        files,
        [
            ("a.bin", &b"one\r\ntwo"[..], Some(true)),
            ("b.bin", b"", Some(true))
        ]
    );
}

#[test]
fn a_body_of_a_request_is_a_file() {
    let request = b"POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b";
    let all = told(&[(CLIENT, request)]);
    assert_eq!(all.files[0].1, "/up");
    assert_eq!(all.files[0].2, b"a=b");
}

#[test]
fn a_tunnel_is_handed_on_with_what_the_client_sent_before_the_answer() {
    let mut parser = parser();
    let mut sink = Collected::default();
    let early = b"CONNECT example.com:443 HTTP/1.1\r\n\r\nEARLY";
    assert_eq!(parser.data(CLIENT, early, &mut sink), Next::More);
    // Empty lines behind the heads belong to nobody.
    let next = parser.data(SERVER, b"HTTP/1.1 200 OK\r\n\r\n\nREST", &mut sink);
    assert_eq!(next, Next::Switch { rest: 4, to: None });
    assert_eq!(parser.kept(CLIENT), b"EARLY");
    assert_eq!(sink.records()[0]["http"]["url"], "example.com:443");
}

#[test]
fn a_refused_tunnel_stays_http() {
    let all = told(&[
        (CLIENT, b"CONNECT a:443 HTTP/1.1\r\n\r\n"),
        (SERVER, b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"),
        (CLIENT, b"GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ]);
    assert_eq!(all.records()[1]["http"]["url"], "/2");
}

#[test]
fn an_upgrade_is_handed_on() {
    let mut parser = parser();
    let mut sink = Collected::default();
    let request =
        b"GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
    parser.data(CLIENT, request, &mut sink);
    let answer = b"HTTP/1.1 101 Yes\r\nUpgrade: WebSocket\r\n\r\n\x81\x00";
    let next = parser.data(SERVER, answer, &mut sink);
    let to = Some("websocket");
    assert_eq!(next, Next::Switch { rest: 2, to });
    let records = sink.records();
    let of = |kind: &str| {
        records
            .iter()
            .filter(|record| record[kind].is_object())
            .count()
    };
    assert_eq!((of("http"), of("websocket_upgrade")), (1, 1));
}

#[test]
fn an_upgrade_to_websocket_tells_what_both_offered() {
    let all = told(&[
        (
            CLIENT,
            b"GET /ws HTTP/1.1\r\nHost: a.example\r\nUser-Agent: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Protocol: chat, soap\r\nSec-WebSocket-Extensions: deflate; a=1\r\nSec-WebSocket-Extensions: b\r\n\r\n",
        ),
        (
            SERVER,
            b"HTTP/1.1 101 Yes\r\nUpgrade: websocket\r\nSec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: b\r\n\r\n",
        ),
    ]);
    let records = all.records();
    let upgrade = records
        .iter()
        .find(|record| record["websocket_upgrade"].is_object());
    assert_eq!(
        upgrade.unwrap()["websocket_upgrade"],
        serde_json::json!({
            "host": "a.example",
            "uri": "/ws",
            "user_agent": "x",
            "subprotocol": "chat",
            "client_protocols": ["chat", "soap"],
            "server_extensions": ["b"],
            "client_extensions": ["deflate; a=1", "b"],
        })
    );
}

#[test]
fn an_upgrade_to_http2_is_handed_on_with_its_request() {
    let mut parser = parser();
    let mut sink = Collected::default();
    let request = b"GET /x HTTP/1.1\r\nHost: a\r\nUpgrade: h2c\r\n\r\n";
    parser.data(CLIENT, request, &mut sink);
    let answer = b"HTTP/1.1 101 Yes\r\nUpgrade: h2c\r\n\r\n";
    let next = parser.data(SERVER, answer, &mut sink);
    let to = Some("http2");
    assert_eq!(next, Next::Switch { rest: 0, to });
    assert_eq!(parser.kept(CLIENT), request);
}

#[test]
fn the_oldest_http_has_no_head() {
    let all = told(&[(CLIENT, b"GET /\r\n"), (SERVER, b"<html>hi</html>")]);
    assert_eq!(all.records()[0]["http"]["url"], "/");
    assert_eq!(all.files[0].2, b"<html>hi</html>");
}

#[test]
fn a_request_without_its_protocol_still_has_headers() {
    let pieces: &[(Side, &[u8])] = &[(CLIENT, b"GET /x\r\nHost: a\r\nUser-Agent: b\r\n\r\n")];
    let agent = buffer_of(pieces, "Client http.user_agent");
    assert_eq!(agent.as_deref(), Some("b"));
}

#[test]
fn bytes_that_nothing_announced_are_a_body() {
    let pieces: &[(Side, &[u8])] = &[
        (
            CLIENT,
            b"POST / HTTP/1.1\r\nHost: a\r\n\r\nlogin=foo&password=bar",
        ),
        (SERVER, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ];
    let all = told(pieces);
    assert!(all.anomalies().contains(&"http.request_body_unexpected"));
    let body = buffer_of(pieces, "Client http.request_body");
    assert_eq!(body.as_deref(), Some("login=foo&password=bar"));
}

#[test]
fn a_gap_in_a_body_leaves_the_next_answer_readable() {
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(
        CLIENT,
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        &mut sink,
    );
    parser.data(
        SERVER,
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab",
        &mut sink,
    );
    parser.gap(SERVER, 6, &mut sink);
    parser.data(
        SERVER,
        b"yzHTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n",
        &mut sink,
    );
    assert_eq!(sink.files[0].2, b"ab??????yz");
    assert_eq!(sink.records()[1]["http"]["status"], 201);
}

#[test]
fn a_gap_beyond_a_body_is_left_at_the_next_message() {
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(
        CLIENT,
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        &mut sink,
    );
    parser.data(
        SERVER,
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n",
        &mut sink,
    );
    parser.gap(SERVER, 100, &mut sink);
    let rest = b"AAAA HTTP/1.1 302 No\r\nContent-Length: 0\r\n\r\n";
    parser.data(SERVER, rest, &mut sink);
    assert_eq!(sink.files[0].3, Some(false));
    assert_eq!(sink.records()[1]["http"]["status"], 302);
}

#[test]
fn what_follows_the_last_answer_belongs_to_its_body() {
    let body = |connection: &str, behind: &str| {
        let answer = format!(
            "HTTP/1.0 200 OK\r\nConnection: {connection}\r\nContent-Length: 2\r\n\r\nab{behind}"
        );
        let all = told(&[
            (CLIENT, b"GET / HTTP/1.0\r\n\r\n"),
            (SERVER, answer.as_bytes()),
        ]);
        String::from_utf8_lossy(&all.files[0].2).into_owned()
    };
    assert_eq!(body("close", ""), "ab");
    assert_eq!(body("close", "\r\n"), "ab\r\n");
    assert_eq!(body("close", "cd"), "abcd");
    assert_eq!(body("close", "HT"), "abHT");
    assert_eq!(body("keep-alive", "\r\n"), "ab");
    assert_eq!(body("close", "\r\nHTTP/1.0 200 OK\r\n\r\n"), "ab\r\n");
}

#[test]
fn an_answer_without_content_announces_none() {
    let request = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let is_odd = |head: &[u8]| {
        let all = told(&[(CLIENT, request), (SERVER, head)]);
        all.anomalies() == ["http.response_body_unexpected"]
    };
    assert!(is_odd(
        b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"
    ));
    assert!(!is_odd(b"HTTP/1.1 204 No Content\r\n\r\n"));
    assert!(!is_odd(
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n"
    ));
}

#[test]
fn a_flow_seen_from_its_middle_begins_at_the_next_message() {
    let mut facts = facts("http", Transport::Tcp, 80);
    facts.midstream = true;
    let make = || Box::new(Http::new(&facts)) as Box<dyn Parser>;
    let all = feed_in_every_split(
        &make,
        &[
            (
                CLIENT,
                b"rest of a body\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
            ),
            (SERVER, b"more HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
        ],
    );
    assert_eq!(all.records()[0]["http"]["url"], "/x");
    assert_eq!(all.records()[0]["http"]["status"], 200);
}

#[test]
fn an_answer_alone_is_told() {
    let all = told(&[(SERVER, ANSWER)]);
    assert_eq!(all.records()[0]["http"]["status"], 200);
    let expected = "http.unable_to_match_response_to_request";
    assert!(all.anomalies().contains(&expected));
}

#[test]
fn a_name_and_a_login_are_learnt() {
    let all = told(&[(
        CLIENT,
        b"GET / HTTP/1.1\r\nHost: Example.COM\r\nAuthorization: Basic dXNlcjpwYXNz\r\n\r\n",
    )]);
    let facts: Vec<_> = all
        .lines
        .iter()
        .filter(|line| line.starts_with("fact"))
        .collect();
    assert_eq!(facts.len(), 2, "{facts:?}");
    assert_eq!(all.records()[0]["http"]["username"], "user");
}

#[test]
fn addresses_are_normalised() {
    let of = |raw: &str| {
        let normal = uri::normalise(raw.as_bytes()).uri;
        normal.map_or_else(
            || raw.to_owned(),
            |uri| String::from_utf8_lossy(&uri).into_owned(),
        )
    };
    assert_eq!(of("/../../images.gif"), "/images.gif");
    assert_eq!(of("/../a/b/../c/./d.html"), "/a/c/d.html");
    assert_eq!(of("/normalized%20uri"), "/normalized uri");
    assert_eq!(of("/evil%2527sqli"), "/evil%27sqli");
    assert_eq!(of("/a\\b//c%5cd"), "/a/b/c/d");
    assert_eq!(of("/%u0041%uff0e%zz%4"), "/A.%zz%4");
    assert_eq!(of("http://example.com/a?b=%2f"), "/a?b=/");
    assert_eq!(of("/a?b=//c/../d"), "/a?b=//c/../d");
    assert_eq!(of("*"), "*");
}

#[test]
fn a_part_of_a_file_says_where_it_belongs() {
    let answer = |extra: &str| {
        format!(
            "HTTP/1.1 206 P\r\nContent-Range: bytes 5-9/20\r\nContent-Length: 5\r\n{extra}\r\nhello"
        )
    };
    let request = b"GET /a HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let all = told(&[(CLIENT, request), (SERVER, answer("").as_bytes())]);
    assert!(
        all.lines.contains(&"range 5 9 example.com//a".to_owned()),
        "{:?}",
        all.lines
    );
    let coded = answer("Content-Encoding: gzip\r\n");
    let all = told(&[(CLIENT, request), (SERVER, coded.as_bytes())]);
    assert!(!all.lines.iter().any(|line| line.contains("example.com//a")));
}

#[test]
fn a_bomb_is_left_alone() {
    // A gzip stream in a gzip stream: 1 MiB of zeros in 1,029 bytes, so often that it shrinks again.
    use std::io::Write;
    let pack = |bytes: &[u8]| {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    };
    let body = pack(&pack(&vec![0; 64 << 20]));
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let answer = [head.as_bytes(), &body].concat();
    let all = feed(parser(), &[(SERVER, &answer)]);
    assert!(all.anomalies().contains(&"http.compression_bomb"));
    assert!(all.files[0].2.len() < 16 << 20);
}

#[test]
fn a_long_head_is_told_and_the_body_still_found() {
    let head = [
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nX: ".to_vec(),
        vec![b'x'; 100 << 10],
        b"\r\n\r\nabc".to_vec(),
    ]
    .concat();
    let all = feed(
        parser(),
        &[(SERVER, &head[..50_000]), (SERVER, &head[50_000..])],
    );
    assert!(all.anomalies().contains(&"http.response_field_too_long"));
    assert_eq!(all.files[0].2, b"abc");
}

#[test]
fn a_client_that_never_waits_costs_a_bounded_amount() {
    let mut parser = parser();
    let mut sink = Collected::default();
    for _ in 0..10_000 {
        parser.data(CLIENT, b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", &mut sink);
    }
    assert!(parser.held() < 200 << 10);
    assert!(sink.records().len() > 9_000);
}

proptest::proptest! {
    #[test]
    fn any_bytes_are_survived_and_tell_the_same_in_any_pieces(
        client in proptest::collection::vec(word(), 0..12),
        server in proptest::collection::vec(word(), 0..12),
    ) {
        let (client, server) = (client.concat(), server.concat());
        told(&[(CLIENT, &client), (SERVER, &server)]);
    }
}

/// Pieces of HTTP, in an order that makes no sense.
fn word() -> impl proptest::strategy::Strategy<Value = Vec<u8>> {
    proptest::sample::select(
        [
            "GET / HTTP/1.1\r\n",
            "POST /a HTTP/1.1\r\n",
            "HTTP/1.1 200 OK\r\n",
            "HTTP/1.1 304 x\r\n",
            "HTTP/1.1 100 x\r\n",
            "Content-Length: 5\r\n",
            "Transfer-Encoding: chunked\r\n",
            "\r\n",
            "\n",
            "\r",
            " ",
            "Content-Encoding: gzip\r\n",
            "\x1f\u{8b}\x08",
            "5\r\nabcde\r\n",
            "0\r\n\r\n",
            "hello",
            "Connection: close\r\n",
            "Host: a\r\n",
            "\0",
            ":",
            "G",
            "HTTP/1.",
            "HT",
        ]
        .map(|text| text.chars().map(|c| c as u8).collect::<Vec<u8>>())
        .to_vec(),
    )
}

#[test]
fn messages_are_spans_with_their_bodies() {
    let request = b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n";
    let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    let all = told(&[(CLIENT, request), (SERVER, answer), (CLIENT, request)]);
    let (asked, answered) = (request.len(), answer.len());
    let expected = [
        "0 Client 0+".to_owned(),
        format!("end 0 Client {asked}"),
        "1 Server 0+".to_owned(),
        format!("end 1 Server {answered}"),
        format!("0 Client {asked}+"),
        format!("end 0 Client {}", 2 * asked),
    ];
    assert_eq!(all.frames, expected);
}

#[test]
fn names_are_asked_for_in_the_first_version_too() {
    let ask = b"GET /dns-query?dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB HTTP/1.1\r\n\
        Host: dns.example.com\r\nAccept: application/dns-message\r\n\r\n";
    let all = told(&[(CLIENT, ask)]);
    let records = all.records();
    let mut names = records.iter().filter(|one| one["event_type"] == "dns");
    let record = names.next().unwrap();
    assert_eq!(record["dns"]["queries"][0]["rrname"], "www.example.com");
    assert_eq!(record["http"]["hostname"], "dns.example.com");
    assert!(names.next().is_none());
    // What the flow speaks stays HTTP.
    assert!(!all.lines.iter().any(|line| line.contains("Speaks")));
}

#[test]
fn a_message_cut_by_a_gap_beyond_its_end_is_told_once_something_follows() {
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(CLIENT, b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n", &mut sink);
    let head = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";
    parser.data(SERVER, head, &mut sink);
    parser.gap(SERVER, 100, &mut sink);
    assert!(sink.records().is_empty());
    parser.end(SERVER, &mut sink);
    assert_eq!(sink.records()[0]["http"]["status"], 200);
    assert_eq!(sink.files[0].3, Some(false));
}

#[test]
fn an_answer_ends_a_request_that_a_gap_cut() {
    let mut parser = parser();
    let mut sink = Collected::default();
    let head = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nab";
    parser.data(CLIENT, head, &mut sink);
    parser.gap(CLIENT, 100, &mut sink);
    parser.data(
        SERVER,
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        &mut sink,
    );
    assert_eq!(sink.records().len(), 1);
    parser.data(
        CLIENT,
        b"x\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n",
        &mut sink,
    );
    parser.data(
        SERVER,
        b"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n",
        &mut sink,
    );
    let told = sink.records();
    let status = |index: usize| &told[index]["http"]["status"];
    assert_eq!((status(0), status(1)), (&200.into(), &404.into()));
    assert_eq!(told[1]["http"]["url"], "/2");
}

/// Two requests with a login by NTLM under this scheme, the second answered by this status.
fn login_by_ntlm(scheme: &str, status: &str) -> Collected {
    use crate::ntlmssp::tests::{authenticate_message, base64_of, challenge_message};

    let (asks, says) = match scheme {
        "NTLM" => ("WWW-Authenticate", "Authorization"),
        _ => ("Proxy-Authenticate", "Proxy-Authorization"),
    };
    let code = if asks.starts_with('W') { 401 } else { 407 };
    let request =
        |said: &str| format!("GET / HTTP/1.1\r\nHost: a\r\n{says}: {scheme} {said}\r\n\r\n");
    let challenge = base64_of(&challenge_message());
    let refusal = format!(
        "HTTP/1.1 {code} No\r\n{asks}: Basic realm=\"a\"\r\n{asks}: {scheme} {challenge}\r\nContent-Length: 0\r\n\r\n"
    );
    let (begin, answer) = (
        request("TlRMTVNTUAABAAAA"),
        request(&base64_of(&authenticate_message())),
    );
    let last = format!("HTTP/1.1 {status} Done\r\nContent-Length: 0\r\n\r\n");
    told(&[
        (CLIENT, begin.as_bytes()),
        (SERVER, refusal.as_bytes()),
        (CLIENT, answer.as_bytes()),
        (SERVER, last.as_bytes()),
    ])
}

#[test]
fn a_login_by_ntlm_is_told_with_its_answer() {
    use crate::ntlmssp::tests::assert_tells_login;

    let all = login_by_ntlm("NTLM", "200");
    assert_tells_login(&all, true);
    let records = all.records();
    assert!(
        records
            .iter()
            .any(|record| record["http"]["username"] == "alice")
    );
    assert_tells_login(&login_by_ntlm("NTLM", "401"), false);
    // Through a proxy.
    assert_tells_login(&login_by_ntlm("Negotiate", "404"), true);
    assert_tells_login(&login_by_ntlm("Negotiate", "407"), false);
}

#[test]
fn a_proxy_is_not_called_by_the_name_that_is_asked_of_it() {
    let of = |target: &str| {
        let request = format!("{target} HTTP/1.1\r\nHost: a.example.com\r\n\r\n");
        let told = feed(parser(), &[(Side::Client, request.as_bytes())]);
        let fact = told.lines.into_iter().find(|line| line.starts_with("fact"));
        fact.map(|fact| fact.contains("ServerName"))
    };
    assert_eq!(of("GET /"), Some(true));
    assert_eq!(of("GET http://a.example.com/"), Some(false));
    assert_eq!(of("CONNECT a.example.com:443"), Some(false));
}

/// Whose readable passwords a request tells of.
fn logins(request: &str) -> Vec<String> {
    let told = feed(parser(), &[(Side::Client, request.as_bytes())]);
    let facts = told.lines.into_iter();
    facts
        .filter(|line| line.starts_with("fact Login"))
        .collect()
}

fn login(user: &str) -> Vec<String> {
    let user = user.as_bytes();
    vec![format!(
        "fact Login {{ user: {user:?}, plain_password: true, accepted: None }}"
    )]
}

#[test]
fn a_password_for_a_proxy_is_told() {
    let request = |target| {
        logins(&format!(
            "GET {target} HTTP/1.1\r\nHost: a\r\nProxy-Authorization: Basic YWxpY2U6eA==\r\n\r\n"
        ))
    };
    assert_eq!(request("http://a/"), login("alice"));
}

#[test]
fn a_password_in_a_form_is_told() {
    let post = |kind: &str, body: &str| {
        logins(&format!(
            "POST /login HTTP/1.1\r\nHost: a\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        ))
    };
    let form = "application/x-www-form-urlencoded; charset=utf-8";
    assert_eq!(post(form, "user=al%20b&Password=x"), login("al b"));
    assert!(post(form, "user=alice&password=").is_empty());
    assert!(post(form, "user=alice&passport=x").is_empty());
    assert!(post("text/plain", "user=alice&password=x").is_empty());
}

#[test]
fn an_escaped_name_of_a_file_is_decoded() {
    let answer = b"HTTP/1.1 200 OK\r\nContent-Disposition: attachment; filename*=UTF-8''na%C3%AFve%2epdf\r\n\
        Content-Length: 3\r\n\r\nabc";
    assert_eq!(body_of(answer).0, "naïve.pdf");
}
