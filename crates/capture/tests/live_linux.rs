//! Live capture of real traffic between network namespaces.
//!
//! Needs root and iproute2; without them each test says so and passes. The names of
//! the namespaces contain the process number, and they are deleted at the end.

#![cfg(target_os = "linux")]
#![allow(
    unsafe_code,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[path = "live_linux/children.rs"]
mod children;
#[path = "live_linux/frames.rs"]
mod frames;
#[path = "live_linux/world.rs"]
mod world;

use std::collections::HashMap;
use std::net::UdpSocket;
use std::time::Duration;

use frames::{tagged, udp};
use wirewatch_capture::{
    Backend, Error, LiveOptions, Polled, Source, open_live, open_live_workers,
};
use world::{Seen, World, collect, ip, run_inside};

const ETHERNET: u16 = 1;
const RAW: u16 = 101;
const LINUX_SLL2: u16 = 276;

fn on(interface: &str) -> LiveOptions {
    LiveOptions {
        interfaces: vec![interface.to_owned()],
        ..LiveOptions::default()
    }
}

fn open(options: &LiveOptions) -> Box<dyn Source> {
    open_live(options, 0, 1).expect("opens")
}

fn payloads(seen: &[Seen]) -> Vec<u32> {
    seen.iter()
        .filter_map(|packet| frames::sequence(&packet.bytes))
        .collect()
}

#[test]
fn every_packet_of_a_burst_arrives_once_and_in_order() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let mut source = open(&on("near0"));
        let sender = world.sender("far0");
        for sequence in 0..20_000 {
            sender.send(&udp(1000, 2000, sequence));
        }
        let seen = collect(source.as_mut(), |seen| seen.len() == 20_000);
        assert_eq!(payloads(&seen), (0..20_000).collect::<Vec<u32>>());
        assert!(
            seen.iter()
                .zip(1..)
                .all(|(packet, number)| packet.number == number)
        );
        assert!(seen.windows(2).all(|pair| pair[0].ts <= pair[1].ts));
        assert!(
            seen.iter()
                .all(|packet| packet.link == ETHERNET && packet.interface == 0)
        );
        let counters = source.counters();
        assert_eq!((counters.packets, counters.kernel_drops), (20_000, 0));
        assert_eq!(
            source.poll(Duration::ZERO, &mut |_| ()).expect("polls"),
            Polled::Idle
        );
    });
}

#[test]
fn libpcap_sees_the_same_packets() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let options = LiveOptions {
            backend: Backend::Libpcap,
            filter: Some("udp dst port 2000".to_owned()),
            ..on("near0")
        };
        let mut source = match open_live(&options, 0, 1) {
            Err(Error::Unusable { what, reason }) if what == "libpcap" => {
                eprintln!("skipped: {reason}");
                return;
            }
            opened => opened.expect("opens"),
        };
        let sender = world.sender("far0");
        let before = std::time::SystemTime::UNIX_EPOCH.elapsed().expect("clock");
        for sequence in 0..1000 {
            sender.send(&udp(1000, 2000 + (sequence % 2) as u16, sequence));
        }
        let seen = collect(source.as_mut(), |seen| seen.len() == 500);
        assert_eq!(payloads(&seen), (0..1000).step_by(2).collect::<Vec<u32>>());
        assert!(seen.iter().all(|packet| packet.link == ETHERNET));
        let age = seen[0].ts - before.as_nanos() as i64;
        assert!((0..60_000_000_000).contains(&age), "{age}");
    });
}

#[test]
fn libpcap_serves_one_worker_only() {
    let options = LiveOptions {
        backend: Backend::Libpcap,
        ..on("lo")
    };
    assert!(matches!(
        open_live(&options, 0, 2),
        Err(Error::Unusable { .. })
    ));
    assert!(!options.can_share());
}

