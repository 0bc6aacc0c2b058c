"""`tipring run`: the gateway in the foreground, as systemd starts it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable
from pathlib import Path

from drivers.board import open_card
from firmware.box import health as box_health
from firmware.box import room as box_room
from firmware.box.metrics import MetricsServer
from firmware.card import calibrations
from firmware.card.calibrations import Calibrations
from firmware.card.head_start import HeadStart
from firmware.card.words import card_settings
from firmware.config.load import Loaded
from firmware.config.schema import Config
from firmware.config.store import Store
from firmware.config.values import split_address
from firmware.control.server import ControlServer
from firmware.desk.config import ConfigDesk
from firmware.desk.desk import Desk
from firmware.dice import SystemDice
from firmware.gateway import Gateway
from firmware.heap import settle, swept
from firmware.helper_link import HelperLink
from firmware.launched import Launched
from firmware.log import event as log_event
from firmware.media.link import MediaLink
from firmware.media.messages import Report
from firmware.mqtt.telling import Telling
from firmware.net import IpNetwork, NetworkError
from firmware.notify import notify, watchdog_interval
from firmware.seams import OpenMedia, Seams
from firmware.simulated import board
from firmware.transport.route_news import RouteNews

MEDIA_SILENT = 3.0
"""Seconds without a word of the media process: the watchdog is not fed any longer."""
START = 20.0
"""Seconds after which systemd is told that we are ready though some hardware is not: without
it the gateway lives on, tries again, and answers the operator."""


def serve(
    store: Store,
    loaded: Loaded,
    refused: list[str],
    ahead: HeadStart,
    placed: Callable[[Config], Config],
) -> int:
    """Run until SIGTERM, SIGINT or SIGHUP.

    Args:
        store: of the configuration.
        loaded: what it says.
        refused: why the file itself was not taken; empty: it was.
        ahead: what is under way already.
        placed: what the command line says otherwise than a configuration.

    Raises:
        ControlError: another configuration wants another simulated board.
    """
    return asyncio.run(_Daemon(store, loaded, refused, ahead, placed).serve())


class _Daemon:
    """The control socket, and one gateway after another behind it: with each box that changes."""

    def __init__(
        self,
        store: Store,
        loaded: Loaded,
        refused: list[str],
        ahead: HeadStart,
        placed: Callable[[Config], Config],
    ) -> None:
        self._store = store
        self._refused = refused
        self._place = ahead.place
        self._ahead: HeadStart | None = ahead
        """Until the first gateway has it."""
        self._placed = placed
        self._text = loaded.text
        self._config: Config | None = placed(loaded.config)
        """Of the gateway that is started next; None: none is."""
        self._over = asyncio.Event()

    async def serve(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):  # HUP: its terminal is gone
            loop.add_signal_handler(number, self._stop)
        server: ControlServer | None = None
        past: Gateway | None = None
        kept: object = None
        try:
            while config := self._config:
                self._config = None
                self._over.clear()
                ahead, self._ahead = self._ahead, None
                if ahead is None:
                    kept = board(card_settings(config)) or kept
                seams = real_seams(self._place.path, ahead)
                past = gateway = Gateway(config, seams, past)
                desk = Desk(gateway)
                told = Telling(gateway, desk.handlers)
                files = ConfigDesk(gateway, self._store, self._restart, self._placed, told.renew)
                handlers = {**desk.handlers, **files.handlers}
                if server is None:
                    server = ControlServer(self._place.path, handlers, desk.streams)
                    await server.start(self._place)
                else:
                    server.use(handlers, desk.streams)
                if self._refused:
                    gateway.alarms.set("config file", "critical", _fallen_back(self._refused))
                metrics = MetricsServer(desk.handlers, gateway)
                await _watched(metrics, gateway)
                await told.renew(config)
                await self._live(gateway, files)
                await told.stop()
                await metrics.stop()
        finally:
            if server:
                await server.stop()
        return 0

    def _stop(self) -> None:
        self._config = None
        self._over.set()

    def _restart(self, config: Config) -> None:
        self._config, self._refused = config, []
        self._over.set()

    def _written_to(self) -> list[Path]:
        """Folders: of the copies of the configuration, and of the control socket."""
        return list(dict.fromkeys([self._store.good.parent, self._place.path.parent]))

    async def _live(self, gateway: Gateway, files: ConfigDesk) -> None:
        starting = asyncio.create_task(gateway.start())
        ending = asyncio.create_task(self._over.wait())
        await asyncio.wait({starting, ending}, timeout=START, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
        if not ending.done():
            up, of = (
                sum(p.in_service for p in gateway.ports.values()),
                gateway.config.card[0].ports,
            )
            notify(f"READY=1\nSTATUS={up} of {of} ports in service")
            log_event("ready", ports=up, of=of)
            if self._text and not self._refused:
                files.keep(self._text)
            self._text = ""  # what is applied later is kept when it is applied
            settle()
            watching = asyncio.create_task(_feed_watchdog(gateway))
            feeling = asyncio.create_task(_feel(gateway, self._written_to()))
            sweeping = asyncio.create_task(swept())
            await ending
            for task in (watching, feeling, sweeping):
                task.cancel()
        starting.cancel()
        files.renewal.close()
        if self._config is None:
            notify("STOPPING=1")
        await gateway.stop()


async def _watched(metrics: MetricsServer, gateway: Gateway) -> None:
    """Let Prometheus ask, if it may; a port that is taken is an alarm, and no more."""
    if not (listen := gateway.config.metrics.listen):
        return
    try:
        await metrics.start(*split_address(listen))
    except NetworkError as error:
        gateway.alarms.set("metrics", "minor", str(error))


def _fallen_back(problems: list[str]) -> str:
    """What the operator reads who has written something wrong, and then lost the power."""
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{problems[0]}{more}: refused, what ran last runs again; mend it, then config apply"


def real_seams(control: Path | None = None, ahead: HeadStart | None = None) -> Seams:
    """Kernel, network, clocks and chance as they are.

    Args:
        control: our socket; beside it the chips' calibration is kept. None: nowhere.
        ahead: what is under way already, for the first to ask.
    """
    return Seams(
        network=IpNetwork(),
        open_media=_media_opener(ahead.voice if ahead else None),
        open_card=open_card,
        dice=SystemDice(),
        local_time=lambda: time.strftime("%m%d%H%M"),
        wall_clock=time.time,
        uptime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        open_helper=HelperLink,
        calibrations=calibrations.beside(control) if control else Calibrations(),
        chips=ahead.chips if ahead else None,
        route_news=RouteNews,
    )


def _media_opener(launched: Launched | None) -> OpenMedia:
    waiting = [launched]

    def opened(on_report: Callable[[Report], None], on_exit: Callable[[int], None]) -> MediaLink:
        return MediaLink(on_report, on_exit, launched=waiting.pop() if waiting else None)

    return opened


async def _feel(gateway: Gateway, written: list[Path]) -> None:
    """Look now and then how the box is, and whether there is room in the folders written to."""
    while True:
        box_health.tell(box_health.look(), gateway.alarms)
        box_room.tell(box_room.look(written), gateway.alarms)
        await asyncio.sleep(box_health.EVERY)


async def _feed_watchdog(gateway: Gateway) -> None:
    """Tell systemd that the loop turns, as long as a media process that runs says so too.

    One that has ended is known, and replaced; one that hangs only systemd can help.
    """
    interval = watchdog_interval()
    if interval is None:
        return
    while True:
        heard = gateway.voice.heard
        if heard is None or gateway.loop.time() - heard < MEDIA_SILENT:
            notify("WATCHDOG=1")
        await asyncio.sleep(min(interval, 1.0))
