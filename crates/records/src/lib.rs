//! The records wirewatch produces, and every form they are written in.
//!
//! A record is a [`Common`] (when, where, between whom) and a [`Row`] of one kind. Both borrow
//! from the packet or the flow they tell about, so making one costs nothing; [`Columns`] copies
//! it into an Arrow batch, [`eve`], [`zeek`] and [`text`] write it as text, and a
//! [`filter::Filter`] says whether anyone asked for it.
//!
//! Everything that names a field is generated from `schema/*.toml` by `tools/gen_schema.py`.
//! Rows carry bytes from the wire; each writer here escapes them for its own form.

mod batch;
mod column;
pub mod eve;
mod field;
pub mod filter;
pub mod format;
mod generated;
pub mod json;
pub mod protocol;
pub mod stats;
pub mod text;
pub mod zeek;

pub use batch::{Columns, MAX_BATCH_BYTES, Tables};
pub use field::{FieldInfo, FieldType, Value};
pub use generated::rows::*;

/// Receives records. The engine's implementation filters them, appends them to columns and
/// writes them to the files that were asked for.
pub trait Rows {
    /// Takes one record.
    fn push(&mut self, common: &Common<'_>, row: &Row<'_>);
}
