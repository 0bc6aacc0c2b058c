"""Why a call ended, in words: every call ends in exactly one `Cause`.

CLI, log, call record and the tone on the copper all read this one object. The table is
that of the specification (Q2); Q.850 values are the mapping of RFC 3398 section 8.2.6.1,
used when the peer brought no Reason header of its own (RFC 3326, RFC 6432).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from firmware.tone import Tone


class Origin(Enum):
    LOCAL = "local"
    SIP = "sip"
    TRANSPORT = "transport"
    MEDIA = "media"
    ADMIN = "admin"


class Code(Enum):
    """The structured reason; names are stable and appear in records and `--json`."""

    NORMAL = "NORMAL"
    LOCAL_DIGITMAP = "LOCAL_DIGITMAP"
    LOCAL_TIMEOUT = "LOCAL_TIMEOUT"
    LOCAL_BARRED = "LOCAL_BARRED"
    NOT_REGISTERED = "NOT_REGISTERED"
    NO_SERVER = "NO_SERVER"
    TIMEOUT_B = "TIMEOUT_B"
    AUTH_REJECTED = "AUTH_REJECTED"
    PEER_BUSY = "PEER_BUSY"
    NO_ANSWER_NET = "NO_ANSWER_NET"
    NO_ANSWER_LOCAL = "NO_ANSWER_LOCAL"
    UNALLOCATED = "UNALLOCATED"
    INCOMPLETE = "INCOMPLETE"
    CODEC = "CODEC"
    OVERLOAD = "OVERLOAD"
    SERVER_ERROR = "SERVER_ERROR"
    REMOTE_RELEASED = "REMOTE_RELEASED"
    CALLER_ABANDONED = "CALLER_ABANDONED"
    ANSWERED_ELSEWHERE = "ANSWERED_ELSEWHERE"
    LINE_BUSY = "LINE_BUSY"
    LINE_FAULT = "LINE_FAULT"
    ADMIN = "ADMIN"
    NO_RTP = "NO_RTP"
    NO_VOICE_PORT = "NO_VOICE_PORT"
    SESSION_LOST = "SESSION_LOST"
    ADDRESS_CHANGED = "ADDRESS_CHANGED"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the cause table; sentences have ``{facts}`` to fill in."""

    origin: Origin
    tone: Tone
    english: str
    chinese: str
    hint: str
    q850: int | None = None


