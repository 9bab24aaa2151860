//! One capture being read: its window, its format, and the packets found ahead.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use flate2::read::MultiGzDecoder;

use super::kind::{self, Kind};
use super::names::{Label, Names};
use super::origin::Origin;
use super::pcap::Pcap;
use super::pcapng::Pcapng;
use super::record::{Batch, Record, Stop};
use super::window::{Filled, Window};
use crate::Error;

/// What reading on came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Advance {
    /// There are packets ahead.
    Ready,
    /// A pipe's writer is silent.
    Idle,
    /// There is no more.
    End,
}

/// A capture, from its first byte to its last.
pub(crate) struct Reader<'a> {
    path: PathBuf,
    label: Label,
    window: Window<'a>,
    window_size: usize,
    compression: Option<&'static str>,
    format: Option<Format>,
    batch: Batch,
    /// How many bytes of the window the batch takes.
    parsed: usize,
    packets: u64,
    failure: Option<Error>,
    ended: bool,
    size: Option<u64>,
    read: Arc<AtomicU64>,
    wait: Option<Arc<AtomicU64>>,
}

enum Format {
    Pcap(Pcap),
    Pcapng(Box<Pcapng>),
}

impl<'a> Reader<'a> {
    /// Reads `origin`, called `path` in errors, as the run's file number `file`.
    pub(crate) fn new(origin: Origin<'a>, path: PathBuf, file: u32, window_size: usize) -> Self {
        let name = path.file_name().unwrap_or(path.as_os_str());
        Self {
            label: Label {
                file,
                name: name.to_string_lossy().into_owned(),
            },
            path,
            window: Window::new(origin.input, window_size),
            window_size,
            compression: None,
            format: None,
            batch: Batch::new(),
            parsed: 0,
            packets: 0,
            failure: None,
            ended: false,
            size: origin.size,
            read: origin.read,
            wait: origin.wait,
        }
    }

    /// The packets found by the last advance, places in [`Self::window`].
    #[inline]
    pub(crate) fn records(&self) -> &[Record] {
        &self.batch.records
    }

    #[inline]
    pub(crate) fn window(&self) -> &[u8] {
        self.window.bytes()
    }

    /// How many blocks the last advance passed over.
    pub(crate) fn skipped(&self) -> u64 {
        self.batch.skipped
    }

    /// Whether the bytes turned out to be a capture.
    pub(crate) fn is_capture(&self) -> bool {
        self.format.is_some()
    }

    pub(crate) fn size(&self) -> Option<u64> {
        self.size
    }

