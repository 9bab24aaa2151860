//! DNS messages built by hand.

use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};
use serde_json::json;

/// The labels of a name, with the zero at the end.
fn name(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for label in text.split('.').filter(|label| !label.is_empty()) {
        out.push(label.len() as u8);
        out.extend_from_slice(label.as_bytes());
    }
    out.push(0);
    out
}

fn header(id: u16, flags: u16, counts: [u16; 4]) -> Vec<u8> {
    let mut out = Vec::new();
    for word in [id, flags].into_iter().chain(counts) {
        out.extend_from_slice(&word.to_be_bytes());
    }
    out
}

fn question(text: &str, kind: u16) -> Vec<u8> {
    let mut out = name(text);
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 1]);
    out
}

fn record(owner: &[u8], kind: u16, ttl: u32, data: &[u8]) -> Vec<u8> {
    let mut out = owner.to_vec();
    out.extend_from_slice(&kind.to_be_bytes());
    out.extend_from_slice(&[0, 1]);
    out.extend_from_slice(&ttl.to_be_bytes());
    out.extend_from_slice(&(data.len() as u16).to_be_bytes());
    out.extend_from_slice(data);
    out
}

fn request() -> Vec<u8> {
    [
        header(7, 0x0100, [1, 0, 0, 0]),
        question("www.Example.com", 1),
    ]
    .concat()
}

/// `www.example.com` is an alias of `web.example.com`, which has an address.
fn response() -> Vec<u8> {
    let mut out = header(7, 0x8180, [1, 2, 0, 0]);
    out.extend(question("www.Example.com", 1));
    out.extend(record(&[0xc0, 12], 5, 300, b"\x03web\xc0\x10"));
    let alias = out.len() as u16 - 6;
    let owner = (0xc000 | alias).to_be_bytes();
    out.extend(record(&owner, 1, 60, &[192, 0, 2, 80]));
    out
}

fn udp(pieces: &[(Side, &[u8])]) -> Collected {
    let facts = facts("dns", Transport::Udp, 53);
    feed((DNS.new)(&facts), pieces)
}

fn records_of(collected: &Collected, kind: &str) -> Vec<serde_json::Value> {
    let records = collected.records().into_iter();
    records
        .filter(|record| record["event_type"] == kind && record["dns"]["version"] != 2)
        .collect()
}

/// Answers with one record of a type.
fn answer(kind: u16, data: &[u8]) -> serde_json::Value {
    let mut message = header(1, 0x8180, [1, 1, 0, 0]);
    message.extend(question("example.com", kind));
    message.extend(record(&[0xc0, 12], kind, 5, data));
    let collected = udp(&[(Side::Server, &message)]);
    let dns = records_of(&collected, "dns").remove(0);
    dns["dns"]["answers"][0].clone()
}

#[test]
fn a_request_has_its_question() {
    let collected = udp(&[(Side::Client, &request())]);
    let record = records_of(&collected, "dns").remove(0);
    let expected = json!({
        "version": 3, "type": "request", "tx_id": 0, "id": 7, "flags": "100", "rd": true,
        "opcode": 0, "rcode": "NOERROR",
        "queries": [{"rrname": "www.Example.com", "rrtype": "A"}],
    });
    assert_eq!(record["dns"], expected);
}

#[test]
fn a_response_has_its_answers_in_order_and_grouped() {
    let collected = udp(&[(Side::Client, &request()), (Side::Server, &response())]);
    let record = records_of(&collected, "dns").remove(1);
    let expected = json!([
        {"rrname": "www.Example.com", "rrtype": "CNAME", "ttl": 300, "rdata": "web.Example.com"},
        {"rrname": "web.Example.com", "rrtype": "A", "ttl": 60, "rdata": "192.0.2.80"},
    ]);
    assert_eq!(record["dns"]["answers"], expected);
    let grouped = json!({"A": ["192.0.2.80"], "CNAME": ["web.Example.com"]});
    assert_eq!(record["dns"]["grouped"], grouped);
}

#[test]
fn a_response_is_told_from_the_servers_point_of_view() {
    let collected = udp(&[(Side::Server, &response())]);
    let told = |line: &&String| line.starts_with("record Server") && line.contains("\"dns\":");
    assert!(collected.lines.iter().any(|line| told(&line)));
}

