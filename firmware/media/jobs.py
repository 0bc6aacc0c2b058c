"""What the media process and its helper say to each other: a period's jobs in one datagram.

A job is a payload to be made or to be taken apart; its result comes back under the same number.
Nothing is repeated: a helper that is started anew is told by each job what codec it is of.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import IntEnum
from struct import Struct, error
from typing import NamedTuple

_HEAD = Struct(">I")
_JOB = Struct(">BBHIH")
CODECS = ("G722", "opus")
"""Those that are worked in the helper, by their number on this wire."""
LARGEST = 1 << 16
"""Octets of a datagram; 96 calls a period take 40 000."""


class Verb(IntEnum):
    """What is to be done."""

    ENCODE = 0
    """160 octets of the highway become a payload."""
    DECODE = 1
    """A payload becomes samples of the highway."""
    FORGET = 2
    """The call has ended."""


class Job(NamedTuple):
    """One job, or its result, which is empty if it could not be done."""

    verb: Verb
    codec: str
    session: int
    number: int
    data: bytes = b""


class JobsError(ValueError):
    """A datagram that is none of ours."""


def pack(period: int, jobs: Iterable[Job]) -> bytes:
    """The jobs of a period."""
    parts = [_HEAD.pack(period & 0xFFFFFFFF)]
    for job in jobs:
        head = (job.verb, CODECS.index(job.codec), job.session & 0xFFFF, job.number)
        parts += [_JOB.pack(*head, len(job.data)), job.data]
    return b"".join(parts)


def unpack(datagram: bytes) -> tuple[int, list[Job]]:
    """The period, and its jobs.

    Raises:
        JobsError: it is cut off, or speaks of what there is not.
    """
    try:
        (period,) = _HEAD.unpack_from(datagram)
        return period, list(_jobs(datagram))
    except (error, ValueError, IndexError) as problem:
        raise JobsError(str(problem)) from problem


def _jobs(datagram: bytes) -> Iterator[Job]:
    at = _HEAD.size
    while at < len(datagram):
        verb, codec, session, number, size = _JOB.unpack_from(datagram, at)
        at += _JOB.size
        data = datagram[at : at + size]
        if len(data) != size:
            raise JobsError("a job is cut off")
        yield Job(Verb(verb), CODECS[codec], session, number, data)
        at += size
