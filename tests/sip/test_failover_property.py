"""Servers that die, come back and are drilled at any time, under calls that come and go."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from firmware.sip.events import Deregister, Ended, HangUp, Register, RegisterStatus
from firmware.sip.message import Request, Response, respond
from firmware.sip.servers import Drill, FailBack, GoBack
from tests.sip.bench import ANSWER, CONTACT, LOCAL, SDP
from tests.sip.pair import ONE, TWO, Pair

STATUSES = (100, 180, 200, 407, 486, 503)
CHALLENGE = ("Proxy-Authenticate", 'Digest realm="dom", nonce="n", algorithm=MD5, qop="auth"')

steps = st.lists(
    st.one_of(
        st.tuples(st.just("waits"), st.sampled_from([0.0, 0.3, 4.1, 33.0, 100.0, 400.0])),
        st.tuples(st.just("dies"), st.sampled_from([ONE, TWO])),
        st.tuples(st.just("lives"), st.sampled_from([ONE, TWO])),
        st.tuples(st.just("unwell"), st.sampled_from([ONE, TWO])),
        st.tuples(st.just("drills"), st.tuples(st.integers(0, 3), st.sampled_from([0, 5, 200]))),
        st.tuples(st.just("goes back"), st.none()),
        st.tuples(st.just("lifts"), st.sampled_from([1, 2])),
        st.tuples(st.just("puts down"), st.sampled_from([1, 2])),
        st.tuples(st.just("calls"), st.sampled_from(["8001", "102"])),
        st.tuples(st.just("hangs up"), st.integers(0, 5)),
        st.tuples(st.just("answers"), st.tuples(st.integers(0, 30), st.sampled_from(STATUSES))),
        st.tuples(st.just("deregisters"), st.sampled_from([1, 2])),
        st.tuples(st.just("registers"), st.sampled_from([1, 2])),
    ),
    max_size=40,
)


class Chaos(Pair):
    """Does what it is told, and counts how often each call is said to have ended."""

    def __init__(self, mode: FailBack) -> None:
        super().__init__(fail_back=mode)
        self.calls_made: list[int] = []
        self.starts()

    def does(self, what: str, how: Any) -> None:
        match what:
            case "waits":
                self.waits(how)
            case "dies":
                self.dies(how)
            case "lives":
                self.lives(how)
                self.registrar.pop(how, None)
            case "unwell":
                self.registrar[how] = 503
            case "drills":
                self.feeds(Drill(*how))
            case "goes back":
                self.feeds(GoBack())
            case "lifts":
                self.busy.add(how)
            case "puts down":
                self.busy.discard(how)
            case "calls":
                self.calls_made.append(self.calls(how))
            case "hangs up" if self.calls_made:
                self.feeds(HangUp(self.calls_made[how % len(self.calls_made)]))
            case "answers":
                self._answers_invite(*how)
            case "deregisters":
                self.feeds(Deregister(how))
            case "registers":
                self.feeds(Register(how))

    def _answers_invite(self, which: int, status: int) -> None:
        """Some server answers some INVITE or BYE of all that were ever sent."""
        asked = [m for m in self.wire if isinstance(m, Request) and m.method in {"INVITE", "BYE"}]
        if not asked:
            return
        request = asked[which % len(asked)]
        more = [CHALLENGE] if status == 407 else []
        body = ANSWER if status == 200 and request.method == "INVITE" else b""
        more += [CONTACT, SDP] if body else []
        tag = f"t{request.via.branch[-4:]}"
        source = LOCAL if request.via.branch[-1] in "0123" else ONE
        response: Response = respond(request, status, to_tag=tag, headers=more, body=body)
        self.brings(response, source)

    def settles(self) -> None:
        """All is well again, and everybody hangs up."""
        self.busy.clear()
        for server in (ONE, TWO):
            self.does("lives", server)
            self.feeds(Drill(1 + (server is TWO), 0))
        for call in self.calls_made:
            self.feeds(HangUp(call))
        for line in (1, 2):
            self.feeds(Register(line))
        self.waits(4000.0)


@given(steps, st.sampled_from(list(FailBack)))
@settings(max_examples=60, deadline=None)
def test_whatever_the_servers_do_lines_come_home_and_calls_end_once(
    story: list[tuple[str, Any]], mode: FailBack
) -> None:
    chaos = Chaos(mode)
    for what, how in story:
        chaos.does(what, how)
    chaos.settles()
    ends = [said.call for said in chaos.said if isinstance(said, Ended)]
    assert sorted(call for call in ends if call in chaos.calls_made) == sorted(chaos.calls_made)
    assert len(chaos.agent.board.calls) == 0, "no call stays"
    states = chaos.agent.servers(chaos.now)
    (used,) = [state.name for state in states if state.in_use]
    for line in (1, 2):
        state = chaos.agent.registration(line)
        assert state.status is RegisterStatus.REGISTERED
        if mode is FailBack.AUTO:
            assert state.registrar == used == "192.0.2.10:5060"
