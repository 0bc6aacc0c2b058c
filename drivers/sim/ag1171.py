"""An Ag1171 or KS0835F that exists in memory only, at the level of its pins.

Time is an argument, as for every model here; between two edges nothing is computed.
"""

from __future__ import annotations

import math
import random
from collections import Counter, deque
from collections.abc import Callable

from drivers.sim.ag1171_faults import ModuleFaults
from drivers.sim.ag1171_rules import Rules
from drivers.sim.loop import DcPoint, LineSnapshot, Loop
from drivers.sim.si321x_audio import AudioPath, Law

BATTERY_V = 48.0
LIMIT_MA = 30.0
RING_PEAK_V = 65.0 * math.sqrt(2)
"""Of a sine as strong as the trapezoid that the module makes: 65 Vrms unloaded."""
HOOK_MA = 13.0
DELAY_S = 0.002
"""From the loop to SHK."""
TRIP_S, GAP_S = 0.012, 0.003
"""In ringing SHK shows a lifted handset as a pulse first, then follows it."""
RINGS_HZ = (15.0, 30.0)
STILL_S = 0.5 / RINGS_HZ[0] + 0.001
"""So long after the last edge of F/R the line does not ring any more."""
CHATTER_S = 0.001


class Ag1171Model:
    """One module with its loop.

    Args:
        loop: the copper pair on its line side.
        slot: byte of the frame of the codec behind it.
        law: companding of the highway, asked when it is needed.
        forward: level of F/R that is forward: True for the Ag1171, False for the KS0835F.
        seed: of the glitches.

    Attributes:
        now: seconds since power-up.
        on_shk: called with the level of SHK when it has changed.
        bursts: frequency, begin and end of each stroke of ring voltage that has ended.
    """

    def __init__(
        self,
        loop: Loop | None = None,
        *,
        slot: int = 0,
        law: Callable[[], Law] = lambda: "PCMA",
        forward: bool = True,
        seed: int = 0,
    ) -> None:
        self.loop = loop or Loop()
        self.loop.watch(self._aim)
        self.now = 0.0
        self.on_shk: Callable[[bool], None] | None = None
        self.bursts: list[tuple[float, float, float]] = []
        self._slot = slot
        self._law = law
        self._forward = forward
        self._dice = random.Random(seed)  # noqa: S311 - a simulation has to repeat itself
        self._faults = ModuleFaults()
        self._rules = Rules()
        self._clocked = False
        self._fr, self._rm = forward, False
        self._pd: bool | None = None
        self._half_s = 0.0
        """Half a period of F/R while it is toggled; 0: it is not."""
        self._next_edge = math.inf
        self._edges: deque[float] = deque(maxlen=3)
        self._rang_since: float | None = None
        self._rang_hz = 0.0
        self._wanted = self._shk = self._told = False
        self._plan: deque[tuple[float, bool]] = deque()

    # time

    @property
    def deadline(self) -> float:
        """When an edge comes by itself."""
        shk = self._plan[0][0] if self._plan else math.inf
        still = self._edges[-1] + STILL_S if self._rang_since is not None else math.inf
        return min(self._next_edge, shk, still)

    def advance(self, to: float) -> None:
        """Let the module work until `to`."""
        while (due := self.deadline) <= to:
            self._happen(due)
        self.now = max(self.now, to)

    def step(self, to: float) -> None:
        """Let it work until `to`, or until one thing has happened before."""
        if (due := self.deadline) <= to:
            self._happen(due)
        else:
            self.now = max(self.now, to)

    def _happen(self, due: float) -> None:
        self.now = max(self.now, due)
        if self._next_edge <= due:
            self._next_edge = due + self._half_s
            self._edge(not self._fr)
        if self._rang_since is not None and due >= self._edges[-1] + STILL_S:
            self._ring_ends(self._edges[-1])
        while self._plan and self._plan[0][0] <= due:
            self._shk = self._plan.popleft()[1]
        self._tell()

    # the wires

    @property
    def shk(self) -> bool:
        """The switch hook, high while current flows."""
        if self._faults.shk_stuck is not None:
            return self._faults.shk_stuck
        return self._shk and self.powered

    @property
    def powered(self) -> bool:
        return self._pd is not False

    @property
    def broken(self) -> Counter[str]:
        """Rules of the data sheets that were broken, counted."""
        return self._rules.broken

    def drive_reverse(self, level: bool) -> None:
        """F/R stays at a level."""
        toggled, self._half_s, self._next_edge = self._half_s > 0, 0.0, math.inf
        if level is not self._fr:
            self._edge(level)
        if toggled and self._rang_since is not None:
            self._ring_ends(self.now)
        self._tell()

    def toggle_reverse(self, hz: float) -> None:
        """F/R changes all the time; as with PWM it is high first."""
        self._half_s = 0.5 / hz
        if not self._fr:
            self._edge(True)
        self._next_edge = self.now + self._half_s

    def drive_ring_mode(self, on: bool) -> None:
        if on is not self._rm:
            self._rm = on
            self._rules.ring_mode(
                on, self.now, at_rest=self._fr is self._forward, powered=self.powered
            )
            if not on and self._rang_since is not None:
                self._ring_ends(self.now)
            self._edges.clear()
            self._aim()

    def drive_power(self, level: bool | None) -> None:
        """PD: low is power-down, None is left alone."""
        self._rules.power(level)
        self._pd = level
        if not self.powered and self._rang_since is not None:
            self._ring_ends(self.now)
        self._aim()
        self._tell()

    def set_pclk(self, hz: int) -> None:
        """The codec runs, or stands still; the module does not care."""
        self._clocked = hz > 0

    # what comes of it

    def _edge(self, level: bool) -> None:
        self._fr = level
        self._rules.reverse_edge(self.now)
        if not (self._rm and self.powered):
            return
        if self._edges and self._rang_since is None:
            half = self.now - self._edges[-1]
            if 0.5 / RINGS_HZ[1] <= half <= 0.5 / RINGS_HZ[0]:
                self._rang_hz, self._rang_since = 0.5 / half, self._edges[-1]
        self._edges.append(self.now)
        if self._faults.shk_coupling:
            back = self.now + self._dice.uniform(0.001, 0.003)
            self._plan.extend(((self.now, not self._shk), (back, self._shk)))
            self._plan = deque(sorted(self._plan))

    def _ring_ends(self, at: float) -> None:
        assert self._rang_since is not None
        self.bursts.append((self._rang_hz, self._rang_since, at))
        self._rang_since = None

    def _aim(self) -> None:
        """Loop, RM or PD have changed: where SHK is going to."""
        wanted = self.powered and self.dc().milliamps > HOOK_MA
        if self._faults.supply_drop and self._rm:
            wanted = False
        if wanted is self._wanted:
            return
        self._wanted = wanted
        at = self.now + DELAY_S
        self._plan.clear()
        if wanted and self._rm:
            steps = ((at, True), (at + TRIP_S, False), (at + TRIP_S + GAP_S, True))
            self._plan.extend(steps)
            return
        chatter = int(self._faults.shk_bounce_ms)
        for n in range(chatter):
            self._plan.append((at + n * CHATTER_S, wanted is (n % 2 == 0)))
        self._plan.append((at + chatter * CHATTER_S, wanted))

    def _tell(self) -> None:
        if self.shk is not self._told:
            self._told = self.shk
            if self.on_shk:
                self.on_shk(self._told)

    # the line and the voice on it

    def dc(self) -> DcPoint:
        """What the line draws; ring voltage apart."""
        if not self.powered:
            return DcPoint(0.0, 0.0, 0.0)
        return self.loop.dc(BATTERY_V, LIMIT_MA)

    @property
    def ringing(self) -> bool:
        """Ring voltage is on the line now."""
        return self._rang_since is not None

    @property
    def reversed(self) -> bool:
        """Tip and ring have changed places; while RM is high that is the ring voltage."""
        return not self._rm and (self._fr is self._forward) is self._faults.fr_swapped

    @property
    def audio(self) -> AudioPath:
        """What the codec carries: everything, unless the module is down or rings."""
        quiet = not self.powered or self._rm
        off_hook = self._wanted
        heard = off_hook or not self._faults.no_oht
        slot = self._slot if self._clocked else None
        return AudioPath(
            transmit_gain=0.0 if quiet or not off_hook else 1.0,
            receive_gain=0.0 if quiet or not heard else 1.0,
            law=self._law(),
            tx_slot=slot,
            rx_slot=slot,
            tones_to_line=(),
            tones_to_pcm=(),
        )

    def snapshot(self) -> LineSnapshot:
        """What a meter at the telephone shows."""
        sign = -1.0 if self.reversed else 1.0
        if self.ringing:
            point = self.loop.ring(RING_PEAK_V, self._rang_hz)
            vrms = point.telephone_vrms
            return LineSnapshot(0.0, 0.0, self.reversed, True, self._rang_hz, vrms)
        dc = self.dc()
        return LineSnapshot(
            line_v=sign * dc.telephone_volts,
            loop_ma=sign * dc.milliamps,
            reversed=self.reversed,
            ringing=False,
            ring_hz=0.0,
            ring_vrms=0.0,
        )

    def dtmf_heard(self, digit: str | None) -> None:
        """There is no decoder."""

    # faults

    @property
    def faults(self) -> ModuleFaults:
        return self._faults

    @faults.setter
    def faults(self, faults: ModuleFaults) -> None:
        self._faults = faults
        self._aim()
        self._tell()
