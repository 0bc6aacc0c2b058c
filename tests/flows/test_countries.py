"""A gateway in another country: its ringing at the bell, its tones in the ear."""

from __future__ import annotations

import pytest

from drivers.sim.si321x_linefeed import RINGING
from tests.flows.scenes import calls_out, is_called, rings
from tests.people import Person
from tests.world import World


def strokes(person: Person) -> list[tuple[float, float]]:
    """Begin after the first one, and length, of each burst that has ended.

    In Japan half a second of ringing is for the display.
    """
    bursts = [b for b in person.bursts if b.end is not None and not 0.45 < b.end - b.start < 0.55]
    first = bursts[0].start if bursts else 0.0
    return [(b.start - first, b.end - b.start) for b in bursts if b.end is not None]


@pytest.mark.parametrize("country", ["uk", "au"])
def test_the_bell_rings_twice_and_pauses(country: str) -> None:
    """LINE-07: 400, 200, 400, 2000 ms, which the chip cannot make; it does not drift."""
    with World(ports=1, country=country).registers() as world:
        b, _ = is_called(world)
        world.waits_until(lambda: b.bell_rings)
        world.waits(31.0)
        measured = strokes(b)
        assert len(measured) == 22
        for n, (began, lasted) in enumerate(measured):
            assert began == pytest.approx(n // 2 * 3.0 + n % 2 * 0.6, abs=0.02)
            assert lasted == pytest.approx(0.4, abs=0.03)
        assert all(burst.hz == pytest.approx(25, abs=0.2) for burst in b.bursts)
        assert all(50 <= burst.vrms <= 65 for burst in b.bursts)
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 1001 Incoming"


@pytest.mark.parametrize(
    ("after", "where"),
    [(0.2, "burst"), (0.5, "pause"), (0.58, "pause"), (0.599, "pause"), (0.8, "burst"),
     (0.999, "burst"), (1.5, "pause"), (2.99, "pause"), (3.1, "burst")],
)  # fmt: skip
def test_a_telephone_is_lifted_anywhere_in_the_double_ring(after: float, where: str) -> None:
    """LINE-09: found within 200 ms, and not rung any more, also not by the next burst."""
    with World(ports=1, country="uk").registers() as world:
        b, _ = is_called(world)
        world.waits_until(lambda: b.bell_rings)
        ringing_since = b.bursts[0].start
        world.waits(ringing_since + after - world.now)
        assert b.sees.sounding is (where == "burst")
        lifted = b.lifts()
        world.sbc.gets_answer(200, "INVITE")
        assert world.find_packet(">200 INVITE").at - lifted <= 0.250
        count = len(b.bursts)
        world.waits(4.0)
        assert len(b.bursts) == count
        assert world.card.chips[0].linefeed != RINGING
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"


@pytest.mark.parametrize("after", [0.2, 0.5, 0.8, 2.0])
def test_a_caller_who_gives_up_ends_the_double_ring_at_once(after: float) -> None:
    with World(ports=1, country="uk").registers() as world:
        b, invite = is_called(world)
        world.waits_until(lambda: b.bell_rings)
        world.waits(after)
        world.sbc.cancels(invite)
        world.sbc.gets_answer(200, "CANCEL")
        world.sbc.gets_answer(487, "INVITE")
        world.waits(0.05)
        count = len(b.bursts)
        assert not b.sees.sounding
        world.waits(4.0)
        assert len(b.bursts) == count
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_the_caller_is_shown_in_the_long_pause_of_the_double_ring() -> None:
    """LINE-07: after the second burst, and done before the third."""
    with World(ports=1, country="au").registers() as world:
        b, _ = is_called(world, by="88210001")
        shown: list[float] = []
        b.phone.watch(lambda e: shown.append(e.at) if e.event == "caller-id" else None)
        world.waits(3.2)
        assert (b.sees.caller_id, b.sees.caller_date) == ("88210001", "11220914")
        second, third = b.bursts[1:3]
        assert second.end is not None
        assert [second.end < at < third.start for at in shown] == [True]


@pytest.mark.parametrize(
    ("country", "hz", "cadence", "caller"),
    [
        ("us", 20, (2.0, 4.0), "88210001"),
        ("fr", 50, (1.5, 3.5), "88210001"),
        ("de", 25, (1.0, 4.0), "88210001"),
        ("jp", 16.67, (1.0, 2.0), "88210001"),
    ],
)
def test_the_bell_of_a_country_that_the_chip_rings_by_itself(
    country: str, hz: float, cadence: tuple[float, float], caller: str
) -> None:
    """LINE-07."""
    with World(ports=1, country=country).registers() as world:
        b, _ = is_called(world, by="88210001")
        world.waits_until(lambda: any(lasted > 0.7 for _, lasted in strokes(b)))
        world.waits(sum(cadence) + cadence[0] + 0.5)
        (_, lasted), (again, _) = strokes(b)
        assert lasted == pytest.approx(cadence[0], abs=0.05)
        assert again == pytest.approx(sum(cadence), abs=0.02)
        assert b.bursts[0].hz == pytest.approx(hz, abs=0.2)
        assert b.sees.caller_id == caller


@pytest.mark.parametrize(
    ("country", "dial", "ringback", "cadence", "busy", "busy_ms"),
    [
        ("uk", (350, 440), (400, 450), (400, 200, 400, 2000), (400,), (375, 375)),
        ("us", (350, 440), (440, 480), (2000, 4000), (480, 620), (500, 500)),
    ],
)
def test_the_tones_of_a_call_that_finds_its_party_busy(
    country: str,
    dial: tuple[int, ...],
    ringback: tuple[int, ...],
    cadence: tuple[int, ...],
    busy: tuple[int, ...],
    busy_ms: tuple[int, ...],
) -> None:
    """LINE-02, LINE-08, LINE-12: dial tone, ringback, busy tone as the country has them."""
    with World(ports=1, country=country).registers() as world:
        (a,) = world.people
        a.lifts()
        heard = a.hears(2.0)
        assert (heard.heard, heard.frequencies_hz) == ("dial-tone", dial)
        assert heard.level_dbm0 == pytest.approx(-10, abs=0.5)
        a.hangs_up()
        world.waits(2.0)
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        heard = a.hears(2 * sum(cadence) / 1000 + 1.0)
        assert (heard.heard, heard.frequencies_hz) == ("ringback", ringback)
        assert heard.cadence_ms == pytest.approx(cadence, abs=10)
        world.sbc.says(invite, 486)
        world.waits(0.5)
        heard = a.hears(3.0)
        assert (heard.heard, heard.frequencies_hz) == ("busy", busy)
        assert heard.cadence_ms == pytest.approx(busy_ms, abs=10)


def test_a_call_with_the_double_ring_as_a_ladder() -> None:
    with World(ports=1, country="uk").registers() as world:
        b, invite = is_called(world)
        world.waits(3.5)
        b.lifts()
        ok = world.sbc.gets_answer(200, "INVITE")
        world.sbc.acks(invite, ok)
        world.waits(1.0)
        assert world.copper(1)[-3:] == ["ring 25 Hz", "off-hook", "ring stops"]


@pytest.mark.parametrize("variant", ["si3210", "ag1171"])
@pytest.mark.parametrize(
    ("country", "law", "swell"), [("us", "PCMU", 0), ("jp", "PCMU", 16), ("de", "PCMA", 0)]
)
def test_the_card_compands_as_the_country_does(
    variant: str, country: str, law: str, swell: int
) -> None:
    """G.711: the law of the profile is that of the highway; ringback and voice pass it unhurt."""
    with World(country=country, variant=variant, exchange=True).registers() as world:
        a, b = rings(world)
        assert world.card.law == law
        assert {chip.audio.law for chip in world.card.chips or world.card.modules} == {law}
        world.waits(0.7)  # Japan's next burst is heard from its beginning
        heard = a.hears(7.0)
        assert heard.heard == "ringback"
        assert heard.modulation_hz == pytest.approx(swell, abs=1)
        b.lifts()
        world.waits(1.0)
        for one, other, hz in ((a, b, 1000), (b, a, 800)):
            one.says(hz, 1.0)
            world.waits(0.2)
            sound = other.hears_tone(hz, 0.5)
            assert sound.level_dbm0 == pytest.approx(-10, abs=0.5)
            assert sound.snr_db > 30
            world.waits(0.5)
