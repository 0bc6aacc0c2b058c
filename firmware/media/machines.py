"""Whether fax machines or modems are at the ends of a call, told by their tones."""

from __future__ import annotations

from collections.abc import Callable

from firmware.media.fax_messages import ToneHeard
from firmware.media.messages import Report
from firmware.media.modem_tones import Tone, ToneListener


class Machines:
    """Listens to both directions of one call.

    A calling fax is looked for at our telephone only: whoever calls a person and beeps shall not
    be taken for more than that.

    Args:
        law: of the periods.
        port: for reports.
        call: for reports.
        report: where they go.

    Raises:
        MediaError: libspandsp is not there.
    """

    def __init__(self, law: str, port: int, call: int, report: Callable[[Report], None]) -> None:
        self._port, self._call = port, call
        self._report = report
        self._line = ToneListener(law, calling=True)
        self._far = ToneListener(law, calling=False)

    def feed(self, said: bytes, heard: bytes) -> None:
        """A period of each direction."""
        if tone := self._line.feed(said):
            self._tell(tone, "line")
        if tone := self._far.feed(heard):
            self._tell(tone, "rtp")

    def _tell(self, tone: Tone, side: str) -> None:
        self._report(ToneHeard(port=self._port, call=self._call, tone=tone, side=side))
