//! IP protocol numbers that flows treat specially.

pub(crate) const ICMP: u8 = 1;
pub(crate) const TCP: u8 = 6;
pub(crate) const UDP: u8 = 17;
pub(crate) const DCCP: u8 = 33;
pub(crate) const ESP: u8 = 50;
pub(crate) const ICMPV6: u8 = 58;
pub(crate) const SCTP: u8 = 132;
pub(crate) const UDP_LITE: u8 = 136;

/// Whether the protocol's flows have ports.
pub(crate) fn has_ports(protocol: u8) -> bool {
    matches!(protocol, TCP | UDP | SCTP | DCCP | UDP_LITE)
}

/// Whether the protocol is the ICMP that belongs to this IP version.
pub(crate) fn is_icmp(protocol: u8, version: u8) -> bool {
    matches!((protocol, version), (ICMP, 4) | (ICMPV6, 6))
}
