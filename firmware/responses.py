"""What a final response to our INVITE means: cause and tone (specification table 12.2).

The status decides, and where the response brings one the Q.850 cause of its Reason header: the
words for both stand in `firmware.causes`.
"""

from __future__ import annotations

from firmware.causes import Cause, Code, cause


def of_response(
    status: int,
    text: str,
    *,
    peer: str,
    server: str,
    seconds: float = 0,
    q850: int | None = None,
    retry_after: int | None = None,
    place: str = "",
) -> Cause:
    """The cause that a final response to our INVITE means (specification table 12.2).

    Args:
        status: 300 to 699.
        text: the reason phrase, as it came.
        peer: the number that was called.
        server: who answered.
        seconds: how long it rang; 0: it did not, as far as we were told.
        q850: of the response's Reason header.
        retry_after: of a 503.
        place: that a 3xx points to.
    """
    given = {401: 21, 407: 21, 410: 22, 408: 102, 480: 18, 501: 79, 502: 38, 504: 102, 603: 21}
    match status:
        case 401 | 403 | 407:
            code = Code.AUTH_REJECTED
        case 404 | 410 | 604:
            code = Code.UNALLOCATED
        case 484:
            code = Code.INCOMPLETE
        case 408 | 480 | 487:
            code = Code.NO_ANSWER_NET
        case 486 | 600 | 603:
            code = Code.PEER_BUSY
        case 415 | 488 | 606:
            code = Code.CODEC
        case 503 if retry_after is not None:
            code = Code.OVERLOAD
        case _:
            code = Code.SERVER_ERROR
    code = _by_q850(code, q850)
    rang = max(1, round(seconds)) if seconds > 0 else 0
    waited = retry_after if code is Code.OVERLOAD else rang
    where = {"place": place or "no place"} if status < 400 else {}
    return cause(
        code, status=status, q850=q850 if q850 is not None else given.get(status),
        text=text, peer=peer, server=server, seconds=waited, **where,
    )  # fmt: skip


def _by_q850(code: Code, q850: int | None) -> Code:
    """What a Reason header makes of the meaning of a status (RFC 6432, RFC 3398 section 8.2.6.1).

    A gateway behind the server has few statuses for the many causes of a telephone network,
    and writes down which one it was. What concerns us and not the called party stays: our
    credentials, our codecs.
    """
    if code in {Code.AUTH_REJECTED, Code.CODEC}:
        return code
    return _Q850.get(q850 or 0, code)


_Q850 = {
    1: Code.UNALLOCATED,  # unallocated number
    3: Code.UNALLOCATED,  # no route to destination
    17: Code.PEER_BUSY,  # user busy
    18: Code.NO_ANSWER_NET,  # no user responding
    19: Code.NO_ANSWER_NET,  # no answer, user alerted
    20: Code.NO_ANSWER_NET,  # subscriber absent
    22: Code.UNALLOCATED,  # number changed
    28: Code.INCOMPLETE,  # invalid number format
}
"""Causes that say what happened to the called party; all others leave the status its meaning."""
