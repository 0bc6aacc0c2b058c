"""Of what happens, that which belongs to some calls: a picture chosen while it is being drawn.

Which call the off-hook and the digits belong to is known later than they are: so what belongs to
no call yet is held back, and shown before the first message of a call that is wanted. Then the
picture has what `firmware.trace.marks.around` gives of calls that are over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from firmware.trace.marks import Lane, Mark

HELD = 512
"""Marks that wait for their call; older ones go."""


class Choice:
    """Fed with every mark as it is made, says which to show now, in order.

    Args:
        wanted: whether a call is one of those asked for; None: nobody knows it yet.
        going: whether a call goes on: another one meanwhile, on its port, is in its picture.
        port: of these calls, those of one port; None: of all.
    """

    def __init__(
        self,
        wanted: Callable[[int], bool | None],
        going: Callable[[int], bool],
        port: int | None = None,
    ) -> None:
        self._wanted = wanted
        self._going = going
        self._port = port
        self._known: dict[int, bool] = {}
        self._shown: dict[int, int] = {}
        """The call that is shown, by its port."""
        self._held: deque[Mark] = deque(maxlen=HELD)

    def feed(self, mark: Mark) -> list[Mark]:
        """Take what has happened; return what is to be shown."""
        port = mark.port
        if mark.lane is Lane.HEARTBEAT or (self._port is not None and port not in {0, self._port}):
            return []
        if mark.call and port:
            wanted = self._asked(mark.call)
            if wanted:
                self._shown[port] = mark.call
                return [*self._led_to(port), mark]
            if wanted is False and not self._beside(port):
                self._forget(port)
                return []
        if port in self._shown or (port == 0 and self._shown):
            return [mark]
        self._held.append(mark)
        return []

    def _asked(self, call: int) -> bool | None:
        if call not in self._known and (wanted := self._wanted(call)) is not None:
            self._known[call] = wanted
        return self._known.get(call)

    def _beside(self, port: int) -> bool:
        """Whether a call that is shown goes on there: one of the two is held, or waits."""
        return port in self._shown and self._going(self._shown[port])

    def _led_to(self, port: int) -> list[Mark]:
        """What was held back of that port and the house, since the call before."""
        mine = [mark for mark in self._held if mark.port in {0, port}]
        while mine and mine[0].port == 0:
            del mine[0]  # the house has its own life before the telephone is touched
        self._drop(mine)
        return mine

    def _forget(self, port: int) -> None:
        """Another call begins, or is over: what was there is its."""
        self._shown.pop(port, None)
        self._drop([mark for mark in self._held if mark.port == port])

    def _drop(self, marks: list[Mark]) -> None:
        gone = {id(mark) for mark in marks}
        kept = [mark for mark in self._held if id(mark) not in gone]
        self._held.clear()
        self._held.extend(kept)
