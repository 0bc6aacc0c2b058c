"""Calls that come to nothing (behaviours 10, 14.12 to 14.15)."""

from __future__ import annotations

import pytest

from tests.flows.scenes import calls_out, dials, is_called, rings
from tests.sbc import description
from tests.world import World

BUSY = "reg-ok:Activ Busy OFF-HOOK 102 Outgoing"
IDLE = "reg-ok:Activ Idle ON-HOOK"


def test_a_busy_telephone_is_not_disturbed() -> None:
    """A7 (BW-BUSY): 486, busy tone; no Incoming row may flicker at the other side."""
    with World(exchange=True).registers() as world:
        b = world.person(2)
        b.lifts()
        world.waits(0.5)
        world.looks()
        a = dials(world)
        world.waits_until(lambda: world.row(1) == BUSY)
        heard = a.hears(3.0)
        assert (heard.heard, heard.frequencies_hz, heard.cadence_ms) == (
            "busy",
            (450,),
            (350, 350),
        )
        assert world.rows(2) == ["DialTone OFF-HOOK"]
        assert b.bursts == []
        refused = world.find("<486 INVITE", 1)
        invite = world.find(">INVITE", 1, nth=-1)
        ack = world.find(">ACK", 1, nth=-1)
        assert ack.via.branch == invite.via.branch
        assert ack.cseq.number == invite.cseq.number
        assert ack.uri == invite.uri
        assert ack.headers.get("Route") == invite.headers.get("Route")
        assert ack.to.tag == refused.to.tag == world.find(">486 INVITE", 2).to.tag
        assert world.row_at(1, world.find_packet("<486 INVITE", 1).at) == BUSY
        a.hangs_up()
        world.waits(1.0)
        assert world.rows(1)[-2:] == ["Busy OFF-HOOK 102 Outgoing", "Idle ON-HOOK"]
        assert world.rows(2) == ["DialTone OFF-HOOK"]
        assert world.records(1)[-1].cause == "PEER_BUSY"
        world.matches("callee-busy")


def test_nobody_answers_and_the_network_ends_it() -> None:
    """A8 (BW-NA-NET), both sides scripted as one: CANCEL to the called, 408 to the caller."""
    with World(ports=2).registers() as world:
        sbc = world.sbc
        a, outgoing = calls_out(world, "8001")
        sbc.says(outgoing, 180)
        incoming = sbc.calls("102", by="101")
        ringing = sbc.gets_answer(180, "INVITE")
        b = world.person(2)
        world.waits_until(lambda: b.bell_rings)
        assert a.hears(6.0).heard == "ringback"
        world.waits(24.0)
        began = world.now
        sbc.cancels(incoming)
        ok = sbc.gets_answer(200, "CANCEL")
        gone = sbc.gets_answer(487, "INVITE")
        assert ok.to.tag == gone.to.tag == ringing.to.tag, "FC-05"
        world.waits_until(lambda: not b.sees.sounding, most=0.1)
        assert world.now - began <= 0.1
        sbc.acks(incoming, gone)
        assert world.row(2) == IDLE
        sbc.says(outgoing, 408, more=[("Reason", "Q.850;cause=19")])
        ack = sbc.gets("ACK")
        assert ack.via.branch == outgoing.via.branch
        world.waits(0.5)
        assert a.hears(3.0).heard == "busy"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        a.hangs_up()
        world.waits(1.0)
        record = world.records(1)[-1]
        assert (record.cause, record.sip_status, record.q850) == ("NO_ANSWER_NET", 408, 19)
        assert world.records(2)[-1].cause == "CALLER_ABANDONED"
        assert [world.row(p) for p in (1, 2)] == [IDLE, IDLE]
        assert len(b.bursts) in {6, 7}
        world.matches("no-answer-network")


def test_nobody_answers_and_the_called_port_ends_it() -> None:
    """A9 (BW-NA-TERM): 480 after 50 s of ringing."""
    with World(exchange=True).registers() as world:
        a, b = rings(world)
        began = world.find_packet(">180 INVITE", 2).at
        assert a.hears(6.0).heard == "ringback"
        world.waits_until(lambda: world.row(1) == BUSY, most=60)
        ended = world.find_packet(">480 INVITE", 2)
        assert ended.at - began == pytest.approx(50.0, abs=0.01)
        assert world.row_at(2, ended.at) == IDLE
        assert world.rows(2) == ["Idle ON-HOOK", "Ringing RINGING 101 Incoming", "Idle ON-HOOK"]
        assert len(b.bursts) == 10
        refusal = world.find("<480 INVITE", 1)
        ack = world.find(">ACK", 1, nth=-1)
        assert ack.via.branch == world.find(">INVITE", 1, nth=-1).via.branch
        assert ack.to.tag == refusal.to.tag
        assert a.hears(3.0).heard == "busy"
        a.hangs_up()
        world.waits(1.0)
        assert world.records(2)[-1].cause == "NO_ANSWER_LOCAL"
        assert world.records(1)[-1].cause == "NO_ANSWER_NET"
        world.matches("no-answer-terminal")


