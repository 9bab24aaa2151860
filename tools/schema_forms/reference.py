"""The reference page and the JSON schema of EVE."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from schema_forms.records import NOTE, Field, Record, Tree, tree
from schema_forms.types import TYPES


def docs(records: list[Record]) -> Iterator[str]:
    yield f"<!-- {NOTE} -->\n\n# Records\n"
    yield "Every record starts with the [common columns](#common-columns), followed by those of its kind."
    yield "A `?` marks what a record may lack. Filters (`--where`) take a field's name or its EVE path.\n"
    yield "| kind | EVE event type | Zeek log | what |\n|---|---|---|---|"
    for r in records:
        log = f"`{r.log}.log`" if r.log else ""
        yield f"| [`{r.name}`](#{r.name}) | `{r.event_type}` | {log} | {r.doc} |"
    yield "\n## Types\n\n| type | meaning |\n|---|---|"
    used = {f.type for r in records for f in r.fields}
    yield from (f"| {name} | {t.doc} |" for name, t in TYPES.items() if name in used)
    yield "\n## Common columns\n"
    yield from docs_table(records[0].common)
    for r in records:
        yield f"\n## {r.name}\n\n{r.doc} {r.emitted}\n"
        yield from docs_table(r.own)
        if r.log:
            yield f"\nIn Zeek's `{r.log}.log`:\n\n| column | type | from |\n|---|---|---|"
            for c in r.columns:
                sources = ", ".join(f"`{s}`" for s in c.sources) or "always unset"
                sources = "always `F`" if c.convert == "no" else sources
                yield f"| `{c.name}` | {c.type} | {sources} |"


def docs_table(fields: tuple[Field, ...]) -> Iterator[str]:
    yield "| field | type | EVE | IPFIX | meaning |\n|---|---|---|---|---|"
    for f in fields:
        kind = f.type + ("?" if f.optional else "")
        path = "members of the line" if f.eve == "*" else f"`{f.eve}`"
        yield f"| `{f.name}` | {kind} | {path} | {f.ipfix} | {f.doc} |"


def json_schema(records: list[Record]) -> Iterator[str]:
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": NOTE,
        "title": "EVE line",
        "description": "One line of wirewatch's EVE output.",
        "type": "object",
        "oneOf": [{"$ref": f"#/$defs/{r.name}"} for r in records],
        "$defs": {r.name: json_schema_record(r) for r in records},
    }
    yield json.dumps(document, indent=2)


def json_schema_record(record: Record) -> dict[str, Any]:
    written = [f for f in record.fields if f.eve != "*" and not f.inside]
    document = json_schema_object(tree(written))
    document["properties"]["event_type"] = {"const": record.event_type}
    document["required"].append("event_type")
    return {"description": record.doc, **document}


def json_schema_object(node: Tree) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for key, below in node.items():
        if isinstance(below, dict):
            properties[key] = json_schema_object(below)
            if properties[key]["required"]:
                required.append(key)
            continue
        properties[key] = {**TYPES[below.type].schema, "description": below.doc}
        if below.always:
            required.append(key)
    return {"type": "object", "properties": properties, "required": required}
