"""When to try again: the waits of registration as plain functions (behaviours 3.1 to 3.3).

All of them are multiples of a base, 30 s in the field, so that a lab can shrink them.
"""

from __future__ import annotations

from firmware.sip.events import RegistrationState, Server
from firmware.sip.tokens import Dice

LONGEST_BACK_OFF = 60  # bases: 1800 s
OTHER_WORKS = 3  # bases: 90 s, while another server works
LONG_WAIT = 40  # bases: 1200 s
LONGEST_LONG_WAIT = 120  # bases: 3600 s
LONGEST_RETRY_AFTER = 3600.0
"""s: a server may not silence a line for longer."""
TRUSTED = 3
"""After so many failures in a row a Retry-After is not believed to be shorter than our wait."""
UNASKED = 30.0
"""s between REGISTERs of a good binding that its time does not ask for."""
LEAST_REFRESH = 5.0
"""s between two REGISTERs of a binding, however short it is granted."""

SERVER_FAULTS = frozenset({408, 480})
"""What, besides every 5xx, says that the server is unwell rather than that it refuses us."""


def back_off(failures: int, base: float, dice: Dice, *, first: int = 1) -> float:
    """RFC 5626 section 4.5: uniform(1/2..1) of min(1800, first * base * 2**failures) seconds."""
    longest = min(LONGEST_BACK_OFF * base, first * base * 2.0 ** min(failures, 16))
    return longest * (1 + dice.random()) / 2


def long_wait(failures: int, base: float) -> float:
    """After a refusal that only a person can mend: 20 minutes, then doubling to an hour."""
    return min(LONG_WAIT * base * 2.0 ** min(failures - 1, 16), LONGEST_LONG_WAIT * base)


def after_failure(status: int, failures: int, base: float, dice: Dice) -> float:
    """How long to wait after the final failure `status`, the last of `failures` in a row."""
    if is_server_fault(status):
        return back_off(failures, base, dice)
    return long_wait(failures, base)


def is_server_fault(status: int) -> bool:
    """Whether the server is unwell, so that another may do better (table 3.2)."""
    return status in SERVER_FAULTS or 500 <= status < 600


def wait_after(status: int, asked: int | None, failures: int, base: float, dice: Dice) -> float:
    """How long to wait after a failure.

    Args:
        status: final, of the last failure.
        asked: its Retry-After, if there was one: obeyed (table 3.2), until it has proved
            wrong a few times.
        failures: in a row.
        base: of the back-off, in seconds.
        dice: chance.
    """
    ours = after_failure(status, failures, base, dice)
    if asked is None:
        return ours
    theirs = as_asked(asked, dice)
    return theirs if failures <= TRUSTED else max(ours, theirs)


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


def is_late(state: RegistrationState, now: float) -> bool:
    """Whether a REGISTER out of turn is no nuisance: the last has failed, or is a while ago."""
    answered = state.answered_at
    return bool(state.failures) or answered is None or now >= answered + UNASKED


class Refusals:
    """How long one line stays away from servers that were unwell while another works."""

    def __init__(self, base: float, dice: Dice) -> None:
        self._base = base
        self._dice = dice
        self._failures: dict[Server, int] = {}
        self._until: dict[Server, float] = {}

    def refused(self, server: Server, retry_after: int | None, now: float) -> None:
        """The server was unwell, and may have said for how long."""
        failures = self._failures[server] = self._failures.get(server, 0) + 1
        wait = back_off(failures, self._base, self._dice, first=OTHER_WORKS)
        if retry_after is not None:
            wait = max(wait, as_asked(retry_after, self._dice))
        self._until[server] = now + wait

    def accepted(self, server: Server) -> None:
        """It is well."""
        self._failures.pop(server, None)
        self._until.pop(server, None)

    def stays_away(self, server: Server, now: float) -> float:
        """Until when the line does not go back to it."""
        return self._until.get(server, now)

    def doubts(self, server: Server) -> bool:
        """Whether it was unwell the last time."""
        return server in self._failures
