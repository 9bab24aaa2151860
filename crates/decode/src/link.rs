//! Link layers, by libpcap's link type numbers.

mod bsd;
mod cooked;
mod ethernet;
mod llc;
mod mpls;
mod nflog;
mod ppp;
mod tags;
mod wan;
mod wifi;

use crate::bytes::Span;
use crate::decoder::Decoder;
use crate::{Fault, Network};

pub(crate) use ethernet::{ether_type, is_decoded};
pub(crate) use ppp::is_ppp_protocol;

pub(crate) const NULL: u16 = 0;
pub(crate) const ETHERNET: u16 = 1;
pub(crate) const PPP: u16 = 9;
pub(crate) const FDDI: u16 = 10;
pub(crate) const RAW_BSD: u16 = 12;
pub(crate) const RAW_OPENBSD: u16 = 14;
pub(crate) const PPP_HDLC: u16 = 50;
pub(crate) const PPP_ETHERNET: u16 = 51;
pub(crate) const RAW: u16 = 101;
pub(crate) const CHDLC: u16 = 104;
pub(crate) const WIFI: u16 = 105;
pub(crate) const FRAME_RELAY: u16 = 107;
pub(crate) const LOOP: u16 = 108;
pub(crate) const COOKED: u16 = 113;
pub(crate) const PRISM: u16 = 119;
pub(crate) const RADIOTAP: u16 = 127;
pub(crate) const AVS: u16 = 163;
pub(crate) const PPI: u16 = 192;
pub(crate) const PPP_WITH_DIRECTION: u16 = 204;
pub(crate) const IPV4: u16 = 228;
pub(crate) const IPV6: u16 = 229;
pub(crate) const NFLOG: u16 = 239;
pub(crate) const COOKED2: u16 = 276;

/// Frame control, destination and source; LLC follows.
const FDDI_HEADER: usize = 13;

impl Decoder<'_> {
    /// Any link layer.
    pub(crate) fn other_link(&mut self, link: u16, span: Span) {
        if !self.descend() {
            return;
        }
        match link {
            ETHERNET => self.ethernet(span),
            NULL | LOOP => self.bsd_loopback(span),
            PPP | PPP_HDLC => self.ppp_or_hdlc(span),
            PPP_ETHERNET => self.pppoe_session(span),
            PPP_WITH_DIRECTION => self.ppp(span.skip(1)),
            RAW | RAW_BSD | RAW_OPENBSD => self.raw_ip(span),
            CHDLC => self.cisco_hdlc(span),
            FRAME_RELAY => self.frame_relay(span),
            FDDI => self.llc(span.skip(FDDI_HEADER)),
            WIFI => self.wifi(span),
            RADIOTAP => self.radiotap(span),
            PRISM | AVS => self.prism_or_avs(span),
            PPI => self.per_packet_information(span),
            COOKED => self.cooked(span),
            COOKED2 => self.cooked2(span),
            IPV4 => self.network(ether_type::IPV4, span),
            IPV6 => self.network(ether_type::IPV6, span),
            NFLOG => self.nflog(span),
            _ => self.carries(Network::UnknownLink, span),
        }
    }

    /// An IP header, of the version that its first bits say.
    pub(crate) fn raw_ip(&mut self, span: Span) {
        match self.version_nibble(span) {
            Some(4) => self.network(ether_type::IPV4, span),
            Some(6) => self.network(ether_type::IPV6, span),
            _ => self.fault(Fault::RawInvalidVersion),
        }
    }

    /// The first four bits, which are the version in an IP header.
    pub(crate) fn version_nibble(&self, span: Span) -> Option<u8> {
        self.view(span).first().map(|byte| byte >> 4)
    }
}
