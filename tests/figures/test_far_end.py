"""The far end of the benchmarks: what is no SIP does not end it."""

from __future__ import annotations

import socket

import pytest

from benchmarks.far_end import FarEnd

OPTIONS = (
    b"OPTIONS sip:far SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK1\r\n"
    b"From: <sip:a@b>;tag=1\r\nTo: <sip:far>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
)


@pytest.mark.parametrize(
    "junk", [b"\x81\xc9\x00\x07voice", b"SIP/2.0 200 OK\r\n\r\n", b"SIP/2.0 200\r\nCSeq:\r\n\r\n"]
)
def test_it_goes_on_after_what_was_meant_for_somebody_else(junk: bytes) -> None:
    far_end = FarEnd()
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.settimeout(10)
            other.sendto(junk, ("127.0.0.1", far_end.port))
            other.sendto(OPTIONS, ("127.0.0.1", far_end.port))
            assert other.recv(4096).startswith(b"SIP/2.0 200")
    finally:
        far_end.close()
