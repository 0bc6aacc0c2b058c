"""Descriptions that are legal and rare, in offers and answers (RFC 3264, RFC 4566)."""

from __future__ import annotations

import pytest

from firmware.causes import Code
from firmware.sip.events import Ended, Established, MediaPlan
from tests.sip.bench import ANSWER, CONTACT, OFFER, Bench
from tests.sip.talking import Talk

BY_IPV6 = (b"c=IN IP4 192.0.2.20", b"c=IN IP6 2001:db8::20")
GENERAL = b"v=0\r\no=- 1 1 IN IP4 192.0.2.20\r\ns=-\r\n"


def offered(body: bytes) -> MediaPlan:
    """What that offer means for us."""
    bench = Bench()
    _, said = bench.rings(bench.registers(), body=body)
    assert said.media is not None
    return said.media


def refused(body: bytes) -> int:
    """The Warning code of the 488 to that offer."""
    bench = Bench()
    token = bench.registers()
    bench.brings(
        bench.request("INVITE", f"sip:{token}@192.0.2.1:5060", more=(CONTACT,), body=body)
    )
    return int(bench.one("488 INVITE").headers.get("Warning").partition(" ")[0])


def test_who_speaks_another_ip_than_we_is_refused() -> None:
    """RFC 3261 section 20.43 (300): a socket of ours could not send there."""
    assert refused(OFFER.replace(*BY_IPV6)) == 300
    talk = Talk(ours=False)
    talk.asks("INVITE", body=OFFER.replace(*BY_IPV6))
    assert talk.bench.one("488 INVITE").headers.get("Warning").startswith("300 ")


def test_a_line_that_cannot_be_reached_leaves_the_next_one() -> None:
    """RFC 3264 section 6: the answer takes one, and refuses the other in its place."""
    lines = (
        b"m=audio 20000 RTP/AVP 8\r\nc=IN IP6 2001:db8::20\r\n"
        b"m=audio 20002 RTP/AVP 8\r\nc=IN IP4 media.example\r\n"
        b"m=audio 20004 RTP/AVP 8\r\nc=IN IP4 192.0.2.21\r\n"
    )
    plan = offered(GENERAL + b"t=0 0\r\n" + lines)
    assert (plan.host, plan.port) == ("192.0.2.21", 20004)
    assert refused(GENERAL + b"t=0 0\r\n" + lines[: lines.index(b"m=audio 20004")]) == 300
    held = lines[: lines.index(b"m=audio 20002")] + b"m=audio 0 RTP/AVP 8\r\n"
    talk = Talk(ours=False)
    talk.asks("INVITE", body=GENERAL + b"t=0 0\r\n" + held)
    talk.bench.gets("488 INVITE")


def test_an_answer_of_another_ip_ends_the_call() -> None:
    """A failed negotiation after a 200: ACK, BYE, and the caller hears why."""
    bench = Bench()
    bench.registers()
    bench.calls()
    invite = bench.one("INVITE")
    bench.replies(invite, 200, more=(CONTACT,), body=ANSWER.replace(*BY_IPV6))
    assert bench.gets("ACK", "BYE")[1].headers.get("Reason") == "SIP;cause=488"
    ended: Ended = bench.last(Ended)
    assert ended.cause.code is Code.CODEC


def test_a_hold_by_the_old_manner_has_no_version() -> None:
    """0.0.0.0 and :: are nowhere, whoever says so."""
    for nowhere in [b"c=IN IP4 0.0.0.0", b"c=IN IP6 ::"]:
        plan = offered(OFFER.replace(b"c=IN IP4 192.0.2.20", nowhere))
        assert (plan.host, plan.sends, plan.receives) == ("", False, True)


@pytest.mark.parametrize(
    ("session", "line", "expected"),
    [
        (b"a=ptime:30\r\n", b"", 30),
        (b"a=ptime:30\r\n", b"a=ptime:40\r\n", 40),
        (b"a=maxptime:10\r\n", b"a=ptime:40\r\n", 10),
    ],
)
def test_packet_times_may_stand_before_the_lines(
    session: bytes, line: bytes, expected: int
) -> None:
    """Sip 10.1: what the session says counts, unless the line says otherwise."""
    body = OFFER.replace(b"t=0 0\r\n", b"t=0 0\r\n" + session) + line
    assert offered(body).ptime_ms == expected


def test_what_else_may_stand_there_is_passed_over() -> None:
    """RFC 4566 section 5, RFC 8839, RFC 9143: bandwidths, repeats, bundles, candidates."""
    body = (
        GENERAL.replace(b"s=-", b"s=\xe9\x80\x9a\r\ni=x\r\nu=http://x/\r\ne=a@b\r\np=+1")
        + b"c=IN IP4 192.0.2.20/127\r\nb=AS:64\r\nb=TIAS:64000\r\nt=0 0\r\nr=7d 1h 0 25h\r\n"
        b"z=2882844526 -1h\r\na=group:BUNDLE 0 1\r\na=ice-lite\r\na=msid-semantic: WMS *\r\n"
        b"m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\na=sctp-port:5000\r\n"
        b"m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        b"m=audio 20000/2 RTP/AVP 8 100 101\r\nb=RS:0\r\na=mid:1\r\na=ice-ufrag:x\r\n"
        b"a=candidate:1 1 UDP 2130706431 192.0.2.99 20000 typ host\r\n"
        b"a=rtpmap: 101 TELEPHONE-EVENT/8000/1\r\na=fmtp: 101  0-15 , 16\r\n"
        b"a=rtpmap:100 telephone-event/16000\r\n"
    )
    plan = offered(body)
    assert (plan.host, plan.port, plan.event_tx) == ("192.0.2.20", 20000, 101)


def test_an_answer_may_name_more_and_otherwise_than_was_offered() -> None:
    """RFC 3264 section 6.1: other numbers for what is dynamic, and further lines, do no harm."""
    bench = Bench()
    bench.registers()
    bench.calls()
    body = ANSWER.replace(b"8 101", b"97 8 96").replace(b"rtpmap:101", b"rtpmap:96")
    body += b"a=rtpmap:97 pcma/8000/1\r\nm=video 3000 RTP/AVP 99\r\n"
    bench.replies(bench.one("INVITE"), 200, more=(CONTACT,), body=body)
    bench.gets("ACK")
    said: Established = bench.last(Established)
    plan = said.media
    assert plan is not None
    assert (plan.payload_type, plan.payload_type_rx, plan.event_tx, plan.event_rx) == (
        97, 8, 96, 101,
    )  # fmt: skip
