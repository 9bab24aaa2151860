//! Settings of reassembly.

use crate::Policy;

/// Segments kept behind holes, per direction. 1,024 full ones are 1.4 MB, more than most
/// receivers' windows; without a limit tiny segments would make each insertion slow.
pub const MAX_SEGMENTS: usize = 1024;
/// Bytes in order that wait for their acknowledgement, per direction. Linux lets a receive
/// window grow to 6 MiB; beyond this the acknowledgements were most likely not captured.
pub const MAX_UNACKNOWLEDGED: usize = 4 << 20;

/// Settings of one worker's streams.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Whose bytes are kept where segments overlap.
    pub policy: Policy,
    /// What becomes of the byte that the urgent pointer names.
    pub urgent: Urgent,
    /// Deliver bytes when they arrive in order. Otherwise when their receiver has acknowledged them.
    pub inline: bool,
    /// Bytes delivered of what the client sends, 0 for all.
    pub depth_to_server: u64,
    /// Bytes delivered of what the server sends, 0 for all.
    pub depth_to_client: u64,
    /// Memory for everything that is kept, bookkeeping included.
    pub memory_bytes: usize,
    /// Streams at once; at most half of the memory is used for their bookkeeping whatever this says.
    pub max_streams: usize,
    /// Segments kept behind holes, per direction.
    pub max_segments_per_side: usize,
    /// Follow connections whose opening was not seen.
    pub midstream: bool,
    /// Use bytes of segments with a wrong checksum where their receiver acknowledges them.
    pub believe_acknowledged: bool,
    /// Deliver on arrival while nothing is seen of the other side.
    pub async_oneside: bool,
}

impl Default for Config {
    /// Suricata's defaults where it has them.
    fn default() -> Self {
        Self {
            policy: Policy::default(),
            urgent: Urgent::default(),
            inline: false,
            depth_to_server: 1 << 20,
            depth_to_client: 1 << 20,
            memory_bytes: 256 << 20,
            max_streams: 1 << 20,
            max_segments_per_side: MAX_SEGMENTS,
            midstream: false,
            async_oneside: false,
            believe_acknowledged: true,
        }
    }
}

/// What becomes of an urgent byte (RFC 6093).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Urgent {
    /// It is left out: sockets read it apart from the others unless a program asks otherwise.
    #[default]
    OutOfBand,
    /// It stays between its neighbours, as RFC 6093 recommends to programs.
    Inline,
}

impl Urgent {
    /// The policy with this name in Suricata's configuration, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        if name.eq_ignore_ascii_case("oob") {
            Some(Self::OutOfBand)
        } else if name.eq_ignore_ascii_case("inline") {
            Some(Self::Inline)
        } else {
            None
        }
    }
}
