"""Whether a message is the one that was recorded, whatever its tags, branches and numbers are.

What is drawn (branch, tag, Call-ID, first CSeq and RSeq, number and port of a description, cnonce)
is another each time. Each is a *token*: the first pair that stands at the same place belongs
together from then on, both ways. What the far end sent is told with our tokens of this time.
"""

from __future__ import annotations

import re
from base64 import b64encode
from itertools import zip_longest

_UNTOLD = re.compile(r"(?:User-Agent|Server|Content-Length|l|Date|Timestamp)\s*:", re.IGNORECASE)
"""Headers that may differ: who writes, how long it is, when it is."""
_PLACES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("branch", re.compile(r"(;\s*branch=)([^;,\s>]+)", re.IGNORECASE)),
    ("tag", re.compile(r"(;\s*tag=)([^;,\s>]+)", re.IGNORECASE)),
    ("call", re.compile(r"^((?:Call-ID|i)\s*:\s*)(\S+)", re.IGNORECASE)),
    ("cseq", re.compile(r"^(CSeq\s*:\s*)(\d+)", re.IGNORECASE)),
    ("rseq", re.compile(r"^(RSeq\s*:\s*)(\d+)", re.IGNORECASE)),
    ("racked", re.compile(r"^(RAck\s*:\s*\S+\s+)(\d+)", re.IGNORECASE)),
    ("cnonce", re.compile(r"(\bcnonce=\")([^\"]*)", re.IGNORECASE)),
    ("wait", re.compile(r"^(Retry-After\s*:\s*)(\d+)", re.IGNORECASE)),
    ("session", re.compile(r"^(o=\S+ )(\d+)")),
    ("certificate", re.compile(r"^(a=fingerprint:\S+ )(\S+)")),
    ("handshake", re.compile(r"^(a=tls-id:)(\S+)")),
    ("port", re.compile(r"^(m=image )(\d+)")),
    ("port", re.compile(r"^(m=audio )(\d+)")),
    ("port", re.compile(r"^(a=rtcp:)(\d+)")),
)
_WORD = re.compile(r"[0-9A-Za-z_.*+~@-]{8,}")
_CREDENTIALS = re.compile(r"(?:Proxy-)?Authorization\s*:", re.IGNORECASE)
_NONCE = re.compile(r"\bnonce=\"([^\"]*)")
_CSEQ = re.compile(r"^(CSeq[ \t]*:[ \t]*)(\d+)", re.IGNORECASE | re.MULTILINE)
_RACK = re.compile(r"^(RAck[ \t]*:[ \t]*)(\d+)", re.IGNORECASE | re.MULTILINE)
_CALL = re.compile(r"^(?:Call-ID|i)[ \t]*:[ \t]*(\S+)", re.IGNORECASE | re.MULTILINE)
_BRANCH = re.compile(r"^(?:Via|v)[ \t]*:.*?;[ \t]*branch=([^;,\s]+)", re.IGNORECASE | re.MULTILINE)
_HIDDEN_KEY = re.compile(r"\binline:\*+")
_SOME_KEY = "inline:" + b64encode(bytes(range(30))).decode()

_WORDS = ("branch", "tag", "call")
"""Tokens that are told from all else wherever they stand."""


