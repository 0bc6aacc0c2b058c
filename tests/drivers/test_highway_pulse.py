"""The highway through the real PyAudio, PortAudio and ALSA, with PulseAudio as the card."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.wire,
    pytest.mark.skipif(
        not (shutil.which("pulseaudio") and shutil.which("pactl")),
        reason="pulseaudio and pactl are not installed: no sound card to pretend",
    ),
]

ROOT = Path(__file__).parents[2]
SINK = (
    "load-module module-null-sink sink_name=loop format=s16le rate=8000 channels=2\n"
    "load-module module-native-protocol-unix\n"
)
ALSA = """
pcm.fxs_out { type pulse device loop hint { show on description "highway, playback" } }
pcm.fxs_in { type pulse device loop.monitor hint { show on description "highway, capture" } }
"""
"""Playback is looped to capture: what is played comes back."""


@pytest.fixture(name="sound")
def pulse(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A private PulseAudio; the environment in which it is the only sound device."""
    home, run = tmp_path / "home", tmp_path / "run"
    home.mkdir()
    run.mkdir(mode=0o700)
    (tmp_path / "default.pa").write_text(SINK)
    (home / ".asoundrc").write_text(ALSA)
    environment = {**os.environ, "HOME": str(home), "XDG_RUNTIME_DIR": str(run)}
    server = subprocess.Popen(
        ["pulseaudio", "-n", "-F", str(tmp_path / "default.pa"), "--exit-idle-time=-1",
         "--daemonize=no", "--use-pid-file=no"],
        env=environment,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _await_server(environment)
        yield environment
    finally:
        server.terminate()
        server.wait(10)


def _await_server(environment: dict[str, str]) -> None:
    until = time.monotonic() + 15
    while time.monotonic() < until:
        asked = subprocess.run(
            ["pactl", "info"], env=environment, capture_output=True, check=False
        )
        if asked.returncode == 0:
            return
    pytest.skip("PulseAudio did not start here")


def test_periods_pass_a_real_sound_system_bit_for_bit_and_paced(sound: dict[str, str]) -> None:
    echo = subprocess.run(
        [sys.executable, "-m", "tests.drivers.pulse_echo", "fxs"],
        env={**sound, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert echo.returncode == 0, echo.stderr
    found = json.loads(echo.stdout)
    assert found["took"] == pytest.approx(100 * 0.020, rel=0.25), "the device is the clock"
    assert len(found["whole"]) > 60, found
    assert found["whole"] == sorted(found["whole"])
