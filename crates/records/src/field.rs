//! What is known about a field, and a field's value on its way to a filter.

use std::net::IpAddr;

/// One field of the schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldInfo {
    /// Column name.
    pub name: &'static str,
    /// Dotted path in EVE; `*` for a JSON object whose members are members of the line.
    pub eve: &'static str,
    /// Type in the schema.
    pub field_type: FieldType,
    /// Whether a record may lack it.
    pub optional: bool,
    /// What it means.
    pub doc: &'static str,
}

/// The schema's types.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // docs/reference/records.md says what they are
pub enum FieldType {
    Time,
    U8,
    U16,
    U32,
    U64,
    Bool,
    Bit,
    Ip,
    Mac,
    Text,
    Wire,
    Printable,
    Hex8,
    Json,
    Binary,
    U16S,
    Texts,
}

/// The value of a field in one record.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// The record lacks it.
    Absent,
    /// A number.
    Number(u64),
    /// Microseconds since 1970.
    Time(i64),
    /// True or false.
    Bool(bool),
    /// An address.
    Ip(IpAddr),
    /// A link address.
    Mac([u8; 6]),
    /// Text.
    Text(&'a str),
    /// Bytes from the wire.
    Bytes(&'a [u8]),
    /// A byte shown as two hexadecimal digits.
    Hex(u8),
    /// A list of numbers.
    Numbers(&'a [u16]),
    /// A list of texts.
    Texts(&'a [&'a str]),
}
