//! A request and the answer to it, as rules, records and files see them. HTTP/1 and HTTP/2 share it.

use std::borrow::Cow;

use wirewatch_records::{HttpRow, Row, json};

use super::buffer::Buffer;
use super::event;
use super::head::{Head, Span};
use super::line::{RequestLine, StatusLine};
use super::multipart;
use super::names::Names;
use super::uri;
use crate::application::{Application, COMPLETE, Event, Transaction};
use crate::http2::stream::{Beside, NUMBERS};
use crate::media;
use crate::protocol::Side;
use crate::waiting::bounded;

/// The head of a side is complete.
pub(crate) const HEAD: u8 = 1;

/// As much of a side's body is there as rules look at.
pub(crate) const BODY: u8 = 2;

/// Bytes of each body that rules look at, whatever is set: flows share their parsers' memory.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// Times that something is wrong with one exchange, until no more of it is told: clients and servers that err that
/// often are not understood by anybody.
const MAX_WARNINGS: u16 = 64;

/// Different things that are told of one exchange: all of them, since there are fewer than that.
const MAX_EVENTS: usize = MAX_WARNINGS as usize + 1;

/// One side of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Half {
    pub(crate) progress: u8,
    pub(crate) head: Head,
    /// The first bytes of the body, decoded.
    pub(crate) body: Vec<u8>,
    /// Bytes of the body as they were transferred.
    pub(crate) wire_length: u64,
    /// Bytes of the body after decoding.
    pub(crate) body_length: u64,
    /// The name of the first file in it, when it has one of its own.
    pub(crate) filename: Option<Vec<u8>>,
    /// The numbers of the first files in it.
    pub(crate) files: Vec<u16>,
}

/// Files of one body that its record names; forms with more are rare.
const MAX_FILES: usize = 16;

impl Half {
    /// Remembers a file's number; those that no record can hold are left out.
    pub(crate) fn has_file(&mut self, number: u32) {
        if let Ok(number) = u16::try_from(number)
            && self.files.len() < MAX_FILES
        {
            self.files.push(number);
        }
    }
}

/// Bytes of the words of an interim answer that are kept; those of RFC 9110 have at most twenty.
const MAX_INFO: usize = 128;

/// An answer before the final one (RFC 9110, section 15.2).
#[derive(Debug)]
pub(crate) struct Interim {
    code: u16,
    message: Vec<u8>,
}

/// A request and the answer to it.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) id: u64,
    pub(crate) application: &'static Application,
    pub(crate) request: Half,
    pub(crate) response: Half,
    pub(crate) request_line: RequestLine,
    pub(crate) status_line: StatusLine,
    /// The address after normalisation, when that changes it.
    pub(crate) normal_uri: Option<Vec<u8>>,
    /// How long the path in it is.
    pub(crate) path_length: usize,
    /// The host that was asked for, as it came.
    pub(crate) host: Option<Vec<u8>>,
    pub(crate) port: Option<u16>,
    pub(crate) user: Option<Vec<u8>>,
    /// The last answer before the final one.
    pub(crate) interim: Option<Box<Interim>>,
    pub(crate) events: Vec<&'static Event>,
    /// How often something was wrong.
    warnings: u16,
    /// What only HTTP/2 has.
    pub(crate) stream: Option<Box<Beside>>,
    /// The messages of DNS that it carries.
    pub(crate) names: Option<Box<Names>>,
}

impl Exchange {
    pub(crate) fn new(id: u64, application: &'static Application) -> Self {
        Self {
            id,
            application,
            request: Half::default(),
            response: Half::default(),
            request_line: RequestLine::default(),
            status_line: StatusLine::default(),
            normal_uri: None,
            path_length: 0,
            host: None,
            port: None,
            user: None,
            interim: None,
            events: Vec::new(),
            warnings: 0,
            stream: None,
            names: None,
        }
    }

    pub(crate) fn half(&self, side: Side) -> &Half {
        match side {
            Side::Client => &self.request,
            Side::Server => &self.response,
        }
    }

