"""What a person does with the flash key, and with who calls meanwhile (ladder 14.17)."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from firmware.sip.message import Request
from firmware.trace.marks import Lane
from tests.far_end import FarEnd
from tests.flows.scenes import answers, talks_out
from tests.people import Person
from tests.sbc import SBC, description
from tests.world import World

FIRST, SECOND = (SBC.host, 20000), (SBC.host, 20002)
FLASH_MS = 300


def flashes(world: World, person: Person) -> None:
    """Press the key, and let the time pass in which it is told from a hang-up."""
    person.flashes(FLASH_MS)
    world.waits(0.03)


def agrees(world: World, asked: Request, answer: str, *, version: int, port: int = 20000) -> None:
    """The server takes a change, and gets the ACK."""
    world.sbc.says(asked, 200, body=description(port=port, direction=answer, version=version))
    assert world.sbc.gets("ACK").cseq.number == asked.cseq.number
    world.waits(0.3)


def is_held(world: World, *, version: int = 2) -> Request:
    """The far end of the first call is held, and agrees."""
    asked = world.sbc.gets("INVITE")
    assert b"a=sendonly" in asked.body
    assert asked.to.tag
    agrees(world, asked, "recvonly", version=version)
    return asked


def is_taken_back(world: World, *, version: int = 3) -> Request:
    asked = world.sbc.gets("INVITE")
    assert b"a=sendrecv" in asked.body
    assert asked.to.tag
    agrees(world, asked, "sendrecv", version=version)
    return asked


def is_called_meanwhile(world: World, *, by: str = "1003") -> Request:
    """A second call comes to the telephone that talks; its caller is told so (RFC 7462)."""
    invite = world.sbc.calls("101", by=by, body=description(port=SECOND[1]))
    ringing = world.sbc.gets_answer(180, "INVITE")
    assert ringing.headers.get("Alert-Info") == "<urn:alert:service:call-waiting>"
    return invite


def ends(world: World) -> Request:
    """The gateway says BYE."""
    bye = world.sbc.gets("BYE")
    world.sbc.says(bye, 200)
    world.waits(0.5)
    return bye


def hears(far: FarEnd, world: World, person: Person, hz: int) -> bool:
    """Whether the far end hears what is said into the telephone."""
    person.says(hz, 1.0)
    world.waits(0.1)
    return far.hears(0.5).frequencies_hz == (hz,)


def causes(world: World) -> list[tuple[str, str, str]]:
    """What the records say: with whom, why it ended, who ended it."""
    return [(r.peer_number, r.cause, r.released_by) for r in world.records(1)]


@dataclass
class Both:
    """Somebody talks to 1003, who had waited, and holds 1001."""

    person: Person
    first: Request
    second: Request


def talks_in_the_second(world: World) -> Both:
    b, first, _ = answers(world)
    second = is_called_meanwhile(world)
    flashes(world, b)
    is_held(world)
    ok = world.sbc.gets_answer(200, "INVITE")
    assert ok.call_id == second.call_id, "answered once the first is held"
    world.sbc.acks(second, ok)
    world.waits(0.3)
    return Both(b, first, second)


def test_who_calls_meanwhile_is_heard_and_answered_by_a_flash() -> None:
    """Ladder 14.17, steps 1 to 9: rows, order on the wire, who hears whom."""
    with World(ports=1).registers() as world:
        a, c = (FarEnd(world.network, place, world.waits) for place in (FIRST, SECOND))
        b, _, _ = answers(world)
        second = is_called_meanwhile(world)
        assert world.row(1) == "reg-ok:Activ CallWait OFF-HOOK 1001 Incoming"
        world.waits(1.0)  # who waits is shown first
        assert b.hears(9.5).heard == "call-waiting"
        assert hears(a, world, b, 1000), "the first call goes on"
        a.sings(660, ("10.0.0.1", 10000))
        world.waits(0.5)
        assert 660 in b.hears(1.0).frequencies_hz, "and is heard between the tones"
        a.hushes()
        flashes(world, b)
        is_held(world)
        ok = world.sbc.gets_answer(200, "INVITE")
        world.sbc.acks(second, ok)
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1003 Incoming"
        a.packets()
        assert hears(c, world, b, 800)
        assert a.packets() == [], "what is said now is not meant for who is held"


def test_a_flash_changes_between_two_calls() -> None:
    """Ladder 14.17, steps 10 to 12: one held, one taken back; a row each."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a, c = (FarEnd(world.network, place, world.waits) for place in (FIRST, SECOND))
        both = talks_in_the_second(world)
        assert hears(c, world, both.person, 800)
        rows = world.asks("calls")
        assert isinstance(rows, list)
        assert [(row.peer_number, row.call_status.value) for row in rows] == [
            ("1003", "Talking"), ("1001", "Held"),
        ]  # fmt: skip
        status = world.status(1)
        assert (status.other_number, status.other_status) == ("1001", "held")
        flashes(world, both.person)
        held, back = sbc.gets("INVITE"), sbc.gets("INVITE")
        assert (held.call_id, back.call_id) == (both.second.call_id, both.first.call_id)
        assert b"a=sendonly" in held.body
        assert b"a=sendrecv" in back.body
        agrees(world, held, "recvonly", version=2, port=SECOND[1])
        agrees(world, back, "sendrecv", version=3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        c.packets()
        assert hears(a, world, both.person, 1000)
        assert c.packets() == []


def test_hanging_up_while_one_is_held_rings_back() -> None:
    """Ladder 14.17, steps 13 to 17: who is held rings, and is taken back."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, FIRST, world.waits)
        both = talks_in_the_second(world)
        both.person.hangs_up()
        assert ends(world).call_id == both.second.call_id
        assert both.person.bell_rings
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 1001 Incoming"
        both.person.lifts()
        assert is_taken_back(world).call_id == both.first.call_id
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        assert hears(far, world, both.person, 1000)
        both.person.hangs_up()
        assert ends(world).call_id == both.first.call_id
        assert causes(world) == [("1003", "NORMAL", "local"), ("1001", "NORMAL", "local")]
        second, first = world.records(1)
        assert first.sent > second.sent > 0, "both stretches of its voice were counted"
        world.matches("call-waiting")


def test_a_second_number_is_dialled_while_the_first_is_held() -> None:
    """CO-14: a flash, another dial tone, another call; a flash takes the first back."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a, first = talks_out(world)
        flashes(world, a)
        is_held(world)
        assert world.row(1) == "reg-ok:Activ Held OFF-HOOK 8001 Outgoing"
        assert a.hears(2.0).frequencies_hz == (450,)
        a.dials("8002")
        second = sbc.gets("INVITE")
        assert world.row(1) == "reg-ok:Activ Calling OFF-HOOK 8002 Outgoing"
        sbc.says(second, 180, tag="c")
        world.waits(0.5)
        sbc.says(second, 200, tag="c", body=description(port=SECOND[1]))
        sbc.gets("ACK")
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8002 Outgoing"
        sbc.asks_as_callee("BYE", second, 1, tag="c")
        sbc.gets_answer(200, "BYE")
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8002 Outgoing"
        flashes(world, a)
        assert is_taken_back(world).call_id == first.call_id
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        a.hangs_up()
        assert ends(world).call_id == first.call_id
        assert causes(world) == [
            ("8002", "REMOTE_RELEASED", "remote"),
            ("8001", "NORMAL", "local"),
        ]
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        world.matches("enquiry-call")


def test_a_flash_gives_up_a_call_that_nobody_has_answered() -> None:
    """CO-14: CANCEL, and the call that was held goes on."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a, first = talks_out(world)
        flashes(world, a)
        is_held(world)
        a.dials("8002")
        second = sbc.gets("INVITE")
        sbc.says(second, 180, tag="c")
        world.waits(1.0)
        flashes(world, a)
        cancel, back = sbc.gets("CANCEL"), sbc.gets("INVITE")
        sbc.says(cancel, 200)
        sbc.says(second, 487, tag="c")
        sbc.gets("ACK")
        agrees(world, back, "sendrecv", version=3)
        assert back.call_id == first.call_id
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        assert causes(world) == [("8002", "NORMAL", "local")]


@pytest.mark.parametrize("dialled", ["", "9"])
def test_hanging_up_at_the_second_dial_tone_rings_back(dialled: str) -> None:
    """CO-14: whoever is held is never forgotten."""
    with World(ports=1).registers() as world:
        a, first = talks_out(world)
        flashes(world, a)
        is_held(world)
        if dialled:
            a.dials(dialled)
        a.hangs_up()
        world.waits(1.0)
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 8001 Outgoing"
        a.lifts()
        assert is_taken_back(world).call_id == first.call_id


def test_who_is_held_and_rung_for_is_not_heard_before_the_handset_is_lifted() -> None:
    """CO-14, I4: the far end confirms the session meanwhile; no voice goes to a telephone that
    rings."""
    with World(ports=1).registers() as world:
        a, first = talks_out(world)
        flashes(world, a)
        is_held(world)
        a.hangs_up()
        world.waits(1.0)
        before = world.gateway.trace.count
        offer = description(port=FIRST[1], version=3)
        again = world.sbc.asks_as_callee("INVITE", first, 1, body=offer)
        world.sbc.gets_answer(200, "INVITE")
        world.waits(0.3)
        assert [m.what for m in world.gateway.trace.since(before) if m.lane is Lane.VOICE] == []
        assert again.call_id == first.call_id
        assert a.bell_rings


def test_who_is_left_on_hold_is_released_when_nobody_lifts() -> None:
    """BW-NA-TERM for a call that rings back: after [sip] no_answer."""
    with World(ports=1, sip="no_answer = 20").registers() as world:
        a, first = talks_out(world)
        flashes(world, a)
        is_held(world)
        a.hangs_up()
        world.waits(19.0)
        assert a.bell_rings
        world.waits(2.0)
        assert ends(world).call_id == first.call_id
        assert len(a.bursts) == 4
        assert causes(world) == [("8001", "NO_ANSWER_LOCAL", "gateway")]
        world.matches("held-and-forgotten")


def test_hanging_up_lets_the_one_who_waits_ring() -> None:
    """CO-14: the first is released, the bell rings for the second; lifting answers it."""
    with World(ports=1).registers() as world:
        b, first, _ = answers(world)
        second = is_called_meanwhile(world)
        world.waits(1.0)
        b.hangs_up()
        assert ends(world).call_id == first.call_id
        assert world.row(1) == "reg-ok:Activ Ringing RINGING 1003 Incoming"
        assert b.bell_rings
        b.lifts()
        ok = world.sbc.gets_answer(200, "INVITE")
        assert ok.call_id == second.call_id
        world.sbc.acks(second, ok)
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1003 Incoming"
        world.matches("call-waiting-rings")


def test_who_waits_is_told_that_nobody_answers_as_if_the_bell_had_rung() -> None:
    """BW-NA-TERM: 480 after [sip] no_answer; the first call has heard nothing of it."""
    with World(ports=1, sip="no_answer = 20").registers() as world:
        b, _, _ = answers(world)
        second = is_called_meanwhile(world)
        world.waits(18.0)
        refused = world.sbc.gets_answer(480, "INVITE")
        world.sbc.acks(second, refused)
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        assert b.hears(5.0).heard == "silence"
        assert causes(world) == [("1003", "NO_ANSWER_LOCAL", "gateway")]


def test_who_waits_gives_up() -> None:
    """FC-04: 200 and 487; the tone ends, the call goes on."""
    with World(ports=1).registers() as world:
        b, _, _ = answers(world)
        second = is_called_meanwhile(world)
        world.waits(2.0)
        world.sbc.cancels(second)
        world.sbc.gets_answer(200, "CANCEL")
        world.sbc.acks(second, world.sbc.gets_answer(487, "INVITE"))
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        assert b.hears(5.0).heard == "silence"
        assert causes(world) == [("1003", "CALLER_ABANDONED", "remote")]


def test_without_call_waiting_the_line_is_busy() -> None:
    """BW-BUSY: 486."""
    with World(ports=1, more="[services]\ncall_waiting = false").registers() as world:
        answers(world)
        second = world.sbc.calls("101", by="1003")
        world.sbc.acks(second, world.sbc.gets_answer(486, "INVITE"))
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"


def test_a_third_caller_is_told_that_the_line_is_busy() -> None:
    """BW-BUSY: one may wait, or be held, and no more."""
    with World(ports=1).registers() as world:
        answers(world)
        is_called_meanwhile(world)
        third = world.sbc.calls("101", by="1005")
        world.sbc.acks(third, world.sbc.gets_answer(486, "INVITE"))
        assert causes(world) == [("1005", "LINE_BUSY", "gateway")]


def test_who_is_held_hangs_up_and_the_other_call_goes_on() -> None:
    """LINE-12 is for the call in hand: nothing is heard of the other."""
    with World(ports=1).registers() as world:
        far = FarEnd(world.network, SECOND, world.waits)
        both = talks_in_the_second(world)
        ok = world.find(">200 INVITE")
        assert ok.call_id == both.first.call_id
        world.sbc.asks_as_caller("BYE", ok, 2)
        world.sbc.gets_answer(200, "BYE")
        world.waits(0.3)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1003 Incoming"
        assert hears(far, world, both.person, 800)
        assert causes(world) == [("1001", "REMOTE_RELEASED", "remote")]
        both.person.hangs_up()
        ends(world)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_a_far_end_that_will_not_be_held_is_not_heard_all_the_same() -> None:
    """B21: 488 to the hold: who waits is answered, the ladder says so; a flash goes back."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        far = FarEnd(world.network, FIRST, world.waits)
        b, _, _ = answers(world)
        second = is_called_meanwhile(world)
        flashes(world, b)
        hold = sbc.gets("INVITE")
        sbc.says(hold, 488)
        sbc.gets("ACK")
        sbc.acks(second, sbc.gets_answer(200, "INVITE"))
        world.waits(0.3)
        far.packets()
        b.says(800, 1.0)
        world.waits(0.5)
        assert far.packets() == []
        assert "hold refused 488" in [mark.what for mark in world.marks]
        flashes(world, b)
        held = sbc.gets("INVITE")
        assert held.call_id == second.call_id
        agrees(world, held, "recvonly", version=2, port=SECOND[1])
        assert hears(far, world, b, 1000)


def test_who_waits_is_answered_even_if_the_hold_is_never_answered() -> None:
    """CO-14, B18: a second later at the most."""
    with World(ports=1).registers() as world:
        b, first, _ = answers(world)
        second = is_called_meanwhile(world)
        flashed = world.now
        flashes(world, b)
        assert world.sbc.gets("INVITE").call_id == first.call_id
        world.waits_until(lambda: ">200 INVITE" in world.wire()[-2:])
        assert world.find_packet(">200 INVITE", nth=-1).at < flashed + 1.5
        assert world.messages(">200 INVITE")[-1].call_id == second.call_id


def test_help_that_was_called_is_not_put_aside_nor_disturbed() -> None:
    """TS 22.083: no hold of an emergency call, and no call waiting."""
    with World(ports=1).registers() as world:
        a, _ = talks_out_to(world, "110")
        flashes(world, a)
        second = world.sbc.calls("101", by="1003")
        world.sbc.acks(second, world.sbc.gets_answer(486, "INVITE"))
        world.waits(1.0)
        assert world.sbc.unread == []
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 110 Outgoing"


def talks_out_to(world: World, number: str) -> tuple[Person, Request]:
    a = world.person(1)
    a.lifts()
    world.waits(0.4)
    a.dials(number)
    invite = world.sbc.gets("INVITE")
    world.sbc.says(invite, 200, body=description())
    world.sbc.gets("ACK")
    world.waits(0.3)
    return a, invite


def test_both_calls_end_when_the_port_is_taken_out_of_service() -> None:
    """A BYE each, a record each, one cause."""
    with World(ports=1).registers() as world:
        both = talks_in_the_second(world)
        world.asks("disable", port=1)
        byes = [world.sbc.gets("BYE"), world.sbc.gets("BYE")]
        assert {bye.call_id for bye in byes} == {both.first.call_id, both.second.call_id}
        for bye in byes:
            world.sbc.says(bye, 200)
        world.waits(0.5)
        assert causes(world) == [("1003", "ADMIN", "admin"), ("1001", "ADMIN", "admin")]
