"""What stands between the keys of [[card]]: bus, pins and ports have to fit each other."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from firmware.config.lines import KeyPath
from firmware.config.schema import Card, Config

Report = Callable[[KeyPath, str], None]
"""Takes a key and what is wrong with it."""

CHAINED, CODEC = 8, 2
"""Ports on one chip select, and on one stereo codec."""
WIRES = ("hook_gpio", "ring_gpio", "reverse_gpio", "power_gpio")


def check_cards(config: Config, wrong: Report) -> None:
    """Report every mistake of the cards."""
    seen: set[int] = set()
    for index, card in enumerate(config.card):
        place = ("card", index)
        if card.number in seen:
            wrong((*place, "number"), f"a card {card.number} stands above already")
        seen.add(card.number)
        if not _bus_fits(card):
            allowed = "simulated or gpio" if card.driver == "ag1171" else "simulated or spi0.0"
            wrong((*place, "bus"), f"{card.bus!r} with {card.driver}: use {allowed}")
        if (card.bus == "simulated") != (card.pcm == "simulated"):
            wrong((*place, "pcm"), "bus and pcm must be both simulated, or both real")
        if card.driver == "ag1171":
            _check_modules(card, place, wrong)
        else:
            _check_chips(card, place, wrong)
    if seen and config.gateway.card not in seen:
        cards = " ".join(str(number) for number in sorted(seen))
        wrong(("gateway", "card"), f"card {config.gateway.card} not present (cards: {cards})")


def _bus_fits(card: Card) -> bool:
    if card.bus == "simulated":
        return True
    if card.driver == "ag1171":
        return card.bus == "gpio"
    return re.fullmatch(r"spi\d+\.\d+", card.bus) is not None


def _check_chips(card: Card, place: KeyPath, wrong: Report) -> None:
    if card.reset_gpio == card.interrupt_gpio:
        wrong((*place, "interrupt_gpio"), f"{card.interrupt_gpio} is the reset pin")
    if card.daisy and card.ports > CHAINED:
        wrong((*place, "ports"), f"a chain has {CHAINED} chips at most")
    if card.bus.startswith("spi") and not card.daisy and card.ports > 2:
        wrong((*place, "ports"), "more than 2 chip selects: chain the chips, daisy = true")


def _check_modules(card: Card, place: KeyPath, wrong: Report) -> None:
    if card.daisy:
        wrong((*place, "daisy"), "only Si321x are chained")
    if card.bus == "gpio" and card.ports > CODEC:
        wrong((*place, "ports"), f"a stereo codec carries {CODEC} ports")
    for name in WIRES:
        pins = getattr(card, name)
        if len(pins) < card.ports and (pins or name != "power_gpio"):
            wrong((*place, name), f"a pin for each of {card.ports} ports is needed")
    used = [pin for name in WIRES for pin in getattr(card, name)[: card.ports]]
    for pin in sorted(pin for pin, count in Counter(used).items() if count > 1):
        names = [name for name in WIRES if pin in getattr(card, name)[: card.ports]]
        wrong((*place, names[-1]), f"GPIO {pin} is used twice")
