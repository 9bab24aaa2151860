//! Rules about transactions.

use wirewatch_proto::{COMPLETE, Side};

use super::super::Level;
use super::fake::{BODY, Exchange, FakeTransaction, HEADERS, LINE, ODD, OTHER, matches, read};
use super::packet::TestPacket;

const URI: &str = r#"alert http any any -> any any (http.uri; content:"/evil"; sid:1;)"#;

#[test]
fn a_rule_matches_when_its_buffer_is_final() {
    let mut exchange = Exchange::new(URI);
    let tx = FakeTransaction::get("/evil");
    assert!(
        exchange
            .step(&tx.clone().at(Side::Client, 0), Side::Client)
            .is_empty()
    );
    assert_eq!(exchange.step(&tx.at(Side::Client, LINE), Side::Client), [1]);
}

#[test]
fn a_rule_matches_a_transaction_once() {
    let mut exchange = Exchange::new(URI);
    let tx = FakeTransaction::get("/evil");
    assert_eq!(
        exchange.step(&tx.clone().at(Side::Client, LINE), Side::Client),
        [1]
    );
    assert!(
        exchange
            .step(&tx.clone().at(Side::Client, BODY), Side::Client)
            .is_empty()
    );
    assert!(
        exchange
            .step(&tx.at(Side::Client, COMPLETE), Side::Client)
            .is_empty()
    );
}

#[test]
fn each_transaction_of_a_flow_is_asked() {
    let mut exchange = Exchange::new(URI);
    for id in 0..3 {
        let tx = FakeTransaction {
            id,
            ..FakeTransaction::get("/evil").at(Side::Client, COMPLETE)
        };
        let found = exchange.step_with_info(&tx, Side::Client);
        assert_eq!(found[0].1, Some(id));
    }
}

#[test]
fn a_rule_waits_for_its_last_buffer() {
    let rule = r#"alert http any any -> any any (http.uri; content:"/evil"; http.request_body; content:"secret"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/evil").with("http.request_body", Side::Client, "a secret");
    assert!(
        exchange
            .step(&tx.clone().at(Side::Client, LINE), Side::Client)
            .is_empty()
    );
    assert!(
        exchange
            .step(&tx.clone().at(Side::Client, HEADERS), Side::Client)
            .is_empty()
    );
    assert_eq!(exchange.step(&tx.at(Side::Client, BODY), Side::Client), [1]);
}

#[test]
fn a_rule_that_an_early_buffer_rules_out_does_not_wait() {
    let rule = r#"alert http any any -> any any (http.method; content:"POST"; http.uri; content:"/evil"; fast_pattern; http.request_body; content:"x"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/evil").with("http.request_body", Side::Client, "x");
    exchange.step(&tx.clone().at(Side::Client, LINE), Side::Client);
    exchange.step(&tx.at(Side::Client, BODY), Side::Client);
    assert_eq!(exchange.matcher.counters().verified, 1);
}

#[test]
fn one_name_stands_in_several_protocols() {
    let mut exchange = Exchange::new(URI);
    let tx = FakeTransaction {
        application: &OTHER,
        ..FakeTransaction::get("/evil")
    };
    assert!(
        exchange
            .step(&tx.clone().at(Side::Client, LINE), Side::Client)
            .is_empty()
    );
    assert_eq!(exchange.step(&tx.at(Side::Client, BODY), Side::Client), [1]);
}

#[test]
fn the_header_says_which_protocol_is_meant() {
    let rule = r#"alert http2 any any -> any any (http.uri; content:"/evil"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/evil").at(Side::Client, COMPLETE);
    assert!(exchange.step(&tx, Side::Client).is_empty());
}

#[test]
fn a_field_of_both_sides_is_asked_on_each() {
    let rule = r#"alert http any any -> any any (http.header; content:"X-Evil"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::new()
        .with("http.header", Side::Server, "X-Evil: 1")
        .at(Side::Client, COMPLETE);
    assert!(exchange.step(&tx, Side::Client).is_empty());
    let tx = tx.at(Side::Server, COMPLETE);
    assert_eq!(exchange.step(&tx, Side::Server), [1]);
}

