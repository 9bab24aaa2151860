"""Generate every form of the record schema from schema/*.toml.

python tools/gen_schema.py            write the generated files
python tools/gen_schema.py --check    fail if one of them is out of date

A file `schema/<kind>.toml` describes one kind of record; `schema/_common.toml` holds the
columns that all kinds start with. A field has:

    name      column name in Rust, Arrow, Python and filters
    type      one of TYPES in schema_forms/types.py
    doc       one sentence
    optional  true when a record may lack it
    sparse    true when EVE leaves out false, zero and the empty list
    eve       dotted path in EVE; `*` puts a JSON object's members at the top level
    inside    the JSON field that already contains it in EVE
    ipfix     IPFIX element, name/number
    of, mask  for type `bit`: the field and the bit it is read from; not a column of its own

A record with `in_eve = false` is written to EVE only when its kind is asked for by name: one that
only Zeek cuts so, or one of which there are too many.

The table [zeek] names the Zeek log of the kind and its columns in order. A column is written
from the fields in `from`; `as` names a conversion in crates/records/src/zeek/values.rs.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from schema_forms.python import python
from schema_forms.records import load
from schema_forms.reference import docs, json_schema
from schema_forms.rust import rust_columns, rust_rows, rust_values
from schema_forms.rust_eve import rust_eve
from schema_forms.rust_zeek import rust_zeek

ROOT = Path(__file__).resolve().parent.parent

OUTPUTS = {
    "crates/records/src/generated/rows.rs": rust_rows,
    "crates/records/src/generated/values.rs": rust_values,
    "crates/records/src/generated/columns.rs": rust_columns,
    "crates/records/src/generated/eve.rs": rust_eve,
    "crates/records/src/generated/zeek.rs": rust_zeek,
    "python/wirewatch/records/_generated.py": python,
    "docs/reference/records.md": docs,
    "docs/reference/eve.schema.json": json_schema,
}


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Generate every form of the record schema from schema/*.toml."
    )
    parser.add_argument("--check", action="store_true", help="fail if a file is out of date")
    args = parser.parse_args()
    records = load(ROOT / "schema")
    stale = []
    for name, render in OUTPUTS.items():
        path, text = ROOT / name, "\n".join(render(records)) + "\n"
        if path.exists() and path.read_text("utf-8") == text:
            continue
        stale.append(name)
        if not args.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    for name in stale:
        print(("out of date: " if args.check else "wrote ") + name)
    return int(args.check and bool(stale))


if __name__ == "__main__":
    sys.exit(main())
