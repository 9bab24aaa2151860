//! VXLAN (RFC 7348, section 5), and its generic protocol extension where a bit asks for it.

use crate::bytes::{Span, be32};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Tunnel};

const HEADER: usize = 8;
/// The flags byte: network identifier valid.
const WITH_NETWORK: u8 = 0x08;
/// With next protocol (draft-ietf-nvo3-vxlan-gpe).
const WITH_PROTOCOL: u8 = 0x0c;

impl Decoder<'_> {
    /// A VXLAN packet; false when it is none.
    pub(crate) fn vxlan(&mut self, span: Span) -> bool {
        let Some(header) = self.head::<HEADER>(span) else {
            return false;
        };
        let network = be32(header, 4).unwrap_or(0) >> 8;
        let inner = span.skip(HEADER);
        match *header {
            [WITH_NETWORK, _, _, 0, _, _, _, 0] => self.vxlan_frame(network, inner),
            [WITH_PROTOCOL, 0, 0, next, _, _, _, 0] => self.vxlan_payload(next, network, inner),
            _ => false,
        }
    }

    /// The group policy extension uses the second and third byte, so they are not checked.
    fn vxlan_frame(&mut self, network: u32, inner: Span) -> bool {
        if inner.wire() == 0 {
            return false;
        }
        if !self.looks_like_ethernet(inner) {
            self.fault(Fault::VxlanUnknownPayload);
            return false;
        }
        self.enter(Tunnel::Vxlan, network);
        self.ethernet(inner);
        true
    }

    fn vxlan_payload(&mut self, next: u8, network: u32, inner: Span) -> bool {
        let kind = match next {
            1 if self.looks_like_ipv4(inner) => ether_type::IPV4,
            2 if self.looks_like_ipv6(inner) => ether_type::IPV6,
            3 => return self.vxlan_frame(network, inner),
            4 => ether_type::NSH,
            5 => ether_type::MPLS,
            _ => return false,
        };
        self.enter(Tunnel::Vxlan, network);
        self.network(kind, inner);
        true
    }
}
