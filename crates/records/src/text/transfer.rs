//! Lines of what people send and fetch: files, mails, shells, and what is kept in memory.

use super::line::{Colour, Line, short};
use crate::{
    Common, FileinfoRow, FtpDataRow, FtpRow, ImapRow, Pop3Row, RedisRow, SmtpRow, SshRow, StunRow,
    TelnetRow, format,
};

/// What stands for a password: a terminal has onlookers.
pub(super) const HIDDEN: &str = " <hidden>";

/// `fileinfo 198.51.100.2:80 > 192.0.2.1:40000    /a.png  image/png 11.4k closed  sha256 33820d3db141...`.
pub(super) fn fileinfo(line: &mut Line<'_>, common: &Common<'_>, row: &FileinfoRow<'_>) {
    line.begin(common.ts, "fileinfo", Some(Colour::Good));
    line.endpoints(common);
    line.paint(Some(Colour::Good), |out| {
        super::safe::write(out, row.filename);
    });
    line.text(" ");
    line.word(row.mime_type.unwrap_or_default().as_bytes());
    line.text(" ");
    line.paint(None, |out| short(out, row.size));
    line.text(" ");
    line.text(&row.state.to_ascii_lowercase());
    if row.gaps {
        line.text(" ");
        line.paint(Some(Colour::Warning), |out| {
            out.extend_from_slice(b"with gaps");
        });
    }
    for (name, hash) in [("sha256", row.sha256), ("md5", row.md5)] {
        if let Some(hash) = hash {
            line.text("  ");
            line.text(name);
            line.word(hash.as_bytes());
        }
    }
    if row.stored {
        line.text("  stored as");
        line.word(row.path.unwrap_or_default());
    }
}

/// `ssh      192.0.2.1:40000 > 198.51.100.2:22    OpenSSH_9.6 asks OpenSSH_8.7  hassh f4b4... / 31a9...`.
pub(super) fn ssh(line: &mut Line<'_>, common: &Common<'_>, row: &SshRow<'_>) {
    line.begin(common.ts, "ssh", Some(Colour::Good));
    line.endpoints(common);
    line.text("client");
    line.word(row.client_software.unwrap_or(b"?"));
    line.text("  server");
    line.word(row.server_software.unwrap_or(b"?"));
    for (name, hash) in [
        ("  hassh", row.client_hassh),
        ("  hasshServer", row.server_hassh),
    ] {
        if let Some(hash) = hash {
            line.text(name);
            line.word(hash.as_bytes());
        }
    }
}

/// `smtp     192.0.2.1:40000 > 198.51.100.2:25    <a@example.com> to <b@example.com>  "Minutes"  250 Ok`.
pub(super) fn smtp(line: &mut Line<'_>, common: &Common<'_>, row: &SmtpRow<'_>) {
    line.begin(common.ts, "smtp", Some(Colour::Good));
    line.endpoints(common);
    if let Some(from) = row.mail_from {
        line.paint(Some(Colour::Name), |out| super::safe::write(out, from));
        line.text(" to");
        listed(line, row.rcpt_to);
    } else {
        line.text("greeted as");
        line.word(row.helo.unwrap_or_default());
    }
    if let Some(subject) = row.subject_decoded.or(row.subject) {
        line.text("  \"");
        line.paint(None, |out| super::safe::write(out, subject));
        line.text("\"");
    }
    if !row.attachment.is_empty() {
        line.text("  with");
        listed(line, row.attachment);
    }
    line.text(" ");
    line.word(row.last_reply.unwrap_or_default());
    if row.tls {
        line.text("  goes on in TLS");
    }
}

/// `ftp      192.0.2.1:40000 > 198.51.100.2:21    RETR a.txt  150 Opening`.
pub(super) fn ftp(line: &mut Line<'_>, common: &Common<'_>, row: &FtpRow<'_>) {
    line.begin(common.ts, "ftp", Some(Colour::Good));
    line.endpoints(common);
    line.paint(Some(Colour::Good), |out| {
        super::safe::write(out, row.command.unwrap_or(b"greeting"));
    });
    if row
        .command
        .is_some_and(|command| command.eq_ignore_ascii_case(b"PASS"))
    {
        line.text(HIDDEN);
    } else {
        line.word(row.command_data.unwrap_or_default());
    }
    line.text(" ");
    listed(line, row.completion_code);
    listed(line, row.reply);
}

