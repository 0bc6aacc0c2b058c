"""Heat and under-voltage of the box are shown, and no call suffers for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware.box.health import TEMPERATURE, THROTTLED, WHERE, BoxHealth, look, tell
from firmware.trace.records import Alarms


def box(root: Path, temperature: str | None, flags: str | None) -> BoxHealth:
    """The kernel's files as a Raspberry Pi has them."""
    for name, text in ((TEMPERATURE, temperature), (THROTTLED, flags)):
        if text is not None:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
    return look(root)


@pytest.mark.parametrize(
    ("temperature", "flags", "problem"),
    [
        ("48312\n", "0\n", ""),
        ("48312\n", "50000\n", ""),  # it was so once, and is not now
        ("48312\n", "50005\n", "under-voltage: use a better power supply and a shorter cable; "
         "the processor is slowed down at 48 degrees"),
        ("84100\n", "e0008\n", "the processor is slowed down at 84 degrees"),
        ("81000\n", None, "the processor is hot at 81 degrees: more air"),
        (None, None, ""),
        ("nonsense", "zz", ""),
    ],
)  # fmt: skip
def test_what_the_kernel_says_is_told_in_words(
    tmp_path: Path, temperature: str | None, flags: str | None, problem: str
) -> None:
    """D19: read and exposed."""
    assert box(tmp_path, temperature, flags).problem == problem


def test_the_alarm_comes_and_goes_with_it(tmp_path: Path) -> None:
    """D19."""
    alarms = Alarms(lambda: 0.0)
    tell(box(tmp_path, "84100\n", "4\n"), alarms)
    (alarm,) = alarms.all()
    assert (alarm.where, alarm.severity) == (WHERE, "warning")
    tell(box(tmp_path, "50000\n", "0\n"), alarms)
    assert alarms.all() == []
