use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::{COMMENT_LIMIT, Drops, PcapngWriter};
use crate::file::samples::*;
use crate::{FileOptions, SNAP_LIMIT, open_files};

fn kept(number: u64, bytes: &[u8]) -> Kept {
    Kept {
        ts: 1_700_000_000_123_456_789 + number.cast_signed(),
        number,
        interface: 0,
        link: ETHERNET,
        wire_length: bytes.len() as u32,
        bytes: bytes.to_vec(),
    }
}

fn write(path: &Path, packets: &[(Kept, Option<&str>)]) {
    let mut writer = PcapngWriter::create(path, &[]).unwrap();
    for (packet, comment) in packets {
        writer.write(&packet.packet(), "eth0", *comment).unwrap();
    }
    writer.finish().unwrap();
}

fn read_back(path: &Path) -> Drained {
    drain(&mut *open_files(&[path.to_owned()], &FileOptions::default()).unwrap())
}

#[test]
fn comments_do_not_get_in_the_way_of_packets() {
    let folder = Folder::new();
    let path = folder.path().join("a.pcapng");
    write(
        &path,
        &[
            (kept(1, b"one"), Some("why this one")),
            (kept(2, b"two"), None),
        ],
    );
    let read = read_back(&path);
    assert!(read.error.is_none());
    assert_eq!(read.packets, [kept(1, b"one"), kept(2, b"two")]);
}

#[test]
fn a_long_comment_is_cut_between_letters() {
    let folder = Folder::new();
    let path = folder.path().join("a.pcapng");
    let comment = format!("x{}", "ä".repeat(COMMENT_LIMIT));
    write(&path, &[(kept(1, b"one"), Some(&comment))]);
    let bytes = std::fs::read(&path).unwrap();
    let start = bytes
        .windows(3)
        .position(|three| three == [b'x', 0xc3, 0xa4])
        .unwrap();
    let length = u16::from_le_bytes([bytes[start - 2], bytes[start - 1]]);
    assert_eq!(usize::from(length), COMMENT_LIMIT - 1);
    assert_eq!(read_back(&path).packets.len(), 1);
}

#[test]
fn a_packet_longer_than_readers_believe_is_cut() {
    let folder = Folder::new();
    let path = folder.path().join("a.pcapng");
    let packet = kept(1, &vec![7; SNAP_LIMIT as usize + 5]);
    write(&path, &[(packet.clone(), None)]);
    let read = read_back(&path);
    assert_eq!(read.packets[0].bytes.len(), SNAP_LIMIT as usize);
    assert_eq!(read.packets[0].wire_length, packet.wire_length);
}

#[test]
fn drops_are_written_at_the_end() {
    let folder = Folder::new();
    let path = folder.path().join("a.pcapng");
    let mut writer = PcapngWriter::create(&path, &[]).unwrap();
    writer
        .write(&kept(1, b"one").packet(), "eth0", None)
        .unwrap();
    writer.set_drops(
        0,
        Drops {
            received: 12,
            interface: 1,
            kernel: 10,
        },
    );
    writer.finish().unwrap();
    let mut source = open_files(&[path], &FileOptions::default()).unwrap();
    drain(&mut *source);
    assert_eq!(source.counters().skipped_blocks, 1);
}

#[test]
fn what_was_flushed_can_be_read_before_the_end() {
    let folder = Folder::new();
    let path = folder.path().join("a.pcapng");
    let mut writer = PcapngWriter::create(&path, &[]).unwrap();
    writer
        .write(&kept(1, b"one").packet(), "eth0", None)
        .unwrap();
    writer.flush().unwrap();
    assert_eq!(read_back(&path).packets.len(), 1);
}

#[test]
fn a_file_that_is_read_is_not_written_and_keeps_its_bytes() {
    let folder = Folder::new();
    let bytes = pcap_at(&[1]);
    let path = folder.file("in/a.pcap", &bytes);
    let link = folder.path().join("link.pcap");
    std::fs::hard_link(&path, &link).unwrap();
    for target in [&path, &link] {
        let error = PcapngWriter::create(target, std::slice::from_ref(&path)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains("is being read"), "{error}");
    }
    assert_eq!(std::fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_file_in_a_folder_that_is_read_is_not_written() {
    let folder = Folder::new();
    folder.file("in/a.pcap", &pcap_at(&[1]));
    let inputs = [folder.path().join("in")];
    let error = PcapngWriter::create(&inputs[0].join("new.pcapng"), &inputs).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("lies in a folder that is being read"),
        "{error}"
    );
    PcapngWriter::create(&folder.path().join("new.pcapng"), &inputs).unwrap();
}

#[cfg(unix)]
#[test]
fn a_second_writer_of_one_file_is_refused() {
    let folder = Folder::new();
    let path = folder.path().join("a.pcapng");
    let mut first = PcapngWriter::create(&path, &[]).unwrap();
    let error = PcapngWriter::create(&path, &[]).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("a.pcapng: it is being written by another process"),
        "{error}"
    );
    first
        .write(&kept(1, b"one").packet(), "eth0", None)
        .unwrap();
    first.finish().unwrap();
    assert_eq!(read_back(&path).packets.len(), 1);
    PcapngWriter::create(&path, &[]).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_with_the_name_of_the_file() {
    let path = PathBuf::from("/dev/full");
    let error = PcapngWriter::create(&path, &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert!(error.to_string().starts_with("/dev/full: "), "{error}");
}

#[test]
fn a_folder_that_does_not_exist_is_an_error_with_the_name_of_the_file() {
    let folder = Folder::new();
    let error = PcapngWriter::create(&folder.path().join("none/a.pcapng"), &[]).unwrap_err();
    assert!(error.to_string().contains("none/a.pcapng: "), "{error}");
}

fn packets() -> impl Strategy<Value = Vec<Kept>> {
    let packet = (
        0..i64::MAX,
        0..3_u32,
        any::<u32>(),
        proptest::collection::vec(any::<u8>(), 0..200),
    );
    proptest::collection::vec(packet, 1..150).prop_map(|packets| {
        let number =
            |(index, (ts, interface, extra, bytes)): (usize, (i64, u32, u32, Vec<u8>))| Kept {
                ts,
                number: index as u64 + 1,
                interface,
                link: 100 + interface as u16,
                wire_length: (bytes.len() as u32).saturating_add(extra),
                bytes,
            };
        packets.into_iter().enumerate().map(number).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_written_is_read_back(mut packets in packets(), comment in ".{0,40}") {
        let folder = Folder::new();
        let path = folder.path().join("a.pcapng");
        let mut writer = PcapngWriter::create(&path, &[]).unwrap();
        for packet in &packets {
            let name = format!("eth{}", packet.interface);
            writer.write(&packet.packet(), &name, Some(&comment)).unwrap();
        }
        writer.finish().unwrap();
        let mut source = open_files(&[path], &FileOptions::default()).unwrap();
        let mut read = drain(&mut *source);
        prop_assert!(read.error.is_none());
        let names = source.interfaces();
        for packet in &mut read.packets {
            prop_assert_eq!(&names[packet.interface as usize], &format!("eth{}", packet.link - 100));
            packet.interface = 0;
        }
        for packet in &mut packets {
            packet.interface = 0;
        }
        prop_assert_eq!(read.packets, packets);
    }
}
