"""What is written by hand about the boards agrees with the drivers and the overlays."""

from __future__ import annotations

import configparser
import re

import pytest

from drivers import si321x_bringup, si321x_calibration
from hardware.design.boards import BOARDS
from hardware.design.si321x import CLAMP_A, CLAMP_OHMS
from tests.hardware import trees

ROOT = trees.HARDWARE.parent
BRING_UP = (trees.HARDWARE / "bring-up.md").read_text(encoding="utf-8")
SAFETY = (trees.HARDWARE / "safety.md").read_text(encoding="utf-8")
HIGHEST_BATTERY = 94.5


def test_the_limits_of_the_bring_up_are_those_of_the_driver() -> None:
    """Steps 7 to 9: what the driver itself checks at every start."""
    assert f"within {si321x_bringup.CONVERTER_TIME * 1000:.0f} ms" in row(7)
    assert f"above 0x{si321x_bringup.LEAK_READING:02X}" in row(8)
    assert si321x_bringup.LEAK_TIME == 0.5, "half a second"
    assert f"less than {si321x_calibration.TIMEOUT * 1000:.0f} ms" in row(9)


def test_the_battery_clamp_lies_between_the_chip_and_the_parts() -> None:
    clamp = CLAMP_OHMS * CLAMP_A
    assert HIGHEST_BATTERY < clamp < 100
    assert f"{clamp:.0f} V" in SAFETY


def test_the_safety_sheet_forbids_what_destroys() -> None:
    assert "Never connect a port to a public telephone line" in SAFETY
    assert "Never connect a port to another FXS port" in SAFETY
    assert "not isolated" in SAFETY


@pytest.mark.parametrize("name", ["README.md", "safety.md", "boards/fxs2.md", "boards/fxs8.md"])
def test_nothing_pretends_that_a_board_exists(name: str) -> None:
    text = (trees.HARDWARE / name).read_text(encoding="utf-8").lower()
    assert "designed, not yet built" in text


def test_a_step_that_fails_has_a_step_that_it_is_about() -> None:
    steps = {int(found) for found in re.findall(r"^\| (\d+) \|", BRING_UP, re.MULTILINE)}
    assert steps == set(range(1, 19))
    about = {int(found) for found in re.findall(r"^\| step (\d+):", BRING_UP, re.MULTILINE)}
    assert about <= steps


@pytest.mark.parametrize("board", BOARDS)
def test_the_service_waits_for_the_devices_of_its_board(board: str) -> None:
    unit = configparser.ConfigParser(strict=True)
    unit.read(ROOT / f"systemd/boards/{board}.conf")
    wanted = unit["Unit"]["Wants"].split()
    assert wanted == unit["Unit"]["After"].split()
    source = (trees.HARDWARE / f"overlays/{board}.dts").read_text()
    slics = [int(number) for number in re.findall(r"slic@(\d) \{", source)]
    chips = [f"dev-spidev0.{number}.device" for number in slics]
    assert wanted == [*chips, "dev-gpiochip0.device", "dev-tipring-sound.device"]


def test_udev_makes_device_units_of_what_the_service_waits_for() -> None:
    rules = (ROOT / "systemd/60-tipring.rules").read_text()
    lines = [text for text in rules.splitlines() if text and not text.startswith("#")]
    assert all('TAG+="systemd"' in text for text in lines)
    assert 'ATTRS{id}=="fxs"' in rules
    for board in BOARDS:
        source = (trees.HARDWARE / f"overlays/{board}.dts").read_text()
        assert 'simple-audio-card,name = "fxs"' in source, "the name that udev looks for"


def row(step: int) -> str:
    found = re.search(rf"^\| {step} \|.*$", BRING_UP, re.MULTILINE)
    assert found, f"step {step}"
    return found[0]
