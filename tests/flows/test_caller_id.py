"""The caller on the display, in the way of each country: seen, heard and decoded at the telephone.

What a telephone wants before it shows anything is that telephone's own (drivers/sim/display.py);
nothing is asked of the gateway but the ladder.
"""

from __future__ import annotations

import audioop

import pytest

from drivers.sim.display import ANY, BRITISH, DUTCH, PLAIN, Habits
from tests.far_end import FarEnd
from tests.flows.scenes import answers, is_called
from tests.people import Person
from tests.sbc import SBC, description
from tests.world import World

FIRST, SECOND = (SBC.host, 20000), (SBC.host, 20002)

KINDS: list[tuple[str, Habits]] = [
    ("cn", ANY), ("us", ANY), ("de", ANY), ("uk", BRITISH), ("nl", DUTCH), ("jp", ANY),
]  # fmt: skip


def events(person: Person) -> list[tuple[str, float]]:
    """What happens at the telephone from now on, in order."""
    seen: list[tuple[str, float]] = []
    person.phone.watch(lambda e: seen.append((f"{e.event}{' on' * e.on}", e.at)))
    return seen


def rings(person: Person) -> list[float]:
    """When each long burst began; those that ask for a display are short."""
    return [b.start for b in person.bursts if b.end is None or b.end - b.start > 0.7]


@pytest.mark.parametrize(("country", "habits"), KINDS)
def test_the_number_is_on_the_display_before_the_second_ring(country: str, habits: Habits) -> None:
    """LINE-07 and CLI-07, each country's telephone."""
    with World(ports=1, country=country).registers() as world:
        (b,) = world.people
        b.phone.display.habits = habits
        is_called(world, by="88210001")
        world.waits(7.0)
        assert b.sees.caller_id == "88210001"
        assert b.bell_rings
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 88210001 Incoming"


@pytest.mark.parametrize(
    ("country", "by", "shown"),
    [("cn", "reception", "O"), ("uk", "anonymous", "P"), ("nl", "anonymous", "P"),
     ("nl", "reception", "O"), ("jp", "anonymous", "P"), ("jp", "reception", "O")],
)  # fmt: skip
def test_why_there_is_no_number(country: str, by: str, shown: str) -> None:
    """CLI-07: a number withheld is private, a name without digits is out of area."""
    with World(ports=1, country=country).registers() as world:
        (b,) = world.people
        is_called(world, by=by)
        world.waits(7.0)
        assert b.sees.caller_id == shown


def test_a_british_telephone_is_announced_the_call_before_it_rings() -> None:
    """SIN 227: wires exchanged, alerting tone, the loop closed for 15 ms, data; then ringing."""
    with World(ports=1, country="uk").registers() as world:
        (b,) = world.people
        b.phone.display.habits = BRITISH
        seen = events(b)
        is_called(world, by="88210001")
        world.waits(0.2)
        assert b.sees.polarity == "reversed"
        world.waits(3.0)
        assert [what for what, _ in seen][:2] == ["caller-id", "bell on"]
        shown, rang = seen[0][1], seen[1][1]
        assert 0.2 <= rang - shown <= 0.6
        assert b.sees.polarity == "normal"
        assert (b.sees.caller_date, b.sees.caller_name) == ("11220914", "Caller")
        assert world.copper(1) == [
            "polarity reversed", "alerting tone", "caller ID 88210001", "ring 25 Hz",
        ]  # fmt: skip


def test_closing_the_loop_for_a_moment_is_no_answer() -> None:
    """The wetting pulse of 15 ms: the call rings on, and no hook event comes of it."""
    with World(ports=1, country="uk").registers() as world:
        b, _ = is_called(world)
        current: list[float] = []
        world.at_each_instant = lambda: current.append(abs(b.sees.loop_ma))
        world.waits(3.0)
        assert max(current) > 10, "the telephone drew current"
        assert "off-hook" not in world.copper(1)
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 1001 Incoming"


