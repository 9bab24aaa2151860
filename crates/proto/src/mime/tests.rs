use super::*;

/// What a message contains, a line each.
fn read(message: &str) -> Vec<String> {
    let mut told = Vec::new();
    let mut data = Vec::new();
    let mut parser = Message::default();
    let mut tell = |found: Found<'_>| match found {
        Found::Header(name, value) => {
            told.push(format!("{}={}", name.escape_ascii(), value.escape_ascii()));
        }
        Found::Open(name) => told.push(format!("open {}", String::from_utf8_lossy(name))),
        Found::Data(bytes) => data.extend_from_slice(bytes),
        Found::Close(complete) => {
            told.push(format!("{} {complete}", data.escape_ascii()));
            data.clear();
        }
        Found::Url(url) => told.push(format!("url {}", url.escape_ascii())),
        Found::Trouble(trouble) => told.push(format!("{trouble:?}")),
        Found::Digest(md5) => told.push(format!("md5 {md5}")),
        Found::HeadersEnd => told.push("body".to_owned()),
    };
    for line in message.split("\r\n") {
        parser.line(line.as_bytes(), Some(b"\r\n"), &mut tell);
    }
    parser.end(true, &mut tell);
    told
}

#[test]
fn folded_headers_become_one_line() {
    let told = read("Subject: one\r\n  two\r\n\tthree\r\n\r\nbody");
    assert_eq!(told, ["Subject=one two three", "body"]);
}

#[test]
fn an_attachment_is_decoded_and_ends_before_its_boundary() {
    let told = read(
        "Content-Type: multipart/mixed; boundary=\"b 1\"\r\n\r\npreamble\r\n--b 1\r\n\
         Content-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=\"a;b.txt\"\r\n\r\naGVs\r\nbG8=\r\n--b 1--\r\n",
    );
    assert_eq!(told[2..], ["open a;b.txt", "hello true"]);
}

#[test]
fn a_plain_attachment_keeps_its_line_breaks_but_the_last() {
    let told = read(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
         Content-Type: text/x; name=a\r\n\r\none\r\ntwo\r\n--b--",
    );
    assert_eq!(told[2..], ["open a", "one\\r\\ntwo true"]);
}

#[test]
fn an_attachment_of_a_message_within_is_found() {
    let told = read(
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n\
         Subject: inner\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\
         Content-Disposition: attachment; filename=x\r\n\r\nin\r\n--c--\r\n--b--",
    );
    assert_eq!(told[2..], ["open x", "in true"]);
}

#[test]
fn quoted_printable_lines_are_joined() {
    let told = read(
        "Content-Transfer-Encoding: quoted-printable\r\nContent-Type: text/plain; name=q\r\n\r\na=3Db=\r\nc",
    );
    assert_eq!(told[3..], ["open q", "a=bc true"]);
}

#[test]
fn addresses_in_texts_are_found() {
    let told = read(
        "Subject: x\r\n\r\nsee <a href=\"http://example.com/a?b\">it</a>, HTTPS://example.org.",
    );
    assert_eq!(
        told[2..],
        ["url http://example.com/a?b", "url HTTPS://example.org."]
    );
}

#[test]
fn addresses_of_one_scheme_in_a_line_are_told_from_the_last_on() {
    let told =
        read("Subject: x\r\n\r\nhttp://a.example.com https://b.example.com http://c.example.com");
    let expected = [
        "http://c.example.com",
        "http://a.example.com",
        "https://b.example.com",
    ];
    assert_eq!(told[2..], expected.map(|url| format!("url {url}")));
}

#[test]
fn addresses_in_encoded_texts_are_found() {
    let told = read("Content-Transfer-Encoding: base64\r\n\r\naHR0cDov\r\nL2V4YW1wbGUuY29tLw==");
    assert_eq!(told[2..], ["url http://example.com/"]);
}

#[test]
fn file_names_of_rfc_2231_are_put_together() {
    let told = read(
        "Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=\"b.txt\"\r\n\r\nx",
    );
    assert_eq!(told[2], "open a b.txt");
}

