//! EVE JSON: one line per record, named and nested as Suricata 8 does.
//!
//! IPv6 addresses are written in full, as Suricata writes them. Own fields are below
//! `wirewatch`.

use crate::generated::eve::{members, own};
use crate::{Common, Row};

/// Appends one line with its line break.
pub fn write(common: &Common<'_>, row: &Row<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    members(common, row, out);
    out.pop();
    out.extend_from_slice(b"}\n");
}

/// Appends an object of the members that the record's own kind has: what alerts and files tell of
/// their transaction.
pub fn own_members(row: &Row<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    own(row, out);
    if out.last() == Some(&b',') {
        out.pop();
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests;