TABLE: dict[Code, Row] = {
    Code.NORMAL: Row(
        Origin.LOCAL, Tone.SILENCE,
        "This telephone hung up.", "本端挂机",
        "Nothing is wrong.", 16),
    Code.LOCAL_DIGITMAP: Row(
        Origin.LOCAL, Tone.UNOBTAINABLE,
        "The number {digits} fits no pattern of the digit map.",
        "所拨号码 {digits} 与数图不匹配",
        "Dialled {digits}; compare it with [dialling] digit_map."),
    Code.LOCAL_TIMEOUT: Row(
        Origin.LOCAL, Tone.BUSY,
        "Dialling stopped: timer {timer} ({seconds} s) ran out after {digits}.",
        "拨号超时: 定时器 {timer} {seconds} 秒到时",
        "The timers T, S and L are first_digit, short and long in [dialling]."),
    Code.LOCAL_BARRED: Row(
        Origin.LOCAL, Tone.UNOBTAINABLE,
        "The number {digits} is barred on this port by {rule}.",
        "号码 {digits} 被规则 {rule} 限制",
        "The prefix stands in [dialling] or in the [[line]]; emergency numbers are never barred."),
    Code.NOT_REGISTERED: Row(
        Origin.LOCAL, Tone.CONGESTION,
        "This port is not registered, so no call was sent.",
        "端口未注册, 未发出呼叫",
        "Look at show registration: it names the last error and the next attempt."),
    Code.NO_SERVER: Row(
        Origin.TRANSPORT, Tone.CONGESTION,
        "No server can be reached: {servers}.",
        "所有服务器均不可达: {servers}",
        "Network cable, address of the server, firewall, DNS."),
    Code.TIMEOUT_B: Row(
        Origin.TRANSPORT, Tone.CONGESTION,
        "The INVITE went to {server} and nothing came back in {seconds} s.",
        "INVITE 已发往 {server}, {seconds} 秒内无任何响应",
        "A firewall, or the wrong port or transport."),
    Code.AUTH_REJECTED: Row(
        Origin.SIP, Tone.CONGESTION,
        "The server refused the call: {status} {text}.",
        "服务器拒绝呼叫: {status} {text}",
        "User or password is wrong; after a 403 the account may also be barred.", 21),
    Code.PEER_BUSY: Row(
        Origin.SIP, Tone.BUSY,
        "{peer} is busy.", "被叫 {peer} 忙",
        "Normal, nothing is wrong.", 17),
    Code.NO_ANSWER_NET: Row(
        Origin.SIP, Tone.BUSY,
        "Nobody answered after {seconds} s; the network ended the call with {status}.",
        "振铃 {seconds} 秒无应答, 网络释放 ({status})",
        "If it never rang, the called party could not be reached.", 19),
    Code.NO_ANSWER_LOCAL: Row(
        Origin.LOCAL, Tone.BUSY,
        "Nobody answered after {seconds} s of ringing; this gateway's timer ended the call.",
        "振铃 {seconds} 秒无应答, 本端定时器释放",
        "The timers are no_answer and give_up in [sip].", 19),
    Code.UNALLOCATED: Row(
        Origin.SIP, Tone.UNOBTAINABLE,
        "The number {peer} does not exist ({status}).",
        "号码 {peer} 是空号 ({status})",
        "Check the number, and the prefix rules of the server.", 1),
    Code.INCOMPLETE: Row(
        Origin.SIP, Tone.UNOBTAINABLE,
        "The network says the number {peer} is incomplete.",
        "号码 {peer} 不完整",
        "The digit map ends dialling too early.", 28),
    Code.CODEC: Row(
        Origin.SIP, Tone.CONGESTION,
        "No voice codec in common with the far end.",
        "双方没有共同的语音编码",
        "Compare codecs in [rtp] with what the far end offers.", 79),
    Code.OVERLOAD: Row(
        Origin.SIP, Tone.CONGESTION,
        "{server} is overloaded and asks us to wait {seconds} s.",
        "{server} 过载, 要求等待 {seconds} 秒",
        "Try again later.", 41),
    Code.SERVER_ERROR: Row(
        Origin.SIP, Tone.CONGESTION,
        "{server} failed: {status} {text}.",
        "{server} 故障: {status} {text}",
        "The server's own log knows more.", 41),
    Code.REMOTE_RELEASED: Row(
        Origin.SIP, Tone.BUSY,
        "{peer} hung up after {seconds} s.",
        "对方通话 {seconds} 秒后挂机",
        "Normal, nothing is wrong.", 16),
    Code.CALLER_ABANDONED: Row(
        Origin.SIP, Tone.SILENCE,
        "{peer} gave up before this telephone was lifted.",
        "主叫 {peer} 在应答前放弃",
        "A missed call.", 16),
    Code.ANSWERED_ELSEWHERE: Row(
        Origin.SIP, Tone.SILENCE,
        "The call of {peer} was answered at another telephone.",
        "{peer} 的来电已在别处应答",
        "Normal, and not a missed call.", 26),
    Code.LINE_BUSY: Row(
        Origin.LOCAL, Tone.SILENCE,
        "A call of {peer} was refused: this telephone is in use.",
        "本端忙, 拒绝 {peer} 来电",
        "Normal, nothing is wrong.", 17),
    Code.LINE_FAULT: Row(
        Origin.LOCAL, Tone.SILENCE,
        "The line circuit stopped the call: {alarm}.",
        "线路故障: {alarm}",
        "Look at show line and show alarms.", 27),
    Code.ADMIN: Row(
        Origin.ADMIN, Tone.SILENCE,
        "The port was taken out of service by {who}.",
        "端口已被 {who} 去激活",
        "line P enable brings it back.", 27),
    Code.NO_RTP: Row(
        Origin.MEDIA, Tone.BUSY,
        "No voice packets came for {seconds} s; the call was ended.",
        "{seconds} 秒未收到语音包, 呼叫已释放",
        "Suspect NAT or a firewall between the two RTP addresses.", 16),
    Code.NO_VOICE_PORT: Row(
        Origin.MEDIA, Tone.CONGESTION,
        "No port was free for the voice of this call: {ports}.",
        "没有可用于本次通话语音的端口: {ports}",
        "Each call takes two of [rtp] ports: widen them, or see in show call who has them.", 34),
    Code.SESSION_LOST: Row(
        Origin.SIP, Tone.BUSY,
        "The session timer of {seconds} s ran out: the call with {peer} was not confirmed.",
        "会话定时器 {seconds} 秒到时, 与 {peer} 的呼叫未刷新",
        "The far end or a server on the way has vanished; session_expires in [sip] asks for"
        " the timer.", 102),
    Code.ADDRESS_CHANGED: Row(
        Origin.TRANSPORT, Tone.CONGESTION,
        "The address of this gateway changed from {old} to {new} before the call was answered.",
        "网关地址由 {old} 变为 {new}, 未接通的呼叫被释放",
        "DHCP, or a cable put elsewhere; a fixed address prevents it.", 27),
}  # fmt: skip


