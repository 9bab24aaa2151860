//! Numbers, addresses, times and bytes as text.

use std::net::IpAddr;

use proptest::prelude::*;

use super::*;

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap()
}

#[test]
fn times_are_as_suricata_writes_them() {
    assert_eq!(
        written(|out| iso(out, 0)),
        "1970-01-01T00:00:00.000000+0000"
    );
    let leap_day = 1_709_251_199_999_999;
    assert_eq!(
        written(|out| iso(out, leap_day)),
        "2024-02-29T23:59:59.999999+0000"
    );
}

#[test]
fn times_before_1970_go_on_backwards() {
    assert_eq!(
        written(|out| iso(out, -1)),
        "1969-12-31T23:59:59.999999+0000"
    );
}

#[test]
fn extreme_times_have_the_usual_length() {
    for ts in [i64::MIN, i64::MAX] {
        assert_eq!(written(|out| iso(out, ts)).len(), 31);
    }
}

#[test]
fn negative_intervals_keep_their_sign() {
    assert_eq!(written(|out| seconds(out, -1_500_000)), "-1.500000");
}

#[test]
fn eve_has_ipv6_in_full() {
    let address = "2001:db8::1".parse().unwrap();
    let expected = "2001:0db8:0000:0000:0000:0000:0000:0001";
    assert_eq!(written(|out| ip_full(out, address)), expected);
}

#[test]
fn base64_pads() {
    for (bytes, expected) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
        assert_eq!(written(|out| base64(out, bytes.as_bytes())), expected);
    }
}

#[test]
fn bytes_that_are_not_utf8_become_visible() {
    assert_eq!(written(|out| wire(out, b"a\xffb\xc3")), "a\\xffb\\xc3");
}

#[test]
fn every_ipv4_octet_is_right() {
    for octet in 0..=255u8 {
        let address = IpAddr::from([octet, 0, 2, octet]);
        assert_eq!(written(|out| ip(out, address)), address.to_string());
    }
}

proptest! {
    #[test]
    fn addresses_are_as_the_standard_library_writes_them(
        // few distinct groups, so that runs of zeros of every length come up
        groups in prop::array::uniform8(prop_oneof![3 => Just(0u16), 1 => any::<u16>(), 1 => 0..20u16]),
    ) {
        let address = IpAddr::from(groups);
        prop_assert_eq!(written(|out| ip(out, address)), address.to_string());
    }

    #[test]
    fn dates_are_those_of_the_calendar(day in 0i64..200_000) {
        // counting days one by one is slow but certain
        let (mut year, mut rest) = (1970u32, day);
        let length = |year: u32| {
            let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
            if leap { 366 } else { 365 }
        };
        while rest >= length(year) {
            rest -= length(year);
            year += 1;
        }
        let text = written(|out| iso(out, day * 86_400_000_000));
        prop_assert_eq!(&text[..4], year.to_string());
    }
}
