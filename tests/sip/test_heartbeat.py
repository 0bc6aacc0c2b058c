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
    Drilled,
    Heard,
    Heartbeat,
    Judged,
    Located,
    Missed,
    Output,
)
from firmware.sip.message import Request, respond
from firmware.sip.servers import Judge, Life, RoundTrips
from firmware.sip.tu import Abandon, Ask, Unanswered
from tests.sip.bench import LOCAL, SETTINGS

HOME, OTHER = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)
CALM = replace(SETTINGS, heartbeat_s=30.0)


class Late(random.Random):
    """Dice with which a heartbeat begins in the last tenth of its first interval."""

    def random(self) -> float:
        return 0.9 + super().random() / 10


class Patient:
    """A heartbeat, virtual time, and a server that answers as it is told."""

    def __init__(self, *, addresses: tuple[Address, ...] = (HOME,), **settings: Any) -> None:
        dice = Late(1)
        self.settings = replace(CALM, **settings)
        composer = Composer(LOCAL, "tipring", dice, box_user="101")
        self.beat = Heartbeat(Server("sbc1"), self.settings, composer)
        self.now = 0.0
        self.asked: list[tuple[float, Ask]] = []
        self.judged: list[tuple[float, Life]] = []
        self.found: list[Address] = []
        """Where it was found alive, if not at its first address."""
        self.home = addresses[0] if addresses else None
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
                case Judged(address):
                    if address is not None and address != self.home:
                        self.found.append(address)
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
    """HB-02, C04."""
    patient = Patient()
    patient.status = status
    patient.waits(200.0)
    assert patient.life() is Life.ALIVE
    assert len(patient.judged) == 1


@pytest.mark.parametrize("status", [408, 500, 502, 503, 504])
def test_but_those_that_say_that_nobody_is_at_work(status: int) -> None:
    """HB-02, C04."""
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
    patient.waits(2.85)
    assert len(patient.asked) == 2
    assert len(patient.abandoned) == 2


def test_what_cannot_be_sent_is_lost_at_once() -> None:
    patient = Patient(heartbeat_lost=1)
    patient.status = 0
    patient.waits(31.0)
    patient.feeds(Unanswered(patient.asked[0][1].request, 503))
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
    patient.feeds(Heard(Judge.REGISTER))
    assert patient.life() is Life.ALIVE
    patient.status = 0
    patient.waits_until(Life.DEAD)
    patient.feeds(Heard(Judge.REGISTER))
    assert patient.life() is Life.DEAD


def test_a_server_without_an_address_is_neither_asked_nor_judged() -> None:
    patient = Patient(addresses=())
    patient.waits(500.0)
    assert patient.asked == []
    assert patient.life() is Life.UNKNOWN


class Deaf(Patient):
    """A server with several addresses, of which only those in `hearing` answer."""

    def __init__(self, *addresses: Address, hearing: set[Address], **settings: Any) -> None:
        self.hearing = hearing
        super().__init__(addresses=addresses, **settings)

    def _out(self, outputs: list[Output]) -> None:
        for output in outputs:
            self.status = 200 if isinstance(output, Ask) and output.target in self.hearing else 0
            super()._out([output])


def test_a_server_whose_first_address_is_silent_lives_at_the_next() -> None:
    """L18: the next address is asked as soon as one is silent, and is used from then on."""
    patient = Deaf(HOME, OTHER, hearing={OTHER})
    patient.waits(36.0)
    (first, one), (second, two) = patient.asked
    assert (one.target, two.target) == (HOME, OTHER)
    assert second - first == pytest.approx(5.0)
    assert patient.life() is Life.ALIVE
    assert patient.found == [OTHER]
    patient.feeds(Located((OTHER, HOME)))
    patient.waits(300.0)
    assert {ask.target for _, ask in patient.asked[2:]} == {OTHER}
    assert [life for _, life in patient.judged] == [Life.ALIVE]


def test_a_server_dies_when_all_its_addresses_are_silent() -> None:
    patient = Deaf(HOME, OTHER, hearing=set())
    patient.waits_until(Life.DEAD)
    assert [ask.target for _, ask in patient.asked] == [HOME, OTHER] * 3
    assert patient.beat.trips(patient.now).lost == 3, "beats, not addresses"
    patient.hearing.add(OTHER)
    patient.waits_until(Life.ALIVE, 40.0)
    assert patient.found == [OTHER]


def test_all_addresses_have_their_turn_between_two_beats() -> None:
    addresses = tuple(Address(f"192.0.2.{n}", 5060) for n in range(10, 16))
    patient = Deaf(*addresses, hearing=set(), heartbeat_s=4.0)
    patient.waits(7.9)
    assert [ask.target for _, ask in patient.asked[:4]] == [*addresses[:4]], "four are enough"
    assert len(patient.abandoned) >= 4 > len(patient.asked) - 2


