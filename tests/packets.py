"""What went over the wire of a gateway, message by message, as somebody beside it sees it."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.sip.message import Message, Request, parse
from firmware.sip.uri import SipUri, parse_uri


@dataclass(frozen=True, slots=True)
class Packet:
    """One signalling datagram."""

    at: float
    """When it was sent or came in."""
    outward: bool
    """The gateway sent it."""
    message: Message

    @property
    def number(self) -> str:
        """Whose it is of the gateway's lines: asker or asked (a response copies From and To)."""
        asked_by_us = self.outward is isinstance(self.message, Request)
        uri = parse_uri((self.message.from_ if asked_by_us else self.message.to).uri)
        return uri.user_text if isinstance(uri, SipUri) else ""

    @property
    def is_heartbeat(self) -> bool:
        """An OPTIONS, or the answer to one."""
        return self.message.cseq.method == "OPTIONS"

    @property
    def name(self) -> str:
        """``>INVITE``, ``<180 INVITE`` ..."""
        arrow = ">" if self.outward else "<"
        if isinstance(self.message, Request):
            return arrow + self.message.method
        return f"{arrow}{self.message.status} {self.message.cseq.method}"


def packet(at: float, data: bytes, *, outward: bool) -> Packet:
    return Packet(at, outward, parse(data))
