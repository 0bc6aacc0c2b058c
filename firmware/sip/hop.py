"""The two requests that belong to an INVITE hop by hop: ACK to a failure, and CANCEL.

Both are matched to the INVITE by its branch, so they copy its top Via (and no other), its
Route and its CSeq number, and take the same way.
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware.sip.message import Headers, Request, Response


def ack_to_failure(invite: Request, failure: Response) -> Request:
    """The ACK to a 3xx-6xx: To is the response's, with its tag (RFC 3261 section 17.1.1.3)."""
    return _like(invite, "ACK", failure.headers.get("To") or "")


def cancel_of(invite: Request, more: Iterable[tuple[str, str]] = ()) -> Request:
    """The CANCEL of an INVITE: To is the INVITE's, so without a tag (RFC 3261 section 9.1).

    Args:
        invite: as it was sent.
        more: a Reason (RFC 3326), for the record of the far end.
    """
    return _like(invite, "CANCEL", invite.headers.get("To") or "", more)


def _like(invite: Request, method: str, to: str, more: Iterable[tuple[str, str]] = ()) -> Request:
    headers = invite.headers
    return Request(
        method,
        invite.uri,
        Headers.composed(  # every value has been a line before
            (
                ("Via", str(invite.via)),
                ("Max-Forwards", "70"),
                *(("Route", line) for line in headers.all("Route")),
                ("From", headers.get("From") or ""),
                ("To", to),
                ("Call-ID", invite.call_id),
                ("CSeq", f"{invite.cseq.number} {method}"),
                *more,
            )
        ),
    )
