//! What decoding should do beyond reading headers.

use crate::{MAX_DATAGRAMS, Tunnel};

/// Ports kept per kind of tunnel: a few standard ones and room for a site's own.
pub const MAX_TUNNEL_PORTS: usize = 8;

/// Switches of the decoder. Cheap to share: build it once, borrow it for every packet.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether checksums are verified (IPv4, TCP, UDP, UDP-Lite, DCCP, SCTP, ICMP, IGMP, GRE).
    pub checksums: bool,
    /// Nested datagrams that are followed, at most [`MAX_DATAGRAMS`].
    pub max_depth: u8,
    /// Whether Teredo is looked for in all UDP packets, not only on its ports. Its header is
    /// an IPv6 header, so it is recognised well, at the price of a look at each payload.
    pub teredo_by_content: bool,
    /// Whether frames were cut before they were captured, as mirror ports and packet brokers do: what their
    /// headers say of lengths is believed then, as in captures that were cut.
    pub sliced: bool,
    /// One bit per kind of tunnel.
    enabled: u16,
    vxlan: Ports,
    geneve: Ports,
    gtp: Ports,
    teredo: Ports,
    l2tp: Ports,
    ayiya: Ports,
    /// One bit per low byte of a port of any tunnel: nearly every UDP packet stops here.
    filter: [u64; 4],
}

#[derive(Debug, Clone, Copy, Default)]
struct Ports {
    list: [u16; MAX_TUNNEL_PORTS],
    count: u8,
}

impl Default for Options {
    fn default() -> Self {
        let mut options = Self {
            checksums: true,
            max_depth: MAX_DATAGRAMS as u8,
            teredo_by_content: false,
            sliced: false,
            enabled: u16::MAX,
            vxlan: Ports::default(),
            geneve: Ports::default(),
            gtp: Ports::default(),
            teredo: Ports::default(),
            l2tp: Ports::default(),
            ayiya: Ports::default(),
            filter: [0; 4],
        };
        options.set_ports(Tunnel::Vxlan, &[4789, 8472]);
        options.set_ports(Tunnel::Geneve, &[6081]);
        options.set_ports(Tunnel::Gtp, &[2152]);
        options.set_ports(Tunnel::Teredo, &[3544]);
        options.set_ports(Tunnel::L2tp, &[1701]);
        options.set_ports(Tunnel::Ayiya, &[5072]);
        options
    }
}

impl Options {
    /// Switches one kind of tunnel on or off; all are on at first.
    pub fn enable(&mut self, tunnel: Tunnel, on: bool) {
        let bit = bit(tunnel);
        self.enabled = if on {
            self.enabled | bit
        } else {
            self.enabled & !bit
        };
    }

    /// Whether tunnels of this kind are followed.
    pub fn is_enabled(&self, tunnel: Tunnel) -> bool {
        self.enabled & bit(tunnel) != 0
    }

    /// Sets the UDP ports of a tunnel, at most [`MAX_TUNNEL_PORTS`]. Gives how many were kept,
    /// none for tunnels that do not run over UDP.
    pub fn set_ports(&mut self, tunnel: Tunnel, ports: &[u16]) -> usize {
        let Some(slot) = self.ports_mut(tunnel) else {
            return 0;
        };
        *slot = Ports::default();
        for (place, port) in slot.list.iter_mut().zip(ports) {
            *place = *port;
            slot.count = slot.count.saturating_add(1);
        }
        let kept = usize::from(slot.count);
        self.rebuild_filter();
        kept
    }

    /// The UDP ports of a tunnel.
    pub fn ports(&self, tunnel: Tunnel) -> &[u16] {
        match tunnel {
            Tunnel::Vxlan => self.vxlan.as_slice(),
            Tunnel::Geneve => self.geneve.as_slice(),
            Tunnel::Gtp => self.gtp.as_slice(),
            Tunnel::Teredo => self.teredo.as_slice(),
            Tunnel::L2tp => self.l2tp.as_slice(),
            Tunnel::Ayiya => self.ayiya.as_slice(),
            _ => &[],
        }
    }

    /// Whether one of the ports may be a tunnel's: false for certain, true for perhaps.
    #[inline]
    pub(crate) fn may_be_tunnel(&self, source: u16, destination: u16) -> bool {
        self.in_filter(source) | self.in_filter(destination)
    }

    /// Whether a tunnel of this kind is on and has the port.
    pub(crate) fn has_port(&self, tunnel: Tunnel, port: u16) -> bool {
        self.is_enabled(tunnel) && self.ports(tunnel).contains(&port)
    }

    #[inline]
    fn in_filter(&self, port: u16) -> bool {
        let word = self
            .filter
            .get(usize::from(port >> 6 & 3))
            .copied()
            .unwrap_or(0);
        word >> (port & 63) & 1 != 0
    }

    fn ports_mut(&mut self, tunnel: Tunnel) -> Option<&mut Ports> {
        match tunnel {
            Tunnel::Vxlan => Some(&mut self.vxlan),
            Tunnel::Geneve => Some(&mut self.geneve),
            Tunnel::Gtp => Some(&mut self.gtp),
            Tunnel::Teredo => Some(&mut self.teredo),
            Tunnel::L2tp => Some(&mut self.l2tp),
            Tunnel::Ayiya => Some(&mut self.ayiya),
            _ => None,
        }
    }

    fn rebuild_filter(&mut self) {
        self.filter = [0; 4];
        for ports in [
            self.vxlan,
            self.geneve,
            self.gtp,
            self.teredo,
            self.l2tp,
            self.ayiya,
        ] {
            for port in ports.as_slice() {
                if let Some(word) = self.filter.get_mut(usize::from(port >> 6 & 3)) {
                    *word |= 1 << (port & 63);
                }
            }
        }
    }
}

impl Ports {
    fn as_slice(&self) -> &[u16] {
        self.list.get(..usize::from(self.count)).unwrap_or_default()
    }
}

fn bit(tunnel: Tunnel) -> u16 {
    1 << (tunnel as u16)
}
