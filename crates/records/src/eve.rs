//! EVE JSON: one line per record, named and nested as Suricata 8 does.
//!
//! IPv6 addresses are written in full, as Suricata writes them. Own fields are below
//! `wirewatch`.

use crate::generated::eve::members;
use crate::{Common, Row};

/// Appends one line with its line break.
pub fn write(common: &Common<'_>, row: &Row<'_>, out: &mut Vec<u8>) {
    out.push(b'{');
    members(common, row, out);
    out.pop();
    out.extend_from_slice(b"}\n");
}

#[cfg(test)]
mod tests;
