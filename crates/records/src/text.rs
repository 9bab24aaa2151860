//! Records for a terminal: one line each, as tcpdump would.
//!
//! A line is made of columns that stay where they are: time, what it is, who with whom, and then
//! what there is to say. Every byte from the wire goes through [`safe`].

mod document;
mod event;
mod flow;
mod line;
mod names;
mod packet;
mod payload;
pub mod safe;
mod session;
mod shares;
#[cfg(test)]
mod tests;
mod transfer;

use crate::{Common, Row};
use line::Line;

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Style {
    /// Whether to colour with ANSI sequences.
    pub colour: bool,
    /// Whether the date stands before the time of day.
    pub date: bool,
    /// Seconds that local time is ahead of UTC.
    pub utc_offset_s: i32,
    /// What is shown of payloads, on the lines below.
    pub payload: Payload,
}

/// What is shown of payloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Payload {
    /// Nothing.
    #[default]
    None,
    /// So many bytes as text.
    Text(usize),
    /// So many bytes in hexadecimal, with offsets and text beside them.
    Hex(usize),
}

/// Appends a record's line with its line break, and its payload's lines if the style wants them.
pub fn line(common: &Common<'_>, row: &Row<'_>, style: &Style, out: &mut Vec<u8>) {
    let mut line = Line::new(out, style);
    #[allow(unreachable_patterns, clippy::match_wildcard_for_single_variants)]
    // kinds without a line of their own
    match row {
        Row::Packet(packet) => packet::write(&mut line, common, packet),
        Row::Arp(arp) => packet::arp(&mut line, common, arp),
        Row::Flow(flow) => flow::write(&mut line, common, flow),
        Row::Alert(alert) => event::alert(&mut line, common, alert),
        Row::Anomaly(anomaly) => event::anomaly(&mut line, common, anomaly),
        Row::Notice(notice) => event::notice(&mut line, common, notice),
        Row::Websocket(frame) => event::websocket(&mut line, common, frame),
        Row::Http(http) => event::http(&mut line, common, http),
        Row::Stats(stats) => event::stats(&mut line, common, stats),
        Row::Dns(dns) => names::dns(&mut line, common, dns),
        Row::DnsV2(dns) => names::dns_v2(&mut line, common, dns),
        Row::Mdns(mdns) => names::mdns(&mut line, common, mdns),
        Row::Dhcp(dhcp) => names::dhcp(&mut line, common, dhcp),
        Row::Ike(ike) => names::ike(&mut line, common, ike),
        Row::Nbns(nbns) => names::nbns(&mut line, common, nbns),
        Row::Ntp(ntp) => names::ntp(&mut line, common, ntp),
        Row::Radius(radius) => names::radius(&mut line, common, radius),
        Row::Sip(sip) => names::sip(&mut line, common, sip),
        Row::Snmp(snmp) => names::snmp(&mut line, common, snmp),
        Row::Syslog(syslog) => names::syslog(&mut line, common, syslog),
        Row::Tftp(tftp) => names::tftp(&mut line, common, tftp),
        Row::Llmnr(llmnr) => names::llmnr(&mut line, common, llmnr),
        Row::Smb(smb) => shares::smb(&mut line, common, smb),
        Row::Dcerpc(call) => shares::dcerpc(&mut line, common, call),
        Row::Krb5(krb5) => shares::krb5(&mut line, common, krb5),
        Row::Ldap(ldap) => shares::ldap(&mut line, common, ldap),
        Row::Nfs(nfs) => shares::nfs(&mut line, common, nfs),
        Row::Rdp(rdp) => shares::rdp(&mut line, common, rdp),
        Row::Tds(tds) => shares::tds(&mut line, common, tds),
        Row::Fileinfo(file) => transfer::fileinfo(&mut line, common, file),
        Row::Ssh(ssh) => transfer::ssh(&mut line, common, ssh),
        Row::Smtp(smtp) => transfer::smtp(&mut line, common, smtp),
        Row::Ftp(ftp) => transfer::ftp(&mut line, common, ftp),
        Row::FtpData(data) => transfer::ftp_data(&mut line, common, data),
        Row::Pop3(pop3) => transfer::pop3(&mut line, common, pop3),
        Row::Imap(imap) => transfer::imap(&mut line, common, imap),
        Row::Telnet(telnet) => transfer::telnet(&mut line, common, telnet),
        Row::Redis(redis) => transfer::redis(&mut line, common, redis),
        Row::Stun(stun) => transfer::stun(&mut line, common, stun),
        Row::Tls(tls) => session::tls(&mut line, common, tls),
        Row::Quic(quic) => session::quic(&mut line, common, quic),
        Row::QuicSession(quic) => session::quic_session(&mut line, common, quic),
        Row::Ssl(ssl) => session::ssl(&mut line, common, ssl),
        Row::Ocsp(ocsp) => session::ocsp(&mut line, common, ocsp),
        Row::X509(x509) => session::x509(&mut line, common, x509),
        _ => event::other(&mut line, common, row),
    }
    out.push(b'\n');
    payload::write(payload_of(row), style.payload, out);
}

fn payload_of<'a>(row: &Row<'a>) -> &'a [u8] {
    match row {
        Row::Packet(packet) => packet.payload.unwrap_or_default(),
        Row::Alert(alert) => alert.payload.unwrap_or_default(),
        _ => &[],
    }
}
