"""The simulated board of a gateway whose configuration asks for one: it outlives the gateway."""

from __future__ import annotations

from drivers.board import CardSettings
from drivers.errors import DriverError
from firmware.errors import ControlError


def board(settings: CardSettings) -> object:
    """See to it that the board runs.

    Returns:
        What to keep, or Python complains about a process nobody waited for; None: it runs
        already, or none is asked for.

    Raises:
        ControlError: one runs already, with other cards than configured.
    """
    if "simulated" not in {settings.bus, settings.pcm}:
        return None
    from drivers.sim.client import spawn_board

    try:
        started = spawn_board(
            settings.socket, [(settings.number, settings.ports, settings.variant)]
        )
        if started is None:
            _same_cards(settings)
    except DriverError as error:
        raise ControlError(str(error)) from error
    return started


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
