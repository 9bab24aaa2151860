"""Keywords of the rule language on captures made here."""

from __future__ import annotations

import json
from pathlib import Path

from wirewatch.testing import dns_query, tcp_connection, udp, write_pcap

from tests.cli.program import wirewatch

CLIENT, SERVER = "192.0.2.1", "198.51.100.2"


def alerts(folder: Path, frames: list[bytes], *rules: str) -> list[int]:
    """The places of the rules that alert, counted from 1; all of them must be usable."""
    capture = write_pcap(folder / "capture.pcap", frames)
    path = folder / "own.rules"
    path.write_text("".join(f"{rule} sid:{place};)\n" for place, rule in enumerate(rules, 1)))
    checked = wirewatch("rules", "check", path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    eve = folder / "eve.json"
    done = wirewatch("read", capture, "--rules", path, "--eve", eve, "--quiet")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in eve.read_text().splitlines()]
    found = [event["alert"]["signature_id"] for event in events if "alert" in event]
    return sorted(set(found))


MODBUS = {
    "unit 10": True,
    "unit 11": False,
    "function 3": True,
    "function !3": False,
    "function assigned": True,
    "function !public": False,
    "unit 10, function 3": True,
    "function 8, subfunction 4": False,
    "access read": True,
    "access read holding": True,
    "access write": False,
    "access read holding, address 17": True,
    "access read holding, address 18": False,
    "access read holding, address 10<>17": True,
    "access read holding, address 17<>30": False,
    "access read holding, address >16": True,
}


def test_modbus_asks_what_a_request_does(tmp_path: Path) -> None:
    request = bytes.fromhex("000100000006 0a 03 0010 0002")
    answer = bytes.fromhex("000100000007 0a 03 04 00000000")
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 502, request, answer))
    rules = [f"alert modbus any any -> any any (modbus: {option};" for option in MODBUS]
    found = alerts(tmp_path, frames, *rules)
    assert found == [place for place, matches in enumerate(MODBUS.values(), 1) if matches]


def test_rpc_asks_which_procedure_is_called(tmp_path: Path) -> None:
    call = bytes.fromhex("00000007 00000000 00000002 000186a0 00000002 00000003") + bytes(16)
    frames = [udp(CLIENT, 40_000, SERVER, 111, call)]
    header = "alert udp any any -> any any (rpc:"
    rules = [
        f"{header} 100000;",
        f"{header} 100000, 2, 3;",
        f"{header} 100000, *, 3;",
        f"{header} 100000, 3, *;",
        f"{header} 100000, *, 4;",
    ]
    assert alerts(tmp_path, frames, *rules) == [1, 2, 3]
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 111, b"\x80\0\0\x28" + call, b""))
    rules = [rule.replace("udp", "tcp") for rule in rules]
    assert alerts(tmp_path, frames, *rules) == [1, 2, 3]


def literal(name: bytes, value: bytes) -> bytes:
    """A header field as it is (RFC 7541, section 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def test_http2_headers_are_asked_one_by_one(tmp_path: Path) -> None:
    block = literal(b":method", b"GET") + literal(b":path", b"/") + literal(b"x-odd", b"seven")
    settings = bytes.fromhex("000000 04 00 00000000")
    head = len(block).to_bytes(3, "big") + bytes.fromhex("01 05 00000001") + block
    request = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + settings + head
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 80, request, settings))
    header = "alert http2 any any -> any any ("
    rules = [
        f'{header}http2.header; content:"x-odd: seven"; bsize:12;',
        f'{header}http2.header_name; content:"x-odd"; bsize:5;',
        f'{header}http2.header_name; content:"seven";',
    ]
    assert alerts(tmp_path, frames, *rules) == [1, 2]


def test_http1_has_no_http2_header(tmp_path: Path) -> None:
    request = b"GET / HTTP/1.1\r\nX-Odd: seven\r\n\r\n"
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 80, request, b""))
    rule = 'alert tcp any any -> any any (http2.header_name; content:"X-Odd";'
    assert alerts(tmp_path, frames, rule) == []


def test_dns_names_have_older_spellings(tmp_path: Path) -> None:
    frames = [udp(CLIENT, 40_000, SERVER, 53, dns_query("www.example.com"))]
    rule = 'alert dns any any -> any any (dns.query.name; content:"www.example.com";'
    assert alerts(tmp_path, frames, rule) == [1]


def client_hello() -> bytes:
    """A hello of TLS 1.2 with one cipher."""
    body = b"\x03\x03" + bytes(32) + bytes.fromhex("00 0002 c02f 01 00")
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + len(message).to_bytes(2, "big") + message


def test_steps_of_a_session_are_asked(tmp_path: Path) -> None:
    frames = list(tcp_connection(CLIENT, 40_000, SERVER, 443, client_hello(), b""))
    header = "alert tls any any -> any any ("
    rules = [
        f"{header}ssl_state:client_hello; flow:to_server;",
        f"{header}ssl_state:server_hello; ssl_version:tls1.2;",
        f"{header}app-layer-state:client_hello_done; tls.store;",
        f"{header}tls_cert_expired;",
        f"{header}tls_cert_valid;",
    ]
    assert alerts(tmp_path, frames, *rules) == [1, 3]


def igmp(message: bytes) -> bytes:
    """A frame with an IGMP message."""
    frame = udp(CLIENT, 1, "224.0.0.1", 1, message)
    ip = bytearray(frame[14:34])
    ip[2:4] = (20 + len(message)).to_bytes(2, "big")
    ip[9], ip[10:12] = 2, b"\0\0"
    total = sum(int.from_bytes(ip[at : at + 2], "big") for at in range(0, 20, 2))
    total = (total & 0xFFFF) + (total >> 16)
    ip[10:12] = (0xFFFF - total).to_bytes(2, "big")
    return frame[:14] + bytes(ip) + message


def test_rules_about_igmp_see_its_messages_only(tmp_path: Path) -> None:
    query = bytes.fromhex("11 64 ee9b 00000000")
    frames = [igmp(query), udp(CLIENT, 40_000, SERVER, 9, query)]
    header = "alert igmp any any -> any any ("
    rules = [
        f'{header}igmp.hdr; content:"|11 64|"; startswith; bsize:8;',
        f'{header}igmp.hdr; content:"|12|"; startswith;',
        f"{header}igmp.type:17;",
    ]
    assert alerts(tmp_path, frames, *rules) == [1, 3]
    only = [udp(CLIENT, 40_000, SERVER, 9, query)]
    assert alerts(tmp_path, only, f"{header}") == []
