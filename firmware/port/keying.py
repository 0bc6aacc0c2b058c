"""Keys of voice that the two ends of a call make themselves (DTLS-SRTP), from the gateway's side.

The process that shakes hands is started if a line wants it, and again when it dies. Without it
those lines make no calls and take none; calls that have their keys do not notice.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from firmware.dtls import messages as dtls
from firmware.errors import MediaError
from firmware.log import event as log_event
from firmware.seams import Handshakes, Later, OpenHandshakes
from firmware.sip import events as sip
from firmware.trace.marks import Lane
from firmware.trace.records import Alarms

if TYPE_CHECKING:
    from firmware.port.leg import Leg
    from firmware.port.legs import Legs

PAUSE = 2.0
"""Seconds until a process that has died is started again; doubled each time it dies early."""
LONGEST = 60.0
YOUNG = 30.0
"""A process that dies within so many seconds dies early."""
NOT_YET = "the process that agrees on keys has not started yet"
SILENT = dtls.PATIENCE + 3.0
"""Seconds after which a handshake is given up."""


class _Port(Protocol):
    @property
    def legs(self) -> Legs: ...


class Listener(Protocol):
    """The gateway."""

    @property
    def ports(self) -> Mapping[int, _Port]: ...
    def mark(
        self, port: int, lane: Lane, what: str, *, outward: bool, call: int = 0, detail: str = ""
    ) -> None: ...


class Keying:
    """Makes the keys of all calls that need a handshake.

    Args:
        open_link: how the process is started.
        house: who hears what comes of them.
        alarms: where its faults are shown.
    """

    def __init__(self, open_link: OpenHandshakes, house: Listener, alarms: Alarms) -> None:
        self._open = open_link
        self._house = house
        self._alarms = alarms
        self._loop = asyncio.get_running_loop()
        self._later = Later(self._loop.call_later)
        self._link: Handshakes | None = None
        self._wanted = False
        self._began = 0.0
        self._last_words = ""
        self._pause = PAUSE
        self._ending: asyncio.Task[None] | None = None
        self._numbers = 0
        self._going: dict[int, tuple[int, int, sip.Handshake]] = {}
        """Unfinished handshakes by number: port, call and handshake."""
        self._of_call: dict[int, tuple[int, sip.Handshake]] = {}
        """By call: the number of its handshake, and the handshake, finished or not."""
        self.fingerprint = ""
        """Fingerprint of our certificate; empty: the process does not run."""
        self.fault = NOT_YET
        """Why there is no fingerprint; empty: there is one."""

    def needs(self, *, handshakes: bool) -> None:
        """Start the process if some line needs it; end it if none does."""
        if handshakes is self._wanted:
            return
        if handshakes:
            self._wanted = True
            self._start()
        else:
            self._ending = self._loop.create_task(self.close())

    async def close(self) -> None:
        """End the process."""
        self._wanted = False
        self._later.stop_all()
        self._alarms.clear("keys")
        link, self._link = self._link, None
        self.fingerprint, self.fault = "", NOT_YET
        if link:
            await link.closed()

    # of a call

    def agree(self, port: int, leg: Leg, handshake: sip.Handshake) -> None:
        """Begin a handshake with the far end, unless that was done already."""
        if self._of_call.get(leg.call, (0, None))[1] == handshake or not leg.plan:
            return
        if not leg.plan.host or not leg.sockets:
            return  # the far end is nowhere now
        self.leave(leg.call)
        self._numbers += 1
        number = self._numbers
        self._going[number] = port, leg.call, handshake
        self._of_call[leg.call] = number, handshake
        where = f"{leg.rtp_local} - {leg.plan.host}:{leg.plan.port}"
        self._mark(port, "DTLS handshake", leg.call, where, outward=handshake.active)
        order = dtls.Agree(
            number=number,
            host=leg.plan.host,
            port=leg.plan.port,
            active=handshake.active,
            ours=handshake.ours,
            theirs=handshake.theirs,
        )
        self._later.start(str(number), SILENT, lambda: self._refused(number, "nothing came of it"))
        if not self._send(order, leg.sockets[0]):
            self._loop.call_soon(self._refused, number, self.fault or NOT_YET)

    def record(self, call: int, data: bytes) -> None:
        """Hand a datagram of a handshake to the process; it came on the port of voice."""
        if call in self._of_call:
            self._send(dtls.Record(number=self._of_call[call][0], data=data))

    def leave(self, call: int) -> None:
        """Forget the handshake of a call that is over, or that agrees on other keys."""
        number, _ = self._of_call.pop(call, (0, None))
        if number:
            self._forget(number)
            self._send(dtls.Leave(number=number))

    def _forget(self, number: int) -> tuple[int, int, sip.Handshake] | None:
        self._later.stop(str(number))
        return self._going.pop(number, None)

    def _refused(self, number: int, why: str) -> None:
        if gone := self._forget(number):
            port, call, _ = gone
            self._mark(port, "no keys", call, why, outward=False)
            if there := self._house.ports.get(port):
                there.legs.not_keyed(call, why)

    def _left(self, number: int) -> None:
        """The far end has said goodbye to the handshake; signalling ends the call, or does not."""
        call = next((call for call, (one, _) in self._of_call.items() if one == number), 0)
        log_event("dtls-goodbye", call=call)

    def _mark(self, port: int, what: str, call: int, detail: str, *, outward: bool) -> None:
        self._house.mark(port, Lane.VOICE, what, outward=outward, call=call, detail=detail)

    # the process

    def _start(self) -> None:
        self._began, self._last_words = self._loop.time(), ""
        self._link = self._open(self._report, self._ended)
        try:
            self._link.start()
        except MediaError as error:
            self._gone(str(error))

    def _send(self, command: dtls.Command, *sockets: socket.socket) -> bool:
        if self._link is None:
            return False
        try:
            self._link.send(command, *sockets)
        except MediaError as error:  # it is ending, and that will be told
            log_event("keys-gone", level=logging.WARNING, reason=str(error))
            return False
        return True

    def _report(self, report: dtls.Report) -> None:
        match report:
            case dtls.Ready(fingerprint=fingerprint):
                if self.fault:
                    what = "keys can be agreed on"
                    self._house.mark(0, Lane.HOUSE, "handshakes", outward=False, detail=what)
                self.fingerprint, self.fault = fingerprint, ""
                self._alarms.clear("keys")
            case dtls.Agreed(number=number):
                if gone := self._forget(number):
                    port, call, handshake = gone
                    self._mark(port, "keys agreed", call, report.suite, outward=False)
                    keys = sip.Protection(report.suite, report.sends, report.receives)
                    if there := self._house.ports.get(port):
                        there.legs.keyed(call, handshake, keys)
            case dtls.Refused(number=number, why=why):
                self._refused(number, why)
            case dtls.Left(number=number):
                self._left(number)
            case dtls.Failed(reason=reason):
                self._last_words = reason

    def _ended(self, status: int) -> None:
        self._gone(f"killed by signal {-status}" if status < 0 else f"exit status {status}")

    def _gone(self, why: str) -> None:
        if not self._wanted:
            return
        why = self._last_words or f"the process that agrees on keys ended: {why}"
        log_event("keys-ended", level=logging.ERROR, reason=why)
        self._alarms.set("keys", "major", why)
        self._link, self.fingerprint, self.fault = None, "", why
        for number in tuple(self._going):
            self._refused(number, why)
        young = self._loop.time() - self._began < YOUNG
        self._pause = min(2 * self._pause, LONGEST) if young else PAUSE
        self._later.start("start", self._pause, self._start)
