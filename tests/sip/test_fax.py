"""From voice to T.38 and back, asked for by either end (T.38 annex D, RFC 3264 8.3.3)."""

from __future__ import annotations

import pytest

from firmware.sip import fax_line
from firmware.sip.description import NotAcceptableError
from firmware.sip.events import Fax, FaxRefused, Hold, LocalMedia, MediaChanged
from firmware.sip.message import Request
from firmware.sip.plan import FaxPlan
from tests.sip.bench import ANSWER, OFFER, Bench
from tests.sip.talking import Talk

BOTH = pytest.mark.parametrize("ours", [True, False])
HEAD = "v=0|o=- 9 {version} IN IP4 192.0.2.20|s=-|c=IN IP4 192.0.2.20|t=0 0|"
T38 = (
    "m=image 20002 udptl t38|a=T38FaxVersion:0|a=T38MaxBitRate:9600|"
    "a=T38FaxRateManagement:transferredTCF|a=T38FaxMaxDatagram:300|a=T38FaxUdpEC:t38UDPRedundancy|"
)


def described(*media: str, version: int = 2) -> bytes:
    return (HEAD.format(version=version) + "".join(media)).replace("|", "\r\n").encode()


def in_fax(*, ours: bool = True) -> Talk:
    """A call that has gone over to T.38 because we asked for it."""
    talk = Talk(ours=ours, fax=True)
    talk.bench.feeds(Fax(talk.call, True))
    talk.answers(talk.bench.one("INVITE"), 200, body=described(T38))
    talk.bench.gets("ACK")
    talk.bench.said.clear()
    return talk


@BOTH
def test_we_ask_and_the_far_end_goes_along(ours: bool) -> None:
    """RFC 3362: the image line takes the place of the audio line, at the same port."""
    talk = Talk(ours=ours, fax=True)
    bench = talk.bench
    bench.feeds(Fax(talk.call, True))
    asked = bench.one("INVITE")
    offer = asked.body.decode()
    lines = offer[offer.index("m=") :].split("\r\n")
    assert lines == [
        "m=image 10000 udptl t38", "a=T38FaxVersion:0", "a=T38MaxBitRate:14400",
        "a=T38FaxRateManagement:transferredTCF", "a=T38FaxMaxBuffer:1400",
        "a=T38FaxMaxDatagram:1400", "a=T38FaxUdpEC:t38UDPRedundancy", "",
    ]  # fmt: skip
    talk.answers(asked, 200, body=described(T38))
    bench.gets("ACK")
    plan = bench.last(MediaChanged).media
    assert (plan.host, plan.port) == ("192.0.2.20", 20002)
    assert plan.fax == FaxPlan(largest=300, repeats=True, bit_rate=9600)


@BOTH
def test_the_far_end_asks_and_we_go_along(ours: bool) -> None:
    talk = Talk(ours=ours, fax=True)
    talk.asks("INVITE", body=described(T38))
    ok = talk.bench.one("200 INVITE")
    assert b"m=image 10000 udptl t38\r\n" in ok.body
    assert b"a=T38MaxBitRate:9600\r\n" in ok.body
    assert b"m=audio" not in ok.body
    fax = talk.bench.last(MediaChanged).media.fax
    assert fax == FaxPlan(largest=300, repeats=True, bit_rate=9600)
    talk.acks(ok)


@pytest.mark.parametrize(
    ("media", "places"),
    [
        (("m=audio 0 RTP/AVP 8|", T38), ["m=audio 0 RTP/AVP 8", "m=image 10000 udptl t38"]),
        (("m=audio 20000 RTP/AVP 8|", T38), ["m=audio 0 RTP/AVP 8", "m=image 10000 udptl t38"]),
        ((T38, "m=audio 20000 RTP/AVP 0|"), ["m=image 10000 udptl t38", "m=audio 0 RTP/AVP 0"]),
    ],
)
def test_voice_beside_it_keeps_its_place(media: tuple[str, ...], places: list[str]) -> None:
    """Every m-line is answered where it stands (RFC 3264 section 6)."""
    talk = Talk(fax=True)
    talk.asks("INVITE", body=described(*media))
    answer = talk.bench.one("200 INVITE").body.decode().split("\r\n")
    assert [line for line in answer if line.startswith("m=")] == places


@pytest.mark.parametrize("status", [488, 415, 606, 500])
@BOTH
def test_a_refusal_leaves_voice_as_it_is(status: int, ours: bool) -> None:
    """B21: what stood stands; the next offer of ours is of voice."""
    talk = Talk(ours=ours, fax=True)
    bench = talk.bench
    bench.feeds(Fax(talk.call, True))
    talk.answers(bench.one("INVITE"), status)
    bench.gets("ACK")
    bench.hears(FaxRefused(talk.call, status))
    bench.waits(5)
    bench.gets()
    bench.feeds(Hold(talk.call))
    assert b"m=audio 10000 " in bench.one("INVITE").body


def test_who_says_yes_to_nothing_is_asked_for_voice_again() -> None:
    """A 200 whose image line has port 0: there must be something to talk over."""
    talk = Talk(fax=True)
    bench = talk.bench
    bench.feeds(Fax(talk.call, True))
    talk.answers(bench.one("INVITE"), 200, body=described("m=image 0 udptl t38|"))
    _, again = bench.gets("ACK", "INVITE")
    bench.hears(FaxRefused(talk.call, 488))
    assert b"m=audio 10000 " in again.body
    talk.answers(again, 200, body=ANSWER)
    bench.gets("ACK")
    assert bench.last(MediaChanged).media.fax is None


