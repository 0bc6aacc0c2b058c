"""What the control socket answers to whoever writes a trace: kept voice, clocks, beginnings."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

from firmware.control.connection import Handler
from firmware.control.server import whole
from firmware.errors import CommandError
from firmware.gateway import Gateway
from firmware.trace.taping import WHILE_TRACING

PART = 200
"""Packets in an answer."""


class TraceDesk:
    """Answers about one gateway."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._since: int | None = None
        self._until: int | None = None

    @property
    def handlers(self) -> Mapping[str, Handler]:
        return {
            "trace-start": self._start,
            "trace-stop": self._stop,
            "trace-marks": self._marks,
            "voice-fetch": self._fetch,
            "voice-part": self._part,
        }

    def _start(self, _params: dict[str, Any]) -> object:
        """From here on, and much more of the voice than always; none if none may be kept."""
        octets = max(self._always, WHILE_TRACING) if self._always else 0
        self._gateway.taping.keep(octets)
        self._since, self._until = self._gateway.trace.count, None
        return {"octets": octets}

    @property
    def _always(self) -> int:
        return self._gateway.config.rtp.tape_kib << 10

    def _stop(self, _params: dict[str, Any]) -> object:
        if self._since is None or self._until is not None:
            raise CommandError("no trace is running; trace start begins one")
        self._until = self._gateway.trace.count
        marks = self._gateway.trace.since(self._since)
        return {"marks": len(marks)}

    def _marks(self, params: dict[str, Any]) -> object:
        """Everything between the last start and its stop, or now; all that is kept otherwise.

        Also if ``all`` is asked for: one call is wanted whole, whatever was traced.
        """
        trace, since = self._gateway.trace, self._since
        if since is None or params.get("all") is True:
            marks = trace.since(0)
        else:
            marks = trace.since(since)
            if self._until is not None:
                marks = marks[: self._until - since]
        clocks = self._gateway.loop.time(), self._gateway.seams.wall_clock()
        local = self._gateway.signalling.local
        return {
            "marks": marks,
            "monotonic": clocks[0],
            "wall": clocks[1],
            "local": f"{local}",
            "life": self._life(),
        }

    def _life(self) -> dict[str, object]:
        """What cannot be seen in the marks, and has to be known to live them through again."""
        gateway, began = self._gateway, self._gateway.began
        from_start = self._since is None or self._since <= gateway.first_mark
        return {
            "began": began,
            "whole": from_start and gateway.trace.whole_since(gateway.first_mark),
            "quiet_s": max(0.0, gateway.quiet_until - began),
            "speaks": gateway.signalling.began,
            "tokens": {str(line): token for line, token in gateway.signalling.tokens.items()},
            "draws": list(gateway.signalling.draws.drawn),
        }

    def _fetch(self, params: dict[str, Any]) -> object:
        self._gateway.taping.fetch(whole(params, "call") if params.get("call") else 0)
        return self._gateway.voice.ready is not None

    def _part(self, params: dict[str, Any]) -> object:
        """Packets from number ``start`` on: call, seconds since 1970, outward, octets; or none."""
        taping = self._gateway.taping
        start = whole(params, "start")
        packets = taping.part(start, PART)
        over = taping.complete and not packets
        if over:
            taping.forget()
            if self._until is not None:
                taping.keep(self._always)
        return {
            "over": over,
            "packets": [
                (call, at, outward, base64.b64encode(data).decode("ascii"))
                for call, at, outward, data in packets
            ],
        }
