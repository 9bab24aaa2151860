//! The project's compiler must give the verdicts of libpcap's.

use super::super::kernel::HOLD;
use super::super::layout::link::{ETHERNET, LINUX_SLL, LINUX_SLL2, RAW};
use super::super::machine::run;
use super::{Filter, SNAP, expressions, packets};

/// Compares both compilers on all packets; how many expressions were compared.
fn verdicts(link: u16, list: &[Vec<u8>], expressions: &[&str]) -> usize {
    let Some(library) = crate::libpcap::library() else {
        eprintln!("skipped: there is no libpcap to compare with");
        return usize::MAX;
    };
    let mut compared = 0;
    for expression in expressions {
        let theirs = match library.compile(expression, link, SNAP) {
            Err(message) if message.contains("rejects all packets") => Ok(HOLD.to_vec()),
            theirs => theirs,
        };
        let own = Filter::compile_own(expression, link, SNAP);
        let (theirs, own) = match (theirs, own) {
            (Ok(theirs), Ok(own)) => (theirs, own),
            (Err(_), Err(_)) => continue,
            (theirs, own) => panic!("{expression}: libpcap {theirs:?}, own {own:?}"),
        };
        for (number, packet) in list.iter().enumerate() {
            let length = packet.len() as u32;
            let expected = run(&theirs, packet, length) != 0;
            let verdict = own.matches(packet, length);
            assert_eq!(verdict, expected, "{expression} on packet {number}");
        }
        compared += 1;
    }
    compared
}

#[test]
fn on_ethernet() {
    let compared = verdicts(ETHERNET, &packets::all(), expressions::ALL);
    assert!(compared >= 150, "{compared}");
}

/// Without negations: libpcap's optimiser leaves out loads, and a load that is left out cannot reject a packet.
#[test]
fn on_truncated_ethernet() {
    let positive: Vec<&str> = expressions::ALL
        .iter()
        .copied()
        .filter(|expression| !expression.contains("not") && !expression.contains('!'))
        .collect();
    for keep in [0, 13, 14, 23, 34, 38, 47, 53] {
        let mut list = packets::all();
        for packet in &mut list {
            packet.truncate(keep);
        }
        assert!(verdicts(ETHERNET, &list, &positive) >= 150);
    }
}

#[test]
fn on_raw_ip() {
    let list: Vec<Vec<u8>> = packets::all()
        .into_iter()
        .filter(|packet| matches!(packet[12..14], [0x08, 0x00] | [0x86, 0xdd]))
        .map(|packet| packet[14..].to_vec())
        .collect();
    assert!(verdicts(RAW, &list, expressions::NETWORK) >= 80);
}

#[test]
fn on_linux_cooked() {
    let cooked = |header: usize, at: usize| -> Vec<Vec<u8>> {
        let cook = |packet: Vec<u8>| {
            let mut cooked = vec![0; header];
            cooked[at..at + 2].copy_from_slice(&packet[12..14]);
            cooked.extend_from_slice(&packet[14..]);
            cooked
        };
        packets::all().into_iter().map(cook).collect()
    };
    assert!(verdicts(LINUX_SLL, &cooked(16, 14), expressions::NETWORK) >= 80);
    assert!(verdicts(LINUX_SLL2, &cooked(20, 0), expressions::NETWORK) >= 80);
}

#[test]
fn refuses_what_libpcap_refuses() {
    let Some(library) = crate::libpcap::library() else {
        eprintln!("skipped: there is no libpcap to compare with");
        return;
    };
    for expression in expressions::WRONG {
        assert!(
            Filter::compile_own(expression, ETHERNET, SNAP).is_err(),
            "{expression}"
        );
        assert!(
            library.compile(expression, ETHERNET, SNAP).is_err(),
            "{expression}"
        );
    }
}
