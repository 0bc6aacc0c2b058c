"""What can be asked of the people at the telephones, over a ``phone`` channel.

======== ==================================== ================================================
method   parameters beside `card` and `port`  result
======== ==================================== ================================================
lift
hang-up
flash    ms = 200
dial     digits, on_ms = 70, off_ms = 70      seconds: until the last key is released
pulse    digits, pps = 10, ratio = 1.6,       seconds
         bounce_ms
say-tone hz, seconds, level_dbm0 = -10        seconds
say-file file                                 seconds
hush
bounce   ms
hear     seconds, hz (optional)               after that time: heard, frequencies_hz,
                                              level_dbm0, cadence_ms, modulation_hz;
                                              with `hz` also tone_dbm0 and snr_db of
                                              that one sine
record   file, seconds                        after that time; 8 kHz WAV of the earpiece
samples  seconds                              after that time: audio, base64 of 16-bit
                                              little-endian linear samples; at, when the
                                              first was heard, on the card's time
state                                         `drivers.sim.phone.PhoneState`
loop     properties of `drivers.sim.loop.Loop`
mend                                          the wires are sound again
-------- ------------------------------------ ------------------------------------------------
cards    (none)                               number, ports and variant of each
events   (none)                               then events come in between
quit     (none)                               the board ends
======== ==================================== ================================================
"""

from __future__ import annotations

import base64
import socket
import wave
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Protocol

from drivers.sim.card import SimCard
from drivers.sim.channels import LineChannel
from drivers.sim.ear import KEPT_S
from drivers.sim.levels import PERIOD_S, RATE
from drivers.sim.loop import Loop
from drivers.sim.phone import Phone, PhoneError, PhoneEvent
from drivers.sim.sounds import SoundError
from drivers.sim.wire import line

SETTLED_S = 2 * PERIOD_S
"""How long after the end of listening the last period has been carried for sure."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one request, now or later."""

    channel: PhoneChannel
    number: object

    def give(self, **result: Any) -> None:
        self.channel.answer({"id": self.number, "result": result})

    def refuse(self, reason: str) -> None:
        self.channel.answer({"id": self.number, "error": reason})


class Surroundings(Protocol):
    """What a phone channel needs of the board process."""

    cards: dict[int, SimCard]

    def up_to_now(self) -> None:
        """Bring all cards to this moment."""

    def card(self, params: Mapping[str, Any]) -> SimCard:
        """Find the card that is meant.

        Raises:
            KeyError: there is none.
        """

    def judge(self, samples: bytes, hz: int | None, reply: Reply) -> None:
        """Have somebody listen to `samples` and give what was heard to `reply`, soon."""

    def quit(self) -> None: ...


