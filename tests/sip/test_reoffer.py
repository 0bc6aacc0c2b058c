"""Voice offered once more by G.711 alone: no other codec lets all machines through (V.152)."""

from __future__ import annotations

import pytest

from firmware.sip.events import Fax, FaxRefused, Hold, MediaChanged, Reoffer, ReofferRefused
from firmware.sip.message import Request
from tests.sip.bench import ANSWER
from tests.sip.talking import Talk

BOTH = pytest.mark.parametrize("ours", [True, False])
WIDE = ("G722", "G729", "PCMA", "PCMU")
HEAD = "v=0\r\no=- 7 {} IN IP4 192.0.2.20\r\ns=-\r\nc=IN IP4 192.0.2.20\r\nt=0 0\r\n"


def audio(formats: str, version: int = 2) -> bytes:
    return (HEAD.format(version) + f"m=audio 20000 RTP/AVP {formats}\r\n").encode()


def formats(request: Request) -> str:
    """Of our offer."""
    text = request.body.decode()
    return text[text.index("RTP/AVP ") + 8 : text.index("\r\na=")]


def wide(*, ours: bool = True, fax: bool = False) -> Talk:
    """A call in which G.722 has been agreed on."""
    talk = Talk(ours=ours, codecs=WIDE, fax=fax)
    talk.asks("INVITE", body=audio("9 101"))
    talk.acks(talk.bench.one("200 INVITE"))
    assert talk.bench.last(MediaChanged).media.codec == "G722"
    talk.bench.said.clear()
    return talk


@BOTH
def test_g711_alone_is_offered_and_taken(ours: bool) -> None:
    talk = wide(ours=ours)
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True))
    asked = bench.one("INVITE")
    assert formats(asked) == "8 0 101"
    talk.answers(asked, 200, body=ANSWER)
    bench.gets("ACK")
    assert bench.last(MediaChanged).media.codec == "PCMA"
    bench.feeds(Hold(talk.call))
    assert formats(bench.one("INVITE")) == "8 0 101", "and it stays so"


@pytest.mark.parametrize("status", [488, 415, 606, 500])
@BOTH
def test_a_refusal_leaves_the_codec_as_it_is(status: int, ours: bool) -> None:
    """RFC 3261 14.1; from then on G.711 stands first in what we offer, and takes part."""
    talk = wide(ours=ours)
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True))
    talk.answers(bench.one("INVITE"), status)
    bench.gets("ACK")
    bench.hears(ReofferRefused(talk.call, status))
    bench.waits(20)
    bench.gets()
    bench.feeds(Hold(talk.call))
    assert formats(bench.one("INVITE")) == "8 0 9 18 101"


@pytest.mark.parametrize("body", [audio("9 101"), audio("8").replace(b"20000", b"0")])
def test_who_says_yes_to_nothing_is_offered_all_codecs_again(body: bytes) -> None:
    """A 200 with a codec that was not offered, or with port 0: they have to talk somehow."""
    talk = wide()
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True))
    talk.answers(bench.one("INVITE"), 200, body=body)
    _, again = bench.gets("ACK", "INVITE")
    bench.hears(ReofferRefused(talk.call, 488))
    assert formats(again) == "8 0 9 18 101"
    talk.answers(again, 200, body=audio("9 101", version=3))
    bench.gets("ACK")
    assert bench.last(MediaChanged).media.codec == "G722"


def test_both_offer_at_once_and_theirs_is_enough() -> None:
    """491 to both (RFC 3261 14.1); theirs comes again first, so ours need not."""
    talk = wide()
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True))
    ours = bench.one("INVITE")
    talk.asks("INVITE", body=audio("8 101"))
    bench.one("491 INVITE")
    talk.answers(ours, 491)
    bench.gets("ACK")
    talk.asks("INVITE", body=audio("9 8 101"))
    ok = bench.one("200 INVITE")
    talk.acks(ok)
    assert bench.last(MediaChanged).media.codec == "PCMA", "theirs let us choose"
    bench.waits(10)
    assert not [message for message in bench.wire if isinstance(message, Request)]


def test_after_a_glare_it_is_asked_for_again() -> None:
    talk = wide()
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True))
    talk.answers(bench.one("INVITE"), 491)
    bench.gets("ACK")
    again = bench.waits_for("INVITE", 4.1)
    assert formats(again) == "8 0 101"
    talk.answers(again, 200, body=ANSWER)
    bench.gets("ACK")
    assert bench.last(MediaChanged).media.codec == "PCMA"


def test_who_hears_the_machine_of_the_far_end_lets_that_ask_first() -> None:
    talk = wide()
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True, after_s=1.0))
    bench.waits(0.9)
    bench.gets()
    asked = bench.waits_for("INVITE", 0.2)
    assert formats(asked) == "8 0 101"


def test_who_was_asked_meanwhile_need_not_ask() -> None:
    talk = wide()
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True, after_s=1.0))
    talk.asks("INVITE", body=audio("0 8 101"))
    talk.acks(bench.one("200 INVITE"))
    assert bench.last(MediaChanged).media.codec == "PCMU", "of the laws the offerer's"
    bench.waits(10)
    bench.gets()


def test_an_offer_of_another_codec_is_taken_and_g711_asked_for_all_the_same() -> None:
    talk = wide()
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True, after_s=1.0))
    talk.asks("INVITE", body=audio("18 101"))
    talk.acks(bench.one("200 INVITE"))
    assert bench.last(MediaChanged).media.codec == "G729"
    assert formats(bench.waits_for("INVITE", 1.1)) == "8 0 101"


def test_g711_is_offered_to_machines_also_where_nobody_has_set_it() -> None:
    talk = Talk(ours=False, codecs=("PCMU", "G722"))
    talk.bench.feeds(Reoffer(talk.call, data=True))
    assert formats(talk.bench.one("INVITE")) == "0 101"


def test_t38_and_g711_refused_are_told_apart() -> None:
    """T.38 is asked for while the offer of G.711 is on its way: one after the other."""
    talk = wide(fax=True)
    bench = talk.bench
    bench.feeds(Reoffer(talk.call, data=True))
    bench.feeds(Fax(talk.call, True))
    talk.answers(bench.one("INVITE"), 488)
    _, fax = bench.gets("ACK", "INVITE")
    bench.hears(ReofferRefused(talk.call, 488))
    assert b"m=image " in fax.body
    talk.answers(fax, 488)
    bench.gets("ACK")
    bench.hears(FaxRefused(talk.call, 488))
