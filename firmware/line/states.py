"""The states of a line, and what goes with each of them."""

from __future__ import annotations

from enum import Enum

from firmware.line.events import CallStatus


class State(Enum):
    """What the person at the line is in the middle of."""

    IDLE = "idle"
    DIAL_TONE = "dial tone"
    DIALING = "dialing"
    CALLING = "calling"
    RINGBACK = "ringback"
    RINGING = "ringing"
    TALKING = "talking"
    CALL_WAIT = "talking, one waits"
    THREE_WAY = "three talk"
    RINGING_BACK = "ringing back"
    """The handset is down, and the bell rings because somebody is still held."""
    HOUSE_CALL = "house call"
    """The bell rings for the house; nobody calls."""
    RELEASED = "released"
    """A tone says why there is no call any more."""
    BARRED = "barred"
    """That tone comes right after lifting; only an emergency number can be dialled."""
    HOWLER = "howler"
    LOCKOUT = "lockout"
    DEAD = "dead"
    """The port is out of service."""
    DEAD_OFF_HOOK = "dead, off-hook"


STATUS: dict[State, CallStatus] = {
    State.IDLE: CallStatus.IDLE,
    State.DIAL_TONE: CallStatus.DIAL_TONE,
    State.DIALING: CallStatus.DIALING,
    State.CALLING: CallStatus.CALLING,
    State.RINGBACK: CallStatus.RINGBACK,
    State.RINGING: CallStatus.RINGING,
    State.TALKING: CallStatus.TALKING,
    State.CALL_WAIT: CallStatus.CALL_WAIT,
    State.THREE_WAY: CallStatus.THREE_WAY,
    State.RINGING_BACK: CallStatus.RINGING,
    State.HOUSE_CALL: CallStatus.RINGING,
    State.RELEASED: CallStatus.BUSY,
    State.BARRED: CallStatus.BUSY,
    State.HOWLER: CallStatus.HOWLER,
    State.LOCKOUT: CallStatus.LOCKOUT,
    State.DEAD: CallStatus.IDLE,
    State.DEAD_OFF_HOOK: CallStatus.IDLE,
}

LISTENING = {
    State.DIAL_TONE, State.DIALING, State.BARRED, State.TALKING, State.CALL_WAIT, State.THREE_WAY,
}  # fmt: skip
"""States in which digits are decoded: to dial with, or to send to the far end (RFC 4733)."""

BELL = {State.RINGING, State.RINGING_BACK, State.HOUSE_CALL}
"""States in which the bell rings."""

ON_HOOK = {State.IDLE, State.DEAD} | BELL


class Timer(Enum):
    """The timers of a line; at most one of them runs."""

    FIRST_DIGIT = "T"
    SHORT = "S"
    LONG = "L"
    HOTLINE = "hotline"
    NO_ANSWER = "no answer"
    RELEASE_TONE = "release tone"
    HOWLER = "howler"
    HOUSE_CALL = "house call"
    LAMP = "lamp"
    """It is time to tell the lamp, or the lamp has been told undisturbed."""
