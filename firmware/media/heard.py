"""Whether the far end of a call is heard: told when it begins, and when it has stopped."""

from __future__ import annotations

from collections.abc import Callable

from firmware.media.messages import Report, VoiceLost, VoiceStarted

SILENCES_S = (2, 10, 30, 60)
"""When the peer's silence is told, and each minute after."""
_TICKS = 50
"""In a second."""
_SILENT = SILENCES_S[0] * _TICKS


class Heard:
    """Of one call; time is counted in periods.

    Args:
        port: for reports.
        call: for reports.
        report: where they go.
    """

    __slots__ = ("_call", "_once", "_port", "_report", "at")

    def __init__(self, port: int, call: int, report: Callable[[Report], None]) -> None:
        self._port, self._call = port, call
        self._report = report
        self.at = 0
        """When a packet came last."""
        self._once = False

    def silent(self, now: int) -> bool:
        """For so long that it is told of."""
        return now - self.at >= _SILENT

    def came(self, now: int, peer: tuple[str, int] | None) -> None:
        """A packet came from there: the first, or one after a silence, is told."""
        if not self._once or now - self.at > _SILENT:
            self._once = True
            host, rtp_port = peer or ("", 0)
            self._report(
                VoiceStarted(port=self._port, call=self._call, host=host, rtp_port=rtp_port)
            )
        self.at = now

    def second(self, now: int) -> None:
        """A second has passed in which something should have been heard."""
        silent_s = (now - self.at) // _TICKS
        if self._once and (silent_s in SILENCES_S or (silent_s and silent_s % 60 == 0)):
            self._report(VoiceLost(port=self._port, call=self._call, silent_s=float(silent_s)))
