"""Every cause: what is heard, what the row shows, what `explain last-call` says (Q2-1, Q2-2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from drivers.sim.si321x_faults import Faults
from firmware.causes import Code
from firmware.gateway import Gateway
from firmware.sip.events import TransportFailed
from firmware.sip.message import Request, respond
from tests.explain.lab import GOLDEN, reads, told
from tests.flows.scenes import answers, calls_out, dials, is_called, talks_out
from tests.gateway.faulty import FaultyWorld
from tests.sbc import SBC, description
from tests.world import World

LINES = range(3, 7)


def explains(world: World, code: Code, name: str = "", *, port: int = 1) -> str:
    """The text is golden, its code the right one, and 3 to 6 lines are drawn."""
    text = reads(world, f"explain last-call {port}", name or code.value)
    data = told(world, f"explain last-call {port}").data
    assert data["cause"] == code.value
    assert data["sentence"] in text.replace("\n", " ")
    assert data["sentence_zh"]
    assert len(data["marks"]) in LINES
    assert not data["missing"]
    return text


def refuses(
    status: int, *, rings: float = 0.0, more: tuple[tuple[str, str], ...] = ()
) -> Callable[[World], Request]:
    """The far end refuses the call of telephone 1 to 8001."""

    def scene(world: World) -> Request:
        _, invite = calls_out(world)
        if rings:
            world.sbc.says(invite, 180)
            world.waits(rings)
        world.sbc.says(invite, status, more=more)
        world.sbc.gets("ACK")
        world.waits(0.2)
        return invite

    return scene


REFUSALS = [
    ("PEER_BUSY", Code.PEER_BUSY, refuses(486), "busy"),
    ("PEER_BUSY-declined", Code.PEER_BUSY, refuses(603, rings=2.0), "busy"),
    ("AUTH_REJECTED-forbidden", Code.AUTH_REJECTED, refuses(403), "congestion"),
    (
        "NO_ANSWER_NET",
        Code.NO_ANSWER_NET,
        refuses(408, rings=20.0, more=(("Reason", "Q.850;cause=19"),)),
        "busy",
    ),
    ("NO_ANSWER_NET-unreached", Code.NO_ANSWER_NET, refuses(480), "busy"),
    (
        "UNALLOCATED",
        Code.UNALLOCATED,
        refuses(404, more=(("Reason", 'Q.850;cause=1;text="unallocated number"'),)),
        "unobtainable",
    ),
    ("INCOMPLETE", Code.INCOMPLETE, refuses(484), "unobtainable"),
    (
        "CODEC",
        Code.CODEC,
        refuses(488, more=(("Warning", '305 sbc "Incompatible media format"'),)),
        "congestion",
    ),
    ("OVERLOAD", Code.OVERLOAD, refuses(503, more=(("Retry-After", "30"),)), "congestion"),
    ("SERVER_ERROR", Code.SERVER_ERROR, refuses(500), "congestion"),
    (
        "SERVER_ERROR-redirected",
        Code.SERVER_ERROR,
        refuses(302, more=(("Contact", "<sip:8002@elsewhere.example>"),)),
        "congestion",
    ),
    (
        "PEER_BUSY-reason",
        Code.PEER_BUSY,
        refuses(503, more=(("Reason", 'Q.850;cause=17;text="User busy"'),)),
        "busy",
    ),
]


@pytest.mark.parametrize(("name", "code", "scene", "tone"), REFUSALS, ids=[r[0] for r in REFUSALS])
def test_a_call_that_the_far_end_refuses(
    name: str, code: Code, scene: Callable[[World], Request], tone: str
) -> None:
    with World(ports=1).registers() as world:
        scene(world)
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert world.person(1).hears(3.0).heard == tone
        explains(world, code, name)


def test_a_password_that_is_refused_shows_both_challenges() -> None:
    with World(ports=1).registers() as world:
        a, first = calls_out(world)
        world.sbc.sends(world.registrar.challenge(first, 407))
        world.sbc.gets("ACK")
        second = world.sbc.gets("INVITE")
        world.sbc.sends(world.registrar.challenge(second, 407))
        world.sbc.gets("ACK")
        world.waits(0.2)
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert a.hears(3.0).heard == "congestion"
        text = explains(world, Code.AUTH_REJECTED)
        assert text.count("407") >= 2
        assert text.count("INVITE") >= 2
        assert "user 101 for realm ims.example.net" in text


def test_a_number_that_fits_nothing() -> None:
    with World(ports=1).registers() as world:
        a = dials(world, "93#")
        world.waits(0.2)
        assert a.hears(3.0).heard == "unobtainable"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK"
        assert "9xxx." in explains(world, Code.LOCAL_DIGITMAP)


def test_a_number_that_nothing_begins_with() -> None:
    with World(ports=1).registers() as world:
        dials(world, "7")
        world.waits(0.2)
        assert "No pattern begins with 7" in explains(
            world, Code.LOCAL_DIGITMAP, "LOCAL_DIGITMAP-none"
        )


def test_a_number_that_may_not_be_called() -> None:
    with World(ports=1, more='barred = ["900"]\n').registers() as world:
        a = dials(world, "90001#")
        world.waits(0.2)
        assert a.hears(3.0).heard == "unobtainable"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK"
        assert "[dialling] barred 900" in explains(world, Code.LOCAL_BARRED)
        assert world.wire() == []


def test_an_address_that_changes_under_a_talk() -> None:
    """REG-22."""
    with World(ports=1, listen="0.0.0.0:5060").registers() as world:
        talks_out(world)
        world.sbc.on("INVITE", lambda invite: [respond(invite, 481)])
        world.network.own_host = "10.0.0.77"
        world.waits(6.0)
        assert "from 10.0.0.1 to 10.0.0.77" in explains(world, Code.ADDRESS_CHANGED)


def test_no_digit_at_all() -> None:
    with World(ports=1).registers() as world:
        a = world.person(1)
        a.lifts()
        world.waits(15.5)
        assert a.hears(3.0).heard == "busy"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK"
        text = explains(world, Code.LOCAL_TIMEOUT)
        assert "[dialling] first_digit" in text


def test_too_few_digits_are_explained_by_the_digit_map() -> None:
    with World(ports=1).registers() as world:
        a = dials(world, "80")
        world.waits(10.5)
        assert a.hears(3.0).heard == "busy"
        text = explains(world, Code.LOCAL_TIMEOUT, "LOCAL_TIMEOUT-few")
        assert "[dialling] long" in text
        assert "8xxx wants more digits" in text


def test_a_line_that_may_not_call_because_it_is_not_registered() -> None:
    with World(ports=1, password="wrong", sip='dial_tone = "registered"') as world:
        world.waits(0.05)
        a = world.person(1)
        a.lifts()
        assert a.hears(3.0).heard == "congestion"
        assert world.row(1) == "reg-fail:Activ Busy OFF-HOOK"
        text = explains(world, Code.NOT_REGISTERED)
        assert "dial_tone = registered" in text
        assert "401 credentials refused" in text


def test_an_invite_that_nobody_answers() -> None:
    with World(ports=1).registers() as world:
        a = dials(world, "8001")
        world.waits(33.0)
        assert a.hears(3.0).heard == "congestion"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        text = explains(world, Code.TIMEOUT_B)
        assert "7 times" in text


class Stranded(World):
    """There is no way to any server."""

    async def _start(self, text: str) -> Gateway:
        self.network.down.add(self.network.own_host)
        return await super()._start(text.replace('"10.0.0.1:5060"', '"0.0.0.0:5060"'))


def test_a_box_without_a_network() -> None:
    with Stranded(ports=1) as world:
        world.waits(0.5)
        a = dials(world, "8001")
        world.waits(0.3)
        assert a.hears(3.0).heard == "congestion"
        assert world.row(1) == "unreg:Activ Busy OFF-HOOK 8001 Outgoing"
        text = explains(world, Code.NO_SERVER)
        assert "No INVITE was sent" in text
        assert "network is unreachable" in text


def no_ports_left(world: World) -> None:
    """Telephone 1 has the only two."""
    _, invite = calls_out(world)
    world.sbc.says(invite, 200, body=description())
    world.sbc.gets("ACK")


def test_no_port_is_left_for_a_caller() -> None:
    """C18: exhaustion is congestion, and no fault of the line or of the servers."""
    with World(ports=2, more='[rtp]\nports = "10000-10001"\n').registers() as world:
        no_ports_left(world)
        b = dials(world, "8002", port=2)
        world.waits(0.5)
        assert b.hears(3.0).heard == "congestion"
        assert world.row(2) == "reg-ok:Activ Busy OFF-HOOK 8002 Outgoing"
        assert "No INVITE was sent." in explains(world, Code.NO_VOICE_PORT, port=2)
        assert world.records(2)[-1].released_by == "gateway"


def test_no_port_is_left_for_a_telephone_that_is_called() -> None:
    """C18: 503 to the caller, congestion to who has lifted."""
    with World(ports=2, more='[rtp]\nports = "10000-10001"\n').registers() as world:
        no_ports_left(world)
        b = world.person(2)
        world.sbc.calls("102", by="8001")
        world.sbc.gets_answer(180, "INVITE")
        b.lifts()
        world.sbc.gets_answer(503, "INVITE")
        world.waits(0.5)
        assert b.hears(3.0).heard == "congestion"
        assert world.row(2) == "reg-ok:Activ Busy OFF-HOOK 8001 Incoming"
        assert "told 503" in explains(world, Code.NO_VOICE_PORT, "NO_VOICE_PORT-called", port=2)
        assert world.gateway.ports[2].in_service


def test_an_invite_that_comes_back_at_once() -> None:
    """The machine of the server lives, and nobody listens there: that is not silence."""
    with World(ports=1, silent=True, sip='dial_tone = "always"') as world:
        world.waits(0.5)
        dials(world, "8001")
        world.waits(0.1)
        world.gateway.signalling.feed(TransportFailed(SBC, "Connection refused"))
        world.waits(0.2)
        said = " ".join(told(world, "explain last-call 1").text.split())
        assert "It came back at once: nobody listens there" in said


def test_the_only_server_is_dead() -> None:
    with World(ports=1).registers() as world:
        world.network.down.add(SBC.host)
        world.sleeps(130)
        a = dials(world, "8001")
        world.waits(5.0)
        assert a.hears(3.0).heard == "congestion"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert "sbc 1 10.0.0.9:5060: dead" in explains(world, Code.NO_SERVER, "NO_SERVER-dead")


def test_nobody_lifts_and_our_own_timer_ends_it() -> None:
    with World(ports=1, sip="give_up = 20").registers() as world:
        a, invite = calls_out(world)
        world.sbc.says(invite, 180)
        world.waits(20.3)
        assert a.hears(3.0).heard == "busy"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert "[sip] give_up, now 20 s" in explains(world, Code.NO_ANSWER_LOCAL)


def test_nobody_lifts_here() -> None:
    with World(ports=1).registers() as world:
        is_called(world)
        world.waits(51.0)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        text = explains(world, Code.NO_ANSWER_LOCAL, "NO_ANSWER_LOCAL-called")
        assert "[sip] no_answer, now 50 s" in text


def test_the_far_end_hangs_up() -> None:
    with World(ports=1).registers() as world:
        a, invite = talks_out(world)
        world.waits(5.0)
        world.sbc.asks_as_callee("BYE", invite, 7)
        world.waits(0.2)
        assert a.hears(3.0).heard == "busy"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert "codec PCMA" in explains(world, Code.REMOTE_RELEASED)


def test_the_network_cuts_the_call_off() -> None:
    with World(ports=1).registers() as world:
        a, invite = talks_out(world)
        world.waits(5.0)
        why = ("Reason", 'Q.850;cause=41;text="Temporary failure"')
        world.sbc.asks_as_callee("BYE", invite, 7, more=(why,))
        world.waits(0.2)
        assert a.hears(3.0).heard == "busy"
        text = explains(world, Code.REMOTE_RELEASED, "REMOTE_RELEASED-network")
        assert "Temporary failure" in text


def test_this_telephone_hangs_up() -> None:
    with World(ports=1).registers() as world:
        a, _ = talks_out(world)
        world.waits(5.0)
        a.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(1.0)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        explains(world, Code.NORMAL)


def test_the_called_telephone_hangs_up() -> None:
    with World(ports=1).registers() as world:
        b, _, _ = answers(world)
        world.waits(3.0)
        b.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(1.0)
        explains(world, Code.NORMAL, "NORMAL-called")


def test_the_caller_gives_up_before_the_lift() -> None:
    with World(ports=1).registers() as world:
        _, invite = is_called(world)
        world.waits(4.0)
        world.sbc.cancels(invite, ("Reason", "Q.850;cause=16"))
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        explains(world, Code.CALLER_ABANDONED)


def test_somebody_else_lifts_first() -> None:
    """FW-CANCEL: one of several telephones has answered, and this call was not missed."""
    with World(ports=1).registers() as world:
        _, invite = is_called(world)
        world.waits(4.0)
        world.sbc.cancels(invite, ("Reason", 'SIP;cause=200;text="Call completed elsewhere"'))
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        text = explains(world, Code.ANSWERED_ELSEWHERE)
        assert "Call completed elsewhere" in text


def test_a_caller_finds_the_telephone_in_use() -> None:
    with World(ports=1).registers() as world:
        world.person(1).lifts()
        world.waits(0.5)
        world.sbc.calls("101", by="1001")
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ DialTone OFF-HOOK"
        explains(world, Code.LINE_BUSY)


def test_the_operator_takes_the_port_out_of_service() -> None:
    with World(ports=1).registers() as world:
        a, _ = talks_out(world)
        world.waits(2.0)
        world.asks("disable", port=1)
        world.waits(0.3)
        assert a.hears(1.0).heard == "silence"
        assert "Deact" in world.row(1)
        text = explains(world, Code.ADMIN)
        assert "the port is Deactivated now" in text


def test_a_chip_that_stops_answering_in_a_call() -> None:
    with FaultyWorld().registers() as world:
        world.talks()
        world.waits(1.0)
        world.chip(1).faults = Faults(missing=True)
        world.waits_until(lambda: bool(world.records(1)))
        world.waits(0.2)
        assert "Fault" in world.row(1)
        assert "registers 18 to 20 read 0xff" in explains(world, Code.LINE_FAULT)


def test_a_caller_never_acknowledges_the_ringing() -> None:
    """PR-08: why provisional responses want to be acknowledged, where it matters."""
    with World(ports=1, sip='prack = "supported"').registers() as world:
        world.sbc.calls("101", more=[("Supported", "100rel")])
        world.waits(33.0)
        text = explains(world, Code.SERVER_ERROR, "SERVER_ERROR-no-prack")
        assert "Ringing was said 7 times, and no PRACK came to it." in text


TIMER = [("Session-Expires", "90;refresher=uas"), ("Require", "timer"), ("Allow", "UPDATE")]


def test_the_far_end_vanishes_in_a_call() -> None:
    """RFC 4028: it was to confirm the session, and has not."""
    with World(ports=1).registers() as world:
        talks_out(world, more=TIMER)
        world.sleeps(59.0)
        world.waits(2.0)
        world.sbc.gets("BYE")
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        text = explains(world, Code.SESSION_LOST)
        assert "to be confirmed by the far end" in text


def test_the_far_end_has_forgotten_the_call() -> None:
    with World(ports=1).registers() as world:
        talks_out(world, more=[("Session-Expires", "90;refresher=uac"), ("Allow", "UPDATE")])
        world.sleeps(44.5)
        world.sbc.says(world.sbc.gets("UPDATE"), 481)
        world.sbc.gets("BYE")
        world.waits(0.5)
        text = explains(world, Code.SESSION_LOST, "SESSION_LOST-481")
        assert "to be confirmed by this gateway" in text


def test_a_call_in_which_no_voice_comes() -> None:
    with World(ports=1, more="[rtp]\nno_voice = 20\n").registers() as world:
        a, _ = talks_out(world)
        world.waits(19.9)
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
        bye = world.sbc.gets("BYE")
        assert bye.headers.get("Reason") == "Q.850;cause=16"
        world.sbc.says(bye, 200)
        world.waits(0.2)
        assert a.hears(3.0).heard == "busy"
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert "No voice packet ever came" in explains(world, Code.NO_RTP)


def test_every_cause_has_its_golden_text() -> None:
    assert [code for code in Code if not (GOLDEN / f"{code.value}.txt").exists()] == []
