//! Bytes of streams on their way to rules.

use wirewatch_detect::rules::STREAM_OVERLAP;
use wirewatch_flow::{Flow, Side};

use super::{Desk, proto_side};

/// Memory that a side may keep while nothing new comes: some segments' worth. One that was delivered much
/// at once would keep that much until its end.
const MAX_IDLE: usize = 16 << 10;
/// Nanoseconds that bytes wait for more before rules see them: a second is what somebody who looks on still
/// takes for at once, and whoever types into a connection types more in that time than one key.
const MAX_WAIT: i64 = 1_000_000_000;
/// Gaps among bytes that rules have not seen; more come only from holes that were made on purpose.
const MAX_GAPS: usize = 256;

/// How much is put together before rules see it: a search through few long pieces finds what stands across
/// segments, and costs less than one through many short ones. 0 shows everything at once.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Chunks {
    /// Bytes of what the client sends.
    pub(crate) to_server: usize,
    /// Bytes of what the server sends.
    pub(crate) to_client: usize,
    /// Whether these are not what rules wait for but what they see with each segment: its bytes, and those
    /// that stand around it. So whoever sits in the way decides about each packet by all that it completes.
    pub(crate) is_sliding: bool,
}

impl Chunks {
    pub(crate) fn of(self, side: Side) -> usize {
        match side {
            Side::ToServer => self.to_server,
            Side::ToClient => self.to_client,
        }
    }
}

/// What both sides said lately.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    client: Tail,
    server: Tail,
    /// Whether rules saw what lay behind holes on its arrival: it need not be shown when they are given up.
    pub(crate) is_seen_ahead: bool,
}

/// The end of a stream: what rules saw, and behind it what they have not seen.
#[derive(Debug, Default)]
struct Tail {
    bytes: Vec<u8>,
    fresh: usize,
    gaps: Vec<Gap>,
    /// When the first byte came that they have not seen.
    since: i64,
    /// Whether they are to see the rest without waiting for more.
    is_due: bool,
}

/// Bytes that are missing.
#[derive(Debug, Clone, Copy)]
struct Gap {
    /// How many of the bytes that are there stand before it.
    at: usize,
    length: u64,
}

impl Watched {
    /// Reads from each cache line that a packet needs.
    #[inline]
    pub(crate) fn touch(&self) -> u64 {
        self.client.fresh as u64 ^ self.server.fresh as u64 ^ u64::from(self.is_seen_ahead)
    }

    /// New bytes of a side.
    pub(crate) fn push(&mut self, side: Side, bytes: &[u8], now: i64) {
        let tail = self.of(side);
        if tail.fresh == 0 {
            tail.since = now;
        }
        tail.bytes.extend_from_slice(bytes);
        tail.fresh += bytes.len();
    }

    /// Bytes are missing: what was before does not touch what comes.
    pub(crate) fn gap(&mut self, side: Side, length: u64) {
        let tail = self.of(side);
        if tail.fresh == 0 || tail.gaps.len() >= MAX_GAPS {
            *tail = Tail::default();
        }
        let at = tail.bytes.len();
        tail.gaps.push(Gap { at, length });
    }

    /// What a side said so far is something whole, or there will be no more: rules see it with its next packet.
    pub(crate) fn hurry(&mut self, side: Side) {
        self.of(side).is_due = true;
    }

    /// Bytes that are kept.
    pub(crate) fn held(&self) -> usize {
        self.client.bytes.len() + self.server.bytes.len()
    }

    /// Rules do not care for this side any more.
    pub(crate) fn forget(&mut self, side: Side) {
        *self.of(side) = Tail::default();
    }

    fn of(&mut self, side: Side) -> &mut Tail {
        match side {
            Side::ToServer => &mut self.client,
            Side::ToClient => &mut self.server,
        }
    }

    /// Shows rules what is new and need not wait, after a packet of `sender`.
    pub(crate) fn show(
        &mut self,
        sender: Option<Side>,
        chunks: Chunks,
        flow: &mut Flow,
        desk: &mut Desk<'_>,
    ) {
        if chunks.is_sliding {
            return self.slide(sender, chunks, flow, desk);
        }
        for side in [Side::ToServer, Side::ToClient] {
            let is_turn = sender == Some(side);
            if self.of(side).is_ripe(is_turn, chunks.of(side), desk.at.ts) {
                self.show_side(side, 0, flow, desk);
            }
        }
    }

