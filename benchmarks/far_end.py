"""The SIP far end: registrar, callee and caller in one, every message with its time.

Times are CLOCK_MONOTONIC, which all processes of a machine share. What comes in has the
kernel's time of receipt, so that a busy thread here does not show in the figures.
"""

from __future__ import annotations

import re
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

from benchmarks.machine import clock_difference

SO_TIMESTAMPNS = 35
_STAMP = struct.Struct("qq")
_COPIED = re.compile(rb"(?im)^(?:via|v|from|f|call-id|i|cseq|record-route):.*\r\n")


@dataclass(frozen=True)
class Seen:
    """One message that came in."""

    at: float
    what: str
    """``REGISTER``, or ``200 INVITE``."""
    call_id: str
    text: bytes


class FarEnd:
    """A thread with a UDP socket.

    Args:
        challenges: ask for credentials once (they are not judged).
    """

    def __init__(self, *, challenges: bool = True) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        self.contacts: dict[str, str] = {}
        """Contact URI of each user that has registered."""
        self.answers: Callable[[Seen], int] = lambda _: 486
        """What an INVITE from outside is refused with."""
        self._challenges = challenges
        self._ahead = clock_difference()
        self._seen: list[Seen] = []
        self._news = threading.Condition()
        self._numbers = count(1)
        self._addresses: dict[str, tuple[str, int]] = {}
        self._ended = False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ended = True
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", ("127.0.0.1", self.port))
        self._thread.join(2)
        self.socket.close()

    # what was seen

    def forget(self) -> None:
        with self._news:
            self._seen.clear()

    def wait(self, what: str, within: float, call_id: str = "") -> Seen | None:
        """The first message of that kind since `forget`, when it has come."""
        deadline = time.monotonic() + within
        with self._news:
            while True:
                for seen in self._seen:
                    if seen.what == what and call_id in {"", seen.call_id}:
                        return seen
                left = deadline - time.monotonic()
                if left <= 0 or not self._news.wait(left):
                    return None

    # calling

    def invite(self, user: str, rtp_port: int) -> tuple[str, float]:
        """Call a user that has registered; its Call-ID, and when it was sent."""
        number = next(self._numbers)
        call_id = f"bench-{number}@127.0.0.1"
        body = (
            f"v=0\r\no=- {number} 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {rtp_port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\na=ptime:20\r\n"
        )
        return call_id, self._ask("INVITE", user, call_id, 1, "", body)

    def ack(self, user: str, answer: Seen) -> None:
        self._ask("ACK", user, answer.call_id, 1, tag_of(answer))

    def bye(self, user: str, answer: Seen) -> float:
        return self._ask("BYE", user, answer.call_id, 2, tag_of(answer))

    def _ask(
        self, method: str, user: str, call_id: str, cseq: int, tag: str, body: str = ""
    ) -> float:
        number = next(self._numbers)
        to = f"<sip:{user}@127.0.0.1>" + (f";tag={tag}" if tag else "")
        kind = "Content-Type: application/sdp\r\n" if body else ""
        text = (
            f"{method} {self.contacts[user]} SIP/2.0\r\n"
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bKb{number};rport\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:bench@127.0.0.1>;tag=far\r\nTo: {to}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\n"
            f"Contact: <sip:bench@127.0.0.1:{self.port}>\r\n"
            f"{kind}Content-Length: {len(body)}\r\n\r\n{body}"
        )
        at = time.monotonic()
        self.socket.sendto(text.encode(), self._addresses[user])
        return at

    # the thread

    def _run(self) -> None:
        while not self._ended:
            data, ancillary, _, source = self.socket.recvmsg(65536, 64)
            at = time.monotonic()
            for level, kind, stamp in ancillary:
                if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
                    seconds, ns = _STAMP.unpack(stamp)
                    at = seconds + ns / 1e9 - self._ahead
            if len(data) > 4:
                self._received(data, source, at)

    def _received(self, data: bytes, source: tuple[str, int], at: float) -> None:
        start = data.partition(b"\r\n")[0].decode(errors="replace")
        method = header(data, "CSeq").rpartition(" ")[2]
        if "SIP/2.0" not in start or not method:
            return  # voice of a call that is over, meant for who had the port before
        word, status, _ = (start + "  ").split(" ", 2)
        what = f"{status} {method}" if word.startswith("SIP/") else word
        seen = Seen(at, what, header(data, "Call-ID", "i"), data)
        if what == "REGISTER":
            self._register(seen, source)
        elif what == "INVITE":
            self._answer(seen, source, 100)
            self._answer(seen, source, self.answers(seen))
        elif what in {"BYE", "CANCEL", "OPTIONS"}:
            self._answer(seen, source, 200)
        with self._news:
            self._seen.append(seen)
            self._news.notify_all()

    def _register(self, seen: Seen, source: tuple[str, int]) -> None:
        if self._challenges and not header(seen.text, "Authorization"):
            more = 'WWW-Authenticate: Digest realm="bench", nonce="n1", algorithm=MD5, qop="auth"'
            self._answer(seen, source, 401, more + "\r\n")
            return
        to, contact = header(seen.text, "To", "t"), header(seen.text, "Contact", "m")
        user = to.partition("sip:")[2].partition("@")[0]
        uri = contact[contact.find("<") + 1 :].partition(">")[0]
        gone = "expires=0" in contact or header(seen.text, "Expires") == "0"
        if not gone:
            self.contacts[user], self._addresses[user] = uri, source
        self._answer(seen, source, 200, "" if gone else f"Contact: <{uri}>;expires=3600\r\n")

    def _answer(self, seen: Seen, target: tuple[str, int], status: int, more: str = "") -> None:
        copied = b"".join(_COPIED.findall(seen.text.partition(b"\r\n\r\n")[0] + b"\r\n"))
        to = header(seen.text, "To", "t")
        if ";tag=" not in to and status > 100:
            to += f";tag=t{next(self._numbers)}"
        text = f"SIP/2.0 {status} x\r\n".encode() + copied
        text += f"To: {to}\r\n{more}Content-Length: 0\r\n\r\n".encode()
        self.socket.sendto(text, target)


def header(text: bytes, *names: str) -> str:
    """The first header of one of these names; empty: there is none."""
    for line in text.partition(b"\r\n\r\n")[0].decode(errors="replace").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() in {each.lower() for each in names}:
            return value.strip()
    return ""


def tag_of(answer: Seen) -> str:
    return header(answer.text, "To", "t").partition(";tag=")[2].partition(";")[0]


def rtp_port_of(answer: Seen) -> int:
    """Where the other side of a session description receives."""
    found = re.search(rb"\r\nm=audio (\d+) ", answer.text)
    if found is None:
        raise ValueError("no audio in the answer")
    return int(found[1])
