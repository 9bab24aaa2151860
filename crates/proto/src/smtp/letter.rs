//! One mail: its envelope, what its headers say, its attachments, and its record.

use std::net::IpAddr;

use wirewatch_records::{Row, SmtpRow};

use super::table::{self, SMTP, field};
use crate::application::{Facts, Limits};
use crate::exchange::{Detail, Exchange};
use crate::mime::{Found, Message, Trouble, decode_words};
use crate::protocol::Side;
use crate::sink::{FilePart, Sink};
use crate::waiting::bounded;

/// A header's value that is kept.
const MAX_VALUE: usize = 2 << 10;
/// Addresses in texts that are kept of one mail.
const MAX_URLS: u16 = 64;
/// Attachments of a mail that its record has the numbers of.
const MAX_FILES: usize = 32;
/// Hops that are kept of a mail's way.
const MAX_HOPS: usize = 16;

/// What a mail has beside its values.
#[derive(Debug)]
pub(super) struct Letter {
    facts: Facts,
    /// Read while the mail comes; gone when it is over.
    pub(super) message: Option<Box<Message>>,
    pub(super) is_complete: bool,
    pub(super) has_sender: bool,
    pub(super) is_tls: bool,
    pub(super) last_reply: Vec<u8>,
    file: u32,
    /// The numbers of its first attachments.
    files: Vec<u16>,
    /// The file that is over and not told yet, and whether its end was seen.
    closing: Option<bool>,
    urls: u16,
}

impl Letter {
    pub(super) fn new(facts: &Facts, file: u32) -> Self {
        Self {
            facts: *facts,
            message: None,
            is_complete: false,
            has_sender: false,
            is_tls: false,
            last_reply: Vec::new(),
            file,
            files: Vec::new(),
            closing: None,
            urls: 0,
        }
    }

    /// A message of which nothing was read.
    pub(super) fn new_message(&self) -> Box<Message> {
        Box::new(Message::new(self.facts.limits.mail_digest))
    }

    /// The number of the next file of the flow.
    pub(super) fn next_file(&self) -> u32 {
        self.file.wrapping_add(u32::from(self.closing.is_some()))
    }
}

/// Tells the end of the file that is over. The last one of a mail waits for what the server says to it.
pub(super) fn close_file(mail: &mut Exchange<Letter>, sink: &mut dyn Sink) {
    if let Some(complete) = mail.detail.closing.take() {
        let file = mail.detail.file;
        sink.file(mail, Side::Client, file, FilePart::Close { complete });
        mail.detail.file = file.wrapping_add(1);
    }
}

/// Where a header of the message is kept.
const HEADERS: &[(&[u8], usize)] = &[
    (b"From", field::FROM),
    (b"To", field::TO),
    (b"Cc", field::CC),
    (b"Subject", field::SUBJECT),
    (b"Date", field::DATE),
    (b"Message-ID", field::MESSAGE_ID),
    (b"X-Mailer", field::X_MAILER),
    (b"Received", field::RECEIVED),
    (b"Reply-To", field::REPLY_TO),
    (b"In-Reply-To", field::IN_REPLY_TO),
    (b"User-Agent", field::USER_AGENT),
    (b"X-Originating-IP", field::ORIGINATING_IP),
];

