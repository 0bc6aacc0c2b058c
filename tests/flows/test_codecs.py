"""Calls by codecs beyond G.711, from copper to copper: level, digits, losses, and their helper."""

from __future__ import annotations

import ctypes.util
import re

import pytest

from firmware.codecs import CODECS, Home
from firmware.media.emodel import UNIMPAIRED, opinion
from tests.flows.scenes import talk
from tests.gateway.faulty import FaultyWorld
from tests.people import Person
from tests.world import World

NARROW = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name == "G729" and ctypes.util.find_library("bcg729") is None,
            reason="libbcg729-0 is not installed (optional)",
        ),
    )
    for name in CODECS
    if name not in {"PCMA", "PCMU"}
]
SPREAD = {"G729": 2.0}
"""dB by which a tone may change; a codec made for speech alone likes none."""


def codecs(*names: str, more: str = "") -> str:
    return f"[rtp]\ncodecs = {list(names)}\n{more}".replace("'", '"')


def hear_each_other(world: World, a: Person, b: Person, *, spread: float = 0.5) -> None:
    """Each hears what the other says, at its level."""
    for speaker, listener, hz in ((a, b, 1000), (b, a, 660)):
        speaker.phone.say_tone(hz, 1.0, -10.0)
        world.waits(0.3)
        assert listener.hears_tone(hz, 0.4).level_dbm0 == pytest.approx(-10.0, abs=spread)
        world.waits(0.5)


def spoken(world: World) -> list[str]:
    """What the ladder says of voice, at both ports."""
    return [m.what for m in world.gateway.trace.since() if m.what.startswith("voice ")]


@pytest.mark.parametrize("codec", NARROW)
def test_two_telephones_talk_by_each_codec(codec: str) -> None:
    """Tone level within 0.5 dB (2 dB by G.729), digits by RFC 4733, and the codec's own score."""
    with World(exchange=True, more=codecs(codec, "PCMA")).registers() as world:
        a, b = talk(world)
        hear_each_other(world, a, b, spread=SPREAD.get(codec, 0.5))
        a.dials("5")
        world.waits(0.6)
        assert [m.what for m in world.marks if m.what == "digit 5"] == ["digit 5"]
        world.waits(3.0)
        assert set(spoken(world)) == {f"voice {codec}"}
        a.hangs_up()
        b.hangs_up()
        world.waits(1.0)
        (record,) = world.records(1)
        assert record.mos == pytest.approx(opinion(UNIMPAIRED - CODECS[codec].ie), abs=0.03)


def test_the_delay_of_a_helper_is_a_period_each_way() -> None:
    """What is said into one telephone is heard in the other so much later than by G.711."""
    heard = {}
    for codec in ("PCMA", "G726-32", "G722"):
        with World(exchange=True, more=codecs(codec)).registers() as world:
            a, b = talk(world)
            began = world.now
            a.says(1000, 0.5)
            world.waits(0.6)
            heard[codec] = b.heard_first(began)
    assert heard["G726-32"] == pytest.approx(heard["PCMA"], abs=0.005)
    assert heard["G722"] == pytest.approx(heard["PCMA"] + 0.040, abs=0.015)


def test_a_helper_is_there_for_calls_that_need_it_and_goes_a_minute_later() -> None:
    with World(exchange=True, more=codecs("PCMA", "G722")).registers() as world:
        a, b = talk(world)
        assert not world.helpers.started, "who speaks G.711 needs none"
        a.hangs_up(), b.hangs_up()
        world.waits(1.0)
    with World(exchange=True, more=codecs("G722")).registers() as world:
        a, b = talk(world)
        assert len(world.helpers.started) == 1, "one for all calls"
        a.hangs_up(), b.hangs_up()
        world.waits(50.0)
        assert world.helpers.running
        world.waits(15.0)
        assert not world.helpers.running


def test_a_helper_that_dies_is_started_again_and_the_call_goes_on() -> None:
    with World(exchange=True, more=codecs("G722")).registers() as world:
        a, b = talk(world)
        hear_each_other(world, a, b)
        running = world.helpers.running
        assert running is not None
        world.loop.call_soon(running.dies)
        world.waits(1.0)
        assert len(world.helpers.started) == 2
        hear_each_other(world, a, b)
        assert "codec" not in str(world.asks("alarms"))


def test_a_media_process_that_dies_takes_its_helper_along_and_both_are_replaced() -> None:
    with FaultyWorld(more=codecs("G722")) as world:
        world.registers()
        world.talks()
        world.waits(1.0)
        assert world.voice_passes()
        world.media_dies()
        world.waits(1.5)
        assert len(world.helpers.started) == 2
        assert world.voice_passes()
        assert world.alarms() == {}


def test_a_helper_that_keeps_dying_is_given_up_and_calls_go_on_by_g711() -> None:
    """Said in words, on the ladder and as an alarm; the next call offers G.711 alone."""
    with World(exchange=True, more=codecs("opus", "PCMA")).registers() as world:
        a, b = talk(world)
        hear_each_other(world, a, b)
        world.helpers.frail = True
        running = world.helpers.running
        assert running is not None
        world.loop.call_soon(running.dies)
        world.waits(8.0)  # both ends offer anew at once, and one has to wait (glare)
        hear_each_other(world, a, b)
        said = [m.what for m in world.marks]
        assert "codecs lost" in said
        assert "without opus" in said
        assert spoken(world)[-1] == "voice PCMA"
        a.hangs_up(), b.hangs_up()
        world.waits(1.0)
        started = len(world.helpers.started)
        a, b = talk(world)
        hear_each_other(world, a, b)
        assert len(world.helpers.started) == started


def test_without_a_helper_nothing_but_g711_is_spoken() -> None:
    """Also where nothing else was configured."""
    with World(exchange=True, more=codecs("G722")).registers() as world:
        world.helpers.refuse = "no memory"
        a, b = talk(world)
        world.waits(2.0)
        hear_each_other(world, a, b)
        said = str(world.asks("alarms"))
        assert re.search("G722 and opus are not spoken any more: .*no memory", said)


def test_every_codec_says_where_it_is_worked() -> None:
    assert {c.name for c in CODECS.values() if c.home is Home.HELPER} == {"G722", "opus"}
