//! One reader, several workers: packets go to workers by flow hash, in chunks.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender};
use wirewatch_capture::{Counters, Error, Event, MAX_GROUP, Packet, Polled, Source};

/// A chunk is handed over when it holds this many packets...
const CHUNK_PACKETS: usize = 512;
/// ... or this many bytes: a few of them fit into the cache that the cores share.
const CHUNK_BYTES: usize = 256 << 10;
/// Chunks that wait for one worker.
const MAX_CHUNKS: usize = 16;

/// Packets for one worker.
#[derive(Debug, Default)]
struct Chunk {
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    ts: i64,
    number: u64,
    interface: u32,
    link: u16,
    wire_length: u32,
    checksum_pending: bool,
    start: usize,
    end: usize,
}

/// What the reader and its workers tell one another.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    counters: Mutex<Counters>,
    interfaces: Mutex<Vec<String>>,
    progress: Mutex<Option<f64>>,
}

/// One worker's share of a source.
#[derive(Debug)]
pub(crate) struct ChunkSource {
    chunks: Receiver<Chunk>,
    shared: Arc<Shared>,
    chunk: Chunk,
    next: usize,
    first: bool,
}

/// Splits a source: what the reader thread runs, and one source for each worker.
pub(crate) fn split(source: Box<dyn Source>, workers: u32) -> (Reader, Vec<ChunkSource>) {
    let shared = Arc::new(Shared::default());
    let (senders, receivers): (Vec<_>, Vec<_>) = (0..workers)
        .map(|_| crossbeam_channel::bounded(MAX_CHUNKS))
        .unzip();
    let sources = receivers
        .into_iter()
        .enumerate()
        .map(|(index, chunks)| ChunkSource {
            chunks,
            shared: Arc::clone(&shared),
            chunk: Chunk::default(),
            next: 0,
            first: index == 0,
        })
        .collect();
    let chunks = senders.iter().map(|_| Chunk::default()).collect();
    (
        Reader {
            source,
            senders,
            chunks,
            shared,
        },
        sources,
    )
}

/// Reads the source and hands chunks to the workers.
pub(crate) struct Reader {
    source: Box<dyn Source>,
    senders: Vec<Sender<Chunk>>,
    chunks: Vec<Chunk>,
    shared: Arc<Shared>,
}

impl Reader {
    /// Reads to the end, or until it is told to stop. Returns the source's events and error.
    /// Workers end when the reader is dropped, so these are to be noted before.
    pub(crate) fn run(&mut self, stop: &AtomicBool) -> (Vec<Event>, Option<Error>) {
        let mut events = Vec::new();
        let mut error = None;
        while !stop.load(Ordering::Relaxed) {
            let (chunks, count) = (&mut self.chunks, self.senders.len() as u32);
            let polled = self
                .source
                .poll(Duration::from_millis(100), &mut |packets| {
                    for packet in packets {
                        let hash = wirewatch_decode::flow_hash(packet.link, packet.bytes);
                        let index = ((u64::from(hash) * u64::from(count)) >> 32) as usize;
                        if let Some(chunk) = chunks.get_mut(index) {
                            chunk.push(packet);
                        }
                    }
                });
            match polled {
                Ok(Polled::Packets(_)) => self.hand_over(stop, false),
                Ok(Polled::Idle) => self.hand_over(stop, true),
                Ok(Polled::End) => break,
                Err(failed) => {
                    error = Some(failed);
                    break;
                }
            }
            events.extend(self.source.events());
        }
        self.hand_over(stop, true);
        events.extend(self.source.events());
        (events, error)
    }

    fn hand_over(&mut self, stop: &AtomicBool, all: bool) {
        let mut sent = false;
        for (sender, chunk) in self.senders.iter().zip(&mut self.chunks) {
            let full = chunk.entries.len() >= CHUNK_PACKETS || chunk.bytes.len() >= CHUNK_BYTES;
            if full || (all && !chunk.entries.is_empty()) {
                send(sender, std::mem::take(chunk), stop);
                sent = true;
            }
        }
        if sent || all {
            *lock(&self.shared.counters) = self.source.counters();
            *lock(&self.shared.interfaces) = self.source.interfaces();
            *lock(&self.shared.progress) = self.source.progress();
        }
    }
}

fn send(sender: &Sender<Chunk>, mut chunk: Chunk, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        match sender.send_timeout(chunk, Duration::from_millis(100)) {
            Err(SendTimeoutError::Timeout(back)) => chunk = back,
            Ok(()) | Err(SendTimeoutError::Disconnected(_)) => return,
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Chunk {
    fn push(&mut self, packet: &Packet<'_>) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(packet.bytes);
        self.entries.push(Entry {
            ts: packet.ts,
            number: packet.number,
            interface: packet.interface,
            link: packet.link,
            wire_length: packet.wire_length,
            checksum_pending: packet.checksum_pending,
            start,
            end: self.bytes.len(),
        });
    }
}

impl Entry {
    fn packet<'a>(&self, bytes: &'a [u8]) -> Packet<'a> {
        Packet {
            ts: self.ts,
            number: self.number,
            interface: self.interface,
            link: self.link,
            wire_length: self.wire_length,
            checksum_pending: self.checksum_pending,
            bytes: bytes.get(self.start..self.end).unwrap_or_default(),
        }
    }
}

impl Source for ChunkSource {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        if self.next >= self.chunk.entries.len() {
            self.next = 0;
            match self.chunks.recv_timeout(wait) {
                Ok(chunk) => self.chunk = chunk,
                Err(end) => {
                    self.chunk = Chunk::default();
                    let over = matches!(end, RecvTimeoutError::Disconnected);
                    return Ok(if over { Polled::End } else { Polled::Idle });
                }
            }
        }
        let entries = self.chunk.entries.get(self.next..).unwrap_or_default();
        let group: arrayvec::ArrayVec<Packet<'_>, MAX_GROUP> = entries
            .iter()
            .take(MAX_GROUP)
            .map(|entry| entry.packet(&self.chunk.bytes))
            .collect();
        self.next += group.len();
        take(&group);
        Ok(Polled::Packets(group.len()))
    }

    fn interfaces(&self) -> Vec<String> {
        lock(&self.shared.interfaces).clone()
    }

    /// The whole source's counters, told by the first worker only so that sums are right.
    fn counters(&self) -> Counters {
        if self.first {
            *lock(&self.shared.counters)
        } else {
            Counters::default()
        }
    }

    fn events(&mut self) -> Vec<Event> {
        Vec::new()
    }

    fn progress(&self) -> Option<f64> {
        *lock(&self.shared.progress)
    }
}
