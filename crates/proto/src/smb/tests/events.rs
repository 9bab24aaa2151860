//! What is wrong with messages is told, and only then.

use super::*;

const CLIENT: Side = Side::Client;
const SERVER: Side = Side::Server;
const NOTHING: [&str; 0] = [];

/// The codes that these messages give.
fn codes(pieces: &[(Side, Vec<u8>)]) -> Vec<String> {
    let told = told(pieces);
    told.anomalies().into_iter().map(str::to_owned).collect()
}

/// An offer of so many dialects in version 2, of which two are there.
fn offer(number: u64, count: u16) -> Vec<u8> {
    let mut body = vec![36, 0];
    body.extend(count.to_le_bytes());
    body.extend([0; 32]);
    body.extend([2, 2, 0x10, 2]);
    message(0, false, number, 0, SUCCESS, &body)
}

/// The answer: how much may be read and written at once.
fn agreed(number: u64, read: u32, write: u32) -> Vec<u8> {
    let mut body = vec![65, 0, 1, 0, 0x10, 2, 0, 0];
    body.extend([7; 16]);
    body.extend([0; 4]);
    body.extend((1_u32 << 20).to_le_bytes());
    body.extend(read.to_le_bytes());
    body.extend(write.to_le_bytes());
    body.extend([0; 24]);
    message(0, true, number, 0, SUCCESS, &body)
}

/// A login with a security blob, and the answer with one.
fn login(blob: &[u8]) -> Vec<u8> {
    let mut body = vec![25, 0];
    body.extend([0; 10]);
    body.extend(88_u16.to_le_bytes());
    body.extend((blob.len() as u16).to_le_bytes());
    body.extend([0; 8]);
    body.extend(blob);
    message(1, false, 3, 0, SUCCESS, &body)
}

fn challenged(blob: &[u8]) -> Vec<u8> {
    let mut body = vec![9, 0, 0, 0, 72, 0];
    body.extend((blob.len() as u16).to_le_bytes());
    body.extend(blob);
    message(1, true, 3, 0, 0xc000_0016, &body)
}

/// A message of NTLM with so many empty fields behind its kind.
fn ntlm(kind: u8, length: usize) -> Vec<u8> {
    let mut blob = b"NTLMSSP\0".to_vec();
    blob.extend([kind, 0, 0, 0]);
    blob.resize(length, 0);
    blob
}

#[test]
fn dialects_are_offered_once_in_each_version() {
    let old_offer = old(0x72, false, &[], b"\x02NT LM 0.12\0\x02SMB 2.002\0");
    let once = [(CLIENT, old_offer.clone()), (CLIENT, offer(0, 2))];
    assert_eq!(codes(&once), NOTHING);
    let twice = ["smb.duplicate_negotiate"];
    assert_eq!(
        codes(&[(CLIENT, offer(0, 2)), (CLIENT, offer(1, 2))]),
        twice
    );
    assert_eq!(
        codes(&[(CLIENT, old_offer.clone()), (CLIENT, old_offer)]),
        twice
    );
}

#[test]
fn an_offer_without_dialects_is_told() {
    let malformed = ["smb.negotiate_malformed_dialects"];
    assert_eq!(codes(&[(CLIENT, offer(0, 2))]), NOTHING);
    assert_eq!(codes(&[(CLIENT, offer(0, 3))]), malformed);
    assert_eq!(codes(&[(CLIENT, offer(0, 0))]), malformed);
    let old_offer = |dialects: &[u8]| codes(&[(CLIENT, old(0x72, false, &[], dialects))]);
    assert_eq!(old_offer(b"\x02NT LM 0.12\0"), NOTHING);
    assert_eq!(old_offer(b"\x02NT LM 0.12"), malformed);
    assert_eq!(old_offer(b"NT LM 0.12\0"), malformed);
    assert_eq!(old_offer(b""), malformed);
}

