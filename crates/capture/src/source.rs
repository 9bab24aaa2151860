//! What every origin of packets offers.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::Packet;

/// Something that yields packets: a file, several files, a pipe, interfaces.
pub trait Source: Send {
    /// Hands the next packets to `take`, at most [`crate::MAX_GROUP`] at a time, and returns
    /// after one group. A live source waits up to `wait` for the first packet.
    ///
    /// # Errors
    /// When the source is damaged or gone for good. Packets that came before the
    /// damage have been handed out; after an error the source is at its end.
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error>;

    /// Names of the interfaces (or files' interfaces) packets refer to. Grows while reading.
    fn interfaces(&self) -> Vec<String>;

    /// What was received and lost so far.
    fn counters(&self) -> Counters;

    /// Things a user should be told that happened since the last call (an interface
    /// went away, a file of a folder was skipped). Bounded: at most a few dozen are kept.
    fn events(&mut self) -> Vec<Event>;

    /// Share of the input already read, 0.0 to 1.0, or `None` where that is unknown (pipes, live).
    fn progress(&self) -> Option<f64>;
}

impl<S: Source + ?Sized> Source for Box<S> {
    fn poll(
        &mut self,
        wait: Duration,
        take: &mut dyn FnMut(&[Packet<'_>]),
    ) -> Result<Polled, Error> {
        (**self).poll(wait, take)
    }

    fn interfaces(&self) -> Vec<String> {
        (**self).interfaces()
    }

    fn counters(&self) -> Counters {
        (**self).counters()
    }

    fn events(&mut self) -> Vec<Event> {
        (**self).events()
    }

    fn progress(&self) -> Option<f64> {
        (**self).progress()
    }
}

/// What one call of [`Source::poll`] came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Polled {
    /// This many packets were handed out.
    Packets(usize),
    /// Nothing arrived in time (live sources only).
    Idle,
    /// There is no more.
    End,
}

/// Received and lost, since the source was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Packets handed out.
    pub packets: u64,
    /// Bytes of these on the wire.
    pub bytes: u64,
    /// Packets the kernel dropped because the ring was full.
    pub kernel_drops: u64,
    /// Packets the interface dropped before the kernel saw them, where it says so.
    pub interface_drops: u64,
    /// Packets that did not pass the capture filter (files only; the kernel does not count them).
    pub filtered: u64,
    /// Blocks of a pcapng file that were not packets and were passed over.
    pub skipped_blocks: u64,
}

/// Something that happened to the source and that a user should be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Stable, documented code, such as `capture.interface_down`.
    pub code: &'static str,
    /// One sentence with the name of the thing and what it means.
    pub message: String,
}

/// Why a source cannot be opened or read on.
#[derive(Debug)]
pub enum Error {
    /// The operating system refused: what was tried, and its reason.
    Io {
        /// Which file or interface.
        what: String,
        /// What the system said.
        error: std::io::Error,
    },
    /// The file is not a capture, or is damaged from here on.
    Damaged {
        /// Which file.
        path: PathBuf,
        /// At which byte of the (decompressed) file.
        offset: u64,
        /// Packets read from it before the damage.
        packets: u64,
        /// What is wrong, a sentence without a full stop.
        reason: String,
    },
    /// Not permitted: which thing, and what to do about it.
    Permission {
        /// Which file or interface.
        what: String,
        /// A command or setting that helps.
        advice: String,
    },
    /// No such interface, a filter that cannot be compiled, a library that is missing...
    Unusable {
        /// Which thing.
        what: String,
        /// What is wrong and what to do.
        reason: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io { what, error } => write!(f, "{what}: {error}"),
            Self::Damaged {
                path,
                offset,
                packets,
                reason,
            } => write!(
                f,
                "{}: {reason} (at byte {offset}, after {packets} packets)",
                path.display()
            ),
            Self::Permission { what, advice } => write!(f, "{what}: not permitted; {advice}"),
            Self::Unusable { what, reason } => write!(f, "{what}: {reason}"),
        }
    }
}

impl std::error::Error for Error {}