#[test]
fn vlan_tags_are_put_back() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let mut source = open(&on("near0"));
        let sent = vec![
            tagged(&udp(1, 2, 3), &[(0x8100, 100)]),
            tagged(&udp(1, 2, 4), &[(0x88a8, 0x6fff)]),
            tagged(&udp(1, 2, 5), &[(0x88a8, 200), (0x8100, 300)]),
            tagged(&udp(1, 2, 6), &[(0x8100, 0)]),
            udp(1, 2, 7),
        ];
        let sender = world.sender("far0");
        for frame in &sent {
            sender.send(frame);
        }
        let seen = collect(source.as_mut(), |seen| seen.len() == sent.len());
        for (packet, frame) in seen.iter().zip(&sent) {
            assert_eq!(&packet.bytes, frame);
            assert_eq!(packet.wire_length as usize, frame.len());
        }
    });
}

#[test]
fn a_filter_in_the_kernel_sees_the_tag_it_took_out() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let options = LiveOptions {
            filter: Some("vlan 100 and udp dst port 53 or vlan 300".to_owned()),
            ..on("near0")
        };
        let mut source = open(&options);
        let sender = world.sender("far0");
        sender.send(&udp(1, 53, 1));
        sender.send(&tagged(&udp(1, 53, 2), &[(0x8100, 100)]));
        sender.send(&tagged(&udp(1, 54, 3), &[(0x8100, 100)]));
        sender.send(&tagged(&udp(1, 53, 4), &[(0x8100, 200)]));
        sender.send(&tagged(&udp(1, 54, 5), &[(0x8100, 100), (0x8100, 300)]));
        let seen = collect(source.as_mut(), |seen| seen.len() == 2);
        assert_eq!(payloads(&seen), [2, 5]);
    });
}

#[test]
fn a_filter_passes_what_it_says_and_cuts_at_the_snap_length() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let options = LiveOptions {
            filter: Some("udp dst port 53".to_owned()),
            snap_length: 60,
            ..on("near0")
        };
        let mut source = open(&options);
        let sender = world.sender("far0");
        for sequence in 0..300_u32 {
            sender.send(&udp(
                1,
                if sequence.is_multiple_of(3) { 53 } else { 54 },
                sequence,
            ));
        }
        let seen = collect(source.as_mut(), |seen| seen.len() == 100);
        assert!(seen.iter().all(|packet| packet.bytes.len() == 60));
        assert!(seen.iter().all(|packet| packet.wire_length == 100));
        assert_eq!(source.counters().packets, 100);
    });
}

#[test]
fn all_interfaces_are_captured_with_a_cooked_header() {
    let Some(world) = World::new() else { return };
    world.add_pair("near1", "far1");
    run_inside(&world.near, || {
        let mut source = open(&LiveOptions {
            filter: Some("udp".to_owned()),
            ..on("any")
        });
        world.sender("far0").send(&udp(1, 2, 10));
        let first = collect(source.as_mut(), |seen| seen.len() == 1);
        world
            .sender("far1")
            .send(&tagged(&udp(1, 2, 11), &[(0x8100, 5)]));
        let second = collect(source.as_mut(), |seen| seen.len() == 1);
        let names = source.interfaces();
        assert_eq!(names[first[0].interface as usize], "near0");
        assert_eq!(names[second[0].interface as usize], "near1");
        assert_eq!((first[0].link, second[0].link), (LINUX_SLL2, LINUX_SLL2));
        assert_eq!(first[0].bytes[..2], [0x08, 0x00]);
        assert_eq!(first[0].bytes[20..], udp(1, 2, 10)[14..]);
        assert_eq!(first[0].wire_length as usize, first[0].bytes.len());
        assert_eq!(second[0].bytes[..2], [0x81, 0x00]);
        assert_eq!(second[0].bytes[20..24], [0x00, 0x05, 0x08, 0x00]);
        assert_eq!(second[0].bytes[24..], udp(1, 2, 11)[14..]);
    });
}

