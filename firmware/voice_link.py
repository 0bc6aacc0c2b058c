"""Keep the media process running: start it, tell it, and start it again when it dies."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable
from typing import Protocol

from firmware.codec_helper import CodecHelper
from firmware.errors import MediaError
from firmware.log import event as log_event
from firmware.media import messages as media
from firmware.seams import Later, Media, Seams
from firmware.trace.records import Alarms

TROUBLE = 5.0
"""A media process that dies within so many seconds of its start is not started again at once."""
PAUSE = 2.0
"""Seconds after which it is started again then."""


class Listener(Protocol):
    """Hears of the media process."""

    def media_ready(self) -> None:
        """A media process runs, perhaps a new one: tell it how things stand."""

    def media_lost(self) -> None:
        """The media process has ended, and with it the clock of the card."""

    def from_media(self, report: media.Report) -> None: ...

    def codecs_lost(self, codecs: tuple[str, ...]) -> None:
        """These codecs cannot be spoken any more."""


class VoiceLink:
    """Keeps one media process alive.

    Args:
        seams: how it is started.
        start: makes its first message.
        listener: who hears of it.
        alarms: where its faults are shown.
    """

    def __init__(
        self, seams: Seams, start: Callable[[], media.Start], listener: Listener, alarms: Alarms
    ) -> None:
        self._seams = seams
        self._first = start
        self._listener = listener
        self._alarms = alarms
        self._loop = asyncio.get_running_loop()
        self._later = Later(self._loop.call_later)
        self._media: Media | None = None
        self._began = 0.0
        self.heard: float | None = None
        """When the running process was heard last, or started; None: no process runs."""
        self._last_words = ""
        self._warned = False
        """The operator was warned that voice may be late."""
        self._closing = False
        self.ready: media.Ready | None = None
        """What the running process said when its highway ran; None: it does not run yet."""
        self.heartbeat: media.Heartbeat | None = None
        self.up = asyncio.Event()
        """Set once voice has worked for the first time."""
        self._helper = CodecHelper(seams, lambda: start().highway.law, self)

    def start(self) -> None:
        """Start the process; a failure becomes an alarm, and is tried again."""
        self.heard = self._began = self._loop.time()
        self._last_words = ""
        self._media = self._seams.open_media(self._report, self._ended)
        try:
            self._media.start(self._first())
        except MediaError as error:
            self._gone(str(error))

    def send(self, command: media.Command, *sockets: socket.socket) -> None:
        """Send a command. Without a process it is dropped: the next one is told everything."""
        if self._media is None or self.ready is None:
            return
        if isinstance(command, media.Open):
            self._helper.opened(command.port, command.codec)
        elif isinstance(command, media.Close):
            self._helper.closed(command.port)
        try:
            self._media.send(command, *sockets)
        except MediaError as error:  # it is ending, and another will follow
            log_event("media-gone", level=logging.WARNING, reason=str(error))

    def warm(self) -> None:
        """Prepare for a codec of the helper, which a call may need soon."""
        if self.ready is not None:
            self._helper.warm()

    def hire(self, bench: socket.socket | None) -> None:
        self.send(media.Hire(), *(() if bench is None else (bench,)))

    def codecs_lost(self, codecs: tuple[str, ...], why: str) -> None:
        what = f"{' and '.join(codecs)} are not spoken any more: {why}"
        self._alarms.set("codecs", "major", what)
        self._listener.codecs_lost(codecs)

    async def close(self) -> None:
        self._closing = True
        self._helper.forget()
        self._later.stop_all()
        if self._media:
            await self._media.closed()

    def _report(self, report: media.Report) -> None:
        self.heard = self._loop.time()
        match report:
            case media.Ready():
                self.ready = report
                self._alarms.clear("media")
                self._warn_of_haste(report)
                if not report.machines:
                    lack = "no fax: install libspandsp2 (Debian 13: libspandsp2t64)"
                    self._alarms.set("media", "minor", lack)
                elif not report.echo:
                    lack = "echo is not cancelled: install libspeexdsp1"
                    self._alarms.set("media", "minor", lack)
                self.up.set()
                self._listener.media_ready()
            case media.Heartbeat():
                self.heartbeat = report
            case media.Failed(reason=reason, fatal=fatal):
                log_event("media-failed", level=logging.ERROR, reason=reason)
                if fatal:  # else it works on, and one thing was not done
                    self._last_words = reason
            case _:
                self._listener.from_media(report)

    def _warn_of_haste(self, ready: media.Ready) -> None:
        """Warn once of what the system refuses: voice works, but stutters under load."""
        lacks = [
            what
            for granted, what in (
                (ready.realtime, "SCHED_FIFO (LimitRTPRIO=)"),
                (ready.locked, "locked memory (LimitMEMLOCK=)"),
            )
            if not granted
        ]
        if lacks and self._seams.realtime and not self._warned:
            self._warned = True
            log_event("media-not-realtime", level=logging.WARNING, lacks=" and ".join(lacks))

    def _ended(self, status: int) -> None:
        self._gone(f"killed by signal {-status}" if status < 0 else f"exit status {status}")

    def _gone(self, why: str) -> None:
        if self._closing:
            return
        log_event("media-ended", level=logging.ERROR, reason=why)
        why = f"the media process ended: {why}"
        self._alarms.set("media", "critical", self._last_words or why)
        self.ready = self.heartbeat = self.heard = None
        self._helper.forget()
        young = self._loop.time() - self._began < TROUBLE
        self._later.start("start", PAUSE if young else 0.0, self.start)
        self._listener.media_lost()
