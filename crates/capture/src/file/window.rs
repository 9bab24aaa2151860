//! The bounded stretch of a file that is in memory.
//!
//! Parsers look at the bytes it holds, say how many they are done with, and ask for
//! more when a packet is not whole yet. One fill is one read, so that a pipe's
//! packets are seen as soon as they arrive.

use std::io::{ErrorKind, Read, Result};

use super::record::RECORD_LIMIT;

/// What a fill came to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Filled {
    /// There are new bytes.
    More,
    /// Nothing arrived in time (pipes only).
    Idle,
    /// The input has ended.
    End,
}

pub(crate) struct Window<'a> {
    input: Box<dyn Read + Send + 'a>,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// Where `start` lies in the input.
    offset: u64,
}

impl<'a> Window<'a> {
    pub(crate) fn new(input: Box<dyn Read + Send + 'a>, size: usize) -> Self {
        Self {
            input,
            buffer: vec![0; size.clamp(1, RECORD_LIMIT)],
            start: 0,
            end: 0,
            offset: 0,
        }
    }

    /// What is in memory and not yet consumed.
    #[inline]
    pub(crate) fn bytes(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    /// Where the unconsumed bytes begin in the input.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Gives up the first `count` bytes.
    pub(crate) fn consume(&mut self, count: usize) {
        let count = count.min(self.end - self.start);
        self.start += count;
        self.offset += count as u64;
    }

    /// Reads once, making room for `need` bytes in all.
    pub(crate) fn fill(&mut self, need: usize) -> Result<Filled> {
        self.make_room(need);
        let Some(room) = self.buffer.get_mut(self.end..).filter(|r| !r.is_empty()) else {
            return Ok(Filled::End);
        };
        loop {
            match self.input.read(room) {
                Ok(0) => return Ok(Filled::End),
                Ok(count) => {
                    self.end += count;
                    return Ok(Filled::More);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Filled::Idle),
                Err(error) => return Err(error),
            }
        }
    }

    fn make_room(&mut self, need: usize) {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if need > self.buffer.len() {
            let size = need.next_power_of_two().min(RECORD_LIMIT);
            self.buffer.resize(size.max(self.buffer.len()), 0);
        }
    }

    /// The whole input again, with the bytes that were read ahead in front.
    pub(crate) fn into_input(self) -> Box<dyn Read + Send + 'a> {
        let ahead = std::io::Cursor::new(self.bytes().to_vec());
        Box::new(ahead.chain(self.input))
    }
}
