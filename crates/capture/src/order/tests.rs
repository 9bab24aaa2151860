use std::path::PathBuf;

use crate::file::samples::*;
use crate::{Error, FileOptions, Source, open_files};

const SECOND: i64 = 1_000_000_000;

fn open(inputs: &[PathBuf]) -> Box<dyn Source> {
    open_files(inputs, &FileOptions::default()).unwrap()
}

fn seconds(drained: &Drained) -> Vec<i64> {
    drained
        .packets
        .iter()
        .map(|packet| packet.ts / SECOND)
        .collect()
}

#[test]
fn files_are_read_in_the_order_of_their_first_packets() {
    let folder = Folder::new();
    let late = folder.file("a.pcap", &pcap_at(&[5, 6]));
    let early = folder.file("b.pcap", &pcap_at(&[1, 2]));
    let drained = drain(&mut *open(&[late, early]));
    assert_eq!(seconds(&drained), [1, 2, 5, 6]);
}

#[test]
fn files_that_overlap_are_merged_packet_by_packet() {
    let folder = Folder::new();
    folder.file("a.pcap", &pcap_at(&[1, 4, 7, 10]));
    folder.file("b.pcap", &pcap_at(&[2, 5, 8]));
    folder.file("c.pcap", &pcap_at(&[3, 6, 9, 11]));
    let drained = drain(&mut *open(&[folder.path().to_owned()]));
    assert_eq!(seconds(&drained), (1..=11).collect::<Vec<_>>());
    assert!(
        drained.packets.iter().all(|p| i64::from(u32::from_be_bytes(
            p.bytes[..4].try_into().unwrap()
        )) == p.ts / SECOND)
    );
}

#[test]
fn packets_are_numbered_over_all_files_as_they_are_handed_out() {
    let folder = Folder::new();
    let inputs = [
        folder.file("a.pcap", &pcap_at(&[1, 3])),
        folder.file("b.pcap", &pcap_at(&[2, 4])),
    ];
    let drained = drain(&mut *open(&inputs));
    let numbers: Vec<_> = drained.packets.iter().map(|packet| packet.number).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
}

#[test]
fn packets_of_the_same_time_come_in_the_order_of_the_inputs() {
    let folder = Folder::new();
    let inputs = [
        folder.file("z.pcap", &pcap_at(&[1, 1])),
        folder.file("a.pcap", &pcap_at(&[1, 1])),
    ];
    let mut source = open(&inputs);
    let drained = drain(&mut *source);
    let names = source.interfaces();
    let from: Vec<_> = drained
        .packets
        .iter()
        .map(|packet| &*names[packet.interface as usize])
        .collect();
    assert_eq!(from, ["z.pcap:0", "z.pcap:0", "a.pcap:0", "a.pcap:0"]);
}

#[test]
fn a_packet_out_of_order_in_its_file_keeps_its_place_there() {
    let folder = Folder::new();
    let path = folder.file("a.pcap", &pcap_at(&[3, 1, 2]));
    assert_eq!(seconds(&drain(&mut *open(&[path]))), [3, 1, 2]);
}

#[test]
fn folders_are_searched_through_and_what_is_no_capture_is_told() {
    let folder = Folder::new();
    folder.file("deep/er/a.pcap", &pcap_at(&[1]));
    folder.file("b.txt", b"these are notes about the captures beside them");
    folder.file("c.pcap", b"");
    let drained = drain(&mut *open(&[folder.path().to_owned()]));
    assert_eq!(drained.packets.len(), 1);
    assert!(drained.error.is_none());
    let codes: Vec<_> = drained.events.iter().map(|event| event.code).collect();
    assert_eq!(codes, ["capture.not_a_capture"; 2]);
    assert!(
        drained.events[0]
            .message
            .ends_with("b.txt was passed over: this is no capture file; it looks like text")
    );
}

#[test]
fn a_folder_without_a_capture_is_unusable() {
    let folder = Folder::new();
    folder.file("b.txt", b"these are notes about captures");
    let result = open_files(&[folder.path().to_owned()], &FileOptions::default());
    assert!(matches!(result.err(), Some(Error::Unusable { .. })));
}

#[test]
fn a_named_file_that_does_not_exist_is_an_error_at_once() {
    let folder = Folder::new();
    let good = folder.file("a.pcap", &pcap_at(&[1]));
    let result = open_files(
        &[good, folder.path().join("none.pcap")],
        &FileOptions::default(),
    );
    assert!(matches!(result.err(), Some(Error::Io { .. })));
}

#[test]
fn a_named_file_that_is_no_capture_is_an_error_at_once() {
    let folder = Folder::new();
    let path = folder.file("a.txt", b"these are notes about captures");
    let result = open_files(&[path], &FileOptions::default());
    assert!(matches!(result.err(), Some(Error::Damaged { .. })));
}

