//! What `tools/gen_schema.py` writes. rustfmt leaves it as it is, so that it can be compared.

// The schema decides how many fields a kind has, what they are called and which are used.
#![allow(
    unused_variables,
    clippy::elidable_lifetime_names,
    clippy::struct_field_names,
    clippy::too_many_lines,
    clippy::trivially_copy_pass_by_ref,
    clippy::unused_self
)]

#[rustfmt::skip]
pub(crate) mod columns;
#[rustfmt::skip]
pub(crate) mod eve;
#[rustfmt::skip]
pub(crate) mod rows;
#[rustfmt::skip]
pub(crate) mod values;
#[rustfmt::skip]
pub(crate) mod zeek;