    pub(crate) fn half_mut(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.request,
            Side::Server => &mut self.response,
        }
    }

    /// The answer at hand is not the final one.
    pub(crate) fn pass_interim(&mut self, code: u16) {
        let message = self.in_status_line(self.status_line.message);
        let message = bounded(message.unwrap_or_default(), MAX_INFO).to_vec();
        self.interim = Some(Box::new(Interim { code, message }));
        self.response = Half::default();
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.request.progress == COMPLETE && self.response.progress == COMPLETE
    }

    /// Remembers what is wrong; gives what is to be told of it, if anything.
    pub(crate) fn is_wrong(&mut self, event: &'static Event) -> Option<&'static Event> {
        self.warnings = self.warnings.saturating_add(1);
        let event = match self.warnings {
            ..=MAX_WARNINGS => event,
            // HTTP/2 has no name for that.
            _ if self.stream.is_some() => return None,
            _ => &event::TOO_MANY_WARNINGS,
        };
        let is_new = self.events.len() < MAX_EVENTS && !self.events.contains(&event);
        is_new.then(|| {
            self.events.push(event);
            event
        })
    }

    pub(crate) fn method(&self) -> &[u8] {
        self.request.head.part(self.request_line.method)
    }

    pub(crate) fn uri(&self) -> Option<&[u8]> {
        self.request_line.uri.map(|uri| self.request.head.part(uri))
    }

    pub(crate) fn normal(&self) -> Option<&[u8]> {
        self.normal_uri.as_deref().or_else(|| self.uri())
    }

    /// The normalised path.
    pub(crate) fn path(&self) -> &[u8] {
        let uri = self.normal().unwrap_or_default();
        uri.get(..self.path_length).unwrap_or(uri)
    }

    pub(crate) fn normal_host(&self) -> Option<Cow<'_, [u8]>> {
        self.host.as_deref().map(uri::normal_host)
    }

    /// What a file in a body of this side is called: its own name, or else the path.
    pub(crate) fn filename(&self, side: Side) -> &[u8] {
        let own = self.half(side).filename.as_deref();
        own.unwrap_or_else(|| self.path())
    }

    /// The first and the last byte of the part of a file that the answer is, and the bytes of the whole
    /// file when they are known (RFC 9110, section 14.4).
    pub(crate) fn range(&self) -> Option<(u64, u64, Option<u64>)> {
        let value = self.response.head.find(b"Content-Range")?;
        let (start, end, size) = range_of(value)?;
        Some((start?, end?, size)).filter(|(start, end, _)| start <= end)
    }

    /// Whether the request's body is made of parts, of which each has a type of its own.
    fn has_form(&self) -> bool {
        const FORM: &[u8] = b"multipart/";
        let kind = self.request_header(b"Content-Type").unwrap_or_default();
        let start = kind.get(..FORM.len()).unwrap_or_default();
        start.eq_ignore_ascii_case(FORM)
    }

    /// Where its file is: the same for all who ask for it.
    pub(crate) fn place(&self) -> Vec<u8> {
        let host = self.normal_host().unwrap_or_default();
        [&host, &b"/"[..], self.normal().unwrap_or_default()].concat()
    }

    pub(crate) fn held(&self) -> usize {
        let of = |half: &Half| half.head.held().saturating_add(half.body.capacity());
        of(&self.request)
            .saturating_add(of(&self.response))
            .saturating_add(self.stream.as_ref().map_or(0, |stream| stream.held()))
            .saturating_add(self.names.as_ref().map_or(0, |names| names.held()))
            .saturating_add(size_of::<Self>())
    }

    fn protocol(&self, side: Side) -> Option<&[u8]> {
        let part = match side {
            Side::Client => self
                .request_line
                .protocol
                .map(|span| self.request.head.part(span)),
            Side::Server => Some(self.response.head.part(self.status_line.protocol)),
        };
        part.filter(|protocol| !protocol.is_empty())
    }

    fn request_header(&self, name: &[u8]) -> Option<&[u8]> {
        self.request.head.find(name)
    }

    fn response_header(&self, name: &[u8]) -> Option<&[u8]> {
        self.response.head.find(name)
    }
}

/// A value that is there when its head is.
fn present<'a>(head: &Head, value: &'a [u8]) -> Option<Cow<'a, [u8]>> {
    (!head.is_empty()).then_some(Cow::Borrowed(value))
}

