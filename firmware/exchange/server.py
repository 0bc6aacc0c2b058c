"""`tipring exchange`: the exchange on sockets: UDP and TCP at one port, TLS at another."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace

from firmware.config.values import split_address
from firmware.errors import ConfigError
from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.net import IpNetwork, Security, Wire
from firmware.pump import Pump
from firmware.sip.events import Address, Datagram, Garbled, Send, Transport, TransportFailed
from firmware.transport.ears import Ears
from firmware.transport.tls import Files


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for; addresses as ``host:port``, numeric."""

    listen: str
    domain: str = ""
    """Empty: the host of `listen`."""
    tls: str = ""
    """Where TLS is spoken; empty: nowhere."""
    cert: str = ""
    key: str = ""
    """Empty: it is in the file of the certificate."""


def run(wanted: Wanted, users: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Run the exchange until SIGTERM or SIGINT.

    Args:
        wanted: by whom it was started.
        users: password by user.
        say: tells the person who started it.

    Raises:
        ConfigError: an address cannot be read, or TLS lacks its certificate.
        NetworkError: an address is in use or not ours, or a certificate cannot be used.
    """
    local = _address("--listen", wanted.listen, Transport.UDP)
    places = [local, replace(local, transport=Transport.TCP)]
    if wanted.tls:
        places.append(_address("--tls", wanted.tls, Transport.TLS))
    if bool(wanted.tls) is not bool(wanted.cert):
        raise ConfigError(["--tls and --cert go together"])
    domain = wanted.domain or local.host
    tls = Security(Files("", wanted.cert, wanted.key), domain) if wanted.tls else None

    def ready() -> None:
        also = f", TLS at {places[-1]}" if wanted.tls else ""
        say(f"exchange ready at {local}{also} for {', '.join(users)}, domain {domain}")

    settings = ExchangeSettings(local, domain, users, also=tuple(places[1:]))
    asyncio.run(serve(settings, tls, ready))
    return 0


def _address(word: str, text: str, transport: Transport) -> Address:
    try:
        return Address(*split_address(text), transport)
    except ValueError as error:
        raise ConfigError([f"{word}: {error}"]) from error


async def serve(
    settings: ExchangeSettings, tls: Security | None, ready: Callable[[], None]
) -> None:
    """Run until SIGTERM or SIGINT.

    Args:
        settings: name, addresses and users.
        tls: for TLS.
        ready: called once, when requests are taken.

    Raises:
        NetworkError: an address is in use or not ours, or a certificate cannot be used.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    exchange = Exchange(settings, secrets.token_bytes(32), secrets.SystemRandom())
    wires: dict[Transport, Wire] = {}

    def carry(send: Send) -> None:
        if (wire := wires.get(send.target.transport)) is not None:
            wire.send(send.data, send.target)

    pump: Pump[Datagram | Garbled | TransportFailed, Send] = Pump(exchange, carry)
    ears = Ears(
        lambda data, source: pump.feed(Datagram(data, source)),
        lambda target, reason: pump.feed(TransportFailed(target, reason)),
        undelivered=lambda data, target, why: pump.feed(TransportFailed(target, why, data)),
        garbled=lambda data, source, why, status: pump.feed(Garbled(data, source, why, status)),
        admits=lambda _peer: True,
    )
    with ExitStack() as open_now:
        open_now.callback(pump.close)
        for place in (settings.local, *settings.also):
            secured = tls if place.transport is Transport.TLS else None
            wire = await IpNetwork().listen(place, ears, secured)
            wires[place.transport] = open_now.enter_context(closing(wire))
        ready()
        await stop.wait()
