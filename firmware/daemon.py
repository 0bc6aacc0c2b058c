"""`tipring run`: the gateway in the foreground, as systemd starts it."""

from __future__ import annotations

import asyncio
import logging
import random
import secrets
import signal
import time
from pathlib import Path

from msgspec.structs import replace

from drivers.board import CardSettings, open_card
from firmware.config import Config
from firmware.config_load import read
from firmware.control import ControlServer
from firmware.desk import Desk
from firmware.errors import ConfigError
from firmware.gateway import Gateway
from firmware.log import event as log_event
from firmware.media.link import MediaLink
from firmware.net import UdpNetwork
from firmware.notify import notify, watchdog_interval
from firmware.seams import Seams
from firmware.settings import card_settings, unsupported

MEDIA_SILENT = 3.0
"""Seconds without a heartbeat of the media process: the watchdog is not fed any longer."""


def run(path: Path, control: Path | None = None) -> int:
    """Check the configuration, then run until SIGTERM or SIGINT.

    Args:
        path: of the configuration file.
        control: socket to use in place of the configured one.

    Raises:
        ConfigError: the file is refused; nothing was started.
        ControlError: another gateway runs here.
    """
    loaded = read(path)
    config = loaded.config
    for warning in loaded.warnings:
        log_event("config-warning", level=logging.WARNING, why=warning)
    problems = [f"{path}: {problem}" for problem in unsupported(config)]
    if problems:
        raise ConfigError(problems)
    if control is not None:
        config = replace(config, control=replace(config.control, socket=str(control)))
    return asyncio.run(_serve(config))


async def _serve(config: Config) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    _board(card_settings(config))
    gateway = Gateway(config, _real())
    desk = Desk(gateway)
    server = ControlServer(Path(config.control.socket), desk.handlers, desk.streams)
    await server.start()
    try:
        starting = asyncio.create_task(gateway.start())
        ending = asyncio.create_task(stop.wait())
        await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            up = sum(port.in_service for port in gateway.ports.values())
            notify(f"READY=1\nSTATUS={up} of {len(gateway.ports)} ports in service")
            log_event("ready", ports=up, of=len(gateway.ports))
            watching = asyncio.create_task(_feed_watchdog(gateway))
            await ending
            watching.cancel()
        starting.cancel()
        notify("STOPPING=1")
        await gateway.stop()
    finally:
        await server.stop()
    return 0


def _real() -> Seams:
    # secrets.SystemRandom: tags, branches and tokens must not be guessable
    dice: random.Random = secrets.SystemRandom()
    return Seams(
        network=UdpNetwork(),
        open_media=MediaLink,
        open_card=open_card,
        dice=dice,
        local_time=lambda: time.strftime("%m%d%H%M"),
        wall_clock=time.time,
    )


def _board(settings: CardSettings) -> None:
    """See to it that the simulated board runs; it outlives the gateway, as hardware does."""
    if "simulated" not in {settings.bus, settings.pcm}:
        return
    from drivers.sim.client import spawn_board

    spawn_board(settings.socket, [(settings.number, settings.ports, settings.driver)])


async def _feed_watchdog(gateway: Gateway) -> None:
    """Tell systemd that the loop turns, as long as the media process shows life as well."""
    interval = watchdog_interval()
    if interval is None:
        return
    seen, since = None, gateway.loop.time()
    while True:
        if gateway.voice.heartbeat is not seen:
            seen, since = gateway.voice.heartbeat, gateway.loop.time()
        if gateway.loop.time() - since < MEDIA_SILENT:
            notify("WATCHDOG=1")
        await asyncio.sleep(min(interval, 1.0))
