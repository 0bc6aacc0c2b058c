"""I1: ring voltage never meets an ear, never lasts, and leaves a faulty line alone."""

from __future__ import annotations

from drivers.sim.phone import Phone
from drivers.sim.si321x_linefeed import RINGING
from firmware.gateway import Gateway
from tests.simulation.laws.law import Law

TRIP = 0.200
LONGEST = 180.0


class Copper(Law):
    """Looks at the wires, beside the gateway."""

    def begins(self, gateway: Gateway) -> None:  # noqa: ARG002 - the wires stay the same
        self._both: dict[int, float] = {}
        card = self.world.copper.card
        self._lines = [
            (chip._core.registers, phone)
            for chip, phone in zip(card.chips, card.phones, strict=True)
        ]

    def happened(self) -> None:
        for registers, phone in self._lines:
            if registers[64] >> 4 == RINGING:
                self._judge(self.now, phone)
            elif self._both:
                self._both.pop(phone.port, None)

    def _judge(self, now: float, phone: Phone) -> None:
        gateway, card = self.world.gateway, self.world.copper.card
        if not phone.off_hook:
            self._both.pop(phone.port, None)
        elif now - self._both.setdefault(phone.port, now) > TRIP:
            self.breaks("I1", f"port {phone.port}: rings into a lifted handset")
        since = phone.bell.since if phone.bell.ringing(card.now) else None
        if since is not None and card.now - since > LONGEST:
            self.breaks("I1", f"port {phone.port}: rings for more than {LONGEST:g} s")
        port = gateway.ports.get(phone.port) if gateway else None
        if port and port.fault:
            self.breaks("I1", f"port {phone.port}: rings although {port.fault}")
