//! Compressed bodies (RFC 9110, section 8.4), decoded as forgivingly as browsers do.
//!
//! A body that is not compressed as its header says is passed on as it is: some receivers do that, and
//! what is not looked at is where things are hidden.

use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};
use flate2::{Decompress, FlushDecompress, Status};
use memchr::memchr;

use super::body::contains_ignoring_case;
use super::event;
use crate::application::Event;
use lzma::Lzma;

mod lzma;

/// Encodings on top of each other that are decoded. Honest bodies have one.
const MAX_LAYERS: usize = 3;

/// Bytes that are decoded at once; they live on the stack, once per layer.
const STEP: usize = 8 << 10;

/// Bytes that are kept to see what they are, or until the first byte comes out: enough for the head of a
/// gzip stream with a long file name.
const MAX_HELD: usize = 4 << 10;

/// So much may come out of however little.
const BOMB_SIZE: u64 = 1 << 20;

/// Beyond that, so many bytes per byte of input. One layer of deflate cannot give more than 1,032.
const BOMB_RATIO: u64 = 1_000;

/// Windows of brotli streams in bits: 4 MiB is what browsers and servers use at most by default.
const MAX_BROTLI_WINDOW: u32 = 22;

/// What a layer is said to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    Deflate,
    Brotli,
    Lzma,
}

/// Undoes the encodings of one body.
#[derive(Debug)]
pub(crate) struct Decoder {
    layers: Vec<Layer>,
    taken: u64,
    given: u64,
    stopped: bool,
}

#[derive(Debug)]
struct Layer {
    coding: Coding,
    state: State,
    /// Input that may have to be passed on as it is.
    held: Vec<u8>,
    /// Whether a member was decoded already, so that what follows is not plain.
    later: bool,
}

enum State {
    /// Its first bytes are looked at.
    Beginning,
    Inflating {
        stream: Box<Decompress>,
        gave: bool,
        is_gzip: bool,
    },
    Brotli {
        stream: Box<BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>>,
        gave: bool,
    },
    Lzma(Box<Lzma>),
    /// Behind a gzip member: its checksum and size, and perhaps another member.
    Trailer(usize),
    /// Not compressed after all.
    Plain,
    /// Nothing more comes out.
    Over,
}

impl std::fmt::Debug for State {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Beginning => "Beginning",
            Self::Inflating { .. } => "Inflating",
            Self::Brotli { .. } => "Brotli",
            Self::Lzma(_) => "Lzma",
            Self::Trailer(_) => "Trailer",
            Self::Plain => "Plain",
            Self::Over => "Over",
        })
    }
}

impl Decoder {
    /// For the values of `Content-Encoding` in the order in which they were applied; none when nothing
    /// is to be undone.
    pub(crate) fn new<'a>(
        values: impl Iterator<Item = &'a [u8]>,
        wrong: &mut dyn FnMut(&'static Event),
    ) -> Option<Self> {
        let mut codings = Vec::new();
        let mut named = 0_usize;
        for name in values.flat_map(|value| value.split(|byte| *byte == b',')) {
            let name = super::head::trim(name);
            named = named.saturating_add(usize::from(!name.is_empty()));
            match coding(name) {
                Some(coding) => codings.push(coding),
                None if name.is_empty() || name.eq_ignore_ascii_case(b"identity") => {}
                None => wrong(&event::ABNORMAL_CE_HEADER),
            }
        }
        // `identity` does nothing, but nobody names it several times without intent.
        if named > MAX_LAYERS {
            wrong(&event::TOO_MANY_ENCODING_LAYERS);
        }
        if codings.len() > MAX_LAYERS {
            return None;
        }
        let layers: Vec<Layer> = codings.into_iter().rev().map(Layer::new).collect();
        (!layers.is_empty()).then_some(Self {
            layers,
            taken: 0,
            given: 0,
            stopped: false,
        })
    }

