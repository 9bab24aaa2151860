//! What `tools/gen_schema.py` writes. rustfmt leaves it as it is, so that it can be compared.

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
