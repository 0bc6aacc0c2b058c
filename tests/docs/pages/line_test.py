"""docs/reference/line-test.md: by what limits a line is judged, and what bells want."""

from __future__ import annotations

from firmware.copper.line_limits import BELLS, LIMITS
from firmware.copper.line_verdict import ACCURACY, DAMP_OHMS
from firmware.copper.line_work import LONGEST
from firmware.copper.ring_doctor import LOOPS, OHMS_PER_KM
from tests.docs.pages.markdown import page, table

HEAD = f"""
`test line P` measures the copper with the converters of a Si321x; how to use it is told in
[test a line](../how-to/test-a-line.md). {ACCURACY}
Figures are of the model; no copper has been measured with it.

The line belongs to the test for about five seconds, {LONGEST:g} at the most: who calls is told
that it is busy. The feed is never above that of the line in service, 48 V and the current limit,
and bells are counted with 14 V RMS, which moves none. The polarity is turned round softly, and
each step of voltage waits until the capacitors of the bells have taken their charge. Whatever
ends the test (a handset that is lifted, `line P disable`, the end of the service, a chip that
fails), the line is put back.
"""
METHOD = (
    (
        "foreign voltage",
        "both wires let go, sampled for 0.2 s: direct and alternating part",
        "0.4 V; what stands above ground is seen only by the current it drives",
    ),
    (
        "tip or ring to ground",
        "both wires fed with 30, 39 and 48 V, either way round; what flows into one and not out of"
        " the other goes to ground (least squares)",
        "40 % up to 50 kohm, a factor of two up to 150; a tenth of the worst leak is not told",
    ),
    (
        "tip to ring",
        "the same: what flows around the loop",
        "40 % up to 50 kohm, a factor of two up to 150",
    ),
    (
        "receiver off-hook",
        "a weak feed and a strong one: a short holds no voltage, a telephone some, and an"
        " electronic one bends",
        "20 %",
    ),
    (
        "bells",
        "the alternating current that a ring signal of 20 V peak drives, at the frequency of the"
        " country",
        "30 %, 0.1 REN",
    ),
)
BELL_TEXT = f"""
`test ring P` computes the voltage at the bells from that of the line circuit, its source
resistance, the wire ({", ".join(f"{ohms:.0f}" for ohms in LOOPS)} ohm, or `--loop`; 0.4 mm copper
has {OHMS_PER_KM:.0f} ohm a km) and the bells that were counted, or `--ren`. It looks whether the
battery reaches over the peak and whether the line feed has the current. What bells want is
remembered practice:
"""


def make() -> str:
    rows = [
        ("hazardous voltage", f"{LIMITS.hazard_dc_v:g} V DC, {LIMITS.hazard_ac_v:g} V AC, or the"
         " end of the scale (96 V)", "danger"),
        ("foreign voltage", f"{LIMITS.foreign_dc_v:g} V DC, {LIMITS.foreign_ac_v:g} V AC; nothing"
         " else is measured then", "fault"),
        ("any two of tip, ring and ground", f"less than {LIMITS.leak_ohms / 1000:g} kohm: damp;"
         f" {DAMP_OHMS / 1000:g}: wet, or a cut; {LIMITS.contact_ohms / 1000:g}: metal", "fault"),
        ("short", f"less than {LIMITS.short_v:g} V across a closed loop", "fault"),
        ("receiver off-hook", f"a closed loop of less than {LIMITS.handset_ohms:g} ohm; a"
         f" telephone for sure if it bends by {(LIMITS.bend - 1) * 100:.0f} %", "fault"),
        ("no bell", f"less than {LIMITS.least_ren:g} REN", "note"),
        ("too many bells", f"more than {LIMITS.most_ren:g} REN", "fault"),
    ]  # fmt: skip
    bells = [
        (kind.name, f"{kind.least_v:g} V RMS", f"{kind.lowest_hz:g} to {kind.highest_hz:g} Hz")
        for kind in BELLS
    ]
    return page(
        "Line test",
        HEAD,
        "## What is measured, and how",
        table(("what", "how", "how well"), METHOD),
        "## Limits\n\nAfter GR-909, as access gateways apply it; alternating voltage is RMS.",
        table(("what", "limit", "verdict"), rows),
        "## Bells",
        BELL_TEXT,
        table(("bells", "ring from", "at"), bells),
    )
