//! IGMP (RFC 2236, 3376): membership of groups; no ports, so flows know only its hosts.

use crate::bytes::Span;
use crate::decoder::Decoder;
use crate::{Fault, checksum};

impl Decoder<'_> {
    /// An IGMP message.
    pub(crate) fn igmp(&mut self, span: Span, index: usize) {
        if self.head::<8>(span).is_none() {
            self.short(span, Fault::IgmpTooShort);
            return;
        }
        if self.can_verify(span) && !checksum::is_right(self.view(span)) {
            self.bad_checksum(index, Fault::IgmpChecksum);
        }
    }
}
