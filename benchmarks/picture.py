"""A picture of curves, drawn as SVG by hand."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 640, 400
LEFT, RIGHT, TOP, BOTTOM = 62, 150, 48, 48
COLOURS = ("#0b6e4f", "#57b894", "#b5482a", "#38598b", "#7a5195")
DASHES = ("", "5 3", "", "", "")

Curve = Sequence[tuple[float, float]]


def drawn(title: str, across: str, up: str, curves: Mapping[str, Curve]) -> str:
    """Curves over a common axis, both axes from zero; the names stand at the ends."""
    points = [point for curve in curves.values() for point in curve]
    right, top = max(x for x, _ in points), _round_up(max(y for _, y in points))

    def place(x: float, y: float) -> tuple[float, float]:
        return (
            LEFT + x / right * (WIDTH - LEFT - RIGHT),
            HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM),
        )

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 24, title, size=15),
        _text(LEFT, 40, up, fill="#555"),
        _text(WIDTH - RIGHT, HEIGHT - 10, across, anchor="end", fill="#555"),
    ]
    for step in range(6):
        value = top * step / 5
        x0, y = place(0, value)
        parts.append(_line(x0, y, WIDTH - RIGHT, y, "#ddd"))
        parts.append(_text(x0 - 6, y + 4, f"{value:g}", anchor="end"))
    for value in sorted({x for x, _ in points}):
        x, y = place(value, 0)
        parts.append(_line(x, y, x, y + 4, "#555"))
        parts.append(_text(x, y + 18, f"{value:g}", anchor="middle"))
    labels: list[float] = []
    for n, (name, curve) in enumerate(sorted(curves.items(), key=lambda c: -c[1][-1][1])):
        colour, dash = COLOURS[n % len(COLOURS)], DASHES[n % len(DASHES)]
        path = " ".join("{:.1f},{:.1f}".format(*place(x, y)) for x, y in curve)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"{dashed}/>'
        )
        for x, y in curve:
            cx, cy = place(x, y)
            parts.append(f'<circle cx="{cx:.1f}" cy="{cy:.1f}" r="3" fill="{colour}"/>')
        x, y = place(*curve[-1])
        if curve[-1][0] < right:  # it ends among the others: below it there is room
            parts.append(_text(x + 4, y + 16, name, fill=colour))
            continue
        y = max([y, *(label + 15 for label in labels[-1:])])
        labels.append(y)
        parts.append(_text(x + 9, y + 4, name, fill=colour))
    return "\n".join([*parts, "</svg>", ""])


def _round_up(value: float) -> float:
    """To a number whose fifth part is easy to read."""
    size = math.pow(10, math.floor(math.log10(value)))
    return next(size * step for step in (1, 2, 2.5, 5, 10) if size * step >= value)


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", fill: str = "#222", size: int = 12
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}" '
        f'font-size="{size}">{escape(text)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, colour: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"/>'
