"""Our descriptions in a call, and what the peer's mean (RFC 3264)."""

from __future__ import annotations

from firmware.sip.call.call import Call
from firmware.sip.events import LocalMedia, MediaPlan
from firmware.sip.message import Message, Request, Response
from firmware.sip.multipart import session_description
from firmware.sip.sdp import NotAcceptableError, answer, offer, plan_from_answer

NOWHERE = LocalMedia("0.0.0.0", 9)  # noqa: S104  only to see what an answer would be
TRIAL = 1


def of(message: Message) -> bytes:
    """The description that a message brings; empty: none."""
    return session_description(message) or b""


def anew(call: Call) -> bytes:
    """A full offer of ours: to begin with, or where the peer made none."""
    assert call.media is not None, "who offers receives somewhere"
    media = call.media
    return call.description.write(
        lambda version: offer(
            media, call.around.terms, session_id=call.description.session_id, version=version
        )
    )


def answer_to(call: Call, offered: bytes, *, in_session: bool = False) -> tuple[bytes, MediaPlan]:
    """Our answer to an offer.

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
            in_session=in_session,
        )
        plans.append(plan)
        return body

    return call.description.write(make), plans[-1]


def plan_of(request: Request, response: Response) -> MediaPlan | None:
    """What the answer in a response to our offer means for the voice path, if it is usable."""
    answered = of(response)
    try:
        return plan_from_answer(request.body, answered) if answered else None
    except NotAcceptableError:
        return None


def trial(call: Call, offered: bytes) -> MediaPlan:
    """What we would agree to.

    Raises:
        NotAcceptableError: there is nothing in it that we could use.
    """
    return answer(offered, NOWHERE, call.around.terms, session_id=TRIAL, version=TRIAL)[1]
