use super::*;

/// Whether a file of which 5 bytes come is hashed, when so many were announced and 100 can be read.
fn is_hashed(size: Option<u64>) -> bool {
    let ways = FileWays {
        enabled: true,
        hashes: true,
        most: 100,
        ..FileWays::default()
    };
    let mut files = Files::default();
    let parts = [
        FilePart::Open { name: b"a", size },
        FilePart::Data(b"hello"),
        FilePart::Close { complete: true },
    ];
    let mut closed = parts
        .into_iter()
        .filter_map(|part| files.part(&ways, 0, Side::Server, 0, part));
    closed.next().unwrap().facts().md5.is_some()
}

#[test]
fn a_file_is_hashed() {
    assert!(is_hashed(None));
    assert!(is_hashed(Some(100)));
}

#[test]
fn one_that_cannot_be_seen_whole_is_not_hashed() {
    assert!(!is_hashed(Some(101)));
}
