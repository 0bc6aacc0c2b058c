"""The configuration file as types: names, units, limits and defaults of every key.

An attribute has the name of its key in the file (``[sip.heartbeat] interval`` is
`config.sip.heartbeat.interval`). Unknown keys are refused everywhere, and nothing can be
changed after loading. Seconds are written without suffix, other units in the name.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from firmware.config.hook import Hook
from firmware.config.mqtt import Mqtt
from firmware.config.sip import Registered, Sip
from firmware.config.values import (
    CodecName,
    Model,
    Secret,
    Text,
    Timer,
    split_range,
)

CardNumber = Annotated[int, msgspec.Meta(ge=1, le=99)]
LinePort = Annotated[int, msgspec.Meta(ge=1, le=128)]
Gpio = Annotated[int, msgspec.Meta(ge=0, le=53)]
Digits = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#+]{1,20}$")]
DialCode = Annotated[str, msgspec.Meta(pattern=r"^[0-9*#]{0,8}$")]
Gain = Annotated[float, msgspec.Meta(ge=-15.5, le=9.5)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2000)]

DEFAULT_SOCKET = Path("/run/tipring/control.sock")


class Gateway(Model, frozen=True, kw_only=True):
    """The box as a whole."""

    country: Text = "cn"
    """Country profile: tones, ringing, line, windows; one of ours, or the name of a .toml file."""
    card: CardNumber = 1
    """The card that is meant where none is named."""


class Card(Model, frozen=True, kw_only=True):
    """A board with FXS ports."""

    number: CardNumber = 1
    driver: Literal["si3210", "si3215", "ag1171"] = "si3210"
    bus: Text = "simulated"
    """``simulated``, ``spi0.0`` (Si321x) or ``gpio`` (Ag1171)."""
    daisy: bool = False
    """All Si321x of the card hang on one chip select, as a chain."""
    ports: LinePort = 2
    pcm: Text = "simulated"
    """``simulated``, or the name of the ALSA device."""
    reset_gpio: Gpio = 24
    """BCM number of the pin that holds the chips in reset."""
    interrupt_gpio: Gpio = 25
    """BCM number of the chips' common interrupt (Si321x)."""
    hook_gpio: tuple[Gpio, ...] = (5, 6)
    """SHK, one pin a port (Ag1171)."""
    ring_gpio: tuple[Gpio, ...] = (16, 26)
    """RM, one pin a port (Ag1171)."""
    reverse_gpio: tuple[Gpio, ...] = (12, 13)
    """F/R, one pin a port (Ag1171)."""
    power_gpio: tuple[Gpio, ...] = (23, 27)
    """PD, one pin a port (Ag1171); empty: not wired, the lines are always fed."""
    reverse_idle: Literal[0, 1] = 1
    """Level of F/R at rest: 1 on an Ag1171, 0 on a KS0835F."""
    oht_resistor: bool = False
    """20 kilohms between tip and ring are fitted (Ag1171): only then are callers shown."""
    hook_debounce_ms: Annotated[int, msgspec.Meta(ge=5, le=30)] = 10
    """SHK has to stand so long to be believed (Ag1171)."""
    trip_debounce_ms: Annotated[int, msgspec.Meta(ge=10, le=50)] = 10
    """The same while the bell rings; more where F/R shows on SHK (Ag1171)."""


Encryption = Literal["off", "optional", "required", "dtls"]


