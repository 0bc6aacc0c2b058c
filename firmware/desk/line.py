"""What the gateway answers about the copper: line tests, and which bells a port rings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from drivers.errors import DriverError
from drivers.slic import Capability
from firmware.control.connection import Handler
from firmware.control.server import whole
from firmware.copper.line_verdict import Conclusion, Finding, LineReport, conclude, figures
from firmware.copper.ring_doctor import ASSUMED_REN, LOOPS, MOST_REN, RingReport, limits, reaches
from firmware.errors import CommandError
from firmware.port.port import Port

UNMEASURED = (
    "foreign voltage on tip",
    "foreign voltage on ring",
    "resistance tip to ring",
    "resistance tip to ground",
    "resistance ring to ground",
    "bells",
)
LONGEST_LOOP = 10_000.0


class LineDesk:
    """Answers about the copper of one card.

    Args:
        card: its number.
        port: finds the port that a request means.
    """

    def __init__(self, card: int, port: Callable[[dict[str, Any]], Port]) -> None:
        self._card = card
        self._port = port

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {"test-line": self._test_line, "test-ring": self._test_ring}

    def _test_line(self, params: dict[str, Any]) -> LineReport:
        """Begin a test; or, with the number of one, see how it stands."""
        port = self._port(params)
        if params.get("test") is None:
            if port.in_service and Capability.LINE_TEST not in port.slic.capabilities:
                return self._unable(port)
            port.test_line(force=params.get("force") is True)
        elif port.work.test is None or port.work.test.number != whole(params, "test"):
            raise CommandError(f"port {port.number}: another test has begun since")
        return self._report(port)

    def _report(self, port: Port) -> LineReport:
        test = port.work.test
        assert test is not None
        found = test.readings
        told = conclude(found) if found else Conclusion((), "", None)
        ren = found.ren if found else None
        return LineReport(
            card=self._card,
            port=port.number,
            chip=port.slic.chip,
            test=test.number,
            done=test.done,
            took_s=None if test.took is None else round(test.took, 1),
            given_up=test.given_up,
            findings=told.findings,
            verdict=told.verdict,
            passed=told.passed,
            ren=None if ren is None else round(ren, 2),
            readings=figures(found) if found else {},
        )

    def _unable(self, port: Port) -> LineReport:
        """A line circuit with no converters: what little it knows, and how to know more."""
        flows = port.slic.off_hook
        loop = Finding(
            what="loop current",
            verdict="note" if flows else "ok",
            measured="flows" if flows else "none",
            meaning="a handset is off the hook, or tip and ring touch" if flows else "",
            advice="Put the handset down, or unplug the telephone, and look at `show line` again."
            if flows
            else "",
        )
        rest = (Finding(what=what, verdict="not measured") for what in UNMEASURED)
        return LineReport(
            card=self._card,
            port=port.number,
            chip=port.slic.chip,
            findings=(loop, *rest),
            verdict=f"An {port.slic.chip} tells whether loop current flows, and measures nothing:"
            " unplug the line and use a meter at its far end (above 150 kohm between any two of"
            " tip, ring and earth, and no voltage).",
            readings={},
        )

    def _test_ring(self, params: dict[str, Any]) -> RingReport:
        port = self._port(params)
        if not port.in_service:
            raise CommandError(f"port {port.number}: {port.fault or 'not started yet'}")
        ren, measured = self._ren(port, params)
        loop = _figure(params, "loop", LONGEST_LOOP)
        try:
            source = port.slic.ring_source(port.settings.ring)
        except DriverError as error:
            raise CommandError(error.message) from error
        return RingReport(
            card=self._card,
            port=port.number,
            chip=port.slic.chip,
            hz=source.hz,
            vrms=source.vrms,
            peak_v=round(source.peak_v, 1),
            shape=source.shape,
            battery_v=source.battery_v,
            ren=round(ren, 2),
            ren_measured=measured,
            reaches=reaches(source, ren, LOOPS if loop is None else (loop,)),
            limits=limits(source, ren),
            notes=tuple(port.slic.notes),
        )

    def _ren(self, port: Port, params: dict[str, Any]) -> tuple[float, bool]:
        """Bells, as told, or as the last line test counted them, or assumed; whether counted."""
        told = _figure(params, "ren", MOST_REN)
        if told is not None:
            return told, False
        test = port.work.test
        if test and test.readings and test.readings.ren is not None:
            return test.readings.ren, True
        return ASSUMED_REN, False


def _figure(params: Mapping[str, Any], name: str, most: float) -> float | None:
    value = params.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= most:
        raise CommandError(f"{name} must be a number from 0 to {most:g}")
    return float(value)
