//! `entropy`: how random bytes look.

/// What the entropy is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EntropyOrder {
    Less,
    AtMost,
    Equal,
    NotEqual,
    AtLeast,
    Greater,
}

/// Shannon's entropy of a part of the buffer, in bits per byte.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entropy {
    pub(crate) offset: usize,
    /// None for all the rest.
    pub(crate) bytes: Option<usize>,
    pub(crate) order: EntropyOrder,
    pub(crate) value: f64,
}

impl Entropy {
    pub(super) fn holds(&self, bytes: &[u8]) -> bool {
        let rest = bytes.get(self.offset..).unwrap_or_default();
        let end = self.bytes.map_or(rest.len(), |most| most.min(rest.len()));
        let entropy = entropy_of(rest.get(..end).unwrap_or_default());
        match self.order {
            EntropyOrder::Less => entropy < self.value,
            EntropyOrder::AtMost => entropy <= self.value,
            EntropyOrder::Equal => (entropy - self.value).abs() < f64::EPSILON,
            EntropyOrder::NotEqual => (entropy - self.value).abs() >= f64::EPSILON,
            EntropyOrder::AtLeast => entropy >= self.value,
            EntropyOrder::Greater => entropy > self.value,
        }
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "buffers are far shorter than 2^52"
)]
fn entropy_of(bytes: &[u8]) -> f64 {
    let mut counts = [0_u64; 256];
    for byte in bytes {
        if let Some(count) = counts.get_mut(usize::from(*byte)) {
            *count += 1;
        }
    }
    let all = bytes.len() as f64;
    let seen = counts.iter().filter(|count| **count != 0);
    let parts = seen.map(|count| *count as f64 / all);
    -parts.map(|part| part * part.log2()).sum::<f64>()
}
