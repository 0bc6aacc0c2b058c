"""``[sip]`` and its tables: how the gateway looks to the network."""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal

import msgspec

from firmware.config.group import Group
from firmware.config.values import Model, NetPort, Text, Timer, Wait, Whole, split_address

Registered = Annotated[int, msgspec.Meta(ge=60, le=86400)]
"""s of a registration (REG-09)."""

ResponseTone = Annotated[
    str, msgspec.Meta(pattern=r"^[3-6][0-9]{2} (busy|congestion|unobtainable)$")
]


class Server(Model, frozen=True, kw_only=True):
    """A registrar, proxy or SBC; the order in the file is the order of preference."""

    host: Text
    port: NetPort | None = None

    @property
    def known_port(self) -> int:
        """The port, but for TLS; 0: the name service may know one (RFC 3263 section 4.2)."""
        if self.port is not None:
            return self.port
        try:
            ipaddress.ip_address(self.host.strip("[]"))
        except ValueError:
            return 0
        return 5060


class Heartbeat(Model, frozen=True, kw_only=True):
    """OPTIONS towards every server (RFC 3261 section 11), and what they are for."""

    interval: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 30
    """Time between two OPTIONS to one server; 0: none are sent."""
    timeout: Timer = 5
    """An OPTIONS that is not answered within this time is lost."""
    lost: Whole = 3
    """This many unanswered OPTIONS in a row: the server is dead."""
    judge: Literal["options", "register", "invite"] = "options"
    """What tells whether a server lives: OPTIONS, the lines' REGISTERs, or their INVITEs."""
    unwell: Literal["dead", "alive"] = "dead"
    """What an OPTIONS answered by 503, or by a 5xx like it, says of the server."""
    one_call_id: bool = False
    """All OPTIONS to a server have one Call-ID and count on; else each has its own."""
    failback: Literal["auto", "manual", "never"] = "auto"
    """What to do when a preferred server lives again."""
    hold: Wait = 60
    """It must have lived this long, after three answers in a row, before lines go back to it."""
    deregister: bool = True
    """Before a line goes back, its binding at the server that it leaves is removed."""


class Tls(Model, frozen=True, kw_only=True):
    """Whom to believe when `transport` is ``tls``, and what to show; PEM files."""

    ca_file: Text = "/etc/ssl/certs/ca-certificates.crt"
    """The authorities that may certify a server."""
    cert_file: str = ""
    """Our certificate with its chain, if servers ask for one or shall connect to us."""
    key_file: str = ""
    """Its key, without a pass phrase; empty: it is in `cert_file`."""


class Identity(Model, frozen=True, kw_only=True):
    """Who calls and who is called, as the headers say it (RFC 3323, RFC 3325, RFC 3966)."""

    numbers: Literal["sip", "phone", "tel"] = "sip"
    """In Request-URI, To and From: a SIP user, one with ``user=phone``, or a tel URI."""
    preferred: Literal["withheld", "always", "never"] = "withheld"
    """P-Preferred-Identity: with calls that withhold their number, with all, or with none."""
    caller: Literal["asserted", "from"] = "asserted"
    """Whose word is shown of a caller: the servers' P-Asserted-Identity, else From; or From."""


class Sip(Model, frozen=True, kw_only=True):
    """How the gateway looks to the network."""

    domain: Text
    transport: Literal["udp", "tcp", "tls"] = "udp"
    listen: Text = "0.0.0.0:5060"
    """Our own address and port; all interfaces unless told otherwise."""
    expires: Registered = 3600
    """Registration lifetime asked for."""
    register_rate: Annotated[float, msgspec.Meta(ge=0, le=1000)] = 20
    """So many lines begin to register in a second, if several want to at once; 0: all at once."""
    start_delay: Wait = 10
    """After the return of power the first REGISTER goes out after a random part of this."""
    keep_alive: Wait = 24
    """By UDP, an empty line to the registrar so often, up to 5 s later (NAT); 0: never."""
    options: Literal["alive", "as-invite"] = "alive"
    """What a server's OPTIONS to a line gets: always 200, or 486 while its telephone is in use."""
    redirect: Literal["refuse", "servers"] = "refuse"
    """A 3xx to REGISTER is a refusal, or leads to another server if it names one of ours."""
    prack: Literal["off", "supported", "required"] = "off"
    """Ringing that cannot get lost (100rel, RFC 3262): never, if the other end can, or always."""
    session_expires: Annotated[int, msgspec.Meta(ge=0, le=86400)] = 0
    """A call is confirmed in this time, or ends (RFC 4028); 0: if the peer asks; else 90 up."""
    no_answer: Timer = 50
    """A called port rings this long before it releases with 480."""
    give_up: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 120
    """A caller hears ringback this long before we cancel; 0: for ever."""
    failover: Annotated[float, msgspec.Meta(ge=0, le=32)] = 4
    """A call that a server does not answer at all goes to the next after this; 0: after 32 s."""
    call_redirects: Annotated[int, msgspec.Meta(ge=0, le=5)] = 1
    """How often a call is sent on by a 3xx, and only within our domain and servers; 0: never."""
    response_tones: tuple[ResponseTone, ...] = ()
    """What a refused caller hears, where it is not the tone of the cause: ``"403 busy"``."""
    reason: bool = True
    """Say in CANCEL, BYE and refusals why a call ends (Reason, RFC 3326)."""
    p_early_media: bool = False
    """Send ``P-Early-Media: supported`` with calls (RFC 5009); what comes is obeyed anyway."""
    dial_tone: Literal["always", "registered", "alive"] = "always"
    """When a lifted telephone gets dial tone: see the explanation in docs/."""
    server: Annotated[tuple[Server, ...], msgspec.Meta(min_length=1)]
    group: Group = Group()
    heartbeat: Heartbeat = Heartbeat()
    identity: Identity = Identity()
    tls: Tls = Tls()

    def port_of(self, server: Server) -> int:
        """Where a server is spoken to; 0: the name service may know (RFC 3263 section 4.2)."""
        if server.port is None and server.known_port and self.transport == "tls":
            return 5061
        return server.known_port

    def name_of(self, server: Server) -> str:
        """What the show commands call a server."""
        port = self.port_of(server)
        return f"{server.host}:{port}" if port else server.host

    @property
    def listen_address(self) -> tuple[str, int]:
        """Host and port of `listen`."""
        return split_address(self.listen)
