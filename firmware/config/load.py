"""Read a configuration file: all mistakes in one run, each with file, line, key and reason.

msgspec checks one value at a time here, because by itself it stops at the first mistake
and knows no lines. A value that is wrong is replaced by its default, so that what follows
can still be checked; nothing is handed out unless there was no mistake at all.
"""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from firmware.config.check import check, check_passwords, lint
from firmware.config.country import check_country
from firmware.config.group import check_group
from firmware.config.lines import KeyPath, key_lines, line_of, shown, syntax
from firmware.config.mqtt import check_mqtt
from firmware.config.schema import Config
from firmware.config.secret import exposed
from firmware.config.tls import check_tls
from firmware.config.values import Secret
from firmware.errors import ConfigError

_ENOUGH = 1 << 20
"""No configuration is longer than this, in bytes."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration that can be used, and what is odd about it."""

    config: Config
    warnings: tuple[str, ...]
    """``FILE:LINE: key: reason``, as the mistakes."""
    text: str = ""
    """The file, as it was read."""


class Problems:
    """Mistakes by key; the first about a key counts, what follows from it does not."""

    def __init__(self, file: str, lines: Mapping[KeyPath, int]) -> None:
        self._file, self._lines = file, lines
        self._found: dict[KeyPath, str] = {}

    def __call__(self, path: KeyPath, reason: str) -> None:
        self._found.setdefault(path, reason)

    def __bool__(self) -> bool:
        return bool(self._found)

    @property
    def texts(self) -> list[str]:
        """``FILE:LINE: key: reason``, in the order of the file."""
        placed = [(line_of(p, self._lines), p, reason) for p, reason in self._found.items()]
        placed.sort(key=lambda found: found[0])
        return [f"{self._file}:{line}: {shown(p)}: {reason}" for line, p, reason in placed]


def load(path: Path) -> Config:
    """Read and check a configuration file.

    Raises:
        ConfigError: it cannot be used; `problems` names every mistake with its line.
    """
    return read(path).config


def read(path: Path, folder: Path | None = None) -> Loaded:
    """Read and check a configuration file, and say what is odd about it.

    Args:
        path: of the file.
        folder: where relative names in it begin; None: where the file is.

    Raises:
        ConfigError: as `load`.
    """
    try:
        seen = path.stat()
        if seen.st_size > _ENOUGH:
            raise ConfigError([f"{path}:1: file: more than {_ENOUGH} bytes"])
        data = path.read_bytes()
    except OSError as error:
        do = "; tipring setup writes one" if isinstance(error, FileNotFoundError) else ""
        raise ConfigError([f"{path}:1: file: {error.strerror or error}{do}"]) from error
    try:
        text = data.decode().replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError([f"{path}:{line}: file: not UTF-8 text"]) from error
    loaded = parse(text, str(path), folder or path.parent)
    if told := exposed(text, path, seen.st_mode):
        return replace(loaded, warnings=(told, *loaded.warnings))
    return loaded


def parse(text: str, file: str, folder: Path) -> Loaded:
    """The same for a text; `folder` is where relative names of files begin.

    Raises:
        ConfigError: as `load`.
    """
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError([syntax(text, file, str(error))]) from error
    lines = key_lines(text)
    problems, warnings = Problems(file, lines), Problems(file, lines)
    config: Config = _table(Config, raw, (), problems)
    config = check_passwords(config, folder, problems)
    group = check_group(config.sip.group, folder, problems)
    config = msgspec.structs.replace(config, sip=msgspec.structs.replace(config.sip, group=group))
    config = check_tls(config, folder, problems)
    config = msgspec.structs.replace(config, mqtt=check_mqtt(config.mqtt, folder, problems))
    config = check_country(config, folder, problems)
    check(config, problems)
    if problems:
        raise ConfigError(problems.texts)
    lint(config, warnings)
    return Loaded(config, tuple(warnings.texts), text)


