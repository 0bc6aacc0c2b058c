"""A line that may not register: what the row says, and when it asks again (14.5)."""

from __future__ import annotations

import pytest

from firmware.sip.message import Request, respond
from tests.sbc import SBC
from tests.world import World

LONG_WAIT = 1200.0


def test_a_wrong_password_is_tried_once_and_then_not_for_twenty_minutes() -> None:
    """A5 (REG-07, REG-14, REG-16): a fresh nonce without stale, and no third REGISTER."""
    with World(ports=1, password="not-this-one") as world:
        world.waits(0.05)
        assert world.wire() == [">REGISTER", "<401 REGISTER", ">REGISTER", "<401 REGISTER"]
        rows = [world.row_at(1, packet.at) for packet in world.packets()]
        assert rows == [*["reg-ing:Activ Idle ON-HOOK"] * 3, "reg-fail:Activ Idle ON-HOOK"]
        status = world.status(1)
        assert status.last_error == "credentials refused"
        assert status.next_attempt_in_s == pytest.approx(LONG_WAIT, rel=0.1)
        (a,) = world.people
        a.lifts()
        assert a.hears(1.5).heard == "dial-tone", "policy `always`: it proves nothing"
        assert world.row(1) == "reg-fail:Activ DialTone OFF-HOOK"
        a.hangs_up()
        world.waits(1.0)
        world.matches("register-wrong-password")
        world.looks()
        world.sleeps(1000)
        assert world.wire() == []
        world.sleeps(400)
        assert world.wire()[0] == ">REGISTER", "and then it tries again"


def test_a_line_that_is_not_registered_hears_congestion_if_it_must_be() -> None:
    """A5, policy `registered` (Q1-1)."""
    with World(ports=1, password="wrong", sip='dial_tone = "registered"') as world:
        world.waits(0.05)
        (a,) = world.people
        world.looks()
        a.lifts()
        heard = a.hears(4.0)
        assert heard.heard == "congestion"
        assert heard.frequencies_hz == (450,)
        assert world.rows(1) == ["Idle ON-HOOK", "Busy OFF-HOOK"]
        assert world.records(1)[-1].cause == "NOT_REGISTERED"


@pytest.mark.parametrize(
    ("status", "least", "most"),
    [
        *[(code, 1080, 1320) for code in (400, 403, 404, 405, 416, 420, 600, 603)],
        *[(code, 30, 60) for code in (408, 480, 500, 503, 504)],
    ],
)
def test_a_refused_line_waits_by_the_kind_of_refusal(status: int, least: int, most: int) -> None:
    """REG-14, REG-16: table 3.2, first failure."""
    with World(ports=1, silent=True) as world:
        world.sbc.says(world.sbc.gets("REGISTER"), status)
        world.waits(0.05)
        assert world.row(1) == "reg-fail:Activ Idle ON-HOOK"
        assert world.status(1).last_error
        wait = world.status(1).next_attempt_in_s
        assert wait is not None
        assert least <= wait <= most
        assert world.registration(1).last_code == status


def test_a_retry_after_is_obeyed() -> None:
    with World(ports=1, silent=True) as world:
        world.sbc.says(world.sbc.gets("REGISTER"), 503, more=[("Retry-After", "100")])
        world.waits(0.05)
        world.looks()
        world.sleeps(98)
        assert world.wire() == []
        world.sleeps(13)
        assert world.wire()[0] == ">REGISTER"


def test_a_registration_that_is_too_brief_is_asked_for_longer_at_once() -> None:
    """REG-15: 423 with Min-Expires; the time is remembered."""
    with World(ports=1, silent=True, sip="expires = 60") as world:
        first = world.sbc.gets("REGISTER")
        assert first.expires == 60
        world.sbc.says(first, 423, more=[("Min-Expires", "600")])
        second = world.sbc.gets("REGISTER")
        assert second.expires == 600
        assert second.call_id == first.call_id
        assert second.cseq.number == first.cseq.number + 1
        world.sbc.says(second, 200, more=[("Contact", f"<{second.contacts[0].uri}>;expires=600")])
        world.waits(0.05)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_a_refresh_that_fails_leaves_the_line_registered_until_the_binding_ends() -> None:
    """REG-11."""
    with World(ports=1, granted=120) as world:
        world.registers()
        world.sbc.on("REGISTER", lambda request: [respond(request, 500, to_tag="r")])
        world.sleeps(70)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
        assert world.status(1).last_error, "a warning, all the same"
        world.sleeps(60)
        assert world.register_column(1) == ["reg-ok:Activ", "reg-fail:Activ"]
        registrar = world.registrar
        world.sbc.on("REGISTER", registrar)
        world.asks("register", port=1)
        world.waits(0.05)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def test_a_silent_server_is_asked_eleven_times_and_then_again_later() -> None:
    """REGISTER over UDP: Timer E at 0.5, 1, 2, 4, 4 ... s, Timer F after 32 s (16.1)."""
    with World(ports=1, silent=True) as world:
        world.waits(31.9)
        sent = world.packets()
        assert len({_branch(p.message) for p in sent}) == 1
        since = [round(p.at - sent[0].at, 2) for p in sent]
        assert since == [0, 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
        assert world.row(1) == "reg-ing:Activ Idle ON-HOOK"
        world.waits(0.2)
        assert world.row(1) == "reg-fail:Activ Idle ON-HOOK"
        world.looks()
        world.sleeps(61)
        assert world.wire()[0] == ">REGISTER"


def test_a_server_that_comes_back_is_found() -> None:
    with World(ports=1, silent=True) as world:
        world.network.down.add(SBC.host)
        world.sleeps(200)
        assert world.row(1).startswith(("reg-fail", "reg-ing"))
        world.network.down.clear()
        world.sbc.on("REGISTER", world.registrar)
        world.sleeps(300)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"


def _branch(message: object) -> str:
    assert isinstance(message, Request)
    return message.via.branch
