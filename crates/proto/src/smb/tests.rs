mod events;

use super::*;
use crate::protocol::Transport;
use crate::testing::{Collected, facts, feed, feed_in_every_split};

const SESSION: u64 = 0x0400_0000_0005;
const SUCCESS: u32 = 0;
const FILE: [u8; 16] = [
    0x4d, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
];

fn parser() -> Box<dyn Parser> {
    (SMB.new)(&facts("smb", Transport::Tcp, 445))
}

fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut frame = (message.len() as u32).to_be_bytes().to_vec();
    frame.extend(message);
    frame
}

/// A message of version 2 in its session message.
fn message(command: u16, reply: bool, number: u64, tree: u32, status: u32, body: &[u8]) -> Vec<u8> {
    framed(&unframed(command, reply, number, tree, status, body))
}

fn unframed(
    command: u16,
    reply: bool,
    number: u64,
    tree: u32,
    status: u32,
    body: &[u8],
) -> Vec<u8> {
    let mut message = b"\xfeSMB\x40\0\0\0".to_vec();
    message.extend(status.to_le_bytes());
    message.extend(command.to_le_bytes());
    message.extend([1, 0]);
    message.extend(u32::from(reply).to_le_bytes());
    message.extend([0; 4]);
    message.extend(number.to_le_bytes());
    message.extend([0; 4]);
    message.extend(tree.to_le_bytes());
    message.extend(SESSION.to_le_bytes());
    message.extend([0; 16]);
    message.extend(body);
    message
}

fn tree_connect(path: &str) -> Vec<u8> {
    let path = wide(path);
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend((path.len() as u16).to_le_bytes());
    body.extend(path);
    message(3, false, 1, 0, SUCCESS, &body)
}

fn tree_connected(kind: u8) -> Vec<u8> {
    let mut body = vec![16, 0, kind, 0];
    body.extend([0; 12]);
    message(3, true, 1, 5, SUCCESS, &body)
}