    /// Decodes the next bytes and gives what comes out, in pieces.
    pub(crate) fn feed(
        &mut self,
        input: &[u8],
        give: &mut dyn FnMut(&[u8]),
        wrong: &mut dyn FnMut(&'static Event),
    ) {
        if self.stopped {
            return;
        }
        self.taken = self.taken.saturating_add(input.len() as u64);
        let taken = self.taken;
        let given = &mut self.given;
        let mut is_bomb = false;
        pass(
            &mut self.layers,
            input,
            &mut |bytes| {
                *given = given.saturating_add(bytes.len() as u64);
                is_bomb = *given > BOMB_SIZE && *given / BOMB_RATIO > taken;
                give(bytes);
                !is_bomb
            },
            wrong,
        );
        if is_bomb {
            self.stopped = true;
            self.layers = Vec::new();
            wrong(&event::COMPRESSION_BOMB);
        }
    }

    /// Nothing more comes: gives what was held back.
    pub(crate) fn end(
        &mut self,
        give: &mut dyn FnMut(&[u8]),
        wrong: &mut dyn FnMut(&'static Event),
    ) {
        if self.stopped {
            return;
        }
        let mut rest: &mut [Layer] = &mut self.layers;
        while let Some((layer, below)) = rest.split_first_mut() {
            if layer.is_silent() && !layer.later && !layer.held.is_empty() {
                let held = std::mem::take(&mut layer.held);
                layer.state = State::Plain;
                pass(
                    below,
                    &held,
                    &mut |bytes| {
                        give(bytes);
                        true
                    },
                    wrong,
                );
            }
            if let State::Lzma(stream) = std::mem::replace(&mut layer.state, State::Over) {
                pass(
                    below,
                    &stream.finish(),
                    &mut |bytes| {
                        give(bytes);
                        true
                    },
                    wrong,
                );
            }
            rest = below;
        }
    }

    /// Roughly how many bytes of memory it holds.
    pub(crate) fn held(&self) -> usize {
        let of = |layer: &Layer| match layer.state {
            // The window and the tables of the decoder.
            State::Inflating { .. } => 48 << 10,
            // The window grows with what comes out.
            State::Brotli { .. } => {
                let window = usize::try_from(self.given).unwrap_or(usize::MAX);
                window.min(1 << MAX_BROTLI_WINDOW).saturating_add(64 << 10)
            }
            State::Lzma(ref stream) => stream.held(),
            _ => 0,
        };
        let layers = self
            .layers
            .iter()
            .map(|layer| of(layer).saturating_add(layer.held.capacity()));
        layers.sum()
    }
}

/// What a name in `Content-Encoding` means; receivers take it with something around it.
fn coding(name: &[u8]) -> Option<Coding> {
    if contains_ignoring_case(name, b"gzip") {
        Some(Coding::Gzip)
    } else if contains_ignoring_case(name, b"deflate") {
        Some(Coding::Deflate)
    } else if name.eq_ignore_ascii_case(b"br") {
        Some(Coding::Brotli)
    } else if name.eq_ignore_ascii_case(b"lzma") || name.eq_ignore_ascii_case(b"x-lzma") {
        Some(Coding::Lzma)
    } else {
        None
    }
}

/// Passes bytes through layers; `give` says whether to go on.
fn pass(
    layers: &mut [Layer],
    input: &[u8],
    give: &mut dyn FnMut(&[u8]) -> bool,
    wrong: &mut dyn FnMut(&'static Event),
) -> bool {
    if input.is_empty() {
        return true;
    }
    match layers.split_first_mut() {
        None => give(input),
        Some((layer, below)) => layer.feed(input, below, give, wrong),
    }
}

impl Layer {
    fn new(coding: Coding) -> Self {
        Self {
            coding,
            state: State::Beginning,
            held: Vec::new(),
            later: false,
        }
    }

    /// Takes the next bytes; whether to go on.
    fn feed(
        &mut self,
        input: &[u8],
        below: &mut [Layer],
        give: &mut dyn FnMut(&[u8]) -> bool,
        wrong: &mut dyn FnMut(&'static Event),
    ) -> bool {
        match self.state {
            State::Plain => return pass(below, input, give, wrong),
            State::Over => return true,
            State::Trailer(left) => return self.trailer(left, input, below, give, wrong),
            State::Lzma(_) => return self.unlzma(input, below, give, wrong),
            State::Beginning | State::Inflating { .. } | State::Brotli { .. } => {}
        }
        if !self.is_silent() {
            return self.run(input, &[], below, give, wrong);
        }
        let mut held = std::mem::take(&mut self.held);
        let before = held.len();
        held.extend_from_slice(input);
        let skipped = match self.state {
            State::Beginning => self.begin(&held),
            _ => Some(before),
        };
        let go_on = match skipped {
            Some(skipped) => {
                let rest = held.get(skipped..).unwrap_or_default();
                self.run(rest, &held, below, give, wrong)
            }
            None => true,
        };
        if self.is_silent() && held.len() <= MAX_HELD {
            self.held = held;
        }
        go_on
    }

    /// Whether nothing came out yet, so that the input may have to be passed on as it is.
    fn is_silent(&self) -> bool {
        match self.state {
            State::Beginning => true,
            State::Inflating { gave, .. } | State::Brotli { gave, .. } => !gave,
            _ => false,
        }
    }

    fn trailer(
        &mut self,
        left: usize,
        input: &[u8],
        below: &mut [Layer],
        give: &mut dyn FnMut(&[u8]) -> bool,
        wrong: &mut dyn FnMut(&'static Event),
    ) -> bool {
        let rest = input.get(left.min(input.len())..).unwrap_or_default();
        self.state = State::Trailer(left.saturating_sub(input.len()));
        match rest.first() {
            None => return true,
            // Another member, or something that receivers ignore.
            Some(0x1f) => self.state = State::Beginning,
            Some(_) => self.state = State::Over,
        }
        self.later = true;
        self.feed(rest, below, give, wrong)
    }

    /// Looks at the first bytes and chooses the decoder; how many of them are not for it. None when
    /// there are too few.
    fn begin(&mut self, bytes: &[u8]) -> Option<usize> {
        let (state, skipped) = match (self.coding, bytes) {
            (Coding::Brotli, [first, ..]) => (brotli(*first), 0),
            (Coding::Lzma, _) => match lzma::begins(bytes) {
                Some(true) => (State::Lzma(Box::default()), 0),
                Some(false) => (State::Plain, 0),
                None => return None,
            },
            (_, [0x1f, 0x8b, ..]) => match gzip_head(bytes) {
                Some(length) => (inflating(true), length),
                None if bytes.len() < MAX_HELD => return None,
                None => (State::Plain, 0),
            },
            (_, [] | [0x1f]) => return None,
            (_, [first]) if first & 0x0f == 8 => return None,
            (_, [first, second, ..]) if is_zlib(*first, *second) => (inflating(false), 2),
            (Coding::Deflate, _) => (inflating(false), 0),
            _ => (State::Plain, 0),
        };
        self.state = if self.later && matches!(state, State::Plain) {
            State::Over
        } else {
            state
        };
        Some(skipped)
    }

    /// Decodes; `whole` is what to pass on when it turns out that it is not compressed.
    fn run(
        &mut self,
        input: &[u8],
        whole: &[u8],
        below: &mut [Layer],
        give: &mut dyn FnMut(&[u8]) -> bool,
        wrong: &mut dyn FnMut(&'static Event),
    ) -> bool {
        let mut rest = input;
        let mut buffer = [0_u8; STEP];
        loop {
            let (ending, taken, given) = match &mut self.state {
                State::Inflating { stream, .. } => inflate(stream, rest, &mut buffer),
                State::Brotli { stream, .. } => unbrotli(stream, rest, &mut buffer),
                State::Plain => return pass(below, whole, give, wrong),
                State::Lzma(_) => return self.unlzma(whole, below, give, wrong),
                _ => return true,
            };
            rest = rest.get(taken..).unwrap_or_default();
            if given > 0 {
                self.gives();
                if !pass(below, buffer.get(..given).unwrap_or_default(), give, wrong) {
                    return false;
                }
            }
            match ending {
                Ending::None if rest.is_empty() && given < STEP => return true,
                // No decoder does that, but a loop without progress must not be possible.
                Ending::None if taken == 0 && given == 0 => return true,
                Ending::None => {}
                Ending::End => {
                    self.state = match self.state {
                        State::Inflating { is_gzip: true, .. } => State::Trailer(8),
                        _ => State::Over,
                    };
                    return self.feed(rest, below, give, wrong);
                }
                Ending::Damaged if self.is_silent() && !self.later => {
                    self.state = State::Plain;
                    wrong(&event::GZIP_DECOMPRESSION_FAILED);
                    return pass(below, whole, give, wrong);
                }
                Ending::Damaged => {
                    self.state = State::Over;
                    wrong(&event::GZIP_DECOMPRESSION_FAILED);
                    return true;
                }
            }
        }
    }

    /// Decodes LZMA, whose decoder has room of its own for what comes out.
    fn unlzma(
        &mut self,
        input: &[u8],
        below: &mut [Layer],
        give: &mut dyn FnMut(&[u8]) -> bool,
        wrong: &mut dyn FnMut(&'static Event),
    ) -> bool {
        let State::Lzma(stream) = &mut self.state else {
            return true;
        };
        for piece in input.chunks(lzma::STEP) {
            let output = match stream.feed(piece) {
                Ok(output) => output,
                Err(fault) => {
                    self.state = State::Over;
                    wrong(match fault {
                        lzma::Fault::Damaged => &event::GZIP_DECOMPRESSION_FAILED,
                        lzma::Fault::TooWide => &event::LZMA_MEMLIMIT_REACHED,
                    });
                    return true;
                }
            };
            if !pass(below, &output, give, wrong) {
                return false;
            }
        }
        true
    }

    fn gives(&mut self) {
        if let State::Inflating { gave, .. } | State::Brotli { gave, .. } = &mut self.state {
            *gave = true;
        }
    }
}

/// Whether a stream goes on after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    None,
    End,
    Damaged,
}

fn inflate(stream: &mut Decompress, input: &[u8], output: &mut [u8]) -> (Ending, usize, usize) {
    let (taken, given) = (stream.total_in(), stream.total_out());
    let result = stream.decompress(input, output, FlushDecompress::None);
    let taken = stream.total_in().saturating_sub(taken) as usize;
    let given = (stream.total_out().saturating_sub(given) as usize).min(output.len());
    let ending = match result {
        Ok(Status::Ok | Status::BufError) => Ending::None,
        Ok(Status::StreamEnd) => Ending::End,
        Err(_) => Ending::Damaged,
    };
    (ending, taken, given)
}

fn unbrotli(
    stream: &mut BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    input: &[u8],
    output: &mut [u8],
) -> (Ending, usize, usize) {
    let (mut left, mut taken) = (input.len(), 0);
    let (mut room, mut given, mut total) = (output.len(), 0, 0);
    let result = BrotliDecompressStream(
        &mut left, &mut taken, input, &mut room, &mut given, output, &mut total, stream,
    );
    let ending = match result {
        BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => Ending::None,
        BrotliResult::ResultSuccess => Ending::End,
        BrotliResult::ResultFailure => Ending::Damaged,
    };
    (ending, taken, given)
}

fn inflating(is_gzip: bool) -> State {
    State::Inflating {
        stream: Box::new(Decompress::new(false)),
        gave: false,
        is_gzip,
    }
}

/// The window's size is in the first bits (RFC 7932, section 9.1).
fn brotli(first: u8) -> State {
    let window = match first & 0x0f {
        even if even & 1 == 0 => 16,
        1 if first & 0x7f == 0x11 => u32::MAX, // large windows, which browsers refuse
        1 => 17,
        odd => 17_u32.saturating_add(u32::from(odd >> 1)),
    };
    if window > MAX_BROTLI_WINDOW {
        return State::Plain;
    }
    let new = || StandardAlloc::default();
    State::Brotli {
        stream: Box::new(BrotliState::new(new(), new(), new())),
        gave: false,
    }
}

/// RFC 1950, section 2.2: method 8, and a multiple of 31.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && u16::from_be_bytes([first, second]).is_multiple_of(31)
}

/// How long the head of a gzip member is (RFC 1952, section 2.3); none when it is not complete. Reserved
/// flags and the head's checksum are passed over, as browsers do.
fn gzip_head(bytes: &[u8]) -> Option<usize> {
    const CHECKSUM: u8 = 2;
    const EXTRA: u8 = 4;
    const NAME: u8 = 8;
    const COMMENT: u8 = 16;
    let flags = *bytes.get(3)?;
    let mut at = 10_usize;
    if flags & EXTRA != 0 {
        let length = bytes.get(at..at.saturating_add(2))?.first_chunk::<2>()?;
        at = at.saturating_add(2 + usize::from(u16::from_le_bytes(*length)));
    }
    for flag in [NAME, COMMENT] {
        if flags & flag != 0 {
            at = at.saturating_add(memchr(0, bytes.get(at..)?)?.saturating_add(1));
        }
    }
    if flags & CHECKSUM != 0 {
        at = at.saturating_add(2);
    }
    (at <= bytes.len()).then_some(at)
}
