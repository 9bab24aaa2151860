use std::net::IpAddr;

use super::{MAX_ENTRIES, Notable};

const DAY_S: i64 = 86_400;

fn server(last: u8) -> IpAddr {
    [192, 0, 2, last].into()
}

/// Servers whose certificates are told to end soon.
fn ending(notable: &Notable) -> Vec<String> {
    let shape = notable.shape(0);
    let all = shape["certificates"].as_array().unwrap();
    let of = |one: &serde_json::Value| one["server"].as_str().unwrap().to_owned();
    all.iter().map(of).collect()
}

#[test]
fn servers_with_certificates_of_one_name_are_told_apart() {
    let mut notable = Notable::default();
    notable.certificate(server(1), b"localhost", 5 * DAY_S);
    notable.certificate(server(2), b"localhost", 500 * DAY_S);
    notable.certificate(server(3), b"localhost", 4 * DAY_S);
    assert_eq!(ending(&notable), ["192.0.2.3", "192.0.2.1"]);
}

#[test]
fn of_too_many_certificates_those_that_end_first_are_kept() {
    let mut notable = Notable::default();
    for number in 0..MAX_ENTRIES {
        notable.certificate(server(1), number.to_string().as_bytes(), 500 * DAY_S);
    }
    notable.certificate(server(2), b"soon", 5 * DAY_S);
    notable.certificate(server(3), b"late", 900 * DAY_S);
    assert_eq!(ending(&notable), ["192.0.2.2"]);
    assert_eq!(notable.certificates.len(), MAX_ENTRIES);
}
