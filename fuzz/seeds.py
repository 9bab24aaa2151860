"""Makes seeds for the fuzz targets `proto` and `pipeline` from real captures.

    python fuzz/seeds.py [--target pipeline] OUT CAPTURE...

For `proto` every recognised conversation becomes a file in OUT in the form that the target reads:
the application's place in APPLICATIONS, flags, then what each side sent, piece by piece. For
`pipeline` every capture gives up to three: its first conversations as steps, its first frames as
they are, and the file itself if it is small.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections import defaultdict
from pathlib import Path

import wirewatch as ww
from applications import applications
from wirewatch.records import Flow

MAX_SEED_BYTES = 4096
MAX_PER_APPLICATION = 60
MAX_PIECES = 64
# What `pipeline` reads: see fuzz_targets/pipeline/packets.rs.
PACKETS = Path(__file__).resolve().parent / "fuzz_targets/pipeline/packets.rs"
LINKS = [1, 101, 113, 276, 0, 105, 127, 9]
CONVERSATIONS = 8
# Zeek's logs as JSON, half of the time.
ZEEK_JSON = 8
# A run of the whole road costs much more than one of a parser.
MAX_PIPELINE_BYTES = 3000
MAX_PER_PROTOCOL = 4

Pieces = list[tuple[bool, bytes]]
Flows = dict[int | None, Flow]


class Conversations:
    """What the flows of one capture said, and its frames."""

    def __init__(self) -> None:
        self.flows: dict[int, Pieces] = defaultdict(list)
        self.openers: dict[int, tuple[str | None, int | None]] = {}
        self.order: list[tuple[int, bool, bytes]] = []
        self.frames: list[tuple[int, bytes]] = []

    def clear(self) -> None:
        for part in (self.flows, self.openers, self.order, self.frames):
            part.clear()

    def collect(self, packet: ww.Packet) -> None:
        if len(self.frames) < MAX_PIECES:
            self.frames.append((packet.link, packet.raw))
        if packet.flow_id is None or not packet.payload:
            return
        end = (packet.src, packet.sport)
        from_server = end != self.openers.setdefault(packet.flow_id, end)
        if len(self.flows[packet.flow_id]) < MAX_PIECES:
            self.flows[packet.flow_id].append((from_server, packet.payload))
            self.order.append((packet.flow_id, from_server, packet.payload))


def seed(place: int, number: int, pieces: Pieces, *, is_udp: bool) -> bytes:
    """A conversation for `proto`."""
    out = bytearray([place, number << 4 | is_udp])
    for from_server, payload in pieces:
        sixteens = min(-(-len(payload) // 16), 255)
        if len(payload) < 63:
            out += bytes([len(payload) << 2 | from_server]) + payload
        else:
            out += bytes([63 << 2 | from_server, sixteens])
            out += payload[: sixteens * 16].ljust(sixteens * 16, b"\0")
        if len(out) > MAX_SEED_BYTES:
            break
    return bytes(out[:MAX_SEED_BYTES])


def ports() -> list[int]:
    table = re.search(r"const PORTS[^=]*= \[(.*?)\];", PACKETS.read_text(), re.S)
    if not table:
        raise SystemExit("packets.rs has no PORTS")
    return [int(port) for port in re.findall(r"\d+", table[1])]


def steps(said: Conversations, known: Flows) -> bytes:
    """The first conversations for `pipeline`, with their ports as far as it has them."""
    out, table = bytearray(), ports()
    numbers: dict[int, int] = {}
    for flow_id, from_server, payload in said.order:
        flow = known.get(flow_id)
        if flow is None or flow.proto not in {"TCP", "UDP"}:
            continue
        is_new = flow_id not in numbers
        if is_new and len(numbers) == CONVERSATIONS:
            continue
        number = numbers.setdefault(flow_id, len(numbers))
        is_long = len(payload) > 255
        step = [number << 2 | from_server << 5 | is_long << 6]
        if is_new:
            port = flow.dst_port or 0
            place = table.index(port) if port in table else 255
            step += [(flow.proto == "UDP") | (":" in str(flow.src_ip)) << 1, place]
        out += bytes(step) + len(payload).to_bytes(1 + is_long, "little") + payload
        if len(out) > MAX_PIPELINE_BYTES:
            break
    return bytes(out[:MAX_PIPELINE_BYTES])


def frames(said: Conversations) -> bytes:
    """The first frames for `pipeline`."""
    out = bytearray()
    for link, raw in said.frames:
        if link in LINKS and len(out) + len(raw) < MAX_PIPELINE_BYTES:
            out += bytes([2 | LINKS.index(link) << 2]) + len(raw).to_bytes(2, "little") + raw
    return bytes(out)


class Maker:
    """Writes the seeds of one target, not too many of a kind."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.made: dict[str, int] = defaultdict(int)
        out.mkdir(parents=True, exist_ok=True)

    def write(self, kind: str, data: bytes, most: int) -> None:
        if data and self.made[kind] < most:
            self.made[kind] += 1
            (self.out / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)

    def proto(self, said: Conversations, known: Flows) -> None:
        places = applications()
        for number, pieces in said.flows.items():
            flow = known.get(number)
            if flow is not None and flow.app_proto in places:
                place, name = places[flow.app_proto]
                data = seed(place, name, pieces, is_udp=flow.proto == "UDP")
                self.write(flow.app_proto, data, MAX_PER_APPLICATION)

    def pipeline(self, said: Conversations, known: Flows, file: Path) -> None:
        spoken = sorted({flow.app_proto for flow in known.values() if flow.app_proto})
        # The protocol of which there are fewest decides whether the capture adds something.
        rarest = min(spoken, key=lambda name: self.made[name], default="none")
        outputs = ZEEK_JSON * (len(file.name) % 2)
        settings = bytes([0, outputs, 0, 0, 0])
        self.write(rarest, settings + (steps(said, known) or frames(said)), MAX_PER_PROTOCOL)
        self.write(f"frames of {rarest}", settings + frames(said), MAX_PER_PROTOCOL // 2)
        if file.stat().st_size < MAX_PIPELINE_BYTES and not file.name.endswith((".gz", ".zst")):
            self.write(f"file of {rarest}", settings + file.read_bytes(), 1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--target", choices=["proto", "pipeline"], default="proto")
    parser.add_argument("out", type=Path)
    parser.add_argument("captures", type=Path, nargs="+")
    asked = parser.parse_args()
    maker, said = Maker(asked.out), Conversations()
    ww.on_packet(said.collect)
    for capture in asked.captures:
        said.clear()
        try:
            ww.run(str(capture))
            known = {flow.flow_id: flow for flow in ww.read(str(capture)).flows()}
        except ww.EngineError:
            continue
        if asked.target == "proto":
            maker.proto(said, known)
        else:
            maker.pipeline(said, known, capture)
    sys.stdout.write(f"{dict(sorted(maker.made.items()))}\n")


if __name__ == "__main__":
    main()
