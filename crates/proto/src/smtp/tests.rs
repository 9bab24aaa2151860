use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

fn parser() -> Box<dyn Parser> {
    Box::new(Smtp::new(&facts("smtp", Transport::Tcp, 25)))
}

/// A conversation in which the sides take turns, the server first.
fn talk(lines: &[&str]) -> Collected {
    let sides = [Side::Server, Side::Client].into_iter().cycle();
    let pieces: Vec<(Side, &[u8])> = sides
        .zip(lines.iter().map(|line| line.as_bytes()))
        .collect();
    feed_in_every_split(&parser, &pieces)
}

const MAIL: [&str; 11] = [
    "220-mail.example.com\r\n220 ready\r\n",
    "EHLO client.example.com\r\n",
    "250-mail.example.com\r\n250 SIZE\r\n",
    "MAIL FROM:<a@example.com> SIZE=3\r\n",
    "250 ok\r\n",
    "RCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\n",
    "250 ok\r\n250 ok\r\n",
    "DATA\r\n",
    "354 go\r\n",
    "From: A <a@example.com>\r\nTo: \"b, x\" <b@example.org>,\r\n c@example.org\r\nSubject: =?utf-8?q?h=C3=A9?=\r\n\
     Received: from x ([192.0.2.77]) by y\r\n\r\n..see http://example.net/x\r\n.\r\n",
    "250 queued\r\n",
];

#[test]
fn a_mail_is_told_when_it_is_accepted() {
    let told = talk(&MAIL);
    let record = &told.records()[0];
    assert_eq!(record["smtp"]["helo"], "client.example.com");
    assert_eq!(record["smtp"]["mail_from"], "<a@example.com>");
    assert_eq!(record["smtp"]["rcpt_to"][1], "<c@example.org>");
    assert_eq!(record["smtp"]["last_reply"], "250 queued");
    assert_eq!(record["email"]["to"][0], "\"b, x\" <b@example.org>");
    assert_eq!(record["email"]["to"][1], "c@example.org");
    assert_eq!(record["email"]["subject_decoded"], "h\u{e9}");
    assert_eq!(record["email"]["url"][0], "example.net/x");
    assert_eq!(record["email"]["status"], "PARSE_DONE");
    assert_eq!((told.records().len(), told.anomalies().len()), (1, 0));
}

#[test]
fn a_message_that_does_not_wait_for_the_reply_to_data_is_told() {
    let mut lines = MAIL.to_vec();
    let message = lines.remove(9);
    let at_once = format!("DATA\r\n{message}");
    lines[7] = &at_once;
    let told = talk(&lines);
    assert_eq!(told.records()[0]["email"]["status"], "PARSE_DONE");
    assert_eq!(told.anomalies(), ["smtp.INVALID_PIPELINED_SEQUENCE"]);
}

#[test]
fn what_the_client_says_behind_the_servers_end_is_told() {
    let mut parser = parser();
    let mut sink = Collected::default();
    parser.data(Side::Server, b"220 x\r\n", &mut sink);
    parser.end(Side::Server, &mut sink);
    parser.data(Side::Client, b"MAIL FROM:<a@example.com>\r\n", &mut sink);
    parser.end(Side::Client, &mut sink);
    assert_eq!(sink.records()[0]["smtp"]["mail_from"], "<a@example.com>");
}

#[test]
fn quit_begins_no_mail() {
    let mut lines = MAIL.to_vec();
    lines.extend(["QUIT\r\n", "221 bye\r\n"]);
    assert_eq!(talk(&lines).records().len(), 1);
}

#[test]
fn attachments_are_files() {
    let told = talk(&[
        "220 x\r\n",
        "DATA\r\n",
        "354 go\r\n",
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\
         Content-Disposition: attachment; filename=a.txt\r\n\r\naGVsbG8=\r\n--b--\r\n.\r\n",
        "250 ok\r\n",
    ]);
    let file = (0, "a.txt".to_owned(), b"hello".to_vec(), Some(true));
    assert_eq!(told.files, [file]);
    assert_eq!(told.records()[0]["email"]["attachment"][0], "a.txt");
}

#[test]
fn a_message_may_come_in_chunks_that_cut_its_lines() {
    let told = talk(&[
        "220 x\r\n",
        "BDAT 7\r\nSubjectBDAT 10 LAST\r\n: hello\r\n\r",
        "250 ok\r\n250 ok\r\n",
    ]);
    assert_eq!(told.records()[0]["email"]["subject"], "hello");
}