def test_a_japanese_telephone_takes_the_number_off_hook_and_then_rings() -> None:
    """NTT: reversal, bursts of 0.5 s, off-hook, data, on-hook, ringing; nobody has answered."""
    with World(ports=1, country="jp").registers() as world:
        (b,) = world.people
        seen = events(b)
        is_called(world, by="0312345678")
        world.waits(4.0)
        names = [what for what, _ in seen]
        start = names.index("hook on")
        assert names[start:][:4] == ["hook on", "caller-id", "hook", "bell on"]
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 0312345678 Incoming"
        assert not [p for p in world.packets() if p.name == ">200 INVITE"]
        short, *long = b.bursts
        assert short.end is not None
        assert short.end - short.start == pytest.approx(0.5, abs=0.05)
        assert rings(b)[0] == long[0].start
        b.lifts()
        world.sbc.gets_answer(200, "INVITE")


def test_a_telephone_that_takes_no_data_is_rung_after_six_seconds() -> None:
    """NTT: no display."""
    with World(ports=1, country="jp").registers() as world:
        (b,) = world.people
        b.phone.display.habits = PLAIN
        is_called(world)
        came = world.now
        world.waits(8.0)
        assert rings(b)[0] - came == pytest.approx(6.3, abs=0.2)
        assert b.sees.caller_id == ""


def test_a_person_who_lifts_at_the_short_burst_is_connected() -> None:
    """Within two seconds: a telephone could have meant it as its answer."""
    with World(ports=1, country="jp").registers() as world:
        (b,) = world.people
        b.phone.display.habits = PLAIN
        is_called(world)
        world.waits(0.5)
        lifted = b.lifts()
        world.sbc.gets_answer(200, "INVITE")
        assert world.find_packet(">200 INVITE").at - lifted <= 2.0
        assert rings(b) == []


@pytest.mark.parametrize("after", [0.3, 0.9, 1.3])
def test_a_caller_who_gives_up_while_the_telephone_takes_the_data(after: float) -> None:
    """The telephone goes down by itself, and the line is idle again."""
    with World(ports=1, country="jp").registers() as world:
        b, invite = is_called(world)
        world.waits(after)
        world.sbc.cancels(invite)
        world.sbc.gets_answer(200, "CANCEL")
        world.sbc.gets_answer(487, "INVITE")
        world.waits(6.0)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert rings(b) == []


@pytest.mark.parametrize(
    ("country", "after"),
    [("uk", 0.2), ("uk", 0.35), ("uk", 0.7), ("uk", 1.2), ("nl", 0.2), ("nl", 0.8), ("cn", 1.7)],
)
def test_a_telephone_lifted_in_the_middle_has_the_call_at_once_and_hears_no_data(
    country: str, after: float
) -> None:
    """LINE-09: found within 200 ms, the data cut off, nobody rung."""
    with World(ports=1, country=country).registers() as world:
        b, _ = is_called(world, by="88210001")
        world.waits(after)
        before = len(b.bursts)
        lifted = b.lifts()
        world.sbc.gets_answer(200, "INVITE")
        assert world.find_packet(">200 INVITE").at - lifted <= 0.2
        world.waits(2.0)
        assert b.heard_last(lifted) <= 0.15
        assert b.phone.ear.between(lifted + 0.2, world.now - 0.1).strip(b"\0") == b""
        assert len(b.bursts) == before
        assert b.sees.polarity == "normal"
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 88210001 Incoming"


@pytest.mark.parametrize("after", [0.2, 0.5, 1.0])
def test_a_caller_who_gives_up_before_the_first_ring_rings_nobody(after: float) -> None:
    with World(ports=1, country="uk").registers() as world:
        b, invite = is_called(world)
        world.waits(after)
        world.sbc.cancels(invite)
        world.sbc.gets_answer(200, "CANCEL")
        world.sbc.gets_answer(487, "INVITE")
        world.waits(4.0)
        assert b.bursts == []
        assert b.sees.polarity == "normal"
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert "ring stops" not in world.copper(1)


