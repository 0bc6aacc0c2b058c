"""The heartbeat of one server (behaviours 4, sip 7.3)."""

from __future__ import annotations

import random
from dataclasses import astuple, replace
from itertools import pairwise
from typing import Any

import pytest

from firmware.sip.compose import Composer
from firmware.sip.events import Address, Server
from firmware.sip.heartbeat import (
    Abandon,
    Ask,
    Drilled,
    Heard,
    Heartbeat,
    Judged,
    Located,
    NoReply,
    Output,
)
from firmware.sip.message import Request, respond
from firmware.sip.servers import Life, RoundTrips
from tests.sip.bench import LOCAL, SETTINGS

HOME, OTHER = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)
CALM = replace(SETTINGS, heartbeat_s=30.0)


class Patient:
    """A heartbeat, virtual time, and a server that answers as it is told."""

    def __init__(self, *, addresses: tuple[Address, ...] = (HOME,), **settings: Any) -> None:
        dice = random.Random(1)  # noqa: S311  reproducible on purpose
        self.settings = replace(CALM, **settings)
        self.beat = Heartbeat(Server("sbc1"), self.settings, Composer(LOCAL, "tipring", dice))
        self.now = 0.0
        self.asked: list[tuple[float, Ask]] = []
        self.judged: list[tuple[float, Life]] = []
        self.abandoned: list[Request] = []
        self.status = 200
        """0: it is silent."""
        self.took = 0.02
        """Seconds from OPTIONS to answer."""
        self.beat.feed(Located(addresses), 0.0)
        self.beat.start(0.0)

    def waits(self, seconds: float) -> None:
        until = self.now + seconds
        while (due := self.beat.deadline) is not None and due <= until:
            self.now = due
            self._out(self.beat.tick(due))
            after = self.beat.deadline
            assert after is None or after > due, "the pump would spin"
        self.now = until

    def waits_until(self, life: Life, most: float = 1000.0) -> float:
        """Returns when it was judged so."""
        began = len(self.judged)
        until = self.now + most
        while self.now < until and life not in {seen for _, seen in self.judged[began:]}:
            self.waits(0.1)
        return next(at for at, seen in self.judged[began:] if seen is life)

    def life(self) -> Life:
        return self.beat.life

    def feeds(self, event: Any) -> None:
        self._out(self.beat.feed(event, self.now))

    def answers(self, request: Request, status: int) -> None:
        self.feeds(respond(request, status, to_tag="s"))

    def _out(self, outputs: list[Output]) -> None:
        for output in outputs:
            match output:
                case Ask(request):
                    self.asked.append((round(self.now, 3), output))
                    if self.status:
                        self.now += self.took
                        self.answers(request, self.status)
                case Abandon(request):
                    self.abandoned.append(request)
                case Judged():
                    if not self.judged or self.judged[-1][1] is not self.beat.life:
                        self.judged.append((round(self.now, 3), self.beat.life))


def test_options_asks_for_nothing_but_life() -> None:
    """HB-03, ladder A6 step 1."""
    patient = Patient()
    patient.waits(40.0)
    (_, ask), *_ = patient.asked
    request = ask.request
    assert (request.method, request.uri, request.to.uri) == (
        "OPTIONS", "sip:sbc1:5060", "sip:sbc1:5060",
    )  # fmt: skip
    assert (request.from_.uri, bool(request.from_.tag)) == ("sip:101@dom", True)
    assert (request.to.tag, request.max_forwards, request.body) == ("", 70, b"")
    assert request.headers.get("Accept") == "application/sdp"
    assert request.contacts[0].uri == "sip:192.0.2.1:5060"
    assert ask.target == HOME


def test_each_options_has_a_call_id_of_its_own() -> None:
    patient = Patient()
    patient.waits(200.0)
    calls = [ask.request.call_id for _, ask in patient.asked]
    assert len(calls) == len(set(calls)) > 5


def test_it_begins_within_an_interval_and_keeps_the_time() -> None:
    patient = Patient()
    patient.waits(300.0)
    times = [at for at, _ in patient.asked]
    assert 27.0 <= times[0] <= 30.0
    assert {round(b - a, 3) for a, b in pairwise(times)} == {30.0}


