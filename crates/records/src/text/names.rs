//! Lines of protocols that tell names, addresses and times.

use super::line::{Colour, Line};
use crate::{
    Common, DhcpRow, DnsRow, DnsV2Row, IkeRow, LlmnrRow, MdnsRow, NbnsRow, NtpRow, RadiusRow,
    SipRow, SnmpRow, SyslogRow, TftpRow,
};

/// What the lines of DNS and its siblings have in common.
#[derive(Clone, Copy)]
struct Lookup<'a> {
    what: &'static str,
    is_response: bool,
    rcode: &'a str,
    rrname: Option<&'a [u8]>,
    rrtype: Option<&'a str>,
    answer: Option<&'a [u8]>,
}

/// `dns      192.0.2.1:40000 > 192.0.2.53:53    A www.example.com  192.0.2.80`.
fn lookup(line: &mut Line<'_>, common: &Common<'_>, row: Lookup<'_>) {
    line.begin(common.ts, row.what, Some(Colour::Good));
    line.endpoints(common);
    let failed = row.is_response && row.rcode != "NOERROR";
    if failed {
        line.paint(Some(Colour::Warning), |out| {
            super::safe::write(out, row.rcode.as_bytes());
        });
        line.text(" ");
    }
    line.text(if row.is_response { "answer" } else { "asks" });
    line.word(row.rrtype.unwrap_or_default().as_bytes());
    line.word(row.rrname.unwrap_or_default());
    if let Some(answer) = row.answer {
        line.text("  ");
        line.paint(Some(Colour::Name), |out| super::safe::write(out, answer));
    }
}

pub(super) fn dns(line: &mut Line<'_>, common: &Common<'_>, row: &DnsRow<'_>) {
    let lookup_row = Lookup {
        what: "dns",
        is_response: row.qr,
        rcode: row.rcode,
        rrname: row.rrname,
        rrtype: row.rrtype,
        answer: row.answer,
    };
    lookup(line, common, lookup_row);
}

pub(super) fn dns_v2(line: &mut Line<'_>, common: &Common<'_>, row: &DnsV2Row<'_>) {
    let lookup_row = Lookup {
        what: "dns",
        is_response: row.qr,
        rcode: row.rcode.unwrap_or("NOERROR"),
        rrname: row.rrname,
        rrtype: row.rrtype,
        answer: None,
    };
    lookup(line, common, lookup_row);
}

pub(super) fn mdns(line: &mut Line<'_>, common: &Common<'_>, row: &MdnsRow<'_>) {
    let lookup_row = Lookup {
        what: "mdns",
        is_response: row.message_type == "response",
        rcode: "NOERROR",
        rrname: row.rrname,
        rrtype: row.rrtype,
        answer: row.answer,
    };
    lookup(line, common, lookup_row);
}

pub(super) fn llmnr(line: &mut Line<'_>, common: &Common<'_>, row: &LlmnrRow<'_>) {
    let lookup_row = Lookup {
        what: "llmnr",
        is_response: row.message_type == "response",
        rcode: row.rcode,
        rrname: row.rrname,
        rrtype: row.rrtype,
        answer: row.answer,
    };
    lookup(line, common, lookup_row);
}

/// A line of words, the second one in the colour of names.
fn words(line: &mut Line<'_>, common: &Common<'_>, what: &str, words: [&[u8]; 4]) {
    let [first, name, rest @ ..] = words;
    line.begin(common.ts, what, Some(Colour::Good));
    line.endpoints(common);
    line.paint(None, |out| super::safe::write(out, first));
    if !name.is_empty() {
        line.text(" ");
        line.paint(Some(Colour::Name), |out| super::safe::write(out, name));
    }
    for word in rest {
        line.word(word);
    }
}

pub(super) fn dhcp(line: &mut Line<'_>, common: &Common<'_>, row: &DhcpRow<'_>) {
    let mut address = Vec::new();
    if let Some(ip) = row.assigned_ip.filter(|ip| !ip.is_unspecified()) {
        crate::format::ip(&mut address, ip);
    }
    let mut mac = Vec::new();
    crate::format::mac(&mut mac, row.client_mac);
    let what = row.dhcp_type.unwrap_or(row.dhcp_kind).as_bytes();
    let name = row.hostname.unwrap_or_default();
    words(line, common, "dhcp", [what, name, &mac, &address]);
}

pub(super) fn ike(line: &mut Line<'_>, common: &Common<'_>, row: &IkeRow<'_>) {
    let parts = [
        row.exchange_type_verbose.unwrap_or("message"),
        row.init_spi,
        row.alg_enc.unwrap_or_default(),
        row.alg_dh.unwrap_or_default(),
    ];
    words(line, common, "ike", parts.map(str::as_bytes));
}

pub(super) fn nbns(line: &mut Line<'_>, common: &Common<'_>, row: &NbnsRow<'_>) {
    let address = row.addresses.first().copied().unwrap_or_default();
    let name = row.rrname.unwrap_or_default();
    let what = row.operation.as_bytes();
    let parts = [what, name, row.message_type.as_bytes(), address.as_bytes()];
    words(line, common, "nbns", parts);
}

pub(super) fn ntp(line: &mut Line<'_>, common: &Common<'_>, row: &NtpRow<'_>) {
    line.begin(common.ts, "ntp", Some(Colour::Good));
    line.endpoints(common);
    line.named("version", u64::from(row.version));
    line.named(" mode", u64::from(row.mode));
    if let Some(stratum) = row.stratum {
        line.named(" stratum", u64::from(stratum));
    }
}

pub(super) fn radius(line: &mut Line<'_>, common: &Common<'_>, row: &RadiusRow<'_>) {
    let parts = [
        row.code.unwrap_or_default().as_bytes(),
        row.username.unwrap_or_default(),
        row.answer.unwrap_or_default().as_bytes(),
        row.mac.unwrap_or_default(),
    ];
    words(line, common, "radius", parts);
}

pub(super) fn sip(line: &mut Line<'_>, common: &Common<'_>, row: &SipRow<'_>) {
    let parts = [
        row.method.or(row.code).unwrap_or_default(),
        row.uri.or(row.reason).unwrap_or_default(),
        row.from.unwrap_or_default(),
        row.user_agent.unwrap_or_default(),
    ];
    words(line, common, "sip", parts);
}

pub(super) fn snmp(line: &mut Line<'_>, common: &Common<'_>, row: &SnmpRow<'_>) {
    let who = row.community.or(row.usm).unwrap_or_default();
    let first = row.vars.first().copied().unwrap_or_default();
    let parts = [
        row.pdu_type.unwrap_or("encrypted").as_bytes(),
        who,
        first.as_bytes(),
        row.error.unwrap_or_default().as_bytes(),
    ];
    words(line, common, "snmp", parts);
}

pub(super) fn syslog(line: &mut Line<'_>, common: &Common<'_>, row: &SyslogRow<'_>) {
    let severity = row.severity.as_bytes();
    let facility = row.facility.as_bytes();
    words(
        line,
        common,
        "syslog",
        [severity, facility, row.message, b""],
    );
}

pub(super) fn tftp(line: &mut Line<'_>, common: &Common<'_>, row: &TftpRow<'_>) {
    words(
        line,
        common,
        "tftp",
        [row.packet.as_bytes(), row.file, row.mode, b""],
    );
}
