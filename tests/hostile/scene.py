"""The user agent in the hands of a hostile network: three states, bytes in, what comes of it.

A scene is an agent that does something useful (nothing, ringing, talking) while anything at
all is thrown at it. After each datagram the scene checks what must always hold; at the end
that the useful thing can still be brought to its proper end, and that nothing stays behind.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from typing import Any

from firmware.sip.events import (
    Accept,
    Address,
    Alert,
    Datagram,
    Deregister,
    Dropped,
    Ended,
    HangUp,
    Offered,
    Output,
    Refuse,
    Send,
)
from firmware.sip.message import Request, Response, is_keepalive, parse
from tests.sip.bench import CONTACT, MEDIA, OFFER, SERVER, US, Bench, within

RESPONSE = re.compile(rb"SIP/2\.0 ([1-6][0-9]{2}) [^\r\n]*\r\n(?:[^\r\n]+\r\n)*\r\n")
"""The head of a response, without a bare CR or LF, and nothing that could be a second head."""
ADDED = 600
"""An answer may be longer than the request by what we add: To tag, received, Allow, Server."""
AT_ONCE = 5.0
"""s of processor time for one datagram: not a budget, but the difference to a hang."""
LONG_ENOUGH = 400.0
"""s after which every timer of the protocol has run out, Timer C and ringing included."""


def is_response(data: bytes) -> bool:
    return data[:4].upper() == b"SIP/"


def ack_of(refused: bytes) -> bytes:
    """The ACK to a refused INVITE, made of the answer to it."""
    lines = refused.partition(b"\r\n")[2].replace(b" INVITE\r\n", b" ACK\r\n")
    return b"ACK sip:x@192.0.2.1 SIP/2.0\r\n" + lines


def status_of(data: bytes) -> int:
    match = RESPONSE.match(data)
    assert match is not None, f"not the head of a response: {data[:200]!r}"
    return int(match[1])


class Scene:
    """An agent with two registered lines, on a bench."""

    call = 0
    """The call that must not suffer; 0: none."""

    def __init__(self, **settings: Any) -> None:
        self.bench = Bench(**settings)
        self.register()
        tokens = [line.token for line in self.bench.agent.board.lines.values()]
        self.token, self.other = tokens[0], tokens[-1]
        self.bench.clears()
        self.ended: list[Ended] = []
        self.offered: list[Offered] = []

    def register(self) -> None:
        self.bench.registers()
        self.bench.waits(10.0)  # until the last of it is over
        assert not self.bench.agent.busy

    def close(self) -> None:
        """The agent is alive, and the useful thing comes to its proper end."""
        probe = self.bench.request("OPTIONS", "sip:192.0.2.1", call_id="probe")
        assert [status_of(d) for d in self.sent(probe.encode())] == [200]
        self.end()

    def end(self) -> None:
        """The useful thing comes to its proper end; when idle there is none."""

    def throws(self, data: bytes, source: Address = SERVER) -> list[Output]:
        """One datagram of the network, and all that must hold whatever it is."""
        agent = self.bench.agent
        began = time.thread_time()
        outputs = agent.feed(Datagram(data, source), self.bench.now)
        took = time.thread_time() - began
        assert took < AT_ONCE, f"{took * 1000:.0f} ms for {data[:200]!r}"
        self._heard(outputs)
        answers = [o for o in outputs if isinstance(o, Send) and is_response(o.data)]
        assert len(answers) <= 1, f"{len(answers)} answers to {data[:200]!r}"
        assert not answers or not is_response(data), f"a response was answered: {data[:200]!r}"
        for answer in answers:
            assert answer.target.host == source.host, "nothing is reflected to third parties"
            assert len(answer.data) <= len(data) + ADDED, f"amplified: {data[:200]!r}"
            status_of(answer.data)
        silent = is_keepalive(data) or is_response(data) or data.startswith(b"ACK ")
        assert outputs or silent, f"neither acted upon nor counted: {data[:200]!r}"
        return outputs

    def sent(self, data: bytes, source: Address = SERVER) -> list[bytes]:
        """What the agent sends at once because of a datagram."""
        return [o.data for o in self.throws(data, source) if isinstance(o, Send)]

    def settles(self) -> None:
        """The owner ends what is left, time passes: nothing stays behind."""
        bench, agent = self.bench, self.bench.agent
        for machine in list(agent.board.calls):
            self._heard(agent.feed(HangUp(machine.call.id), bench.now))
        for line in agent.board.lines:
            self._heard(agent.feed(Deregister(line), bench.now))
        until = bench.now + LONG_ENOUGH
        while (due := agent.deadline) is not None and due <= until:
            bench.now = max(bench.now, due)
            self._heard(agent.tick(bench.now))
        bench.now = until
        empty(agent)

    def refuses_what_is_offered(self) -> None:
        """The owner's line is busy: 486 to every call that was offered, and its ACK."""
        offered, self.offered = self.offered, []
        for call in offered:
            outputs = self.bench.agent.feed(Refuse(call.call, 486), self.bench.now)
            self._heard(outputs)
            for output in outputs:
                if isinstance(output, Send):
                    self.throws(ack_of(output.data))

    def _heard(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            match output:
                case Ended():
                    self.ended.append(output)
                case Offered():
                    self.offered.append(output)
                case Send(data, target):
                    assert target.port > 0
                    assert len(data) <= 65507, "does not fit into a datagram"
                    assert not is_response(data) or status_of(data)
                case _:
                    pass
        harmed = [ended for ended in self.ended if ended.call == self.call]
        assert not harmed, f"the existing call was ended: {harmed}"


class Ringing(Scene):
    """A call rings at line 1."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.invite, offered = self.bench.rings(self.token, call_id="precious")
        self.bench.feeds(Alert(offered.call))
        self.answer: Response = self.bench.one("180 INVITE")
        self.call = offered.call

    def within(self, cseq: int) -> dict[str, Any]:
        return within(self.answer, cseq)

    def end(self) -> None:
        """The caller gives up: its CANCEL is understood as ever."""
        call, self.call = self.call, 0
        headers = self.invite.headers.replaced("CSeq", f"{self.invite.cseq.number} CANCEL")
        cancel = Request("CANCEL", self.invite.uri, headers.without("Content-Type"))
        assert [status_of(d) for d in self.sent(cancel.encode())] == [200, 487]
        assert [e.call for e in self.ended][-1] == call

    def throws(self, data: bytes, source: Address = SERVER) -> list[Output]:
        if data.startswith(b"CANCEL") and not self.call:  # two transactions: two answers
            outputs = self.bench.agent.feed(Datagram(data, source), self.bench.now)
            self._heard(outputs)
            return outputs
        return super().throws(data, source)


class Talking(Scene):
    """Line 1 talks, having been called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        bench = self.bench
        self.invite, offered = bench.rings(self.token, call_id="precious")
        bench.feeds(Alert(offered.call))
        bench.feeds(Accept(offered.call, MEDIA))
        _, self.answer = bench.gets("180 INVITE", "200 INVITE")
        ack = bench.request("ACK", US, **within(self.answer, self.invite.cseq.number))
        bench.brings(ack)
        bench.clears()
        self.call = offered.call

    def within(self, cseq: int) -> dict[str, Any]:
        return within(self.answer, cseq)

    def end(self) -> None:
        """The caller hangs up: the BYE is understood as ever."""
        call, self.call = self.call, 0
        bye = self.bench.request("BYE", US, **self.within(2**30))
        assert [status_of(d) for d in self.sent(bye.encode())] == [200]
        assert [e.call for e in self.ended][-1] == call


def invite(scene: Scene, *, extra: bytes = b"", body: bytes = OFFER, call: str = "a") -> bytes:
    """A good INVITE with more header lines before its Content-Type."""
    request = scene.bench.request(
        "INVITE",
        f"sip:{scene.token}@192.0.2.1",
        call_id=call,
        more=(CONTACT, ("X-Here", "1")),
        body=body,
    )
    return request.encode().replace(b"X-Here: 1\r\n", extra)


STATES: dict[str, Callable[[], Scene]] = {"idle": Scene, "ringing": Ringing, "talking": Talking}


def empty(agent: Any) -> None:
    """Every table of the agent is as it was before the first call."""
    calls, transactions = agent.board.calls, agent.board.transactions
    beats = [a for a in transactions._asked.values() if a.machine.request.method == "OPTIONS"]
    assert len(beats) <= len(agent.settings.servers), "one heartbeat a server at a time"
    assert len(transactions._asked) == len(beats)
    assert agent.busy == bool(beats)
    in_calls = calls._by_id, calls._by_dialog, calls._dialogs, calls._begun, calls._open
    assert not any(in_calls)
    assert not transactions._answering
    assert len(agent.board.agenda._noted) <= 1 + len(agent.board.lines)
    lingering = 2 * len(agent.settings.servers) if agent.settings.heartbeat_s else 0
    assert len(transactions._agenda._noted) <= len(beats) + lingering, "the agenda forgets"


def dropped(outputs: Sequence[Output]) -> bool:
    return any(isinstance(output, Dropped) for output in outputs)


def statuses(outputs: Sequence[Output]) -> list[int]:
    """Of the answers among the outputs."""
    sends = [o.data for o in outputs if isinstance(o, Send) and is_response(o.data)]
    return [status_of(data) for data in sends]


def answered(outputs: Sequence[Output]) -> Response:
    """The one answer among the outputs, read."""
    (send,) = [o for o in outputs if isinstance(o, Send)]
    message = parse(send.data)
    assert isinstance(message, Response)
    return message
