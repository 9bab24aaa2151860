"""Write the capture that `wirewatch demo` plays, byte for byte the same on every run.

Half a minute on a small network of documentation addresses: name look-ups, web pages and mail as
on any day, and three things that are wrong:

1. a port scan of the web server by a guest machine,
2. a workstation that talks to an address on the list of bad ones (`demo.intel`),
3. a web request that carries an attack which a rule knows (`demo.rules`).

    python tools/make_demo.py            write python/wirewatch/demo/demo.pcapng
    python tools/make_demo.py --check    fail if the file is out of date
"""

from __future__ import annotations

import argparse
import hashlib
import heapq
import ipaddress
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "python/wirewatch/demo"
START_US = 1_767_258_000_000_000  # 2026-01-01 09:00:00 UTC

ROUTER = "192.0.2.1"
LAPTOP = "192.0.2.23"
WORKSTATION = "192.0.2.42"
GUEST = "192.0.2.77"
INTRANET = "192.0.2.80"
MAIL = "192.0.2.25"
WEB = "198.51.100.20"
SHOP = "198.51.100.44"
NEWS = "2001:db8:20::80"
BAD = "203.0.113.66"

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16


def noise(label: str, length: int) -> bytes:
    """Bytes that look random and are always the same."""
    out = b""
    while len(out) < length:
        out += hashlib.sha256(f"{label}:{len(out)}".encode()).digest()
    return out[:length]


def checksum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def mac(address: str) -> bytes:
    """A locally administered MAC address for a host; hosts outside are reached by the router's."""
    local = address.startswith("192.0.2.") or address == LAPTOP6
    return (
        b"\x02\x00\x5e\x00\x00" + (ipaddress.ip_address(address if local else ROUTER).packed[-1:])
    )


LAPTOP6 = "2001:db8:1::23"


def frame(source: str, destination: str, protocol: int, transport: bytes, identity: int) -> bytes:
    """An Ethernet frame with an IP datagram."""
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    link = mac(destination) + mac(source)
    if a.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(transport), protocol, 64) + a.packed + b.packed
        return link + b"\x86\xdd" + head + transport
    head = struct.pack(
        "!BBHHHBBH4s4s",
        0x45, 0, 20 + len(transport), identity & 0xFFFF, 0x4000, 64, protocol, 0, a.packed, b.packed,
    )  # fmt: skip
    head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
    return link + b"\x08\x00" + head + transport


def sealed(source: str, destination: str, protocol: int, transport: bytes, at: int) -> bytes:
    """The transport header with its checksum at offset `at`."""
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(destination)
    pseudo = a.packed + b.packed + struct.pack("!IxxxB", len(transport), protocol)
    total = checksum(pseudo + transport) or 0xFFFF
    return transport[:at] + struct.pack("!H", total) + transport[at + 2 :]


@dataclass(order=True)
class Packet:
    ts_us: int
    number: int
    data: bytes = field(compare=False)


class Film:
    """Collects packets in any order and writes them in time order."""

    def __init__(self) -> None:
        self._packets: list[Packet] = []

    def add(
        self, at_s: float, source: str, destination: str, protocol: int, transport: bytes
    ) -> None:
        number = len(self._packets)
        data = frame(source, destination, protocol, transport, number)
        self._packets.append(Packet(START_US + round(at_s * 1e6), number, data))

    def raw(self, at_s: float, data: bytes) -> None:
        self._packets.append(Packet(START_US + round(at_s * 1e6), len(self._packets), data))

    def udp(
        self, at_s: float, source: str, sport: int, destination: str, dport: int, data: bytes
    ) -> None:
        head = struct.pack("!HHHH", sport, dport, 8 + len(data), 0) + data
        self.add(at_s, source, destination, 17, sealed(source, destination, 17, head, 6))

    def pcapng(self) -> Iterator[bytes]:
        section = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1) + option(4, b"tools/make_demo.py")
        yield block(0x0A0D0D0A, section + b"\0\0\0\0")
        yield block(1, struct.pack("<HHI", 1, 0, 0) + option(2, b"eth0") + b"\0\0\0\0")
        heap = list(self._packets)
        heapq.heapify(heap)
        while heap:
            packet = heapq.heappop(heap)
            high, low = divmod(packet.ts_us, 1 << 32)
            size = len(packet.data)
            yield block(6, struct.pack("<IIIII", 0, high, low, size, size) + padded(packet.data))


def padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + padded(value)


def block(kind: int, body: bytes) -> bytes:
    size = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + size + body + size


