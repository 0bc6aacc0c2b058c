"""What the gateway answers about dials: tests of them, and windows made to fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from firmware.control.connection import Handler
from firmware.control.server import whole
from firmware.copper.dial_report import AdaptReport, DialReport
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.line.dial_verdict import adapt, as_setting, verdict
from firmware.port.port import Port

USUAL = 60.0
"""Seconds that a test lasts at most, where nothing else is asked for."""


class DialDesk:
    """Answers about one gateway.

    Args:
        gateway: with the ports.
        port: finds the port that a request means.
    """

    def __init__(self, gateway: Gateway, port: Callable[[dict[str, Any]], Port]) -> None:
        self._gateway = gateway
        self._port = port

    @property
    def handlers(self) -> Mapping[str, Handler]:
        """What answers, by method name."""
        return {"test-dial": self._test, "end-dial-test": self._end, "adapt-dial": self._adapt}

    def _test(self, params: dict[str, Any]) -> DialReport:
        """Begin a test; or, with the number of one, see how it stands."""
        port = self._port(params)
        if params.get("test") is not None:
            self._same(port, params)
            port.dial.asked()
            return self._report(port)
        seconds = params.get("seconds", USUAL)
        if not isinstance(seconds, int | float) or isinstance(seconds, bool):
            raise CommandError("seconds is not a number")
        if not port.in_service or port.disabled or port.work.going:
            raise CommandError("not tested: the port is out of service, or its line is tested")
        port.dial.begin(float(seconds))
        return self._report(port)

    def _end(self, params: dict[str, Any]) -> DialReport:
        port = self._port(params)
        self._same(port, params)
        port.dial.stop("it was ended")
        return self._report(port)

    def _adapt(self, params: dict[str, Any]) -> AdaptReport:
        """Make the windows of a port fit what was dialled in its last test."""
        port = self._port(params)
        if port.dial.test is None:
            raise CommandError(f"port {port.number}: its dial has not been tested")
        made = adapt(port.settings.windows, port.dial.test.digits)
        port.adapt(made.windows)
        usual = self._gateway.profile.hook
        return AdaptReport(
            card=self._gateway.rack.settings.number,
            port=port.number,
            changes=made.changes,
            refused=made.refused,
            setting=as_setting(made.windows, usual),
        )

    def _same(self, port: Port, params: dict[str, Any]) -> None:
        if port.dial.test is None or port.dial.test.number != whole(params, "test"):
            raise CommandError(f"port {port.number}: another test has begun since")

    def _report(self, port: Port) -> DialReport:
        test = port.dial.test
        assert test is not None
        return DialReport(
            card=self._gateway.rack.settings.number,
            port=port.number,
            test=test.number,
            off_hook=test.off_hook,
            digits=tuple(test.digits),
            verdict=tuple(verdict(test.digits)),
            faulty=any(digit.misread for digit in test.digits),
            ended=test.ended,
        )
