"""The copper pair before and after a call (behaviours 6: LINE-01 to LINE-06, LINE-08, LINE-12)."""

from __future__ import annotations

import pytest

from tests.flows.scenes import calls_out, talks_out
from tests.world import World

IDLE = "reg-ok:Activ Idle ON-HOOK"


def test_a_glitch_of_20_ms_is_no_lift() -> None:
    """LINE-01: seizure is debounced."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(0.020)
        a.hangs_up()
        assert a.hears(1.0).heard == "silence"
        assert world.rows(1) == ["Idle ON-HOOK"]
        assert world.copper(1) == []
        a.lifts()
        world.waits(0.1)
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"


def test_dial_tone_comes_within_200_ms() -> None:
    """LINE-02: 450 Hz, made here; the first sample is in the ear in time."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        lifted = a.lifts()
        heard = a.hears(2.0)
        assert (heard.heard, heard.frequencies_hz) == ("dial-tone", (450,))
        assert heard.level_dbm0 == pytest.approx(-10, abs=0.5)
        assert a.heard_first(lifted) <= 0.200


def test_a_number_is_dialled_by_keys() -> None:
    """LINE-03, LINE-04, LINE-06: the tone ends with the first key, the number goes out whole."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(1.0)
        pressed = world.now
        a.dials("80")
        assert world.copper(1) == ["off-hook", "dial-tone", "8", "silence", "0"]
        assert a.heard_last(pressed) <= 0.12
        assert world.row(1) == "reg-ok:Activ Dialing OFF-HOOK"
        a.dials("12")
        invite = world.sbc.gets("INVITE")
        assert invite.uri == "sip:8012@ims.example.net"


@pytest.mark.parametrize("pps", [8, 10, 20])
def test_a_number_is_dialled_by_a_rotary_dial(pps: float) -> None:
    """LINE-03: a whole call by pulses; the tone ends at the first break."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(1.0)
        turned = world.now
        a.turns("8106", pps=pps)
        invite = world.sbc.gets("INVITE")
        assert invite.uri == "sip:8106@ims.example.net"
        assert a.heard_last(turned) <= 0.2
        assert world.rows(1) == [
            "Idle ON-HOOK",
            "DialTone OFF-HOOK",
            "Dialing OFF-HOOK",
            "Calling OFF-HOOK 8106 Outgoing",
        ]
        world.sbc.says(invite, 180)
        assert a.hears(6.0).heard == "ringback"
        if pps == 10:
            world.matches("dialled-by-pulses")


def test_keys_and_dial_may_be_mixed() -> None:
    """LINE-03."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(0.5)
        a.turns("81")
        world.waits(0.3)
        a.dials("06")
        assert world.sbc.gets("INVITE").uri == "sip:8106@ims.example.net"


def test_no_digit_leads_to_busy_tone_then_the_howler_then_silence() -> None:
    """LINE-05 (timer T, 15 s): each tone measured, each row seen."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(14.5)
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        world.waits(1.0)
        heard = a.hears(3.0)
        assert (heard.heard, heard.frequencies_hz) == ("busy", (450,))
        assert heard.cadence_ms == (350, 350)
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK"
        world.waits(37.5)
        howler = a.hears(3.0)
        assert (howler.heard, howler.frequencies_hz) == ("howler", (950,))
        assert world.row(1) == "reg-ok:Activ Howler OFF-HOOK"
        world.waits(30.0)
        assert a.hears(1.0).level_dbm0 > howler.level_dbm0 + 10, "it has been rising"
        world.waits(27.0)
        assert a.hears(2.0).heard == "silence"
        assert world.row(1) == "reg-ok:Activ Lockout OFF-HOOK"
        a.dials("8001")
        assert world.sbc.unread == [], "ignored until the handset is down"
        a.hangs_up()
        world.waits(1.0)
        assert world.rows(1) == [
            "Idle ON-HOOK", "DialTone OFF-HOOK", "Busy OFF-HOOK", "Howler OFF-HOOK",
            "Lockout OFF-HOOK", "Idle ON-HOOK",
        ]  # fmt: skip
        assert world.records(1)[-1].cause == "LOCAL_TIMEOUT"
        world.matches("no-digit")


