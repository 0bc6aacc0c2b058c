"""What a heartbeat asks its server: OPTIONS, or which bindings there are (HB-03, HB-07)."""

from __future__ import annotations

from firmware.sip.abilities import ACCEPT
from firmware.sip.compose import Composer
from firmware.sip.message import Request
from firmware.sip.servers import Judge
from firmware.sip.settings import AgentSettings, Server
from firmware.sip.tokens import call_id, first_cseq, tag

CALL_ID = "heartbeat-"
"""Beginning of the Call-IDs of these questions, by which the ladder knows them."""


class Probe:
    """Writes one question to a server after another.

    Args:
        server: who is asked.
        settings: of the agent.
        composer: writes the requests.
    """

    def __init__(self, server: Server, settings: AgentSettings, composer: Composer) -> None:
        self._server = server
        self._settings = settings
        self._composer = composer
        self._call_id, self._cseq = "", 0

    def write(self) -> Request:
        """The next question, with a Call-ID of its own unless one is to serve for all."""
        if not self._call_id or not self._settings.one_call_id:
            self._call_id = CALL_ID + call_id(self._composer.dice)
            self._cseq = first_cseq(self._composer.dice)
        else:
            self._cseq += 1
        return self._fetch() if self._settings.judge is Judge.REGISTER else self._options()

    def _options(self) -> Request:
        """An OPTIONS of the box, asked by its first line, but without that line's Contact."""
        uri = f"sip:{self._server.name}"
        more = (("Contact", self._composer.contact()), ACCEPT)
        return self._ask("OPTIONS", uri, uri, more)

    def _fetch(self) -> Request:
        """A REGISTER without Contact, which binds and removes nothing (section 10.2.3)."""
        return self._ask("REGISTER", f"sip:{self._settings.domain}", self._own, ())

    @property
    def _own(self) -> str:
        return f"sip:{self._composer.box_user}@{self._settings.domain}"

    def _ask(self, method: str, uri: str, to: str, more: tuple[tuple[str, str], ...]) -> Request:
        return self._composer.request(
            method,
            uri,
            names=(
                ("From", f"<{self._own}>;tag={tag(self._composer.dice)}"),
                ("To", f"<{to}>"),
                ("Call-ID", self._call_id),
            ),
            cseq=self._cseq,
            more=more,
        )
