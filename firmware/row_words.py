"""Words of the status row that the line, signalling and the console share.

They have a file of their own, so that a console can read them without importing line or
signalling.
"""

from __future__ import annotations

from enum import Enum


class CallStatus(Enum):
    """The call-status column of the operator's table (spec CLI-05)."""

    IDLE = "Idle"
    DIAL_TONE = "DialTone"
    DIALING = "Dialing"
    CALLING = "Calling"
    RINGBACK = "RingBack"
    RINGING = "Ringing"
    TALKING = "Talking"
    HELD = "Held"
    CALL_WAIT = "CallWait"
    THREE_WAY = "3Way"
    BUSY = "Busy"
    HOWLER = "Howler"
    LOCKOUT = "Lockout"
    FAX = "Fax"


class RegisterStatus(Enum):
    """The first half of the register-status column (spec CLI-04)."""

    UNREGISTERED = "unreg"
    REGISTERING = "reg-ing"
    REGISTERED = "reg-ok"
    FAILED = "reg-fail"
    NOT_NEEDED = "no-reg"
