"""The guide knows what the program says."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = re.compile(r'"((?:capture|output)\.[a-z_]+)"')
COUNTERS = {
    "capture.filtered",
    "capture.interface_drops",
    "capture.kernel_drops",
    "capture.kernel_packets",
    "capture.skipped_blocks",
}
"""Names of counters in `stats` records, which look alike."""


def codes() -> set[str]:
    """Every notice code that stands in the engine's sources."""
    sources = [*ROOT.glob("crates/capture/src/**/*.rs"), *ROOT.glob("crates/engine/src/**/*.rs")]
    return {code for path in sources for code in CODE.findall(path.read_text())} - COUNTERS


def test_every_notice_code_is_in_the_guide() -> None:
    found = codes()
    assert "capture.interface_gone" in found
    guide = (ROOT / "docs/guide.md").read_text()
    assert {code for code in found if f"`{code}`" not in guide} == set()


def test_every_file_that_the_readme_points_at_is_there() -> None:
    readme = (ROOT / "README.md").read_text()
    links = re.findall(r"\]\(([^)#:]+)\)", readme)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
