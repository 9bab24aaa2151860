use super::{fold, is_right, sum};

/// The sum of RFC 1071, word by word.
fn plain(bytes: &[u8]) -> u16 {
    let mut sum: u32 = 0;
    for word in bytes.chunks(2) {
        sum += u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0));
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[test]
fn the_example_of_rfc_1071_adds_up() {
    let bytes = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    assert_eq!(u16::from_be(fold(sum(&bytes))), 0xddf2);
}

#[test]
fn sums_of_all_lengths_and_places_are_like_plain_ones() {
    let bytes: Vec<u8> = (0..400_u32)
        .map(|number| (number * 167 + 13) as u8)
        .collect();
    for start in 0..9 {
        for end in start..bytes.len() {
            let part = &bytes[start..end];
            assert_eq!(u16::from_be(fold(sum(part))), plain(part), "{start}..{end}");
        }
    }
}

#[test]
fn carries_are_not_lost_in_the_largest_frames() {
    let bytes = vec![0xff; 1 << 20];
    assert_eq!(fold(sum(&bytes)), 0xffff);
}

#[test]
fn a_sum_of_zero_is_not_right() {
    assert!(!is_right(&[0; 20]));
}
