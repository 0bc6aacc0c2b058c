"""Everything that can be wrong with a simulated Si321x, as switches.

Faults of the copper (foreign voltage, a leaking pair, a telephone off-hook at power-up)
belong to the `Loop`; a stopped or changed PCLK is `Si321xModel.set_pclk`; events are
methods of the model: `power_alarm`, `chip_reset`, `spi_slip`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CalibrationStage = Literal[
    "", "calibration", "balance", "converter", "gain-mismatch", "peak-current"
]
"""Which calibration fails: DR96 with and without DR97.0 never clears, DR93.7 never clears,
DR88 and DR89 never reach 0, DR107 comes out of range."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the chip; replace the model's `faults` as a whole to change it."""

    missing: bool = False
    """No chip on this chip select: SDO floats high."""
    spi_bit_error_rate: float = 0.0
    """Probability that a bit is flipped, on SDI and on SDO."""
    int_stuck: bool | None = None
    """The interrupt pin is stuck: True asserted, False released; the registers stay right."""
    vbat_never_up: bool = False
    """The converter does not get above the supply voltage."""
    vbat_slow: bool = False
    """The converter takes seconds."""
    leakage: bool = False
    """The battery collapses within half a second when the converter stops."""
    linefeed_stuck: bool = False
    """The linefeed stays in the state it is in, whatever register 64 is told."""
    volts_gain: float = 1.0
    """What the monitor converter shows of a volt; 0.9 to 1.1 is within the data sheet."""
    amps_gain: float = 1.0
    """The same of an ampere; 0.8 to 1.2."""
    cal_timeout: CalibrationStage = ""