#[test]
fn the_direction_of_a_rule_is_that_of_the_side() {
    let rule =
        r#"alert http any any -> any any (flow:to_client; http.header; content:"X"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::new()
        .with("http.header", Side::Client, "X")
        .with("http.header", Side::Server, "X")
        .at(Side::Client, COMPLETE)
        .at(Side::Server, COMPLETE);
    assert!(exchange.step(&tx, Side::Client).is_empty());
    assert_eq!(exchange.step(&tx, Side::Server), [1]);
}

#[test]
fn addresses_are_those_of_the_side_whichever_way_the_packet_went() {
    let rule = r#"alert http 192.0.2.1 any -> any 80 (http.uri; content:"/evil"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    exchange.packet = TestPacket::tcp(b"").turned_round().of_app("http");
    let tx = FakeTransaction::get("/evil").at(Side::Client, COMPLETE);
    assert_eq!(exchange.step(&tx, Side::Client), [1]);
}

#[test]
fn sides_that_a_rule_mixes_are_told() {
    let (_, problems) = read(
        r#"alert http any any -> any any (http.uri; content:"a"; http.stat_code; content:"200"; sid:1;)"#,
    );
    assert!(problems[0].message.contains("one side"));
}

#[test]
fn a_rule_about_the_whole_transaction_waits_for_both_sides() {
    let rule = r#"alert http any any => any any (http.uri; content:"/evil"; http.stat_code; content:"200"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/evil")
        .with("http.stat_code", Side::Server, "200")
        .at(Side::Client, COMPLETE);
    assert!(exchange.step(&tx, Side::Client).is_empty());
    let tx = tx.at(Side::Server, LINE);
    assert_eq!(exchange.step(&tx, Side::Server), [1]);
}

#[test]
fn a_rule_about_the_whole_transaction_says_whose_field_it_means() {
    let rule = r#"alert http any any => any any (http.uri; content:"/evil"; file.data: to_client; content:"MZ"; sid:1;)"#;
    let found = |rule: &str, body| {
        let tx = FakeTransaction::get("/evil")
            .with("file.data", Side::Server, body)
            .with("file.data", Side::Client, "form")
            .at(Side::Client, COMPLETE);
        let mut exchange = Exchange::new(rule);
        assert!(exchange.step(&tx, Side::Client).is_empty());
        exchange.step(&tx.at(Side::Server, COMPLETE), Side::Server)
    };
    assert!(found(rule, "GIF").is_empty());
    assert_eq!(found(rule, "MZ"), [1]);
    assert!(found(&rule.replace("to_client", "to_server"), "MZ").is_empty());
}

#[test]
fn any_of_several_values_will_do() {
    let tx =
        || FakeTransaction::new().with_many("http.request_header", Side::Client, &["A: 1", "B: 2"]);
    assert!(matches(
        r#"http.request_header; content:"B"; content:"2";"#,
        tx()
    ));
    assert!(!matches(
        r#"http.request_header; content:"A"; content:"2";"#,
        tx()
    ));
}

#[test]
fn each_mention_of_a_buffer_with_several_values_is_about_one() {
    let tx = FakeTransaction::new().with_many("http.request_header", Side::Client, &["A", "B"]);
    assert!(matches(
        r#"http.request_header; content:"A"; http.request_header; content:"B";"#,
        tx
    ));
}

#[test]
fn a_negated_content_needs_its_buffer() {
    let options = r#"http.method; content:"GET"; http.request_body; content:!"x";"#;
    let tx = FakeTransaction::get("/");
    assert!(!matches(options, tx.clone()));
    assert!(matches(
        options,
        tx.with("http.request_body", Side::Client, "y")
    ));
}

