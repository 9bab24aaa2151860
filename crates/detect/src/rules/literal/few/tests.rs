use super::*;

fn found(literals: &[&[u8]], bytes: &[u8]) -> (Vec<u32>, bool) {
    let numbered: Vec<(u32, &[u8])> = (0..).zip(literals.iter().copied()).collect();
    let few = Few::new(&numbered).unwrap();
    let mut numbers = Vec::new();
    let whole = few.scan(bytes, &mut |number| numbers.push(number));
    numbers.sort_unstable();
    numbers.dedup();
    (numbers, whole)
}

#[test]
fn literals_that_overlap_or_begin_alike_are_all_found() {
    let literals: [&[u8]; 5] = [b"abcd", b"abcdef", b"cdefg", b"gggg", b"zzzz"];
    let text = b"..................abcdefg................";
    assert_eq!(found(&literals, text), (vec![0, 1, 2], true));
}

#[test]
fn short_payloads_are_searched_too() {
    assert_eq!(found(&[b"abcd"], b"abcd"), (vec![0], true));
    assert_eq!(found(&[b"abcd"], b"abc"), (vec![], true));
    assert_eq!(found(&[b"abcd"], b""), (vec![], true));
}

#[test]
fn a_flood_of_hits_is_given_up() {
    assert_eq!(found(&[b"aaaa"], &[b'a'; 4_096]), (vec![0], false));
}

#[test]
fn many_literals_are_left_to_the_windows() {
    let bytes: Vec<[u8; 4]> = (0..100_u32).map(u32::to_be_bytes).collect();
    let numbered: Vec<(u32, &[u8])> = (0..).zip(bytes.iter().map(|one| &one[..])).collect();
    assert!(Few::new(&numbered).is_none());
    assert!(Few::new(&[]).is_none());
}
