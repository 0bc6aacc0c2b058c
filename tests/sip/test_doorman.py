"""Incoming calls that have to prove themselves (faults 5.1, RFC 3261 section 22.2)."""

from __future__ import annotations

import pytest

from firmware.sip.digest import Authenticator, Tries
from firmware.sip.events import Offered
from firmware.sip.message import Request, Response
from tests.sip.bench import CONTACT, OFFER, Bench

RIGHT = "secret"
"""The password of both lines."""


class Server:
    """A server that knows a user and a password, and answers challenges with them."""

    def __init__(self, user: str = "101", password: str = RIGHT) -> None:
        self.bench = Bench(authenticate_calls=True)
        self.token = self.bench.registers()
        self.us = Authenticator(user, password, cnonce=lambda: "0123456789abcdef")
        self.cseq = 0

    def calls(self) -> Request:
        """An INVITE of one call, with the credentials that there are."""
        self.cseq += 1
        uri = f"sip:{self.token}@192.0.2.1"
        given = self.us.credentials("INVITE", uri)
        invite = self.bench.request(
            "INVITE", uri, cseq=self.cseq, more=(CONTACT, *given), body=OFFER
        )
        self.bench.brings(invite)
        return invite

    def refused(self) -> Response:
        """The 401 to it; its challenge is taken up."""
        response: Response = self.bench.one("401 INVITE")
        self.bench.hears()
        self.us.challenged(response.challenges, (), Tries())
        return response


def test_a_call_rings_with_the_password_of_its_line_and_not_without() -> None:
    """Faults 5.1.2: 401 with SHA-256 before MD5, then the bell; the next call is not asked."""
    server = Server()
    server.calls()
    algorithms = [c.algorithm for c in server.refused().challenges]
    assert algorithms == ["sha-256", "md5"]
    server.calls()
    assert server.bench.last(Offered).line == 1
    server.bench.wire.clear()
    server.calls()
    assert server.bench.last(Offered).line == 1


@pytest.mark.parametrize(("user", "password"), [("101", "guess"), ("102", "secret"), ("", "")])
def test_a_wrong_password_or_that_of_another_line_never_rings(user: str, password: str) -> None:
    server = Server(user, password)
    for _ in range(4):
        server.calls()
        server.refused()
    server.bench.waits(40.0)
    assert not server.bench.agent.busy


def test_what_was_overheard_is_worth_nothing_later() -> None:
    """A nonce is good for five minutes, and each count of it for one use."""
    server = Server()
    server.calls()
    server.refused()
    proven = server.calls()
    server.bench.last(Offered)
    server.bench.wire.clear()
    headers = proven.headers.replaced("Call-ID", "replayed").replaced(
        "Via", str(proven.via).replace("z9hG4bK", "z9hG4bKr")
    )
    server.bench.brings(Request("INVITE", proven.uri, headers, proven.body))
    assert "stale=true" in (server.bench.one("401 INVITE").headers.get("WWW-Authenticate") or "")
    server.bench.hears()


def test_nobody_is_asked_unless_that_is_set() -> None:
    bench = Bench()
    bench.rings(bench.registers())
