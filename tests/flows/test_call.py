"""A successful call and its two ways to end (behaviours 14.8 to 14.10)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request, Response
from tests.flows.scenes import answers, rings, talk, talks_out
from tests.sbc import FAR_END, description
from tests.world import World

A, B = "sip:101@ims.example.net", "sip:102@ims.example.net"
CALLING = [
    "Idle ON-HOOK",
    "DialTone OFF-HOOK",
    "Dialing OFF-HOOK",
    "Calling OFF-HOOK 102 Outgoing",
]


def test_a_call_rings_is_answered_and_is_talked_on() -> None:
    """CALL-OK (CO-01, CO-02, LINE-07 to LINE-10): both legs on the wire, both rows."""
    with World(exchange=True).registers() as world:
        a, b = rings(world)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 102 Outgoing"
        assert world.row(2) == "reg-ok:Activ Ringing RINGING 101 Incoming"
        assert a.hears(6.0).heard == "ringback"
        b.lifts()
        world.waits(1.0)
        assert world.rows(1) == [
            *CALLING, "RingBack OFF-HOOK 102 Outgoing", "Talking OFF-HOOK 102 Outgoing",
        ]  # fmt: skip
        assert world.rows(2) == [
            "Idle ON-HOOK", "Ringing RINGING 101 Incoming", "Talking OFF-HOOK 101 Incoming",
        ]  # fmt: skip
        outward = world.messages(">INVITE", 1)[-1]
        assert isinstance(outward, Request)
        assert_legs(world, outward)
        a.says(1000, 1.0)
        world.waits(0.2)
        assert b.hears_tone(1000, 0.5).level_dbm0 == pytest.approx(-10, abs=0.5)
        world.waits(1.0)
        b.says(800, 1.0)
        world.waits(0.2)
        assert a.hears_tone(800, 0.5).snr_db > 30
        world.matches("call-ok")


def assert_legs(world: World, outward: Request) -> None:
    """The headers of 14.8, leg by leg; the exchange is a proxy: tags and Call-ID pass through."""
    inward = world.find("<INVITE", 2)
    assert inward.uri == world.exchange.registrar.bindings("102", world.now)[0].contact
    assert (inward.call_id, inward.from_.tag) == (outward.call_id, outward.from_.tag)
    assert inward.cseq == outward.cseq
    assert not inward.to.tag
    assert b"RTP/AVP 8 0 101" in outward.body
    ringing = world.find("<180 INVITE", 1)
    tag = ringing.to.tag
    assert tag
    assert ringing.body == b""
    assert ringing.contacts[0].uri == inward.uri
    assert ringing.record_routes == inward.record_routes
    answer = world.find("<200 INVITE", 1)
    assert answer.to.tag == tag
    assert b"m=audio 100" in answer.body
    assert b"RTP/AVP 8 101" in answer.body
    ack = world.find(">ACK", 1, nth=-1)
    assert ack.cseq.number == outward.cseq.number
    assert (ack.from_.tag, ack.to.tag) == (outward.from_.tag, tag)
    assert ack.via.branch != outward.via.branch
    assert ack.uri == inward.uri
    assert [r.uri for r in ack.routes] == [r.uri for r in reversed(answer.record_routes)]
    assert [c.realm for c in ack.credentials] == [c.realm for c in outward.credentials]


def test_the_caller_releases() -> None:
    """A11 (CO-03, CO-04, CO-12): BYE with the next CSeq, From and To as in the INVITE."""
    with World(exchange=True).registers() as world:
        a, b = talk(world)
        a.hangs_up()
        world.waits(1.0)
        assert b.hears(3.0).heard == "busy"
        invite, bye = world.find(">INVITE", 1, nth=-1), world.find(">BYE", 1)
        answer = world.find("<200 INVITE", 1)
        assert (bye.from_.uri, bye.to.uri) == (A, B)
        assert (bye.from_.tag, bye.to.tag) == (invite.from_.tag, answer.to.tag)
        assert bye.call_id == invite.call_id
        assert bye.cseq.number == invite.cseq.number + 1
        assert bye.uri == answer.contacts[0].uri
        assert [r.uri for r in bye.routes] == [r.uri for r in reversed(answer.record_routes)]
        assert bye.headers.get("Reason") == "Q.850;cause=16"
        assert bye.via.branch not in {invite.via.branch, world.find(">ACK", 1, nth=-1).via.branch}
        assert world.wire(1)[-2:] == [">BYE", "<200 BYE"]
        assert world.wire(2)[-2:] == ["<BYE", ">200 BYE"]
        sent = world.find_packet(">BYE", 1).at
        assert world.row_at(1, sent) == "reg-ok:Activ Idle ON-HOOK"
        assert world.row_at(2, sent) == "reg-ok:Activ Talking OFF-HOOK 101 Incoming"
        assert world.row(2) == "reg-ok:Activ Busy OFF-HOOK 101 Incoming"
        b.hangs_up()
        world.waits(1.0)
        assert world.rows(1)[-2:] == ["Talking OFF-HOOK 102 Outgoing", "Idle ON-HOOK"]
        assert world.rows(2)[-2:] == ["Busy OFF-HOOK 101 Incoming", "Idle ON-HOOK"]
        assert [world.records(p)[-1].cause for p in (1, 2)] == ["NORMAL", "REMOTE_RELEASED"]
        world.matches("caller-releases")


def test_the_callee_releases() -> None:
    """A12 (CO-03, CO-04): From and To are swapped against the INVITE, the CSeq is its own."""
    with World(exchange=True).registers() as world:
        a, b = talk(world)
        b.hangs_up()
        world.waits(1.0)
        assert a.hears(3.0).heard == "busy"
        invite, answer = world.find("<INVITE", 2), world.find(">200 INVITE", 2)
        bye = world.find(">BYE", 2)
        assert (bye.from_.uri, bye.to.uri) == (B, A)
        assert (bye.from_.tag, bye.to.tag) == (answer.to.tag, invite.from_.tag)
        assert bye.cseq.number < 2**31
        assert bye.uri == invite.contacts[0].uri
        assert [r.uri for r in bye.routes] == [r.uri for r in invite.record_routes]
        ended = world.find_packet("<BYE", 1).at
        assert world.row_at(2, ended) == "reg-ok:Activ Idle ON-HOOK"
        assert world.row_at(1, ended) == "reg-ok:Activ Busy OFF-HOOK 102 Outgoing"
        assert world.wire(1)[-2:] == ["<BYE", ">200 BYE"]
        a.hangs_up()
        world.waits(1.0)
        assert world.rows(1)[-2:] == ["Busy OFF-HOOK 102 Outgoing", "Idle ON-HOOK"]
        assert world.rows(2)[-2:] == ["Talking OFF-HOOK 101 Incoming", "Idle ON-HOOK"]
        world.matches("callee-releases")


def test_a_request_for_a_dialog_that_is_not_there_is_answered_481() -> None:
    """CO-01: the tags count, not the Call-ID alone."""
    with World(ports=1).registers() as world:
        _, invite, ok = answers(world)
        wrong = Response(
            200, "OK", ok.headers.replaced("To", f"{invite.headers.get('To')};tag=wrong")
        )
        world.sbc.asks_as_caller("BYE", wrong, 2)
        assert world.sbc.gets_answer(481, "BYE")
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        world.sbc.asks_as_caller("BYE", ok, 3)
        world.sbc.gets_answer(200, "BYE")
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 1001 Incoming"


def test_the_route_is_recorded_by_the_caller_in_reverse() -> None:
    """CO-02: two hops on the way; the request target is the far end's Contact."""
    hops = (("Record-Route", "<sip:10.0.0.9;lr;hop=2>, <sip:10.0.0.9;lr;hop=1>"),)
    with World(ports=1).registers() as world:
        a, _ = talks_out(world, more=hops)
        a.hangs_up()
        bye = world.sbc.gets("BYE")
        assert [r.uri for r in bye.routes] == ["sip:10.0.0.9;lr;hop=1", "sip:10.0.0.9;lr;hop=2"]
        assert f"<{bye.uri}>" == FAR_END