#[test]
fn a_packet_on_the_loopback_interface_is_seen_once() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let mut lo = open(&on("lo"));
        let mut any = open(&on("any"));
        let receiver = UdpSocket::bind("127.0.0.1:0").expect("binds");
        let sender = UdpSocket::bind("127.0.0.1:0").expect("binds");
        for sequence in 0..50_u32 {
            let to = receiver.local_addr().expect("address");
            sender.send_to(&sequence.to_be_bytes(), to).expect("sends");
        }
        // It comes after the others, so that there is something to wait for.
        world.sender("far0").send(&udp(1, 2, 99));
        let seen = collect(any.as_mut(), |seen| seen.len() >= 51);
        let names = any.interfaces();
        let of_loopback = seen
            .iter()
            .filter(|packet| names[packet.interface as usize] == "lo")
            .count();
        assert_eq!(of_loopback, 50);
        assert_eq!(collect(lo.as_mut(), |seen| seen.len() >= 50).len(), 50);
        assert_eq!(
            lo.poll(Duration::from_millis(200), &mut |_| ())
                .expect("polls"),
            Polled::Idle
        );
    });
}

#[test]
fn several_interfaces_are_one_source() {
    let Some(world) = World::new() else { return };
    world.add_pair("near1", "far1");
    run_inside(&world.near, || {
        let options = LiveOptions {
            interfaces: vec!["near1".to_owned(), "near0".to_owned()],
            ..LiveOptions::default()
        };
        let mut source = open(&options);
        let (zero, one) = (world.sender("far0"), world.sender("far1"));
        for sequence in 0..500 {
            zero.send(&udp(1, 2, 2 * sequence));
            one.send(&udp(1, 2, 2 * sequence + 1));
        }
        let seen = collect(source.as_mut(), |seen| seen.len() == 1000);
        assert_eq!(source.interfaces(), ["near1", "near0"]);
        for packet in &seen {
            let sequence = frames::sequence(&packet.bytes).expect("sequence");
            assert_eq!(packet.interface, u32::from(sequence.is_multiple_of(2)));
        }
    });
}

#[test]
fn an_interface_that_goes_down_and_up_is_told_and_does_not_disturb_the_others() {
    let Some(world) = World::new() else { return };
    world.add_pair("near1", "far1");
    run_inside(&world.near, || {
        let options = LiveOptions {
            interfaces: vec!["near0".to_owned(), "near1".to_owned()],
            ..LiveOptions::default()
        };
        let mut source = open(&options);
        ip(&["-n", &world.near, "link", "set", "near0", "down"]);
        world::wait_for_event(source.as_mut(), "capture.interface_down");
        world.sender("far1").send(&udp(1, 2, 1));
        assert_eq!(
            payloads(&collect(source.as_mut(), |seen| seen.len() == 1)),
            [1]
        );
        ip(&["-n", &world.near, "link", "set", "near0", "up"]);
        world::wait_for_event(source.as_mut(), "capture.interface_up");
        world.sender("far0").send(&udp(1, 2, 2));
        let seen = collect(source.as_mut(), |seen| seen.len() == 1);
        assert_eq!((payloads(&seen), seen[0].interface), (vec![2], 0));
    });
}

#[test]
fn an_interface_that_is_down_at_the_start_is_waited_for() {
    let Some(world) = World::new() else { return };
    ip(&["-n", &world.near, "link", "set", "near0", "down"]);
    run_inside(&world.near, || {
        let mut source = open(&on("near0"));
        assert_eq!(source.events()[0].code, "capture.interface_down");
        ip(&["-n", &world.near, "link", "set", "near0", "up"]);
        world::wait_for_event(source.as_mut(), "capture.interface_up");
        world.sender("far0").send(&udp(1, 2, 1));
        assert_eq!(
            payloads(&collect(source.as_mut(), |seen| seen.len() == 1)),
            [1]
        );
    });
}

