//! Every bound, and what it says when it is reached.

use wirewatch_flow::Side;

use crate::testing::*;
use crate::{Config, Content, Counters, Delivery, Event, MAX_UNACKNOWLEDGED, Streams};

const SIDE: Side = Side::ToServer;

#[test]
fn a_stream_is_delivered_up_to_its_depth() {
    let config = Config {
        depth_to_server: 5,
        ..inline()
    };
    let talk = Talk::opened(config)
        .says(0, "abc")
        .says(3, "def")
        .says(6, "ghi");
    assert_eq!(
        talk.to_server,
        [data(0, "abc"), data(3, "de"), Told::Depth(5)]
    );
    assert_eq!(talk.streams.counters().depth_bytes, 4);
    assert_eq!(talk.streams.counters().depth_reached, 1);
}

#[test]
fn a_stream_may_have_a_depth_of_its_own() {
    let shallow = Config {
        depth_to_server: 3,
        ..Config::default()
    };
    let mut talk = Talk::opened(shallow).says(0, "ab").acks(2);
    talk.streams.set_depth(talk.index, 5);
    let talk = talk.says(2, "cdefg").acks(7);
    assert_eq!(talk.text(), "abcde");
    let mut talk = Talk::opened(shallow);
    talk.streams.set_depth(talk.index, 0);
    assert_eq!(talk.says(0, "abcdefg").acks(7).text(), "abcdefg");
}

#[test]
fn a_gap_counts_for_the_depth() {
    let config = Config {
        depth_to_server: 5,
        ..Config::default()
    };
    let talk = Talk::opened(config).says(8, "i").acks(9).finish();
    assert_eq!(talk.to_server, [Told::Gap(0, 5), Told::Depth(5)]);
    assert_eq!(talk.streams.counters().depth_bytes, 1);
}

#[test]
fn a_stream_as_long_as_its_depth_does_not_reach_it() {
    let config = Config {
        depth_to_server: 3,
        ..inline()
    };
    let talk = Talk::opened(config).client(ACK | FIN, CLIENT, SERVER, "abc");
    assert_eq!(talk.to_server, [data(0, "abc"), Told::Eof(3)]);
}

#[test]
fn too_many_segments_behind_a_hole_give_it_up() {
    let config = Config {
        max_segments_per_side: 3,
        ..Config::default()
    };
    let talk = Talk::opened(config).says(1, "a").says(3, "b").says(5, "c");
    assert!(talk.to_server.is_empty());
    let talk = talk.says(7, "d");
    assert!(talk.noticed(Event::SegmentLimit));
    assert_eq!(talk.to_server, [Told::Gap(0, 1)]);
    assert_eq!(talk.streams.counters().segment_limit, 1);
}

#[test]
fn what_is_never_acknowledged_is_delivered_in_the_end() {
    let config = Config {
        depth_to_server: 0,
        ..Config::default()
    };
    let mut talk = Talk::opened(config);
    let text = "x".repeat(60_000);
    let mut offset = 0;
    while offset <= MAX_UNACKNOWLEDGED as u32 {
        talk = talk.says(offset, &text);
        offset += 60_000;
    }
    assert_eq!(talk.streams.counters().delivered_bytes, u64::from(offset));
    assert_eq!(talk.streams.counters().early_bytes, u64::from(offset));
}

#[test]
fn a_hole_of_a_gigabyte_is_out_of_every_window() {
    let talk = Talk::new(midstream()).says(0, "ab").says(0x5000_0000, "cd");
    assert!(talk.noticed(Event::OutOfWindow));
}

#[test]
fn streams_are_refused_when_there_are_as_many_as_allowed() {
    let mut streams = Streams::new(Config {
        max_streams: 8,
        ..Config::default()
    });
    let syn = segment(SIDE, SYN, 0, 0, b"");
    let answer = segment(Side::ToClient, SYN | ACK, 0, 1, b"");
    assert_eq!((0..20).filter_map(|_| streams.open(&syn)).count(), 7);
    let last = streams.open(&answer).unwrap();
    assert!(streams.open(&answer).is_none());
    assert_eq!(streams.counters().refused, 14);
    streams.close(last);
    assert!(streams.open(&answer).is_some());
}

