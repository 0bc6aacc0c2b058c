"""What is remembered in memory: the last calls, and what is wrong at present."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace

from firmware.causes import Cause, Code
from firmware.explain.voice_health import health
from firmware.media.fax_messages import FaxReport
from firmware.media.messages import Statistics
from firmware.port.fax_marks import figures
from firmware.port.leg import Leg, together
from firmware.status import Alarm, CallRecord, Direction, of_cause

if TYPE_CHECKING:
    from firmware.port.port import Port

CALLS = 256
"""Most records of calls that are kept."""
ALARMS = 256
"""Most past alarms that are kept."""

LOCAL = {Code.NORMAL, Code.LOCAL_DIGITMAP, Code.LOCAL_TIMEOUT, Code.LOCAL_BARRED}
GATEWAY = {Code.NO_ANSWER_LOCAL, Code.LINE_FAULT, Code.NOT_REGISTERED, Code.NO_RTP,
           Code.TIMEOUT_B, Code.NO_SERVER, Code.LINE_BUSY, Code.ADDRESS_CHANGED,
           Code.SESSION_LOST, Code.NO_VOICE_PORT}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A record, and when it was on the clock of the trace: monotonic seconds."""

    record: CallRecord
    began: float
    ended: float
    before: Statistics | None = None
    """Voice figures up to the last hold; the others come a moment after the end."""


class History:
    """The last calls (CO-13), newest last."""

    def __init__(self, wall_clock: Callable[[], float]) -> None:
        self._wall_clock = wall_clock
        self._calls: deque[Kept] = deque(maxlen=CALLS)
        self.counts: Counter[tuple[int, str, str]] = Counter()
        """How many calls there were, by port, direction and cause."""
        self.talked_s = 0.0
        """Seconds of talking, of all calls."""

    def add(self, card: int, port: Port, leg: Leg, why: Cause, now: float) -> None:
        """Write down a call that is over; its voice figures come a moment later."""
        wall = self._wall_clock()

        def at(instant: float) -> str:
            return _iso(wall - (now - instant))

        record = CallRecord(
            call=leg.call,
            card=card,
            port=port.number,
            number=port.settings.own_number,
            peer_number=leg.number,
            call_direction=Direction.OUTGOING if leg.outgoing else Direction.INCOMING,
            started=at(leg.began),
            answered=at(leg.answered) if leg.answered is not None else "",
            ended=_iso(wall),
            duration_s=round(now - leg.answered, 3) if leg.answered is not None else 0.0,
            codec=leg.codec if leg.answered is not None else "",
            fax=leg.fax.words if leg.answered is not None else "",
            srtp=leg.srtp if leg.answered is not None else "",
            released_by=_who(why),
            **of_cause(why),
        )
        if leg.voice:
            record = _with_voice(record, leg.voice)
        self._calls.append(Kept(record, leg.began, now, leg.before))
        self.counts[record.port, record.call_direction.value.lower(), record.cause] += 1
        self.talked_s += record.duration_s

    def statistics(self, report: Statistics) -> None:
        """Take the voice figures of the call that has just ended on that port."""
        for index in range(len(self._calls) - 1, -1, -1):
            kept = self._calls[index]
            of_it = not report.call or kept.record.call == report.call
            if kept.record.port == report.port and kept.record.answered and of_it:
                voice = together(kept.before, report) or report
                record = _with_voice(kept.record, voice)
                self._calls[index] = Kept(record, kept.began, kept.ended)
                return

    def fax(self, report: FaxReport) -> None:
        """Take the figures of the fax in the call that has just ended."""
        for index in range(len(self._calls) - 1, -1, -1):
            kept = self._calls[index]
            if kept.record.port == report.port and kept.record.call == report.call:
                record = replace(kept.record, fax=f"T.38, {figures(report)}")
                self._calls[index] = Kept(record, kept.began, kept.ended, kept.before)
                return

    def calls(self, port: int | None = None) -> list[CallRecord]:
        """All records kept, or those of one port; newest last."""
        return [kept.record for kept in self._calls if port in {None, kept.record.port}]

    def since(self, instant: float) -> list[Kept]:
        """Records of calls that have ended since then, as far as they are kept."""
        return [kept for kept in self._calls if kept.ended >= instant]

    def last(self, port: int) -> Kept | None:
        """The last record of a port; None: nothing has ended there yet."""
        return next((kept for kept in reversed(self._calls) if kept.record.port == port), None)


class Alarms:
    """What is wrong at present, by place; setting the same alarm again keeps its time.

    Args:
        wall_clock: seconds since 1970.
        past: of the gateway of before: what was still wrong there is over now.
    """

    def __init__(self, wall_clock: Callable[[], float], past: Alarms | None = None) -> None:
        self._wall_clock = wall_clock
        self._alarms: dict[str, Alarm] = {}
        self._over: deque[Alarm] = deque(maxlen=ALARMS)
        if past is not None:
            self._over.extend(past.over())
            for alarm in past.all():
                self._ended(alarm)

    def set(self, where: str, severity: str, what: str) -> None:
        old = self._alarms.get(where)
        if old is None or old.what != what:
            self.clear(where)
            since = _iso(self._wall_clock())
            self._alarms[where] = Alarm(since=since, severity=severity, where=where, what=what)

    def clear(self, where: str) -> None:
        if old := self._alarms.pop(where, None):
            self._ended(old)

    def _ended(self, alarm: Alarm) -> None:
        self._over.append(replace(alarm, until=_iso(self._wall_clock())))

    def all(self) -> list[Alarm]:
        """What is wrong now."""
        return list(self._alarms.values())

    def over(self) -> list[Alarm]:
        """Past alarms that are kept, the oldest first."""
        return list(self._over)


def _with_voice(record: CallRecord, voice: Statistics) -> CallRecord:
    return replace(
        record,
        sent=voice.sent,
        received=voice.received,
        lost=voice.lost,
        jitter_ms=voice.jitter_ms,
        rtt_ms=voice.rtt_ms,
        far_lost=voice.far_lost,
        far_jitter_ms=voice.far_jitter_ms,
        slips=voice.slips,
        mos=voice.mos,
        far_mos=voice.far_mos,
        forged=voice.forged,
        health=health(voice),
    )


def _who(why: Cause) -> str:
    if why.code in LOCAL:
        return "local"
    if why.code in GATEWAY:
        return "gateway"
    return "admin" if why.code is Code.ADMIN else "remote"


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().isoformat(timespec="milliseconds")
