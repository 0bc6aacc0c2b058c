"""The header lines of a message: in order, as written, found by name without case.

Lines from the wire are kept as they came, folds apart, so that what is echoed into a
response is the same bytes. Lines of our own are checked when they are put in: a value with
a line end in it would be a header more (header injection).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

from firmware.errors import SipError
from firmware.sip.grammar import is_token, malformed

T = TypeVar("T")
Line = tuple[str, str]
Lines = tuple[Line, ...]
Index = dict[str, tuple[str, ...]]

COMPACT: Final = {
    "a": "accept-contact",
    "b": "referred-by",
    "c": "content-type",
    "d": "request-disposition",
    "e": "content-encoding",
    "f": "from",
    "i": "call-id",
    "j": "reject-contact",
    "k": "supported",
    "l": "content-length",
    "m": "contact",
    "o": "event",
    "r": "refer-to",
    "s": "subject",
    "t": "to",
    "u": "allow-events",
    "v": "via",
    "x": "session-expires",
    "y": "identity",
}
"""One-letter names (RFC 3261 section 7.3.3 and the extensions' own registrations)."""

_USUAL = (
    "Accept Allow Allow-Events Authorization Call-ID Contact Content-Length Content-Type CSeq"
    " Event Expires From Max-Forwards Min-Expires Min-SE P-Asserted-Identity"
    " P-Preferred-Identity Path Privacy Proxy-Authenticate Proxy-Authorization RAck Reason"
    " Record-Route Require Retry-After Route RSeq Server Service-Route Session-Expires Subject"
    " Supported To Unsupported User-Agent Via Warning WWW-Authenticate"
)
_KEYS = {name: name.lower() for name in _USUAL.split()}
_KEYS |= COMPACT | {letter.upper(): key for letter, key in COMPACT.items()}
_KEYS |= {key: key for key in _KEYS.values()}
"""What names usually look like, so that most need no reading."""

_BARE_NUL = re.compile(r"(?<!\\)\x00")
"""A NUL may stand as a quoted-pair only (section 25.1)."""


def key_of(name: str) -> str:
    """The name to look a header up by: lower case, the compact form resolved.

    Raises:
        SipError: `name` is not a token.
    """
    key = _KEYS.get(name)
    if key is not None:
        return key
    if not is_token(name):
        raise malformed("not a header name", name)
    key = name.lower()
    return COMPACT.get(key, key)


class Headers:
    """An immutable list of (name, value); two are equal if their lines are.

    Raises:
        SipError: a name is no token, or a value could not be sent as one line (500).
    """

    __slots__ = ("_index", "_items", "_views")

    def __init__(
        self,
        items: Iterable[Line] = (),
        *,
        verbatim: bool = False,
        index: Index | None = None,
        views: dict[str, Any] | None = None,
    ) -> None:
        self._items: Lines = tuple(items) if verbatim else checked(items)
        self._index = index
        self._views: dict[str, Any] = {} if views is None else views

    @staticmethod
    def verbatim(items: Iterable[Line]) -> Headers:
        """Lines that came from the wire, and so are lines, whatever else is in them.

        Raises:
            SipError: a name is no token.
        """
        lines = tuple(items)
        return Headers(lines, verbatim=True, index=_indexed(lines))

    @staticmethod
    def composed(items: Iterable[Line], **views: object) -> Headers:
        """Lines that are known to be lines, and what is known of them without reading."""
        return Headers(items, verbatim=True, views=views)

    @property
    def index(self) -> Index:
        """The values by lower-case name; made when it is first asked for."""
        if self._index is None:
            self._index = _indexed(self._items)
        return self._index

    def get(self, name: str) -> str | None:
        """The first value, or None."""
        values = (self._index or self.index).get(_KEYS.get(name) or key_of(name))
        return None if values is None else values[0]

    def all(self, name: str) -> tuple[str, ...]:
        """One entry a header line."""
        return (self._index or self.index).get(_KEYS.get(name) or key_of(name), ())

    def items(self) -> tuple[tuple[str, str], ...]:
        return self._items

    def lengths(self) -> list[str]:
        """The values of Content-Length, where one look is not worth an index."""
        keys = _KEYS
        return [v for n, v in self._items if (keys.get(n) or key_of(n)) == "content-length"]

    def lines(self, name: str) -> tuple[tuple[str, str], ...]:
        """The lines called `name`, under the names they were written with."""
        key = key_of(name)
        return tuple([item for item in self._items if key_of(item[0]) == key])

    def replaced(self, name: str, *values: str) -> Headers:
        """`values` in place of every line called `name`: where the first was, or at the end."""
        key, items, missing = key_of(name), list[Line](), True
        for old in self._items:
            if key_of(old[0]) != key:
                items.append(old)
            elif missing:
                items += checked([(name, value) for value in values])
                missing = False
        if missing:
            items += checked([(name, value) for value in values])
        return self.composed(items)

    def edited(
        self,
        new: Mapping[str, str],
        *,
        without: Collection[str] = (),
        more: Iterable[Line] = (),
        **views: object,
    ) -> Headers:
        """The same with other lines, all in one go.

        Args:
            new: a value for each of these names, in place of all its lines: where the first was,
                or at the end.
            without: names whose lines are left out.
            more: at the end; they are lines.
            views: what is known of the new lines without reading.
        """
        places: dict[str, Line | None] = {key_of(name): None for name in without}
        for name, value in new.items():
            _check(name, value)
            places[key_of(name)] = name, value
        items: list[Line] = []
        for item in self._items:
            key = _KEYS.get(item[0]) or key_of(item[0])
            if key not in places:
                items.append(item)
            elif (line := places[key]) is not None:
                items.append(line)
                places[key] = None
        items += [line for line in places.values() if line is not None]
        items += more
        return self.composed(items, **views)

    def topped(self, name: str, value: str, **views: object) -> Headers:
        """`value` on the first of the lines called `name`, of which there is one.

        What has been read of the other lines stays read; of this one, `views` is known.
        """
        key, items = key_of(name), list(self._items)
        at = 0
        while key_of(items[at][0]) != key:
            at += 1
        items[at] = (items[at][0], value)
        index = dict(self.index)
        index[key] = (value, *index[key][1:])
        return Headers(items, verbatim=True, index=index, views={**self._views, **views})

    def without(self, *names: str) -> Headers:
        return self.edited({}, without=names)

    def prepended(self, name: str, value: str) -> Headers:
        return self.composed((*checked([(name, value)]), *self._items))

    def appended(self, name: str, value: str) -> Headers:
        return self.composed((*self._items, *checked([(name, value)])))

    def view(self, name: str, make: Callable[[Headers], T]) -> T:
        """What `make` reads from these lines, read once and kept under `name`."""
        kept: T | None = self._views.get(name)
        if kept is not None:
            return kept
        made = self._views[name] = make(self)
        return made

    def __contains__(self, name: str) -> bool:
        return (_KEYS.get(name) or key_of(name)) in (self._index or self.index)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self._items == other._items

    def __hash__(self) -> int:
        return hash(self._items)

    def __repr__(self) -> str:
        return f"Headers({list(self._items)!r})"


def checked(items: Iterable[Line]) -> Lines:
    """The same, if they are lines.

    Raises:
        SipError: a name is no token, or a value could not be sent as one line (500).
    """
    lines = tuple(items)
    for name, value in lines:
        if name not in _KEYS or "\n" in value or "\r" in value or "\0" in value:
            _check(name, value)
    return lines


def _check(name: str, value: str) -> None:
    if name not in _KEYS and not is_token(name):
        raise SipError(f"not a header name: {name!a}", status=500)
    if "\n" in value or "\r" in value or ("\0" in value and _BARE_NUL.search(value) is not None):
        raise SipError(f"{name} would not be one line: {value[:60]!a}", status=500)


def _indexed(items: Iterable[Line]) -> Index:
    index: Index = {}
    repeated: dict[str, list[str]] = {}
    keys = _KEYS
    for name, value in items:
        key = keys.get(name) or key_of(name)
        if key not in index:
            index[key] = (value,)
        else:
            repeated.setdefault(key, [index[key][0]]).append(value)
    for key, values in repeated.items():
        index[key] = tuple(values)
    return index
