"""docs/reference/chips/si321x-registers.md, from the register declarations."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from enum import IntEnum, IntFlag

from drivers import si321x_registers, slic
from drivers.registers import Field, Latches, Pair, ReadOnly, RegisterFile, WordFile
from drivers.si321x_registers import Direct, Indirect
from tests.docs.pages.markdown import attribute_docs, code, page, table

HEAD = """\
What the driver declares, and therefore all that it touches: `drivers/si321x_registers.py`,
after the data sheets of the Si3215 (Rev 0.92) and the Si3230 (Rev 0.96, the numbers of the
Si3210). The names are the driver's. The simulated chip has its own declarations
(`drivers/sim/si321x_registers.py`), so that one mistake is not made twice. Nothing here has
been compared with silicon yet.

Access: `rw` read and write; `r` owned by the chip; `w1c` a bit is cleared by writing 1 to it;
`alone` the other bits are written as 0 without being read; `pair` low byte here, high byte at
the next address.
"""


def make() -> str:
    said = attribute_docs(si321x_registers) | attribute_docs(slic)
    parts = [HEAD]
    kinds: list[type] = []
    for heading, names in _groups(Direct):
        rows: list[tuple[object, ...]] = []
        for name in names:
            field = Direct.fields()[name]
            kind = field.kind
            if isinstance(kind, type) and issubclass(kind, IntEnum | IntFlag):
                kinds.append(kind)
            rows.append((field.address, _bits(field), code(name), _access(field), _meaning(kind)))
        head = ("register", "bits", "name", "access", "reads as")
        parts += [f"## Direct registers {heading}", table(head, rows)]
    for kind in dict.fromkeys(kinds):
        parts += [f"### {kind.__name__}", said[kind.__name__], _members(kind, said)]
    for heading, names in _groups(Indirect):
        words = Indirect.words()
        rows = [(code(name), *map(_address, words[name].addresses)) for name in names]
        columns = ("name", "Si3210", "Si3215")
        parts += [f"## Indirect registers: {heading}", table(columns, rows)]
    return page("Registers of the Si321x", *(part for part in parts if part))


def _groups(owner: type[RegisterFile | WordFile]) -> Iterator[tuple[str, list[str]]]:
    """The names under each comment of the class body."""
    heading, names = "", list[str]()
    for line in inspect.getsource(owner).splitlines():
        text = line.strip()
        if text.startswith("# "):
            if names:
                yield heading, names
            heading, names = text.removeprefix("# "), []
        elif " = " in text and text.split(" = ")[0].isidentifier():
            names.append(text.split(" = ")[0])
    yield heading, names


def _bits(field: Field[int]) -> str:
    if isinstance(field, Pair):
        return f"{field.limit.bit_length() - 1}..0"
    return str(field.msb) if field.msb == field.lsb else f"{field.msb}..{field.lsb}"


def _access(field: Field[int]) -> str:
    match field:
        case ReadOnly():
            return "r"
        case Latches():
            return "w1c"
        case Pair():
            return "rw, pair"
    return "rw, alone" if field.alone and field.limit != 0xFF else "rw"


def _meaning(kind: object) -> str:
    if kind is bool:
        return "yes or no"
    if isinstance(kind, type) and issubclass(kind, IntEnum | IntFlag):
        return f"[{kind.__name__}](#{kind.__name__.lower()})"
    return "number"


def _members(kind: type[IntEnum | IntFlag], said: dict[str, str]) -> str:
    rows = [
        (f"0x{member.value:02X}" if issubclass(kind, IntFlag) else member.value, code(name),
         said.get(f"{kind.__name__}.{name}", ""))
        for name, member in kind.__members__.items()
    ]  # fmt: skip
    return table(("value", "name", ""), rows)


def _address(address: int | None) -> object:
    return "" if address is None else address
