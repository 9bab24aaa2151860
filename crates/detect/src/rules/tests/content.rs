//! Contents, patterns and sizes.

use super::{matches, matches_packet};
use crate::rules::tests::packet::TestPacket;

#[test]
fn contents_match_where_they_may() {
    for (options, payload, wanted) in [
        (r#"content:"abc";"#, "xxabcxx", true),
        (r#"content:"abc";"#, "xxABCxx", false),
        (r#"content:"ABc"; nocase;"#, "xxabCxx", true),
        (r#"content:!"abc";"#, "xxabcxx", false),
        (r#"content:!"abc";"#, "xxxxx", true),
        (r#"content:"a|62 63|d";"#, "xabcdx", true),
        (r#"content:"a\"\;\:\\|7c|";"#, r#"xa";:\|x"#, true),
        (r#"content:"abc"; offset:2;"#, "xxabc", true),
        (r#"content:"abc"; offset:3;"#, "xxabcx", false),
        (r#"content:"abc"; depth:5;"#, "xxabc", true),
        (r#"content:"abc"; depth:4;"#, "xxabc", false),
        (r#"content:"abc"; offset:1; depth:4;"#, "xxabc", true),
        (r#"content:"abc"; offset:1; depth:3;"#, "xxabc", false),
        (r#"content:"abc"; startswith;"#, "abcx", true),
        (r#"content:"abc"; startswith;"#, "xabc", false),
        (r#"content:"abc"; endswith;"#, "abcabc", true),
        (r#"content:"abc"; endswith;"#, "abcx", false),
        (r#"content:"abc"; startswith; endswith;"#, "abc", true),
        (r#"content:"abc"; startswith; endswith;"#, "abcabc", false),
        (r#"content:!"abc"; endswith;"#, "abcx", true),
        (r#"content:!"abc"; startswith;"#, "xabc", true),
        (r#"content:!"abc"; depth:3;"#, "abcx", false),
        (r#"content:!"abc"; offset:9;"#, "abcx", true),
        (r#"content:"abc"; rawbytes;"#, "xabcx", true),
        (r#"content:"abc"; fast_pattern;"#, "xabcx", true),
        (r#"content:"abc"; fast_pattern:only;"#, "xabcx", true),
        (r#"content:"abcdef"; fast_pattern:2,3;"#, "xabcdefx", true),
        (r#"content:"abcdef"; fast_pattern:2,3;"#, "xcdex", false),
        (
            r#"content:"abcdefghijk"; nocase;"#,
            "the quick brown ABCdefgHIJK jumps over",
            true,
        ),
        (
            r#"content:"abcdefghijk"; nocase;"#,
            "the quick brown ABCdefgHIJ jumps over",
            false,
        ),
    ] {
        assert_eq!(
            matches(options, payload.as_bytes()),
            wanted,
            "{options} on {payload}"
        );
    }
}

#[test]
fn relative_contents_match_where_they_may() {
    for (options, payload, wanted) in [
        (r#"content:"ab"; content:"cd"; distance:0;"#, "abcd", true),
        (r#"content:"ab"; content:"cd"; distance:0;"#, "cdab", false),
        (r#"content:"ab"; content:"cd";"#, "cdab", true),
        (r#"content:"ab"; content:"cd"; distance:1;"#, "abcd", false),
        (r#"content:"ab"; content:"cd"; distance:1;"#, "abxcd", true),
        (r#"content:"ab"; content:"cd"; within:2;"#, "abcd", true),
        (r#"content:"ab"; content:"cd"; within:2;"#, "abxcd", false),
        (r#"content:"ab"; content:"cd"; within:3;"#, "abxcd", true),
        // Within counts from where distance puts the start.
        (
            r#"content:"ab"; content:"cd"; distance:4; within:2;"#,
            "abxxxxcd",
            true,
        ),
        (
            r#"content:"ab"; content:"cd"; distance:4; within:2;"#,
            "abxxxcdx",
            false,
        ),
        // Negative distances look back.
        (
            r#"content:"cd"; content:"ab"; distance:-4; within:2;"#,
            "abcd",
            true,
        ),
        (
            r#"content:"cd"; content:"ab"; distance:-4;"#,
            "xxcdab",
            true,
        ),
        (r#"content:"cd"; content:"ab"; distance:-3;"#, "abcd", false),
        // Matches may overlap when the distance says so.
        (
            r#"content:"aba"; content:"ab"; distance:-1; within:2;"#,
            "xxab ababa",
            true,
        ),
        // The first content is relative to the start.
        (r#"content:"ab"; within:2;"#, "abcd", true),
        (r#"content:"ab"; within:2;"#, "xabcd", false),
        (r#"content:"ab"; content:!"cd"; within:2;"#, "abcd", false),
        (r#"content:"ab"; content:!"cd"; within:2;"#, "abxcd", true),
        // A negated content leaves the place alone.
        (
            r#"content:"ab"; content:!"zz"; content:"cd"; distance:0; within:2;"#,
            "abcd",
            true,
        ),
        (
            r#"content:"ab"; content:"cd"; distance:0; endswith;"#,
            "abxcdcd",
            true,
        ),
        (
            r#"content:"ab"; content:"cd"; distance:0; endswith;"#,
            "abxcdcdx",
            false,
        ),
    ] {
        assert_eq!(
            matches(options, payload.as_bytes()),
            wanted,
            "{options} on {payload}"
        );
    }
}

#[test]
fn earlier_matches_are_tried_again() {
    for (options, payload, wanted) in [
        (r#"content:"ab"; content:"cd"; within:2;"#, "abxxabcd", true),
        (
            r#"content:"a"; content:"b"; within:1; content:"c"; within:1;"#,
            "ab abx aabc",
            true,
        ),
        (
            r#"content:"a"; content:"b"; distance:0; content:"c"; within:1;"#,
            "a b b bc",
            true,
        ),
        (
            r#"content:"a"; content:"b"; within:2; content:"c"; within:1;"#,
            "abbc",
            true,
        ),
        (r#"content:"aa"; content:"b"; within:1;"#, "aaab", true),
        (r#"content:"ab"; pcre:"/^cd/R";"#, "abxabcd", true),
        (r#"pcre:"/a./"; content:"c"; within:1;"#, "aaabc", true),
        (
            r#"content:"ab"; byte_test:1,=,7,0,relative;"#,
            "ab\u{1}ab\u{7}",
            true,
        ),
        (r#"content:"ab"; isdataat:!1,relative;"#, "abxab", true),
        (r#"content:"ab"; content:!"c"; within:1;"#, "abcabx", true),
        (r#"content:"ab"; content:!"c"; within:1;"#, "abcabc", false),
        // An absolute content in between does not stop going back for what follows it.
        (
            r#"content:"x"; content:"a"; content:"b"; within:1;"#,
            "xaxab",
            true,
        ),
    ] {
        assert_eq!(
            matches(options, payload.as_bytes()),
            wanted,
            "{options} on {payload:?}"
        );
    }
}

#[test]
fn patterns_match_with_their_flags() {
    for (options, payload, wanted) in [
        (r#"pcre:"/a.c/";"#, "xabcx", true),
        (r#"pcre:"/a.c/";"#, "xABCx", false),
        (r#"pcre:"/a.c/i";"#, "xABCx", true),
        (r#"pcre:"/a.c/";"#, "a\nc", false),
        (r#"pcre:"/a.c/s";"#, "a\nc", true),
        (r#"pcre:"/^b/";"#, "a\nb", false),
        (r#"pcre:"/^b/m";"#, "a\nb", true),
        (r#"pcre:"/a b # c/x";"#, "xabx", true),
        (r#"pcre:"/[a b]c/x";"#, " c", true),
        (r#"pcre:"/b/A";"#, "ab", false),
        (r#"pcre:"/a/A";"#, "ab", true),
        (r#"pcre:"/b$/";"#, "ab\n", true),
        (r#"pcre:"/b$/E";"#, "ab\n", false),
        (r#"pcre:"/b$/";"#, "ab\n\n", false),
        (r#"pcre:"/a.*b/G"; content:"c"; within:1;"#, "a.bc.bx", true),
        (r#"pcre:!"/two/";"#, "one", true),
        (r#"pcre:!"/one/";"#, "one", false),
        (r#"content:"x"; pcre:"/^a/R";"#, "axa", true),
        (r#"content:"x"; pcre:"/^b/R";"#, "bxa", false),
        (r#"pcre:"/(a)\1/";"#, "xaax", true),
        (r#"pcre:"/a(?!b)/";"#, "abac", true),
        (r#"pcre:"/a(?!b)/";"#, "abab", false),
        (r#"pcre:"/(?<=x)a/";"#, "bxa", true),
        (r#"pcre:"/a++b/";"#, "aaab", true),
        (r#"pcre:"/\x41\/\d{2}/";"#, "A/12", true),
        (r#"pcre:"/[[]x[^]]/";"#, "[xy", true),
        (r#"pcre:"/[\w-.]z/";"#, "-z", true),
        (r#"pcre:"/{x}/";"#, "a{x}", true),
        (r#"pcre:"/a{2,3}b/";"#, "aaab", true),
        (r#"pcre:"/[[:alpha:]]9/";"#, "b9", true),
        (r#"pcre:"/a\h\Rb/";"#, "a\t\r\nb", true),
        (r#"pcre:"/"a"/";"#, "x\"a\"x", true),
    ] {
        assert_eq!(
            matches(options, payload.as_bytes()),
            wanted,
            "{options} on {payload:?}"
        );
    }
}

#[test]
fn patterns_see_bytes_and_not_text() {
    assert!(matches(r#"pcre:"/\xff\xfe/";"#, b"a\xff\xfe"));
    assert!(matches(r#"pcre:"/[\x80-\xff]{2}(?!\xfd)/";"#, b"a\xff\xfe"));
}

#[test]
fn a_pattern_that_looks_at_a_buffer_nobody_offers_is_unsupported() {
    let text = "alert tcp any any -> any any (pcre:\"/a/Qi\"; sid:1;)";
    let found = super::fake::read(text).1;
    assert!(found[0].message.contains("http.response_body"));
    assert_eq!(found[0].column, 40);
}

#[test]
fn data_is_looked_for_behind_a_place() {
    for (options, payload, wanted) in [
        ("isdataat:3;", "abcd", true),
        ("isdataat:4;", "abcd", false),
        ("isdataat:!4;", "abcd", true),
        (r#"content:"ab"; isdataat:2,relative;"#, "abcd", true),
        (r#"content:"ab"; isdataat:3,relative;"#, "abcd", false),
        (r#"content:"cd"; isdataat:!1,relative;"#, "abcd", true),
        (r#"content:"ab"; isdataat:!1,relative;"#, "abcd", false),
    ] {
        assert_eq!(
            matches(options, payload.as_bytes()),
            wanted,
            "{options} on {payload}"
        );
    }
}

#[test]
fn sizes_are_compared() {
    for (options, wanted) in [
        ("dsize:5;", true),
        ("dsize:4;", false),
        ("dsize:!4;", true),
        ("dsize:!5;", false),
        ("dsize:>4;", true),
        ("dsize:>5;", false),
        ("dsize:>=5;", true),
        ("dsize:<6;", true),
        ("dsize:<5;", false),
        ("dsize:<=5;", true),
        ("dsize:4<>6;", true),
        ("dsize:5<>9;", false),
        ("dsize:0x5;", true),
    ] {
        assert_eq!(matches(options, b"abcde"), wanted, "{options}");
    }
}

#[test]
fn an_empty_payload_has_size_nothing() {
    assert!(matches("dsize:0;", b""));
}

#[test]
fn header_buffers_are_inspected() {
    let packet = TestPacket::tcp(b"payload");
    for (options, wanted) in [
        (
            r#"ipv4.hdr; content:"|c0 00 02 01|"; offset:12; depth:4;"#,
            true,
        ),
        (r#"tcp.hdr; content:"|00 50|"; offset:2; depth:2;"#, true),
        (r#"tcp.hdr; content:"payload";"#, false),
        ("tcp.hdr; bsize:20;", true),
        ("tcp.hdr; bsize:>20;", false),
        ("udp.hdr; bsize:8;", false),
        (
            r#"tcp.hdr; content:"|00 50|"; pkt_data; content:"pay"; startswith;"#,
            true,
        ),
    ] {
        assert_eq!(matches_packet("tcp", options, &packet), wanted, "{options}");
    }
    let ping = TestPacket::ping(8, 0, 1, 2);
    assert!(matches_packet(
        "icmp",
        r#"icmpv4.hdr; content:"|08 00|"; startswith;"#,
        &ping
    ));
    let advertisement = [9, 0, 0, 0, 1, 2, 0, 10, 192, 0, 2, 1, 0, 0, 0, 0, 7];
    let advertisement = TestPacket::ip(1, &advertisement);
    assert!(matches_packet(
        "icmp",
        r#"icmpv4.hdr; bsize:16; content:"|c0 00 02 01|"; offset:8;"#,
        &advertisement
    ));
    assert!(matches_packet(
        "udp",
        "udp.hdr; bsize:8;",
        &TestPacket::udp(1, 2, b"x")
    ));
}
