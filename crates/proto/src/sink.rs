//! What a parser tells the engine.

use std::net::{IpAddr, SocketAddr};

use wirewatch_records::Row;

use crate::application::{Event, Transaction};
use crate::protocol::Side;

/// Takes what a parser finds, in the order in which it finds it.
pub trait Sink {
    /// Capture time of the bytes at hand, nanoseconds since 1970.
    fn time(&self) -> i64;

    /// Whether anybody reads records of this kind; making them can be spared otherwise.
    fn wants(&self, kind: wirewatch_records::Kind) -> bool;

    /// The transaction has come further on this side: rules look at it now. Called after each step
    /// that makes fields final, and once when the side is complete.
    fn progress(&mut self, transaction: &dyn Transaction, side: Side);

    /// A record. `side` says from whose point of view its addresses are told: the client's for what
    /// belongs to the flow as a whole, the server's for what is only about its answer.
    fn record(&mut self, transaction: Option<u64>, side: Side, row: &Row<'_>);

    /// Something is wrong with the bytes.
    fn anomaly(&mut self, transaction: Option<u64>, side: Side, event: &'static Event);

    /// A part of a file that travels in a transaction. Files are numbered by the parser, per flow.
    fn file(&mut self, transaction: &dyn Transaction, side: Side, file: u32, part: FilePart<'_>);

    /// A span of the bytes has a type of its own. Nobody may be interested in those: then this does nothing.
    fn frame(&mut self, frame: Frame<'_>) {
        let _ = frame;
    }

    /// A span whose length was not known ends `rest` bytes before the end of what was given last of this side.
    fn frame_end(
        &mut self,
        kind: u8,
        side: Side,
        rest: usize,
        transaction: Option<&dyn Transaction>,
    ) {
        let _ = (kind, side, rest, transaction);
    }

    /// Something worth knowing beyond the transaction.
    fn learn(&mut self, fact: Fact<'_>);
}

/// A span of one side's bytes with a type, such as `dns.pdu`. It may reach beyond what has come yet.
#[derive(Clone, Copy)]
pub struct Frame<'a> {
    /// The number of its type in [`Application::frames`](crate::Application).
    pub kind: u8,
    /// Who sends it.
    pub side: Side,
    /// Bytes from its first to the last one that the parser was given of this side.
    pub rest: usize,
    /// Its length; none when its end will be told.
    pub length: Option<usize>,
    /// The transaction that it belongs to.
    pub transaction: Option<&'a dyn Transaction>,
}

impl<'a> Frame<'a> {
    /// A span of known length that begins `rest` bytes before the end of what was given.
    pub fn new(kind: u8, side: Side, rest: usize, length: usize) -> Self {
        Self {
            kind,
            side,
            rest,
            length: Some(length),
            transaction: None,
        }
    }

    /// One whose end will be told.
    pub fn open(kind: u8, side: Side, rest: usize) -> Self {
        Self {
            length: None,
            ..Self::new(kind, side, rest, 0)
        }
    }

    /// The same as a part of a transaction.
    #[must_use]
    pub fn of(self, transaction: &'a dyn Transaction) -> Self {
        Self {
            transaction: Some(transaction),
            ..self
        }
    }
}

/// A part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePart<'a> {
    /// The file begins.
    Open {
        /// Its name as the wire has it, empty when it has none.
        name: &'a [u8],
        /// Its size, when it is announced.
        size: Option<u64>,
    },
    /// It is a part of a larger file: its first and its last byte there. Comes behind `Open`.
    Range {
        /// Where its first byte is.
        start: u64,
        /// Where its last byte is.
        end: u64,
        /// Bytes of that file, when they are known.
        size: Option<u64>,
        /// What that file is known by in all flows; empty when its parts do not fit together.
        whole: &'a [u8],
    },
    /// Its next bytes, decoded as their receiver would.
    Data(&'a [u8]),
    /// So many of its bytes are missing. They belong to it if anything follows, were it empty `Data`.
    Gap(u64),
    /// It is over.
    Close {
        /// Whether its end was seen.
        complete: bool,
    },
}

/// Something worth knowing beyond the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact<'a> {
    /// An address has a name (a DNS answer, DHCP, mDNS, `NetBIOS`).
    AddressName {
        /// The address.
        address: IpAddr,
        /// Its name, lower case, without a final dot.
        name: &'a [u8],
        /// Seconds for which that holds.
        ttl: u32,
        /// What told it.
        source: NamedBy,
    },
    /// A host asks for an address and says its name (DHCP). The answer may come in another flow, as the
    /// host has no address yet.
    LeaseAsked {
        /// What the answer will repeat: the exchange's number and the host's hardware address.
        of: (u32, [u8; 6]),
        /// Its name.
        name: &'a [u8],
    },
    /// The host that asked so has the address from now on.
    LeaseGranted {
        /// What the question had.
        of: (u32, [u8; 6]),
        /// The address.
        address: IpAddr,
        /// Seconds for which it has it.
        ttl: u32,
    },
    /// Somebody asked for a name or an address.
    Asked {
        /// The name.
        name: &'a [u8],
        /// What told it.
        source: NamedBy,
    },
    /// The flow's server was called by this name (SNI, `Host`).
    ServerName {
        /// The name.
        name: &'a [u8],
        /// What told it.
        source: NamedBy,
    },
    /// Somebody said who he is.
    Login {
        /// The user's name.
        user: &'a [u8],
        /// Whether a password was readable on the wire. The password itself is not told.
        plain_password: bool,
        /// Whether it was accepted, when that is known.
        accepted: Option<bool>,
    },
    /// A server showed a certificate.
    Certificate {
        /// Its subject.
        subject: &'a [u8],
        /// Until when it is valid, seconds since 1970.
        not_after: i64,
    },
    /// A connection that belongs to this flow will come (FTP data, TFTP, RTP).
    Expect {
        /// Who will be called.
        server: IpAddr,
        /// On which port.
        port: u16,
        /// What will be spoken: a name in [`PROTOCOLS`](crate::PROTOCOLS) or of an application.
        name: &'static str,
        /// What its parser is to know, such as the file's name.
        about: &'a [u8],
    },
    /// A balancer passes on a connection between these.
    Proxied {
        /// Who called it.
        client: SocketAddr,
        /// Where.
        server: SocketAddr,
    },
    /// What the flow speaks is known more precisely than by its first bytes.
    Speaks(&'static str),
}

/// What told a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NamedBy {
    /// DNS.
    Dns,
    /// Multicast DNS.
    Mdns,
    /// LLMNR.
    Llmnr,
    /// `NetBIOS`.
    NetBios,
    /// DHCP.
    Dhcp,
    /// TLS or QUIC server name indication.
    Sni,
    /// The name in a server's certificate.
    Certificate,
    /// HTTP `Host`.
    Host,
}
