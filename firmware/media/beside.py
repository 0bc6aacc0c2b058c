"""Media in the caller's own process, for worlds with a clock of their own.

The engine is the same as in the media process; who owns the highway calls `tick`. Reports
are told at once, within the call that caused them.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from firmware.errors import MediaError
from firmware.media import fax_library
from firmware.media.engine import Engine
from firmware.media.messages import Command, Ready, Report, Start, Stop
from firmware.media.reports import CallSocket


class MediaBeside:
    """Stands in for `MediaLink`.

    A call's socket is not copied on the way, so it is closed for both when the call ends:
    whoever opened it may close it again, but not before.

    Args:
        on_report: called for each report.
        entropy: where SSRCs and first sequence numbers come from.
        wall_clock: seconds since 1970, for RTCP; None: counted from the first period.
    """

    def __init__(
        self,
        on_report: Callable[[Report], None],
        entropy: Callable[[int], bytes],
        wall_clock: Callable[[], float] | None = None,
    ) -> None:
        self._on_report = on_report
        self._entropy = entropy
        self._wall_clock = wall_clock
        self._engine: Engine | None = None

    def start(self, start: Start) -> None:
        """Begin; `Ready` comes with the first tick.

        Raises:
            MediaError: it runs already.
        """
        if self._engine is not None:
            raise MediaError("media runs already")
        self._engine = Engine(start, self._entropy, self._wall_clock)

    def send(self, command: Command, *sockets: CallSocket) -> None:
        """Obey a command.

        Raises:
            MediaError: it was not started, or was closed.
        """
        if self._engine is None:
            raise MediaError(f"{type(command).__name__}: media does not run")
        self._engine.command(command, sockets)
        self._tell(self._engine)

    def tick(self, captured: bytes) -> bytes:
        """A period of the highway: what was captured comes in, what is played goes out."""
        engine = self._engine
        if engine is None:
            raise MediaError("media does not run")
        played = engine.tick(captured)
        if engine.ticks == 1:
            self._on_report(Ready(pid=os.getpid(), realtime=False, machines=fax_library.present()))
        self._tell(engine)
        return played

    def close(self) -> None:
        """End; nothing is reported after this."""
        if self._engine is not None:
            self._engine.command(Stop())
            self._engine = None

    def _tell(self, engine: Engine) -> None:
        for report in engine.reports():
            self._on_report(report)
