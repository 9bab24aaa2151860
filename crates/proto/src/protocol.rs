//! What a protocol must say about itself.

/// A protocol as the engine knows it.
#[derive(Debug)]
pub struct Protocol {
    /// Lower-case name; Suricata's `app_proto` where it has one.
    pub name: &'static str,
    /// What carries it.
    pub transport: Transport,
    /// Server ports where it is usual. They resolve a [`Verdict::Weak`] and decide nothing else.
    pub ports: &'static [u16],
    /// Bytes that either side may send first; a probe is not even asked about others.
    pub first: FirstBytes,
    /// Looks at the first bytes that one side sent, never none.
    pub probe: fn(Side, &[u8]) -> Verdict,
}

/// Inclusive ranges of the first byte that each side sends.
#[derive(Debug, Clone, Copy)]
pub struct FirstBytes {
    /// Of the side that opened the flow.
    pub client: &'static [(u8, u8)],
    /// Of the side that was called.
    pub server: &'static [(u8, u8)],
}

/// What carries a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// An ordered stream of bytes.
    Tcp,
    /// Datagrams; the first of each side is looked at.
    Udp,
}

/// Whether some first bytes belong to a protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// They do; the chance that others look so is below one in ten million.
    Match,
    /// They fit, as other things might; they count on one of the protocol's ports,
    /// or when both sides fit.
    Weak,
    /// They do not; do not ask again.
    NoMatch,
    /// Too few bytes to tell.
    Unsure,
}

/// Which side of the flow sent the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// The side that opened the flow.
    Client,
    /// The side that was called.
    Server,
}
