"""A country profile in words: what `show profile` and the reference page say of its values."""

from __future__ import annotations

from collections.abc import Mapping

from firmware.line.callerid import CallerIdPlan
from firmware.line.digitmap import DigitMap
from firmware.line.hook import HookWindows
from firmware.tone import Segment, ToneSpec

IMPEDANCES: Mapping[str, str] = {
    "600": "600 ohm",
    "900": "900 ohm",
    "600+2.16": "600 ohm + 2.16 uF",
    "900+2.16": "900 ohm + 2.16 uF",
    "japan": "600 ohm + 1 uF",
    "china": "200 ohm + (680 ohm || 100 nF)",
    "ctr21": "270 ohm + (750 ohm || 150 nF), as TBR 21 has it",
    "au": "220 ohm + (820 ohm || 120 nF)",
    "za": "220 ohm + (820 ohm || 115 nF)",
    "nz": "370 ohm + (620 ohm || 310 nF)",
    "uk": "370 ohm + (620 ohm || 310 nF)",
}
"""Two-wire impedances by the names that profiles use."""


def sound(spec: ToneSpec) -> str:
    """``450 Hz 350 ms, silence 350 ms, repeated``."""
    first = [_segment(one) for one in spec.segments[: spec.loop_from]]
    if spec.loop_from is None:
        return ", ".join(first) + ", once"
    again = ", ".join(_segment(one) for one in spec.segments[spec.loop_from :])
    told = ", ".join(first) + ", then " + again if first else again
    lasting = spec.segments[-1].ms == 0
    return told if lasting else f"{told}, repeated"


def _segment(one: Segment) -> str:
    what = "+".join(f"{hz:g}" for hz in one.frequencies_hz)
    if one.modulation_hz:
        what += f" modulated by {one.modulation_hz:g}"
    what = f"{what} Hz" if what else "silence"
    return f"{what} {one.ms} ms" if one.ms else what


def level(spec: ToneSpec) -> str:
    """Each level once, in order: ``-25 rising to 0, then 0 dBm0``."""
    said = []
    for one in spec.segments:
        if not one.frequencies_hz:
            continue
        told = f"{one.level_dbm0:g}"
        if one.level_end_dbm0 is not None:
            told += f" rising to {one.level_end_dbm0:g}"
        said.append(told)
    return ", then ".join(dict.fromkeys(said)) + " dBm0"


def cadence(steps_ms: tuple[int, ...]) -> str:
    """``400 ms on, 200 ms off, 400 ms on, 2000 ms off``."""
    pairs = zip(steps_ms[::2], steps_ms[1::2], strict=True)
    return ", ".join(f"{on} ms on, {off} ms off" for on, off in pairs)


def ms(seconds: float) -> str:
    return f"{seconds * 1000:g} ms"


def windows(hook: HookWindows) -> Mapping[str, str]:
    """The hook windows, each by the key of a profile that decides most about it."""
    dials = "taken" if hook.pulse_dial else "not taken"
    return {
        "pulse_dial": dials,
        "seize_ms": f"closed {ms(hook.seize)}",
        "settle_ms": f"breaks within {ms(hook.settle)} are bounce",
        "bounce_ms": f"makes below {ms(hook.bounce)} are bounce",
        "pulse_min_ms": f"open {ms(hook.pulse_min)} and more",
        "pulse_max_ms": f"open {ms(hook.pulse_max)} at most in a call",
        "slow_pulse_max_ms": f"open {ms(hook.slow_pulse_max)} at most while dialling",
        "digit_gap_ms": f"closed {ms(hook.digit_gap)}",
        "flash_min_ms": f"open {ms(hook.flash_min)} and more",
        "flash_max_ms": f"open {ms(hook.flash_max)} at most",
        "release_ms": f"open {ms(hook.release)} and more",
    }


def shown(plan: CallerIdPlan) -> str:
    """How the caller is shown."""
    kind = plan.kind
    return f"{plan.standard}: {kind.words}; {plan.charset}" if kind else "not sent"


def digit_map(map_: DigitMap, width: int = 80) -> list[str]:
    """The map's alternatives, in lines not much longer than `width` characters."""
    lines: list[str] = []
    line = ""
    for pattern in map_.patterns:
        line += pattern.text + "|"
        if len(line) > width:
            lines, line = [*lines, line], ""
    told = [*lines, line] if line else lines
    return [*told[:-1], told[-1].rstrip("|")] if told else []