#[test]
fn encoded_words_are_decoded_and_blanks_between_them_dropped() {
    assert_eq!(
        decode_words(b"a =?utf-8?B?YmM=?= =?iso-8859-1?q?=E4_d?= e"),
        "a bc\u{e4} d e".as_bytes()
    );
}

#[test]
fn nesting_ends_at_the_deepest_level_that_is_followed() {
    let mut message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n".to_owned();
    for _ in 0..40 {
        message.push_str("--b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n");
    }
    let mut parser = Message::default();
    for line in message.split("\r\n") {
        parser.line(line.as_bytes(), Some(b"\r\n"), &mut |_| {});
    }
    assert!(parser.boundaries.len() <= MAX_DEPTH);
}

#[test]
fn a_long_line_is_told_and_read_in_pieces() {
    let mut parser = Message::default();
    let mut told = Vec::new();
    for _ in 0..4 {
        parser.line(&[b'a'; 4096], None, &mut |found| {
            told.push(format!("{found:?}"));
        });
    }
    assert_eq!(told.len(), 2);
    assert!(parser.held() <= MAX_HEADER + 2 * MAX_LINE);
}

#[test]
fn digits_without_padding_at_the_end_are_bytes() {
    let told =
        read("Content-Type: a/b; name=c\r\nContent-Transfer-Encoding: base64\r\n\r\naGVsbG8");
    assert!(told.contains(&"hello true".to_owned()), "{told:?}");
}

#[test]
fn headers_that_are_none_and_names_that_are_too_long_are_told() {
    let read_header = |header: &str| read(&format!("{header}\r\nSubject: x\r\n\r\n"));
    assert_eq!(read_header("no colon here")[0], "NoHeader");
    assert_eq!(read_header("From a@example.com Mon")[0], "Subject=x");
    let long = format!("X-{}: y", "a".repeat(74));
    assert_eq!(read_header(&long)[0], "LongHeaderName");
}

#[test]
fn parts_without_a_boundary_are_told() {
    let told = read("Content-Type: multipart/mixed\r\n\r\n--x\r\n");
    assert!(told.contains(&"NoParts".to_owned()), "{told:?}");
}

#[test]
fn bytes_that_are_not_quoted_printable_are_told_once_per_part() {
    let of = |body: &str| {
        let told = read(&format!(
            "Content-Transfer-Encoding: quoted-printable\r\n\r\n{body}"
        ));
        told.iter().filter(|one| *one == "InvalidQuoted").count()
    };
    assert_eq!(of("a=zz\r\nb=zz"), 1);
    assert_eq!(of("a=20b=\r\nc"), 0);
}

const CAT: &str = "begin 644 cat.txt\r\n#0V%T\r\n`\r\nend\r\n";

#[test]
fn a_file_in_the_text_is_found() {
    let told = read(&format!(
        "Subject: a\r\n\r\nSee below:\r\n\r\n{CAT}http://a.example/x\r\n"
    ));
    let expected = ["open cat.txt", "Cat true", "url http://a.example/x"];
    assert_eq!(told[2..], expected);
}

#[test]
fn a_part_that_is_encoded_so_is_decoded() {
    let told = read(&format!(
        "Content-Type: application/pdf; name=a.pdf\r\nContent-Transfer-Encoding: x-uuencode\r\n\r\n{CAT}"
    ));
    assert_eq!(told[2..], ["body", "open a.pdf", "Cat true"]);
}

#[test]
fn a_file_in_the_text_that_does_not_end_is_cut() {
    let told = read("Subject: a\r\n\r\nbegin 644 cat.txt\r\n#0V%T\r\n");
    assert_eq!(told[2..], ["open cat.txt", "Cat false"]);
    let told = read("Subject: a\r\n\r\nbegin 644 cat.txt\r\nwith the end\r\n");
    assert_eq!(told[2..], ["open cat.txt", " false"]);
    assert_eq!(
        read("Subject: a\r\n\r\nbegin 644\r\nbegin now a\r\n").len(),
        2
    );
}
