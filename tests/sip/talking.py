"""A call in which both talk, ours or theirs, and the far end's side of it."""

from __future__ import annotations

from typing import Any

from firmware.sip.events import Accept, Alert
from firmware.sip.message import Request, Response
from tests.sip.bench import ANSWER, CONTACT, MEDIA, OFFER, US, Bench, swapped, within

ALLOWS = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE")
THROUGH_SERVER = ("Record-Route", "<sip:192.0.2.10;lr>")


class Talk:
    """One established call on the bench.

    Args:
        ours: we have called; else they have.
        more: headers of the far end's 200, or of its INVITE.
        settings: of the agent.
    """

    def __init__(
        self, *, ours: bool = True, more: tuple[tuple[str, str], ...] = (ALLOWS,), **settings: Any
    ) -> None:
        self.bench = bench = Bench(**settings)
        token = bench.registers()
        self.ours = ours
        self.theirs = 1
        """The number of the far end's last request in the dialog."""
        if ours:
            self.call = bench.calls()
            self.invite: Request = bench.one("INVITE")
            lines = (CONTACT, THROUGH_SERVER, *more)
            self.ok: Response = bench.replies(self.invite, 200, more=lines, body=ANSWER)
            bench.gets("ACK")
            self.theirs = 0
        else:
            lines = (CONTACT, THROUGH_SERVER, *more)
            self.invite = bench.request(
                "INVITE", f"sip:{token}@192.0.2.1:5060", more=lines, body=OFFER
            )
            bench.brings(self.invite)
            self.call = bench.agent.board.last_call
            bench.feeds(Alert(self.call))
            bench.feeds(Accept(self.call, MEDIA))
            _, self.ok = bench.gets("180 INVITE", "200 INVITE")
            self.acks(self.ok)
        bench.said.clear()

    def acks(self, ok: Response, body: bytes = b"") -> None:
        """ACK a 200 of ours to their INVITE or re-INVITE."""
        names = self._names(ok.cseq.number)
        self.bench.brings(self.bench.request("ACK", US, **names, body=body))

    def asks(
        self, method: str, *, body: bytes = b"", more: tuple[tuple[str, str], ...] = ()
    ) -> Request:
        """A request of the far end within the dialog."""
        request = self.bench.request(
            method, US, **self.next_names(), more=(CONTACT, *more), body=body
        )
        self.bench.brings(request)
        return request

    def answers(
        self,
        request: Request,
        status: int,
        *more: tuple[str, str],
        body: bytes = b"",
    ) -> None:
        """A response of the far end to ours."""
        lines = (CONTACT, *more) if 200 <= status < 300 else more
        self.bench.replies(request, status, more=lines, body=body)

    def is_over(self) -> None:
        """Nothing of it is left in the end."""
        self.bench.waits(140)
        assert not self.bench.agent.busy

    def next_names(self) -> dict[str, Any]:
        """How the far end names both in its next request."""
        self.theirs += 1
        return self._names(self.theirs)

    def _names(self, cseq: int) -> dict[str, Any]:
        if not self.ours:
            return within(self.ok, cseq)
        return swapped(self.invite, cseq) | {"from_": self.ok.headers.get("To")}
