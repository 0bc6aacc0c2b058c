"""Carry calls over to our new address: their voice gets other sockets at once.

Then the user agent tells the far end (`CarryOver`), which until then sends to the old address,
where nobody is. What we say leaves from the new address at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from firmware.errors import GatewayError
from firmware.port.leg import House, Leg, without_voice
from firmware.sip import events as sip
from firmware.trace.marks import Lane

if TYPE_CHECKING:
    from firmware.port.voice_path import MarkIt, VoicePath


def carry_over(leg: Leg, house: House, voice: VoicePath, mark: MarkIt) -> None:
    """Open sockets for an answered call at our new address; end the call if that fails."""
    if leg.answered is None or leg.over or leg.local is None:
        return
    before = leg.sockets
    try:
        leg.sockets, leg.local = house.open_rtp()
    except GatewayError as error:
        house.tell_agent(sip.HangUp(leg.call, without_voice(error)))
        return
    leg.rekeys = leg.plan is not None and isinstance(leg.plan.protection, sip.Handshake)
    mark(Lane.HOUSE, "carried over", outward=False, call=leg.call)
    voice.moved(leg)
    for sock in before:
        sock.close()
    house.tell_agent(sip.CarryOver(leg.call, leg.local))


def agreed(leg: Leg, house: House) -> None:
    """The far end knows our new address: drop keys that a handshake made with the old one."""
    if leg.rekeys:
        leg.rekeys, leg.made = False, None
        house.keying.leave(leg.call)
