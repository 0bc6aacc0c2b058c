"""`tipring demo`: the main job on the simulated board, shown and measured as it happens."""

from firmware.demo.stage import DRIVERS
from firmware.demo.story import DIALS, demo

__all__ = ["DIALS", "DRIVERS", "demo"]