#[test]
fn an_address_is_named_as_it_was_asked_for() {
    let collected = udp(&[(Side::Server, &response())]);
    let facts: Vec<_> = collected
        .lines
        .iter()
        .filter(|line| line.starts_with("fact"))
        .collect();
    let name = format!("name: {:?}", b"www.example.com");
    assert_eq!(facts.len(), 1);
    assert!(facts[0].contains("192.0.2.80") && facts[0].contains(&name));
}

#[test]
fn a_reverse_answer_names_its_address() {
    let mut message = header(1, 0x8180, [1, 1, 0, 0]);
    message.extend(question("1.2.0.192.in-addr.arpa", 12));
    message.extend(record(&[0xc0, 12], 12, 5, &name("host.example.com")));
    let collected = udp(&[(Side::Server, &message)]);
    let fact = |line: &&String| line.contains("AddressName") && line.contains("192.0.2.1,");
    assert!(collected.lines.iter().any(|line| fact(&line)));
}

#[test]
fn question_and_answer_are_one_exchange() {
    let collected = udp(&[(Side::Client, &request()), (Side::Server, &response())]);
    let exchanges = records_of(&collected, "dns_exchange");
    assert_eq!(exchanges.len(), 1);
    let exchange = &exchanges[0]["dns_exchange"];
    assert_eq!(exchange["query"], "www.Example.com");
    assert_eq!(
        exchange["answers"],
        json!(["web.Example.com", "192.0.2.80"])
    );
    assert_eq!(exchange["ttls"], json!([300, 60]));
    assert_eq!(exchange["rtt_us"], 0);
}

#[test]
fn a_question_without_answer_is_an_exchange_at_the_end() {
    let collected = udp(&[(Side::Client, &request())]);
    let exchange = &records_of(&collected, "dns_exchange")[0]["dns_exchange"];
    assert!(exchange.get("rcode").is_none());
}

#[test]
fn more_open_questions_than_are_kept_put_out_the_oldest() {
    let requests: Vec<Vec<u8>> = (0..130)
        .map(|id| [header(id, 0, [1, 0, 0, 0]), question("example.com", 1)].concat())
        .collect();
    let pieces: Vec<(Side, &[u8])> = requests
        .iter()
        .map(|bytes| (Side::Client, bytes.as_slice()))
        .collect();
    assert_eq!(records_of(&udp(&pieces), "dns_exchange").len(), 130);
}

#[test]
fn messages_over_tcp_are_found_however_they_are_cut() {
    let frame = |message: Vec<u8>| {
        let length = (message.len() as u16).to_be_bytes();
        [length.to_vec(), message].concat()
    };
    let requests = [frame(request()), frame(request())].concat();
    let responses = frame(response());
    let facts = facts("dns", Transport::Tcp, 53);
    let collected = feed_in_every_split(
        &|| (DNS.new)(&facts),
        &[(Side::Client, &requests), (Side::Server, &responses)],
    );
    assert_eq!(records_of(&collected, "dns").len(), 3);
}

#[test]
fn after_a_gap_the_next_message_is_found() {
    let facts = facts("dns", Transport::Tcp, 53);
    let mut parser = (DNS.new)(&facts);
    let mut collected = Collected::default();
    let message = request();
    let framed = [&(message.len() as u16).to_be_bytes()[..], &message].concat();
    parser.data(Side::Client, &framed[..20], &mut collected);
    parser.gap(Side::Client, 100, &mut collected);
    parser.data(Side::Client, b"the rest of something", &mut collected);
    parser.data(Side::Client, &framed, &mut collected);
    assert_eq!(records_of(&collected, "dns").len(), 1);
}

#[test]
fn texts_are_answers_of_their_own() {
    let mut message = header(1, 0x8180, [1, 1, 0, 0]);
    message.extend(question("example.com", 16));
    message.extend(record(&[0xc0, 12], 16, 5, b"\x03one\x00\x02ab"));
    let collected = udp(&[(Side::Server, &message)]);
    let dns = &records_of(&collected, "dns")[0]["dns"];
    assert_eq!(dns["grouped"]["TXT"], json!(["one", "", "ab"]));
    assert_eq!(dns["answers"].as_array().unwrap().len(), 3);
}

