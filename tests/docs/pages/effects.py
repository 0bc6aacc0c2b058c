"""Which configuration keys do something, so that no page promises what nothing reads.

A key is read if the firmware has an attribute access ``TABLE.KEY`` outside the files that load
and check the configuration: the house style gives such a variable the name of its table.
"""

from __future__ import annotations

import ast
import itertools
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from firmware.config.lines import KeyPath
from firmware.config.schema import Card, Config, Rtp
from firmware.config.sip import Server, Sip
from firmware.config.unbuilt import refuse_unbuilt
from tests.docs.pages.markdown import ROOT

if TYPE_CHECKING:
    from tests.docs.pages.configuration import Key

READ_AT_LOADING = {
    "line.password_file", "mqtt.password_file", "sip.group.password_file", "rtp.srtp_without_tls",
}  # fmt: skip
"""Read into `line.password` by the loader itself; and what only lets another setting pass."""
THROUGH = {
    "sip.listen": "sip.listen_address",
    "rtp.ports": "rtp.port_range",
    "line.auth_user": "line.user",
    "line.card": "config.line_card",
    "lab.board_socket": "config.board_socket",
    "gateway.card": "config.line_card",
    "mqtt.port": "mqtt.known_port",
    "sip.group.auth_user": "group.user",
}
"""Keys that are read through a property or method of the types."""


def without_effect(keys: Iterable[Key]) -> set[str]:
    """The keys that nothing reads."""
    read = set(_accesses())
    idle = set()
    for key in keys:
        where = THROUGH.get(key.path, f"{key.table.rpartition('.')[2]}.{key.name}")
        if where not in read and key.path not in READ_AT_LOADING:
            idle.add(key.path)
    return idle


def _accesses() -> Iterator[str]:
    """``owner.attribute`` of every attribute access in the firmware, drivers left out."""
    for path in (ROOT / "firmware").rglob("*.py"):
        name = path.relative_to(ROOT / "firmware").as_posix()
        if name in {"config/schema.py", "config/load.py", "config/sip.py", "config/unbuilt.py"}:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(
                    attr=attribute, value=ast.Name(id=owner) | ast.Attribute(attr=owner)
                ):
                    if name != "config/check.py" or f"{owner}.{attribute}" == _CARD_OF_LINE:
                        yield f"{owner}.{attribute}"


_CARD_OF_LINE = "config.line_card"


def refusals() -> list[tuple[str, str]]:
    """What is refused although the format has it: key and reason, each once."""
    card = Card()
    plain = Config(card=(card,), sip=Sip(domain="d", server=(Server(host="h"),)))
    said: dict[tuple[str, str], None] = {}

    def wrong(path: KeyPath, reason: str) -> None:
        key = ".".join(part for part in path if isinstance(part, str))
        said[key, reason] = None

    for changed in _unusual(plain, card):
        refuse_unbuilt(changed, wrong)
    return list(said)


def _unusual(plain: Config, card: Card) -> Iterator[Config]:
    rtp: list[dict[str, Any]] = [*({"dtmf": how} for how in ("info", "inband")), {"ptime": 10}]
    cards: list[dict[str, Any]] = [{"driver": "si3215"}]
    yield from (replace(plain, rtp=replace(Rtp(), **change)) for change in rtp)
    yield from (replace(plain, card=(replace(card, **change),)) for change in cards)
    yield replace(plain, card=tuple(itertools.repeat(card, 2)))
