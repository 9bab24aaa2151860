use super::*;

fn keyed(literals: &[&str]) -> Keyed {
    let mut keyed = Keyed::default();
    for (number, literal) in (0..).zip(literals) {
        keyed.add(literal.as_bytes(), number);
    }
    keyed
}

fn ends(literals: &[&str], bytes: &str) -> Vec<u32> {
    let mut found = Vec::new();
    keyed(literals).ends(bytes.as_bytes(), &mut found);
    found.sort_unstable();
    found
}

fn whole(literals: &[&str], bytes: &str) -> Vec<u32> {
    let mut found = Vec::new();
    keyed(literals).whole(bytes.as_bytes(), &mut found);
    found
}

const NAMES: [&str; 5] = [
    "www.example.com",
    ".example.com",
    "Example.com",
    "example.org",
    "x",
];

#[test]
fn every_literal_that_bytes_end_with_is_found() {
    assert_eq!(ends(&NAMES, "www.example.com"), [0, 1, 2]);
    assert_eq!(ends(&NAMES, "WWW.EXAMPLE.COM"), [0, 1, 2]);
    assert_eq!(ends(&NAMES, "example.com"), [2]);
    assert_eq!(ends(&NAMES, "x"), [4]);
    assert!(ends(&NAMES, "example.com.").is_empty());
    assert!(ends(&NAMES, "").is_empty());
}

#[test]
fn a_whole_literal_is_found_where_it_is_all_there_is() {
    assert_eq!(whole(&NAMES, "example.COM"), [2]);
    assert!(whole(&NAMES, "ww.example.com").is_empty());
    assert!(whole(&NAMES, "aexample.com").is_empty());
    assert!(whole(&NAMES, "").is_empty());
}

#[test]
fn rules_with_the_same_literal_are_all_found() {
    assert_eq!(whole(&["a.example", "A.example"], "a.example"), [0, 1]);
}

#[test]
fn a_literal_of_the_greatest_length_is_found() {
    let name = "a".repeat(LONGEST);
    assert_eq!(whole(&[&name], &name), [0]);
    assert_eq!(ends(&[&name], &format!("bb{name}")), [0]);
}
