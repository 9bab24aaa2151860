use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

const CLIENT: &[u8] = b"SSH-2.0-Example_1.0 first\r\n";
const SERVER: &[u8] = b"SSH-2.0-Other_2\r\n";
/// What each side offers: key exchange, host key, ciphers, MACs, compression, languages.
const LISTS: [&str; 10] = [
    "curve25519-sha256",
    "ssh-ed25519",
    "aes128-ctr,aes256-ctr",
    "aes128-ctr",
    "hmac-sha1",
    "hmac-sha2-256",
    "none",
    "none",
    "",
    "",
];

fn packet(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut packet = (body.len() as u32 + 6).to_be_bytes().to_vec();
    packet.extend([4, kind]);
    packet.extend(body);
    packet.extend([0; 4]);
    packet
}

fn offer() -> Vec<u8> {
    let mut body = vec![7; 16];
    for list in LISTS {
        body.extend((list.len() as u32).to_be_bytes());
        body.extend(list.as_bytes());
    }
    body.extend([0; 5]);
    packet(KEXINIT, &body)
}

fn parser() -> Box<dyn Parser> {
    Box::new(Ssh::new(&facts("ssh", Transport::Tcp, 22)))
}

fn handshake(pieces: &[(Side, &[u8])]) -> Collected {
    let (client, server) = ([CLIENT, &offer()].concat(), [SERVER, &offer()].concat());
    let reply = packet(KEX_REPLY, b"\0\0\0\x03keyrest");
    let keys = packet(NEWKEYS, b"");
    let (client_keys, server_keys) = (keys.clone(), [reply, keys].concat());
    let mut all: Vec<(Side, &[u8])> = vec![
        (Side::Client, &client),
        (Side::Server, &server),
        (Side::Server, &server_keys),
        (Side::Client, &client_keys),
    ];
    if pieces.is_empty() {
        return feed_in_every_split(&parser, &all);
    }
    all.extend(pieces);
    feed(parser(), &all)
}

#[test]
fn versions_and_software_are_told() {
    let ssh = &handshake(&[]).records()[0]["ssh"];
    assert_eq!(ssh["client"]["proto_version"], "2.0");
    assert_eq!(ssh["client"]["software_version"], "Example_1.0");
    assert_eq!(ssh["server"]["software_version"], "Other_2");
}

#[test]
fn hassh_is_made_of_the_lists_of_a_side() {
    let ssh = &handshake(&[]).records()[0]["ssh"];
    let client = "curve25519-sha256;aes128-ctr,aes256-ctr;hmac-sha1;none";
    assert_eq!(ssh["client"]["hassh"]["string"], client);
    assert_eq!(
        ssh["client"]["hassh"]["hash"],
        fingerprint(client.as_bytes())
    );
    let server = "curve25519-sha256;aes128-ctr;hmac-sha2-256;none";
    assert_eq!(ssh["server"]["hassh"]["string"], server);
}

#[test]
fn what_was_agreed_is_told_at_the_end() {
    let login = &handshake(&[]).records()[1]["ssh_login"];
    assert_eq!(login["cipher"], "aes128-ctr");
    assert_eq!(login["host_key_algorithm"], "ssh-ed25519");
    assert_eq!(
        login["host_key_fingerprint"],
        "SHA256:LHDhK3oGRvkiefQnx7OOczTY5Tic/xZ6HcMOc/gmtoM"
    );
    assert!(login.get("accepted").is_none());
}

#[test]
fn a_message_shorter_than_the_services_acceptance_is_a_success() {
    let sizes: [(Side, &[u8]); 4] = [
        (Side::Server, &[0; 52]),
        (Side::Server, &[0; 68]),
        (Side::Server, &[0; 68]),
        (Side::Server, &[0; 36]),
    ];
    let login = &handshake(&sizes).records()[1]["ssh_login"];
    assert_eq!(
        (&login["accepted"], &login["attempts"]),
        (&true.into(), &2.into())
    );
}

#[test]
fn refusals_alone_are_a_failure() {
    let sizes: [(Side, &[u8]); 3] = [
        (Side::Server, &[0; 52]),
        (Side::Server, &[0; 68]),
        (Side::Server, &[0; 68]),
    ];
    let login = &handshake(&sizes).records()[1]["ssh_login"];
    assert_eq!(
        (&login["accepted"], &login["attempts"]),
        (&false.into(), &1.into())
    );
}

#[test]
fn a_server_may_greet_before_it_identifies_itself() {
    let pieces: [(Side, &[u8]); 1] = [(Side::Server, b"hello\r\nSSH-2.0-Other_2\r\n")];
    let told = feed_in_every_split(&parser, &pieces);
    assert_eq!(
        told.records()[0]["ssh"]["server"]["software_version"],
        "Other_2"
    );
}

#[test]
fn a_client_may_not() {
    let pieces: [(Side, &[u8]); 1] = [(Side::Client, b"hello\r\n")];
    let told = feed_in_every_split(&parser, &pieces);
    assert_eq!(told.anomalies(), ["ssh.invalid_banner"]);
}

#[test]
fn an_endless_identification_is_told() {
    let long = [b'S'; 300];
    let told = feed(parser(), &[(Side::Client, &long)]);
    assert_eq!(told.anomalies(), ["ssh.long_banner"]);
}

#[test]
fn a_packet_of_impossible_length_is_told() {
    let bytes = [CLIENT, b"\xff\xff\xff\xff\x04\x14"].concat();
    let told = feed_in_every_split(&parser, &[(Side::Client, &bytes)]);
    assert_eq!(told.anomalies(), ["ssh.invalid_record"]);
}

#[test]
fn version_1_ends_with_the_identification() {
    let pieces: [(Side, &[u8]); 3] = [
        (Side::Server, b"SSH-1.99-Other_2\r\n"),
        (Side::Client, b"SSH-1.5-Old\n"),
        (Side::Server, b"\0\0\x01\x0b\0\0\0\0\0\x02"),
    ];
    let told = feed_in_every_split(&parser, &pieces);
    assert_eq!(told.records()[1]["ssh_login"]["version"], 1);
}