DECLINED = "{peer} declined the call.", "被叫 {peer} 拒接"
"""PEER_BUSY, if the status was 603."""
UNREACHED = (
    "{peer} could not be reached; the network ended the call with {status}.",
    "被叫 {peer} 无法接通, 网络释放 ({status})",
)
"""NO_ANSWER_NET, if it never rang there."""
CUT_OFF = (
    "The network ended the call with {peer} after {seconds} s (Q.850 cause {q850}).",
    "通话 {seconds} 秒后被网络释放 (Q.850 原因 {q850})",
)
"""REMOTE_RELEASED, if the Reason says that it was no hanging up."""
REDIRECTED = (
    "{server} sends the call elsewhere ({status}), to {place}, and that is not followed.",
    "{server} 要求改呼 {place} ({status}), 本网关不予跟随",
)
"""SERVER_ERROR, if the status was a 3xx."""
UNSECURED = (
    "No agreement on encrypted voice: {encryption}.",
    "未能就语音加密达成一致: {encryption}",
)
"""CODEC, if encryption was the reason."""
EXPIRED = (
    "The call of {peer} held for {expires} s (Expires), and was not answered in that time.",
    "{peer} 的呼叫有效期为 {expires} 秒 (Expires), 到时未应答",
)
"""CALLER_ABANDONED, if the INVITE had said how long it holds."""
HINTS = {
    UNSECURED: "Compare srtp in [rtp] with what the far end is set to.",
    REDIRECTED:
        "[sip] call_redirects: how often a call is sent on, within our own domain and servers.",
    CUT_OFF: "Nobody hung up: the Reason of the BYE is the network's.",
}  # fmt: skip
"""Of those words; the others have the hint of their row."""
FORGOTTEN = (
    "The far end no longer knows of the call with {peer} ({method}: {status}).",
    "对端已无与 {peer} 的呼叫 ({method}: {status})",
)
"""SESSION_LOST, if the far end, or its silence, has said so."""


LEFT_BEHIND = (
    "The address of this gateway changed from {old} to {new}, and {peer} did not follow"
    " ({method}: {status}).",
    "网关地址由 {old} 变为 {new}, 对端 {peer} 未跟随 ({method}: {status})",
)
"""ADDRESS_CHANGED, if the call was answered."""


REJECTED = 21
"""Q.850: the called party did not want the call."""
NORMAL_ENDS = {None, 16, 31}
"""Q.850: somebody hung up."""


WITHHELD = "anonymous"
"""What a peer is called that hides its number (CLIR), as in the status row."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call, or the attempt to make one, ended."""

    code: Code
    status: int = 0
    """The SIP status that decided it; 0: none."""
    q850: int | None = None
    """Of the peer's Reason header, else of the table."""
    tone: Tone = Tone.SILENCE
    facts: tuple[tuple[str, str], ...] = ()
    """What fills the ``{facts}`` of the sentence."""

    @property
    def origin(self) -> Origin:
        return TABLE[self.code].origin

    @property
    def sentence(self) -> str:
        """One sentence an operator understands."""
        return _fill(self._words[0], self._told)

    @property
    def sentence_zh(self) -> str:
        return _fill(self._words[1], self._told)

    @property
    def _told(self) -> tuple[tuple[str, str], ...]:
        return (*self.facts, ("q850", str(self.q850)))

    @property
    def _words(self) -> tuple[str, str]:
        if self.code is Code.PEER_BUSY and (self.status == 603 or self.q850 == REJECTED):
            return DECLINED
        if self.code is Code.REMOTE_RELEASED and self.q850 not in NORMAL_ENDS:
            return CUT_OFF
        if self.code is Code.NO_ANSWER_NET and ("seconds", "0") in self.facts:
            return UNREACHED
        if self.code is Code.SERVER_ERROR and 300 <= self.status < 400:
            return REDIRECTED
        told = {name for name, _ in self.facts}
        if self.code is Code.CODEC and "encryption" in told:
            return UNSECURED
        if self.code is Code.CALLER_ABANDONED and "expires" in told:
            return EXPIRED
        if self.code is Code.SESSION_LOST and self.status:
            return FORGOTTEN
        if self.code is Code.ADDRESS_CHANGED and self.status:
            return LEFT_BEHIND
        row = TABLE[self.code]
        return row.english, row.chinese

    @property
    def hint(self) -> str:
        return _fill(HINTS.get(self._words, TABLE[self.code].hint), self.facts)


def cause(code: Code, *, status: int = 0, q850: int | None = None, **facts: object) -> Cause:
    """Make a cause; what is not given comes from the table.

    Args:
        code: the row of the table.
        status: the SIP status that decided it.
        q850: of a Reason header; overrides the table's value.
        **facts: what fills the sentence: peer, digits, server, seconds ...
    """
    row = TABLE[code]
    if facts.get("peer") == "":
        facts["peer"] = WITHHELD
    filled = tuple((name, str(value)) for name, value in facts.items())
    if status:
        filled += (("status", str(status)),)
    return Cause(code, status, q850 if q850 is not None else row.q850, row.tone, filled)


def _fill(text: str, facts: tuple[tuple[str, str], ...]) -> str:
    for name, value in facts:
        text = text.replace("{" + name + "}", value)
    return text