/// The message is read on: `read` gives it lines.
pub(super) fn read(
    mail: &mut Exchange<Letter>,
    sink: &mut dyn Sink,
    read: impl FnOnce(&mut Message, &mut dyn FnMut(Found<'_>)),
) {
    let known = mail.detail.message.take();
    let mut message = known.unwrap_or_else(|| mail.detail.new_message());
    read(&mut message, &mut |found| take(mail, found, sink));
    mail.detail.message = Some(message);
}

fn take(mail: &mut Exchange<Letter>, found: Found<'_>, sink: &mut dyn Sink) {
    if matches!(found, Found::Open(_)) {
        close_file(mail, sink);
    }
    let file = mail.detail.file;
    match found {
        Found::Header(name, value) => {
            let mut known = HEADERS.iter();
            if let Some((_, number)) = known.find(|(known, _)| known.eq_ignore_ascii_case(name)) {
                mail.put(*number, Side::Client, bounded(value, MAX_VALUE));
            }
        }
        Found::HeadersEnd => mail.reach(Side::Client, table::HEADERS_DONE, sink),
        Found::Open(name) => {
            mail.put(field::ATTACHMENT, Side::Client, name);
            if let Ok(number) = u16::try_from(file)
                && mail.detail.files.len() < MAX_FILES
            {
                mail.detail.files.push(number);
            }
            let part = FilePart::Open { name, size: None };
            sink.file(mail, Side::Client, file, part);
        }
        Found::Digest(md5) => mail.put(field::BODY_MD5, Side::Client, md5.as_bytes()),
        Found::Data(bytes) => sink.file(mail, Side::Client, file, FilePart::Data(bytes)),
        Found::Close(complete) => mail.detail.closing = Some(complete),
        Found::Url(url) => {
            let limits = mail.detail.facts.limits;
            if !is_wanted(url, limits.url_schemes) {
                return;
            }
            mail.detail.urls = mail.detail.urls.saturating_add(1);
            if mail.detail.urls <= MAX_URLS {
                let url = if limits.url_with_scheme {
                    url
                } else {
                    without_scheme(url)
                };
                mail.put(field::URL, Side::Client, url);
            }
        }
        // Told from the side that has just acknowledged these bytes, as Suricata does.
        Found::Trouble(trouble) => mail.event(Side::Server, event_of(trouble), sink),
    }
}

fn event_of(trouble: Trouble) -> usize {
    match trouble {
        Trouble::LongLine => table::MIME_LONG_LINE,
        Trouble::LongEncodedLine => table::MIME_LONG_ENC_LINE,
        Trouble::LongBoundary => table::MIME_LONG_BOUNDARY,
        Trouble::LongName => table::MIME_LONG_FILENAME,
        Trouble::LongHeader => table::MIME_LONG_HEADER_VALUE,
        Trouble::LongHeaderName => table::MIME_LONG_HEADER_NAME,
        Trouble::NoHeader => table::MIME_MALFORMED_MSG,
        Trouble::NoParts => table::MIME_PARSE_FAILED,
        Trouble::InvalidBase64 => table::MIME_INVALID_BASE64,
        Trouble::InvalidQuoted => table::MIME_INVALID_QP,
    }
}

/// Whether addresses of this scheme are told.
fn is_wanted(url: &[u8], schemes: u8) -> bool {
    let (scheme, _) = crate::waiting::split(url, b':');
    let known = Limits::URL_SCHEMES.iter();
    let place = known.take_while(|known| !scheme.eq_ignore_ascii_case(known.as_bytes()));
    schemes.checked_shr(place.count() as u32).unwrap_or(0) & 1 != 0
}

/// Suricata tells addresses without `http://`.
fn without_scheme(url: &[u8]) -> &[u8] {
    let colon = url.iter().position(|byte| *byte == b':');
    let rest = colon.and_then(|colon| url.get(colon.saturating_add(1)..));
    let rest = rest.unwrap_or(url);
    rest.strip_prefix(b"//").unwrap_or(rest)
}

impl Detail for Letter {
    fn row(mail: &Exchange<Self>, put: &mut dyn FnMut(&Row<'_>)) {
        let letter = &mail.detail;
        let all = |number| {
            mail.all(number)
                .map(String::from_utf8_lossy)
                .collect::<Vec<_>>()
        };
        let addresses = |number| {
            let values = mail.all(number).flat_map(addresses);
            values.map(String::from_utf8_lossy).collect::<Vec<_>>()
        };
        let (rcpt_to, to, cc) = (
            all(field::RCPT_TO),
            addresses(field::TO),
            addresses(field::CC),
        );
        let (attachment, url) = (all(field::ATTACHMENT), all(field::URL));
        let received = all(field::RECEIVED);
        let recipients = mail.all(field::RCPT_TO).map(bare);
        let recipients = recipients.map(String::from_utf8_lossy).collect::<Vec<_>>();
        let path = path(mail);
        let subject = mail.first(field::SUBJECT);
        let decoded = subject.map(decode_words);
        let (rcpt_to, to, cc) = (texts(&rcpt_to), texts(&to), texts(&cc));
        let (attachment, url, received) = (texts(&attachment), texts(&url), texts(&received));
        let (recipients, path) = (texts(&recipients), texts(&path));
        let mail_from = mail.first(field::MAIL_FROM);
        let x_mailer = mail.first(field::X_MAILER);
        let row = SmtpRow {
            tx_id: mail.id(),
            helo: mail.first(field::HELO),
            mail_from,
            rcpt_to: &rcpt_to,
            sender: mail_from.map(bare),
            recipients: &recipients,
            status: letter.message_status(),
            from: mail.first(field::FROM),
            to: &to,
            cc: &cc,
            subject,
            subject_decoded: decoded
                .as_deref()
                .filter(|decoded| Some(*decoded) != subject),
            date: mail.first(field::DATE),
            message_id: mail.first(field::MESSAGE_ID),
            x_mailer,
            user_agent: mail.first(field::USER_AGENT),
            software: mail.first(field::USER_AGENT).or(x_mailer),
            reply_to: mail.first(field::REPLY_TO),
            in_reply_to: mail.first(field::IN_REPLY_TO),
            x_originating_ip: mail.first(field::ORIGINATING_IP),
            received: &received,
            first_received: mail.all(field::RECEIVED).last(),
            second_received: {
                let hops = mail.all(field::RECEIVED).count();
                hops.checked_sub(2)
                    .and_then(|place| mail.all(field::RECEIVED).nth(place))
            },
            path: &path,
            attachment: &attachment,
            url: &url,
            body_md5: mail
                .first(field::BODY_MD5)
                .and_then(|md5| std::str::from_utf8(md5).ok()),
            last_reply: (!letter.last_reply.is_empty()).then_some(&letter.last_reply),
            tls: letter.is_tls,
            files: &letter.files,
        };
        put(&row.into());
    }
}

impl Letter {
    fn message_status(&self) -> Option<&'static str> {
        let message = self.message.as_ref()?;
        Some(match (self.is_complete, message.has_body()) {
            (true, _) => "PARSE_DONE",
            (false, true) => "BODY_STARTED",
            (false, false) => "HEADER_STARTED",
        })
    }
}

fn texts<'a>(values: &'a [std::borrow::Cow<'a, str>]) -> Vec<&'a str> {
    values.iter().map(|value| &**value).collect()
}

/// An address without angle brackets.
fn bare(address: &[u8]) -> &[u8] {
    let inner = address.strip_prefix(b"<").unwrap_or(address);
    inner.strip_suffix(b">").unwrap_or(inner)
}

/// The addresses of a list; a comma in quotes separates none.
fn addresses(list: &[u8]) -> Vec<&[u8]> {
    let mut found = Vec::new();
    let (mut quoted, mut escaped, mut start) = (false, false, 0);
    for (place, byte) in list.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => quoted = !quoted,
            b',' if !quoted => {
                found.push(list.get(start..place).unwrap_or_default());
                start = place + 1;
            }
            _ => {}
        }
    }
    found.push(list.get(start..).unwrap_or_default());
    found.retain_mut(|address| {
        *address = address.trim_ascii();
        !address.is_empty()
    });
    found
}

/// Addresses that the mail went through, the last first, as Zeek has it.
fn path(mail: &Exchange<Letter>) -> Vec<std::borrow::Cow<'static, str>> {
    let facts = &mail.detail.facts;
    let mut path = vec![facts.server, facts.client];
    for hop in mail.all(field::RECEIVED).take(MAX_HOPS) {
        path.extend(hop_address(hop));
    }
    path.into_iter().map(|ip| ip.to_string().into()).collect()
}

/// The address that a `Received` line has in brackets.
fn hop_address(hop: &[u8]) -> Option<IpAddr> {
    let mut rest = hop;
    while let Some(start) = rest.iter().position(|byte| *byte == b'[') {
        rest = rest.get(start.saturating_add(1)..)?;
        let (inside, _) = crate::waiting::split(rest, b']');
        if let Some(ip) = std::str::from_utf8(inside)
            .ok()
            .and_then(|ip| ip.parse().ok())
        {
            return Some(ip);
        }
    }
    None
}

/// A mail that nothing is known of yet.
pub(super) fn begin(id: u64, facts: &Facts, file: u32, helo: &[u8]) -> Exchange<Letter> {
    let mut mail = Exchange::new(id, &SMTP, Letter::new(facts, file));
    if !helo.is_empty() {
        mail.put(field::HELO, Side::Client, helo);
    }
    mail
}
