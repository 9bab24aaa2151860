"""Functions that are called for packets and alerts: the shortest way to look at traffic.

    import wirewatch as ww

    @ww.on_packet(filter="udp port 53")
    def show(packet):
        print(packet.src, packet.dst, packet.payload)

    ww.run()                  # the default interface, until Ctrl-C
    ww.run("capture.pcap")    # or a file

The decorators only register; nothing happens before `run`. The engine decodes and filters, so a
function costs time only for packets that its filter lets through.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import msgspec

if TYPE_CHECKING:
    from wirewatch._engine import Packet
    from wirewatch.live.tick import Summary
    from wirewatch.records import Alert

OnPacket = TypeVar("OnPacket", bound=Callable[["Packet"], object])
OnAlert = TypeVar("OnAlert", bound=Callable[["Alert"], object])


class _Registered(msgspec.Struct, frozen=True):
    function: Callable[[Packet], object]
    filter: str | None


_packets: list[_Registered] = []
_alerts: list[Callable[[Alert], object]] = []


@overload
def on_packet(function: OnPacket, /) -> OnPacket: ...
@overload
def on_packet(*, filter: str | None = None) -> Callable[[OnPacket], OnPacket]: ...
def on_packet(
    function: OnPacket | None = None,
    /,
    *,
    filter: str | None = None,
) -> OnPacket | Callable[[OnPacket], OnPacket]:
    """Registers a function that `run` calls for each packet that `filter` lets through.

    `filter` is a capture filter as in tcpdump; without one the function sees every packet. The
    function stays usable by itself.
    """

    def register(one: OnPacket) -> OnPacket:
        _packets.append(_Registered(one, filter))
        return one

    return register if function is None else register(function)


def on_alert(function: OnAlert) -> OnAlert:
    """Registers a function that `run` calls for each finding, with a `wirewatch.records.Alert`."""
    _alerts.append(function)
    return function


def forget() -> None:
    """Forgets all registered functions, for tests and notebooks where cells run again."""
    _packets.clear()
    _alerts.clear()


def run(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None = None,
    *,
    count: int | None = None,
    **options: Any,
) -> Summary:
    """Calls the registered functions for the packets of `source`, and returns the summary at the
    end.

    `source` is a capture file (or several), the name of an interface, or nothing for the default
    interface. A text is a file when there is one of that name, when it is `-`, or when it looks
    like one (has a folder or an ending such as `.pcap`). Ctrl-C ends a live run as its natural
    end; `count` ends any run after so many packets were handed over. Further options are those
    of `wirewatch.read`.

    Raises what a function raises, after the run is closed, and what `wirewatch.read` raises.
    """
    from wirewatch._run import run_callbacks

    return run_callbacks(
        tuple((one.function, one.filter) for one in _packets),
        tuple(_alerts),
        *_source(source),
        count=count,
        options=options,
    )


def _source(
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]] | None,
) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Files, and interfaces or `None`."""
    if source is None:
        return (), ()
    if isinstance(source, str) and not _is_file(source):
        return (), (source,)
    if isinstance(source, str | os.PathLike):
        return (os.fspath(source),), None
    return tuple(os.fspath(path) for path in source), None


def _is_file(text: str) -> bool:
    path = Path(text)
    looks = os.sep in text or path.suffix in {".pcap", ".pcapng", ".cap", ".gz", ".zst"}
    return text == "-" or looks or path.is_file()
