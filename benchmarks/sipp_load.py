"""SIPp as caller, callee and registrar: how many a second, how many went wrong."""

from __future__ import annotations

import csv
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.stand import StandError, free_port

SCENARIOS = Path(__file__).parent / "sipp"
MOST_OPEN = 90
"""Calls at once, at the most: fewer than the lines that have to take them."""


@dataclass(frozen=True)
class Load:
    """What a run of SIPp came to."""

    calls: int
    rate: float
    """Calls a second that it reached over the whole run."""
    failed: int
    again: int
    """Messages that it had to send again."""
    cpu_ms: float
    """CPU of the agent, a call."""


def calling(contacts: Mapping[str, str], pid: int, rate: int, seconds: float) -> Load:
    """Call the contacts in turn.

    Args:
        contacts: URI by user.
        pid: whose CPU is counted.
        rate: calls a second.
        seconds: how long.

    Raises:
        StandError: SIPp could not be run.
    """
    folder = Path(tempfile.mkdtemp(prefix="tipring-sipp-"))
    try:
        users, stats = folder / "users.csv", folder / "stats.csv"
        rows = [f"{user};{uri}" for user, uri in contacts.items()]
        users.write_text("\n".join(["SEQUENTIAL", *rows]) + "\n")
        count = max(1, round(rate * seconds))
        remote = next(iter(contacts.values())).partition("@")[2] or "127.0.0.1"
        before = machine.cpu_s(pid)
        done = subprocess.run(
            [_sipp(), remote.partition(";")[0], "-sf", SCENARIOS / "caller.xml", "-inf", users,
             "-i", "127.0.0.1", "-p", str(free_port()), "-r", str(rate), "-m", str(count),
             "-l", str(min(MOST_OPEN, len(contacts) if len(contacts) > 1 else MOST_OPEN)),
             "-nostdin", "-timeout", f"{seconds + 20:.0f}s", "-recv_timeout", "4000",
             "-trace_stat", "-stf", stats, "-fd", "60"],
            cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        used = machine.cpu_s(pid) - before
        if not stats.exists():
            raise StandError(f"sipp: {done.stderr.decode(errors='replace')[-300:]}")
        *_, last = csv.DictReader(stats.read_text().splitlines(), delimiter=";")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    good = int(last["SuccessfulCall(C)"])
    return Load(
        calls=good,
        rate=float(last["CallRate(C)"]),
        failed=int(last["FailedCall(C)"]),
        again=int(last["Retransmissions(C)"]),
        cpu_ms=1000 * used / max(1, good),
    )


@contextmanager
def answering(scenario: str, port: int) -> Iterator[None]:
    """SIPp at that port in the role that the scenario gives it."""
    folder = Path(tempfile.mkdtemp(prefix="tipring-sipp-"))
    process = subprocess.Popen(
        [_sipp(), "-sf", SCENARIOS / f"{scenario}.xml", "-i", "127.0.0.1", "-p", str(port),
         "-nostdin", "-l", "10000"],
        cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _sipp() -> str:
    path = shutil.which("sipp")
    if path is None:
        raise StandError("sipp is not installed (Debian package sip-tester)")
    return path
