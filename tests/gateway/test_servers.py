"""What the operator sees of the servers: alarms, news, drills, heartbeats in the ladder."""

from __future__ import annotations

import pytest

from firmware.errors import CommandError
from firmware.server_news import ServerNews
from firmware.sip.servers import Life, ServerState
from firmware.trace.ladder import render
from firmware.trace.marks import HEARTBEATS, Lane, Mark, Trace, select
from firmware.trace.records import Alarms
from firmware.trace.wiretap import look
from tests.flows.standby import TwoServers

ALIVE, DEAD, UNKNOWN = Life.ALIVE, Life.DEAD, Life.UNKNOWN


def state(rank: int, life: Life, *, in_use: bool = False, problem: str = "") -> ServerState:
    return ServerState(rank, f"sbc{rank}", "", life, in_use, problem=problem)


def news(*states: ServerState) -> tuple[list[str], dict[str, str]]:
    """What is told of these one after another, and the alarms that stay; there are two servers."""
    alarms = Alarms(lambda: 0.0)
    told = ServerNews(alarms, 2)
    said = [what for each in states for what in told.changed(each)]
    return said, {alarm.where: alarm.what for alarm in alarms.all()}


def test_that_a_server_lives_from_the_start_is_no_news() -> None:
    said = news(state(1, UNKNOWN, in_use=True), state(1, ALIVE, in_use=True), state(2, ALIVE))
    assert said == ([], {})


def test_death_and_the_switch_are() -> None:
    said, alarms = news(
        state(1, ALIVE, in_use=True), state(2, ALIVE),
        state(1, DEAD, problem="no answer"), state(2, ALIVE, in_use=True),
    )  # fmt: skip
    assert said == ["sbc 1 dead", "sbc 2 in use"]
    assert alarms == {"sbc 1": "sbc1 is dead: no answer"}


def test_so_are_life_and_the_way_back() -> None:
    said, alarms = news(
        state(1, DEAD), state(2, ALIVE, in_use=True), state(1, ALIVE),
        state(1, ALIVE, in_use=True), state(2, ALIVE),
    )  # fmt: skip
    assert said == ["sbc 1 dead", "sbc 1 alive", "sbc 1 in use"]
    assert alarms == {}


def test_a_gateway_without_any_server_is_isolated_until_one_lives() -> None:
    """HB-08."""
    said, alarms = news(state(1, DEAD, in_use=True), state(2, DEAD))
    assert said == ["sbc 1 dead", "sbc 2 dead", "isolated"]
    assert "only the lines of this gateway" in alarms["sbc"]
    said, alarms = news(state(1, DEAD, in_use=True), state(2, DEAD), state(2, ALIVE))
    assert said[-2:] == ["sbc 2 alive", "no longer isolated"]
    assert list(alarms) == ["sbc 1"]


def test_one_unknown_server_is_not_isolation() -> None:
    assert "isolated" not in news(state(1, DEAD, in_use=True))[0]


OPTIONS = (
    b"OPTIONS sip:sbc1 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
    b"From: <sip:101@d>;tag=1\r\nTo: <sip:sbc1>\r\nCall-ID: 1\r\nCSeq: 7 OPTIONS\r\n\r\n"
)


def test_options_and_its_answers_are_known_as_heartbeats() -> None:
    seen = look(OPTIONS, outward=True)
    assert seen is not None
    assert seen.heartbeat
    answer = OPTIONS.replace(b"OPTIONS sip:sbc1 SIP/2.0", b"SIP/2.0 200 OK")
    seen = look(answer, outward=False)
    assert seen is not None
    assert (seen.what, seen.heartbeat) == ("200", True)
    seen = look(OPTIONS.replace(b"OPTIONS", b"INVITE"), outward=True)
    assert seen is not None
    assert not seen.heartbeat


def mark(at: float, lane: Lane, port: int = 0) -> Mark:
    return Mark(at=at, port=port, lane=lane, outward=True, what="OPTIONS", peer="192.0.2.10:5060")


def test_a_night_of_heartbeats_does_not_push_the_calls_out() -> None:
    trace = Trace(capacity=10)
    trace.record(mark(0.0, Lane.SIP, 1))
    for at in range(1, 2000):
        trace.record(mark(float(at), Lane.HEARTBEAT))
    trace.record(mark(2000.0, Lane.SIP, 1))
    kept = trace.since()
    assert len(kept) == 2 + HEARTBEATS
    assert [m.at for m in kept] == sorted(m.at for m in kept)
    assert len(trace.since(2000)) == 1
    assert [m.at for m in select(kept)] == [0.0, 2000.0]
    assert len(select(kept, port=1, heartbeat=True)) == 2 + HEARTBEATS


def test_heartbeats_are_drawn_only_where_they_are_asked_for() -> None:
    marks = [mark(0.0, Lane.HEARTBEAT), mark(1.0, Lane.SIP, 1)]
    assert render(marks).count("OPTIONS") == 1
    assert render(marks, heartbeat=True).count("---OPTIONS---") == 2


def test_the_ladder_of_the_desk_leaves_them_out_too() -> None:
    with TwoServers(heartbeat="interval = 1").registers() as two:
        two.world.waits(3.0)
        lanes = {m.lane for m in two.world.asks("ladder")}  # type: ignore[attr-defined]
        assert Lane.HEARTBEAT not in lanes
        lanes = {m.lane for m in two.world.asks("ladder", heartbeat=True)}  # type: ignore[attr-defined]
        assert Lane.HEARTBEAT in lanes


@pytest.mark.parametrize(
    ("params", "complaint"),
    [
        ({"server": 3, "seconds": 5}, "sbc 3 not configured"),
        ({"server": 0, "seconds": 5}, "sbc 0 not configured"),
        ({"seconds": 5}, "server is missing"),
        ({"server": 1}, "seconds must be"),
        ({"server": 1, "seconds": -1}, "seconds must be"),
        ({"server": 1, "seconds": float("nan")}, "seconds must be"),
        ({"server": 1, "seconds": 1e9}, "seconds must be"),
        ({"server": 1, "seconds": "5"}, "seconds must be"),
    ],
)
def test_a_drill_that_makes_no_sense_is_refused(params: dict[str, object], complaint: str) -> None:
    with TwoServers() as two, pytest.raises(CommandError, match=complaint):
        two.world.asks("drill", **params)
