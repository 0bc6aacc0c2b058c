"""Fields by anomalies: every field of what we read, spoilt in every way, in three states.

faults 6.2. The agent never raises, answers a request once at the most and a response never,
counts what it drops, is quick about it, and its existing call does not suffer.

There are 20 000 such messages; one in `STRIDE` is thrown here, another one in each state
(and for responses to each of five requests). ``HOSTILE_STRIDE=1`` throws them all in all
states (`make fuzz` does).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

import pytest

from firmware.sip.events import (
    Established,
    HangUp,
    MediaChanged,
    Offered,
    Output,
    Register,
    Send,
    Transport,
    TransportFailed,
)
from firmware.sip.message import Request
from tests.hostile import fields
from tests.hostile.scene import STATES, Ringing, Scene, Talking, ack_of, statuses
from tests.sip.bench import SERVER

STRIDE = int(os.environ.get("HOSTILE_STRIDE", "10"))
BATCH = 100
"""Messages before the call is brought to its end and a new scene begins."""
LAST_NUMBER = ("cseq: number 2147483647", "cseq: doubled")
"""A peer that counts so far has no number left for its own BYE."""

BY_TCP = replace(SERVER, transport=Transport.TCP)

REQUESTS = {
    "INVITE": fields.INVITE,
    "OPTIONS": fields.OPTIONS,
    "re-INVITE": fields.REINVITE,
    "UPDATE": fields.UPDATE,
}
RESPONSES = [
    ("REGISTER", 200),
    ("REGISTER", 401),
    ("INVITE", 183),
    ("INVITE", 200),
    ("INVITE", 407),
]


def blanks(scene: Scene, number: int) -> dict[str, str]:
    """What a request has to say to mean something to this agent."""
    filled = {"token": scene.other, "n": str(number)}
    filled |= {"from": "<sip:a@b>;tag=x", "to": "<sip:b@c>;tag=y", "call": "none"}
    if isinstance(scene, Ringing | Talking):
        names = scene.within(number)
        filled |= {"from": names["from_"], "to": names["to"], "call": names["call_id"]}
    return filled


def answering(request: Request, number: int) -> dict[str, str]:
    """What a response has to say to be the answer to a request of ours."""
    contact = request.contacts[0].uri.removeprefix("sip:").partition("@")[0]
    return {
        "token": contact,
        "n": str(number),
        "from": request.headers.get("From") or "",
        "to": request.headers.get("To") or "",
        "call": request.call_id,
        "branch": request.via.branch,
        "cseq": str(request.cseq),
    }


def template_of(status: int) -> str:
    header = "Proxy-Authenticate" if status == 407 else "WWW-Authenticate"
    template = fields.RESPONSE.replace("{r status=200}", f"{{r status={status}}}")
    return template.replace("WWW-Authenticate", header)


def spoilt(template: str, first: int, stride: int) -> Iterator[tuple[int, str, tuple[bytes, ...]]]:
    numbered = enumerate(fields.messages(template), 10)
    for number, (what, parts) in islice(numbered, first % stride, None, stride):
        if not what.endswith(LAST_NUMBER):
            yield number, what, parts


def asks(scene: Scene, method: str) -> Request:
    """A request of our own, which waits for its answer."""
    if method == "INVITE":
        scene.bench.calls()
    else:
        for way in (BY_TCP, SERVER):  # with a monstrous nonce it is too large for a datagram
            scene.bench.feeds(TransportFailed(way, "the last one goes unanswered"))
        scene.bench.clears()
        scene.bench.feeds(Register(1))
    request = scene.bench.one(method)
    scene.bench.clears()
    assert isinstance(request, Request)
    return request


def acknowledge(scene: Scene, outputs: Sequence[Output]) -> None:
    """The far end ACKs the answer to its re-INVITE, so that the next one may come."""
    for output in outputs:
        if isinstance(output, Send) and b" INVITE\r\n" in output.data:
            scene.throws(ack_of(output.data))


class Batches:
    """A new scene for every hundred messages; each must end well."""

    def __init__(self, state: str) -> None:
        self._state = state
        self._count = 0
        self.scene = STATES[state]()

    def next(self) -> Scene:
        self._count += 1
        if self._count % BATCH == 0:
            self.close()
            self.scene = STATES[self._state]()
        return self.scene

    def close(self) -> None:
        self.scene.close()
        self.scene.settles()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", REQUESTS)
def test_a_spoilt_request_does_no_harm(name: str, state: str) -> None:
    batches = Batches(state)
    for number, what, parts in spoilt(REQUESTS[name], list(STATES).index(state), STRIDE):
        scene = batches.next()
        data = fields.filled(parts, blanks(scene, number))
        try:
            acknowledge(scene, scene.throws(data))
            scene.refuses_what_is_offered()
        except Exception as error:
            raise AssertionError(f"{what}: {data[:400]!r}") from error
    batches.close()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize(("method", "status"), RESPONSES)
def test_a_spoilt_response_does_no_harm(method: str, status: int, state: str) -> None:
    batches = Batches(state)
    first = list(STATES).index(state) * len(RESPONSES) + RESPONSES.index((method, status))
    stride = 1 if STRIDE == 1 else STRIDE * len(RESPONSES)
    for number, what, parts in spoilt(template_of(status), first, stride):
        scene = batches.next()
        data = fields.filled(parts, answering(asks(scene, method), number))
        try:
            scene.throws(data)
        except Exception as error:
            raise AssertionError(f"{what}: {data[:400]!r}") from error
        if method == "INVITE":
            scene.bench.feeds(HangUp(scene.bench.agent.board.last_call))
            scene.bench.clears()
    batches.close()


def test_the_messages_mean_something_when_nothing_is_spoilt() -> None:
    scene = Talking()
    offered = scene.throws(fields.filled(fields.right(fields.INVITE), blanks(scene, 10)))
    assert isinstance(offered[-1], Offered)
    scene.refuses_what_is_offered()
    options = scene.throws(fields.filled(fields.right(fields.OPTIONS), blanks(scene, 11)))
    assert statuses(options) == [200]
    for number, template in ((12, fields.REINVITE), (13, fields.UPDATE)):
        outputs = scene.throws(fields.filled(fields.right(template), blanks(scene, number)))
        assert statuses(outputs) == [200]
        assert isinstance(outputs[-1], MediaChanged)
        acknowledge(scene, outputs)
    response = fields.filled(fields.right(template_of(200)), answering(asks(scene, "INVITE"), 14))
    assert isinstance(scene.throws(response)[-1], Established)
    for method, status in (("INVITE", 407), ("REGISTER", 401)):
        request = asks(scene, method)
        response = fields.filled(fields.right(template_of(status)), answering(request, 15))
        assert b"\r\nAuthorization: Digest" in b"".join(scene.sent(response)).replace(
            b"Proxy-", b""
        )
    scene.close()
    scene.settles()