@BOTH
def test_voice_again_when_we_ask(ours: bool) -> None:
    talk = in_fax(ours=ours)
    bench = talk.bench
    bench.feeds(Fax(talk.call, False))
    offer = bench.one("INVITE")
    assert b"m=audio 10000 RTP/AVP 8 0 101" in offer.body
    assert b"m=image" not in offer.body
    talk.answers(offer, 200, body=ANSWER)
    bench.gets("ACK")
    plan = bench.last(MediaChanged).media
    assert (plan.fax, plan.port) == (None, 20000)


@BOTH
def test_voice_again_when_the_far_end_asks(ours: bool) -> None:
    talk = in_fax(ours=ours)
    talk.asks("INVITE", body=OFFER)
    ok = talk.bench.one("200 INVITE")
    assert b"m=audio 10000 " in ok.body
    assert talk.bench.last(MediaChanged).media.fax is None
    talk.acks(ok)
    talk.bench.waits(1)
    talk.bench.gets()


def test_both_ask_at_once() -> None:
    """491 to theirs, which came while ours waits; 491 to ours: theirs comes, ours need not."""
    talk = Talk(fax=True)
    bench = talk.bench
    bench.feeds(Fax(talk.call, True))
    ours = bench.one("INVITE")
    talk.asks("INVITE", body=described(T38))
    bench.one("491 INVITE")
    talk.answers(ours, 491)
    bench.gets("ACK")
    talk.asks("INVITE", body=described(T38))
    ok = bench.one("200 INVITE")
    talk.acks(ok)
    assert bench.last(MediaChanged).media.fax is not None
    bench.waits(10)
    assert not [message for message in bench.wire if isinstance(message, Request)]


def test_to_hold_means_to_talk_again() -> None:
    talk = in_fax()
    talk.bench.feeds(Hold(talk.call))
    hold = talk.bench.one("INVITE")
    assert b"m=audio 10000 " in hold.body
    assert b"a=sendonly" in hold.body


def test_a_session_is_confirmed_as_it_is() -> None:
    """RFC 4028 section 7.4: the same description once more, where UPDATE is not known."""
    timer = (("Session-Expires", "90;refresher=uac"), ("Allow", "INVITE, ACK, BYE"))
    talk = Talk(fax=True, more=timer, session_expires_s=90)
    bench = talk.bench
    bench.feeds(Fax(talk.call, True))
    asked = bench.one("INVITE")
    talk.answers(asked, 200, *timer, body=described(T38))
    bench.gets("ACK")
    bench.said.clear()
    again = bench.waits_for("INVITE", 46)
    assert again.body == asked.body


def test_who_is_not_asked_to_does_not() -> None:
    """`[rtp] fax` is not t38: 488 with a Warning, and the call goes on."""
    talk = Talk()
    talk.asks("INVITE", body=described(T38))
    refused = talk.bench.one("488 INVITE")
    assert refused.headers.get("Warning")
    talk.bench.feeds(Fax(talk.call, True))
    talk.bench.hears(FaxRefused(talk.call, 488))
    talk.bench.gets()


def test_a_first_offer_of_a_fax_alone_is_refused() -> None:
    """There is no telephone call without voice (304)."""
    bench = Bench(fax=True)
    token = bench.registers()
    invite = bench.request("INVITE", f"sip:{token}@192.0.2.1:5060", body=described(T38))
    bench.brings(invite)
    refused = bench.one("488 INVITE")
    assert str(refused.headers.get("Warning")).startswith("304")


ODD = {
    "no attributes": ("m=image 20002 udptl t38|", FaxPlan(400, False, 14400)),
    "upper case": ("m=IMAGE 20002 UDPTL T38|a=T38FAXUDPEC:T38UDPFEC|", FaxPlan(400, True, 14400)),
    "no repair": ("m=image 20002 udptl t38|a=T38FaxUdpEC:none|", FaxPlan(400, False, 14400)),
    "V.34": ("m=image 20002 udptl t38|a=T38MaxBitRate:33600|", FaxPlan(400, False, 14400)),
    "tiny": ("m=image 20002 udptl t38|a=T38FaxMaxDatagram:5|", FaxPlan(72, False, 14400)),
    "nonsense": (
        "m=image 20002 udptl t38|a=T38MaxBitRate:fast|a=T38FaxMaxDatagram:-1|",
        FaxPlan(400, False, 14400),
    ),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_peers_say_of_t38(kind: str) -> None:
    text, wanted = ODD[kind]
    agreed = fax_line.answer(
        described(text), LocalMedia("192.0.2.1", 10000), session_id=1, version=1
    )
    assert agreed is not None
    body, plan = agreed
    assert plan.fax == wanted
    assert (b"T38FaxUdpEC" in body) == wanted.repeats


@pytest.mark.parametrize(
    "media", ["m=image 20002 tcp t38|", "m=image 0 udptl t38|", "m=image 20002 udptl x|"]
)
def test_what_is_no_t38_of_ours(media: str) -> None:
    assert not fax_line.in_use(described(media))


def test_a_fax_that_leads_nowhere_is_refused() -> None:
    body = described(T38).replace(b"c=IN IP4 192.0.2.20", b"c=IN IP4 fax.example")
    with pytest.raises(NotAcceptableError):
        fax_line.answer(body, LocalMedia("192.0.2.1", 10000), session_id=1, version=1)
