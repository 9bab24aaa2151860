//! The spans of a message: the whole, its header and what follows, its items, and CIP's messages in them.

use super::{CONNECTED, Enip, HEADER, Header, LIST_IDENTITY, LIST_SERVICES, MAX_ITEMS};
use super::{SEND_RR_DATA, SEND_UNIT_DATA, UNCONNECTED, cip};
use crate::application::Transaction;
use crate::protocol::Side;
use crate::sink::{Frame, Sink};
use crate::waiting::Cut;

/// Their names.
pub(super) const NAMES: &[&str] = &["pdu", "hdr", "data", "enip.item", "cip"];

const PDU: u8 = 0;
const HDR: u8 = 1;
const DATA: u8 = 2;
const ITEM: u8 = 3;
const CIP: u8 = 4;

/// A message as spans are told of it.
pub(super) struct Whole<'a> {
    pub(super) side: Side,
    pub(super) header: Header,
    /// What follows the header, when it is read.
    pub(super) body: Option<&'a [u8]>,
    /// Bytes from its first to the last one that was given.
    pub(super) rest: usize,
}

impl Enip {
    /// Tells the spans of a message to whoever asked for them.
    pub(super) fn spans(
        &self,
        whole: &Whole<'_>,
        transaction: &dyn Transaction,
        sink: &mut dyn Sink,
    ) {
        if !self.wants_spans {
            return;
        }
        let mut tell = |kind, place: usize, length| {
            let rest = whole.rest.saturating_sub(place);
            sink.frame(Frame {
                transaction: Some(transaction),
                ..Frame::new(kind, whole.side, rest, length)
            });
        };
        let length = usize::from(whole.header.length);
        tell(PDU, 0, HEADER.saturating_add(length));
        tell(HDR, 0, HEADER);
        tell(DATA, HEADER, length);
        let body = whole.body.unwrap_or_default();
        let before = match whole.header.command {
            LIST_SERVICES | LIST_IDENTITY => 0,
            // An interface and a timeout.
            SEND_RR_DATA | SEND_UNIT_DATA => 6,
            _ => return,
        };
        let place = |left: &[u8]| HEADER.saturating_add(body.len().saturating_sub(left.len()));
        let mut cut = Cut(body.get(before..).unwrap_or_default());
        let count = usize::from(cut.le16().unwrap_or_default()).min(MAX_ITEMS);
        for _ in 0..count {
            let start = place(cut.0);
            let (Some(kind), Some(length)) = (cut.le16(), cut.le16()) else {
                return;
            };
            let at = place(cut.0);
            let Some(item) = cut.take(length.into()) else {
                return;
            };
            tell(ITEM, start, place(cut.0).saturating_sub(start));
            let sequence = match kind {
                CONNECTED => 2,
                UNCONNECTED => 0,
                _ => continue,
            };
            let message = item.get(sequence..).unwrap_or_default();
            let at = at.saturating_add(sequence);
            tell(CIP, at, message.len());
            cip::each_inner(message, |start, length| {
                tell(CIP, at.saturating_add(start), length);
            });
        }
    }
}
