"""REG-20: one registration of the whole box, and its lines with it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from firmware.sip.events import (
    Deregister,
    LineIdentity,
    Offered,
    Register,
    RegisterStatus,
    RegistrationState,
)
from firmware.sip.message import Request
from tests.sip.bench import LINES, OFFER, Bench

BOX = LineIdentity(0, "100", "trunk", "secret")


class Together(Bench):
    """Two lines that are registered with the box."""

    def __init__(self) -> None:
        super().__init__(group=BOX)

    def registered(self, *associated: str) -> Request:
        """Start, and answer the one REGISTER; P-Associated-URI names these numbers."""
        self.starts()
        register = self.one("REGISTER")
        self.grants(register, *associated)
        assert isinstance(register, Request)
        return register

    def grants(self, register: Request, *associated: str) -> None:
        contact = ("Contact", f"{register.contacts[0]};expires=3600")
        named = [("P-Associated-URI", f"<sip:{number}@dom>") for number in associated]
        self.replies(register, 200, more=(contact, *named))

    def status(self, line: int) -> RegisterStatus:
        return self.agent.registration(line).status

    def is_called(self, number: str, *more: tuple[str, str]) -> Request:
        invite = self.request(
            "INVITE", self.contact, to=f"<sip:{number}@dom>",
            more=(("Contact", "<sip:b@192.0.2.10>"), *more), body=OFFER,
        )  # fmt: skip
        self.brings(invite)
        return invite

    contact = ""


@pytest.fixture(name="bench")
def _bench() -> Together:
    return Together()


def test_one_register_registers_all_lines(bench: Together) -> None:
    register = bench.registered("100", "101", "102")
    assert register.to.uri == "sip:100@dom"
    assert [bench.status(line) for line in (1, 2)] == [RegisterStatus.REGISTERED] * 2
    assert {report.line for report in bench.reports} == {1, 2}
    again = bench.waits_for("REGISTER", 3000.0)
    assert (again.call_id, again.cseq.number) == (register.call_id, register.cseq.number + 1)


def test_a_registrar_that_names_nobody_has_registered_everybody(bench: Together) -> None:
    bench.registered()
    assert bench.status(1) is bench.status(2) is RegisterStatus.REGISTERED


def test_a_line_that_the_registrar_does_not_name_is_not_registered(bench: Together) -> None:
    bench.registered("100", "101")
    assert bench.status(1) is RegisterStatus.REGISTERED
    state = bench.agent.registration(2)
    assert state.status is RegisterStatus.FAILED
    assert state.last_error == "the registrar does not name 102 (P-Associated-URI)"


def test_what_the_box_cannot_no_line_can(bench: Together) -> None:
    bench.starts()
    bench.replies(bench.one("REGISTER"), 403)
    for line in (1, 2):
        state = bench.agent.registration(line)
        assert (state.status, state.last_code) == (RegisterStatus.FAILED, 403)
        assert state.next_attempt_at is not None


@pytest.mark.parametrize("by", ["To", "P-Called-Party-ID"])
def test_a_call_to_the_contact_of_the_box_finds_its_line(bench: Together, by: str) -> None:
    """REG-21: by the number that is called."""
    bench.contact = bench.registered("101", "102").contacts[0].uri
    bench.clears()
    if by == "To":
        bench.is_called("102")
    else:
        bench.is_called("100", (by, "<sip:102@dom>"))
    assert bench.last(Offered).line == 2


def test_a_call_to_the_box_that_means_no_line_is_refused(bench: Together) -> None:
    bench.contact = bench.registered().contacts[0].uri
    bench.clears()
    bench.is_called("999")
    bench.one("404 INVITE")


def test_a_line_calls_by_its_own_name_and_the_way_of_the_box(bench: Together) -> None:
    bench.registered()
    bench.clears()
    bench.calls(line=2)
    invite = bench.one("INVITE")
    assert invite.from_.uri == "sip:102@dom"
    assert bench.targets == [] or bench.targets[0].host == "192.0.2.10"


def test_the_box_leaves_with_the_last_of_its_lines(bench: Together) -> None:
    """REG-12: one line that goes is gone, and the others stay."""
    bench.registered()
    bench.clears()
    bench.feeds(Deregister(1))
    bench.gets()
    assert bench.agent.registration(1) == RegistrationState()
    assert bench.status(2) is RegisterStatus.REGISTERED
    bench.feeds(Deregister(2))
    leaving = bench.one("REGISTER")
    assert leaving.expires == 0
    assert bench.status(2) is RegisterStatus.REGISTERED
    bench.replies(leaving, 200)
    assert bench.status(1) is bench.status(2) is RegisterStatus.UNREGISTERED


def test_a_line_that_comes_later_is_registered_already(bench: Together) -> None:
    bench.agent.start(bench.now, lines=())
    bench.feeds(Register(1))
    bench.grants(bench.one("REGISTER"))
    assert bench.status(2) is RegisterStatus.UNREGISTERED
    bench.feeds(Register(2))
    bench.gets()
    assert bench.status(2) is RegisterStatus.REGISTERED
    bench.feeds(Register(2))
    bench.one("REGISTER")  # by hand: whatever the timers say


def test_lines_of_before_are_as_they_were() -> None:
    """Without a group each line registers for itself."""
    bench = Bench()
    bench.starts()
    first, second = bench.gets("REGISTER", "REGISTER")
    assert [r.to.uri for r in (first, second)] == [f"sip:{line.number}@dom" for line in LINES]
    assert first.call_id != second.call_id
    assert replace(BOX, line=1) != BOX
