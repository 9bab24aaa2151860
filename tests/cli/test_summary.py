"""The summary."""

from __future__ import annotations

import io

from wirewatch.cli.summary import MOST_FINDINGS, print_summary
from wirewatch.live.tick import AnomalyCount, Finding, Host, PortShare, ProtocolShare, Summary

START = 1_767_225_600_000_000


def printed(summary: Summary, *, coloured: bool = False) -> str:
    out = io.StringIO()
    print_summary(summary, out, coloured=coloured, utc=True)
    return out.getvalue()


def test_it_tells_how_much_and_how_long() -> None:
    text = printed(Summary(first_ts=START, last_ts=START + 2_000_000, packets=10, bytes=4000))
    assert "10 packets, 4 kB, 5 packets/s, 16 kbit/s" in text
    assert "2026-01-01 00:00:00, 2.0 s long" in text


def test_a_run_without_packets_is_no_error() -> None:
    assert "0 packets" in printed(Summary())


def test_losses_are_named() -> None:
    assert "Lost     7 packets in the kernel" in printed(Summary(drops={"kernel": 7, "shed": 0}))


def test_nothing_lost_is_said() -> None:
    assert "Lost     nothing" in printed(Summary())


def test_the_worst_finding_comes_first() -> None:
    findings = [Finding("Small", severity=3, count=9), Finding("Big", severity=1)]
    text = printed(Summary(findings=findings))
    assert text.index("Big") < text.index("Small")


def test_many_findings_are_cut_and_counted() -> None:
    findings = [Finding(f"Thing {n}") for n in range(MOST_FINDINGS + 3)]
    assert "and 3 more" in printed(Summary(findings=findings))


def test_hosts_protocols_and_ports_are_listed() -> None:
    text = printed(
        Summary(
            top_hosts=[Host("192.0.2.1", 1000, 2000)],
            protocols=[ProtocolShare("dns", 4, 3000)],
            ports=[PortShare(53, "UDP", "domain", 3000, 2)],
        )
    )
    for shown in ("192.0.2.1", "dns", "100%", "53/udp domain"):
        assert shown in text


def test_anomalies_are_listed_by_count() -> None:
    text = printed(Summary(anomalies=[AnomalyCount("a", 1), AnomalyCount("b", 5)]))
    assert "b 5, a 1" in text


def test_text_from_the_wire_is_safe_and_no_markup() -> None:
    text = printed(Summary(findings=[Finding("[red]\x1b[31mevil", example="\x1b]0;x\x07")]))
    assert "[red]\\x1b[31mevil" in text
    assert "\x1b" not in text


def test_without_colour_there_is_no_escape() -> None:
    assert "\x1b" not in printed(Summary(drops={"kernel": 1}))


def test_with_colour_losses_are_red() -> None:
    assert "\x1b[1;31m1 packets in the kernel" in printed(
        Summary(drops={"kernel": 1}), coloured=True
    )
