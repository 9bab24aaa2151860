use super::*;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_be_bytes()).collect()
}

fn opaque(bytes: &[u8]) -> Vec<u8> {
    let mut out = words(&[bytes.len() as u32]);
    out.extend(bytes);
    out.resize(out.len().next_multiple_of(4), 0);
    out
}

fn call(number: u32, version: u32, procedure: u32, arguments: &[u8]) -> Vec<u8> {
    let credentials = [words(&[7]), opaque(b"client"), words(&[1000, 100, 0])].concat();
    [
        words(&[number, 0, 2, PROGRAM, version, procedure, 1]),
        opaque(&credentials),
        words(&[0, 0]),
        arguments.to_vec(),
    ]
    .concat()
}

fn reply(number: u32, results: &[u8]) -> Vec<u8> {
    [words(&[number, 1, 0, 0, 0, 0]), results.to_vec()].concat()
}

fn record(message: &[u8]) -> Vec<u8> {
    [
        words(&[message.len() as u32 | 0x8000_0000]),
        message.to_vec(),
    ]
    .concat()
}

fn told(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, Vec<u8>)> = pieces
        .iter()
        .map(|(side, bytes)| (*side, record(bytes)))
        .collect();
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&|| (NFS.new)(&facts("nfs", Transport::Tcp, 2049)), &pieces)
}

fn lookup() -> [(Side, Vec<u8>); 2] {
    [
        (
            Side::Client,
            call(1, 3, 3, &[opaque(b"folder"), opaque(b"a.txt")].concat()),
        ),
        (
            Side::Server,
            reply(1, &[words(&[0]), opaque(b"file")].concat()),
        ),
    ]
}

#[test]
fn a_call_is_told_with_its_caller_and_its_end() {
    let told = told(&lookup());
    let record = &told.records()[0];
    assert_eq!(record["nfs"]["procedure"], "LOOKUP");
    assert_eq!(record["nfs"]["filename"], "a.txt");
    assert_eq!(record["nfs"]["version"], 3);
    assert_eq!(record["nfs"]["status"], "OK");
    assert_eq!(record["nfs"]["file_tx"], false);
    assert_eq!(record["rpc"]["xid"], 1);
    assert_eq!(record["rpc"]["creds"]["machine_name"], "client");
    assert_eq!(record["rpc"]["creds"]["uid"], 1000);
}

#[test]
fn what_is_written_is_a_file_with_its_name() {
    let write = |number, offset, data: &[u8]| {
        let arguments = [
            opaque(b"file"),
            words(&[0, offset, data.len() as u32, 2]),
            opaque(data),
        ]
        .concat();
        call(number, 3, 7, &arguments)
    };
    let mut pieces = lookup().to_vec();
    pieces.extend([
        (Side::Client, write(2, 0, b"hello ")),
        (Side::Client, write(3, 6, b"world")),
        (Side::Server, reply(2, &words(&[0]))),
        (Side::Server, reply(3, &words(&[0]))),
        (
            Side::Client,
            call(4, 3, 21, &[opaque(b"file"), words(&[0, 0, 0])].concat()),
        ),
        (Side::Server, reply(4, &words(&[0]))),
    ]);
    let told = told(&pieces);
    assert_eq!(
        told.files,
        [(0, "a.txt".into(), b"hello world".to_vec(), Some(true))]
    );
    let record = told
        .records()
        .into_iter()
        .find(|record| record["nfs"]["file_tx"] == true)
        .unwrap();
    assert_eq!(record["nfs"]["write"]["chunks"], 2);
    assert_eq!(record["nfs"]["write"]["first"], true);
}

#[test]
fn what_is_read_ends_where_the_server_says() {
    let results = [words(&[0, 0, 4, 1]), opaque(b"data")].concat();
    let told = told(&[
        (
            Side::Client,
            call(1, 3, 6, &[opaque(b"file"), words(&[0, 0, 4096])].concat()),
        ),
        (Side::Server, reply(1, &results)),
    ]);
    assert_eq!(
        told.files,
        [(0, String::new(), b"data".to_vec(), Some(true))]
    );
}

