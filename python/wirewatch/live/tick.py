"""What the engine says of the last interval and of the whole run: the shapes of its JSON.

Fields that are missing have their default, and unknown ones are ignored, so that the engine can say
more before a screen shows it.
"""

from __future__ import annotations

import msgspec


class Host(msgspec.Struct, frozen=True):
    """One address and what it sent and received."""

    ip: str
    bytes_sent: int = 0
    bytes_received: int = 0
    packets: int = 0
    flows: int = 0
    name: str | None = None
    """Name that it was last looked up under, on the wire."""

    @property
    def bytes(self) -> int:
        """Both directions together."""
        return self.bytes_sent + self.bytes_received


class ProtocolShare(msgspec.Struct, frozen=True):
    """One protocol's part of the traffic."""

    name: str
    packets: int = 0
    bytes: int = 0


class PortShare(msgspec.Struct, frozen=True):
    """One server port's part of the traffic."""

    port: int
    proto: str = ""
    name: str | None = None
    bytes: int = 0
    flows: int = 0


class FlowShare(msgspec.Struct, frozen=True):
    """One flow's part of the traffic."""

    src: str = ""
    sport: int | None = None
    dst: str = ""
    dport: int | None = None
    proto: str = ""
    app: str | None = None
    bytes: int = 0
    packets: int = 0


class FlowCounts(msgspec.Struct, frozen=True):
    """The flow table since the run began, and how full it is."""

    active: int = 0
    new: int = 0
    ended: int = 0
    evicted: int = 0


class Totals(msgspec.Struct, frozen=True):
    """Counters since the run began."""

    packets: int = 0
    bytes: int = 0
    alerts: int = 0


class Finding(msgspec.Struct, frozen=True):
    """One signature and how often it fired."""

    signature: str
    gid: int = 1
    sid: int = 0
    severity: int = 3
    count: int = 1
    example: str = ""


class AnomalyCount(msgspec.Struct, frozen=True):
    """One anomaly code and how often it was met."""

    event: str
    count: int = 0


class PlainPassword(msgspec.Struct, frozen=True):
    """A service to which passwords went that anybody on the way could read."""

    server: str
    port: int = 0
    protocol: str = ""
    count: int = 0
    user: str = ""
    """One of the users."""


class EndingCertificate(msgspec.Struct, frozen=True):
    """A certificate that ends within a month after the capture, or has ended."""

    subject: str
    server: str = ""
    days: int = 0
    """Days left; negative when it has ended."""


class Tick(msgspec.Struct, frozen=True):
    """The last interval."""

    ts: int = 0
    interval_s: float = 1.0
    packets: int = 0
    bytes: int = 0
    totals: Totals = Totals()
    flows: FlowCounts = FlowCounts()
    drops: dict[str, int] = {}
    """Packets or records lost since the run began, by where and why."""
    memory_bytes: int = 0
    top_hosts: list[Host] = []
    protocols: list[ProtocolShare] = []
    ports: list[PortShare] = []
    top_flows: list[FlowShare] = []
    alerts: int = 0
    anomalies: list[AnomalyCount] = []
    progress: float | None = None
    """How much of the input files is read, 0 to 1; absent when listening live."""


class Summary(msgspec.Struct, frozen=True):
    """The whole run."""

    first_ts: int | None = None
    last_ts: int | None = None
    wall_s: float = 0.0
    """How long the run took, by the clock."""
    packets: int = 0
    bytes: int = 0
    flows: FlowCounts = FlowCounts()
    drops: dict[str, int] = {}
    memory_bytes: int = 0
    top_hosts: list[Host] = []
    protocols: list[ProtocolShare] = []
    ports: list[PortShare] = []
    top_flows: list[FlowShare] = []
    alerts: int = 0
    anomalies: list[AnomalyCount] = []
    findings: list[Finding] = []
    interfaces: list[str] = []
    plain_passwords: list[PlainPassword] = []
    certificates: list[EndingCertificate] = []

    @property
    def duration_s(self) -> float:
        """Seconds of capture time between the first and the last packet."""
        if not self.first_ts or not self.last_ts:
            return 0.0
        return max(0, self.last_ts - self.first_ts) / 1_000_000

    @property
    def dropped(self) -> int:
        """Everything that was lost."""
        return sum(self.drops.values())


_TICK = msgspec.json.Decoder(Tick)
_SUMMARY = msgspec.json.Decoder(Summary)


def read_tick(data: bytes) -> Tick:
    """A tick from the engine's JSON."""
    return _TICK.decode(data)


def read_summary(data: bytes | str) -> Summary:
    """A summary from the engine's JSON."""
    return _SUMMARY.decode(data)
