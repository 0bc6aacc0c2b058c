"""Keep the helper process for G.722 and Opus running while a call needs it.

A helper that dies is started again, and the calls go on after a moment of silence. A helper that
keeps dying, or cannot be started, is given up: its codecs are not offered any more, and calls that
speak them are offered anew with others.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from firmware.codecs import CODECS, Home
from firmware.errors import MediaError
from firmware.log import event as log_event
from firmware.seams import HelperProcess, Later, Seams

KEPT = 60.0
"""Seconds for which the helper is kept after the last call, ready for the next one."""
DEATHS = 3
"""The helper is given up when it has died so many times within `WINDOW` seconds."""
WINDOW = 60.0
WORKED = tuple(codec.name for codec in CODECS.values() if codec.home is Home.HELPER)
"""The codecs that the helper works."""


class Owner(Protocol):
    """Joins the helper with the media process, and hears of its end."""

    def hire(self, bench: socket.socket | None) -> None:
        """Give the media process this end of a socket pair to the helper; None: there is none."""

    def codecs_lost(self, codecs: tuple[str, ...], why: str) -> None:
        """These codecs cannot be spoken any more."""


class CodecHelper:
    """Keeps one helper while it is needed.

    Args:
        seams: how it is started.
        law: tells that of the highway.
        owner: hears of it.
    """

    def __init__(self, seams: Seams, law: Callable[[], str], owner: Owner) -> None:
        self._seams = seams
        self._law = law
        self._owner = owner
        self._loop = asyncio.get_running_loop()
        self._later = Later(self._loop.call_later)
        self._ports: set[int] = set()
        """Ports whose calls need the helper."""
        self._link: HelperProcess | None = None
        self._deaths: list[float] = []
        self.given_up = False

    def warm(self) -> None:
        """Start the helper, which takes a moment: a call may need it soon."""
        self._begin()
        self._mind_idleness()

    def opened(self, port: int, codec: str) -> None:
        """Note that a port speaks this codec from now on."""
        if codec in WORKED:
            self._ports.add(port)
            self._later.stop("idle")
            self._begin()
        else:
            self.closed(port)

    def closed(self, port: int) -> None:
        """Note that the call of a port is over."""
        if port in self._ports:
            self._ports.discard(port)
            self._mind_idleness()

    def forget(self) -> None:
        """Let the helper go: the media process, which had its other end, has ended."""
        self._later.stop_all()
        self._ports.clear()
        self._let_go()

    def _mind_idleness(self) -> None:
        if not self._ports and self._link is not None:
            self._later.start("idle", KEPT, self._dismiss)

    def _dismiss(self) -> None:
        self._owner.hire(None)
        self._let_go()

    def _let_go(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()

    def _begin(self) -> None:
        if self._link is not None or self.given_up:
            return
        make = self._seams.open_helper
        if make is None:
            self._give_up("there is no codec helper")
            return
        self._link = make(self._law(), self._seams.realtime, self._ready, self._ended)
        try:
            self._link.start()
        except MediaError as error:
            self._link = None
            self._give_up(str(error))

    def _ready(self, bench: socket.socket) -> None:
        with bench:
            self._owner.hire(bench)

    def _ended(self, status: int) -> None:
        how = f"killed by signal {-status}" if status < 0 else f"exit status {status}"
        log_event("codec-helper-ended", level=logging.ERROR, reason=how)
        self._link = None
        now = self._loop.time()
        self._deaths = [at for at in self._deaths if now - at < WINDOW] + [now]
        if len(self._deaths) >= DEATHS:
            self._give_up(f"the codec helper ended {DEATHS} times in a minute: {how}")
        elif self._ports:
            self._begin()

    def _give_up(self, why: str) -> None:
        self.given_up = True
        self._owner.codecs_lost(WORKED, why)