class Connection:
    """A TCP connection that is opened, talks and closes."""

    def __init__(
        self, film: Film, at_s: float, client: str, sport: int, server: str, dport: int
    ) -> None:
        self.film, self.now, self.rtt = film, at_s, 0.018
        self.ends = {True: (client, sport), False: (server, dport)}
        seed = f"{client}{sport}{server}{dport}"
        self.next = {side: int.from_bytes(noise(seed + str(side), 4)) for side in (True, False)}

    def segment(self, from_client: bool, flags: int, data: bytes = b"") -> None:  # noqa: FBT001
        (source, sport), (destination, dport) = self.ends[from_client], self.ends[not from_client]
        acknowledged = self.next[not from_client] if flags & ACK else 0
        options = b"\x02\x04\x05\xb4\x01\x03\x03\x07" if flags & SYN else b""
        head = struct.pack(
            "!HHIIBBHHH", sport, dport, self.next[from_client], acknowledged,
            (5 + len(options) // 4) << 4, flags, 64240, 0, 0,
        )  # fmt: skip
        body = sealed(source, destination, 6, head + options + data, 16)
        self.film.add(self.now, source, destination, 6, body)
        self.next[from_client] = (
            self.next[from_client] + len(data) + bool(flags & (SYN | FIN))
        ) % 2**32

    def open(self) -> Connection:
        for from_client, flags in ((True, SYN), (False, SYN | ACK), (True, ACK)):
            self.segment(from_client, flags)
            self.now += self.rtt / 2
        return self

    def say(self, from_client: bool, data: bytes, *, pause: float = 0.02) -> Connection:  # noqa: FBT001
        for start in range(0, len(data), 1448):
            self.segment(from_client, PSH | ACK, data[start : start + 1448])
            self.now += 0.002
        self.now += self.rtt / 2
        self.segment(not from_client, ACK)
        self.now += pause
        return self

    def close(self) -> None:
        for from_client, flags in ((True, FIN | ACK), (False, FIN | ACK), (True, ACK)):
            self.segment(from_client, flags)
            self.now += self.rtt / 2


def dns_name(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def look_up(film: Film, at_s: float, client: str, sport: int, name: str, address: str) -> None:
    ip = ipaddress.ip_address(address)
    kind = 28 if ip.version == 6 else 1
    identity = sport ^ 0x5A5A
    question = dns_name(name) + struct.pack("!HH", kind, 1)
    film.udp(
        at_s, client, sport, ROUTER, 53, struct.pack("!6H", identity, 0x0100, 1, 0, 0, 0) + question
    )
    answer = struct.pack("!HHHIH", 0xC00C, kind, 1, 300, len(ip.packed)) + ip.packed
    reply = struct.pack("!6H", identity, 0x8180, 1, 1, 0, 0) + question + answer
    film.udp(at_s + 0.011, ROUTER, 53, client, sport, reply)


def client_hello(name: str) -> bytes:
    host = name.encode()
    sni = struct.pack("!HHHBH", 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    versions = struct.pack("!HHB2H", 43, 5, 4, 0x0304, 0x0303)
    groups = struct.pack("!HHH2H", 10, 6, 4, 29, 23)
    extensions = sni + versions + groups
    ciphers = struct.pack("!4H", 0x1301, 0x1302, 0xC02F, 0xC030)
    body = (
        b"\x03\x03" + noise("random" + name, 32) + b"\x20" + noise("session" + name, 32)
        + struct.pack("!H", len(ciphers)) + ciphers + b"\x01\x00"
        + struct.pack("!H", len(extensions)) + extensions
    )  # fmt: skip
    hello = b"\x01" + len(body).to_bytes(3) + body
    return b"\x16\x03\x01" + struct.pack("!H", len(hello)) + hello


def server_hello(name: str) -> bytes:
    extensions = struct.pack("!HHH", 43, 2, 0x0304)
    body = (
        b"\x03\x03" + noise("server" + name, 32) + b"\x20" + noise("session" + name, 32)
        + b"\x13\x01\x00" + struct.pack("!H", len(extensions)) + extensions
    )  # fmt: skip
    hello = b"\x02" + len(body).to_bytes(3) + body
    return b"\x16\x03\x03" + struct.pack("!H", len(hello)) + hello


def sealed_record(label: str, length: int) -> bytes:
    return b"\x17\x03\x03" + struct.pack("!H", length) + noise(label, length)


def browse_tls(
    film: Film, at_s: float, client: str, sport: int, server: str, name: str, size: int
) -> None:
    talk = Connection(film, at_s, client, sport, server, 443).open()
    talk.say(True, client_hello(name))
    talk.say(False, server_hello(name) + sealed_record("certificate" + name, 2300))
    talk.say(True, sealed_record("request" + name, 420), pause=0.05)
    talk.say(False, sealed_record("page" + name, size), pause=0.4)
    talk.close()


def http(request: str, host: str, *, agent: str = "Mozilla/5.0") -> bytes:
    return f"GET {request} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {agent}\r\nAccept: */*\r\n\r\n".encode()


def page(text: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode()


def an_ordinary_day(film: Film) -> None:
    request = bytes.fromhex("0001080006040001") + mac(LAPTOP) + ipaddress.ip_address(LAPTOP).packed
    film.raw(
        0.0,
        b"\xff" * 6
        + mac(LAPTOP)
        + b"\x08\x06"
        + request
        + b"\0" * 6
        + ipaddress.ip_address(ROUTER).packed,
    )
    reply = bytes.fromhex("0001080006040002") + mac(ROUTER) + ipaddress.ip_address(ROUTER).packed
    film.raw(
        0.004,
        mac(LAPTOP)
        + mac(ROUTER)
        + b"\x08\x06"
        + reply
        + mac(LAPTOP)
        + ipaddress.ip_address(LAPTOP).packed,
    )
    pages = (
        (0.4, LAPTOP, WEB, "www.example.com", 7000),
        (4.0, WORKSTATION, SHOP, "shop.example.net", 9000),
        (9.0, LAPTOP6, NEWS, "news.example.org", 8000),
        (15.0, WORKSTATION, WEB, "www.example.com", 6000),
        (21.0, LAPTOP, SHOP, "shop.example.net", 7000),
        (27.0, WORKSTATION, WEB, "static.example.com", 5000),
    )
    for number, (at_s, client, server, name, size) in enumerate(pages):
        asker = LAPTOP if client == LAPTOP6 else client
        look_up(film, at_s, asker, 40100 + number, name, server)
        browse_tls(film, at_s + 0.03, client, 50100 + number, server, name, size)
    for number, at_s in enumerate((2.0, 12.0, 24.0)):
        talk = Connection(film, at_s, LAPTOP, 50200 + number, INTRANET, 80).open()
        talk.say(True, http("/wiki/start", "intranet.example"), pause=0.1)
        talk.say(False, page("<h1>Welcome</h1>" + "All quiet today. " * 40), pause=0.3)
        talk.close()
    talk = Connection(film, 6.0, WORKSTATION, 50300, MAIL, 25).open()
    for from_client, line in (
        (False, "220 mail.example ESMTP"), (True, "EHLO workstation.example"), (False, "250 mail.example"),
        (True, "MAIL FROM:<ann@example.com>"), (False, "250 OK"), (True, "RCPT TO:<bob@example.com>"),
        (False, "250 OK"), (True, "DATA"), (False, "354 go ahead"),
        (True, "Subject: lunch\r\n\r\nAt noon?\r\n."), (False, "250 queued"), (True, "QUIT"), (False, "221 bye"),
    ):  # fmt: skip
        talk.say(from_client, line.encode() + b"\r\n", pause=0.03)
    talk.close()
    for second in range(0, 30, 10):
        echo = struct.pack("!BBHHH", 8, 0, 0, 7, second) + b"wirewatch demo ping....."
        echo = echo[:2] + struct.pack("!H", checksum(echo)) + echo[4:]
        film.add(second + 0.7, LAPTOP, ROUTER, 1, echo)
        back = b"\0" + echo[1:2] + b"\0\0" + echo[4:]
        back = back[:2] + struct.pack("!H", checksum(back)) + back[4:]
        film.add(second + 0.702, ROUTER, LAPTOP, 1, back)


def a_port_scan(film: Film, at_s: float) -> None:
    """The guest tries forty ports of the intranet server; two are open."""
    ports = (21, 22, 23, 25, 53, 80, 110, 111, 113, 119, 135, 139, 143, 161, 389, 443, 445, 465, 512, 513,
             514, 587, 631, 873, 993, 995, 1080, 1433, 1521, 2049, 2121, 3128, 3306, 3389, 5432, 5900, 6379,
             8000, 8080, 9200)  # fmt: skip
    for number, port in enumerate(ports):
        talk = Connection(film, at_s + number * 0.06, GUEST, 61000 + number, INTRANET, port)
        talk.segment(True, SYN)
        talk.now += 0.001
        if port in (22, 80):
            talk.segment(False, SYN | ACK)
            talk.now += 0.001
            talk.segment(True, RST)
        else:
            talk.segment(False, RST | ACK)


def a_bad_address(film: Film, at_s: float) -> None:
    """The workstation reports to an address that is on the list."""
    for number in range(3):
        talk = Connection(film, at_s + number * 3.0, WORKSTATION, 50400 + number, BAD, 443).open()
        talk.say(True, sealed_record(f"beacon{number}", 180), pause=0.1)
        talk.say(False, sealed_record(f"orders{number}", 64))
        talk.close()


def an_attack_on_a_page(film: Film, at_s: float) -> None:
    """A request that climbs out of the web server's folder."""
    talk = Connection(film, at_s, GUEST, 61200, INTRANET, 80).open()
    talk.say(
        True,
        http("/cgi-bin/view?page=../../../../etc/passwd", "intranet.example", agent="curl/8.5"),
        pause=0.05,
    )
    talk.say(False, b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
    talk.close()


def capture() -> bytes:
    film = Film()
    an_ordinary_day(film)
    a_port_scan(film, 10.0)
    a_bad_address(film, 16.5)
    an_attack_on_a_page(film, 25.0)
    return b"".join(film.pcapng())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    path, data = FOLDER / "demo.pcapng", capture()
    if path.exists() and path.read_bytes() == data:
        return 0
    if args.check:
        print(f"out of date: {path.name}")
        return 1
    path.write_bytes(data)
    print(f"wrote {path.name}, {len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
