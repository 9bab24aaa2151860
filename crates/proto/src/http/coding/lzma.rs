//! Bodies in the format of LZMA's own files (`lzma` as `Content-Encoding`): no browser asks for it any more, but
//! some clients take it, and what is not looked at is where things are hidden.

use std::io::Write as _;

use lzma_rs::decompress::{Options, Stream};

/// The window at most. It is filled from the beginning of the body on, and honest bodies of this kind are smaller.
const MAX_WINDOW: usize = 4 << 20;

/// Input that is decoded at once. A byte can stand for some seven thousand, so that less than two megabytes come
/// out of it.
pub(super) const STEP: usize = 256;

/// What comes out of a byte at most, rounded up.
const RATIO: usize = 8 << 10;

/// The properties, the dictionary's size, the size of what comes out.
const HEADER: usize = 13;

/// Greater sizes are those of other data: the tools of the format say so, too.
const MAX_SIZE: u64 = 1 << 38;

/// Undoes LZMA. What comes out is given when the window is full, and at the end.
#[derive(Debug)]
pub(super) struct Lzma {
    stream: Stream<Vec<u8>>,
    taken: usize,
}

/// Why nothing more can be decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The bytes are not as they should be.
    Damaged,
    /// It refers to what is further back than [`MAX_WINDOW`].
    TooWide,
}

impl Fault {
    /// The decoder tells the one from the other by words alone.
    fn of(error: &std::io::Error) -> Self {
        if error.to_string().contains("memory limit") {
            Self::TooWide
        } else {
            Self::Damaged
        }
    }
}

impl Default for Lzma {
    fn default() -> Self {
        let options = Options {
            memlimit: Some(MAX_WINDOW),
            allow_incomplete: true,
            ..Options::default()
        };
        Self {
            stream: Stream::new_with_options(&options, Vec::new()),
            taken: 0,
        }
    }
}

impl Lzma {
    /// Takes the next bytes and gives what came out.
    pub(super) fn feed(&mut self, input: &[u8]) -> Result<Vec<u8>, Fault> {
        self.taken = self.taken.saturating_add(input.len());
        let mut rest = input;
        while !rest.is_empty() {
            match self.stream.write(rest).map_err(|error| Fault::of(&error))? {
                // What follows the end is not part of it.
                0 => break,
                taken => rest = rest.get(taken..).unwrap_or_default(),
            }
        }
        let output = self.stream.get_output_mut().ok_or(Fault::Damaged)?;
        Ok(std::mem::take(output))
    }

    /// Nothing more comes: gives the rest.
    pub(super) fn finish(self) -> Vec<u8> {
        self.stream.finish().unwrap_or_default()
    }

    /// Roughly how many bytes of memory it holds.
    pub(super) fn held(&self) -> usize {
        let window = self.taken.saturating_mul(RATIO).min(MAX_WINDOW);
        window.saturating_add(32 << 10)
    }
}

/// Whether these bytes begin as LZMA does; none when there are too few.
pub(super) fn begins(bytes: &[u8]) -> Option<bool> {
    let header = bytes.first_chunk::<HEADER>()?;
    let [properties, _, _, _, _, size @ ..] = *header;
    let size = u64::from_le_bytes(size);
    Some(properties < 9 * 5 * 5 && (size == u64::MAX || size < MAX_SIZE))
}
