"""`tipring exchange`: the exchange on a UDP socket."""

from __future__ import annotations

import asyncio
import secrets
import signal
from collections.abc import Callable, Mapping

from firmware.config_values import split_address
from firmware.errors import ConfigError
from firmware.exchange.exchange import Exchange, ExchangeSettings
from firmware.net import IpNetwork
from firmware.pump import Pump
from firmware.sip.events import Address, Datagram, Send, TransportFailed
from firmware.transport.ears import Ears


def run(listen: str, domain: str, users: Mapping[str, str], say: Callable[[str], None]) -> int:
    """Run the exchange until SIGTERM or SIGINT.

    Args:
        listen: ``host:port``, numeric.
        domain: empty: the host.
        users: password by user.
        say: tells the person who started it.

    Raises:
        ConfigError: `listen` cannot be read.
        NetworkError: the address is in use, or not ours.
    """
    try:
        host, port = split_address(listen)
    except ValueError as error:
        raise ConfigError([f"--listen: {error}"]) from error

    def ready(local: Address) -> None:
        say(f"exchange ready at {local} for {', '.join(users)}, domain {domain or host}")

    asyncio.run(serve(Address(host, port), domain or host, users, ready))
    return 0


async def serve(
    local: Address, domain: str, users: Mapping[str, str], ready: Callable[[Address], None]
) -> None:
    """Run until SIGTERM or SIGINT.

    Args:
        local: numeric address to listen at.
        domain: of the users; also the digest realm.
        users: password by user.
        ready: called once, when requests are taken.

    Raises:
        NetworkError: the address is in use, or not ours.
    """
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    settings = ExchangeSettings(local, domain, users)
    exchange = Exchange(settings, secrets.token_bytes(32), secrets.SystemRandom())
    pump: Pump[Datagram | TransportFailed, Send] = Pump(
        exchange, lambda send: wire.send(send.data, send.target)
    )
    ears = Ears(
        lambda data, source: pump.feed(Datagram(data, source)),
        lambda target, reason: pump.feed(TransportFailed(target, reason)),
    )
    wire = await IpNetwork().listen(local, ears)
    ready(local)
    await stop.wait()
    pump.close()
    wire.close()
