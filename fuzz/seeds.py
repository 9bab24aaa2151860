"""Makes seeds for the fuzz target `proto` from real conversations.

    python fuzz/seeds.py OUT CAPTURE...

Every recognised conversation of the captures becomes a file in OUT in the form that the target
reads: the application's place in APPLICATIONS, flags, then what each side sent, piece by piece.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections import defaultdict
from pathlib import Path

import wirewatch as ww

MAX_SEED_BYTES = 4096
MAX_PER_APPLICATION = 60
MAX_PIECES = 64
SOURCE = Path(__file__).resolve().parent.parent / "crates/proto/src"


def applications() -> dict[str, tuple[int, int]]:
    """By name: the place in APPLICATIONS, and the name's place among the application's names."""
    table = re.search(r"APPLICATIONS[^=]*= &\[(.*?)\];", (SOURCE / "lib.rs").read_text(), re.S)
    if not table:
        raise SystemExit("lib.rs has no APPLICATIONS")
    places = {}
    entries = re.findall(r"&([a-z0-9_:]+)::([A-Z0-9_]+)", table[1])
    for place, (module, static) in enumerate(entries):
        module = module.replace("::", "/")
        files = [SOURCE / f"{module}.rs", *sorted((SOURCE / module).glob("*.rs"))]
        text = "\n".join(file.read_text() for file in files)
        names = re.search(rf"static {static}: Application.*?names: &\[(.*?)\]", text, re.S)
        if not names:
            raise SystemExit(f"{static} has no names")
        for number, name in enumerate(re.findall(r'"([^"]+)"', names[1])):
            places[name] = (place, number)
    return places


def seed(place: int, number: int, pieces: list[tuple[bool, bytes]], *, is_udp: bool) -> bytes:
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


def main() -> None:
    out, captures = Path(sys.argv[1]), sys.argv[2:]
    out.mkdir(parents=True, exist_ok=True)
    places = applications()
    made: dict[int, int] = defaultdict(int)
    flows: dict[int, list[tuple[bool, bytes]]] = defaultdict(list)
    openers: dict[int, tuple[str | None, int | None]] = {}

    @ww.on_packet
    def collect(packet: ww.Packet) -> None:
        if packet.flow_id is None or not packet.payload:
            return
        end = (packet.src, packet.sport)
        opener = openers.setdefault(packet.flow_id, end)
        if len(flows[packet.flow_id]) < MAX_PIECES:
            flows[packet.flow_id].append((end != opener, packet.payload))

    for capture in captures:
        flows.clear()
        openers.clear()
        try:
            ww.run(capture)
            known = {flow.flow_id: flow for flow in ww.read(capture).flows()}
        except ww.EngineError:
            continue
        for number, pieces in flows.items():
            flow = known.get(number)
            if flow is None or flow.app_proto not in places:
                continue
            place, name = places[flow.app_proto]
            if made[place] < MAX_PER_APPLICATION:
                made[place] += 1
                data = seed(place, name, pieces, is_udp=flow.proto == "UDP")
                (out / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    counts = {name: made[place] for name, (place, number) in places.items() if number == 0}
    sys.stdout.write(f"{counts}\n")


if __name__ == "__main__":
    main()