#[test]
fn absence_can_be_asked_for() {
    let options = r#"http.method; content:"GET"; http.request_body; absent;"#;
    let tx = FakeTransaction::get("/");
    assert!(matches(options, tx.clone()));
    assert!(!matches(
        options,
        tx.with("http.request_body", Side::Client, "y")
    ));
}

#[test]
fn older_modifiers_stand_behind_their_content() {
    let options = r#"content:"EVIL"; http_uri; nocase; content:"GET"; depth:3; http_method;"#;
    assert!(matches(options, FakeTransaction::get("/evil")));
    assert!(!matches(options, FakeTransaction::get("/good")));
}

#[test]
fn a_modifier_after_the_older_kind_is_about_the_moved_content() {
    let options = r#"content:"/a"; http_uri; content:"b"; http_uri; distance:1; within:1;"#;
    assert!(matches(options, FakeTransaction::get("/axb")));
    assert!(!matches(options, FakeTransaction::get("/axxb")));
}

#[test]
fn a_letter_behind_a_pattern_names_its_buffer() {
    assert!(matches(
        r#"pcre:"/^.evil$/Ui";"#,
        FakeTransaction::get("/EVIL")
    ));
}

#[test]
fn the_length_of_the_uri_is_compared() {
    assert!(matches("urilen:5;", FakeTransaction::get("/evil")));
    assert!(!matches("urilen:>5;", FakeTransaction::get("/evil")));
}

#[test]
fn uricontent_is_a_content_in_the_uri() {
    assert!(matches(
        r#"uricontent:"vil";"#,
        FakeTransaction::get("/evil")
    ));
}

#[test]
fn numbers_are_compared() {
    let tx = || FakeTransaction::get("/").with_numbers("http.number", &[3, 7]);
    assert!(matches("http.number:7;", tx()));
    assert!(matches("http.number:>5;", tx()));
    assert!(!matches("http.number:>7;", tx()));
    assert!(matches("http.number:<8,all;", tx()));
    assert!(!matches("http.number:<7,all;", tx()));
    assert!(matches("http.number:7,-1;", tx()));
    assert!(!matches("http.number:7,0;", tx()));
    assert!(matches("http.number:2,count;", tx()));
}

#[test]
fn bits_have_names() {
    let tx = || FakeTransaction::get("/").with_numbers("mqtt.flags", &[0x08]);
    assert!(matches("mqtt.flags:dup,!retain;", tx()));
    assert!(!matches("mqtt.flags:retain;", tx()));
}

#[test]
fn an_event_is_told_when_it_comes() {
    let rule = "alert http any any -> any any (flow:to_server; app-layer-event:http.odd; sid:1;)";
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/").at(Side::Client, LINE);
    assert!(exchange.step(&tx, Side::Client).is_empty());
    let tx = FakeTransaction {
        events: vec![&ODD],
        ..tx
    };
    assert_eq!(exchange.step(&tx, Side::Client), [1]);
    assert!(exchange.step(&tx, Side::Client).is_empty());
}

#[test]
fn an_events_name_may_be_in_capitals_or_not() {
    let rule = "alert http any any -> any any (app-layer-event:http.Odd; sid:1;)";
    let tx = FakeTransaction {
        events: vec![&ODD],
        ..FakeTransaction::get("/").at(Side::Client, LINE)
    };
    assert_eq!(Exchange::new(rule).step(&tx, Side::Client), [1]);
}

#[test]
fn an_event_no_parser_tells_is_unsupported_at_its_name() {
    let (_, problems) = read("alert http any any -> any any (app-layer-event:http.new; sid:1;)");
    assert_eq!(
        (problems[0].level, problems[0].column),
        (Level::Unsupported, 48)
    );
}

