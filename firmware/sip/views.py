"""What a message says, as types: read when asked for, once.

A view raises `SipError` with the status to answer when its header is malformed; for a
response that means: drop it.
"""

from __future__ import annotations

from firmware.errors import SipError
from firmware.sip.challenge import Challenge, Credentials, read_challenges, read_credentials
from firmware.sip.grammar import WS, clamped, lower, number, param, read_params, split_list, words
from firmware.sip.headerlist import Headers
from firmware.sip.headers import (
    STAR,
    CSeq,
    NameAddr,
    RAck,
    Via,
    addresses,
    q850_cause,
    retry_after,
    sip_cause,
    vias,
)

MAX_VIAS = 64
MAX_ROUTES = 32


class Views:
    """The typed side of `Request` and `Response`."""

    __slots__ = ()

    headers: Headers

    @property
    def vias(self) -> tuple[Via, ...]:
        """Every hop, topmost first; never empty."""
        return self.headers.view("vias", _vias)

    @property
    def via(self) -> Via:
        """The topmost hop."""
        return self.headers.view("vias", _vias)[0]

    @property
    def from_(self) -> NameAddr:
        return self.headers.view("from", from_of)

    @property
    def to(self) -> NameAddr:
        return self.headers.view("to", to_of)

    @property
    def call_id(self) -> str:
        return self.headers.view("call-id", call_id_of)

    @property
    def cseq(self) -> CSeq:
        return self.headers.view("cseq", _cseq)

    @property
    def contacts(self) -> tuple[NameAddr, ...]:
        """The contacts; ``(STAR,)`` is the one that means all."""
        return self.headers.view("contacts", _contacts)

    @property
    def routes(self) -> tuple[NameAddr, ...]:
        return self.headers.view("routes", _routes)

    @property
    def record_routes(self) -> tuple[NameAddr, ...]:
        """In the order of the message: topmost first."""
        return self.headers.view("record_routes", _record_routes)

    @property
    def max_forwards(self) -> int | None:
        text = self.headers.get("max-forwards")
        return None if text is None else number(text, "Max-Forwards", limit=255)

    @property
    def expires(self) -> int | None:
        """Seconds; too large is clamped, anything but a number counts as absent (10.3)."""
        return clamped(self.headers.get("expires") or "")

    @property
    def content_type(self) -> str:
        """``type/subtype`` in lower case without parameters; "" if there is none."""
        text = self.headers.get("content-type") or ""
        if text == "application/sdp":
            return text
        return lower(text.partition(";")[0].replace(" ", "").replace("\t", ""))

    @property
    def require(self) -> tuple[str, ...]:
        """Option tags in lower case."""
        return self.tokens("require")

    @property
    def supported(self) -> tuple[str, ...]:
        return self.tokens("supported")

    @property
    def challenges(self) -> tuple[Challenge, ...]:
        """Of WWW-Authenticate and Proxy-Authenticate, in the order of the message."""
        return self.headers.view("challenges", read_challenges)

    @property
    def credentials(self) -> tuple[Credentials, ...]:
        """Of Authorization and Proxy-Authorization; schemes other than Digest are left out."""
        return self.headers.view("credentials", read_credentials)

    @property
    def rack(self) -> RAck:
        """What a PRACK acknowledges; a PRACK without it is malformed."""
        return RAck.parse(_only(self.headers, "rack"))

    @property
    def rseq(self) -> int | None:
        """The number of a reliable provisional response (RFC 3262 section 7.1)."""
        text = self.headers.get("rseq")
        return None if text is None else number(text, "RSeq")

    @property
    def reason_q850(self) -> int | None:
        """The Q.850 cause of the Reason header (RFC 3326); unreadable counts as absent."""
        return q850_cause(self.headers.all("reason"))

    @property
    def answered_elsewhere(self) -> bool:
        """Of a CANCEL: another telephone has answered (RFC 3326 section 3.1, 3GPP TS 24.229)."""
        return sip_cause(self.headers.all("reason")) == 200

    @property
    def retry_after(self) -> int | None:
        """Seconds; unreadable counts as absent."""
        return retry_after(self.headers.get("retry-after") or "")

    def elements(self, name: str) -> tuple[str, ...]:
        """The elements of a comma-separated list, as written."""
        return tuple([t for line in self.headers.all(name) for t in split_list(line)])

    def tokens(self, name: str) -> tuple[str, ...]:
        """The elements of a list of tokens (Allow, Unsupported ...), in lower case."""
        return tuple([word for line in self.headers.all(name) for word in words(line)])

    def addresses(self, name: str) -> tuple[NameAddr, ...]:
        """The elements of a list of addresses (Service-Route, P-Asserted-Identity ...)."""
        lines = [line for line in self.headers.all(name) if line]
        return addresses(lines, limit=MAX_ROUTES)

    def seconds(self, name: str) -> int | None:
        """A count of seconds, parameters ignored (Min-Expires, Min-SE, Session-Expires)."""
        text = self.headers.get(name)
        return None if text is None else clamped(text.partition(";")[0].strip(WS))

    def parameter(self, name: str, which: str) -> str | None:
        """A parameter of a header of the form ``value;params`` (Content-Type, Event ...)."""
        text = self.headers.get(name) or ""
        params, _ = read_params(text, len(text.partition(";")[0]))
        return param(params, which)

    def check(self) -> None:
        """Read all that every message must have right, so that nothing fails later.

        Raises:
            SipError: a mandatory header, or a Contact or Route that is there, is malformed.
        """
        self.vias, self.from_, self.to  # noqa: B018  reading is the test
        index = self.headers.index
        for name, view in _IF_THERE.items():
            if name in index:
                self.headers.view(*view)
        self.max_forwards  # noqa: B018  the same


def _only(headers: Headers, name: str) -> str:
    values = headers.all(name)
    if len(values) != 1 or not values[0]:
        raise SipError(f"{name} must be there once")
    return values[0]


def call_id_of(headers: Headers) -> str:
    """The Call-ID."""
    return _only(headers, "call-id")


def _vias(headers: Headers) -> tuple[Via, ...]:
    found = vias(headers.all("via"), limit=MAX_VIAS)
    if not found:
        raise SipError("no Via")
    return found


def from_of(headers: Headers) -> NameAddr:
    return NameAddr.parse(_only(headers, "from"))


def to_of(headers: Headers) -> NameAddr:
    return NameAddr.parse(_only(headers, "to"))


def _cseq(headers: Headers) -> CSeq:
    return CSeq.parse(_only(headers, "cseq"))


def _contacts(headers: Headers) -> tuple[NameAddr, ...]:
    lines = headers.all("contact")
    return (STAR,) if lines == ("*",) else addresses(lines)


def _routes(headers: Headers) -> tuple[NameAddr, ...]:
    return addresses(headers.all("route"), limit=MAX_ROUTES)


def _record_routes(headers: Headers) -> tuple[NameAddr, ...]:
    return addresses(headers.all("record-route"), limit=MAX_ROUTES)


_IF_THERE = {
    "contact": ("contacts", _contacts),
    "route": ("routes", _routes),
    "record-route": ("record_routes", _record_routes),
}
"""What must be well-formed if it is there: header, view, reader."""