#[test]
fn a_named_file_that_is_no_capture_among_others_is_an_error_at_the_end() {
    let folder = Folder::new();
    let inputs = [
        folder.file("a.txt", b"these are notes about captures"),
        folder.file("b.pcap", &pcap_at(&[1, 2])),
    ];
    let drained = drain(&mut *open(&inputs));
    assert_eq!(seconds(&drained), [1, 2]);
    assert!(matches!(drained.error, Some(Error::Damaged { path, .. }) if path == inputs[0]));
}

#[test]
fn a_damaged_file_does_not_keep_others_from_being_read_to_their_ends() {
    let folder = Folder::new();
    let cut = |seconds: &[u32]| pcap_at(seconds)[..46].to_vec();
    let inputs = [
        folder.file("a.pcap", &cut(&[1, 2])),
        folder.file("b.pcap", &cut(&[3, 4])),
        folder.file("c.pcap", &pcap_at(&[5, 6])),
    ];
    let drained = drain(&mut *open(&inputs));
    assert_eq!(seconds(&drained), [1, 3, 5, 6]);
    let Some(Error::Damaged { path, packets, .. }) = drained.error else {
        panic!("{:?}", drained.error)
    };
    assert_eq!((path, packets), (inputs[0].clone(), 1));
    assert_eq!(drained.events.len(), 1);
    assert_eq!(drained.events[0].code, "capture.damaged");
    assert!(drained.events[0].message.contains("b.pcap"));
}

#[test]
fn a_capture_of_no_packets_is_an_end_without_an_error() {
    let folder = Folder::new();
    let drained = drain(&mut *open(&[folder.file("a.pcap", &pcap_at(&[]))]));
    assert!(drained.packets.is_empty() && drained.error.is_none());
}

#[test]
fn more_files_than_may_be_open_are_read_one_after_the_other() {
    let folder = Folder::new();
    for number in 0..50 {
        folder.file(
            &format!("{number:02}.pcap"),
            &pcap_at(&[number * 10, number * 10 + 5]),
        );
    }
    let options = FileOptions {
        open_limit: 1,
        ..FileOptions::default()
    };
    let mut source = open_files(&[folder.path().to_owned()], &options).unwrap();
    let drained = drain(&mut *source);
    assert_eq!(
        seconds(&drained),
        (0..100).map(|number| number * 5).collect::<Vec<_>>()
    );
    assert!(drained.events.is_empty());
}

#[test]
fn more_overlapping_files_than_may_be_open_are_read_late_and_told() {
    let folder = Folder::new();
    for number in 0..5 {
        folder.file(&format!("{number}.pcap"), &pcap_at(&[number, 100 + number]));
    }
    let options = FileOptions {
        open_limit: 2,
        ..FileOptions::default()
    };
    let mut source = open_files(&[folder.path().to_owned()], &options).unwrap();
    let drained = drain(&mut *source);
    assert_eq!(drained.packets.len(), 10);
    let codes: Vec<_> = drained.events.iter().map(|event| event.code).collect();
    assert_eq!(codes, ["capture.out_of_order"]);
}

#[test]
fn events_are_bounded_and_what_is_left_out_is_counted() {
    let folder = Folder::new();
    folder.file("a.pcap", &pcap_at(&[1]));
    for number in 0..40 {
        folder.file(&format!("{number}.txt"), b"these are notes about captures");
    }
    let events = open(&[folder.path().to_owned()]).events();
    assert_eq!(events.len(), 33);
    assert_eq!(
        events[32].message,
        "8 further events about capture files were left out"
    );
}

#[test]
fn progress_goes_from_nothing_to_all() {
    let folder = Folder::new();
    let inputs = [
        folder.file("a.pcap", &pcap_at(&[1, 2])),
        folder.file("b.pcap", &pcap_at(&[3, 4])[..50]),
    ];
    let mut source = open(&inputs);
    assert_eq!(source.progress(), Some(0.0));
    drain(&mut *source);
    assert_eq!(source.progress(), Some(1.0));
}

#[test]
fn merging_many_files_loses_and_repeats_nothing() {
    let folder = Folder::new();
    let mut expected = Vec::new();
    for number in 0..20_u32 {
        let times: Vec<u32> = (0..500)
            .map(|step| number * 7 + step * (number % 5 + 1))
            .collect();
        expected.extend(times.iter().map(|&second| i64::from(second)));
        folder.file(&format!("{number:02}.pcap"), &pcap_at(&times));
    }
    expected.sort_unstable();
    let options = FileOptions {
        window: 64,
        ..FileOptions::default()
    };
    let mut source = open_files(&[folder.path().to_owned()], &options).unwrap();
    assert_eq!(seconds(&drain(&mut *source)), expected);
    assert_eq!(source.counters().packets, 10_000);
}
