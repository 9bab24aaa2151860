"""Wirewatch and its peers over the same captures, in turn, on the same machine.

    python benches/compare.py mix.pcap [small.pcap flows.pcap] [--runs 3] [--only tcpdump,softflowd]

For each capture every program that is installed runs `--runs` times in turn; the table shows the
median CPU time (user and system, all threads, the operating system's own accounting), millions of
packets per CPU second, peak memory, and wirewatch's figure as a multiple of the peer's. Programs
that are not installed are named at the end with how to get them.

"wirewatch is" says which of its roads is meant where it is not the first.

Peers from Debian: tcpdump softflowd nfdump argus-server libndpi-bin tshark.
Peers from PyPI (into the environment that runs this): nfstream dpkt scapy.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shutil
import signal
import statistics
import struct
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

SLOW_PEER_PACKETS = 50_000
"""Interpreted peers read only the first packets; a whole capture would take them an hour."""

LONGEST_RUN_S = 300
"""A program that has not ended by then is killed, and its line says so by the exit status."""

BARE_ROAD = """
import sys, wirewatch as ww
capture = ww.read(sys.argv[1], engine_workers=1, detect_enabled="no", app_layer_enabled="no")
rows = sum(len(batch) for batch in capture.batches("flow"))
print(rows, "flows")
"""
WHOLE_ROAD = """
import sys, wirewatch as ww
rows = sum(len(batch) for batch in ww.read(sys.argv[1], engine_workers=1).batches("flow"))
print(rows, "flows")
"""
CALLBACK = """
import sys, wirewatch as ww
BAD = {"203.0.113.66", "198.51.100.200"}
ODD = {4444, 31337, 1337, 6667}
WORDS = (b"/etc/passwd", b"cmd.exe", b"<script>")
out = open("/dev/null", "w")
@ww.on_packet
def show(packet):
    src, dst, sport, dport, payload = packet.src, packet.dst, packet.sport, packet.dport, packet.payload
    out.write(f"{src}:{sport} -> {dst}:{dport} {packet.proto} {payload[:64]!r}\\n")
    if src in BAD or dst in BAD: out.write("bad address\\n")
    if sport in ODD or dport in ODD: out.write("odd port\\n")
    for word in WORDS:
        if word in payload: out.write("suspicious payload\\n")
ww.run(sys.argv[1])
"""
NFSTREAM = """
import sys
from nfstream import NFStreamer
if __name__ == "__main__":
    print(sum(1 for _ in NFStreamer(source=sys.argv[1], n_meters=1)), "flows")
"""
DPKT = """
import sys, dpkt
flows = {}
for number, (ts, data) in enumerate(dpkt.pcap.Reader(open(sys.argv[1], "rb"))):
    ip = dpkt.ethernet.Ethernet(data).data
    if isinstance(ip, (dpkt.ip.IP, dpkt.ip6.IP6)) and isinstance(ip.data, (dpkt.tcp.TCP, dpkt.udp.UDP)):
        key = ip.src, ip.dst, ip.data.sport, ip.data.dport, ip.p
        flows[key] = flows.get(key, 0) + 1
print(len(flows), "flows")
"""
SCAPY = """
import sys
from scapy.all import IP, TCP, UDP, Raw, PcapReader
BAD = {"203.0.113.66"}
out = open("/dev/null", "w")
for packet in PcapReader(sys.argv[1]):
    if IP in packet:
        layer = packet[TCP] if TCP in packet else packet[UDP] if UDP in packet else None
        ports = (layer.sport, layer.dport) if layer else (None, None)
        payload = bytes(packet[Raw].load) if Raw in packet else b""
        print(packet[IP].src, packet[IP].dst, ports, payload[:64], file=out)
        if packet[IP].src in BAD or b"/etc/passwd" in payload: print("!", file=out)
