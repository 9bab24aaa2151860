"""Python: records as typed structures."""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator

from schema_forms.records import NOTE, Field, Record


def python(records: list[Record]) -> Iterator[str]:
    yield f'"""Row classes and field tables. {NOTE}"""\n\n# fmt: off'
    # Without `from __future__ import annotations`: NamedTuple compiles annotations that are
    # texts one by one, which doubles the time of the import.
    yield "from typing import NamedTuple\n"
    yield "from wirewatch.records.field import Field"
    for r in records:
        yield f'\n\nclass {r.title}(NamedTuple):\n    """{r.doc}\n\n    {r.emitted}\n    """\n'
        for f in r.stored:
            # As usual where a word means something to Python: `from_`.
            name = f"{f.name}_" if keyword.iskeyword(f.name) else f.name
            yield f'    {name}: {f.python}\n    """{f.doc}"""'
    names = " | ".join(r.title for r in records)
    yield f'\n\nRecord = {names}\n"""A record of any kind."""'
    yield "\nKINDS: dict[str, type[Record]] = {"
    yield from (f'    "{r.name}": {r.title},' for r in records)
    yield '}\n"""The row class of each kind; its fields are the columns of the kind\'s batches, in order."""'
    yield "\nEVENT_TYPES: dict[str, str] = {"
    yield from (f'    "{r.name}": "{r.event_type}",' for r in records)
    yield '}\n"""EVE\'s `event_type` of each kind."""'
    yield "\n_COMMON: dict[str, Field] = {"
    yield from (python_field(f, "    ") for f in records[0].common)
    yield "}\n\nFIELDS: dict[str, dict[str, Field]] = {"
    for r in records:
        yield f'    "{r.name}": {{\n        **_COMMON,'
        yield from (python_field(f, "        ") for f in r.own if f.stored)
        yield "    },"
    yield '}\n"""What is known about each field, by kind and name."""'


def python_field(f: Field, indent: str) -> str:
    arguments = ", ".join(json.dumps(text) for text in (f.type, f.doc, f.eve))
    optional = ", optional=True" if f.optional else ""
    return f'{indent}"{f.name}": Field({arguments}{optional}),'
