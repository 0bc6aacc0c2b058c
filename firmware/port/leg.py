"""The words between a port and the house around it: its settings, its call, its wishes."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import msgspec

from drivers.slic import LineSettings, RingSpec
from firmware.causes import Cause, Code, cause
from firmware.errors import GatewayError, NoPortError
from firmware.line.callerid import CallerIdPlan
from firmware.line.hook import HookWindows
from firmware.line.options import LineOptions
from firmware.media import messages as media
from firmware.port.fax_state import FaxState
from firmware.port.ringback import Ringback
from firmware.sip import events as sip
from firmware.tone import Tone, ToneSpec
from firmware.trace.marks import Lane

if TYPE_CHECKING:
    from firmware.port.keying import Keying
    from firmware.port.port import Port


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSettings:
    """Everything a port needs to know, from the configuration and the country profile."""

    number: int
    windows: HookWindows
    options: LineOptions
    tones: Mapping[Tone, ToneSpec]
    slic: LineSettings
    ring: RingSpec
    caller_id: CallerIdPlan
    polarity_reversal: bool = False
    """Exchange tip and ring while a call of this port is answered (LINE-10)."""
    disconnect_s: float = 0.0
    """Seconds for which the line is opened when the far end hangs up; 0: it is not."""
    no_voice_s: float = 0.0
    """Seconds without a packet of voice after which a call is ended; 0: never."""
    info_digits: bool = False
    """Send the digits of a call by SIP INFO, and do not let the far end hear them."""
    flash_event: bool = False
    """Send a hook flash in a call to the far end."""
    fax: Literal["t38", "g711", "off"] = "off"
    """What to do when a fax machine or a modem is heard in a call."""
    own_number: str = ""
    """The line's number; empty: no SIP line on this port."""
    handshakes: bool = False
    """Encrypt voice with keys of a handshake (DTLS-SRTP); without keys there is no voice."""


@dataclass(slots=True)
class Leg:
    """One call of a port, or the attempt to make one."""

    outgoing: bool
    number: str
    began: float
    call: int = 0
    """Number of the call at the user agent; 0: the attempt never got there."""
    sockets: tuple[socket.socket, ...] = ()
    """The sockets for RTP and RTCP; empty: not opened yet, or closed again."""
    plan: sip.MediaPlan | None = None
    describes: bool = False
    """The caller wants our session description with the 180."""
    answered: float | None = None
    local: sip.LocalMedia | None = None
    """Address and port where our voice comes in; None: not opened yet."""
    ringback: Ringback = field(default_factory=Ringback)
    """Decides what the caller hears before the answer."""
    alerted: bool = False
    """The caller has been told that the telephone rings."""
    holding: bool = False
    """We have asked the far end to be held, and have no answer yet."""
    resuming: bool = False
    """Our last request was to come back from hold."""
    over: bool = False
    """The end was reported or ordered; whatever else is heard of the call is ignored."""
    statistics: media.Statistics | None = None
    """Figures of the present stretch of voice; each hold begins a new stretch."""
    before: media.Statistics | None = None
    """Figures of the earlier stretches, added up."""
    fax: FaxState = field(default_factory=FaxState)
    """What is known of fax machines and modems in this call."""
    made: tuple[sip.Handshake, sip.Protection] | None = field(default=None, repr=False)
    """The keys of a handshake, and the handshake that has made them."""
    rekeys: bool = False
    """Our address has changed: the next agreement needs a handshake of its own."""
    _stood: tuple[bytes, tuple[int, int]] | None = field(default=None, repr=False)
    """The last known position of the far end's stream, with its key."""

    @property
    def voice(self) -> media.Statistics | None:
        """The figures of all stretches of voice together."""
        return together(self.before, self.statistics)

    def heard(self, report: media.Statistics) -> None:
        """Take the figures of the present stretch of voice."""
        self.statistics = report
        if report.stood and self.protection:
            self._stood = self.protection.receives, report.stood

    def stretch_over(self, final: media.Statistics) -> None:
        """Close a stretch of voice with its final figures; another may follow."""
        self.heard(final)
        self.before, self.statistics = together(self.before, final), None

    def stood(self, key: bytes) -> tuple[int, int] | None:
        """Position of the far end's stream under `key` (see `Statistics`); None: not known."""
        return self._stood[1] if self._stood and self._stood[0] == key else None

    @property
    def protection(self) -> sip.Protection | None:
        """The keys of the voice; None: it needs none, or has none yet."""
        agreed = self.plan.protection if self.plan else None
        if not isinstance(agreed, sip.Handshake):
            return agreed
        return self.made[1] if self.made and self.made[0] == agreed else None

    @property
    def unkeyed(self) -> sip.Handshake | None:
        """The handshake that must come before any voice; None: none is needed."""
        agreed = self.plan.protection if self.plan else None
        return agreed if isinstance(agreed, sip.Handshake) and not self.protection else None

    @property
    def srtp(self) -> str:
        """The SRTP suite in use; empty: voice is not encrypted."""
        return self.protection.suite if self.protection else ""

    @property
    def codec(self) -> str:
        """Name of the codec agreed on; empty: none yet."""
        if self.plan is None:
            return ""
        return "T.38" if self.plan.fax else self.plan.codec

    @property
    def rtp_local(self) -> str:
        """``host:port`` where our voice comes in, for rows and records."""
        return f"{self.local.host}:{self.local.port}" if self.local else ""

    def receive(self, house: House) -> sip.LocalMedia:
        """Open the ports of voice, unless they are.

        Raises:
            GatewayError: there is no network, or no port is free.
        """
        if self.local is None:
            self.sockets, self.local = house.open_rtp()
        return self.local

    def may_receive(self, house: House) -> sip.LocalMedia | None:
        """Open the ports of voice early; None: not possible, which is told when somebody lifts."""
        with suppress(GatewayError):
            return self.receive(house)
        return None

    def close(self) -> None:
        """Close the sockets of voice."""
        for sock in self.sockets:
            sock.close()
        self.sockets = ()


