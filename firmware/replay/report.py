"""What came of a replay, for people and for programs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from firmware.config.schema import Config
from firmware.replay.judge import Difference
from firmware.replay.player import TOLERANCE, Outcome, replay
from firmware.replay.record import read
from firmware.trace.ladder import Renderer
from firmware.trace.marks import Lane, Mark

AROUND = 4
"""Lines of a ladder before a difference, and behind it."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of it."""

    same: bool
    text: str
    data: dict[str, Any]


def report(
    path: Path,
    config: Config | None = None,
    *,
    tolerance: float | None = None,
    progress: Callable[[float], object] = lambda _share: None,
) -> Report:
    """Live through a bundle.

    Args:
        path: of the file.
        config: to use in place of the one in it.
        tolerance: seconds that something may come too early or too late; None: the usual.
        progress: told how much of it is over, 0 to 1, now and then.

    Raises:
        CommandError: it cannot be replayed; says why.
    """
    outcome = replay(
        read(path, config),
        tolerance=TOLERANCE if tolerance is None else tolerance,
        progress=progress,
    )
    return Report(outcome.difference is None, text(outcome), data(outcome))


def text(outcome: Outcome) -> str:
    """The verdict, and of a difference both ladders around it."""
    record, difference = outcome.record, outcome.difference
    span = outcome.plan.end - outcome.plan.begin
    about = f"{record.name}: {len(record.marks)} marks, {span:.1f} s replayed"
    lines = [about, *([outcome.plan.left_out] if outcome.plan.left_out else [])]
    if difference is None:
        lines.append(
            f"no difference: {outcome.fed} marks were told again, and what the gateway did came"
            f" {outcome.as_recorded} times as recorded"
        )
        return "\n".join(lines)
    lines += [
        f"first difference after {difference.at - _start(outcome):.3f} s{_port(difference)}:"
        f" {difference.how}",
        f"  recorded  {mark_words(difference.expected)}",
        f"  now       {mark_words(difference.came)}",
        "",
        "As it was recorded:",
        *_ladder(record.marks, difference, difference.expected, outcome),
        "",
        "As it is now:",
        *_ladder(outcome.marks, difference, difference.came, outcome),
    ]
    return "\n".join(lines)


def data(outcome: Outcome) -> dict[str, Any]:
    """The same for programs."""
    difference = outcome.difference
    return {
        "bundle": outcome.record.name,
        "same": difference is None,
        "whole": outcome.plan.whole,
        "marks": len(outcome.record.marks),
        "told": outcome.fed,
        "as_recorded": outcome.as_recorded,
        "difference": None
        if difference is None
        else {
            "after_s": round(difference.at - _start(outcome), 3),
            "port": difference.port,
            "how": difference.how,
            "recorded": _plain(difference.expected, outcome),
            "now": _plain(difference.came, outcome),
        },
    }


def mark_words(mark: Mark | None) -> str:
    """One mark in words: who did what to whom."""
    if mark is None:
        return "nothing"
    match mark.lane:
        case Lane.SIP | Lane.HEARTBEAT:
            way = "to" if mark.outward else "from"
            return f"{mark.what} {way} {mark.peer}"
        case Lane.COPPER:
            return f"{mark.what} ({'to' if mark.outward else 'of'} the telephone)"
        case Lane.VOICE:
            return f"{mark.what}{f' {mark.detail}' if mark.detail else ''}"
    return f"{mark.what}{f': {mark.detail}' if mark.detail else ''}"


def _plain(mark: Mark | None, outcome: Outcome) -> dict[str, Any] | None:
    if mark is None:
        return None
    return {
        "after_s": round(mark.at - _start(outcome), 3), "port": mark.port,
        "lane": mark.lane.value, "outward": mark.outward, "what": mark.what, "peer": mark.peer,
        "detail": mark.detail,
    }  # fmt: skip


def _start(outcome: Outcome) -> float:
    """The instant that ladders count from, as in the bundle's own."""
    shown = [mark for mark in outcome.record.marks if mark.lane is not Lane.HEARTBEAT]
    return (shown or outcome.record.marks)[0].at


def _port(difference: Difference) -> str:
    return f", port {difference.port}" if difference.port else ""


def _ladder(
    marks: Sequence[Mark], difference: Difference, own: Mark | None, outcome: Outcome
) -> list[str]:
    """Lines around the difference; the one it is about is pointed at."""
    heartbeat = own is not None and own.lane is Lane.HEARTBEAT
    drawn = [
        mark
        for mark in marks
        if (heartbeat or mark.lane is not Lane.HEARTBEAT)
        and (not difference.port or mark.port in {0, difference.port})
    ]
    at = own.at if own is not None else difference.at
    here = next((n for n, mark in enumerate(drawn) if mark.at >= at - 1e-6), len(drawn))
    first = max(0, here - AROUND)
    near = drawn[first : here + AROUND + 1]
    ports = sorted({mark.port for mark in near if mark.port}) or [difference.port or 1]
    renderer = Renderer(ports, start=_start(outcome))
    lines = [f"  {renderer.head()}"]
    lines += [f"{'> ' if mark is own else '  '}{renderer.line(mark)}" for mark in near]
    return lines
