"""What one telephone hears and says, as orders to the media process: tone, digits, voice.

It remembers what was ordered, so that a media process that is started again can be told.
"""

from __future__ import annotations

from typing import Protocol

import msgspec

from firmware.causes import Code, cause
from firmware.line.callerid import waiting_data
from firmware.line.callerid_steps import SendData
from firmware.media import messages as media
from firmware.media.fax_messages import Fax
from firmware.port.leg import House, Leg, PortSettings
from firmware.port.silence import Counted, Expected, NoVoice, Silence
from firmware.port.third_voice import ThirdVoice
from firmware.port.voice_orders import direction, opening
from firmware.pump import Pump
from firmware.sip import events as sip
from firmware.tone import Tone
from firmware.trace.marks import Lane


class MarkIt(Protocol):
    """Puts something on the ladder."""

    def __call__(
        self, lane: Lane, what: str, *, outward: bool, detail: str = "", call: int | None = None
    ) -> None:
        """Put it on the ladder of `call`; None: of the call in hand."""


class VoicePath:
    """What the telephone of one port hears and says.

    Args:
        settings: of the port: its number, the country's tones.
        house: with the media process, and the user agent.
        mark: on the ladder.
    """

    def __init__(self, settings: PortSettings, house: House, mark: MarkIt) -> None:
        self._port = settings.number
        self._tones = settings.tones
        self._mutes_digits = settings.info_digits
        self._flash_event = settings.flash_event
        self._caller_id = settings.caller_id
        self._tell = house.tell_media
        self._house = house
        self._mark = mark
        self._tone = Tone.SILENCE
        self._listening = False
        self._wish = ""
        """What the line wants of voice: nothing, ``early`` or ``full``."""
        self._opened: media.Open | None = None
        """The last order to open voice that the media process has; None: voice is closed."""
        self.third = ThirdVoice(settings.number, house, mark, mutes_digits=settings.info_digits)
        self._faxing: Fax | None = None
        """The last order to carry a fax by T.38; None: the call is voice."""
        self._hears_machines = settings.fax != "off"
        self._silence = Pump(Silence(settings.no_voice_s), self._no_voice)

    def play(self, tone: Tone) -> None:
        """Let the person hear `tone`; with SILENCE the person hears the call, or nothing."""
        if tone is not self._tone:
            self._mark(Lane.COPPER, tone.value, outward=True)
        self._tone = tone
        if not (tone is Tone.CALL_WAITING and self._carries_data):
            self.cut_data()

    @property
    def _carries_data(self) -> bool:
        """Machines talk in this call: a sound of ours would cost them a page."""
        return self._opened is not None and self._opened.voice_band_data

    def listen(self, *, on: bool) -> None:
        """Decode DTMF from the telephone, or stop doing so."""
        self._listening = on
        self._tell(media.Listen(port=self._port, on=on))

    def send_data(self, wish: SendData, after_ms: int = 0) -> None:
        """Send data to the display of the telephone, now or after `after_ms`."""
        self.said(wish.words)
        self._tell(
            media.SendData(
                port=self._port,
                modem=wish.modem,
                message=wish.message,
                alert_ms=wish.alert_ms,
                after_ms=after_ms,
                waiting=wish.waiting,
                tag=wish.tag,
            )
        )

    def cut_data(self) -> None:
        """Stop data in the middle and go back to the tone: a person who lifts must not hear it."""
        tone, over_voice = self._tones.get(self._tone), self._tone is Tone.CALL_WAITING
        self._tell(media.Play(port=self._port, tone=tone, over_voice=over_voice))

    def show_waiting(self, number: str, name: str) -> None:
        """Show the caller who waits during a call, if the country's telephones can do that."""
        when = self._house.local_time()
        if self._carries_data:
            return
        if wish := waiting_data(self._caller_id, number, name, when):
            tone = self._tones.get(Tone.CALL_WAITING)
            self.send_data(wish, after_ms=tone.segments[0].ms if tone else 0)

    def not_taken(self) -> None:
        """The telephone has not answered the alerting tone: it has no display for this."""
        self._mark(Lane.COPPER, "no display", outward=False)

    def said(self, what: str) -> None:
        """Put on the ladder what the telephone was told."""
        self._mark(Lane.COPPER, what, outward=True)

    def dialled(self, leg: Leg | None, digit: str) -> None:
        """The telephone has sent a digit; in a call it may have to go out by signalling."""
        if self._mutes_digits and self._wish == "full" and leg is not None:
            self._house.tell_agent(sip.TellDigit(leg.call, digit))

    def flashed(self) -> bool:
        """Take a flash; True: it goes to the network, and means nothing to the line."""
        if not (self._flash_event and self._wish == "full"):
            return False
        self._mark(Lane.VOICE, "flash", outward=True)
        self._tell(media.Flash(port=self._port))
        return True

    def sound(self, digit: str) -> None:
        """Play a digit of the far end, which came by signalling, to the telephone."""
        self._tell(media.Sound(port=self._port, digit=digit))

    def wants(self, leg: Leg | None, *, early: bool) -> None:
        """Take the wish of the line to join the telephone with the network."""
        self._wish = "early" if early else "full"
        self.update(leg)

    def update(self, leg: Leg | None) -> None:
        """Order what both the line and the offer/answer allow, once both are known."""
        if leg is None or leg.plan is None or not leg.sockets:
            return
        full = self._wish == "full"
        if not full and (leg.answered is not None or not leg.outgoing):
            return  # the line has not yet let go of the bell, or it rings for who is held
        if leg.unkeyed:
            self._stop()  # keys of before are good for nothing now
            self._house.keying.agree(self._port, leg, leg.unkeyed)
            return
        plan = leg.plan
        command = opening(self._port, leg, plan, full=full, mutes_digits=self._mutes_digits)
        command = msgspec.structs.replace(
            command,
            hears_machines=full and self._hears_machines,
            voice_band_data=full and leg.fax.data,
        )
        leg.fax.by_t38 = plan.fax is not None
        if plan.fax is not None:
            self._fax(leg, plan, plan.fax, command)
            return
        if command == self._opened and self._faxing is None:
            return
        self._faxing = None
        self._silence.feed(Expected(leg.call if full and plan.sends and plan.receives else 0))
        beside = () if self._opened else leg.sockets
        self._opened = command
        if command.protection:
            stood = leg.stood(command.protection.receives)
            command = msgspec.structs.replace(command, stood=stood)
        self._tell(command, *beside)
        codec = f"{plan.codec} SRTP" if leg.protection else plan.codec
        kind = "VBD" if command.voice_band_data else "voice"
        what = f"{kind} {codec}{direction(command)}" if full else f"early media {codec}"
        where = f"{leg.rtp_local} - {plan.host}:{plan.port}"
        self._mark(Lane.VOICE, what, outward=True, detail=where)

    def _fax(self, leg: Leg, plan: sip.MediaPlan, agreed: sip.FaxPlan, voice: media.Open) -> None:
        """Go over to a fax; a media process that knows nothing gets the sockets first."""
        fax = Fax(
            port=self._port,
            call=leg.call,
            host=plan.host,
            udptl_port=plan.port,
            largest=agreed.largest,
            repeats=agreed.repeats,
            bit_rate=agreed.bit_rate,
        )
        if fax == self._faxing:
            return
        self._silence.feed(Expected(0))
        if self._opened is None:
            self._opened = voice
            self._tell(voice, *leg.sockets)
        self._faxing = fax
        self._tell(fax)
        where = f"{leg.rtp_local} - {plan.host}:{plan.port}"
        self._mark(Lane.VOICE, "fax T.38", outward=True, detail=where)

    def moved(self, leg: Leg) -> None:
        """Go on with other sockets: our own address has changed during the call."""
        opened = self._opened if self._opened and self._opened.call == leg.call else None
        if leg.plan is None or not (opened or self.third.speaks_with(leg)):
            return
        self._tell(media.Move(port=self._port, call=leg.call), *leg.sockets)
        where = f"{leg.rtp_local} - {leg.plan.host}:{leg.plan.port}"
        self._mark(Lane.VOICE, "voice moves", outward=True, detail=where, call=leg.call)

    def part(self) -> None:
        """Part the telephone from the network."""
        self._wish = ""
        self._stop()

    def remain(self) -> bool:
        """End the call in hand of two that were joined; False: none was joined."""
        before, other = self._opened, self.third.taken_over()
        if other is None:
            return False
        self._opened = other
        self._silence.feed(Expected(other.call if other.sends and other.receives else 0))
        if before is not None:
            self._tell(media.Close(port=self._port, call=before.call))
            self._mark(Lane.VOICE, "voice ends", outward=True, call=before.call)
        return True

    def _stop(self) -> None:
        """Close voice or fax; nothing passes any more."""
        self.third.forget()
        self._silence.feed(Expected(0))
        self._faxing = None
        if self._opened:
            self._opened = None
            self._tell(media.Close(port=self._port))
            self._mark(Lane.VOICE, "voice ends", outward=True)

    def counted(self, packets: int) -> None:
        """Take how many packets, of voice and of RTCP, have come in this call."""
        self._silence.feed(Counted(packets))

    def _no_voice(self, lost: NoVoice) -> None:
        """End a call without voice, whatever signalling believes (Q2, row 16c)."""
        why = cause(Code.NO_RTP, seconds=f"{lost.seconds:g}")
        self._house.tell_agent(sip.HangUp(lost.call, why))

    def repeat(self, leg: Leg | None) -> None:
        """Tell a new media process what the one before was told."""
        self.play(self._tone)
        if self._listening:
            self.listen(on=True)
        if self._opened:
            self._opened = self._faxing = None
            self.update(leg)
            self.third.repeat()
