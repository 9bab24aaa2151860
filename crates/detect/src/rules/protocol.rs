//! The protocols a rule header can name, and the application protocols flows are recognised as.

use std::sync::LazyLock;

use wirewatch_proto::{APPLICATIONS, PROTOCOLS};

/// Application protocols rules can name whether or not they are recognised, in the rule
/// language's own spelling; `http` stands for every version.
const KNOWN: &[&str] = &[
    "http",
    "http1",
    "http2",
    "dns",
    "tls",
    "ssh",
    "smtp",
    "ftp",
    "ftp-data",
    "smb",
    "dcerpc",
    "krb5",
    "nfs",
    "tftp",
    "ike",
    "ntp",
    "dhcp",
    "snmp",
    "sip",
    "rfb",
    "mqtt",
    "pgsql",
    "telnet",
    "websocket",
    "ldap",
    "doh2",
    "quic",
    "rdp",
    "modbus",
    "dnp3",
    "enip",
    "imap",
    "pop3",
    "irc",
    "bittorrent-dht",
    "mdns",
    "template",
    "jabber",
    "msn",
    "failed",
    "unknown",
];

/// All names: those of the language, then what is recognised and what has a parser beyond
/// them. Their places are their numbers.
static NAMES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let recognised = PROTOCOLS.iter().map(|protocol| protocol.name);
    let parsed = APPLICATIONS.iter().flat_map(|one| one.names).copied();
    let mut names = Vec::new();
    for name in KNOWN.iter().copied().chain(recognised).chain(parsed) {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names
});

/// An application protocol by number, so that packets compare bytes and not names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AppProtocol(u8);

impl AppProtocol {
    /// The protocol of that name (`http`, `tls`, `dns` ...), if rules know it.
    pub fn named(name: &str) -> Option<Self> {
        let name = match name {
            "ssl" => "tls",
            "ikev2" => "ike",
            "imaps" => "imap",
            other => other,
        };
        let place = NAMES.iter().position(|known| *known == name)?;
        u8::try_from(place).ok().map(Self)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Whether it is a protocol, and not the word for having found none.
    pub(crate) fn is_recognised(self) -> bool {
        !matches!(self.name(), "failed" | "unknown" | "template")
    }

    pub(crate) fn index(self) -> usize {
        usize::from(self.0)
    }

    /// Whether a rule that names this protocol is about flows of `other`.
    pub(crate) fn covers(self, other: Self) -> bool {
        self == other
            || (self.name() == "http" && matches!(other.name(), "http1" | "http2"))
            // Flows are recognised as `http` when they speak version 1.
            || (self.name() == "http1" && other.name() == "http")
            || (self.name() == "dns" && matches!(other.name(), "doh2" | "dnscrypt"))
            || (self.name() == "http2" && other.name() == "doh2")
            // Calls through named pipes are calls.
            || (self.name() == "dcerpc" && other.name() == "smb")
    }

    pub(crate) fn all() -> impl Iterator<Item = Self> {
        (0_u8..).take(NAMES.len()).map(Self)
    }
}

/// What can carry a packet's payload, as far as rules are grouped by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    Tcp,
    Udp,
    Icmp,
    Icmpv6,
    Sctp,
    /// Anything else, fragments included.
    Other,
}

impl Transport {
    pub(crate) const ALL: [Self; 6] = [
        Self::Tcp,
        Self::Udp,
        Self::Icmp,
        Self::Icmpv6,
        Self::Sctp,
        Self::Other,
    ];

    pub(crate) fn of(datagram: &wirewatch_decode::Datagram) -> Self {
        if !datagram.has_transport || datagram.fragment.is_some() {
            return Self::Other;
        }
        match datagram.protocol {
            6 => Self::Tcp,
            17 => Self::Udp,
            1 => Self::Icmp,
            58 => Self::Icmpv6,
            132 => Self::Sctp,
            _ => Self::Other,
        }
    }

    pub(crate) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// The protocol word of a rule header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RuleProtocol {
    /// Bits of [`Transport`].
    pub(crate) transports: u8,
    pub(crate) app: Option<AppProtocol>,
    pub(crate) payload: PayloadKind,
    /// 4 or 6 when only that IP version is meant.
    pub(crate) version: Option<u8>,
    pub(crate) layer: Layer,
}

/// What there must be of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layer {
    /// An IP datagram.
    Network,
    /// Anything.
    Any,
    /// A frame of Ethernet, whatever it carries.
    Ethernet,
    /// A frame that carries ARP.
    Arp,
}

/// Which payloads a rule reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PayloadKind {
    Any,
    PacketOnly,
    StreamOnly,
}

const ALL_TRANSPORTS: u8 = 0x3f;

impl RuleProtocol {
    /// Reads a header's protocol in lower case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let ip = Self {
            transports: ALL_TRANSPORTS,
            app: None,
            payload: PayloadKind::Any,
            version: None,
            layer: Layer::Network,
        };
        let over = |transport: Transport| Self {
            transports: transport.bit(),
            ..ip
        };
        Some(match name {
            "ip" => ip,
            "pkthdr" => Self {
                layer: Layer::Any,
                ..ip
            },
            "ether" => Self {
                layer: Layer::Ethernet,
                ..ip
            },
            "arp" => Self {
                transports: Transport::Other.bit(),
                layer: Layer::Arp,
                ..ip
            },
            "ip4" | "ipv4" => Self {
                version: Some(4),
                ..ip
            },
            "ip6" | "ipv6" => Self {
                version: Some(6),
                ..ip
            },
            "tcp" => over(Transport::Tcp),
            "tcp-pkt" => Self {
                payload: PayloadKind::PacketOnly,
                ..over(Transport::Tcp)
            },
            "tcp-stream" => Self {
                payload: PayloadKind::StreamOnly,
                ..over(Transport::Tcp)
            },
            "udp" => over(Transport::Udp),
            "icmpv4" => over(Transport::Icmp),
            "icmpv6" => over(Transport::Icmpv6),
            "icmp" => Self {
                transports: Transport::Icmp.bit() | Transport::Icmpv6.bit(),
                ..ip
            },
            "sctp" => over(Transport::Sctp),
            "igmp" => over(Transport::Other),
            name => Self {
                transports: Transport::Tcp.bit() | Transport::Udp.bit(),
                app: Some(AppProtocol::named(name)?),
                ..ip
            },
        })
    }

    /// The same, about this application when none is named.
    pub(crate) fn or_named(self, name: &str) -> Self {
        Self {
            app: self.app.or_else(|| AppProtocol::named(name)),
            ..self
        }
    }

    /// Every name a header can have, for suggestions.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        const LOWER: &[&str] = &[
            "ip",
            "ip4",
            "ip6",
            "pkthdr",
            "ether",
            "arp",
            "tcp",
            "tcp-pkt",
            "tcp-stream",
            "udp",
            "icmp",
            "icmpv4",
            "icmpv6",
            "sctp",
            "igmp",
        ];
        LOWER.iter().copied().chain(NAMES.iter().copied())
    }
}
