"""Processes that live worlds: as many at a time as wanted, for days.

Each is replaced after some hundred worlds, so that memory stays where it is, and when it dies or
is stuck: then that is what came of its world. Ctrl-C reaches the one that gives out work alone.
"""

from __future__ import annotations

import signal
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

from tests.simulation.plan import Plan
from tests.simulation.soak import Result, live

TIRED = 300
"""Worlds after which a process is replaced."""
STUCK = 1800.0
"""Seconds of the wall clock after which a world is given up: a broken one is lived forty times."""
STARTS = 60.0
"""Seconds that a process may take to get ready."""
LOOKS = 0.5
"""Seconds between two looks at who is stuck."""


@dataclass(slots=True)
class _Hand:
    """One process."""

    process: SpawnProcess
    pipe: Connection
    lived: int = 0
    plan: Plan | None = None
    since: float = 0.0


class Crew:
    """All processes.

    Args:
        jobs: how many.
        lives: what each does with a plan; has to be found by its name in a new process.
        tired, stuck: as above.
    """

    def __init__(
        self,
        jobs: int,
        lives: Callable[[Plan], Result] = live,
        *,
        tired: int = TIRED,
        stuck: float = STUCK,
    ) -> None:
        self.dismissed = False
        """No world is begun any more; those that are lived come to their end."""
        self._jobs = jobs
        self._lives = lives
        self._tired = tired
        self._stuck = stuck
        self._context = get_context("spawn")
        self._hands: list[_Hand] = []

    def results(self, plans: Iterable[Plan]) -> Iterator[Result | None]:
        """What comes of them, in the order in which they are ready.

        Yields:
            None from time to time while there is nothing new.
        """
        left = iter(plans)
        try:
            while True:
                self._give_out(left)
                busy = {hand.pipe: hand for hand in self._hands if hand.plan is not None}
                if not busy:
                    return
                ready = wait(list(busy), LOOKS)
                for pipe, hand in busy.items():
                    late = time.monotonic() - hand.since > self._stuck
                    if pipe in ready or late:
                        yield self._taken(hand)
                if not ready:
                    yield None
        finally:
            for hand in tuple(self._hands):
                self._leaves(hand)

    def _give_out(self, left: Iterator[Plan]) -> None:
        for hand in [hand for hand in self._hands if hand.plan is None]:
            if hand.lived >= self._tired:
                self._leaves(hand)
        while not self.dismissed:
            idle = next((hand for hand in self._hands if hand.plan is None), None)
            if idle is None and len(self._hands) >= self._jobs:
                return
            plan = next(left, None)
            if plan is None:
                return
            idle = idle or self._hired()
            idle.plan, idle.since = plan, time.monotonic()
            with suppress(BrokenPipeError):  # it has died: that will be what came of the world
                idle.pipe.send(plan)

    def _hired(self) -> _Hand:
        ours, theirs = self._context.Pipe()
        process = self._context.Process(target=works, args=(theirs, self._lives), daemon=True)
        process.start()
        theirs.close()
        hand = _Hand(process, ours)
        with suppress(EOFError):
            if ours.poll(STARTS):
                ours.recv()
        self._hands.append(hand)
        return hand

    def _taken(self, hand: _Hand) -> Result:
        """What came of its world; a process that has died, or is stuck, leaves."""
        plan, hand.plan = hand.plan, None
        assert plan is not None
        hand.lived += 1
        if not hand.pipe.poll():
            self._leaves(hand)
            return _lost(plan, f"not over after {self._stuck:g} s of the wall clock")
        try:
            result: Result = hand.pipe.recv()
        except (EOFError, ConnectionResetError):
            self._leaves(hand)
            return _lost(plan, f"the process ended with {hand.process.exitcode}")
        return result

    def _leaves(self, hand: _Hand) -> None:
        self._hands.remove(hand)
        if hand.plan is not None or hand.process.is_alive():
            hand.process.terminate()
        hand.process.join()
        hand.pipe.close()


def works(pipe: Connection, lives: Callable[[Plan], Result]) -> None:
    """What a process does until nobody talks to it any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.filterwarnings("ignore", "'audioop' is deprecated", DeprecationWarning)
    pipe.send(None)  # from now on it is quick
    while True:
        try:
            plan = pipe.recv()
        except EOFError:
            return
        pipe.send(lives(plan))


def _lost(plan: Plan, why: str) -> Result:
    kinds = [fault.kind for fault in plan.faults]
    again = f"again: python -m tests.simulation {plan.arguments}"
    return Result(plan.seed, kinds=kinds, law="process", failure=f"{why}\n{plan}\n{again}")
