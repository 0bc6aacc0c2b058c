"""Fax machines and modems at a port: heard, carried as they need it, and told of.

A tone of theirs makes a call voice-band data (V.152): no echo is cancelled, nothing made up, and
G.711 is asked for where another codec was agreed on. When it is sure that our telephone is a fax
that was called, its end asks for T.38, as the called side does; what the caller's side asks for is
taken anyhow.
"""

from __future__ import annotations

from typing import Literal

from firmware.codecs import LAWS
from firmware.media.fax_messages import FaxOver, FaxReport, ToneHeard
from firmware.port import fax_marks
from firmware.port.leg import House, Leg
from firmware.port.voice_path import MarkIt
from firmware.sip import events as sip
from firmware.trace.marks import Lane

Mode = Literal["t38", "g711", "off"]
_FAR_END_FIRST_S = 1.0
"""The end whose machine answers asks for G.711 at once; the other one if it has not done so.

V.25 has the answer tone last 2.6 s at the least, so that is early enough.
"""


class FaxWork:
    """Of one port.

    Args:
        mode: what is done when a machine is heard.
        house: with the user agent.
        mark: on the ladder.
    """

    def __init__(self, mode: Mode, house: House, mark: MarkIt) -> None:
        self._mode = mode
        self._house = house
        self._mark = mark

    def heard(self, leg: Leg, told: ToneHeard) -> bool:
        """A machine sounds; whether the voice path has to know."""
        if not leg.fax.hears(told):
            return False
        lane = Lane.COPPER if told.side == "line" else Lane.VOICE
        self._mark(lane, fax_marks.tone(told), outward=False)
        called_fax = told.tone == fax_marks.PREAMBLE and told.side == "line" and not leg.outgoing
        if called_fax and self._mode == "t38" and not (leg.fax.asked or leg.fax.by_t38):
            self._ask(leg, on=True)
        else:
            self._by_g711(leg, told.side)
        return True

    def over(self, leg: Leg, told: FaxOver) -> None:
        """The machines are silent, and perhaps people want to talk: ask for voice."""
        self._mark(Lane.VOICE, fax_marks.over(told), outward=False, call=leg.call)
        if leg.fax.by_t38:
            self._ask(leg, on=False)

    def refused(self, leg: Leg, told: sip.FaxRefused | sip.ReofferRefused) -> None:
        """The far end does not go along: with another codec, with T.38, or with voice again."""
        if isinstance(told, sip.ReofferRefused):
            leg.fax.kept = told.status if leg.fax.wants_g711 else 0
            what = "G.711" if leg.fax.wants_g711 else "other codecs"
        else:
            leg.fax.refused = 0 if leg.fax.by_t38 else told.status
            what = "voice" if leg.fax.by_t38 else "T.38"
        self._mark(Lane.HOUSE, f"{what} refused {told.status}", outward=False, call=leg.call)
        if what == "T.38":
            self._by_g711(leg, "line")

    def figures(self, leg: Leg | None, report: FaxReport) -> None:
        """How a fax goes; `leg` is its call, if that is not over."""
        if leg is not None:
            leg.fax.report = report
        if report.final:
            what, lost = fax_marks.final(report)
            self._mark(Lane.VOICE, what, outward=False, detail=lost, call=report.call)

    def _by_g711(self, leg: Leg, side: str) -> None:
        """Once a call, have what a modem sends go as it is."""
        plan = leg.plan
        if leg.fax.wants_g711 or plan is None or plan.fax is not None or plan.codec in LAWS:
            return
        leg.fax.wants_g711 = True
        self._mark(Lane.HOUSE, f"wants G.711, not {plan.codec}", outward=True, call=leg.call)
        wait = 0.0 if side == "line" else _FAR_END_FIRST_S
        self._house.tell_agent(sip.Reoffer(leg.call, data=True, after_s=wait))

    def _ask(self, leg: Leg, *, on: bool) -> None:
        leg.fax.asked = True
        what = "asks for T.38" if on else "asks for voice"
        self._mark(Lane.HOUSE, what, outward=True, call=leg.call)
        self._house.tell_agent(sip.Fax(leg.call, on))
