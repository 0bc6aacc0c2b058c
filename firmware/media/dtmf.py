"""Keys of a telephone, recognised in what it says: ITU-T Q.23 tones within Q.24's limits.

Every 10 ms a window of 20 ms is judged (`dtmf_window`); every 20 ms, while there is no sign of a
key. Two tones are a key when they hold nearly all the power there is, when neither is much louder
than the other, and when both turn at the pace of their nominal frequencies: the phase from one
window to the next tells a frequency to a few hertz, which no filter of such length does. How long
they last is the sum of what the windows show of them, to about a millisecond. Speech is refused by
its harmonics, which are power elsewhere, and by its pitch, which moves.
"""

from __future__ import annotations

import audioop
import math
from collections import deque
from dataclasses import dataclass

from firmware.media import dtmf_window
from firmware.media.dtmf_window import HOP, HOP_S
from firmware.media.g711 import FULL_SCALE_DBM0, peak_of, to_linear

KEYS = ("123A", "456B", "789C", "*0#D")
"""By row, then by column (Q.23)."""
SURE_S = 0.026
"""A key that has lasted so long is one: 40 ms must be taken, 20 ms must not (Q.24)."""
OVER_S = 0.0135
"""It is over when it was away so long: breaks of 10 ms belong to the key (Q.24)."""
OFF_FREQUENCY = 0.0208
"""1.5 % and 2 Hz must be taken, 3.5 % must not."""
ROW_LOUDER_DB, COLUMN_LOUDER_DB = 10.5, 6.5
"""8 and 4 dB must be taken (TIA-464); beyond that nothing is promised."""
FAINTEST_DBM0 = -45.0
"""Of either tone; -29 must be taken, and the weaker one may be 8 dB below."""
NEIGHBOUR_DB, OTHER_DB = 6.0, 14.0
"""The tones next to it in its group are so much weaker, and those beyond them."""
SHARE, BEGUN_SHARE = 0.88, 0.5
"""Of the power in the window, dial tone apart; the smaller where a key has just begun."""
STEADY, TELLING = 0.9, 0.7
"""Two tones with so much of their peak are there: if not alone they are none of a key. With so
much of it their frequencies are known at least."""
MAYBE = ord("x")

