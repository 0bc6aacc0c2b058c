"""Fuzz what reads the network: ``python -m tests.fuzz [--seconds N] [TARGET ...]``.

Installs atheris if there is a wheel of it for this interpreter; if not, says so. Each target
runs for so many seconds with the dictionary and seeds of `corpus`. What is learned stays in
``build/fuzz/TARGET`` and is where the next run begins; a fault is kept there as ``crash-*``,
and ``python -m tests.fuzz.one TARGET FILE`` shows it again.
"""

from __future__ import annotations

import argparse
import importlib.util
import subprocess
import sys
from pathlib import Path

from tests.fuzz.corpus import write, write_dictionary
from tests.fuzz.targets import TARGETS

FOLDER = Path("build/fuzz")
LONGEST = {
    "message": 4096,
    "datagram": 4096,
    "answer": 4096,
    "description": 4096,
    "voice": 4096,
    "reports": 1500,
    "fax": 2000,
    "names": 2000,
}
"""Bytes of one input; else 400. What is longer is for `tests.hostile`, which knows how."""
GRACE = 120
"""s a target may take to start and to stop."""


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=", ".join(TARGETS))
    given = parser.parse_args()
    unknown = set(given.targets) - set(TARGETS)
    if unknown:
        parser.error(f"no such target: {', '.join(sorted(unknown))}")
    if not installed():
        say("there is no atheris for this interpreter: nothing was fuzzed")
        return 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    write_dictionary(FOLDER / "sip.dict")
    found = [name for name in given.targets or TARGETS if not fuzz(name, given.seconds)]
    say(f"faults found in: {', '.join(found)}" if found else "no fault found")
    return 1 if found else 0


def installed() -> bool:
    """Whether atheris is there, or could be had as a wheel."""
    if importlib.util.find_spec("atheris"):
        return True
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    done = subprocess.run([*pip, "--only-binary=:all:", "atheris>=3,<4"], check=False)
    importlib.invalidate_caches()
    return done.returncode == 0 and importlib.util.find_spec("atheris") is not None


def fuzz(name: str, seconds: int) -> bool:
    """Fuzz one target; False: a fault was found."""
    corpus = FOLDER / name
    write(name, corpus)
    command = [sys.executable, "-m", "tests.fuzz.one", name]
    options = {
        "max_total_time": seconds,
        "max_len": LONGEST.get(name, 400),
        "dict": FOLDER / "sip.dict",
        "use_value_profile": 1,
        "artifact_prefix": f"{corpus}/",
        "timeout": 10,
        "rss_limit_mb": 1024,
        "verbosity": 1,
        "print_final_stats": 1,
    }
    command += [f"-{key}={value}" for key, value in options.items()]
    say(f"{name}: {seconds} s")
    done = subprocess.run(
        [*command, str(corpus)],
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=seconds + GRACE,
    )
    said = done.stdout.decode(errors="replace")
    (FOLDER / f"{name}.log").write_text(said, encoding="utf-8")
    if done.returncode:
        say(said[-3000:])
        return False
    stats = [line for line in said.splitlines() if "number_of_executed_units" in line]
    say("  " + (stats[0].split()[-1] if stats else "?") + " executions, no fault")
    return True


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
