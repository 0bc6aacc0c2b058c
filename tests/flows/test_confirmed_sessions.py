"""Calls that are confirmed in time, and calls that are not (RFC 4028; behaviours 16.2)."""

from __future__ import annotations

from typing import Any, cast

from tests.flows.scenes import calls_out, talks_out
from tests.sbc import description
from tests.world import World

TALKING = "reg-ok:Activ Talking OFF-HOOK 8001 Outgoing"
BY_US = ("Session-Expires", "90;refresher=uac")
BY_THEM = ("Session-Expires", "90;refresher=uas")
ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, UPDATE")


def shown(world: World) -> dict[str, Any]:
    (row,) = cast("list[Any]", world.asks("calls"))
    return {
        "timer": row.session_timer_s,
        "by": row.session_confirmed_by,
        "left": None if row.session_left_s is None else round(row.session_left_s),
    }


def test_this_gateway_asks_for_a_timer_and_confirms_by_update() -> None:
    """B33, L33: asked for, granted, confirmed at half of the time; `show call` counts down."""
    with World(ports=1, sip="session_expires = 90").registers() as world:
        a, invite = calls_out(world)
        assert invite.headers.get("Session-Expires") == "90"
        world.sbc.says(invite, 200, more=[BY_US, ALLOW], body=description())
        world.sbc.gets("ACK")
        world.waits(1.0)
        assert shown(world) == {"timer": 90, "by": "gateway", "left": 59}
        world.sleeps(43.5)
        update = world.sbc.gets("UPDATE")
        assert (update.headers.get("Session-Expires"), update.body) == (BY_US[1], b"")
        world.sbc.says(update, 200, more=[BY_US])
        world.waits(1.0)
        assert shown(world)["left"] == 59
        assert world.row(1) == TALKING
        a.hangs_up()
        world.sbc.says(world.sbc.gets("BYE"), 200)
        world.waits(0.5)
        world.matches("session-confirmed-by-this-end")


def test_where_update_is_unknown_the_session_is_confirmed_by_an_invite() -> None:
    """RFC 4028 section 7.4: the same description once more; voice goes on meanwhile."""
    with World(ports=1).registers() as world:
        _, invite = calls_out(world)
        world.sbc.says(invite, 200, more=[BY_US], body=description())
        world.sbc.gets("ACK")
        world.sleeps(44.5)
        again = world.sbc.gets("INVITE")
        assert again.body == invite.body
        world.sbc.says(again, 200, more=[BY_US], body=description())
        world.sbc.gets("ACK")
        world.waits(1.0)
        assert world.row(1) == TALKING
        world.matches("session-confirmed-by-invite")


def test_a_far_end_that_has_vanished_costs_no_endless_call() -> None:
    """L33: BYE in the margin before the end, the caller hears busy."""
    with World(ports=1).registers() as world:
        a, _ = talks_out(world, more=(BY_THEM, ALLOW))
        assert shown(world)["by"] == "far end"
        world.sleeps(59.0)
        world.waits(1.5)
        assert world.sbc.gets("BYE").reason_q850 == 102
        assert world.row(1) == "reg-ok:Activ Busy OFF-HOOK 8001 Outgoing"
        assert a.hears(3.0).heard == "busy"
        record = world.records(1)[-1]
        assert (record.cause, record.released_by) == ("SESSION_LOST", "gateway")
        world.matches("session-not-confirmed")


def test_a_far_end_that_confirms_keeps_its_call() -> None:
    """We are called: the INVITE asks for a timer, the UPDATE that confirms is granted it again."""
    with World(ports=1).registers() as world:
        sbc = world.sbc
        invite = sbc.calls("101", more=[("Supported", "timer"), ("Session-Expires", "90")])
        sbc.gets_answer(180, "INVITE")
        world.person(1).lifts()
        ok = sbc.gets_answer(200, "INVITE")
        assert ok.headers.get("Session-Expires") == "90;refresher=uac"
        sbc.acks(invite, ok)
        for cseq in (2, 3):
            world.sleeps(45.0)
            timer = [("Supported", "timer"), BY_US]
            sbc.asks_as_caller("UPDATE", ok, cseq, more=timer)
            confirmed = sbc.gets_answer(200, "UPDATE")
            assert confirmed.headers.get("Session-Expires") == BY_US[1]
        assert world.row(1) == "reg-ok:Activ Talking OFF-HOOK 1001 Incoming"
        world.matches("session-confirmed-by-the-far-end")


def test_a_session_that_is_too_short_is_refused() -> None:
    """B33: 422 with what we would take."""
    with World(ports=1).registers() as world:
        more = [("Supported", "timer"), ("Session-Expires", "30")]
        invite = world.sbc.calls("101", more=more)
        refused = world.sbc.gets_answer(422, "INVITE")
        assert refused.seconds("Min-SE") == 90
        world.sbc.acks(invite, refused)
        world.waits(0.5)
        assert world.row(1) == "reg-ok:Activ Idle ON-HOOK"