class Likeness:
    """What belongs together so far."""

    def __init__(self) -> None:
        self._here: dict[tuple[str, str], str] = {}
        """By kind and recorded token: ours."""
        self._there: dict[tuple[str, str], str] = {}

    def differs(self, recorded: str, came: str) -> str:
        """Where two messages differ, in words; empty: nowhere. Nothing is learned from that."""
        left, right = self._fair(_lines(recorded), _lines(came))
        answer = _answers(recorded)
        call = _first(_CALL, recorded)
        met: dict[tuple[str, str], str] = {}
        for one, other in zip_longest(left, right, fillvalue=""):
            bare, tokens = _bare(one, answer=answer)
            bare_too, tokens_too = _bare(other, answer=answer)
            if bare != bare_too:
                return f"recorded {_short(one)}, now {_short(other)}"
            for (place, old), (_, new) in zip(tokens, tokens_too, strict=True):
                kind = _kind(place, call)
                if not self._fits(kind, old, new, met):
                    return f"recorded {_short(one)}, now {_short(other)}"
                met[kind, old] = new
        return ""

    def learn(self, recorded: str, came: str) -> None:
        """The two are one message: their tokens belong together."""
        call = _first(_CALL, recorded)
        for one, other in zip(_lines(recorded), _lines(came), strict=False):
            (bare, tokens), (bare_too, tokens_too) = (
                _bare(line, answer=_answers(recorded)) for line in (one, other)
            )
            if bare == bare_too:
                for (kind, old), (_, new) in zip(tokens, tokens_too, strict=True):
                    self._here.setdefault((_kind(kind, call), old), new)
                    self._there.setdefault((_kind(kind, call), new), old)

    def awaited(self, recorded: str) -> bool:
        """Whether a response answers a request that has not been sent yet this time."""
        branch = _first(_BRANCH, recorded)
        return _answers(recorded) and ("branch", branch) not in self._here

    def told_now(self, recorded: str) -> str:
        """What the far end sent, with our tokens of this time in it."""
        call = _first(_CALL, recorded)

        def number(kind: str, found: re.Match[str]) -> str:
            return found[1] + self._here.get((_kind(kind, call), found[2]), found[2])

        if _answers(recorded):
            recorded = _CSEQ.sub(lambda found: number("cseq", found), recorded)
        recorded = _RACK.sub(lambda found: number("rseq", found), recorded)
        recorded = _HIDDEN_KEY.sub(_SOME_KEY, recorded)
        return _WORD.sub(lambda found: self._word(found[0]), recorded)

    def _word(self, text: str) -> str:
        return next((self._here[k, text] for k in _WORDS if (k, text) in self._here), text)

    def _fits(self, kind: str, old: str, new: str, met: dict[tuple[str, str], str]) -> bool:
        if kind in {"wait", "certificate"}:
            return True
        if kind == "port":
            return (old == "0") == (new == "0")
        if (kind, old) in met:
            return met[kind, old] == new
        here, there = self._here.get((kind, old)), self._there.get((kind, new))
        return (here is None or here == new) and (there is None or there == old)

    def _fair(self, left: list[str], right: list[str]) -> tuple[list[str], list[str]]:
        """Credentials for a nonce of before the record cannot be given again: leave them out."""
        if any(map(_CREDENTIALS.match, right)):
            return left, right
        return [line for line in left if not self._of_before(line)], right

    def _of_before(self, line: str) -> bool:
        found = _NONCE.search(line) if _CREDENTIALS.match(line) else None
        return found is not None and found[1] not in self.nonces

    nonces: frozenset[str] = frozenset()
    """Those that the far end gives within the record."""


def nonces_of(texts: list[str]) -> frozenset[str]:
    """What is given out in challenges."""
    return frozenset(found for text in texts for found in _NONCE.findall(text))


def _lines(text: str) -> list[str]:
    return [line for line in text.replace("\r\n", "\n").split("\n") if not _UNTOLD.match(line)]


def _answers(text: str) -> bool:
    return text.startswith("SIP/2.0 ")


def _bare(line: str, *, answer: bool) -> tuple[str, list[tuple[str, str]]]:
    """A line without its tokens, and these; an answer repeats the counter of the other end."""
    tokens: list[tuple[str, str]] = []
    for kind, pattern in _PLACES:
        if answer and kind == "cseq":
            continue
        tokens += [(kind, found[2]) for found in pattern.finditer(line)]
        line = pattern.sub(r"\1*", line)
    return line, tokens


def _kind(kind: str, call: str) -> str:
    """Counters are those of a call."""
    name = "cseq" if kind == "racked" else kind
    return f"{name} {call}" if name in {"cseq", "rseq"} else name


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


def _short(line: str) -> str:
    if not line:
        return "nothing there"
    return repr(line if len(line) <= 100 else f"{line[:97]}...")