class PhoneChannel(LineChannel):
    """One client that works the telephones."""

    def __init__(self, connection: socket.socket, board: Surroundings) -> None:
        super().__init__(connection)
        self._board = board
        self.events = False
        self._methods: dict[str, Callable[[Mapping[str, Any], Reply], None]] = {
            "hear": self._hear,
            "record": self._record,
            "samples": self._samples,
            "loop": self._loop,
            "mend": self._mend,
            "cards": self._cards,
            "events": self._events,
            "quit": self._quit,
        }

    def message(self, message: dict[str, Any]) -> None:
        method = str(message.get("method", "")).replace("_", "-")
        reply = Reply(self, message.get("id"))
        try:
            self._board.up_to_now()
            self._do(method, dict(message.get("params") or {}), reply)
        except (PhoneError, SoundError) as error:
            reply.refuse(str(error))
        except KeyError as error:
            reply.refuse(f"{method}: missing {error.args[0]}")
        except (TypeError, ValueError) as error:
            reply.refuse(f"{method}: {error}")

    def _do(self, method: str, params: Mapping[str, Any], reply: Reply) -> None:
        if (own := self._methods.get(method)) is not None:
            own(params, reply)
        elif (at_once := METHODS.get(method)) is not None:
            reply.give(**at_once(self._phone(params), params))
        else:
            raise PhoneError(f"no method {method!r}")

    def tell(self, card: int, event: PhoneEvent) -> None:
        """Pass on what happened at a telephone, if the client wants to know."""
        if self.events:
            self.answer({**asdict(event), "card": card})

    def answer(self, message: dict[str, Any]) -> None:
        if self.open:
            self.send(line(message))

    def _phone(self, params: Mapping[str, Any]) -> Phone:
        phones = self._board.card(params).phones
        port = int(params["port"])
        if not 1 <= port <= len(phones):
            there = " ".join(str(number) for number in range(1, len(phones) + 1))
            raise PhoneError(f"port {port} not present (ports: {there})")
        return phones[port - 1]

    # what takes time

    def _after_listening(self, params: Mapping[str, Any], then: Callable[[bytes], None]) -> None:
        seconds = float(params["seconds"])
        if not 0.05 <= seconds <= KEPT_S - 1:
            raise PhoneError(f"nobody listens for {seconds:g} s: 0.05 to {KEPT_S - 1:.0f} s")
        phone, timeline = self._phone(params), self._board.card(params).timeline
        start, end = timeline.now, timeline.now + seconds
        timeline.plan(end + SETTLED_S, lambda: then(phone.ear.between(start, end)))

    def _hear(self, params: Mapping[str, Any], reply: Reply) -> None:
        hz = int(params["hz"]) if params.get("hz") is not None else None
        self._after_listening(params, lambda audio: self._board.judge(audio, hz, reply))

    def _record(self, params: Mapping[str, Any], reply: Reply) -> None:
        path = Path(str(params["file"]))
        if not path.parent.is_dir():
            raise PhoneError(f"{path.parent}: no such folder")

        def write(audio: bytes) -> None:
            try:
                with wave.open(str(path), "wb") as file:
                    file.setnchannels(1)
                    file.setsampwidth(2)
                    file.setframerate(RATE)
                    file.writeframes(audio)
            except OSError as error:
                reply.refuse(f"{path}: {error.strerror}")
            else:
                reply.give(file=str(path), seconds=len(audio) / 2 / RATE)

        self._after_listening(params, write)

    def _samples(self, params: Mapping[str, Any], reply: Reply) -> None:
        began = self._board.card(params).timeline.now
        self._after_listening(
            params,
            lambda audio: reply.give(audio=base64.b64encode(audio).decode(), at=began),
        )

    # about the board

    def _loop(self, params: Mapping[str, Any], reply: Reply) -> None:
        changes = {k: float(v) for k, v in params.items() if k not in {"card", "port"}}
        self._copper(params).change(**changes)
        reply.give()

    def _mend(self, params: Mapping[str, Any], reply: Reply) -> None:
        self._copper(params).mend()
        reply.give()

    def _copper(self, params: Mapping[str, Any]) -> Loop:
        return self._board.card(params).loops[self._phone(params).port - 1]

    def _cards(self, _params: Mapping[str, Any], reply: Reply) -> None:
        cards = self._board.cards.items()
        reply.give(
            **{str(n): {"ports": len(card.phones), "variant": card.variant} for n, card in cards}
        )

    def _events(self, _params: Mapping[str, Any], reply: Reply) -> None:
        self.events = True
        reply.give()

    def _quit(self, _params: Mapping[str, Any], reply: Reply) -> None:
        reply.give()
        self._board.quit()


def _lift(phone: Phone, _params: Mapping[str, Any]) -> Mapping[str, Any]:
    phone.lift()
    return {}


def _hang_up(phone: Phone, _params: Mapping[str, Any]) -> Mapping[str, Any]:
    phone.hang_up()
    return {}


def _flash(phone: Phone, params: Mapping[str, Any]) -> Mapping[str, Any]:
    phone.flash(float(params.get("ms", 200)))
    return {}


def _dial(phone: Phone, params: Mapping[str, Any]) -> Mapping[str, Any]:
    on_ms, off_ms = float(params.get("on_ms", 70)), float(params.get("off_ms", 70))
    return {"seconds": phone.dial(str(params["digits"]), on_ms=on_ms, off_ms=off_ms)}


def _pulse(phone: Phone, params: Mapping[str, Any]) -> Mapping[str, Any]:
    bounce_ms = params.get("bounce_ms")
    seconds = phone.pulse(
        str(params["digits"]),
        pps=float(params.get("pps", 10)),
        ratio=float(params.get("ratio", 1.6)),
        bounce_ms=None if bounce_ms is None else float(bounce_ms),
    )
    return {"seconds": seconds}


def _say_tone(phone: Phone, params: Mapping[str, Any]) -> Mapping[str, Any]:
    level = float(params.get("level_dbm0", -10))
    return {"seconds": phone.say_tone(float(params["hz"]), float(params["seconds"]), level)}


def _say_file(phone: Phone, params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"seconds": phone.say_file(Path(str(params["file"])))}


def _hush(phone: Phone, _params: Mapping[str, Any]) -> Mapping[str, Any]:
    phone.mouth.hush()
    return {}


def _bounce(phone: Phone, params: Mapping[str, Any]) -> Mapping[str, Any]:
    phone.bounce_ms = float(params["ms"])
    return {}


def _state(phone: Phone, _params: Mapping[str, Any]) -> Mapping[str, Any]:
    return asdict(phone.state())


METHODS: dict[str, Callable[[Phone, Mapping[str, Any]], Mapping[str, Any]]] = {
    "lift": _lift,
    "hang-up": _hang_up,
    "flash": _flash,
    "dial": _dial,
    "pulse": _pulse,
    "say-tone": _say_tone,
    "say-file": _say_file,
    "hush": _hush,
    "bounce": _bounce,
    "state": _state,
}
"""What a person does at once."""