def _table(model: Any, raw: object, path: KeyPath, problems: Problems) -> Any:
    """Build `model` of `raw` as far as it goes; each mistake goes to `problems`."""
    given = raw if isinstance(raw, dict) else {}
    if given is not raw:
        problems(path, f"a table is expected, not {_kind(raw)}")
    fields = msgspec.structs.fields(model)
    names = [field.name for field in fields]
    for key in given:
        if key not in names:
            near = difflib.get_close_matches(key, names, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems((*path, key), f"unknown key{hint}")
    values = {}
    for field in fields:
        place = (*path, field.name)
        if field.name in given:
            values[field.name] = _value(field, given[field.name], place, problems)
        elif not field.required:
            continue
        else:
            problems(place, "missing")
            values[field.name] = _neutral(field.type)
    return model(**values)


def _value(
    field: msgspec.structs.FieldInfo, raw: object, path: KeyPath, problems: Problems
) -> Any:
    inner, many = _model_of(field.type)
    if inner is not None and not many:
        return _table(inner, raw, path, problems)
    if inner is not None:
        if not isinstance(raw, list):
            problems(path, f"an array of tables is expected ([[{shown(path)}]]), not {_kind(raw)}")
            return _neutral(field.type)
        if not raw and field.required:
            problems(path, "at least one is needed")
        return tuple(_table(inner, one, (*path, i), problems) for i, one in enumerate(raw))
    try:
        return msgspec.convert(raw, field.type, dec_hook=_secret)
    except msgspec.ValidationError as error:
        problems(path, _reason(str(error), field.type, raw))
    return _neutral(field.type) if field.required else field.default


def _secret(kind: type, raw: object) -> Secret:
    if kind is not Secret or not isinstance(raw, str):
        raise msgspec.ValidationError(f"Expected `str`, got `{type(raw).__name__}`")
    return Secret(raw)


def _bare(annotation: Any) -> Any:
    """The type inside `Annotated`."""
    if typing.get_origin(annotation) is typing.Annotated:
        return typing.get_args(annotation)[0]
    return annotation


def _model_of(annotation: Any) -> tuple[Any, bool]:
    """The table's type if `annotation` is one or a sequence of them; and whether it is many."""
    kind = _bare(annotation)
    if typing.get_origin(kind) is tuple:
        item = _bare(typing.get_args(kind)[0])
        return (item, True) if _is_model(item) else (None, True)
    return (kind, False) if _is_model(kind) else (None, False)


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)


def _neutral(annotation: Any) -> Any:
    """Something of the type, to go on checking with."""
    kind = _bare(annotation)
    if typing.get_origin(kind) is tuple:
        return ()
    if _is_model(kind):
        return _table(kind, {}, (), Problems("", {(): 1}))
    return kind()


def _kind(raw: object) -> str:
    """A TOML value's kind in words."""
    words = {
        bool: "true or false", int: "a whole number", float: "a number", str: "text",
        list: "an array", dict: "a table",
    }  # fmt: skip
    return words.get(type(raw), "a date or a time")


def _reason(message: str, annotation: Any, raw: object) -> str:
    """What msgspec found wrong, in words for the person who wrote the file."""
    expected = {
        "int": "a whole number", "float": "a number", "str": "text", "bool": "true or false",
        "array": "an array", "object": "a table", "int | null": "a whole number",
    }  # fmt: skip
    inside = re.search(r" - at `\$\[(\d+)\]`$", message)
    bare, where = message, ""
    if inside and isinstance(raw, list):
        bare, raw = message.removesuffix(inside[0]), raw[int(inside[1])]
        where = f"element {inside[1]}: "
    if bare.startswith("Invalid enum value"):
        choices = ", ".join(str(c) for c in _choices(annotation))
        return f"{where}{raw!r} is not one of: {choices}"
    if found := re.fullmatch(r"Expected `(.+?)`, got `.+`", bare):
        return f"{where}{expected.get(found[1], found[1])} is expected, not {_kind(raw)}"
    if found := re.fullmatch(r"Expected `\w+` ([<>]=?) ([\d.]+)", bare):
        limit = "less" if found[1].startswith("<") else "more"
        return f"{where}{raw} is out of range: {float(found[2]):g} or {limit} is expected"
    if "of length >= 1" in bare:
        return f"{where}must not be empty"
    if found := re.match(r"Expected `\w+` of length (.+)", bare):
        return f"{where}{found[1].split(',')[0]} elements are expected"
    if "(busy|" in bare:
        return f'{where}{raw!r} is no status with a tone, such as "403 busy"'
    if "matching regex" in bare and not raw:
        return f"{where}must not be empty"
    if "matching regex" in bare:
        return f"{where}{raw!r} holds characters that it must not"
    return f"{where}{bare}"


def _choices(annotation: Any) -> tuple[Any, ...]:
    kind = _bare(annotation)
    if typing.get_origin(kind) is tuple:
        kind = typing.get_args(kind)[0]
    return typing.get_args(kind)
