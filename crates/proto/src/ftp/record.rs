//! A command with its replies, as EVE and as Zeek tell it.

use std::net::IpAddr;

use wirewatch_records::{FtpCommandRow, FtpRow, Kind, Row};

use super::{Session, field, place};
use crate::application::Facts;
use crate::exchange::{Detail, Exchange};
use crate::protocol::Side;
use crate::sink::Sink;
use crate::waiting::bounded;

/// The numbers by which rules know the modes.
pub(super) const PASSIVE: u8 = 0;
pub(super) const ACTIVE: u8 = 1;

/// Commands that Zeek logs.
const LOGGED: &[&[u8]] = &[
    b"APPE", b"DELE", b"RETR", b"STOR", b"STOU", b"ACCT", b"PORT", b"PASV", b"EPRT", b"EPSV",
];
/// Those of them that name a file.
const WITH_FILE: &[&[u8]] = &[b"APPE", b"DELE", b"RETR", b"STOR", b"STOU"];
/// Users whose password is no secret.
const GUESTS: &[&[u8]] = &[b"anonymous", b"ftp", b"ftpuser", b"guest"];
/// The last line of a reply that is kept.
const MAX_MESSAGE: usize = 512;

/// What a command and its replies have beside their values.
#[derive(Debug, Default)]
pub(super) struct Dialogue {
    pub(super) is_command_cut: bool,
    pub(super) is_reply_cut: bool,
    /// Lines of replies so far.
    pub(super) lines: u16,
    /// The code of the last one that had one.
    pub(super) code: u16,
    pub(super) place: Option<(IpAddr, u16)>,
    message: Vec<u8>,
    file_size: Option<u64>,
}

impl Dialogue {
    pub(super) fn take_reply(&mut self, code: Option<u16>, line: &[u8]) {
        self.lines = self.lines.saturating_add(1);
        if let Some(code) = code {
            self.code = code;
            let text = line.get(4..).unwrap_or_default();
            self.message = bounded(text, MAX_MESSAGE).to_vec();
            if code == 150 {
                self.file_size = announced_size(text);
            }
        }
    }
}

/// `... (77 bytes).`
fn announced_size(text: &[u8]) -> Option<u64> {
    let mut parts = text.rsplit(|byte| *byte == b'(');
    let (digits, unit) = crate::waiting::split(parts.next()?, b' ');
    let is_size = unit.starts_with(b"byte");
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_size)?
        .parse()
        .ok()
}

impl Detail for Dialogue {
    fn row(dialogue: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let texts = |number| {
            dialogue
                .all(number)
                .map(String::from_utf8_lossy)
                .collect::<Vec<_>>()
        };
        let (replies, codes) = (texts(field::REPLY), texts(field::COMPLETION_CODE));
        let replies: Vec<&str> = replies.iter().map(|text| &**text).collect();
        let codes: Vec<&str> = codes.iter().map(|text| &**text).collect();
        let mode = dialogue.count(field::MODE);
        let port = dialogue.count(field::DYNAMIC_PORT);
        let row = FtpRow {
            tx_id: dialogue.id(),
            command: dialogue.first(field::COMMAND),
            command_data: dialogue.first(field::COMMAND_DATA),
            command_truncated: dialogue.detail.is_command_cut,
            reply: &replies,
            completion_code: &codes,
            dynamic_port: port.and_then(|port| u16::try_from(port).ok()),
            mode: mode.map(|mode| {
                if mode == u64::from(ACTIVE) {
                    "active"
                } else {
                    "passive"
                }
            }),
            reply_received: if dialogue.detail.lines > 0 {
                "yes"
            } else {
                "no"
            },
            reply_truncated: dialogue.detail.is_reply_cut,
        };
        put(&row.into());
    }
}

/// The row of Zeek's log, when it logs such a command.
pub(super) fn command(
    dialogue: &Exchange<Dialogue>,
    session: &Session,
    facts: &Facts,
    sink: &mut dyn Sink,
) {
    let command = dialogue.first(field::COMMAND).unwrap_or_default();
    if !LOGGED.contains(&command) || !sink.wants(Kind::FtpCommand) {
        return;
    }
    let argument = dialogue.first(field::COMMAND_DATA);
    let url = WITH_FILE
        .contains(&command)
        .then(|| url(facts.server, session, argument.unwrap_or_default()));
    let is_guest = GUESTS.contains(&session.user.as_slice());
    let place = dialogue.detail.place;
    let passive = place.map(|_| dialogue.count(field::MODE) == Some(u64::from(PASSIVE)));
    let row = FtpCommandRow {
        user: if session.user.is_empty() {
            b"<unknown>"
        } else {
            &session.user
        },
        password: session
            .password
            .as_deref()
            .map(|password| if is_guest { password } else { b"<hidden>" }),
        command,
        argument: url.as_deref().or(argument),
        file_size: dialogue.detail.file_size,
        reply_code: dialogue.detail.code,
        reply_message: &dialogue.detail.message,
        passive,
        data_client: passive.map(|passive| if passive { facts.client } else { facts.server }),
        data_server: place.map(|(address, _)| address),
        data_port: place.map(|(_, port)| port),
    };
    sink.record(Some(dialogue.id()), Side::Client, &row.into());
}

/// Where a file is.
fn url(server: IpAddr, session: &Session, argument: &[u8]) -> Vec<u8> {
    let mut url = match server {
        IpAddr::V4(ip) => format!("ftp://{ip}"),
        IpAddr::V6(ip) => format!("ftp://[{ip}]"),
    }
    .into_bytes();
    let path = place::folder(&session.folder, argument);
    if !path.starts_with(b"/") {
        url.push(b'/');
    }
    url.extend(path);
    url
}
