"""Somebody who lives beside a telephone, and uses it as people do: well, badly, at any moment."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

from firmware.tone import Tone
from tests.simulation.handset import Handset

UNPLEASANT = {Tone.BUSY, Tone.CONGESTION, Tone.UNOBTAINABLE, Tone.HOWLER}
DEEDS = {
    "calls": 60, "calls by dial": 10, "dials too little": 6, "dials nonsense": 5,
    "only lifts": 6, "plays with the hook": 6, "leaves it off": 3, "calls at once": 4,
}  # fmt: skip
LONG_OFF = 60.0, 400.0


class Person:
    """One of them.

    Args:
        handset: in the hand.
        chance: of this person alone.
        numbers: worth calling.
        pace: mean seconds between two deeds.
    """

    def __init__(
        self, handset: Handset, chance: random.Random, numbers: Sequence[str], pace: float
    ) -> None:
        self.at_home = True
        """Goes on living; else everything is put down, for good."""
        self._handset = handset
        self._chance = chance
        self._numbers = numbers
        self._pace = pace
        self._loop = asyncio.get_running_loop()

    async def lives(self) -> None:
        """Until sent home; the handset is down then."""
        while self.at_home:
            await self._until(
                lambda: self._handset.rings, self._chance.expovariate(1 / self._pace)
            )
            if not self.at_home:
                break
            if self._handset.rings:
                await self._hears_the_bell()
            else:
                await self._does()
            await self._puts_down()

    def sent_home(self) -> None:
        self.at_home = False
        self._handset.nudge.set()

    # deeds

    async def _hears_the_bell(self) -> None:
        chance = self._chance
        if chance.random() < 0.2:  # not now
            await self._until(lambda: not self._handset.rings, 90.0)
            return
        await self._until(lambda: not self._handset.rings, chance.uniform(0.05, 30.0))
        if self.at_home and (self._handset.rings or chance.random() < 0.5):
            self._handset.lifts()
            await self._talks()

    async def _does(self) -> None:
        (deed,) = self._chance.choices(list(DEEDS), list(DEEDS.values()))
        if deed == "plays with the hook":
            await self._plays()
            return
        self._handset.lifts()
        if deed == "leaves it off":
            await self._until(lambda: False, self._chance.uniform(*LONG_OFF))
        elif deed == "only lifts":
            await self._until(lambda: False, self._chance.uniform(0.01, 20.0))
        else:
            await self._dials(deed)

    async def _dials(self, deed: str) -> None:
        chance, handset = self._chance, self._handset
        if deed == "calls at once":
            handset.careful = False
            await self._until(lambda: False, chance.uniform(0.0, 0.2))
        else:
            if not await self._until(lambda: handset.hears is not Tone.SILENCE, 3.0):
                handset.careful = False  # dials although there is no dial tone
            await self._until(lambda: False, chance.uniform(0.3, 4.0))
        number = chance.choice(self._numbers)
        if deed == "dials nonsense":
            number = "".join(chance.choice("0123456789*#") for _ in range(chance.randint(1, 12)))
        elif deed == "dials too little":
            number = number[: chance.randint(1, len(number))]
        pause = chance.choice((0.0, 0.1, 0.5))
        for digit in number:
            if not self.at_home or handset.hears in UNPLEASANT:
                break
            if deed == "calls by dial" and digit.isdecimal():
                await handset.turns(digit)
            else:
                await handset.presses(digit)
            await self._until(lambda: False, pause + chance.expovariate(10.0))
        await self._talks()

    async def _talks(self) -> None:
        """Stay for a while; who hears an unpleasant tone puts the handset down sooner or later."""
        chance, handset = self._chance, self._handset
        ends = self._loop.time() + chance.choice((0.3, 2.0, 20.0, 60.0, 200.0)) * chance.random()
        while self.at_home and self._loop.time() < ends:
            left = ends - self._loop.time()
            unpleasant = await self._until(
                lambda: handset.hears in UNPLEASANT, min(left, chance.expovariate(1 / 20.0))
            )
            if unpleasant:
                await self._until(lambda: False, chance.choice((0.5, 3.0, 3.0, 150.0)))
                return
            if handset.joined and self.at_home:
                await self._does_in_call()

    async def _does_in_call(self) -> None:
        whim = self._chance.random()
        if whim < 0.4:
            await self._handset.presses(self._chance.choice("0123456789*#"))
        elif whim < 0.6:
            await self._handset.flashes(self._chance.uniform(0.02, 0.9))

    async def _plays(self) -> None:
        """Lift and put down, quickly and often."""
        for _ in range(self._chance.randint(1, 6)):
            self._handset.lifts()
            await asyncio.sleep(
                self._chance.choice((0.005, 0.05, 0.3, 1.0)) * self._chance.random()
            )
            self._handset.hangs_up()
            await asyncio.sleep(self._chance.choice((0.05, 0.5, 1.5)) * self._chance.random())

    async def _puts_down(self) -> None:
        if self._handset.off:
            self._handset.hangs_up()
            await asyncio.sleep(self._chance.choice((0.1, 0.8, 3.0)) * self._chance.random())

    async def _until(self, what: Callable[[], bool], seconds: float) -> bool:
        """Wait for something to notice, for so long at most; whether it came."""
        ends = self._loop.time() + seconds
        nudge = self._handset.nudge
        while self.at_home and not what():
            left = ends - self._loop.time()
            if left <= 0:
                return False
            if not await nudge.within(left):
                return what()
        return self.at_home