def test_the_caller_abandons_before_the_answer() -> None:
    """A10 (FW-CANCEL, B11): CANCEL of the INVITE's branch, no To tag, one Via; the bell stops."""
    with World(exchange=True).registers() as world:
        a, b = rings(world)
        world.waits(2.5)
        a.hangs_up()
        world.waits(1.0)
        invite, cancel = world.find(">INVITE", 1, nth=-1), world.find(">CANCEL", 1)
        assert cancel.via.branch == invite.via.branch
        assert len(cancel.vias) == 1
        assert cancel.uri == invite.uri
        assert cancel.call_id == invite.call_id
        assert cancel.headers.get("From") == invite.headers.get("From")
        assert cancel.headers.get("To") == invite.headers.get("To")
        assert cancel.headers.get("Route") == invite.headers.get("Route")
        assert cancel.cseq.number == invite.cseq.number
        assert not cancel.credentials
        assert "Require" not in cancel.headers
        assert world.wire(1)[-4:] == [">CANCEL", "<200 CANCEL", "<487 INVITE", ">ACK"]
        assert world.wire(2)[-4:] == ["<CANCEL", ">200 CANCEL", ">487 INVITE", "<ACK"]
        tags = {
            world.find(name, 2).to.tag for name in (">180 INVITE", ">200 CANCEL", ">487 INVITE")
        }
        assert len(tags) == 1, "FC-05"
        assert world.find(">ACK", 1, nth=-1).via.branch == invite.via.branch
        sent, came = world.find_packet(">CANCEL", 1).at, world.find_packet("<CANCEL", 2).at
        assert world.row_at(1, sent) == IDLE
        assert world.row_at(2, sent) == "reg-ok:Activ Ringing RINGING 101 Incoming"
        assert world.row_at(2, came) == IDLE
        assert not b.sees.sounding
        assert world.records(2)[-1].cause == "CALLER_ABANDONED"
        world.matches("caller-abandons")


def test_an_answer_that_crosses_the_cancel_is_acknowledged_and_released() -> None:
    """A10, variant (FC-02, CO-10): ACK, then BYE with the next CSeq; the row stays Idle."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        a, invite = calls_out(world)
        sbc.says(invite, 180)
        world.waits(2.0)
        a.hangs_up()
        cancel = sbc.gets("CANCEL")
        sbc.says(invite, 200, body=description())
        ack = sbc.gets("ACK")
        assert ack.cseq.number == invite.cseq.number
        assert ack.via.branch != invite.via.branch
        bye = sbc.gets("BYE")
        assert bye.cseq.number == invite.cseq.number + 1, "CANCEL has not used a number"
        assert (bye.from_.tag, bye.to.tag) == (invite.from_.tag, "b")
        sbc.says(cancel, 481)
        sbc.says(bye, 200)
        world.waits(1.0)
        assert world.rows(1)[-2:] == ["RingBack OFF-HOOK 8001 Outgoing", "Idle ON-HOOK"]
        assert sbc.unread == []
        world.matches("answer-crosses-cancel")


def test_cancel_waits_for_the_first_provisional_response() -> None:
    """FC-01: before any 1xx there is nothing to cancel yet (RFC 3261 section 9.1)."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        a.hangs_up()
        world.waits(2.0)
        assert ">CANCEL" not in world.wire()
        assert world.row(1) == IDLE
        world.sbc.says(invite, 100)
        world.waits(0.1)
        assert world.wire()[-1] == ">CANCEL"


def test_an_invite_nobody_has_heard_of_just_ends() -> None:
    """FC-01: no 1xx ever comes; Timer B ends it silently."""
    with World(ports=1).registers() as world:
        a, _ = calls_out(world)
        a.hangs_up()
        world.waits(40.0)
        assert set(world.wire()) == {">INVITE"}
        assert len(world.wire()) == 7


def test_the_line_is_free_at_once_after_the_caller_has_given_up() -> None:
    """FC-06: lifted again 100 ms after hanging up, while the old INVITE is still dying."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        world.waits(1.0)
        world.sbc.forgets()
        a.hangs_up()
        world.sbc.says(world.sbc.gets("CANCEL"), 200)
        world.waits(0.1)
        a.lifts()
        assert a.hears(1.5).heard == "dial-tone"
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        world.sbc.says(invite, 487)
        world.sbc.gets("ACK")
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        a.dials("8002")
        second = world.sbc.gets("INVITE")
        assert second.call_id != invite.call_id
        world.sbc.says(second, 180)
        world.waits(0.1)
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 8002 Outgoing"


def test_a_cancel_that_never_gets_its_487_is_forgotten() -> None:
    """FC-03: 32 s after the CANCEL the call counts as ended; nothing goes on for ever."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        world.waits(0.5)
        a.hangs_up()
        world.waits(40.0)
        before = len(world.wire())
        world.waits(60.0)
        assert len(world.wire()) == before
        assert world.row(1) == IDLE


