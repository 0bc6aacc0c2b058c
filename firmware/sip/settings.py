"""What the user agent needs to know from the start."""

from __future__ import annotations

from dataclasses import field
from enum import Enum
from typing import Literal

from firmware.machine import word
from firmware.sip.address import Address, Transport
from firmware.sip.identity import Form, Preferred
from firmware.sip.servers import FailBack, Judge
from firmware.tone import Tone


@word
class Server:
    """A registrar, proxy or SBC, in order of preference."""

    host: str
    port: int = 5060
    """0: the name service says (RFC 3263 section 4.2); the usual one if it does not."""
    transport: Transport = Transport.UDP

    @property
    def name(self) -> str:
        """Host and port, as in a URI."""
        host = f"[{self.host}]" if ":" in self.host and self.host[0] != "[" else self.host
        return f"{host}:{self.port}" if self.port else host


@word
class LineIdentity:
    """The SIP identity of one port."""

    line: int
    number: str
    auth_user: str
    password: str = field(repr=False)
    display: str = ""
    withheld: bool = False
    """Whom it calls shall not learn its number (CLIR)."""
    barred: tuple[str, ...] = ()
    """Numbers that begin so are not called, also where a 3xx would lead there."""
    srtp: Literal["off", "optional", "required", "dtls"] | None = None
    """How voice of this line is encrypted; None: as that of all."""
    expires_s: int | None = None
    """The lifetime of a registration that it asks for (REG-09); None: as all."""


class Prack(Enum):
    """Whether provisional responses are reliable (100rel, RFC 3262)."""

    OFF = "off"
    SUPPORTED = "supported"
    """If the other end supports it too."""
    REQUIRED = "required"
    """No call without it."""


class Mail(Enum):
    """Whether the network is believed when it says that messages wait (RFC 3842)."""

    OFF = "off"
    NOTIFY = "notify"
    """If a server says so unasked."""
    SUBSCRIBE = "subscribe"
    """And each line asks for it."""


@word
class AgentSettings:
    """The `[sip]`, `[rtp]` and `[security]` of the configuration, as the agent needs them."""

    domain: str
    servers: tuple[Server, ...]
    lines: tuple[LineIdentity, ...]
    local: Address
    """Our own signalling address, as peers can reach it, and the transport that we prefer."""
    group: LineIdentity | None = None
    """Who registers for all lines (REG-20), as line 0; None: each registers for itself."""
    expires_s: int = 3600
    no_answer_s: float = 50.0
    """A callee rings this long before we release with 480."""
    give_up_s: float = 120.0
    """A caller hears ringback this long before we cancel; 0: for ever."""
    codecs: tuple[str, ...] = ("PCMA", "PCMU")
    ptime_ms: int = 20
    telephone_event: bool = True
    flash_event: bool = False
    """A hook flash in a call is telephone-event 16."""
    info_digits: bool = False
    """Digits of a call are told by INFO, both ways."""
    comfort_noise: bool = False
    """Silence is not sent to who knows comfort noise (RFC 3389)."""
    rtcp_mux: Literal["off", "accept", "offer"] = "accept"
    """RTCP by the port of RTP (RFC 5761)."""
    srtp: Literal["off", "optional", "required", "dtls"] = "off"
    """Voice is encrypted: never, if the peer offers it, or always, by keys that are told (RFC
    4568); or always, by those of a handshake (RFC 5764)."""
    fax: bool = False
    """A call may go on as a fax by T.38, if either end asks for it."""
    any_source: bool = False
    """Lab only: requests are taken from anywhere, not just from the servers' addresses."""
    contact_token: bool = True
    """Inbound requests must carry the token of the Contact that we registered."""
    authenticate_calls: bool = False
    """Who calls must prove that he knows the password of the line that he calls."""
    mail: Mail = Mail.OFF
    prack: Prack = Prack.OFF
    session_expires_s: int = 0
    """The session timer that we ask for (RFC 4028); 0: only who asks us gets one."""
    user_agent: str = "tipring"
    t1: float = 0.5
    t2: float = 4.0
    t4: float = 5.0
    register_retry_base: float = 30.0
    register_rate: float = 0.0
    """So many lines a second may begin to register (REG-23); 0: as they come."""
    follow_redirects: bool = False
    """A 3xx to REGISTER may lead to another of the servers (REG-18)."""
    remove_when_leaving: bool = True
    """Before a line leaves a server that lives, its binding there is removed (REG-12)."""
    heartbeat_s: float = 0.0
    """From one OPTIONS to a server to the next; 0: there is no heartbeat."""
    heartbeat_timeout_s: float = 5.0
    """An OPTIONS that is not answered within this time is lost."""
    heartbeat_lost: int = 3
    """So many lost in a row: the server is dead."""
    judge: Judge = Judge.OPTIONS
    """What counts."""
    unwell_is_lost: bool = True
    """An OPTIONS that is answered by 503, or a 5xx like it, is lost (HB-02); False: it is life."""
    one_call_id: bool = False
    """All OPTIONS to a server have one Call-ID, and count (HB-03)."""
    busy_to_options: bool = False
    """An OPTIONS to a line whose telephone is in use gets what an INVITE would (HB-09)."""
    fail_back: FailBack = FailBack.AUTO
    hold_s: float = 60.0
    """A server that was dead has to live for so long before lines go back to it."""
    failover_s: float = 4.0
    """An INVITE that nobody answers goes to the next server after this; 0: after Timer B."""
    number_form: Form = Form.SIP
    """How numbers are written in Request-URI, To and From."""
    preferred_identity: Preferred = Preferred.WITHHELD
    """When the network is told who calls besides From."""
    response_tones: tuple[tuple[int, Tone], ...] = ()
    """By final status, what a caller hears instead of the tone of the cause (BW-01)."""
    tells_reason: bool = True
    """CANCEL, BYE and our refusals say why (CO-12)."""
    call_redirects: int = 1
    """How often a call follows a 3xx, and only to our own domain and servers; 0: never."""
    announces_early_media: bool = False
    """Our INVITE says that P-Early-Media is obeyed (RFC 5009); it is, whatever this says."""
    believe_asserted: bool = True
    """P-Asserted-Identity of our servers comes before From; False: From alone."""

    @property
    def registering(self) -> tuple[LineIdentity, ...]:
        """Who has a registration: every line, or the box for them."""
        return self.lines if self.group is None else (self.group,)
