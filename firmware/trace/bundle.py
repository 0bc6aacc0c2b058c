"""A trace bundle: everything about a call, or about some minutes, in one file for somebody else.

A zip archive: ``call.pcap`` (SIP and RTP), ``from-telephone-P.wav`` and ``to-telephone-P.wav``,
``ladder.txt``, ``marks.json``, ``calls.json``, ``verdict.txt``, ``config.json``, ``version.json``,
``replay.json``.
Secrets are not in it: messages are masked before they are kept, passwords never leave the
configuration. Voice is: whoever gets the file hears what was said.
"""

from __future__ import annotations

import io
import ipaddress
import json
import re
import wave
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from firmware.trace.ladder import render
from firmware.trace.marks import Lane, Mark
from firmware.trace.pcap import Datagram, capture
from firmware.trace.sound import RATE, recordings

FORMAT = 1
"""Of ``replay.json``."""
_NOWHERE = ("0.0.0.0", 0)  # noqa: S104 - written down, not bound to
ABOUT = """\
Written by tipring: trace.

call.pcap     SIP as it was sent and received, and the RTP that was still kept, as UDP over IP.
              Wireshark: Telephony > VoIP Calls. The time of RTP is that of the 20 ms period in
              which it was handled; what came by TCP or TLS is shown as datagrams, in the clear.
*.wav         the same RTP decoded, 8 kHz: from the telephone, and to it (before the jitter
              buffer: silence where a packet is missing). Of codecs that this machine can decode.
ladder.txt    copper, SIP and voice in one picture        marks.json    the same for programs
calls.json    the records of the calls                    verdict.txt   why each ended, in words
config.json   the configuration, without secrets          version.json  what ran
replay.json   what `tipring replay FILE` needs besides to live it through again

The voice of both people is in this file. Passwords and digest responses are not.
"""


@dataclass(frozen=True, slots=True)
class Voice:
    """One datagram of RTP that was kept."""

    call: int
    at: float
    """Seconds since 1970."""
    outward: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Facts:
    """What a bundle is made of."""

    marks: Sequence[Mark]
    offset: float
    """Seconds from the clock of the marks to 1970's."""
    local: str
    """Our signalling address, ``host:port``."""
    voice: Sequence[Voice]
    calls: Sequence[Mapping[str, Any]]
    """Records, as JSON has them."""
    config: Mapping[str, Any]
    version: Mapping[str, Any]
    life: Mapping[str, Any] = field(default_factory=dict)
    """What else a replay has to know."""


def build(facts: Facts) -> bytes:
    """The archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("about.txt", ABOUT)
        archive.writestr("call.pcap", capture([*_signalling(facts), *_voice(facts)]))
        for name, samples in recordings(facts.marks, facts.voice).items():
            archive.writestr(name, _wav(samples))
        archive.writestr("ladder.txt", render(facts.marks))
        archive.writestr("marks.json", _json([_plain(m, facts.offset) for m in facts.marks]))
        archive.writestr("calls.json", _json(facts.calls))
        archive.writestr("verdict.txt", "".join(map(_verdict, facts.calls)))
        archive.writestr("config.json", _json(facts.config))
        archive.writestr("version.json", _json(facts.version))
        life = {"format": FORMAT, "offset": facts.offset, "local": facts.local, **facts.life}
        archive.writestr("replay.json", _json(life))
    return buffer.getvalue()


def _signalling(facts: Facts) -> Iterable[Datagram]:
    ours = _place(facts.local) or _NOWHERE
    for mark in facts.marks:
        peer = _place(mark.peer)
        if mark.lane not in {Lane.SIP, Lane.HEARTBEAT} or peer is None or not mark.detail:
            continue
        ends = (ours, peer) if mark.outward else (peer, ours)
        yield Datagram(mark.at + facts.offset, *_one_family(ends), mark.detail.encode())


def _voice(facts: Facts) -> Iterable[Datagram]:
    ways = {mark.call: ends for mark in facts.marks if (ends := _ends(mark)) is not None}
    for packet in facts.voice:
        ours, peer = ways.get(packet.call, (_NOWHERE, _NOWHERE))
        ends = (ours, peer) if packet.outward else (peer, ours)
        yield Datagram(packet.at, *_one_family(ends), packet.data)


def _ends(mark: Mark) -> tuple[tuple[str, int], tuple[str, int]] | None:
    """Where the voice of a call went, ``ours - theirs``."""
    ours, dash, peer = mark.detail.partition(" - ")
    here, there = _place(ours), _place(peer)
    if mark.lane is not Lane.VOICE or not dash or here is None or there is None:
        return None
    return here, there


def _one_family(
    ends: tuple[tuple[str, int], tuple[str, int]],
) -> tuple[tuple[str, int], tuple[str, int]]:
    """An unknown end is unknown in the other's family."""
    if any(":" in host for host, _ in ends):
        first, second = ((("::", p) if h == _NOWHERE[0] else (h, p)) for h, p in ends)
        return first, second
    return ends


def _place(text: str) -> tuple[str, int] | None:
    """``host:port``, perhaps with a transport behind it."""
    found = re.match(r"\[?([0-9A-Fa-f.:]+?)\]?:(\d{1,5})(?![\d:])", text)
    try:
        return (str(ipaddress.ip_address(found[1])), int(found[2])) if found else None
    except ValueError:
        return None


def _wav(samples: bytes) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples)
    return buffer.getvalue()


def _plain(mark: Mark, offset: float) -> dict[str, Any]:
    return {
        "at": round(mark.at + offset, 6), "port": mark.port, "lane": mark.lane.value,
        "outward": mark.outward, "what": mark.what, "peer": mark.peer, "call": mark.call,
        "detail": mark.detail,
    }  # fmt: skip


def _verdict(record: Mapping[str, Any]) -> str:
    way = "to" if record["call_direction"] == "Outgoing" else "from"
    peer = record["peer_number"] or "nobody"
    lines = [
        f"call {record['call']}, port {record['port']}, {way} {peer}: {record['cause']}",
        f"  {record['sentence']}",
        *(f"  {words}" for words in record.get("health", ())),
        *([f"  {record['hint']}"] if record["hint"] else []),
    ]
    return "\n".join(lines) + "\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"
