"""The voice of one port: what its telephone hears, and what happens to what it says."""

from __future__ import annotations

from drivers.highway import IDLE, PERIOD
from firmware.errors import MediaError
from firmware.media import display, fax_library, gain, tones
from firmware.media.common import Common
from firmware.media.dtmf import DtmfReceiver
from firmware.media.echo import EchoCanceller
from firmware.media.endpoint import RtpSocket
from firmware.media.fax import FaxRelay
from firmware.media.fax_messages import Fax
from firmware.media.g711 import LAWS
from firmware.media.machines import Machines
from firmware.media.messages import DataSent, Digit, Failed, Open, SendData
from firmware.media.reports import RtcpSocket
from firmware.media.srtp import Vault
from firmware.media.telephone_event import FLASH
from firmware.media.three import Three
from firmware.media.voice import Voice
from firmware.tone import ToneSpec

_DIGIT_MS = 100
"""Milliseconds for which a digit of the peer sounds in the telephone."""
_DEAF = _DIGIT_MS // 20 + 4
"""Periods for which the hybrid may let that digit through, the way to the telephone included."""


class Channel:
    """One port.

    What the telephone hears, first that applies: data for its display, a digit of the peer, the
    tone, the voice of the peer, silence.

    Args:
        port: number for reports.
        offset: of the port's byte in a frame.
        common: what all ports have.
        echo_lag: periods from playing something to capturing its echo; None: echo stays.
        gains: dB towards the telephone and from it, that its line circuit leaves to us.
    """

    def __init__(
        self,
        port: int,
        offset: int,
        common: Common,
        *,
        echo_lag: int | None = None,
        gains: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        law = common.law
        if law not in LAWS:
            raise MediaError(f"port {port}: law {law}: only PCMA and PCMU")
        self.port = port
        self.offset = offset
        self._common = common
        self._law = law
        self._echo_lag = echo_lag
        self._inward, self._outward = (gain.table(law, db) if db else None for db in gains)
        """Tables towards the telephone and from it."""
        self._echo: EchoCanceller | None = None
        """Canceller, made for the first call and kept: the next call has the same line."""
        self._report = common.report
        self._vault = Vault()
        self._silence = bytes((IDLE[law],)) * PERIOD
        self._tone: tones.Player | None = None
        self._over_voice = False
        """In the pauses of the tone voice is heard."""
        self._burst: tones.Player | None = None
        """Data or a digit, heard once in place of everything else."""
        self._sending: int | None = None
        """Tag of the data in the burst; None: the burst is a digit."""
        self._waiting: display.WaitingDisplay | None = None
        """Tells a telephone in a call who waits; the peer hears nothing of it."""
        self._dtmf: DtmfReceiver | None = None
        self._said = self._silence
        self._given: bytes | None = None
        """What is heard in this period, if that is known before the other ports have spoken."""
        self._sounding = 0
        self._deaf = 0
        """Periods left in which keys are not listened for."""
        self._voice: Voice | Three | None = None
        self._machines: Machines | None = None
        """Listens for fax machines and modems in the call; None: nobody wants to know."""
        self._fax: FaxRelay | None = None
        """Carries a fax in place of the voice of the call; None: there is none."""

    @property
    def awake(self) -> bool:
        """Whether there is something to do in each period."""
        return not (
            self._voice is None
            and self._tone is None
            and self._burst is None
            and self._dtmf is None
            and self._waiting is None
        )

    # commands

    def play(self, tone: ToneSpec | None, *, over_voice: bool = False) -> None:
        """Change the tone; None: silence or voice. A burst of data or a digit is cut off.

        Data to a telephone in a call goes on: this tone is heard after it. `over_voice`: the
        pauses of the tone are not silent.
        """
        self._cut_off()
        self._over_voice = over_voice
        if tone is None or not tone.segments:
            self._tone = None
            return
        self._tone = tones.Player(tones.render(tone, self._law))

    def listen(self, *, on: bool) -> None:
        """Begin or stop to decode DTMF."""
        if not on:
            self._dtmf = None
            self._release()
        elif self._dtmf is None:
            self._dtmf = DtmfReceiver(self._law)

    def send_data(self, message: SendData) -> None:
        """Send data to the telephone's display; `DataSent` follows its last sample.

        It follows at once, after a `Failed`, when the data cannot be made: who waits for
        it must not wait for ever.
        """
        try:
            if message.waiting:
                self._waiting = display.WaitingDisplay(self._law, message, self._echo_lag or 0)
                return
            burst = display.burst(self._law, message)
        except MediaError as error:
            self._report(Failed(reason=f"port {self.port}: caller ID: {error}"))
            self._report(DataSent(port=self.port, tag=message.tag, taken=False))
            return
        self._sending = message.tag
        self._burst = tones.Player(tones.Recording(burst, b""))

    def open(
        self, message: Open, rtp_socket: RtpSocket | None, rtcp_socket: RtcpSocket | None = None
    ) -> None:
        """Join the port and a peer, or change the call that is open.

        Raises:
            MediaError: the codec or the address is none of ours, or no socket came.
        """
        if rtp_socket is not None:
            voice = Voice(
                message, (rtp_socket, rtcp_socket), common=self._common, vault=self._vault
            )
            if message.joined and isinstance(self._voice, Voice):
                self._voice, self._machines = Three(self._law, self._voice, voice), None
                return
            self.close()
            self._cut_off()
            self._waiting = None
            self._voice = voice
            if self._echo is not None:
                self._echo.rest()
            elif self._echo_lag is not None:
                may_study = self._common.echo_turns.take
                self._echo = EchoCanceller(self._law, self._echo_lag, may_study)
        elif self._voice is not None:
            self._voice.change(message)
            if self._fax is not None:  # meanwhile no sample was counted
                self._voice.outward.begin_anew()
            self._end_fax()
        else:
            raise MediaError(f"port {self.port}: no RTP socket came with it")
        if not isinstance(self._voice, Three):
            self._hear_machines(message)

    def move(self, call: int, rtp_socket: RtpSocket, rtcp_socket: RtcpSocket | None) -> None:
        """Go on with the call from another address of ours.

        Raises:
            MediaError: it is not open.
        """
        voice = self._voice.of(call) if isinstance(self._voice, Three) else self._voice
        if voice is None or voice.call != call:
            raise MediaError(f"port {self.port}: call {call} is not open")
        voice.move(rtp_socket, rtcp_socket)

    def _hear_machines(self, message: Open) -> None:
        if not message.hears_machines:
            self._machines = None
        elif self._machines is None and fax_library.present():
            self._machines = Machines(self._law, self.port, message.call, self._report)

    def fax(self, message: Fax) -> None:
        """Carry the call by T.38 from now on.

        Raises:
            MediaError: there is no call, or it cannot be done; voice goes on then.
        """
        if self._voice is None:
            raise MediaError(f"port {self.port}: no call is open")
        if self._fax is not None:
            self._fax.change(message)
        else:
            self._fax = FaxRelay(message, self._voice.endpoint, self._law, self._report)

    def _end_fax(self) -> None:
        if self._fax is not None:
            self._fax.close()
            self._fax = None

    def sound(self, digit: str) -> None:
        """Let the telephone hear a digit of the peer, after the digits before it.

        Raises:
            MediaError: there is no such digit.
        """
        if digit not in tones.DTMF:
            raise MediaError(f"port {self.port}: {digit!r} is no digit")
        if self._voice is not None:
            self._voice.digits += digit

    def flash(self) -> None:
        """Send a hook flash to the peer."""
        if self._voice is not None:
            self._voice.press(FLASH)

    def _cut_off(self) -> None:
        self._burst = self._sending = None

    def close(self, call: int = 0) -> None:
        """End the call, if one is open; of two that are joined, the one named."""
        if call and isinstance(self._voice, Three):
            self._voice = self._voice.without(call)
            return
        self._waiting = self._machines = None
        self._end_fax()
        if self._voice is not None:
            self._voice.close()
            self._voice = None

    # a period

    def say(self, said: bytes) -> None:
        """What the telephone said: 160 bytes; `hear` belongs to it.

        All ports say before the first hears: so packets leave at the same instant of each period,
        whatever has come for the ports before.
        """
        if self._fax is not None:
            self._given = self._fax.tick(said)
            return
        voice = self._voice
        if self._echo is not None and voice is not None and not voice.data:
            said = self._echo.cancel(said)
        if self._outward is not None:
            said = said.translate(self._outward)
        self._said = said
        if self._waiting is not None and self._waiting.begins():
            self._given = self._tell_who_waits(self._waiting, said)
            return
        if self._dtmf is not None and not (voice is not None and voice.data):
            said = self._listen(self._dtmf, said) if not self._deaf else self._ignore(said)
        if voice is not None:
            voice.send(said)

    def hear(self) -> bytes:
        """What the telephone hears in this period: 160 bytes."""
        if self._given is None:
            heard = self._heard()
        else:
            heard, self._given = self._given, None
        if self._fax is None:
            if self._echo is not None and self._voice is not None and not self._voice.data:
                self._echo.played(heard)
            machines = self._machines
            if machines is not None and self._tone is None and self._burst is None:
                machines.feed(self._said, heard)  # a tone of ours is nobody's machine
        return heard if self._inward is None else heard.translate(self._inward)

    def _heard(self) -> bytes:
        voice, heard = self._voice, self._silence
        if voice is not None:
            voice.receive()
            heard = voice.play() if voice.receives else self._silence
            if voice.digits and self._burst is None:
                self._sound(voice)
            if self._tone is None and self._burst is None:
                return heard
        if self._burst is not None:
            return self._play_burst(self._burst)
        if self._tone is not None:
            tone = self._play_tone(self._tone)
            return heard if self._over_voice and tone == self._silence else tone
        return self._silence

    def _tell_who_waits(self, waiting: display.WaitingDisplay, said: bytes) -> bytes:
        """Go on telling who waits: the peer gets silence, and what it says is lost."""
        self._release()
        if self._voice is not None:
            self._voice.send(self._silence)
            self._voice.receive()
            self._voice.play()
        heard = waiting.tick(said)
        if waiting.over:
            self._waiting = None
            self._report(DataSent(port=self.port, tag=waiting.tag, taken=waiting.taken))
        return heard

    def _listen(self, dtmf: DtmfReceiver, said: bytes) -> bytes:
        sounding = dtmf.feed(said)
        if not sounding and not self._sounding:
            return said
        digits = dtmf.digits()
        voice = self._voice
        for digit in digits:
            self._report(Digit(port=self.port, digit=digit, duration_ms=0))
            if voice is not None and voice.takes_digits:
                voice.press(digit)
        if not sounding:
            self._release()
        self._sounding = sounding
        if voice is not None and voice.takes_digits:
            return self._silence
        return said

    def _ignore(self, said: bytes) -> bytes:
        """Pass on what was said without listening for keys: a digit of the peer sounds."""
        self._deaf -= 1
        if self._dtmf is not None:
            self._dtmf.feed(self._silence)
        return said

    def _release(self) -> None:
        self._sounding = 0
        if self._voice is not None:
            self._voice.release()

    def _sound(self, voice: Voice | Three) -> None:
        """Begin the next digit of the peer."""
        digit, voice.digits = voice.digits[0], voice.digits[1:]
        sound = tones.dtmf(digit, _DIGIT_MS, self._law)
        self._deaf = _DEAF
        self._burst = tones.Player(tones.Recording(sound, b""))

    def _play_burst(self, burst: tones.Player) -> bytes:
        given = burst.next()
        if len(given) == PERIOD:
            return given
        self._burst = None
        if self._sending is not None:
            self._report(DataSent(port=self.port, tag=self._sending))
            self._sending = None
        return given + self._silence[len(given) :]

    def _play_tone(self, tone: tones.Player) -> bytes:
        given = tone.next()
        if len(given) == PERIOD:
            return given
        self._tone = None
        return given + self._silence[len(given) :]
