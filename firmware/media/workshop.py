"""The helper process as the media process sees it: jobs out, results in, once a period.

Nobody waits for the helper. What was said in one period leaves in the next; what came in one is
heard in the next. A result that is later than that is dropped: it would only make the delay
longer.
"""

from __future__ import annotations

from typing import Protocol

from firmware.media.coding import Arrived
from firmware.media.jobs import LARGEST, Job, JobsError, Verb, pack, unpack

PATIENCE = 5
"""Periods after which a result is dropped."""


class Bench(Protocol):
    """The part of a non-blocking datagram socket that is used here."""

    def send(self, data: bytes, /) -> int: ...
    def recv_into(self, buffer: bytearray, /) -> int: ...
    def close(self) -> None: ...


class Workshop:
    """The jobs of all calls in a period."""

    def __init__(self) -> None:
        self._bench: Bench | None = None
        self._calls: dict[int, Away] = {}
        self._session = 0
        self._jobs: list[Job] = []
        self._period = 0
        self._buffer = bytearray()
        self.missed = 0
        """Periods that the helper did not take, or whose results came too late."""

    @property
    def busy(self) -> bool:
        """Whether some call needs the helper."""
        return bool(self._calls or self._jobs)

    def hire(self, bench: Bench | None) -> None:
        """Use this helper from now on; it knows nothing of what was before."""
        if self._bench is not None:
            self._bench.close()
        self._bench = bench
        self._buffer = bytearray(LARGEST if bench is not None else 0)

    def coding(self, codec: str) -> Away:
        """Of one call."""
        self._session = (self._session + 1) & 0xFFFF
        return Away(self, self._session, codec)

    def collect(self) -> None:
        """Begin a period: hand out what has been done."""
        self._period += 1
        bench = self._bench
        if bench is None:
            return
        while True:
            try:
                size = bench.recv_into(self._buffer)
            except BlockingIOError:
                return
            except OSError:
                size = 0
            if not size:  # it has ended; signalling sees that, and sends another
                self.hire(None)
                return
            self._hand_out(bytes(self._buffer[:size]))

    def send_out(self) -> None:
        """End a period: hand over what is to be done."""
        jobs, self._jobs = self._jobs, []
        if not jobs or self._bench is None:
            return
        try:
            self._bench.send(pack(self._period, jobs))
        except OSError:  # it does not keep pace, or has ended
            self.missed += 1

    def _hand_out(self, datagram: bytes) -> None:
        try:
            period, results = unpack(datagram)
        except JobsError:
            self.missed += 1
            return
        if (self._period - period) & 0xFFFFFFFF > PATIENCE:
            self.missed += 1
            return
        for result in results:
            if result.session in self._calls:
                self._calls[result.session].done(result)

    def put(self, away: Away, job: Job) -> None:
        """Add a job to those of this period."""
        self._calls[job.session] = away
        self._jobs.append(job)

    def forget(self, session: int, codec: str) -> None:
        """Forget a call that has ended."""
        if self._calls.pop(session, None) is not None:
            self._jobs.append(Job(Verb.FORGET, codec, session, 0))


class Away:
    """`Coding` by the helper.

    Args:
        workshop: that the helper works for.
        session: of this call.
        codec: its name.
    """

    def __init__(self, workshop: Workshop, session: int, codec: str) -> None:
        self._workshop = workshop
        self._session = session
        self._codec = codec
        self._arrived: dict[int, Arrived] = {}
        """Payloads that are being decoded, by the number of their job."""
        self._number = 0
        self._encoded: list[tuple[int, bytes]] = []
        self._decoded: list[tuple[Arrived, bytes]] = []

    def encode(self, timestamp: int, said: bytes) -> None:
        job = Job(Verb.ENCODE, self._codec, self._session, timestamp, said)
        self._workshop.put(self, job)

    def encoded(self) -> list[tuple[int, bytes]]:
        taken, self._encoded = self._encoded, []
        return taken

    def decode(self, arrived: Arrived, payload: bytes) -> None:
        number = self._number = (self._number + 1) & 0xFFFFFFFF
        self._arrived[number] = arrived
        if len(self._arrived) > 1000:  # a helper that answers nothing
            self._arrived.pop(next(iter(self._arrived)))
        job = Job(Verb.DECODE, self._codec, self._session, number, payload)
        self._workshop.put(self, job)

    def decoded(self) -> list[tuple[Arrived, bytes]]:
        taken, self._decoded = self._decoded, []
        return taken

    def done(self, result: Job) -> None:
        """Take a result of the helper."""
        if result.verb is Verb.ENCODE:
            if result.data:
                self._encoded.append((result.number, result.data))
            return
        arrived = self._arrived.pop(result.number, None)
        if arrived is not None and result.data:
            self._decoded.append((arrived, result.data))

    def close(self) -> None:
        self._workshop.forget(self._session, self._codec)
