"""What is wrong with a dial, in words, and windows in which it would be read all the same.

The limits are those of the telephones' standards where there are some (GB/T 15279: 10 +-1
pulses a second, break to make 1.6 +-0.2 to 1; ITU-T Q.23 has none), else what repairers go by.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from firmware.line.dial_meter import DialledDigit
from firmware.line.hook import HookWindows

SLOW, FAST, VERY_FAST = 9.0, 11.0, 16.0
"""Pulses a second; a fast dial makes 20."""
SHORT_BREAK, LONG_BREAK = 0.56, 0.68
"""Part of a pulse in which the contact is open: 61.5 % are right."""
UNEVEN = 0.15
BOUNCES_MS = 3.0
SOONEST_MS = 350.0
"""Pause between two digits; a finger cannot wind a dial up in less."""
ROOM = 1.1
"""Windows are made so much wider than what was seen."""
NEAR = 0.010
"""Seconds that a pulse in a call must stay below the shortest flash."""


@dataclass(frozen=True, slots=True)
class Adapted:
    """Windows for a dial."""

    windows: HookWindows
    changes: tuple[str, ...] = ()
    """In words; none: the windows fit as they are."""
    refused: tuple[str, ...] = ()
    """What would not be safe, and why."""


def verdict(digits: Sequence[DialledDigit]) -> list[str]:
    """What the measurements say, the most important first."""
    dialled = [digit for digit in digits if not digit.keyed]
    keyed = len(digits) - len(dialled)
    said = [f"{keyed} digit{'s' * (keyed > 1)} by key (DTMF)."] if keyed else []
    if not dialled:
        return said or ["Nothing was dialled."]
    timed = [digit for digit in dialled if digit.pps is not None]
    told = [text for text in (_speed(timed), _ratio(timed), _even(timed)) if text]
    bounce = max(digit.bounce_ms for digit in dialled)
    if bounce > BOUNCES_MS:
        told.append(f"Contacts bounce for {bounce:.0f} ms: clean them.")
    pauses = [digit.pause_ms for digit in dialled if digit.pause_ms is not None]
    if pauses and min(pauses) < SOONEST_MS:
        told.append(f"Only {min(pauses):.0f} ms between two digits: they may run into one.")
    odd = [digit for digit in dialled if digit.misread]
    told += [
        f"{digit.pulses} pulse{'s' * (digit.pulses != 1)} read as {digit.read or 'nothing'}."
        for digit in odd
    ]
    if not timed:
        said.append("One pulse has no speed: dial something greater than 1.")
    if not told:
        told = ["The dial is in order."] if timed else []
    if odd and all(digit.read == "" for digit in odd):
        told.append("The windows of this port do not fit: --adapt.")
    return told + said


def _speed(timed: Sequence[DialledDigit]) -> str:
    if not timed:
        return ""
    turns = sum(digit.pulses - 1 for digit in timed)
    pps = turns / sum((digit.pulses - 1) / digit.pps for digit in timed if digit.pps)
    if pps < SLOW:
        return f"{pps:.1f} pulses/s: slow, oil the governor (10 are right)."
    if FAST < pps < VERY_FAST:
        return f"{pps:.1f} pulses/s: fast, the governor lets it run (10 are right)."
    return ""


def _ratio(timed: Sequence[DialledDigit]) -> str:
    parts = [digit.break_part for digit in timed if digit.break_part is not None]
    if not parts:
        return ""
    part = _mean(parts)
    if part > LONG_BREAK:
        return (
            f"Break {part:.0%}: the contacts close too late, bend them together (61 % is right)."
        )
    if part < SHORT_BREAK:
        return f"Break {part:.0%}: the contacts open too late, bend them apart (61 % is right)."
    return ""


def _even(timed: Sequence[DialledDigit]) -> str:
    worst = max((digit.uneven for digit in timed), default=0.0)
    return f"Runs unevenly, by {worst:.0%} within a digit: dirt or wear." if worst > UNEVEN else ""


def adapt(windows: HookWindows, digits: Sequence[DialledDigit]) -> Adapted:
    """Widen windows so that what was dialled is read, as far as that is safe.

    A pulse must not be taken for a flash of the hook in a call, nor for a hang-up ever; a
    bounce not for a pulse; a pause between digits not for one within them.
    """
    dialled = [digit for digit in digits if not digit.keyed]
    if not dialled:
        return Adapted(windows, refused=("nothing was dialled with pulses",))
    refused: list[str] = []
    shortest = min(digit.break_ms[0] for digit in dialled) / 1000
    longest = max(digit.break_ms[1] for digit in dialled) / 1000 * ROOM
    makes = [digit.make_ms for digit in dialled if digit.make_ms]
    new: dict[str, float | bool] = {}
    if shortest / ROOM < windows.pulse_min:
        new["pulse_min"] = _whole(max(shortest / ROOM, windows.bounce + 0.002))
    if makes and min(make[0] for make in makes) / 1000 < windows.bounce * ROOM:
        new["bounce"] = _whole(min(make[0] for make in makes) / 1000 / ROOM - 0.001)
    if longest > windows.slow_pulse_max:
        if longest > windows.release / 2:
            refused.append(f"breaks of {longest / ROOM * 1000:.0f} ms are too near a hang-up")
        else:
            new["slow_pulse_max"] = _whole(longest)
    safe = windows.flash_min - NEAR
    if longest > windows.pulse_max:
        new["pulse_max"] = max(windows.pulse_max, _whole(min(longest, safe)))
        if longest > safe:
            refused.append(
                f"pulses above {safe * 1000:.0f} ms in a call: a flash begins at"
                f" {windows.flash_min * 1000:.0f} ms"
            )
    gap = max((make[1] for make in makes), default=0.0) / 1000 * 1.5
    soonest = min((digit.pause_ms for digit in dialled if digit.pause_ms), default=1e6) / 1000
    if gap > windows.digit_gap and gap > soonest * 0.8:
        refused.append("digits follow each other too soon for makes of such length")
    elif gap > windows.digit_gap:
        new["digit_gap"] = _whole(gap)
    if not windows.pulse_dial:  # while dialling no flash is possible, in a call it goes first
        new["pulse_dial"] = True
    new = {name: value for name, value in new.items() if value != getattr(windows, name)}
    try:
        made = replace(windows, **new)  # type: ignore[arg-type]  # names of fields, by type
    except ValueError as error:
        return Adapted(windows, refused=(*refused, str(error)))
    changes = tuple(_change(name, getattr(windows, name), value) for name, value in new.items())
    return Adapted(made, changes, tuple(refused))


def as_setting(windows: HookWindows, usual: HookWindows) -> str:
    """The key of ``[[line]]`` that keeps windows over a restart; empty: none is needed."""
    parts = []
    for name in HookWindows.__dataclass_fields__:
        value = getattr(windows, name)
        if value != getattr(usual, name):
            flag = isinstance(value, bool)
            text = str(value).lower() if flag else f"{value * 1000:.0f}"
            parts.append(f"{name}{'' if flag else '_ms'} = {text}")
    return f"hook = {{ {', '.join(parts)} }}" if parts else ""


def _change(name: str, before: float | bool, after: float | bool) -> str:
    if isinstance(after, bool):
        return f"{name}: {'taken' if after else 'not taken'}"
    return f"{name}_ms: {before * 1000:.0f} -> {after * 1000:.0f}"


def _whole(seconds: float) -> float:
    """To the millisecond."""
    return round(seconds, 3)


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
