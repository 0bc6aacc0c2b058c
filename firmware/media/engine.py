"""All ports of the highway, one period at a time. The process and the tests both run this.

No clock is read here: a tick is a period of captured samples, and that is the only time.
Only RTCP asks what o'clock it is, once a second and call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from drivers.highway import IDLE, PERIOD, RATE, echo_lag
from firmware.errors import MediaError
from firmware.media import echo_filter
from firmware.media.channel import Channel
from firmware.media.common import Common
from firmware.media.echo_study import Turns
from firmware.media.fax_messages import Fax
from firmware.media.messages import (
    Close,
    Command,
    Failed,
    Fetch,
    Flash,
    Hire,
    Keep,
    Listen,
    Move,
    Open,
    Play,
    Report,
    SendData,
    Sound,
    Start,
    Stop,
    Taped,
)
from firmware.media.reports import CallSocket
from firmware.media.tape import Tape
from firmware.media.workshop import Workshop


class Engine:
    """What happens between a period captured and a period played.

    Args:
        start: layout, law, timeslots and jitter buffer limits.
        entropy: `os.urandom` at the edge; where SSRCs, first sequence numbers and
            timestamps come from.
        wall_clock: seconds since 1970, for RTCP; None: counted from the first period.
        steady: seconds by a clock that nobody sets; None: nobody sets the other.
    """

    def __init__(
        self,
        start: Start,
        entropy: Callable[[int], bytes],
        wall_clock: Callable[[], float] | None = None,
        steady: Callable[[], float] | None = None,
    ) -> None:
        layout, law = start.highway.layout, start.highway.law
        self._width = layout.width
        self._shape = layout.width * PERIOD
        self._silence = bytes((IDLE[law],)) * self._shape
        self._reports: list[Report] = []
        self._tape = Tape(start.tape, wall_clock or self._counted)
        self._workshop = Workshop()
        cancels = start.cancel_echo and echo_filter.available()
        self._echo_turns = Turns()
        common = Common(
            law,
            start.jitter_ms,
            self._reports.append,
            entropy,
            self._tape,
            steady or self._tape.clock,
            self._workshop,
            self._echo_turns,
        )
        self._channels = {
            port: Channel(
                port,
                layout.offset(timeslot),
                common,
                echo_lag=echo_lag(start.highway.device) if cancels else None,
                gains=start.gains.get(port, (0.0, 0.0)),
            )
            for port, timeslot in start.timeslots.items()
        }
        self._awake: tuple[tuple[slice, Channel], ...] = ()
        """Ports that have something to do, and where their octets lie in a period."""
        self.ticks = 0
        """Periods since the start."""
        self.stopped = False
        """`Stop` was received."""

    def tick(self, captured: bytes) -> bytes:
        """One period: what the telephones said comes in, what they hear goes out."""
        workshop = self._workshop
        if workshop.busy:
            workshop.collect()
        elif not self._awake:
            self.ticks += 1
            return self._silence
        played = bytearray(self._silence)
        self._echo_turns.begin_period()
        for place, channel in self._awake:
            channel.say(captured[place])
        for place, channel in self._awake:
            played[place] = channel.hear()
        self._tape.turn()
        if workshop.busy:  # perhaps only now
            workshop.send_out()
        self.ticks += 1
        return bytes(played)

    def command(self, message: Command, sockets: Sequence[CallSocket] = ()) -> None:
        """Obey; what cannot be done is reported as `Failed`, and sockets not used are closed."""
        try:
            sockets = self._obey(message, sockets)
        except MediaError as error:
            self._reports.append(Failed(reason=f"{type(message).__name__}: {error}"))
        for unused in sockets:
            unused.close()
        self._tape.turn()  # a goodbye, perhaps
        self._awake = tuple(
            (slice(c.offset, None, self._width), c) for c in self._channels.values() if c.awake
        )

    def _obey(self, message: Command, sockets: Sequence[CallSocket]) -> Sequence[CallSocket]:
        match message:
            case Play(port=port, tone=tone, over_voice=over_voice):
                self._channel(port).play(tone, over_voice=over_voice)
            case Listen(port=port, on=on):
                self._channel(port).listen(on=on)
            case SendData(port=port):
                self._channel(port).send_data(message)
            case Open() | Move():
                return self._joined(message, sockets)
            case Fax(port=port):
                self._channel(port).fax(message)
            case Hire():
                self._workshop.hire(sockets[0] if sockets else None)
                return sockets[1:]
            case Sound(port=port, digit=digit):
                self._channel(port).sound(digit)
            case Flash(port=port):
                self._channel(port).flash()
            case Close(port=port, call=call):
                self._channel(port).close(call)
            case Keep() | Fetch():
                self._tape_told(message)
            case Stop():
                for channel in self._channels.values():
                    channel.close()
                self._workshop.hire(None)
                self.stopped = True
            case Start():
                raise MediaError("media runs already")
        return sockets

    def _joined(self, message: Open | Move, sockets: Sequence[CallSocket]) -> Sequence[CallSocket]:
        """The sockets of a call, RTP before RTCP, go to its port; the others come back."""
        channel = self._channel(message.port)
        rtp, rtcp = [*sockets[:2], None, None][:2]
        if isinstance(message, Open):
            channel.open(message, rtp, rtcp)
        elif rtp is None:
            raise MediaError(f"port {message.port}: no RTP socket came with it")
        else:
            channel.move(message.call, rtp, rtcp)
        return sockets[2:]

    def _tape_told(self, message: Keep | Fetch) -> None:
        if isinstance(message, Keep):
            self._tape.limit(message.octets)
            return
        parts = self._tape.parts(message.call)
        self._reports += [Taped(call=message.call, packets=part) for part in parts]
        self._reports.append(Taped(call=message.call))

    def reports(self) -> list[Report]:
        """Take what there is to tell since the last time."""
        taken = self._reports[:]
        self._reports.clear()  # the list itself stays: the channels append to it
        return taken

    def _counted(self) -> float:
        return self.ticks * PERIOD / RATE

    def _channel(self, port: int) -> Channel:
        try:
            return self._channels[port]
        except KeyError:
            raise MediaError(f"port {port}: no such port on the highway") from None