class Rtp(Model, frozen=True, kw_only=True):
    """Voice over the network."""

    ports: Text = "10000-10099"
    """First and last UDP port; a call takes an even one and the odd one above it."""
    codecs: Annotated[tuple[CodecName, ...], msgspec.Meta(min_length=1)] = ("PCMA", "PCMU")
    """In order of preference; what each costs, and what it needs: see codecs.md."""
    ptime: Literal[10, 20, 30, 40, 50, 60] = 20
    """Milliseconds of voice in a packet that we send, unless the far end wishes otherwise."""
    dtmf: Literal["rfc4733", "info", "inband"] = "rfc4733"
    """Digits dialled during a call: as telephone-events, by SIP INFO, or as the tones they are."""
    flash_event: bool = False
    """A hook flash in a call is the network's: telephone-event 16, and no hold or other call."""
    silence_suppression: bool = False
    """While a telephone says nothing, nothing is sent but comfort noise, to who knows that."""
    rtcp_mux: Literal["off", "accept", "offer"] = "accept"
    """RTCP by the port of RTP (RFC 5761): never, if the far end offers it, or offered by us."""
    srtp: Encryption = "off"
    """Voice is encrypted (SRTP): never; if the far end offers it, or always, keys by RFC 4568; or
    always, keys by a handshake (RFC 5764)."""
    srtp_without_tls: bool = False
    """Keys of voice may be told in signalling that everybody can read: for a lab."""
    jitter_ms: tuple[Milliseconds, Milliseconds] = (20, 200)
    """Least and most delay of the jitter buffer."""
    no_voice: Annotated[int, msgspec.Meta(ge=0, le=3600)] = 0
    """A talk without a packet of voice or RTCP for so long is ended, 10 or more; 0: never."""
    echo_canceller: bool = True
    fax: Literal["t38", "g711", "off"] = "t38"
    """When a fax or modem is heard: T.38 if the far end takes it; as sound, untouched; nothing."""
    tape_kib: Annotated[int, msgspec.Meta(ge=0, le=65536)] = 1024
    """Of the last voice is kept in memory, for `trace`; 0: none, ever."""

    @property
    def port_range(self) -> tuple[int, int]:
        """First and last port of `ports`."""
        return split_range(self.ports)


class Dialling(Model, frozen=True, kw_only=True):
    """When a number is complete."""

    digit_map: str = ""
    """Syntax of RFC 3435 section 2.1.5; empty: the map of the country profile."""
    first_digit: Timer = 15
    """Timer T: from dial tone to the first digit."""
    short: Timer = 4
    """Timer S: the number may be complete."""
    long: Timer = 10
    """Timer L: the number cannot be complete yet."""
    barred: tuple[Digits, ...] = ()
    """Numbers that begin so are not called from any line; emergency numbers always are."""
    calls_a_minute: Annotated[int, msgspec.Meta(ge=0, le=600)] = 20
    """No line calls oftener than this in any minute (fraud, pranks); 0: as often as it can."""


class Line(Model, frozen=True, kw_only=True):
    """The SIP identity of one port."""

    port: LinePort
    card: CardNumber | None = None
    """None: the default card of [gateway]."""
    number: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.!~*'()&=+$,;?/-]+$")]
    """The user part of the line's address of record."""
    auth_user: str = ""
    """For digest authentication; empty: the number."""
    password: Secret = Secret()
    password_file: str = ""
    """Holds the password in its first line; `load` reads it into `password`."""
    display: str = ""
    expires: Registered | None = None
    """Registration lifetime that this line asks for, if it is another than that of [sip]."""
    srtp: Encryption | None = None
    """For this line, if it is another than that of [rtp]."""
    withhold: bool = False
    """Those whom this line calls shall not learn its number (CLIR)."""
    hotline: str = ""
    """Called when the handset is lifted."""
    hotline_delay: Annotated[float, msgspec.Meta(ge=0, le=60)] = 0
    """The person has this long to dial something else."""
    barred: tuple[Digits, ...] = ()
    """Numbers that begin so are not called from this line either."""
    caller_id: Literal[
        "country", "off", "bell202", "bell202-sdmf", "v23", "v23-tone", "v23-ring-pulse",
        "sin227", "ntt", "dtmf-nl", "dtmf-se", "dtmf-dk", "dtmf-after-ring",
    ] = "country"  # fmt: skip
    """How this telephone is shown who calls, if it is from another country (see caller-id.md)."""
    polarity_reversal: bool = False
    """Tip and ring change places while a call from this port is answered (pay telephones)."""
    disconnect_ms: Annotated[int, msgspec.Meta(ge=0, le=2000)] = 0
    """The loop current stops so long when the far end has hung up (answering machines)."""
    rx_gain_db: Gain = 0.0
    """Louder or softer towards the telephone: in the line circuit, or where it cannot in voice."""
    tx_gain_db: Gain = 0.0
    """The same from the telephone."""
    hybrid_db: Annotated[float, msgspec.Meta(ge=-2.77, le=4.08)] = 0.0
    """Echo of this line: take off more or less of what the telephone hears (Si321x)."""
    hook: Hook = Hook()
    """Times of the hook contact, if this telephone needs others than its country's."""

    @property
    def user(self) -> str:
        """Who authenticates."""
        return self.auth_user or self.number


