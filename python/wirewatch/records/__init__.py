"""The records wirewatch produces: one row class per kind, and what is known about their fields.

Generated from `schema/*.toml`. The native engine makes batches of these columns; a row class gives
names and types to a batch's rows: `Flow._make(row)`.
"""

from wirewatch.records._generated import (
    EVENT_TYPES,
    FIELDS,
    KINDS,
    Alert,
    Anomaly,
    Arp,
    Flow,
    Notice,
    Packet,
    Record,
    Stats,
)
from wirewatch.records.field import Field

__all__ = [
    "EVENT_TYPES",
    "FIELDS",
    "KINDS",
    "Alert",
    "Anomaly",
    "Arp",
    "Field",
    "Flow",
    "Notice",
    "Packet",
    "Record",
    "Stats",
]
