"""`tipring bringup`: a card is walked through its acceptance, step by step, without a gateway.

The order and the limits are those of hardware/bring-up.md. What a register or the person at the
telephone can say is checked; what needs an instrument is listed at the end as not measured.
Time, the card and the hands of the person are given, so that a simulated card is walked through
in virtual time by the tests.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from drivers.board import Card
from drivers.errors import DriverError
from drivers.highway import PERIOD, RATE, Highway
from drivers.slic import HookChanged, Linefeed, LineSettings, Slic, SlicEvent, Steps

PERIODS = 50
PERIOD_S = PERIOD / RATE
PACE = 0.05
"""How far the pace of the periods may be off; more means another clock."""
ON_HOOK_V, ON_HOOK_SLACK_V = 48.0, 4.0
LEAKING_MA = 1.25
"""Current from which an on-hook line leaks, in mA: one step of the chip."""
LOOP_SLACK = 0.10
"""How far the loop current may be off from the configured one."""
LOOK_S = 0.01
BELL_S = 0.3
"""Seconds within which ring voltage has to be on the line."""
TRIP_S = 0.2
"""Seconds within which ring voltage has to be off, from the handset seen lifted."""
BURST = (1000, 4000)

SHOWN = {True: "ok", False: "FAIL", None: "--"}


class Hands(Protocol):
    """The person, or what stands in for one, at the telephone of the port under test."""

    def lift(self, port: int) -> None: ...

    def hang_up(self, port: int) -> None: ...

    @property
    def patience(self) -> float:
        """Seconds that the hands may take."""


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the acceptance table."""

    port: int
    """Number of the port; 0: the card."""
    what: str
    passed: bool | None
    """Whether it passed; None: this card cannot tell."""
    seen: str
    wanted: str = ""

    def __str__(self) -> str:
        where = f"port {self.port}" if self.port else "card"
        wanted = f" (wants {self.wanted})" if self.wanted and self.passed is not True else ""
        return f"{SHOWN[self.passed]:<4}  {where:<7} {self.what}: {self.seen}{wanted}"


