"""What signalling and media say to each other: one tagged struct a message, no dictionaries.

They travel as msgpack over a SOCK_SEQPACKET socket pair; `Open` has its RTP socket and then
its RTCP socket beside it as file descriptors (SCM_RIGHTS), so that ports are known to
signalling at once and a media process that is started again gets the same sockets.
"""

from __future__ import annotations

import msgspec

from drivers.highway import HighwaySettings
from firmware.media.fax_messages import Fax, FaxOver, FaxReport, ToneHeard
from firmware.media.message import Message as _Message
from firmware.media.tape import Packet
from firmware.tone import ToneSpec

# commands


class Start(_Message, frozen=True, kw_only=True):
    """The first message: open the highway and run."""

    highway: HighwaySettings
    timeslots: dict[int, int]
    """Timeslot by port number."""
    gains: dict[int, tuple[float, float]] = msgspec.field(default_factory=dict)
    """dB towards the telephone and from it, by port: what its line circuit cannot do."""
    jitter_ms: tuple[int, int] = (20, 200)
    """Least and most of the jitter buffer."""
    realtime: bool = True
    """Ask for SCHED_FIFO and locked memory."""
    cancel_echo: bool = True
    """Take what the line reflects out of what is sent, in calls."""
    tape: int = 0
    """Octets of the last packets of voice that are kept."""


class Play(_Message, frozen=True, kw_only=True):
    """Let the telephone hear `tone`, in place of what it hears now; None: silence or voice."""

    port: int
    tone: ToneSpec | None = None
    over_voice: bool = False
    """Voice is heard in its pauses (call waiting)."""


class Listen(_Message, frozen=True, kw_only=True):
    """Decode DTMF from the telephone; report `Digit`. Digits are kept from the network."""

    port: int
    on: bool


class SendData(_Message, frozen=True, kw_only=True):
    """Send data to the telephone's display now: who calls, or whether messages wait.

    `DataSent` follows, after a `Failed` if it cannot be made. To a telephone on-hook a `Play`,
    or an `Open` with a socket, cuts it off, and then nothing follows. In a call (`waiting`)
    the telephone has to answer the alerting tone; neither it nor the far end hears the other
    meanwhile.
    """

    port: int
    modem: str = "bell202"
    """``bell202``, ``v23`` or ``ntt``: FSK; ``dtmf``; empty: the alerting tone alone."""
    message: bytes = b""
    """FSK: type, length and content, the modem adds the rest; DTMF: the keys."""
    alert_ms: int = 0
    """Length of the alerting tone."""
    after_ms: int = 0
    """In a call: so long from now, when the call waiting tone has sounded."""
    waiting: bool = False
    tag: int = 0
    """Comes back with `DataSent`."""


