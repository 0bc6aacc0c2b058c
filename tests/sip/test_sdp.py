"""Offer and answer: what is written, what is understood, who may speak."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.sip.description import Description
from firmware.sip.events import LocalMedia, MediaPlan
from firmware.sip.sdp import (
    LocalDescription,
    NotAcceptableError,
    Terms,
    answer,
    offer,
    plan_from_answer,
    talks,
)

OURS = LocalMedia("192.0.2.1", 10000)
TERMS = Terms()


def body(*lines: str, host: str = "198.51.100.5") -> bytes:
    head = ["v=0", f"o=- 1 1 IN IP4 {host}", "s=-", f"c=IN IP4 {host}", "t=0 0"]
    return "\r\n".join([*head, *lines, ""]).encode()


def answered(
    offered: bytes, terms: Terms = TERMS, direction: str = "sendrecv", *, in_session: bool = False
) -> tuple[list[str], MediaPlan]:
    said, plan = answer(
        offered,
        OURS,
        terms,
        session_id=7,
        version=8,
        direction=direction,
        in_session=in_session,
    )
    assert said.endswith(b"\r\n")
    return said.decode().split("\r\n")[:-1], plan


def refused(offered: bytes) -> int:
    with pytest.raises(NotAcceptableError) as error:
        answered(offered)
    assert error.value.status == 488
    return error.value.warning


def offered_by_us(direction: str = "sendrecv") -> bytes:
    return offer(OURS, TERMS, session_id=7, version=8, direction=direction)


# writing


def test_our_offer_line_by_line() -> None:
    assert offered_by_us().decode().split("\r\n") == [
        "v=0",
        "o=- 7 8 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 10000 RTP/AVP 8 0 101",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:20",
        "a=sendrecv",
        "",
    ]


def test_an_offer_in_other_terms() -> None:
    said = offer(
        LocalMedia("2001:db8::1", 6),
        Terms(("PCMU",), 30, telephone_event=False),
        session_id=1,
        version=2,
        direction="sendonly",
    ).decode()
    assert "o=- 1 2 IN IP6 2001:db8::1\r\n" in said
    assert "c=IN IP6 2001:db8::1\r\n" in said
    assert said.endswith(
        "m=audio 6 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\na=ptime:30\r\na=sendonly\r\n"
    )


def test_our_answer_line_by_line() -> None:
    lines, plan = answered(
        body("m=audio 4000 RTP/AVP 18 0 8 96", "a=rtpmap:96 telephone-event/8000")
    )
    assert lines == [
        "v=0",
        "o=- 7 8 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 10000 RTP/AVP 0 96",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:96 telephone-event/8000",
        "a=fmtp:96 0-15",
        "a=ptime:20",
        "a=sendrecv",
    ]
    assert plan == MediaPlan("198.51.100.5", 4000, 0, "PCMU", 20, 96, 96)


def test_the_version_grows_only_with_the_bytes() -> None:
    local = LocalDescription(7, 100)
    first = local.write(lambda version: b"a %d" % version)
    assert (first, local.write(lambda version: b"a %d" % version)) == (b"a 100", b"a 100")
    assert local.write(lambda version: b"b %d" % version) == b"b 101"
    assert local.write(lambda version: b"a %d" % version) == b"a 102"


# understanding


def test_static_types_need_no_rtpmap_and_dynamic_ones_do() -> None:
    assert answered(body("m=audio 4 RTP/AVP 96 8"))[1].payload_type == 8
    mapped = body("m=audio 4 RTP/AVP 97 8", "a=rtpmap:97 pcma/8000/1", "a=rtpmap:97 G729/8000")
    assert answered(mapped)[1] == MediaPlan("198.51.100.5", 4, 97, "PCMA")
    wrong = body("m=audio 4 RTP/AVP 97 0", "a=rtpmap:97 PCMA/16000", "a=rtpmap:200 PCMA/8000")
    assert answered(wrong)[1].payload_type == 0


def test_a_static_type_means_what_it_means_whatever_its_rtpmap_says() -> None:
    assert answered(body("m=audio 4 RTP/AVP 0", "a=rtpmap:0 PCMA/8000"))[1].codec == "PCMU"


@pytest.mark.parametrize(
    ("lines", "ptime"),
    [
        ([], 20),
        (["a=ptime:30"], 30),
        (["a=ptime:10"], 10),
        (["a=ptime:60"], 60),
        (["a=ptime:70"], 20),
        (["a=ptime:25"], 20),
        (["a=ptime:0"], 20),
        (["a=ptime:-20"], 20),
        (["a=ptime:20.5"], 20),
        (["a=ptime:99999"], 20),
        (["a=ptime:\u0663\u0660"], 20),
        (["a=ptime:60", "a=maxptime:40"], 40),
        (["a=maxptime:15"], 10),
        (["a=maxptime:5"], 10),
        (["a=maxptime:0"], 20),
        (["a=maxptime:150"], 20),
    ],
)
def test_packet_time_is_the_peers_wish_within_reason(lines: list[str], ptime: int) -> None:
    said, plan = answered(body("m=audio 4 RTP/AVP 8", *lines))
    assert plan.ptime_ms == ptime
    assert f"a=ptime:{ptime}" in said


@pytest.mark.parametrize(
    "sloppy",
    [
        body("m=audio 4 RTP/AVP 8").replace(b"\r\n", b"\n"),
        body("m=audio 4 RTP/AVP 8")[:-2],
        body("m=audio 4/2 RTP/AVP 8", host="198.51.100.5/127"),
        body("b=AS:64", "a=x", "?", "", "m=audio 4 rtp/avp  8 ", "i=\xff", "a=rtpmap:300 x", "a="),
        body("m=AUDIO 4 RTP/AVP 8 8 8", "a=fmtp:97 x", "a=crypto:1 AES inline:x"),
        body("m=audio 4 RTP/AVP 8 " + " ".join(["8"] * 500)),
    ],
)
def test_sloppy_descriptions_are_understood(sloppy: bytes) -> None:
    assert answered(sloppy)[1] == MediaPlan("198.51.100.5", 4, 8, "PCMA")


def test_every_line_is_answered_in_its_place() -> None:
    lines, plan = answered(
        body(
            "m=video 5 RTP/AVP 31 32",
            "m=audio 6 RTP/SAVP 8",
            "m=audio 0 RTP/AVP 8",
            "m=audio 7 RTP/AVP 8",
            "c=IN IP4 198.51.100.9",
            "m=audio 8 RTP/AVP 8",
            "m=image 9 udptl t38",
            "m=application 9 TCP/BFCP *",
        )
    )
    assert [line for line in lines if line.startswith("m=")] == [
        "m=video 0 RTP/AVP 31",
        "m=audio 0 RTP/SAVP 8",
        "m=audio 0 RTP/AVP 8",
        "m=audio 10000 RTP/AVP 8",
        "m=audio 0 RTP/AVP 8",
        "m=image 0 udptl t38",
        "m=application 0 TCP/BFCP *",
    ]
    assert (plan.host, plan.port) == ("198.51.100.9", 7)


def test_the_times_of_the_offer_are_repeated() -> None:
    offered = body("m=audio 4 RTP/AVP 8").replace(b"t=0 0", b"t=3034423619 3042462419")
    assert "t=3034423619 3042462419" in answered(offered)[0]
    assert "t=0 0" in answered(body("m=audio 4 RTP/AVP 8").replace(b"t=0 0", b"t=x y"))[0]


@pytest.mark.parametrize(
    ("lines", "warning"),
    [
        (["m=audio 4 RTP/AVP 18 4"], 305),
        (["m=audio 4 RTP/AVP"], 305),
        (["m=video 4 RTP/AVP 31"], 304),
        (["m=audio 0 RTP/AVP 8"], 304),
        (["m=image 4 udptl t38"], 304),
        ([], 304),
        (["m=audio 4 RTP/SAVP 8"], 302),
        (["m=audio 4 UDP/TLS/RTP/SAVPF 8"], 302),
        (["m=audio 70000 RTP/AVP 8"], 399),
        (["m=audio x RTP/AVP 8"], 399),
        (["m="], 399),
        (["m=video 0 RTP/AVP 31"] * 17, 399),
        (["m=audio 4 RTP/AVP 8", "c=IN IP4 peer.example"], 301),
        (["m=audio 4 RTP/AVP 8", "c=IN IP4 224.2.1.1/127"], 330),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_warning(lines: list[str], warning: int) -> None:
    """Fault C22 among them: protected voice is refused, never answered in the clear."""
    assert refused(body(*lines)) == warning


@pytest.mark.parametrize("nonsense", [b"", b"\r\n", b"hello", b"v=1\r\n", bytes(range(256))])
def test_what_is_no_description_is_refused(nonsense: bytes) -> None:
    assert refused(nonsense) == 399


# who may speak (RFC 3264 sections 6.1 and 8.4)

HOLDS = [
    ("sendrecv", "sendrecv", True, True),
    ("sendonly", "recvonly", False, True),
    ("recvonly", "sendonly", True, False),
    ("inactive", "inactive", False, False),
]


@pytest.mark.parametrize(("theirs", "ours", "sends", "receives"), HOLDS)
@pytest.mark.parametrize("level", ["session", "media"])
def test_the_answer_mirrors_the_direction_of_the_offer(
    theirs: str, ours: str, sends: bool, receives: bool, level: str
) -> None:
    media = ["m=audio 4 RTP/AVP 8"]
    at = 0 if level == "session" else 1
    lines, plan = answered(body(*media[:at], f"a={theirs}", *media[at:]))
    assert lines[-1] == f"a={ours}"
    assert (plan.sends, plan.receives) == (sends, receives)


def test_the_media_level_overrides_the_session() -> None:
    lines, _ = answered(body("a=sendonly", "m=audio 4 RTP/AVP 8", "a=sendrecv"))
    assert lines[-1] == "a=sendrecv"


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("sendrecv", "sendonly"),
        ("recvonly", "sendonly"),
        ("sendonly", "inactive"),
        ("inactive", "inactive"),
    ],
)
def test_while_we_hold_the_answer_holds_too(theirs: str, ours: str) -> None:
    """RFC 3264 section 6.1: where both ends hold, nothing is left."""
    lines, plan = answered(body("m=audio 4 RTP/AVP 8", f"a={theirs}"), direction="sendonly")
    assert lines[-1] == f"a={ours}"
    assert (plan.sends, plan.receives) == (ours == "sendonly", False)


def test_an_offer_within_a_session_keeps_the_places_and_the_number_of_the_events() -> None:
    """RFC 3264 sections 8 and 8.3.2: our answer refused the picture, and called events 96."""
    said = body(
        "m=video 0 RTP/AVP 31", "m=audio 10000 RTP/AVP 8 96",
        "a=rtpmap:96 telephone-event/8000", "m=image 0 udptl t38",
    )  # fmt: skip
    offered = offer(OURS, TERMS, session_id=1, version=2, direction="sendonly", previous=said)
    text = offered.decode()
    media = [line for line in text.split("\r\n") if line.startswith("m=")]
    assert media == ["m=video 0 RTP/AVP 31", "m=audio 10000 RTP/AVP 8 0 96", "m=image 0 udptl t38"]
    assert "a=sendonly" in text
    theirs = body(
        "m=video 0 RTP/AVP 31", "m=audio 4 RTP/AVP 8 96", "a=rtpmap:96 telephone-event/8000",
        "m=image 0 udptl t38",
    )  # fmt: skip
    plan = plan_from_answer(offered, theirs)
    assert (plan.port, plan.event_tx, plan.event_rx, plan.receives) == (4, 96, 96, False)


def test_a_description_talks_if_an_audio_line_of_it_has_a_port() -> None:
    assert talks(body("m=video 0 RTP/AVP 31", "m=audio 4 RTP/AVP 8"))
    assert not talks(body("m=audio 0 RTP/AVP 8", "m=video 4 RTP/AVP 31"))


@pytest.mark.parametrize("host", ["0" + ".0" * 3, "::"])
def test_the_unspecified_address_is_a_hold_during_which_we_still_listen(host: str) -> None:
    lines, plan = answered(body("m=audio 4 RTP/AVP 8", host=host))
    assert lines[-1] == "a=recvonly"
    assert (plan.host, plan.sends, plan.receives) == ("", False, True)
    lines, plan = answered(body("m=audio 4 RTP/AVP 8", "a=recvonly", host=host))
    assert lines[-1] == "a=inactive"
    assert (plan.sends, plan.receives) == (False, False)


def test_port_zero_is_a_hold_within_a_session() -> None:
    lines, plan = answered(body("m=audio 0 RTP/AVP 8 0"), in_session=True)
    assert lines[-1] == "m=audio 0 RTP/AVP 8"
    assert (plan.host, plan.sends, plan.receives) == ("", False, False)


# the answer of the peer


def test_the_plan_from_an_answer() -> None:
    theirs = body(
        "m=audio 5004 RTP/AVP 0 8 96",
        "a=rtpmap:96 telephone-event/8000",
        "a=ptime:30",
    )
    assert plan_from_answer(offered_by_us(), theirs) == MediaPlan(
        "198.51.100.5", 5004, 0, "PCMU", 30, 96, 101
    )


def test_without_telephone_event_in_the_answer_there_is_none_either_way() -> None:
    plan = plan_from_answer(offered_by_us(), body("m=audio 5004 RTP/AVP 8"))
    assert (plan.event_tx, plan.event_rx) == (None, None)
    silent = offer(OURS, Terms(telephone_event=False), session_id=1, version=1)
    theirs = body("m=audio 5004 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000")
    assert plan_from_answer(silent, theirs).event_tx is None


@pytest.mark.parametrize(
    ("ours", "theirs", "sends", "receives"),
    [
        ("sendrecv", "sendrecv", True, True),
        ("sendrecv", "recvonly", True, False),
        ("sendrecv", "sendonly", False, True),
        ("sendrecv", "inactive", False, False),
        ("sendonly", "recvonly", True, False),
        ("sendonly", "sendrecv", True, False),
        ("inactive", "sendrecv", False, False),
    ],
)
def test_both_directions_must_agree(ours: str, theirs: str, sends: bool, receives: bool) -> None:
    plan = plan_from_answer(offered_by_us(ours), body("m=audio 5 RTP/AVP 8", f"a={theirs}"))
    assert (plan.sends, plan.receives) == (sends, receives)


def test_an_answer_with_the_unspecified_address_keeps_us_silent() -> None:
    plan = plan_from_answer(offered_by_us(), body("m=audio 5 RTP/AVP 8", host="::"))
    assert (plan.host, plan.sends, plan.receives) == ("", False, True)


@pytest.mark.parametrize(
    "theirs",
    [
        body(),
        body("m=audio 0 RTP/AVP 8"),
        body("m=video 5 RTP/AVP 31"),
        body("m=audio 5 RTP/AVP 18"),
        body("m=audio 5 RTP/SAVP 8"),
        b"nonsense",
    ],
)
def test_an_answer_that_cannot_be_used_is_refused(theirs: bytes) -> None:
    with pytest.raises(NotAcceptableError):
        plan_from_answer(offered_by_us(), theirs)


def test_we_agree_with_ourselves() -> None:
    ours = offered_by_us()
    said, plan = answer(ours, LocalMedia("192.0.2.2", 20000), TERMS, session_id=9, version=1)
    assert plan == MediaPlan("192.0.2.1", 10000, 8, "PCMA", 20, 101, 101)
    assert plan_from_answer(ours, said) == MediaPlan("192.0.2.2", 20000, 8, "PCMA", 20, 101, 101)


pieces = st.sampled_from(
    [
        b"v=0", b"m=audio 4 RTP/AVP 8 0", b"m=audio 0/2 RTP/AVP 99", b"c=IN IP4 1.2.3.4",
        b"c=IN IP6 ::/9", b"a=rtpmap:99 telephone-event/8000", b"a=ptime:", b"a=inactive",
        b"t=1 2", b"\r", b"\xff=\xff", b"m=\xd9\xa3 1 2 3", b"a=rtpmap:\xd9\xa3 PCMA/8000",
    ]
)  # fmt: skip


@given(st.lists(pieces | st.binary(max_size=12), max_size=14))
def test_any_body_is_answered_or_refused(lines: list[bytes]) -> None:
    offered = b"v=0\r\n" + b"\r\n".join(lines)
    with suppress(NotAcceptableError):
        answered(offered)
    with suppress(NotAcceptableError):
        plan_from_answer(offered_by_us(), offered)


@given(
    st.lists(
        st.sampled_from(["m=audio 4 RTP/AVP 8", "m=video 5 X 1", "m=image 6 udptl t38"]),
        min_size=1,
        max_size=8,
    )
)
def test_an_answer_has_as_many_lines_as_its_offer(media: list[str]) -> None:
    if media.count("m=audio 4 RTP/AVP 8"):
        lines, _ = answered(body(*media))
        again = Description.parse("\r\n".join(lines).encode())
        assert [m.kind for m in again.media] == [line[2:7] for line in media]
        assert sum(m.port != 0 for m in again.media) == 1