/// The headers as rules look at them: names and values without odd spaces, and without cookies.
fn normal_headers(head: &Head, cookie: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(head.raw_fields().len());
    for (name, value) in head.fields() {
        if name.eq_ignore_ascii_case(cookie) {
            continue;
        }
        if !name.is_empty() {
            out.extend_from_slice(name);
            out.extend_from_slice(b": ");
        }
        out.extend_from_slice(value);
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// The names of the headers, each in a line, with an empty line before and behind.
fn header_names(head: &Head) -> Vec<u8> {
    let mut out = b"\r\n".to_vec();
    for (name, _) in head.fields() {
        out.extend_from_slice(name);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b"\r\n");
    out
}

fn one_header(head: &Head, index: usize) -> Option<Vec<u8>> {
    let (name, value) = head.fields().nth(index)?;
    Some([name, b": ", value].concat())
}

impl Transaction for Exchange {
    fn id(&self) -> u64 {
        self.id
    }

    fn application(&self) -> &'static Application {
        self.application
    }

    fn progress(&self, side: Side) -> u8 {
        self.half(side).progress
    }

    fn buffer(&self, buffer: usize, side: Side, index: usize) -> Option<Cow<'_, [u8]>> {
        let buffer = Buffer::at(buffer)?;
        if let Some(name) = buffer.request_header() {
            return self.request.head.joined(name).filter(|_| index == 0);
        }
        if let Some(name) = buffer.response_header() {
            return self.response.head.joined(name).filter(|_| index == 0);
        }
        if let Some(number) = buffer.of_names() {
            return self.names.as_ref()?.buffer(number, side, index);
        }
        let half = self.half(side);
        let head = &half.head;
        let cookie: &[u8] = match side {
            Side::Client => b"Cookie",
            Side::Server => b"Set-Cookie",
        };
        let value = match buffer {
            Buffer::RequestHeader => {
                return one_header(&self.request.head, index).map(Cow::Owned);
            }
            Buffer::ResponseHeader => {
                return one_header(&self.response.head, index).map(Cow::Owned);
            }
            Buffer::FieldLine => return one_header(head, index).map(Cow::Owned),
            Buffer::FieldName => {
                let (name, _) = head.fields().nth(index)?;
                return Some(name.into());
            }
            _ if index > 0 => return None,
            Buffer::Method => present(&self.request.head, self.method())?,
            Buffer::Uri => self.normal()?.into(),
            Buffer::UriRaw => self.uri()?.into(),
            Buffer::RequestLine => present(&self.request.head, self.request.head.line())?,
            Buffer::ResponseLine => present(&self.response.head, self.response.head.line())?,
            Buffer::Protocol if self.stream.is_some() => b"HTTP/2"[..].into(),
            Buffer::Protocol => self.protocol(side)?.into(),
            Buffer::Header => present(head, &[]).map(|_| normal_headers(head, cookie).into())?,
            Buffer::HeaderRaw => present(head, head.raw_fields())?,
            Buffer::HeaderNames => present(head, &[]).map(|_| header_names(head).into())?,
            Buffer::Cookie => head.joined(cookie)?,
            Buffer::ContentType => head.joined(b"Content-Type")?,
            Buffer::ContentLength => head.joined(b"Content-Length")?,
            Buffer::Connection => head.joined(b"Connection")?,
            Buffer::Host => self.normal_host()?,
            Buffer::HostRaw => self.host.as_deref()?.into(),
            Buffer::Start => present(head, head.raw())?,
            Buffer::StatusCode => self.response.head.part(self.status_line.status?).into(),
            // HTTP/2 has none, which is known from the start.
            Buffer::StatusMessage if self.stream.is_some() => b""[..].into(),
            Buffer::StatusMessage => {
                let message = self.status_line.message?;
                self.response.head.part(message).into()
            }
            Buffer::RequestBody => body(&self.request)?,
            Buffer::ResponseBody => body(&self.response)?,
            _ => return None,
        };
        Some(value)
    }

    fn number(&self, number: usize, side: Side, index: usize) -> Option<u64> {
        let of_stream = self.stream.as_ref().map_or(0, |_| NUMBERS.len());
        match number.checked_sub(of_stream) {
            Some(number) => self.names.as_ref()?.number(number, side, index),
            None => self.stream.as_ref()?.number(number, side, index),
        }
    }

    fn events(&self) -> &[&'static Event] {
        &self.events
    }

    fn row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        self.http_row(put);
        if let Some(names) = &self.names {
            names.row(self.id, None, put);
        }
    }
}

