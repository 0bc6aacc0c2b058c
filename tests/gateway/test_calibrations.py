"""The next process of a boot gets what the chips measured; nobody else does."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from drivers.board import CardSettings
from drivers.slic import Calibration
from firmware.card.calibrations import NAME, Calibrations, beside

CARD = CardSettings(driver="si3210", bus="spi0.0")
MEASURED = {1: Calibration("Si3210 rev E", {96: 0, 98: 0x11}, unbalanced=True)}


def kept(folder: Path) -> Calibrations:
    found = Calibrations(folder / NAME, "a boot")
    found.keep(CARD, MEASURED)
    return found


def test_what_was_kept_is_known_to_the_next_process(tmp_path: Path) -> None:
    kept(tmp_path)
    assert Calibrations(tmp_path / NAME, "a boot").known(CARD) == MEASURED
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_after_a_boot_and_on_another_card_nothing_is_known(tmp_path: Path) -> None:
    ours = kept(tmp_path)
    assert Calibrations(tmp_path / NAME, "the next boot").known(CARD) == {}
    for other in ({"driver": "si3215"}, {"bus": "spi1.0"}, {"daisy": True}, {"number": 2}):
        assert ours.known(replace(CARD, **other)) == {}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"boot": "a boot", "card": "", "ports": {"x": 1}}']
)
def test_a_file_that_makes_no_sense_is_no_calibration(tmp_path: Path, text: str) -> None:
    ours = kept(tmp_path)
    (tmp_path / NAME).write_text(text)
    assert ours.known(CARD) == {}


def test_where_nothing_can_be_written_the_gateway_goes_on(tmp_path: Path) -> None:
    ours = Calibrations(tmp_path / "no folder" / NAME, "a boot")
    ours.keep(CARD, MEASURED)
    assert ours.known(CARD) == {}
    Calibrations().keep(CARD, MEASURED)
    assert Calibrations().known(CARD) == {}


def test_it_lies_beside_the_control_socket(tmp_path: Path) -> None:
    beside(tmp_path / "control.sock").keep(CARD, MEASURED)
    assert beside(tmp_path / "control.sock").known(CARD) == MEASURED
