//! Application protocols: what a flow speaks, and what it says.
//!
//! A protocol is recognised by the first bytes of either side ([`recognise`]), then its parser
//! turns both sides' bytes into transactions, records and files ([`Parser`], [`Sink`]). A parser
//! does no I/O, reads no clock and never panics.
//!
//! To add a protocol, write its probe in the file of `probe/` it belongs to and name it in
//! [`PROTOCOLS`]; write its parser in a file of its own and name it in [`APPLICATIONS`].

mod application;
mod ber;
mod bittorrent_dht;
mod coap;
mod cursor;
mod dcerpc;
mod der;
mod dhcp;
mod dhcpv6;
mod dnp3;
mod dns;
mod document;
mod dtls;
mod enip;
mod event_names;
mod exchange;
mod ftp;
mod haproxy;
mod http;
mod http2;
mod ike;
mod imap;
mod irc;
mod krb5;
mod ldap;
mod media;
mod mime;
mod modbus;
mod mqtt;
mod mysql;
mod nbns;
mod nfs;
mod ntlmssp;
mod ntp;
mod openvpn;
mod pgsql;
mod pop3;
mod probe;
mod protocol;
mod quic;
mod radius;
mod rdp;
mod recognise;
mod redis;
mod rfb;
mod rpc;
mod sasl;
mod sink;
mod sip;
mod smb;
mod smtp;
mod snmp;
mod socks;
mod ssdp;
mod ssh;
mod stray;
mod stun;
mod syslog;
mod tds;
mod telnet;
mod template;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tftp;
mod tls;
mod transfer;
mod waiting;
mod websocket;
mod xmpp;

pub use application::{
    Application, COMPLETE, Event, FLOW_EVENTS, Facts, Field, Limits, MISMATCH, NO_TLS, Next,
    Parser, TlsParts, Transaction, UNEXPECTED,
};
pub use event_names::event_code;
pub use media::{description as media_description, of as media_type};
pub use probe::{PROTOCOLS, recognise_series};
pub use protocol::{FirstBytes, Protocol, Side, Transport, Verdict};
pub use recognise::{Recognition, WINDOW, recognise};
pub use sink::{Fact, FilePart, Frame, NamedBy, Sink};

/// Every protocol that has a parser, a line each.
pub static APPLICATIONS: &[&Application] = &[
    // One line each.
    &bittorrent_dht::BITTORRENT_DHT,
    &coap::COAP,
    &dcerpc::DCERPC,
    &dhcp::DHCP,
    &dhcpv6::DHCPV6,
    &dnp3::DNP3,
    &dns::DNS,
    &dns::LLMNR,
    &dns::MDNS,
    &dtls::DTLS,
    &enip::ENIP,
    &ftp::FTP,
    &ftp::FTP_DATA,
    &haproxy::HAPROXY,
    &http2::HTTP2,
    &http::HTTP,
    &ike::IKE,
    &imap::IMAP,
    &irc::IRC,
    &krb5::KRB5,
    &ldap::LDAP,
    &modbus::MODBUS,
    &mqtt::MQTT,
    &mysql::MYSQL,
    &nbns::NBNS,
    &nfs::NFS,
    &ntp::NTP,
    &openvpn::OPENVPN,
    &pgsql::PGSQL,
    &pop3::POP3,
    &quic::QUIC,
    &radius::RADIUS,
    &rdp::RDP,
    &redis::REDIS,
    &rfb::RFB,
    &sip::SIP,
    &smb::SMB,
    &smtp::SMTP,
    &snmp::SNMP,
    &socks::SOCKS,
    &ssdp::SSDP,
    &ssh::SSH,
    &stun::STUN,
    &syslog::SYSLOG,
    &tds::TDS,
    &telnet::TELNET,
    &template::TEMPLATE,
    &tftp::TFTP,
    &tls::TLS,
    &websocket::WEBSOCKET,
    &xmpp::XMPP,
];

/// The parser of the protocol with this name in [`PROTOCOLS`].
pub fn application(name: &str) -> Option<&'static Application> {
    APPLICATIONS
        .iter()
        .copied()
        .find(|application| application.is_called(name))
}
