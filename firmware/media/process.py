"""The loop of the media process: read a period, tick, write a period, then messages.

The blocking read of the highway is the only pacer; there is no timer. Messages are looked
at once a period, without waiting. The process ends with `Stop`, with its highway, or with
its parent (the other end of the socket pair is closed).
"""

from __future__ import annotations

import ctypes
import gc
import os
import select
import socket
import time
from collections.abc import Callable

import msgspec

from drivers.errors import DriverError
from drivers.highway import Highway, HighwaySettings
from firmware import child
from firmware.errors import MediaError
from firmware.media import echo_filter, fax_library
from firmware.media.engine import Engine
from firmware.media.messages import (
    Failed,
    Heartbeat,
    Ready,
    Report,
    Start,
    decode_command,
    encode,
)
from firmware.media.reports import STAMPS

PRIORITY = 50
"""SCHED_FIFO priority: above all of the gateway, below interrupt threads of the kernel (99)."""
SETTLED_TICKS = 2
"""Periods after which the clock surely runs: the first begins, the second goes on."""
HEARTBEAT_TICKS = 50
LATE_S = 0.010
"""A period that begins this much later than 20 ms after the last is a late one."""
_PERIOD_S = 0.020
_AT_ONCE = 64
_BACKLOG = 1000
_MCL_CURRENT_FUTURE_ONFAULT = 1 | 2 | 4
_EXPEDITED = 0xB8
"""TOS octet of DSCP EF (46, RFC 3246)."""

Control = socket.socket
OpenHighway = Callable[[HighwaySettings], Highway]


class Parent:
    """The socket pair to the signalling process."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._letters = select.poll()
        self._letters.register(control, select.POLLIN)
        self._unsent: list[bytes] = []
        self.gone = False
        """Signalling has closed its end."""

    def first(self) -> Start:
        """Wait for the first message.

        Raises:
            MediaError: it is not `Start`, or the parent went away.
        """
        data = self._control.recv(child.LARGEST)
        self._control.setblocking(False)
        try:
            message = decode_command(data)
        except msgspec.DecodeError as error:
            raise MediaError(f"the first message cannot be read: {error}") from error
        if not isinstance(message, Start):
            raise MediaError(f"the first message is {type(message).__name__}, not Start")
        return message

    def obey(self, engine: Engine) -> None:
        """Give the engine the commands that have come."""
        if not self._letters.poll(0):  # nearly always; to ask costs less than to be refused
            return
        for _ in range(_AT_ONCE):
            try:
                data, descriptors = child.receive(self._control)
            except BlockingIOError:
                return
            if not data:
                self.gone = True
                return
            sockets = [call_socket(number) for number in descriptors]
            for rtcp in sockets[1:]:
                rtcp.setsockopt(socket.SOL_SOCKET, STAMPS, 1)
            try:
                message = decode_command(data)
            except msgspec.DecodeError as error:
                for unused in sockets:
                    unused.close()
                self.tell([Failed(reason=f"a command that is none: {error}")])
                continue
            engine.command(message, sockets)

    @property
    def waits(self) -> bool:
        """There are reports that the parent had no room for."""
        return bool(self._unsent)

    def tell(self, reports: list[Report]) -> None:
        """Send reports; what the parent has no room for waits, and the oldest is lost first."""
        self._unsent.extend(map(encode, reports))
        while self._unsent:
            try:
                self._control.send(self._unsent[0])
            except BlockingIOError:
                del self._unsent[:-_BACKLOG]
                return
            except OSError:
                self.gone = True
                return
            del self._unsent[0]


def call_socket(descriptor: int) -> socket.socket:
    """A received descriptor as a socket that never waits and whose packets go first."""
    rtp = socket.socket(fileno=descriptor)
    rtp.setblocking(False)
    if rtp.family == socket.AF_UNIX:  # to the helper
        return rtp
    ipv6 = rtp.family == socket.AF_INET6
    level, option = (
        (socket.IPPROTO_IPV6, socket.IPV6_TCLASS) if ipv6 else (socket.IPPROTO_IP, socket.IP_TOS)
    )
    rtp.setsockopt(level, option, _EXPEDITED)
    return rtp


def become_realtime() -> tuple[bool, bool]:
    """Ask for SCHED_FIFO and locked memory; whether each was granted.

    Without it voice still works, with worse deadlines under load. Memory is locked page by
    page as it is touched (MCL_ONFAULT), or the reserves of libraries would be locked too.
    """
    locked = ctypes.CDLL(None).mlockall(_MCL_CURRENT_FUTURE_ONFAULT) == 0
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    except PermissionError:
        return False, locked
    return True, locked


def run(
    control: Control,
    open_highway: OpenHighway,
    *,
    clock: Callable[[], float] = time.monotonic,
    entropy: Callable[[int], bytes] = os.urandom,
    wall_clock: Callable[[], float] = time.time,
    steady: Callable[[], float] = time.monotonic,
) -> int:
    """Run the loop until told to stop; returns the exit status."""
    parent = Parent(control)
    try:
        start = parent.first()
        engine = Engine(start, entropy, wall_clock, steady)
        highway = open_highway(start.highway)
    except (MediaError, DriverError) as error:
        parent.tell([Failed(reason=str(error), fatal=True)])
        return 1
    realtime, locked = become_realtime() if start.realtime else (False, False)
    ready = Ready(
        pid=os.getpid(),
        realtime=realtime,
        locked=locked,
        machines=fax_library.present(),
        echo=not start.cancel_echo or echo_filter.available(),
    )
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # what the imports needed goes back
    gc.freeze()
    gc.disable()  # nothing here makes reference cycles; see the test that counts them
    try:
        _turn(parent, engine, highway, clock, ready)
    except DriverError as error:
        parent.tell([*engine.reports(), Failed(reason=str(error), fatal=True)])
        return 1
    finally:
        highway.close()
        gc.unfreeze()
        gc.enable()
    parent.tell(engine.reports())
    return 0


def _turn(
    parent: Parent, engine: Engine, highway: Highway, clock: Callable[[], float], ready: Ready
) -> None:
    """The loop: read a period, tick, write a period, take commands, send reports."""
    late, before = 0, clock()
    while not (engine.stopped or parent.gone):
        captured = highway.read()
        now = clock()
        if now - before > _PERIOD_S + LATE_S:
            late += 1
        before = now
        highway.write(engine.tick(captured))
        parent.obey(engine)
        reports = engine.reports()
        ticks = engine.ticks
        if ticks == SETTLED_TICKS:
            reports.append(ready)
        if ticks % HEARTBEAT_TICKS == 0:
            reports.append(Heartbeat(ticks=ticks, xruns=highway.xruns, late_ticks=late))
            reports += [Failed(reason=said) for said in echo_filter.told()]
        if reports or parent.waits:
            parent.tell(reports)


def main(arguments: list[str]) -> int:
    """Run the process: ``--fd N`` is the socket pair's descriptor."""
    from drivers.highway_open import open_highway  # tests run the loop without it

    return child.run(
        arguments,
        "firmware.media",
        lambda words, control: None if words else run(control, open_highway),
    )
