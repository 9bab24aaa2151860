"""Runs the fuzz target `proto` on every parser by itself, and tells what came of each.

    cargo +nightly fuzz build proto
    python fuzz/parsers.py [NAME...] [--seconds 600] [-j 2] [--json FILE] [--again]

Parsers that the JSON file names already are passed over, so that a run that was stopped goes on
where it was; those with findings are run again. Seeds come from `fuzz/corpus/proto`, what each
run finds goes to `fuzz/corpus/parsers/NAME`, inputs that fail to `fuzz/artifacts/parsers/NAME`.
An input that was only slow, as anything is on a busy machine, is run once more by itself.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock

from applications import applications

HERE = Path(__file__).resolve().parent
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", HERE / "target"))
BINARY = TARGET / "x86_64-unknown-linux-gnu/release/proto"

# The most attacked come first, so that a run that is cut short has done these.
FIRST = """
http http2 dns tls smtp smb dcerpc quic ssh ftp krb5 ldap nfs rdp dhcp snmp sip mqtt imap ike
pgsql mysql websocket pop3 tftp ftp-data tds rfb dhcpv6 mdns nbns socks redis dtls
"""

# A parser holds up to 16 MiB; the rest is the sanitiser's.
MEMORY_MB = 2048
# One input: far more than the slowest takes on a busy machine.
TIMEOUT_S = 30
# Seconds of processor time from which on an input is a finding because it is slow.
SLOW_S = 5.0
# What libFuzzer ends with when it is asked to stop.
INTERRUPTED = 72
# As long as the longest seed.
MAX_LENGTH = 4096


@dataclass
class Outcome:
    """What came of one parser's run."""

    name: str
    runs: int = 0
    seconds: float = 0.0
    coverage: int = 0
    features: int = 0
    peak_rss_mb: int = 0
    exit_status: int = 0
    findings: list[str] = field(default_factory=list)

    def row(self) -> str:
        found = " ".join(self.findings) or "-"
        return (
            f"{self.name:16}{self.runs:>12}{self.seconds:>9.0f}{self.coverage:>10}"
            f"{self.peak_rss_mb:>9}  {found}"
        )


NICE = [shutil.which("nice") or "nice", "-n", "19"]
HEAD = f"{'parser':16}{'runs':>12}{'seconds':>9}{'coverage':>10}{'RSS MB':>9}  findings"


def seeds(place: int, count: int, out: Path) -> None:
    """Links the inputs of the common corpus that are for this parser."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "empty").write_bytes(bytes([place, 0, 0]))
    for file in sorted((HERE / "corpus/proto").glob("*")):
        with file.open("rb") as opened:
            first = opened.read(1)
        link = out / file.name
        if first and first[0] % count == place and not link.exists():
            link.hardlink_to(file)


def fuzz(name: str, seconds: int, made: Path) -> Outcome:
    """One parser for so long, at the lowest priority."""
    artifacts = HERE / "artifacts/parsers" / name
    artifacts.mkdir(parents=True, exist_ok=True)
    before = set(artifacts.iterdir())
    command = [
        *NICE,
        str(BINARY),
        str(made),
        f"-max_total_time={seconds}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-timeout={TIMEOUT_S}",
        f"-max_len={MAX_LENGTH}",
        f"-artifact_prefix={artifacts}/",
        "-print_final_stats=1",
    ]
    started = time.monotonic()
    log = artifacts.parent / f"{name}.log"
    with log.open("wb") as written:
        done = subprocess.run(
            command,
            stdout=written,
            stderr=subprocess.STDOUT,
            env={**os.environ, "WIREWATCH_FUZZ_PARSER": name},
            check=False,
        )
    outcome = read(name, log.read_text(errors="replace"))
    outcome.seconds = round(time.monotonic() - started, 1)
    outcome.exit_status = done.returncode
    found = sorted(set(artifacts.iterdir()) - before)
    outcome.findings = [file.name for file in found if not is_false(name, file)]
    if done.returncode and not found:
        outcome.findings.append(f"exit {done.returncode}, see {log.name}")
    return outcome


def is_false(name: str, file: Path) -> bool:
    """Whether an input was slow only because the machine was busy."""
    if not file.name.startswith(("slow-unit-", "timeout-")):
        return False
    environment = {**os.environ, "WIREWATCH_FUZZ_PARSER": name}
    command = [str(BINARY), "-timeout=600", str(file)]
    one = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, used = os.wait4(one.pid, 0)
    one.returncode = os.waitstatus_to_exitcode(status)
    return status == 0 and used.ru_utime + used.ru_stime < SLOW_S


def read(name: str, log: str) -> Outcome:
    """What libFuzzer says at the end, and in its last line of progress."""

    def last(pattern: str) -> int:
        found = re.findall(pattern, log)
        return int(found[-1]) if found else 0

    return Outcome(
        name=name,
        runs=last(r"number_of_executed_units: (\d+)") or last(r"(?m)^#(\d+)\s"),
        coverage=last(r"\bcov: (\d+)"),
        features=last(r"\bft: (\d+)"),
        peak_rss_mb=last(r"peak_rss_mb: (\d+)") or last(r"\brss: (\d+)Mb"),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="*", metavar="NAME", help="parsers; all if there is none")
    parser.add_argument("--seconds", type=int, default=600, help="for each parser")
    parser.add_argument("-j", "--jobs", type=int, default=2, help="processes at a time")
    parser.add_argument(
        "--json", type=Path, default=HERE / "artifacts/parsers.json", help="what was done"
    )
    parser.add_argument("--within", type=int, help="begin none that would end later than this")
    parser.add_argument("--again", action="store_true", help="run what was done, too")
    asked = parser.parse_args()

    places = {name: place for name, (place, number) in applications().items() if number == 0}
    if unknown := set(asked.names) - set(places):
        parser.error(f"there is no parser {', '.join(sorted(unknown))}")
    if not BINARY.exists():
        parser.error(f"{BINARY} is not there: cargo +nightly fuzz build proto")
    order = [name for name in FIRST.split() if name in places]
    order += sorted(set(places) - set(order))
    known = json.loads(asked.json.read_text()) if asked.json.exists() else {}
    done = {name for name, one in known.items() if not one["findings"]}
    todo = [name for name in asked.names or order if asked.again or name not in done]

    lock = Lock()

    asked.json.parent.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()

    def one(name: str) -> bool:
        if asked.within and time.monotonic() - started + asked.seconds > asked.within:
            return False
        made = HERE / "corpus/parsers" / name
        seeds(places[name], len(places), made)
        outcome = fuzz(name, asked.seconds, made)
        if outcome.exit_status == INTERRUPTED:
            return False
        with lock:
            known[name] = asdict(outcome)
            asked.json.write_text(json.dumps(known, indent=1) + "\n")
            print(outcome.row(), flush=True)
        return bool(outcome.findings)

    print(HEAD, flush=True)
    with ThreadPoolExecutor(asked.jobs) as pool:
        found = list(pool.map(one, todo))
    return int(any(found))


if __name__ == "__main__":
    sys.exit(main())
