"""Fax machines and modems on the ladder: tones and figures as words, and the words read back.

A replay has no machine that sounds. It reads the words on the ladder, and tells the port what they
say.
"""

from __future__ import annotations

import re

from firmware.media.fax_messages import FaxOver, FaxReport, ToneHeard
from firmware.trace.marks import Lane, Mark

PREAMBLE = "V.21"
"""How the ladder writes the flags (V.21) with which fax machines begin a message."""
_NAMES = {"CNG": "fax tone CNG", PREAMBLE: f"fax {PREAMBLE}"}
"""Of tones; all others are those of who answers."""
_ANSWERS = "answer tone "
_OVER = re.compile(r"no fax for ([0-9]+) s")
_FIGURES = re.compile(r"fax: (no|[0-9]+) pages?(?:, ([0-9]+) bit/s)?(, ECM)?")
_LOST = re.compile(r"([0-9]+) packets recovered, ([0-9]+) lost")


def tone(told: ToneHeard) -> str:
    """How the ladder names a tone."""
    return _NAMES.get(told.tone, f"{_ANSWERS}{told.tone}")


def over(told: FaxOver) -> str:
    """How the ladder says that the machines are silent."""
    return f"no fax for {told.silent_s:.0f} s"


def figures(report: FaxReport) -> str:
    """``2 pages, 14400 bit/s, ECM``."""
    pages = "1 page" if report.pages == 1 else f"{report.pages or 'no'} pages"
    rate = f", {report.bit_rate} bit/s" if report.bit_rate else ""
    return f"{pages}{rate}{', ECM' if report.corrects else ''}"


def final(report: FaxReport) -> tuple[str, str]:
    """What the ladder says of a fax that has ended, and the detail."""
    lost = f"{report.recovered} packets recovered, {report.lost} lost"
    return f"fax: {figures(report)}", lost


def read(mark: Mark) -> ToneHeard | FaxOver | FaxReport | None:
    """The event behind such a mark, for the call in hand; None: it is another mark."""
    if mark.outward or mark.lane not in {Lane.COPPER, Lane.VOICE}:
        return None
    if name := _tone_of(mark.what):
        side = "line" if mark.lane is Lane.COPPER else "rtp"
        return ToneHeard(port=mark.port, tone=name, side=side)
    if found := _OVER.fullmatch(mark.what):
        return FaxOver(port=mark.port, silent_s=float(found[1]))
    told, lost = _FIGURES.fullmatch(mark.what), _LOST.fullmatch(mark.detail)
    if told is None or lost is None:
        return None
    return FaxReport(
        port=mark.port,
        pages=0 if told[1] == "no" else int(told[1]),
        bit_rate=int(told[2] or 0),
        corrects=bool(told[3]),
        sent=0,
        received=0,
        recovered=int(lost[1]),
        lost=int(lost[2]),
        final=True,
    )


def _tone_of(what: str) -> str:
    if what.startswith(_ANSWERS):
        return what.removeprefix(_ANSWERS)
    return next((name for name, words in _NAMES.items() if words == what), "")
