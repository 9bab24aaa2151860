//! Tags between the Ethernet addresses and the network layer, and ARP.

use crate::bytes::{Span, be16};
use crate::decoder::Decoder;
use crate::link::ether_type;
use crate::{Fault, Network};

/// The I-TAG of IEEE 802.1ah, section 9.7; the customer's addresses follow it.
const SERVICE_TAG: usize = 4;
/// Tree and time to live of a FabricPath header; the inner frame follows.
const FABRIC_PATH_TAG: usize = 2;
const NSH_BASE: usize = 8;
const ARP_HEADER: usize = 8;

impl Decoder<'_> {
    /// A VLAN tag (IEEE 802.1Q, section 9.6).
    pub(crate) fn vlan(&mut self, span: Span) {
        let Some(&[tag_high, tag_low, kind_high, kind_low]) = self.head::<4>(span) else {
            self.short(span, Fault::VlanTooShort);
            return;
        };
        let id = u16::from_be_bytes([tag_high & 0x0f, tag_low]);
        if self.at_link() {
            self.add_vlan(id);
        } else {
            self.carry_vlan(id);
        }
        let kind = u16::from_be_bytes([kind_high, kind_low]);
        self.tagged(kind, span.skip(4), Fault::VlanUnknownType);
    }

    fn add_vlan(&mut self, id: u16) {
        let frame = &mut self.out.frame;
        if let Some(slot) = frame.vlans.get_mut(usize::from(frame.vlan_count)) {
            *slot = id;
            frame.vlan_count = frame.vlan_count.saturating_add(1);
        } else {
            self.fault_once(Fault::VlanTooMany);
        }
    }

    /// A tag of `length` bytes that says nothing about flows, then an EtherType. The faults are those of
    /// a tag that is cut, and of an EtherType that nothing uses.
    pub(crate) fn tag(&mut self, span: Span, length: usize, [too_short, unknown]: [Fault; 2]) {
        match be16(self.view(span), length) {
            Some(kind) => self.tagged(kind, span.skip(length + 2), unknown),
            None => self.short(span, too_short),
        }
    }

    /// A provider backbone frame: the customer's frame follows the service tag.
    pub(crate) fn backbone_bridge(&mut self, span: Span) {
        if self.head::<{ SERVICE_TAG + 14 }>(span).is_none() {
            self.short(span, Fault::Ieee8021ahTooShort);
            return;
        }
        self.ethernet(span.skip(SERVICE_TAG));
    }

    /// Cisco FabricPath: a second Ethernet header follows.
    pub(crate) fn fabric_path(&mut self, span: Span) {
        if self.head::<{ FABRIC_PATH_TAG + 14 }>(span).is_none() {
            self.short(span, Fault::DceTooShort);
            return;
        }
        self.ethernet(span.skip(FABRIC_PATH_TAG));
    }

    /// A network service header (RFC 8300, section 2.2).
    pub(crate) fn service_header(&mut self, span: Span) {
        let Some(&[first, second, metadata, next, ..]) = self.head::<NSH_BASE>(span) else {
            self.short(span, Fault::NshTooShort);
            return;
        };
        let length = usize::from(second & 0x3f) * 4;
        if first >> 6 != 0 {
            self.fault(Fault::NshVersion);
        } else if length < NSH_BASE || length > span.wire() {
            self.fault(Fault::NshLength);
        } else {
            self.service_metadata(metadata & 0x0f);
            self.service_payload(next, span.skip(length));
        }
    }

    /// Types 1 and 2 have metadata of a fixed and of a variable length; 15 is for experiments.
    fn service_metadata(&mut self, kind: u8) {
        match kind {
            1 | 2 => {}
            0 | 15 => self.fault(Fault::NshReservedType),
            _ => self.fault(Fault::NshUnsupportedType),
        }
    }

    fn service_payload(&mut self, next: u8, span: Span) {
        match next {
            1 => self.network(ether_type::IPV4, span),
            2 => self.network(ether_type::IPV6, span),
            3 => self.ethernet(span),
            4 => self.network(ether_type::NSH, span),
            5 => self.network(ether_type::MPLS, span),
            _ => self.fault(Fault::NshUnknownPayload),
        }
    }

    /// An ARP or RARP packet (RFC 826); its addresses are read by whoever wants them.
    pub(crate) fn arp(&mut self, span: Span) {
        let Some(header) = self.head::<ARP_HEADER>(span) else {
            self.short(span, Fault::ArpTooShort);
            return;
        };
        let &[_, _, _, _, hardware_size, protocol_size, _, opcode] = header;
        let addresses = 2 * (usize::from(hardware_size) + usize::from(protocol_size));
        self.carries(Network::Arp, span);
        if !self.at_link() {
            self.out.inner_arp = span.start as u32;
        }
        if ARP_HEADER + addresses > span.wire() {
            self.short(span, Fault::ArpTooShort);
        } else if !be16(header, 0).is_some_and(is_hardware) {
            self.fault(Fault::ArpHardware);
        } else if be16(header, 0) == Some(1) && hardware_size != 6 {
            self.fault(Fault::ArpHardwareSize);
        } else if be16(header, 2) != Some(ether_type::IPV4) {
            self.fault(Fault::ArpProtocol);
        } else if protocol_size != 4 {
            self.fault(Fault::ArpProtocolSize);
        } else if !(1..=25).contains(&opcode) {
            self.fault(Fault::ArpOpcode);
        }
    }
}

/// Hardware types of IANA's registry (ARP parameters), those of experiments included.
fn is_hardware(kind: u16) -> bool {
    matches!(kind, 1..=38 | 256 | 257)
}
