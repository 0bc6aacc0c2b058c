"""A server that answers OPTIONS with 503 and Retry-After (fault C04, sip 7.3)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.sip.events import Address
from firmware.sip.heartbeat import Output
from firmware.sip.message import Request, respond
from firmware.sip.servers import Judge, Life
from firmware.sip.tu import Ask
from tests.sip.test_heartbeat import HOME, OTHER, Patient


class Overloaded(Patient):
    """It may ask to be left alone, at some of its addresses."""

    def __init__(self, *addresses: Address, **settings: Any) -> None:
        self.asks_for = ""
        """Retry-After; empty: all is well."""
        self.at = HOME
        """Where it is overloaded."""
        self._asked_at = HOME
        super().__init__(addresses=addresses or (HOME,), **settings)

    def answers(self, request: Request, status: int) -> None:
        if not self.asks_for or self._asked_at != self.at:
            return super().answers(request, status)
        more = (("Retry-After", self.asks_for),)
        return self.feeds(respond(request, 503, to_tag="s", headers=more))

    def _out(self, outputs: list[Output]) -> None:
        for output in outputs:
            if isinstance(output, Ask):
                self._asked_at = output.target
            super()._out([output])


@pytest.mark.parametrize(("asks_for", "least"), [("200", 200), ("100000", 3600), ("0 (soon)", 1)])
def test_it_is_left_at_once_and_for_so_long(asks_for: str, least: int) -> None:
    """C04: 503 is down for Retry-After, and no longer; from then on an answer is life."""
    patient = Overloaded()
    patient.waits(70.0)
    patient.asks_for = asks_for
    died = patient.waits_until(Life.DEAD, 31.0)
    assert patient.beat.problem.startswith("503, to be left alone for ")
    patient.asks_for = ""
    took = patient.waits_until(Life.ALIVE, 5000.0) - died
    assert least <= took <= 1.1 * least + 31.0
    patient.waits(61.0)
    assert patient.beat.returns_at is not None, "three answers, and the hold time begins"


def test_who_asks_anew_is_left_alone_for_longer() -> None:
    patient = Overloaded()
    patient.asks_for = "100"
    patient.waits(1000.0)
    assert [life for _, life in patient.judged] == [Life.DEAD]


@pytest.mark.parametrize("settings", [{"judge": Judge.INVITE}, {"unwell_is_lost": False}])
def test_it_counts_only_where_options_do(settings: dict[str, Any]) -> None:
    """HB-02, HB-07."""
    patient = Overloaded(**settings)
    patient.waits(40.0)
    patient.asks_for = "100"
    patient.waits(31.0)
    assert patient.life() is not Life.DEAD


def test_an_address_that_asks_for_it_leaves_the_next() -> None:
    """L18: one address of a server is not the server."""
    patient = Overloaded(HOME, OTHER)
    patient.waits(31.0)
    patient.asks_for = "300"
    patient.waits(31.0)
    assert patient.life() is Life.ALIVE
    assert patient.found == [OTHER]
    patient.at = OTHER
    patient.waits(31.0)
    assert patient.life() is Life.ALIVE, "and back, where it is well by now"
