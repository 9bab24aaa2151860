"""Every flag of every command, in one place: what it is called, what it sets, what it says.

A flag that sets a setting names its key; the settings' own definitions check the value.
"""

from __future__ import annotations

from enum import Enum

import msgspec


class Takes(Enum):
    """What follows a flag."""

    NOTHING = "nothing"
    VALUE = "value"
    VALUES = "values"
    """One value each time; the flag may be repeated."""
    MAYBE = "maybe"
    """A number, or nothing."""


class Flag(msgspec.Struct, frozen=True):
    """One flag."""

    names: tuple[str, ...]
    doc: str
    key: str | None = None
    """The setting it sets; `None` when it is about the command itself."""
    takes: Takes = Takes.NOTHING
    metavar: str = ""
    value: str = "yes"
    """What the setting becomes when the flag takes nothing, or when its value is left out."""

    @property
    def attribute(self) -> str:
        """Its name among parsed arguments."""
        return self.names[-1].lstrip("-").replace("-", "_")


class Group(msgspec.Struct, frozen=True):
    """Flags that belong together in the help."""

    title: str
    flags: tuple[Flag, ...]


DEFAULT_PAYLOAD = "256"
"""Bytes of payload shown when `--payload` names no number: enough to recognise what it is."""

INTERFACES = Flag(
    ("-i", "--interface"),
    "interface to listen on, `any` for all; may be repeated",
    "capture.interfaces",
    Takes.VALUES,
    "IF",
)
FILTER = Flag(
    ("-f", "--filter"),
    "capture filter as in tcpdump, such as 'tcp port 443'",
    "capture.filter",
    Takes.VALUE,
    "BPF",
)
WHERE = Flag(
    ("--where",),
    "only records that meet a condition on their fields",
    "records.where",
    Takes.VALUE,
    "EXPR",
)
RULES = Flag(
    ("--rules",),
    "rules in Suricata's language; may be repeated",
    "detect.rules",
    Takes.VALUES,
    "FILE|DIR",
)
INTEL = Flag(
    ("--intel",),
    "bad addresses, networks and names; may be repeated",
    "detect.intel",
    Takes.VALUES,
    "FILE",
)
NO_DETECT = Flag(("--no-detect",), "look for nothing, only record", "detect.enabled", value="no")
EVE = Flag(
    ("--eve",), "write EVE JSON lines; - is standard output", "eve.files", Takes.VALUES, "FILE"
)
ZEEK = Flag(("--zeek",), "write Zeek logs", "zeek.folder", Takes.VALUE, "DIR")
WRITE = Flag(
    ("--write",),
    "write packets as pcapng, with alerts as comments",
    "write.file",
    Takes.VALUE,
    "FILE",
)
JSON = Flag(("--json",), "EVE JSON lines instead of readable ones", "terminal.json")
SHOW = Flag(
    ("--show",),
    "packets, flows, events, alerts, anomalies or none; several with commas",
    "terminal.show",
    Takes.VALUES,
    "WHAT",
)
PAYLOAD = Flag(
    ("--payload",),
    f"show N bytes of payload as safe text ({DEFAULT_PAYLOAD} without N)",
    "terminal.payload",
    Takes.MAYBE,
    "N",
    DEFAULT_PAYLOAD,
)
HEX = Flag(("--hex",), "show payload as a hexadecimal dump", "terminal.hex")
UTC = Flag(("--utc",), "show times in UTC", "terminal.utc")
COLOUR = Flag(
    ("--color", "--colour"), "auto, always or never", "terminal.colour", Takes.VALUE, "WHEN"
)
QUIET = Flag(("-q", "--quiet"), "no summary, progress or notices", "terminal.quiet")
FAIL_ON_ALERT = Flag(("--fail-on-alert",), "exit with 1 when there was an alert")
WORKERS = Flag(
    ("--workers",),
    "worker threads; 1 gives the same output on every run",
    "engine.workers",
    Takes.VALUE,
    "N",
)
MEMORY = Flag(
    ("--memory",), "memory for flows, streams and rules, such as 300M", "engine.memory",
    Takes.VALUE, "SIZE",
)  # fmt: skip
SET = Flag(("--set",), "set anything; may be repeated", None, Takes.VALUES, "KEY=VALUE")
CONFIG = Flag(("--config",), "read this file instead of the usual two", None, Takes.VALUE, "FILE")
VERBOSE = Flag(("-v", "--verbose"), "say on the standard error what is done and why")
TUI = Flag(("--tui",), "play it on the dashboard")
FAST = Flag(("--fast",), "play it as fast as possible instead of as it happened")
ERRORS_ONLY = Flag(("--errors-only",), "leave warnings out")

RULES_WHERE = Flag(
    ("--where",),
    "only rules that meet a condition, such as 'enabled and classtype == trojan-activity'",
    None,
    Takes.VALUE,
    "EXPR",
)
JSON_LINES = Flag(("--json",), "one JSON object per line instead of a table")
TOP = Flag(("--top",), "how many rules are shown, the most expensive first", None, Takes.VALUE, "N")
RULES_ALSO = Flag(
    ("--rules",),
    "rules that a sid is looked up in; those of the settings or the installed ones without",
    "detect.rules",
    Takes.VALUES,
    "FILE|DIR",
)
PLAIN_JSON = Flag(("--json",), "JSON instead of text")
OFFLINE = Flag(("--offline",), "ask no source; apply the choices to what was fetched last")

DETECTION = Group("detection", (RULES, INTEL, NO_DETECT))
EXTRACT = Flag(
    ("--extract",),
    "copy files that travel, each named by its SHA-256",
    "files.extract",
    Takes.VALUE,
    "DIR",
)
OUTPUT = Group("output", (EVE, ZEEK, WRITE, EXTRACT))
LINES = Group("lines", (JSON, SHOW, PAYLOAD, HEX, UTC, COLOUR, QUIET))
RUNNING = Group("running", (WORKERS, MEMORY, SET, CONFIG, VERBOSE))
SETTINGS = Group("settings", (SET, CONFIG, VERBOSE))
