"""What offer and answer say of voice beyond the codec: packet time, reports, silence, flash."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.events import MediaPlan
from firmware.sip.sdp import Terms, offer, plan_from_answer
from tests.sip.test_sdp import OURS, answered, body

AUDIO = ("m=audio 4000 RTP/AVP 8 13 101", "a=rtpmap:101 telephone-event/8000")
QUIET = Terms(comfort_noise=True)


def asked(terms: Terms) -> bytes:
    return offer(OURS, terms, session_id=7, version=8)


def agreed(terms: Terms, *lines: str) -> MediaPlan:
    return plan_from_answer(asked(terms), body(*lines))


@pytest.mark.parametrize("ptime", [10, 20, 30, 40, 50, 60])
def test_the_packet_time_is_that_of_the_other_end_both_ways(ptime: int) -> None:
    """RFC 4566 section 6: how long the packets are that the describing end likes to get."""
    said, plan = answered(body(*AUDIO, f"a=ptime:{ptime}"))
    assert plan.ptime_ms == ptime
    assert f"a=ptime:{ptime}" in said
    assert agreed(Terms(), *AUDIO, f"a=ptime:{ptime}").ptime_ms == ptime


@pytest.mark.parametrize(
    ("lines", "ours", "ms"),
    [
        ((), 40, 40),
        (("a=ptime:25",), 40, 40),
        (("a=ptime:80",), 20, 20),
        (("a=maxptime:30",), 60, 30),
        (("a=ptime:60", "a=maxptime:25"), 20, 20),
        (("a=maxptime:5",), 20, 10),
    ],
)
def test_without_a_usable_wish_ours_holds_and_maxptime_is_a_cap(
    lines: tuple[str, ...], ours: int, ms: int
) -> None:
    assert agreed(Terms(ptime_ms=ours), *AUDIO, *lines).ptime_ms == ms
    assert answered(body(*AUDIO, *lines), Terms(ptime_ms=ours))[1].ptime_ms == ms


@pytest.mark.parametrize(
    ("line", "host", "port"),
    [
        ("a=rtcp:53020", "", 53020),
        ("a=rtcp:53020 IN IP4 126.16.64.4", "126.16.64.4", 53020),
        ("a=rtcp:53020 IN IP6 2001:DB8::4", "2001:db8::4", 53020),
        ("a=rtcp:0", "", None),
        ("a=rtcp:65536", "", None),
        ("a=rtcp:53020 IN IP4 224.2.17.12", "", None),
        ("a=rtcp:53020 IN IP4 0.0.0.0", "", None),
        ("a=rtcp:53020 IN IP4 example.net", "", None),
        ("a=rtcp:-1", "", None),
        ("a=rtcp:\u0661\u0662", "", None),
        ("a=x", "", None),
    ],
)
def test_reports_go_where_the_other_end_wants_them(line: str, host: str, port: int | None) -> None:
    """RFC 3605 section 2.1."""
    for plan in (agreed(Terms(), *AUDIO, line), answered(body(*AUDIO, line))[1]):
        assert (plan.rtcp_host, plan.rtcp_port) == (host, port)


@pytest.mark.parametrize(
    ("mode", "offered", "accepted"),
    [("off", False, False), ("accept", False, True), ("offer", True, True)],
)
def test_one_port_for_rtp_and_rtcp_is_used_if_both_say_so(
    mode: str, offered: bool, accepted: bool
) -> None:
    """RFC 5761 section 5.1.1: without it in the answer there are two ports."""
    terms = replace(Terms(), rtcp_mux=mode)  # type: ignore[arg-type]  # three words, each tried
    assert (b"a=rtcp-mux\r\n" in asked(terms)) is offered
    assert agreed(terms, *AUDIO, "a=rtcp-mux").rtcp_mux is offered
    assert agreed(terms, *AUDIO).rtcp_mux is False
    said, plan = answered(body(*AUDIO, "a=rtcp-mux"), terms)
    assert plan.rtcp_mux is ("a=rtcp-mux" in said) is accepted
    said, plan = answered(body(*AUDIO), terms)
    assert plan.rtcp_mux is ("a=rtcp-mux" in said) is False


def test_comfort_noise_is_agreed_on_under_its_static_number() -> None:
    """RFC 3389 section 4, RFC 3551 table 4."""
    said = asked(QUIET).decode()
    assert "m=audio 10000 RTP/AVP 8 0 13 101\r\n" in said
    assert "a=rtpmap:13 CN/8000\r\n" in said
    assert agreed(QUIET, *AUDIO).comfort_noise
    assert not agreed(QUIET, "m=audio 4000 RTP/AVP 8").comfort_noise
    lines, plan = answered(body(*AUDIO), QUIET)
    assert plan.comfort_noise
    assert "m=audio 10000 RTP/AVP 8 13 101" in lines


def test_who_did_not_ask_for_silence_sends_all_the_time() -> None:
    lines, plan = answered(body(*AUDIO))
    assert not plan.comfort_noise
    assert "m=audio 10000 RTP/AVP 8 101" in lines
    assert not agreed(Terms(), *AUDIO).comfort_noise


def test_comfort_noise_that_comes_first_is_no_codec() -> None:
    plan = agreed(QUIET, "m=audio 4000 RTP/AVP 13 8")
    assert (plan.codec, plan.payload_type, plan.comfort_noise) == ("PCMA", 8, True)


def test_a_flash_is_named_where_it_is_meant() -> None:
    assert b"a=fmtp:101 0-16\r\n" in asked(Terms(flash_event=True))
    assert b"a=fmtp:101 0-15\r\n" in asked(Terms())


@given(st.text(max_size=40))
def test_no_report_address_breaks_the_answer(value: str) -> None:
    line = "a=rtcp:" + value.replace("\r", "").replace("\n", "")
    plan = answered(body(*AUDIO, line))[1]
    assert plan.rtcp_port is None or 0 < plan.rtcp_port < 65536
