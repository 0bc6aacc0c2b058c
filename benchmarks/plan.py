"""How much of everything is measured: all of it, less where time is short, or a glance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks import voice_parts
from benchmarks.voice_parts import VoicePlan


@dataclass(frozen=True)
class Plan:
    """How much of everything."""

    latency_rounds: int = 10
    starts: int = 3
    window_s: float = 3.0
    windows: int = 3
    many: int = 8
    """Ports of a greater card; 0: none is looked at."""
    sip_rounds: int = 9
    calls: tuple[int, ...] = (1, 8)
    turns: int = 5
    turn_s: float = 1.6
    lines: tuple[int, ...] = (1, 8, 24, 96)
    rates: tuple[int, ...] = (200, 500)
    setups: int = 150
    load_s: float = 8.0
    core_turns: int = 2
    calls_out: int = 25
    """Of each agent and turn, one at a time."""
    consoles: int = 9
    followed: int = 24
    """Calls of the gateway that a console follows."""
    voice: VoicePlan = field(default_factory=VoicePlan)


LESS = Plan(
    latency_rounds=5, starts=2, window_s=2.0, windows=2, many=8, sip_rounds=5, calls=(1, 8),
    turns=5, turn_s=1.0, lines=(1, 8, 24, 96), rates=(200, 500), setups=80, load_s=5.0,
    core_turns=1, calls_out=25, consoles=5, followed=24, voice=voice_parts.LESS,
)  # fmt: skip
"""Shorter windows and fewer starts, but as many pairs of turns beside the neighbours."""
QUICK = Plan(
    latency_rounds=4, starts=1, window_s=2.0, windows=2, many=0, sip_rounds=5, calls=(1,), turns=2,
    lines=(1, 24), rates=(100,), setups=50, load_s=3.0, core_turns=1, calls_out=20, consoles=3,
    followed=2, voice=voice_parts.QUICK,
)  # fmt: skip
WHOLE = Plan(voice=voice_parts.WHOLE)
"""Of `WHOLE_PARTS`, as long as was asked for."""
WHOLE_PARTS = ("tx_jitter", "echo_loop")


@dataclass(frozen=True, slots=True)
class Takes:
    """Seconds of a part, in full and shortened, on two quiet cores."""

    full: float
    less: float


TAKES = {
    "latency": Takes(35, 20),
    "start": Takes(46, 31),
    "console": Takes(38, 28),
    "line_card": Takes(3, 3),
    "resources": Takes(67, 42),
    "media_cpu_curve": Takes(200, 150),
    "media_cpu_dsp": Takes(48, 44),
    "tick_cost": Takes(16, 9),
    "echo_loop": Takes(76, 66),
    "jb_minimum": Takes(28, 11),
    "tx_jitter_storm": Takes(38, 24),
    "memory": Takes(14, 9),
    "g711_exact": Takes(1, 1),
    "sip": Takes(2, 1),
    "core": Takes(20, 12),
    "call_out": Takes(30, 18),
    "setups": Takes(148, 100),
    "beside": Takes(125, 95),
}
"""By the name of each part. A machine that is slower or busier shows it by the first of them."""
RESERVE_S = 10.0


@dataclass
class Pace:
    """What there is time for, told from what parts were thought to take and took.

    Args:
        within_s: all of the run; None: as long as it takes.
    """

    within_s: float | None = None
    _thought: float = 0.0
    _took: float = 0.0

    def took(self, name: str, seconds: float, *, less: bool) -> None:
        """Remember what a part took."""
        takes = TAKES[name]
        self._thought += takes.less if less else takes.full
        self._took += seconds

    @property
    def slow(self) -> float:
        """How much longer than on a quiet machine things take, as far as known; 1 or more."""
        return max(1.0, self._took / self._thought) if self._thought else 1.0

    def chosen(self, name: str, later: Sequence[str], elapsed_s: float) -> str:
        """`full`, `less`, or `none`: no time is left.

        A part is shortened if the rest of the run, all of it shortened, would not fit after it.
        """
        if self.within_s is None:
            return "full"
        left = self.within_s - elapsed_s - RESERVE_S
        rest = sum(TAKES[each].less for each in later)
        if self.slow * (TAKES[name].full + rest) <= left:
            return "full"
        return "less" if self.slow * TAKES[name].less <= left else "none"