def test_an_unwell_answer_may_count_as_life() -> None:
    """HB-02: the 503 rule is a setting; 408 is made by a proxy and proves nothing."""
    patient = Patient(unwell_is_lost=False)
    patient.status = 503
    patient.waits(100.0)
    assert patient.life() is Life.ALIVE
    patient = Patient(unwell_is_lost=False)
    patient.status = 408
    patient.waits_until(Life.DEAD)


def test_all_options_may_have_one_call_id() -> None:
    """HB-03: a fixed Call-ID with CSeq + 1, as a setting."""
    patient = Patient(one_call_id=True)
    patient.waits(200.0)
    requests = [ask.request for _, ask in patient.asked]
    assert len({request.call_id for request in requests}) == 1
    numbers = [request.cseq.number for request in requests]
    assert [b - a for a, b in pairwise(numbers)] == [1] * (len(numbers) - 1)
    assert len({request.via.branch for request in requests}) == len(requests)


# HB-07: what counts


def test_by_registrations_the_heartbeat_asks_what_is_bound() -> None:
    """HB-07: a REGISTER without a Contact changes nothing (RFC 3261 section 10.2.3)."""
    patient = Patient(judge=Judge.REGISTER)
    patient.status = 401
    patient.waits(40.0)
    request = patient.asked[0][1].request
    assert (request.method, request.uri) == ("REGISTER", "sip:dom")
    assert request.from_.uri == request.to.uri == "sip:101@dom"
    assert request.contacts == ()
    assert "Expires" not in request.headers
    assert patient.life() is Life.ALIVE, "a challenge is an answer"


def test_by_registrations_three_that_fail_in_a_row_are_death() -> None:
    """HB-07: of whatever lines; a success between them begins the count anew."""
    patient = Patient(judge=Judge.REGISTER, heartbeat_s=300.0)
    missed, heard = Missed(Judge.REGISTER, "503 to REGISTER"), Heard(Judge.REGISTER)
    for event in (missed, missed, heard, missed, missed):
        patient.feeds(event)
    assert patient.life() is Life.ALIVE
    patient.feeds(Missed(Judge.INVITE, "503 to INVITE"))
    assert patient.life() is Life.ALIVE, "that is another court"
    patient.feeds(missed)
    assert (patient.life(), patient.beat.problem) == (Life.DEAD, "503 to REGISTER")
    patient.feeds(heard)
    assert patient.life() is Life.ALIVE


def test_by_calls_silence_to_options_kills_nobody() -> None:
    """HB-07."""
    patient = Patient(judge=Judge.INVITE)
    patient.waits(40.0)
    patient.status = 0
    patient.waits(1000.0)
    assert patient.life() is Life.ALIVE
    assert patient.beat.trips(patient.now).lost > 30


def test_by_calls_three_that_fail_in_a_row_are_death() -> None:
    """HB-07: it lives again when it answers OPTIONS, but not before a back-off that grows."""
    patient = Patient(judge=Judge.INVITE)
    patient.waits(40.0)
    for death, (least, most) in enumerate([(90, 180), (180, 360), (360, 720)], start=1):
        for _ in range(3):
            assert patient.life() is Life.ALIVE
            patient.feeds(Missed(Judge.INVITE, "503 to INVITE"))
        died = patient.now
        assert (patient.life(), patient.beat.problem) == (Life.DEAD, "503 to INVITE"), death
        took = patient.waits_until(Life.ALIVE) - died
        assert least <= took <= most + 31.0
    patient.feeds(Heard(Judge.INVITE))
    for _ in range(3):
        patient.feeds(Missed(Judge.INVITE, "503 to INVITE"))
    died = patient.now
    assert patient.waits_until(Life.ALIVE) - died <= 180.0 + 31.0, "a call that worked ends it"


def test_by_calls_without_a_heartbeat_a_dead_server_is_tried_again() -> None:
    """HB-07: some servers do not answer OPTIONS at all."""
    patient = Patient(judge=Judge.INVITE, heartbeat_s=0.0)
    for _ in range(3):
        patient.feeds(Missed(Judge.INVITE, "no answer to INVITE"))
    assert patient.life() is Life.DEAD
    patient.waits(181.0)
    assert patient.life() is Life.UNKNOWN
    assert patient.beat.returns_at is not None
    patient.feeds(Heard(Judge.INVITE))
    assert patient.life() is Life.ALIVE


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
    seen = RoundTrips(
        sent=3, lost=1, last=0.030, least=0.010, mean=0.020, most=0.030, unanswered=1
    )
    assert astuple(patient.beat.trips(patient.now)) == pytest.approx(astuple(seen))
    patient.status, patient.took = 200, 0.020
    patient.waits(25 * 3600.0)
    trips = patient.beat.trips(patient.now)
    assert (trips.least, trips.most) == pytest.approx((0.020, 0.020))
    assert (trips.lost, trips.unanswered) == (0, 0)
    assert 23 * 120 <= trips.sent <= 24 * 120
