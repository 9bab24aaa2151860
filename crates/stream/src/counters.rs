//! What reassembly did so far.

/// What one worker's streams did so far. Each payload byte that came is in exactly one of
/// the counters named `_bytes` except `gap_bytes` and `early_bytes`, or is still kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Streams that were opened.
    pub opened: u64,
    /// Streams that were not opened because there are as many as allowed, or a lone SYN while there nearly are.
    pub refused: u64,
    /// The most streams there were at once.
    pub peak: u64,
    /// Segments that came.
    pub segments: u64,
    /// Their payload.
    pub payload_bytes: u64,
    /// Bytes delivered.
    pub delivered_bytes: u64,
    /// Of them, bytes delivered before their acknowledgement because it did not come or memory was short.
    pub early_bytes: u64,
    /// Bytes of segments with a wrong checksum that were not used.
    pub bad_checksum_bytes: u64,
    /// Segments with a wrong checksum that were used because their receiver acknowledged them.
    pub acknowledged_wrong: u64,
    /// Bytes of connections whose opening was not seen, and which are not followed.
    pub unfollowed_bytes: u64,
    /// Bytes of streams and directions that nobody inspects any more.
    pub uninspected_bytes: u64,
    /// Bytes that were there before, or came after their gap was told; and those that lost against others by the policy.
    pub repeated_bytes: u64,
    /// Segments with other bytes than an earlier one had at the same place.
    pub overlaps_different: u64,
    /// Bytes before the first of their stream.
    pub before_base_bytes: u64,
    /// Keep-alives with a byte of payload, which counts as repeated.
    pub keep_alives: u64,
    /// Segments that came before others that precede them.
    pub out_of_order: u64,
    /// Segments, acknowledgements and resets ignored because the receiver does not allow them.
    pub out_of_window: u64,
    /// The payload of those.
    pub out_of_window_bytes: u64,
    /// How often the window was forgotten because nothing fitted it any more.
    pub resynchronised: u64,
    /// Gaps told.
    pub gaps: u64,
    /// Bytes missing in them.
    pub gap_bytes: u64,
    /// Directions that were longer than is inspected.
    pub depth_reached: u64,
    /// Bytes beyond the depth.
    pub depth_bytes: u64,
    /// Holes given up because too many segments were kept behind them.
    pub segment_limit: u64,
    /// Bytes behind holes for which there was no memory.
    pub memory_bytes: u64,
    /// Streams whose bytes behind holes were thrown away to stay within the memory.
    pub evicted: u64,
    /// Those bytes.
    pub evicted_bytes: u64,
    /// Urgent bytes left out of the stream.
    pub urgent_bytes: u64,
    /// Bytes of SYNs and SYN/ACKs that were not accepted.
    pub syn_ignored_bytes: u64,
    /// Bytes still kept when a stream was closed without being finished.
    pub discarded_bytes: u64,
    /// Resets that were believed.
    pub resets: u64,
}

impl Counters {
    /// Payload bytes that are no longer kept, whatever became of them.
    pub fn settled_bytes(&self) -> u64 {
        [
            self.delivered_bytes,
            self.bad_checksum_bytes,
            self.unfollowed_bytes,
            self.uninspected_bytes,
            self.repeated_bytes,
            self.before_base_bytes,
            self.out_of_window_bytes,
            self.depth_bytes,
            self.memory_bytes,
            self.evicted_bytes,
            self.urgent_bytes,
            self.syn_ignored_bytes,
            self.discarded_bytes,
        ]
        .iter()
        .sum()
    }
}

/// Every counter but the peak, which is not a sum.
macro_rules! sums {
    ($with:ident) => {
        $with!(
            opened,
            refused,
            segments,
            payload_bytes,
            delivered_bytes,
            early_bytes,
            bad_checksum_bytes,
            acknowledged_wrong,
            unfollowed_bytes,
            uninspected_bytes,
            repeated_bytes,
            overlaps_different,
            before_base_bytes,
            keep_alives,
            out_of_order,
            out_of_window,
            out_of_window_bytes,
            resynchronised,
            gaps,
            gap_bytes,
            depth_reached,
            depth_bytes,
            segment_limit,
            memory_bytes,
            evicted,
            evicted_bytes,
            urgent_bytes,
            syn_ignored_bytes,
            discarded_bytes,
            resets,
        )
    };
}

impl Counters {
    /// All counters but the peak by name.
    pub fn named(&self) -> Vec<(&'static str, u64)> {
        macro_rules! list {
            ($($name:ident,)*) => { vec![$((stringify!($name), self.$name),)*] };
        }
        sums!(list)
    }

    /// Adds another worker's counters; peaks are added too, as an upper bound.
    pub fn add(&mut self, other: &Self) {
        macro_rules! add {
            ($($name:ident,)*) => { $(self.$name += other.$name;)* };
        }
        self.peak += other.peak;
        sums!(add);
    }
}
