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
        code, status=status, q850=q850 if q850 is not None else _BY_STATUS.get(status),
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


INTERWORKING = 127
"""Q.850: what 488 and 606 mean that say in a Warning header why (RFC 3398)."""
_BY_STATUS = {
    401: 21, 402: 21, 403: 21, 404: 1, 405: 63, 406: 79, 407: 21, 408: 102, 410: 22, 413: 127,
    414: 127, 415: 79, 416: 127, 420: 127, 421: 127, 423: 127, 480: 18, 481: 41, 482: 25,
    483: 25, 484: 28, 485: 1, 486: 17, 488: 31, 500: 41, 501: 79, 502: 38, 503: 41, 504: 102,
    505: 127, 513: 127, 600: 17, 603: 21, 604: 1, 606: 31,
}  # fmt: skip
"""RFC 3398 section 8.2.6.1, where the response has no Reason header of its own."""
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
