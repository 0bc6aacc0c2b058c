"""On whose ladder a message stands, if neither From nor To has the number of a line."""

from __future__ import annotations

import pytest

from firmware.sip.message import Headers, Request
from firmware.trace.marks import Lane
from tests.explain.lab import told
from tests.flows.scenes import dials, talks_out
from tests.sbc import description
from tests.world import World

TEL = '[sip.identity]\nnumbers = "tel"\n'


def drawn(world: World) -> list[tuple[int, str]]:
    """Port and message, of all that was signalled since `looks`."""
    return [(m.port, m.what) for m in world.marks if m.lane is Lane.SIP]


@pytest.mark.parametrize(("line", "more"), [("withhold = true", ""), ("", TEL)])
def test_a_call_without_our_number_in_it_is_on_the_ladder_of_its_port(
    line: str, more: str
) -> None:
    """CLI-10 and Q2-1: INVITE to BYE, and `explain` finds them."""
    with World(ports=2, line=line, more=more).registers() as world:
        _, invite = talks_out(world)
        world.waits(1.0)
        world.sbc.asks_as_callee("BYE", invite, 1)
        world.waits(0.5)
        names = ["INVITE", "180", "200", "ACK", "BYE", "200"]
        assert drawn(world) == [(1, name) for name in names]
        assert "INVITE" in told(world, "explain last-call 1").text


def test_a_called_line_is_known_by_the_request_uri() -> None:
    """A back-to-back user agent may write in To what it likes."""
    with World(ports=2).registers() as world:
        sbc = world.sbc
        body = description()
        headers = [
            ("Via", f"SIP/2.0/UDP {sbc.at};branch=z9hG4bKq1;rport"), ("Max-Forwards", "70"),
            ("From", "<tel:+861082100001>;tag=far"), ("To", "<tel:+861082100102>"),
            ("Call-ID", "q1"), ("CSeq", "1 INVITE"), ("Contact", sbc.contact),
            ("Content-Type", "application/sdp"),
        ]  # fmt: skip
        invite = Request("INVITE", sbc.contacts["102"], Headers(headers), body)
        sbc.sends(invite)
        sbc.gets_answer(180, "INVITE")
        world.person(2).lifts()
        sbc.acks(invite, sbc.gets_answer(200, "INVITE"))
        world.waits(0.5)
        assert drawn(world) == [(2, name) for name in ("INVITE", "180", "200", "ACK")]


def test_two_lines_that_talk_to_each_other_are_told_apart() -> None:
    """One Call-ID, both legs in one box, nobody's number in From."""
    with World(exchange=True, line="withhold = true").registers() as world:
        a, b = dials(world), world.person(2)
        world.waits_until(lambda: b.bell_rings)
        b.lifts()
        world.waits(1.0)
        a.hangs_up()
        world.waits(1.0)
        outward, inward = (
            [name for port, name in drawn(world) if port == which] for which in (1, 2)
        )
        assert outward[-6:] == ["INVITE", "180", "200", "ACK", "BYE", "200"]
        assert inward == ["INVITE", "180", "200", "ACK", "BYE", "200"]
