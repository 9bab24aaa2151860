//! Tunnels: datagrams and frames within datagrams.
//!
//! A port number alone proves nothing: a tunnel over UDP is believed only when its header's
//! reserved fields, its lengths and the header inside agree. What fails that test is just a
//! UDP packet, without a fault.

mod ayiya;
mod erspan;
mod geneve;
mod gre;
mod gtp;
mod l2tp;
mod teredo;
mod vxlan;

use crate::Tunnel;
use crate::bytes::Span;
use crate::decoder::Decoder;

impl Decoder<'_> {
    /// What the next datagram is wrapped in.
    pub(crate) fn enter(&mut self, tunnel: Tunnel, id: u32) {
        self.tunnel = tunnel;
        self.tunnel_id = id;
    }

    /// Likewise, unless something with a better name was just entered (IPsec's tunnel mode).
    pub(crate) fn enter_unless_inside(&mut self, tunnel: Tunnel) {
        if self.tunnel == Tunnel::None {
            self.tunnel = tunnel;
        }
    }

    /// Follows a tunnel over UDP; false when the payload is none.
    #[inline(never)]
    pub(crate) fn udp_tunnel(&mut self, ports: (u16, u16), payload: Span) -> bool {
        let (source, destination) = ports;
        let options = self.options;
        let either =
            |tunnel| options.has_port(tunnel, source) || options.has_port(tunnel, destination);
        // Both directions of VXLAN and Geneve go to the port; the other one is a hash.
        if options.has_port(Tunnel::Vxlan, destination) {
            self.vxlan(payload)
        } else if options.has_port(Tunnel::Geneve, destination) {
            self.geneve(payload)
        } else if either(Tunnel::Gtp) {
            self.gtp(payload)
        } else if either(Tunnel::Ayiya) {
            self.ayiya(payload)
        } else if either(Tunnel::L2tp) {
            self.l2tp_over_udp(payload)
        } else if either(Tunnel::Teredo)
            || (options.teredo_by_content && options.is_enabled(Tunnel::Teredo))
        {
            self.teredo(payload)
        } else {
            false
        }
    }
}