#[test]
fn compounds_are_followed_to_their_data() {
    let sequence = [words(&[53]), vec![0; 32]].concat();
    let write = [
        words(&[38]),
        vec![0; 16],
        words(&[0, 0, 0]),
        opaque(b"four"),
    ]
    .concat();
    let arguments = [
        opaque(b""),
        words(&[1, 3]),
        sequence,
        words(&[22]),
        opaque(b"file"),
        write,
    ]
    .concat();
    let told = told(&[(Side::Client, call(1, 4, 1, &arguments))]);
    assert_eq!(
        told.files,
        [(0, String::new(), b"four".to_vec(), Some(false))]
    );
    assert_eq!(told.records()[0]["nfs"]["procedure"], "WRITE");
}

#[test]
fn datagrams_have_no_mark_before_them() {
    let parser = (NFS.new)(&facts("nfs", Transport::Udp, 2049));
    let told = feed(
        parser,
        &[
            (Side::Client, &call(5, 2, 17, &[7; 32])),
            (Side::Server, &reply(5, &words(&[0]))),
        ],
    );
    assert_eq!(told.records()[0]["nfs"]["procedure"], "STATFS");
    assert_eq!(told.records()[0]["nfs"]["version"], 2);
}

#[test]
fn other_programs_are_passed_over() {
    let mut other = call(1, 3, 3, b"");
    other[15] = 0xa0;
    assert!(told(&[(Side::Client, other)]).lines.is_empty());
}

#[test]
fn calls_and_replies_are_spans() {
    let [(_, call), (_, reply)] = lookup();
    let pieces = [
        (Side::Client, record(&call)),
        (Side::Server, record(&reply)),
    ];
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    let facts = facts("nfs", Transport::Tcp, 2049);
    let make = || {
        let mut parser = (NFS.new)(&facts);
        parser.frames_wanted();
        parser
    };
    let told = feed_in_every_split(&make, &pieces);
    let expected = [
        "0 Client 0+96",
        "1 Client 0+72",
        "2 Client 72+24",
        "3 Client 28+36",
        "4 Client 72+24",
        "0 Server 0+40",
        "1 Server 0+28",
        "2 Server 28+12",
        "4 Server 28+12",
        "5 Server 28+4",
    ];
    assert_eq!(told.frames, expected);
}

const NOTHING: [&str; 0] = [];

#[test]
fn versions_that_do_not_exist_or_are_not_spoken_are_told() {
    let asked = |version: u32| (Side::Client, call(1, version, 0, &[]));
    assert_eq!(told(&[asked(3)]).anomalies(), NOTHING);
    assert_eq!(told(&[asked(5)]).anomalies(), ["nfs.nonexistant_version"]);
    let refused = (Side::Server, words(&[1, 1, 0, 0, 0, 2, 2, 3]));
    assert_eq!(
        told(&[asked(4), refused]).anomalies(),
        ["nfs.unsupported_version"]
    );
}

#[test]
fn a_record_that_is_no_call_and_no_reply_is_told() {
    let odd = words(&[1, 7, 0, 0]);
    assert_eq!(
        told(&[(Side::Client, odd.clone())]).anomalies(),
        ["nfs.malformed_data"]
    );
    // The second part of a record is neither.
    let mut first = record(&call(1, 3, 0, &[]));
    first[0] &= 0x7f;
    let parts = [&first[..], &record(&odd)].concat();
    let of = |midstream: bool, bytes: &[u8]| {
        let mut facts = facts("nfs", Transport::Tcp, 2049);
        facts.midstream = midstream;
        feed((NFS.new)(&facts), &[(Side::Client, bytes)])
            .anomalies()
            .len()
    };
    assert_eq!(of(false, &parts), 0);
    assert_eq!((of(false, &record(&odd)), of(true, &record(&odd))), (1, 0));
}

#[test]
fn calls_that_nobody_waits_for_any_longer_are_told() {
    let many = |count: u32| {
        let all: Vec<u8> = (0..count)
            .flat_map(|number| record(&call(number, 3, 0, &[])))
            .collect();
        let parser = (NFS.new)(&facts("nfs", Transport::Tcp, 2049));
        let told = feed(parser, &[(Side::Client, &all)]);
        told.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    assert_eq!(many(128), NOTHING);
    assert_eq!(many(129), ["nfs.too_many_transactions"]);
}