#[test]
fn a_field_no_parser_offers_is_unsupported_at_its_name() {
    let (_, problems) = read(r#"alert http any any -> any any (http.server; content:"x"; sid:1;)"#);
    assert_eq!(
        (problems[0].level, problems[0].column),
        (Level::Unsupported, 32)
    );
}

#[test]
fn a_hook_says_when() {
    let rule =
        r#"alert http1:request_headers any any -> any any (http.uri; content:"/evil"; sid:1;)"#;
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/evil");
    assert!(
        exchange
            .step(&tx.clone().at(Side::Client, LINE), Side::Client)
            .is_empty()
    );
    assert_eq!(
        exchange.step(&tx.at(Side::Client, HEADERS), Side::Client),
        [1]
    );
}

#[test]
fn flow_bits_connect_transactions() {
    let rules = "alert http any any -> any any (http.uri; content:\"/one\"; flowbits:set,seen; noalert; sid:1;)\n\
        alert http any any -> any any (http.uri; content:\"/two\"; flowbits:isset,seen; sid:2;)";
    let mut exchange = Exchange::new(rules);
    let two = |id| FakeTransaction {
        id,
        ..FakeTransaction::get("/two").at(Side::Client, COMPLETE)
    };
    assert!(exchange.step(&two(0), Side::Client).is_empty());
    let one = FakeTransaction {
        id: 1,
        ..FakeTransaction::get("/one").at(Side::Client, COMPLETE)
    };
    exchange.step(&one, Side::Client);
    assert_eq!(exchange.step(&two(2), Side::Client), [2]);
}

#[test]
fn bits_of_a_transaction_live_as_long_as_it() {
    let rules = "alert http any any -> any any (http.uri; content:\"/one\"; xbits:set,seen,track tx; noalert; sid:1;)\n\
        alert http any any -> any any (http.stat_code; content:\"200\"; xbits:isset,seen,track tx; sid:2;)\n\
        alert http any any -> any any (http.stat_code; content:\"200\"; xbits:isnotset,seen,track tx; sid:3;)";
    let mut exchange = Exchange::new(rules);
    let of = |id, uri| FakeTransaction {
        id,
        ..FakeTransaction::get(uri).with("http.stat_code", Side::Server, "200")
    };
    let answered = |tx: FakeTransaction| tx.at(Side::Server, COMPLETE);
    let one = of(0, "/one").at(Side::Client, COMPLETE);
    assert!(exchange.step(&one, Side::Client).is_empty());
    let two = of(1, "/two").at(Side::Client, COMPLETE);
    assert!(exchange.step(&two, Side::Client).is_empty());
    assert_eq!(exchange.step(&answered(one), Side::Server), [2]);
    assert_eq!(exchange.step(&answered(two), Side::Server), [3]);
}

#[test]
fn payload_and_transaction_meet_in_either_order() {
    let rule =
        r#"alert http any any -> any any (content:"raw bytes"; http.uri; content:"/evil"; sid:1;)"#;
    let tx = FakeTransaction::get("/evil").at(Side::Client, COMPLETE);
    let packet = TestPacket::tcp(b"GET /evil raw bytes").of_app("http");
    let mut exchange = Exchange::new(rule);
    assert!(exchange.inspect(&packet).is_empty());
    assert_eq!(exchange.step(&tx, Side::Client), [1]);
    let mut exchange = Exchange::new(rule);
    assert!(exchange.step(&tx, Side::Client).is_empty());
    assert_eq!(exchange.inspect(&packet), [1]);
}

#[test]
fn a_pass_rule_of_a_transaction_silences_the_flow() {
    let rules =
        format!("pass http any any -> any any (http.method; content:\"GET\"; sid:9;)\n{URI}");
    let mut exchange = Exchange::new(&rules);
    let tx = FakeTransaction::get("/evil").at(Side::Client, COMPLETE);
    assert!(exchange.step(&tx, Side::Client).is_empty());
    assert!(exchange.flow.action() == Some("pass"));
}

#[test]
fn memory_of_a_transaction_is_freed_at_its_end() {
    let mut exchange = Exchange::new(URI);
    for id in 0..10_000 {
        let tx = FakeTransaction {
            id,
            ..FakeTransaction::get("/").at(Side::Client, COMPLETE)
        };
        exchange.step(&tx, Side::Client);
        exchange.step(&tx.at(Side::Server, COMPLETE), Side::Server);
    }
    assert_eq!(exchange.matcher.counters().transactions_evicted, 0);
}

#[test]
fn a_flood_of_open_transactions_is_bounded() {
    let mut exchange = Exchange::new(URI);
    for id in 0..10_000 {
        let tx = FakeTransaction {
            id,
            ..FakeTransaction::get("/").at(Side::Client, LINE)
        };
        exchange.step(&tx, Side::Client);
    }
    assert!(exchange.matcher.counters().transactions_evicted > 9_000);
}

#[test]
fn late_answers_to_forgotten_requests_displace_one_another_only() {
    let mut exchange = Exchange::new(URI);
    let of = |id| FakeTransaction {
        id,
        ..FakeTransaction::get("/").at(Side::Client, COMPLETE)
    };
    for id in 0..300 {
        exchange.step(&of(id), Side::Client);
    }
    let forgotten = exchange.matcher.counters().transactions_evicted;
    for id in 0..300 {
        exchange.step(&of(id).at(Side::Server, COMPLETE), Side::Server);
    }
    let evicted = exchange.matcher.counters().transactions_evicted;
    assert_eq!(evicted, 2 * forgotten + 1);
}

#[test]
fn transforms_change_what_is_inspected() {
    let body = |text: &str| FakeTransaction::new().with("http.request_body", Side::Client, text);
    let matches =
        |options: &str, text: &str| matches(&format!("http.request_body; {options}"), body(text));
    assert!(matches(
        r#"dotprefix; content:".evil.example"; endswith;"#,
        "evil.example"
    ));
    assert!(matches(
        r#"dotprefix; content:".evil.example"; endswith;"#,
        "a.evil.example"
    ));
    assert!(!matches(
        r#"dotprefix; content:".evil.example"; endswith;"#,
        "notevil.example"
    ));
    assert!(matches(r#"to_lowercase; content:"abc";"#, "ABC"));
    assert!(matches(r#"to_uppercase; content:"ABC";"#, "abc"));
    assert!(matches(r#"url_decode; content:"a b/";"#, "a+b%2f"));
    assert!(matches(r#"xor:"2001"; content:"Ab";"#, "ac"));
    assert!(matches(r#"strip_whitespace; content:"abc";"#, "a b\tc"));
    assert!(matches(r#"compress_whitespace; content:"a b";"#, "a   b"));
    assert!(matches(r#"from_base64; content:"hello";"#, "aGVsbG8="));
    assert!(matches(
        r#"pcrexform:"user=(\w+)"; content:"root"; bsize:4;"#,
        "user=root&x"
    ));
    assert!(matches(
        r#"to_md5; content:"|900150983cd24fb0d6963f7d28e17f72|";"#,
        "abc"
    ));
    assert!(matches(
        r#"to_sha1; content:"|a9993e364706816aba3e25717850c26c9cd0d89d|";"#,
        "abc"
    ));
    assert!(matches(
        r#"to_sha256; content:"|ba7816bf|"; startswith;"#,
        "abc"
    ));
    assert!(matches(r#"subslice:1,2; content:"bc"; bsize:2;"#, "abcd"));
    assert!(matches(
        r#"header_lowercase; content:"host|3a| A";"#,
        "Host: A\r\n"
    ));
}

#[test]
fn decoded_base64_is_a_buffer() {
    let tx = FakeTransaction::new().with("http.request_body", Side::Client, "k=aGVsbG8=");
    assert!(matches(
        r#"http.request_body; content:"k="; base64_decode:bytes 8, offset 0, relative; base64_data; content:"hello";"#,
        tx
    ));
}

#[test]
fn relative_checks_follow_the_content_that_was_moved() {
    let options = r#"uricontent:"/ab"; isdataat:!2,relative;"#;
    assert!(matches(options, FakeTransaction::get("/abc")));
    assert!(!matches(options, FakeTransaction::get("/abcd")));
    let options = r#"content:"/k="; http_uri; base64_decode:bytes 8, offset 0, relative; base64_data; content:"hello";"#;
    assert!(matches(options, FakeTransaction::get("/k=aGVsbG8=")));
}

#[test]
fn absence_or_something_else_can_be_asked_for() {
    let options = r#"http.method; content:"GET"; http.request_body; absent: or_else; content:"x";"#;
    let tx = FakeTransaction::get("/");
    assert!(matches(options, tx.clone()));
    assert!(matches(
        options,
        tx.clone().with("http.request_body", Side::Client, "x")
    ));
    assert!(!matches(
        options,
        tx.with("http.request_body", Side::Client, "y")
    ));
}

#[test]
fn a_rule_about_requests_is_told_of_what_is_wrong_with_the_answer() {
    let rules = "alert http any any -> any any (flow:to_server; app-layer-event:http.odd; sid:1;)
        alert http any any -> any any (app-layer-event:http.odd; sid:2;)";
    let mut exchange = Exchange::new(rules);
    let tx = FakeTransaction::get("/").at(Side::Client, COMPLETE);
    exchange.step(&tx, Side::Client);
    let tx = FakeTransaction {
        events: vec![&ODD],
        ..tx.at(Side::Server, LINE)
    };
    assert_eq!(exchange.late_events(&tx, Side::Client), [1]);
    assert!(exchange.late_events(&tx, Side::Client).is_empty());
    assert_eq!(exchange.step(&tx, Side::Server), [2]);
}

#[test]
fn a_rule_about_requests_waits_for_the_request_before_it_is_told_of_an_event() {
    let rule = "alert http any any -> any any (flow:to_server; app-layer-event:http.odd; sid:1;)";
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction {
        events: vec![&ODD],
        ..FakeTransaction::get("/").at(Side::Server, LINE)
    };
    assert!(exchange.late_events(&tx, Side::Client).is_empty());
    let tx = tx.at(Side::Client, LINE);
    assert_eq!(exchange.step(&tx, Side::Client), [1]);
}

#[test]
fn a_rule_without_direction_is_told_of_an_event_once() {
    let rule = "alert http any any -> any any (app-layer-event:http.odd; sid:1;)";
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction {
        events: vec![&ODD],
        ..FakeTransaction::get("/").at(Side::Client, COMPLETE)
    };
    assert_eq!(exchange.step(&tx, Side::Client), [1]);
    let tx = tx.at(Side::Server, LINE);
    assert!(exchange.step(&tx, Side::Server).is_empty());
}

#[test]
fn an_interface_and_its_version_are_compared() {
    let mut value = vec![0x11; 16];
    value.extend([0, 3, 1]);
    let tx = || {
        let mut tx = FakeTransaction::get("/");
        tx.values
            .push(("dcerpc.iface", Side::Client, vec![value.clone()]));
        tx
    };
    let uuid = "11111111-1111-1111-1111-111111111111";
    assert!(matches(&format!("dcerpc.iface:{uuid};"), tx()));
    assert!(matches(&format!("dce_iface:{uuid},>2,any_frag;"), tx()));
    assert!(!matches(&format!("dcerpc.iface:{uuid},!3;"), tx()));
    let other = uuid.replace('1', "2");
    assert!(!matches(&format!("dcerpc.iface:{other};"), tx()));
}

#[test]
fn a_body_is_the_content_of_its_file() {
    // The first made-up protocol has a field of that name, real HTTP has two bodies.
    let body = FakeTransaction::new().with("file.data", Side::Server, "MZ evil");
    assert!(matches(
        r#"flow:to_client; file_data; content:"MZ"; depth:2;"#,
        body
    ));
}

/// Whether a rule with this option matches a transaction with these numbers.
fn finds(option: &str, numbers: &[(&'static str, &[u64])]) -> bool {
    let rule = format!("alert http any any -> any any ({option}; sid:1;)");
    let tx = numbers
        .iter()
        .fold(FakeTransaction::new(), |tx, (name, values)| {
            tx.with_numbers(name, values)
        });
    let found = Exchange::new(&rule).step(&tx.at(Side::Client, LINE), Side::Client);
    found == [1]
}

#[test]
fn an_object_of_dnp3_is_a_group_and_a_variation() {
    let objects: &[(&'static str, &[u64])] = &[("dnp3_obj", &[0x1601, 0x3c02])];
    assert!(finds("dnp3_obj:22,01", objects));
    assert!(finds("dnp3_obj:60,2", objects));
    assert!(!finds("dnp3_obj:22,2", objects));
}

#[test]
fn a_service_of_cip_may_have_a_class_and_an_attribute() {
    let numbers: &[(&'static str, &[u64])] = &[
        ("cip_service", &[14]),
        ("enip.cip_class", &[1]),
        ("enip.cip_attribute", &[7]),
    ];
    assert!(finds("cip_service:14", numbers));
    assert!(finds("cip_service:14,1,7", numbers));
    assert!(!finds("cip_service:14,2", numbers));
    assert!(!finds("cip_service:14,1,6", numbers));
}

#[test]
fn states_before_a_step_are_asked_for() {
    let rule = "alert http any any -> any any (app-layer-state:<request_line; sid:1;)";
    let mut exchange = Exchange::new(rule);
    let tx = FakeTransaction::get("/");
    assert_eq!(
        exchange.step(&tx.clone().at(Side::Client, 0), Side::Client),
        [1]
    );
    let later = tx.at(Side::Client, LINE);
    assert!(exchange.step(&later, Side::Client).is_empty());
    assert!(Exchange::new(rule).step(&later, Side::Client).is_empty());
}

#[test]
fn states_of_tls_are_messages_of_either_side() {
    let client = FakeTransaction::new().with_numbers("tls.hello", &[1]);
    assert!(matches("ssl_state:client_hello;", client.clone()));
    assert!(matches(
        "ssl_state:server_hello|client_hello;",
        client.clone()
    ));
    assert!(!matches("ssl_state:server_hello;", client.clone()));
    assert!(!matches("ssl_state:client_keyx;", client.clone()));
    let keys = client.with_numbers("tls.key_exchange", &[1]);
    assert!(matches("ssl_state:client_keyx|server_keyx;", keys.clone()));
    assert!(!matches("ssl_state:server_keyx;", keys));
}

#[test]
fn states_of_tls_may_be_any_but_one() {
    let client = FakeTransaction::new().with_numbers("tls.hello", &[1]);
    assert!(!matches("ssl_state:!client_hello;", client.clone()));
    assert!(matches("ssl_state:!server_hello;", client.clone()));
    let keys = client.with_numbers("tls.key_exchange", &[1]);
    assert!(matches("ssl_state:!client_hello;", keys.clone()));
    assert!(matches("ssl_state:server_hello,client_keyx;", keys.clone()));
    assert!(!matches("ssl_state:server_hello,server_keyx;", keys));
}

#[test]
fn keys_that_come_behind_the_hello_are_waited_for() {
    let mut exchange =
        Exchange::new("alert http any any -> any any (ssl_state:server_hello|client_keyx; sid:1;)");
    let hello = FakeTransaction::new().with_numbers("tls.hello", &[1]);
    let hello = hello.at(Side::Client, LINE);
    assert!(exchange.step(&hello, Side::Client).is_empty());
    let keys = hello.with_numbers("tls.key_exchange", &[1]);
    let keys = keys.at(Side::Client, HEADERS);
    assert_eq!(exchange.step(&keys, Side::Client), [1]);
}

#[test]
fn tickets_are_named_by_their_encryption() {
    let holds = |wanted: &str, kind: i64| {
        let tx = FakeTransaction::new();
        let tx = tx.with_numbers("krb5.ticket_encryption", &[kind.cast_unsigned()]);
        matches(&format!("krb5.ticket_encryption:{wanted};"), tx)
    };
    assert!(holds("rc4-hmac", 23));
    assert!(holds("aes256-cts-hmac-sha1-96,rc4-hmac-old", -133));
    assert!(holds("-133,3", 3));
    assert!(!holds("!des-cbc-md5,rc4-hmac", 23));
    assert!(holds("!des-cbc-md5,rc4-hmac", 18));
    assert!(holds("weak", 23) && holds("weak", -128) && !holds("weak", 26));
    assert!(holds("!weak", 17) && !holds("!weak", 24));
}

#[test]
fn dates_functions_and_attributes_have_words() {
    let tx = FakeTransaction::new()
        .with_numbers("tls_cert_notafter", &[1_795_391_500])
        .with_numbers("dnp3_func", &[2])
        .with_numbers("nfs_procedure", &[7])
        .with("ike.chosen_sa_attribute", Side::Server, "alg_hash=12");
    assert!(matches("tls_cert_notafter:>2026-11-22;", tx.clone()));
    assert!(!matches("tls_cert_notafter:<2026-11-22;", tx.clone()));
    assert!(matches("dnp3_func:write;", tx.clone()));
    assert!(!matches("dnp3_func:read;", tx.clone()));
    assert!(matches("nfs_procedure:WRITE;", tx.clone()));
    assert!(!matches("nfs_procedure:!write;", tx.clone()));
    assert!(matches("ike.chosen_sa_attribute:alg_hash=12;", tx.clone()));
    assert!(!matches("ike.chosen_sa_attribute:alg_hash=1;", tx));
}

#[test]
fn what_modbus_writes_is_compared_at_its_address() {
    let wrote = |options: &str, address: u64, value: u64| {
        let tx = FakeTransaction::new()
            .with_numbers("modbus.address", &[address])
            .with_numbers("modbus.last_address", &[address])
            .with_numbers("modbus.function", &[6])
            .with_numbers("modbus.write", &[address << 16 | value]);
        matches(options, tx)
    };
    let above = "modbus: access write holding, address 100, value >200;";
    assert!(wrote(above, 100, 201));
    assert!(!wrote(above, 100, 200));
    assert!(!wrote(above, 101, 201));
    let between = "modbus: access write holding, address 99<>102, value 0<>9;";
    assert!(wrote(between, 101, 8));
    assert!(!wrote(between, 101, 9));
    let zero = "modbus: access write, address 0, value <2;";
    assert!(wrote(zero, 0, 0));
    assert!(!wrote(zero, 0, 2));
}

#[test]
fn config_rules_keep_records_back_and_tell_nothing() {
    let rule = r#"config http any any -> any any (http.uri; content:"/quiet"; config:logging disable, type tx, scope tx; sid:1;)"#;
    let (set, problems) = read(rule);
    assert_eq!(problems, []);
    assert!(set.hides_transactions());
    let mut exchange = Exchange::new(rule);
    let quiet = FakeTransaction::get("/quiet").at(Side::Client, LINE);
    assert!(exchange.step(&quiet, Side::Client).is_empty());
    let loud = FakeTransaction {
        id: 1,
        ..FakeTransaction::get("/loud").at(Side::Client, LINE)
    };
    exchange.step(&loud, Side::Client);
    assert!(exchange.flow.hides(0, 0));
    assert!(!exchange.flow.hides(0, 1));
}

#[test]
fn only_records_of_transactions_are_kept_back() {
    let read = |options| read(&format!("config tcp any any -> any any ({options} sid:1;)")).1;
    let of_nothing = read("config:logging disable, type tx, scope tx;");
    assert_eq!(of_nothing[0].level, Level::Unsupported);
    let of_packets = read("config:logging disable, type tx, scope packet;");
    assert_eq!(of_packets[0].level, Level::Error);
}
