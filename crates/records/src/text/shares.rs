//! Lines of what offices' networks run on: shares, remote calls, tickets, directories, desktops, databases.

use super::line::{Colour, Line};
use crate::{Common, DcerpcRow, Krb5Row, LdapRow, NfsRow, RdpRow, SmbRow, TdsRow};

/// `smb      192.0.2.1:40000 > 198.51.100.2:445    CREATE STATUS_SUCCESS docs\a.txt`.
pub(super) fn smb(line: &mut Line<'_>, common: &Common<'_>, row: &SmbRow<'_>) {
    line.begin(common.ts, "smb", Some(Colour::Good));
    line.endpoints(common);
    let command = row.command.split_once("_COMMAND_");
    line.text(command.map_or(row.command, |(_, command)| command));
    line.word(row.status.unwrap_or_default().as_bytes());
    for name in [row.share, row.named_pipe, row.filename]
        .into_iter()
        .flatten()
    {
        line.word(name);
    }
    for detail in [
        row.ntlmssp,
        row.kerberos,
        row.rename,
        row.function,
        row.dcerpc,
    ] {
        line.detail(detail.unwrap_or_default());
    }
}

pub(super) fn dcerpc(line: &mut Line<'_>, common: &Common<'_>, row: &DcerpcRow<'_>) {
    line.begin(common.ts, "dcerpc", Some(Colour::Good));
    line.endpoints(common);
    line.text(row.request);
    line.text(" ");
    line.text(row.response);
    for detail in [row.req, row.interfaces] {
        line.detail(detail.unwrap_or_default());
    }
}

pub(super) fn krb5(line: &mut Line<'_>, common: &Common<'_>, row: &Krb5Row<'_>) {
    let weak = row.weak_encryption.then_some(Colour::Warning);
    line.begin(common.ts, "krb5", weak.or(Some(Colour::Good)));
    line.endpoints(common);
    line.text(row.msg_type);
    line.word(row.cname);
    line.word(row.sname);
    line.word(row.error_code.unwrap_or(row.encryption).as_bytes());
}

pub(super) fn ldap(line: &mut Line<'_>, common: &Common<'_>, row: &LdapRow<'_>) {
    line.begin(common.ts, "ldap", Some(Colour::Good));
    line.endpoints(common);
    for message in [row.request, row.responses] {
        line.detail(message.unwrap_or_default());
    }
}

pub(super) fn nfs(line: &mut Line<'_>, common: &Common<'_>, row: &NfsRow<'_>) {
    line.begin(common.ts, "nfs", Some(Colour::Good));
    line.endpoints(common);
    line.text(row.procedure);
    line.word(row.status.unwrap_or_default().as_bytes());
    line.word(row.filename.unwrap_or_default());
    line.detail(row.rename.unwrap_or_default());
}

pub(super) fn rdp(line: &mut Line<'_>, common: &Common<'_>, row: &RdpRow<'_>) {
    line.begin(common.ts, "rdp", Some(Colour::Good));
    line.endpoints(common);
    line.text(row.message);
    line.word(row.cookie.unwrap_or_default());
    for detail in [row.protocol, row.reason, row.client] {
        line.detail(detail.unwrap_or_default());
    }
}

pub(super) fn tds(line: &mut Line<'_>, common: &Common<'_>, row: &TdsRow<'_>) {
    line.begin(common.ts, "tds", Some(Colour::Good));
    line.endpoints(common);
    line.text("login");
    for name in [row.user, row.host, row.application, row.database]
        .into_iter()
        .flatten()
    {
        line.word(name);
    }
    line.text(" ");
    line.text(row.encryption.map_or("", |_| "encryption "));
    line.text(row.encryption.unwrap_or_default());
}
