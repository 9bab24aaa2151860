"""The types that fields may have, and what each is in every form."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Type:
    """How one schema type is written in each language.

    `rust` is the row's member, `push` the column method that takes it, `eve` the writer in
    json.rs, `value` the variant of `Value`, `schema` its JSON Schema.
    """

    rust: str
    column: str
    push: str
    eve: str
    value: str
    python: str
    schema: dict[str, Any]
    doc: str


def number(rust: str, bits: int) -> Type:
    return Type(
        rust,
        f"Numbers<types::UInt{bits}Type>",
        "push",
        "number",
        "Number(u64::from({}))" if bits < 64 else "Number({})",
        "int",
        {"type": "integer", "minimum": 0, "maximum": 2**bits - 1},
        f"unsigned integer of {bits} bits",
    )


def text(rust: str, push: str, eve: str, value: str, doc: str) -> Type:
    return Type(rust, "Texts", push, eve, value, "str", {"type": "string"}, doc)


HEX_DIGITS = {"type": "string", "pattern": "^[0-9a-f]{2}$"}
BASE64 = {"type": "string", "contentEncoding": "base64"}
TYPES = {
    "time": Type(
        "i64",
        "Times",
        "push",
        "time",
        "Time({})",
        "int",
        {"type": "string", "format": "date-time"},
        "microseconds since 1970 in UTC; Arrow `timestamp(us, UTC)`",
    ),
    "u8": number("u8", 8),
    "u16": number("u16", 16),
    "u32": number("u32", 32),
    "u64": number("u64", 64),
    "bool": Type(
        "bool",
        "Booleans",
        "push",
        "boolean",
        "Bool({})",
        "bool",
        {"type": "boolean"},
        "true or false",
    ),
    "bit": Type(
        "",
        "",
        "",
        "",
        "Bool({})",
        "",
        {"const": True},
        "read from another field; only in EVE, where it is left out when false, and in filters",
    ),
    "ip": text("IpAddr", "push_ip", "ip", "Ip({})", "address as text"),
    "mac": text("[u8; 6]", "push_mac", "mac", "Mac({})", "link address as text"),
    "text": text("&'a str", "push", "text", "Text({})", "text"),
    "wire": text(
        "&'a [u8]",
        "push_wire",
        "wire",
        "Bytes({})",
        "text from the wire; bytes that are not UTF-8 become `\\xNN`",
    ),
    "printable": text(
        "&'a [u8]",
        "push_printable",
        "printable",
        "Bytes({})",
        "text from the wire with a dot for every byte that does not print",
    ),
    "hex8": Type(
        "u8",
        "Texts",
        "push_hex",
        "hex",
        "Hex({})",
        "str",
        HEX_DIGITS,
        "two hexadecimal digits",
    ),
    "json": Type(
        "&'a str",
        "Texts",
        "push",
        "raw",
        "Text({})",
        "str",
        {},
        "JSON as text; part of the document in EVE",
    ),
    "binary": Type(
        "&'a [u8]",
        "Binaries",
        "push",
        "base64",
        "Bytes({})",
        "bytes",
        BASE64,
        "bytes; base64 in EVE",
    ),
    "u16s": Type(
        "&'a [u16]",
        "NumberLists",
        "push",
        "numbers",
        "Numbers({})",
        "tuple[int, ...]",
        {"type": "array", "items": {"type": "integer"}},
        "list of integers; left out of EVE when empty",
    ),
    "texts": Type(
        "&'a [&'a str]",
        "TextLists",
        "push",
        "texts",
        "Texts({})",
        "tuple[str, ...]",
        {"type": "array", "items": {"type": "string"}},
        "list of texts; left out of EVE when empty",
    ),
}
LISTS = {"u16s", "texts"}
ZEEK_WRITERS = {
    "time": "time",
    "bool": "boolean",
    "ip": "addr",
    "mac": "mac",
    "text": "text",
    "json": "text",
    "wire": "wire",
    "printable": "wire",
    "binary": "wire",
    "hex8": "hex",
    "u16s": "numbers",
    "texts": "texts",
}