#[test]
fn service_records_have_their_parts() {
    let data = [&[0, 20, 0, 1, 0x13, 0xc4][..], &name("sip.example.com")].concat();
    let srv = json!({"priority": 20, "weight": 1, "port": 5060, "name": "sip.example.com"});
    assert_eq!(answer(33, &data)["srv"], srv);
}

#[test]
fn authority_records_have_their_parts() {
    let numbers: Vec<u8> = [1u32, 2, 3, 4, 5]
        .iter()
        .flat_map(|n| n.to_be_bytes())
        .collect();
    let data = [name("ns.example.com"), name("admin.example.com"), numbers].concat();
    let soa = json!({"mname": "ns.example.com", "rname": "admin.example.com", "serial": 1,
        "refresh": 2, "retry": 3, "expire": 4, "minimum": 5});
    assert_eq!(answer(6, &data)["soa"], soa);
}

#[test]
fn key_fingerprints_are_written_with_colons() {
    let sshfp = json!({"fingerprint": "ab:cd", "algo": 1, "type": 2});
    assert_eq!(answer(44, &[1, 2, 0xab, 0xcd])["sshfp"], sshfp);
}

#[test]
fn data_of_other_types_is_written_as_in_zone_files() {
    assert_eq!(
        answer(257, b"\x00\x05issueca.example")["rdata"],
        "0 issue ca.example"
    );
    assert_eq!(answer(43, &[1, 0, 8, 2, 0xaa])["rdata"], "256 8 2 aa");
    assert_eq!(answer(13, b"\x03CPU\x02OS")["rdata"], "CPU OS");
    let https = b"\x00\x01\x00\x00\x01\x00\x03\x02h2\x00\x04\x00\x04\xc0\x00\x02\x01";
    assert_eq!(answer(65, https)["rdata"], "1 . alpn=h2 ipv4hint=192.0.2.1");
    let naptr = b"\x00\x64\x00\x0a\x01s\x07SIP+D2T\x00\x03sip\x00";
    assert_eq!(answer(35, naptr)["rdata"], "100 10 s SIP+D2T  sip");
}

/// The example of RFC 5155, appendix A.
#[test]
fn hashed_names_that_do_not_exist_are_written_as_in_zone_files() {
    let data = [
        &b"\x01\x01\x00\x0c\x04\xaa\xbb\xcc\xdd\x14"[..],
        &[0x17, 0x4e, 0xb2, 0x40, 0x9f, 0xe2, 0x8b, 0xcb, 0x48, 0x87],
        &[0xa1, 0x83, 0x6f, 0x95, 0x7f, 0x0a, 0x84, 0x25, 0xe2, 0x7b],
        &[0, 7, 0x22, 0x01, 0x00, 0x00, 0x00, 0x02, 0x90],
    ]
    .concat();
    assert_eq!(
        answer(50, &data)["rdata"],
        "1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA MX RRSIG DNSKEY NSEC3PARAM"
    );
    assert_eq!(answer(51, &data[..9])["rdata"], "1 1 12 aabbccdd");
    assert_eq!(answer(51, &[1, 0, 0, 10, 0])["rdata"], "1 0 10 -");
    assert!(answer(50, &data[..20]).get("rdata").is_none());
    let everything = [&data[..30], &[0, 32], &[0xff; 32], &[1, 32], &[0xff; 32]].concat();
    let rdata = answer(50, &everything)["rdata"].to_string();
    assert_eq!(rdata.split(' ').count(), 5 + 64);
}

/// The example of RFC 1876, section 3, with its usual precisions.
#[test]
fn places_persons_and_certificates_are_written_as_in_zone_files() {
    let place = [
        0x00, 0x33, 0x16, 0x13, 0x89, 0x17, 0x2d, 0xd0, 0x70, 0xbe, 0x15, 0xf0, 0x00, 0x98, 0x8d,
        0x20,
    ];
    assert_eq!(
        answer(29, &place)["rdata"],
        "42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m"
    );
    let person = [name("admin.example.com"), name("about.example.com")].concat();
    assert_eq!(
        answer(17, &person)["rdata"],
        "admin.example.com about.example.com"
    );
    assert_eq!(answer(37, &[0, 1, 0, 7, 8, 1, 2])["rdata"], "1 7 8");
    assert_eq!(answer(48, &[1, 1, 3, 8, 1, 2])["rdata"], "257 3 8");
}

