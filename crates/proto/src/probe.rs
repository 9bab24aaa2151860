//! Every protocol's first bytes, in files by what they are for.

#![allow(clippy::doc_markdown, reason = "product names are not code")]

mod data;
mod files;
mod industry;
mod mail;
mod names;
mod network;
mod peers;
mod read;
mod remote;
mod secure;
mod voice;
mod web;

use crate::protocol::Protocol;

/// Every protocol, in the order in which they are asked. A protocol that borrows
/// another's format on ports of its own (mDNS) stands before that other.
pub const PROTOCOLS: &[Protocol] = &[
    secure::TLS,
    web::HTTP,
    web::HTTP2,
    remote::SSH,
    secure::QUIC,
    names::MDNS,
    names::LLMNR,
    names::NBNS,
    names::DNS_UDP,
    names::DNS_TCP,
    mail::SMTP,
    mail::POP3,
    mail::IMAP,
    files::FTP,
    files::SMB,
    files::DCERPC,
    files::DCERPC_UDP,
    files::TFTP,
    files::RSYNC,
    files::NFS_TCP,
    files::NFS_UDP,
    remote::RDP,
    remote::TELNET,
    remote::RFB,
    remote::ADB,
    web::SSDP,
    voice::SIP_UDP,
    voice::SIP_TCP,
    voice::RTCP,
    voice::RTP,
    voice::RTSP,
    voice::STUN_UDP,
    voice::STUN_TCP,
    voice::RTMP,
    network::NTP,
    network::DHCP,
    network::DHCPV6,
    network::SNMP,
    network::LDAP,
    network::LDAP_UDP,
    network::KRB5_TCP,
    network::KRB5_UDP,
    network::RADIUS,
    network::SYSLOG,
    network::SLP,
    network::BGP,
    secure::DTLS,
    secure::WIREGUARD,
    secure::OPENVPN_UDP,
    secure::OPENVPN_TCP,
    secure::IKE,
    data::REDIS,
    data::PGSQL,
    data::MYSQL,
    data::TDS,
    data::MONGODB,
    data::MEMCACHED,
    data::MQTT,
    data::AMQP,
    peers::IRC,
    peers::XMPP,
    peers::SOCKS,
    peers::BITTORRENT,
    peers::BITTORRENT_DHT,
    industry::MODBUS,
    industry::DNP3,
    industry::ENIP,
    industry::COAP,
];
