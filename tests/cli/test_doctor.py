"""`wirewatch doctor`: which networks are ours."""

from __future__ import annotations

import json

from wirewatch.cli.doctor import Check, Interface, home_net

from tests.cli.program import wirewatch

ETHERNET = Interface("eth0", up=True, addresses=["192.0.2.7/24", "2001:db8::7/64", "fe80::1/64"])
LOOPBACK = Interface("lo", up=True, loopback=True, addresses=["127.0.0.1/8"])
DOWN = Interface("eth1", addresses=["198.51.100.1/24"])
ALL = [ETHERNET, LOOPBACK, DOWN]


def test_without_the_setting_the_networks_of_the_interfaces_are_ours() -> None:
    assert home_net([], ALL) == Check("home networks", found="192.0.2.0/24, 2001:db8::/64")


def test_networks_that_fit_are_well() -> None:
    assert home_net(["192.0.0.0/16", "2001:db8::/32"], ALL).status == "ok"


def test_a_network_that_is_not_ours_by_the_setting_is_told() -> None:
    check = home_net(["203.0.113.0/24", "2001:db8::/32"], ALL)
    assert check.status == "warn"
    assert "192.0.2.0/24 of eth0:" in check.found
    assert "2001:db8" not in check.found


def test_the_command_says_so() -> None:
    done = wirewatch("doctor", "--json", "--set", "detect.home-net=203.0.113.0/24")
    names = [check["name"] for check in json.loads(done.stdout)]
    assert "home networks" in names
