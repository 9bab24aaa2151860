//! MPLS label stacks (RFC 3032) and what is guessed to follow them.
//!
//! Nothing in the stack says what it carries. As routers do (RFC 4928) the first four bits
//! decide: 4 and 6 are IP, 0 is a pseudo-wire control word (RFC 4385), else Ethernet.

use crate::bytes::{Span, be32};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

/// Labels followed per stack. Segment routing uses around ten.
const MAX_LABELS: usize = 16;
const LABEL: usize = 4;
const BOTTOM: u32 = 0x100;

const IPV4_EXPLICIT_NULL: u32 = 0;
const ROUTER_ALERT: u32 = 1;
const IPV6_EXPLICIT_NULL: u32 = 2;
const IMPLICIT_NULL: u32 = 3;

impl Decoder<'_> {
    /// A label stack.
    pub(crate) fn mpls(&mut self, span: Span) {
        let mut rest = span;
        for _ in 0..MAX_LABELS {
            let Some(entry) = be32(self.view(rest), 0) else {
                self.short(span, Fault::MplsTooShort);
                return;
            };
            rest = rest.skip(LABEL);
            self.check_label(entry >> 12);
            if entry & BOTTOM != 0 {
                self.under_labels(entry >> 12, rest);
                return;
            }
        }
        self.fault(Fault::MplsTooManyLabels);
    }

    fn check_label(&mut self, label: u32) {
        match label {
            IMPLICIT_NULL => self.fault(Fault::MplsImplicitNull),
            4..=6 | 8..=12 => self.fault(Fault::MplsReserved),
            _ => {}
        }
    }

    fn under_labels(&mut self, last: u32, span: Span) {
        match last {
            IPV4_EXPLICIT_NULL => self.network(ether_type::IPV4, span),
            IPV6_EXPLICIT_NULL => self.network(ether_type::IPV6, span),
            ROUTER_ALERT => self.fault(Fault::MplsRouterAlert),
            _ => self.guess_payload(span),
        }
    }

    fn guess_payload(&mut self, span: Span) {
        let after_control_word = self.looks_like_ethernet(span.skip(LABEL));
        match self.version_nibble(span) {
            None => self.short(span, Fault::MplsPayloadTooShort),
            Some(4 | 6) if !self.looks_like_ip(span) && self.looks_like_ethernet(span) => {
                self.ethernet(span);
            }
            Some(4 | 6) => self.raw_ip(span),
            Some(0) if after_control_word || !self.looks_like_ethernet(span) => {
                self.ethernet(span.skip(LABEL));
            }
            Some(_) if self.looks_like_ethernet(span) => self.ethernet(span),
            // An associated channel (RFC 5586) carries maintenance messages.
            Some(1) => self.carries(Network::Other, span),
            Some(_) => self.fault(Fault::MplsUnknownPayload),
        }
    }
}