#[test]
fn what_follows_the_answer_to_starttls_is_tls() {
    let pieces: [(Side, &[u8]); 3] = [
        (Side::Server, b"220 x\r\n"),
        (Side::Client, b"EHLO a\r\nSTARTTLS\r\n"),
        (Side::Server, b"250 ok\r\n220 go\r\n"),
    ];
    let told = feed_in_every_split(&parser, &pieces);
    assert!(told.lines.contains(&"switch Some(\"tls\")".to_owned()));
    assert_eq!(told.records()[0]["smtp"]["tls"], true);
}

#[test]
fn a_login_tells_the_user_but_not_the_password() {
    let told = talk(&[
        "220 x\r\n",
        "AUTH LOGIN\r\n",
        "334 VXNlcm5hbWU6\r\n",
        "YWxpY2U=\r\n",
        "334 UGFzc3dvcmQ6\r\n",
        "c2VjcmV0\r\n",
        "235 ok\r\n",
    ]);
    let facts = told.lines.iter().filter(|line| line.starts_with("fact"));
    let user = format!("{:?}", b"alice");
    let expected =
        format!("fact Login {{ user: {user}, plain_password: true, accepted: Some(true) }}");
    assert_eq!(facts.collect::<Vec<_>>(), [&expected]);
}

#[test]
fn a_refused_message_is_no_message() {
    let told = talk(&[
        "220 x\r\n",
        "DATA\r\n",
        "503 no\r\n",
        "MAIL FROM:<x>\r\n",
        "250 ok\r\n",
    ]);
    assert_eq!(told.anomalies(), ["smtp.DATA_COMMAND_REJECTED"]);
    assert_eq!(told.records()[0]["smtp"]["mail_from"], "<x>");
}

#[test]
fn an_unknown_reply_is_told() {
    let told = talk(&["HTTP/1.1 200 OK\r\n"]);
    assert_eq!(told.anomalies(), ["smtp.INVALID_REPLY"]);
}

#[test]
fn the_client_alone_tells_all_its_mails() {
    let mail = b"EHLO a\r\nMAIL FROM:<x>\r\nDATA\r\n\r\nhi\r\n.\r\nMAIL FROM:<y>\r\nDATA\r\n\r\nho\r\n.\r\nQUIT\r\n";
    let told = feed_in_every_split(&parser, &[(Side::Client, mail)]);
    let from = told
        .records()
        .iter()
        .map(|r| r["smtp"]["mail_from"].clone())
        .collect::<Vec<_>>();
    assert_eq!(from, ["<x>", "<y>"]);
}

#[test]
fn a_second_greeting_gives_the_envelope_up_when_it_is_accepted() {
    let mut lines = MAIL[..5].to_vec();
    lines.extend([
        "EHLO other\r\n",
        "250 ok\r\n",
        "MAIL FROM:<d@example.com>\r\n",
        "250 ok\r\n",
    ]);
    let told = talk(&lines);
    assert_eq!(told.records()[1]["smtp"]["mail_from"], "<d@example.com>");
    assert_eq!(told.anomalies(), ["smtp.DUPLICATE_FIELDS"]);
}

#[test]
fn an_unfinished_attachment_is_closed_as_incomplete() {
    let pieces: [(Side, &[u8]); 1] = [(
        Side::Client,
        b"EHLO a\r\nDATA\r\nContent-Type: a/b; name=c\r\n\r\nhalf",
    )];
    let told = feed(parser(), &pieces);
    assert_eq!(told.files[0].3, Some(false));
}

#[test]
fn the_last_file_of_a_mail_is_over_when_the_server_has_answered() {
    let mail = b"DATA\r\nContent-Type: a/b; name=c\r\n\r\nx\r\n.\r\nNOOP\r\n";
    let mut told = Collected::default();
    let mut parser = parser();
    parser.data(Side::Server, b"220 x\r\n", &mut told);
    parser.data(Side::Client, mail, &mut told);
    assert_eq!(told.files[0].3, None);
    parser.data(Side::Server, b"354 go\r\n250 ok\r\n", &mut told);
    assert_eq!(told.files[0].3, Some(true));
}

#[test]
fn an_event_without_a_mail_is_told_once() {
    let told = talk(&["one two\r\nthree four\r\n"]);
    assert_eq!(told.anomalies(), ["smtp.INVALID_REPLY"]);
}

