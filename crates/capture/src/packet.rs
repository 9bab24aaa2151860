//! One packet as it was captured.

/// The most packets a source hands out in one call: enough to hide the latency
/// of the flow table's memory, few enough that their headers stay in the cache.
pub const MAX_GROUP: usize = 64;

/// The longest captured packet that is believed; longer lengths in a file mean
/// that the file is damaged. Wireshark's and libpcap's own limit.
pub const SNAP_LIMIT: u32 = 262_144;

/// One packet as it was captured. The bytes belong to the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    /// When it was captured: nanoseconds since 1970, UTC. Never negative.
    pub ts: i64,
    /// Its number in its source, from 1; what Wireshark shows as the frame number.
    pub number: u64,
    /// Which of the source's interfaces saw it, an index into [`crate::Source::interfaces`].
    pub interface: u32,
    /// Link type of that interface, a LINKTYPE_ number of tcpdump.org.
    pub link: u16,
    /// Length on the wire; `bytes` is shorter where the capture was cut.
    pub wire_length: u32,
    /// Whether the sender's checksums are still to be filled in by the network card: packets that
    /// this machine sends are captured before that, and their checksums mean nothing.
    pub checksum_pending: bool,
    /// The captured bytes, link header first.
    pub bytes: &'a [u8],
}

impl Packet<'_> {
    /// No packet: fills the unused places of a group.
    pub(crate) const NONE: Self = Self {
        ts: 0,
        number: 0,
        interface: 0,
        link: 0,
        wire_length: 0,
        checksum_pending: false,
        bytes: &[],
    };
}
