"""What a replayed gateway stands on: sound, network and chance that do as recorded."""

from __future__ import annotations

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from firmware.dtls import messages as dtls
from firmware.media import messages as media
from firmware.net import NetworkError, Security
from firmware.replay.virtual import VirtualLoop
from firmware.sip.events import Address, Server, Transport
from firmware.sip.targets import numeric
from firmware.transport.ears import Ears

FIGURES = 5.0
"""s from one report of a call's voice to the next, as the media process tells them."""
FINGERPRINT = "sha-256 " + ":".join(["00"] * 32)
KEY_AND_SALT = 30
"""Octets of a key that stands in for one that is not in a bundle."""
PACKETS = 50
"""A second, of a far end that speaks."""
PAUSE = 0.25
"""s for the parts of a burst of data that are no octets: seizure and marks, or the first key."""
OCTET = {"bell202": 10 / 1200, "v23": 10 / 1200, "ntt": 13 / 1200, "dtmf": 0.14, "": 0.0}
"""s each octet of a burst takes, by the modem."""


class SoundOnStage:
    """A media process that hears what was heard.

    Args:
        report: takes what it says.
        loop: with the time.
    """

    def __init__(self, report: Callable[[media.Report], None], loop: VirtualLoop) -> None:
        self._report = report
        self._loop = loop
        self._open: dict[int, media.Open] = {}
        self._received: dict[int, float] = {}
        self._since: dict[int, float] = {}
        """From when on a port hears its far end."""

    def start(self, _start: media.Start) -> None:
        self._loop.call_soon(self._report, media.Ready(pid=0, realtime=False))

    def send(self, command: media.Command, *_sockets: socket.socket) -> None:
        match command:
            case media.Open(port=port):
                if port not in self._open:
                    self._received[port] = 0.0
                    self._loop.call_later(FIGURES, self._figures, port, command.call)
                self._open[port] = command
            case media.Close(port=port) if port in self._open:
                call = self._open.pop(port).call
                self._told(self._statistics(port, call, final=True))
                self._since.pop(port, None)
            case media.SendData(port=port, modem=modem, message=message, tag=tag):
                took = (command.alert_ms + command.after_ms) / 1000
                took += PAUSE + len(message) * OCTET[modem] if modem else 0.0
                self._loop.call_later(took, self._report, media.DataSent(port=port, tag=tag))
            case _:
                pass

    def says(self, report: media.Report) -> None:
        """It heard something."""
        match report:
            case media.VoiceStarted(port=port):
                self._since[port] = self._loop.time()
            case media.VoiceLost(port=port, silent_s=silent):
                self._count(port, silent)
                self._since.pop(port, None)
            case _:
                pass
        self._report(report)

    async def closed(self) -> None: ...

    def _told(self, report: media.Report) -> None:
        self._loop.call_soon(self._report, report)

    def _figures(self, port: int, call: int) -> None:
        if port in self._open and self._open[port].call == call:
            self._report(self._statistics(port, call))
            self._loop.call_later(FIGURES, self._figures, port, call)

    def _count(self, port: int, silent: float = 0.0) -> None:
        now = self._loop.time()
        if port in self._since:
            heard = max(0.0, now - silent - self._since[port])
            self._received[port] = self._received.get(port, 0.0) + PACKETS * heard
            self._since[port] = now

    def _statistics(self, port: int, call: int, *, final: bool = False) -> media.Statistics:
        self._count(port)
        return media.Statistics(
            port=port, call=call, sent=0, received=int(self._received[port]), lost=0, late=0,
            duplicate=0, reordered=0, jitter_ms=0.0, delay_ms=0.0, underruns=0, final=final,
        )  # fmt: skip


SOON = 0.1
"""s by which a change of address was there before it was noticed."""


class HandshakesOnStage:
    """A process that shakes hands as it did: who has agreed on keys, or has not.

    Args:
        report: takes what it says.
        loop: with the time.
        port: of whose call the next handshake is.
    """

    def __init__(
        self, report: Callable[[dtls.Report], None], loop: VirtualLoop, port: Callable[[], int]
    ) -> None:
        self._report = report
        self._loop = loop
        self._port = port
        self._numbers: dict[int, int] = {}
        """Of the last handshake, by port."""

    def start(self) -> None:
        self._loop.call_soon(self._report, dtls.Ready(fingerprint=FINGERPRINT))

    def send(self, command: dtls.Command, *_sockets: socket.socket) -> None:
        if isinstance(command, dtls.Agree):
            self._numbers[self._port()] = command.number

    def ends(self, port: int, suite: str, why: str) -> None:
        """The handshake of a port led to keys of that suite; or to none, and why."""
        number = self._numbers.get(port, 0)
        if suite:
            key = bytes(KEY_AND_SALT)
            self._report(dtls.Agreed(number=number, suite=suite, sends=key, receives=key))
        else:
            self._report(dtls.Refused(number=number, why=why))

    async def closed(self) -> None: ...


