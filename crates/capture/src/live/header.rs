//! Puts back in front of a packet what the kernel took away.
//!
//! The kernel keeps the outer VLAN tag beside the packet, and gives packets of
//! cooked sockets without a link header. Both are written into the free bytes
//! before the packet in the ring, so nothing is copied but two addresses.
//! IEEE 802.1Q; `LINKTYPE_LINUX_SLL2` of tcpdump.org.

use super::ring::Frame;
use crate::bpf::layout::SLL2_LENGTH;

/// Length of a VLAN tag.
pub(super) const TAG_LENGTH: usize = 4;

/// Room a cooked packet needs before it: its header and a tag.
pub(super) const COOKED_ROOM: usize = SLL2_LENGTH + TAG_LENGTH;

const ADDRESSES_LENGTH: usize = 12;

/// Puts the VLAN tag back between the addresses and the type of an Ethernet frame.
pub(super) fn restore_tag(frame: &mut Frame) {
    let Some((protocol, tag)) = frame.tag.take() else {
        return;
    };
    if frame.headroom < TAG_LENGTH || frame.captured < ADDRESSES_LENGTH {
        return;
    }
    // SAFETY: the ring vouches for `headroom` bytes before the packet and `captured` from its start on.
    unsafe {
        let start = frame.bytes.sub(TAG_LENGTH);
        std::ptr::copy(frame.bytes, start, ADDRESSES_LENGTH);
        let place = start.add(ADDRESSES_LENGTH).cast::<[u8; TAG_LENGTH]>();
        place.write(tag_bytes(protocol, tag));
    }
    grow(frame, TAG_LENGTH);
}

/// Puts a Linux cooked header, and the VLAN tag if there was one, before a packet.
pub(super) fn cook(frame: &mut Frame) {
    if frame.headroom < COOKED_ROOM {
        return;
    }
    let address = &frame.address;
    let mut protocol = u16::from_be(address.sll_protocol);
    if let Some((outer, tag)) = frame.tag.take() {
        // SAFETY: `headroom` is enough for header and tag.
        unsafe {
            let place = frame.bytes.sub(TAG_LENGTH).cast::<[u8; TAG_LENGTH]>();
            place.write(tag_bytes(tag, protocol));
        }
        protocol = outer;
        grow(frame, TAG_LENGTH);
    }
    let header = cooked_header(protocol, &frame.address);
    // SAFETY: `headroom` was enough for header and tag.
    unsafe {
        let place = frame.bytes.sub(SLL2_LENGTH).cast::<[u8; SLL2_LENGTH]>();
        place.write(header);
    }
    grow(frame, SLL2_LENGTH);
}

fn grow(frame: &mut Frame, length: usize) {
    // SAFETY: the callers have checked that `headroom` is at least `length`.
    frame.bytes = unsafe { frame.bytes.sub(length) };
    frame.headroom -= length;
    frame.captured += length;
    frame.wire_length = frame.wire_length.saturating_add(length as u32);
}

fn tag_bytes(first: u16, second: u16) -> [u8; TAG_LENGTH] {
    ((u32::from(first) << 16) | u32::from(second)).to_be_bytes()
}

fn cooked_header(protocol: u16, address: &libc::sockaddr_ll) -> [u8; SLL2_LENGTH] {
    let mut header = [0; SLL2_LENGTH];
    let [protocol_high, protocol_low] = protocol.to_be_bytes();
    let [i0, i1, i2, i3] = address.sll_ifindex.to_be_bytes();
    let [type_high, type_low] = address.sll_hatype.to_be_bytes();
    let fixed = [
        protocol_high,
        protocol_low,
        0,
        0,
        i0,
        i1,
        i2,
        i3,
        type_high,
        type_low,
        address.sll_pkttype,
        address.sll_halen,
    ];
    for (place, byte) in header.iter_mut().zip(fixed.iter().chain(&address.sll_addr)) {
        *place = *byte;
    }
    header
}
