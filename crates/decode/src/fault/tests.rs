use std::collections::HashSet;

use super::Fault;

#[test]
fn every_code_is_unique() {
    let codes: HashSet<_> = Fault::ALL.iter().map(|fault| fault.code()).collect();
    assert_eq!(codes.len(), Fault::ALL.len());
}

#[test]
fn every_description_is_one_sentence() {
    for fault in Fault::ALL {
        assert!(fault.description().ends_with('.'), "{fault:?}");
    }
}

#[test]
fn codes_use_the_alphabet_of_record_events() {
    for fault in Fault::ALL {
        let allowed =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._".contains(&byte);
        assert!(fault.code().bytes().all(allowed), "{fault:?}");
    }
}
