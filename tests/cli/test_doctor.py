"""`wirewatch doctor`: which networks are ours."""

from __future__ import annotations

import json
import socket
from contextlib import closing
from threading import Event, Thread

import pytest
from wirewatch.cli.home import Check, Interface, Seen, home_net

from tests.cli.program import wirewatch
from tests.cli.test_live import may_capture

ETHERNET = Interface("eth0", up=True, addresses=["192.0.2.7/24", "2001:db8::7/64", "fe80::1/64"])
LOOPBACK = Interface("lo", up=True, loopback=True, addresses=["127.0.0.1/8"])
DOWN = Interface("eth1", addresses=["198.51.100.1/24"])
ALL = [ETHERNET, LOOPBACK, DOWN]


def test_without_the_setting_the_networks_of_the_interfaces_are_ours() -> None:
    assert home_net([], ALL, Seen()) == Check("home networks", found="192.0.2.0/24, 2001:db8::/64")


def test_networks_that_fit_are_well() -> None:
    assert home_net(["192.0.0.0/16", "2001:db8::/32"], ALL, Seen()).status == "ok"


def test_a_network_that_is_not_ours_by_the_setting_is_told() -> None:
    check = home_net(["203.0.113.0/24", "2001:db8::/32"], ALL, Seen())
    assert check.status == "warn"
    assert "192.0.2.0/24 of eth0:" in check.found
    assert "2001:db8" not in check.found


def test_the_command_says_so() -> None:
    done = wirewatch("doctor", "--json", "--set", "detect.home-net=203.0.113.0/24")
    names = [check["name"] for check in json.loads(done.stdout)]
    assert "home networks" in names


def test_traffic_that_does_not_fit_is_told() -> None:
    told = home_net(["192.0.2.0/24"], [], Seen(100, 3, ("192.0.2.0/24",)))
    assert (told.status, "of 100 packets" in told.found) == ("warn", True)
    assert home_net(["192.0.2.0/24"], [], Seen(100, 30, ("192.0.2.0/24",))).status == "ok"
    assert home_net(["192.0.2.0/24"], [], Seen(10, 0, ("192.0.2.0/24",))).status == "ok"


def chatter(enough: Event) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as sender:
        while not enough.wait(0.002):
            sender.sendto(b"x", ("127.0.0.1", 19_998))


@pytest.mark.parametrize(("home", "told"), [("127.0.0.0/8", False), ("203.0.113.0/24", True)])
def test_what_passes_is_compared_with_the_home_networks(home: str, *, told: bool) -> None:
    if not may_capture():
        pytest.skip("needs permission to capture")
    enough = Event()
    talking = Thread(target=chatter, args=(enough,))
    talking.start()
    # In a process of its own: who listens gives up privileges.
    settings = ("--set", "capture.interfaces=lo", "--set", f"detect.home-net={home}")
    done = wirewatch("doctor", "--json", *settings)
    enough.set()
    talking.join()
    (check,) = (one for one in json.loads(done.stdout) if one["name"] == "home networks")
    assert ("packets that passed now" in check["found"]) == told
