"""A telephone is rung, lifted and talked into (behaviours 6: LINE-07, LINE-09 to -11, -13)."""

from __future__ import annotations

import pytest

from drivers.sim.si321x_linefeed import RINGING
from tests.far_end import FarEnd
from tests.flows.scenes import answers, is_called, talk
from tests.sbc import SBC
from tests.world import World

RTP = (SBC.host, 20000)


def test_the_bell_rings_25_hz_one_second_in_five() -> None:
    """LINE-07: the first burst at once after the INVITE; frequency, cadence, loudness."""
    with World(ports=1).registers() as world:
        b, _ = is_called(world)
        world.waits(11.5)
        came = world.find_packet("<INVITE").at
        first, second, third = b.bursts
        assert 0 <= first.start - came <= 0.3
        assert first.end is not None
        assert first.end - first.start == pytest.approx(1.0, abs=0.05)
        assert second.start - first.start == pytest.approx(5.0, abs=0.01)
        assert third.start - second.start == pytest.approx(5.0, abs=0.01)
        assert all(burst.hz == pytest.approx(25, abs=0.2) for burst in (first, second, third))
        assert all(50 <= burst.vrms <= 65 for burst in (first, second, third))


def test_the_caller_is_shown_between_the_first_two_bursts() -> None:
    """LINE-07: FSK, received by the telephone's own receiver."""
    with World(ports=1).registers() as world:
        b, _ = is_called(world, by="88210001")
        shown: list[float] = []
        b.phone.watch(lambda e: shown.append(e.at) if e.event == "caller-id" else None)
        world.waits(4.8)
        assert (b.sees.caller_id, b.sees.caller_date) == ("88210001", "11220914")
        (burst,) = b.bursts
        assert burst.end is not None
        assert [burst.end < at < burst.start + 5 for at in shown] == [True]


def test_a_caller_who_withholds_his_number_is_shown_as_such() -> None:
    """CLI-07 and LINE-07: ``anonymous`` in the row, withheld on the display."""
    with World(ports=1).registers() as world:
        b, _ = is_called(world, by="anonymous")
        world.waits(4.8)
        assert world.row(1) == "reg-ok:Activ Ringing RINGING anonymous Incoming"
        assert not b.sees.caller_id.isdigit()


@pytest.mark.parametrize(("after", "where"), [(0.5, "burst"), (3.0, "pause")])
def test_the_telephone_is_lifted_in_burst_and_in_pause(after: float, where: str) -> None:
    """LINE-09: found within 200 ms, ring voltage gone before the voice path opens, then 200 OK."""
    with World(ports=1).registers() as world:
        b, _ = is_called(world)
        world.waits(after)
        assert b.sees.sounding is (where == "burst")
        chip = world.card.chips[0]
        voice_with_ring: list[float] = []
        world.at_each_instant = lambda: (
            voice_with_ring.append(world.now)
            if chip.linefeed == RINGING and "voice" in str(world.marks[-1].what)
            else None
        )
        lifted = b.lifts()
        ok = world.sbc.gets_answer(200, "INVITE")
        answered = world.find_packet(">200 INVITE").at
        assert ok.body
        assert answered - lifted <= 0.250
        tripped = next(m.at for m in world.marks if m.what == "off-hook")
        assert tripped - lifted <= 0.200
        assert answered - tripped <= 0.050
        order = [m.what for m in world.marks if m.what in {"ring stops", "200", "voice PCMA"}]
        assert order == ["ring stops", "200", "voice PCMA"]
        world.waits(0.5)
        assert voice_with_ring == []
        assert not b.sees.sounding
        assert len(b.bursts) == 1


def test_two_way_voice_is_there_within_200_ms_of_the_ack() -> None:
    """LINE-10 at the called port: RTP both ways, each in the other's ear."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, RTP, world.waits)
        b, invite, ok = answers(world, acked=False)
        port = int(ok.body.split(b"m=audio ")[1].split()[0])
        far.sings(700, ("10.0.0.1", port))
        world.sbc.acks(invite, ok)
        acked = world.now
        world.waits(0.5)
        assert b.heard_first(acked) <= 0.200
        assert b.hears_tone(700, 0.5).snr_db > 30
        far.hushes()  # or it would hear its own echo from the hybrid
        b.says(1200, 2.0)
        world.waits(0.1)
        heard = far.hears(1.0)
        assert (heard.heard, heard.frequencies_hz) == ("tone", (1200,))
        assert heard.level_dbm0 == pytest.approx(-10, abs=0.5)


def test_two_telephones_hear_each_other_at_the_level_spoken() -> None:
    """LINE-10, both ends ours: 1 kHz at -10 dBm0 arrives as such, clean, both ways."""
    with World(exchange=True).registers() as world:
        for one, other in (talk(world), world.people[::-1]):
            one.says(1000, 1.5)
            world.waits(0.3)
            heard = other.hears_tone(1000, 1.0)
            assert heard.level_dbm0 == pytest.approx(-10, abs=0.5)
            assert heard.snr_db > 30
            world.waits(0.5)


def test_putting_the_handset_down_is_believed_after_the_flash_window() -> None:
    """LINE-11: a break of 400 ms is a flash and no release; 700 ms is the end."""
    with World(exchange=True).registers() as world:
        a, _ = talk(world)
        a.flashes(400)
        world.waits(2.0)
        assert world.row(1) == "reg-ok:Activ Held OFF-HOOK 102 Outgoing"
        a.flashes(400)
        world.waits(2.0)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 102 Outgoing"
        down = a.hangs_up()
        world.waits(1.0)
        assert 0.6 <= world.find_packet(">BYE", 1).at - down <= 0.8


def test_a_short_press_while_it_rings_is_no_flash() -> None:
    """LINE-11: while it is rung a telephone can only be lifted."""
    with World(ports=1).registers() as world:
        b, _ = is_called(world)
        world.waits(0.5)
        b.lifts()
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        assert "flash" not in world.copper(1)


@pytest.mark.parametrize("ms_before", [0, 30, 100])
def test_a_call_that_meets_a_lift_is_refused_or_rings_never_both(ms_before: float) -> None:
    """LINE-13, glare: an INVITE while the handset goes up is answered or gets 486."""
    with World(ports=1).registers() as world:
        (b,) = world.people
        b.lifts()
        world.waits(ms_before / 1000)
        world.sbc.calls("101")
        world.waits(1.0)
        said = [p.name for p in world.packets() if p.outward]
        if ">486 INVITE" in said:
            assert said[0] == ">486 INVITE"
            assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        else:
            assert said[:2] == [">180 INVITE", ">200 INVITE"]
            assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"


def test_the_polarity_turns_when_the_call_is_answered_if_that_is_wished() -> None:
    """LINE-10: a meter at the caller's pair; charging begins and ends with it."""
    with World(exchange=True, line="polarity_reversal = true").registers() as world:
        a, b = world.people
        a.lifts()
        world.waits(0.5)
        a.dials("102")
        world.waits_until(lambda: b.bell_rings)
        world.waits(1.0)
        assert a.sees.polarity == "normal"
        b.lifts()
        world.waits(0.5)
        assert (a.sees.polarity, b.sees.polarity) == ("reversed", "normal")
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 102 Outgoing"
        b.hangs_up()
        world.waits(1.0)
        assert a.sees.polarity == "normal"
