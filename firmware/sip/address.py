"""Where a message goes to or comes from, and what carries it."""

from __future__ import annotations

from dataclasses import field

from firmware.machine import Named, word


class Transport(Named):
    """What carries a message (RFC 3261 section 18)."""

    UDP = "udp"
    TCP = "tcp"
    TLS = "tls"

    via: str
    """Name in a Via."""
    reliable: bool
    """It repeats what is lost by itself, so we send nothing again (section 17)."""
    port: int
    """Port that is meant where none is named (section 19.1.2)."""
    param: str
    """URI parameter that names it; empty: none is needed."""


for _each in Transport:  # no constructor: compiled, it would run before there is the class
    _each.via = _each.value.upper()
    _each.reliable = _each is not Transport.UDP
    _each.port = 5061 if _each is Transport.TLS else 5060
    _each.param = f";transport={_each.value}" if _each.reliable else ""


@word
class Address:
    """Where a message goes to or comes from: a numeric address, and by which transport."""

    host: str
    port: int
    transport: Transport = Transport.UDP
    flow: int = field(default=0, compare=False)
    """Number of the connection that it came by; the answer goes back on it while it is open."""
    name: str = field(default="", compare=False)
    """Name that was looked up: a certificate has to be made out to it (RFC 5922 section 4)."""

    def __hash__(self) -> int:
        """Of what most tell apart: it is asked for with every message."""
        return hash((self.host, self.port))

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"
