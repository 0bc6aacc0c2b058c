"""Spell dataclasses out for mypyc, which compiles a class but not what a decorator makes of it.

A dataclass gets its `__init__`, `__eq__` and `__hash__` from the decorator at run time, and those
are interpreted also where all else is machine code. Here they are written into the source, each
on one line where a line is blank, so that every other line keeps its number and a traceback tells
the truth. `repr`, `fields` and `replace` stay the decorator's. That nobody changes what is frozen
is the type checker's to see.
"""
# ruff: noqa: INP001 - beside a script, no package

from __future__ import annotations

import ast
from dataclasses import dataclass

BORROWED = "from dataclasses import dataclass; from typing import Final"


@dataclass(frozen=True)
class Field:
    """A field as written; all but the flag are text of the source."""

    name: str
    type: str
    default: str = ""
    factory: str = ""
    compared: bool = True
    hashed: bool = True
    given: bool = True
    """An argument of the constructor."""

    @property
    def argument(self) -> str:
        if self.factory:
            return f"{self.name}: {self.type} | None = None"
        return f"{self.name}: {self.type}" + (f" = {self.default}" if self.default else "")

    @property
    def assignment(self) -> str:
        if not self.given:
            return f"self.{self.name} = {self.default or f'{self.factory}()'}"
        if not self.factory:
            return f"self.{self.name} = {self.name}"
        made = f"{self.factory}() if {self.name} is None else {self.name}"
        return f"self.{self.name}: {self.type} = {made}"


class SpellingError(Exception):
    """A dataclass is written in a way that nobody has needed so far."""


def spelled_out(source: str) -> str:
    """`source` with its dataclasses spelled out."""
    lines = source.split("\n")
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef) and (decorator := _decorator(node)) is not None:
            _Spelling(node, decorator, lines).write()
        elif isinstance(node, ast.ClassDef):
            _no_enum_with_a_constructor(node)
        elif isinstance(node, ast.ImportFrom) and node.module == "__future__":
            lines[node.lineno - 1] += f"; {BORROWED}"
        elif isinstance(node, ast.FunctionDef):
            for marker in node.decorator_list:
                if _called(marker) == "dataclass_transform":
                    lines[marker.lineno - 1] = ""  # of a function in C, nothing can be noted
    return "\n".join(lines)


def _no_enum_with_a_constructor(node: ast.ClassDef) -> None:
    """It would be called for members of a class that does not exist yet, and refuse them."""
    methods = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
    if {ast.unparse(base) for base in node.bases} & {"Enum", "Named"} and "__init__" in methods:
        raise SpellingError(f"{node.name}: an enumeration with a constructor")


def _called(node: ast.expr) -> str:
    return ast.unparse(node.func if isinstance(node, ast.Call) else node)


def _decorator(node: ast.ClassDef) -> ast.expr | None:
    named = (d for d in node.decorator_list if _called(d) in {"dataclass", "word"})
    return next(named, None)


