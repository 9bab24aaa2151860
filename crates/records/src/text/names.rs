//! Lines of protocols that tell names, addresses and times.

use super::line::{Colour, Line};
use crate::{Common, DnsRow, DnsV2Row, LlmnrRow, MdnsRow};

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
