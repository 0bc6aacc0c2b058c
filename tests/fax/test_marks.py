"""What is heard of machines as words, and the words read back (for a record that is replayed)."""

from __future__ import annotations

import pytest

from firmware.media.fax_messages import FaxOver, FaxReport, ToneHeard
from firmware.media.modem_tones import NAMES
from firmware.port import fax_marks
from firmware.trace.marks import Lane, Mark


def mark(what: str, *, lane: Lane = Lane.VOICE, detail: str = "", outward: bool = False) -> Mark:
    return Mark(at=0.0, port=2, lane=lane, outward=outward, what=what, detail=detail)


@pytest.mark.parametrize("side", ["line", "rtp"])
@pytest.mark.parametrize("tone", NAMES.values())
def test_a_tone_is_read_back(tone: str, side: str) -> None:
    told = ToneHeard(port=2, tone=tone, side=side)
    lane = Lane.COPPER if side == "line" else Lane.VOICE
    assert fax_marks.read(mark(fax_marks.tone(told), lane=lane)) == told


@pytest.mark.parametrize("pages", [0, 1, 7])
@pytest.mark.parametrize("bit_rate", [0, 9600])
@pytest.mark.parametrize("corrects", [True, False])
def test_figures_are_read_back(pages: int, bit_rate: int, corrects: bool) -> None:
    told = FaxReport(
        port=2, pages=pages, bit_rate=bit_rate, corrects=corrects, sent=0, received=0,
        recovered=3, lost=1, final=True,
    )  # fmt: skip
    what, detail = fax_marks.final(told)
    assert fax_marks.read(mark(what, detail=detail)) == told


def test_silence_is_read_back() -> None:
    told = FaxOver(port=2, silent_s=10.0)
    assert fax_marks.read(mark(fax_marks.over(told))) == told


@pytest.mark.parametrize(
    "what", ["fax T.38", "RTP", "5", "fax", "asks for T.38", "no RTP for 2 s"]
)
def test_others_are_none_of_it(what: str) -> None:
    assert fax_marks.read(mark(what)) is None
    assert fax_marks.read(mark("fax V.21", outward=True)) is None
