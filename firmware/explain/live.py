"""How a port stands at this moment, and what is set for it: what explanations rest on."""

from __future__ import annotations

from dataclasses import dataclass

from firmware.line.options import LineOptions
from firmware.sip.identity import NOWHERE, Naming
from firmware.status import Alarm, PortStatus, RegistrationStatus, ServerStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """How a port stands at this moment, and what is set for it: what explanations rest on."""

    port: PortStatus
    registration: RegistrationStatus | None = None
    """None: the port has not been started."""
    servers: tuple[ServerStatus, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    """Those of the port, and those of the whole box."""
    options: LineOptions | None = None
    """None: the port has not been started."""
    barrier: str = ""
    """Why the line may not call at this moment, by its dial-tone policy; empty: it may."""
    chip: str = ""
    under_test: bool = False
    """A line test is running."""
    line_test: str = ""
    """What the last line test came to, and when; empty: there was none."""
    no_keys: str = ""
    """Why no keys can be agreed on for its voice; empty: they can, or need not be."""
    network_fault: str = ""
    """Why there is no user agent; empty: there is one."""
    user: str = ""
    """For the digest."""
    naming: Naming = NOWHERE
    """How numbers are written in what we send."""
    withholds: bool = False
    """The line's number is not shown to whom it calls, unless a code says so."""
    codecs: tuple[str, ...] = ()
    no_answer_s: float = 0.0
    give_up_s: float = 0.0
    heartbeat_s: float = 0.0
    """From one OPTIONS to the next; 0: none are sent."""

    @property
    def in_use(self) -> ServerStatus | None:
        """The server that a call would go to now; None: none is known."""
        return next((server for server in self.servers if server.in_use), None)
