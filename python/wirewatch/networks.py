"""Networks, and whether an address is in one of them."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network


class Networks:
    """A few networks, asked whether they hold an address."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._networks: list[IPv4Network | IPv6Network] = [
            ip_network(text, strict=False) for text in texts
        ]

    def contains(self, address: str) -> bool:
        """Whether one of them holds it."""
        parsed = ip_address(address)
        return any(parsed in network for network in self._networks)
