//! The way out of the workers: a bounded queue that Python empties.
//!
//! Reading a file waits for a slow consumer. Live capture never waits: what does not fit is shed
//! and counted, readable lines and packets first; alerts are held back and tried again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arrow_array::RecordBatch;
use crossbeam_channel::{Receiver, Sender, TrySendError};

use crate::packets::PacketBatch;

/// Updates in the queue. At 1,024 rows or 64 KiB each this is at most some 60 MB.
const MAX_UPDATES: usize = 64;
/// Alert batches held back by one worker while the queue is full.
const MAX_HELD: usize = 256;
/// Updates of alerts that the reader raised itself and has not read yet: more than one batch of records
/// can give rise to.
const MAX_APART: usize = 16_384;

/// One thing that came out of the engine.
#[derive(Debug)]
pub enum Update {
    /// Records of one kind as Arrow columns.
    Batch(&'static str, RecordBatch),
    /// Terminal or JSON lines, ready to write.
    Text(Vec<u8>),
    /// Packets for a callback.
    Packets(PacketBatch),
    /// The live picture of the last interval, JSON.
    Tick(String),
    /// Something a user should be told, JSON.
    Event(String),
    /// The run is over, JSON.
    End(String),
}

impl Update {
    fn rows(&self) -> u64 {
        match self {
            Self::Batch(_, columns) => columns.num_rows() as u64,
            Self::Packets(packets) => packets.entries.len() as u64,
            Self::Text(text) => memchr::memchr_iter(b'\n', text).count() as u64,
            Self::Tick(_) | Self::Event(_) | Self::End(_) => 1,
        }
    }

    fn must_arrive(&self) -> bool {
        matches!(
            self,
            Self::Batch("alert" | "notice", _) | Self::Event(_) | Self::End(_)
        )
    }
}

/// What the outlets of one run share.
#[derive(Debug)]
pub(crate) struct Gauge {
    /// Set when nobody will read any more.
    pub(crate) abandoned: AtomicBool,
    /// Rows that were shed because the queue was full.
    pub(crate) shed: AtomicU64,
}

/// One worker's end of the queue.
#[derive(Debug)]
pub(crate) struct Outlet {
    queue: Sender<Update>,
    gauge: Arc<Gauge>,
    live: bool,
    apart: bool,
    held: VecDeque<Update>,
}

/// A queue and its first outlet.
pub(crate) fn queue(live: bool) -> (Outlet, Receiver<Update>, Arc<Gauge>) {
    let (sender, receiver) = crossbeam_channel::bounded(MAX_UPDATES);
    let gauge = Arc::new(Gauge {
        abandoned: AtomicBool::new(false),
        shed: AtomicU64::new(0),
    });
    (
        Outlet {
            queue: sender,
            gauge: Arc::clone(&gauge),
            live,
            apart: false,
            held: VecDeque::new(),
        },
        receiver,
        gauge,
    )
}

impl Clone for Outlet {
    fn clone(&self) -> Self {
        Self {
            queue: self.queue.clone(),
            gauge: Arc::clone(&self.gauge),
            live: self.live,
            apart: false,
            held: VecDeque::new(),
        }
    }
}

impl Outlet {
    /// Puts an update into the queue, waits for room or sheds, as the source demands.
    pub(crate) fn send(&mut self, update: Update) {
        if self.apart {
            self.keep(update);
        } else if self.live {
            self.offer(update);
        } else {
            self.wait(update);
        }
    }

    /// From now on updates stay here until [`Self::take`]: for the thread that reads the queue itself, which
    /// would wait for ever for room that only it can make.
    pub(crate) fn keep_apart(&mut self) {
        self.apart = true;
    }

    /// The oldest update that was kept.
    pub(crate) fn take(&mut self) -> Option<Update> {
        self.held.pop_front()
    }

    fn keep(&mut self, update: Update) {
        if self.held.len() < MAX_APART {
            self.held.push_back(update);
        } else {
            self.gauge.shed.fetch_add(update.rows(), Ordering::Relaxed);
        }
    }

    /// Tries again what was held back.
    pub(crate) fn retry(&mut self) {
        if self.apart {
            return;
        }
        while let Some(update) = self.held.pop_front() {
            if let Err(TrySendError::Full(update)) = self.queue.try_send(update) {
                self.held.push_front(update);
                return;
            }
        }
    }

    /// Gives what is held back a last chance, then lets go.
    pub(crate) fn finish(&mut self) {
        if self.apart {
            return;
        }
        self.live = false;
        for update in std::mem::take(&mut self.held) {
            self.wait(update);
        }
    }

    fn offer(&mut self, update: Update) {
        self.retry();
        let refused = if self.held.is_empty() {
            match self.queue.try_send(update) {
                Err(TrySendError::Full(update)) => update,
                Ok(()) | Err(TrySendError::Disconnected(_)) => return,
            }
        } else {
            update
        };
        if refused.must_arrive() && self.held.len() < MAX_HELD {
            self.held.push_back(refused);
        } else {
            self.gauge.shed.fetch_add(refused.rows(), Ordering::Relaxed);
        }
    }

    fn wait(&self, mut update: Update) {
        use crossbeam_channel::SendTimeoutError::{Disconnected, Timeout};
        while !self.gauge.abandoned.load(Ordering::Relaxed) {
            match self.queue.send_timeout(update, Duration::from_millis(100)) {
                Err(Timeout(back)) => update = back,
                Ok(()) | Err(Disconnected(_)) => return,
            }
        }
    }
}
