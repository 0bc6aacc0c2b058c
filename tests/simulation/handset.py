"""A telephone in somebody's hand: what is done to it, and what the hand really did.

The second is the truth that laws are judged by: it knows nothing of the gateway.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from drivers.sim.phone import PhoneEvent
from firmware.tone import Tone
from tests.simulation.copper import Copper
from tests.simulation.voice import Voices

KEY_DOWN, KEY_UP = 0.070, 0.070
"""Seconds of a key pressed by hand, and of the pause behind it."""
FIRM = 0.2
"""Seconds in which a chip that has tripped a bell sees the loop current as well."""


class Nudge:
    """Makes somebody look up who waits, for so long at most; nobody else's business."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._waiting: asyncio.Future[bool] | None = None

    def set(self) -> None:
        self._tell(True)

    async def within(self, seconds: float) -> bool:
        """Whether it comes before they have passed."""
        waiting: asyncio.Future[bool] = self._loop.create_future()
        self._waiting = waiting
        timer = self._loop.call_later(seconds, self._tell, False)
        try:
            return await waiting
        finally:
            timer.cancel()

    def _tell(self, came: bool) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(came)


class Handset:
    """One telephone.

    Args:
        port: where it is plugged in.
        copper: the card.
        voices: what it says and hears.
        audio: keys make sound instead of facts.

    Attributes:
        off: the handset is off the hook, whatever the contact does meanwhile.
        moved: when the hand last did something to the hook or the dial.
        dialled: the keys pressed since it was lifted.
        careful: the person lifted it when it had been down for a while, waits for dial tone,
            and has not touched the hook since; nor has anything happened to the chip.
        firm: since it was lifted it has been off the hook for `FIRM` without a move.
        nudge: set when the bell, the tone or the voice may have changed.
        acted: called after everything that the hand did.
    """

    def __init__(self, port: int, copper: Copper, voices: Voices, *, audio: bool) -> None:
        self.port = port
        self.off = False
        self.moved = float("-inf")
        self.firm = False
        self.dialled = ""
        self.careful = True
        self.nudge = Nudge(voices.loop)
        self.acted: Callable[[str], None] = lambda _: None
        self._copper = copper
        self._voices = voices
        self._audio = audio
        self._loop = voices.loop
        copper.card.phones[port - 1].watch(self._noticed)

    # does

    def lifts(self) -> None:
        careful = self.still(1.0)
        self._moves("lifts")
        self.off, self.dialled, self.careful, self.firm = True, "", careful, False
        self._copper.phone(self.port).lift()

    def hangs_up(self) -> None:
        self.firm = self.firm or (self.off and self.still(FIRM))
        self.off = False
        self._moves("hangs up")
        self._copper.phone(self.port).hang_up()

    async def presses(self, key: str) -> None:
        """Press a key and let it go."""
        self.dialled += key
        self.acted(key)
        if self._audio:
            self._copper.phone(self.port).dial(key)
        else:
            self._voices.presses(self.port, key)
        await asyncio.sleep(KEY_DOWN + KEY_UP)

    async def turns(self, digit: str) -> None:
        """Turn the dial and let it come back."""
        self.dialled += digit
        self._moves(f"turns {digit}")
        seconds = self._copper.phone(self.port).pulse(digit)
        await asyncio.sleep(seconds)
        self.moved = self._loop.time()

    async def flashes(self, seconds: float) -> None:
        self.careful = False
        self._moves("flashes")
        self._copper.phone(self.port).flash(1000 * seconds)
        await asyncio.sleep(seconds)
        self.moved = self._loop.time()

    # notices

    @property
    def rings(self) -> bool:
        return self._copper.card.phones[self.port - 1].bell.ringing(self._loop.time())

    @property
    def hears(self) -> Tone:
        return self._voices.tone(self.port)

    @property
    def joined(self) -> bool:
        """Somebody can be spoken to."""
        return self._voices.joined(self.port)

    def still(self, seconds: float) -> bool:
        """The hand has done nothing to the hook for so long."""
        return self._loop.time() - self.moved >= seconds

    def _moves(self, what: str) -> None:
        self.firm = self.firm or (self.off and self.still(FIRM))
        self.moved = self._loop.time()
        self.acted(what)

    def _noticed(self, event: PhoneEvent) -> None:
        if event.event == "bell":
            self.nudge.set()
