"""Whatever a registrar, a name service and an operator do: what is shown of a line is true."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import (
    Address,
    AddressChanged,
    Deregister,
    Register,
    RegisterStatus,
    Resolved,
    Send,
    Server,
    TransportFailed,
)
from firmware.sip.message import Request, Response, parse, respond
from firmware.sip.registering import Phase
from firmware.sip.servers import Drill, GoBack
from tests.sip.bench import Bench

NAMED, NUMERIC = Address("192.0.2.20", 5060), Address("192.0.2.11", 5060)
SERVERS = (Server("sbc.example", 5060), Server(NUMERIC.host))
OWN = ("192.0.2.1", "192.0.2.2")
SILENT = frozenset({Phase.IDLE, Phase.REMOVED})
"""In these a line was told to stay away, or has not been told to begin."""
AN_INSTANT = 1e-6
CHALLENGE = ("WWW-Authenticate", 'Digest realm="dom", nonce="{}", algorithm=MD5, qop="auth"')

replies = st.sampled_from(
    [
        *[(200, seconds) for seconds in (0, 1, 7, 40, 3600, 10**9)],
        *[(status, 0) for status in (100, 302, 401, 403, 407, 423, 480, 500, 503, 600)],
    ]
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("waits"), st.sampled_from([0.0, 0.4, 6.0, 33.0, 100.0, 2000.0])),
        st.tuples(st.just("answers"), st.tuples(st.integers(0, 9), replies)),
        st.tuples(st.just("answers"), st.tuples(st.integers(0, 1), st.just((200, 3600)))),
        st.tuples(st.just("resolves"), st.booleans()),
        st.tuples(st.just("drills"), st.tuples(st.integers(1, 2), st.sampled_from([0, 5, 200]))),
        st.tuples(st.just("goes back"), st.none()),
        st.tuples(st.just("fails"), st.sampled_from([NAMED, NUMERIC])),
        st.tuples(st.just("relocates"), st.sampled_from(OWN)),
        st.tuples(st.just("registers"), st.tuples(st.integers(1, 2), st.sampled_from([0.0, 9.0]))),
        st.tuples(st.just("deregisters"), st.tuples(st.integers(1, 2), st.booleans())),
    ),
    max_size=40,
)


class Story(Bench):
    """Servers that answer what the story says, and remember what they have bound."""

    def __init__(self, *, follows: bool) -> None:
        super().__init__(
            servers=SERVERS, heartbeat_s=30.0, register_rate=20.0, follow_redirects=follows
        )
        self.asked: list[tuple[float, Address, Request]] = []
        """Every REGISTER, at its first sending."""
        self.bound: dict[tuple[str, str], float] = {}
        """By server and Contact: until when."""
        self.numbers: dict[str, int] = {}
        self.said_to: dict[str, Response] = {}
        """By branch: who is asked again says the same again."""
        self.before: dict[tuple[str, str], float] = {}
        self.taken: dict[str, int] = {}
        """By Call-ID: the last CSeq that a registrar has acted upon (section 10.3)."""
        self.starts()

    def does(self, what: str, how: Any) -> None:
        match what:
            case "waits":
                self.waits(how)
            case "answers" if self.asked:
                self._answers(*how)
            case "resolves":
                found = (NAMED,) if how else ()
                self.feeds(Resolved("sbc.example", 5060, found, "" if how else "NXDOMAIN"))
            case "drills":
                self.feeds(Drill(how[0], float(how[1])))
            case "goes back":
                self.feeds(GoBack())
            case "fails":
                self.feeds(TransportFailed(how, "no route"))
            case "relocates":
                self.feeds(AddressChanged(Address(how, 5060)))
            case "registers":
                self.feeds(Register(*how))
            case "deregisters":
                self.feeds(Deregister(*how))

    def _answers(self, which: int, reply: tuple[int, int]) -> None:
        """One of the last REGISTERs is answered, late or twice as it may be."""
        sent_at, target, request = self.asked[-1 - which % len(self.asked)]
        if request.via.branch in self.said_to:
            self.brings(self.said_to[request.via.branch], target)
            return
        status, seconds = reply
        if request.cseq.number < self.taken.get(request.call_id, 0):
            status = 500
        more: list[tuple[str, str]] = []
        if status == 200:
            more = self._binds(sent_at, target, request, seconds)
        if status in {401, 407}:
            name, value = CHALLENGE
            name = name if status == 401 else "Proxy-Authenticate"
            more = [(name, value.format(f"n{len(self.asked)}"))]
        if status == 423:
            more = [("Min-Expires", "7200")]
        if status == 302:
            more = [("Contact", f"<sip:{NUMERIC.host}>")]
        response = respond(request, status, to_tag="r", headers=more)
        if status >= 200:
            self.said_to[request.via.branch] = response
        before = dict(self.bound) if status != 200 else self.before
        self.brings(response, target)
        if not self._heard(request):  # what nobody has heard of nobody can know
            for key, until in before.items():
                self.bound[key] = max(until, self.bound.get(key, until))

    def _heard(self, request: Request) -> bool:
        """Whether somebody was still waiting for the answer that has just come."""
        number = int(request.to.uri.partition(":")[2].partition("@")[0]) - 100
        state = self.agent.registration(number)
        return state.answered_at == self.now or self.agent.board.lines[number].phase in SILENT

    def _binds(
        self, sent_at: float, target: Address, request: Request, seconds: int
    ) -> list[tuple[str, str]]:
        """The registrar heard it when it was sent, and counts from there."""
        contact = request.contacts[0].uri
        self.before = dict(self.bound)
        self.taken[request.call_id] = request.cseq.number
        if not request.expires:
            self.bound.pop((target.host, contact), None)
            return []
        self.bound[target.host, contact] = sent_at + seconds
        return [("Contact", f"<{contact}>;expires={seconds}")]

    def _out(self, outputs: list[Any]) -> None:
        for output in outputs:
            if isinstance(output, Send) and output.data.startswith(b"REGISTER"):
                self._note(parse(output.data), output.target)
        super()._out(outputs)

    def _note(self, request: Any, target: Address) -> None:
        if any(request.via.branch == seen.via.branch for _, _, seen in self.asked):
            return  # a retransmission
        before = self.numbers.get(request.call_id, 0)
        assert request.cseq.number > before, "CSeq counts up within a Call-ID (REG-10)"
        self.numbers[request.call_id] = request.cseq.number
        self.asked.append((self.now, target, request))

    def checks(self) -> None:
        for number, line in self.agent.board.lines.items():
            state = self.agent.registration(number)
            if state.status is RegisterStatus.REGISTERED:
                assert state.expires_at is not None
                assert state.expires_at >= self.now - AN_INSTANT
                lasts = [until for (_, uri), until in self.bound.items() if line.token in uri]
                assert state.expires_at <= max(lasts) + AN_INSTANT, "the registrar knows better"
            if line.asking or line.phase in SILENT:
                continue
            assert state.next_attempt_at is not None, (number, line.phase, state)
            assert state.next_attempt_at >= self.now - AN_INSTANT
            assert self.agent.deadline is not None
            assert self.agent.deadline <= state.next_attempt_at + AN_INSTANT


@given(steps, st.booleans())
@settings(max_examples=150, deadline=None)
def test_the_next_attempt_is_always_known_and_reg_ok_is_always_true(
    story: list[tuple[str, Any]], follows: bool
) -> None:
    """REG-10, REG-11, REG-14: not registered and no REGISTER out: the time of the next is set."""
    bench = Story(follows=follows)
    bench.checks()
    for what, how in story:
        bench.does(what, how)
        bench.checks()
