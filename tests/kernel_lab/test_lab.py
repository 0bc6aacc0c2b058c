"""The unmodified stack in a kernel of our own, where that kernel has been built."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from drivers.highway import PERIOD, layout_for
from firmware.config.load import parse
from tests.kernel_lab.bridge import from_board, to_board
from tests.kernel_lab.stage import CARDS

ROOT = Path(__file__).resolve().parents[2]
LAB = ROOT / "tools/kernel-lab"


@pytest.mark.parametrize("ports", [2, 4, 8])
def test_the_bridge_puts_each_timeslot_where_the_other_side_has_it(ports: int) -> None:
    sound, board = layout_for(ports, "fxs"), layout_for(ports, "simulated")
    frames = bytearray(board.width * PERIOD)
    for slot in range(ports):
        frames[board.offset(slot) :: board.width] = bytes([0x10 + slot]) * PERIOD
    heard = from_board(bytes(frames), sound, board)
    assert heard[: sound.width] == bytes(
        0x10 + sound.offsets.index(at) if sound.offsets.index(at) < ports else 0
        for at in range(sound.width)
    )
    assert to_board(heard, sound, board) == bytes(frames)


@pytest.mark.parametrize("name", CARDS)
def test_the_configuration_of_a_card_in_the_lab_is_accepted(name: str, tmp_path: Path) -> None:
    fitted = CARDS[name]
    words = {"sip": 5060, "exchange": 5070, "rtp": 20000, "rtp_last": 20019}
    text = fitted.configuration().format(**words, folder=tmp_path, secret="secret")
    config = parse(text, "lab.toml", tmp_path).config
    (card,) = config.card
    assert (card.driver, card.ports, card.daisy) == (fitted.driver, fitted.ports, fitted.daisy)
    assert card.pcm == "fxs"
    assert card.bus == ("gpio" if fitted.driver == "ag1171" else "spi0.0")
    assert [line.port for line in config.line] == [1, fitted.ports]


def built() -> Path:
    """The kernel, or a reason to leave the test out."""
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        pytest.skip("the lab's kernel runs on x86-64 Linux")
    if importlib.util.find_spec("lgpio") is None:
        pytest.skip("no lgpio for this Python")
    where = subprocess.run(
        [LAB / "build.sh", "--where"], capture_output=True, text=True, check=False
    )
    if where.returncode == 77:
        pytest.skip("no kernel in the cache: `make kernel-lab` builds it (10 to 25 minutes, once)")
    return Path(where.stdout.strip())


def test_without_a_kernel_the_lab_says_what_builds_one(tmp_path: Path) -> None:
    done = subprocess.run(
        [LAB / "run.sh"],
        env={**os.environ, "TIPRING_KERNEL_LAB": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 77
    assert "make kernel-lab" in done.stderr


def test_without_the_source_the_build_names_its_package(tmp_path: Path) -> None:
    done = subprocess.run(
        [LAB / "build.sh"],
        env={
            **os.environ,
            "TIPRING_KERNEL_LAB": str(tmp_path),
            "LINUX_SOURCE": str(tmp_path / "none.tar.xz"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "apt-get install linux-source-6.12" in done.stderr
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.kernel
@pytest.mark.timeout(1000)
@pytest.mark.parametrize(
    "cards",
    [("si3210", "ag1171"), pytest.param(("chain",), marks=pytest.mark.slow)],
    ids="+".join,
)
def test_calls_from_bring_up_to_hang_up_over_real_devices(
    cards: tuple[str, ...], tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """spidev, gpiozero with lgpio and PyAudio, unmodified, over devices of a Linux kernel."""
    record_property("kernel", built().name)
    done = subprocess.run(
        [LAB / "run.sh"],
        env={
            **os.environ,
            "PYTHON": sys.executable,
            "TMPDIR": str(tmp_path),
            "CARDS": ",".join(cards),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=950,
    )
    if done.returncode == 77:
        pytest.skip(done.stderr.strip())
    assert done.returncode == 0, done.stdout[-6000:]
    assert "NOT SO" not in done.stdout
    for name in cards:
        assert f"  ok  the call over {CARDS[name].name}, from bring-up" in done.stdout
