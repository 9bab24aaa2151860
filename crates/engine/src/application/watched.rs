//! Bytes of streams on their way to rules.

use wirewatch_detect::rules::STREAM_OVERLAP;
use wirewatch_flow::{Flow, Side};

use super::{Desk, proto_side};

/// Memory that a side may keep while nothing new comes: some segments' worth. One that was delivered much
/// at once would keep that much until its end.
const MAX_IDLE: usize = 16 << 10;

/// What both sides said lately.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    client: Tail,
    server: Tail,
}

/// The end of a stream: what rules saw, and behind it what they have not seen.
#[derive(Debug, Default)]
struct Tail {
    bytes: Vec<u8>,
    fresh: usize,
}

impl Watched {
    /// New bytes of a side.
    pub(crate) fn push(&mut self, side: Side, bytes: &[u8]) {
        let tail = self.of(side);
        tail.bytes.extend_from_slice(bytes);
        tail.fresh += bytes.len();
    }

    /// Bytes are missing: what was before does not touch what comes.
    pub(crate) fn gap(&mut self, side: Side) {
        let tail = self.of(side);
        if tail.fresh == 0 {
            tail.bytes.clear();
        }
    }

    fn of(&mut self, side: Side) -> &mut Tail {
        match side {
            Side::ToServer => &mut self.client,
            Side::ToClient => &mut self.server,
        }
    }

    /// Shows rules what is new.
    pub(crate) fn show(&mut self, flow: &mut Flow, desk: &mut Desk<'_>) {
        for side in [Side::ToServer, Side::ToClient] {
            let tail = self.of(side);
            if tail.fresh == 0 {
                continue;
            }
            if let Some((judge, at, mut out)) = desk.judge() {
                let side = proto_side(side);
                judge.stream(side, &tail.bytes, tail.fresh, &at, flow, &mut out);
            }
            let kept = tail.bytes.len().saturating_sub(STREAM_OVERLAP);
            tail.bytes.drain(..kept);
            if tail.bytes.capacity() > MAX_IDLE {
                tail.bytes.shrink_to(STREAM_OVERLAP);
            }
            tail.fresh = 0;
        }
    }
}
