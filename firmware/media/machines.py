"""Whether fax machines or modems are at the ends of a call, told by their tones.

To listen for those costs more than all else that is done with a period, and needs a library. So
nobody does until something has sounded steadily for a moment; then what was heard meanwhile is
listened to, and what follows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from firmware.errors import MediaError
from firmware.media.fax_library import LIBRARY
from firmware.media.fax_messages import ToneHeard
from firmware.media.messages import Failed, Report
from firmware.media.modem_tones import ToneListener
from firmware.media.steady import Steady

EVERY = 4
"""Periods between two looks at the level: 80 ms."""
KEPT = 4 * EVERY
"""Periods that are remembered: what began just after a look is still there at the last."""
_ECHO = 4
"""Times that what comes back from the line is softer than what went there, at the least: 12 dB."""
LISTENING = 3 * EVERY
"""Periods for which is listened from the last steady moment on."""

Pair = tuple[bytes, bytes]
"""What the telephone said in a period, and what it heard."""


class _Direction:
    """Of a call: from the telephone, or to it.

    Args:
        law: of the periods.
        side: what it is called in reports.
        library: that recognises tones.
    """

    def __init__(self, law: str, side: str, library: str) -> None:
        self._law = law
        self._library = library
        self._place = int(side != "line")
        self.side = side
        self._steady = Steady(law)
        self._listener: ToneListener | None = None
        self.left = 0
        """Periods for which is still listened."""

    @property
    def level(self) -> int:
        """When it was looked at last: root mean square of the samples."""
        return self._steady.level

    def look(self, pair: Pair, louder: int = 0) -> bool:
        """Whether one listens from now on, and did not before; `louder`: what may echo here."""
        if not self._steady.look(pair[self._place]) or self.level * _ECHO < louder:
            return False
        before, self.left = self.left, LISTENING
        return not before

    def listen(self, *pairs: Pair) -> str | None:
        """The tone that is recognised.

        Raises:
            MediaError: the library cannot be loaded.

        A calling fax is looked for at our telephone only: whoever calls a person and beeps shall
        not be taken for more than that.
        """
        if self._listener is None:
            self._listener = ToneListener(
                self._law, calling=self.side == "line", library=self._library
            )
        return self._listener.feed(b"".join([pair[self._place] for pair in pairs]))


class Machines:
    """Listens to both directions of one call.

    Args:
        law: of the periods.
        port: for reports.
        call: for reports.
        report: where they go; also, once, that there is no library when it is needed.
        library: that recognises tones; it is loaded when something sounds like one.
    """

    def __init__(
        self,
        law: str,
        port: int,
        call: int,
        report: Callable[[Report], None],
        library: str = LIBRARY,
    ) -> None:
        self._port, self._call = port, call
        self._report = report
        self._directions = (_Direction(law, "rtp", library), _Direction(law, "line", library))
        """The far end first: the line may echo it."""
        self._kept: deque[Pair] = deque(maxlen=KEPT)
        self._until_look = EVERY
        self._listening = self._deaf = False

    def feed(self, said: bytes, heard: bytes) -> None:
        """A period of both."""
        if self._deaf:
            return
        try:
            self._feed((said, heard))
        except MediaError as error:
            self._deaf = True
            reason = f"port {self._port}: fax machines and modems are not recognised: {error}"
            self._report(Failed(reason=reason))

    def _feed(self, pair: Pair) -> None:
        self._kept.append(pair)
        self._until_look -= 1
        if self._until_look and not self._listening:
            return
        looks = not self._until_look
        if looks:
            self._until_look = EVERY
        for direction in self._directions:
            if looks and direction.look(pair, self._louder(direction)):
                self._tell(direction, direction.listen(*self._kept))
            elif direction.left:
                direction.left -= 1
                self._tell(direction, direction.listen(pair))
        self._listening = any(direction.left for direction in self._directions)

    def _louder(self, direction: _Direction) -> int:
        """What the line may echo: it lets some of what comes to it through to the other way."""
        return self._directions[0].level if direction.side == "line" else 0

    def _tell(self, direction: _Direction, tone: str | None) -> None:
        if tone:
            side = direction.side
            told = ToneHeard(port=self._port, call=self._call, tone=tone, side=side)
            self._report(told)
