"""Replays the bytes of a start-up against the order in which the vendor wants it (AN35).

Written from the fact sheets and not from the driver: each step says which accesses it
consists of, what they must read, and nothing else may come in between. An access out of
order, one that is left out and one too many are all errors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

Byte = tuple[int, int]
"""What was sent, and what came back."""
FASTEST = "8000"
FOREIGN = 0x11
RESERVED = {7, 12, 13, 16, 17, 25, 26, 27, *range(53, 63), 90, 91, 95}
GENERATORS = {0: (*range(13, 26),), 1: (*range(10),)}
DTMF = {0: (*range(13),), 1: ()}
AUDIO = {0: (26, 27), 1: (13, 14)}
LINE = {0: (*range(28, 35), 40, 41, 43), 1: (*range(15, 22), 27, 64, 66)}
FILTERS = {0: (*range(35, 40),), 1: (*range(22, 27),)}
FSK = {0: (*range(99, 105),), 1: (*range(69, 75),)}
SCRATCH = (*range(88, 96), 97, *range(193, 212))
CONFIGURED = {1, 2, 3, 4, 5, 9, 10, 11, 63, 65, 67, 69, 70, 71, 72, 73}


class OutOfOrderError(AssertionError):
    """An access that the start-up does not have at this place."""


@dataclass(frozen=True)
class Step:
    """One step: accesses as a regular expression over tokens such as ``w14=00``."""

    name: str
    pattern: str
    sane: Callable[[str], bool] = lambda _: True
    """Looks at the accesses of the step as a whole."""


def tokens(stream: Sequence[Byte]) -> list[str]:
    """Direct accesses as ``r82=C0`` and ``w14=00``, indirect ones as ``R20`` and ``W20=7E6D``.

    Every byte has a chip select of its own, so bytes come in pairs.
    """
    pairs = [
        (sent, got if sent & 0x80 else data)
        for (sent, _), (data, got) in zip(stream[::2], stream[1::2], strict=True)
    ]
    direct = [
        (f"{'r' if sent & 0x80 else 'w'}{sent & 0x7F}", value)
        for sent, value in pairs
        if sent != 0x80 | 31  # whether an indirect access has been served
    ]
    return list(_indirect(direct))


def _indirect(direct: list[tuple[str, int]]) -> Iterator[str]:
    at = 0
    while at < len(direct):
        names = [name for name, _ in direct[at : at + 3]]
        values = [value for _, value in direct[at : at + 3]]
        if names == ["w28", "w29", "w30"]:
            yield f"W{values[2]}={values[1]:02X}{values[0]:02X}"
            at += 3
        elif names == ["w30", "r28", "r29"]:
            yield f"R{values[0]}={values[2]:02X}{values[1]:02X}"
            at += 3
        else:
            yield f"{names[0]}={values[0]:02X}"
            at += 1


def of_chip(stream: Sequence[Byte], n: int) -> list[Byte]:
    """What one chip of a chain was told, without the chip-select bytes; the chain is enabled."""
    assert [sent for sent, _ in stream[:2]] == [0x00, 0x80], "the chain was not enabled first"
    rest = stream[2:]
    triples = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
    return [
        byte
        for (select, _), control, data in triples
        if select >> n & 1
        for byte in (control, data)
    ]


def check(told: Iterable[str], steps: Iterable[Step]) -> None:
    """Walk through all steps; nothing may be left over.

    Raises:
        OutOfOrderError: says where, and which step was to come.
    """
    text = "".join(f"{token} " for token in told)
    for token in text.split():
        register = int(re.sub(r"\D.*", "", token[1:]))
        if token[0] == "w" and register in RESERVED:
            raise OutOfOrderError(f"{token}: the register is reserved")
    at = 0
    for step in steps:
        found = re.compile(step.pattern).match(text, at)
        if found is None or not step.sane(found[0]):
            raise OutOfOrderError(f"{step.name}: not {text[at : at + 80]!r}")
        at = found.end()
    if text[at:]:
        raise OutOfOrderError(f"after the end: {text[at : at + 80]!r}")


def start_up(column: int, *, discrete: bool = True, chained: bool = False) -> list[Step]:
    """The steps for a chip fresh from reset with its telephone on-hook.

    Args:
        column: 0 for the Si3210, 1 for the Si3215.
        discrete: its line feed is made of transistors.
        chained: it is part of a chain.
    """
    automatic = column == 1 and discrete
    steps = [*_prepared(column, chained), *_battery(), *_calibrated(column, automatic=automatic)]
    return [*steps, Step("14 save", _reads(range(96, 108))), *_in_service(column, flushed=True)]


def restored(column: int, *, chained: bool = False) -> list[Step]:
    """The steps for a chip that has lost its registers, with the calibration it had."""
    saved = "".join(rf"w{register}=\w\w " for register in range(96, 108))
    calibration = Step("12.4 calibration", saved, lambda seen: "w96=00" in seen)
    _, *prepared = [*_prepared(column, chained), _converter_on("8")]  # it is known already
    return [*prepared, calibration, *_in_service(column, flushed=True, seen=False)]


def _prepared(column: int, chained: bool) -> list[Step]:
    looks = r"(r(0|1|6|8|11|64|93)=\w\w )"
    loaded = {
        *DTMF[column], *GENERATORS[column], *AUDIO[column], *LINE[column], *FILTERS[column],
        *FSK[column],
    }  # fmt: skip
    return [
        Step("2 identification", rf"{looks}+w30=00 {looks}+", partial(_identified, chained)),
        Step("3 off", "w14=10 w64=00 "),
        Step("4 indirect", _LOADED, partial(_flushed_fast, loaded, FILTERS[column])),
        Step(
            "5 enhancement",
            r"w8=00 r8=00 w108=EB r108=E[3B] w67=17 r67=1[7F] w66=01 r66=01 ",
        ),
        Step("6 converter timing", r"w92=\w\w w93=[0-7]\w "),
        Step(
            "6a foreign voltage",
            r"r80=\w\w r81=\w\w ",
            lambda seen: max(_reads_in(seen)) <= FOREIGN,
        ),
        Step("7 feed", r"(w(7[1-5])=(\w\w) r\2=\3 ){5}", partial(_writes_all, range(71, 76))),
    ]


def _battery() -> list[Step]:
    return [
        _converter_on("8"),
        Step("9 leakage", rf"(w64=00 w14=10 (r82=\w\w )+{_CONVERTER})?"),
        Step(
            "10 converter calibration",
            r"w93=[89A-F]\w (r93=\w\w )+r107=\w\w (w107=08 )?",
            lambda seen: not _last(seen, "r93") & 0x80,
        ),
    ]


def _calibrated(column: int, *, automatic: bool) -> Iterator[Step]:
    quiet = "w21=00 w22=00 w23=00 w64=00 "
    idle = r"w64=01 r68=\w[0246] w64=00 "
    ends = r"(r96=(?!00)\w\w )*r96=00 "
    if automatic:
        yield Step("12' all automatic", f"{quiet}{idle}w97=1F w96=5F {ends}")
        return
    yield Step("11 calibration", f"{quiet}w97=1E w96=47 {ends}")
    if column == 0:
        yield Step("12 accumulators", _zeros(range(88, 94)))
    search = r"w98=10 w99=10 (w98=\w\w r88=\w\w )+(w99=\w\w r89=\w\w )+"
    yield Step("12 gain mismatch", search, _searched)
    watched = "w20=04 w23=04 " if column == 0 else ""
    clean = r"r20=\w[0-38-B] " if column == 0 else ""
    yield Step("13 balance", f"{watched}{idle}w97=01 w96=40 {ends}{clean}")


def _in_service(column: int, *, flushed: bool, seen: bool = True) -> Iterator[Step]:
    if column == 0 and flushed:
        yield Step("15 flush", _zeros(SCRATCH))
    final = partial(_loads, FILTERS[column])
    yield Step("16 filters", _LOADED, final)
    yield Step("17 interrupts", "w18=FF w19=FF w20=FF w21=00 w22=FF w23=00 ")
    one = r"w(?!64=|14=)(\d+)=\w\w r\2=\w\w "
    two = (rf"w{n}=(\w\w) w{n + 1}=0\w r{n}=\w\w r{n + 1}=0\w " for n in (2, 4))
    yield Step("18 registers", f"({'|'.join((one, *two))})+", _configured)
    fed = r"(r(78|68)=\w\w )+" if seen else ""
    yield Step("19 in service", rf"w1=[2-3]\w w64=01 {fed}")


_CONVERTER = r"(w14=00 (r82=\w\w )+w14=10 ){0,2}w14=00 (r82=\w\w )+"
_LOADED = r"(W(\d+)=(\w{4}) R\2=\3 )+"


def _converter_on(number: str) -> Step:
    return Step(f"{number} converter", _CONVERTER, lambda seen: _last(seen, "r82") >= 0xB7)


def _reads(registers: Iterable[int]) -> str:
    return "".join(rf"r{register}=\w\w " for register in registers)


def _zeros(addresses: Iterable[int]) -> str:
    return "".join(f"W{address}=0000 " for address in addresses)


def _parts(seen: str) -> list[tuple[str, int, int]]:
    """Kind, address and value of each token."""
    return [
        (kind, int(address), int(value, 16))
        for kind, address, value in re.findall(r"([rwRW])(\d+)=(\w+)", seen)
    ]


def _last(seen: str, name: str) -> int:
    return [value for kind, address, value in _parts(seen) if f"{kind}{address}" == name][-1]


def _reads_in(seen: str) -> list[int]:
    return [value for kind, _, value in _parts(seen) if kind == "r"]


def _identified(chained: bool, seen: str) -> bool:
    read = {address: value for kind, address, value in _parts(seen) if kind == "r"}
    mode = read.get(0, 0) & 0xC0 == (0x80 if chained else 0x00)
    return mode and 1 in read and (read.get(8), read.get(11), read.get(64)) == (2, 0x33, 0)


def _writes_all(registers: Iterable[int], seen: str) -> bool:
    written = [address for kind, address, _ in _parts(seen) if kind == "w"]
    return sorted(written) == sorted(registers)


def _loads(addresses: Iterable[int], seen: str) -> bool:
    written = [address for kind, address, _ in _parts(seen) if kind == "W"]
    return written == sorted(addresses)


def _flushed_fast(addresses: set[int], filters: Iterable[int], seen: str) -> bool:
    fast = all(f"W{address}={FASTEST} " in seen for address in filters)
    return fast and _loads(addresses, seen)


def _searched(seen: str) -> bool:
    """Both words from 1F downwards, one at a time, to the first at which the current is 0."""
    parts = _parts(seen)[2:]
    for word, current in ((98, 88), (99, 89)):
        tried = [value for kind, address, value in parts if (kind, address) == ("w", word)]
        read = [value for kind, address, value in parts if (kind, address) == ("r", current)]
        if tried != list(range(0x1F, 0x1F - len(tried), -1)) or 0 in read[:-1] or read[-1] != 0:
            return False
    return True


def _configured(seen: str) -> bool:
    """Everything is written once, PCM still off."""
    written = [(address, value) for kind, address, value in _parts(seen) if kind == "w"]
    addresses = [address for address, _ in written]
    off = all(not value & 0x20 for address, value in written if address == 1)
    return off and sorted(addresses) == sorted(CONFIGURED)
