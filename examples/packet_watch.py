"""The classic packet sniffer script, on wirewatch.

It used to be forty lines of scapy that looked at a few thousand packets a second. It prints who
talks to whom, and warns of addresses on a list, of ports that no service here should use, and of
payloads that look like an attack:

    sudo python examples/packet_watch.py                 the default interface
    sudo python examples/packet_watch.py eth0            another one
    python examples/packet_watch.py capture.pcap         a file
"""

from __future__ import annotations

import re
import sys

import wirewatch as ww

BAD_ADDRESSES = {"203.0.113.66", "198.51.100.23"}
ODD_PORTS = {23: "telnet", 4444: "a backdoor's usual port", 6667: "IRC", 31337: "Back Orifice"}
SUSPICIOUS = re.compile(rb"(?:\.\./){2}|/etc/passwd|cmd\.exe|<script|union\s+select", re.IGNORECASE)


@ww.on_packet(filter="ip or ip6")
def show(packet: ww.Packet) -> None:
    """Prints one packet, and what is wrong with it."""
    payload = packet.payload
    text = payload[:40].decode("ascii", "backslashreplace") if payload else ""
    ports = "" if packet.sport is None else f" {packet.sport} > {packet.dport}"
    print(f"{packet.proto:5} {packet.src} > {packet.dst}{ports} {text!r}")
    for reason in reasons(packet, payload):
        print(f"  WARNING: {reason}")


def reasons(packet: ww.Packet, payload: bytes) -> list[str]:
    """Why this packet deserves a look."""
    found = []
    if packet.src in BAD_ADDRESSES or packet.dst in BAD_ADDRESSES:
        found.append("an address on the list of bad ones")
    ports = {packet.sport, packet.dport} & ODD_PORTS.keys()
    found += [f"port {port} ({ODD_PORTS[port]})" for port in ports if port is not None]
    if payload and SUSPICIOUS.search(payload):
        found.append("a payload that looks like an attack")
    return found


if __name__ == "__main__":
    summary = ww.run(sys.argv[1] if len(sys.argv) > 1 else None)
    print(f"{summary.packets} packets, {summary.alerts} alerts")
