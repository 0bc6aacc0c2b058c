"""A NAT between us and the server: what it shows of us, and what that is worth (C06, C07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from firmware.sip.events import Deregister
from firmware.sip.message import Request, Response, respond
from tests.sip.bench import Bench

PUBLIC = "198.51.100.7"
PRIVATE = "192.168.1.20"


@dataclass
class Behind:
    """Line 1 and line 2 are registered at a server on the other side of a NAT.

    Attributes:
        seen: where the server sees us now.
    """

    seen: tuple[str, int] = (PUBLIC, 40000)

    def __post_init__(self) -> None:
        self.bench = Bench(heartbeat_s=30.0)
        self.bench.starts()
        self.answers_all()
        self.bench.clears()

    def answers(self, request: Request) -> None:
        host, port = self.seen
        via = f"{str(request.via).replace(';rport', f';rport={port}')};received={host}"
        more: list[tuple[str, str]] = []
        if request.method == "REGISTER":
            more.append(("Contact", f"{request.contacts[0]};expires=3600"))
        ok = respond(request, 200, to_tag="s", headers=more)
        self.bench.brings(Response(200, "OK", ok.headers.replaced("Via", via)))

    def answers_all(self) -> list[str]:
        """Answer everything that is asked; the methods."""
        methods = []
        while requests := [m for m in self.bench.wire if isinstance(m, Request)]:
            self.bench.clears()
            for request in requests:
                methods.append(request.method)
                self.answers(request)
        return methods

    def lives(self, seconds: float) -> list[str]:
        """Answer for so long; everything but heartbeats that was asked."""
        asked = []
        for _ in range(int(seconds)):
            self.bench.waits(1.0)
            asked += [m for m in self.answers_all() if m != "OPTIONS"]
        return asked


def test_a_mapping_that_stays_is_no_reason_for_anything() -> None:
    assert Behind().lives(600) == []


def test_a_new_port_is_believed_at_the_second_time_and_registered_once() -> None:
    """C06: within two heartbeats; each line once, and never again for the same change."""
    nat = Behind()
    nat.lives(60)
    nat.seen = (PUBLIC, 40001)
    assert nat.lives(62) == ["REGISTER", "REGISTER"]
    assert nat.lives(600) == []


def test_an_answer_that_strayed_is_no_rebinding() -> None:
    nat = Behind()
    nat.lives(60)
    nat.seen = (PUBLIC, 40001)
    nat.lives(30)
    nat.seen = (PUBLIC, 40000)
    assert nat.lives(300) == []


def test_a_nat_that_changes_with_every_packet_does_not_make_a_storm() -> None:
    """C07, loop guard: a symmetric one gives each answer another port."""
    nat = Behind()
    asked = []
    for n in range(600):
        nat.seen = (PUBLIC, 41000 + n)
        asked += nat.lives(1)
    assert asked == []


@pytest.mark.parametrize("change", [(PRIVATE, 40001), ("10.0.0.7", 5060), ("nonsense", 40001)])
def test_a_meddling_gateway_makes_nothing_worse(change: Any) -> None:
    """C07: a private address cannot be how a public server sees us."""
    nat = Behind()
    nat.lives(60)
    nat.seen = change
    assert nat.lives(300) == []
    registers = nat.bench.agent.registration(1)
    assert registers.failures == 0


def test_the_contact_is_ours_whatever_the_server_says_of_us() -> None:
    """C07: nothing of Via is copied into Contact or SDP; the server knows where we are."""
    nat = Behind()
    nat.lives(60)
    nat.seen = (PUBLIC, 40001)
    nat.bench.waits(31.0)
    nat.answers_all()
    nat.bench.waits(31.0)
    requests = [m for m in nat.bench.wire if isinstance(m, Request)]
    nat.answers_all()
    nat.bench.calls()
    requests += [m for m in nat.bench.wire if isinstance(m, Request)]
    assert {"OPTIONS", "INVITE"} <= {m.method for m in requests}
    assert all(PUBLIC.encode() not in m.encode() for m in requests)


def test_a_line_that_was_deregistered_stays_so() -> None:
    nat = Behind()
    nat.bench.feeds(Deregister(2))
    nat.answers_all()
    nat.seen = (PUBLIC, 40001)
    assert nat.lives(70) == ["REGISTER"]
