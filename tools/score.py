"""Run the outside scoring programs and compare with the floor in `tests/scores.toml`.

    python tools/score.py SHARED             fail when a family passes fewer checks than its floor
    python tools/score.py SHARED --raise     write higher floors where more passes now

SHARED is a folder with `tools/oracles.py`, `tools/suricata_verify.py` and `corpus/`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ROOT / "tests/scores.toml"
HEAD = """\
# How many checks of the outside corpora pass, by family: floors that only go up.
# Written by `tools/score.py --raise`; read by the same program in CI.
"""

Scores = dict[str, dict[str, tuple[int, int]]]
"""{corpus and family: {check: (passed, of)}}"""


def oracles(shared: Path, wirewatch: str, out: Path) -> Scores:
    commands = [f"{wirewatch} read {{pcap}} --eve {{eve}} --set community-id=yes --quiet",
                f"{wirewatch} read {{pcap}} --zeek {{zeek}} --quiet"]  # fmt: skip
    _run(
        shared / "tools/oracles.py", "run", shared / "corpus/oracles",
        *(word for command in commands for word in ("--command", command)), "--json", out,
    )  # fmt: skip
    result: dict[str, Any] = json.loads(out.read_text())
    return {
        f"oracles.{family}": {
            check.strip(): (passed, total)
            for check, (passed, total) in score["checks"].items()
            if not check.startswith(" ") and "informal" not in check
        }
        for family, score in result.items()
    }


def suricata_verify(shared: Path, wirewatch: str, out: Path) -> Scores:
    command = f"{wirewatch} read {{pcap}} --rules {{rules}} --eve {{out}} --quiet"
    corpus = shared / "corpus/suricata-verify"
    _run(shared / "tools/suricata_verify.py", corpus, "--cmd", command, "--json", out)
    passed = {r["name"] for r in json.loads(out.read_text())["results"] if r["status"] == "pass"}
    counts: dict[str, tuple[int, int]] = {}
    for case in json.loads((corpus / "cases.json").read_text())["cases"]:
        for group in (case["category"], f"tier {case['tier']}", "all"):
            good, total = counts.get(group, (0, 0))
            counts[group] = (good + (case["name"] in passed), total + 1)
    return {"suricata-verify": counts}


def _run(*command: str | Path) -> None:
    done = subprocess.run(
        [sys.executable, *map(str, command)], stdout=subprocess.PIPE, text=True, check=False
    )
    if done.returncode:
        print(done.stdout[-4000:])
        raise SystemExit(f"{command[0]} ended with status {done.returncode}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--raise", dest="lift", action="store_true", help="write higher floors")
    parser.add_argument("--wirewatch", default=str(Path(sys.executable).with_name("wirewatch")))
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "result.json"
        scores = oracles(args.shared, args.wirewatch, out)
        scores |= suricata_verify(args.shared, args.wirewatch, out)
    floors: dict[str, dict[str, int]] = tomllib.loads(FLOORS.read_text()) if FLOORS.exists() else {}
    below = 0
    for family in sorted(scores):
        print(f"[{family}]")
        for check, (passed, total) in sorted(scores[family].items()):
            floor = floors.get(family, {}).get(check, 0)
            below += passed < floor
            mark = f"  BELOW THE FLOOR of {floor}" if passed < floor else ""
            print(f"  {check:28} {passed:7} of {total:<7} {100 * passed / total:5.1f} %{mark}")
    if args.lift:
        _write(scores, floors)
    return int(below > 0)


def _write(scores: Scores, floors: dict[str, dict[str, int]]) -> None:
    lines = [HEAD]
    for family in sorted(scores):
        lines.append(f'["{family}"]')
        for check, (passed, total) in sorted(scores[family].items()):
            floor = max(passed, floors.get(family, {}).get(check, 0))
            lines.append(f'"{check}" = {floor}  # of {total}')
        lines.append("")
    FLOORS.write_text("\n".join(lines))


if __name__ == "__main__":
    sys.exit(main())
