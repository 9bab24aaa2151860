//! Files that are written while they are read.
#![cfg(target_os = "linux")]

use std::io::PipeWriter;
use std::os::fd::AsRawFd;
use std::thread;

use super::*;
use crate::Source;

/// A source that reads what is written into the pipe.
fn pipe() -> (Box<dyn Source>, PipeWriter) {
    let (reader, writer) = std::io::pipe().unwrap();
    let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
    (
        open_files(&[path], &FileOptions::default()).unwrap(),
        writer,
    )
}

fn poll(source: &mut dyn Source, wait: Duration) -> Result<(Polled, Vec<i64>), Error> {
    let mut times = Vec::new();
    let mut take = |group: &[Packet<'_>]| times.extend(group.iter().map(|packet| packet.ts));
    let polled = source.poll(wait, &mut take)?;
    Ok((polled, times))
}

#[test]
fn packets_are_seen_as_soon_as_they_are_written() {
    let (mut source, mut writer) = pipe();
    let bytes = pcap_at(&[1, 2]);
    let long = Duration::from_secs(30);
    writer.write_all(&bytes[..44]).unwrap();
    assert_eq!(
        poll(&mut *source, long).unwrap(),
        (Polled::Packets(1), vec![SECOND])
    );
    writer.write_all(&bytes[44..]).unwrap();
    assert_eq!(
        poll(&mut *source, long).unwrap(),
        (Polled::Packets(1), vec![2 * SECOND])
    );
    drop(writer);
    assert_eq!(poll(&mut *source, long).unwrap(), (Polled::End, vec![]));
}

#[test]
fn a_silent_writer_leaves_the_source_idle() {
    let (mut source, mut writer) = pipe();
    assert_eq!(poll(&mut *source, Duration::ZERO).unwrap().0, Polled::Idle);
    writer.write_all(&pcap_at(&[1])[..30]).unwrap();
    assert_eq!(poll(&mut *source, Duration::ZERO).unwrap().0, Polled::Idle);
    assert_eq!(source.progress(), None);
}

#[test]
fn a_writer_that_dies_in_a_packet_is_damage() {
    let (mut source, mut writer) = pipe();
    writer.write_all(&pcap_at(&[1, 2])[..50]).unwrap();
    drop(writer);
    let drained = drain(&mut *source);
    assert_eq!(drained.times(), [SECOND]);
    assert!(matches!(
        drained.error,
        Some(Error::Damaged { offset: 44, .. })
    ));
}

#[test]
fn compressed_pipes_that_stutter_give_every_packet() {
    let whole = pcap_at(&(0..3_000).collect::<Vec<_>>());
    for packed in [gzip(&whole), zstd::encode_all(&whole[..], 1).unwrap()] {
        let (mut source, mut writer) = pipe();
        let (ask, asked) = mpsc::channel::<()>();
        let writing = thread::spawn(move || {
            for piece in packed.chunks(97) {
                asked.recv().unwrap();
                writer.write_all(piece).unwrap();
            }
        });
        let mut times = Vec::new();
        loop {
            match poll(&mut *source, Duration::ZERO).unwrap() {
                (Polled::End, _) => break,
                (Polled::Idle, _) => drop(ask.send(())),
                (Polled::Packets(_), new) => times.extend(new),
            }
        }
        writing.join().unwrap();
        assert_eq!(times.len(), 3_000);
    }
}
