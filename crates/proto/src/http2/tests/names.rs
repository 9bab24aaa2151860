//! DNS over HTTPS: messages of DNS in streams.

use super::*;

/// A question for `www.example.com`, or the answer to it.
fn names(is_answer: bool) -> Vec<u8> {
    let flags = if is_answer { 0x8180_u16 } else { 0x0100 };
    let counts = [1, u16::from(is_answer), 0, 0];
    let head = [0, flags].into_iter().chain(counts);
    let mut out: Vec<u8> = head.flat_map(u16::to_be_bytes).collect();
    out.extend(b"\x03www\x07example\x03com\0\0\x01\0\x01");
    if is_answer {
        out.extend(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\xc0\0\x02\x50");
    }
    out
}

/// A question in a body, and the answer to it.
fn asked_in_body() -> [Vec<u8>; 2] {
    let ask = block(&[
        (":method", "POST"),
        (":path", "/dns-query"),
        (":authority", "dns.example.com"),
        ("content-type", "application/dns-message"),
    ]);
    let ask = [
        frame(1, END_HEADERS, 1, &ask),
        frame(0, END_STREAM, 1, &names(false)),
    ];
    [client(&[ask.concat()]), answered()]
}

fn answered() -> Vec<u8> {
    let kind = ("content-type", "application/dns-message");
    let head = block(&[(":status", "200"), kind]);
    [
        frame(1, END_HEADERS, 1, &head),
        frame(0, END_STREAM, 1, &names(true)),
    ]
    .concat()
}

/// The same question in the address.
fn asked_in_address() -> Vec<u8> {
    let path = "/dns-query?x=1&dns=AAABAAABAAAAAAAAA3d3dwdleGFtcGxlA2NvbQAAAQAB";
    let kind = ("accept", "application/dns-message");
    let ask = block(&[(":method", "GET"), (":path", path), kind]);
    client(&[frame(1, END_STREAM | END_HEADERS, 1, &ask)])
}

#[test]
fn an_answer_over_https_is_one_record_with_what_carried_it() {
    let [ask, answer] = asked_in_body();
    let all = told(&[(CLIENT, &ask), (SERVER, &answer)]);
    let records = records_of(&all);
    let [record] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(record["dns"]["type"], "response");
    assert_eq!(record["dns"]["queries"][0]["rrname"], "www.example.com");
    assert_eq!(record["dns"]["answers"][0]["rdata"], "192.0.2.80");
    assert_eq!(record["http"]["hostname"], "dns.example.com");
    assert_eq!(record["http"]["http2"]["stream_id"], 1);
}

#[test]
fn a_question_over_https_without_an_answer_is_a_record() {
    let all = told(&[(CLIENT, &asked_in_address()), (SERVER, b"")]);
    let records = records_of(&all);
    let [record] = records.as_slice() else {
        panic!("{records:?}");
    };
    assert_eq!(record["dns"]["type"], "request");
    assert_eq!(record["dns"]["queries"][0]["rrname"], "www.example.com");
}

fn records_of(all: &Collected) -> Vec<serde_json::Value> {
    let mut records = all.records();
    records.retain(|record| record["event_type"] == "dns");
    records
}

/// What a rule sees in sides that are complete.
#[derive(Default)]
struct Seen {
    query: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
    kinds: Vec<u64>,
}

impl Sink for Seen {
    fn time(&self) -> i64 {
        0
    }
    fn wants(&self, _: wirewatch_records::Kind) -> bool {
        false
    }
    fn progress(&mut self, transaction: &dyn Transaction, side: Side) {
        if transaction.progress(side) < COMPLETE {
            return;
        }
        let values = |name| {
            let buffer = HTTP2.buffer(name).unwrap();
            let value = |index| transaction.buffer(buffer, side, index);
            (0..9).map_while(value).map(Vec::from).collect::<Vec<_>>()
        };
        self.query.extend(values("dns.query"));
        self.answers.extend(values("dns.answers.rrname"));
        let kind = HTTP2.number("dns.rrtype").unwrap();
        let kinds = (0..9).map_while(|index| transaction.number(kind, side, index));
        self.kinds.extend(kinds);
    }
    fn record(&mut self, _: Option<u64>, _: Side, _: &wirewatch_records::Row<'_>) {}
    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static crate::Event) {}
    fn file(&mut self, _: &dyn Transaction, _: Side, _: u32, _: FilePart<'_>) {}
    fn learn(&mut self, _: Fact<'_>) {}
}

fn seen(pieces: &[(Side, &[u8])]) -> Seen {
    let mut seen = Seen::default();
    let mut parser = parser();
    for (side, bytes) in pieces {
        parser.data(*side, bytes, &mut seen);
    }
    seen
}

#[test]
fn rules_see_the_names_in_an_answer() {
    let [ask, answer] = asked_in_body();
    let seen = seen(&[(CLIENT, &ask), (SERVER, &answer)]);
    assert_eq!(seen.answers, [b"www.example.com"]);
    // The question's twice, once per side, and the answer's.
    assert_eq!(seen.kinds, [1, 1, 1]);
}

#[test]
fn rules_see_the_name_that_is_asked_for_in_a_body_or_an_address() {
    let [in_body, _] = asked_in_body();
    for ask in [in_body, asked_in_address()] {
        assert_eq!(seen(&[(CLIENT, &ask)]).query, [b"www.example.com"]);
    }
}

#[test]
fn names_in_another_kind_of_body_are_none() {
    let kind = ("content-type", "application/octet-stream");
    let head = block(&[(":status", "200"), kind]);
    let body = frame(0, END_STREAM, 1, &names(true));
    let answer = [frame(1, END_HEADERS, 1, &head), body].concat();
    let all = told(&[(CLIENT, &client(&[request(1, "/")])), (SERVER, &answer)]);
    assert_eq!(records_of(&all), Vec::<serde_json::Value>::new());
}
