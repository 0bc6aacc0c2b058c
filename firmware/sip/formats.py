"""The formats of our m-lines: number, encoding and parameters (RFC 3551, RFC 7587)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from firmware.codecs import CODECS
from firmware.sip.plan import MediaPlan
from firmware.sip.voice_line import COMFORT, COMFORT_TYPE, EVENT, EVENT_RATE

EVENT_TYPES: Final = {8000: 101, 48000: 110}
"""What we call telephone-event of each clock in our offers."""
DYNAMIC: Final = range(96, 128)
"""Payload types that mean what a description says (RFC 3551 section 3)."""

Format = tuple[int, str, str]
"""Payload type, rtpmap and fmtp, which may be empty."""


def formats_of_offer(
    codecs: Sequence[str], known: Mapping[str, int], *, comfort: bool, last_event: int | None
) -> list[Format]:
    """What we offer, in this order.

    Args:
        codecs: by name.
        known: numbers of this session by encoding, which stay (RFC 3264 section 8.3.2).
        comfort: with comfort noise.
        last_event: that we name, of telephone-events of each clock; None: there are none.
    """
    used = set(known.values())

    def number(encoding: str, usual: int) -> int:
        if encoding in known:
            return known[encoding]
        if usual in used:  # for something else
            usual = next(free for free in DYNAMIC if free not in used)
        used.add(usual)
        return usual

    wanted = [CODECS[name] for name in codecs]
    formats = [(number(c.encoding, c.payload_type), c.rtpmap, c.fmtp) for c in wanted]
    if comfort:
        formats.append((COMFORT_TYPE, COMFORT, ""))
    if last_event is not None:
        for rate in sorted({EVENT_RATE, *[codec.clock for codec in wanted]}):
            event = number(f"{EVENT}/{rate}", EVENT_TYPES[rate])
            formats.append(_event(event, rate, last_event))
    return formats


def formats_of_answer(plan: MediaPlan, last_event: int) -> list[Format]:
    """What we have taken of an offer, under its numbers."""
    codec = CODECS[plan.codec]
    formats = [(plan.payload_type, codec.rtpmap, codec.fmtp)]
    if plan.comfort_noise:
        formats.append((COMFORT_TYPE, COMFORT, ""))
    if plan.event_rx is not None:
        formats.append(_event(plan.event_rx, plan.event_rate, last_event))
    return formats


def _event(number: int, rate: int, last: int) -> Format:
    return number, f"telephone-event/{rate}", f"0-{last}"