pub(super) fn ftp_data(line: &mut Line<'_>, common: &Common<'_>, row: &FtpDataRow<'_>) {
    line.begin(common.ts, "ftp_data", Some(Colour::Good));
    line.endpoints(common);
    line.text("for");
    line.word(row.command.unwrap_or(b"?"));
    line.word(row.filename.unwrap_or_default());
}

/// `pop3     192.0.2.1:40000 > 198.51.100.2:110    RETR 1  OK 120 octets`.
pub(super) fn pop3(line: &mut Line<'_>, common: &Common<'_>, row: &Pop3Row<'_>) {
    line.begin(common.ts, "pop3", Some(Colour::Good));
    line.endpoints(common);
    line.paint(Some(Colour::Good), |out| {
        super::safe::write(out, row.command.unwrap_or(b"greeting"));
    });
    match row.command {
        Some(b"PASS") => line.text(HIDDEN),
        // The method may be followed by the login itself (RFC 5034, section 4).
        Some(b"AUTH") if row.arguments.len() > 1 => {
            listed(line, row.arguments.get(..1).unwrap_or_default());
            line.text(HIDDEN);
        }
        _ => listed(line, row.arguments),
    }
    line.text(" ");
    line.word(row.status.unwrap_or_default().as_bytes());
    line.word(row.header.unwrap_or_default());
}

/// `imap     192.0.2.1:40000 > 198.51.100.2:143    SELECT INBOX  OK done`.
pub(super) fn imap(line: &mut Line<'_>, common: &Common<'_>, row: &ImapRow<'_>) {
    line.begin(common.ts, "imap", Some(Colour::Good));
    line.endpoints(common);
    line.paint(Some(Colour::Good), |out| {
        super::safe::write(out, row.command.unwrap_or(b"greeting"));
    });
    line.word(row.arguments.unwrap_or_default());
    line.text(" ");
    line.word(row.status.unwrap_or_default());
    line.word(row.text.unwrap_or_default());
}

/// `telnet   192.0.2.1:40000 > 198.51.100.2:23    alice  accepted  xterm`.
pub(super) fn telnet(line: &mut Line<'_>, common: &Common<'_>, row: &TelnetRow<'_>) {
    line.begin(common.ts, "telnet", Some(Colour::Good));
    line.endpoints(common);
    line.paint(Some(Colour::Good), |out| {
        super::safe::write(out, row.user.unwrap_or(b"session"));
    });
    line.text(match row.success {
        Some(true) => "  accepted",
        Some(false) => "  refused",
        None => "",
    });
    line.word(row.terminal.unwrap_or_default());
    listed(line, row.environment);
}

/// `redis    192.0.2.1:40000 > 198.51.100.2:6379    SET key value  OK`.
pub(super) fn redis(line: &mut Line<'_>, common: &Common<'_>, row: &RedisRow<'_>) {
    line.begin(common.ts, "redis", Some(Colour::Good));
    line.endpoints(common);
    line.paint(Some(Colour::Good), |out| {
        super::safe::write(out, row.command.unwrap_or(b"message"));
    });
    line.word(row.key.unwrap_or_default());
    line.word(row.value.unwrap_or_default());
    line.text(" ");
    line.word(row.reply.unwrap_or_default());
    if row.success == Some(false) {
        line.text("  failed");
    }
}

/// `stun     192.0.2.1:40000 > 198.51.100.2:3478    binding request`.
pub(super) fn stun(line: &mut Line<'_>, common: &Common<'_>, row: &StunRow<'_>) {
    line.begin(common.ts, "stun", Some(Colour::Good));
    line.endpoints(common);
    line.text(row.method);
    line.word(row.message_class.as_bytes());
    if let Some(address) = row.mapped_ip {
        line.text("  seen as ");
        line.paint(Some(Colour::Name), |out| format::ip(out, address));
        line.named("port", u64::from(row.mapped_port.unwrap_or_default()));
    }
    if let Some(code) = row.error_code {
        line.named(" error", u64::from(code));
        line.word(row.error_reason.unwrap_or_default());
    }
    line.text(" ");
    line.word(row.software.unwrap_or_default());
}

fn listed(line: &mut Line<'_>, texts: &[&str]) {
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            line.text(",");
        }
        line.word(text.as_bytes());
    }
}
