"""Kept RTP as sound: what each end of a call said, laid out by its timestamps.

Which codec a payload type stood for is read in the descriptions of the call (a=rtpmap), since
types above 95 mean nothing by themselves. Codecs are worked by the same rooms as in the call;
packets that overtook each other are decoded in the order of their coming, as they were then.
"""

from __future__ import annotations

import audioop
import re
import struct
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from firmware.codecs import CODECS, Codec, Home
from firmware.errors import MediaError
from firmware.media.library_codecs import G726, G729
from firmware.trace.marks import Lane, Mark

RATE = 8000
_LONGEST = 3600 * RATE
"""Samples of a recording: a jump of the far end's clock shall not fill a disk."""
_RTPMAP = re.compile(r"^a=rtpmap:(\d{1,3}) (\S+)", re.MULTILINE)
_ENCODINGS = {codec.encoding: codec for codec in CODECS.values()}
_STATIC = {codec.payload_type: codec for codec in CODECS.values() if codec.payload_type < 96}
_HEADER = 12

Decode = Callable[[bytes], bytes]
"""From a payload to samples of 16 bits, 8 kHz."""


class Kept(Protocol):
    """One datagram of RTP that was kept."""

    @property
    def call(self) -> int: ...
    @property
    def outward(self) -> bool: ...
    @property
    def data(self) -> bytes: ...


def recordings(marks: Sequence[Mark], voice: Iterable[Kept]) -> dict[str, bytes]:
    """Samples by name of the file; what is of no codec that can be had here is left out."""
    ports = {mark.call: mark.port for mark in marks if mark.call}
    named = _named(marks)
    tracks: dict[tuple[int, bool], _Track] = {}
    for packet in voice:
        if len(packet.data) <= _HEADER:
            continue
        key, number = (packet.call, packet.outward), packet.data[1] & 0x7F
        codec = named.get((*key, number)) or _STATIC.get(number)
        if codec is not None:
            tracks.setdefault(key, _Track()).add(codec, packet.data)
    return {
        f"{'from' if outward else 'to'}-telephone-{ports.get(call, 0)}-call-{call}.wav": sound
        for (call, outward), track in tracks.items()
        if (sound := bytes(track.samples))
    }


def _named(marks: Iterable[Mark]) -> dict[tuple[int, bool, int], Codec]:
    """What a type means in a call, outward or not: who describes a type is who is sent it."""
    found = {}
    for mark in marks:
        if mark.lane is Lane.SIP and mark.call:
            for number, encoding in _RTPMAP.findall(mark.detail):
                if codec := _ENCODINGS.get(encoding.upper()):
                    found[mark.call, not mark.outward, int(number)] = codec
    return found


class _Track:
    """One direction of a call, packet by packet."""

    def __init__(self) -> None:
        self.samples = bytearray()
        self._begins = 0
        """In samples, as the sender counts."""
        self._source: int | None = None
        self._decoders: dict[str, Decode | None] = {}

    def add(self, codec: Codec, packet: bytes) -> None:
        if codec.name not in self._decoders:
            self._decoders[codec.name] = _decoder(codec)
        decode = self._decoders[codec.name]
        if decode is None:
            return
        timestamp, source = struct.unpack_from("!II", packet, 4)
        times = codec.clock // RATE
        span = (1 << 32) // times
        if source != self._source:  # another sender: behind what there is
            self._begins = (timestamp // times - len(self.samples) // 2) % span
            self._source = source
        at = (timestamp // times - self._begins) % span
        if at > _LONGEST:
            return
        sound = decode(packet[_HEADER:])
        missing = 2 * at - len(self.samples)
        if missing > 0:
            self.samples += bytes(missing)
        self.samples[2 * at : 2 * at + len(sound)] = sound


def _decoder(codec: Codec) -> Decode | None:
    """What decodes it; None: its library is not here."""
    match codec.name, codec.home:
        case "PCMA", _:
            return lambda payload: audioop.alaw2lin(payload, 2)
        case "PCMU", _:
            return lambda payload: audioop.ulaw2lin(payload, 2)
        case _, Home.HELPER:
            return _aiortc(codec.name)
    try:
        worked = G729("PCMA") if codec.name == "G729" else G726("PCMA", codec.name)
    except MediaError:
        return None
    return lambda payload: audioop.alaw2lin(worked.decode(payload), 2)


def _aiortc(name: str) -> Decode | None:
    """Half a second and 60 MB to load: nobody does who has not such a call to look into."""
    try:
        from firmware.media.aiortc_codecs import ERRORS, MAKERS
    except ImportError:
        return None
    codec = MAKERS[name]()

    def decode(payload: bytes) -> bytes:
        try:
            return codec.decode(payload)
        except ERRORS:
            return b""

    return decode
