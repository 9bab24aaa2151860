"""`wirewatch live` on real traffic: two network namespaces of the test's own, a cable between
them, and the records that come out while it runs. Nothing leaves the namespaces."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.namespaces import (
    CABLE,
    DEADLINE_S,
    FAR_END,
    PEER,
    SENSOR,
    Network,
    Record,
    Sensor,
    may_make_namespaces,
    run,
    sensors,
)

LISTED_PORT = 9_001
ODD_PORT = 7_741
WEB_PORT = 8_080
UNTAGGED_PORT = 7_000
TAGGED_PORT = 7_007
VLAN = 7


@pytest.fixture(scope="module", autouse=True)
def _possible() -> None:
    if not may_make_namespaces():
        pytest.skip("needs root and the right to make network namespaces")


@pytest.fixture
def network() -> Iterator[Network]:
    with Network(f"ww{os.getpid()}") as made:
        made.connect()
        yield made


@pytest.fixture
def listen(network: Network, tmp_path: Path) -> Iterator[Callable[..., Sensor]]:
    """Starts a sensor, and returns once it listens."""
    with sensors(network, tmp_path) as start:
        yield start


Listen = Callable[..., Sensor]


def of_kind(kind: str, **wanted: Any) -> Callable[[Record], bool]:
    """Whether a record is of this kind and has these fields."""
    return lambda one: (
        one["event_type"] == kind and all(one.get(name) == value for name, value in wanted.items())
    )


def send_udp(network: Network, port: int, payload: bytes = b"hello") -> None:
    with network.udp() as sender:
        sender.sendto(payload, (SENSOR, port))


def fetch(network: Network, path: str) -> None:
    """A small web server on the sensor's side gives one page to a client on the other."""
    with network.tcp(network.near) as server:
        server.bind((SENSOR, WEB_PORT))
        server.listen()
        with network.tcp(network.far) as client:
            client.connect((SENSOR, WEB_PORT))
            answering, _ = server.accept()
            with answering:
                client.sendall(f"GET {path} HTTP/1.1\r\nHost: www.example.com\r\n\r\n".encode())
                assert answering.recv(1000)
                answering.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                assert client.recv(1000)


def scan(network: Network, ports: range) -> None:
    """Knocks at ports where nobody listens."""
    for port in ports:
        with network.tcp(network.far) as client:
            assert client.connect_ex((SENSOR, port)) != 0


def test_a_flow_is_written_while_the_sensor_runs(network: Network, listen: Listen) -> None:
    sensor = listen()
    send_udp(network, UNTAGGED_PORT)
    flow = sensor.wait("the flow", of_kind("flow", dest_port=UNTAGGED_PORT))
    assert (flow["src_ip"], flow["dest_ip"], flow["proto"]) == (PEER, SENSOR, "UDP")
    assert flow["in_iface"] == CABLE
    assert "vlan" not in flow


def test_a_rule_matches_a_request_while_the_sensor_runs(
    network: Network, listen: Listen, tmp_path: Path
) -> None:
    rules = tmp_path / "own.rules"
    rules.write_text(
        f'alert tcp any any -> any {WEB_PORT} (msg:"secret page"; content:"GET /secret"; '
        "sid:1; rev:1;)\n"
    )
    sensor = listen("--rules", rules)
    fetch(network, "/secret")
    alert = sensor.wait("the alert", of_kind("alert"))
    assert alert["alert"]["signature"] == "secret page"
    assert (alert["src_ip"], alert["dest_ip"], alert["in_iface"]) == (PEER, SENSOR, CABLE)


def test_little_is_told_at_once_on_a_connection_that_falls_silent(
    network: Network, listen: Listen, tmp_path: Path
) -> None:
    rules = tmp_path / "own.rules"
    rules.write_text(f'alert tcp any any -> any {ODD_PORT} (msg:"word"; content:"hello"; sid:1;)\n')
    sensor = listen("--rules", rules)
    with network.tcp(network.near) as server, network.tcp(network.far) as client:
        server.bind((SENSOR, ODD_PORT))
        server.listen()
        client.connect((SENSOR, ODD_PORT))
        with server.accept()[0]:
            client.sendall(b"hello")
            sensor.wait("the alert", of_kind("alert"))


def test_a_listed_host_is_told_while_the_sensor_runs(
    network: Network, listen: Listen, tmp_path: Path
) -> None:
    intel = tmp_path / "own.txt"
    intel.write_text(f"# direction: both\n{SENSOR}:{LISTED_PORT}\n")
    sensor = listen("--intel", intel)
    send_udp(network, LISTED_PORT)
    alert = sensor.wait("the alert", of_kind("alert", dest_port=LISTED_PORT))
    assert "listed by own.txt" in alert["alert"]["signature"]


def test_a_port_scan_is_told_while_the_sensor_runs(network: Network, listen: Listen) -> None:
    sensor = listen()
    scan(network, range(2_000, 2_200))
    alert = sensor.wait("the alert", of_kind("alert", src_ip=PEER))
    assert "ports" in alert["alert"]["signature"]
    assert alert["alert"]["category"] == "Detection of a Network Scan"


def test_checksums_that_are_filled_in_later_are_no_anomalies(
    network: Network, listen: Listen
) -> None:
    sensor = listen("--set", "flow.timeouts.tcp-closed=1")
    fetch(network, "/index.html")
    send_udp(network, UNTAGGED_PORT)
    sensor.wait("the UDP flow", of_kind("flow", dest_port=UNTAGGED_PORT))
    sensor.wait("the TCP flow", of_kind("flow", dest_port=WEB_PORT))
    assert sensor.end() == 130
    assert [one for one in sensor.records() if one["event_type"] == "anomaly"] == []