#[test]
fn an_interface_that_is_made_anew_is_captured_again_by_all_workers() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let mut workers = open_live_workers(&on("near0"), 2).expect("opens");
        world.sender("far0").send(&udp(1, 2, 1));
        let before = world::collect_from(&mut workers, |seen| seen.len() == 1);
        assert_eq!(payloads(&before), [1]);
        ip(&["-n", &world.near, "link", "del", "near0"]);
        for worker in &mut workers {
            world::wait_for_event(worker.as_mut(), "capture.interface_gone");
        }
        world.add_pair("near0", "far0");
        world::wait_for_event_of_all(&mut workers, "capture.interface_back");
        let sender = world.sender("far0");
        for sequence in 0..100 {
            sender.send(&udp(sequence as u16, 2, sequence));
        }
        let seen = world::collect_from(&mut workers, |seen| seen.len() == 100);
        let mut sequences = payloads(&seen);
        sequences.sort_unstable();
        assert_eq!(sequences, (0..100).collect::<Vec<u32>>());
    });
}

#[test]
fn two_workers_share_the_flows() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let mut workers = open_live_workers(&on("near0"), 2).expect("opens");
        let sender = world.sender("far0");
        for sequence in 0..8000 {
            let flow = (sequence % 400) as u16;
            let back = (sequence / 400) % 2 == 1;
            let frame = udp(10_000 + flow, 53, sequence);
            sender.send(&if back {
                frames::reversed(&frame)
            } else {
                frame
            });
        }
        let mut worker_of_flow = HashMap::new();
        let mut sequences = Vec::new();
        let seen = world::collect_from(&mut workers, |seen| seen.len() == 8000);
        for packet in &seen {
            let sequence = frames::sequence(&packet.bytes).expect("sequence");
            let worker = *worker_of_flow
                .entry(sequence % 400)
                .or_insert(packet.worker);
            assert_eq!(worker, packet.worker, "flow {}", sequence % 400);
            sequences.push(sequence);
        }
        sequences.sort_unstable();
        assert_eq!(sequences, (0..8000).collect::<Vec<u32>>());
        let of_first = worker_of_flow
            .values()
            .filter(|worker| **worker == 0)
            .count();
        assert!((100..300).contains(&of_first), "{of_first} of 400 flows");
    });
}

#[test]
fn a_full_ring_is_counted() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let options = LiveOptions {
            ring_bytes: 256 << 10,
            ..on("near0")
        };
        let mut source = open(&options);
        let sender = world.sender("far0");
        for sequence in 0..5000 {
            sender.send(&udp(1, 2, sequence));
        }
        let mut received = collect(source.as_mut(), |seen| !seen.is_empty()).len();
        while let Polled::Packets(count) = source
            .poll(Duration::from_millis(200), &mut |_| ())
            .expect("polls")
        {
            received += count;
        }
        let counters = source.counters();
        assert!(counters.kernel_drops > 0);
        assert_eq!(received as u64 + counters.kernel_drops, 5000);
        assert_eq!(source.counters().kernel_drops, counters.kernel_drops);
    });
}

#[test]
fn a_tunnel_without_link_header_is_raw_ip() {
    let Some(world) = World::new() else { return };
    run_inside(&world.near, || {
        let Some(_tunnel) = world::Tunnel::open("tun0") else {
            return;
        };
        ip(&[
            "-n",
            &world.near,
            "address",
            "add",
            "192.0.2.1/24",
            "dev",
            "tun0",
        ]);
        ip(&["-n", &world.near, "link", "set", "tun0", "up"]);
        let mut source = open(&LiveOptions {
            filter: Some("udp dst port 4000".to_owned()),
            ..on("tun0")
        });
        let socket = UdpSocket::bind("192.0.2.1:0").expect("binds");
        socket
            .send_to(b"tunnelled", "192.0.2.2:4000")
            .expect("sends");
        let seen = collect(source.as_mut(), |seen| seen.len() == 1);
        assert_eq!(seen[0].link, RAW);
        assert_eq!(seen[0].bytes[0], 0x45);
        assert!(seen[0].bytes.ends_with(b"tunnelled"));
    });
}

#[test]
fn a_wrong_filter_is_refused_with_its_column() {
    let error = open_live(
        &LiveOptions {
            filter: Some("tcp port".to_owned()),
            ..on("lo")
        },
        0,
        1,
    )
    .err()
    .expect("refused");
    assert!(error.to_string().contains("column 9"), "{error}");
}