class _Spelling:
    """One class; `lines` are those of the whole file."""

    def __init__(self, node: ast.ClassDef, decorator: ast.expr, lines: list[str]) -> None:
        self._node = node
        self._lines = lines
        self._decorator = decorator
        said = {
            keyword.arg: ast.literal_eval(keyword.value)
            for keyword in (decorator.keywords if isinstance(decorator, ast.Call) else ())
        }
        if unknown := said.keys() - {"frozen", "slots", "eq", "kw_only", "unsafe_hash"}:
            raise SpellingError(f"{node.name}: {', '.join(map(str, unknown))}")
        word = _called(decorator) == "word"
        self._equal = said.get("eq", True)
        immutable = word or said.get("frozen", False)
        self._hashed = said.get("unsafe_hash", False) or (self._equal and immutable)
        self._by_name = said.get("kw_only", False)
        self._generic = any(ast.unparse(base).startswith("Generic[") for base in node.bases)
        self._own = {each.name for each in node.body if isinstance(each, ast.FunctionDef)}
        self._declared = [each for each in node.body if isinstance(each, ast.AnnAssign)]
        self._fields = [self._field(each) for each in self._declared]
        if self._own & {"__init__", "__post_init__"}:
            raise SpellingError(f"{node.name} has a constructor of its own")

    def write(self) -> None:
        methods = [method for method in (self._init(), self._eq(), self._hash()) if method]
        how = ["init=False", "eq=False"] + ["kw_only=True"] * self._by_name
        room = self._room()
        if len(room) < len(methods) and self._hashed and not self._generic:
            methods.pop()
            how.append("unsafe_hash=True")
        if len(room) < len(methods):
            raise SpellingError(f"{self._node.name}: not enough blank lines")
        self._lines[self._decorator.lineno - 1] = f"@dataclass({', '.join(how)})"
        if self._generic:
            self._undecorate()
        for at, method in zip(room, methods, strict=False):
            self._lines[at] = f"    {method}"

    def _undecorate(self) -> None:
        """A generic class in C has a __dict__, over which the decorator stumbles."""
        self._lines[self._decorator.lineno - 1] = ""
        for each in self._declared:
            if each.value is not None:
                line = self._lines[each.lineno - 1]
                if each.lineno != each.end_lineno:
                    raise SpellingError(f"{self._node.name}: a default of several lines")
                kept = line[: each.annotation.end_col_offset]
                self._lines[each.lineno - 1] = kept + line[each.end_col_offset :]
        names = "".join(f"{field.name!r}, " for field in self._fields if field.given)
        at = next(each for each in self._declared if "#" not in self._lines[each.lineno - 1])
        self._lines[(at.end_lineno or at.lineno) - 1] += f"; __match_args__: Final = ({names})"

    def _field(self, node: ast.AnnAssign) -> Field:
        assert isinstance(node.target, ast.Name)
        name, kind = node.target.id, ast.unparse(node.annotation)
        if not isinstance(node.value, ast.Call) or _called(node.value) != "field":
            return Field(name, kind, "" if node.value is None else ast.unparse(node.value))
        said = {str(each.arg): ast.unparse(each.value) for each in node.value.keywords}
        if unknown := said.keys() - {
            "default",
            "default_factory",
            "compare",
            "repr",
            "init",
            "hash",
        }:
            raise SpellingError(f"{self._node.name}.{name}: {', '.join(unknown)}")
        compared = said.get("compare", "True")
        return Field(
            name,
            kind,
            said.get("default", ""),
            said.get("default_factory", ""),
            compared=compared == "True",
            hashed=said.get("hash", compared) == "True",
            given=said.get("init", "True") == "True",
        )

    def _init(self) -> str:
        given = [field.argument for field in self._fields if field.given]
        named = ["self"] + ["*"] * self._by_name + given
        done = "; ".join(field.assignment for field in self._fields) or "pass"
        return f"def __init__({', '.join(named)}) -> None: {done}"

    def _eq(self) -> str:
        if not self._equal or "__eq__" in self._own:
            return ""
        compared = [field.name for field in self._fields if field.compared]
        each = [f"self.{name} == other.{name}" for name in compared]
        same = " and ".join([f"isinstance(other, {self._node.name})", *each])
        return f"def __eq__(self, other: object) -> bool: return self is other or ({same})"

    def _hash(self) -> str:
        if not self._hashed or "__hash__" in self._own:
            return ""
        each = "".join(f"self.{field.name}, " for field in self._fields if field.hashed)
        return f"def __hash__(self) -> int: return hash(({each}))"

    def _room(self) -> list[int]:
        """Indices of blank lines between the members of the class, and of those after it."""
        end = self._node.end_lineno or self._node.lineno
        taken = {
            at
            for each in self._node.body
            for at in range(each.lineno, (each.end_lineno or each.lineno) + 1)
        }
        free = [at - 1 for at in range(self._node.body[0].lineno, end) if at not in taken]
        free = [at for at in free if not self._lines[at].strip()]
        after = end
        while after < len(self._lines) and not self._lines[after].strip():
            free.append(after)
            after += 1
        if after == len(self._lines):  # the last of its file: as many more as there are methods
            self._lines.extend(["", "", ""])
            free += range(after, after + 3)
        return free
