"""A user agent on the bench with two servers, each alive or dead as the test likes."""

from __future__ import annotations

from typing import Any

from firmware.sip.events import Address, Output, Send, Server
from firmware.sip.message import Request, parse, respond
from firmware.sip.servers import Life, ServerReport
from tests.sip.bench import Bench

ONE, TWO = Address("192.0.2.10", 5060), Address("192.0.2.11", 5060)
SERVERS = (Server(ONE.host), Server(TWO.host))


class Pair(Bench):
    """The servers that live answer OPTIONS and REGISTER at once; the rest is the test's.

    What they answer does not stand in `wire`, but in `registers_at` and `asked`.
    """

    def __init__(self, **settings: Any) -> None:
        usual = {"servers": SERVERS, "heartbeat_s": 30.0, "register_rate": 20.0}
        super().__init__(**{**usual, **settings})
        self.living = {ONE, TWO}
        self.registrar: dict[Address, int] = {}
        """By server: the status of its answers to REGISTER, if it is not 200."""
        self.registers_at: list[tuple[float, Address, Request]] = []
        self.asked: list[tuple[float, Address]] = []
        self.news: list[tuple[float, int, Life, bool]] = []

    def _out(self, outputs: list[Output]) -> None:
        answers = []
        for output in outputs:
            match output:
                case Send(data, target) if data.startswith(b"OPTIONS"):
                    self.asked.append((round(self.now, 3), target))
                    answers.append((data, target, 200))
                case Send(data, target) if data.startswith(b"REGISTER"):
                    request = parse(data)
                    assert isinstance(request, Request)
                    self.registers_at.append((round(self.now, 3), target, request))
                    answers.append((data, target, self.registrar.get(target, 200)))
                case ServerReport(state):
                    self.news.append((round(self.now, 1), state.rank, state.life, state.in_use))
                case _:
                    super()._out([output])
        for answer in answers:
            self._answers(*answer)

    def _answers(self, data: bytes, target: Address, status: int) -> None:
        request = parse(data)
        assert isinstance(request, Request)
        if target not in self.living:
            return
        more = []
        if request.method == "REGISTER" and status == 200:
            more.append(("Contact", f"{request.contacts[0]};expires=3600"))
        response = respond(request, status, to_tag="s", headers=more)
        self.brings(response, target)

    def dies(self, server: Address) -> None:
        self.living.discard(server)

    def lives(self, server: Address) -> None:
        self.living.add(server)

    def waits_until(self, life: Life, rank: int, most: float = 400.0) -> float:
        """Until the server is judged so; returns how long it took."""
        began = self.now
        while self.agent.servers(self.now)[rank - 1].life is not life:
            assert self.now < began + most, self.news
            self.waits(0.1)
        return self.now - began

    def registrars(self, last: int) -> list[str]:
        """Where the last so many REGISTERs went that asked for a binding."""
        asked = [target.host for _, target, request in self.registers_at if request.expires]
        return asked[-last:]
