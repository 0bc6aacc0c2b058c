"""``python -m tests.dtmf [MINUTES]``: measure the receiver, write docs/reference/dtmf.md."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from firmware.media.dtmf import DtmfReceiver
from firmware.media.g711 import from_linear
from tests.docs.pages.markdown import table
from tests.dtmf import speech
from tests.dtmf.signals import KEYS, PERIOD, Press, dialled, rate, recognised

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reference" / "dtmf.md"
ROUNDS = 10
HEAD = """\
# DTMF: what is taken for a digit

Measured by `make dtmf` on our receiver (`firmware/media/dtmf.py`, in A-law and periods of 20 ms as
in service), with the limits of ITU-T Q.24 and TIA-464 for comparison; no conformance is claimed.
Each figure is the part of {count} keys, all sixteen, each at another phase, that gave this digit
alone.
"""
RESTS = (
    ("as dialled", Press(), "taken"),
    ("1.0 % high", Press(shift=0.010), "taken"),
    ("1.0 % low", Press(shift=-0.010), "taken"),
    ("1.5 % high", Press(shift=0.015), "taken"),
    ("1.5 % low", Press(shift=-0.015), "taken"),
    ("1.5 % + 2 Hz high", Press(shift=0.015, shift_hz=2), "taken"),
    ("1.5 % + 2 Hz low", Press(shift=-0.015, shift_hz=2), "taken"),
    ("2.5 % high", Press(shift=0.025), ""),
    ("3.5 % high", Press(shift=0.035), "refused"),
    ("3.5 % low", Press(shift=-0.035), "refused"),
    ("high group 4 dB stronger", Press(twist=4), "taken"),
    ("low group 8 dB stronger", Press(twist=-8), "taken"),
    ("high group 10 dB stronger", Press(twist=10), "refused"),
    ("low group 14 dB stronger", Press(twist=-14), "refused"),
    ("0 dBm0", Press(level=0), "taken"),
    ("-29 dBm0", Press(level=-29), "taken"),
    ("-40 dBm0", Press(level=-40), ""),
    ("held for 40 ms, then 40 ms of silence", Press(on_ms=40, off_ms=40), "taken"),
    ("held for 33 ms", Press(on_ms=33), ""),
    ("held for 20 ms", Press(on_ms=20), "refused"),
    ("a break of 4 ms within 80 ms", Press(on_ms=80, gap_ms=4), "taken, once"),
    ("a break of 10 ms within 80 ms", Press(on_ms=80, gap_ms=10), "taken, once"),
    ("white noise 15 dB below", Press(noise_db=15), "taken"),
    ("white noise 10 dB below", Press(noise_db=10), ""),
    ("over a dial tone of China at -20 dBm0", Press(beside=((450, -20),)), "taken"),
    ("of -29 dBm0 over the same", Press(level=-29, beside=((450, -20),)), "taken"),
    ("over one of America, -23 dBm0 each", Press(beside=((350, -23), (440, -23))), "taken"),
)


def main() -> int:
    minutes = float(sys.argv[1]) if len(sys.argv) > 1 else 60.0
    parts = [HEAD.format(count=ROUNDS * len(KEYS)), _table(), _by_key(), _talk_off(minutes)]
    made = time.strftime("%Y-%m-%d", time.gmtime())
    PAGE.write_text("\n".join([*parts, f"Last measured {made}.\n"]))
    sys.stdout.write(PAGE.read_text())
    return 0


def _table() -> str:
    rows = []
    for what, press, wanted in RESTS:
        part = rate(press, rounds=ROUNDS)
        rows.append((what, wanted, f"{100 * part:.0f} %"))
    return table(("a key ...", "should be", "is taken"), rows) + "\n"


def _by_key() -> str:
    """Which keys it is that are missed at the edge of frequency."""
    dice, found = np.random.default_rng(5), []
    for key in KEYS:
        press = Press(shift=0.015)
        turns = [press if n % 2 else replace(press, shift=-0.015) for n in range(2 * ROUNDS)]
        good = sum(recognised(dialled(key, turn, dice)) == key for turn in turns)
        found.append((key, f"{100 * good / len(turns):.0f} %"))
    keys, parts = zip(*found, strict=True)
    return "At 1.5 %, up or down, by key:\n\n" + table(keys, [parts]) + "\n"


def _talk_off(minutes: float) -> str:
    if not speech.installed():
        return "espeak-ng is not installed: talk-off was not measured.\n"
    false = list(_false_digits(minutes))
    told = ", ".join(f"`{digit}` ({voice})" for digit, voice in false) or "none"
    return (
        f"## Talk-off\n\n{minutes:g} minutes of loud speech read out by espeak-ng in"
        f" {len(speech.VOICES)} voices and 5 languages; false digits: {told}.\n"
    )


def _false_digits(minutes: float) -> Iterator[tuple[str, str]]:
    for voice, samples in speech.spoken(minutes):
        receiver, law = DtmfReceiver("PCMA"), from_linear("PCMA", samples)
        for at in range(0, len(law) - PERIOD + 1, PERIOD):
            receiver.feed(law[at : at + PERIOD])
            for digit in receiver.digits():
                yield digit, voice


if __name__ == "__main__":
    raise SystemExit(main())
