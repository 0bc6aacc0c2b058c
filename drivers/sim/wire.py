"""How programs speak to the board process: one Unix socket, four kinds of channel.

A client connects to the board's stream socket and sends one line of JSON that says what
the connection is for. The board answers with one line: ``{"ok": true}``, or ``{"ok":
false, "error": "..."}`` and hangs up. Then the channel's own protocol follows. `card` may
be left out where there is only one.

``{"open": "spi", "card": 1, "chip": 0, "daisy": false}``
    A chip select; with `daisy` all chips of the card hang on it, as a chain. Each transfer
    is a length of two bytes (big endian) and that many bytes; the answer has the same form
    and the same length. Transfers may be sent ahead.

``{"open": "pins", "card": 1, "wires": {"GPIO24": ["reset", 0], ...}}``
    The pins of a card, as lines of JSON. `wires` says how the card is wired: ``reset`` and
    ``interrupt`` of Si321x (left out: GPIO24 and GPIO25), or of each Ag1171, counted from 0,
    ``hook``, ``ring``, ``reverse`` and ``power``. To the board: ``{"pin": "GPIO24", "level":
    false}``; a level of ``null`` lets go of the pin; ``{"pin": "GPIO12", "hz": 25.0}``
    toggles it. From the board: ``{"pin": "GPIO25", "level": true}``, at once and after every
    change. Interrupt and reset are active low. RESET and RM have a pull-down: when no client
    drives them, because it let go or its connection has ended, the chips are held in reset,
    and no module rings. They are for one client at a time.

``{"open": "probe", "card": 1}``
    A probe at the interrupt wire of a card, for any number of clients: ``{"level": true}``, at
    once and after every change.

``{"open": "pcm", "card": 1, "width": 8, "law": "PCMA"}``
    The PCM highway of a card, for one client at a time. PCLK runs while it is open. Every
    20 ms the board sends a period: the number of xruns so far (four bytes, big endian) and
    ``width * 160`` captured bytes, frame by frame, one byte a timeslot. The client sends
    periods of ``width * 160`` bytes to be played. From the first one on it has to be in
    time: when none has come, idle codes are played and an xrun is counted. When more than
    `AHEAD` periods wait to be played, or captured ones are not fetched, some are lost, and
    that is an xrun, too.

``{"open": "phone"}``
    Requests as lines of JSON, ``{"id": 1, "method": "lift", "params": {"port": 1}}``, and
    answers, ``{"id": 1, "result": ...}`` or ``{"id": 1, "error": "..."}``; an answer that
    takes time does not hold up others. The methods are those of `drivers.sim.person`.
    After the method ``events`` lines such as ``{"event": "bell", "card": 1, "port": 2,
    "on": true, "hz": 25.0, "vrms": 60.1}`` come in between.
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
"""Of JSON to the board; more is no client of ours."""

WIRES = {"GPIO24": ("reset", 0), "GPIO25": ("interrupt", 0)}
"""How a card is wired when nobody says."""


class WireError(ValueError):
    """What came over the socket is none of this."""


def line(message: dict[str, Any]) -> bytes:
    """One message as a line of JSON."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def parse(text: bytes) -> dict[str, Any]:
    """Read a line of JSON.

    Raises:
        WireError: it is no JSON object.
    """
    try:
        message = json.loads(text)
    except ValueError as error:
        raise WireError(f"no JSON: {error}") from error
    if not isinstance(message, dict):
        raise WireError("not a JSON object")
    return message
