"""Voice from copper to copper: what is said into one telephone, and heard in the other.

Everything lies between: line circuits, highway, packets, jitter buffer, concealment, echo
cancellers at both ends.
"""

from __future__ import annotations

import audioop
from pathlib import Path

import pytest

from tests.flows.scenes import talk
from tests.relay.way import Faults, Way
from tests.voice import speech
from tests.world import World

pytestmark = pytest.mark.skipif(
    not speech.installed(), reason="espeak-ng is not installed (make check installs it)"
)


def heard_of(said: bytes, folder: Path, faults: Faults | None = None, seed: int = 1) -> bytes:
    """What telephone 2 hears of what is said into telephone 1."""
    path = speech.write(said, folder / "said.wav")
    with World(exchange=True).registers() as world:
        a, b = talk(world)
        if faults is not None:
            way = Way(faults, seed)
            world.network.passes = lambda _: bool(way.arrivals(0.0))
        seconds = a.phone.say_file(path)
        return b.listens(seconds + 0.5)


def test_clean_speech_is_what_the_law_makes_of_it(tmp_path: Path) -> None:
    """ITU-T P.862: 4.3 and more, and nothing is lost beside the companding."""
    said = speech.read_out()
    companded = audioop.alaw2lin(audioop.lin2alaw(said, 2), 2)
    score = speech.score(said, heard_of(said, tmp_path))
    assert score >= 4.3
    assert score >= speech.score(said, companded) - 0.1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_speech_of_which_3_percent_is_lost_is_still_fair(tmp_path: Path, seed: int) -> None:
    """ITU-T P.862: 3.6 and more (faults C15)."""
    said = speech.read_out()
    heard = heard_of(said, tmp_path, Faults(loss=0.03), seed)
    assert speech.score(said, heard) >= 3.6


def test_concealment_is_worth_having(tmp_path: Path) -> None:
    """The same losses as silence, made of what was heard without them: worse by half a point."""
    said, way = speech.read_out(), Way(Faults(loss=0.03), 1)
    holes = b"".join(
        said[at : at + 320] if way.arrivals(0.0) else bytes(320) for at in range(0, len(said), 320)
    )
    concealed = heard_of(said, tmp_path, Faults(loss=0.03), 1)
    assert speech.score(said, concealed) >= speech.score(said, holes) + 0.5


@pytest.mark.parametrize("hz", [300, 1020, 3400])
def test_a_tone_keeps_its_level_from_copper_to_copper(hz: int) -> None:
    """Within 0.5 dB, at the edges of the band and at G.712's frequency for measuring."""
    with World(exchange=True).registers() as world:
        a, b = talk(world)
        for level in (-3.0, -10.0, -30.0):
            a.phone.say_tone(hz, 0.5, level)
            world.waits(0.15)
            assert b.hears_tone(hz, 0.25).level_dbm0 == pytest.approx(level, abs=0.5)
            world.waits(0.3)
