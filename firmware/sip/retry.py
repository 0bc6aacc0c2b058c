"""When to try again: the waits of registration as plain functions (behaviours 3.1 to 3.3).

All of them are multiples of a base, 30 s in the field, so that a lab can shrink them.
"""

from __future__ import annotations

from firmware.sip.tokens import Dice

LONGEST_BACK_OFF = 60  # bases: 1800 s
LONG_WAIT = 40  # bases: 1200 s
LONGEST_LONG_WAIT = 120  # bases: 3600 s
LONGEST_RETRY_AFTER = 3600.0
"""s: a server may not silence a line for longer."""

SERVER_FAULTS = frozenset({408, 480})
"""What, besides every 5xx, says that the server is unwell rather than that it refuses us."""


def back_off(failures: int, base: float, dice: Dice) -> float:
    """RFC 5626 section 4.5: uniform(1/2..1) of min(1800, base * 2**failures) seconds."""
    longest = min(LONGEST_BACK_OFF * base, base * 2.0 ** min(failures, 16))
    return longest * (1 + dice.random()) / 2


def long_wait(failures: int, base: float) -> float:
    """After a refusal that only a person can mend: 20 minutes, then doubling to an hour."""
    return min(LONG_WAIT * base * 2.0 ** min(failures - 1, 16), LONGEST_LONG_WAIT * base)


def after_failure(status: int, failures: int, base: float, dice: Dice) -> float:
    """How long to wait after the final failure `status`, the last of `failures` in a row."""
    if status >= 600 or (status < 500 and status not in SERVER_FAULTS):
        return long_wait(failures, base)
    return back_off(failures, base, dice)


def as_asked(retry_after: int, dice: Dice) -> float:
    """The wait that a Retry-After asks for; a little more, so that not all come at once."""
    return min(max(retry_after, 1), LONGEST_RETRY_AFTER) * (1 + dice.random() / 10)


def refresh_wait(granted: float, dice: Dice) -> float:
    """How long after a grant to refresh it (3GPP TS 24.229 section 5.1.1.4).

    Ten minutes before the end of a long binding, half-way through a short one; chance
    makes it up to a tenth earlier, never later.
    """
    wait = granted - 600 if granted > 1200 else granted / 2
    return wait * (1 - dice.random() / 10)