def is_called_in_a_call(world: World, *, by: str = "1003") -> tuple[Person, FarEnd]:
    """Telephone 1 talks with a far end that sings; somebody else calls."""
    far = FarEnd(world.network, FIRST, world.waits)
    b, _, ok = answers(world)
    port = int(ok.body.split(b"m=audio ")[1].split()[0])
    far.sings(700, ("10.0.0.1", port))
    world.waits(1.0)
    world.sbc.calls("101", by=by, body=description(port=SECOND[1]))
    return b, far


@pytest.mark.parametrize("country", ["cn", "us", "de", "uk"])
def test_who_waits_is_shown_to_a_telephone_in_a_call(country: str) -> None:
    """CAS, D, data (GR-30, EN 300 659-2): the caller is told 180 at once."""
    with World(ports=1, country=country, digit_map="").registers() as world:
        b, _ = is_called_in_a_call(world, by="88210003")
        world.sbc.gets_answer(180, "INVITE")
        world.waits(3.0)
        assert b.sees.waiting_caller == "88210003"
        assert b.sees.caller_id != "88210003"
        assert "no display" not in world.copper(1)
        assert "D" not in world.copper(1)
        assert world.row(1).startswith("reg-ok:Activ CallWait OFF-HOOK 1001 Incoming")


def test_the_two_who_talk_hear_nothing_of_the_alerting_tone_the_d_and_the_data() -> None:
    """The far end gets silence, no key as sound and none as event; then both are heard again."""
    with World(ports=1, country="us", digit_map="").registers() as world:
        b, far = is_called_in_a_call(world)
        began = world.now
        world.waits(0.35)  # the call waiting tone
        assert far.hears(0.5).heard == "silence"
        world.waits(1.0)
        assert b.sees.waiting_caller == "1003"
        assert {packet[1] & 0x7F for packet in far.packets()} == {8}, "no telephone-event"
        assert b.phone.ear.between(began + 0.5, began + 0.9).strip(b"\0") == b""
        assert b.hears_tone(700, 0.5).snr_db > 20
        far.hushes()
        b.says(1200, 1.0)
        world.waits(0.2)
        assert far.hears(0.5).frequencies_hz == (1200,)


def test_a_telephone_without_such_a_display_hears_its_call_again_soon() -> None:
    """No D within 160 ms: nothing is sent, and the ladder says so."""
    with World(ports=1, country="us", digit_map="").registers() as world:
        (b,) = world.people
        b.phone.display.habits = PLAIN
        is_called_in_a_call(world)
        began = world.now
        world.waits(1.0)
        assert "no display" in world.copper(1)
        assert b.sees.waiting_caller == ""
        tone_and_alert = 0.30 + 0.08
        silent = tone_and_alert + 0.30
        ear = b.phone.ear.between(began + silent + 0.1, began + 0.95)
        assert audioop.rms(ear, 2) > 500


MAILBOX = '[services]\nmessage_waiting = "notify"'
SOME, NONE = "Messages-Waiting: yes\nVoice-Message: 2/8\n", "Messages-Waiting: no\n"


@pytest.mark.parametrize(
    ("country", "habits"), [("cn", ANY), ("us", ANY), ("de", ANY), ("uk", BRITISH)]
)
def test_the_lamp_for_messages_is_lit_and_put_out(country: str, habits: Habits) -> None:
    """GR-30, EN 300 659-1: data on-hook, without ringing; the line is as before then."""
    with World(ports=1, country=country, more=MAILBOX).registers() as world:
        (b,) = world.people
        b.phone.display.habits = habits
        for summary, lit in ((SOME, True), (NONE, False)):
            world.sbc.tells("101", summary)
            world.waits(6.0)
            assert b.sees.lamp is lit
        assert (b.bursts, b.sees.polarity) == ([], "normal")
        assert "off-hook" not in world.copper(1)
        b.lifts()
        assert b.hears(1.0).heard == "dial-tone"


