//! Descriptions of media sessions (RFC 8866, section 5): lines of a letter, `=` and a value.

use std::net::IpAddr;

use wirewatch_records::json;

use super::Detailed;
use crate::exchange::Exchange;
use crate::protocol::Side;
use crate::waiting::{bounded, split};

/// Lines of one description that are read.
const MAX_LINES: usize = 256;
/// Lines of a usual description.
const USUAL_LINES: usize = 24;
/// Bytes of a value that are kept.
const MAX_VALUE: usize = 512;
/// Streams that are expected of one description.
const MAX_MEDIA: usize = 8;

/// A line of a description.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    letter: u8,
    value: &'a [u8],
    /// Which stream it belongs to, counted from 1; 0 is the session as a whole.
    media: usize,
}

/// A description.
#[derive(Debug)]
pub(super) struct Session<'a> {
    lines: Vec<Line<'a>>,
}

/// Letters of lines about the session, in the order of their buffers.
const SESSION: &[u8; 13] = b"osiuepcbtrzka";
/// The same about one stream.
const MEDIA: &[u8; 4] = b"mick";

impl<'a> Session<'a> {
    pub(super) fn read(body: &'a [u8]) -> Self {
        let mut lines = Vec::with_capacity(USUAL_LINES);
        let mut media = 0;
        let mut rest = body;
        for _ in 0..MAX_LINES {
            if rest.is_empty() {
                break;
            }
            let (line, after) = split(rest, b'\n');
            rest = after;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let [letter, b'=', value @ ..] = line else {
                continue;
            };
            media += usize::from(*letter == b'm');
            lines.push(Line {
                letter: *letter,
                value: bounded(value, MAX_VALUE),
                media,
            });
        }
        Self { lines }
    }

    /// How many values there are, and their bytes.
    pub(super) fn extent(&self) -> (usize, usize) {
        let bytes = self.lines.iter().map(|line| line.value.len()).sum();
        (self.lines.len(), bytes)
    }

    /// Puts the values where rules look for them.
    pub(super) fn put(&self, first: usize, side: Side, exchange: &mut Exchange<Detailed>) {
        for line in &self.lines {
            let table: &[u8] = if line.media == 0 { SESSION } else { MEDIA };
            let before = if line.media == 0 { 0 } else { SESSION.len() };
            let place = table.iter().position(|letter| *letter == line.letter);
            if let Some(place) = place {
                exchange.put(first + before + place, side, line.value);
            }
        }
    }

    /// The description as an object.
    pub(super) fn json(&self) -> String {
        let (values, bytes) = self.extent();
        let mut out = Vec::with_capacity(bytes + 24 * values);
        let mark = json::open(&mut out, b"{");
        self.part(0, &mut out);
        let streams = self.lines.last().map_or(0, |line| line.media);
        if streams > 0 {
            out.extend_from_slice(b"\"media_descriptions\":[");
            for media in 1..=streams {
                let mark = json::open(&mut out, b"{");
                self.part(media, &mut out);
                json::close(&mut out, mark);
            }
            out.pop();
            out.extend_from_slice(b"],");
        }
        json::close(&mut out, mark);
        out.pop();
        String::from_utf8(out).unwrap_or_default()
    }

    fn part(&self, media: usize, out: &mut Vec<u8>) {
        let lines = || self.lines.iter().filter(|line| line.media == media);
        for (letter, key) in [
            (b'm', &b"\"media\":"[..]),
            (b'v', b"\"version\":"),
            (b'o', b"\"origin\":"),
            (b's', b"\"session_name\":"),
            (b'i', b"\"session_info\":"),
            (b'u', b"\"uri\":"),
            (b'e', b"\"email\":"),
            (b'p', b"\"phone_number\":"),
            (b'c', b"\"connection_data\":"),
            (b't', b"\"time\":"),
            (b'r', b"\"repeat_time\":"),
            (b'z', b"\"timezone\":"),
            (b'k', b"\"encryption_key\":"),
        ] {
            if let Some(line) = lines().find(|line| line.letter == letter) {
                json::wire(out, key, line.value);
            }
        }
        for (letter, key) in [
            (b'b', &b"\"bandwidths\":["[..]),
            (b'a', b"\"attributes\":["),
        ] {
            let begin = out.len();
            out.extend_from_slice(key);
            for line in lines().filter(|line| line.letter == letter) {
                json::string(out, line.value);
                out.push(b',');
            }
            if out.last() == Some(&b'[') {
                out.truncate(begin);
            } else {
                out.pop();
                out.extend_from_slice(b"],");
            }
        }
    }

    /// Where streams will come: address, port and what they are.
    pub(super) fn media(&self) -> Vec<(IpAddr, u16, &'a [u8])> {
        let address_of = |media| {
            let mut lines = self.lines.iter();
            let line = lines.find(|line| line.letter == b'c' && line.media == media)?;
            address(line.value)
        };
        let streams = self.lines.iter().filter(|line| line.letter == b'm');
        let expected = streams.take(MAX_MEDIA).filter_map(|line| {
            let address = address_of(line.media).or_else(|| address_of(0))?;
            let mut words = line.value.split(|byte| *byte == b' ');
            let (what, port, transport) = (words.next()?, words.next()?, words.next()?);
            let port = port.split(|byte| *byte == b'/').next()?;
            let port: u16 = std::str::from_utf8(port).ok()?.parse().ok()?;
            let is_rtp = transport.starts_with(b"RTP/") && port != 0;
            (is_rtp && !address.is_unspecified()).then_some((address, port, what))
        });
        expected.collect()
    }
}

/// The address in `IN IP4 192.0.2.1/127`.
fn address(value: &[u8]) -> Option<IpAddr> {
    let last = value.split(|byte| *byte == b' ').nth(2)?;
    let last = last.split(|byte| *byte == b'/').next()?;
    std::str::from_utf8(last).ok()?.parse().ok()
}
