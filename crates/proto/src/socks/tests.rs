use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn talk(pieces: &[(Side, &[u8])]) -> Collected {
    let make = || -> Box<dyn Parser> { Box::new(Socks::new()) };
    feed_in_every_split(&make, pieces)
}

#[test]
fn a_request_by_name_is_told_and_what_is_inside_found_out() {
    let told = talk(&[
        (Side::Client, b"\x05\x02\0\x02"),
        (Side::Server, b"\x05\x02"),
        (Side::Client, b"\x01\x03bob\x06secret"),
        (Side::Server, b"\x01\0"),
        (Side::Client, b"\x05\x01\0\x03\x0bexample.com\x01\xbb"),
        (Side::Server, b"\x05\0\0\x01\xc0\0\x02\x07\x10\0"),
    ]);
    let socks = &told.records()[0]["socks"];
    assert_eq!(
        (&socks["user"], &socks["name"]),
        (&"bob".into(), &"example.com".into())
    );
    assert_eq!(
        (&socks["port"], &socks["bound_host"]),
        (&443.into(), &"192.0.2.7".into())
    );
    assert!(told.lines.contains(&"switch None".to_owned()));
    assert!(!told.lines.iter().any(|line| line.contains("secret")));
}

#[test]
fn version_4_has_one_request() {
    let told = talk(&[
        (Side::Client, b"\x04\x01\0\x50\0\0\0\x01me\0example.org\0"),
        (Side::Server, b"\0\x5a\0\0\0\0\0\0"),
    ]);
    let socks = &told.records()[0]["socks"];
    assert_eq!(
        (&socks["version"], &socks["name"]),
        (&4.into(), &"example.org".into())
    );
    assert_eq!(socks["status"], "succeeded");
}

#[test]
fn a_refusal_ends_the_flow() {
    let told = talk(&[
        (Side::Client, b"\x05\x01\0"),
        (Side::Server, b"\x05\0"),
        (Side::Client, b"\x05\x01\0\x01\xc0\0\x02\x09\0\x16"),
        (Side::Server, b"\x05\x05\0\x01\0\0\0\0\0\0"),
    ]);
    assert_eq!(told.records()[0]["socks"]["status"], "Connection refused");
    assert!(!told.lines.iter().any(|line| line.starts_with("switch")));
}

#[test]
fn a_proxy_may_name_what_it_uses() {
    let told = talk(&[
        (Side::Client, b"\x05\x01\0"),
        (Side::Server, b"\x05\0"),
        (Side::Client, b"\x05\x01\0\x01\xc0\0\x02\x09\0\x16"),
        (Side::Server, b"\x05\0\0\x03\x0bexample.net\x10\0"),
    ]);
    assert_eq!(told.records()[0]["socks"]["bound_name"], "example.net");
}
