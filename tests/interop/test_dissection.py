"""The second opinion itself: tshark sees what is captured, and says when it is wrong."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.interop.capture import Capture
from tests.interop.programs import somewhere
from tests.interop.waiting import until

OPTIONS = """\
OPTIONS sip:{at} SIP/2.0
Via: SIP/2.0/UDP {at};branch=z9hG4bK-1
Max-Forwards: 70
From: <sip:{at}>;tag=1
To: <sip:{at}>
Call-ID: 1
CSeq: 1 OPTIONS
{odd}Content-Length: 0

"""

pytestmark = pytest.mark.interop


@pytest.mark.parametrize(("odd", "complaints"), [("", 0), ("Nonsense\n", 1)])
def test_tshark_says_what_is_wrong_with_a_message(
    tmp_path: Path, odd: str, complaints: int
) -> None:
    """A header line without a colon is found, a good message is not."""
    at = somewhere()
    with Capture(at.host, tmp_path) as capture, socket.socket(type=socket.SOCK_DGRAM) as sock:
        if not capture.runs:
            pytest.skip(f"nothing is captured here, so nothing is dissected: {capture.why}")
        sock.bind((at.host, at.port))
        message = OPTIONS.format(at=at, odd=odd).replace("\n", "\r\n").encode()
        sock.sendto(message, (at.host, at.port))
        until("the capture", lambda: message in capture.file.read_bytes())
    said = capture.complaints()
    assert len(said) == complaints, said
    assert capture.complaints("OPTIONS") == []
