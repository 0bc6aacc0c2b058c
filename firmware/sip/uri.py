"""SIP, tel and foreign URIs (RFC 3261 section 19.1, RFC 3966).

A URI is carried about as the text it came as, because it must be sent back as it came; it
is read when its parts are needed. A scheme we do not know is no error here: the agent
answers it with 416.
"""

from __future__ import annotations

import re
from ipaddress import ip_address

from firmware.errors import SipError
from firmware.machine import word
from firmware.sip.grammar import (
    HOST,
    MAX_PARAMS,
    Params,
    lower,
    malformed,
    number,
    param,
    params_text,
    remembered,
)

_SIP = re.compile(
    rf'([Ss][Ii][Pp][Ss]?):(?:([^@\x00-\x20\x7f<>"]*)@)?({HOST})(?::([0-9]{{1,5}}))?'
    r'((?:;[^;?\x00-\x20\x7f<>"]*)*)(?:\?([^\x00-\x20\x7f<>"]*))?',
    re.ASCII,
)
_ANY = re.compile(r'([A-Za-z][A-Za-z0-9+.\-]*):([^\x00-\x20\x7f<>"]+)')
_HEX = re.compile(r"%([0-9A-Fa-f]{2})")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NOT_IN_USER = re.compile(r"[^A-Za-z0-9\-_.!~*'()&=+$,;?/%]")
_NOT_IN_PASSWORD = re.compile(r"[^A-Za-z0-9\-_.!~*'()&=+$,%]")
_VISUAL = str.maketrans("", "", "-.()")

_RESERVED = frozenset(";/?:@&=+$,")
_MUST_BE_IN_BOTH = ("user", "ttl", "method", "maddr", "transport")


@word
class SipUri:
    """A ``sip:`` or ``sips:`` URI, each part as written.

    Attributes:
        user: with its escapes; None: there is no user part.
        host: an IPv6 reference keeps its brackets.
        headers: what stands behind the question mark.
    """

    host: str
    user: str | None = None
    port: int | None = None
    params: Params = ()
    headers: str = ""
    password: str | None = None
    scheme: str = "sip"

    @classmethod
    def parse(cls, text: str) -> SipUri:
        match = _SIP.fullmatch(text)
        if match is None:
            raise malformed("not a SIP URI", text)
        scheme, userinfo, host, port, params, headers = match.groups()
        user = password = None
        if userinfo is not None:
            user, colon, secret = userinfo.partition(":")
            password = secret if colon else None
            if not user:
                raise malformed("SIP URI with an empty user part", text)
        return cls(
            host,
            user,
            number(port, "port", limit=65535) if port else None,
            _uri_params(params) if params else (),
            headers or "",
            password,
            scheme.lower(),
        )

    @property
    def user_text(self) -> str:
        """The user part as people mean it: ``%23`` is ``#``."""
        return unescaped(self.user or "")

    @property
    def address(self) -> str:
        """The host without the brackets of an IPv6 reference."""
        return self.host.strip("[]")

    def param(self, name: str) -> str | None:
        """The value of a parameter, "" if it has none, None if it is not there."""
        return param(self.params, name)

    @property
    def lr(self) -> bool:
        """Loose routing, by presence of the parameter (RFC 3261 section 19.1.1)."""
        return self.param("lr") is not None

    def __str__(self) -> str:
        user = "" if self.user is None else _escaped(self.user, _NOT_IN_USER)
        if self.password is not None:
            user += ":" + _escaped(self.password, _NOT_IN_PASSWORD)
        return (
            f"{self.scheme}:{user}{'' if self.user is None else '@'}{self.host}"
            f"{'' if self.port is None else f':{self.port}'}{params_text(self.params)}"
            f"{'?' + self.headers if self.headers else ''}"
        )

    def equivalent(self, other: Uri) -> bool:
        """Whether both mean the same resource by the rules of RFC 3261 section 19.1.4."""
        return (
            isinstance(other, SipUri)
            and self.scheme == other.scheme
            and _same(self.user, other.user)
            and _same(self.password, other.password)
            and _host_key(self.host) == _host_key(other.host)
            and self.port == other.port
            and _params_agree(self, other)
            and _headers_key(self.headers) == _headers_key(other.headers)
        )


@word
class TelUri:
    """A telephone number (RFC 3966); stays exactly as written."""

    number: str
    params: Params = ()
    scheme: str = "tel"

    @classmethod
    def parse(cls, text: str) -> TelUri:
        match = _ANY.fullmatch(text)
        if match is None or match[1].lower() != "tel":
            raise malformed("not a tel URI", text)
        subscriber, semicolon, params = match[2].partition(";")
        if not subscriber:
            raise malformed("tel URI without a number", text)
        return cls(subscriber, _uri_params(semicolon + params))

    @property
    def user_text(self) -> str:
        """The number without visual separators."""
        return unescaped(self.number).translate(_VISUAL)

    def __str__(self) -> str:
        return f"tel:{self.number}{params_text(self.params)}"

    def equivalent(self, other: Uri) -> bool:
        """RFC 3966 section 4: visual separators and case do not count."""
        return isinstance(other, TelUri) and _tel_key(self) == _tel_key(other)


