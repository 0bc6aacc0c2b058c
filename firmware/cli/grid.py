"""Text in columns: aligned with spaces, one line a row; cells may have a colour."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from firmware.hues import Brush, Painted, plain
from firmware.text import escape
from firmware.texts import tr
from firmware.texts.columns import columns, padded


def table(head: Sequence[str], rows: Iterable[Sequence[object]], brush: Brush = plain) -> str:
    """Align the columns, in the operator's language."""
    said = (tuple(map(_said, row)) for row in rows)
    return aligned(tuple(map(tr, head)), said, brush)


def _said(cell: object) -> Painted:
    hue = cell.hue if isinstance(cell, Painted) else None
    return Painted(tr(escape(str(cell))), hue)


def aligned(
    head: Sequence[str], rows: Iterable[Sequence[str | Painted]], brush: Brush = plain
) -> str:
    """Align the columns; folding runs of spaces to one leaves a stable line."""
    cells = [tuple(map(_cell, row)) for row in (head, *rows)]
    widths = [max(columns(cell.text) for cell in column) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            _painted(cell, width, brush) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    )


def _cell(cell: str | Painted) -> Painted:
    return cell if isinstance(cell, Painted) else Painted(cell, None)


def _painted(cell: Painted, width: int, brush: Brush) -> str:
    """What fills a column: the colour ends where the text does."""
    text = padded(cell.text, width)
    return brush(cell.text, cell.hue) + text[len(cell.text) :] if cell.hue else text


def facts(pairs: Iterable[tuple[str, object]]) -> str:
    """One fact a line, names aligned."""
    told = [(tr(name), tr(escape(str(value)))) for name, value in pairs]
    width = max((columns(name) for name, _ in told), default=0)
    return "\n".join(f"{padded(name, width)}  {value}".rstrip() for name, value in told)
