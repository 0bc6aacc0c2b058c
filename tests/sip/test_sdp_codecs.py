"""Codecs beyond G.711 in offers and answers (RFC 3551, RFC 7587, RFC 4733)."""

from __future__ import annotations

import pytest

from firmware.codecs import CODECS, LAWS
from firmware.sip.events import MediaPlan
from firmware.sip.sdp import NotAcceptableError, Terms, answer, offer, plan_from_answer
from tests.sip.test_sdp import OURS, body

ALL = Terms(codecs=("G722", "opus", "G729", "G726-32", "AAL2-G726-32", "PCMA", "PCMU"))
OPUS = "a=rtpmap:111 opus/48000/2"


def answered(*lines: str, terms: Terms = ALL) -> tuple[list[str], MediaPlan]:
    said, plan = answer(body(*lines), OURS, terms, session_id=7, version=8)
    return said.decode().split("\r\n")[5:-1], plan


def offered(terms: Terms = ALL, previous: bytes = b"") -> bytes:
    return offer(OURS, terms, session_id=7, version=8, previous=previous)


def test_an_offer_of_all_codecs_line_by_line() -> None:
    """G.722 is named with 8000 Hz, which it has not (RFC 3551 section 4.5.2)."""
    assert offered().decode().split("\r\n")[5:-1] == [
        "m=audio 10000 RTP/AVP 9 107 18 96 97 8 0 101 110",
        "a=rtpmap:9 G722/8000",
        "a=rtpmap:107 opus/48000/2",
        "a=fmtp:107 maxplaybackrate=8000;sprop-maxcapturerate=8000;stereo=0;sprop-stereo=0",
        "a=rtpmap:18 G729/8000",
        "a=fmtp:18 annexb=no",
        "a=rtpmap:96 G726-32/8000",
        "a=rtpmap:97 AAL2-G726-32/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=rtpmap:110 telephone-event/48000",
        "a=fmtp:110 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ]


def test_opus_is_answered_under_the_offerers_number_with_events_of_its_clock() -> None:
    """RFC 7587 section 7; RFC 4733 section 2.1: events have the clock of the voice."""
    lines, plan = answered(
        "m=audio 4 RTP/AVP 111 0 101 126",
        OPUS,
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:101 telephone-event/8000",
        "a=rtpmap:126 telephone-event/48000",
        "a=ptime:60",
    )
    assert lines == [
        "m=audio 10000 RTP/AVP 111 126",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 maxplaybackrate=8000;sprop-maxcapturerate=8000;stereo=0;sprop-stereo=0",
        "a=rtpmap:126 telephone-event/48000",
        "a=fmtp:126 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ]
    assert (plan.codec, plan.payload_type, plan.event_tx, plan.event_rate, plan.ptime_ms) == (
        "opus", 111, 126, 48000, 20,
    )  # fmt: skip


def test_who_knows_events_of_8000_hz_only_gets_those_beside_opus() -> None:
    """RFC 4733 section 2.2: those of the codec's own clock are better, if both ends have them."""
    _, plan = answered("m=audio 4 RTP/AVP 111 101", OPUS, "a=rtpmap:101 telephone-event/8000")
    assert (plan.codec, plan.event_tx, plan.event_rate) == ("opus", 101, 8000)


@pytest.mark.parametrize(
    ("ours", "theirs", "codec"),
    [
        (("G722", "PCMA"), "8 9", "G722"),
        (("PCMA", "G722"), "9 8", "PCMA"),
        (("G729", "PCMA", "PCMU"), "0 8 18", "G729"),
        (("PCMA", "PCMU"), "0 8", "PCMU"),
        (("PCMA", "G729", "PCMU"), "18 0 8", "PCMU"),
        (("G729", "PCMU"), "8 18", "G729"),
    ],
)
def test_our_order_decides_and_of_the_laws_the_offerers(
    ours: tuple[str, ...], theirs: str, codec: str
) -> None:
    _, plan = answered(f"m=audio 4 RTP/AVP {theirs}", terms=Terms(codecs=ours))
    assert plan.codec == codec


def test_the_two_packings_of_g726_are_two_codecs() -> None:
    """RFC 3551 section 4.5.4: what G726-32 sends first, AAL2-G726-32 sends last."""
    lines = (
        "m=audio 4 RTP/AVP 98 99",
        "a=rtpmap:98 AAL2-G726-32/8000",
        "a=rtpmap:99 G726-32/8000",
    )
    assert answered(*lines, terms=Terms(codecs=("G726-32",)))[1].payload_type == 99
    assert answered(*lines, terms=Terms(codecs=("AAL2-G726-32",)))[1].payload_type == 98


@pytest.mark.parametrize(
    "lines",
    [
        ("m=audio 4 RTP/AVP 111", "a=rtpmap:111 opus/48000"),
        ("m=audio 4 RTP/AVP 111", "a=rtpmap:111 opus/8000/2"),
        ("m=audio 4 RTP/AVP 111", OPUS, "a=fmtp:111 minptime=10; maxaveragebitrate=12000"),
        ("m=audio 4 RTP/AVP 96", "a=rtpmap:96 G726-24/8000"),
        ("m=audio 4 RTP/AVP 96", "a=rtpmap:96 G722/16000"),
    ],
)
def test_what_only_looks_like_a_codec_of_ours_is_refused(lines: tuple[str, ...]) -> None:
    """RFC 7587 section 6.1: opus has 48000 Hz and 2 channels; less than we send it cannot have."""
    with pytest.raises(NotAcceptableError):
        answered(*lines)


def test_each_end_receives_under_the_number_that_it_chose() -> None:
    """RFC 3264 section 6.1."""
    ours = offered(Terms(codecs=("opus", "PCMA")))
    theirs = body(
        "m=audio 4 RTP/AVP 120 97",
        "a=rtpmap:120 opus/48000/2",
        "a=rtpmap:97 telephone-event/48000",
    )
    plan = plan_from_answer(ours, theirs)
    assert (plan.codec, plan.payload_type, plan.payload_type_rx) == ("opus", 120, 107)
    assert (plan.event_tx, plan.event_rx, plan.event_rate) == (97, 110, 48000)


def test_the_answerers_first_codec_is_spoken() -> None:
    plan = plan_from_answer(offered(), body("m=audio 4 RTP/AVP 18 8"))
    assert (plan.codec, plan.payload_type, plan.payload_type_rx) == ("G729", 18, None)


def test_comfort_noise_goes_with_codecs_that_have_none_of_their_own() -> None:
    terms = Terms(codecs=("opus", "G722"), comfort_noise=True)
    assert answered("m=audio 4 RTP/AVP 9 13", terms=terms)[1].comfort_noise
    assert not answered("m=audio 4 RTP/AVP 111 13", OPUS, terms=terms)[1].comfort_noise


def test_a_number_keeps_its_meaning_throughout_a_session() -> None:
    """RFC 3264 section 8.3.2, RFC 3551 section 3: also where the peer gave ours another one."""
    said, _ = answer(
        body("m=audio 4 RTP/AVP 101 107", "a=rtpmap:101 opus/48000/2",
             "a=rtpmap:107 telephone-event/48000"),
        OURS, ALL, session_id=7, version=8,
    )  # fmt: skip
    again = offered(Terms(codecs=("PCMA", "opus")), previous=said).decode()
    assert "m=audio 10000 RTP/AVP 8 101 96 107" in again
    for line in ("101 opus/48000/2", "96 telephone-event/8000", "107 telephone-event/48000"):
        assert f"a=rtpmap:{line}" in again


@pytest.mark.parametrize("codec", CODECS)
def test_we_agree_with_ourselves_about_each_codec(codec: str) -> None:
    terms = Terms(codecs=(codec,))
    said, plan = answer(offered(terms), OURS, ALL, session_id=1, version=1)
    theirs = plan_from_answer(offered(terms), said)
    assert plan.codec == theirs.codec == codec
    assert plan.payload_type == theirs.payload_type
    assert (codec in LAWS) == (CODECS[codec].encoding.startswith("PCM"))
