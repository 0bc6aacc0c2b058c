"""Voice as facts: a stand-in for the media process that knows who can hear whom.

It takes the same commands and gives the same reports as the media process, but no sample
is ever made: keys pressed are digits, tones have names, and a peer is heard when both
sides have opened towards each other. So a simulated hour costs no more than its events.
Worlds with audio have the real engine, which costs a period of all ports every 20 ms.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from firmware.media import messages as media
from firmware.tone import Tone, ToneSpec
from tests.seams import TimedMedia
from tests.simulation.copper import Copper
from tests.virtual import VirtualLoop

STARTS = 0.1
"""Seconds until the highway runs."""
BEAT = 10.0
"""From one sign of life to the next; a real one gives ten times as many, for systemd alone."""
HEARD = 0.045
"""From the key to the report of a digit: what the detector wants to be sure."""
ON_THE_WAY = 0.06
"""From the mouth of a peer to `VoiceStarted`: a packet or two."""
SHOWN = 0.6
"""Length of a caller-ID burst."""

Where = tuple[str, int]


class Voices:
    """Who speaks to whom, whichever media process runs.

    Args:
        loop: for what takes time.
        copper: whose clock a media process keeps running.
        names: what the country's tones are called.
        audio: samples are carried.
    """

    def __init__(
        self, loop: VirtualLoop, copper: Copper, names: Mapping[Tone, ToneSpec], *, audio: bool
    ) -> None:
        self._audio = audio
        self.loop = loop
        self.copper = copper
        self.running: LightMedia | None = None
        self.refused = ""
        """Why a new media process cannot have the highway; empty: it can."""
        self.far: dict[Where, Where] = {}
        """Where peers send from, and to."""
        self.watch: Callable[[media.Command, Where | None], None] = lambda *_: None
        """Called with each command and, for an `Open` with a socket, where that is."""
        self._names = {spec: tone for tone, spec in names.items()}

    def open_media(
        self, report: Callable[[media.Report], None], ended: Callable[[int], None]
    ) -> LightMedia:
        """A new media process."""
        kind = AudioMedia if self._audio else LightMedia
        self.running = kind(self, report, ended)
        return self.running

    def name(self, spec: ToneSpec | None) -> Tone:
        return Tone.SILENCE if spec is None else self._names[spec]

    def tone(self, port: int) -> Tone:
        """What the telephone hears."""
        return self.running.tones.get(port, Tone.SILENCE) if self.running else Tone.SILENCE

    def joined(self, port: int) -> bool:
        """Whether the person can speak to somebody."""
        opened = self.running.opened.get(port) if self.running else None
        return opened is not None and opened.sends

    def presses(self, port: int, key: str) -> None:
        """A key goes down; it is a digit if somebody decodes by then."""
        if self.running:
            self.loop.call_later(HEARD, self.running.hear_key, port, key)

    def speaks(self, source: Where, target: Where) -> None:
        """A peer begins to send voice from `source` to `target`."""
        self.far[source] = target
        self.changed()

    def hushes(self, source: Where) -> None:
        """It sends no more."""
        self.far.pop(source, None)

    def changed(self) -> None:
        """Somebody may be heard now who was not before."""
        if self.running:
            self.loop.call_later(ON_THE_WAY, self.running.listen)


class LightMedia:
    """One media process."""

    def __init__(
        self,
        voices: Voices,
        report: Callable[[media.Report], None],
        ended: Callable[[int], None],
    ) -> None:
        self.tones: dict[int, Tone] = {}
        self.opened: dict[int, media.Open] = {}
        self.local: dict[int, Where] = {}
        self.alive = False
        self._voices = voices
        self._loop = voices.loop
        self._report = report
        self._ended = ended
        self._listening: set[int] = set()
        self._hears: set[int] = set()
        self._burst: dict[int, asyncio.TimerHandle] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._clocked = False
        self._beats = 0

    # as the gateway sees it

    def start(self, start: media.Start) -> None:
        self.alive = True
        if self._voices.refused:
            self._timer = self._loop.call_later(STARTS, self._refuse)
            return
        self._clock(running=True)
        self._run(start)

    def send(self, command: media.Command, *sockets: Any) -> None:
        local = sockets[0].getsockname() if sockets else None
        self._voices.watch(command, local)
        match command:
            case media.Play(port=port, tone=tone):
                self.tones[port] = self._voices.name(tone)
                self._cut_off(port)
            case media.Listen(port=port, on=on):
                (self._listening.add if on else self._listening.discard)(port)
            case media.SendData(port=port, tag=tag):
                self._cut_off(port)
                self._burst[port] = self._loop.call_later(SHOWN, self._shown, port, tag)
            case media.Open(port=port):
                self._open(port, command, local)
            case media.Close(port=port):
                if self.opened.pop(port, None):
                    self.local.pop(port)
                    self._hears.discard(port)
                    self._loop.call_later(0.001, self._say, statistics(port))
            case _:
                pass

    async def closed(self) -> None:
        self._end()

    # as the world sees it

    def dies(self) -> None:
        """The process is killed, and the clock with it."""
        if self.alive:
            self._end()
            self._ended(-9)

    def hear_key(self, port: int, key: str) -> None:
        if port in self._listening and self._voices.copper.card.phones[port - 1].off_hook:
            self._say(media.Digit(port=port, digit=key, duration_ms=0))

    def listen(self) -> None:
        """Find out who is heard for the first time."""
        for port, opened in tuple(self.opened.items()):
            peer = opened.host, opened.rtp_port
            if port not in self._hears and opened.receives and self._sends(peer, self.local[port]):
                self._hears.add(port)
                self._say(media.VoiceStarted(port=port, host=peer[0], rtp_port=peer[1]))

    # inside

    def _open(self, port: int, command: media.Open, local: Where | None) -> None:
        if local is not None:
            self._cut_off(port)
            self._hears.discard(port)
            self.local[port] = local
        assert port in self.local, f"port {port}: no RTP socket came with the first Open"
        self.opened[port] = command
        self._voices.changed()

    def _sends(self, peer: Where, to: Where) -> bool:
        if self._voices.far.get(peer) == to:
            return True
        return any(
            self.local[p] == peer and o.sends and (o.host, o.rtp_port) == to
            for p, o in self.opened.items()
        )

    def _run(self, _start: media.Start) -> None:
        self._timer = self._loop.call_later(STARTS, self._begin)

    def _begin(self) -> None:
        self._say(media.Ready(pid=1, realtime=False))
        self._beat()

    def _beat(self) -> None:
        self._beats += 1
        self._timer = self._loop.call_later(BEAT, self._beat)
        ticks = round(50 * BEAT * self._beats)
        self._say(media.Heartbeat(ticks=ticks, xruns=0, late_ticks=0))

    def _refuse(self) -> None:
        self._say(media.Failed(reason=self._voices.refused, fatal=True))
        self._end()
        self._ended(1)

    def _shown(self, port: int, tag: int) -> None:
        del self._burst[port]
        self._say(media.DataSent(port=port, tag=tag))

    def _cut_off(self, port: int) -> None:
        burst = self._burst.pop(port, None)
        if burst:
            burst.cancel()

    def _end(self) -> None:
        self.alive = False
        if self._timer:
            self._timer.cancel()
        for port in tuple(self._burst):
            self._cut_off(port)
        if self._clocked:
            self._clock(running=False)

    def _clock(self, *, running: bool) -> None:
        self._clocked = running
        self._voices.copper.catch_up()
        self._voices.copper.card.set_clock(running)

    def _say(self, report: media.Report) -> None:
        if self.alive:
            self._report(report)


class AudioMedia(LightMedia):
    """A media process with samples: the real engine, a period every 20 ms.

    What was ordered is remembered as well, so that people know what they hear.
    """

    def _run(self, start: media.Start) -> None:
        card, voices = self._voices.copper.card, self._voices
        self._engine = TimedMedia(card, voices.loop, self._report, lambda: False)
        self._engine.start(start)

    def send(self, command: media.Command, *sockets: Any) -> None:
        super().send(command, *sockets)
        self._engine.send(command, *sockets)

    def hear_key(self, port: int, key: str) -> None:
        """It hears for itself."""

    def _end(self) -> None:
        if self._clocked and self._engine._timer:
            self._engine._timer.cancel()
        super()._end()

    def _say(self, report: media.Report) -> None:
        if isinstance(report, media.Failed):
            super()._say(report)


def statistics(port: int) -> media.Statistics:
    """The figures of a call without a packet."""
    return media.Statistics(
        port=port, sent=0, received=0, lost=0, late=0, duplicate=0, reordered=0,
        jitter_ms=0.0, delay_ms=0.0, underruns=0, final=True,
    )  # fmt: skip
