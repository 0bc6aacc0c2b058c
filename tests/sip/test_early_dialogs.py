"""Several telephones ring, a server sings: early dialogs and who is heard (A14, CO-08, B14)."""

from __future__ import annotations

from typing import Any

import pytest

from firmware.sip.events import Ended, Established, HangUp, MediaPlan, Proceeding
from firmware.sip.message import Request
from tests.sip.bench import ANSWER, CONTACT, US, Bench, swapped

Header = tuple[str, str]


class Forked:
    """A call whose INVITE has reached several telephones."""

    def __init__(self, **settings: Any) -> None:
        self.bench = Bench(**settings)
        self.bench.registers()
        self.call = self.bench.calls()
        self.invite: Request = self.bench.one("INVITE")

    def says(self, status: int, tag: str, *more: Header, port: int = 0) -> Proceeding:
        """A provisional response from there; with a port it brings an answer."""
        body = ANSWER.replace(b"20000", str(port).encode()) if port else b""
        self.bench.replies(self.invite, status, tag=tag, more=(CONTACT, *more), body=body)
        said: Proceeding = self.bench.last(Proceeding)
        return said


def port_of(plan: MediaPlan | None) -> int:
    return plan.port if plan else 0


def test_the_song_stays_while_another_telephone_rings() -> None:
    """A14, steps 4 to 8: 183 with SDP of x, then 180 of y: x is what there is to hear."""
    forked = Forked()
    song = forked.says(183, "x", port=30000)
    assert (port_of(song.media), song.rings) == (30000, False)
    rings = forked.says(180, "y")
    assert (rings.code, port_of(rings.media), rings.rings) == (180, 30000, True)


def test_of_two_voices_that_which_spoke_last_is_heard() -> None:
    """B14: ringback and early media follow the last active one."""
    forked = Forked()
    forked.says(183, "x", port=30000)
    assert port_of(forked.says(183, "y", port=30002).media) == 30002
    assert port_of(forked.says(180, "x").media) == 30000
    assert port_of(forked.says(180, "z").media) == 30000


def test_at_most_eight_early_dialogs_are_kept() -> None:
    """B14: a ninth is answered for itself, and remembered by nobody."""
    forked = Forked()
    for n in range(9):
        forked.says(180, f"t{n}")
    machine = forked.bench.agent.board.calls.get(forked.call)
    assert machine is not None
    assert list(machine.call.early) == [f"t{n}" for n in range(8)]


def test_a_telephone_that_is_gone_gives_way_to_the_others() -> None:
    """199 (RFC 6228 section 5): the song of y ends, that of x is heard again."""
    forked = Forked()
    forked.says(183, "x", port=30000)
    forked.says(180, "y", port=30002)
    left = forked.says(199, "y")
    assert (left.code, port_of(left.media), left.rings) == (199, 30000, False)
    none = forked.says(199, "x")
    assert (none.code, none.media, none.rings) == (199, None, False)


def test_as_long_as_one_of_them_rings_the_caller_is_told_so() -> None:
    forked = Forked()
    forked.says(180, "x")
    forked.says(180, "y")
    assert (left := forked.says(199, "y")).rings
    assert left.code == 180


def test_nobody_knows_the_telephone_that_is_gone() -> None:
    forked = Forked()
    forked.bench.replies(forked.invite, 199, tag="never")
    forked.bench.hears()


def test_we_say_that_199_is_understood() -> None:
    """RFC 6228 section 4: who understands it says so in Supported."""
    assert "199" in Forked().invite.supported


def test_after_a_199_the_call_can_be_given_up_or_answered() -> None:
    forked = Forked()
    forked.says(180, "x")
    forked.says(199, "x")
    forked.bench.feeds(HangUp(forked.call))
    forked.bench.one("CANCEL")


@pytest.mark.parametrize(
    ("value", "heard"),
    [
        ("sendrecv", True),
        ("sendonly", True),
        ("sendrecv, gated", True),
        ("recvonly", False),
        ("inactive", False),
        ("inactive,gated", False),
        ("gated", None),
        ("supported", None),
        ("SENDRECV", True),
        ("x-unknown", None),
        ('"sendrecv', None),
        ("sendrecv;x=1", None),
        ("", None),
    ],
)
def test_the_network_says_whether_it_plays(value: str, heard: bool | None) -> None:
    """RFC 5009 section 8: the directions are as the network sees them."""
    said = Forked().says(183, "x", ("P-Early-Media", value), port=30000)
    assert said.authorised is heard