impl Exchange {
    /// The record of HTTP.
    pub(crate) fn http_row(&self, put: &mut dyn FnMut(&Row<'_>)) {
        let hostname = self.normal_host();
        let content_type = self.response_header(b"Content-Type").map(media_type);
        let range = self.response_header(b"Content-Range");
        let range = range.map(|range| content_range(range).0);
        let status = self.status_line.code;
        let status_string = self.status_line.status.filter(|_| status.is_none());
        let is_redirect = status.is_some_and(|code| (300..400).contains(&code));
        let protocol = self.protocol(Side::Client);
        let response_protocol = self
            .protocol(Side::Server)
            .filter(|_| self.stream.is_none());
        let interim = self.interim.as_deref();
        let mut row = HttpRow {
            tx_id: self.id,
            hostname: hostname.as_deref(),
            http_port: self.port,
            url: self.uri(),
            http_user_agent: self.request_header(b"User-Agent"),
            http_content_type: content_type,
            content_range: range.as_deref(),
            http_refer: self.request_header(b"Referer"),
            http_method: Some(self.method()).filter(|method| !method.is_empty()),
            protocol: protocol.or_else(|| self.protocol(Side::Server)),
            response_protocol: response_protocol.filter(|one| Some(*one) != protocol),
            request_mime_type: media::of(start_of(&self.request)).filter(|_| !self.has_form()),
            response_mime_type: media::of(start_of(&self.response)),
            status,
            status_string: self.in_status_line(status_string),
            status_message: self.in_status_line(self.status_line.message),
            info_code: interim.map(|interim| interim.code),
            info_message: interim
                .map(|interim| interim.message.as_slice())
                .filter(|message| !message.is_empty()),
            redirect: self.response_header(b"Location").filter(|_| is_redirect),
            length: self.response.wire_length,
            request_body_length: self.request.body_length,
            response_body_length: self.response.body_length,
            origin: self.request_header(b"Origin"),
            username: self.user.as_deref(),
            request_filename: self.request.filename.as_deref(),
            response_filename: self.response.filename.as_deref(),
            request_files: &self.request.files,
            response_files: &self.response.files,
            ..HttpRow::default()
        };
        let Some(stream) = &self.stream else {
            return put(&row.into());
        };
        let mut out = Vec::new();
        stream.write(&mut out);
        let more = String::from_utf8(out).unwrap_or_default();
        let request_headers = headers_json(&self.request.head);
        let response_headers = headers_json(&self.response.head);
        row.version = Some("2");
        row.protocol = None;
        row.http2 = Some(&more);
        row.request_headers = request_headers.as_deref();
        row.response_headers = response_headers.as_deref();
        put(&row.into());
    }

    fn in_status_line(&self, span: Option<Span>) -> Option<&[u8]> {
        span.map(|span| self.response.head.part(span))
    }
}

/// As much of a body as tells its type.
fn start_of(half: &Half) -> &[u8] {
    half.body.get(..media::HEAD).unwrap_or(&half.body)
}

fn body(half: &Half) -> Option<Cow<'_, [u8]>> {
    (half.body_length > 0).then_some(Cow::Borrowed(half.body.as_slice()))
}

/// `text/html` of `text/html; charset=utf-8`.
pub(crate) fn media_type(value: &[u8]) -> &[u8] {
    let end = value.iter().position(|byte| matches!(byte, b';' | b','));
    super::head::trim(value.get(..end.unwrap_or(value.len())).unwrap_or(value))
}

/// The first byte, the last one and the size in `bytes 0-499/1234`, as far as they are known.
fn range_of(value: &[u8]) -> Option<(Option<u64>, Option<u64>, Option<u64>)> {
    let text = std::str::from_utf8(value).ok()?;
    let rest = text.strip_prefix("bytes")?;
    let (span, size) = rest.trim_start().split_once('/')?;
    let number = |text: &str| text.trim().parse::<u64>().ok();
    let (start, end) = span.split_once('-').unwrap_or_default();
    let is_understood = number(end).is_some() || span.trim() == "*";
    is_understood.then(|| (number(start), number(end), number(size)))
}

/// `bytes 0-499/1234` as an object, and whether it could be understood (RFC 9110, section 14.4).
pub(crate) fn content_range(value: &[u8]) -> (String, bool) {
    let mut out = b"{".to_vec();
    json::wire(&mut out, b"\"raw\":", value);
    let range = range_of(value);
    let (start, end, size) = range.unwrap_or_default();
    let known = [
        (&b"\"start\":"[..], start),
        (b"\"end\":", end),
        (b"\"size\":", size),
    ];
    for (key, value) in known {
        if let Some(value) = value {
            json::number(&mut out, key, value);
        }
    }
    out.pop();
    out.push(b'}');
    (String::from_utf8(out).unwrap_or_default(), range.is_some())
}

/// A list of `{"name":..,"value":..}`; none when there is none.
fn headers_json(head: &Head) -> Option<String> {
    /// A record has room for so much, and one side must not take it all.
    const MAX_LIST: usize = 64 << 10;
    let mut out = b"[".to_vec();
    for (name, value) in head.fields() {
        if out.len() > MAX_LIST {
            break;
        }
        out.push(b'{');
        json::wire(&mut out, b"\"name\":", name);
        json::wire(&mut out, b"\"value\":", value);
        out.pop();
        out.extend_from_slice(b"},");
    }
    if out.pop() != Some(b',') {
        return None;
    }
    out.push(b']');
    String::from_utf8(out).ok()
}

/// What the server calls the file it sends, and whether that is longer than is kept.
pub(crate) fn attachment_name(head: &Head) -> Option<(Vec<u8>, bool)> {
    let name = multipart::filename(head.find(b"Content-Disposition")?)?;
    let kept = name.get(..multipart::MAX_NAME).unwrap_or(&name);
    (!name.is_empty()).then(|| (kept.to_vec(), kept.len() < name.len()))
}
