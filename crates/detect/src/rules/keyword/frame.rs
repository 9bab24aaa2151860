//! `frame`: a span of a protocol's bytes that its parser names.

use super::super::buffer::BufferId;
use super::super::draft::Draft;
use super::super::frame;
use super::super::problem::Fault;
use super::super::syntax::Word;
use super::Applies::Buffer;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[keyword(
    "frame",
    Buffer,
    "A span of the protocol's bytes that its parser names, such as `http1.request` or `dns.pdu`; `stream` is all that a side sends.",
    Value(frame),
)];

/// `frame:PROTOCOL.NAME` or `frame:NAME`.
fn frame(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let places = frame::places(&draft.context.fields, draft.protocol.app, value)?;
    if draft.frames.as_ref().is_some_and(|known| *known != places) {
        let message = "a rule about several kinds of frames is not there yet";
        return Err(Fault::unsupported(value.at, message));
    }
    draft.frames = Some(places);
    draft.look_at(BufferId::Frame);
    Ok(())
}
