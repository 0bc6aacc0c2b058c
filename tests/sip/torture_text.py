"""How the torture messages are written down."""

from __future__ import annotations

SDP = """v=0
o=mhandley 29739 7272939 IN IP4 192.0.2.{n}
s=-
c=IN IP4 192.0.2.{n}
t=0 0
m=audio 49217 RTP/AVP 0 12
m=video 3227 RTP/AVP 31
a=rtpmap:31 LPC
"""


def sdp(n: int = 1) -> bytes:
    return SDP.format(n=n).replace("\n", "\r\n").encode()


def wire(head: str, body: bytes = b"") -> bytes:
    """`head` with CRLF line ends and its ``<length>`` filled in, a blank line, `body`."""
    text = head.strip("\n").replace("<length>", str(len(body))).replace("\n", "\r\n")
    return text.encode("utf-8", "surrogateescape") + b"\r\n\r\n" + body