class HelperOnStage:
    """A helper that works codecs, and always can."""

    def __init__(
        self,
        _law: str,
        _realtime: bool,
        works: Callable[[socket.socket], None],
        _ended: Callable[[int], None],
    ) -> None:
        self._works = works

    def start(self) -> None:
        end: Any = _Socket("", 0)
        asyncio.get_running_loop().call_soon(self._works, end)

    def close(self) -> None: ...


class _Socket:
    """As much of a socket as signalling looks at."""

    def __init__(self, host: str, port: int) -> None:
        self._name = host, port

    def getsockname(self) -> tuple[str, int]:
        return self._name

    def __enter__(self) -> None: ...
    def __exit__(self, *_: object) -> None: ...
    def close(self) -> None: ...


class NetworkOnStage:
    """The network of the record: names lead where they led, and what is sent is only heard of.

    Args:
        local: where the gateway was at last.
        hosts: addresses of the servers, as they were found.
        moves: when its address changed, and from which.
        there_at: when there was a way out first.
        clock: seconds.
    """

    def __init__(
        self,
        local: Address,
        hosts: Mapping[str, tuple[Address, ...]],
        moves: Sequence[tuple[float, str]],
        there_at: float,
        clock: Callable[[], float],
    ) -> None:
        self._local = local
        self._hosts = hosts
        self._lent = 0
        self._moves = moves
        self._there_at = there_at
        self._clock = clock
        self.ears: Ears | None = None
        self._last: dict[Address, bytes] = {}
        self.sent: Callable[[bytes, Address], None] = lambda _data, _target: None

    async def resolve(
        self, host: str, port: int, transport: Transport = Transport.UDP
    ) -> tuple[Address, ...]:
        if found := numeric(Server(host, port, transport)) or self._hosts.get(host):
            return found
        raise NetworkError(f"{host}: the bundle does not say where it is")

    async def local_towards(self, peer: Address) -> str:
        if self._clock() < self._there_at:
            raise NetworkError(f"no way to {peer}")
        soon = self._clock() + SOON
        return next((host for at, host in self._moves if soon < at), self._local.host)

    async def listen(
        self,
        local: Address,  # noqa: ARG002 - there is one
        ears: Ears,
        tls: Security | None = None,  # noqa: ARG002 - nobody listens in
    ) -> NetworkOnStage:
        self.ears = ears
        return self

    def send(self, data: bytes, target: Address) -> None:
        self._last[target] = data
        self.sent(data, target)

    def refuses(self, target: Address, why: str) -> None:
        """What was sent there last does not arrive."""
        if self.ears and target.transport is Transport.UDP:
            self.ears.undelivered(self._last.get(target, b""), target, why)
        elif self.ears:
            self.ears.failed(target, why)

    def moved(self) -> None: ...

    def close(self) -> None: ...

    def open_rtp(self, host: str, ports: range) -> tuple[socket.socket, socket.socket]:
        even = ports.start + ports.start % 2 + 2 * self._lent
        self._lent = (self._lent + 1) % (len(ports) // 2)
        pair: Any = (_Socket(host, even), _Socket(host, even + 1))
        return cast("tuple[socket.socket, socket.socket]", pair)


class Dice:
    """Chance as it was: draws about time in their order, tokens of Contacts by line.

    Args:
        drawn: what was drawn, in order.
        tokens: of the lines, in the order of the configuration.
        other: where the rest comes from.
    """

    def __init__(self, drawn: Sequence[float], tokens: Sequence[str], other: Any) -> None:
        self._drawn = deque(drawn)
        self._tokens = deque(tokens)
        self._other = other

    def random(self) -> float:
        if self._drawn and self._drawn[0] < 1:
            return float(self._drawn.popleft())
        return float(self._other.random())

    def randrange(self, start: int, stop: int, /) -> int:
        if (
            self._drawn
            and start <= self._drawn[0] < stop
            and self._drawn[0] == int(self._drawn[0])
        ):
            return int(self._drawn.popleft())
        return int(self._other.randrange(start, stop))

    def getrandbits(self, k: int, /) -> int:
        if k == TOKEN_BITS and self._tokens:
            return int(self._tokens.popleft(), 16)
        return int(self._other.getrandbits(k))


TOKEN_BITS = 80
"""Of the user part of a Contact (see `firmware.sip.tokens`)."""


def hosts_of(
    names: Iterable[tuple[str, str]], transport: Transport
) -> dict[str, tuple[Address, ...]]:
    """Addresses by host, of pairs of configured host and ``address:port``."""
    found: dict[str, tuple[Address, ...]] = {}
    for host, text in names:
        address, _, port = text.rpartition(":")
        if address and port.isdecimal():
            found[host] = (
                *found.get(host, ()),
                Address(address.strip("[]"), int(port), transport),
            )
    return found
