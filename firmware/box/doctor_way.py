"""Are the servers known, and is there a way to them? Asked when no service runs to tell."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from firmware.box.doctor import Finding
from firmware.config.schema import Config
from firmware.net import IpNetwork, NetworkError
from firmware.sip.address import Transport


def servers(config: Config) -> Iterator[Finding]:
    """Each server of the configuration."""
    yield Finding("service", "warn", "it does not run", "systemctl status tipring")
    network, transport = IpNetwork(), Transport(config.sip.transport)

    async def way(host: str, port: int) -> str:
        addresses = await network.resolve(host, port, transport)
        local = await network.local_towards(addresses[0])
        return f"{addresses[0]}, from {local}"

    for server in config.sip.server:
        what = f"server {config.sip.name_of(server)}"
        try:
            seen = asyncio.run(asyncio.wait_for(way(server.host, config.sip.port_of(server)), 10))
        except NetworkError as error:
            yield Finding(what, "FAIL", str(error), "name, name server (/etc/resolv.conf), cable")
        except TimeoutError:
            yield Finding(what, "FAIL", "no name server answers", "see /etc/resolv.conf")
        else:
            yield Finding(what, "ok", seen)
