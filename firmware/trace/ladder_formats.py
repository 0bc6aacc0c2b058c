"""Ladders for documents: as a Mermaid sequence diagram, and as a picture (SVG)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape as escape_xml

from firmware.text import escape
from firmware.trace.ladder import render
from firmware.trace.marks import Lane, Mark

ROW, COLUMN, MARGIN, HEAD = 24, 190, 70, 50
"""Pixels: of a line, between uprights, left of them, above the first line."""
COLOURS = {Lane.COPPER: "#8a4b08", Lane.SIP: "#0b5394", Lane.HEARTBEAT: "#666666",
           Lane.VOICE: "#38761d", Lane.HOUSE: "#444444"}  # fmt: skip
_GATEWAY, _NETWORK = "gateway", "sbc"


def mermaid(marks: Sequence[Mark]) -> str:
    """Text that Mermaid draws, also within Markdown."""
    ports = _ports(marks)
    lines = ["sequenceDiagram"]
    lines += [f"    participant P{port} as phone {port}" for port in ports]
    lines += [f"    participant {_GATEWAY}", f"    participant {_NETWORK}"]
    for mark in marks:
        said = f"{mark.at - marks[0].at:.3f} {_plain(mark.what)}"
        ends = _ends(mark)
        if ends is None:
            over = f"P{mark.port},{_GATEWAY}" if mark.port in ports else _GATEWAY
            lines.append(f"    Note over {over}: {said}")
            continue
        arrow = "-->>" if mark.lane is Lane.VOICE else "->>"
        left, right = (f"P{end}" if isinstance(end, int) else end for end in ends)
        lines.append(f"    {left}{arrow}{right}: {said}")
    return "\n".join(lines) + "\n"


def svg(marks: Sequence[Mark]) -> str:
    """A picture, with the message of an arrow as its tooltip."""
    ports = _ports(marks)
    columns: tuple[int | str, ...] = (*ports, _GATEWAY, _NETWORK)
    places: dict[int | str, int] = {
        name: MARGIN + index * COLUMN for index, name in enumerate(columns)
    }
    width = MARGIN + (len(places) - 1) * COLUMN + MARGIN + 60
    height = HEAD + ROW * len(marks) + ROW
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        'font-family="monospace" font-size="12">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for name, x in places.items():
        label = f"phone {name}" if isinstance(name, int) else name
        parts.append(f'<text x="{x}" y="20" text-anchor="middle">{label}</text>')
        parts.append(f'<line x1="{x}" y1="30" x2="{x}" y2="{height - 10}" stroke="#999999"/>')
    for index, mark in enumerate(marks):
        parts.append(_row(mark, HEAD + ROW * index, places, mark.at - marks[0].at))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _row(mark: Mark, y: int, places: dict[int | str, int], seconds: float) -> str:
    colour, what = COLOURS[mark.lane], escape_xml(escape(mark.what))
    title = escape_xml(escape(mark.detail).replace("\\r", "").replace("\\n", "\n"))
    tip = f"<title>{title}</title>" if title else ""
    time = f'<text x="4" y="{y + 4}" fill="#666666">{seconds:.3f}</text>'
    ends = _ends(mark)
    if ends is None or ends[0] not in places or ends[1] not in places:
        x = places[_GATEWAY] + 8
        return f'{time}<g>{tip}<text x="{x}" y="{y + 4}" fill="{colour}">* {what}</text></g>'
    left, right = places[ends[0]], places[ends[1]]
    head = right - 8 if right > left else right + 8
    dashes = ' stroke-dasharray="6 3"' if mark.lane is Lane.VOICE else ""
    return (
        f'{time}<g stroke="{colour}" fill="{colour}">{tip}'
        f'<line x1="{left}" y1="{y}" x2="{right}" y2="{y}"{dashes}/>'
        f'<polygon points="{right},{y} {head},{y - 4} {head},{y + 4}"/>'
        f'<text x="{(left + right) // 2}" y="{y - 4}" text-anchor="middle" stroke="none">{what}'
        "</text></g>"
    )


def _ports(marks: Iterable[Mark]) -> list[int]:
    return sorted({mark.port for mark in marks if mark.port})


def _ends(mark: Mark) -> tuple[int | str, int | str] | None:
    """From whom to whom; None: it happened inside."""
    match mark.lane:
        case Lane.COPPER if mark.port:
            ends: tuple[int | str, int | str] = (mark.port, _GATEWAY)
            return ends[::-1] if mark.outward else ends
        case Lane.SIP | Lane.HEARTBEAT | Lane.VOICE:
            return (_GATEWAY, _NETWORK) if mark.outward else (_NETWORK, _GATEWAY)
    return None


def _plain(text: str) -> str:
    """Mermaid takes semicolons and hashes for its own."""
    return "".join({"#": "#35;", ";": "#59;"}.get(letter, letter) for letter in escape(text))


FORMATS: dict[str, Callable[[Sequence[Mark]], str]] = {
    "text": render,
    "mermaid": mermaid,
    "svg": svg,
}
