"""What happens on the copper side, on the clock that all processes share.

The board tells times on its card's clock, which is CLOCK_MONOTONIC less the instant at
which the board began. That instant is found by lifting the handset: the event's time lies
between our asking for it and the answer, and the narrowest of many such frames is used.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from array import array
from typing import Any

from benchmarks.stand import Stand
from drivers.sim.client import PhoneClient, open_channel
from drivers.sim.spectrum import tone_level_and_snr

RATE = 8000
AUDIBLE = 200
"""16-bit: -44 dB below full scale; what is digital silence before is exactly zero."""


class Recording:
    """What an ear hears from now on, fetched on a thread of its own."""

    def __init__(self, stand: Stand, port: int, seconds: float) -> None:
        self._answer: dict[str, Any] = {}
        self._client = stand.phones()

        def listen() -> None:
            self._answer = self._client.call("samples", port=port, seconds=seconds)
            self._client.close()

        self._thread = threading.Thread(target=listen)
        self._thread.start()

    def onset(self, hz: int, after: float = 0.0) -> float | None:
        """When, on the card's time, the first sample of a tone of `hz` was heard.

        Args:
            hz: what the 100 ms that follow must be.
            after: on the card's time; what sounded before does not count.
        """
        self._thread.join()
        samples = array("h", base64.b64decode(self._answer["audio"]))
        began: float = self._answer["at"]
        first = max(0, round((after - began) * RATE))
        for n in range(first, len(samples) - RATE // 10):
            if abs(samples[n]) > AUDIBLE:
                heard = samples[n : n + RATE // 10].tobytes()
                return began + n / RATE if tone_level_and_snr(heard, hz).snr_db > 20 else None
        return None


class Person:
    """The one who lifts and dials, with what the telephones do as it happens."""

    def __init__(self, stand: Stand) -> None:
        self._client: PhoneClient = stand.phones()
        self._client.call("events")
        self.began = 0.0
        """The card's time 0 on CLOCK_MONOTONIC; found by `find_clock`."""

    def close(self) -> None:
        self._client.close()

    def find_clock(self, port: int, times: int = 20) -> float:
        """Lift and hang up until the card's clock is known; returns how well, in seconds."""
        low, high = 0.0, float("inf")
        for _ in range(times):
            for act, on in (("lift", True), ("hang-up", False)):
                before = time.monotonic()
                self.do(act, port)
                after = time.monotonic()
                at = self.event("hook", port, on=on, within=1.0)["at"]
                low, high = max(low, before - at), min(high, after - at)
        self.began = (low + high) / 2
        return high - low

    def do(self, what: str, port: int, **params: Any) -> dict[str, Any]:
        return self._client.call(what, port=port, **params)

    def event(self, kind: str, port: int, *, on: bool, within: float) -> dict[str, Any]:
        """The next event of that kind."""
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            event = self._client.next_event(left)
            if event and (event["event"], event["port"], event["on"]) == (kind, port, on):
                return event
        raise TimeoutError(f"no {kind} at port {port} within {within} s")

    def monotonic(self, card_time: float) -> float:
        return card_time + self.began


class InterruptWire:
    """The chips' common interrupt wire, as a probe on it sees it."""

    def __init__(self, stand: Stand) -> None:
        self._socket, _ = open_channel(stand.board_path, open="probe", card=1)
        self._socket.settimeout(None)
        self._edges: list[float] = []
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        begun = b""
        while data := self._socket.recv(4096):
            at = time.monotonic()
            *lines, begun = (begun + data).split(b"\n")
            self._edges += [at for text in lines if json.loads(text).get("level") is False]

    def first_after(self, instant: float) -> float | None:
        """When it was first pulled after `instant`."""
        return next((at for at in tuple(self._edges) if at >= instant), None)

    def close(self) -> None:
        self._socket.shutdown(2)
        self._socket.close()