def tagged_frame(port: int) -> bytes:
    """A UDP datagram to the sensor in a frame with a VLAN tag, as a trunk port sends it."""
    datagram = struct.pack("!HHHH", 40_000, port, 8 + 5, 0) + b"hello"
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(datagram), 1, 0, 64, 17, 0)
    header += socket.inet_aton(PEER) + socket.inet_aton(SENSOR)
    total = sum(struct.unpack("!10H", header))
    checksum = ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF
    packet = header[:10] + struct.pack("!H", checksum) + header[12:] + datagram
    link = b"\xff" * 6 + b"\x02\x00\x00\x00\x00\x01"
    return link + struct.pack("!HHH", 0x8100, VLAN, 0x0800) + packet


def test_a_tag_is_in_the_records(network: Network, listen: Listen) -> None:
    sensor = listen()
    with network.raw() as sender:
        sender.send(tagged_frame(TAGGED_PORT))
    flow = sensor.wait("the flow", of_kind("flow", dest_port=TAGGED_PORT))
    assert flow["vlan"] == [VLAN]
    assert flow["in_iface"] == CABLE


def test_a_filter_sees_through_the_tag_that_the_kernel_took_away(
    network: Network, listen: Listen
) -> None:
    sensor = listen("-f", f"vlan {VLAN} and udp")
    send_udp(network, UNTAGGED_PORT)
    with network.raw() as sender:
        sender.send(tagged_frame(TAGGED_PORT))
    sensor.wait("the flow", of_kind("flow", dest_port=TAGGED_PORT))
    assert sensor.end() == 130
    flows = [one for one in sensor.records() if one["event_type"] == "flow"]
    assert [flow["dest_port"] for flow in flows] == [TAGGED_PORT]


def test_traffic_on_a_vlan_interface_carries_the_tag(network: Network, listen: Listen) -> None:
    near, far = f"{CABLE}.{VLAN}", f"{FAR_END}.{VLAN}"
    for namespace, end, name, address in (
        (network.near, CABLE, near, "198.51.100.1"),
        (network.far, FAR_END, far, "198.51.100.2"),
    ):
        try:
            run("ip", "-n", namespace, "link", "add", "link", end, "name", name,
                "type", "vlan", "id", str(VLAN))  # fmt: skip
        except subprocess.CalledProcessError:
            pytest.skip("this kernel has no VLAN interfaces")
        run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", name)
        run("ip", "-n", namespace, "link", "set", name, "up")
    sensor = listen()
    with network.udp() as sender:
        sender.sendto(b"hello", ("198.51.100.1", TAGGED_PORT))
    flow = sensor.wait("the flow", of_kind("flow", dest_port=TAGGED_PORT))
    assert flow["vlan"] == [VLAN]


def test_an_interface_that_disappears_is_told_and_picked_up_again(
    network: Network, listen: Listen
) -> None:
    sensor = listen()
    send_udp(network, UNTAGGED_PORT)
    sensor.wait("the first flow", of_kind("flow", dest_port=UNTAGGED_PORT))
    network.cut()
    gone = sensor.wait("the loss to be told", notice("capture.interface_gone"))
    assert CABLE in gone["wirewatch"]["message"]
    network.connect()
    sensor.wait("the return to be told", notice("capture.interface_back"))
    send_udp(network, UNTAGGED_PORT + 1)
    flow = sensor.wait("a flow afterwards", of_kind("flow", dest_port=UNTAGGED_PORT + 1))
    assert flow["in_iface"] == CABLE
    assert sensor.end() == 130
    assert f"Interface {CABLE} is gone" in sensor.told()
    assert f"Interface {CABLE} is back" in sensor.told()


def notice(code: str) -> Callable[[Record], bool]:
    return lambda one: one.get("wirewatch", {}).get("code") == code


def test_ctrl_c_writes_the_flows_that_are_still_open(
    network: Network, listen: Listen, tmp_path: Path
) -> None:
    intel = tmp_path / "own.txt"
    intel.write_text(f"# direction: both\n{SENSOR}:{LISTED_PORT}\n")
    sensor = listen("--intel", intel, "--set", "flow.timeouts.udp-new=600")
    send_udp(network, LISTED_PORT)
    sensor.wait("the packet to be seen", of_kind("alert", dest_port=LISTED_PORT))
    assert not any(of_kind("flow", dest_port=LISTED_PORT)(one) for one in sensor.records())
    assert sensor.end() == 130
    assert any(of_kind("flow", dest_port=LISTED_PORT)(one) for one in sensor.records())
    assert sensor.eve.read_bytes().endswith(b"\n")
    assert "Traffic" in sensor.told()


def test_a_second_sensor_on_one_file_is_refused(network: Network, listen: Listen) -> None:
    sensor = listen()
    done = subprocess.run(
        ["ip", "netns", "exec", network.near, sys.executable, "-m", "wirewatch", "live",
         "-i", CABLE, "--eve", str(sensor.eve)],
        capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"{sensor.eve}: it is being written by another process" in done.stderr
    assert sensor.process.poll() is None


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv")
def test_without_the_capability_the_answer_is_advice(network: Network) -> None:
    without = "-net_raw,-net_admin"
    done = subprocess.run(
        ["ip", "netns", "exec", network.near,
         "setpriv", f"--bounding-set={without}", f"--inh-caps={without}",
         sys.executable, "-m", "wirewatch", "live", "-i", CABLE],
        capture_output=True, text=True, check=False, timeout=DEADLINE_S,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith(f"wirewatch: listening on {CABLE} ")
    assert "setcap" in done.stderr
    assert "Traceback" not in done.stderr
