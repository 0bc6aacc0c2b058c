"""What is known of fax machines and modems in one call."""

from __future__ import annotations

from dataclasses import dataclass, field

from firmware.media.fax_messages import FaxReport, ToneHeard
from firmware.port.fax_marks import PREAMBLE, figures

SOUND = "voice-band data"
REFUSED = f"{SOUND} (T.38 refused)"
KEPT = f"{SOUND} (G.711 refused)"


@dataclass(slots=True)
class FaxState:
    """What is known of the machines in one call."""

    heard: set[tuple[str, str]] = field(default_factory=set)
    """Tones that were heard, each with its side: the telephone or the network."""
    asked: bool = False
    """We have asked the far end for T.38, or for voice again, in this call."""
    refused: int = 0
    """Status with which the far end has refused T.38; 0: it has not."""
    wants_g711: bool = False
    """What was agreed on lets no modem through, and the far end was to be offered G.711."""
    kept: int = 0
    """The status by which the far end has refused that; 0: it has not."""
    by_t38: bool = False
    """The call is carried by T.38 now."""
    report: FaxReport | None = None
    """Figures of the last page that went by T.38."""

    @property
    def data(self) -> bool:
        """A machine was heard: what sounds is no voice any more."""
        return bool(self.heard)

    @property
    def is_fax(self) -> bool:
        """It is surely a fax: CED alone may come from a modem."""
        return self.by_t38 or bool({"CNG", PREAMBLE} & {tone for tone, _ in self.heard})

    def hears(self, told: ToneHeard) -> bool:
        """Add a tone; returns whether it is news. A tone may echo from one side to the other."""
        before = {tone for tone, _ in self.heard} - {PREAMBLE}
        if told.tone in before or (told.tone, told.side) in self.heard:
            return False
        self.heard.add((told.tone, told.side))
        return True

    @property
    def words(self) -> str:
        """How the call goes, for rows and records; empty: as a call of people does."""
        if self.report is not None:
            return f"T.38, {figures(self.report)}"
        if self.by_t38:
            return "T.38"
        if not self.data:
            return ""
        if self.kept:
            return KEPT
        return REFUSED if self.refused else SOUND
