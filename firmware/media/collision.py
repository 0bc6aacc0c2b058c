"""Our own SSRC comes from the far end: it has drawn the same, or sends back what we send.

RFC 3550 section 8.2, for two parties. The first time, the number is taken to be the far end's by
chance: we leave it by a BYE, and go on as another stream. If that number comes from there as well,
no chance is left: those are our own packets, and nobody listens to them. The address stays
suspected for as long as the call; twice in a call the same number is drawn by nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from firmware.media.messages import Open, OwnSsrc, Report

if TYPE_CHECKING:
    from firmware.media.endpoint import Endpoint
    from firmware.media.outward import Outward
    from firmware.media.reports import Reports


class Collisions:
    """Of one call.

    Args:
        call: whose.
        report: takes them; each kind is told once.
        outward: our stream.
        endpoint: which knows where packets come from.
        reports: that say goodbye; None: there is no RTCP.
    """

    def __init__(
        self,
        call: Open,
        report: Callable[[Report], None],
        outward: Outward,
        endpoint: Endpoint,
        reports: Reports | None,
    ) -> None:
        self._port, self._call = call.port, call.call
        self._report = report
        self._outward = outward
        self._endpoint = endpoint
        self._reports = reports
        self._suspected = set[tuple[str, int] | None]()
        """Addresses that our SSRC has come from."""
        self.looped = 0
        """Our own packets that came back, and were not heard."""
        if reports is not None:
            reports.met_ours = self.met

    def met(self) -> bool:
        """Our SSRC came; whether it is the far end's from now on."""
        source = self._endpoint.peer
        if source in self._suspected:
            if not self.looped:
                self._report(OwnSsrc(port=self._port, call=self._call, loops=True))
            self.looped += 1
            return False
        if not self._suspected:
            self._report(OwnSsrc(port=self._port, call=self._call, loops=False))
        self._suspected.add(source)
        if self._reports is not None:
            self._reports.leave(self._outward.sent())
        self._outward.begin_anew()
        return True
