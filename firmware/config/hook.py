"""The hook windows of one line, where its telephone needs others than its country's."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import msgspec

from firmware.line.hook import HookWindows

Window = Annotated[int, msgspec.Meta(ge=0, le=5000)]


class Hook(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Times of the hook contact, in ms; what is not given is the country's."""

    pulse_dial: bool | None = None
    """Whether breaks dial at all."""
    seize_ms: Window | None = None
    """Closed for so long: the handset is off."""
    settle_ms: Window | None = None
    """After that, breaks are bounce for so long."""
    bounce_ms: Window | None = None
    """A make shorter than this does not end a break."""
    pulse_min_ms: Window | None = None
    """Shortest break of a pulse."""
    pulse_max_ms: Window | None = None
    """Longest break of a pulse in a call, where a longer one may be a flash."""
    slow_pulse_max_ms: Window | None = None
    """The same while dialling."""
    digit_gap_ms: Window | None = None
    """Closed for so long after a pulse: the digit is complete."""
    flash_min_ms: Window | None = None
    """Shortest flash."""
    flash_max_ms: Window | None = None
    """Longest flash."""
    release_ms: Window | None = None
    """Open for so long: the handset is on."""


def windows(hook: Hook, usual: HookWindows) -> HookWindows:
    """The windows of a country, with those of a line in their places.

    Raises:
        ValueError: they do not fit together; says which, all of them.
    """
    times = {
        "seize": hook.seize_ms,
        "settle": hook.settle_ms,
        "bounce": hook.bounce_ms,
        "pulse_min": hook.pulse_min_ms,
        "pulse_max": hook.pulse_max_ms,
        "slow_pulse_max": hook.slow_pulse_max_ms,
        "digit_gap": hook.digit_gap_ms,
        "flash_min": hook.flash_min_ms,
        "flash_max": hook.flash_max_ms,
        "release": hook.release_ms,
    }
    own: dict[str, Any] = {name: ms / 1000 for name, ms in times.items() if ms is not None}
    if hook.pulse_dial is not None:
        own["pulse_dial"] = hook.pulse_dial
    return replace(usual, **own) if own else usual
