"""Text for people: foreign words without control characters or secrets, durations in words."""

from __future__ import annotations

import re

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_AUTHORIZATION = re.compile(
    r"^(?P<name>(?:Proxy-)?Authorization\s*:)(?P<value>.*(?:\n[ \t].*)*)",
    re.IGNORECASE | re.MULTILINE,
)
_RESPONSE = re.compile(r"(\bresponse\s*=\s*)(\"[^\"]*\"?|[^\s,]+)", re.IGNORECASE)
_PASSWORD = re.compile(r"(\bpassword\s*[=:]\s*)(\"[^\"\n]*\"?|[^\s,;]+)", re.IGNORECASE)
_USERINFO = re.compile(r"(\bsips?:[^\s:@;?<>\"]*:)[^\s@<>\"]+(?=@)", re.IGNORECASE)
_LIKE_USERINFO = re.compile(r"sips?:[^\s:@;?<>\"]*:[^\s@<>\"]+@")
_SDP_KEY = re.compile(r"\b(inline:)[^\s|;]+", re.IGNORECASE)
HIDDEN = "******"


def escape(text: str) -> str:
    """Make control characters, and those that turn the direction of text, visible."""
    return _CONTROL.sub(_visible, text)


def _visible(match: re.Match[str]) -> str:
    known = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
    character = match[0]
    code = ord(character)
    return known.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def span(seconds: float | None) -> str:
    """A duration as people read it; a dash if there is none."""
    if seconds is None:
        return "-"
    if 0 <= seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} m"


def moment(iso: str) -> str:
    """An instant as people read it, to the second, in local time as it was told (ISO 8601)."""
    return f"{iso[:10]} {iso[11:19]}"


def mask(text: str) -> str:
    """Take out of a SIP message what could be used against the line.

    The `response` of (Proxy-)Authorization goes, and Basic or other credentials altogether;
    so do passwords in URIs, `password=` parameters and SRTP keys (RFC 4568). cnonce and
    nonce stay: they help to understand a failure.
    """
    low = text.lower()  # most messages hold none of them, and a look for words is cheap
    if "authorization" in low:
        text = _AUTHORIZATION.sub(_mask_credentials, text)
    if "password" in low:
        text = _PASSWORD.sub(rf"\1{HIDDEN}", text)
    if _LIKE_USERINFO.search(low):
        text = _USERINFO.sub(rf"\1{HIDDEN}", text)
    if "inline:" in low:
        text = _SDP_KEY.sub(rf"\1{HIDDEN}", text)
    return text


def _mask_credentials(header: re.Match[str]) -> str:
    value = header["value"]
    if re.match(r"\s*Digest\b", value, re.IGNORECASE):
        return header["name"] + _RESPONSE.sub(rf'\1"{HIDDEN}"', value)
    end = "\r" if value.endswith("\r") else ""
    return f"{header['name']} {HIDDEN}{end}"
