use super::*;
use crate::testing::{Collected, feed_in_every_split};

fn talk(bytes: &[u8]) -> Vec<String> {
    let make = || -> Box<dyn Parser> { Box::<HaProxy>::default() };
    let Collected { lines, .. } = feed_in_every_split(&make, &[(Side::Client, bytes)]);
    lines
}

/// A binary header for a connection over IPv4.
fn binary(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let length = (rest.len() as u16).to_be_bytes();
    [SIGNATURE, &[command, family], &length, rest].concat()
}

#[test]
fn a_line_tells_whose_connection_it_is() {
    assert_eq!(
        talk(b"PROXY TCP4 192.0.2.1 198.51.100.7 40000 443\r\n"),
        [
            "fact Proxied { client: 192.0.2.1:40000, server: 198.51.100.7:443 }",
            "switch None"
        ]
    );
    assert_eq!(
        talk(b"PROXY TCP6 2001:db8::1 2001:db8::7 40000 443\r\n"),
        [
            "fact Proxied { client: [2001:db8::1]:40000, server: [2001:db8::7]:443 }",
            "switch None"
        ]
    );
}

#[test]
fn a_binary_header_tells_whose_connection_it_is() {
    let addresses = b"\xc0\0\x02\x01\xc6\x33\x64\x07\x9c\x40\x01\xbb";
    let told = [
        "fact Proxied { client: 192.0.2.1:40000, server: 198.51.100.7:443 }",
        "switch None",
    ];
    assert_eq!(talk(&binary(PROXY, 0x11, addresses)), told);
    let more = [&addresses[..], b"\x03\0\x04\0\0\0\0"].concat();
    assert_eq!(talk(&binary(PROXY, 0x11, &more)), told);
}

#[test]
fn a_balancer_may_speak_for_itself() {
    assert_eq!(talk(b"PROXY UNKNOWN\r\n"), ["switch None"]);
    assert_eq!(talk(&binary(LOCAL, 0, b"")), ["switch None"]);
}

#[test]
fn what_is_no_address_is_told() {
    let long = [&b"PROXY TCP4 "[..], &[b'1'; MAX_LINE]].concat();
    let short = binary(PROXY, 0x11, b"\xc0\0");
    let unknown = binary(0x35, 0x11, b"");
    for bytes in [
        &b"PROXY TCP4 here there 1 2\r\n"[..],
        &long,
        &short,
        &unknown,
    ] {
        let told = talk(bytes);
        assert_eq!(told[0], "anomaly Client haproxy.invalid_header");
    }
}
