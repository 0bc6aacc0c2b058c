"""What can be changed in a source, one change at a time, so that a good test fails."""
# ruff: noqa: INP001 - beside a script, no package

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

Change = tuple[ast.AST, Callable[[], None]]
"""What is shown before and after, and what changes it in place."""
OTHER: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div,
}  # fmt: skip
NAMES = {"min": "max", "max": "min", "any": "all", "all": "any"}
UNREAD = frozenset({"annotation", "returns", "decorator_list"})
BODIES = ("body", "orelse", "finalbody")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Owner:
    """The outermost function around a change, as its code object has it."""

    name: str
    line: int


@dataclass(frozen=True)
class Mutant:
    line: int
    statement: int
    """The line on which its statement begins: not every line has a step of its own."""
    owner: Owner | None
    """None is what runs once, when the module is imported: tables, constants, defaults."""
    node: int
    change: int


@dataclass(frozen=True)
class Mutated:
    tree: ast.Module
    before: str
    after: str


def mutants(source: str) -> list[Mutant]:
    """All of them, in the order of the source."""
    return [
        Mutant(_line(shown, node, statement), statement, owner, at, change)
        for at, (node, owner, statement) in enumerate(_nodes(ast.parse(source)))
        for change, (shown, _) in enumerate(_changes(node))
    ]


def mutated(source: str, mutant: Mutant) -> Mutated:
    """`source` with that one change."""
    tree = ast.parse(source)
    node = next(node for at, (node, *_) in enumerate(_nodes(tree)) if at == mutant.node)
    shown, change = list(_changes(node))[mutant.change]
    before = _text(shown)
    change()
    after = _text(shown) if shown is node else "nothing"
    return Mutated(ast.fix_missing_locations(tree), before, after)


def _text(node: ast.AST) -> str:
    return ast.unparse(node).split("\n")[0]


def _line(shown: ast.AST, node: ast.AST, statement: int) -> int:
    return int(getattr(shown, "lineno", getattr(node, "lineno", statement)))


def _nodes(tree: ast.Module) -> Iterator[tuple[ast.AST, Owner | None, int]]:
    """Every node that does something when the program runs, with its owner and its statement."""
    waiting: list[tuple[ast.AST, Owner | None, int, str]] = [(tree, None, 1, "")]
    while waiting:
        node, owner, statement, path = waiting.pop()
        if isinstance(node, ast.stmt):
            statement = node.lineno
        yield node, owner, statement
        below: list[tuple[ast.AST, Owner | None, int, str]] = []
        if isinstance(node, ast.ClassDef):
            path += f"{node.name}."
        for name, value in ast.iter_fields(node):
            if name in UNREAD or _for_types(node):
                continue
            inner = owner
            if isinstance(node, Function) and name == "body" and owner is None:
                first = min([node.lineno, *(each.lineno for each in node.decorator_list)])
                inner = Owner(path + node.name, first)
            several = value if isinstance(value, list) else [value]
            below += [
                (each, inner, statement, path) for each in several if isinstance(each, ast.AST)
            ]
        waiting += reversed(below)


def _for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def _changes(node: ast.AST) -> Iterator[Change]:
    yield from _operators(node)
    yield from _values(node)
    yield from _choices(node)
    yield from _left_out(node)


def _operators(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        for at, op in enumerate(node.ops):
            if type(op) in OTHER:
                yield node, _put(node.ops, at, OTHER[type(op)]())
    elif isinstance(node, ast.BoolOp | ast.BinOp | ast.AugAssign) and type(node.op) in OTHER:
        yield node, _set(node, "op", OTHER[type(node.op)]())
    if isinstance(node, ast.BoolOp):
        neutral = isinstance(node.op, ast.And)
        for at in range(len(node.values)):
            yield node, _put(node.values, at, ast.Constant(neutral))
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, _set(node, "operand", _not(node.operand))


def _values(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield node, _set(node, "value", not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        yield node, _set(node, "value", node.value + 1)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in NAMES:
        yield node, _set(node.func, "id", NAMES[node.func.id])
    elif isinstance(node, ast.Return) and node.value is not None and not _nothing(node.value):
        yield node, _set(node, "value", ast.Constant(None))
    elif isinstance(node, ast.Set) and len(node.elts) > 1:
        for at, each in enumerate(node.elts):
            yield each, _drop(at, node.elts)
    elif isinstance(node, ast.Dict):
        for at, key in enumerate(node.keys):
            yield key or node.values[at], _drop(at, node.keys, node.values)


def _choices(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp | ast.While) and not _for_types(node):
        if isinstance(node.test, ast.Compare) and len(node.test.ops) == 1:
            return  # that its operator is another is as good
        yield node, _set(node, "test", _not(node.test))
    elif isinstance(node, ast.comprehension):
        for at, each in enumerate(node.ifs):
            yield each, _put(node.ifs, at, ast.Constant(True))
    elif isinstance(node, ast.match_case) and node.guard is not None:
        yield node.guard, _set(node, "guard", ast.Constant(True))


def _left_out(node: ast.AST) -> Iterator[Change]:
    """Statements without which it would still compile."""
    for field in BODIES:
        body = getattr(node, field, None)
        if not isinstance(body, list):
            continue
        for at, each in enumerate(body):
            if _does_something(each):
                yield each, _put(body, at, ast.copy_location(ast.Pass(), each))


def _does_something(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Constant()):
            return False  # a docstring
        case ast.Assign(targets=[ast.Name() | ast.Tuple()]) | ast.AnnAssign(target=ast.Name()):
            return False  # whoever reads the name would stumble
        case ast.Return(value=value):
            return value is None  # others return None, which is the same
        case ast.AnnAssign(value=None):
            return False
    return isinstance(
        node,
        ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Raise | ast.Delete
        | ast.Continue | ast.Break,
    )  # fmt: skip


def _nothing(node: ast.expr) -> bool:
    """Whether its caller can hardly tell it from None."""
    return isinstance(node, ast.Constant) and not node.value


def _not(node: ast.expr) -> ast.expr:
    return ast.UnaryOp(ast.Not(), node)


def _set(node: ast.AST, name: str, value: object) -> Callable[[], None]:
    return lambda: setattr(node, name, value)


def _put(where: list[Any], at: int, what: ast.AST) -> Callable[[], None]:
    return lambda: where.__setitem__(at, what)


def _drop(at: int, *lists: list[Any]) -> Callable[[], None]:
    def drop() -> None:
        for each in lists:
            del each[at]

    return drop