def test_a_voice_that_the_network_vouches_for_comes_before_others() -> None:
    """RFC 5009 section 8.1: one of the authorised is chosen."""
    forked = Forked()
    forked.says(183, "x", ("P-Early-Media", "sendrecv"), port=30000)
    assert port_of(forked.says(183, "y", port=30002).media) == 30000
    muted = forked.says(183, "x", ("P-Early-Media", "inactive"))
    assert (port_of(muted.media), muted.authorised) == (30002, None)


def test_the_word_of_the_network_stands_until_it_says_another() -> None:
    forked = Forked()
    forked.says(183, "x", ("P-Early-Media", "sendrecv"), port=30000)
    assert forked.says(180, "x").authorised is True


def test_an_update_says_that_the_network_plays_now() -> None:
    """RFC 5009 section 8: authorisation may change in the middle of an early dialog."""
    forked = Forked()
    bench = forked.bench
    forked.says(183, "x", ("P-Early-Media", "inactive"), port=30000)
    more = (CONTACT, ("P-Early-Media", "sendonly"))
    theirs = swapped(forked.invite, 1) | {"from_": "<sip:8001@dom>;tag=x"}
    bench.brings(bench.request("UPDATE", US, **theirs, more=more))
    bench.one("200 UPDATE")
    said: Proceeding = bench.last(Proceeding)
    assert (said.authorised, port_of(said.media)) == (True, 30000)


def test_the_header_is_announced_if_that_is_wished() -> None:
    assert "P-Early-Media" not in Forked().invite.headers
    told = Forked(announces_early_media=True).invite.headers.get("P-Early-Media")
    assert told == "supported"


@pytest.mark.parametrize(("status", "code"), [(183, 183), (184, 183), (150, 183), (181, 181)])
def test_an_unknown_provisional_response_counts_as_183(status: int, code: int) -> None:
    """Fault A15 (RFC 3261 section 8.1.3.2): it is progress, and nobody rings."""
    said = Forked().says(status, "x")
    assert (said.code, said.rings) == (code, False)


def test_who_lifts_after_the_call_was_refused_is_told_that_nobody_waits() -> None:
    """CO-07, CO-08: a proxy forwards every 2xx, whatever it has sent before (16.7 step 5)."""
    forked = Forked()
    bench = forked.bench
    bench.replies(forked.invite, 408, tag="proxy")
    bench.gets("ACK")
    bench.last(Ended)
    late = bench.replies(forked.invite, 200, tag="x", more=(CONTACT,), body=ANSWER)
    ack, bye = bench.gets("ACK", "BYE")
    assert (ack.to.tag, bye.to.tag) == ("x", "x")
    bench.brings(late)
    assert bench.one("ACK") == ack
    bench.replies(bye, 200)
    bench.waits(40)
    assert bench.said == []
    assert not bench.agent.busy


def test_who_answers_an_invite_that_was_challenged_is_not_the_one_we_wait_for() -> None:
    """Section 22.2: the INVITE with credentials is another request."""
    forked = Forked()
    bench = forked.bench
    asks = ("WWW-Authenticate", 'Digest realm="dom", nonce="n"')
    bench.replies(forked.invite, 401, tag="proxy", more=(asks,))
    _, again = bench.gets("ACK", "INVITE")
    bench.replies(forked.invite, 200, tag="x", more=(CONTACT,), body=ANSWER)
    assert [message.to.tag for message in bench.gets("ACK", "BYE")] == ["x", "x"]
    bench.replies(again, 200, tag="y", more=(CONTACT,), body=ANSWER)
    bench.gets("ACK")
    bench.last(Established)


@pytest.mark.parametrize(
    ("early", "final", "passed_over"),
    [
        (ANSWER, ANSWER, False),
        (ANSWER, ANSWER.replace(b"7 7 IN", b"7 8 IN"), False),
        (ANSWER, b"", False),
        (b"", ANSWER, False),
        (ANSWER, ANSWER.replace(b"20000", b"30000"), True),
        (ANSWER, b"v=0\r\nm=?", True),
    ],
)
def test_of_two_answers_in_a_dialog_the_first_stands(
    early: bytes, final: bytes, passed_over: bool
) -> None:
    """RFC 6337 section 3.1, sip 10.2; the owner is told if the other one says something else."""
    forked = Forked()
    bench = forked.bench
    bench.replies(forked.invite, 183, tag="x", more=(CONTACT,), body=early)
    bench.replies(forked.invite, 200, tag="x", more=(CONTACT,), body=final)
    said: Established = bench.last(Established)
    assert (port_of(said.media), said.passed_over) == (20000, passed_over)
