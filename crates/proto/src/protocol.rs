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

impl Protocol {
    /// A protocol of streams.
    pub(crate) const fn tcp(
        name: &'static str,
        ports: &'static [u16],
        first: FirstBytes,
        probe: fn(Side, &[u8]) -> Verdict,
    ) -> Self {
        Self {
            name,
            transport: Transport::Tcp,
            ports,
            first,
            probe,
        }
    }

    /// A protocol of datagrams.
    pub(crate) const fn udp(
        name: &'static str,
        ports: &'static [u16],
        first: FirstBytes,
        probe: fn(Side, &[u8]) -> Verdict,
    ) -> Self {
        Self {
            name,
            transport: Transport::Udp,
            ports,
            first,
            probe,
        }
    }
}

impl FirstBytes {
    /// Both sides begin alike.
    pub(crate) const fn both(ranges: &'static [(u8, u8)]) -> Self {
        Self {
            client: ranges,
            server: ranges,
        }
    }

    /// Each side begins in its own way.
    pub(crate) const fn sides(client: &'static [(u8, u8)], server: &'static [(u8, u8)]) -> Self {
        Self { client, server }
    }
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
    /// Datagrams; each is looked at by itself.
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
