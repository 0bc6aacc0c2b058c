"""What the gateway wants changed in a running call; these belong to `firmware.sip.events`.

Each is a re-INVITE, one at a time. `MediaChanged` says that the far end goes along; where it does
not, everything is as it was.
"""

from __future__ import annotations

from firmware.machine import word


@word
class Hold:
    """Hold the far end; `MediaChanged` or `HoldRefused` says what came of it."""

    call: int


@word
class Resume:
    """Take the far end back from hold."""

    call: int


@word
class HoldRefused:
    """The far end does not take part in our `Hold` or `Resume`: everything is as it was."""

    call: int
    status: int


@word
class Fax:
    """Go on by T.38, or talk again; `MediaChanged` or `FaxRefused` says what came of it."""

    call: int
    on: bool


@word
class FaxRefused:
    """The far end does not take part in our `Fax`: everything is as it was."""

    call: int
    status: int


@word
class Reoffer:
    """Offer voice once more in a call, by all codecs that there still are."""

    call: int
    data: bool = False
    """By G.711 alone: machines are heard, and no other codec lets a modem through (V.152)."""
    after_s: float = 0.0
    """So much later, and not if the far end has offered what is needed by then."""


@word
class ReofferRefused:
    """The far end does not take part in our `Reoffer`: everything is as it was."""

    call: int
    status: int