def test_a_handset_left_off_after_the_call_gets_busy_howler_and_silence() -> None:
    """LINE-12: the far end has released."""
    with World(ports=1).registers() as world:
        a, invite = talks_out(world)
        world.sbc.asks_as_callee("BYE", invite, 1)
        world.sbc.gets_answer(200, "BYE")
        world.waits(0.5)
        assert a.hears(3.0).heard == "busy"
        world.waits(38.0)
        assert a.hears(3.0).heard == "howler"
        world.waits(60.0)
        assert a.hears(1.0).heard == "silence"
        assert world.rows(1)[-4:] == [
            "Talking OFF-HOOK 8001 Outgoing",
            "Busy OFF-HOOK 8001 Outgoing",
            "Howler OFF-HOOK 8001 Outgoing",
            "Lockout OFF-HOOK 8001 Outgoing",
        ]
        a.hangs_up()
        world.waits(1.0)
        assert world.row(1) == IDLE


def test_a_number_that_cannot_be_gets_unobtainable_tone() -> None:
    """LINE-06: no INVITE; the tone says so at the digit that spoils it."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(0.5)
        a.dials("7")
        world.waits(0.3)
        heard = a.hears(3.5)
        assert heard.heard == "unobtainable"
        assert heard.cadence_ms == (100, 100, 100, 100, 100, 100, 400, 400)
        assert world.sbc.unread == []
        assert world.rows(1)[-1] == "Busy OFF-HOOK"
        record = world.records(1)[-1]
        assert (record.cause, record.peer_number) == ("LOCAL_DIGITMAP", "7")
        world.matches("number-unobtainable")


@pytest.mark.parametrize(
    ("digits", "least", "most", "sent"),
    [
        ("102", -0.15, 0.0, "102"),  # unambiguous: at the digit
        ("9123", 3.8, 4.0, "9123"),  # complete, could go on: timer S
        ("80#", -0.15, 0.0, ""),  # too short, and ended by the person
        ("9123#", -0.15, 0.0, "9123"),  # # ends dialling
        ("120", -0.15, 0.0, "120"),  # an emergency number waits for nothing
    ],
)
def test_the_digit_map_decides_when_a_number_goes_out(
    digits: str, least: float, most: float, sent: str
) -> None:
    """LINE-06; seconds after the last key is released."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(0.5)
        a.dials(digits)
        released = world.now
        world.waits(5.0)
        if not sent:
            assert world.wire() == []
            assert a.hears(3.5).heard == "unobtainable"
            return
        invite = world.find_packet(">INVITE")
        assert world.sbc.gets("INVITE").uri == f"sip:{sent}@ims.example.net"
        assert least <= invite.at - released <= most


def test_a_number_that_is_not_finished_times_out() -> None:
    """LINE-06, LOCAL_TIMEOUT: timer L, 10 s, then busy tone."""
    with World(ports=1).registers() as world:
        (a,) = world.people
        a.lifts()
        world.waits(0.5)
        a.dials("80")
        world.waits(9.5)
        assert world.row(1) == "reg-ok:Activ Dialing OFF-HOOK"
        world.waits(1.0)
        assert a.hears(3.0).heard == "busy"
        assert world.wire() == []
        assert world.records(1)[-1].cause == "LOCAL_TIMEOUT"


def test_ringback_is_made_here_while_there_is_no_early_media() -> None:
    """LINE-08: 450 Hz, 1 s on, 4 s off, from the 180 on."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        assert a.hears(1.0).heard == "silence"
        world.sbc.says(invite, 180)
        said = world.now
        heard = a.hears(11.5)
        assert (heard.heard, heard.frequencies_hz) == ("ringback", (450,))
        assert heard.cadence_ms == pytest.approx((1000, 4000), abs=10)
        assert a.heard_first(said) <= 0.1