def without_voice(error: GatewayError) -> Cause:
    """The cause of a call that has no place to receive voice: no free port, or no network."""
    if isinstance(error, NoPortError):
        return cause(Code.NO_VOICE_PORT, ports=str(error))
    return cause(Code.NO_SERVER, servers=str(error))


def together(
    earlier: media.Statistics | None, later: media.Statistics | None
) -> media.Statistics | None:
    """The figures of two stretches of one call: what was counted adds up, the rest is the later's.

    None: there is no such stretch.
    """
    if earlier is None or later is None:
        return later or earlier
    sums = {name: getattr(earlier, name) + getattr(later, name) for name in COUNTED}
    return msgspec.structs.replace(later, **sums)


COUNTED = (
    "sent", "received", "lost", "late", "duplicate", "reordered", "underruns", "concealed_ms",
    "dropped_ms", "inserted_ms", "rejected", "looped", "forged", "missing", "bursts",
    "burst_missing",
)  # fmt: skip


class House(Protocol):
    """What a port needs from the gateway around it."""

    def tell_agent(self, event: sip.Input) -> None: ...
    def new_call(self) -> int: ...
    def tell_media(self, command: media.Command, *sockets: socket.socket) -> None: ...
    def open_rtp(self) -> tuple[tuple[socket.socket, ...], sip.LocalMedia]:
        """The sockets of a call's voice, RTP and RTCP, and where the first is.

        Raises:
            GatewayError: there is no network, or no port is free.
        """

    @property
    def keying(self) -> Keying:
        """Makes keys with the far ends of calls (DTLS-SRTP)."""

    def mark(
        self, port: int, lane: Lane, what: str, *, outward: bool, call: int = 0, detail: str = ""
    ) -> None: ...
    def call_ended(self, port: Port, leg: Leg, why: Cause) -> None: ...
    def fault(self, port: Port, reason: str, *, again_at_once: bool) -> None:
        """Report a port out of service; `again_at_once`: its chip only needs a new start."""

    def warn(self, port: Port, reason: str) -> None:
        """Report something odd about a line circuit that still works; empty: it is over."""

    def local_time(self) -> str:
        """MMDDhhmm, for caller ID."""
