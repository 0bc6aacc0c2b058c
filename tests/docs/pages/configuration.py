"""docs/reference/configuration.md, from the types of firmware/config/schema.py."""

from __future__ import annotations

import types
import typing
from dataclasses import dataclass
from typing import Any

import msgspec

from firmware.config import group as config_group
from firmware.config import hook as config_hook
from firmware.config import mqtt as config_mqtt
from firmware.config import schema as config
from firmware.config import sip as config_sip
from firmware.config.values import Secret
from tests.docs.pages.effects import refusals, without_effect
from tests.docs.pages.markdown import attribute_docs, code, page, table

HEAD = """\
One TOML file, `/etc/tipring/tipring.toml` unless `--config` names another. It is refused whole
if a single key is unknown, of the wrong type, out of range or contradicts another: `tipring
config check` prints every mistake as `FILE:LINE: key: reason` and exits 1. Durations are in
seconds, other units stand in the name. `show config` prints what is in force, defaults filled
in, passwords hidden.
"""

REFUSED = """\
## Known, and refused

These values are part of the format, but this release cannot do them: a file that asks for one
is refused.
"""

IDLE = """\
## Known, and without effect

These keys are part of the format and can stand in a file; in this release nothing reads them:
"""

UNSAID = {
    "card.number": "As `[[line]] card` and `show card` count.",
    "card.driver": "The chip family; the chip itself says which member it is.",
    "card.ports": "How many telephones; port numbers count from 1.",
    "sip.domain": "The right side of every address of record; what REGISTER is addressed to.",
    "sip.transport": "What carries signalling; tcp and tls: one connection to each server.",
    "sip.server.host": "Name or numeric address; a name is looked up (NAPTR, SRV, A, AAAA).",
    "sip.server.port": "Left out: what the name service says (SRV), else 5060, with tls 5061.",
    "line.port": "Port on the card, from 1; one line a port.",
    "line.password": "In the file itself; `password_file` is the better place.",
    "line.display": "Display name in From; empty: none.",
    "lab.t2": "RFC 3261 timer T2.",
    "lab.t4": "RFC 3261 timer T4.",
}
"""Meanings of keys whose name says it all in the code."""
PATTERNS = {
    r"^[A-Za-z0-9_.!~*'()&=+$,;?/-]+$": "a SIP user part",
    r"^[A-Za-z0-9_.!~*'()&=+$,;?/-]*$": "a SIP user part, or nothing",
    r"^[0-9*#+]{1,20}$": "up to 20 of 0-9 * # +",
    r"^[0-9*#]{0,8}$": "up to 8 of 0-9 * #",
    r"^[3-6][0-9]{2} (busy|congestion|unobtainable)$": "a status and a tone",
    r"^[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*$": "a topic without wildcards",
    r"^([A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*)?$": "a topic without wildcards",
}
"""What those of `firmware.config.schema` mean."""


@dataclass(frozen=True)
class Key:
    """One key of the file."""

    table: str
    """``sip.heartbeat``; empty: none."""
    name: str
    kind: str
    default: str
    limits: str
    meaning: str
    sequence: bool
    """The table is one of many: ``[[line]]``."""

    @property
    def path(self) -> str:
        return f"{self.table}.{self.name}"

    @property
    def heading(self) -> str:
        return f"[[{self.table}]]" if self.sequence else f"[{self.table}]"


def keys() -> list[Key]:
    """All keys, in the order of the types."""
    said = _said()
    return list(_keys(config.Config, "", sequence=False, said=said))


def _keys(model: Any, name: str, *, sequence: bool, said: dict[str, str]) -> typing.Iterator[Key]:
    inner: list[tuple[str, Any, bool]] = []
    for field in msgspec.structs.fields(model):
        path = f"{name}.{field.name}".strip(".")
        kind, many = _table_of(field.type)
        if kind is not None:
            inner.append((path, kind, many))
            continue
        meaning = said.get(f"{model.__name__}.{field.name}", "")
        assert not (meaning and path in UNSAID), f"{path} is explained twice"
        text, limits = _kind(field.type)
        yield Key(
            name,
            field.name,
            text,
            _default(field),
            limits,
            meaning or UNSAID.get(path, ""),
            sequence,
        )
    for path, kind, many in inner:
        yield from _keys(kind, path, sequence=many, said=said)


def _said() -> dict[str, str]:
    """What the code says of tables and keys."""
    modules = (config, config_group, config_hook, config_mqtt, config_sip)
    return {name: text for module in modules for name, text in attribute_docs(module).items()}


def make() -> str:
    said = _said()
    refused = refusals()
    idle = without_effect(keys()) - {key for key, _ in refused}
    parts = [HEAD]
    by_table: dict[str, list[Key]] = {}
    for key in keys():
        by_table.setdefault(key.heading, []).append(key)
    for heading, members in by_table.items():
        rows = [
            (
                code(key.name) + (" ¹" if key.path in idle else ""),
                key.kind,
                key.default,
                key.limits,
                key.meaning,
            )
            for key in members
        ]
        parts += [f"## `{heading}`", said[_model_name(members[0].table)]]
        parts.append(table(("key", "type", "default", "range", "meaning"), rows))
    parts += ["¹ without effect in this release, see below."]
    parts += [REFUSED, table(("key", "reason"), [(code(key), why) for key, why in refused])]
    parts += [IDLE, "\n".join(f"* `{path}`" for path in sorted(idle))]
    return page("Configuration", *parts)


def _model_name(path: str) -> str:
    return path.rpartition(".")[2].capitalize()


def _bare(annotation: Any) -> tuple[Any, list[msgspec.Meta]]:
    if typing.get_origin(annotation) is typing.Annotated:
        kind, *metas = typing.get_args(annotation)
        return kind, [meta for meta in metas if isinstance(meta, msgspec.Meta)]
    return annotation, []


def _table_of(annotation: Any) -> tuple[Any, bool]:
    kind, _ = _bare(annotation)
    many = typing.get_origin(kind) is tuple
    if many:
        kind, _ = _bare(typing.get_args(kind)[0])
    found = isinstance(kind, type) and issubclass(kind, msgspec.Struct)
    return (kind, many) if found else (None, False)


def _kind(annotation: Any) -> tuple[str, str]:
    """Type and range of a value, in words."""
    kind, metas = _bare(annotation)
    words = {
        int: "whole number",
        float: "number",
        str: "text",
        bool: "true or false",
        Secret: "text",
    }
    if typing.get_origin(kind) is typing.Literal:
        return "one of", ", ".join(code(choice) for choice in typing.get_args(kind))
    if typing.get_origin(kind) in {types.UnionType, typing.Union}:
        return _kind(next(one for one in typing.get_args(kind) if one is not type(None)))
    if typing.get_origin(kind) is tuple:
        inside = typing.get_args(kind)
        text, limits = _kind(inside[0])
        count = "several" if inside[-1] is Ellipsis else str(len(inside))
        return f"{count}: {text}", limits
    return words[kind], "".join(_limits(meta) for meta in metas)


def _limits(meta: msgspec.Meta) -> str:
    if meta.pattern:
        return PATTERNS[meta.pattern]
    if meta.min_length:
        return "not empty"
    if meta.le is None:
        return f"{meta.ge:g} or more"
    return f"{meta.ge:g} to {meta.le:g}"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "**required**"
    value = field.default
    if value is None or isinstance(value, Secret):
        return "none"
    if isinstance(value, bool):
        return code(str(value).lower())
    if isinstance(value, tuple):
        return code("[" + ", ".join(_toml(one) for one in value) + "]")
    return code(_toml(value))


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"