@word
class OpaqueUri:
    """A URI of a scheme that means nothing to us."""

    scheme: str
    rest: str

    @property
    def user_text(self) -> str:
        return self.rest

    def __str__(self) -> str:
        return f"{self.scheme}:{self.rest}"

    def equivalent(self, other: Uri) -> bool:
        return self == other


Uri = SipUri | TelUri | OpaqueUri


def parse_uri(text: str) -> Uri:
    """Read any URI.

    Raises:
        SipError: it is none, or a SIP or tel URI that breaks the rules of its scheme.
    """
    return _read(text)


@remembered
def _read(text: str) -> Uri:
    scheme, colon, rest = text.partition(":")
    kind = lower(scheme)
    if kind in {"sip", "sips"}:
        return SipUri.parse(text)
    if kind == "tel":
        return TelUri.parse(text)
    if not colon or _ANY.fullmatch(text) is None:
        raise malformed("not a URI", text)
    return OpaqueUri(kind, rest)


def is_uri(text: str) -> bool:
    """Whether `text` has the outline of a URI: scheme, colon, no white space or brackets."""
    return _ANY.fullmatch(text) is not None


def unescaped(text: str) -> str:
    """`text` with every ``%HH`` replaced by the byte it stands for."""
    if "%" not in text:
        return text
    raw = text.encode("utf-8", "surrogateescape")
    parts = raw.split(b"%")
    out = [parts[0]]
    for part in parts[1:]:
        code = part[:2]
        if _HEX.fullmatch("%" + code.decode("latin-1")):
            out += (bytes((int(code, 16),)), part[2:])
        else:
            out += (b"%", part)
    return b"".join(out).decode("utf-8", "surrogateescape")


def _escaped(text: str, illegal: re.Pattern[str]) -> str:
    """Write with ``%HH`` what the grammar does not allow raw; escapes stay what they are."""
    if illegal.search(text) is None and "%" not in text:
        return text

    def escape(match: re.Match[str]) -> str:
        octets = match[0].encode("utf-8", "surrogateescape")
        return "".join(f"%{octet:02X}" for octet in octets)

    return _BARE_PERCENT.sub("%25", illegal.sub(escape, text))


def _uri_params(text: str) -> Params:
    found: list[tuple[str, str | None]] = []
    if text.count(";") > MAX_PARAMS:
        raise SipError(f"more than {MAX_PARAMS} URI parameters")
    for piece in text.split(";"):
        name, equals, value = piece.partition("=")
        if name:
            found.append((name, value if equals else None))
        elif equals:
            raise malformed("URI parameter without a name", text)
    return tuple(found)


def _normal(text: str) -> str:
    """For comparing: a character and its escape are the same unless it is reserved."""

    def plain(match: re.Match[str]) -> str:
        character = chr(int(match[1], 16))
        keep = character in _RESERVED or not " " < character < "\x7f" or character == "%"
        return match[0].upper() if keep else character

    return _HEX.sub(plain, text) if "%" in text else text


def _same(a: str | None, b: str | None) -> bool:
    return a == b or (a is not None and b is not None and _normal(a) == _normal(b))


def _host_key(host: str) -> str:
    if host.startswith("["):
        try:
            return str(ip_address(host[1:-1]))
        except ValueError:  # a form that only an old grammar allowed (RFC 5118 section 4.10)
            return host.lower()
    return host.lower()


def _params_agree(a: SipUri, b: SipUri) -> bool:
    ours = {lower(_normal(k)): lower(_normal(v or "")) for k, v in a.params}
    theirs = {lower(_normal(k)): lower(_normal(v or "")) for k, v in b.params}
    if any((name in ours) != (name in theirs) for name in _MUST_BE_IN_BOTH):
        return False
    return all(theirs.get(name, value) == value for name, value in ours.items())


def _tel_key(uri: TelUri) -> tuple[str, frozenset[tuple[str, str]]]:
    pairs = frozenset((lower(k), lower(v or "")) for k, v in uri.params)
    return lower(uri.number).translate(_VISUAL), pairs


def _headers_key(text: str) -> frozenset[tuple[str, str]]:
    pairs = (piece.partition("=") for piece in text.split("&") if piece)
    return frozenset((lower(_normal(name)), _normal(value)) for name, _, value in pairs)
