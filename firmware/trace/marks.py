"""What has happened lately: a bounded ring of typed marks, kept in memory, told to followers.

Everything that a ladder is drawn of goes through here: the copper, SIP, voice, and what the
gateway decided by itself. Recording costs a deque append and never fails or waits; a SIP message
is put into words when somebody looks, by when most of them are forgotten.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from heapq import merge


class Lane(Enum):
    """The two ends between which a mark is drawn."""

    COPPER = "copper"
    """Telephone and gateway: hook, digits, tones, ringing."""
    SIP = "sip"
    """Gateway and network."""
    HEARTBEAT = "heartbeat"
    """Gateway and network: OPTIONS, theirs and ours; drawn only where it is asked for."""
    VOICE = "voice"
    """Gateway and network: RTP begins, changes, ends."""
    HOUSE = "house"
    """Inside the gateway: timers, decisions, alarms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One thing that happened."""

    at: float
    """Monotonic seconds."""
    port: int
    """Number of the port; 0: none in particular."""
    lane: Lane
    outward: bool
    """From the gateway to the telephone or to the network; false: towards the gateway."""
    what: str
    """A few words for the arrow: ``off-hook``, ``dial-tone``, ``INVITE``, ``180``."""
    peer: str = ""
    """The other end in the network: ``address:port``."""
    call: int = 0
    """Number of the call; 0: it belongs to none."""
    detail: str = ""
    """More for `explain`: a SIP message (masked), a cause; may have several lines."""


Follower = Callable[[Mark], None]


@dataclass(slots=True)
class _Entry:
    """A place in a ring."""

    number: int
    octets: int
    made: Mark | None
    make: Callable[[], Mark] | None = None
    """Makes the mark, if that is not done yet."""

    @property
    def mark(self) -> Mark:
        if self.made is None:
            assert self.make is not None, "it is made, or can be"
            self.made, self.make = self.make(), None
        return self.made


MARKS, HEARTBEATS = 4096, 256
"""Marks that are kept at the most, and besides them those of heartbeats."""
OCTETS, OCTETS_OF_HEARTBEATS = 6 << 20, 1 << 19
"""The same, in octets of memory: long messages push more of the old ones out."""
APIECE = 400
"""Octets that the interpreter needs for a mark, besides its message."""


class _Ring:
    """Some entries, bounded in number and in octets; the oldest go first."""

    def __init__(self, most: int, octets: int) -> None:
        self.entries: deque[_Entry] = deque()
        self.lost = -1
        """Number of the newest mark that is not kept any more."""
        self._most, self._room = most, octets

    def keep(self, entry: _Entry) -> None:
        self.entries.append(entry)
        self._room -= entry.octets
        while self._room < 0 or len(self.entries) > self._most:
            old = self.entries.popleft()
            self._room += old.octets
            self.lost = old.number


class Trace:
    """The last `capacity` marks, or fewer if they are long.

    Those of heartbeats have a place of their own, so that a quiet night does not push the
    calls of the day out.
    """

    def __init__(self, capacity: int = MARKS, octets: int = OCTETS) -> None:
        self._ring = _Ring(capacity, octets)
        self._heartbeats = _Ring(HEARTBEATS, OCTETS_OF_HEARTBEATS)
        self._followers: list[Follower] = []
        self._count = 0
        self.stirred: Callable[[int], object] = lambda _port: None
        """Called with the port of each new mark, which need not be made for it; 0: none."""

    @property
    def count(self) -> int:
        """How many marks have ever been recorded; the argument of `since` for "from now on"."""
        return self._count

    def record(self, mark: Mark) -> None:
        """Keep a mark and tell it to all followers, in the order they subscribed."""
        size = APIECE + len(mark.detail)
        self._keep(mark.lane, _Entry(self._count, size, mark), mark.port)

    def record_later(self, lane: Lane, port: int, octets: int, make: Callable[[], Mark]) -> None:
        """Keep a mark that is made only when somebody wants to see it.

        Args:
            lane: of the mark.
            port: of the mark.
            octets: of its message.
            make: makes it.
        """
        self._keep(lane, _Entry(self._count, APIECE + octets, None, make), port)

    def _keep(self, lane: Lane, entry: _Entry, port: int) -> None:
        (self._heartbeats if lane is Lane.HEARTBEAT else self._ring).keep(entry)
        self._count += 1
        self.stirred(port)
        for follower in tuple(self._followers):
            follower(entry.mark)

    def since(self, count: int = 0) -> list[Mark]:
        """The marks from number `count` on, as far as they are still kept."""
        both = merge(self._ring.entries, self._heartbeats.entries, key=lambda entry: entry.number)
        return [entry.mark for entry in both if entry.number >= count]

    def whole_since(self, count: int) -> bool:
        """Whether every mark from number `count` on is still kept."""
        return max(self._ring.lost, self._heartbeats.lost) < count

    def subscribe(self, follower: Follower) -> Callable[[], None]:
        """Call `follower` with each new mark until the returned function is called."""
        self._followers.append(follower)

        def unsubscribe() -> None:
            if follower in self._followers:
                self._followers.remove(follower)

        return unsubscribe


def around(marks: list[Mark], call: int) -> list[Mark]:
    """The marks of one call, with what its port lived through just before and after it.

    A call's picture begins where the one before it ended, so that the off-hook and the digits,
    which precede the call, belong to it; and it ends where the next begins. Calls that a
    telephone had at the same time are in one picture.
    """
    ports = {mark.port for mark in marks if mark.call == call}
    chosen = [mark for mark in marks if mark.port in {0, *ports}]
    spans: dict[int, tuple[int, int]] = {}
    for index, mark in enumerate(chosen):
        if mark.call:
            spans[mark.call] = spans.get(mark.call, (index, index))[0], index
    if call not in spans:
        return []
    begin, end = spans.pop(call)
    while together := [one for one, (b, e) in spans.items() if b <= end and e >= begin]:
        for one in together:
            b, e = spans.pop(one)
            begin, end = min(begin, b), max(end, e)
    first = max((e + 1 for _, e in spans.values() if e < begin), default=0)
    last = min((b for b, _ in spans.values() if b > end), default=len(chosen))
    return [mark for mark in chosen[first:last] if mark.lane is not Lane.HEARTBEAT]


def select(
    marks: list[Mark],
    *,
    port: int | None = None,
    last: int | None = None,
    heartbeat: bool = False,
) -> list[Mark]:
    """The marks of a port (and of none in particular), from the beginning of its `last` calls.

    A call's picture begins where the one before it ended, or its telephone was put down last, so
    that the off-hook and the digits, which precede the call, belong to it. Calls that a telephone
    had at the same time are in one picture. Heartbeats only if they are asked for.
    """
    chosen = [
        mark
        for mark in marks
        if (port is None or mark.port in {0, port})
        and (heartbeat or mark.lane is not Lane.HEARTBEAT)
    ]
    if last is None:
        return chosen
    begins: dict[int, int] = {}
    ends: dict[int, int] = {}
    for index, mark in enumerate(chosen):
        if mark.call:
            begins.setdefault(mark.call, index)
            ends[mark.call] = index
    calls = list(begins)
    if last <= 0 or not calls:
        return [] if last <= 0 else chosen
    first, begin = len(calls) - min(last, len(calls)), 0
    while first > 0:
        begin = max(ends[call] for call in calls[:first]) + 1
        if begin <= begins[calls[first]]:
            return chosen[_at_rest(chosen, begin, begins[calls[first]]) :]
        first -= 1  # it went on in the one after it: one of the two was held, or waited
    return chosen


def _at_rest(marks: list[Mark], begin: int, call: int) -> int:
    """From when on the telephone of the call at that index was down; at the earliest `begin`."""
    port = marks[call].port
    own = [index for index in range(begin, call) if marks[index].port == port]
    for index in reversed(own):
        if marks[index].lane is Lane.COPPER and marks[index].what == "on-hook":
            down = marks[index].at
            return next((one for one in own if one > index and marks[one].at > down), call)
    return begin
