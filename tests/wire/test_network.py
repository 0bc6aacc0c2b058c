"""No name, no server, nothing but noise: the gateway lives on and says why (faults C)."""

from __future__ import annotations

import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager

from firmware.demo.stage import CONFIG
from tests.wire.stage import IDLE, House, until

QUICK = "\n[lab]\nt1 = 0.02\nregister_retry_base = 0.5\n"
NOBODY = "nobody.tipring.invalid"

REQUESTS = ("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "UPDATE", "NOTIFY")
MESSAGE = """\
{first}\r
Via: SIP/2.0/UDP 127.0.0.1:{port};branch=z9hG4bK{n};rport\r
Max-Forwards: 70\r
From: "Noise" <sip:102@demo.tipring.example>;tag=f{n}\r
To: <sip:101@demo.tipring.example>\r
Call-ID: noise-{n}\r
CSeq: {n} {method}\r
Contact: <sip:102@127.0.0.1:{port}>\r
Content-Type: application/sdp\r
Content-Length: 118\r
\r
v=0\r
o=- 7 1 IN IP4 127.0.0.1\r
s=-\r
c=IN IP4 127.0.0.1\r
t=0 0\r
m=audio 20000 RTP/AVP 8 101\r
a=rtpmap:101 telephone-event/8000\r
"""
BATCH = 40
"""Datagrams between two questions whether it still lives: fewer than its socket can hold."""


def test_an_unknown_server_name_keeps_nobody_from_a_dial_tone() -> None:
    text = CONFIG.replace('host = "127.0.0.1"', f'host = "{NOBODY}"').replace(
        "127.0.0.1:{sip}", "0.0.0.0:{sip}"
    )
    with House(text=text) as house:
        house.runs()
        until("the network alarm", lambda: NOBODY in house.alarms().get("network", ""))
        for port in (1, 2):
            assert house.row(port) == "unreg:Activ Idle ON-HOOK"
            assert NOBODY in house.status(port).last_error
        house.phone(1, "lift")
        house.hears(1, "dial-tone")
        house.pause(house.phone(1, "dial", digits="102")["seconds"])
        until("the call has failed", lambda: "Busy" in house.row(1))
        record = house.asks("history")[-1]
        assert record["cause"] == "NO_SERVER"
        assert NOBODY in record["sentence"]
        house.gateway.terminate()
        assert house.gateway.wait(5) == 0


def test_lines_register_when_the_exchange_appears() -> None:
    with House(QUICK) as house:
        house.runs()
        until("a failure to be told", lambda: all(
            row.register_status.value == "reg-fail" and row.last_error and row.next_attempt_in_s
            for row in house.rows()
        ))  # fmt: skip
        assert "not registered" in house.alarms()["[1:1] sip"]
        shown = house.types("show", "registration").stdout
        assert house.status(1).last_error in shown
        house.start_exchange()
        until("both registered", lambda: [house.row(p) for p in (1, 2)] == [IDLE, IDLE])
        assert house.alarms() == {}


def test_noise_at_the_sip_port_is_counted_and_calls_work_on(house: House) -> None:
    dice = random.Random(20)  # noqa: S311 - the same noise each time
    before = house.asks("version")["dropped"]
    with _noisy(house, "127.0.0.1") as noise:
        for batch in range(2000 // BATCH):
            for n in range(BATCH):
                noise.send(_noise(dice, batch * BATCH + n, noise.port))
            assert noise.lives(batch)
    dropped = house.asks("version")["dropped"] - before
    assert 500 < dropped < 2000, "what is a request by chance is answered"
    assert f"{house.asks('version')['dropped']} datagrams" in house.types("show", "version").stdout
    assert house.gateway.poll() is None
    assert [line for line in house.log.read_text().splitlines() if "failed" in line] == []
    assert "Traceback" not in house.log.read_text()
    house.is_idle()
    house.rings()
    house.all_hang_up()


def test_strangers_hear_nothing_and_are_counted(house: House) -> None:
    before = house.asks("version")["dropped"]
    with _noisy(house, "127.0.0.2") as stranger:
        for n, method in enumerate(REQUESTS):
            stranger.send(_message(method, n, stranger.port))
        until("all counted", lambda: house.asks("version")["dropped"] == before + len(REQUESTS))
        assert stranger.hears() == []


class _Noisy:
    """Somebody with a socket."""

    def __init__(self, house: House, host: str) -> None:
        self._gateway = ("127.0.0.1", house.sip)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, 0))
        self.socket.settimeout(10)
        self.port = self.socket.getsockname()[1]

    def send(self, data: bytes) -> None:
        self.socket.sendto(data, self._gateway)

    def lives(self, n: int) -> bool:
        """Whether an OPTIONS is answered, after all that was sent before."""
        self.send(_message("OPTIONS", 10**6 + n, self.port).partition(b"Contact")[0]
                  + b"Content-Length: 0\r\n\r\n")  # fmt: skip
        wanted = f"CSeq: {10**6 + n} OPTIONS".encode()
        while True:
            answer = self.socket.recv(65536)
            if wanted in answer:
                return answer.startswith(b"SIP/2.0 200")

    def hears(self) -> list[bytes]:
        """What has come."""
        self.socket.settimeout(0.3)
        try:
            return [self.socket.recv(65536)]
        except TimeoutError:
            return []


@contextmanager
def _noisy(house: House, host: str) -> Iterator[_Noisy]:
    noisy = _Noisy(house, host)
    try:
        yield noisy
    finally:
        noisy.socket.close()


def _message(method: str, n: int, port: int) -> bytes:
    first = f"{method} sip:101@127.0.0.1 SIP/2.0"
    return MESSAGE.format(first=first, method=method, n=n, port=port).encode()


def _noise(dice: random.Random, n: int, port: int) -> bytes:
    """Bytes by chance, or a message with some of them changed, cut or doubled."""
    if n % 4 == 0:
        return dice.randbytes(dice.randrange(1, 1400))
    data = bytearray(_message(dice.choice(REQUESTS), n, port))
    if n % 4 == 1:
        data = bytearray(b"SIP/2.0 200 OK") + data[data.index(b"\r\n") :]
    for _ in range(dice.randrange(1, 12)):
        at = dice.randrange(len(data))
        match dice.randrange(4):
            case 0:
                data[at] = dice.randrange(256)
            case 1:
                del data[at : at + dice.randrange(1, 60)]
            case 2:
                data[at:at] = data[at : at + dice.randrange(1, 60)] * dice.randrange(1, 9)
            case 3:
                data[at:at] = dice.choice(
                    [b"\0", b"\r\n", b":", b";", b"<", b'"', b"\xff", b"%00"]
                )
        data = data or bytearray(b"x")
    return bytes(data)
