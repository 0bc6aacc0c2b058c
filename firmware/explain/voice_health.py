"""How a call is heard, in words: which way, how bad, and what it looks like (features U21).

Made of the figures that the media process tells. Nothing is said of what was not measured: how
the far end hears us is known only if it reports by RTCP.
"""

from __future__ import annotations

from collections.abc import Iterator

from firmware.media.messages import Statistics

LOSS = 0.005
"""A share of packets that one may begin to hear."""
ENOUGH = 100
"""Packets (2 s) before anything is said of their loss."""
LATE_MS = 150
"""One way: longer than this, people begin to interrupt each other (ITU-T G.114)."""
UNEVEN_MS = 30
_SCORES = ((4.3, "good"), (4.0, "fair"), (3.6, "some are not content"), (3.1, "many complain"))


def health(voice: Statistics) -> tuple[str, ...]:
    """Sentences, the verdict first; none before anything can be said."""
    return tuple(_sentences(voice))


def _sentences(voice: Statistics) -> Iterator[str]:
    if voice.forged >= ENOUGH:
        yield (
            f"{voice.forged} packets failed authentication (SRTP) and were not heard: the far end"
            " has other keys than it told, or somebody forges its voice."
        )
    if voice.looped >= ENOUGH:
        yield (
            f"{voice.looped} of our own packets came back and were not heard: a loop on the way,"
            " or an echo test that returns them as they are (RFC 3550 section 8.2)."
        )
    if not voice.received:
        if voice.sent >= ENOUGH and not voice.forged:
            yield (
                "No voice packet of the far end came, ours were sent: one-way voice."
                " Suspect: NAT or firewall on the way to us, or a wrong address in our SDP."
            )
            if voice.far_lost is not None:
                yield "The far end reports by RTCP, so the way to us is open for that."
        return
    if voice.received >= ENOUGH and voice.mos is not None:
        yield f"Heard here: MOS {voice.mos:.1f}, {_verdict(voice.mos)}."
    if voice.far_mos is not None:
        yield f"Heard at the far end: MOS {voice.far_mos:.1f}, {_verdict(voice.far_mos)}."
    yield from _losses(voice)
    yield from _far_losses(voice)
    if voice.one_way_ms is not None and voice.one_way_ms >= LATE_MS:
        yield (
            f"Each hears the other {voice.one_way_ms:.0f} ms late"
            f" ({voice.rtt_ms or 0:.0f} ms there and back on the network)."
        )
    if voice.jitter_ms >= UNEVEN_MS:
        yield (
            f"Packets come unevenly (jitter {voice.jitter_ms:.0f} ms);"
            f" {voice.delay_ms:.0f} ms wait to even them out."
        )
    if voice.rejected >= ENOUGH:
        yield f"{voice.rejected} datagrams were none of this call and were ignored."


def _verdict(mos: float) -> str:
    return next((word for least, word in _SCORES if mos >= least), "hardly anybody is content")


def _losses(voice: Statistics) -> Iterator[str]:
    packets = voice.received + voice.lost
    if packets < ENOUGH or voice.missing / packets < LOSS:
        return
    late = min(voice.late, voice.missing)
    fate = "came too late" if late * 2 > voice.missing else "lost"
    percent = 100 * voice.missing / packets
    yield f"{percent:.1f} % of the far end's voice {fate}, {_pattern(voice)}."


def _pattern(voice: Statistics) -> str:
    """How the missing packets are spread, and what spreads them so."""
    share = voice.burst_missing / voice.missing
    if share < 0.3:
        return "here and there: errors on a line, or a rate limit"
    often = "one burst" if voice.bursts == 1 else f"{voice.bursts} bursts"
    of = f"{often} of {voice.burst_ms} ms" + (" on average" if voice.bursts > 1 else "")
    much = "all" if share == 1 else "most" if share > 0.7 else "some"
    return f"{much} of it in bursts ({of}): an overloaded or a radio link"


def _far_losses(voice: Statistics) -> Iterator[str]:
    if voice.far_lost is None or voice.sent < ENOUGH:
        return
    share = voice.far_lost / voice.sent
    if share > 0.9:
        yield "The far end gets next to nothing of us: one-way voice, a NAT or firewall suspected."
    elif share >= LOSS:
        yield f"{100 * share:.1f} % of our voice is lost on the way to the far end."
    if voice.far_discarded >= LOSS:
        yield f"{100 * voice.far_discarded:.1f} % of our voice comes too late at the far end."