def test_the_route_is_recorded_by_the_callee_in_order() -> None:
    hops = [("Record-Route", "<sip:10.0.0.9;lr;hop=2>, <sip:10.0.0.9;lr;hop=1>")]
    with World(ports=1).registers() as world:
        invite = world.sbc.calls("101", more=hops)
        world.sbc.gets_answer(180, "INVITE")
        (b,) = world.people
        b.lifts()
        world.sbc.acks(invite, world.sbc.gets_answer(200, "INVITE"))
        world.waits(0.5)
        b.hangs_up()
        bye = world.sbc.gets("BYE")
        assert [r.uri for r in bye.routes] == ["sip:10.0.0.9;lr;hop=2", "sip:10.0.0.9;lr;hop=1"]


def test_a_200_is_repeated_until_the_ack_comes() -> None:
    """CO-05: at 0.5, 1.5, 3.5, 7.5, 11.5 ... s."""
    with World(ports=1).registers() as world:
        answers(world, acked=False)
        world.waits(31.9)
        times = [p.at for p in world.packets() if p.name == ">200 INVITE"]
        assert [round(t - times[0], 1) for t in times] == [
            0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5,
        ]  # fmt: skip
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        world.sbc.forgets()
        world.waits(0.2)
        world.sbc.gets("BYE")
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 1001 Incoming"


