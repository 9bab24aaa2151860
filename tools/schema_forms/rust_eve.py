"""Rust: records as EVE JSON."""

from __future__ import annotations

from collections.abc import Iterator

from schema_forms.records import NOTE, Field, Record, Tree, tree
from schema_forms.types import LISTS, TYPES


def rust_eve(records: list[Record]) -> Iterator[str]:
    split = next(i for i, f in enumerate(records[0].common) if f.name == "vlan")
    yield f"//! EVE lines, member by member. {NOTE}\n"
    yield "use crate::generated::rows::{"
    yield "    Common, Row, " + ", ".join(sorted(f"{r.title}Row" for r in records)) + ","
    yield "};\nuse crate::json;"
    yield "\n/// Appends the members of a record; each ends with a comma."
    yield "pub(crate) fn members(common: &Common<'_>, row: &Row<'_>, out: &mut Vec<u8>) {"
    yield "    head(common, out);\n    match row {"
    for r in records:
        yield f"        Row::{r.title}(row) => {{"
        yield f'            out.extend_from_slice(b"\\"event_type\\":\\"{r.event_type}\\",");'
        yield "            context(common, out);"
        if is_plain(r):
            yield f"            {r.name}(row, out);"
        if is_extended(r):
            yield f"            {r.name}_extension(row, out);"
        yield "        }"
    yield "    }\n}"
    yield "\n/// Appends only the members that the kind itself has, as they stand within alerts and files."
    yield "pub(crate) fn own(row: &Row<'_>, out: &mut Vec<u8>) {\n    match row {"
    for r in records:
        call = f"(row) => {r.name}(row, out)" if is_plain(r) else "(_) => {}"
        yield f"        Row::{r.title}{call},"
    yield "    }\n}"
    yield from rust_eve_function("head", "common: &Common<'_>", records[0].common[:split])
    yield from rust_eve_function("context", "common: &Common<'_>", records[0].common[split:])
    for r in records:
        row = "row: &" + r.rust_row("'_")
        if is_plain(r):
            yield from rust_eve_function(r.name, row, tuple(f for f in r.own if not extends(f)))
        if is_extended(r):
            yield from rust_eve_function(f"{r.name}_extension", row, tuple(filter(extends, r.own)))


def extends(f: Field) -> bool:
    """Whether the field is left out where the record is told within another: that has its own."""
    return f.eve == "tx_id" or f.eve.startswith("wirewatch.")


def is_plain(r: Record) -> bool:
    return any(not extends(f) and not f.inside for f in r.own)


def is_extended(r: Record) -> bool:
    return any(extends(f) and not f.inside for f in r.own)


def rust_eve_function(name: str, row: str, fields: tuple[Field, ...]) -> Iterator[str]:
    yield f"\n#[allow(clippy::too_many_lines)]\nfn {name}({row}, out: &mut Vec<u8>) {{"
    written = [f for f in fields if not f.inside]
    yield from rust_eve_members(tree(written), fields, "    ", 0)
    yield "}"


def rust_eve_members(
    node: Tree, fields: tuple[Field, ...], indent: str, depth: int
) -> Iterator[str]:
    by_name = {f.name: f for f in fields}
    for key, below in node.items():
        if isinstance(below, dict):
            yield f'{indent}let mark{depth} = json::open(out, b"\\"{key}\\":{{");'
            yield from rust_eve_members(below, fields, indent, depth + 1)
            yield f"{indent}json::close(out, mark{depth});"
        else:
            yield from rust_eve_member(key, below, by_name, indent)


def rust_eve_member(key: str, f: Field, by_name: dict[str, Field], indent: str) -> Iterator[str]:
    literal = f'b"\\"{key}\\":"'
    writer = "plain" if f.plain else TYPES[f.type].eve
    if f.type == "bit":
        flags = by_name[f.of].access
        yield f"{indent}if {flags}.is_some_and(|flags| flags & {f.mask:#04x} != 0) {{"
        yield f"{indent}    json::boolean(out, {literal}, true);\n{indent}}}"
        return
    name = "value" if f.optional else f.access
    call = f"json::{writer}(out, {literal}, {name});"
    if key == "*":
        call = f"json::splice(out, {name});"
    if f.optional:
        yield f"{indent}if let Some(value) = {f.access} {{\n{indent}    {call}\n{indent}}}"
    elif f.sparse and f.type not in LISTS:
        test = f.access if f.type == "bool" else f"{f.access} != 0"
        yield f"{indent}if {test} {{\n{indent}    {call}\n{indent}}}"
    else:
        yield indent + call
