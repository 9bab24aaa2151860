"""Frames, byte by byte: Ethernet with IPv4 or IPv6, and TCP or UDP, with right checksums."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator

FIN, SYN, RST, PSH, ACK = 0x01, 0x02, 0x04, 0x08, 0x10

_LINK = b"\x02\x00\x00\x00\x00\x02" + b"\x02\x00\x00\x00\x00\x01"
_TCP, _UDP = 6, 17


def udp(src: str, sport: int, dst: str, dport: int, payload: bytes = b"") -> bytes:
    """A frame with a UDP datagram."""
    header = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    return _frame(src, dst, _UDP, header + payload, at=6)


def tcp(
    src: str,
    sport: int,
    dst: str,
    dport: int,
    payload: bytes = b"",
    *,
    flags: int = PSH | ACK,
    seq: int = 1000,
    ack: int = 0,
) -> bytes:
    """A frame with a TCP segment."""
    header = struct.pack("!HHIIBBHHH", sport, dport, seq, ack, 5 << 4, flags, 65_535, 0, 0)
    return _frame(src, dst, _TCP, header + payload, at=16)


def tcp_connection(
    src: str, sport: int, dst: str, dport: int, request: bytes, answer: bytes = b""
) -> Iterator[bytes]:
    """The frames of one short connection: handshake, a request, an answer, and the end."""
    there, back = (src, sport, dst, dport), (dst, dport, src, sport)
    ours, theirs = 1000, 5000
    yield tcp(*there, flags=SYN, seq=ours)
    yield tcp(*back, flags=SYN | ACK, seq=theirs, ack=ours + 1)
    ours, theirs = ours + 1, theirs + 1
    yield tcp(*there, flags=ACK, seq=ours, ack=theirs)
    yield tcp(*there, request, seq=ours, ack=theirs)
    ours += len(request)
    if answer:
        yield tcp(*back, answer, seq=theirs, ack=ours)
        theirs += len(answer)
    yield tcp(*there, flags=FIN | ACK, seq=ours, ack=theirs)
    yield tcp(*back, flags=FIN | ACK, seq=theirs, ack=ours + 1)
    yield tcp(*there, flags=ACK, seq=ours + 1, ack=theirs + 1)


def dns_query(name: str, *, identifier: int = 1, kind: int = 1) -> bytes:
    """The payload of a DNS question for `name`."""
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    head = struct.pack("!HHHHHH", identifier, 0x0100, 1, 0, 0, 0)
    return head + labels + b"\0" + struct.pack("!HH", kind, 1)


def dns_answer(name: str, address: str, *, identifier: int = 1, ttl: int = 300) -> bytes:
    """The payload of the answer to a DNS question for the IPv4 address of `name`."""
    question = dns_query(name, identifier=identifier)
    head = struct.pack("!HHHHHH", identifier, 0x8180, 1, 1, 0, 0)
    record = struct.pack("!HHHIH", 0xC00C, 1, 1, ttl, 4) + ipaddress.IPv4Address(address).packed
    return head + question[12:] + record


def _frame(src: str, dst: str, protocol: int, transport: bytes, *, at: int) -> bytes:
    """Fills in the checksum at offset `at` of the transport header and puts the rest around it."""
    source, target = ipaddress.ip_address(src), ipaddress.ip_address(dst)
    length = struct.pack("!IHBB", len(transport), 0, 0, protocol)
    checksum = _checksum(source.packed + target.packed + length + transport) or 0xFFFF
    whole = transport[:at] + struct.pack("!H", checksum) + transport[at + 2 :]
    if source.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(whole), protocol, 64)
        return _LINK + b"\x86\xdd" + head + source.packed + target.packed + whole
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(whole), 1, 0x4000, 64, protocol, 0)
    head += source.packed + target.packed
    head = head[:10] + struct.pack("!H", _checksum(head)) + head[12:]
    return _LINK + b"\x08\x00" + head + whole


def _checksum(data: bytes) -> int:
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
