"""What a Si321x measures of its line, in volts, milliamperes and milliwatts."""

from __future__ import annotations

from drivers.si321x_alarms import transistor_mw
from drivers.si321x_registers import Direct
from drivers.slic import Telemetry

SENSE_V = 0.376
"""V a step of registers 80 to 82: tip, ring and battery against ground."""
LOOP_V = 1.5
"""V a step of register 78, the loop voltage."""
LOOP_MA = 1.25
"""mA a step of register 79, the loop current."""
SIGN = 0x40
"""Sign bit of registers 78 and 79."""


def telemetry(direct: Direct, *, off_hook: bool, power_alarms: int) -> Telemetry:
    """Read the monitor converters; they are right within 10 to 25 %.

    Args:
        direct: the registers.
        off_hook: as supervision reads it.
        power_alarms: how many there were since the driver was made.

    Raises:
        ChipError: the chip does not answer.
    """
    return Telemetry(
        linefeed=direct.linefeed_actual,
        off_hook=off_hook,
        loop_v=_signed(direct.loop_voltage) * LOOP_V,
        loop_ma=_signed(direct.loop_amperage) * LOOP_MA,
        tip_v=-direct.tip * SENSE_V,
        ring_v=-direct.ring * SENSE_V,
        battery_v=-direct.battery * SENSE_V,
        power_alarms=power_alarms,
        transistor_mw=transistor_mw(direct),
    )


def _signed(reading: int) -> int:
    """Sign and magnitude, as registers 78 and 79 give it."""
    return -(reading & ~SIGN) if reading & SIGN else reading
