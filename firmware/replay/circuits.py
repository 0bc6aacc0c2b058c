"""The line circuits of a replayed gateway: their hooks move as they did."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence

from drivers.ag1171_duty import trim
from drivers.ag1171_ring import HIGHEST_HZ, LOWEST_HZ
from drivers.board import Card, CardSettings
from drivers.errors import ChipError
from drivers.line_test import RingSource
from drivers.si321x_identity import BOTH
from drivers.si321x_plan import timed
from drivers.slic import (
    Calibration,
    Capability,
    HookChanged,
    Linefeed,
    LineSettings,
    RingSpec,
    Slic,
    SlicEvent,
    Steps,
    Telemetry,
)


class Circuit(Slic):
    """A line circuit whose hook moves as it is told, and that does all it is ordered.

    Args:
        port: its number.
        driver: of the card: what it can do.
        module: an Ag1171 can transmit on-hook.
        works_at: when it is up, the first time and after each fault; none: at once.
        clock: seconds.
    """

    def __init__(
        self,
        port: int,
        driver: str,
        *,
        module: bool,
        works_at: Sequence[tuple[float, str]],
        clock: Callable[[], float],
    ) -> None:
        self.port = port
        self.chip = ""
        self.unbalanced = False
        self.notes: list[str] = []
        self._module = driver == "ag1171"
        on_hook = Capability.ON_HOOK_TRANSMISSION if module else Capability(0)
        self.capabilities = Capability.REVERSAL | on_hook if self._module else BOTH
        self._works_at = deque(works_at)
        self._clock = clock
        self._moves: list[SlicEvent] = []
        self._off_hook = False
        self._linefeed = Linefeed.OPEN

    def moves(self, *, off_hook: bool, ring_trip: bool = False) -> None:
        """The hook has moved, now; the port has to look."""
        self._off_hook = off_hook
        self._moves.append(HookChanged(off_hook, ring_trip, self._clock()))

    def bring_up(self, _settings: LineSettings) -> Steps:
        if self._works_at:
            at, self.chip = self._works_at.popleft()
            yield max(0.0, at - self._clock())
        self._linefeed = Linefeed.FORWARD_ACTIVE

    def recall(self, calibration: Calibration) -> None: ...

    def balance(self) -> Steps:
        yield from ()

    def shut_down(self) -> None:
        self._linefeed = Linefeed.OPEN

    def check(self) -> None: ...

    def set_linefeed(self, mode: Linefeed) -> None:
        self._linefeed = mode

    @property
    def linefeed(self) -> Linefeed:
        return self._linefeed

    def start_ringing(self, _ring: RingSpec) -> None:
        self._linefeed = Linefeed.RINGING

    def rings_at(self, hz: float) -> float:
        return min(max(hz, LOWEST_HZ), HIGHEST_HZ) if self._module else hz

    def can_ring(self, ring: RingSpec) -> bool:
        if not self._module:
            return True
        try:
            trim(ring.cadence_ms)
        except ValueError:
            return False
        return True

    def keeps_cadence(self, ring: RingSpec) -> bool:
        return not self._module and (timed(ring) or len(ring.cadence_ms) == 1)

    def ring_burst(self, on: bool) -> None: ...

    def stop_ringing(self, mode: Linefeed = Linefeed.FORWARD_ACTIVE) -> None:
        self._linefeed = mode

    @property
    def off_hook(self) -> bool:
        return self._off_hook

    def glance(self) -> bool:
        return bool(self._moves)

    def poll(self) -> list[SlicEvent]:
        moved, self._moves = self._moves, []
        return moved

    def play_tone(self, frequencies: Sequence[float], level_dbm0: float) -> None: ...

    def stop_tone(self) -> None: ...

    def telemetry(self) -> Telemetry:
        return Telemetry(self._linefeed, self._off_hook)

    def ring_source(self, ring: RingSpec) -> RingSource:
        raise ChipError(f"nothing rings at {ring.hz:g} Hz: this line is replayed", port=self.port)


class _NoPins:
    """Nobody has to be asked: who moves a hook says so."""

    interrupt_asserted = False

    def assert_reset(self) -> None: ...
    def release_reset(self) -> None: ...
    def watch(self, on_edge: Callable[[], None]) -> None: ...
    def close(self) -> None: ...


class CardOnStage(Card):
    """All circuits; there is nothing to poll."""

    slow_poll = 3600.0

    def __init__(self, number: int, circuits: Mapping[int, Circuit]) -> None:
        super().__init__(number, tuple(circuits.values()), pins=_NoPins(), spis=())

    def reset(self) -> Steps:
        yield from ()


def circuits(
    settings: CardSettings,
    works_at: Mapping[int, Sequence[tuple[float, str]]],
    clock: Callable[[], float],
) -> dict[int, Circuit]:
    """The line circuits of a card, by port."""
    return {
        port: Circuit(
            port,
            settings.driver,
            module=settings.module.oht_resistor,
            works_at=works_at.get(port, ()),
            clock=clock,
        )
        for port in range(1, settings.ports + 1)
    }
