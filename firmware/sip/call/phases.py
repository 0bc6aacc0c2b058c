"""How far a call has come, and which timers run then.

The phases say what is still to be done on the wire. Those in LIVE are what the owner calls
a call; in the others the owner has been told that it ended, and the line is free, while
CANCEL or BYE finish in the background.
"""

from __future__ import annotations

from enum import auto

from firmware.machine import Named


class Phase(Named):
    CALLING = auto()  # our INVITE is out
    PROCEEDING = auto()  # and has got a provisional response
    ABANDONED = auto()  # hung up before any: CANCEL has to wait for one (section 9.1)
    CANCELLED = auto()  # CANCEL is out, the final response is not in
    OFFERED = auto()  # their INVITE has come
    RINGING = auto()  # and we have said so
    LIFTED = auto()  # the person answers, but our 200 has to wait for a PRACK (RFC 3262 section 3)
    ANSWERED = auto()  # our 200 is out, the ACK is not in
    HANGING_UP = auto()  # hung up meanwhile: BYE has to wait for the ACK (section 15)
    TALKING = auto()
    RELEASING = auto()  # BYE is out
    OVER = auto()


LIVE = frozenset(
    {
        Phase.CALLING,
        Phase.PROCEEDING,
        Phase.OFFERED,
        Phase.RINGING,
        Phase.LIFTED,
        Phase.ANSWERED,
        Phase.TALKING,
    }
)
WAITING = frozenset({Phase.OFFERED, Phase.RINGING, Phase.LIFTED})
"""Their INVITE has no final response yet."""


class Timer(Named):
    FAILOVER = auto()  # the server does not answer, perhaps another does
    GIVE_UP = auto()  # the caller has heard ringback for long enough
    CANCEL_LOST = auto()  # no final response follows our CANCEL
    LEFT_LOST = auto()  # none follows it from a server that the call has left behind
    GHOST = auto()  # no 2xx can come any more to an INVITE that we have given up
    NO_ANSWER = auto()  # the callee does not lift
    INVITED = auto()  # and the caller does not want to wait any longer (section 13.3.1)
    RING_AGAIN = auto()  # proxies forget an INVITE that is not heard of (section 13.3.1.1)
    SAY_AGAIN = auto()  # our reliable 1xx, until its PRACK (RFC 3262 section 3)
    PRACK_LOST = auto()  # it never comes
    REPEAT = auto()  # our 2xx, until it is ACKed (section 13.3.1.4)
    ACK_LOST = auto()  # it never is
    CHANGE_AGAIN = auto()  # our re-INVITE or UPDATE met one of theirs (section 14.1)
    CHANGE_LOST = auto()  # it was not finally answered
    REBIND = auto()  # our address is another, and the line registers first
    REFRESH = auto()  # the session is to be confirmed (RFC 4028 section 10)
    EXPIRY = auto()  # nobody has confirmed it


_SESSION = {Timer.REFRESH, Timer.EXPIRY}

EVER = frozenset({Timer.LEFT_LOST})
"""They run in any phase: what is left behind ends by itself."""

RUNNING: dict[Phase, frozenset[Timer]] = {
    Phase.CALLING: frozenset({Timer.FAILOVER}),
    Phase.PROCEEDING: frozenset({Timer.GIVE_UP}),
    Phase.ABANDONED: frozenset(),
    Phase.CANCELLED: frozenset({Timer.CANCEL_LOST}),
    Phase.OFFERED: frozenset({Timer.NO_ANSWER, Timer.INVITED}),
    Phase.RINGING: frozenset(
        {Timer.NO_ANSWER, Timer.INVITED, Timer.RING_AGAIN, Timer.SAY_AGAIN, Timer.PRACK_LOST}
    ),
    Phase.LIFTED: frozenset({Timer.INVITED, Timer.SAY_AGAIN, Timer.PRACK_LOST}),
    Phase.ANSWERED: frozenset({Timer.REPEAT, Timer.ACK_LOST, *_SESSION}),
    Phase.HANGING_UP: frozenset({Timer.REPEAT, Timer.ACK_LOST}),
    Phase.TALKING: frozenset(
        {Timer.REPEAT, Timer.ACK_LOST, Timer.CHANGE_AGAIN, Timer.CHANGE_LOST, *_SESSION}
        | {Timer.REBIND}
    ),
    Phase.RELEASING: frozenset({Timer.CHANGE_LOST}),
    Phase.OVER: frozenset({Timer.GHOST, Timer.CHANGE_LOST}),
}