@pytest.mark.parametrize("after", [2.1, 2.3, 2.6, 2.9])
def test_a_lift_while_the_lamp_is_told_brings_dial_tone_at_once_and_the_lamp_is_told_later(
    after: float,
) -> None:
    """Lesson 72: no data off-hook."""
    with World(ports=1, country="uk", more=MAILBOX).registers() as world:
        (b,) = world.people
        b.phone.display.habits = BRITISH
        world.sbc.tells("101", SOME)
        world.waits(after)
        lifted = b.lifts()
        world.waits(1.0)
        assert "stutter-dial-tone" in world.copper(1)
        assert b.heard_first(lifted) <= 0.2
        assert b.sees.polarity == "normal"
        b.hangs_up()
        world.waits(7.0)
        assert b.sees.lamp


@pytest.mark.parametrize("after", [2.1, 2.6, 3.2])
def test_a_call_that_comes_while_the_lamp_is_told_rings_and_the_lamp_is_told_later(
    after: float,
) -> None:
    with World(ports=1, country="uk", more=MAILBOX).registers() as world:
        (b,) = world.people
        world.sbc.tells("101", SOME)
        world.waits(after)
        world.sbc.forgets()
        _, invite = is_called(world, by="88210001")
        world.waits(4.0)
        assert b.bell_rings
        assert b.sees.caller_id == "88210001"
        world.sbc.cancels(invite)
        world.waits(7.0)
        assert b.sees.lamp


@pytest.mark.parametrize(
    ("kind", "habits", "variant"),
    [
        ("bell202-sdmf", ANY, "si3210"),
        ("v23-tone", Habits(wants_tone=True), "si3210"),
        ("v23-ring-pulse", ANY, "si3210"),
        ("v23-ring-pulse", ANY, "ag1171"),
        ("sin227", BRITISH, "ag1171"),
        ("dtmf-se", DUTCH, "si3215"),
        ("dtmf-se", DUTCH, "ag1171"),
        ("dtmf-dk", DUTCH, "si3210"),
        ("dtmf-after-ring", ANY, "si3210"),
        ("ntt", ANY, "si3215"),
    ],
)
def test_a_telephone_from_another_country_is_shown_callers_in_its_own_way(
    kind: str, habits: Habits, variant: str
) -> None:
    """`[[line]] caller_id`, on each line circuit; and nothing forbidden is done to a module."""
    line = f'caller_id = "{kind}"'
    with World(ports=1, country="cn", variant=variant, line=line).registers() as world:
        (b,) = world.people
        b.phone.display.habits = habits
        is_called(world, by="88210001")
        world.waits(5.0)
        assert b.sees.caller_id == "88210001"
        assert b.bell_rings
        assert [dict(module.broken) for module in world.card.modules if module.broken] == []


def test_a_card_that_cannot_show_callers_rings_at_once() -> None:
    """An Ag1171 cannot ring half of the time: a Japanese telephone is only rung."""
    with World(ports=1, country="jp", variant="ag1171").registers() as world:
        b, _ = is_called(world)
        came = world.now
        world.waits(1.5)
        assert rings(b)[0] - came <= 0.3
        assert world.copper(1) == ["ring 20 Hz"]


@pytest.mark.parametrize("after", [2.1, 2.6, 3.2])
def test_a_port_that_is_disabled_while_the_lamp_is_told_goes_dead(after: float) -> None:
    """What was still to be ordered of the line circuit is not: the line stays open."""
    with World(ports=1, country="uk", more=MAILBOX).registers() as world:
        world.sbc.tells("101", SOME)
        world.waits(after)
        world.asks("disable", port=1)
        world.waits(5.0)
        assert world.card.chips[0].linefeed == 0
        assert world.person(1).sees.line_v == 0
        assert world.copper(1)[-1] != "ring stops"
