"""How well a call is heard, here and at the far end, in figures.

Here: what was lost, what came too late, how the packets are spread, and what the E-model makes
of it. There: what the far end tells by RTCP.
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.highway import PERIOD, RATE
from firmware.media.emodel import G711, opinion, rating
from firmware.media.fixed import FixedBuffer
from firmware.media.jitter import JitterBuffer
from firmware.media.losses import GMIN, Pattern
from firmware.media.messages import Statistics
from firmware.media.reports import Reports
from firmware.media.rtp import Source
from firmware.media.xr import UNKNOWN, VoipMetrics

_PERIOD_MS = PERIOD * 1000 // RATE
_NOTHING = VoipMetrics(0)


@dataclass(frozen=True, slots=True)
class Counts:
    """What only the voice itself knows."""

    port: int
    call: int
    sent: int
    rejected: int
    ptime_ms: int
    """Of the far end's packets."""
    looped: int = 0
    """Packets of ours that came back."""
    forged: int = 0
    replayed: int = 0
    """Duplicates that encryption has kept from us."""
    stood: tuple[int, int] | None = None
    """Where the far end's encrypted stream stands."""


class Quality:
    """Of one call.

    Args:
        source: the far end's packets, in their order.
        jitter: the buffer that they wait in.
        limit_ms: the most that it may wait.
    """

    def __init__(self, source: Source, jitter: JitterBuffer | FixedBuffer, limit_ms: int) -> None:
        self._source = source
        self.jitter = jitter
        """Voice-band data changes it."""
        self._limit_ms = limit_ms
        self.codec = G711
        """Ie and Bpl of what is heard."""
        self.away_ms = 0
        """What a helper that works the codec delays each way."""
        self._longest_ms = 0.0
        self._waited_ms = 0.0
        """The delay of the buffer, averaged over some seconds."""
        self._started = False

    def second(self) -> None:
        """A second has passed."""
        self._source.review()
        now = self.jitter.delay_ms
        self._waited_ms += (now - self._waited_ms) / (8 if self._started else 1)
        self._longest_ms = max(self._longest_ms, now)
        self._started = True

    @property
    def end_system_ms(self) -> float:
        """From a packet's arrival to the ear, and from the mouth to a packet's departure."""
        return self._waited_ms + 2 * _PERIOD_MS + 2 * self.away_ms

    def one_way_ms(self, reports: Reports | None) -> float | None:
        """From mouth to ear, if both ways are alike; None: the round trip is not known."""
        if reports is None or reports.rtt_ms is None:
            return None
        ours = self.end_system_ms
        theirs = reports.far.end_system_ms if reports.far is not None else 0
        return (reports.rtt_ms + ours + (theirs or ours)) / 2

    def metrics(self, reports: Reports, ptime_ms: int) -> VoipMetrics | None:
        """The same for the far end (RFC 3611 section 4.7); None: nothing was heard of it."""
        source, pattern = self._source, self._source.losses.pattern()
        if source.ssrc < 0 or not pattern.packets:
            return None
        late = min(self.jitter.late, pattern.missing)
        r, mos, listening = self._verdict(pattern, self.one_way_ms(reports))
        gaps = max(1, pattern.bursts)
        return VoipMetrics(
            source.ssrc,
            loss_rate=_share(pattern.missing - late, pattern.packets),
            discard_rate=_share(late, pattern.packets),
            burst_density=_share(pattern.burst_missing, pattern.burst_packets),
            gap_density=_share(pattern.gap_missing, pattern.gap_packets),
            burst_ms=pattern.burst_packets * ptime_ms // gaps,
            gap_ms=pattern.gap_packets * ptime_ms // gaps,
            round_trip_ms=round(reports.rtt_ms or 0),
            end_system_ms=round(self.end_system_ms),
            gmin=GMIN,
            r_factor=round(r),
            mos_lq=round(10 * listening),
            mos_cq=round(10 * mos),
            buffer_ms=round(self._waited_ms),
            buffer_most_ms=round(self._longest_ms),
            buffer_limit_ms=self._limit_ms,
        )

    def _verdict(self, pattern: Pattern, one_way_ms: float | None) -> tuple[float, float, float]:
        """R and the score with the delay as far as it is known, and the score without it."""
        share, ratio, codec = pattern.share, pattern.burst_ratio, self.codec
        r = rating(share, ratio, one_way_ms or 0.0, codec)
        return r, opinion(r), opinion(rating(share, ratio, codec=codec))

    def statistics(self, counts: Counts, reports: Reports | None, *, final: bool) -> Statistics:
        """The call so far."""
        source, jitter = self._source, self.jitter
        if final:
            source.review(settled=0)
        pattern = source.losses.pattern()
        one_way = self.one_way_ms(reports)
        r, mos, _ = self._verdict(pattern, one_way)
        heard = pattern.packets > 0
        far = reports.far or _NOTHING if reports is not None else _NOTHING
        return Statistics(
            port=counts.port,
            call=counts.call,
            sent=counts.sent,
            received=source.received,
            lost=source.lost,
            late=jitter.late,
            duplicate=source.duplicate + counts.replayed,
            reordered=source.reordered,
            jitter_ms=round(source.jitter * 1000 / RATE, 2),
            delay_ms=jitter.delay_ms,
            underruns=jitter.underruns,
            concealed_ms=jitter.concealed * 1000 // RATE,
            dropped_ms=jitter.dropped * PERIOD * 1000 // RATE,
            inserted_ms=jitter.inserted * PERIOD * 1000 // RATE,
            rejected=counts.rejected,
            looped=counts.looped,
            forged=counts.forged,
            stood=counts.stood,
            missing=pattern.missing,
            bursts=pattern.bursts,
            burst_missing=pattern.burst_missing,
            burst_ms=pattern.burst_packets * counts.ptime_ms // max(1, pattern.bursts),
            r_factor=round(r, 1) if heard else None,
            mos=round(mos, 2) if heard else None,
            one_way_ms=None if one_way is None else round(one_way),
            rtt_ms=reports.rtt_ms if reports is not None else None,
            far_lost=reports.far_lost if reports is not None else None,
            far_jitter_ms=reports.far_jitter_ms if reports is not None else None,
            far_mos=_score(far.mos_cq, far.mos_lq) if far is not _NOTHING else None,
            far_discarded=far.discard_rate / 256,
            far_reports=reports.taken if reports is not None else 0,
            final=final,
        )


def _share(part: int, whole: int) -> int:
    """In 1/256, as RFC 3611 wants it: cut off, 255 at the most."""
    return min(255, part * 256 // whole) if whole else 0


def _score(*tenths: int) -> float | None:
    """The first of the scores that the far end knows."""
    return next((one / 10 for one in tenths if 10 <= one <= 50 and one != UNKNOWN), None)
