"""``phone P fault ...``: what goes wrong with the copper of the simulated board, and is mended."""

from __future__ import annotations

import math
from typing import Any

from firmware.cli.command import TABLE, Answer
from firmware.cli.context import Context

SHORT_OHMS = 1.0


@TABLE.command("phone <port> fault none")
def mend(context: Context, port: int) -> Answer:
    """Mend the wires of a telephone."""
    context.board.call("mend", port=port)
    return Answer(f"phone {port}: the wires are sound", {"port": port})


@TABLE.command("phone <port> fault cut")
def cut(context: Context, port: int) -> Answer:
    """Cut a wire to the telephone."""
    return _change(context, port, "a wire is cut", wire_ohms=math.inf)


@TABLE.command("phone <port> fault short")
def short(context: Context, port: int) -> Answer:
    """Let tip and ring touch."""
    return _change(context, port, "tip and ring touch", leakage_ohms=SHORT_OHMS)


@TABLE.command("phone <port> fault leak tip-ring <ohms>")
def leak(context: Context, port: int, ohms: float) -> Answer:
    """Let water join tip and ring."""
    return _change(context, port, f"{ohms:g} ohm from tip to ring", leakage_ohms=ohms)


@TABLE.command("phone <port> fault leak tip-ground <ohms>")
def leak_tip(context: Context, port: int, ohms: float) -> Answer:
    """Let tip touch the earth."""
    return _change(context, port, f"{ohms:g} ohm from tip to ground", tip_ground_ohms=ohms)


@TABLE.command("phone <port> fault leak ring-ground <ohms>")
def leak_ring(context: Context, port: int, ohms: float) -> Answer:
    """Let ring touch the earth."""
    return _change(context, port, f"{ohms:g} ohm from ring to ground", ring_ground_ohms=ohms)


@TABLE.command("phone <port> fault foreign dc <volts>")
def foreign(context: Context, port: int, volts: float) -> Answer:
    """Put the direct voltage of another circuit on both wires."""
    return _change(context, port, f"{volts:g} V DC on both wires", foreign_v=-volts)


@TABLE.command("phone <port> fault foreign ac <volts>")
def foreign_ac(context: Context, port: int, volts: float) -> Answer:
    """Put mains on both wires, RMS volts."""
    return _change(context, port, f"{abs(volts):g} V AC on both wires", foreign_ac_v=abs(volts))


@TABLE.command("phone <port> bells <ren>")
def bells(context: Context, port: int, ren: float) -> Answer:
    """Connect so many bells, in ringer equivalences."""
    return _change(context, port, f"bells of {ren:g} REN", ren=ren)


@TABLE.command("phone <port> wire <ohms>")
def wire(context: Context, port: int, ohms: float) -> Answer:
    """Put so much wire between line circuit and telephone."""
    return _change(context, port, f"{ohms:g} ohm of wire", wire_ohms=ohms)


def _change(context: Context, port: int, told: str, **copper: float) -> Answer:
    context.board.call("loop", port=port, **copper)
    data: dict[str, Any] = {"port": port, "now": told}
    return Answer(f"phone {port}: {told}", data)
