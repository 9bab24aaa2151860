use super::{Status, check, interfaces_up};
use crate::LiveOptions;
use crate::interfaces::InterfaceInfo;

#[cfg(target_os = "linux")]
use super::linux::{available_mebibytes, backlog_drops};

#[test]
fn whatever_is_not_well_names_its_fix_or_needs_none() {
    for check in check(&LiveOptions::default(), 2) {
        assert!(!check.found.is_empty(), "{check:?}");
        assert!(
            check.status != Status::Fail || check.fix.is_some(),
            "{check:?}"
        );
    }
}

#[test]
fn without_an_interface_that_is_up_the_fix_names_one() {
    let down = InterfaceInfo {
        name: "eth7".to_owned(),
        ..InterfaceInfo::default()
    };
    let check = interfaces_up(&[down]);
    assert_eq!(check.status, Status::Warn);
    assert_eq!(check.fix.as_deref(), Some("sudo ip link set eth7 up"));
}

#[test]
#[cfg(target_os = "linux")]
fn rings_larger_than_a_quarter_of_the_free_memory_are_warned_of() {
    let options = LiveOptions {
        ring_bytes: 1 << 50,
        ..LiveOptions::default()
    };
    let check = super::linux::memory(&options, 4);
    assert_eq!(check.status, Status::Warn);
}

#[test]
#[cfg(target_os = "linux")]
fn free_memory_is_read_in_mebibytes() {
    let text = "MemTotal:       16000000 kB\nMemAvailable:    2097152 kB\n";
    assert_eq!(available_mebibytes(text), Some(2048));
}

#[test]
#[cfg(target_os = "linux")]
fn backlog_drops_of_all_processors_are_added() {
    assert_eq!(
        backlog_drops("00001000 0000000a 0\n00001000 00000001 0\n"),
        11
    );
}