def test_a_cancel_after_the_answer_is_answered_200_and_changes_nothing() -> None:
    """FC-04 (section 9.2)."""
    with World(ports=1).registers() as world:
        b, invite = is_called(world)
        b.lifts()
        ok = world.sbc.gets_answer(200, "INVITE")
        world.sbc.cancels(invite)
        world.sbc.gets_answer(200, "CANCEL")
        world.sbc.acks(invite, ok)
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming", "and no effect"


def test_the_caller_s_own_timer_cancels_and_busy_tone_tells() -> None:
    """FC-07: give_up; the handset is still off."""
    with World(ports=1, sip="give_up = 20").registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        world.waits(19.5)
        assert ">CANCEL" not in world.wire()
        world.sbc.gets("CANCEL")
        world.waits(0.5)
        assert a.hears(3.0).heard == "busy"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert world.records(1)[-1].cause == "NO_ANSWER_LOCAL"


@pytest.mark.parametrize(
    ("status", "tone", "cause"),
    [
        (404, "unobtainable", "UNALLOCATED"),
        (410, "unobtainable", "UNALLOCATED"),
        (484, "unobtainable", "INCOMPLETE"),
        (604, "unobtainable", "UNALLOCATED"),
        (486, "busy", "PEER_BUSY"),
        (600, "busy", "PEER_BUSY"),
        (603, "busy", "PEER_BUSY"),
        (480, "busy", "NO_ANSWER_NET"),
        (487, "busy", "NO_ANSWER_NET"),
        (403, "congestion", "AUTH_REJECTED"),
        (488, "congestion", "CODEC"),
        (606, "congestion", "CODEC"),
        (415, "congestion", "CODEC"),
        (500, "congestion", "SERVER_ERROR"),
        (503, "congestion", "SERVER_ERROR"),
        (420, "congestion", "SERVER_ERROR"),
    ],
)
def test_the_tone_tells_why_there_is_no_call(status: int, tone: str, cause: str) -> None:
    """BW-01 and table 12.2, measured from the copper."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, status)
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert a.hears(3.5).heard == tone
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        record = world.records(1)[-1]
        assert (record.cause, record.sip_status) == (cause, status)
        a.hangs_up()
        world.waits(1.0)
        assert world.row(1) == IDLE


@pytest.mark.parametrize(("status", "tone"), [(403, "busy"), (480, "unobtainable"), (486, "busy")])
def test_a_carrier_may_want_another_tone_for_a_status(status: int, tone: str) -> None:
    """BW-01, note on 403: the tone per response code is a setting; the cause stays what it is."""
    wanted = 'response_tones = ["403 busy", "480 unobtainable"]'
    with World(ports=1, sip=wanted).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, status)
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert a.hears(3.5).heard == tone
        record = world.records(1)[-1]
        usual = {403: "AUTH_REJECTED", 480: "NO_ANSWER_NET", 486: "PEER_BUSY"}
        assert (record.cause, record.sip_status) == (usual[status], status)


def test_a_call_that_is_sent_on_as_a_ladder() -> None:
    """B31: 302 within our domain is followed once; the person hears nothing of it."""
    with World(ports=1).registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 302, more=[("Contact", "<sip:8002@ims.example.net>")])
        world.sbc.gets("ACK")
        second = world.sbc.gets("INVITE")
        assert second.uri == "sip:8002@ims.example.net"
        world.sbc.says(second, 180)
        assert a.hears(6.0).heard == "ringback"
        assert world.row(1) == "reg-ok:Activ RingBack OFF-HOOK 8001 Outgoing", "as dialled"
        world.sbc.says(second, 200, body=description())
        world.sbc.gets("ACK")
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        world.matches("call-sent-on")


def test_a_server_that_is_overloaded_says_until_when() -> None:
    with World(ports=1).registers() as world:
        _, invite = calls_out(world)
        world.sbc.says(invite, 503, more=[("Retry-After", "30")])
        world.waits(0.1)
        assert world.records(1)[-1].cause == "OVERLOAD"


def test_a_silent_network_is_waited_for_until_timer_b() -> None:
    """INVITE at 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5 s, then congestion (16.1, TIMEOUT_B)."""
    with World(ports=1).registers() as world:
        a, _ = calls_out(world)
        world.waits(31.8)
        sent = [p.at for p in world.packets()]
        assert [round(t - sent[0], 1) for t in sent] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert world.row(1) == "reg-ok:Activ Calling OFF-HOOK 8001 Outgoing"
        world.waits(0.7)
        assert a.hears(3.5).heard == "congestion"
        assert world.records(1)[-1].cause == "TIMEOUT_B"
