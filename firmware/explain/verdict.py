"""What `explain` and `dial-test` answer: verdicts in words, and what they rest on.

The words are made in the files beside this one, by pure functions of snapshots and marks;
only what was seen or is set is said. The field names are the keys of the JSON form.
"""

from __future__ import annotations

from firmware.row_words import RegisterStatus
from firmware.status import Direction, Snapshot
from firmware.trace.marks import Mark


class CallExplanation(Snapshot, frozen=True, kw_only=True):
    """Why the last call of a port ended."""

    card: int
    port: int
    call: int
    """0: it never became one."""
    peer_number: str
    call_direction: Direction
    started: str
    ended: str
    """ISO 8601, local."""
    ended_ago_s: float
    cause: str
    """The cause's code."""
    sentence: str
    sentence_zh: str
    tone: str
    """What the telephone was given to hear."""
    hint: str
    facts: tuple[str, ...] = ()
    """What is known beyond the sentence: settings, timers, what came over the wire."""
    begun_at: float = 0.0
    """The instant that the picture counts from, on the clock of the marks."""
    marks: tuple[Mark, ...] = ()
    """Those that decided."""
    missing: str = ""
    """Why the picture is not whole; empty: it is."""


class PortExplanation(Snapshot, frozen=True, kw_only=True):
    """What a port can do now, and why."""

    card: int
    port: int
    number: str
    facts: tuple[str, ...]
    can_call: bool
    can_call_why: str
    can_be_called: bool
    can_be_called_why: str
    a_call_now: str
    """What a call at this moment would do: ``use 192.0.2.10:5060``."""
    server: str = ""
    """The server that it would use; empty: none."""


class RegistrationExplanation(Snapshot, frozen=True, kw_only=True):
    """How a line's binding stands, and what to do about it."""

    card: int
    port: int
    number: str
    register_status: RegisterStatus
    sent: str
    came_back: str
    means: str
    next_attempt: str
    check: str
    """What a person can do; empty: nothing."""
    begun_at: float = 0.0
    marks: tuple[Mark, ...] = ()
    """The last exchange, as far as it is still kept."""


class PathStep(Snapshot, frozen=True, kw_only=True):
    """One thing that a call needs."""

    step: str
    state: str
    """``ok``, ``failed``, ``asking``, or ``-``: something before it failed."""
    what: str
    """The evidence, or the reason."""


class PathTest(Snapshot, frozen=True, kw_only=True):
    """What a call of a port would need, one after the other (Q1-3); nobody was called."""

    card: int
    port: int
    number: str
    steps: tuple[PathStep, ...]
    done: bool
    """False: the server has not answered yet."""
    failed: str = ""
    """The step that failed; empty: none has."""
    sent: int = 0
    """OPTIONS of the server that had come to an end when the test began."""
    lost: int = 0
    """Of them, unanswered."""


class DialStep(Snapshot, frozen=True, kw_only=True):
    """What one digit does."""

    digit: str
    dialled: str
    """All digits so far."""
    match: str
    """How they stand to the digit map."""
    patterns: tuple[str, ...] = ()
    """The alternatives that are complete, or else those that could become so."""
    timer: str = ""
    """``T``, ``S`` or ``L``: what runs until the next digit; empty: nothing is waited for."""
    seconds: float | None = None
    effect: str = ""
    """``waits``, ``sent``, ``refused`` or ``ignored``."""


class DialTest(Snapshot, frozen=True, kw_only=True):
    """What dialling these digits would do; nobody was called."""

    card: int
    port: int
    digits: str
    lifted: str
    """What lifting the handset does."""
    steps: tuple[DialStep, ...]
    outcome: str
    number: str = ""
    """The number that would be called; empty: none."""
    sent_after_s: float | None = None
    """From the last digit to the INVITE; none: there would be no INVITE."""
    cause: str = ""
    """Why there would be none."""
    request_uri: str = ""
    from_uri: str = ""
    server: str = ""
    """Where the INVITE would go; empty: no server is known."""
    left_over: str = ""
    """Digits that come too late to matter."""
