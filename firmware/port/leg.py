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
    """Tip and ring change places while a call of this port is answered."""
    disconnect_s: float = 0.0
    """The line is open so long when the far end has hung up."""
    no_voice_s: float = 0.0
    """A call in which no packet of voice has come for so long is ended; 0: it is not."""
    info_digits: bool = False
    """Digits of a call are told by INFO: they are not heard at the far end."""
    flash_event: bool = False
    """A hook flash in a call is told to the far end."""
    fax: Literal["t38", "g711", "off"] = "off"
    """What is done when a fax machine or a modem is heard in a call."""
    own_number: str = ""
    """The line's number; empty: no SIP line on this port."""
    handshakes: bool = False
    """Voice of this line is encrypted by keys of a handshake (DTLS-SRTP), or there is none."""


@dataclass(slots=True)
class Leg:
    """The call of a port, or the attempt to make one."""

    outgoing: bool
    number: str
    began: float
    call: int = 0
    """Of the user agent; 0 for an attempt that never reached it."""
    sockets: tuple[socket.socket, ...] = ()
    """For RTP and for RTCP; none yet, or no longer."""
    plan: sip.MediaPlan | None = None
    describes: bool = False
    """The caller wants to know at the 180 where its voice comes in."""
    answered: float | None = None
    local: sip.LocalMedia | None = None
    """Where its voice comes in; None: nowhere yet."""
    ringback: Ringback = field(default_factory=Ringback)
    """What the caller hears before the answer."""
    alerted: bool = False
    """The caller was told that it rings."""
    holding: bool = False
    """The far end is asked to be held, and has not answered."""
    resuming: bool = False
    """It was asked last to come back from hold."""
    over: bool = False
    """Its end was said, or ordered: what else is heard of it does not matter."""
    statistics: media.Statistics | None = None
    """Of the stretch of voice that goes on; each hold begins a new one."""
    before: media.Statistics | None = None
    """Of those before it, taken together."""
    fax: FaxState = field(default_factory=FaxState)
    """Whether it is one of machines."""
    made: tuple[sip.Handshake, sip.Protection] | None = field(default=None, repr=False)
    """The keys that a handshake has made, and which."""
    rekeys: bool = False
    """Our address is another, so the next agreement wants a handshake of its own."""
    _stood: tuple[bytes, tuple[int, int]] | None = field(default=None, repr=False)
    """By which key the far end's stream stood where, as was last told."""

    @property
    def voice(self) -> media.Statistics | None:
        """All of its voice in figures."""
        return together(self.before, self.statistics)

    def heard(self, report: media.Statistics) -> None:
        """Its voice so far, in figures."""
        self.statistics = report
        if report.stood and self.protection:
            self._stood = self.protection.receives, report.stood

    def stretch_over(self, final: media.Statistics) -> None:
        """Its voice has ended, and perhaps will begin again."""
        self.heard(final)
        self.before, self.statistics = together(self.before, final), None

    def stood(self, key: bytes) -> tuple[int, int] | None:
        """Where the far end's stream stands by that key (see `Statistics`)."""
        return self._stood[1] if self._stood and self._stood[0] == key else None

    @property
    def protection(self) -> sip.Protection | None:
        """The keys of its voice; None: it has none, or none yet."""
        agreed = self.plan.protection if self.plan else None
        if not isinstance(agreed, sip.Handshake):
            return agreed
        return self.made[1] if self.made and self.made[0] == agreed else None

    @property
    def unkeyed(self) -> sip.Handshake | None:
        """What has to be done before any voice passes; None: nothing."""
        agreed = self.plan.protection if self.plan else None
        return agreed if isinstance(agreed, sip.Handshake) and not self.protection else None

    @property
    def srtp(self) -> str:
        """The suite that its voice is encrypted by; empty: it is not."""
        return self.protection.suite if self.protection else ""

    @property
    def codec(self) -> str:
        """How it is spoken; empty: nothing was agreed on."""
        if self.plan is None:
            return ""
        return "T.38" if self.plan.fax else self.plan.codec

    @property
    def rtp_local(self) -> str:
        """The same in words."""
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
        """The same before it has to be: None if it cannot; who lifts then is told so."""
        with suppress(GatewayError):
            return self.receive(house)
        return None

    def close(self) -> None:
        """Let the ports of voice go."""
        for sock in self.sockets:
            sock.close()
        self.sockets = ()


def without_voice(error: GatewayError) -> Cause:
    """Why a call has nowhere to receive its voice: no port, or no network at all."""
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
    "dropped_ms", "inserted_ms", "rejected", "forged", "missing", "bursts", "burst_missing",
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
        """Has the two ends of a call make keys."""

    def mark(
        self, port: int, lane: Lane, what: str, *, outward: bool, call: int = 0, detail: str = ""
    ) -> None: ...
    def call_ended(self, port: Port, leg: Leg, why: Cause) -> None: ...
    def fault(self, port: Port, reason: str, *, again_at_once: bool) -> None:
        """The port went out of service; `again_at_once`: its chip only wants starting."""

    def warn(self, port: Port, reason: str) -> None:
        """Something is odd with the line circuit, and it works on; empty: no longer."""

    def local_time(self) -> str:
        """MMDDhhmm, for caller ID."""
