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
    """Beside the voice of the call in hand.

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
        """What the media process was told last; None: nobody has joined."""

    def join(self, leg: Leg) -> None:
        """Let the telephone and both far ends hear each other, as soon as they may."""
        self._wanted = leg
        self.update(leg)

    def speaks_with(self, leg: Leg) -> bool:
        """Whether that is the one that has joined."""
        return leg is self._wanted and self._opened is not None

    def update(self, leg: Leg) -> None:
        """Bring it to what was agreed on with a far end, if that is the one that joins."""
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
        """The media process tells of it."""
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
        """It is the voice of the call in hand from now on; None: nobody had joined."""
        opened = self.forget()
        return None if opened is None else msgspec.structs.replace(opened, joined=False)

    def part(self) -> None:
        """Its far end has gone; the others talk on."""
        call = self._wanted.call if self._wanted else 0
        if self.forget() is not None:
            self._house.tell_media(media.Close(port=self._port, call=call))
            self._mark(Lane.VOICE, "voice ends", outward=True, call=call)

    def repeat(self) -> None:
        """The media process is a new one."""
        self._opened = None
        if self._wanted is not None:
            self.update(self._wanted)

    def forget(self) -> media.Open | None:
        """Nobody has joined, or no longer; what the media process was told last."""
        opened, self._wanted, self._opened = self._opened, None, None
        return opened
