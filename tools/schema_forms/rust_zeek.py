"""Rust: records as lines of Zeek logs."""

from __future__ import annotations

from collections.abc import Iterator

from schema_forms.records import NOTE, Record, ZeekColumn
from schema_forms.types import ZEEK_WRITERS


def rust_zeek(records: list[Record]) -> Iterator[str]:
    logged = [r for r in records if r.log]
    yield f"//! Zeek logs, column by column. {NOTE}\n"
    yield (
        "use crate::generated::rows::{"
        + ", ".join(sorted(["Common", "Kind", "Row", *(f"{r.title}Row" for r in logged)]))
        + "};"
    )
    yield "use crate::zeek::values::{Cells, Value};"
    yield "use crate::zeek::{Log, values};"
    yield "\n/// The logs, in the order of their kinds."
    yield f"pub(crate) static LOGS: [Log; {len(logged)}] = ["
    for r in logged:
        yield f'    Log {{\n        name: "{r.log}",\n        kind: Kind::{r.title},'
        names = ", ".join(f'"{c.name}"' for c in r.columns)
        kinds = ", ".join(f'"{c.type}"' for c in r.columns)
        yield f"        columns: &[{names}],\n        types: &[{kinds}],\n    }},"
    yield "];"
    yield "\n/// Puts a record's columns into a line; none when its kind has no log."
    yield "pub(crate) fn line(common: &Common<'_>, row: &Row<'_>, cells: &mut impl Cells) {"
    yield "    match row {"
    yield from (f"        Row::{r.title}(row) => {r.log}(common, row, cells)," for r in logged)
    yield "        _ => {}\n    }\n}"
    for r in logged:
        row = r.rust_row("'_")
        yield f"\nfn {r.log}(common: &Common<'_>, row: &{row}, cells: &mut impl Cells) {{"
        for column in r.columns:
            yield f"    cells.put({rust_zeek_value(r, column)});"
        yield "}"


def rust_zeek_value(record: Record, column: ZeekColumn) -> str:
    fields = [record.find(name) for name in column.sources]
    if column.convert:
        arguments = ", ".join(f.access for f in fields)
        return f"values::{column.convert}({arguments})"
    if not fields:
        return "Value::Unset"
    (f,) = fields
    is_number = f.type in {"u8", "u16", "u32", "u64"}
    narrow = is_number and f.type != "u64"
    writer = "count" if is_number else ZEEK_WRITERS[f.type]
    if f.optional:
        widened = ".map(u64::from)" if narrow else ""
        return f"values::optional({f.access}{widened}, values::{writer})"
    argument = f"u64::from({f.access})" if narrow else f.access
    return f"values::{writer}({argument})"


# --- Python, documentation, JSON Schema -------------------------------------------------
