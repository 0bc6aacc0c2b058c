"""The session timer: a call whose far end has vanished ends all the same (RFC 4028).

Who of the two confirms the session, by UPDATE or re-INVITE, is settled with every 2xx that
speaks of it; each such 2xx begins the time anew. Where nobody confirms it, it ends.
"""

from __future__ import annotations

from firmware.errors import SipError
from firmware.sip.call.call import Call
from firmware.sip.call.parts import Session
from firmware.sip.call.phases import Timer
from firmware.sip.message import Request, Response

OPTION = "timer"
LEAST = 90
"""s, the shortest there is (section 4)."""
LONGEST = 86400
"""s: more than a day is as good as none."""
MOST_RAISES = 4
"""Of one request: who asks for more each time is not followed for ever."""
MINIMUM = ("Min-SE", str(LEAST))
"""What a 422 of ours asks for."""
MARGIN = 32
"""s before the end at which who waits for a confirmation gives up (section 10)."""

Lines = tuple[tuple[str, str], ...]


def left_of(interval: int) -> float:
    """After how long a session that nobody has confirmed is over (16.2)."""
    return interval - min(MARGIN, interval / 3)


# what we ask for


def wish(call: Call) -> Lines:
    """The timer in an INVITE, re-INVITE or UPDATE of ours; a running one is kept as it is.

    Which end is to confirm is left open in the INVITE (section 7.1), then it stays (7.4).
    """
    least = ("Min-SE", str(call.min_se))
    if call.session is not None:
        interval = max(call.session.interval, call.min_se)
        who = "uac" if call.session.ours else "uas"
        return ("Session-Expires", f"{interval};refresher={who}"), least
    wanted = call.around.settings.session_expires_s
    if wanted:
        return ("Session-Expires", str(max(wanted, call.min_se))), least
    return (least,) if call.min_se > LEAST else ()


def rewritten(call: Call, request: Request) -> Request:
    """A request that was refused with 422, with what we ask for now."""
    headers = request.headers.edited({}, without=("Session-Expires", "Min-SE"), more=wish(call))
    return Request(request.method, request.uri, headers, request.body)


def raised(call: Call, response: Response) -> bool:
    """Take the Min-SE of a 422; False: it asks for nothing that we have not said (7.4)."""
    least = response.seconds("Min-SE") or 0
    if not call.min_se < least <= LONGEST or call.tries >= MOST_RAISES:
        return False
    call.tries += 1
    call.min_se = least
    return True


def settled(call: Call, response: Response, now: float) -> None:
    """Take what a 2xx to our INVITE, re-INVITE or UPDATE says; nothing: there is no timer.

    Who leaves out which end confirms is confirmed to by us: that does no harm.
    """
    interval = response.seconds("Session-Expires")
    if interval is None:
        _stop(call)
    else:
        _start(call, interval, _refresher(response) != "uas", now)


# what we are asked for


def too_short(request: Request) -> bool:
    """Whether it is refused with 422: who cannot follow that must not be told so (section 9)."""
    asked = request.seconds("Session-Expires")
    return asked is not None and asked < LEAST and OPTION in request.supported


def grant(call: Call, request: Request, now: float) -> Lines:
    """The timer in our 2xx, from which on it runs (section 9, table 2).

    We shorten what is asked for to what is configured, but not below the Min-SE; the caller
    confirms unless it wants us to, or cannot.
    """
    asked, own = request.seconds("Session-Expires"), call.around.settings.session_expires_s
    if asked is None and not own:
        _stop(call)
        return ()
    least = max(request.seconds("Min-SE") or 0, LEAST)
    wanted = max(own or LONGEST, least)
    interval = max(LEAST, wanted if asked is None else min(asked, wanted))
    able = OPTION in request.supported
    ours = not able or _refresher(request) == "uas"
    _start(call, interval, ours, now)
    required = (("Require", OPTION),) if able else ()
    return ("Session-Expires", f"{interval};refresher={'uas' if ours else 'uac'}"), *required


# time


def _start(call: Call, interval: int, ours: bool, now: float) -> None:
    interval = min(max(interval, LEAST), LONGEST)
    call.session = Session(interval, ours)
    call.to_refresh = False
    call.timers.start(Timer.EXPIRY, now + left_of(interval))
    if ours:
        call.timers.start(Timer.REFRESH, now + interval / 2)
    else:
        call.timers.stop(Timer.REFRESH)


def _stop(call: Call) -> None:
    call.session = None
    call.to_refresh = False
    call.timers.stop(Timer.EXPIRY)
    call.timers.stop(Timer.REFRESH)


def _refresher(message: Request | Response) -> str:
    try:
        return (message.parameter("Session-Expires", "refresher") or "").lower()
    except SipError:
        return ""
