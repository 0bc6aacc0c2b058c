"""The demo in its real processes, on the line circuits that `make demo` does not take."""

from __future__ import annotations

import subprocess
import sys

import pytest

from firmware.demo import DIALS, DRIVERS

pytestmark = pytest.mark.wire


def test_the_demo_is_seen_on_every_line_circuit() -> None:
    """Registering, dialling, ringing, talking and the release; at the same time, some 20 s."""
    words = [sys.executable, "-m", "firmware", "demo", "--driver"]
    dials = {DRIVERS[1]: DIALS[1]}
    demos = [
        subprocess.Popen(
            [*words, driver, "--dial", dials.get(driver, DIALS[0])],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for driver in DRIVERS[1:]
    ]
    for demo in demos:
        told, _ = demo.communicate(timeout=100)
        assert demo.returncode == 0, told[-2000:]
        assert "All of it was seen" in told
        assert "telephone 2 shows the caller: 101 (FSK)" in told


@pytest.mark.parametrize(
    "words", [["--driver"], ["--driver", "abacus"], ["--keep", "now"], ["--dial", "spoon"]]
)
def test_a_demo_that_there_is_not_is_explained(words: list[str]) -> None:
    told = subprocess.run(
        [sys.executable, "-m", "firmware", "demo", *words],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert told.returncode == 2
    assert (
        "usage: tipring demo [--driver si3210|si3215|ag1171] [--dial keys|rotary] [--keep]"
        in told.stderr
    )
