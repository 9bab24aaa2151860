use super::*;

fn found(literals: &[&[u8]], bytes: &[u8]) -> Vec<u32> {
    let mut table = WindowTable::<Four>::default();
    for (number, literal) in (0..).zip(literals) {
        table.add(number, literal);
    }
    table.prepare();
    let mut numbers = Vec::new();
    table.scan(bytes, &mut |number| numbers.push(number));
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

#[test]
fn a_literal_is_found_at_the_start_and_the_end_of_a_run() {
    for shift in 0..4 {
        let mut bytes = vec![0; 100 + shift];
        bytes.extend_from_slice(b"\t");
        bytes.extend_from_slice(&[0; 100]);
        bytes.extend_from_slice(b"\n");
        assert_eq!(
            found(&[b"\t\0\0\0\0\0\0\0", b"\0\0\0\0\0\0\0\n"], &bytes),
            [0, 1]
        );
    }
}

#[test]
fn a_literal_that_is_a_run_is_found_in_a_longer_one_only() {
    let literal = [0; 40];
    assert_eq!(found(&[&literal], &[0; 60]), [0]);
    assert!(found(&[&literal], &[0; 39]).is_empty());
}

#[test]
fn a_run_in_the_middle_of_a_literal_is_found() {
    let mut literal = vec![b'a'; 50];
    literal.push(b'z');
    let mut bytes = vec![b'a'; 200];
    assert!(found(&[&literal], &bytes).is_empty());
    bytes.push(b'z');
    assert_eq!(found(&[&literal], &bytes), [0]);
}
