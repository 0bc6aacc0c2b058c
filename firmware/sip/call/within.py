"""Requests of ours within a dialog, with credentials where those may go.

Every such request may be challenged, by whatever stands in the way (RFC 3261 section 22.2).
A dialog leads to where the far end says. Only if that is one of our servers does it get to
see what was made of a password (invariant I6).
"""

from __future__ import annotations

from collections.abc import Iterable

from firmware.sip.call.call import Call
from firmware.sip.call.events import SendAck
from firmware.sip.call.parts import Within
from firmware.sip.compose import SDP
from firmware.sip.credentials import Attempt, credential_lines
from firmware.sip.dialog import Dialog
from firmware.sip.digest import Outcome
from firmware.sip.events import Address
from firmware.sip.message import Request, Response
from firmware.sip.tu import Ask

MOST_KEPT = 32
"""ACKs of one call: a session may be confirmed by re-INVITEs for days."""


def ask(
    call: Call,
    dialog: Dialog,
    method: str,
    more: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    content: str = SDP[1],
) -> Ask:
    """Send the next request in this dialog; a body is a session description unless told."""
    lines = (*more, ("Content-Type", content)) if body else tuple(more)
    target = call.target(dialog)
    if call.around.listed(target):
        lines += call.party.authenticator.credentials(method, dialog.uri, body)
    request = dialog.request(method, call.around.composer, more=lines, body=body)
    attempt = Attempt(call.party.authenticator)
    call.within[request.via.branch] = Within(request, dialog, attempt)
    return Ask(request, target)


def again(call: Call, request: Request, response: Response) -> Ask | None:
    """The same with credentials, if a challenge may be answered: next CSeq, another branch."""
    waiting = call.within.get(request.via.branch)
    if waiting is None or response.status not in {401, 407}:
        return None
    target = call.target(waiting.dialog)
    if not call.around.listed(target):
        return None
    if waiting.attempt.refused(request, response) is not Outcome.RETRY:
        return None
    cseq = waiting.dialog.next_cseq(call.around.composer)
    known = call.party.authenticator.credentials(request.method, request.uri, request.body)
    repeated = call.around.composer.again(request, cseq, known)
    del call.within[request.via.branch]
    call.within[repeated.via.branch] = Within(repeated, waiting.dialog, waiting.attempt)
    return Ask(repeated, target)


def done(call: Call, request: Request) -> None:
    """Note that a request has its final answer, or never will."""
    call.within.pop(request.via.branch, None)


def ack(
    call: Call,
    dialog: Dialog,
    invite: Request,
    body: bytes = b"",
    *,
    target: Address | None = None,
) -> SendAck:
    """The ACK to a 2xx, with the credentials of its INVITE (section 13.2.2.4)."""
    where = target or call.target(dialog)
    more = credential_lines(invite) if call.around.listed(where) else ()
    lines = (*more, SDP) if body else more
    made = dialog.ack(invite.cseq.number, call.around.composer, more=lines, body=body)
    return _kept(call, dialog, SendAck(made, where))


def bare_ack(call: Call, dialog: Dialog, cseq: int) -> SendAck:
    """The ACK to a 2xx to an INVITE that we do not have any more."""
    made = dialog.ack(cseq, call.around.composer)
    return _kept(call, dialog, SendAck(made, call.target(dialog)))


def _kept(call: Call, dialog: Dialog, ack_: SendAck) -> SendAck:
    """Keep it for when the 2xx comes again; that of a change long ago does not."""
    if len(call.acks) >= MOST_KEPT:
        del call.acks[next(iter(call.acks))]
    call.acks[dialog.id.remote_tag, ack_.ack.cseq.number] = ack_
    return ack_
