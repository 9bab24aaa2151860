"""Two network namespaces with a cable between them, and a sensor that listens there: for tests on
real traffic. Nothing leaves the namespaces."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

SENSOR, PEER = "192.0.2.1", "192.0.2.2"
CABLE, FAR_END = "wwtest0", "wwtest1"

DEADLINE_S = 30.0
"""For anything that is waited for: far longer than it takes, so that only a fault runs into it."""

_POLL_S = 0.02

Record = dict[str, Any]


def run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)


def may_make_namespaces() -> bool:
    """Tries it: containers often have root but not this right."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0 or shutil.which("ip") is None:
        return False
    with suppress(subprocess.CalledProcessError), Network(f"wwtry{os.getpid()}") as network:
        network.connect()
        return True
    return False


class Network:
    """Two namespaces with a cable between them; all of it is gone afterwards."""

    def __init__(self, name: str) -> None:
        self.near, self.far = f"{name}a", f"{name}b"

    def __enter__(self) -> Network:
        try:
            for namespace in (self.near, self.far):
                run("ip", "netns", "add", namespace)
        except subprocess.CalledProcessError:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        for namespace in (self.near, self.far):
            subprocess.run(["ip", "netns", "del", namespace], check=False, capture_output=True)

    def connect(self) -> None:
        """Lays the cable and gives both ends their addresses."""
        run("ip", "link", "add", CABLE, "netns", self.near, "type", "veth",
            "peer", "name", FAR_END, "netns", self.far)  # fmt: skip
        for namespace, end, address in (
            (self.near, CABLE, SENSOR),
            (self.far, FAR_END, PEER),
        ):
            run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", end)
            run("ip", "-n", namespace, "link", "set", end, "up")

    def cut(self) -> None:
        """Takes the cable away, with both interfaces."""
        run("ip", "-n", self.near, "link", "del", CABLE)

    @contextmanager
    def inside(self, namespace: str) -> Iterator[None]:
        """Sockets made within the block belong to `namespace`, whoever uses them afterwards."""
        with (
            Path("/proc/self/ns/net").open("rb") as home,
            Path("/run/netns", namespace).open("rb") as there,
        ):
            _enter(there)
            try:
                yield
            finally:
                _enter(home)

    def udp(self) -> socket.socket:
        with self.inside(self.far):
            return socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def tcp(self, namespace: str) -> socket.socket:
        with self.inside(namespace):
            made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        made.settimeout(DEADLINE_S)
        return made

    def raw(self) -> socket.socket:
        """A socket on the far end that sends frames as they are."""
        with self.inside(self.far):
            made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
            made.bind((FAR_END, 0))
        return made


def _enter(namespace: IO[bytes]) -> None:
    import ctypes

    network = 0x40000000
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(namespace.fileno(), network) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def until(what: str, holds: Callable[[], Any], sensor: Sensor | None = None) -> Any:
    """Waits until something holds, and gives it."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        if found := holds():
            return found
        if sensor and sensor.process.poll() is not None:
            break
        time.sleep(_POLL_S)
    said = sensor.told() if sensor else ""
    raise AssertionError(f"waited in vain for {what}\n{said}")


@dataclass
class Sensor:
    """A `wirewatch live` that listens on the near end of the cable."""

    eve: Path
    errors: Path
    process: subprocess.Popen[bytes]
    _lines: list[Record] = field(default_factory=list)
    _read: int = 0

    def records(self) -> list[Record]:
        """All records written so far; a line that is still being written waits."""
        data = self.eve.read_bytes()
        whole = data.rfind(b"\n") + 1
        self._lines += [json.loads(line) for line in data[self._read : whole].splitlines()]
        self._read = whole
        return self._lines

    def wait(self, what: str, wanted: Callable[[Record], Any]) -> Record:
        """The first record for which `wanted` holds, while the sensor runs."""
        found: Record = until(
            what, lambda: next((one for one in self.records() if wanted(one)), None), self
        )
        assert self.process.poll() is None, self.told()
        return found

    def told(self) -> str:
        return self.errors.read_text()

    def end(self) -> int:
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(DEADLINE_S)


@contextmanager
def sensors(network: Network, folder: Path) -> Iterator[Callable[..., Sensor]]:
    """Starts sensors, each returned once it listens; all are gone afterwards."""
    started: list[subprocess.Popen[bytes]] = []

    def start(*words: object) -> Sensor:
        eve, errors = folder / "eve.json", folder / "errors.txt"
        command = ["ip", "netns", "exec", network.near, sys.executable, "-m", "wirewatch",
                   "live", "-i", CABLE, "--show", "none", "--eve", str(eve),
                   # What belongs to root must stay writable, and folders of tests are root's.
                   "--set", "capture.drop-privileges=no",
                   # So that flows are told soon after their last packet.
                   "--set", "flow.timeouts.tcp-closed=1",
                   "--set", "flow.timeouts.udp-new=1", "--set", "flow.timeouts.udp-established=1",
                   *map(str, words)]  # fmt: skip
        with errors.open("wb") as stream:
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=stream)
        started.append(process)
        sensor = Sensor(eve, errors, process)
        until("the sensor to listen", lambda: "listening on" in sensor.told(), sensor)
        return sensor

    try:
        yield start
    finally:
        for process in started:
            process.kill()
            process.wait()