/// Opens streams that each have a hole and some bytes behind it.
fn holes(streams: &mut Streams, count: u32, bytes: usize) {
    let payload = vec![b'x'; bytes];
    for number in 0..count {
        let hole = 1 + number % 900;
        let syn = segment(SIDE, SYN, CLIENT - 1, 0, b"");
        let data = segment(SIDE, ACK, CLIENT + hole, SERVER, &payload);
        let Some(index) = streams.open(&data) else {
            continue;
        };
        streams.segment(index, SIDE, &syn, b"", &mut |_| {});
        streams.segment(index, SIDE, &data, &payload, &mut |_| {});
        assert!(streams.memory_bytes() <= 64 << 20);
    }
}

#[test]
fn half_open_streams_with_holes_stay_within_the_memory_and_say_what_they_dropped() {
    let mut streams = Streams::new(Config {
        memory_bytes: 64 << 20,
        ..Config::default()
    });
    holes(&mut streams, 100_000, 1000);
    let counters: Counters = *streams.counters();
    assert_eq!(counters.opened + counters.refused, 100_000);
    assert!(counters.evicted > 10_000);
    assert_eq!(
        counters.evicted_bytes + counters.memory_bytes,
        counters.evicted * 1000
    );
    let kept = counters.payload_bytes - counters.settled_bytes();
    assert!(kept > 10 << 20, "{counters:?}");
}

#[test]
fn the_stream_that_misses_most_goes_first() {
    let mut streams = Streams::new(Config {
        memory_bytes: 64 << 10,
        ..Config::default()
    });
    let mut indices = Vec::new();
    for hole in [10, 900, 20] {
        let syn = segment(SIDE, SYN, CLIENT - 1, 0, b"");
        let payload = [b'x'; 8000];
        let data = segment(SIDE, ACK, CLIENT + hole, SERVER, &payload);
        let index = streams.open(&data).unwrap();
        streams.segment(index, SIDE, &syn, b"", &mut |_| {});
        streams.segment(index, SIDE, &data, &payload, &mut |_| {});
        indices.push(index);
    }
    // Fills what is left.
    holes(&mut streams, 6, 8000);
    assert!(streams.counters().evicted > 0);
    let mut told = Vec::new();
    for index in indices {
        let mut length = 0;
        streams.finish(index, &mut |delivery: Delivery<'_>| {
            if let Content::Data(bytes) = delivery.content {
                length += bytes.len();
            }
        });
        told.push(length);
    }
    assert_eq!(told[1], 0);
}

#[test]
fn without_memory_data_in_order_do_not_wait() {
    let config = Config {
        memory_bytes: 1000,
        ..Config::default()
    };
    let talk = Talk::opened(config).says(0, &"x".repeat(2000));
    assert_eq!(talk.text().len(), 2000);
    assert_eq!(talk.streams.counters().early_bytes, 2000);
}

#[test]
fn without_memory_data_behind_a_hole_are_dropped_and_counted() {
    let config = Config {
        memory_bytes: 1000,
        ..Config::default()
    };
    let talk = Talk::opened(config).says(1, &"x".repeat(999));
    assert!(talk.noticed(Event::MemoryLimit));
    assert_eq!(talk.streams.counters().memory_bytes, 999);
}

#[test]
fn a_closed_stream_gives_its_memory_back() {
    let mut talk = Talk::opened(Config::default());
    let before = talk.streams.memory_bytes();
    talk = talk.says(5, &"x".repeat(500));
    talk.streams.close(talk.index);
    assert_eq!(talk.streams.counters().discarded_bytes, 500);
    assert!(talk.streams.is_empty());
    assert!(talk.streams.memory_bytes() < before + 2000);
}
