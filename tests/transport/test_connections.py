"""One connection for all, kept and found again: rows A07, A11 to A13 and C09, RFC 5626."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.sip.events import Address, Transport
from firmware.transport.connections import LEAST, MOST_OURS, RETRY
from firmware.transport.flow import (
    IDLE,
    MESSAGE_IN,
    PATIENCE,
    PING_AFTER,
    PONG_IN,
    QUEUE,
    REFUSAL_IN,
    STUCK_FOR,
)
from firmware.transport.words import (
    Accepted,
    Again,
    Close,
    Failed,
    Gone,
    Heard,
    Moved,
    Nonsense,
    NotOpened,
    Open,
    Opened,
    Standing,
    Stuck,
    Submit,
    Unstuck,
    Write,
)
from tests.transport.bench import ELSEWHERE, MESSAGE, PEER, PING, SERVER, Bench


def test_all_that_goes_to_a_target_goes_by_one_connection_in_order_and_whole() -> None:
    """L41: ACK bytes do not land in the middle of the next INVITE."""
    bench = Bench()
    assert bench.sends(b"one") == [Open(1, SERVER)]
    assert bench.sends(b"two") == []
    assert bench.feeds(Opened(1)) == [Write(1, b"one"), Write(1, b"two"), Standing(SERVER, "")]
    assert bench.sends(b"three") == [Write(1, b"three")]


def test_an_answer_goes_back_by_the_connection_that_the_request_came_on() -> None:
    """18.2.2; when that has gone, by a new one to the port that the Via names."""
    bench = Bench()
    flow = bench.machine.new_flow()
    bench.feeds(Accepted(flow, PEER))
    assert bench.hears(flow, MESSAGE) == [Heard(MESSAGE, PEER)]
    back = replace(PEER, port=5060, flow=bench.last(Heard).source.flow)
    assert bench.sends(b"200", back) == [Write(flow, b"200")]
    bench.feeds(Gone(flow, "closed"))
    (opened,) = bench.sends(b"again", back)
    assert opened == Open(flow + 1, back)


def test_who_cannot_be_connected_to_is_told_to_all_that_wait_and_not_tried_at_once_again() -> None:
    bench = Bench()
    bench.sends(b"one", ELSEWHERE)
    bench.sends(b"two", ELSEWHERE)
    assert bench.feeds(NotOpened(1, "refused")) == [Failed(ELSEWHERE, "refused")]
    assert bench.sends(b"three", ELSEWHERE) == [Failed(ELSEWHERE, "refused")]
    assert bench.until(bench.now + LEAST) == []
    assert bench.sends(b"four", ELSEWHERE) == [Open(2, ELSEWHERE)]


def test_a_server_that_cannot_be_connected_to_is_sought_from_the_beginning() -> None:
    """Lines whose next attempt is half an hour away register as soon as it is there."""
    bench = Bench()
    bench.sends()
    refused = [Failed(SERVER, "refused"), Standing(SERVER, "refused")]
    assert bench.feeds(NotOpened(1, "refused")) == refused
    assert bench.until(RETRY[0]) == [Open(2, SERVER)]
    assert bench.feeds(Opened(2)) == [Standing(SERVER, ""), Again(SERVER)]


@pytest.mark.parametrize("transport", [Transport.TCP, Transport.TLS])
def test_a_connection_that_does_not_come_to_stand_is_given_up(transport: Transport) -> None:
    bench = Bench()
    target = replace(ELSEWHERE, transport=transport)
    bench.sends(b"one", target)
    did = bench.until(PATIENCE[transport])
    assert did[0] == Failed(target, "no answer to the attempt to connect")
    assert did[-1] == Close(1)
    assert bench.machine.deadline is None, "nobody needs it until something is to be sent"


def test_c09_a_lost_connection_to_a_server_is_sought_more_and_more_slowly() -> None:
    """At once for what is to be sent, else after 0.5 to 1 of 1, 2, 4 ... 60 s."""
    bench = Bench()
    flow = bench.opens()
    assert Failed(SERVER, "reset") in bench.feeds(Gone(flow, "reset"))
    for _ in range(9):
        bench.until(bench.machine.deadline or 0.0)
        bench.feeds(NotOpened(bench.last(Open).flow, "refused"))
    moments = bench.moments(Open)[1:]
    pauses = [b - a for a, b in zip([0.0, *moments], moments, strict=False)]
    for number, pause in enumerate(pauses):
        most = min(RETRY[0] * 2**number, RETRY[1])
        assert most / 2 <= pause <= most
    bench.until(bench.machine.deadline or 0.0)
    assert bench.feeds(Opened(bench.last(Open).flow))[-1] == Again(SERVER)
    assert bench.until(bench.now + 90) == [], "found: there is nothing more to seek"


def test_c09_what_is_to_be_sent_does_not_wait_for_the_next_attempt() -> None:
    bench = Bench()
    bench.feeds(Gone(bench.opens(), "reset"))
    bench.now += LEAST
    (opened,) = bench.sends()
    assert bench.feeds(Opened(opened.flow)) == [
        Write(opened.flow, MESSAGE),
        Standing(SERVER, ""),
        Again(SERVER),
    ]


def test_a_server_that_hangs_up_at_once_each_time_is_sought_more_and_more_slowly() -> None:
    """As one does that wants a certificate of ours, in TLS 1.3."""
    bench = Bench()
    bench.feeds(Gone(bench.opens(), "certificate required"))
    for _ in range(8):
        bench.until(bench.machine.deadline or 0.0)
        bench.feeds(Opened(bench.last(Open).flow))
        bench.feeds(Gone(bench.last(Open).flow, "certificate required"))
    moments = bench.moments(Open)
    assert moments[-1] - moments[-2] >= RETRY[1] / 2
    bench.until(bench.machine.deadline or 0.0)
    flow = bench.last(Open).flow
    bench.feeds(Opened(flow))
    bench.hears(flow, MESSAGE)
    bench.feeds(Gone(flow, "reset"))
    assert (bench.machine.deadline or 0.0) - bench.now <= RETRY[0], "it had come back"


def test_after_a_change_of_address_everything_begins_anew() -> None:
    """C08: connections from the old one lead nowhere; nobody waits for TCP to notice."""
    bench = Bench()
    flow = bench.opens()
    did = bench.feeds(Moved())
    assert did[0] == Failed(SERVER, "our own address has changed")
    assert Close(flow) in did
    assert bench.sends() == [Open(flow + 1, SERVER)]


def test_a_connection_to_who_is_no_server_any_more_is_not_sought() -> None:
    bench = Bench()
    flow = bench.opens()
    bench.feeds(Gone(flow, "reset"))
    bench.kept.clear()
    assert bench.until(bench.now + 100) == [Standing(SERVER, "")], "no alarm is left behind"
    assert bench.machine.deadline is None


def test_a_kept_connection_is_pinged_and_one_that_stops_to_answer_is_lost() -> None:
    """RFC 5626 section 4.4.1: every 95 to 120 s, and 10 s for the answer."""
    bench = Bench()
    flow = bench.opens()
    first = bench.machine.deadline or 0.0
    assert PING_AFTER[0] <= first <= PING_AFTER[1]
    assert bench.until(first) == [Write(flow, PING)]
    assert bench.hears(flow, b"\r\n") == []
    assert bench.until(first + PING_AFTER[1] - 0.1)[-1] == Write(flow, PING)
    pinged = bench.moments(Write)[-1]
    lost = bench.until(pinged + PONG_IN)
    assert lost[0] == Failed(SERVER, "no answer to the keep-alive")
    assert Close(flow) in lost


def test_a_server_that_closes_silent_connections_is_pinged_before_it_does() -> None:
    """Or each of its lines would register anew every minute."""
    bench = Bench()
    flow = bench.opens()
    bench.until(60.0)
    bench.feeds(Gone(flow, "closed"))
    bench.until(bench.machine.deadline or 0.0)
    flow = bench.last(Open).flow
    bench.feeds(Opened(flow))
    opened = bench.now
    (ping,) = bench.until(opened + 49.0)
    assert ping == Write(flow, PING)
    assert 38.0 <= bench.moments(Write)[-1] - opened <= 48.0
    bench.hears(flow, b"\r\n")
    bench.feeds(Gone(flow, "restarted"))
    bench.until(bench.machine.deadline or 0.0)
    flow = bench.last(Open).flow
    bench.feeds(Opened(flow))
    assert bench.until(bench.now + 37.0) == [], "an end that follows on talk teaches nothing"


def test_a_server_that_never_answers_a_ping_is_not_taken_for_dead() -> None:
    """It may not know RFC 5626; TCP itself watches over it."""
    bench = Bench()
    flow = bench.opens()
    assert {type(output) for output in bench.until(1000.0)} == {Write}
    assert bench.sends() == [Write(flow, MESSAGE)]


def test_a12_a_ping_is_answered_and_a_lone_crlf_is_not() -> None:
    bench = Bench()
    flow = bench.opens()
    assert bench.hears(flow, b"\r\n") == []
    assert bench.hears(flow, b"\r") == []
    assert bench.hears(flow, b"\n") == [Write(flow, b"\r\n")]
    assert bench.hears(flow, b"\r\n" + MESSAGE) == [Heard(MESSAGE, SERVER)]
    assert bench.hears(flow, b"\r\n") == [], "the first of another ping"


def test_a11_a_flood_of_pings_is_answered_once_a_packet_and_not_at_all_by_who_reads_nothing() -> (
    None
):
    """Else what waits to be written would grow as fast as they come."""
    bench = Bench()
    flow = bench.opens()
    assert bench.hears(flow, 1000 * PING) == [Write(flow, b"\r\n")]
    assert bench.hears(flow, MESSAGE + 3 * PING) == [Heard(MESSAGE, SERVER), Write(flow, b"\r\n")]
    bench.feeds(Stuck(flow))
    assert bench.hears(flow, 1000 * PING) == []
    assert Close(flow) in bench.until(bench.now + STUCK_FOR)


@pytest.mark.parametrize("ours", [True, False])
def test_a_connection_that_nobody_needs_is_closed(ours: bool) -> None:
    bench = Bench()
    if ours:
        flow = bench.opens(ELSEWHERE)
    else:
        flow = bench.machine.new_flow()
        bench.feeds(Accepted(flow, PEER))
    bench.until(IDLE - 1)
    bench.hears(flow, MESSAGE)
    assert bench.until(2 * IDLE - 2) == []
    assert bench.until(2 * IDLE - 1) == [Close(flow)]
    assert bench.machine.deadline is None


def test_a11_a_message_that_is_begun_and_not_completed_holds_nothing_open() -> None:
    bench = Bench()
    flow = bench.machine.new_flow()
    bench.feeds(Accepted(flow, PEER))
    for second in range(int(MESSAGE_IN)):
        bench.until(float(second))
        bench.hears(flow, b"X")
    assert bench.until(MESSAGE_IN) == [Close(flow)]


def test_a04_after_nonsense_there_is_time_for_a_refusal_and_then_it_is_closed() -> None:
    bench = Bench()
    flow = bench.opens()
    bad = MESSAGE.replace(b": 0", b": -1")
    (nonsense,) = bench.hears(flow, bad)
    assert isinstance(nonsense, Nonsense)
    assert bench.feeds(Submit(b"400", nonsense.source)) == [Write(flow, b"400")]
    assert bench.hears(flow, MESSAGE) == []
    assert Close(flow) in bench.until(bench.now + REFUSAL_IN)
    assert bench.last(Failed).reason.startswith("what the server says is no SIP: Content-Length")


def test_c09_who_takes_nothing_is_left() -> None:
    bench = Bench()
    flow = bench.opens()
    bench.feeds(Stuck(flow))
    assert bench.until(STUCK_FOR - 1) == []
    bench.feeds(Unstuck(flow))
    assert bench.until(2 * STUCK_FOR) == []
    bench.feeds(Stuck(flow))
    assert Close(flow) in bench.until(3 * STUCK_FOR)


def test_what_waits_for_a_connection_is_bounded() -> None:
    bench = Bench()
    bench.sends(b"x" * QUEUE)
    assert bench.sends(b"y")[-1] == Close(1)
    flow = bench.opens(ELSEWHERE)
    bench.feeds(Stuck(flow))
    assert bench.sends(b"x" * QUEUE, ELSEWHERE) == [Write(flow, b"x" * QUEUE)]
    assert Close(flow) in bench.sends(b"y", ELSEWHERE)


def test_so_many_targets_and_no_more() -> None:
    bench = Bench()
    for number in range(MOST_OURS):
        bench.sends(target=Address(f"198.51.100.{number}", 5060, Transport.TCP))
    assert bench.sends() == [Failed(SERVER, "too many connections")]


def test_what_is_said_of_a_connection_that_we_have_closed_is_not_heard() -> None:
    bench = Bench()
    flow = bench.opens(ELSEWHERE)
    bench.until(IDLE)
    assert bench.feeds(Gone(flow, "late")) == []
    assert bench.hears(flow, MESSAGE) == []
