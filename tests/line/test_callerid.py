"""Caller ID goes out between the first and the second ring, and never to a lifted handset."""

from __future__ import annotations

from firmware.line.callerid import (
    CallerId,
    CallerIdPlan,
    RingingStarted,
    RingingStopped,
    SendCallerId,
    display,
)
from firmware.profiles import load

CALL = RingingStarted("13800138000", "Front desk", "01020304")


def test_the_caller_is_shown_half_a_second_after_the_first_burst() -> None:
    machine = CallerId(load("cn").caller_id, first_burst=1.0)
    assert machine.feed(CALL, 10.0) == []
    assert machine.deadline == 11.5
    assert machine.tick(11.4) == []
    assert machine.tick(11.5) == [
        SendCallerId("bell202", "01020304", "13800138000", b"Front desk")
    ]
    assert machine.deadline is None
    assert machine.tick(20.0) == []


def test_a_telephone_that_was_lifted_is_not_shown_the_caller() -> None:
    machine = CallerId(load("us").caller_id, first_burst=2.0)
    machine.feed(CALL, 10.0)
    assert machine.deadline == 12.5
    machine.feed(RingingStopped(), 12.4)
    assert machine.deadline is None
    assert machine.tick(12.5) == []


def test_a_country_without_caller_id_sends_nothing() -> None:
    machine = CallerId(CallerIdPlan(standard=""), first_burst=1.0)
    machine.feed(CALL, 10.0)
    assert machine.deadline is None


def test_a_second_call_is_shown_afresh() -> None:
    machine = CallerId(CallerIdPlan(), first_burst=1.0)
    machine.feed(CALL, 10.0)
    machine.feed(RingingStopped(), 10.5)
    machine.feed(RingingStarted("101", "", "01020305"), 11.0)
    assert machine.tick(12.5) == [SendCallerId("bell202", "01020305", "101", b"")]


def test_what_telephones_cannot_show_is_left_out() -> None:
    plan = CallerIdPlan(name_bytes=6, charset="gb2312", number_digits=5)
    assert display(plan, "+86-10-1234", "", "").number == "86101"
    assert display(plan, "anonymous", "", "") == SendCallerId("bell202", "", "", b"")
    assert display(plan, "reception", "", "").name == b"recept"
    assert display(plan, "101", "前台一号", "").name == "前台一".encode("gb2312")
    assert display(CallerIdPlan(), "101", "前台", "").name == b"??"
