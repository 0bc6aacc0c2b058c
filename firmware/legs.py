"""The calls of one port: what the line wants of them, and what the user agent says of them.

The line speaks of "the call"; which of the user agent's calls that is, is known here, and
where its voice comes in.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from firmware.causes import Cause, Code, cause
from firmware.errors import GatewayError
from firmware.leg import Leg
from firmware.line import events as ln
from firmware.log import event as log_event
from firmware.media import messages as media
from firmware.sip import events as sip
from firmware.trace import Lane
from firmware.voice_path import MarkIt, VoicePath

if TYPE_CHECKING:
    from firmware.port import Port

WITHHELD = "anonymous"
"""Number of a caller who does not want to be known, in rows and records (CLI-07)."""


class Legs:
    """The calls of one port.

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
        self._offered: sip.Offered | None = None
        self._port = port
        self._house = port.house
        self._voice = voice
        self._feed = feed
        self._mark = mark
        self._now = asyncio.get_running_loop().time

    def talks_in(self, call: int) -> bool:
        """Whether that is the call in hand, and was answered."""
        return self.hand is not None and self.hand.call == call and self.hand.answered is not None

    def close(self) -> None:
        """Let the ports of voice go."""
        if self.hand:
            self.hand.close()

    # from the user agent

    def offered(self, offer: sip.Offered) -> None:
        """Somebody calls."""
        self._offered = replace(offer, number=offer.number or WITHHELD)
        self._feed(ln.IncomingCall(self._offered.number, offer.name))

    def from_agent(
        self, event: sip.Proceeding | sip.Established | sip.MediaChanged | sip.Ended
    ) -> None:
        """Something happened to a call, perhaps to ours."""
        leg = self.hand
        if leg is None or leg.call != event.call:
            return
        match event:
            case sip.Proceeding():
                leg.plan = leg.ringback.progressed(event) or leg.plan
                self._voice.update(leg)
                self._feed(leg.ringback.progress)
            case sip.Established():
                leg.plan, leg.answered = event.media, self._now()
                if leg.outgoing:
                    self._feed(ln.Answered())
                self._voice.update(leg)
            case sip.MediaChanged():
                leg.plan = event.media
                self._voice.update(leg)
            case sip.Ended():
                self._feed(ln.Released(event.cause))

    # from the voice path

    def from_media(self, report: media.VoiceStarted | media.VoiceLost | media.Statistics) -> None:
        match report:
            case media.VoiceStarted(host=host, rtp_port=rtp_port):
                self._mark(Lane.VOICE, "RTP", outward=False, detail=f"{host}:{rtp_port}")
                self._voice_arrives(yes=True)
            case media.VoiceLost(silent_s=seconds):
                self._mark(Lane.VOICE, f"no RTP for {seconds:.0f} s", outward=False)
                self._voice_arrives(yes=False)
            case media.Statistics():
                if self.hand:
                    self.hand.statistics = report
                    self._voice.counted(report.received)

    def _voice_arrives(self, *, yes: bool) -> None:
        """Voice of the far end comes, or no longer: before the answer that means ringback."""
        leg = self.hand
        if leg and leg.outgoing and leg.answered is None:
            leg.ringback.arriving = yes
            self._feed(leg.ringback.progress)

    # what the line wants

    def take_offered(self) -> None:
        """The call that has just been offered is the one in hand."""
        offer, self._offered = self._offered, None
        if offer is None:
            return
        self.hand = Leg(outgoing=False, number=offer.number, began=self._now(), call=offer.call)
        self.hand.plan, self.hand.describes = offer.media, offer.describes

    def alert(self) -> None:
        """The bell rings: the caller shall know."""
        if self.hand is None:
            return
        local = self.hand.may_receive(self._house) if self.hand.describes else None
        self._house.tell_agent(sip.Alert(self.hand.call, local))

    def place(self, number: str, *, withheld: bool | None) -> None:
        """Call that number."""
        leg = self.hand = Leg(outgoing=True, number=number, began=self._now())
        try:
            local = leg.receive(self._house)
        except GatewayError as error:
            self._feed(ln.Released(cause(Code.NO_SERVER, servers=str(error))))
            return
        leg.call = self._house.new_call()
        line = self._port.number
        self._house.tell_agent(sip.Invite(leg.call, line, number, local, withheld=withheld))

    def answer(self) -> None:
        """Answer the call in hand."""
        if self.hand is None:
            return
        try:
            local = self.hand.receive(self._house)
        except GatewayError as error:
            self._house.tell_agent(sip.Refuse(self.hand.call, 503))
            why = str(error)
            log_event("no-rtp-port", level=logging.WARNING, port=self._port.number, reason=why)
            return
        self._house.tell_agent(sip.Accept(self.hand.call, local))

    def reject(self, code: int) -> None:
        """Refuse the call that has just been offered, or that rings."""
        offer, self._offered = self._offered, None
        if offer is None:  # the call that rings: the port goes out of service
            if self.hand and not self.hand.outgoing:
                self._house.tell_agent(sip.Refuse(self.hand.call, code))
            return
        self._house.tell_agent(sip.Refuse(offer.call, code))
        refused = Leg(outgoing=False, number=offer.number, began=self._now(), call=offer.call)
        why = cause(Code.LINE_BUSY, status=code, peer=offer.number)
        self._house.call_ended(self._port, refused, why)

    def end(self, why: Cause) -> None:
        """End the call in hand."""
        if self.hand and self.hand.call:
            self._house.tell_agent(sip.HangUp(self.hand.call, why))

    def report_end(self, why: Cause, tried: str) -> None:
        """The call in hand is over; or there was none, and `tried` are the digits, or none."""
        self._voice.close(self.hand)
        leg, self.hand = self.hand, None
        if leg is None:
            leg = Leg(outgoing=True, number=tried, began=self._now())
        self._mark(Lane.HOUSE, why.code.value, outward=False, detail=why.sentence)
        self._house.call_ended(self._port, leg, why)
