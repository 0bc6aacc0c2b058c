"""The story of the demo: every sentence is an observation, or the demo has failed.

What a telephone hears is measured from the audio on the copper side of the simulated chip;
what is on the wire and in the status rows comes from the gateway. Nothing is taken on trust.
"""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from drivers.errors import DriverError
from firmware.cli import tables
from firmware.control.client import ControlClient
from firmware.demo.stage import Stage, config_for
from firmware.errors import ControlError, GatewayError
from firmware.status import PortStatus, from_json
from firmware.trace.ladder import Renderer
from firmware.trace.marks import Lane, Mark

LOUD, SLACK = -10.0, 1.5
"""dBm0 of the test tone, and how much of it may be lost or won on the way (dB)."""
DIALS = ("keys", ROTARY := "rotary")
SLOW_PPS, BOUNCE_MS = 8, 5
"""Of the rotary dial: slow, and worn."""
TRIES = 3
CLEAN = 25.0
"""dB of signal to noise that a G.711 path must keep."""


class NotSeenError(GatewayError):
    """An observation that the demo depends on was not made."""


def demo(*, keep: bool, driver: str, dial: str, console: Callable[[Path], int]) -> int:
    """Play the story; 0 only if all of it was seen.

    Args:
        driver: of the simulated card.
        dial: what telephone 1 dials with, one of `DIALS`.
        keep: leave everything running afterwards and open the console.
        console: runs it, given the gateway's control socket.
    """
    try:
        with Stage(config_for(driver)) as stage:
            story = _Story(stage, dial)
            story.play()
            story.falls_silent()
            if keep:
                _say("\nEverything is still running, and you are the person at both telephones.")
                _say("Try: phone 1 lift, phone 1 hear 2, show port status, ladder.")
                _say("? shows what may be typed, exit ends it all.\n")
                console(stage.control_path)
            else:
                _say("Play with it yourself (docs/tutorial.md): .venv/bin/tipring demo --keep")
    except (GatewayError, DriverError) as error:
        sys.stderr.write(f"demo failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


class _Story:
    def __init__(self, stage: Stage, dial: str = DIALS[0]) -> None:
        self._stage = stage
        self._dials_with = dial
        self._control = stage.control()
        self._phones = stage.telephones()
        self._marks: list[Mark] = []
        self._lock = threading.Lock()
        self._draws = True

    def play(self) -> None:
        began = time.monotonic()
        follower = threading.Thread(
            target=self._follow, args=(self._stage.control(),), daemon=True
        )
        follower.start()
        try:
            self._register()
            self._dial()
            self._ring()
            self._talk()
            self._release()
        except NotSeenError as error:
            raise NotSeenError(f"{error}\n{self._stage.excuse()}") from None
        _say(f"\nAll of it was seen, in {time.monotonic() - began:.0f} s.")

    def falls_silent(self) -> None:
        """Draw no more: somebody types where the ladder would go on."""
        self._draws = False

    # the chapters

    def _register(self) -> None:
        _head("Two lines register, with digest authentication")
        self._until("both ports in service", lambda: [
            row.physical_status.value for row in self._rows()
        ] == ["ON-HOOK", "ON-HOOK"])  # fmt: skip
        self._until("both ports reg-ok", lambda: all(
            row.register_status.value == "reg-ok" for row in self._rows()
        ))  # fmt: skip
        for port in (1, 2):
            self._sees(
                f"port {port} was challenged (401) and answered",
                lambda port=port: _in_order(  # type: ignore[misc]
                    [mark.what for mark in self._sip(port)], ["REGISTER", "401", "REGISTER", "200"]
                ),
            )
        self._show_rows()

    def _dial(self) -> None:
        _head("Telephone 1 is lifted and dials 102")
        self._phones.call("lift", port=1)
        self._until("off-hook seen", lambda: self._row(1).physical_status.value == "OFF-HOOK")
        heard = self._hear(1, 1.6)
        self._need(
            heard["heard"] == "dial-tone" and _near(heard["frequencies_hz"], (450,)),
            f"telephone 1 hears dial tone: {_tone(heard)}",
        )
        if self._dials_with == ROTARY:
            turned = {"digits": "102", "pps": SLOW_PPS, "bounce_ms": BOUNCE_MS}
            seconds = self._phones.call("pulse", port=1, **turned)["seconds"]
            read = (
                f"a slow dial, {SLOW_PPS} pulses/s with contacts that bounce for {BOUNCE_MS} ms,"
                " was read as 1, 0, 2"
            )
        else:
            seconds = self._phones.call("dial", port=1, digits="102")["seconds"]
            read = "DTMF digits 1, 0, 2 were decoded from the audio"
        self._stage.wait(seconds)
        self._until("INVITE sent", lambda: self._seen(1, "INVITE", outward=True))
        self._sees(
            read,
            lambda: [m.what for m in self._copper(1) if m.what.isdigit()] == ["1", "0", "2"],
        )

    def _ring(self) -> None:
        _head("Telephone 2 rings")
        self._until("bell rings", lambda: bool(self._phones.call("state", port=2)["ringing"]))
        self._stage.wait(0.4)
        state = self._phones.call("state", port=2)
        self._need(
            abs(state["ring_hz"] - 25) < 1 and state["ring_vrms"] > 45,
            f"telephone 2 is rung with {state['ring_vrms']:.1f} Vrms at {state['ring_hz']:.1f} Hz",
        )
        heard = self._hear(1, 5.5)
        self._need(
            heard["heard"] == "ringback",
            f"telephone 1 hears ringback: {_tone(heard)}",
        )
        state = self._phones.call("state", port=2)
        self._need(state["caller_id"] == "101", "telephone 2 shows the caller: 101 (FSK)")
        self._show_rows()

    def _talk(self) -> None:
        _head("Telephone 2 is lifted; they talk")
        self._phones.call("lift", port=2)
        self._until("both talk", lambda: all(
            row.call_status.value == "Talking" for row in self._rows()
        ))  # fmt: skip
        self._stage.wait(0.4)
        self._cross(1, 2)
        self._cross(2, 1)
        self._show_rows()

    def _cross(self, speaker: int, listener: int) -> None:
        """A 1 kHz tone from one telephone to the other, measured in the ear.

        The board is simulated in real time: on a machine that is busy with other things a
        period may come too late and click. So a second and a third try are allowed, and told.
        """
        for attempt in range(1, TRIES + 1):
            self._phones.call("say-tone", port=speaker, hz=1000, seconds=1.5, level_dbm0=LOUD)
            self._stage.wait(0.3)
            heard = self._phones.call("hear", port=listener, seconds=1.0, hz=1000)
            self._stage.wait(0.4)
            what = (
                f"1 kHz from telephone {speaker} to {listener}: {heard['tone_dbm0']:.1f} dBm0 "
                f"of {LOUD:.0f} sent, SNR {heard['snr_db']:.0f} dB"
            )
            clean = abs(heard["tone_dbm0"] - LOUD) <= SLACK and heard["snr_db"] >= CLEAN
            if clean or attempt == TRIES:
                self._need(clean, what)
                return
            self._note(f"{what}: a click; is this machine busy? Once more")

    def _release(self) -> None:
        _head("Telephone 2 hangs up")
        self._phones.call("hang-up", port=2)
        self._until("port 1 released", lambda: self._row(1).call_status.value == "Busy")
        self._until("BYE on the wire", lambda: self._seen(1, "BYE", outward=False))
        invite = next(m for m in self._sip(1) if m.what == "INVITE")
        bye = next(m for m in self._sip(1) if m.what == "BYE" and not m.outward)
        self._need(
            "sip:102@" in _header(bye, "From")
            and "sip:101@" in _header(bye, "To")
            and _tag(bye, "To") == _tag(invite, "From"),
            "the callee's BYE has From and To swapped against the INVITE",
        )
        heard = self._hear(1, 3.2)
        self._need(heard["heard"] == "busy", f"telephone 1 hears busy tone: {_tone(heard)}")
        self._phones.call("hang-up", port=1)
        self._until("both idle", lambda: all(
            row.call_status.value == "Idle" and row.physical_status.value == "ON-HOOK"
            for row in self._rows()
        ))  # fmt: skip
        self._show_rows()
        records = self._control.call("history")
        for record in records:
            self._note(f"port {record['port']}: {record['cause']}: {record['sentence']}")
        self._need(len(records) == 2, "each end has one call record")

    # observations

    def _need(self, seen: bool, what: str) -> None:
        if not seen:
            raise NotSeenError(f"not so: {what}")
        self._note(what)

    def _note(self, what: str) -> None:
        with self._lock:
            _say(f"  ok  {what}")

    def _sees(self, what: str, true: Callable[[], bool]) -> None:
        """As `_until`, and worth telling."""
        self._until(what, true)
        self._note(what)

    def _until(self, what: str, true: Callable[[], bool], most: float = 15.0) -> None:
        end = time.monotonic() + most
        while not true():
            if time.monotonic() > end:
                raise NotSeenError(f"not within {most:.0f} s: {what}")
            self._stage.wait(0.02)

    def _hear(self, port: int, seconds: float) -> dict[str, Any]:
        heard: dict[str, Any] = self._phones.call("hear", port=port, seconds=seconds)
        return heard

    def _rows(self) -> list[PortStatus]:
        return from_json(self._control.call("ports"), list[PortStatus])

    def _row(self, port: int) -> PortStatus:
        return next(row for row in self._rows() if row.port == port)

    def _show_rows(self) -> None:
        rows = self._rows()
        with self._lock:
            _say("\n" + tables.ports(rows) + "\n")

    def _sip(self, port: int) -> list[Mark]:
        return [m for m in tuple(self._marks) if m.lane is Lane.SIP and m.port == port]

    def _copper(self, port: int) -> list[Mark]:
        return [m for m in tuple(self._marks) if m.lane is Lane.COPPER and m.port == port]

    def _seen(self, port: int, what: str, *, outward: bool) -> bool:
        return any(m.what == what and m.outward is outward for m in self._sip(port))

    def _follow(self, control: ControlClient) -> None:
        """Draw the ladder as it happens; what was before the connection comes first."""
        renderer = Renderer((1, 2), network="exchange")
        _say(renderer.head())
        with contextlib.suppress(ControlError):  # the gateway has ended: so has the story
            coming = control.follow("follow")  # first, or what happens in between is missed
            before = from_json(self._control_ladder(), list[Mark])
            for mark in before:
                self._draw(renderer, mark)
            for message in coming:
                mark = from_json(message, Mark)
                if mark not in before:
                    self._draw(renderer, mark)

    def _control_ladder(self) -> object:
        with self._stage.control() as control:
            return control.call("ladder")

    def _draw(self, renderer: Renderer, mark: Mark) -> None:
        self._marks.append(mark)
        if self._draws:
            with self._lock:
                _say(renderer.line(mark))


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _head(text: str) -> None:
    _say(f"\n--- {text}")


def _in_order(seen: list[str], wanted: list[str]) -> bool:
    rest = iter(seen)
    return all(any(word == one for one in rest) for word in wanted)


def _near(frequencies: list[float], wanted: tuple[float, ...]) -> bool:
    return len(frequencies) == len(wanted) and all(
        abs(a - b) <= 5 for a, b in zip(sorted(frequencies), wanted, strict=True)
    )


def _tone(heard: dict[str, Any]) -> str:
    frequencies = "+".join(f"{hz:g}" for hz in heard["frequencies_hz"])
    cadence = "/".join(f"{ms:g}" for ms in heard["cadence_ms"])
    return f"{frequencies} Hz, {heard['level_dbm0']:.1f} dBm0" + (cadence and f", {cadence} ms")


def _header(mark: Mark, name: str) -> str:
    lines = mark.detail.splitlines()
    return next((line for line in lines if line.lower().startswith(f"{name.lower()}:")), "")


def _tag(mark: Mark, name: str) -> str:
    return _header(mark, name).rpartition("tag=")[2]
