"""The calls of one port: what the line wants of them, and what the user agent says of them.

The line speaks of "the call" and "the other": which calls of the user agent these are is
known here, and where their voice comes in. Only the one in hand is heard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware import moving
from firmware.causes import Cause, Code, cause
from firmware.errors import GatewayError
from firmware.line import events as ln
from firmware.log import event as log_event
from firmware.media import messages as media
from firmware.media.fax_messages import FaxOver, FaxReport, ToneHeard
from firmware.port.fax_work import FaxWork
from firmware.port.leg import Leg, without_voice
from firmware.port.voice_path import MarkIt, VoicePath
from firmware.sip import events as sip
from firmware.trace.marks import Lane

if TYPE_CHECKING:
    from firmware.port.port import Port

News = (
    sip.Proceeding | sip.Established | sip.MediaChanged | sip.DigitTold | sip.HoldRefused
    | sip.FaxRefused | sip.ReofferRefused | sip.Ended
)  # fmt: skip
"""What the user agent says of a call."""
Heard = (
    media.VoiceStarted | media.VoiceLost | media.OwnSsrc | media.Statistics | ToneHeard | FaxOver
)
"""What the media process says of one."""
HELD_IN = 1.0
"""s that the answer to a call which waits is put off, so that the one before is held first."""
PASSED_OVER = "SDP of 200 ignored"
"""On the ladder: an answer was there before, and stands (RFC 6337 section 3.1)."""
WITHHELD = "anonymous"
"""Number of a caller who does not want to be known, in rows and records (CLI-07)."""


class Legs:
    """Finds the call that the line or the user agent means.

    Args:
        port: whose.
        voice: what its telephone hears and says.
        feed: tells the line.
        mark: on the ladder.
    """

    def __init__(
        self, port: Port, voice: VoicePath, feed: Callable[[ln.Event], None], mark: MarkIt
    ) -> None:
        self.hand: Leg | None = None
        """The call in hand."""
        self.aside: Leg | None = None
        """The other call: held, or waiting."""
        self.two = False
        """The port has had two calls at a time since it last had none."""
        self.three = False
        """The person hears both far ends: a three-party call."""
        self._put_off: asyncio.TimerHandle | None = None
        """Answers the waiting call when the other one is held, or after `HELD_IN`."""
        self._offered: sip.Offered | None = None
        self._port = port
        self._house = port.house
        self._voice = voice
        self._feed = feed
        self._mark = mark
        self._fax = FaxWork(port.settings.fax, port.house, mark)
        self._loop = asyncio.get_running_loop()
        self._now = self._loop.time

    def __iter__(self) -> Iterator[Leg]:
        return (leg for leg in (self.hand, self.aside) if leg is not None)

    def talks_in(self, call: int) -> bool:
        """Whether `call` is in hand, is answered, and is not part of a three-party call."""
        leg = None if self.three else self.hand
        return leg is not None and leg.call == call and leg.answered is not None

    def close(self) -> None:
        """Close the sockets of all calls."""
        self._no_longer_put_off()
        for leg in self:
            leg.close()

    # from the user agent

    def offered(self, offer: sip.Offered) -> None:
        """Take an incoming call."""
        if why := self.no_keys:
            self._mark(Lane.HOUSE, "call refused", outward=False, detail=why, call=offer.call)
            self._house.tell_agent(sip.Refuse(offer.call, 503))
            return
        self._offered = replace(offer, number=offer.number or WITHHELD)
        self._feed(ln.IncomingCall(self._offered.number, offer.name))

    @property
    def no_keys(self) -> str:
        """Why this line, which must encrypt, can make no keys now; empty: it can, or need not."""
        return self._house.keying.fault if self._port.settings.handshakes else ""

    def turn_away(self, offer: sip.Offered, code: int) -> None:
        """Refuse a call of which the line is not to hear."""
        self._offered = replace(offer, number=offer.number or WITHHELD)
        self.reject(code)

    def from_agent(self, event: News) -> None:
        """Take what has happened to a call; calls of other ports are ignored."""
        leg = next((leg for leg in self if leg.call == event.call), None)
        if leg is None or leg.over:
            return
        if isinstance(event, sip.MediaChanged | sip.HoldRefused | sip.Ended):
            leg.holding = False  # it has said yes or no, or it is gone
        match event:
            case sip.Proceeding():
                leg.plan = leg.ringback.progressed(event) or leg.plan
                self._voice.update(leg)
                self._feed(leg.ringback.progress)
            case sip.Established():
                self._answered(leg, event)
            case sip.MediaChanged():
                leg.plan = event.media
                moving.agreed(leg, self._house)
            case sip.DigitTold(digit=digit):
                self._mark(Lane.VOICE, f"digit {digit}", outward=False, detail="by INFO")
                if leg is self.hand:
                    self._voice.sound(digit)
            case sip.HoldRefused(status=status):
                what = "taking back" if leg.resuming else "hold"
                self._mark(Lane.HOUSE, f"{what} refused {status}", outward=False, call=leg.call)
            case sip.FaxRefused() | sip.ReofferRefused():
                self._fax.refused(leg, event)
            case sip.Ended(cause=why):
                leg.over = True
                self._feed(ln.Released(why) if leg is self.hand else ln.OtherReleased(why))
        if leg is self.hand:
            self._voice.update(leg)
        else:
            self._voice.third.update(leg)
        if self._put_off and not (self.aside and self.aside.holding):
            self._accept()

    def _answered(self, leg: Leg, event: sip.Established) -> None:
        leg.plan, leg.answered = event.media, self._now()
        if event.passed_over:
            self._mark(Lane.HOUSE, PASSED_OVER, outward=False, call=leg.call)
        if leg.outgoing:
            self._feed(ln.Answered())

    def codecs_lost(self, codecs: tuple[str, ...]) -> None:
        """Offer the calls that speak one of these codecs again, with others."""
        for leg in self:
            if leg.plan is not None and leg.plan.codec in codecs and leg.answered is not None:
                what = f"without {leg.plan.codec}"
                self._mark(Lane.HOUSE, what, outward=False, call=leg.call)
                self._house.tell_agent(sip.Reoffer(leg.call))

    def moved(self) -> None:
        """Our own address has changed: move the answered calls there."""
        for leg in self:
            moving.carry_over(leg, self._house, self._voice, self._mark)

    # from the voice path

    def from_media(self, report: Heard) -> None:
        match report:
            case _ if self.hand is None or report.call not in {0, self.hand.call}:
                if isinstance(report, media.VoiceStarted | media.VoiceLost | media.Statistics):
                    self._voice.third.heard(report)  # or it is of a call that is held by now
            case media.VoiceStarted(host=host, rtp_port=rtp_port):
                self._mark(Lane.VOICE, "RTP", outward=False, detail=f"{host}:{rtp_port}")
                self._voice_arrives(yes=True)
            case media.VoiceLost(silent_s=seconds):
                self._mark(Lane.VOICE, f"no RTP for {seconds:.0f} s", outward=False)
                self._voice_arrives(yes=False)
            case media.OwnSsrc(loops=loops):
                what = "own packets return" if loops else "SSRC drawn twice"
                self._mark(Lane.VOICE, what, outward=False)
            case media.Statistics():
                self.hand.heard(report)
                self._voice.counted(report.received + report.far_reports)
            case ToneHeard():
                if self._fax.heard(self.hand, report):
                    self._voice.update(self.hand)
            case FaxOver():
                self._fax.over(self.hand, report)

    def fax_figures(self, report: FaxReport) -> None:
        """Take the figures of a fax; its call may be over already."""
        self._fax.figures(next((leg for leg in self if leg.call == report.call), None), report)

    # from the handshake

    def keyed(self, call: int, handshake: sip.Handshake, keys: sip.Protection) -> None:
        """Take the keys that the two ends of a call have made."""
        for leg in self:
            if leg.call == call:
                leg.made = handshake, keys
                if leg is self.hand:
                    self._voice.update(leg)
                else:
                    self._voice.third.update(leg)

    def not_keyed(self, call: int, why: str) -> None:
        """The handshake failed: end the call, because its voice could not be protected."""
        for leg in self:
            if leg.call == call and not leg.over:
                ended = cause(Code.CODEC, encryption=why)
                self._house.tell_agent(sip.HangUp(call, ended))

    def stretch_over(self, report: media.Statistics) -> bool:
        """Take the final figures of a stretch of voice; returns whether its call goes on."""
        leg = next((leg for leg in self if leg.call == report.call), None)
        if leg is not None:
            leg.stretch_over(report)
        return leg is not None

    def _voice_arrives(self, *, yes: bool) -> None:
        """Voice of the far end has begun or stopped; before the answer this decides ringback."""
        leg = self.hand
        if leg and leg.outgoing and leg.answered is None:
            leg.ringback.arriving = yes
            self._feed(leg.ringback.progress)

    # what the line wants

    def take_offered(self) -> None:
        """Make the call that has just been offered, if any, the call in hand."""
        self.hand = self._of_offer() or self.hand

    def _of_offer(self) -> Leg | None:
        offer, self._offered = self._offered, None
        if offer is None:
            return None
        leg = Leg(outgoing=False, number=offer.number, began=self._now(), call=offer.call)
        leg.plan, leg.describes = offer.media, offer.describes
        return leg

    def alert(self) -> None:
        """Tell the caller that the telephone rings, unless that was done."""
        if self.hand is not None and not (self.hand.outgoing or self.hand.alerted):
            self._alert(self.hand)

    def _alert(self, leg: Leg, *, waits: bool = False) -> None:
        leg.alerted = True
        local = leg.may_receive(self._house) if leg.describes else None
        self._house.tell_agent(sip.Alert(leg.call, local, waits))

    def let_wait(self) -> None:
        """Put the new call aside, and tell its caller that the telephone rings."""
        if leg := self._of_offer():
            self.aside, self.two = leg, True
            self._alert(leg, waits=True)

    def exchange(self) -> None:
        """Hold the call in hand, if any, and take the other one, if any."""
        self._accept_now()
        self.three = False
        self.hand, self.aside = self.aside, self.hand
        self._voice.part()
        if self.aside:
            self.aside.holding, self.aside.resuming = self.aside.plan is not None, False
            self._mark(Lane.HOUSE, "put aside", outward=False, call=self.aside.call)
            self._house.tell_agent(sip.Hold(self.aside.call))

    def resume(self) -> None:
        """Take the call in hand back from hold."""
        if self.hand:
            self.hand.resuming = True
            self._mark(Lane.HOUSE, "taken up again", outward=False)
            self._house.tell_agent(sip.Resume(self.hand.call))

    def join(self) -> None:
        """Resume the other call too, and let all three hear each other."""
        if self.aside:
            self.aside.resuming, self.three = True, True
            self._mark(Lane.HOUSE, "three talk", outward=False, call=self.aside.call)
            self._voice.third.join(self.aside)
            self._house.tell_agent(sip.Resume(self.aside.call))

    def remain(self) -> None:
        """Of the three, the far end that was called last has gone."""
        self.hand, self.aside, self.three = self.aside, None, False
        self._voice.update(self.hand)

    def place(self, number: str, *, withheld: bool | None) -> None:
        """Call that number."""
        self.two = self.aside is not None
        leg = self.hand = Leg(outgoing=True, number=number, began=self._now())
        try:
            local = leg.receive(self._house)
        except GatewayError as error:
            self._feed(ln.Released(without_voice(error)))
            return
        if why := self.no_keys:
            self._feed(ln.Released(cause(Code.CODEC, encryption=why)))
            return
        leg.call = self._house.new_call()
        line = self._port.number
        self._house.tell_agent(sip.Invite(leg.call, line, number, local, withheld=withheld))

    def answer(self) -> None:
        """Answer the call in hand, once the other one is held (behaviours 14.17)."""
        if self.aside and self.aside.holding:
            self._put_off = self._loop.call_later(HELD_IN, self._accept)
        else:
            self._accept()

    def _accept_now(self) -> None:
        """Answer without waiting for the hold any longer."""
        if self._put_off:
            self._accept()

    def _no_longer_put_off(self) -> None:
        if self._put_off:
            self._put_off.cancel()
            self._put_off = None

    def _accept(self) -> None:
        self._no_longer_put_off()
        if self.hand is None or self.hand.over:
            return
        try:
            local = self.hand.receive(self._house)
        except GatewayError as error:
            why = str(error)
            log_event("no-rtp-port", level=logging.WARNING, port=self._port.number, reason=why)
            self.hand.over = True
            self._house.tell_agent(sip.Refuse(self.hand.call, 503))
            self._feed(ln.Released(without_voice(error)))
            return
        self._house.tell_agent(sip.Accept(self.hand.call, local))

    def reject(self, code: int) -> None:
        """Refuse the call that has just been offered, or that rings."""
        refused = self._of_offer()
        if refused is None:  # the call that rings: the port goes out of service
            if self.hand and not self.hand.outgoing:
                self.hand.over = True
                self._house.tell_agent(sip.Refuse(self.hand.call, code))
            return
        self._house.tell_agent(sip.Refuse(refused.call, code))
        why = cause(Code.LINE_BUSY, status=code, peer=refused.number)
        self._house.call_ended(self._port, refused, why)

    def end(self, why: Cause) -> None:
        """End the call in hand."""
        self._no_longer_put_off()
        if self.hand and self.hand.call:
            self.hand.over = True
            self._house.tell_agent(sip.HangUp(self.hand.call, why))

    def report_end(self, why: Cause, tried: str) -> None:
        """Write the record of the call in hand; without a call, `tried` is what was dialled."""
        if not (self.three and self._voice.remain()):
            self._voice.part()
        leg, self.hand = self.hand, None
        self._report(leg or Leg(outgoing=True, number=tried, began=self._now()), why)

    def report_other_end(self, why: Cause) -> None:
        """Write the record of the call that was held, or waited."""
        leg, self.aside, self.three = self.aside, None, False
        self._voice.third.part()
        if leg:
            self._report(leg, why)

    def _report(self, leg: Leg, why: Cause) -> None:
        self.two = self.two and (self.hand or self.aside) is not None
        leg.close()
        self._mark(Lane.HOUSE, why.code.value, outward=False, detail=why.sentence, call=leg.call)
        self._house.call_ended(self._port, leg, why)
