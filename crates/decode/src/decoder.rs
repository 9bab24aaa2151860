//! The walk from one header to the next.

use crate::bytes::Span;
use crate::{Datagram, Decoded, Fault, MAX_DATAGRAMS, MAX_VLANS, Network, Options, Tunnel, link};

/// Headers followed per frame (tags, tunnels and datagrams, not labels or options). Real
/// frames have fewer than ten; a loop of tiny headers must end.
pub const MAX_LAYERS: u8 = 24;
/// Bytes looked at per frame. The largest aggregates that offloading makes are 512 KiB, and
/// offsets must fit 32 bits.
const MAX_FRAME: usize = 1 << 24;

/// Decodes one captured frame into `out`.
///
/// `link` is the libpcap link type of `bytes`; `wire_length` is how long the frame was before
/// the capture cut it (less than `bytes` counts as uncut).
#[inline]
pub fn decode(link: u16, bytes: &[u8], wire_length: u32, options: &Options, out: &mut Decoded) {
    let mut decoder = Decoder::start(bytes, options, out);
    let span = Span::whole(decoder.bytes.len(), wire_length as usize);
    decoder.link(link, span);
}

/// Decodes a datagram that starts at its IP header, such as one rebuilt from fragments
/// (see [`crate::write_ip_header`]). All offsets count from that header.
///
/// The datagram is taken for an outermost one; the caller knows which tunnel the fragments
/// came from and may set [`Datagram::tunnel`] of the first entry.
pub fn decode_ip(bytes: &[u8], options: &Options, out: &mut Decoded) {
    let mut decoder = Decoder::start(bytes, options, out);
    let span = Span::whole(decoder.bytes.len(), bytes.len());
    decoder.raw_ip(span);
}

/// What is known while walking down one frame.
pub(crate) struct Decoder<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) options: &'a Options,
    pub(crate) out: &'a mut Decoded,
    /// What the next datagram is wrapped in, and that tunnel's identifier.
    pub(crate) tunnel: Tunnel,
    pub(crate) tunnel_id: u32,
    /// The frame inside the tunnel that is being read, if it has a link header, and its VLANs.
    pub(crate) carried: Option<Span>,
    pub(crate) carried_vlans: [u16; MAX_VLANS],
    /// Whether the transport checksum of the current datagram can be verified.
    pub(crate) verify: bool,
    /// Whether the frame that is being read was cut before a tunnel mirrored it.
    pub(crate) cut_by_mirror: bool,
    layers: u8,
}

impl<'a> Decoder<'a> {
    #[inline]
    fn start(bytes: &'a [u8], options: &'a Options, out: &'a mut Decoded) -> Self {
        let bytes = bytes.get(..MAX_FRAME).unwrap_or(bytes);
        out.clear();
        out.frame.network_offset = bytes.len() as u32;
        Self {
            bytes,
            options,
            out,
            tunnel: Tunnel::None,
            tunnel_id: 0,
            carried: None,
            carried_vlans: [0; MAX_VLANS],
            verify: false,
            cut_by_mirror: false,
            layers: 0,
        }
    }

    /// Walks the frame from its link header.
    #[inline]
    fn link(&mut self, link: u16, span: Span) {
        if link == link::ETHERNET {
            self.ethernet(span);
        } else {
            self.other_link(link, span);
        }
    }

    #[cold]
    pub(crate) fn fault(&mut self, fault: Fault) {
        self.out.add_fault(fault);
    }

    /// Tells that a header is incomplete, unless it is so only because the capture was cut.
    #[cold]
    pub(crate) fn short(&mut self, span: Span, fault: Fault) {
        if !span.is_cut() {
            self.fault(fault);
        }
    }

    /// Tells of a datagram that ends before its header says, at `end`. No receiver takes it (RFC 1812, section
    /// 5.2.2), so it counts as one with a wrong checksum, and nothing is said to be longer than it was.
    #[cold]
    pub(crate) fn ends_early(&mut self, index: usize, end: usize, fault: Fault) {
        if self.options.sliced || self.cut_by_mirror {
            return;
        }
        self.fault(fault);
        let count = usize::from(self.out.datagram_count);
        let inside = self.out.datagrams.get_mut(index..count);
        for datagram in inside.unwrap_or_default() {
            let room = |start: u32| (end as u32).saturating_sub(start);
            datagram.bad_checksum = true;
            datagram.ip_length = datagram.ip_length.min(room(datagram.ip_offset));
            let payload = room(datagram.payload_offset);
            datagram.payload_wire_length = datagram.payload_wire_length.min(payload);
        }
    }

