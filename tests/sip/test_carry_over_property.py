"""However often we move, and whatever is said to it: the far end knows where, or it is over."""

from __future__ import annotations

from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from firmware.sip.events import (
    Address,
    AddressChanged,
    CarryOver,
    Ended,
    Hold,
    LocalMedia,
    Resume,
    TransportFailed,
)
from firmware.sip.message import Request, Response
from tests.sip.bench import ANSWER, LINES, OFFER, SERVER
from tests.sip.talking import Talk

HOSTS = ("192.0.2.1", "192.0.2.77", "192.0.2.88")

steps = st.lists(
    st.one_of(
        st.tuples(st.just("moves"), st.sampled_from(HOSTS)),
        st.tuples(st.just("binds"), st.sampled_from([200, 200, 403, 503])),
        st.tuples(st.just("answers"), st.sampled_from([200, 200, 180, 491, 500, 503])),
        st.tuples(st.just("answers"), st.sampled_from([200, 403, 408, 481, 488])),
        st.tuples(st.just("offers"), st.none()),
        st.tuples(st.just("holds"), st.booleans()),
        st.tuples(st.just("fails"), st.none()),
        st.tuples(st.just("waits"), st.sampled_from([0.1, 2.1, 4.1, 20.0])),
    ),
    max_size=25,
)


class Story:
    """A call, and a far end that says to each request what the story wants, or nothing."""

    def __init__(self, *, ours: bool) -> None:
        self.talk = Talk(ours=ours, lines=LINES[:1])
        self.bench = self.talk.bench
        self.host = HOSTS[0]
        self.knows = self.contact = HOSTS[0]
        """Where the far end believes our voice and our signalling."""
        self.open: dict[str, Request] = {}
        """Our INVITEs and REGISTERs without a final answer, by branch."""
        self.numbers: list[int] = []
        """CSeq numbers of our INVITEs."""
        self.accepted: set[int] = set()
        """Of those that got a 2xx which we could hear."""
        self.acked: set[int] = set()
        self.ends = 0
        self.looks()

    def does(self, what: str, how: Any) -> None:
        match what:
            case "moves" if how != self.host:
                self.host = how
                self.bench.feeds(AddressChanged(Address(how, 5060)))
                self.bench.feeds(CarryOver(self.talk.call, LocalMedia(how, 12000)))
            case "binds":
                self._final("REGISTER", how)
            case "answers":
                self._final("INVITE", how)
            case "offers" if self.contact == self.host and not (self.over or self.asked):
                self.talk.asks("INVITE", body=OFFER)
            case "holds":
                self.bench.feeds((Hold if how else Resume)(self.talk.call))
            case "fails":
                self.bench.feeds(TransportFailed(SERVER, "network is unreachable"))
                self.open.clear()
            case "waits":
                self.bench.waits(how)
        self.looks()

    @property
    def over(self) -> bool:
        return self.bench.agent.board.calls.get(self.talk.call) is None or self.ends > 0

    @property
    def asked(self) -> Request | None:
        """The oldest INVITE of ours that the far end has not answered."""
        return next((r for r in self.open.values() if r.method == "INVITE"), None)

    def looks(self) -> None:
        """Take what has been sent; BYE, and a 200 of ours, are answered at once."""
        while self.bench.wire:
            message = self.bench.wire.pop(0)
            if isinstance(message, Response):
                if message.cseq.method == "INVITE" and message.status == 200:
                    self._learns(message)
                    self.talk.acks(message)
                continue
            match message.method:
                case "INVITE" | "REGISTER":
                    if message.via.branch not in self.open:
                        self.numbers += [message.cseq.number] * (message.method == "INVITE")
                    self.open[message.via.branch] = message
                case "ACK":
                    self.acked.add(message.cseq.number)
                case "BYE":
                    self.bench.replies(message, 200)
        self.ends += sum(isinstance(output, Ended) for output in self.bench.said)
        self.bench.said.clear()

    def _learns(self, message: Request | Response) -> None:
        self.contact = message.contacts[0].uri.partition("@")[2].partition(":")[0]
        self.knows = message.body.partition(b"c=IN IP4 ")[2].partition(b"\r")[0].decode()

    def _final(self, method: str, status: int) -> None:
        """Answer the oldest request of that method; who is no longer there does not hear it."""
        request = next((r for r in self.open.values() if r.method == method), None)
        if request is None:
            return
        if status >= 200:
            del self.open[request.via.branch]
        if status == 200 and method == "INVITE":
            self._learns(request)
        if request.via.host != self.host:
            return
        if method == "REGISTER":
            more = (("Contact", f"{request.contacts[0]};expires=3600"),) if request.expires else ()
            self.bench.replies(request, status, more=more if status == 200 else ())
        elif status == 200:
            self.accepted.add(request.cseq.number)
            self.talk.answers(request, 200, body=ANSWER)
        else:
            self.talk.answers(request, status)


@given(ours=st.booleans(), story=steps)
@settings(max_examples=150)
@example(ours=False, story=[("moves", HOSTS[1]), ("waits", 4.1), ("moves", HOSTS[2])])
@example(ours=True, story=[("holds", True), ("moves", HOSTS[1]), ("answers", 200)])
def test_the_far_end_knows_where_we_are_or_the_call_is_over(
    ours: bool, story: list[tuple[str, Any]]
) -> None:
    """REG-22, L32: it ends once at most; each 2xx is acknowledged; numbers count up (12.2.1.1)."""
    told = Story(ours=ours)
    for what, how in story:
        told.does(what, how)
    for _ in range(60):  # from now on all is well
        for what, how in (("binds", 200), ("answers", 200), ("waits", 1.0)):
            told.does(what, how)
    assert told.ends <= 1
    assert told.numbers == sorted(set(told.numbers))
    assert told.accepted <= told.acked
    if not told.over:
        assert (told.knows, told.contact) == (told.host, told.host)
        call = next(iter(told.bench.agent.board.calls)).call
        assert (call.moved_from, call.change, call.holds) == ("", None, call.to_hold)
        return
    told.bench.waits(140)
    told.looks()
    assert not len(told.bench.agent.board.calls)