#[test]
fn addresses_are_told_as_they_are_wanted() {
    let mail = b"EHLO a\r\nDATA\r\n\r\nsee http://example.net/x and ftp://example.net/y\r\n.\r\n";
    let mut facts = facts("smtp", Transport::Tcp, 25);
    facts.limits.url_with_scheme = true;
    facts.limits.url_schemes = 0b001;
    let told = feed(Box::new(Smtp::new(&facts)), &[(Side::Client, mail)]);
    let urls = &told.records()[0]["email"]["url"];
    assert_eq!(urls, &serde_json::json!(["http://example.net/x"]));
}

#[test]
fn the_digest_of_a_body_is_told_when_it_is_wanted() {
    let mail = b"EHLO a\r\nDATA\r\nSubject: x\r\n\r\none\r\n..two\r\n.\r\n";
    let mut facts = facts("smtp", Transport::Tcp, 25);
    facts.limits.mail_digest = true;
    let told = feed(Box::new(Smtp::new(&facts)), &[(Side::Client, mail)]);
    // Of "one\r\n.two\r\n".
    let digest = "4a92c4ea51a52fcc11edfa75c5379278";
    assert_eq!(told.records()[0]["email"]["body_md5"], digest);
    facts.limits.mail_digest = false;
    let told = feed(Box::new(Smtp::new(&facts)), &[(Side::Client, mail)]);
    assert!(told.records()[0]["email"].get("body_md5").is_none());
}

#[test]
fn commands_data_and_replies_are_spans() {
    let told = talk(&[
        "220 ready\r\n",
        "DATA\r\n",
        "354 go\r\n",
        "Subject: x\r\n\r\nhi\r\n.\r\n",
        "250 queued\r\n",
    ]);
    let frames = [
        "2 Server 0+11",
        "0 Client 0+6",
        "1 Client 6+",
        "2 Server 11+8",
        "end 1 Client 24",
        "2 Server 19+12",
    ];
    assert_eq!(told.frames, frames);
}

#[test]
fn a_chunk_that_goes_on_behind_its_length_is_told() {
    let of = |client: &str| talk(&["220 x\r\n", client]);
    let told = of("BDAT 2\r\na:bcd\r\nBDAT 3 LAST\r\nc\r\n");
    assert_eq!(told.anomalies(), ["smtp.BDAT_CHUNK_LEN_EXCEEDED"]);
    let told = of("BDAT 2\r\na:BDAT 3 LAST\r\nc\r\nQUIT\r\n");
    assert!(told.anomalies().is_empty());
}

#[test]
fn bytes_that_are_no_text_are_no_command() {
    let told = talk(&["220 x\r\n", "\u{1}\u{2}\u{0}\r\n"]);
    assert_eq!(told.anomalies(), ["smtp.UNPARSABLE_CONTENT"]);
}

#[test]
fn what_is_odd_in_a_mail_is_told_with_it() {
    let told = talk(&[
        "220 x\r\n",
        "DATA\r\n",
        "354 go\r\n",
        "no header\r\nContent-Type: multipart/mixed\r\n\r\n.\r\n",
    ]);
    let expected = ["smtp.MIME_MALFORMED_MSG", "smtp.MIME_PARSE_FAILED"];
    assert_eq!(told.anomalies(), expected);
}

#[test]
fn lines_that_are_read_in_pieces_are_told() {
    let of = |length: usize| {
        let line = "x".repeat(length);
        let body = format!("Subject: a\r\n\r\n{line}\r\n.\r\n");
        let mut lines = MAIL;
        lines[9] = &body;
        let sides = [Side::Server, Side::Client].into_iter().cycle();
        let pieces: Vec<(Side, &[u8])> = sides
            .zip(lines.iter().map(|line| line.as_bytes()))
            .collect();
        let told = crate::testing::feed(parser(), &pieces);
        told.anomalies().contains(&"smtp.TRUNCATED_LINE")
    };
    assert!(of(9_000));
    assert!(!of(8_000));
}

#[test]
fn a_login_by_ntlm_is_told_with_its_answer() {
    use crate::ntlmssp::tests::{
        assert_tells_login, authenticate_message, base64_of, challenge_message,
    };

    let asks = format!("334 {}\r\n", base64_of(&challenge_message()));
    let says = format!("{}\r\n", base64_of(&authenticate_message()));
    for (reply, accepted) in [("235 ok\r\n", true), ("535 no\r\n", false)] {
        let told = talk(&[
            "220 mail.example.com\r\n",
            "AUTH NTLM\r\n",
            "334 \r\n",
            "TlRMTVNTUAABAAAAB4IIAA==\r\n",
            &asks,
            &says,
            reply,
        ]);
        assert_tells_login(&told, accepted);
    }
}
