"""Our descriptions in a call, and what the peer's mean (RFC 3264)."""

from __future__ import annotations

from dataclasses import replace

from firmware.sip.call.call import Call
from firmware.sip.events import MediaPlan
from firmware.sip.message import Message
from firmware.sip.multipart import session_description
from firmware.sip.sdp import (
    NotAcceptableError,
    answer,
    offer,
    plan_from_answer,
    plan_of_answer,
    restated,
    talks,
)


def of(message: Message) -> bytes:
    """The description that a message brings; empty: none."""
    return session_description(message) or b""


def anew(call: Call) -> bytes:
    """A full offer of ours: to begin with, where the peer made none, or to hold and resume."""
    assert call.media is not None, "who offers receives somewhere"
    media, previous = call.media, call.description.last
    return call.description.write(
        lambda version: offer(
            media,
            call.around.terms,
            session_id=call.description.session_id,
            version=version,
            direction=_wanted(call),
            previous=previous,
        )
    )


def again(call: Call) -> bytes:
    """What stands between the two, offered once more (RFC 4028 section 7.4)."""
    last = call.description.last
    if not last or not talks(last):
        return anew(call)
    return call.description.write(lambda version: restated(last, version))


def nothing(_call: Call) -> bytes:
    """No description: the session stays as it is."""
    return b""


def answer_to(call: Call, offered: bytes, *, in_session: bool = False) -> tuple[bytes, MediaPlan]:
    """Our answer to an offer; if we hold, or want to, it holds.

    Raises:
        NotAcceptableError: there is nothing in it that we could use.
    """
    assert call.media is not None, "who answers receives somewhere"
    media, plans = call.media, list[MediaPlan]()

    def make(version: int) -> bytes:
        body, plan = answer(
            offered,
            media,
            call.around.terms,
            session_id=call.description.session_id,
            version=version,
            direction=_wanted(call),
            in_session=in_session,
        )
        plans.append(plan)
        return body

    body = call.description.write(make)
    call.holds = call.to_hold
    return body, _while_held(plans[-1], held=call.holds)


def plan_of(
    call: Call, offered: bytes, response: Message, *, hold: bool | None = None
) -> MediaPlan | None:
    """What the answer to our offer means for the voice path, if it is usable.

    Args:
        call: in which it was made.
        offered: our offer.
        response: with the answer.
        hold: whether the offer holds; None: as it is in the call.
    """
    answered = of(response)
    try:
        plan = plan_from_answer(offered, answered) if answered else None
    except NotAcceptableError:
        return None
    held = call.holds if hold is None else hold
    return None if plan is None else _while_held(plan, held=held)


def _wanted(call: Call) -> str:
    return "sendonly" if call.to_hold else "sendrecv"


def _while_held(plan: MediaPlan, *, held: bool) -> MediaPlan:
    """Sendonly leaves room for music; there is none, and what is said here is not meant for it."""
    return replace(plan, sends=False, receives=False) if held else plan


def trial(call: Call, offered: bytes) -> MediaPlan:
    """What we would agree to.

    Raises:
        NotAcceptableError: there is nothing in it that we could use.
    """
    return plan_of_answer(offered, call.around.terms)
