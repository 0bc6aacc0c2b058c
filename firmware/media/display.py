"""Data for the display of a telephone, as sound: FSK, keys, or an alerting tone.

To a telephone on-hook each is a burst of its own. In a call the telephone is alerted first (CAS,
GR-30 and EN 300 659-2): one that has a display cuts its microphone and earpiece off and answers
with the key D; only then the data is sent, and nothing of all that is heard by the far end.
"""

from __future__ import annotations

from enum import Enum, auto

from drivers.highway import IDLE, PERIOD, RATE
from firmware.media import fsk, tones
from firmware.media.dtmf import DtmfReceiver
from firmware.media.messages import SendData
from firmware.tone import Segment, ToneSpec

ALERT_HZ = (2130, 2750)
ALERT_DBM0 = -12.0
"""Of both: each is 15 dB below 1 mW (GR-30)."""
KEY_MS = 70
"""A key and the pause behind it (the Swedish specification; 50 ms are the least)."""
KEY_DBM0 = -7.0
ANSWERS = "DA"
"""What a telephone answers the tone with: D, or A of one that can do more (ADSI)."""
PATIENCE = 10
"""Periods from the end of the tone in which the answer must be recognised: 160 ms for the
answer itself, and what the receiver takes."""
ANSWERED = 5
"""Periods from the end of the answer to the data: 50 to 500 ms."""


def burst(law: str, message: SendData) -> bytes:
    """What a telephone on-hook is sent, in one piece.

    Raises:
        MediaError: it cannot be made; the message says why.
    """
    if not message.modem:
        return _alert(law, message.alert_ms)
    if message.modem != "dtmf":
        return fsk.burst(law, message.modem, message.message)
    gap = bytes((IDLE[law],)) * (KEY_MS * RATE // 1000)
    keys = message.message.decode("ascii", "replace")
    return b"".join(
        tones.dtmf(key, KEY_MS, law, KEY_DBM0) + gap for key in keys if key in tones.DTMF
    )


class _Phase(Enum):
    ALERT = auto()
    ANSWER = auto()
    ANSWERED = auto()
    DATA = auto()


class WaitingDisplay:
    """Tells a telephone in a call who waits, period by period.

    Args:
        law: of the highway.
        message: what to show.
        lag: periods from playing something to hearing the telephone react to it.

    Raises:
        MediaError: it cannot be made.
    """

    def __init__(self, law: str, message: SendData, lag: int) -> None:
        self.tag = message.tag
        self.taken = False
        """The telephone has answered; the data was sent."""
        self.over = False
        self._quiet = bytes((IDLE[law],)) * PERIOD
        self._data = fsk.burst(law, message.modem, message.message, in_call=True)
        self._dtmf = DtmfReceiver(law)
        self._player = tones.Player(tones.Recording(_alert(law, message.alert_ms), b""))
        self._phase = _Phase.ALERT
        self._before = message.after_ms * RATE // 1000 // PERIOD
        self._left = PATIENCE + lag
        self._key = ""

    def begins(self) -> bool:
        """Once a period: whether its time has come."""
        self._before -= 1
        return self._before < 0

    def tick(self, said: bytes) -> bytes:
        """What the telephone said comes in, what it hears goes out; `over`: that was the last."""
        match self._phase:
            case _Phase.ANSWER:
                return self._listen(said)
            case _Phase.ANSWERED:
                self._left -= 1
                if not self._left:
                    self._player = tones.Player(tones.Recording(self._data, b""))
                    self._phase = _Phase.DATA
                return self._quiet
        given = self._player.next()
        if len(given) < PERIOD:
            if self._phase is _Phase.ALERT:
                self._phase = _Phase.ANSWER
            else:
                self.taken = self.over = True
        return given + self._quiet[len(given) :]

    def _listen(self, said: bytes) -> bytes:
        sounding = self._dtmf.feed(said)
        self._key = (self._dtmf.digits() or self._key)[-1:]
        if self._key and self._key in ANSWERS and not sounding:
            self._phase, self._left = _Phase.ANSWERED, ANSWERED
            return self._quiet
        self._left -= 1
        if self._left <= 0 and not sounding:
            self.over = True
        return self._quiet


def _alert(law: str, ms: int) -> bytes:
    segment = Segment(ALERT_HZ, ms, ALERT_DBM0)
    return tones.render(ToneSpec((segment,), loop_from=None), law).once
