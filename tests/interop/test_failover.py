"""Two Kamailios, of which the preferred one is killed while two people talk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from firmware.sip.events import RegisterStatus
from firmware.status import ServerStatus, from_json
from tests.interop.box import Box
from tests.interop.flows import proves
from tests.interop.kamailio import Kamailio
from tests.interop.person import talk
from tests.interop.settings import Line
from tests.interop.waiting import until

LINES = [Line("8001"), Line("8003")]
CONFIG = """
[[sip.server]]
host = "{host}"
port = {port}

[sip.heartbeat]
interval = 0.5
timeout = 0.4
lost = 3
hold = 1
"""


@dataclass
class Pair:
    """A gateway with two servers, each of them Kamailio."""

    first: Kamailio
    second: Kamailio
    box: Box

    def evidence(self) -> dict[str, str]:
        first = {f"first: {name}": text for name, text in self.first.evidence().items()}
        return {**self.box.evidence(), **first, **self.second.evidence()}

    def server(self, number: int) -> ServerStatus:
        """A row of show sbc."""
        return from_json(self.box.control.call("servers"), list[ServerStatus])[number - 1]

    def is_(self, number: int, state: str) -> None:
        """Wait until show sbc says so."""
        until(f"sbc {number} is {state}", lambda: self.server(number).state == state)

    def all_at(self, kamailio: Kamailio) -> None:
        """Wait until both lines are registered there."""
        at = str(kamailio.at)
        until(f"both lines at {at}", lambda: all(self._line_at(port, at) for port in (1, 2)))

    def _line_at(self, port: int, at: str) -> bool:
        state = self.box.registration(port)
        return state.registrar == at and state.register_status is RegisterStatus.REGISTERED

    def call(self, port: int) -> str:
        """The server that the last INVITE of a port went to."""
        invites = [m for m in self.box.marks(port) if m.outward and m.what == "INVITE"]
        return invites[-1].peer


@pytest.fixture
def pair() -> Iterator[Pair]:
    with ExitStack() as stack:
        first = stack.enter_context(Kamailio(host="127.0.0.2"))
        second = stack.enter_context(Kamailio(host="127.0.0.3"))
        more = CONFIG.format(host=second.at.host, port=second.at.port)
        box = stack.enter_context(Box(first.at, LINES, more=more))
        box.registered(1)
        box.registered(2)
        yield Pair(first, second, box)


@proves(
    "Kamailio",
    "HB-01 OPTIONS to the server",
    "HB-04 the server dies, all lines go to the other",
    "HB-05 a talk outlives its server",
    "HB-06 back to the preferred server",
)
def test_a_server_is_killed_and_comes_back(pair: Pair) -> None:
    """The talk goes on, the next call takes the other way, and then all is as before."""
    anna, ben = pair.box.person(1), pair.box.person(2)
    pair.is_(1, "alive")
    pair.is_(2, "alive")
    pair.all_at(pair.first)
    anna.calls("8003")
    ben.is_called()
    ben.lifts()
    talk(anna, ben)
    assert pair.call(1) == str(pair.first.at)
    pair.first.dies()
    pair.is_(1, "dead")
    pair.all_at(pair.second)
    assert pair.second.contacts("8001")
    talk(anna, ben)
    anna.hangs_up()
    ben.hangs_up()
    pair.box.quiet()
    anna.calls("8003")
    ben.is_called()
    assert pair.call(1) == str(pair.second.at)
    ben.lifts()
    talk(anna, ben)
    ben.hangs_up()
    anna.hears_soon("busy", 1.2)
    pair.box.quiet()
    pair.first.starts_again()
    pair.all_at(pair.first)
    assert pair.server(1).in_use
    anna.calls("8003")
    ben.is_called()
    assert pair.call(1) == str(pair.first.at)


@proves("Kamailio", "BW-03 one INVITE goes to the next server")
def test_a_call_that_the_dead_server_does_not_answer_goes_to_the_other(pair: Pair) -> None:
    """Before the heartbeat knows; the called line is registered at the other by then."""
    anna, ben = pair.box.person(1), pair.box.person(2)
    pair.all_at(pair.first)
    anna.lifts()
    anna.dials("800")
    pair.first.freezes()
    anna.presses("3")
    pair.all_at(pair.second)
    ben.is_called()
    assert pair.call(1) == str(pair.second.at)
    assert pair.box.saw(1, ">INVITE", ">INVITE", "<180")
    ben.lifts()
    talk(anna, ben)
    pair.first.dies()  # who is frozen does not end when asked
