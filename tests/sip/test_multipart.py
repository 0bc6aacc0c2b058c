"""Finding the session description among the parts of a body."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware.errors import SipError
from firmware.sip.message import parse
from firmware.sip.multipart import parts, session_description
from tests.sip.wire import raw

SDP = b"v=0\r\n"
PART = b"--b\r\nContent-Type: application/sdp\r\n\r\n" + SDP + b"\r\n"
ISUP = (
    b"--b\r\nc: application/isup\r\nContent-Disposition: signal;\r\n handling=optional"
    b"\r\n\r\n\x01\x0a\r\n"
)


def found(body: bytes, kind: str = "multipart/mixed;boundary=b") -> bytes | None:
    return session_description(parse(raw(f"Content-Type: {kind}", body=body)))


def test_a_description_stands_alone_or_among_parts() -> None:
    assert found(SDP, "Application/SDP") == SDP
    assert found(PART + b"--b--") == SDP
    assert found(b"preamble\r\n" + ISUP + PART + b"--b--\r\nepilogue") == SDP
    assert (
        found(b"--b \r\n\r\nplain\r\n" + PART + b"--b-- \r\n", 'MULTIPART/mixed; Boundary="b"')
        == SDP
    )


def test_without_a_description_there_is_none() -> None:
    assert found(b"") is None
    assert found(b"x", "text/plain") is None
    assert found(ISUP + b"--b--") is None
    assert session_description(parse(raw(body=SDP))) is None


def test_parts_may_hold_parts_but_not_for_ever() -> None:
    inner = PART + b"--b--"
    for depth, expected in [(1, SDP), (2, None)]:
        body, kind = inner, "b"
        for n in range(depth):
            outer = f"o{n}"
            body = (
                f"--{outer}\r\nContent-Type: multipart/mixed;boundary={kind}\r\n\r\n".encode()
                + body + f"\r\n--{outer}--".encode()
            )  # fmt: skip
            kind = outer
        assert found(body, f"multipart/mixed;boundary={kind}") == expected


def test_16_parts_are_the_most() -> None:
    assert len(parts(parse(raw("c: multipart/mixed;boundary=b", body=ISUP * 16 + b"--b--")))) == 16
    with pytest.raises(SipError):
        found(ISUP * 17 + b"--b--")


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PART + b"--b--", "multipart/mixed"),
        (PART + b"--b--", "multipart/mixed;boundary="),
        (PART + b"--b--", 'multipart/mixed;boundary="b "'),
        (PART, "multipart/mixed;boundary=b"),
        (b"--b\r\nContent-Type: application/sdp\r\n--b--", "multipart/mixed;boundary=b"),
        (b"--b\r\nno name\r\n\r\n--b--", "multipart/mixed;boundary=b"),
    ],
)
def test_broken_parts_are_refused(body: bytes, kind: str) -> None:
    with pytest.raises(SipError):
        found(body, kind)


@given(
    st.lists(st.sampled_from([b"--b", b"--b--", b"\r\n", b"c: x/y", b"\r\n\r\n", b" ", b"\xff"]))
)
def test_any_body_has_parts_or_is_refused(pieces: list[bytes]) -> None:
    with suppress(SipError):
        found(b"".join(pieces))
