"""How the tones of telephone networks are told apart by ear: a small table.

The simulated telephone must not ask the gateway what it plays, so it has a table of its
own (ITU-T E.180 Supplement 2; cn after GB/T 3380). A cadence is on, off, on, off ... in
milliseconds; an empty one is a continuous tone.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Known:
    """A tone that a person knows."""

    name: str
    frequencies_hz: tuple[int, ...]
    cadence_ms: tuple[int, ...] = ()
    swells: bool = False
    """The one frequency swells and fades, some 15 to 50 times a second."""


KNOWN = (
    # cn
    Known("dial-tone", (450,)),
    Known("dial-tone", (425, 450)),  # special dial tone
    Known("ringback", (450,), (1000, 4000)),
    Known("busy", (450,), (350, 350)),
    Known("congestion", (450,), (700, 700)),
    Known("unobtainable", (450,), (100, 100, 100, 100, 100, 100, 400, 400)),
    Known("call-waiting", (450,), (400, 4000)),
    Known("howler", (950,)),
    # us
    Known("dial-tone", (350, 440)),
    Known("dial-tone", (350, 440), (100, 100)),  # stutter
    Known("ringback", (440, 480), (2000, 4000)),
    Known("busy", (480, 620), (500, 500)),
    Known("congestion", (480, 620), (250, 250)),
    Known("call-waiting", (440,), (300, 10000)),
    Known("howler", (1400, 2060, 2450, 2600), (100, 100)),
    # uk
    Known("ringback", (400, 450), (400, 200, 400, 2000)),
    Known("busy", (400,), (375, 375)),
    Known("congestion", (400,), (400, 350, 225, 525)),
    Known("unobtainable", (400,)),  # in Japan it is dial tone: nobody can tell by ear
    Known("call-waiting", (400,), (100, 4000)),
    # de, nl
    Known("dial-tone", (425,)),
    Known("dial-tone", (400, 425)),  # special dial tone
    Known("dial-tone", (425,), (500, 50)),
    Known("ringback", (425,), (1000, 4000)),
    Known("busy", (425,), (480, 480)),
    Known("busy", (425,), (500, 500)),
    Known("congestion", (425,), (240, 240)),
    Known("call-waiting", (425,), (200, 200, 200, 5000)),
    Known("call-waiting", (425,), (500, 9500)),
    # fr
    Known("dial-tone", (440,)),
    Known("ringback", (440,), (1500, 3500)),
    Known("busy", (440,), (500, 500)),
    Known("congestion", (440,), (250, 250)),
    # jp
    Known("ringback", (400,), (1000, 2000), swells=True),
    Known("busy", (400,), (500, 500)),
    Known("call-waiting", (400,), (500, 8000), swells=True),
    # au
    Known("dial-tone", (413, 438)),
    Known("ringback", (413, 438), (400, 200, 400, 2000)),
    Known("busy", (425,), (375, 375)),
    Known("unobtainable", (425,), (2500, 500)),
    Known("call-waiting", (425,), (100, 200, 200, 4400)),
    # at
    Known("dial-tone", (380, 420)),  # special dial tone
    Known("ringback", (425,), (1000, 5000)),  # se, too
    Known("congestion", (425,), (200, 200)),  # ch and it, too; in Spain it is busy
    Known("call-waiting", (420,), (40, 1960)),
    # be
    Known("dial-tone", (425,), (1000, 250)),  # special dial tone
    Known("ringback", (425,), (1000, 3000)),
    Known("congestion", (425,), (167, 167)),
    Known("call-waiting", (1400,), (175, 175, 175, 3500)),
    # ch
    Known("dial-tone", (340, 425), (1100, 1100)),  # special dial tone
    Known("call-waiting", (425,), (200, 200, 200, 4000)),
    # es
    Known("ringback", (425,), (1500, 3000)),
    Known("congestion", (425,), (200, 200, 200, 200, 200, 600)),
    Known("call-waiting", (425,), (175, 175, 175, 3500)),
    # in
    Known("dial-tone", (400,), swells=True),
    Known("ringback", (400,), (400, 200, 400, 2000), swells=True),
    Known("busy", (400,), (750, 750)),
    Known("congestion", (400,), (250, 250)),  # nz, too
    Known("call-waiting", (400,), (200, 100, 200, 7500)),
    # it
    Known("dial-tone", (425,), (200, 200, 600, 1000)),
    Known("call-waiting", (425,), (400, 100, 250, 100, 150, 14000)),
    # kr
    Known("ringback", (440, 480), (1000, 2000)),
    Known("congestion", (480, 620), (300, 200)),
    Known("call-waiting", (350, 440), (250, 250, 250, 3250)),
    # nz
    Known("unobtainable", (400,), (75, 100, 75, 100, 75, 100, 75, 400)),
    Known("call-waiting", (400,), (200, 3000)),
    # se
    Known("congestion", (425,), (250, 750)),
    Known("call-waiting", (425,), (200, 500, 200, 9100)),
)

SPECIAL_INFORMATION = ((950,), (1400,), (1800,))
"""Three rising tones before an announcement (E.180 section 6): the number cannot be had."""
INFORMATION_OFF_BY_HZ = 50
"""What each may be off; Austria has 1450 and 1850, Belgium 900."""