#[test]
fn a_login_that_is_cut_off_is_told() {
    let whole = ntlm(3, 64);
    assert_eq!(codes(&[(CLIENT, login(&whole))]), NOTHING);
    assert_eq!(codes(&[(CLIENT, login(b"no login at all"))]), NOTHING);
    let code = ["smb.malformed_ntlmssp_request"];
    assert_eq!(codes(&[(CLIENT, login(&whole[..40]))]), code);
    assert_eq!(codes(&[(CLIENT, login(&ntlm(9, 64)))]), code);
    let mut beyond = whole;
    // The user's name has two bytes, far behind the end.
    beyond[36..44].copy_from_slice(&[2, 0, 2, 0, 0, 1, 0, 0]);
    assert_eq!(codes(&[(CLIENT, login(&beyond))]), code);
}

#[test]
fn a_challenge_that_is_cut_off_is_told() {
    let answered = |blob: &[u8]| {
        let begin = login(&ntlm(1, 16));
        codes(&[(CLIENT, begin), (SERVER, challenged(blob))])
    };
    assert_eq!(answered(&ntlm(2, 48)), NOTHING);
    assert_eq!(answered(&ntlm(2, 20)), ["smb.malformed_ntlmssp_response"]);
}

#[test]
fn messages_in_the_wrong_direction_are_told_once() {
    let wrong = [
        (CLIENT, tree_connected(1)),
        (CLIENT, tree_connected(1)),
        (SERVER, tree_connect("\\\\h\\a")),
    ];
    assert_eq!(
        codes(&wrong),
        ["smb.response_to_server", "smb.request_to_client"]
    );
    // A server takes back what the client may keep.
    assert_eq!(codes(&[(SERVER, old(0x24, false, &[0; 16], b""))]), NOTHING);
    // Who is the client is not known.
    let mut middle = facts("smb", Transport::Tcp, 445);
    middle.midstream = true;
    let pieces = [(CLIENT, &tree_connected(1)[..])];
    assert_eq!(feed((SMB.new)(&middle), &pieces).anomalies(), NOTHING);
    let mut turned = facts("smb", Transport::Tcp, 50_000);
    turned.client_port = 445;
    assert_eq!(feed((SMB.new)(&turned), &pieces).anomalies(), NOTHING);
}

#[test]
fn more_than_the_server_allows_is_told() {
    let begin = |read_most: u32, write_most: u32| {
        vec![
            (CLIENT, offer(0, 2)),
            (SERVER, agreed(0, read_most, write_most)),
        ]
    };
    let with = |mut all: Vec<(Side, Vec<u8>)>, more: &[(Side, Vec<u8>)]| {
        all.extend_from_slice(more);
        codes(&all)
    };
    // It wants 65,536 bytes and gets four.
    let reads = [(CLIENT, read(4, 0)), (SERVER, data_read(4, b"data"))];
    assert_eq!(with(begin(65_536, 4), &reads), NOTHING);
    assert_eq!(
        with(begin(65_535, 4), &reads),
        ["smb.read_request_too_large"]
    );
    assert_eq!(
        with(begin(3, 4), &reads),
        ["smb.read_request_too_large", "smb.read_response_too_large"]
    );
    let writes = [
        (CLIENT, write(4, 0, b"data")),
        (CLIENT, write(5, 4, b"data")),
    ];
    assert_eq!(with(begin(65_536, 4), &writes), NOTHING);
    assert_eq!(
        with(begin(65_536, 3), &writes),
        ["smb.write_request_too_large"]
    );
    assert_eq!(codes(&writes), NOTHING);
    assert_eq!(with(begin(1 << 24, 1 << 24), &[]), NOTHING);
    assert_eq!(
        with(begin(u32::MAX, (1 << 24) + 1), &[]),
        [
            "smb.negotiate_max_read_size_too_large",
            "smb.negotiate_max_write_size_too_large"
        ]
    );
}

