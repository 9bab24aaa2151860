"""Rust: rows, their values and their Arrow columns."""

from __future__ import annotations

import json
from collections.abc import Iterator

from schema_forms.records import NOTE, Field, Record
from schema_forms.types import TYPES


def rust_rows(records: list[Record]) -> Iterator[str]:
    yield f"//! Row types, one per kind of record. {NOTE}\n"
    yield "use std::net::IpAddr;\n"
    yield "use crate::field::{FieldInfo, FieldType};"
    yield "\n/// What every record starts with: when, where and between whom."
    yield from rust_struct("Common<'a>", records[0].common)
    for r in records:
        yield f"\n/// {r.doc}\n///\n/// {r.emitted}"
        yield from rust_struct(r.rust_row("'a"), r.own)
    row_of = {r.name: r.rust_row("'a") for r in records}
    yield "\n/// A record of any kind."
    yield "#[derive(Debug, Clone, Copy, PartialEq)]"
    yield "#[allow(clippy::large_enum_variant)] // rows live on the stack and are passed by reference"
    yield "pub enum Row<'a> {"
    for r in records:
        yield f"    /// {r.doc}\n    {r.title}({row_of[r.name]}),"
    yield "}"
    for r in records:
        yield f"\nimpl<'a> From<{row_of[r.name]}> for Row<'a> {{"
        yield f"    fn from(row: {row_of[r.name]}) -> Self {{\n        Self::{r.title}(row)\n    }}\n}}"
    yield from rust_kind(records)


def rust_struct(name: str, fields: tuple[Field, ...]) -> Iterator[str]:
    yield "#[derive(Debug, Clone, Copy, PartialEq, Default)]"
    yield f"pub struct {name} {{"
    for f in fields:
        if f.stored:
            yield f"    /// {f.doc}\n    pub {f.name}: {f.rust},"
    yield "}"


def rust_kind(records: list[Record]) -> Iterator[str]:
    yield "\n/// The kinds of records."
    yield "#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]"
    yield "pub enum Kind {"
    yield from (f"    /// {r.doc}\n    {r.title}," for r in records)
    yield "}\n\nimpl Kind {"
    yield "    /// Every kind."
    yield f"    pub const ALL: [Self; {len(records)}] = ["
    yield from (f"        Self::{r.title}," for r in records)
    yield "    ];"
    for method, doc, result in (
        ("name", "The kind's name, such as `flow`.", "name"),
        ("event_type", "EVE's `event_type` of the kind.", "event_type"),
    ):
        yield f"\n    /// {doc}\n    #[allow(clippy::match_same_arms)] // forms of one event share its type"
        yield f"    pub const fn {method}(self) -> &'static str {{"
        yield "        match self {"
        yield from (f'            Self::{r.title} => "{getattr(r, result)}",' for r in records)
        yield "        }\n    }"
    yield "\n    /// Whether EVE has the kind unless others are asked for."
    yield "    pub const fn in_eve(self) -> bool {\n        matches!(\n            self,"
    yield "            " + " | ".join(f"Self::{r.title}" for r in records if r.in_eve)
    yield "        )\n    }"
    yield "\n    /// The kind's own fields, without the common ones."
    yield "    pub const fn fields(self) -> &'static [FieldInfo] {\n        match self {"
    yield from (f"            Self::{r.title} => &{r.name.upper()}_FIELDS," for r in records)
    yield "        }\n    }\n}"
    yield "\nimpl Row<'_> {\n    /// What kind of record this is."
    yield "    pub const fn kind(&self) -> Kind {\n        match self {"
    yield from (f"            Self::{r.title}(_) => Kind::{r.title}," for r in records)
    yield "        }\n    }\n}"
    yield from rust_fields("COMMON", "Fields that every record starts with.", records[0].common)
    for r in records:
        yield from rust_fields(r.name.upper(), f"Fields of `{r.name}`.", r.own)


def rust_fields(name: str, doc: str, fields: tuple[Field, ...]) -> Iterator[str]:
    visible = "pub" if name == "COMMON" else ""
    yield f"\n/// {doc}\n{visible} static {name}_FIELDS: [FieldInfo; {len(fields)}] = ["
    for f in fields:
        yield "    FieldInfo {"
        yield f'        name: "{f.name}",\n        eve: "{f.eve}",'
        yield f"        field_type: FieldType::{f.type.title()},\n        optional: {str(f.optional).lower()},"
        yield f"        doc: {json.dumps(f.doc)},\n    }},"
    yield "];"


def rust_values(records: list[Record]) -> Iterator[str]:
    yield f"//! Fields by their number, for filters. {NOTE}\n"
    yield "use crate::field::Value;"
    yield "use crate::generated::rows::{Common, Row};"
    yield "\nimpl<'a> Common<'a> {"
    yield "    /// The field at a position of [`COMMON_FIELDS`](crate::COMMON_FIELDS)."
    yield "    pub fn value(&self, index: usize) -> Value<'a> {\n        let common = self;"
    yield from rust_value_match(records[0].common, "        ")
    yield "    }\n}\n\nimpl<'a> Row<'a> {"
    yield "    /// The field at a position of the kind's [`fields`](crate::Kind::fields)."
    yield "    #[allow(clippy::too_many_lines)]"
    yield "    pub fn value(&self, index: usize) -> Value<'a> {\n        match self {"
    for r in records:
        yield f"            Self::{r.title}(row) => {{"
        yield from rust_value_match(r.own, "                ")
        yield "            }"
    yield "        }\n    }\n}"


