"""Frozen snapshots of the gateway: what the show commands, `--json` and records are made of.

The field names are the keys of the JSON form (contract: they are stable). A snapshot is
taken at one instant by whoever owns the thing, and handed out; nobody reads live objects.
Durations count from that instant: ``expires_in_s`` says "in so many seconds from now".
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from firmware.errors import ControlError
from firmware.row_words import CallStatus, RegisterStatus

if TYPE_CHECKING:
    from firmware.causes import Cause  # the console reads what was made of it

T = TypeVar("T")


class AdminStatus(Enum):
    """Whether the port is meant to work; the status table shows the first 5 letters (CLI-04)."""

    ACTIVE = "Activated"
    DEACTIVATED = "Deactivated"
    FAULT = "Fault"


class PhysicalStatus(Enum):
    """What the copper does (CLI-06)."""

    ON_HOOK = "ON-HOOK"
    OFF_HOOK = "OFF-HOOK"
    RINGING = "RINGING"
    """The bell is driven; the handset is still down."""
    FAULT = "FAULT"
    DOWN = "DOWN"
    """Powered down or taken out of service."""


class Direction(Enum):
    """Who called (CLI-07)."""

    NONE = ""
    OUTGOING = "Outgoing"
    INCOMING = "Incoming"


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """Base of all snapshots. Unknown keys are skipped, so an older client reads a newer daemon."""


class PortStatus(Snapshot, frozen=True, kw_only=True):
    """One row of the status table."""

    card: int
    port: int
    register_status: RegisterStatus = RegisterStatus.UNREGISTERED
    admin_status: AdminStatus = AdminStatus.ACTIVE
    call_status: CallStatus = CallStatus.IDLE
    physical_status: PhysicalStatus = PhysicalStatus.ON_HOOK
    peer_number: str = ""
    """As dialled, or as displayed after CLIR; filled from INVITE or ring to Idle."""
    call_direction: Direction = Direction.NONE
    number: str = ""
    """The line's own."""
    registrar: str = ""
    expires_in_s: float | None = None
    last_error: str = ""
    next_attempt_in_s: float | None = None
    cause: str = ""
    """Code of the last call's end (firmware/causes.py)."""
    cause_sentence: str = ""
    other_number: str = ""
    """Of the second call of the port; empty: there is none."""
    other_direction: Direction = Direction.NONE
    other_status: str = ""
    """``held``, ``waiting``, or ``joined`` where three talk."""
    lets_wait: bool = False
    """One more caller would wait now, and not be told that the line is busy."""
    messages_waiting: int | None = None
    """New messages in the mailbox; none: nobody has said."""
    peer_name: str = ""
    """Of the other side of the call in hand, as it was given with the call."""
    house_call: str = ""
    """``ringing``, or how the last one ended: ``answered``, ``not answered``, ``stopped`` or
    ``gave way to a caller``; empty: there was none."""


class RegistrationStatus(Snapshot, frozen=True, kw_only=True):
    """One line's binding."""

    card: int
    port: int
    number: str
    register_status: RegisterStatus
    registrar: str = ""
    expires_in_s: float | None = None
    next_attempt_in_s: float | None = None
    last_code: int = 0
    """SIP status of the last answer to REGISTER; 0: none came."""
    last_error: str = ""
    answered_ago_s: float | None = None
    """Since the last attempt was answered or given up; none: there was no attempt."""
    failures: int = 0
    """In a row."""


class ServerStatus(Snapshot, frozen=True, kw_only=True):
    """One SBC as the heartbeat sees it (HB-10)."""

    index: int
    """Rank in the configuration, counted from 1."""
    server: str
    """As configured: host:port."""
    address: str = ""
    """As resolved: the one in use."""
    state: str = "unknown"
    """``alive``, ``dead`` or ``unknown``."""
    in_use: bool = False
    """New calls and registrations go here."""
    rtt_ms: float | None = None
    rtt_min_ms: float | None = None
    rtt_avg_ms: float | None = None
    rtt_max_ms: float | None = None
    sent: int = 0
    lost: int = 0
    unanswered: int = 0
    """Of those lost: the last ones, in a row."""
    since_s: float | None = None
    """How long it has been in this state."""
    last_error: str = ""


class AnyCall(Snapshot, frozen=True, kw_only=True):
    """Who talks with whom, and how it is heard or was."""

    call: int
    card: int
    port: int
    peer_number: str
    call_direction: Direction
    codec: str = ""
    sent: int = 0
    received: int = 0
    lost: int = 0
    jitter_ms: float = 0.0
    rtt_ms: float | None = None
    """To the far end and back; none: it has not reported by RTCP."""
    far_lost: int | None = None
    """Of our packets, as the far end reports."""
    far_jitter_ms: float | None = None
    """Of our packets, as the far end reports."""
    slips: int = 0
    """Periods of 20 ms left out or made longer: the far end's clock is not ours."""
    mos: float | None = None
    """Of what is heard here, 1 to 4.5, by the E-model (G.107); none: nothing was heard."""
    far_mos: float | None = None
    """Of what is heard at the far end, as it reports by RTCP XR (RFC 3611)."""
    srtp: str = ""
    """The suite that voice is encrypted by (RFC 4568); empty: it is not."""
    forged: int = 0
    """Packets whose authentication failed (SRTP); nothing of them was heard."""
    fax: str = ""
    """``voice-band data``, or ``T.38`` and how far it has come; empty: people talk."""
    health: tuple[str, ...] = ()
    """How the call is heard, in words."""