class Security(Model, frozen=True, kw_only=True):
    """Whom to believe on the network."""

    sources: Literal["servers", "any"] = "servers"
    """Requests are taken only from the servers' resolved addresses; ``any``: a lab."""
    contact_token: bool = True
    """Requests must carry the token of the Contact that we registered."""
    authenticate_calls: bool = False
    """Who calls a line is asked for its password too (401): only if your server can answer."""


class Services(Model, frozen=True, kw_only=True):
    """Supplementary services, for all lines."""

    call_waiting: bool = True
    """Who calls a telephone in a call may wait, and is heard of; else he is told 486."""
    three_party: bool = False
    """A flash joins who was called last with who is held for that; else it takes turns."""
    message_waiting: Literal["off", "notify", "subscribe"] = "off"
    """Who is believed of messages that wait: nobody, servers that say so, or those we ask too."""
    caller_id: bool = True
    """Send the caller's number to the called telephone."""
    withhold_code: DialCode = ""
    """Dialled before a number: withhold ours for this call; empty: the network has such a code."""
    show_code: DialCode = ""
    """Dialled before a number: show ours for this call, whatever the line's `withhold` says."""


class Control(Model, frozen=True, kw_only=True):
    """The socket that commands come in by."""

    socket: Text = str(DEFAULT_SOCKET)


class Metrics(Model, frozen=True, kw_only=True):
    """Figures for Prometheus."""

    listen: str = ""
    """Address and port to answer ``GET /metrics`` at; empty: nowhere."""


class Lab(Model, frozen=True, kw_only=True):
    """Scales of time and places for tests; nobody needs them in service."""

    t1: Annotated[float, msgspec.Meta(ge=0.01, le=10)] = 0.5
    """RFC 3261 timer T1."""
    t2: Annotated[float, msgspec.Meta(ge=0.01, le=60)] = 4.0
    t4: Annotated[float, msgspec.Meta(ge=0.01, le=60)] = 5.0
    register_retry_base: Annotated[float, msgspec.Meta(ge=0.1, le=3600)] = 30.0
    """First step of the back-off after failures (RFC 5626 section 4.5)."""
    board_socket: str = ""
    """Socket of the simulated board; empty: ``board.sock`` beside the control socket."""


class Config(Model, frozen=True, kw_only=True):
    """The whole file."""

    gateway: Gateway = Gateway()
    card: Annotated[tuple[Card, ...], msgspec.Meta(min_length=1)]
    sip: Sip
    rtp: Rtp = Rtp()
    dialling: Dialling = Dialling()
    line: tuple[Line, ...] = ()
    security: Security = Security()
    services: Services = Services()
    control: Control = Control()
    metrics: Metrics = Metrics()
    mqtt: Mqtt = Mqtt()
    lab: Lab = Lab()

    def line_card(self, line: Line) -> int:
        """The number of the card that `line` is on."""
        return line.card if line.card is not None else self.gateway.card

    @property
    def board_socket(self) -> Path:
        """Where the simulated board listens."""
        if self.lab.board_socket:
            return Path(self.lab.board_socket)
        return Path(self.control.socket).with_name("board.sock")


def as_dict(config: Config) -> dict[str, Any]:
    """All keys with their values as plain JSON values, defaults filled in, secrets masked."""
    tree: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(config, enc_hook=_hide))
    return tree


def _hide(value: object) -> str:
    if isinstance(value, Secret):
        return repr(value)
    raise TypeError(f"a configuration holds no {type(value).__name__}")
