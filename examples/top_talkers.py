"""Who uses the network most: the flows of a capture as a table.

    python examples/top_talkers.py capture.pcap

With polars installed the table is handed to it as it is (Arrow, without a copy); without it the
same is added up in plain Python.
"""

from __future__ import annotations

import sys
from collections import Counter

import wirewatch as ww


def main(path: str) -> None:
    """Prints the ten pairs of addresses with the most bytes."""
    table = ww.read(path).table("flow")
    print(f"{len(table)} flows")
    try:
        import polars as pl
    except ImportError:
        plain(table)
        return
    print(
        pl.DataFrame(table)
        .group_by("src_ip", "dst_ip")
        .agg(
            (pl.col("bytes_toserver") + pl.col("bytes_toclient")).sum().alias("bytes"),
            pl.len().alias("flows"),
        )
        .sort("bytes", descending=True)
        .head(10)
    )


def plain(table: ww.Table) -> None:
    """The same without a data frame library."""
    columns = ("src_ip", "dst_ip", "bytes_toserver", "bytes_toclient")
    totals: Counter[tuple[str, str]] = Counter()
    for src, dst, sent, received in zip(*map(table.column, columns), strict=True):
        totals[src, dst] += sent + received
    for (src, dst), size in totals.most_common(10):
        print(f"{size:>12}  {src} > {dst}")


if __name__ == "__main__":
    main(sys.argv[1])
