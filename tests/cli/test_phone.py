"""The person at a simulated telephone: what is asked of the board, and how it is told."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from firmware.cli import phone  # noqa: F401 fills the table
from firmware.cli.command import TABLE
from firmware.cli.phone import heard, state_text
from tests.cli.lab import TableBoard, context

STATE = {
    "port": 1,
    "hook": "on",
    "ringing": True,
    "ring_hz": 25.0,
    "ring_vrms": 61.2,
    "line_v": -48.26,
    "loop_ma": 0.0,
    "polarity": "normal",
    "caller_id": "8001",
}


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (
            {
                "heard": "ringback",
                "frequencies_hz": [450.0],
                "level_dbm0": -10.04,
                "cadence_ms": [1000, 4000],
            },
            "ringback: 450 Hz, -10.0 dBm0, 1000/4000 ms",
        ),
        (
            {"heard": "silence", "frequencies_hz": [], "level_dbm0": None, "cadence_ms": []},
            "silence",
        ),
    ],
)
def test_what_is_heard_is_told_with_its_measures(data: dict[str, Any], text: str) -> None:
    assert heard(data) == text


def test_the_state_of_the_telephone_is_told_one_fact_a_line() -> None:
    assert state_text(STATE) == (
        "port       1\n"
        "hook       on\n"
        "ringing    yes, 25 Hz, 61.2 Vrms\n"
        "line       -48.3 V, 0.0 mA\n"
        "polarity   normal\n"
        "caller-id  8001"
    )
    told = state_text({**STATE, "waiting_caller": "8003", "lamp": True})
    assert told.endswith("waiting-caller  8003\nlamp            messages wait")
    quiet = state_text({**STATE, "ringing": False, "caller_id": None})
    assert "ringing    no\n" in quiet
    assert quiet.endswith("caller-id  -")


def test_json_is_what_the_board_said() -> None:
    made = context(board={"state": STATE})
    assert TABLE.execute(["phone", "1", "state"], made).data == STATE


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        ("phone 1 lift", ("lift", {"port": 1})),
        ("phone 2 hang-up", ("hang-up", {"port": 2})),
        ("phone 1 flash", ("flash", {"port": 1})),
        ("phone 1 dial 8001", ("dial", {"port": 1, "digits": "8001"})),
        ("phone 1 pulse 12", ("pulse", {"port": 1, "digits": "12"})),
        ("phone 1 say tone 1000 2", ("say-tone", {"port": 1, "hz": 1000.0, "seconds": 2.0})),
        ("phone 1 say /a.wav", ("say-file", {"port": 1, "file": "/a.wav"})),
        ("phone 1 say a.wav", ("say-file", {"port": 1, "file": str(Path("a.wav").absolute())})),
        ("phone 1 record /b.wav 3", ("record", {"port": 1, "file": "/b.wav", "seconds": 3.0})),
        ("phone 1 hear 1.5", ("hear", {"port": 1, "seconds": 1.5})),
    ],
)
def test_acts_are_asked_of_the_board(line: str, asked: tuple[str, dict[str, Any]]) -> None:
    made = context()
    TABLE.execute(line.split(), made)
    assert isinstance(made.board, TableBoard)
    assert made.board.asked == [asked]