def rust_value_match(fields: tuple[Field, ...], indent: str) -> Iterator[str]:
    by_name = {f.name: f for f in fields}
    yield f"{indent}match index {{"
    for index, f in enumerate(fields):
        variant, access = TYPES[f.type].value, f.access
        if f.type == "bit":
            flags = by_name[f.of].access
            expression = (
                f"{flags}.map_or(Value::Absent, |flags| Value::Bool(flags & {f.mask:#04x} != 0))"
            )
        elif f.optional:
            inner = "Value::" + variant.format("value")
            expression = f"{access}.map_or(Value::Absent, |value| {inner})"
            if variant.endswith("({})"):
                expression = (
                    f"{access}.map_or(Value::Absent, Value::{variant.removesuffix('({})')})"
                )
        else:
            expression = "Value::" + variant.format(access)
        yield f"{indent}    {index} => {expression},"
    yield f"{indent}    _ => Value::Absent,\n{indent}}}"


# --- Rust: Arrow columns ----------------------------------------------------------------


def rust_columns(records: list[Record]) -> Iterator[str]:
    common = [f for f in records[0].common if f.stored]
    yield f"//! Column builders, one set per kind of record. {NOTE}\n"
    yield "use arrow_array::{ArrayRef, types};"
    yield "use arrow_schema::Field;\n"
    yield "use crate::column::{Binaries, Booleans, NumberLists, Numbers, TextLists, Texts, Times};"
    yield f"use crate::generated::rows::{{{', '.join(sorted(['Common', 'Row', 'Kind', *(r.title + 'Row' for r in records)]))}}};"
    yield from rust_column_set("CommonColumns", "Common", common)
    for r in records:
        own = [f for f in r.own if f.stored]
        yield from rust_column_set(f"{r.title}Columns", r.rust_row("'_"), own)
    yield "\n/// The own columns of one kind."
    yield "#[derive(Debug)]"
    yield "#[allow(clippy::large_enum_variant)] // one per kind and worker"
    yield "pub(crate) enum KindColumns {"
    yield from (f"    {r.title}({r.title}Columns)," for r in records)
    yield "}\n\nimpl KindColumns {"
    yield "    pub(crate) fn new(kind: Kind, rows: usize) -> Self {\n        match kind {"
    for r in records:
        yield f"            Kind::{r.title} => Self::{r.title}({r.title}Columns::new(rows)),"
    yield "        }\n    }\n"
    yield "    /// Appends a row of the same kind; false when it is of another."
    yield "    pub(crate) fn append(&mut self, at: usize, row: &Row<'_>) -> bool {"
    yield "        match (self, row) {"
    for r in records:
        yield f"            (Self::{r.title}(columns), Row::{r.title}(row)) => columns.append(at, row),"
    yield "            _ => return false,\n        }\n        true\n    }\n"
    for method, arguments, result in (
        ("take", ", rows: usize, into: &mut Vec<ArrayRef>", ""),
        ("fields", ", into: &mut Vec<Field>", ""),
        ("text_bytes", "", " -> usize"),
    ):
        mutable = "&mut self" if method == "take" else "&self"
        call = ", ".join(part.split(":")[0] for part in arguments.split(", ")[1:])
        yield f"    pub(crate) fn {method}({mutable}{arguments}){result} {{\n        match self {{"
        yield from (
            f"            Self::{r.title}(columns) => columns.{method}({call})," for r in records
        )
        yield "        }\n    }\n"
    yield "}"


def rust_column_set(name: str, row: str, fields: list[Field]) -> Iterator[str]:
    row = "Common<'_>" if row == "Common" else row
    yield f"\n/// Columns of `{row}`.\n#[derive(Debug)]\npub(crate) struct {name} {{"
    yield from (f"    {f.name}: {TYPES[f.type].column}," for f in fields)
    yield f"}}\n\nimpl {name} {{"
    yield "    pub(crate) fn new(rows: usize) -> Self {\n        Self {"
    for f in fields:
        column = TYPES[f.type].column.replace("<", "::<")
        yield f"            {f.name}: {column}::new(rows),"
    yield "        }\n    }\n"
    yield f"    #[inline]\n    pub(crate) fn append(&mut self, at: usize, row: &{row}) {{"
    for f in fields:
        push = TYPES[f.type].push + ("_option" if f.optional else "")
        yield f"        self.{f.name}.{push}(at, row.{f.name});"
    yield "    }\n"
    yield "    pub(crate) fn take(&mut self, rows: usize, into: &mut Vec<ArrayRef>) {"
    yield from (
        f"        into.push(self.{f.name}.take(rows, {str(f.optional).lower()}));" for f in fields
    )
    yield "    }\n"
    yield "    pub(crate) fn fields(&self, into: &mut Vec<Field>) {"
    for f in fields:
        yield f'        into.push(self.{f.name}.field("{f.name}", {str(f.optional).lower()}));'
    yield "    }\n"
    heavy = [f for f in fields if TYPES[f.type].column in {"Texts", "Binaries", "TextLists"}]
    yield "    pub(crate) fn text_bytes(&self) -> usize {"
    yield "        " + (" + ".join(f"self.{f.name}.bytes()" for f in heavy) or "0")
    yield "    }\n}"


# --- Rust: EVE and Zeek -----------------------------------------------------------------
