"""A country, as the line knows it: read from the table of a profile file, all checked."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, TypeVar

from firmware.errors import ConfigError
from firmware.line.callerid import CallerIdPlan
from firmware.line.callerid_kinds import KINDS
from firmware.line.digitmap import DigitMap
from firmware.line.hook import HookWindows
from firmware.line.tones import TonePlan, parse_plan

T = TypeVar("T")

_HOOK_FLAGS = {"pulse_dial"}


@dataclass(frozen=True, slots=True)
class Ring:
    """Ringing; the fields are those of the driver's ``RingSpec``."""

    hz: float
    vrms: float
    cadence_ms: tuple[int, ...]
    """On, off, on, off ..., repeated."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a telephone of one country expects of its line."""

    country: str
    name: str
    law: str
    """Companding that the country's network uses: PCMA or PCMU."""
    impedance: str
    """Two-wire impedance by name, as the driver's ``LineSettings`` has it."""
    loop_current_ma: int
    ring: Ring
    tones: TonePlan
    hook: HookWindows
    caller_id: CallerIdPlan
    digit_map: DigitMap
    emergency: tuple[str, ...]
    release_tone_s: float = 40.0
    howler_s: float = 60.0
    taken: Mapping[str, str] = field(default_factory=dict)
    """What is not the country's own: key (``ring.hz``), and the country it was taken from."""

    def origin(self, key: str) -> str:
        """The country that a value is of: this one, or one whose profile it builds on."""
        return self.taken.get(key, self.country)


Told = Callable[[str, str], str]
"""Makes a line for the person who wrote the file: of the key of a mistake, and the reason."""


def parse_profile(
    country: str,
    data: Mapping[str, Any],
    *,
    taken: Mapping[str, str] | None = None,
    told: Told | None = None,
) -> Profile:
    """Make a profile of its table.

    Args:
        country: what the profile is called.
        data: as the TOML reader gives it, whole.
        taken: which values were taken from other profiles, see `Profile.taken`.
        told: how a mistake is told; as a line without a place when left out.

    Raises:
        ConfigError: names every key that is missing, unknown or out of range.
    """
    reader = _Reader(data, told or (lambda key, reason: f"profile {country}: {key}: {reason}"))
    values = {
        "name": reader.take("name", _text),
        "law": reader.take("law", _law),
        "impedance": reader.take("impedance", _text),
        "loop_current_ma": reader.take("loop_current_ma", _milliamperes),
        "ring": reader.take("ring", _ring),
        "tones": reader.take("tones", parse_plan),
        "hook": reader.take("hook", _hook),
        "caller_id": reader.take("caller_id", _caller_id),
        "digit_map": reader.take("digit_map", lambda text: DigitMap.parse(_text(text))),
        "emergency": reader.take("emergency", _numbers),
        "release_tone_s": reader.take("release_tone_s", _seconds),
        "howler_s": reader.take("howler_s", _seconds),
    }
    reader.finish()
    return Profile(country=country, taken=taken or {}, **values)


class _Reader:
    """Takes the keys of a table one by one and remembers each mistake."""

    def __init__(self, data: Mapping[str, Any], told: Told) -> None:
        self._told = told
        self._left = dict(data)
        self._problems: list[str] = []

    def take(self, key: str, read: Callable[[Any], T]) -> Any:
        if key not in self._left:
            self._problems.append(self._told(key, "missing"))
            return None
        try:
            return read(self._left.pop(key))
        except (ValueError, TypeError) as error:
            self._problems.append(self._told(key, str(error)))
            return None

    def finish(self) -> None:
        self._problems += [self._told(key, "unknown") for key in self._left]
        if self._problems:
            raise ConfigError(self._problems)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("must be text")
    return value


def _law(value: Any) -> str:
    if value not in {"PCMA", "PCMU"}:
        raise ValueError("must be PCMA or PCMU")
    return str(value)


def _number(value: Any, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise ValueError(f"must be a number from {low:g} to {high:g}")
    return float(value)


def _seconds(value: Any) -> float:
    return _number(value, 0, 3600)


def _milliamperes(value: Any) -> int:
    return int(_number(value, 18, 45))


def _numbers(value: Any) -> tuple[str, ...]:
    good = isinstance(value, list) and all(isinstance(n, str) and n.isdecimal() for n in value)
    if not good:
        raise ValueError("must be a list of numbers in quotes")
    return tuple(value)


def _ring(value: Any) -> Ring:
    given = _table(value, {"hz", "vrms", "cadence_ms"})
    cadence = given.get("cadence_ms")
    if not isinstance(cadence, list) or not cadence or len(cadence) % 2:
        raise ValueError("cadence_ms must list pairs of on and off")
    steps = tuple(int(_number(step, 1, 10000)) for step in cadence)
    return Ring(_number(given.get("hz"), 15, 70), _number(given.get("vrms"), 20, 90), steps)


def _hook(value: Any) -> HookWindows:
    known = {field.name for field in fields(HookWindows)}
    names = {name if name in _HOOK_FLAGS else f"{name}_ms": name for name in known}
    given = _table(value, set(names))
    windows: dict[str, Any] = {}
    for key, entry in given.items():
        name = names[key]
        windows[name] = bool(entry) if name in _HOOK_FLAGS else _number(entry, 0, 5000) / 1000
    return HookWindows(**windows)


def _caller_id(value: Any) -> CallerIdPlan:
    given = _table(value, {"standard", "charset", "name_bytes", "number_digits", "pause_ms"})
    plan = {key: entry for key, entry in given.items() if key != "pause_ms"}
    if plan.get("standard", "") not in {"", *KINDS}:
        raise ValueError(f"standard must be one of {', '.join(KINDS)}, or empty")
    try:
        codecs.lookup(plan.get("charset", "latin-1"))
    except LookupError as error:
        raise ValueError(f"charset: {error}") from error
    for key, most in (("name_bytes", 50), ("number_digits", 20)):  # a message takes that much
        if key in plan:
            plan[key] = _whole(key, plan[key], most)
    if "pause_ms" in given:
        plan["pause"] = _number(given["pause_ms"], 0, 3000) / 1000
    return CallerIdPlan(**plan)


def _whole(key: str, value: Any, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
        raise ValueError(f"{key} must be a whole number from 0 to {most}")
    return value


def _table(value: Any, known: set[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TypeError("must be a table")
    if unknown := value.keys() - known:
        raise ValueError(f"unknown: {', '.join(sorted(unknown))}")
    return value
