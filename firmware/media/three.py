"""Three who talk: each hears the other two, mixed as linear samples and companded again.

Where two are loud at once the sum is cut off at full scale, as a telephone line would. The two far
ends hear each other a period later than through a switch: what has come is played here first.
"""

from __future__ import annotations

import audioop

from drivers.highway import IDLE, PERIOD
from firmware.media.endpoint import Endpoint
from firmware.media.g711 import from_linear, to_linear
from firmware.media.messages import Open
from firmware.media.outward import Outward
from firmware.media.voice import Voice


class Three:
    """Two calls of a port, joined; to the port they are one voice.

    Args:
        law: of the highway.
        first: the call that was there.
        second: the one that joins it.
    """

    receives = True
    data = False
    """Two machines are not joined with a third."""

    def __init__(self, law: str, first: Voice, second: Voice) -> None:
        self._law = law
        self._silence = bytes((IDLE[law],)) * PERIOD
        self._voices = first, second
        self._heard = [self._silence, self._silence]

    def _mixed(self, one: bytes, other: bytes) -> bytes:
        law = self._law
        return from_linear(law, audioop.add(to_linear(law, one), to_linear(law, other), 2))

    def send(self, said: bytes) -> None:
        """A period of the telephone; each far end hears it with the other's last."""
        first, second = self._voices
        first.send(self._mixed(said, self._heard[1]))
        second.send(self._mixed(said, self._heard[0]))

    def receive(self) -> None:
        for voice in self._voices:
            voice.receive()

    def play(self) -> bytes:
        """A period of both, for the telephone."""
        for place, voice in enumerate(self._voices):
            played = voice.play()
            self._heard[place] = played if voice.receives else self._silence
        return self._mixed(*self._heard)

    @property
    def digits(self) -> str:
        """Of both far ends, not yet played to the telephone."""
        return "".join(voice.digits for voice in self._voices)

    @digits.setter
    def digits(self, left: str) -> None:
        first, second = self._voices
        first.digits, second.digits = left, ""

    @property
    def takes_digits(self) -> bool:
        """Digits go to either as events: then neither hears them as sound."""
        return any(voice.takes_digits for voice in self._voices)

    def press(self, digit: str) -> None:
        for voice in self._voices:
            voice.press(digit)

    def release(self) -> None:
        for voice in self._voices:
            voice.release()

    @property
    def endpoint(self) -> Endpoint:
        """Of the call that was there."""
        return self._voices[0].endpoint

    @property
    def outward(self) -> Outward:
        return self._voices[0].outward

    def change(self, message: Open) -> None:
        """Obey a later negotiation of one of the two.

        Raises:
            MediaError: it cannot be obeyed.
        """
        for voice in self._voices:
            if voice.call == message.call:
                voice.change(message)

    def of(self, call: int) -> Voice | None:
        """The voice of that call; None: it is neither of the two."""
        return next((voice for voice in self._voices if voice.call == call), None)

    def without(self, call: int) -> Voice:
        """End one of the two calls; the other stays."""
        first, second = self._voices
        gone, stays = (first, second) if first.call == call else (second, first)
        gone.close()
        return stays

    def close(self) -> None:
        """Both have ended."""
        for voice in self._voices:
            voice.close()
