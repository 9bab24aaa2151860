//! What SMTP tells: buffers, frames and events, and their numbers.

use super::Smtp;
use crate::application::Application;
use crate::exchange::{event, field as one, fields as many};
use crate::protocol::Side;

/// The parser.
pub(crate) static SMTP: Application = Application {
    names: &["smtp"],
    new: |facts| Box::new(Smtp::new(facts)),
    frames: &["command_line", "data", "response_line"],
    buffers: &[
        one("smtp.helo", Side::Client, COMMANDS),
        one("smtp.mail_from", Side::Client, ENVELOPE),
        many("smtp.rcpt_to", Side::Client, ENVELOPE),
        one("email.from", Side::Client, HEADERS_DONE),
        one("email.to", Side::Client, HEADERS_DONE),
        one("email.cc", Side::Client, HEADERS_DONE),
        one("email.subject", Side::Client, HEADERS_DONE),
        one("email.date", Side::Client, HEADERS_DONE),
        one("email.message_id", Side::Client, HEADERS_DONE),
        one("email.x_mailer", Side::Client, HEADERS_DONE),
        many("email.received", Side::Client, HEADERS_DONE),
        many("email.url", Side::Client, BODY_DONE),
        one("email.body_md5", Side::Client, BODY_DONE),
    ],
    numbers: &[],
    events: &[
        event(
            "smtp.INVALID_REPLY",
            "A reply does not begin with a code of SMTP.",
        ),
        event(
            "smtp.UNABLE_TO_MATCH_REPLY_WITH_REQUEST",
            "A reply came to which there was no command.",
        ),
        event(
            "smtp.MAX_COMMAND_LINE_LEN_EXCEEDED",
            "A command is longer than any server takes.",
        ),
        event(
            "smtp.MAX_REPLY_LINE_LEN_EXCEEDED",
            "A reply's line is longer than any client takes.",
        ),
        event(
            "smtp.INVALID_PIPELINED_SEQUENCE",
            "Commands follow one that must be the last of a group.",
        ),
        event("smtp.INVALID_BDAT", "A `BDAT` command has no length."),
        event(
            "smtp.NO_SERVER_WELCOME_MESSAGE",
            "The server's first reply is no greeting.",
        ),
        event("smtp.TLS_REJECTED", "The server refused `STARTTLS`."),
        event("smtp.DATA_COMMAND_REJECTED", "The server refused `DATA`."),
        event(
            "smtp.MIME_INVALID_BASE64",
            "A part in base64 has bytes that do not belong there.",
        ),
        event(
            "smtp.MIME_LONG_LINE",
            "A line of a mail is longer than 998 bytes.",
        ),
        event(
            "smtp.MIME_LONG_ENC_LINE",
            "A line of an encoded part is longer than 76 bytes.",
        ),
        event(
            "smtp.MIME_LONG_HEADER_VALUE",
            "A header is longer than is read of it.",
        ),
        event(
            "smtp.MIME_LONG_BOUNDARY",
            "The boundary between parts is longer than 254 bytes.",
        ),
        event(
            "smtp.MIME_LONG_FILENAME",
            "An attachment's name is longer than 255 bytes.",
        ),
        event(
            "smtp.DUPLICATE_FIELDS",
            "A greeting or a sender was given twice.",
        ),
        event(
            "smtp.BDAT_CHUNK_LEN_EXCEEDED",
            "What follows a chunk of `BDAT` is no command: it is longer than was said.",
        ),
        event(
            "smtp.MIME_PARSE_FAILED",
            "A mail in parts has no boundary between them, or too many within each other.",
        ),
        event(
            "smtp.MIME_MALFORMED_MSG",
            "A line among the headers of a mail is no header.",
        ),
        event(
            "smtp.MIME_INVALID_QP",
            "A part that should be quoted-printable is not.",
        ),
        event(
            "smtp.MIME_LONG_HEADER_NAME",
            "The name of a header is longer than 75 bytes.",
        ),
        event(
            "smtp.UNPARSABLE_CONTENT",
            "A command has bytes that no text has.",
        ),
        event(
            "smtp.TRUNCATED_LINE",
            "A line is longer than 8 KiB: one of a mail may be read in pieces, the rest of another is passed over.",
        ),
    ],
};

pub(super) const COMMAND_LINE: u8 = 0;
pub(super) const DATA: u8 = 1;
pub(super) const RESPONSE_LINE: u8 = 2;

pub(super) const INVALID_REPLY: usize = 0;
pub(super) const UNABLE_TO_MATCH: usize = 1;
pub(super) const LONG_COMMAND: usize = 2;
pub(super) const LONG_REPLY: usize = 3;
pub(super) const INVALID_PIPELINED_SEQUENCE: usize = 4;
pub(super) const INVALID_BDAT: usize = 5;
pub(super) const NO_WELCOME: usize = 6;
pub(super) const TLS_REJECTED: usize = 7;
pub(super) const DATA_REJECTED: usize = 8;
pub(super) const MIME_INVALID_BASE64: usize = 9;
pub(super) const MIME_LONG_LINE: usize = 10;
pub(super) const MIME_LONG_ENC_LINE: usize = 11;
pub(super) const MIME_LONG_HEADER_VALUE: usize = 12;
pub(super) const MIME_LONG_BOUNDARY: usize = 13;
pub(super) const MIME_LONG_FILENAME: usize = 14;
pub(super) const DUPLICATE_FIELDS: usize = 15;
pub(super) const LONG_CHUNK: usize = 16;
pub(super) const MIME_PARSE_FAILED: usize = 17;
pub(super) const MIME_MALFORMED_MSG: usize = 18;
pub(super) const MIME_INVALID_QP: usize = 19;
pub(super) const MIME_LONG_HEADER_NAME: usize = 20;
pub(super) const UNPARSABLE_CONTENT: usize = 21;
pub(super) const TRUNCATED_LINE: usize = 22;

/// The numbers of a mail's values; those from `REPLY_TO` on are for records only.
pub(super) mod field {
    pub(in crate::smtp) const HELO: usize = 0;
    pub(in crate::smtp) const MAIL_FROM: usize = 1;
    pub(in crate::smtp) const RCPT_TO: usize = 2;
    pub(in crate::smtp) const FROM: usize = 3;
    pub(in crate::smtp) const TO: usize = 4;
    pub(in crate::smtp) const CC: usize = 5;
    pub(in crate::smtp) const SUBJECT: usize = 6;
    pub(in crate::smtp) const DATE: usize = 7;
    pub(in crate::smtp) const MESSAGE_ID: usize = 8;
    pub(in crate::smtp) const X_MAILER: usize = 9;
    pub(in crate::smtp) const RECEIVED: usize = 10;
    pub(in crate::smtp) const URL: usize = 11;
    pub(in crate::smtp) const BODY_MD5: usize = 12;
    pub(in crate::smtp) const REPLY_TO: usize = 13;
    pub(in crate::smtp) const IN_REPLY_TO: usize = 14;
    pub(in crate::smtp) const USER_AGENT: usize = 15;
    pub(in crate::smtp) const ORIGINATING_IP: usize = 16;
    pub(in crate::smtp) const ATTACHMENT: usize = 17;
}

pub(super) const COMMANDS: u8 = 1;
pub(super) const ENVELOPE: u8 = 2;
pub(super) const HEADERS_DONE: u8 = 3;
pub(super) const BODY_DONE: u8 = 4;
