"""What the file can say and this release cannot do: refused, so that nobody trusts in vain."""

from __future__ import annotations

from collections.abc import Callable

from firmware.config.lines import KeyPath
from firmware.config.schema import Config


def refuse_unbuilt(config: Config, wrong: Callable[[KeyPath, str], None]) -> None:
    """Report every setting that would have no effect."""
    for index in range(1, len(config.card)):
        wrong(("card", index, "number"), "a second card is not built yet")
