//! What can be wrong with a header, each with a stable code.

/// A decode fault. Becomes an `anomaly` record with [`Fault::code`] as its event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u16)]
pub enum Fault {
    /// A frame shorter than its link header.
    EthernetTooShort,
}

impl Fault {
    /// The stable code, such as `decoder.ethernet.pkt_too_small`: Suricata's name where it has one.
    pub fn code(self) -> &'static str {
        match self {
            Self::EthernetTooShort => "decoder.ethernet.pkt_too_small",
        }
    }
}