fn create(name: &str, options: u32) -> Vec<u8> {
    let name = wide(name);
    let mut body = vec![57, 0];
    body.extend([0; 34]);
    body.extend(2_u32.to_le_bytes());
    body.extend(options.to_le_bytes());
    body.extend(120_u16.to_le_bytes());
    body.extend((name.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(name);
    message(5, false, 2, 5, SUCCESS, &body)
}

fn created(size: u64) -> Vec<u8> {
    let mut body = vec![89, 0, 0, 0, 1, 0, 0, 0];
    for seconds in [
        1_512_585_399_u64,
        1_512_585_399,
        1_512_171_135,
        1_512_585_399,
    ] {
        body.extend(((seconds + 11_644_473_600) * 10_000_000).to_le_bytes());
    }
    body.extend([0; 8]);
    body.extend(size.to_le_bytes());
    body.extend([0; 8]);
    body.extend(FILE);
    body.extend([0; 8]);
    message(5, true, 2, 5, SUCCESS, &body)
}

fn write(number: u64, offset: u64, data: &[u8]) -> Vec<u8> {
    let mut body = vec![49, 0, 112, 0];
    body.extend((data.len() as u32).to_le_bytes());
    body.extend(offset.to_le_bytes());
    body.extend(FILE);
    body.extend([0; 16]);
    body.extend(data);
    message(9, false, number, 5, SUCCESS, &body)
}

fn read(number: u64, offset: u64) -> Vec<u8> {
    let mut body = vec![49, 0, 80, 0, 0, 0, 1, 0];
    body.extend(offset.to_le_bytes());
    body.extend(FILE);
    body.extend([0; 17]);
    message(8, false, number, 5, SUCCESS, &body)
}

fn data_read(number: u64, data: &[u8]) -> Vec<u8> {
    let mut body = vec![17, 0, 80, 0];
    body.extend((data.len() as u32).to_le_bytes());
    body.extend([0; 8]);
    body.extend(data);
    message(8, true, number, 5, SUCCESS, &body)
}

fn close(number: u64) -> [Vec<u8>; 2] {
    let mut body = vec![24, 0, 0, 0, 0, 0, 0, 0];
    body.extend(FILE);
    [
        message(6, false, number, 5, SUCCESS, &body),
        message(6, true, number, 5, SUCCESS, &[60, 0]),
    ]
}

/// Feeds what each side says in turn, in every split.
fn told(pieces: &[(Side, Vec<u8>)]) -> Collected {
    let pieces: Vec<(Side, &[u8])> = pieces
        .iter()
        .map(|(side, bytes)| (*side, bytes.as_slice()))
        .collect();
    feed_in_every_split(&parser, &pieces)
}

fn of_kind(collected: &Collected, kind: &str) -> Vec<serde_json::Value> {
    let records = collected.records().into_iter();
    records
        .filter_map(|record| record.get(kind).cloned())
        .collect()
}

#[test]
fn a_connected_share_is_told_with_its_name_and_number() {
    let told = told(&[
        (Side::Client, tree_connect(r"\\192.0.2.9\docs")),
        (Side::Server, tree_connected(1)),
    ]);
    let smb = of_kind(&told, "smb");
    assert_eq!(smb[0]["command"], "SMB2_COMMAND_TREE_CONNECT");
    assert_eq!(smb[0]["share"], r"\\192.0.2.9\docs");
    assert_eq!(smb[0]["tree_id"], 5);
    assert_eq!(smb[0]["status"], "STATUS_SUCCESS");
    assert_eq!(smb[0]["session_id"], SESSION);
    assert_eq!(of_kind(&told, "smb_mapping")[0]["share_type"], "DISK");
}

#[test]
fn a_share_of_pipes_is_a_named_pipe() {
    let told = told(&[
        (Side::Client, tree_connect(r"\\192.0.2.9\IPC$")),
        (Side::Server, tree_connected(2)),
    ]);
    assert_eq!(of_kind(&told, "smb")[0]["named_pipe"], r"\\192.0.2.9\IPC$");
}

#[test]
fn an_opened_file_is_told_with_its_times() {
    let told = told(&[
        (Side::Client, create(r"a\b.txt", 0)),
        (Side::Server, created(7)),
    ]);
    let smb = of_kind(&told, "smb");
    assert_eq!(smb[0]["filename"], r"a\b.txt");
    assert_eq!(smb[0]["disposition"], "FILE_CREATE");
    assert_eq!(smb[0]["access"], "normal");
    assert_eq!(smb[0]["modified"], 1_512_171_135);
    assert_eq!(smb[0]["size"], 7);
    assert_eq!(smb[0]["fuid"], "0000004d-0000-0000-0009-0000ffffffff");
}

fn transfer(middle: Vec<(Side, Vec<u8>)>) -> Vec<(Side, Vec<u8>)> {
    let [asked, answered] = close(9);
    let mut pieces = vec![
        (Side::Client, tree_connect(r"\\192.0.2.9\docs")),
        (Side::Server, tree_connected(1)),
        (Side::Client, create("b.txt", 0)),
        (Side::Server, created(8)),
    ];
    pieces.extend(middle);
    pieces.extend([(Side::Client, asked), (Side::Server, answered)]);
    pieces
}

#[test]
fn what_is_written_is_a_file() {
    let told = told(&transfer(vec![
        (Side::Client, write(3, 0, b"hello ")),
        (Side::Client, write(4, 6, b"world")),
    ]));
    assert_eq!(
        told.files,
        [(0, "b.txt".into(), b"hello world".to_vec(), Some(true))]
    );
    let files: Vec<_> = of_kind(&told, "smb")
        .into_iter()
        .filter(|smb| smb["command"] == "SMB2_COMMAND_WRITE")
        .collect();
    assert_eq!(files.len(), 1);
    assert_eq!(files[0]["share"], r"\\192.0.2.9\docs");
}

#[test]
fn pieces_read_in_another_order_are_put_right() {
    let told = told(&transfer(vec![
        (Side::Client, read(3, 0)),
        (Side::Client, read(4, 5)),
        (Side::Server, data_read(4, b"678")),
        (Side::Server, data_read(3, b"12345")),
    ]));
    assert_eq!(
        told.files,
        [(0, "b.txt".into(), b"12345678".to_vec(), Some(true))]
    );
}

#[test]
fn what_was_never_read_is_a_gap() {
    let told = told(&transfer(vec![
        (Side::Client, read(4, 5)),
        (Side::Server, data_read(4, b"678")),
    ]));
    assert_eq!(
        told.files,
        [(0, "b.txt".into(), b"?????678".to_vec(), Some(false))]
    );
}

#[test]
fn what_is_read_again_is_told_once() {
    let told = told(&transfer(vec![
        (Side::Client, read(3, 0)),
        (Side::Server, data_read(3, b"12345678")),
        (Side::Client, read(4, 0)),
        (Side::Server, data_read(4, b"12345678")),
    ]));
    assert_eq!(
        told.files,
        [(0, "b.txt".into(), b"12345678".to_vec(), Some(true))]
    );
    assert_eq!(told.anomalies(), ["smb.file_overlap"]);
}

#[test]
fn a_gap_inside_data_is_a_gap_of_the_file_and_nothing_else() {
    let mut parser = parser();
    let mut told = Collected::default();
    for (side, bytes) in transfer(Vec::new()).into_iter().take(4) {
        parser.data(side, &bytes, &mut told);
    }
    let whole = write(3, 0, &[b'x'; 100]);
    let (first, _) = whole.split_at(whole.len() - 60);
    parser.data(Side::Client, first, &mut told);
    parser.gap(Side::Client, 20, &mut told);
    parser.data(Side::Client, &[b'y'; 40], &mut told);
    for (side, bytes) in [Side::Client, Side::Server].into_iter().zip(close(9)) {
        parser.data(side, &bytes, &mut told);
    }
    let file = [vec![b'x'; 40], vec![b'?'; 20], vec![b'y'; 40]].concat();
    assert_eq!(told.files, [(0, "b.txt".into(), file, Some(false))]);
    assert_eq!(told.anomalies(), [""; 0]);
}

#[test]
fn after_a_gap_elsewhere_the_next_message_is_found() {
    let mut parser = parser();
    let mut told = Collected::default();
    parser.data(Side::Client, &[0, 0, 1, 0, 0xfe, b'S'], &mut told);
    parser.gap(Side::Client, 300, &mut told);
    let next = [b"rest of it".to_vec(), create("b.txt", 0)].concat();
    parser.data(Side::Client, &next, &mut told);
    parser.data(Side::Server, &created(1), &mut told);
    assert_eq!(of_kind(&told, "smb")[0]["filename"], "b.txt");
}

#[test]
fn an_answer_that_was_announced_is_waited_for() {
    let told = told(&[
        (Side::Client, message(15, false, 7, 5, SUCCESS, &[32, 0])),
        (Side::Server, message(15, true, 7, 5, 0x103, &[9, 0])),
        (Side::Server, message(15, true, 7, 5, 0xc000_0120, &[9, 0])),
    ]);
    let smb = of_kind(&told, "smb");
    assert_eq!(smb.len(), 1);
    assert_eq!(smb[0]["status"], "STATUS_CANCELLED");
    assert_eq!(smb[0]["status_code"], "0xc0000120");
}

#[test]
fn a_chain_of_messages_is_read_one_by_one() {
    let mut first = unframed(2, false, 1, 0, SUCCESS, &[4, 0, 0, 0]);
    first.resize(72, 0);
    first[20] = 72;
    first.extend(unframed(13, false, 2, 0, SUCCESS, &[4, 0, 0, 0]));
    let told = told(&[(Side::Client, framed(&first))]);
    let commands: Vec<_> = of_kind(&told, "smb")
        .into_iter()
        .map(|smb| smb["command"].clone())
        .collect();
    assert_eq!(
        commands,
        ["SMB2_COMMAND_SESSION_LOGOFF", "SMB2_COMMAND_KEEPALIVE"]
    );
}

/// A bind to the task scheduler of [MS-TSCH] with one context.
fn bind() -> Vec<u8> {
    let mut packet = vec![5, 0, 11, 3, 0x10, 0, 0, 0, 72, 0, 0, 0, 2, 0, 0, 0];
    packet.extend([0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0]);
    packet.extend([
        0x82, 0x06, 0xf7, 0x1f, 0x51, 0x0a, 0xe8, 0x30, 0x07, 0x6d, 0x74, 0x0b, 0xe8, 0xce, 0xe9,
        0x8b,
    ]);
    packet.extend([1, 0, 0, 0]);
    packet.extend([0; 20]);
    packet
}

fn bound() -> Vec<u8> {
    let mut packet = vec![5, 0, 12, 3, 0x10, 0, 0, 0, 68, 0, 0, 0, 2, 0, 0, 0];
    packet.extend([0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, 12, 0]);
    packet.extend(b"\\PIPE\\atsvc\0");
    packet.extend([0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
    packet.extend([0; 20]);
    packet
}

fn call(kind: u8, stub: &[u8]) -> Vec<u8> {
    let mut packet = vec![
        5,
        0,
        kind,
        3,
        0x10,
        0,
        0,
        0,
        24 + stub.len() as u8,
        0,
        0,
        0,
        3,
        0,
        0,
        0,
    ];
    packet.extend([0, 0, 0, 0, 0, 0, 1, 0]);
    packet.extend(stub);
    packet
}

#[test]
fn calls_in_a_pipe_are_told_with_their_interface() {
    let told = told(&[
        (Side::Client, tree_connect(r"\\192.0.2.9\IPC$")),
        (Side::Server, tree_connected(2)),
        (Side::Client, create("atsvc", 0)),
        (Side::Server, created(0)),
        (Side::Client, write(3, 0, &bind())),
        (Side::Client, read(4, 0)),
        (Side::Server, data_read(4, &bound())),
        (Side::Client, write(5, 0, &call(0, b"arguments"))),
        (Side::Client, read(6, 0)),
        (Side::Server, data_read(6, &call(2, b"results."))),
    ]);
    let calls: Vec<_> = of_kind(&told, "smb")
        .into_iter()
        .filter_map(|smb| smb.get("dcerpc").cloned())
        .collect();
    assert_eq!(calls[0]["request"], "BIND");
    assert_eq!(calls[0]["response"], "BINDACK");
    assert_eq!(
        calls[0]["interfaces"][0]["uuid"],
        "1ff70682-0a51-30e8-076d-740be8cee98b"
    );
    assert_eq!(calls[0]["interfaces"][0]["ack_result"], 0);
    assert_eq!(calls[1]["opnum"], 1);
    assert_eq!(calls[1]["req"]["stub_data_size"], 9);
    assert_eq!(calls[1]["res"]["stub_data_size"], 8);
    let named = of_kind(&told, "dce_rpc");
    assert_eq!(named[0]["operation"], "NetrJobDel");
    assert_eq!(named[0]["named_pipe"], r"\PIPE\atsvc");
    assert!(told.files.is_empty());
}

#[test]
fn renaming_tells_both_names() {
    let name = wide("c.txt");
    let mut body = vec![33, 0, 1, 10];
    body.extend((20 + name.len() as u32).to_le_bytes());
    body.extend([96, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(FILE);
    body.extend([0; 16]);
    body.extend((name.len() as u32).to_le_bytes());
    body.extend(name);
    let told = told(&[
        (Side::Client, create("b.txt", 0)),
        (Side::Server, created(1)),
        (Side::Client, message(17, false, 3, 5, SUCCESS, &body)),
        (Side::Server, message(17, true, 3, 5, SUCCESS, &[2, 0])),
    ]);
    assert_eq!(of_kind(&told, "smb")[1]["rename"]["from"], "b.txt");
    assert_eq!(of_kind(&told, "smb")[1]["rename"]["to"], "c.txt");
    assert_eq!(of_kind(&told, "smb_files")[1]["action"], "SMB::FILE_RENAME");
}

/// A message of version 1.
fn old(command: u8, reply: bool, words: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut message = vec![0xff, b'S', b'M', b'B', command, 0, 0, 0, 0];
    message.extend([if reply { 0x80 } else { 0 }, 0, 0x40]);
    message.extend([0; 12]);
    message.extend([3, 0, 0xfe, 0xff, 100, 0, 8, 0]);
    message.push((words.len() / 2) as u8);
    message.extend(words);
    message.extend((bytes.len() as u16).to_le_bytes());
    message.extend(bytes);
    framed(&message)
}

#[test]
fn the_chosen_dialect_of_version_1_is_told() {
    let told = told(&[
        (
            Side::Client,
            old(0x72, false, &[], b"\x02LANMAN1.0\0\x02NT LM 0.12\0"),
        ),
        (Side::Server, old(0x72, true, &[1, 0], b"")),
    ]);
    let smb = of_kind(&told, "smb");
    assert_eq!(smb[0]["dialect"], "NT LM 0.12");
    assert_eq!(smb[0]["client_dialects"][0], "LANMAN1.0");
}

#[test]
fn version_1_connects_to_shares_too() {
    let told = told(&[
        (
            Side::Client,
            old(
                0x75,
                false,
                &[0xff, 0, 0, 0, 0, 0, 1, 0],
                b"\0\\\\H\\C\0A:\0",
            ),
        ),
        (
            Side::Server,
            old(0x75, true, &[0xff, 0, 0, 0, 0, 0], b"A:\0NTFS\0"),
        ),
    ]);
    assert_eq!(of_kind(&told, "smb")[0]["share"], r"\\H\C");
    assert_eq!(
        of_kind(&told, "smb_mapping")[0]["native_file_system"],
        "NTFS"
    );
}

#[test]
fn version_1_writes_files_too() {
    let mut create = vec![0xff, 0, 0, 0, 0, 5, 0];
    create.resize(48, 0);
    create[35] = 5;
    let mut created = vec![0xff, 0, 0, 0, 0, 7, 0];
    created.resize(68, 0);
    let mut words = vec![0xff, 0, 0, 0, 7, 0];
    words.resize(28, 0);
    words[20] = 4;
    words[22] = 63;
    let told = told(&[
        (Side::Client, old(0xa2, false, &create, b"a.txt\0")),
        (Side::Server, old(0xa2, true, &created, b"")),
        (Side::Client, old(0x2f, false, &words, b"data")),
        (Side::Client, old(0x04, false, &[7, 0, 0, 0, 0, 0], b"")),
        (Side::Server, old(0x04, true, &[], b"")),
    ]);
    assert_eq!(
        told.files,
        [(0, "a.txt".into(), b"data".to_vec(), Some(true))]
    );
    assert_eq!(of_kind(&told, "smb")[0]["disposition"], "FILE_OVERWRITE_IF");
}

#[test]
fn other_bytes_are_told_once_and_left_alone() {
    let told = feed(
        parser(),
        &[
            (Side::Client, b"GET / HTTP/1.1\r\n\r\n"),
            (Side::Client, &[7; 64]),
        ],
    );
    assert_eq!(
        told.anomalies(),
        ["smb.unusual_nbss_type", "smb.malformed_data"]
    );
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut parser = parser();
    let mut told = Collected::default();
    for number in 0..5_000_u64 {
        parser.data(
            Side::Client,
            &message(14, false, number, 5, SUCCESS, &[0; 32]),
            &mut told,
        );
        parser.data(
            Side::Client,
            &write(number, number * 2_000 + 5, &[1; 900]),
            &mut told,
        );
    }
    assert!(parser.held() < 1 << 20, "{}", parser.held());
}
