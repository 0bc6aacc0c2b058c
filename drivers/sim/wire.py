"""How programs speak to the board process: one Unix socket, four kinds of channel.

A client connects to the board's stream socket and sends one line of JSON that says what
the connection is for. The board answers with one line: ``{"ok": true, ...}``, or
``{"ok": false, "error": "..."}`` and hangs up. Then the channel's own protocol follows.

``{"open": "spi", "card": 1, "chip": 0}``
    A chip select. Each transfer is a length of two bytes (big endian) and that many
    bytes; the answer has the same form and the same length. Transfers may be sent ahead.

``{"open": "pins"}``
    Pins by the name the host gives them, as lines of JSON. To the board:
    ``{"pin": "GPIO24", "level": false}``, an output of the host. From the board: the same,
    an input of the host, at once for each interrupt pin and then after every change. The
    answer to the opening names the pins of each card: ``{"pins": {"1": {"reset": "GPIO24",
    "interrupt": "GPIO25"}}}``. RESET has a pull-down: a card whose reset no client drives
    is in reset. A connection that ends releases the pins it drove.

``{"open": "pcm", "card": 1, "width": 8, "law": "PCMA"}``
    The PCM highway of a card, for one client at a time. PCLK runs while it is open. Every
    20 ms the board sends a period: the number of xruns so far (four bytes, big endian) and
    ``width * 160`` captured bytes, frame by frame, one byte a timeslot. The client sends
    periods of ``width * 160`` bytes to be played. From the first one on it has to be in
    time: when none has come, idle codes are played and an xrun is counted; when more than
    `AHEAD` are waiting, or captured ones are not fetched, the oldest are lost, which
    is an xrun, too.

``{"open": "phone"}``
    Requests as lines of JSON, ``{"id": 1, "method": "lift", "params": {"card": 1, "port":
    1}}``; `card` may be left out where there is one. Answers: ``{"id": 1, "result": ...}`` or
    ``{"id": 1, "error": "..."}``. Methods are those of `drivers.sim.person`. After ``events``
    lines such as ``{"event": "bell", "card": 1, "port": 2, "on": true, ...}`` come in between.
"""

from __future__ import annotations

import json
import struct
from typing import Any

LENGTH = struct.Struct(">H")
"""Before each SPI transfer."""
XRUNS = struct.Struct(">I")
"""Before each captured period."""

AHEAD = 3
"""Periods to be played that may wait: 60 ms."""
CAPTURED = 8
"""Captured periods that may wait to be fetched: 160 ms."""

LONGEST_LINE = 65536
"""Of JSON; more is no client of ours."""

PINS = (("GPIO24", "GPIO25"), ("GPIO22", "GPIO27"), ("GPIO5", "GPIO6"), ("GPIO12", "GPIO13"))
"""Reset and interrupt of the first, second ... card."""


def line(message: dict[str, Any]) -> bytes:
    """One message as a line of JSON."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def parse(text: bytes) -> dict[str, Any]:
    """Read a line of JSON.

    Raises:
        ValueError: it is no JSON object.
    """
    message = json.loads(text)
    if not isinstance(message, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - one error for a bad line
    return message