class Walk:
    """One walk through a card.

    Args:
        card: opened, its chips not yet touched.
        highway: opened; the walk reads it until `keep` takes over.
        settings: of each port, in their order.
        hands: of the person.
        clock: monotonic seconds.
        nap: lets seconds pass; the highway runs meanwhile.
        keep: from now on somebody else reads the highway.
        tell: is given each step as it is done.
    """

    def __init__(
        self,
        card: Card,
        highway: Highway,
        settings: Sequence[LineSettings],
        hands: Hands,
        *,
        clock: Callable[[], float],
        nap: Callable[[float], None],
        keep: Callable[[], None],
        tell: Callable[[Step], None],
    ) -> None:
        self._card = card
        self._highway = highway
        self._settings = settings
        self._hands = hands
        self._clock = clock
        self._nap = nap
        self._keep = keep
        self._tell = tell
        self.steps: list[Step] = []

    def run(self) -> bool:
        """Do all steps; returns whether none failed. After a port that fails comes the next."""
        if not self._pcm_clock():
            return False
        self._keep()
        if self._reset():
            for slic, settings in zip(self._card.slics, self._settings, strict=True):
                self._port(slic, settings)
        return all(step.passed is not False for step in self.steps)

    # the card

    def _pcm_clock(self) -> bool:
        """The chips live on it: nothing is touched before it runs at its pace."""
        for _ in range(PERIODS):  # what was captured before we looked comes at once
            began = self._clock()
            self._highway.read()
            if self._clock() - began >= PERIOD_S / 2:
                break
        began = self._clock()
        for _ in range(PERIODS):
            self._highway.read()
        took, nominal = self._clock() - began, PERIODS * PERIOD_S
        right = abs(took - nominal) <= nominal * PACE
        seen = f"{PERIODS} periods of {PERIOD_S * 1000:.0f} ms in {took:.3f} s"
        return self._note(0, "PCM clock", right, seen, f"{nominal:.2f} s ± {PACE:.0%}")

    def _reset(self) -> bool:
        self._card.hold()
        self._nap(0.05)
        quiet = not self._card.interrupt_asserted
        self._note(0, "INT while RESET is low", quiet, "released" if quiet else "asserted")
        try:
            self._work(self._card.reset())
        except DriverError as error:
            return self._note(0, "reset", False, str(error))
        return True

    # a port

    def _port(self, slic: Slic, settings: LineSettings) -> None:
        try:
            if self._start(slic, settings):
                self._feed(slic)
                self._loop(slic, settings)
                self._bell(slic, settings)
        except DriverError as error:
            self._note(slic.port, "the chip", False, str(error))
        finally:
            slic.shut_down()

    def _start(self, slic: Slic, settings: LineSettings) -> bool:
        """Identity, converter, leakage, calibrations and feed are the driver's own checks."""
        began = self._clock()
        try:
            self._work(slic.bring_up(settings))
        except DriverError as error:
            return self._note(slic.port, "start-up", False, str(error))
        self._note(slic.port, "start-up", True, f"{slic.chip}, {self._clock() - began:.1f} s")
        for note in slic.notes:
            self._note(slic.port, "start-up", None, note)
        return True

    def _feed(self, slic: Slic) -> None:
        loop = slic.telemetry()
        if loop.off_hook:
            self._note(slic.port, "on-hook", False, "current flows: is a handset off?")
            return
        if loop.loop_v is None or loop.loop_ma is None:
            self._note(slic.port, "on-hook", None, "this line circuit measures nothing")
            return
        right = abs(loop.loop_v - ON_HOOK_V) <= ON_HOOK_SLACK_V and loop.loop_ma <= LEAKING_MA
        seen = f"{loop.loop_v:.1f} V, {loop.loop_ma:.2f} mA"
        if loop.battery_v is not None:
            seen += f", battery {abs(loop.battery_v):.0f} V"
        wanted = f"{ON_HOOK_V:.0f} V ± {ON_HOOK_SLACK_V:.0f} V, no current"
        self._note(slic.port, "on-hook", right, seen, wanted)

    def _loop(self, slic: Slic, settings: LineSettings) -> None:
        self._hands.lift(slic.port)
        if not self._hook(slic, off_hook=True, what="handset lifted"):
            return
        self._nap(0.2)
        loop = slic.telemetry()
        if loop.loop_ma is None:
            self._note(slic.port, "loop current", None, "this line circuit measures nothing")
        else:
            wanted = settings.loop_current_ma
            right = abs(loop.loop_ma - wanted) <= max(wanted * LOOP_SLACK, LEAKING_MA)
            seen = f"{loop.loop_ma:.1f} mA"
            self._note(slic.port, "loop current", right, seen, f"{wanted} mA ± {LOOP_SLACK:.0%}")
        self._hands.hang_up(slic.port)
        self._hook(slic, off_hook=False, what="handset put down")

    def _bell(self, slic: Slic, settings: LineSettings) -> None:
        ring = settings.ring
        if not slic.keeps_cadence(ring):
            ring = replace(ring, cadence_ms=BURST)
        slic.start_ringing(ring)
        self._until(slic, lambda: slic.linefeed is Linefeed.RINGING, BELL_S)
        ringing = slic.linefeed is Linefeed.RINGING
        self._note(
            slic.port, "bell", ringing, f"{ring.vrms:.0f} V RMS at {ring.hz:g} Hz asked for"
        )
        if ringing:
            self._hands.lift(slic.port)
            if self._hook(slic, off_hook=True, what="lifted while it rings"):
                seen = self._clock()
                slic.stop_ringing()
                took = self._clock() - seen
                off = slic.linefeed is not Linefeed.RINGING and took <= TRIP_S
                self._note(slic.port, "ring voltage off", off, f"{took * 1000:.0f} ms after that")
            self._hands.hang_up(slic.port)
            self._hook(slic, off_hook=False, what="handset put down")
        slic.stop_ringing()

    def _hook(self, slic: Slic, *, off_hook: bool, what: str) -> bool:
        """Wait for the hook; the latches are served meanwhile, as a gateway does."""

        def changed() -> bool:
            return any(isinstance(e, HookChanged) and e.off_hook is off_hook for e in events)

        events: list[SlicEvent] = []
        began = self._clock()
        seen = self._until(slic, changed, self._hands.patience, events) or (
            slic.off_hook is off_hook
        )
        took = f"seen after {self._clock() - began:.1f} s" if seen else "not seen"
        return self._note(slic.port, what, seen, took)

    # time

    def _until(
        self,
        slic: Slic,
        true: Callable[[], bool],
        most: float,
        events: list[SlicEvent] | None = None,
    ) -> bool:
        end = self._clock() + most
        while True:
            found = slic.poll()
            if events is not None:
                events += found
            if true():
                return True
            if self._clock() >= end:
                return False
            self._nap(LOOK_S)

    def _work(self, steps: Steps) -> None:
        for pause in steps:
            self._nap(pause)

    def _note(
        self, port: int, what: str, passed: bool | None, seen: str, wanted: str = ""
    ) -> bool:
        step = Step(port, what, passed, seen, wanted)
        self.steps.append(step)
        self._tell(step)
        return passed is not False