#[test]
fn parts_of_a_file_that_do_not_wait_any_longer_are_told() {
    let of = |pieces: Vec<(Side, Vec<u8>)>| {
        let all = transfer(pieces);
        let all: Vec<(Side, &[u8])> = all
            .iter()
            .map(|(side, bytes)| (*side, &bytes[..]))
            .collect();
        let told = feed(parser(), &all);
        told.anomalies()
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let scattered = |count: u64| {
        let all = (1..=count).map(|place| (CLIENT, write(10 + place, place * 10, b"part")));
        of(all.collect())
    };
    assert_eq!(scattered(64), NOTHING);
    assert_eq!(scattered(65), ["smb.write_queue_cnt_exceeded"]);
    let large = |count: u64| {
        let part = vec![b'x'; 64 << 10];
        let place = |number: u64| (number + 1) * (100 << 10);
        let all = (0..count).map(|number| (CLIENT, write(10 + number, place(number), &part)));
        of(all.collect())
    };
    assert_eq!(large(4), NOTHING);
    assert_eq!(large(5), ["smb.write_queue_size_exceeded"]);
    let read_so = |count: u64| {
        let asked = (1..=count).map(|place| (CLIENT, read(10 + place, place * 10)));
        let got = (1..=count).map(|place| (SERVER, data_read(10 + place, b"part")));
        of(asked.chain(got).collect())
    };
    assert_eq!(read_so(64), NOTHING);
    assert_eq!(read_so(65), ["smb.read_queue_cnt_exceeded"]);
    let part = vec![b'x'; 60 << 10];
    let read_large = |count: u64| {
        let place = |number: u64| (number + 1) * (100 << 10);
        let asked = (0..count).map(|number| (CLIENT, read(10 + number, place(number))));
        let got = (0..count).map(|number| (SERVER, data_read(10 + number, &part)));
        of(asked.chain(got).collect())
    };
    assert_eq!(read_large(4), NOTHING);
    assert_eq!(read_large(5), ["smb.read_queue_size_exceeded"]);
}

#[test]
fn a_session_message_of_no_type_is_told_beside_what_is_lost() {
    let keep_alive = (CLIENT, vec![0x85, 0, 0, 0]);
    assert_eq!(codes(&[keep_alive, (CLIENT, offer(0, 2))]), NOTHING);
    let told = codes(&[(CLIENT, vec![0x77, 0, 0, 4, 1, 2, 3, 4])]);
    assert_eq!(told, ["smb.unusual_nbss_type", "smb.malformed_data"]);
}

#[test]
fn a_share_with_the_number_of_another_is_told_unless_that_was_disconnected() {
    let connect = [
        (CLIENT, tree_connect("\\\\h\\a")),
        (SERVER, tree_connected(1)),
    ];
    let end = |command: u16| {
        vec![(
            CLIENT,
            message(command, false, 7, 5, SUCCESS, &[4, 0, 0, 0]),
        )]
    };
    let between = |middle: Vec<(Side, Vec<u8>)>| codes(&[&connect[..], &middle, &connect].concat());
    let code = ["smb.tree_id_reused_wo_disconnect"];
    assert_eq!(between(Vec::new()), code);
    assert_eq!(between(end(4)), NOTHING);
    assert_eq!(between(end(2)), NOTHING);
}

#[test]
fn rules_see_what_belongs_to_no_exchange() {
    /// Keeps the events of exchanges that go on.
    #[derive(Default)]
    struct Asked(Vec<&'static str>);
    impl Sink for Asked {
        fn time(&self) -> i64 {
            0
        }
        fn wants(&self, _: wirewatch_records::Kind) -> bool {
            false
        }
        fn progress(&mut self, transaction: &dyn crate::Transaction, side: Side) {
            if transaction.progress(side) == crate::COMPLETE {
                let events = transaction.events().iter().map(|event| event.code);
                self.0.extend(events);
            }
        }
        fn record(&mut self, _: Option<u64>, _: Side, _: &wirewatch_records::Row<'_>) {}
        fn anomaly(&mut self, _: Option<u64>, _: Side, _: &'static Event) {}
        fn file(&mut self, _: &dyn crate::Transaction, _: Side, _: u32, _: crate::FilePart<'_>) {}
        fn learn(&mut self, _: crate::Fact<'_>) {}
    }
    let mut asked = Asked::default();
    parser().data(CLIENT, &[0x77, 0, 0, 4, 1, 2, 3, 4], &mut asked);
    assert_eq!(asked.0, ["smb.unusual_nbss_type", "smb.malformed_data"]);
}