_COLUMN_LOUDER, _ROW_LOUDER, _NEIGHBOUR, _OTHER = (
    10 ** (db / 20) for db in (COLUMN_LOUDER_DB, ROW_LOUDER_DB, NEIGHBOUR_DB, OTHER_DB)
)
_KNOWN = 0.3
"""With less of its peak in the window before, the pace of a tone is not known."""
_LEAST_BESIDE = 0.05
"""Of the power in the window: fainter keys are not looked for beside a dial tone."""
_NOTHING, _SILENT = [0j] * 8, [0.0] * 8


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key, measured while it was held; the levels are those of the loudest window."""

    key: str
    row_dbm0: float
    column_dbm0: float
    row_off: float
    """Part by which the frequency of the row is too high."""
    column_off: float
    seconds: float
    """Held for so long."""

    @property
    def twist_db(self) -> float:
        """By how much the column is louder."""
        return self.column_dbm0 - self.row_dbm0


@dataclass(frozen=True, slots=True)
class _Pair:
    """What a window shows, if it may be a key."""

    row: int
    column: int
    """Among the eight tones."""
    clean: bool
    """Nothing speaks against it: not the frequencies, nor other power beside it."""
    turns: tuple[complex, complex]
    """Of row and column, since the window before."""

    @property
    def key(self) -> str:
        return KEYS[self.row][self.column - 4]


class _Held:
    """Two tones that may be a key, or are."""

    __slots__ = ("away", "clean", "column", "key", "peaks", "row", "sums", "sure", "turns")

    def __init__(self, pair: _Pair) -> None:
        self.row, self.column, self.key = pair.row, pair.column, pair.key
        self.peaks = [1.0, 1.0]
        """The greatest so far, of the row and of the column."""
        self.sums = [0.0, 0.0]
        """Of the peaks in all windows."""
        self.turns = [0j, 0j]
        """The same of their turns; the louder a window, the more it counts."""
        self.clean = 0
        self.away = 0.0
        """Seconds since it was heard in full."""
        self.sure = False

    @property
    def lasted(self) -> float:
        """Seconds: a window that half of a tone fills shows half of its peak."""
        return HOP_S * min(s / p for s, p in zip(self.sums, self.peaks, strict=True))

    def heard(self, peaks: list[float]) -> float:
        """Take a window into account; the part of its full level that the key has in it."""
        part = 1.0
        for n, peak in enumerate((peaks[self.row], peaks[self.column])):
            self.peaks[n] = max(self.peaks[n], peak)
            self.sums[n] += peak
            part = min(part, peak / self.peaks[n])
        return part

    def begun_in(self, before: list[float], peaks: list[float]) -> None:
        """A key fills a part of the window before its first; what fills it all was no key."""
        if all(before[tone] < STEADY * peaks[tone] for tone in (self.row, self.column)):
            self.heard(before)

    def agrees(self, pair: _Pair) -> None:
        """A clean window of this key."""
        self.clean += 1
        self.away = 0.0
        for n, turned in enumerate(pair.turns):
            self.turns[n] += turned


class DtmfReceiver:
    """Decodes DTMF from companded periods, also while a dial tone is heard."""

    def __init__(self, law: str) -> None:
        self._law = law
        self._faintest = peak_of(law, FAINTEST_DBM0)
        self._full_scale = peak_of(law, FULL_SCALE_DBM0[law])
        self._half = bytes(2 * HOP)
        self._tones = _NOTHING
        """Of the last window, if they are known."""
        self._unheard = b""
        """The last window, if nobody has had to know its tones yet."""
        self._held: _Held | None = None
        self._digits = ""
        self.pressed: deque[Pressed] = deque(maxlen=1)
        """The key that was released last, for who wants to know more of it."""

    def feed(self, payload: bytes) -> int:
        """Listen to a period.

        Returns:
            0: no digit sounds; else the character of the digit that does, or ``x`` while it
            may be one.
        """
        samples = to_linear(self._law, payload)
        half, self._half = self._half, samples[2 * HOP :]
        if self._held is None and self._without_key(samples):  # nearly all of what is said
            return 0
        self._hear(half + samples[: 2 * HOP])
        self._hear(samples)
        held = self._held
        if held is None:
            return 0
        return ord(held.key) if held.sure else MAYBE

    def digits(self) -> str:
        """Take the digits recognised since the last time: each once, when it is certain."""
        digits, self._digits = self._digits, ""
        return digits

    def _without_key(self, period: bytes) -> bool:
        """Whether no key begins: one of 40 ms fills a whole period, wherever it begins.

        Then the window that lies across this period and the one before is not looked at.
        """
        if audioop.max(period, 2) < self._faintest:
            self._tones, self._unheard = _NOTHING, b""
            return True
        if self._may_be(dtmf_window.columns(period)):
            return False
        self._unheard = period
        return True

    def _hear(self, window: bytes) -> None:
        held = self._held
        if audioop.max(window, 2) < self._faintest:
            if held is None:
                self._tones, self._unheard = _NOTHING, b""
                return
            before, tones, pair, peaks = self._before(), _NOTHING, None, _SILENT
        else:
            columns = dtmf_window.columns(window)
            if held is None and not self._may_be(columns):
                self._unheard = window
                return
            before, tones = self._before(), [*dtmf_window.rows(window), *columns]
            peaks = [abs(tone) for tone in tones]
            pair = self._judge(window, before, tones, peaks)
        self._tones, self._unheard = tones, b""
        if held is not None:
            if pair is not None and pair.clean and pair.key != held.key:
                self._released(held)
                held = None
            else:
                self._go_on(held, pair, peaks, before)
        if held is None and pair is not None:
            held = self._held = _Held(pair)
            held.begun_in([abs(tone) for tone in before], peaks)
            self._go_on(held, pair, peaks, before)

    def _before(self) -> list[complex]:
        """The tones of the last window."""
        if not self._unheard:
            return self._tones
        return [*dtmf_window.rows(self._unheard), *dtmf_window.columns(self._unheard)]

    def _may_be(self, columns: list[complex]) -> bool:
        """Whether one column sounds, and alone; else it is no key, whatever the rows are."""
        peaks = [abs(tone) for tone in columns]
        highest = max(peaks)
        return highest >= self._faintest and _alone(peaks.index(highest), peaks)

    def _go_on(
        self, held: _Held, pair: _Pair | None, peaks: list[float], before: list[complex]
    ) -> None:
        part = held.heard(peaks)
        if pair is not None and pair.clean:
            held.agrees(pair)
        else:
            held.away += HOP_S * (1 - part)
            foreign = pair is None and not held.sure and self._foreign(held, before, part)
            if foreign or held.away >= OVER_S:
                self._released(held)
                return
        if not held.sure and held.clean > 1 and held.lasted >= SURE_S:
            held.sure = True
            self._digits += held.key

    def _foreign(self, held: _Held, before: list[complex], part: float) -> bool:
        """Whether the tones of what might have been a key go on, and not as those of a key."""
        if part >= STEADY:
            return True
        turns = (
            dtmf_window.off(dtmf_window.turn(before[tone], self._tones[tone], tone), tone)
            for tone in (held.row, held.column)
        )
        return part >= TELLING and any(abs(off) > OFF_FREQUENCY for off in turns)

    def _released(self, held: _Held) -> None:
        self._held = None
        if held.sure:
            self.pressed.append(self._measured(held))

    def _judge(
        self, window: bytes, before: list[complex], tones: list[complex], peaks: list[float]
    ) -> _Pair | None:
        """Whether two of the tones, and nothing else, are in a window."""
        row = max(range(4), key=peaks.__getitem__)
        column = max(range(4, 8), key=peaks.__getitem__)
        low, high = peaks[row], peaks[column]
        if min(low, high) < self._faintest:
            return None
        if high > low * _COLUMN_LOUDER or low > high * _ROW_LOUDER:
            return None
        if not (_alone(row, peaks[:4]) and _alone(column - 4, peaks[4:])):
            return None
        powers, turns = [low * low, high * high], [0j, 0j]
        known = all(abs(before[tone]) >= _KNOWN * peaks[tone] for tone in (row, column))
        if known:
            for n, tone in enumerate((row, column)):
                turns[n] = dtmf_window.turn(before[tone], tones[tone], tone)
                off = dtmf_window.off(turns[n], tone)
                if abs(off) > OFF_FREQUENCY:
                    return None
                off /= _apart(abs(before[tone]), peaks[tone])
                powers[n] /= dtmf_window.seen(off, tone)
        share = SHARE if known else BEGUN_SHARE
        most = sum(powers) / 2 / share
        if most < audioop.rms(window, 2) ** 2 and _drowned(most, window):
            return None
        return _Pair(row, column, known, (turns[0], turns[1]))

    def _measured(self, held: _Held) -> Pressed:
        row, column = (
            FULL_SCALE_DBM0[self._law] + 20 * math.log10(peak / self._full_scale)
            for peak in held.peaks
        )
        return Pressed(
            held.key,
            row,
            column,
            dtmf_window.off(held.turns[0], held.row),
            dtmf_window.off(held.turns[1], held.column),
            held.lasted,
        )


def _drowned(most: float, window: bytes) -> bool:
    """Whether there is more power in a window than `most`, dial tone apart."""
    power = dtmf_window.power(window)
    if most >= power:
        return False
    return most < power * _LEAST_BESIDE or most < power - dtmf_window.dial_tone(window)


def _alone(place: int, group: list[float]) -> bool:
    """Whether the tone in that place of its group is the only one that sounds."""
    peak = group[place]
    return all(
        other * (_NEIGHBOUR if abs(n - place) == 1 else _OTHER) <= peak
        for n, other in enumerate(group)
        if n != place
    )


def _apart(before: float, now: float) -> float:
    """What lies between two windows, if a tone fills only part of one: hops.

    Half of a tone under the window has its weight 3 ms from the middle.
    """
    return 0.4 + 0.6 * min(before / now, now / before)
