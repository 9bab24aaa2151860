//! Filters as the kernel must have them.
//!
//! The kernel takes the outer VLAN tag out before a filter sees the packet, and
//! shows cooked sockets the packet without any link header.

use super::layout::{SLL2_LENGTH, link};
use super::lower::ANCILLARY;
use super::machine::code;
use super::{Filter, Instruction, own_program, pass};
use crate::Error;

/// Where a filter of a live capture runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Placed {
    /// What is attached to the socket.
    pub program: Vec<Instruction>,
    /// What has to be done here because the kernel cannot.
    pub here: Option<Filter>,
}

/// Drops everything: attached until a socket is ready, so that nothing unfiltered gets in.
pub(crate) const HOLD: [Instruction; 1] = [Instruction::plain(code::RET | code::K, 0)];

/// Compiles an expression for a socket of this link type.
pub(crate) fn place(expression: &str, link: u16, snap: u32) -> Result<Placed, Error> {
    let program = if mentions_vlan(expression) {
        own_program(expression, link, snap, true).ok()
    } else {
        Some(Filter::compile(expression, link, snap)?.program)
    };
    let attachable = match program {
        Some(program) if link == link::LINUX_SLL2 => without_header(program),
        program => program,
    };
    Ok(match attachable {
        Some(program) => Placed {
            program,
            here: None,
        },
        None => Placed {
            program: vec![pass(snap)],
            here: Some(Filter::compile(expression, link, snap)?),
        },
    })
}

fn mentions_vlan(expression: &str) -> bool {
    expression
        .split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| word == "vlan")
}

/// A program for packets with a Linux cooked header, for packets without it.
fn without_header(program: Vec<Instruction>) -> Option<Vec<Instruction>> {
    program.into_iter().map(moved).collect()
}

fn moved(instruction: Instruction) -> Option<Instruction> {
    const HEADER: u32 = SLL2_LENGTH as u32;
    let Instruction { code, k, .. } = instruction;
    let k = match (code & 0x07, code & 0xe0) {
        (code::LD | code::LDX, code::LEN) => None,
        (code::LD, code::ABS) if k >= ANCILLARY => Some(k),
        (code::LD, code::ABS) if k == 0 && code & 0x18 == code::H => Some(ANCILLARY),
        (code::LD, code::ABS | code::IND) | (code::LDX, code::MSH) => k.checked_sub(HEADER),
        _ => Some(k),
    };
    k.map(|k| Instruction { k, ..instruction })
}