    /// Whether the frame's own link layer is still being read, not something in a tunnel.
    pub(crate) fn at_link(&self) -> bool {
        self.out.datagram_count == 0
    }

    /// Counts a layer; false when the frame has used up its share.
    #[inline]
    pub(crate) fn descend(&mut self) -> bool {
        self.layers = self.layers.wrapping_add(1);
        if self.layers > MAX_LAYERS {
            self.fault(Fault::TooManyLayers);
            return false;
        }
        true
    }

    /// Sets what the frame carries, unless a tunnel inside it is being read.
    pub(crate) fn carries(&mut self, network: Network, span: Span) {
        if self.at_link() {
            self.out.frame.network = network;
            self.out.frame.network_offset = span.start as u32;
        }
    }

    /// Takes the next place for a datagram; nothing when nesting is too deep. The caller fills
    /// all of it: what is there is from an earlier frame.
    #[inline]
    pub(crate) fn claim(&mut self, span: Span) -> Option<usize> {
        let index = usize::from(self.out.datagram_count);
        if index >= usize::from(self.options.max_depth) || index >= MAX_DATAGRAMS {
            self.fault(Fault::TooManyLayers);
            return None;
        }
        if index > 0 {
            self.enclose(index, span);
        }
        self.out.datagram_count = self.out.datagram_count.wrapping_add(1);
        Some(index)
    }

    /// Notes what the tunnel carried: the frame around the datagram, or the datagram alone.
    #[cold]
    fn enclose(&mut self, index: usize, datagram: Span) {
        let carried = self.carried.take().unwrap_or(datagram);
        if let Some(enclosed) = self.out.enclosed.get_mut(index) {
            enclosed.length = carried.wire() as u32;
            enclosed.vlans = std::mem::take(&mut self.carried_vlans);
        }
    }

    /// A VLAN of the frame inside a tunnel.
    #[cold]
    pub(crate) fn carry_vlan(&mut self, id: u16) {
        if let Some(place) = self.carried_vlans.iter_mut().find(|place| **place == 0) {
            *place = id;
            return;
        }
        let fault = if self.tunnel == Tunnel::Erspan {
            Fault::ErspanTooManyVlans
        } else {
            Fault::VlanTooMany
        };
        self.fault_once(fault);
    }

    /// Tells what a frame may do many times over.
    #[cold]
    pub(crate) fn fault_once(&mut self, fault: Fault) {
        if !self.out.faults().any(|told| told == fault) {
            self.fault(fault);
        }
    }

    /// The tunnel that was entered and its identifier, for the datagram that comes out of it.
    #[inline]
    pub(crate) fn take_tunnel(&mut self) -> (Tunnel, u32) {
        (
            std::mem::take(&mut self.tunnel),
            std::mem::take(&mut self.tunnel_id),
        )
    }

    /// The datagram at a place that [`Decoder::claim`] gave.
    #[inline]
    pub(crate) fn datagram(&mut self, index: usize) -> Option<&mut Datagram> {
        self.out.datagrams.get_mut(index)
    }

    /// Tells of a wrong checksum.
    #[cold]
    pub(crate) fn bad_checksum(&mut self, index: usize, fault: Fault) {
        self.fault(fault);
        if let Some(datagram) = self.datagram(index) {
            datagram.bad_checksum = true;
        }
    }

    /// The first `N` bytes of a range, if they were captured.
    #[inline]
    pub(crate) fn head<const N: usize>(&self, span: Span) -> Option<&'a [u8; N]> {
        self.bytes.get(span.start..span.end)?.first_chunk()
    }

    /// The captured bytes of a range.
    #[inline]
    pub(crate) fn view(&self, span: Span) -> &'a [u8] {
        self.bytes.get(span.start..span.end).unwrap_or_default()
    }
}