class Protection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Voice is encrypted and authenticated (SRTP, RFC 3711); the keys are never shown."""

    suite: str
    """Cipher and authentication, as RFC 4568 section 6.2 calls them."""
    sends: bytes
    """Master key and salt of what we send."""
    receives: bytes
    """The same of what comes."""
    handshakes: bool = False
    """The keys are of a handshake (DTLS-SRTP), of which more may come (`HandshakeRecord`)."""

    def __repr__(self) -> str:
        return f"Protection(suite={self.suite!r})"


class Open(_Message, frozen=True, kw_only=True):
    """Join a port and a peer; also changes a call that is open already (no socket beside it).

    Without an RTCP socket beside it nothing is reported to the peer.
    """

    port: int
    call: int = 0
    """Whose voice it is; told again with what is reported of it."""
    host: str
    """Where to send; empty: do not send."""
    rtp_port: int
    rtcp_port: int | None = None
    """None: the one above `rtp_port`."""
    rtcp_host: str = ""
    """Empty: the same host."""
    rtcp_mux: bool = False
    """RTCP goes by the port of RTP, both ways (RFC 5761)."""
    payload_type: int
    """Of what we send."""
    payload_type_rx: int | None = None
    """Of what comes; None: the same."""
    codec: str = "PCMA"
    """A name of `firmware.codecs`."""
    ptime_ms: int = 20
    event_tx: int | None = None
    event_rx: int | None = None
    event_rate: int = 8000
    """Hz of the clock that events are measured by."""
    mutes_digits: bool = False
    """Digits are told by signalling: they are no sound, and no events."""
    comfort_noise: bool = False
    """The peer takes comfort noise: nothing is sent while the telephone says nothing."""
    sends: bool = True
    """Voice of the telephone goes to the peer."""
    receives: bool = True
    """Voice of the peer goes to the telephone."""
    joined: bool = False
    """It is a second call, and the telephone and both peers hear each other."""
    protection: Protection | None = None
    """None: voice goes as it is."""
    stood: tuple[int, int] | None = None
    """As `Statistics` told it last by these keys: for a media process that has not heard it."""
    hears_machines: bool = False
    """Tones of fax machines and modems are told (`ToneHeard`)."""
    voice_band_data: bool = False
    """What sounds is data, and is carried as it is: no echo is cancelled, no silence left out,
    nothing concealed, and the delay does not change."""


class Move(_Message, frozen=True, kw_only=True):
    """Our own address is another: the sockets beside it take the place of those of this call.

    Streams go on: the same SSRC, the next sequence number, the same count of packets by a key.
    """

    port: int
    call: int


class Hire(_Message, frozen=True, kw_only=True):
    """The socket beside it leads to a helper that works codecs (`helper`); none: nobody does."""


class Flash(_Message, frozen=True, kw_only=True):
    """Send the hook flash as a telephone-event, if the peer takes events."""

    port: int


class Sound(_Message, frozen=True, kw_only=True):
    """Let the telephone hear a digit of the peer that came by signalling."""

    port: int
    digit: str


class Close(_Message, frozen=True, kw_only=True):
    """Part them; the socket is closed."""

    port: int
    call: int = 0
    """One of two that are joined; 0: whatever is open."""


class Keep(_Message, frozen=True, kw_only=True):
    """Keep so many octets of the last packets of voice from now on; 0: none."""

    octets: int


class Fetch(_Message, frozen=True, kw_only=True):
    """Hand over what is kept of a call, or of all (0), as `Taped`."""

    call: int = 0


class Stop(_Message, frozen=True, kw_only=True):
    """End the process in good order."""


Command = (
    Start | Play | Listen | SendData | Open | Move | Hire | Fax | Flash | Sound | Close | Keep
    | Fetch | Stop
)  # fmt: skip


# reports


class Ready(_Message, frozen=True, kw_only=True):
    """The highway runs at its nominal pace: chips may be started now."""

    pid: int
    realtime: bool
    """SCHED_FIFO was granted."""
    locked: bool = False
    """Its memory cannot be swapped out."""
    machines: bool = True
    """Fax machines and modems are recognised; false: libspandsp is missing."""
    echo: bool = True
    """Echo is cancelled, or need not be; false: libspeexdsp is missing."""


class Digit(_Message, frozen=True, kw_only=True):
    """A digit was heard: from the telephone (DTMF) or from the peer (RFC 4733).

    Told once, when it is recognised, which is before it ends.
    """

    port: int
    digit: str
    duration_ms: int
    """0: not known yet."""
    source: str = "line"
    """``line`` or ``rtp``."""


class VoiceStarted(_Message, frozen=True, kw_only=True):
    """The first RTP packet of the peer has come (drives ringback and early media).

    Told again when the peer is heard after `VoiceLost`.
    """

    port: int
    call: int = 0
    host: str
    rtp_port: int


class VoiceLost(_Message, frozen=True, kw_only=True):
    """No RTP for `silent_s` seconds although some is due: told at 2, 10, 30, 60 s and each minute.

    Only after `VoiceStarted`, and not while the call is held (`receives` false).
    A peer with silence suppression may be silent for seconds without anything being wrong.
    """

    port: int
    call: int = 0
    silent_s: float


class OwnSsrc(_Message, frozen=True, kw_only=True):
    """Our SSRC came from the far end (RFC 3550 section 8.2); each is told once a call."""

    port: int
    call: int = 0
    loops: bool
    """Our packets come back, and are not heard; False: the far end has the number, so we have
    drawn another."""


class HandshakeRecord(_Message, frozen=True, kw_only=True):
    """A datagram of DTLS came where RTP comes: the last of a handshake again, or a goodbye."""

    port: int
    call: int = 0
    data: bytes


class Taped(_Message, frozen=True, kw_only=True):
    """Some packets of voice; the last one of a `Fetch` has none."""

    call: int
    packets: tuple[Packet, ...] = ()


class Statistics(_Message, frozen=True, kw_only=True):
    """A call's voice in figures; sent at `Close` and every 5 s.

    A call that is held and taken back has its voice in several stretches, each with a `Close`.
    """

    port: int
    call: int = 0
    sent: int
    received: int
    lost: int
    late: int
    duplicate: int
    reordered: int
    jitter_ms: float
    delay_ms: float
    """Of the jitter buffer now."""
    underruns: int
    concealed_ms: int = 0
    """Made up in place of lost packets."""
    dropped_ms: int = 0
    """Left out to shorten the delay."""
    inserted_ms: int = 0
    """Silence made longer for a far end whose clock is slow."""
    rejected: int = 0
    """Datagrams of strangers, or that were no RTP of this call."""
    looped: int = 0
    """Packets of ours that came back to us: nothing of them was heard."""
    forged: int = 0
    """Packets without the right authentication (SRTP): nothing of them was heard."""
    stood: tuple[int, int] | None = None
    """SSRC of the far end's encrypted stream, and the index of its newest packet (RFC 3711
    section 3.3.1), which the wire does not tell; None: it is not encrypted."""
    missing: int = 0
    """Packets lost or too late, of those whose fate is settled."""
    bursts: int = 0
    """Times that many were missing together (RFC 3611 section 4.7.2)."""
    burst_missing: int = 0
    """Of `missing`, those in bursts."""
    burst_ms: int = 0
    """Mean length of a burst."""
    r_factor: float | None = None
    """Of what is heard here, by the E-model (G.107); None: nothing was."""
    mos: float | None = None
    """The same as a mean opinion score, 1 to 4.5."""
    one_way_ms: float | None = None
    """From mouth to ear, if both ways are alike; None: the round trip is not known."""
    rtt_ms: float | None = None
    """To the peer and back, by RTCP; None: the peer has not reported."""
    far_lost: int | None = None
    """Of our packets, as the peer reports."""
    far_jitter_ms: float | None = None
    """Of our packets, as the peer reports."""
    far_mos: float | None = None
    """Of what is heard there, as the peer reports (RFC 3611); None: it does not."""
    far_discarded: float = 0.0
    """Share of our packets that came too late there, as the peer reports."""
    far_reports: int = 0
    """RTCP of the peer: it lives, though it may have nothing to say."""
    final: bool = False

    @property
    def slips(self) -> int:
        """Periods of 20 ms left out or put in."""
        return (self.dropped_ms + self.inserted_ms) // 20


class DataSent(_Message, frozen=True, kw_only=True):
    """Data for the telephone's display has been sent to its end."""

    port: int
    tag: int = 0
    taken: bool = True
    """False: the telephone did not answer the alerting tone, so nothing was sent."""


class Heartbeat(_Message, frozen=True, kw_only=True):
    """Once a second: the loop turns."""

    ticks: int
    xruns: int
    late_ticks: int


class Failed(_Message, frozen=True, kw_only=True):
    """Something is wrong, in words; `fatal`: the process ends after this."""

    reason: str
    fatal: bool = False


Report = (
    Ready | Digit | VoiceStarted | VoiceLost | OwnSsrc | Statistics | ToneHeard | FaxReport
    | FaxOver | HandshakeRecord | DataSent | Taped | Heartbeat | Failed
)  # fmt: skip

encode = msgspec.msgpack.Encoder().encode
decode_command = msgspec.msgpack.Decoder(Command).decode
decode_report = msgspec.msgpack.Decoder(Report).decode
