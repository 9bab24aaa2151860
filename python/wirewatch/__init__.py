"""See everything on your network as it happens, and be told, rightly, when something is wrong.

    import wirewatch as ww

    for flow in ww.read("capture.pcap").flows():
        print(flow.src_ip, flow.dst_ip, flow.bytes_toclient)

    with ww.live("eth0", filter="tcp port 443") as capture:
        for record in capture:
            print(record)

    @ww.on_packet(filter="udp port 53")
    def show(packet):
        print(packet.src, packet.dst, packet.payload)

    ww.run()

Names are loaded when they are first used, so that importing wirewatch costs next to nothing.
"""

from __future__ import annotations

TYPE_CHECKING = False  # type checkers know better; importing `typing` would be most of the time
if TYPE_CHECKING:
    from typing import Any

    from wirewatch._engine import (
        DamagedCapture,
        EngineError,
        Packet,
        __version__,
    )
    from wirewatch.batch import Batch
    from wirewatch.callbacks import forget, on_alert, on_packet, run
    from wirewatch.capture import Capture, Table, live, read
    from wirewatch.config.resolution import SettingsError
    from wirewatch.detect.detector import Alert, Detector, Severity, Surroundings
    from wirewatch.live.tick import Summary
    from wirewatch.sinks.sink import Sink

__all__ = [
    "Alert",
    "Batch",
    "Capture",
    "DamagedCapture",
    "Detector",
    "EngineError",
    "Packet",
    "SettingsError",
    "Severity",
    "Sink",
    "Summary",
    "Surroundings",
    "Table",
    "__version__",
    "forget",
    "live",
    "on_alert",
    "on_packet",
    "read",
    "run",
]

_HOMES = {
    "Alert": "wirewatch.detect.detector",
    "Batch": "wirewatch.batch",
    "Capture": "wirewatch.capture",
    "DamagedCapture": "wirewatch._engine",
    "Detector": "wirewatch.detect.detector",
    "EngineError": "wirewatch._engine",
    "Packet": "wirewatch._engine",
    "SettingsError": "wirewatch.config.resolution",
    "Severity": "wirewatch.detect.detector",
    "Sink": "wirewatch.sinks.sink",
    "Summary": "wirewatch.live.tick",
    "Surroundings": "wirewatch.detect.detector",
    "Table": "wirewatch.capture",
    "__version__": "wirewatch._engine",
    "forget": "wirewatch.callbacks",
    "on_alert": "wirewatch.callbacks",
    "on_packet": "wirewatch.callbacks",
    "read": "wirewatch.capture",
    "run": "wirewatch.callbacks",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name == "live":  # a package that can be called; see there
        return import_module("wirewatch.live")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'wirewatch' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
