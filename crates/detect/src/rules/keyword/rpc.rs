//! `rpc`: calls of ONC remote procedures, by what their first bytes say (RFC 5531, section 9).

use super::super::buffer::BufferId;
use super::super::check::{Check, Content, Operand};
use super::super::draft::Draft;
use super::super::number::number_up_to;
use super::super::problem::Fault;
use super::super::protocol::Transport;
use super::super::syntax::Word;
use super::Applies::Bytes;
use super::Effect::Value;
use super::{Keyword, keyword};

pub(super) const KEYWORDS: &[Keyword] = &[keyword(
    "rpc",
    Bytes,
    "The program, version and procedure of a remote call.",
    Value(rpc),
)];

/// Where the kind of message stands, and behind it the version of remote calls.
const KIND: i64 = 4;
/// Where the program's number stands; its version and procedure follow.
const PROGRAM: i64 = 12;
/// A record's length, which comes first in streams.
const MARK: i64 = 4;

/// `PROGRAM[, VERSION|*[, PROCEDURE|*]]`.
fn rpc(draft: &mut Draft<'_, '_>, value: Word<'_>) -> Result<(), Fault> {
    let transports = draft.protocol.transports;
    let start = if transports == Transport::Udp.bit() {
        0
    } else if transports == Transport::Tcp.bit() {
        MARK
    } else {
        return Err(Fault::error(value.at, "rpc goes with tcp or udp"));
    };
    let call = [[0; 4], 2_u32.to_be_bytes()].concat();
    bytes_at(draft, start + KIND, call, value)?;
    let mut place = start + PROGRAM;
    for (index, part) in value.split(',').enumerate() {
        if index > 2 {
            let message = "rpc has a program, a version and a procedure";
            return Err(Fault::error(part.at, message));
        }
        if index == 0 || part.text != "*" {
            let number = number_up_to(part, u32::MAX.into())? as u32;
            bytes_at(draft, place, number.to_be_bytes().to_vec(), part)?;
        }
        place += 4;
    }
    Ok(())
}

fn bytes_at(
    draft: &mut Draft<'_, '_>,
    place: i64,
    bytes: Vec<u8>,
    at: Word<'_>,
) -> Result<(), Fault> {
    let mut content = Content::new(bytes, false);
    let length = i64::try_from(content.length()).unwrap_or(i64::MAX);
    content.limit = Some(Operand::Number(length));
    content.skip = Operand::Number(place);
    let check = Check::Content(content);
    draft.check_of(BufferId::Payload, check, at.at).map(|_| ())
}
