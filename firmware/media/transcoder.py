"""What the helper does with a period's jobs; no process and no clock is known here."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

from firmware.media.g711 import from_linear, to_linear
from firmware.media.jobs import Job, Verb, pack, unpack

MOST = 256
"""Calls remembered, of which none may have said that it is over; the one idle longest goes."""


class Transcoder:
    """Codecs by session, made when the first job of one comes.

    Args:
        law: of the highway.
        makers: of codecs, by name: each is a function that makes one.
        errors: what a payload that is none may cause.
    """

    def __init__(self, law: str, makers: Any, errors: tuple[type[Exception], ...]) -> None:
        self._law = law
        self._makers = makers
        self._errors = errors
        self._codecs: OrderedDict[tuple[int, str], Any] = OrderedDict()

    def work(self, datagram: bytes) -> bytes:
        """The results of a period's jobs.

        Raises:
            JobsError: these are none.
        """
        period, jobs = unpack(datagram)
        return pack(period, [job._replace(data=self._done(job)) for job in jobs])

    def _done(self, job: Job) -> bytes:
        key = (job.session, job.codec)
        if job.verb is Verb.FORGET:
            self._codecs.pop(key, None)
            return b""
        codec = self._codecs.get(key)
        if codec is None:
            codec = self._codecs[key] = self._makers[job.codec]()
            if len(self._codecs) > MOST:
                self._codecs.popitem(last=False)
        self._codecs.move_to_end(key)
        try:
            if job.verb is Verb.ENCODE:
                return bytes(codec.encode(to_linear(self._law, job.data)))
            return from_linear(self._law, codec.decode(job.data))
        except self._errors:
            return b""
