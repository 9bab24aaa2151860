"""Names of addresses and of what flows speak, end to end."""

from __future__ import annotations

import json
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from wirewatch.testing import dns_answer, dns_query, tcp_connection, udp, write_pcap

from tests.cli.program import wirewatch
from tests.cli.talk import CLIENT, SERVER, talk

RESOLVER = "192.0.2.53"
NOBODY = str(ip_address(0))
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
FIRST_RECORD_OF_TLS = bytes.fromhex("160301002d0100002903034b") + bytes(38)


def flows(folder: Path, frames: Iterable[bytes], *, apart_us: int = 1000) -> list[dict[str, Any]]:
    capture = write_pcap(folder / "names.pcap", frames, apart_us=apart_us)
    done = wirewatch("read", capture, "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    return [one for one in events if one["event_type"] == "flow"]


def server_names(all_flows: list[dict[str, Any]]) -> list[str | None]:
    return [one["wirewatch"].get("dst_name") for one in all_flows if one["dest_ip"] == SERVER]


def looked_up(name: str) -> list[bytes]:
    return [
        udp(CLIENT, 40_053, RESOLVER, 53, dns_query(name)),
        udp(RESOLVER, 53, CLIENT, 40_053, dns_answer(name, SERVER)),
    ]


def get(host: str, *, target: str = "/", port: int = 40_001) -> list[bytes]:
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
    return list(tcp_connection(CLIENT, port, SERVER, 80, request, OK))


def test_a_name_is_not_shown_when_it_holds_no_longer(tmp_path: Path) -> None:
    frames = [*looked_up("old.example.com"), udp(CLIENT, 40_001, SERVER, 9, b"?")]
    assert server_names(flows(tmp_path, frames)) == ["old.example.com"]
    assert server_names(flows(tmp_path, frames, apart_us=400_000_000)) == [None]


def test_each_flow_has_the_name_that_it_was_opened_under(tmp_path: Path) -> None:
    frames = [*get("a.example.com"), *get("b.example.com", port=40_002)]
    frames += looked_up("shared.example.net")
    assert server_names(flows(tmp_path, frames)) == ["a.example.com", "b.example.com"]


def dhcp(operation: int, kind: int, *, own: str = NOBODY, name: bytes = b"") -> bytes:
    options = b"\x63\x82\x53\x63" + bytes([53, 1, kind])
    options += bytes([12, len(name)]) + name if name else b""
    head = bytes([operation, 1, 6, 0]) + b"\0\0\0\x07" + bytes(8) + ip_address(own).packed
    return head + bytes(8) + b"\x02\0\0\0\0\x62" + bytes(10 + 192) + options + b"\xff"


def test_a_host_is_called_as_it_said_when_it_had_no_address_yet(tmp_path: Path) -> None:
    frames = [
        udp(NOBODY, 68, "255.255.255.255", 67, dhcp(1, 3, name=b"Laptop")),
        udp("192.0.2.254", 67, SERVER, 68, dhcp(2, 5, own=SERVER)),
        udp(CLIENT, 40_001, SERVER, 9, b"?"),
    ]
    assert server_names(flows(tmp_path, frames)) == ["laptop"]


def test_an_address_is_no_name(tmp_path: Path) -> None:
    assert server_names(flows(tmp_path, get(SERVER))) == [None]


def test_a_proxy_is_not_called_as_what_is_asked_of_it(tmp_path: Path) -> None:
    frames = get("www.example.com", target="http://www.example.com/")
    assert server_names(flows(tmp_path, frames)) == [None]
    inner = b"GET / HTTP/1.1\r\nHost: www.example.com\r\n\r\n"
    request = b"CONNECT www.example.com:80 HTTP/1.1\r\nHost: www.example.com:80\r\n\r\n" + inner
    answer = b"HTTP/1.1 200 OK\r\n\r\n" + OK
    frames = list(tcp_connection(CLIENT, 40_003, SERVER, 3128, request, answer))
    assert server_names(flows(tmp_path, frames)) == [None]


def test_what_was_agreed_on_does_not_disagree_with_the_port(tmp_path: Path) -> None:
    hello = FIRST_RECORD_OF_TLS
    told = "220 ready\r\n", "AUTH TLS\r\n", "234 go on\r\n", hello, hello
    [flow] = flows(tmp_path, talk(21, *told, by_server=True))
    assert (flow["app_proto"], flow["app_proto_orig"]) == ("tls", "ftp")
    assert "app_proto_mismatch" not in flow["wirewatch"]


def test_another_protocol_than_the_ports_is_told(tmp_path: Path) -> None:
    [flow] = flows(tmp_path, talk(21, FIRST_RECORD_OF_TLS, FIRST_RECORD_OF_TLS))
    assert flow["wirewatch"]["app_proto_mismatch"] is True
    assert "app_proto_orig" not in flow


@pytest.mark.parametrize("upgrade", ["tcp", "own/1"])
def test_what_changes_to_the_same_has_no_former_protocol(tmp_path: Path, upgrade: str) -> None:
    head = f"Connection: Upgrade\r\nUpgrade: {upgrade}\r\n\r\n"
    request = f"GET / HTTP/1.1\r\nHost: a.example.com\r\n{head}"
    [flow] = flows(tmp_path, talk(80, request, f"HTTP/1.1 101 Go\r\n{head}", "GET 1", "OK 1"))
    assert flow["app_proto"] == "http"
    assert "app_proto_orig" not in flow