    /// Shows rules all that is at hand of the side whose segment came, also what they have seen.
    fn slide(
        &mut self,
        sender: Option<Side>,
        chunks: Chunks,
        flow: &mut Flow,
        desk: &mut Desk<'_>,
    ) {
        let has_bytes = desk.at.sight.is_some_and(|sight| !sight.payload.is_empty());
        for side in [Side::ToServer, Side::ToClient] {
            let tail = self.of(side);
            if has_bytes && sender == Some(side) {
                tail.fresh = tail.bytes.len();
            }
            self.show_side(side, chunks.of(side), flow, desk);
        }
    }

    /// Shows rules all that they have not seen.
    pub(crate) fn show_all(&mut self, flow: &mut Flow, desk: &mut Desk<'_>) {
        for side in [Side::ToServer, Side::ToClient] {
            self.show_side(side, 0, flow, desk);
        }
    }

    /// Shows rules what is new of a side, and keeps so much of it at least.
    fn show_side(&mut self, side: Side, kept: usize, flow: &mut Flow, desk: &mut Desk<'_>) {
        let tail = self.of(side);
        if tail.fresh > 0 {
            let shown = tail.shown();
            for (bytes, fresh) in tail.pieces() {
                if let Some((judge, at, mut out)) = desk.judge() {
                    let shown = shown.as_deref().unwrap_or(bytes);
                    judge.stream(proto_side(side), (bytes, fresh), shown, &at, flow, &mut out);
                }
            }
            tail.age(kept.max(STREAM_OVERLAP));
        }
    }
}

impl Tail {
    /// Whether what is new is enough, is something whole, or has waited for too long. Rules see what a side
    /// says with a packet of that side, so that an alert's packet goes the same way as what it is about.
    fn is_ripe(&self, is_turn: bool, chunk: usize, now: i64) -> bool {
        self.fresh > 0
            && (chunk == 0
                || is_turn && (self.is_due || self.fresh >= chunk)
                || now.saturating_sub(self.since) > MAX_WAIT)
    }

    /// The pieces between gaps that have new bytes, each with how many of its last are new.
    fn pieces(&self) -> impl Iterator<Item = (&[u8], usize)> {
        let seen = self.bytes.len().saturating_sub(self.fresh);
        let ends = self.gaps.iter().map(|gap| gap.at).chain([self.bytes.len()]);
        let mut start = 0;
        ends.filter_map(move |end| {
            let piece = self.bytes.get(start..end)?;
            let fresh = end.saturating_sub(start.max(seen));
            start = end;
            (fresh > 0).then_some((piece, fresh))
        })
    }

    /// All of it with notes where bytes are missing, as alerts show it; none when none are.
    fn shown(&self) -> Option<Vec<u8>> {
        if self.gaps.is_empty() {
            return None;
        }
        let mut shown = Vec::with_capacity(self.bytes.len());
        let mut start = 0;
        for gap in &self.gaps {
            shown.extend_from_slice(self.bytes.get(start..gap.at).unwrap_or_default());
            shown.extend_from_slice(format!("[{} bytes missing]", gap.length).as_bytes());
            start = gap.at;
        }
        shown.extend_from_slice(self.bytes.get(start..).unwrap_or_default());
        Some(shown)
    }

    /// Everything was seen: the last bytes, which may be the beginning of something, stay.
    fn age(&mut self, kept: usize) {
        let last = self.gaps.last().map_or(0, |gap| gap.at);
        let seen = self.bytes.len().saturating_sub(kept);
        self.bytes.drain(..seen.max(last));
        self.gaps = Vec::new();
        if self.bytes.capacity() > MAX_IDLE {
            self.bytes.shrink_to(kept);
        }
        self.fresh = 0;
        self.is_due = false;
    }
}

#[cfg(test)]
mod tests;
