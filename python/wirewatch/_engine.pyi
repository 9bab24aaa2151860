"""The native engine: capture, decode, flows, detection and records, without the interpreter lock."""

from collections.abc import Callable
from typing import Any, final

__version__: str

class EngineError(Exception):
    """Something a user can mend: a device, a file, a filter, a setting. The message says what and how."""

class DamagedCapture(EngineError):
    """A capture is damaged; what came before the damage was processed."""

@final
class Session:
    """One run: a source, what is to be done with its packets, and what comes of it.

    Opening the source, loading rules and indicators, and creating output files happen in the
    constructor, so that every mistake a user can make is told before the first packet.
    """

    def __init__(self, options: str) -> None:
        """`options` is JSON, documented in `wirewatch.pipeline.options` (one frozen dataclass tree).

        Raises `FileNotFoundError`, `PermissionError`, `OSError`, `ValueError` (a filter or an
        expression, with its column) or `EngineError`.
        """

    @property
    def problems(self) -> str:
        """JSON list of faults in rules and indicator files: file, line, column, level, message, suggestion."""

    @property
    def loaded(self) -> str:
        """JSON object: rules, rules_unsupported, rules_broken, indicators, home_net, interfaces, workers."""

    def reload_rules(self) -> str:
        """Reads the run's rules again; workers go on with them at their next packets.

        What rules remember of flows and hosts stays. JSON object: rules, rules_unsupported,
        rules_broken, problems. Raises `ValueError` when none can be used or files are read; the
        rules before stay in use then. Releases the interpreter lock.
        """

    def start(self) -> None:
        """Starts the worker threads."""

    def next(self, timeout_s: float) -> Update | None:
        """The next thing that came out, or `None` when nothing did in time. Releases the interpreter lock.

        After the last update (kind "end") it returns `None` at once.
        """

    def stop(self) -> None:
        """Asks the workers to finish: flows are ended, outputs completed, then "end" comes out."""

    def alert(self, alert: str) -> None:
        """Puts an alert that Python raised (JSON, fields of the `alert` record) through all outputs."""

    def watched(self) -> str:
        """JSON: what rules cost and why they match or do not, as far as the options asked."""

    def summary(self) -> str:
        """JSON: totals, rates, drops by reason, top hosts, protocols, ports, findings (see live.Summary)."""

@final
class Update:
    """One thing that came out of the engine; `kind` says which of the others is set."""

    kind: str
    """batch: `batch`; text: `data` (terminal lines or JSON lines, ready to write); packets: `packets`;
    tick: `data` (JSON, the live picture of the last interval); event: `data` (JSON: code, message, severity);
    end: `data` (JSON: `error` or null, `damaged` bool)."""
    batch: Batch | None
    packets: Packets | None
    data: bytes

@final
class Batch:
    """Records of one kind as Arrow columns (Arrow PyCapsule interface)."""

    kind: str
    names: list[str]
    def __len__(self) -> int: ...
    def column(self, name: str) -> list[Any]:
        """One column as Python values; times are integers, microseconds since 1970."""
    def rows(self) -> list[tuple[Any, ...]]:
        """All rows, one tuple each, in the order of `names`."""
    def where(self, name: str, wanted: list[str]) -> Batch:
        """The rows whose text column `name` is one of `wanted`."""
    def __arrow_c_schema__(self) -> object: ...
    def __arrow_c_array__(
        self, requested_schema: object | None = None
    ) -> tuple[object, object]: ...

@final
class Packets:
    """Some packets on their way to a callback."""

    def __len__(self) -> int: ...
    def each(self, callback: Callable[[Packet], object]) -> None:
        """Calls `callback` for each packet, in order."""
    def list(self) -> list[Packet]: ...

@final
class Packet:
    """One decoded packet. Attributes are computed when they are asked for."""

    @property
    def ts(self) -> int: ...
    @property
    def time(self) -> float: ...
    @property
    def number(self) -> int: ...
    @property
    def interface(self) -> str: ...
    @property
    def src(self) -> str | None: ...
    @property
    def dst(self) -> str | None: ...
    @property
    def sport(self) -> int | None: ...
    @property
    def dport(self) -> int | None: ...
    @property
    def proto(self) -> str: ...
    @property
    def flags(self) -> str: ...
    @property
    def ttl(self) -> int | None: ...
    @property
    def vlan(self) -> tuple[int, ...]: ...
    @property
    def length(self) -> int: ...
    @property
    def payload(self) -> bytes: ...
    @property
    def raw(self) -> bytes: ...
    @property
    def link(self) -> int: ...
    @property
    def flow_id(self) -> int | None: ...
    @property
    def summary(self) -> str: ...
    def scapy(self) -> Any:
        """A scapy packet; `ImportError` with what to install when scapy is absent."""

@final
class Filter:
    """A compiled capture filter, for packets that are already here (several callbacks in one run)."""

    def __init__(self, expression: str) -> None:
        """Raises `ValueError` with the column when the filter is wrong."""
    def matches(self, packet: Packet) -> bool: ...

def empty_batch(kind: str) -> Batch:
    """A batch of `kind` without rows: the schema of an empty table. `ValueError` for an unknown kind."""

def arrow_stream(batches: list[Batch]) -> object:
    """An "arrow_array_stream" capsule over batches of one kind (at least one)."""

def interfaces() -> str:
    """JSON list of the machine's interfaces."""

def doctor() -> str:
    """JSON list of checks: name, status (ok, warn, fail), found, fix."""

def compile_filter(expression: str) -> None:
    """Raises `ValueError` with the column when the capture filter is wrong."""

def check_where(expression: str) -> None:
    """Raises `ValueError` with the column when the record filter is wrong."""

def record_kinds() -> list[str]:
    """The names of all kinds of records."""

def anomaly_codes() -> list[tuple[str, str]]:
    """Every anomaly code with its sentence, for the reference page."""

def application_events() -> list[tuple[str, str]]:
    """Every code of what can be wrong with an application protocol, for the reference page."""

def rule_keywords() -> list[tuple[str, str, str]]:
    """Every rule keyword with where it applies and its sentence, for the reference page."""

def built_in_detections() -> list[tuple[int, str, str]]:
    """Every built-in detection: signature id, name and what it means, for the reference page."""