"""


@dataclass(frozen=True)
class Peer:
    """A program, what it does with the capture, and how it is started."""

    name: str
    does: str
    command: Callable[[Path, Path], list[str]]
    needs: str
    """A program on the path, or `python:MODULE`."""
    slow: bool = False
    rivals: tuple[str, ...] = ("wirewatch",)
    """The roads of wirewatch that do its job."""

    def available(self) -> bool:
        kind, _, module = self.needs.partition(":")
        if kind == "python":
            return importlib.util.find_spec(module) is not None
        return shutil.which(self.needs) is not None


@dataclass(frozen=True)
class Figure:
    """What one run cost."""

    cpu_s: float
    peak_mib: float
    status: int


def script(text: str) -> Callable[[Path, Path], list[str]]:
    return lambda capture, _: [sys.executable, "-c", text, str(capture)]


def read(capture: Path) -> list[str]:
    """The command that users run: everything is parsed and judged, by one worker."""
    return [sys.executable, "-m", "wirewatch", "read", str(capture), "--quiet", "--workers", "1"]


PEERS = (
    Peer("wirewatch", "decode, checksums, flows, Arrow flow records", script(BARE_ROAD), "python:wirewatch"),
    Peer("wirewatch whole", "the same with recognition and built-in detection", script(WHOLE_ROAD), "python:wirewatch"),
    Peer("wirewatch read", "the command with all parsers", lambda c, _: read(c), "python:wirewatch"),
    Peer(
        "wirewatch eve", "the same with all EVE records in a file, and all hashes of files",
        lambda c, t: [*read(c), "--eve", str(t / "eve.json")], "python:wirewatch",
    ),
    Peer("wirewatch callback", "the old script's job in Python per packet", script(CALLBACK), "python:wirewatch", slow=False),
    Peer("tcpdump", "copy to nowhere", lambda c, _: ["tcpdump", "-nr", str(c), "-w", "/dev/null"], "tcpdump"),
    Peer(
        "softflowd", "flows",
        lambda c, t: ["softflowd", "-d", "-r", str(c), "-m", "2000000", "-n", "127.0.0.1:9995",
                      "-p", str(t / "pid"), "-c", str(t / "ctl")], "softflowd",
    ),
    Peer("nfpcapd", "flows to files", lambda c, t: ["nfpcapd", "-r", str(c), "-l", str(t)], "nfpcapd"),
    Peer("argus", "flows", lambda c, _: ["argus", "-r", str(c), "-w", "/dev/null"], "argus"),
    Peer("ndpiReader", "flows and protocols", lambda c, _: ["ndpiReader", "-q", "-i", str(c)], "ndpiReader",
         rivals=("wirewatch read", "wirewatch eve")),
    Peer("tshark", "dissects, one line per packet", lambda c, _: ["tshark", "-n", "-r", str(c)], "tshark",
         slow=True, rivals=("wirewatch read", "wirewatch eve")),
    Peer("nfstream", "flows and protocols", script(NFSTREAM), "python:nfstream"),
    Peer("dpkt", "decode and count flows", script(DPKT), "python:dpkt", slow=True),
    Peer("scapy", "the old script's job", script(SCAPY), "python:scapy", slow=True,
         rivals=("wirewatch callback",)),
)  # fmt: skip


def run(command: list[str]) -> Figure:
    """Run a command, its output thrown away, and ask the kernel what it cost."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, fd) for fd in (0, 1, 2)]
    program = shutil.which(command[0]) or command[0]
    # Installed packages have their bytecode; a source tree gets its own in the first run.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    child = os.posix_spawn(program, command, environment, file_actions=actions)
    patience = threading.Timer(LONGEST_RUN_S, os.kill, (child, signal.SIGKILL))
    patience.start()
    _, status, usage = os.wait4(child, 0)
    patience.cancel()
    os.close(null)
    cpu_s = usage.ru_utime + usage.ru_stime
    return Figure(cpu_s, usage.ru_maxrss / 1024, os.waitstatus_to_exitcode(status))


def count_packets(path: Path, most: int | None = None) -> tuple[int, int]:
    """Packets of a classic little-endian pcap, and where the last of them ends."""
    count, offset, size = 0, 24, path.stat().st_size
    with path.open("rb") as file:
        while offset + 16 <= size and count != most:
            file.seek(offset + 8)
            (length,) = struct.unpack("<I", file.read(4))
            offset += 16 + length
            count += 1
    return count, offset


def head_of(path: Path, folder: Path) -> tuple[Path, int]:
    """The capture's first packets as a file of their own."""
    count, end = count_packets(path, SLOW_PEER_PACKETS)
    head = folder / f"head-{path.name}"
    with path.open("rb") as file:
        head.write_bytes(file.read(end))
    return head, count


def compare(path: Path, peers: list[Peer], runs: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        head, head_packets = head_of(path, folder)
        packets, _ = count_packets(path)
        print(
            f"\n{path.name}: {packets:,} packets, {path.stat().st_size / 1e6:,.0f} MB, median of {runs} runs"
        )
        print(
            f"{'program':20} {'CPU s':>8} {'M packets/CPU s':>16} {'MiB':>7} {'wirewatch is':>22}  what it does"
        )
        taken: dict[str, list[Figure]] = {peer.name: [] for peer in peers}
        for _ in range(runs):
            for peer in peers:
                taken[peer.name].append(run(peer.command(head if peer.slow else path, folder)))
        rates = {}
        for peer in peers:
            cpu_s = statistics.median(f.cpu_s for f in taken[peer.name])
            rates[peer.name] = (head_packets if peer.slow else packets) / cpu_s / 1e6
        for peer in peers:
            figures = taken[peer.name]
            cpu_s = statistics.median(f.cpu_s for f in figures)
            ratio = ", ".join(
                f"{rates[road] / rates[peer.name]:.2f} x{road.removeprefix('wirewatch')}"
                for road in peer.rivals
                if road in rates
            )
            failed = f"  (exit status {figures[0].status})" if figures[0].status else ""
            print(
                f"{peer.name:20} {cpu_s:8.2f} {rates[peer.name]:16.3f} {figures[0].peak_mib:7.0f} {ratio:>22}"
                f"  {peer.does}{failed}"
            )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("captures", nargs="+", type=Path)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--only", help="comma-separated names of programs")
    args = parser.parse_args()
    wanted = args.only.split(",") if args.only else [peer.name for peer in PEERS]
    peers = [peer for peer in PEERS if peer.name in wanted]
    for path in args.captures:
        compare(path, [peer for peer in peers if peer.available()], args.runs)
    absent = [f"{peer.name} ({peer.needs})" for peer in peers if not peer.available()]
    if absent:
        print("\nnot installed:", ", ".join(absent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
