//! Checksums that look wrong because the capture was made on the machine that sends or receives.

use wirewatch_decode::Datagram;
use wirewatch_flow::{Lookup, Side};

use super::Pipeline;
use crate::application::TCP;

impl Pipeline {
    /// Whether a wrong checksum is one that the sender's network card was still to fill in: the capture
    /// was made on the sending machine. So it looks when all that came from there in the flow is wrong;
    /// among right ones a wrong one is wrong, and its receiver does not take the packet.
    #[cold]
    fn is_unfilled(&self, lookup: Option<&Lookup>) -> bool {
        if self.ways.trust_all {
            return true;
        }
        let (Some(table), Some(lookup)) = (&self.table, lookup) else {
            return false;
        };
        self.ways.trust_offload
            && table.peek(lookup).is_none_or(|(flow, side)| {
                flow.packets(side) == 0 || flow.user[2] & unfilled(side) != 0
            })
    }

    /// Whether a wrong checksum is one of a segment that was never on the wire: the receiver's network card
    /// made one of several that it had checked, and left the first one's checksum.
    fn is_merged(&self, datagram: &Datagram) -> bool {
        /// Ethernet's longest packet.
        const MOST: u32 = 1500;
        self.ways.trust_offload && datagram.protocol == TCP && datagram.ip_length > MOST
    }

    /// The datagram as its receiver will see it, where that is not as it was captured.
    #[inline]
    pub(super) fn filled(&self, datagram: &Datagram, lookup: Option<&Lookup>) -> Option<Datagram> {
        if !datagram.bad_checksum || !(self.is_merged(datagram) || self.is_unfilled(lookup)) {
            return None;
        }
        Some(Datagram {
            bad_checksum: false,
            ..*datagram
        })
    }
}

/// `Flow::user[2]`: the first checksum of this side was wrong.
pub(super) fn unfilled(side: Side) -> u32 {
    match side {
        Side::ToServer => 1 << 17,
        Side::ToClient => 1 << 18,
    }
}