#[test]
fn bytes_that_are_not_text_are_escaped() {
    assert_eq!(answer(10, b"V\x03\xc5")["rdata"], "V\u{3}\\xc5");
}

#[test]
fn a_type_without_name_is_a_number() {
    assert_eq!(answer(65_534, b"")["rrtype"], "65534");
}

#[test]
fn a_pointer_may_point_forward() {
    let mut message = header(1, 0x0100, [2, 0, 0, 0]);
    message.extend_from_slice(&[0xc0, 18, 0, 1, 0, 1]);
    message.extend(question("example.com", 1));
    let collected = udp(&[(Side::Client, &message)]);
    let queries = &records_of(&collected, "dns")[0]["dns"]["queries"];
    assert_eq!(queries[0]["rrname"], "example.com");
    assert_eq!(queries[1]["rrname"], "example.com");
}

#[test]
fn pointers_in_a_circle_are_told_and_end() {
    let mut message = header(1, 0x0100, [1, 0, 0, 0]);
    message.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1]);
    let collected = udp(&[(Side::Client, &message)]);
    assert_eq!(collected.anomalies(), ["dns.infinite_loop"]);
}

#[test]
fn more_pointers_than_are_followed_are_told_when_they_are_no_circle() {
    let of = |count: u8| {
        let mut message = header(1, 0x0100, [1, 0, 0, 0]);
        // Each points to the one behind it, the last one to the root.
        for place in 0..count {
            let (at, next) = (12 + 2 * u16::from(place), 14 + 2 * u16::from(place));
            assert!(at < next);
            message.extend((0xc000 | next).to_be_bytes());
        }
        message.push(0);
        let collected = udp(&[(Side::Client, &message)]);
        let codes = collected.anomalies().into_iter().map(str::to_owned);
        codes
            .filter(|code| code.contains("pointers") || code.contains("loop"))
            .collect::<Vec<_>>()
    };
    assert_eq!(of(65), ["dns.too_many_pointers"]);
    assert!(of(64).is_empty());
}

#[test]
fn a_response_that_nobody_asked_for_is_told_once() {
    let mut other = response();
    other[0] = 9;
    let asked = (Side::Client, &request()[..]);
    let answered = (Side::Server, &response()[..]);
    let spoofed = (Side::Server, &other[..]);
    let told = |pieces: &[(Side, &[u8])]| udp(pieces).anomalies().len();
    assert_eq!(
        udp(&[asked, spoofed, answered, spoofed]).anomalies(),
        ["dns.unsolicited_response"]
    );
    // Sent again and answered again; and a flow whose beginning was not seen.
    assert_eq!(told(&[asked, asked, answered, answered]), 0);
    assert_eq!(told(&[spoofed, asked, spoofed]), 0);
    // With as many open questions nobody remembers which they were.
    let many: Vec<Vec<u8>> = (0..33_u8)
        .map(|number| {
            let mut other = request();
            other[0] = 10 + number;
            other
        })
        .collect();
    let mut pieces: Vec<(Side, &[u8])> = many.iter().map(|one| (Side::Client, &one[..])).collect();
    pieces.push(spoofed);
    assert_eq!(told(&pieces), 0);
    pieces.remove(0);
    assert_eq!(told(&pieces), 1);
}

