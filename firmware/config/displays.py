"""Whether the line circuits can show callers in the way that is wanted of them."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.ag1171_duty import trim
from firmware.config.schema import Card, Config
from firmware.errors import ConfigError
from firmware.line.callerid import Ability
from firmware.line.callerid_kinds import KINDS
from firmware.line.callerid_steps import CALLING_MS
from firmware.profiles import load

CURES = {"on-hook transmission": " without the resistor that oht_resistor is about"}


def unshown(config: Config) -> Iterator[tuple[int, str, str]]:
    """The lines whose telephones will not be shown who calls, because of their card.

    Yields the index of the line, its `caller_id`, and what is lacking in words.
    """
    if not config.services.caller_id:
        return
    cards = {card.number: card for card in config.card}
    for index, line in enumerate(config.line):
        card = cards.get(config.line_card(line))
        if card is None or line.caller_id == "off":
            continue
        own = line.caller_id != "country"
        kind = KINDS.get(line.caller_id if own else _of_country(config))
        if kind and (lacking := _ability(card).lacking(kind.alert)):
            yield (
                index,
                line.caller_id,
                f"{card.driver} is not capable of {lacking}{CURES.get(lacking, '')}",
            )


def _of_country(config: Config) -> str:
    try:
        return load(config.gateway.country).caller_id.standard
    except (ConfigError, ValueError, OSError):  # it has been reported
        return ""


def _ability(card: Card) -> Ability:
    if card.driver != "ag1171":
        return Ability()
    try:
        trim(CALLING_MS)
    except ValueError:
        return Ability(transmits_on_hook=card.oht_resistor, calls=False)
    return Ability(transmits_on_hook=card.oht_resistor)
