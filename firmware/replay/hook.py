"""From what the hook was decided to have done back to the edges that make it so."""

from __future__ import annotations

from collections.abc import Iterator

from firmware.line.hook import HookWindows
from firmware.trace.marks import Lane, Mark

PULSE = 0.100
"""s of a pulse, with the pause behind it, where nothing says how long it was."""


def edges(marks: list[Mark], windows: HookWindows) -> Iterator[tuple[float, bool, bool]]:
    """When the loop of one telephone closed or opened: seconds, closed, believed at once.

    Args:
        marks: of its copper, inward, in order.
        windows: by which breaks are judged.
    """
    seized: float | None = None
    for mark in marks:
        if mark.lane is not Lane.COPPER or mark.outward:
            continue
        match mark.what:
            case "off-hook":
                yield mark.at, True, True
            case "on-hook":
                yield mark.at - windows.release, False, False
            case "flash":
                yield from _break(mark.at - windows.bounce, _flash(windows))
            case "first pulse":
                seized = mark.at
            case digit if seized is not None and digit.isdecimal() and len(digit) == 1:
                yield from _pulses(int(digit) or 10, seized, mark.at, windows)
                seized = None


def by_keys(marks: list[Mark]) -> Iterator[Mark]:
    """The digits of those marks that no dial has made."""
    turned = False
    for mark in marks:
        if mark.lane is not Lane.COPPER or mark.outward:
            continue
        if mark.what == "first pulse":
            turned = True
        elif len(mark.what) == 1:
            if not turned:
                yield mark
            turned = False


def _flash(windows: HookWindows) -> float:
    return windows.flash_min + min(0.050, (windows.flash_max - windows.flash_min) / 2)


def _break(closed: float, length: float) -> Iterator[tuple[float, bool, bool]]:
    yield closed - length, False, False
    yield closed, True, False


def _pulses(
    count: int, first: float, told: float, windows: HookWindows
) -> Iterator[tuple[float, bool, bool]]:
    """So many breaks, the first judged at `first`, the digit told at `told`."""
    length = (windows.pulse_min + windows.pulse_max) / 2
    begin, end = first - windows.bounce, told - windows.digit_gap
    period = (end - begin) / (count - 1) if count > 1 else PULSE
    for number in range(count):
        yield from _break(begin + number * period, min(length, 0.6 * period))
