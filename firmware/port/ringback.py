"""What a caller hears before the answer: our ringback, or the network (RFC 3960, RFC 5009).

Ringback on 180 unless voice of the far end arrives; it stops when that begins, and comes back
when it has stopped and the last that was said is that a telephone rings. An announcement or
a song (early media) is never covered by a tone of ours. If the network says by P-Early-Media
whether it plays something, its word decides, and not what arrives.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from firmware.line.events import Progress
from firmware.sip.events import MediaPlan, Proceeding

RINGING = 180
NOTHING = Progress(ringing=False)
NETWORK = Progress(early_media=True)
TONE = Progress()


@dataclass(slots=True)
class Ringback:
    """Decides what the caller of one outgoing call hears before the answer."""

    arriving: bool | None = None
    """Voice of the far end arrives now; None: none has arrived in this call yet."""
    _last: int = 0
    _rang: bool = False
    """Some telephone rings, or has rung: a response has said so."""
    _plan: MediaPlan | None = None
    _authorised: bool | None = None

    def progressed(self, event: Proceeding) -> MediaPlan | None:
        """Take a provisional response; returns how voice may pass now, if the response says so."""
        self._last, self._authorised = event.code, event.authorised
        self._rang = event.code == RINGING or (self._rang and event.rings)
        self._plan = event.media
        barred = self._authorised is False
        return replace(event.media, receives=False) if event.media and barred else event.media

    @property
    def progress(self) -> Progress:
        """What the line shall let the person hear now."""
        if self._authorised is not None:
            played = self._authorised and self._plan is not None
        elif self.arriving is None or self._plan is None:  # none has come, or who spoke is gone
            played = self._plan is not None and not self._rang
        else:
            played = self.arriving or self._last != RINGING
        if played:
            return NETWORK
        return TONE if self._rang else NOTHING
