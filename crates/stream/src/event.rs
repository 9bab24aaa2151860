//! What can be odd about a segment, each with a stable code.

/// One line per event: variant, code, and the sentence for the documentation page.
macro_rules! events {
    ($($name:ident, $code:literal, $description:literal;)*) => {
        /// Something odd about a segment. Becomes an `anomaly` record with [`Event::code`] as its event.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Event {
            $(#[doc = $description] $name,)*
        }

        impl Event {
            /// Every event, in the order of the documentation page.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The stable code, such as `stream.reassembly_seq_gap`: Suricata's name where it has one.
            pub fn code(self) -> &'static str {
                match self {
                    $(Self::$name => concat!("stream.", $code),)*
                }
            }

            /// One sentence on what was seen.
            pub fn description(self) -> &'static str {
                match self {
                    $(Self::$name => $description,)*
                }
            }
        }
    };
}

events! {
    OutOfWindow, "est_packet_out_of_window", "A segment that lies beyond what its receiver allows; it was ignored.";
    InvalidAck, "pkt_invalid_ack", "An acknowledgement of what cannot have been sent; the segment was ignored.";
    WrongSynAck, "3whs_synack_with_wrong_ack", "A SYN/ACK that acknowledges something other than the SYN; it was ignored.";
    SynAckResent, "3whs_synack_resend_with_diff_seq", "A second SYN/ACK with another sequence number; it counts only if the client acknowledges it.";
    SynResent, "3whs_syn_resend_diff_seq_on_syn_recv", "A repeated SYN with another sequence number, before the connection was open.";
    InvalidTimestamp, "pkt_invalid_timestamp", "A segment whose TCP timestamp is older than one that its receiver has, or that answers a SYN with another's: receivers drop it, and it was ignored.";
    SynFlood, "3whs_syn_flood", "One of more than ten different SYNs between the same ports, of which none was answered.";
    SynDataIgnored, "3whs_synack_tfo_data_ignored", "The server did not accept the data of the SYN (TCP fast open); they were dropped.";
    OverlapDifferent, "reassembly_overlap_different_data", "A segment with other bytes than an earlier one has at the same place.";
    BeforeBase, "reassembly_segment_before_base_seq", "A segment with bytes before the stream's first.";
    Gap, "reassembly_seq_gap", "Bytes were not seen that their receiver has acknowledged.";
    DepthReached, "reassembly_depth_reached", "The stream is longer than is inspected.";
    SegmentLimit, "reassembly_insert_limit", "Too many segments behind a hole; it was given up.";
    MemoryLimit, "reassembly_insert_memcap", "No memory for a segment behind a hole; it was dropped.";
    ResetOutOfWindow, "rst_out_of_window", "A reset whose number lies outside of the window; it was ignored.";
    ResetInexact, "rst_inexact", "A reset whose number lies in the window and is not the next one: its receiver asks back (RFC 5961).";
    ResetSuspected, "suspected_rst_inject", "Data go on after a reset: its receiver did not accept it, or someone else sent it.";
    FinOutOfWindow, "fin_out_of_window", "A FIN that lies beyond what its receiver allows; it was ignored.";
    DataAfterFin, "data_after_fin", "Data go on after a FIN, which its receiver therefore has not seen.";
    UrgentLimit, "reassembly_urgent_oob_limit_reached", "More urgent bytes at once than are kept apart; the others stay in the stream.";
    Resynchronised, "resynchronised", "One segment after the other was out of window, so the window was forgotten: packets were lost on the way to the capture.";
}

/// A set of events.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Events(u32);

impl Events {
    /// Whether nothing was odd.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether this is among them.
    pub fn contains(self, event: Event) -> bool {
        self.0 >> event as u32 & 1 != 0
    }

    /// The events, in the order of the table.
    pub fn iter(self) -> impl Iterator<Item = Event> {
        Event::ALL
            .iter()
            .copied()
            .filter(move |event| self.contains(*event))
    }

    /// The set as a number: bit `n` stands for the `n`th event of the table.
    pub fn bits(self) -> u32 {
        self.0
    }

    /// The set of these bits.
    pub fn from_bits(bits: u32) -> Self {
        Self(bits)
    }

    /// Puts an event into the set.
    pub fn add(&mut self, event: Event) {
        self.0 |= 1 << event as u32;
    }
}

const _: () = assert!(Event::ALL.len() <= 32);

#[cfg(test)]
mod tests;
