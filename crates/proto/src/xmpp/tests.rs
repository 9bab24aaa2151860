use super::*;
use crate::testing::{feed, feed_in_every_split};

const HELLO: &[u8] = b"<?xml version='1.0'?><stream:stream to='example.com' version='1.0'>";
const OFFER: &[u8] = b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>\
    </stream:features>";
const ASK: &[u8] = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";

fn make() -> Box<dyn Parser> {
    Box::<Xmpp>::default()
}

/// Whether TLS follows when the server says this.
fn leads_to_tls(asked: &[u8], answer: &[u8]) -> bool {
    let pieces = [
        (Side::Client, HELLO),
        (Side::Server, HELLO),
        (Side::Server, OFFER),
        (Side::Client, asked),
        (Side::Server, answer),
    ];
    let told = feed_in_every_split(&make, &pieces);
    told.lines.contains(&"switch Some(\"tls\")".to_owned())
}

#[test]
fn tls_follows_when_both_agree() {
    assert!(leads_to_tls(
        ASK,
        b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    ));
    assert!(leads_to_tls(ASK, b"<tls:proceed></tls:proceed>"));
}

#[test]
fn nothing_follows_without_agreement() {
    assert!(!leads_to_tls(
        ASK,
        b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
    ));
    assert!(!leads_to_tls(b"<iq/>", b"<proceed/>"));
    assert!(!leads_to_tls(ASK, b"<proceed>"));
}

#[test]
fn the_first_byte_behind_the_answer_is_of_tls() {
    let mut parser = make();
    let mut sink = crate::testing::Collected::default();
    parser.data(Side::Client, ASK, &mut sink);
    let next = parser.data(Side::Server, b"<proceed/>\x16\x03\x03", &mut sink);
    let to = Some("tls");
    assert_eq!(next, Next::Switch { rest: 3, to });
}

#[test]
fn a_talk_without_encryption_is_not_read_to_its_end() {
    let mut talk = vec![(Side::Client, &b"<message/>"[..]); usize::from(MAX_TAGS)];
    talk.extend([(Side::Client, ASK), (Side::Server, b"<proceed/>")]);
    assert!(feed(make(), &talk).lines.is_empty());
}

#[test]
fn a_password_without_encryption_is_told() {
    let ask =
        b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHg=</auth>";
    let pieces = [
        (Side::Client, HELLO),
        (Side::Server, HELLO),
        (Side::Client, ask.as_slice()),
        (
            Side::Server,
            b"<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
        ),
    ];
    let told = feed_in_every_split(&make, &pieces);
    let user = format!("{:?}", b"alice");
    let fact = format!("fact Login {{ user: {user}, plain_password: true, accepted: Some(true) }}");
    assert_eq!(told.lines, [fact]);
}

#[test]
fn a_login_that_hides_its_password_is_not_told() {
    let ask = b"<auth mechanism='SCRAM-SHA-1'>biwsbj1h</auth>".as_slice();
    let pieces = [
        (Side::Client, ask),
        (Side::Server, b"<success/>".as_slice()),
    ];
    assert!(feed(make(), &pieces).lines.is_empty());
}
