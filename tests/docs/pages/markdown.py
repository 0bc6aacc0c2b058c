"""Small pieces of Markdown, and what is read out of source files to fill them."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parent.parent.parent.parent
DOCS = ROOT / "docs"


def page(title: str, *parts: str) -> str:
    """A whole page: a warning, its title, its parts."""
    head = "<!-- Made by `make docs` from the code; edit the code instead. -->"
    return "\n\n".join([head, f"# {title}", *(part.strip("\n") for part in parts)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; cells that hold a bar or a line break stay one cell."""
    lines = [_row(head), "|" + "---|" * len(head), *(_row(row) for row in rows)]
    return "\n".join(lines)


def code(text: object) -> str:
    """`text` as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""


def prose(docstring: str) -> str:
    """A docstring's words as Markdown: ``x`` and `x` are code, and it is one line."""
    return re.sub(r"\s+", " ", docstring.replace("``", "`")).strip()


def module_doc(module: ModuleType) -> str:
    """The first paragraph of a module's docstring."""
    return prose(inspect.cleandoc(module.__doc__ or "").partition("\n\n")[0])


def attribute_docs(module: ModuleType) -> dict[str, str]:
    """``Class`` and ``Class.attribute``: docstrings, those behind an attribute included.

    An attribute that a class has from another of the module has that one's words.
    """
    found: dict[str, str] = {}
    attributes: dict[str, dict[str, str]] = {}
    for node in ast.parse(inspect.getsource(module)).body:
        if isinstance(node, ast.ClassDef):
            found[node.name] = prose(ast.get_docstring(node) or "")
            own = attributes[node.name] = {}
            for base in node.bases:
                own |= attributes.get(ast.unparse(base), {})
            own |= {name: prose(doc) for name, doc in _behind_attributes(node.body)}
            found |= {f"{node.name}.{name}": doc for name, doc in own.items()}
    return found


def _behind_attributes(body: Sequence[ast.stmt]) -> Iterable[tuple[str, str]]:
    for before, after in pairwise(body):
        match before, after:
            case (
                ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str(doc))),
            ):
                yield name, doc


def _row(cells: Sequence[object]) -> str:
    told = (str(cell).replace("|", "\\|").replace("\n", " ") for cell in cells)
    return "| " + " | ".join(told) + " |"
