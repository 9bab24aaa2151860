//! Capture filters: tcpdump's expressions as programs of classic BPF.
//!
//! With libpcap on the machine its compiler is used, so that a filter means what
//! it means to tcpdump. Without it the project's own compiler does the common
//! subset: addresses, networks, ports, protocols, `vlan`, `less`, `greater`,
//! bytes of headers, `and`, `or`, `not`. Both give the same verdicts.
//!
//! A program runs in the kernel for live capture, and in a small checked machine
//! of this crate for files.
//!
//! One difference is the kernel's: it takes the outer VLAN tag out of a packet
//! before a filter sees it. In live capture `ip` therefore also passes tagged IP
//! packets (as with tcpdump), and `vlan` looks at the tag beside the packet.

mod emit;
mod filtered;
pub(crate) mod layout;
mod lower;
mod machine;
mod names;
mod parse;
mod tree;
mod words;

#[cfg(any(target_os = "linux", test))]
pub(crate) mod kernel;
#[cfg(test)]
mod tests;

pub use filtered::{Filtered, filtered};

use crate::Error;
use emit::Program;
use layout::Layout;
use layout::link::{ETHERNET, LINUX_SLL2, RAW};
use lower::{FirstTag, Lowering};
use tree::Expression;

/// One instruction of classic BPF, laid out as the kernel's `struct sock_filter`.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    /// Operation, with its size and mode.
    pub code: u16,
    /// Instructions to pass over if a condition holds.
    pub jt: u8,
    /// Instructions to pass over if it does not.
    pub jf: u8,
    /// Operand: a constant, an offset or the length of a jump.
    pub k: u32,
}

impl Instruction {
    pub(crate) const fn plain(code: u16, k: u32) -> Self {
        Self {
            code,
            jt: 0,
            jf: 0,
            k,
        }
    }
}

/// A compiled capture filter for one link type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    program: Vec<Instruction>,
}

impl Filter {
    /// Compiles an expression for a link type (a LINKTYPE_ number); packets that pass keep `snap` bytes.
    ///
    /// An empty expression passes everything. libpcap compiles if it is there and
    /// knows the expression, otherwise the project's own compiler does.
    ///
    /// # Errors
    /// [`Error::Unusable`], with the column and what was expected there.
    pub fn compile(expression: &str, link: u16, snap: u32) -> Result<Self, Error> {
        if let Some(library) = crate::libpcap::library()
            && let Ok(program) = library.compile(expression, link, snap)
            && machine::check(&program).is_ok()
        {
            return Ok(Self { program });
        }
        Self::compile_own(expression, link, snap)
    }

    /// Compiles with the project's own compiler, whether libpcap is there or not.
    ///
    /// # Errors
    /// [`Error::Unusable`], with the column and what was expected there.
    pub fn compile_own(expression: &str, link: u16, snap: u32) -> Result<Self, Error> {
        own_program(expression, link, snap, false).map(|program| Self { program })
    }

    /// Whether a packet passes. `wire_length` is what `len` means.
    pub fn matches(&self, bytes: &[u8], wire_length: u32) -> bool {
        machine::run(&self.program, bytes, wire_length) != 0
    }

    /// The instructions, for `SO_ATTACH_FILTER`.
    pub fn program(&self) -> &[Instruction] {
        &self.program
    }
}

/// Says whether an expression can be read at all, on some link type.
///
/// What the own compiler cannot read is tried on few: libpcap may look up names in it, which takes long.
pub(crate) fn readable(expression: &str) -> Result<(), Error> {
    const IEEE_802_11: u16 = 105;
    let link_types: &[u16] = if parse::parse(expression).is_ok() {
        &[ETHERNET, RAW, LINUX_SLL2]
    } else {
        &[ETHERNET, IEEE_802_11]
    };
    let mut first = None;
    for link in link_types {
        match Filter::compile(expression, *link, crate::SNAP_LIMIT) {
            Ok(_) => return Ok(()),
            Err(error) => first = first.or(Some(error)),
        }
    }
    first.map_or(Ok(()), Err)
}

fn own_program(
    expression: &str,
    link: u16,
    snap: u32,
    tag_beside: bool,
) -> Result<Vec<Instruction>, Error> {
    let unusable = |reason: String| Error::Unusable {
        what: format!("filter `{}`", shortened(expression)),
        reason,
    };
    let tree = parse::parse(expression)
        .map_err(|fault| unusable(format!("column {}: {}", fault.column, fault.reason)))?;
    let Some(layout) = Layout::of(link) else {
        return Err(unusable(format!(
            "filters on link type {link} need libpcap; {}",
            crate::libpcap::INSTALL
        )));
    };
    let Some(tree) = tree else {
        return Ok(vec![pass(snap)]);
    };
    let program = write_program(&tree, layout, snap, tag_beside).map_err(unusable)?;
    machine::check(&program).map_err(|reason| unusable(reason.to_owned()))?;
    Ok(program)
}

/// The program of an expression; with `tag_beside`, one for packets whose tag the kernel took out and one for the others.
fn write_program(
    tree: &Expression,
    layout: Layout,
    snap: u32,
    tag_beside: bool,
) -> Result<Vec<Instruction>, String> {
    let mut program = Program::default();
    let (accept, reject) = (program.label(), program.label());
    let lower = |first_tag| Lowering { layout, first_tag }.expression(tree);
    if tag_beside {
        let (beside, in_bytes) = (program.label(), program.label());
        let present = lower::Check::equal(lower::TAG_PRESENT, 0);
        program.check(&present, in_bytes, beside);
        program.mark(beside);
        program.check(&lower(FirstTag::BesidePacket)?, accept, reject);
        program.mark(in_bytes);
    }
    program.check(&lower(FirstTag::InBytes)?, accept, reject);
    program.mark(accept);
    program.give(snap.max(1));
    program.mark(reject);
    program.give(0);
    program.finish().map_err(str::to_owned)
}

fn pass(snap: u32) -> Instruction {
    Instruction::plain(machine::code::RET | machine::code::K, snap.max(1))
}

/// An expression for a message: whole unless it is very long.
fn shortened(expression: &str) -> String {
    const SHOWN: usize = 200;
    match expression.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}...", expression.get(..end).unwrap_or_default()),
        None => expression.to_owned(),
    }
}
