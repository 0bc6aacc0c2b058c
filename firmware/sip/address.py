"""Where a message goes to or comes from, and what carries it."""

from __future__ import annotations

from dataclasses import field

from firmware.machine import Named, word


class Transport(Named):
    """What carries a message (RFC 3261 section 18)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    def __init__(self, text: str) -> None:
        self.via = text.upper()
        """What a Via says of it."""
        self.reliable = text != "udp"
        """Nothing that was sent has to be sent again (section 17)."""
        self.port = 5061 if text == "tls" else 5060
        """The one that is meant where none is named (section 19.1.2)."""
        self.param = f";transport={text}" if self.reliable else ""
        """What a URI of ours says of it."""


@word
class Address:
    """Where a message goes to or comes from: a numeric address, and by which transport."""

    host: str
    port: int
    transport: Transport = Transport.UDP
    flow: int = field(default=0, compare=False)
    """The connection that it came by, and on which the answer goes back while it is open."""
    name: str = field(default="", compare=False)
    """The name that led here: a certificate must be made out to it (RFC 5922 section 4)."""

    def __hash__(self) -> int:
        """Of what most tell apart: it is asked for with every message."""
        return hash((self.host, self.port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
