"""The voice of the call that was held, while three talk: orders to the media process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from firmware.media import messages as media
from firmware.port.leg import House, Leg
from firmware.port.voice_orders import direction, opening
from firmware.trace.marks import Lane

if TYPE_CHECKING:
    from firmware.port.voice_path import MarkIt


class ThirdVoice:
    """The voice of the second far end, beside that of the call in hand.

    Args:
        port: number.
        house: with the media process.
        mark: on the ladder.
        mutes_digits: digits are told by signalling.
    """

    def __init__(self, port: int, house: House, mark: MarkIt, *, mutes_digits: bool) -> None:
        self._port = port
        self._house = house
        self._mark = mark
        self._mutes_digits = mutes_digits
        self._wanted: Leg | None = None
        self._opened: media.Open | None = None
        """The order that the media process has; None: there is no third party."""

    def join(self, leg: Leg) -> None:
        """Let the telephone and both far ends hear each other, as soon as both have agreed."""
        self._wanted = leg
        self.update(leg)

    def speaks_with(self, leg: Leg) -> bool:
        """Whether this leg is the third party."""
        return leg is self._wanted and self._opened is not None

    def update(self, leg: Leg) -> None:
        """Order what was agreed on with the far end of this leg, if it is the third party."""
        plan = leg.plan
        if leg is not self._wanted or plan is None or not leg.sockets:
            return
        if leg.unkeyed:
            self._house.keying.agree(self._port, leg, leg.unkeyed)
            return
        order = opening(self._port, leg, plan, full=True, mutes_digits=self._mutes_digits)
        command = msgspec.structs.replace(order, joined=True)
        if command == self._opened:
            return
        beside = () if self._opened else leg.sockets
        self._opened = command
        if command.protection:
            stood = leg.stood(command.protection.receives)
            command = msgspec.structs.replace(command, stood=stood)
        self._house.tell_media(command, *beside)
        codec = f"{plan.codec} SRTP" if leg.protection else plan.codec
        what = f"voice {codec}, joined{direction(command)}"
        where = f"{leg.rtp_local} - {plan.host}:{plan.port}"
        self._mark(Lane.VOICE, what, outward=True, detail=where, call=leg.call)

    def heard(self, report: media.VoiceStarted | media.VoiceLost | media.Statistics) -> None:
        """Take a report of the media process about the third party."""
        leg = self._wanted
        if leg is None or report.call != leg.call:
            return
        match report:
            case media.Statistics():
                leg.heard(report)
            case media.VoiceStarted(host=host, rtp_port=rtp_port):
                where = f"{host}:{rtp_port}"
                self._mark(Lane.VOICE, "RTP", outward=False, detail=where, call=leg.call)
            case media.VoiceLost(silent_s=seconds):
                what = f"no RTP for {seconds:.0f} s"
                self._mark(Lane.VOICE, what, outward=False, call=leg.call)

    def taken_over(self) -> media.Open | None:
        """Hand its order over: it is the call in hand now. None: there was no third party."""
        opened = self.forget()
        return None if opened is None else msgspec.structs.replace(opened, joined=False)

    def part(self) -> None:
        """Stop the voice of the third party; the other two talk on."""
        call = self._wanted.call if self._wanted else 0
        if self.forget() is not None:
            self._house.tell_media(media.Close(port=self._port, call=call))
            self._mark(Lane.VOICE, "voice ends", outward=True, call=call)

    def repeat(self) -> None:
        """Tell a new media process what the one before was told."""
        self._opened = None
        if self._wanted is not None:
            self.update(self._wanted)

    def forget(self) -> media.Open | None:
        """Drop the third party, without telling media; returns the order that media had."""
        opened, self._wanted, self._opened = self._opened, None, None
        return opened
