"""The classic packet sniffer script, on wirewatch.

It used to be forty lines of scapy that looked at a few thousand packets a second. It prints who
talks to whom, and warns of addresses on a list, of ports that no service here should use, and of
payloads that look like an attack:

    sudo python examples/packet_watch.py                 the default interface
    sudo python examples/packet_watch.py eth0            another one
    python examples/packet_watch.py capture.pcap         a file
"""

from __future__ import annotations

import sys

import wirewatch as ww

BAD_ADDRESSES = {"203.0.113.66", "198.51.100.23"}
ODD_PORTS = {23: "telnet", 4444: "a backdoor's usual port", 6667: "IRC", 31337: "Back Orifice"}
SUSPICIOUS = (b"../../", b"/etc/passwd", b"cmd.exe", b"<script", b"union select")


@ww.on_packet(filter="ip or ip6")
def show(packet: ww.Packet) -> None:
    """Prints one packet, and what is wrong with it."""
    src, dst, sport, dport = packet.src, packet.dst, packet.sport, packet.dport
    payload = packet.payload
    print(f"{packet.proto:5} {src}:{sport} > {dst}:{dport} {payload[:40]!r}")
    if src in BAD_ADDRESSES or dst in BAD_ADDRESSES:
        print("  WARNING: an address on the list of bad ones")
    for port in (sport, dport):
        if port in ODD_PORTS:
            print(f"  WARNING: port {port} ({ODD_PORTS[port]})")
    if payload:
        lowered = payload.lower()
        for text in SUSPICIOUS:
            if text in lowered:
                print(f"  WARNING: a payload with {text.decode()}")


if __name__ == "__main__":
    summary = ww.run(sys.argv[1] if len(sys.argv) > 1 else None)
    print(f"{summary.packets} packets, {summary.alerts} alerts")