@pytest.mark.parametrize("status", [200, 202, 302, 401, 404, 405, 407, 481, 486, 501, 505, 603])
def test_any_answer_is_life(status: int) -> None:
    """HB-02, sip 7.3."""
    patient = Patient()
    patient.status = status
    patient.waits(200.0)
    assert patient.life() is Life.ALIVE
    assert len(patient.judged) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_but_those_that_say_that_nobody_is_at_work(status: int) -> None:
    """HB-02, sip 7.3."""
    patient = Patient()
    patient.status = status
    patient.waits(75.0)
    assert patient.life() is Life.UNKNOWN
    patient.waits(30.0)
    assert patient.life() is Life.DEAD
    assert str(status) in patient.beat.problem


def test_a_provisional_answer_is_no_answer() -> None:
    patient = Patient(heartbeat_lost=1)
    patient.status = 100
    patient.waits(40.0)
    assert patient.life() is Life.DEAD


@pytest.mark.parametrize("tenths", range(0, 300, 7))
def test_death_is_noticed_within_65_to_95_seconds(tenths: int) -> None:
    """Chapter 4: three losses, whenever between two OPTIONS the server dies."""
    patient = Patient()
    patient.waits(200.0 + tenths / 10)
    died, patient.status = patient.now, 0
    took = patient.waits_until(Life.DEAD) - died
    assert 65.0 - 0.1 <= took <= 95.0


def test_two_losses_are_not_death() -> None:
    patient = Patient()
    patient.waits(100.0)
    for _ in range(5):
        patient.status = 0
        patient.waits(60.0)
        patient.status = 200
        patient.waits(30.0)
    assert [life for _, life in patient.judged] == [Life.ALIVE]
    assert patient.beat.problem == ""


def test_an_options_is_lost_after_five_seconds_and_not_sent_again() -> None:
    """HB-02: the heartbeat's own timeout decides, not Timer F."""
    patient = Patient()
    patient.status = 0
    patient.waits(31.0)
    ((at, ask),) = patient.asked
    assert patient.abandoned == []
    patient.waits(at + 5.1 - patient.now)
    assert patient.abandoned == [ask.request]
    patient.answers(ask.request, 200)
    assert patient.life() is Life.UNKNOWN


def test_a_short_interval_leaves_no_two_options_open() -> None:
    patient = Patient(heartbeat_s=1.0)
    patient.status = 0
    patient.waits(2.95)
    assert len(patient.asked) == 2
    assert len(patient.abandoned) == 2


def test_what_cannot_be_sent_is_lost_at_once() -> None:
    patient = Patient(heartbeat_lost=1)
    patient.status = 0
    patient.waits(31.0)
    patient.feeds(NoReply(patient.asked[0][1].request, 503))
    assert patient.life() is Life.DEAD
    assert patient.beat.problem == "cannot be sent"


def test_a_dead_server_is_asked_on_and_one_answer_is_life() -> None:
    patient = Patient()
    patient.status = 0
    patient.waits_until(Life.DEAD)
    asked = len(patient.asked)
    patient.waits(300.0)
    assert len(patient.asked) == asked + 10
    patient.status = 200
    patient.waits(31.0)
    assert patient.life() is Life.ALIVE


def test_lines_go_back_after_three_answers_and_the_hold_time() -> None:
    """HB-06."""
    patient = Patient()
    assert patient.beat.returns_at == float("-inf"), "who never died may be used at once"
    patient.status = 0
    patient.waits_until(Life.DEAD)
    assert patient.beat.returns_at is None
    patient.status = 200
    lives = patient.waits_until(Life.ALIVE)
    patient.waits(31.0)
    assert patient.beat.returns_at is None
    patient.waits(30.0)
    assert patient.beat.returns_at == pytest.approx(lives + 60 + 60)


