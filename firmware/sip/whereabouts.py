"""Where we are, as the gateway tells the user agent; these belong to `firmware.sip.events`."""

from __future__ import annotations

from firmware.machine import word
from firmware.sip.address import Address
from firmware.sip.plan import LocalMedia


@word
class AddressChanged:
    """Our own signalling address is this one now, or the way out is there again (REG-22).

    Calls that are not answered end; for each of the others `CarryOver` has to follow.
    """

    local: Address


@word
class CarryOver:
    """Voice of this call comes in there from now on: tell the far end, or end the call."""

    call: int
    media: LocalMedia
