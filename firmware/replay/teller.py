"""Tell a gateway again what a record says that it was told: hook, digits, voice, messages."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import partial
from typing import Protocol

from firmware.gateway import Gateway
from firmware.media import messages as media
from firmware.port import fax_marks
from firmware.profiles import load as load_profile
from firmware.replay.circuits import Circuit
from firmware.replay.hook import by_keys, edges
from firmware.replay.plan import Plan
from firmware.replay.record import Record
from firmware.replay.stage import HandshakesOnStage, NetworkOnStage, SoundOnStage
from firmware.replay.standby import Standby, place, told
from firmware.settings import port_settings
from firmware.trace.marks import Lane, Mark


class Stage(Protocol):
    """What stands around the gateway."""

    network: NetworkOnStage
    sound: SoundOnStage | None
    hands: HandshakesOnStage | None
    voice_ends: Callable[[int], None]
    """The voice process has ended with this status."""

    def receive(self, mark: Mark) -> None:
        """Let a message of the far end arrive."""


class Teller:
    """Knows when to tell what.

    Args:
        record: of a bundle.
        plan: what of it is told.
        gateway: whom.
        stage: around it.
        standby: in place of the servers, if the record begins in the middle.
    """

    def __init__(
        self,
        record: Record,
        plan: Plan,
        gateway: Gateway,
        stage: Stage,
        standby: Standby | None,
    ) -> None:
        self._record = record
        self._plan = plan
        self._gateway = gateway
        self._stage = stage
        self._standby = standby

    def schedule(
        self, circuits: Mapping[int, Circuit]
    ) -> Iterator[tuple[float, Callable[[], object]]]:
        """When to do what, in no order."""
        profile = load_profile(self._record.config.gateway.country)
        for number, circuit in circuits.items():
            marks = [mark for mark in self._plan.fed if mark.port == number]
            windows = port_settings(self._record.config, profile, number).windows
            for at, closed, believed in edges(marks, windows):
                yield at, partial(self._moves, circuit, closed, believed)
            for mark in by_keys(marks):
                key = media.Digit(port=number, digit=mark.what, duration_ms=0)
                yield mark.at, partial(self._heard, key)
        for mark in self._plan.fed:
            if mark.lane is not Lane.COPPER or mark.what == "no display" or fax_marks.read(mark):
                yield mark.at, partial(self._tell, mark)

    def _moves(self, circuit: Circuit, closed: bool, believed: bool) -> None:
        circuit.moves(off_hook=closed, ring_trip=believed)
        if circuit.port in self._gateway.ports:
            self._gateway.ports[circuit.port].look()

    def _tell(self, mark: Mark) -> None:
        if machine := fax_marks.read(mark):
            self._heard(machine)
            return
        match mark.lane:
            case Lane.SIP | Lane.HEARTBEAT:
                self._stage.receive(mark)
            case Lane.VOICE:
                self._voice(mark)
            case Lane.COPPER:
                self._heard(media.DataSent(port=mark.port, taken=False))
            case Lane.HOUSE:
                self._house(mark)

    def _voice(self, mark: Mark) -> None:
        words = mark.what.split()
        match words:
            case ["RTP"]:
                host, _, port = mark.detail.rpartition(":")
                with suppress(ValueError):
                    self._heard(media.VoiceStarted(port=mark.port, host=host, rtp_port=int(port)))
            case ["no", "RTP", "for", seconds, "s"]:
                self._heard(media.VoiceLost(port=mark.port, silent_s=float(seconds)))
            case ["keys", "agreed"] if self._stage.hands:
                self._stage.hands.ends(mark.port, mark.detail, "")
            case ["no", "keys"] if self._stage.hands:
                self._stage.hands.ends(mark.port, "", mark.detail)
            case ["digit", digit]:
                self._heard(media.Digit(port=mark.port, digit=digit, duration_ms=0, source="rtp"))

    def _heard(self, report: media.Report) -> None:
        if self._stage.sound:
            self._stage.sound.says(report)

    def _house(self, mark: Mark) -> None:
        gateway = self._gateway
        port = gateway.ports.get(mark.port)
        match mark.what:
            case "enabled" | "disabled" if port:
                who = mark.detail.removeprefix("by ")
                gateway.set_enabled(port, on=mark.what == "enabled", who=who)
            case "out of service" if port and port.in_service:
                port.fail(mark.detail)
            case "voice process lost":
                self._stage.voice_ends(-9)
            case "undelivered":
                target, _, why = mark.detail.partition(" ")
                self._stage.network.refuses(place(target, self._record.local), why)
            case _ if self._standby:
                self._standby.told(gateway, mark)
            case _:
                told(gateway, mark)