def test_a_loss_in_the_hold_time_begins_it_again() -> None:
    """C03: a server that flaps does not drag the lines along."""
    patient = Patient()
    patient.status = 0
    patient.waits_until(Life.DEAD)
    patient.status = 200
    patient.waits_until(Life.ALIVE)
    patient.waits(61.0)
    assert patient.beat.returns_at is not None
    patient.status = 0
    patient.waits(36.0)
    assert patient.beat.returns_at is None
    assert patient.life() is Life.ALIVE


def test_a_loss_long_after_does_not() -> None:
    patient = Patient()
    patient.waits(100.0)
    patient.status = 0
    patient.waits(31.0)
    assert patient.beat.returns_at == float("-inf")


def test_what_else_it_answers_is_life_too_unless_it_is_dead() -> None:
    patient = Patient()
    patient.feeds(Heard())
    assert patient.life() is Life.ALIVE
    patient.status = 0
    patient.waits_until(Life.DEAD)
    patient.feeds(Heard())
    assert patient.life() is Life.DEAD


def test_a_server_without_an_address_is_neither_asked_nor_judged() -> None:
    patient = Patient(addresses=())
    patient.waits(500.0)
    assert patient.asked == []
    assert patient.life() is Life.UNKNOWN


def test_a_dead_server_with_several_addresses_is_looked_for_at_the_next() -> None:
    patient = Patient(addresses=(HOME, OTHER))
    patient.status = 0
    patient.waits_until(Life.DEAD)
    assert [ask.target for _, ask in patient.asked] == [HOME, HOME, HOME]
    patient.waits(61.0)
    assert [ask.target for _, ask in patient.asked[3:]] == [OTHER, HOME]
    patient.status = 200
    found = [
        output for output in patient.beat.tick(patient.beat.deadline or 0.0)
        if isinstance(output, Ask)
    ]  # fmt: skip
    assert found[0].target == OTHER
    answer = respond(found[0].request, 200, to_tag="s")
    assert patient.beat.feed(answer, patient.now + 31) == [Judged(OTHER)]


def test_a_drill_is_death_for_a_while() -> None:
    patient = Patient()
    patient.waits(100.0)
    patient.feeds(Drilled(100.0))
    assert (patient.life(), patient.beat.problem) == (Life.DEAD, "drill")
    patient.waits(99.0)
    assert patient.beat.drilled
    assert patient.life() is Life.DEAD, "whatever it answers"
    ends = patient.now
    patient.waits(32.0)
    assert not patient.beat.drilled
    assert patient.life() is Life.ALIVE
    patient.waits(70.0)
    assert patient.beat.returns_at is not None
    assert patient.beat.returns_at >= ends + 60 + 60, "the answers of the drill do not count"


def test_a_drill_can_be_ended() -> None:
    patient = Patient()
    patient.feeds(Drilled(1000.0))
    patient.feeds(Drilled(0.0))
    assert not patient.beat.drilled
    patient.waits(31.0)
    assert patient.life() is Life.ALIVE


def test_without_a_heartbeat_a_drill_leaves_nothing_behind() -> None:
    patient = Patient(heartbeat_s=0.0)
    patient.feeds(Drilled(10.0))
    assert patient.life() is Life.DEAD
    patient.waits(1000.0)
    assert patient.asked == []
    assert patient.life() is Life.UNKNOWN
    assert patient.beat.returns_at == float("-inf")


def test_round_trips_and_losses_are_kept_for_a_day() -> None:
    """HB-10."""
    patient = Patient()
    patient.took = 0.010
    patient.waits(35.0)
    patient.took = 0.030
    patient.waits(30.0)
    patient.status = 0
    patient.waits(30.0)
    seen = RoundTrips(sent=3, lost=1, last=0.030, least=0.010, mean=0.020, most=0.030)
    assert astuple(patient.beat.trips(patient.now)) == pytest.approx(astuple(seen))
    patient.status, patient.took = 200, 0.020
    patient.waits(25 * 3600.0)
    trips = patient.beat.trips(patient.now)
    assert (trips.least, trips.most) == pytest.approx((0.020, 0.020))
    assert trips.lost == 0
    assert 23 * 120 <= trips.sent <= 24 * 120
