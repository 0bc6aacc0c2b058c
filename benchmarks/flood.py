"""What a bad hour sends to a gateway: calls, questions, and somebody who looks at it.

Run as ``python -m benchmarks.flood PORT CONTROL URI SECONDS``: 500 INVITEs a second to the Contact
of a line, one of which rings and is cancelled at once while the others find it busy, 100 OPTIONS a
second, and the table of ports again and again from the control socket. At the end a line tells how
many INVITEs and OPTIONS were sent, and how many final answers came.
"""

from __future__ import annotations

import contextlib
import select
import socket
import sys
import threading
import time
from pathlib import Path

from benchmarks import rtp
from firmware.control.client import ControlClient
from firmware.errors import ControlError

INVITES, OPTIONS, LOOKS = 500, 100, 10
"""A second."""
_BODY = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
)
_STEP_S = 0.01


class Flood:
    """From one socket."""

    def __init__(self, port: int, uri: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self._socket.connect(("127.0.0.1", port))
        self._socket.setblocking(False)
        self._uri = uri
        self._here = self._socket.getsockname()[1]
        self.sent = {"INVITE": 0, "OPTIONS": 0}
        self.answered = 0

    def send(self, method: str) -> None:
        self.sent[method] += 1
        self._say(method, method, self.sent[method])

    def _say(self, method: str, family: str, number: int) -> None:
        """A request of its own, or a CANCEL of family INVITE."""
        body = _BODY if method == "INVITE" else ""
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"{method} {self._uri} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self._here};branch=z9hG4bK{family}{number};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:flood@127.0.0.1>;tag=f\r\n"
            f"To: <{self._uri}>\r\nCall-ID: {family}-{number}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:flood@127.0.0.1:{self._here}>\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        with contextlib.suppress(OSError):
            self._socket.send(text.encode())

    def listen(self, until: float) -> None:
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._socket], [], [], left)[0]:
                return
            with contextlib.suppress(OSError):
                self._take(self._socket.recv(4096))

    def _take(self, data: bytes) -> None:
        lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")
        fields = {
            name.lower(): value for name, _, value in (one.partition(b": ") for one in lines)
        }
        status, cseq = data[8:11], fields.get(b"cseq", b"")
        if cseq == b"1 INVITE" and status == b"180":
            self._say("CANCEL", "INVITE", int(fields[b"call-id"].rpartition(b"-")[2]))
        if status < b"200":
            return
        self.answered += 1
        if cseq == b"1 INVITE":
            copied = [
                one for one in lines
                if one.lower().startswith((b"via:", b"from:", b"to:", b"call-id:"))
            ]  # fmt: skip
            ack = [b"ACK " + self._uri.encode() + b" SIP/2.0", *copied, b"CSeq: 1 ACK"]
            self._socket.send(b"\r\n".join([*ack, b"Content-Length: 0", b"", b""]))


def _look(control: Path, ended: threading.Event) -> None:
    with contextlib.suppress(ControlError, OSError), ControlClient(control) as client:
        while not ended.wait(1 / LOOKS):
            client.call("ports")


def main(words: list[str]) -> None:
    port, control, seconds = int(words[0]), Path(words[1]), float(words[3])
    rtp.relax()  # who measures is in a hurry, and has started this
    flood, ended = Flood(port, words[2]), threading.Event()
    looker = threading.Thread(target=_look, args=(control, ended))
    looker.start()
    due = time.monotonic()
    for step in range(round(seconds / _STEP_S)):
        for _ in range(round(INVITES * _STEP_S)):
            flood.send("INVITE")
        if step % round(1 / (OPTIONS * _STEP_S)) == 0:
            flood.send("OPTIONS")
        due += _STEP_S
        flood.listen(due)
    ended.set()
    looker.join()
    print(flood.sent["INVITE"], flood.sent["OPTIONS"], flood.answered)


if __name__ == "__main__":
    main(sys.argv[1:])
