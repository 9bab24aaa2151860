//! The first look into files: which are captures, and when do they begin.

use std::io::{self, Read};
use std::path::PathBuf;

use super::{Files, Unopened, Waiting};
use crate::Error;
use crate::file::{
    Advance, FileOptions, Listed, Listing, Names, Origin, Reader, is_standard_input, refused,
};

/// How far into a file, as it lies on disk, its first packet is looked for. Secrets and
/// names in front of it are kilobytes; a file with more of them is opened first instead.
const PROBE_LIMIT: u64 = 1024 * 1024;

/// Bytes read of a file whose beginning only is wanted.
const PROBE_WINDOW: usize = 4 * 1024;

/// A time before all packets.
const UNKNOWN: i64 = -1;

/// What a file is found to be.
enum Found {
    Capture {
        first: i64,
        size: u64,
    },
    /// It cannot be looked into and opened again.
    Stream(Box<Reader<'static>>),
    NoCapture(Error),
}

impl Files<'_> {
    /// Queues the captures among the files.
    ///
    /// # Errors
    /// When a named file cannot be opened, or too many are pipes.
    pub(super) fn look_into(&mut self, listing: &Listing) -> Result<(), Error> {
        let mut streams = 0;
        for (place, listed) in (0..).zip(&listing.files) {
            match look(listed, place, &self.options) {
                Ok(Found::Capture { first, size }) => {
                    self.total = self.total.map(|total| total + size);
                    self.queue(first, place, Unopened::Path(listed.path.clone(), size));
                }
                Ok(Found::Stream(reader)) => {
                    streams += 1;
                    self.check_streams(streams, listed)?;
                    self.total = self.total.zip(reader.size()).map(|(a, b)| a + b);
                    self.queue(UNKNOWN, place, Unopened::Open(reader));
                }
                Ok(Found::NoCapture(error)) if listed.named => self.note_failure(error),
                Ok(Found::NoCapture(error)) => self.pass_over("capture.not_a_capture", &error),
                Err(error) if listed.named => return Err(refused(&listed.path, error)),
                Err(error) => self.pass_over("capture.unreadable", &refused(&listed.path, error)),
            }
        }
        Ok(())
    }

    fn pass_over(&mut self, code: &'static str, error: &Error) {
        let message = match error {
            Error::Damaged { path, reason, .. } => {
                format!("{} was passed over: {reason}", path.display())
            }
            other => format!("{other}; it was passed over"),
        };
        self.notices.add(code, message);
    }

    /// Pipes stay open from the start, so they count against the open files.
    fn check_streams(&self, streams: usize, listed: &Listed) -> Result<(), Error> {
        if streams <= self.options.open_limit.max(1) {
            return Ok(());
        }
        Err(Error::Unusable {
            what: listed.path.display().to_string(),
            reason: format!(
                "more than {} pipes cannot be read at once",
                self.options.open_limit
            ),
        })
    }
}

impl<'a> Files<'a> {
    fn queue(&mut self, first: i64, place: u32, file: Unopened<'a>) {
        self.waiting.push_back(Waiting { first, place, file });
    }
}

fn look(listed: &Listed, place: u32, options: &FileOptions) -> io::Result<Found> {
    let mut origin = Origin::open(&listed.path)?;
    if is_standard_input(&listed.path) {
        let path = PathBuf::from("standard input");
        let reader = Reader::new(origin, path, place, options.window);
        return Ok(Found::Stream(Box::new(reader)));
    }
    let Some(size) = origin.size else {
        let reader = Reader::new(origin, listed.path.clone(), place, options.window);
        return Ok(Found::Stream(Box::new(reader)));
    };
    origin.input = Box::new(origin.input.take(PROBE_LIMIT));
    let mut reader = Reader::new(origin, listed.path.clone(), place, PROBE_WINDOW);
    Ok(match first_time(&mut reader) {
        Err(error) if !reader.is_capture() => Found::NoCapture(error),
        first => Found::Capture {
            first: first.unwrap_or(UNKNOWN),
            size,
        },
    })
}

/// When the first packet was captured. Damage in front of it is told when the file is read.
fn first_time(reader: &mut Reader<'_>) -> Result<i64, Error> {
    let mut names = Names::default();
    match reader.advance(&mut names)? {
        Advance::Ready => Ok(reader.records().first().map_or(UNKNOWN, |record| record.ts)),
        Advance::Idle | Advance::End => Ok(UNKNOWN),
    }
}
