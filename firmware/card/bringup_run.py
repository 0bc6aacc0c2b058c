"""`tipring bringup`: opens the card that the configuration names and walks through it.

The simulated board lifts and hangs up by itself; at a real one a person is asked to.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path

from drivers.board import CardSettings, highway_settings, open_card
from drivers.errors import DriverError
from drivers.highway import IDLE, PERIOD, SIMULATED, Highway
from drivers.highway_open import open_highway
from firmware.card.bringup import Hands, Step, Walk
from firmware.card.words import card_settings
from firmware.config.load import read
from firmware.errors import GatewayError
from firmware.profiles import load as load_profile
from firmware.settings import port_settings

NOT_MEASURED = """\
Not measured here, and part of the acceptance: ring voltage, tone levels, voice from port to port,
DTMF and dial pulses, return loss, a day without alarms. Limits: hardware/bring-up.md."""


class WalkError(GatewayError):
    """The card or its sound device cannot be opened."""


def bringup(path: Path) -> int:
    """Walk through the card of a configuration; 0 only if nothing failed.

    The gateway must not run: a card has one owner.

    Raises:
        ConfigError: the file is refused.
        WalkError: a device is missing, or somebody else has it.
    """
    config = read(path).config
    profile = load_profile(config.gateway.country)
    settings = card_settings(config)
    try:
        with ExitStack() as opened:
            hands = _hands(settings, opened)
            highway = open_highway(highway_settings(settings, profile.law))
            keeper = _Keeper(highway, profile.law)
            opened.callback(keeper.stop)
            card = open_card(settings)
            opened.callback(card.close)
            ports = range(1, settings.ports + 1)
            passed = Walk(
                card,
                highway,
                [port_settings(config, profile, port).slic for port in ports],
                hands,
                clock=time.monotonic,
                nap=_nap,
                keep=keeper.start,
                tell=_tell,
            ).run()
    except DriverError as error:
        raise WalkError(str(error)) from error
    _say(f"\n{NOT_MEASURED}\n\n{'Nothing failed.' if passed else 'Something failed.'}")
    return 0 if passed else 1


def _nap(seconds: float) -> None:
    threading.Event().wait(seconds)


class _Keeper:
    """Reads and feeds the highway, so that its clock never stops while a chip is out of reset."""

    def __init__(self, highway: Highway, law: str) -> None:
        self._highway = highway
        self._idle = bytes([IDLE[law]]) * (highway.layout.width * PERIOD)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name="highway")

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(1.0)
        self._highway.close()

    def _work(self) -> None:
        while not self._ended.is_set():
            try:
                self._highway.read()
                self._highway.write(self._idle)
            except DriverError as error:
                if not self._ended.is_set():
                    _say(f"FAIL  card    PCM clock: {error}")
                return


class _Asked:
    """Hands of a person who reads what is asked for."""

    patience = 60.0

    def lift(self, port: int) -> None:
        _say(f"      >>> lift the handset of telephone {port} (or close 600 ohm), now")

    def hang_up(self, port: int) -> None:
        _say(f"      >>> put the handset of telephone {port} down, now")


class _Simulated:
    """Hands at the telephones of the simulated board."""

    patience = 5.0

    def __init__(self, settings: CardSettings) -> None:
        from drivers.sim.client import PhoneClient

        self._phones = PhoneClient(settings.socket)

    def lift(self, port: int) -> None:
        self._phones.call("lift", port=port)

    def hang_up(self, port: int) -> None:
        self._phones.call("hang-up", port=port)

    def close(self) -> None:
        self._phones.call("quit")
        self._phones.close()


def _hands(settings: CardSettings, opened: ExitStack) -> Hands:
    """Start the simulated board where there is no real one; it ends with the walk if we did."""
    if settings.bus != SIMULATED:
        return _Asked()
    from drivers.sim.client import spawn_board

    card = (settings.number, settings.ports, settings.variant)
    if spawn_board(settings.socket, [card]) is None:
        raise WalkError("a simulated board runs here already: stop the gateway first")
    hands = _Simulated(settings)
    opened.callback(hands.close)
    return hands


def _tell(step: Step) -> None:
    _say(str(step))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
