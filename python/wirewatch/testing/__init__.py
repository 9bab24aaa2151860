"""Helpers for tests of detectors, sinks and plugins. Part of the public API."""

from wirewatch.testing.batches import START, Rows, batch
from wirewatch.testing.captures import write_pcap
from wirewatch.testing.packets import dns_answer, dns_query, tcp, tcp_connection, udp

__all__ = [
    "START",
    "Rows",
    "batch",
    "dns_answer",
    "dns_query",
    "tcp",
    "tcp_connection",
    "udp",
    "write_pcap",
]