    /// Bytes read of the file as it lies there, compressed or not.
    pub(crate) fn bytes_read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// How long reads wait for a pipe's writer.
    pub(crate) fn set_wait(&self, wait: Duration) {
        if let Some(shared) = &self.wait {
            let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX);
            shared.store(milliseconds, Ordering::Relaxed);
        }
    }

    /// Gives up the packets found before and finds the next ones.
    ///
    /// # Errors
    /// Once, when the file is damaged or cannot be read on; after that it is at its end.
    pub(crate) fn advance(&mut self, names: &mut Names) -> Result<Advance, Error> {
        self.window.consume(std::mem::take(&mut self.parsed));
        self.batch.records.clear();
        self.batch.skipped = 0;
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        while !self.ended {
            let stop = self.parse(names)?;
            if !self.batch.records.is_empty() {
                self.packets += self.batch.records.len() as u64;
                self.keep_damage(stop);
                return Ok(Advance::Ready);
            }
            self.window.consume(std::mem::take(&mut self.parsed));
            if self.more(stop)? == Filled::Idle {
                return Ok(Advance::Idle);
            }
        }
        Ok(Advance::End)
    }

    fn parse(&mut self, names: &mut Names) -> Result<Stop, Error> {
        let Some(format) = &mut self.format else {
            return self.recognise();
        };
        let window = self.window.bytes();
        let (parsed, stop) = match format {
            Format::Pcap(pcap) => pcap.read(window, &mut self.batch, names),
            Format::Pcapng(pcapng) => pcapng.read(window, &mut self.batch, names),
        };
        self.parsed = parsed;
        Ok(stop)
    }

    /// Packets in front of damage are handed out first.
    fn keep_damage(&mut self, stop: Stop) {
        if let Stop::Damaged(reason) = stop {
            self.failure = Some(self.damaged(reason));
        }
    }

    /// Reads what the parser asked for.
    fn more(&mut self, stop: Stop) -> Result<Filled, Error> {
        let need = match stop {
            Stop::Need(need) => need,
            Stop::Full => 0,
            Stop::Damaged(reason) => return Err(self.damaged(reason)),
        };
        if need <= self.window.bytes().len() {
            return Ok(Filled::More);
        }
        match self.window.fill(need) {
            Ok(Filled::End) => self.end().map(|()| Filled::End),
            Ok(filled) => Ok(filled),
            Err(error) => Err(self.unreadable(error)),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        self.ended = true;
        let left = self.window.bytes().len();
        let cut = match &self.format {
            None => return self.recognise_all(),
            Some(Format::Pcap(pcap)) => pcap.cut(left),
            Some(Format::Pcapng(pcapng)) => pcapng.cut(left),
        };
        cut.map_or(Ok(()), |reason| Err(self.damaged(reason.to_owned())))
    }

    fn recognise(&mut self) -> Result<Stop, Error> {
        if self.window.bytes().len() < kind::ENOUGH {
            return Ok(Stop::Need(kind::ENOUGH));
        }
        self.start()?;
        Ok(Stop::Need(0))
    }

    /// Takes a file that is shorter than any capture for what it starts with.
    fn recognise_all(&mut self) -> Result<(), Error> {
        self.start()?;
        if self.compression.is_some() && self.format.is_none() {
            self.ended = false;
            return Ok(());
        }
        Err(self.damaged("the file ends in the middle of its header".to_owned()))
    }

    fn start(&mut self) -> Result<(), Error> {
        let start = self.window.bytes();
        let start = start.get(..kind::ENOUGH).unwrap_or(start);
        let label = self.label.clone();
        match kind::recognise(start) {
            Kind::Pcap(variant) => self.format = Some(Format::Pcap(Pcap::new(variant, label))),
            Kind::Pcapng => self.format = Some(Format::Pcapng(Box::new(Pcapng::new(label)))),
            Kind::Other(looks_like) => {
                let reason = kind::not_a_capture(start, looks_like);
                return Err(self.damaged(reason));
            }
            Kind::Gzip | Kind::Zstd if self.compression.is_some() => {
                return Err(
                    self.damaged("the file is compressed twice; unpack it first".to_owned())
                );
            }
            Kind::Gzip => {
                self.decompress("gzip", |input| Ok(Box::new(MultiGzDecoder::new(input))))?;
            }
            Kind::Zstd => self.decompress("zstd", |input| {
                Ok(Box::new(zstd::stream::read::Decoder::new(input)?))
            })?,
        }
        Ok(())
    }

    /// Goes on with what the bytes are when unpacked.
    fn decompress(
        &mut self,
        name: &'static str,
        decoder: impl FnOnce(Box<dyn Read + Send + 'a>) -> io::Result<Box<dyn Read + Send + 'a>>,
    ) -> Result<(), Error> {
        self.compression = Some(name);
        let nothing = Window::new(Box::new(io::empty()), 0);
        let packed = std::mem::replace(&mut self.window, nothing).into_input();
        let unpacked = decoder(packed).map_err(|error| self.unreadable(error))?;
        self.window = Window::new(unpacked, self.window_size);
        Ok(())
    }

    fn damaged(&mut self, reason: String) -> Error {
        self.ended = true;
        Error::Damaged {
            path: self.path.clone(),
            offset: self.window.offset() + self.parsed as u64,
            packets: self.packets,
            reason,
        }
    }

    /// The system's errors have a number; those of decompressors mean damaged data.
    fn unreadable(&mut self, error: io::Error) -> Error {
        self.ended = true;
        match self.compression {
            Some(name) if error.raw_os_error().is_none() => {
                let reason = match error.kind() {
                    io::ErrorKind::UnexpectedEof => format!("the {name} data ends too early"),
                    _ => format!("the {name} data is damaged: {error}"),
                };
                self.damaged(reason)
            }
            _ => Error::Io {
                what: self.path.display().to_string(),
                error,
            },
        }
    }
}
