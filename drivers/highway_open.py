"""Open the highway that the settings name; apart from the card, whose process is another."""

from __future__ import annotations

from drivers.highway import SIMULATED, Highway, HighwaySettings


def open_highway(settings: HighwaySettings) -> Highway:
    """Open a highway and let its clock run.

    Raises:
        HighwayError: the device is missing or busy.
    """
    if settings.device == SIMULATED:
        from drivers.sim.client import connect_highway

        return connect_highway(settings.socket, settings)
    from drivers.highway_pyaudio import SoundHighway

    if settings.codec:
        from drivers.highway_codec import CodecHighway

        return CodecHighway(SoundHighway(settings), settings.law)
    return SoundHighway(settings)
