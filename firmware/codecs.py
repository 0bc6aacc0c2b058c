"""The codecs that a call may use: names, numbers, clocks, and what each costs the ear.

Vocabulary of signalling and of the media process alike. The highway has 8 kHz and a companding
law, so G.722 and Opus are spoken here to be understood by the far end, and sound no better.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

LAWS: Final = ("PCMA", "PCMU")
"""Those of the highway itself."""


class Home(Enum):
    """Where a codec is worked."""

    TABLE = "table"
    """A table of 256 octets: G.711."""
    LIBRARY = "library"
    """A C library in the media process, within the period."""
    HELPER = "helper"
    """A process of its own, one period each way: the library is too large to live with voice."""


@dataclass(frozen=True, slots=True)
class Codec:
    """One codec of `[rtp] codecs`.

    Attributes:
        name: in the configuration, and in what the rooms say to each other.
        rtpmap: encoding, clock and channels, as a=rtpmap wants them.
        payload_type: of our offers; below 96 it is static (RFC 3551 section 6).
        clock: Hz of the RTP timestamps; that of G.722 is not its sampling rate (section 4.5.2).
        octets: of 10 ms; 0: they vary, and a packet is 20 ms.
        home: where it is worked.
        fmtp: its parameters in our descriptions.
        comfort_noise: RFC 3389 is for it; others have a way of their own.
        ie: equipment impairment factor for the E-model.
        bpl: packet-loss robustness factor, with the concealment that we have.
        library: what has to be loaded, for `LIBRARY`.
        package: Debian's, which brings it.
    """

    name: str
    rtpmap: str
    payload_type: int
    octets: int
    home: Home
    clock: int = 8000
    fmtp: str = ""
    comfort_noise: bool = True
    ie: float = 0.0
    bpl: float = 25.1
    library: str = ""
    package: str = ""

    @property
    def encoding(self) -> str:
        """The rtpmap as descriptions are read: in upper case."""
        return self.rtpmap.upper()


_ALL: Final = (
    Codec("PCMA", "PCMA/8000", 8, 80, Home.TABLE),
    Codec("PCMU", "PCMU/8000", 0, 80, Home.TABLE),
    Codec("G722", "G722/8000", 9, 80, Home.HELPER, ie=2.0),
    Codec(
        "opus", "opus/48000/2", 107, 0, Home.HELPER, clock=48000, comfort_noise=False,
        fmtp="maxplaybackrate=8000;sprop-maxcapturerate=8000;stereo=0;sprop-stereo=0",
    ),
    Codec(
        "G726-32", "G726-32/8000", 96, 40, Home.LIBRARY, ie=7.0,
        library="libspandsp.so.2", package="libspandsp2 (Debian 13: libspandsp2t64)",
    ),
    Codec(
        "AAL2-G726-32", "AAL2-G726-32/8000", 97, 40, Home.LIBRARY, ie=7.0,
        library="libspandsp.so.2", package="libspandsp2 (Debian 13: libspandsp2t64)",
    ),
    Codec(
        "G729", "G729/8000", 18, 10, Home.LIBRARY, fmtp="annexb=no", comfort_noise=False,
        ie=11.0, bpl=19.0, library="libbcg729.so.0", package="libbcg729-0",
    ),
)  # fmt: skip
CODECS: Final = {codec.name: codec for codec in _ALL}

OPUS_BITS: Final = 24_000
"""bit/s that we send of Opus: ample for speech of 4 kHz."""
