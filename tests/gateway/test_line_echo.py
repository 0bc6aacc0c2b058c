"""What the line reflects of the far end's voice does not go back to it (C25)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.far_end import FarEnd
from tests.fax.machine import tone as answer_tone
from tests.flows.scenes import answers
from tests.sbc import SBC
from tests.voice import speech
from tests.world import World

RTP = (SBC.host, 20000)


@pytest.mark.parametrize(("setting", "most"), [("true", -60.0), ("false", -28.0)])
def test_the_far_end_does_not_hear_itself(setting: str, most: float) -> None:
    """The hybrid of the simulated board lets -10 dBm0 through as -30; the canceller, little."""
    with World(ports=1, more=f"[rtp]\necho_canceller = {setting}\n").registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        b, _, ok = answers(world)
        port = int(ok.body.split(b"m=audio ")[1].split()[0])
        far.sings(700, ("10.0.0.1", port))
        world.waits(2.0)
        heard = far.hears(0.5)
        assert heard.level_dbm0 <= most
        assert (setting == "true") or heard.level_dbm0 == pytest.approx(-30, abs=1.5)
        b.says(1200, 2.0)
        world.waits(0.2)
        heard = far.hears(1.0)
        assert 1200 in heard.frequencies_hz
        assert heard.level_dbm0 == pytest.approx(-10, abs=0.5), "both may speak at once"


@pytest.mark.parametrize(("hybrid", "level"), [(0.0, -20.0), (2.5, -14.2), (-1.94, -17.0)])
def test_the_hybrid_that_suits_the_line_lets_least_through(hybrid: float, level: float) -> None:
    """Register 11: what is taken off too much, or not, comes back (the canceller is off)."""
    more = "[rtp]\necho_canceller = false\n"
    with World(ports=1, line=f"hybrid_db = {hybrid}\n", more=more).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        _, _, ok = answers(world)
        port = int(ok.body.split(b"m=audio ")[1].split()[0])
        far.sings(700, ("10.0.0.1", port))
        world.waits(1.0)
        assert far.hears(0.5).level_dbm0 == pytest.approx(-10 + level, abs=1.0)


def test_the_tone_of_a_machine_ends_it_for_the_call() -> None:
    """G.168 test 10 in kind: 2100 Hz of a far end that answers; its echo stays from then on."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        _, _, ok = answers(world)
        ours = ("10.0.0.1", int(ok.body.split(b"m=audio ")[1].split()[0]))
        far.sings(700, ours)
        world.waits(1.5)
        assert far.hears(0.5).level_dbm0 < -55
        far.sings(2100, ours)
        world.waits(2.0)
        far.sings(700, ours)
        world.waits(0.5)
        assert far.hears(0.5).level_dbm0 == pytest.approx(-30, abs=1.5)


@pytest.mark.parametrize("kind", [3, 5])
def test_phase_reversals_from_the_line_end_it_too(kind: int, tmp_path: Path) -> None:
    """A modem answers here (V.25, V.8): 2100 Hz that turns by 180 degrees each 450 ms."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        b, _, ok = answers(world)
        b.phone.say_file(speech.write(answer_tone(kind, 3.0), tmp_path / "tone.wav"))
        world.waits(4.0)
        far.sings(700, ("10.0.0.1", int(ok.body.split(b"m=audio ")[1].split()[0])))
        world.waits(1.5)
        assert far.hears(0.5).level_dbm0 == pytest.approx(-30, abs=1.5)
