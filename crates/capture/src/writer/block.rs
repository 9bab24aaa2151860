//! One pcapng block being put together, little-endian (section 3.1).

const COMMENT: u16 = 1;
const END_OF_OPTIONS: u16 = 0;

/// A block; its memory is used again for the next one.
#[derive(Debug)]
pub(crate) struct Block {
    bytes: Vec<u8>,
}

impl Block {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new() }
    }

    /// Begins a block; its length is filled in at the end.
    pub(crate) fn start(&mut self, kind: u32) {
        self.bytes.clear();
        self.u32(kind);
        self.u32(0);
    }

    pub(crate) fn u16(&mut self, value: u16) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u32(&mut self, value: u32) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(crate) fn u64(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// A timestamp: its upper half goes first whatever the byte order.
    pub(crate) fn time(&mut self, ts: i64) {
        let ts = ts.max(0).cast_unsigned();
        self.u32((ts >> 32) as u32);
        self.u32(ts as u32);
    }

    /// Bytes, and zeros up to the next multiple of four.
    pub(crate) fn padded(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        let length = self.bytes.len().next_multiple_of(4);
        self.bytes.resize(length, 0);
    }

    /// An option; what does not fit its length field is left out.
    pub(crate) fn option(&mut self, code: u16, value: &[u8]) {
        let value = value.get(..usize::from(u16::MAX)).unwrap_or(value);
        self.u16(code);
        self.u16(value.len() as u16);
        self.padded(value);
    }

    pub(crate) fn end_of_options(&mut self) {
        self.u16(END_OF_OPTIONS);
        self.u16(0);
    }

    /// A comment as the only option, or no options at all.
    pub(crate) fn comment(&mut self, text: &str) {
        if !text.is_empty() {
            self.option(COMMENT, text.as_bytes());
            self.end_of_options();
        }
    }

    /// The whole block, with its length at both ends.
    pub(crate) fn finish(&mut self) -> &[u8] {
        let length = self.bytes.len() as u32 + 4;
        self.u32(length);
        if let Some(field) = self.bytes.get_mut(4..8) {
            field.copy_from_slice(&length.to_le_bytes());
        }
        &self.bytes
    }
}
