"""What the readings of a line test mean, in words, and what to do about it: pure functions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Literal

from drivers.line_test import LineReadings, LoopPoint, WireVoltage
from firmware.copper.line_limits import LIMITS
from firmware.status import Snapshot

Verdict = Literal["ok", "note", "fault", "danger", "not measured"]
ACCURACY = (
    "Indicative only: six to eight bits, within 40 % (GR-909 style, not a GR-909 instrument)."
)
DAMP_OHMS = 50e3


class Finding(Snapshot, frozen=True, kw_only=True):
    """One thing that was looked for."""

    what: str
    verdict: Verdict
    measured: str = ""
    """In words, with unit; empty: nothing was."""
    meaning: str = ""
    advice: str = ""


class LineReport(Snapshot, frozen=True, kw_only=True):
    """A line test, running or over."""

    card: int
    port: int
    chip: str = ""
    test: int = 0
    """Number of the test, by port; 0: none was begun."""
    done: bool = True
    took_s: float | None = None
    given_up: str = ""
    """Why it has no findings; empty: it has."""
    findings: tuple[Finding, ...] = ()
    verdict: str = ""
    """One sentence."""
    passed: bool | None = None
    """None: the line was not judged."""
    ren: float | None = None
    readings: dict[str, float | None]
    """Figures by name, for programs; null where nothing was measured or nothing conducts."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """What the readings come to."""

    findings: tuple[Finding, ...]
    verdict: str
    passed: bool | None
    """None: the line could not be judged."""


def conclude(readings: LineReadings) -> Conclusion:
    """Judge, and say it in one sentence."""
    findings = judge(readings)
    faults = any(each.verdict in {"fault", "danger"} for each in findings)
    if readings.moved and not faults:
        return Conclusion(findings, "The handset moved during the test: try again.", None)
    return Conclusion(findings, sentence(findings, readings.ren), not faults)


def judge(readings: LineReadings) -> tuple[Finding, ...]:
    """All findings, in the order in which they matter."""
    return (
        _foreign("tip", readings.tip, readings),
        _foreign("ring", readings.ring, readings),
        _joined(readings),
        _handset(readings),
        *_to_ground(readings),
        _bells(readings),
    )


def sentence(findings: tuple[Finding, ...], ren: float | None) -> str:
    """The verdict in one sentence: the worst thing first."""
    for verdict in ("danger", "fault"):
        for each in findings:
            if each.verdict == verdict:
                return f"{each.meaning}."
    bells = "" if ren is None else f", bells of {ren:.1f} REN"
    notes = "".join(f" Note: {each.meaning}." for each in findings if each.verdict == "note")
    return f"The line is sound: no foreign voltage, no leak{bells}.{notes}"


def figures(readings: LineReadings) -> dict[str, float | None]:
    """The readings by name, as JSON can have them."""
    weak, strong = readings.loop or (None, None)
    tip, ring = readings.tip, readings.ring
    values = {
        "tip_dc_v": tip.dc_v if tip else None,
        "tip_ac_vrms": tip.ac_vrms if tip else None,
        "ring_dc_v": ring.dc_v if ring else None,
        "ring_ac_vrms": ring.ac_vrms if ring else None,
        "tip_ring_ohms": readings.tip_ring_ohms,
        "tip_ground_ohms": readings.tip_ground_ohms,
        "ring_ground_ohms": readings.ring_ground_ohms,
        "pair_ground_ohms": readings.pair_ground_ohms,
        "weak_loop_ohms": weak.ohms if weak else None,
        "strong_loop_ohms": strong.ohms if strong else None,
        "ren": readings.ren,
    }
    return {
        name: None if value is None or value == inf else round(value, 2)
        for name, value in values.items()
    }


def resistance(ohms: float) -> str:
    """``85 ohm``, ``12 kohm``; two figures, since there are no more."""
    if ohms == inf:
        return "none seen"
    if ohms < 5:
        return "less than 5 ohm"
    if ohms < 95:
        return f"{ohms:.0f} ohm"
    if ohms < 950:
        return f"{round(ohms, -1):.0f} ohm"
    return f"{ohms / 1000:.2g} kohm" if ohms < 95e3 else f"{round(ohms / 1000, -1):.0f} kohm"


def _foreign(name: str, wire: WireVoltage | None, readings: LineReadings) -> Finding:
    what = f"foreign voltage on {name}"
    if wire is None:
        return _missing(what, readings)
    more = "at least " if wire.over else ""
    measured = f"{more}{wire.dc_v:.0f} V DC, {wire.ac_vrms:.0f} V AC"
    dc, ac = abs(wire.dc_v), wire.ac_vrms
    if wire.over or dc >= LIMITS.hazard_dc_v or ac >= LIMITS.hazard_ac_v:
        return Finding(
            what=what,
            verdict="danger",
            measured=measured,
            meaning=f"{name} carries {measured} of something else: dangerous to touch",
            advice="Do not touch the wires. Unplug the line at the gateway, and have it found"
            " what they touch: mains, or the ringing of another exchange.",
        )
    if ac > LIMITS.foreign_ac_v:
        return Finding(
            what=what,
            verdict="fault",
            measured=measured,
            meaning=f"{name} carries {ac:.0f} V AC that the gateway does not make",
            advice="Unplug the line; look where the cable runs beside mains or touches it.",
        )
    if dc > LIMITS.foreign_dc_v:
        return Finding(
            what=what,
            verdict="fault",
            measured=measured,
            meaning=f"{name} carries {wire.dc_v:.0f} V DC that the gateway does not make",
            advice="Unplug the line. Another exchange or gateway feeds the same pair: two of them"
            " on one pair damage each other.",
        )
    return Finding(what=what, verdict="ok", measured=measured)


def _joined(readings: LineReadings) -> Finding:
    what, ohms = "resistance tip to ring", readings.tip_ring_ohms
    if ohms is None:
        return _missing(what, readings)
    measured = resistance(ohms)
    if ohms >= LIMITS.leak_ohms or _may_be_handset(readings):
        return Finding(what=what, verdict="ok", measured=measured)
    if _shorted(readings):
        return Finding(
            what=what,
            verdict="fault",
            measured=measured,
            meaning=f"tip and ring touch each other, {measured}",
            advice="Unplug the telephone. Still there: a crushed cable, a nail, a bent contact in"
            " a plug or socket, or a protector that has gone off.",
        )
    return Finding(
        what=what,
        verdict="fault",
        measured=measured,
        meaning=f"tip and ring are joined by {measured}",
        advice="Unplug the telephone. Still there: wet cable or socket. Gone: the telephone, its"
        " cord, or a splitter.",
    )


def _handset(readings: LineReadings) -> Finding:
    what = "receiver off-hook"
    if readings.tip_ring_ohms is None:
        return _missing(what, readings)
    if _shorted(readings):
        return Finding(what=what, verdict="not measured", meaning="tip and ring touch")
    if not _may_be_handset(readings):
        return Finding(what=what, verdict="ok", measured="on-hook")
    assert readings.loop
    weak, strong = readings.loop
    if _bends(weak, strong):
        return Finding(
            what=what,
            verdict="fault",
            measured=f"{resistance(strong.ohms)}, {resistance(weak.ohms)} under a weak feed",
            meaning="a handset is off the hook",
            advice="Put the handset down; look for a second telephone on the line.",
        )
    return Finding(
        what=what,
        verdict="fault",
        measured=f"{resistance(strong.ohms)} under any feed",
        meaning="a handset is off the hook, or the wires touch far away",
        advice="Put the handset down, or unplug the telephone, and test again: what is still there"
        " is in the cable.",
    )


def _to_ground(readings: LineReadings) -> Iterator[Finding]:
    if readings.pair_ground_ohms is not None:
        yield _ground("tip and ring together", readings.pair_ground_ohms, 0.0)
        return
    for name, ohms, volts in (
        ("tip", readings.tip_ground_ohms, readings.tip_ground_v),
        ("ring", readings.ring_ground_ohms, readings.ring_ground_v),
    ):
        if ohms is None:
            yield _missing(f"resistance {name} to ground", readings)
        else:
            yield _ground(name, ohms, volts)


def _ground(name: str, ohms: float, volts: float) -> Finding:
    what, measured = f"resistance {name} to ground", resistance(ohms)
    wire = "both wires touch" if "together" in name else f"{name} wire touches"
    if ohms >= LIMITS.leak_ohms:
        return Finding(what=what, verdict="ok", measured=measured)
    if abs(volts) > LIMITS.foreign_dc_v:
        return Finding(
            what=what,
            verdict="fault",
            measured=f"{measured} to {volts:+.0f} V",
            meaning=f"{wire} {volts:+.0f} V of another circuit, {measured}",
            advice="Unplug the line, and look where its cable is joined with others.",
        )
    if ohms < LIMITS.contact_ohms:
        advice = (
            "A bare wire on metal, a nail or a plug; or the wire has something above ground,"
            " which looks the same. Take the line apart piece by piece from the gateway outwards."
        )
        return Finding(
            what=what,
            verdict="fault",
            measured=measured,
            meaning=f"{wire} earth, {measured}: a contact with metal",
            advice=advice,
        )
    how = "wet cable or a cut" if ohms < DAMP_OHMS else "damp cable or socket"
    return Finding(
        what=what,
        verdict="fault",
        measured=measured,
        meaning=f"{wire} earth, {measured}: {how}",
        advice="Look for water in sockets, joints and cable; unplug the telephone and test again"
        " to tell the cable from it.",
    )


def _bells(readings: LineReadings) -> Finding:
    what, ren = "bells", readings.ren
    if ren is None:
        return _missing(what, readings)
    measured = f"{ren:.1f} REN"
    if ren < LIMITS.least_ren:
        return Finding(
            what=what,
            verdict="note",
            measured=measured,
            meaning="no bell answers: nothing is plugged in, its bell is off, or a wire is cut",
            advice="Plug a telephone in at the gateway itself: if its bell is counted there, the"
            " cable is cut.",
        )
    if ren > LIMITS.most_ren:
        return Finding(
            what=what,
            verdict="fault",
            measured=measured,
            meaning=f"too many bells: {measured}, and {LIMITS.most_ren:.0f} may be",
            advice="Unplug some telephones, or switch their bells off.",
        )
    return Finding(what=what, verdict="ok", measured=measured)


def _missing(what: str, readings: LineReadings) -> Finding:
    if readings.moved:
        why = "the handset moved during the test"
    elif readings.foreign:
        why = "there is foreign voltage"
    else:
        why = "current flows already"
    return Finding(what=what, verdict="not measured", meaning=why)


def _shorted(readings: LineReadings) -> bool:
    return readings.loop is not None and readings.loop[1].volts < LIMITS.short_v


def _may_be_handset(readings: LineReadings) -> bool:
    """A closed loop that holds some volts, and not too many."""
    if readings.loop is None or _shorted(readings):
        return False
    weak, strong = readings.loop
    return strong.ohms < LIMITS.handset_ohms or (
        readings.closed and _bends(weak, strong) and strong.ohms < inf
    )


def _bends(weak: LoopPoint, strong: LoopPoint) -> bool:
    return weak.ohms > strong.ohms * LIMITS.bend