class CallStatusRow(AnyCall, frozen=True, kw_only=True):
    """A call that is going on."""

    call_status: CallStatus
    duration_s: float = 0.0
    """Since it began."""
    talking_s: float | None = None
    """Since it was answered."""
    server: str = ""
    rtp_local: str = ""
    rtp_remote: str = ""
    delay_ms: float = 0.0
    session_timer_s: int | None = None
    """The session is confirmed within this time, or the call ends (RFC 4028); none: no timer."""
    session_confirmed_by: str = ""
    """``gateway`` or ``far end``."""
    session_left_s: float | None = None
    """Until the call ends, unless it is confirmed before."""


class CallRecord(AnyCall, frozen=True, kw_only=True):
    """A call that is over, or an attempt to make one (CO-13). Times are ISO 8601, local."""

    number: str
    """The line's own."""
    started: str
    answered: str = ""
    """Empty: never."""
    ended: str
    duration_s: float = 0.0
    """From answer to end."""
    released_by: str = ""
    """``local`` (the person at this telephone), ``remote``, ``gateway``, ``admin``."""
    cause: str = ""
    """The cause's code; the rest of it follows."""
    origin: str = ""
    sip_status: int = 0
    q850: int | None = None
    tone: str = ""
    sentence: str = ""
    sentence_zh: str = ""
    hint: str = ""
    facts: dict[str, str] = {}
    """What fills the sentence, by name: ``peer``, ``seconds``, ``digits`` ..."""


class LineStatus(Snapshot, frozen=True, kw_only=True):
    """The copper of one port as its chip measures it; null where it measures nothing."""

    card: int
    port: int
    chip: str = ""
    linefeed: str = ""
    """Mode by name, in lower case: ``forward-active``, ``ringing`` ..."""
    hook: str = "on"
    """``on`` or ``off``."""
    line_v: float | None = None
    """Tip minus ring."""
    loop_ma: float | None = None
    tip_v: float | None = None
    ring_v: float | None = None
    battery_v: float | None = None
    transistor_mw: tuple[float, ...] | None = None
    """Power in Q1 to Q6 of the line feed."""
    notes: tuple[str, ...] = ()
    """What the line circuit cannot do as it was told, or found odd when it started."""
    fault: str = ""


class Alarm(Snapshot, frozen=True, kw_only=True):
    """Something that is wrong and stays so until it is put right."""

    since: str
    """ISO 8601, local."""
    until: str = ""
    """The same; empty: it is still so."""
    severity: str
    """``critical``, ``major``, ``minor`` or ``warning`` (ITU-T X.733)."""
    where: str
    """``[1:2]``, ``sbc 1``, ``media`` ..."""
    what: str


class Version(Snapshot, frozen=True, kw_only=True):
    """What runs here."""

    tipring: str
    python: str
    platform: str = ""
    uptime_s: float = 0.0
    cards: tuple[str, ...] = ()
    """One text a card: driver, bus, chips found."""
    libraries: dict[str, str] = {}
    """Version by name; empty text: not installed, and what it does is missing."""
    dropped: int = 0
    """Datagrams from the network that were refused or ignored, since the start."""
    kept: tuple[str, ...] = ()
    """What is kept in memory at the most, for `ladder`, `show calls` and `trace`."""
    core: str = "interpreted"
    """How SIP runs: compiled or interpreted, and why the latter, if it was not meant."""


def of_cause(cause: Cause) -> dict[str, Any]:
    """The part of a `CallRecord` that tells why the call ended."""
    return {
        "cause": cause.code.value,
        "origin": cause.origin.value,
        "sip_status": cause.status,
        "q850": cause.q850,
        "tone": cause.tone.value,
        "sentence": cause.sentence,
        "sentence_zh": cause.sentence_zh,
        "hint": cause.hint,
        "facts": dict(cause.facts),
    }


def to_json(value: object) -> Any:
    """Snapshots, or lists and dictionaries of them, as plain JSON values."""
    return msgspec.to_builtins(value)


def from_json(value: object, kind: type[T]) -> T:
    """The way back, in a client.

    Raises:
        ControlError: the value is not of that kind: daemon and client do not fit together.
    """
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        message = f"the daemon's answer is not understood: {error}"
        raise ControlError(message) from error
