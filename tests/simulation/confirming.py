"""The session timer at the far end (RFC 4028): who confirms a call, and who forgets to."""

from __future__ import annotations

import random

from firmware.sip.message import Request, Response
from tests.simulation.session import Session

OPTION = "timer"
LEAST = 90
INTERVALS = 60, 90, 90, 120
"""Asked for; 60 is refused with 422."""

Lines = tuple[tuple[str, str], ...]


def wish(chance: random.Random) -> Lines:
    """What a caller writes into its INVITE; nothing: it does not know the timer."""
    if chance.random() < 0.5:
        return ()
    who = chance.choice(("", ";refresher=uac", ";refresher=uas"))
    return ("Supported", OPTION), ("Session-Expires", f"{chance.choice(INTERVALS)}{who}")


def answer(invite: Request, session: Session, chance: random.Random) -> Lines:
    """What a callee writes into its 2xx, and what that means for its session."""
    asked, able = invite.seconds("Session-Expires"), OPTION in invite.supported
    if chance.random() < (0.3 if asked else 0.8):
        return ()
    who = invite.parameter("Session-Expires", "refresher") or chance.choice(("uac", "uas"))
    if not able:
        who = "uas"
    interval = max(asked or LEAST, LEAST)
    session.confirms_every = interval / 2 if who == "uas" else 0.0
    required: Lines = (("Require", OPTION),) if who == "uac" else ()
    return ("Session-Expires", f"{interval};refresher={who}"), *required


def answered(response: Response, session: Session) -> None:
    """What the 2xx to a caller's INVITE means for its session."""
    interval = response.seconds("Session-Expires")
    if interval and response.parameter("Session-Expires", "refresher") == "uac":
        session.confirms_every = interval / 2


def confirmation(session: Session) -> Lines:
    """What a request that confirms the session says."""
    interval = round(2 * session.confirms_every)
    return ("Supported", OPTION), ("Session-Expires", f"{interval};refresher=uac")


def confirmed(request: Request) -> Lines:
    """The answer to a request of the gateway that confirms it."""
    interval = request.seconds("Session-Expires")
    if interval is None:
        return ()
    who = request.parameter("Session-Expires", "refresher") or "uac"
    return ("Session-Expires", f"{interval};refresher={who}"), ("Require", OPTION)
