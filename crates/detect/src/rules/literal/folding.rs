//! Bytes that are searched, in lower case as far as somebody asks for that.

/// Bytes with room for their copy in lower case, which is made once.
pub(crate) struct Folding<'a> {
    bytes: &'a [u8],
    folded: &'a mut Vec<u8>,
}

impl<'a> Folding<'a> {
    pub(crate) fn new(bytes: &'a [u8], folded: &'a mut Vec<u8>) -> Self {
        folded.clear();
        Self { bytes, folded }
    }

    /// All of them, as they are.
    #[inline]
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The first `reach` of them, as they are.
    #[inline]
    pub(super) fn exact(&self, reach: usize) -> &'a [u8] {
        self.bytes.get(..reach).unwrap_or(self.bytes)
    }

    /// The first `reach` of them in lower case.
    #[inline]
    pub(super) fn folded(&mut self, reach: usize) -> &[u8] {
        let reach = reach.min(self.bytes.len());
        if self.folded.len() < reach {
            let missing = self.bytes.get(self.folded.len()..reach);
            let missing = missing.unwrap_or_default().iter();
            self.folded.extend(missing.map(u8::to_ascii_lowercase));
        }
        self.folded.get(..reach).unwrap_or(self.folded)
    }
}