#[test]
fn multicast_dns_tells_what_is_wrong_under_its_own_names() {
    let mdns = |message: &[u8]| {
        let parser = (MDNS.new)(&facts("mdns", Transport::Udp, 5353));
        let collected = feed(parser, &[(Side::Client, message)]);
        let codes = collected.anomalies().into_iter().map(str::to_owned);
        codes.collect::<Vec<_>>()
    };
    let with = |flags: u16, name: &[u8]| {
        let header = header(0, flags, [1, 0, 0, 0]);
        [&header[..], name, &[0, 12, 0, 1]].concat()
    };
    let plain = name("host.local");
    assert!(mdns(&with(0, &plain)).is_empty());
    assert!(mdns(&with(0x8400, &plain)).is_empty());
    assert_eq!(mdns(&with(0x0040, &plain)), ["mdns.z_flag_set"]);
    assert_eq!(mdns(&with(0x7800, &plain)), ["mdns.invalid_opcode"]);
    assert_eq!(mdns(&with(0, &[0xc0, 12])), ["mdns.infinite_loop"]);
    assert_eq!(mdns(&with(0, &plain)[..20]), ["mdns.malformed_data"]);
    let long = name(&vec!["a23456789"; 110].join("."));
    assert_eq!(mdns(&with(0, &long)), ["mdns.name_too_long"]);
    let deep = name(&vec!["a"; 256].join("."));
    assert_eq!(mdns(&with(0, &deep)), ["mdns.too_many_labels"]);
    for (counts, code) in [
        ([1, 0, 1, 0], "mdns.invalid_authorities"),
        ([1, 0, 0, 1], "mdns.invalid_additionals"),
    ] {
        let header = header(0, 0x8400, counts);
        let cut = [&header[..], &plain, &[0, 12, 0, 1, 0, 0, 41]].concat();
        assert_eq!(mdns(&cut), [code]);
    }
}

#[test]
fn a_name_that_is_too_long_is_cut() {
    let long = vec!["a23456789"; 110].join(".");
    let message = [header(1, 0x0100, [1, 0, 0, 0]), question(&long, 1)].concat();
    let collected = udp(&[(Side::Client, &message)]);
    let query = &records_of(&collected, "dns")[0]["dns"]["queries"][0];
    assert_eq!(query["rrname"].as_str().unwrap().len(), 1025);
    assert_eq!(query["rrname_truncated"], true);
    assert_eq!(collected.anomalies(), ["dns.name_too_long"]);
}

#[test]
fn a_message_that_ends_early_is_malformed_at_every_length() {
    let whole = response();
    for length in 0..whole.len() {
        let collected = udp(&[(Side::Server, &whole[..length])]);
        assert_eq!(collected.anomalies(), ["dns.malformed_data"], "{length}");
    }
}

#[test]
fn additional_records_that_end_early_leave_the_answers() {
    let mut message = response();
    message[11] = 1;
    message.extend_from_slice(&[0, 0, 41]);
    let collected = udp(&[(Side::Server, &message)]);
    assert_eq!(collected.anomalies(), ["dns.invalid_additionals"]);
    let dns = &records_of(&collected, "dns")[0]["dns"];
    assert_eq!(dns["answers"].as_array().unwrap().len(), 2);
}

#[test]
fn a_header_that_does_not_fit_is_told() {
    let mut message = request();
    message[2] = 0x81;
    message[3] = 0x40;
    let collected = udp(&[(Side::Client, &message)]);
    assert_eq!(
        collected.anomalies(),
        ["dns.not_a_request", "dns.z_flag_set"]
    );
}

#[test]
fn a_flow_that_was_taken_the_wrong_way_round_is_no_anomaly() {
    let mut wrong = facts("dns", Transport::Udp, 40_000);
    wrong.client_port = 53;
    let collected = feed((DNS.new)(&wrong), &[(Side::Client, &response())]);
    assert!(collected.anomalies().is_empty());
}

#[test]
fn the_older_form_tells_answers_from_the_asking_side() {
    let collected = udp(&[(Side::Client, &request()), (Side::Server, &response())]);
    let old: Vec<_> = collected
        .lines
        .iter()
        .filter(|line| line.contains("\"version\":2"))
        .collect();
    assert!(old[0].contains("\"type\":\"query\"") && old[0].contains("\"rrname\""));
    assert!(old[1].starts_with("record Client") && old[1].contains("\"type\":\"answer\""));
}

#[test]
fn what_is_never_dns_is_given_up() {
    let facts = facts("dns", Transport::Udp, 53);
    let mut parser = (DNS.new)(&facts);
    let mut collected = Collected::default();
    let last = (0..MAX_UNREADABLE)
        .map(|_| parser.data(Side::Client, b"none", &mut collected))
        .last();
    assert_eq!(last, Some(Next::Done));
}

