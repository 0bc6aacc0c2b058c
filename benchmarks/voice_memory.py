"""Memory of the voice process: in one call, in 96, and after thousands of them."""

from __future__ import annotations

from dataclasses import dataclass, field

from benchmarks import machine
from benchmarks.figures import short, table
from benchmarks.rtp import Voices
from benchmarks.targets import Target
from benchmarks.voice_alone import VoiceAlone, bound
from firmware.media.messages import Close, Open

MANY = 96
AT_ONCE = 8
MEDIA_MB, SIGNALLING_MB = 12.0, 26.0
GROWTH_MB = 1.0
UNSEEN_MB = 0.25
"""What an allocator may gain or lose from one look to the next."""


@dataclass
class Growth:
    found: dict[str, machine.Memory] = field(default_factory=dict)

    def as_table(self) -> str:
        rows = [[name, *map(short, (m.rss, m.pss, m.uss))] for name, m in self.found.items()]
        return table(("voice process alone", "RSS MB", "PSS MB", "USS MB"), rows)

    def targets(self, thousands: int) -> list[Target]:
        one, many = self.found["1 call"].rss, self.found[f"{MANY} calls"].rss
        after = [self.found[f"after {n}000 calls"].rss for n in range(1, thousands + 1)]
        each = (after[-1] - after[0]) / max(1, thousands - 1)
        return [
            Target("memory", f"voice process, {MANY} calls, RSS", MEDIA_MB, many, "MB",
                   "Python with msgspec, cffi and ctypes is 17 MB of it before the first call"),
            Target("memory", f"growth from 1 call to {MANY}", GROWTH_MB, many - one, "MB",
                   "the tape, 1 MB unless told otherwise, and 12 kB a call"),
            Target("memory", "growth for each 1000 calls after the first 1000", UNSEEN_MB, each,
                   "MB", "something of a call stays: a fault, nobody has found it"),
        ]  # fmt: skip


def measure(seconds: float, thousands: int) -> Growth:
    """Calls at once, and calls one after the other."""
    found = Growth()
    with VoiceAlone(MANY) as voice:
        found.found["no call"] = machine.memory(voice.pid)
        for count in (1, MANY):
            with voice.calls(count) as calls:
                calls.voices.run(seconds)
                name = "1 call" if count == 1 else f"{count} calls"
                found.found[name] = machine.memory(voice.pid)
        pause = Voices()
        for number in range(1000 * thousands // AT_ONCE):
            _brief(voice, pause)
            done = (number + 1) * AT_ONCE
            if done % 1000 == 0:
                found.found[f"after {done} calls"] = machine.memory(voice.pid)
    return found


def _brief(voice: VoiceAlone, pause: Voices) -> None:
    """Some calls that are over at once."""
    with bound() as peer:
        host, where = peer.getsockname()
        for port in range(1, AT_ONCE + 1):
            with bound() as rtp, bound() as rtcp:
                opened = Open(port=port, call=port, host=host, rtp_port=where, payload_type=8)
                voice.tell(opened, rtp, rtcp)
        for port in range(1, AT_ONCE + 1):
            voice.tell(Close(port=port))
        pause.run(0.02)
        voice.drain()
