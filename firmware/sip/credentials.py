"""How often one request may be challenged before we believe that the password is wrong."""

from __future__ import annotations

from firmware.errors import SipError
from firmware.sip.digest import Authenticator, Outcome, Tries
from firmware.sip.grammar import quoted
from firmware.sip.message import Request, Response


class Attempt:
    """Counts the challenges to one request and its retries (REG-07, IA-04, IA-05, IA-07).

    Each realm gets one answer, and one more if it says that the nonce was stale. An answer that
    was given unasked, with an old nonce, does not count: servers that lost their state refuse it
    without saying stale.
    """

    def __init__(self, authenticator: Authenticator) -> None:
        self._authenticator = authenticator
        self._tries = Tries()
        self._answered: set[tuple[bool, str]] = set()

    def refused(self, request: Request, response: Response) -> Outcome:
        """Judge the 401 or 407 that `request` got."""
        try:
            return self._judge(request, response)
        except SipError:
            return Outcome.UNSUPPORTED

    def succeeded(self, response: Response) -> None:
        """Take over the nonce that a success may bring (RFC 7616 section 3.5)."""
        if value := response.headers.get("Authentication-Info"):
            self._authenticator.informed(value)
        if value := response.headers.get("Proxy-Authentication-Info"):
            self._authenticator.informed(value, proxy=True)

    def _judge(self, request: Request, response: Response) -> Outcome:
        for challenge in response.challenges:
            if (challenge.proxy, challenge.realm) in self._answered and not challenge.stale:
                return Outcome.WRONG_PASSWORD
        sent = request.credentials if _repeats_nonce(request, response) else ()
        outcome = self._authenticator.challenged(response.challenges, sent, self._tries)
        if outcome is Outcome.RETRY:
            self._answered |= {(c.proxy, c.realm) for c in response.challenges}
        return outcome


def _repeats_nonce(request: Request, response: Response) -> bool:
    """Whether a nonce that we have used is asked for again; if not, what we sent is no matter."""
    asked = [f"nonce={quoted(challenge.nonce)}" for challenge in response.challenges]
    return any(nonce in line for _, line in credential_lines(request) for nonce in asked)


def bare_of_credentials(request: Request) -> Request:
    """The same request for somebody who is none of our servers."""
    headers = request.headers.without("Authorization", "Proxy-Authorization")
    return Request(request.method, request.uri, headers, request.body)


def bare_of_challenges(response: Response) -> Response:
    """The same response without what somebody asks who is none of our servers.

    An answer to it could be tried against passwords at leisure (faults 5.1, sip 9.2).
    """
    headers = response.headers.without("WWW-Authenticate", "Proxy-Authenticate")
    return Response(response.status, response.reason, headers, response.body)


def credential_lines(request: Request) -> tuple[tuple[str, str], ...]:
    """The credentials that a request carries, for its ACK (RFC 3261 section 22.1)."""
    names = ("Authorization", "Proxy-Authorization")
    return tuple((name, value) for name in names for value in request.headers.all(name))