def test_every_repeated_200_gets_the_same_ack_again() -> None:
    """CO-06."""
    with World(ports=1).registers() as world:
        _, invite = talks_out(world)
        (first,) = world.messages(">ACK")
        ok = world.find("<200 INVITE")
        for _ in range(3):
            world.sbc.sends(ok)
            world.waits(0.5)
        acks = world.messages(">ACK")
        assert len(acks) == 4
        assert {ack.encode() for ack in acks} == {first.encode()}
        assert first.cseq.number == invite.cseq.number


def test_a_second_answer_of_a_fork_is_acknowledged_and_released() -> None:
    """CO-07, B15: the first answer wins; the other dialog gets ACK and BYE."""
    with World(ports=1).registers() as world:
        _, invite = talks_out(world)
        world.sbc.says(invite, 200, tag="other", body=description(port=30000))
        assert world.sbc.gets("ACK").to.tag == "other"
        bye = world.sbc.gets("BYE")
        assert bye.to.tag == "other"
        world.sbc.says(bye, 200)
        world.waits(1.0)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        world.matches("second-answer-of-a-fork")


def test_who_hangs_up_is_free_at_once_even_if_nobody_answers_the_bye() -> None:
    """CO-15: BYE goes on in the background by Timer E, and the line dials again."""
    with World(ports=1).registers() as world:
        a, _ = talks_out(world)
        a.hangs_up()
        world.sbc.gets("BYE")
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        a.lifts()
        assert a.hears(1.5).heard == "dial-tone"
        a.dials("8002")
        assert world.messages(">INVITE")[-1].to.uri == "sip:8002@ims.example.net"
        world.waits(40.0)
        byes = [p.at for p in world.packets() if p.name == ">BYE"]
        assert [round(t - byes[0], 1) for t in byes[:5]] == [0, 0.5, 1.5, 3.5, 7.5]
        assert len(byes) == 11


def test_both_hang_up_at_once() -> None:
    """CO-09: our BYE and theirs cross; both are answered."""
    with World(ports=1).registers() as world:
        a, invite = talks_out(world)
        a.hangs_up()
        ours = world.sbc.gets("BYE")
        world.sbc.asks_as_callee("BYE", invite, 1)
        world.sbc.gets_answer(200, "BYE")
        world.sbc.says(ours, 200)
        world.waits(1.0)
        assert world.sbc.unread == []
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert [record.cause for record in world.records(1)] == ["NORMAL"]


@pytest.mark.parametrize("who", [1, 2])
def test_the_line_is_ready_for_the_next_call_after_each_release(who: int) -> None:
    """Calls one after the other, through the exchange, leave nothing behind."""
    with World(exchange=True).registers() as world:
        for _ in range(3):
            people = talk(world)
            people[who - 1].hangs_up()
            world.waits(1.0)
            people[2 - who].hangs_up()
            world.waits(1.0)
            assert [world.row(p) for p in (1, 2)] == ["reg-ok:Activ Idle ON-HOOK"] * 2
        assert not world.network.sockets, "no RTP socket is left"