#[test]
fn mdns_has_data_below_the_name_of_its_type() {
    let mut message = header(0, 0x8400, [0, 2, 0, 0]);
    message.extend(record(
        &name("_ipp._tcp.local"),
        12,
        10,
        &name("Printer.local"),
    ));
    message.extend(record(&name("Printer.local"), 16, 10, b"\x03a=1\x03b=2"));
    let facts = facts("mdns", Transport::Udp, 5353);
    let collected = feed((MDNS.new)(&facts), &[(Side::Client, &message)]);
    let mdns = &records_of(&collected, "mdns")[0]["mdns"];
    assert_eq!(mdns["type"], "response");
    assert_eq!(mdns["answers"][0]["ptr"], "Printer.local");
    assert_eq!(mdns["answers"][0]["rrtype"], "ptr");
    assert_eq!(mdns["answers"][1]["txt"], json!(["a=1", "b=2"]));
}

#[test]
fn llmnr_has_a_record_of_its_own() {
    let facts = facts("llmnr", Transport::Udp, 5355);
    let message = [header(1, 0, [1, 0, 0, 0]), question("printer", 1)].concat();
    let collected = feed((LLMNR.new)(&facts), &[(Side::Client, &message)]);
    let llmnr = &records_of(&collected, "llmnr")[0]["llmnr"];
    assert_eq!(llmnr["queries"][0]["rrname"], "printer");
}

/// What rules see of a message.
struct Seen<'a>(&'a str, Vec<String>);

impl Sink for Seen<'_> {
    fn time(&self) -> i64 {
        0
    }
    fn wants(&self, _: Kind) -> bool {
        false
    }
    fn progress(&mut self, transaction: &dyn crate::Transaction, side: Side) {
        let application = transaction.application();
        if let Some(buffer) = application.buffer(self.0) {
            let values = (0..).map_while(|index| transaction.buffer(buffer, side, index));
            let texts = values.map(|value| String::from_utf8_lossy(&value).into_owned());
            self.1.extend(texts);
        }
        if let Some(number) = application.number(self.0) {
            let values = (0..).map_while(|index| transaction.number(number, side, index));
            self.1.extend(values.map(|value| value.to_string()));
        }
    }
    fn record(&mut self, _: Option<u64>, _: Side, _: &wirewatch_records::Row<'_>) {}
    fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static Event) {}
    fn file(&mut self, _: &dyn crate::Transaction, _: Side, _: u32, _: crate::FilePart<'_>) {}
    fn learn(&mut self, _: crate::Fact<'_>) {}
}

fn seen(name: &str, side: Side, message: &[u8]) -> Vec<String> {
    let facts = facts("dns", Transport::Udp, 53);
    let mut seen = Seen(name, Vec::new());
    (DNS.new)(&facts).data(side, message, &mut seen);
    seen.1
}

#[test]
fn rules_see_queries_of_requests_only() {
    let query = ["www.Example.com"];
    assert_eq!(seen("dns.query", Side::Client, &request()), query);
    assert!(seen("dns.query", Side::Server, &response()).is_empty());
    assert_eq!(seen("dns.queries.rrname", Side::Server, &response()), query);
}

#[test]
fn rules_see_all_names_of_a_response() {
    let names = seen("dns.response.rrname", Side::Server, &response());
    let expected = [
        "www.Example.com",
        "www.Example.com",
        "web.Example.com",
        "web.Example.com",
    ];
    assert_eq!(names, expected);
    assert!(seen("dns.response.rrname", Side::Client, &request()).is_empty());
}

#[test]
fn rules_see_numbers() {
    assert_eq!(seen("dns.rcode", Side::Server, &response()), ["0"]);
    assert_eq!(
        seen("dns.rrtype", Side::Server, &response()),
        ["1", "5", "1"]
    );
}

#[test]
fn a_message_is_a_span_without_its_length() {
    let message = request();
    let mut piece = (message.len() as u16).to_be_bytes().to_vec();
    piece.extend_from_slice(&message);
    let make = || (DNS.new)(&facts("dns", Transport::Tcp, 53));
    let twice = [piece.clone(), piece].concat();
    let told = feed_in_every_split(&make, &[(Side::Client, &twice)]);
    let length = message.len();
    let frames = [
        format!("0 Client 2+{length}"),
        format!("0 Client {}+{length}", length + 4),
    ];
    assert_eq!(told.frames, frames);
    let told = feed(
        (DNS.new)(&facts("dns", Transport::Udp, 53)),
        &[(Side::Client, &message)],
    );
    assert_eq!(told.frames, [format!("0 Client 0+{length}")]);
}
