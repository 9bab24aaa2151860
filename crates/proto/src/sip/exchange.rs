//! Requests with their responses, a row each, as in Zeek's sip.log.

use wirewatch_records::SipExchangeRow;

use super::message::{Head, Header};
use crate::protocol::Side;
use crate::sink::Sink;

/// Requests of one flow that may wait; proxies have some dozens open at a time.
const MAX_OPEN: usize = 32;
/// Stations of one message that are told.
const MAX_PATH: usize = 16;

/// A request that may get responses.
#[derive(Debug)]
struct Request {
    side: Side,
    start: i64,
    method: Vec<u8>,
    uri: Vec<u8>,
    call_id: Vec<u8>,
    seq: Vec<u8>,
    values: [Option<Vec<u8>>; 7],
    path: Vec<String>,
    body: u64,
    is_answered: bool,
}

const DATE: usize = 0;
const FROM: usize = 1;
const TO: usize = 2;
const REPLY_TO: usize = 3;
const SUBJECT: usize = 4;
const USER_AGENT: usize = 5;
const CONTENT_TYPE: usize = 6;

/// The requests of one flow, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: Vec<Request>,
}

/// A value without what comes after a parameter begins.
fn before<'a>(value: &'a [u8], parameter: &[u8]) -> &'a [u8] {
    let places = value.windows(parameter.len());
    let end = places.into_iter().position(|part| part == parameter);
    end.and_then(|end| value.get(..end)).unwrap_or(value)
}

fn path(head: &Head<'_>) -> Vec<String> {
    head.values(Header::Via)
        .take(MAX_PATH)
        .map(|via| String::from_utf8_lossy(before(via, b";branch")).into_owned())
        .collect()
}

fn from<'a>(head: &Head<'a>) -> Option<&'a [u8]> {
    let value = head.value(Header::From)?;
    Some(before(value, b";tag=").trim_ascii_end())
}

impl Calls {
    /// Takes a message: a request waits, a response makes a row.
    pub(super) fn take(&mut self, side: Side, head: &Head<'_>, body: usize, sink: &mut dyn Sink) {
        let value = |header| head.value(header).unwrap_or_default().to_vec();
        if head.is_request() {
            let [method, uri, _] = head.words;
            if self.open.len() >= MAX_OPEN {
                self.open.remove(0).unanswered(sink);
            }
            self.open.push(Request {
                side,
                start: sink.time() / 1000,
                method: method.to_vec(),
                uri: uri.to_vec(),
                call_id: value(Header::CallId),
                seq: value(Header::CSeq),
                values: [
                    head.value(Header::Date),
                    from(head),
                    head.value(Header::To),
                    head.value(Header::ReplyTo),
                    head.value(Header::Subject),
                    head.value(Header::UserAgent),
                    head.value(Header::ContentType),
                ]
                .map(|value| value.map(<[u8]>::to_vec)),
                path: path(head),
                body: body as u64,
                is_answered: false,
            });
            return;
        }
        let (call_id, seq) = (value(Header::CallId), value(Header::CSeq));
        let known = self
            .open
            .iter_mut()
            .rfind(|open| open.call_id == call_id && open.seq == seq);
        let Some(request) = known else {
            return answer(None, side, head, body, sink);
        };
        request.is_answered = true;
        answer(Some(request), side, head, body, sink);
    }

    /// The flow is over: what was not answered is put out.
    pub(super) fn end(&mut self, sink: &mut dyn Sink) {
        for request in std::mem::take(&mut self.open) {
            request.unanswered(sink);
        }
    }

    pub(super) fn held(&self) -> usize {
        self.open.capacity() * (size_of::<Request>() + 512)
    }
}

fn answer(
    request: Option<&Request>,
    side: Side,
    head: &Head<'_>,
    body: usize,
    sink: &mut dyn Sink,
) {
    let path = path(head);
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let [_, code, reason] = head.words;
    let code = std::str::from_utf8(code)
        .ok()
        .and_then(|code| code.parse().ok());
    let asked: Vec<&str> = request
        .map(|request| request.path.iter().map(String::as_str).collect())
        .unwrap_or_default();
    let row = SipExchangeRow {
        response_from: from(head),
        response_to: head.value(Header::To),
        call_id: head.value(Header::CallId),
        seq: head.value(Header::CSeq),
        request_path: &asked,
        response_path: &path,
        status_code: code,
        status_msg: Some(reason),
        warning: head.value(Header::Warning),
        response_body_len: Some(body as u64),
        content_type: head.value(Header::ContentType),
        ..request.map_or_else(
            || SipExchangeRow {
                start: sink.time() / 1000,
                ..SipExchangeRow::default()
            },
            Request::row,
        )
    };
    let opener = request.map_or(crate::waiting::other(side), |request| request.side);
    sink.record(None, opener, &row.into());
}

impl Request {
    fn row(&self) -> SipExchangeRow<'_> {
        let value = |place: usize| self.values.get(place)?.as_deref();
        SipExchangeRow {
            start: self.start,
            method: Some(&self.method),
            uri: Some(&self.uri),
            date: value(DATE),
            request_from: value(FROM),
            request_to: value(TO),
            reply_to: value(REPLY_TO),
            call_id: Some(&*self.call_id).filter(|id| !id.is_empty()),
            seq: Some(&*self.seq).filter(|seq| !seq.is_empty()),
            subject: value(SUBJECT),
            user_agent: value(USER_AGENT),
            request_body_len: Some(self.body),
            content_type: value(CONTENT_TYPE),
            ..SipExchangeRow::default()
        }
    }

    fn unanswered(&self, sink: &mut dyn Sink) {
        if self.is_answered {
            return;
        }
        let path: Vec<&str> = self.path.iter().map(String::as_str).collect();
        let row = SipExchangeRow {
            request_path: &path,
            ..self.row()
        };
        sink.record(None, self.side, &row.into());
    }
}
