"""`tipring run`: the gateway in the foreground, as systemd starts it."""

from __future__ import annotations

import asyncio
import random
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from drivers.board import CardSettings, open_card
from drivers.errors import DriverError
from firmware import box_health, calibrations
from firmware.calibrations import Calibrations
from firmware.card_words import card_settings
from firmware.config import Config
from firmware.config_load import Loaded
from firmware.config_store import Store
from firmware.config_values import split_address
from firmware.control import ControlServer
from firmware.desk import Desk
from firmware.desk_config import ConfigDesk
from firmware.errors import ControlError
from firmware.gateway import Gateway
from firmware.heap import settle, swept
from firmware.helper_link import HelperLink
from firmware.log import event as log_event
from firmware.media.link import MediaLink
from firmware.media.messages import Report
from firmware.metrics import MetricsServer
from firmware.mqtt.telling import Telling
from firmware.net import IpNetwork, NetworkError
from firmware.notify import notify, watchdog_interval
from firmware.process_link import Launched
from firmware.seams import OpenMedia, Seams

MEDIA_SILENT = 3.0
"""Seconds without a word of the media process: the watchdog is not fed any longer."""
START = 20.0
"""Seconds after which systemd is told that we are ready though some hardware is not: without
it the gateway lives on, tries again, and answers the operator."""


def serve(
    store: Store,
    loaded: Loaded,
    refused: list[str],
    launched: Launched | None,
    control: Path | None = None,
) -> int:
    """Run until SIGTERM or SIGINT.

    Args:
        store: of the configuration.
        loaded: what it says.
        refused: why the file itself was not taken; empty: it was.
        launched: a voice process that waits already.
        control: socket to use in place of the configured one.

    Raises:
        ControlError: another gateway runs here.
    """
    return asyncio.run(_Daemon(store, loaded, refused, launched, control).serve())


class _Daemon:
    """The control socket, and one gateway after another behind it: with each box that changes."""

    def __init__(
        self,
        store: Store,
        loaded: Loaded,
        refused: list[str],
        launched: Launched | None,
        control: Path | None,
    ) -> None:
        self._store = store
        self._launched = launched
        self._refused = refused
        self._control = control
        self._text = loaded.text
        self._config: Config | None = self._placed(loaded.config)
        """Of the gateway that is started next; None: none is."""
        self._over = asyncio.Event()

    def _placed(self, config: Config) -> Config:
        """The control socket may be elsewhere than the file says."""
        if self._control is None:
            return config
        return replace(config, control=replace(config.control, socket=str(self._control)))

    async def serve(self) -> int:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        server: ControlServer | None = None
        past: Gateway | None = None
        board: object = None  # kept, or Python complains about a process nobody waited for
        try:
            while config := self._config:
                self._config = None
                self._over.clear()
                seams = real_seams(Path(config.control.socket), self._launched)
                self._launched = None
                past = gateway = Gateway(config, seams, past)
                desk = Desk(gateway)
                told = Telling(gateway, desk.handlers)
                files = ConfigDesk(gateway, self._store, self._restart, self._placed, told.renew)
                handlers = {**desk.handlers, **files.handlers}
                if server is None:
                    server = ControlServer(Path(config.control.socket), handlers, desk.streams)
                    await server.start()
                else:
                    server.use(handlers, desk.streams)
                if self._refused:
                    gateway.alarms.set("config file", "critical", _fallen_back(self._refused))
                board = _board(card_settings(config)) or board
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
            feeling = asyncio.create_task(_feel(gateway))
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


def real_seams(control: Path | None = None, launched: Launched | None = None) -> Seams:
    """Kernel, network, clocks and chance as they are.

    Args:
        control: our socket; beside it the chips' calibration is kept. None: nowhere.
        launched: the voice process for the first call of `open_media`.
    """
    # secrets.SystemRandom: tags, branches and tokens must not be guessable
    dice: random.Random = secrets.SystemRandom()
    return Seams(
        network=IpNetwork(),
        open_media=_media_opener(launched),
        open_card=open_card,
        dice=dice,
        local_time=lambda: time.strftime("%m%d%H%M"),
        wall_clock=time.time,
        uptime=lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
        open_helper=HelperLink,
        calibrations=calibrations.beside(control) if control else Calibrations(),
    )


def _media_opener(launched: Launched | None) -> OpenMedia:
    waiting = [launched]

    def opened(on_report: Callable[[Report], None], on_exit: Callable[[int], None]) -> MediaLink:
        return MediaLink(on_report, on_exit, launched=waiting.pop() if waiting else None)

    return opened


def _board(settings: CardSettings) -> object:
    """See to it that the simulated board runs; it outlives the gateway, as hardware does.

    Raises:
        ControlError: one runs already, with other cards than configured.
    """
    if "simulated" not in {settings.bus, settings.pcm}:
        return None
    from drivers.sim.client import spawn_board

    try:
        board = spawn_board(settings.socket, [(settings.number, settings.ports, settings.variant)])
        if board is None:
            _same_cards(settings)
    except DriverError as error:
        raise ControlError(str(error)) from error
    return board


def _same_cards(settings: CardSettings) -> None:
    from drivers.sim.client import PhoneClient

    client = PhoneClient(settings.socket)
    cards = client.call("cards")
    client.close()
    wanted = {"ports": settings.ports, "variant": settings.variant}
    if cards.get(str(settings.number)) != wanted:
        raise ControlError(
            f"the simulated board at {settings.socket} runs already with other cards: {cards}"
        )


async def _feel(gateway: Gateway) -> None:
    """Look now and then how the box is."""
    while True:
        box_health.tell(box_health.look(), gateway.alarms)
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
