"""Marks drawn as a ladder: telephones on the left, the gateway, the network on the right.

             phone                 gateway                 sbc
       0.000 |-------off-hook------>|                      |
       0.400 |                      |--------INVITE------->|

The renderer holds nothing but the shape of the picture, so that a finished call and one
that is being watched look the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from firmware.hues import Brush, Hue, of_state, plain
from firmware.text import escape
from firmware.trace.marks import Lane, Mark

WIDTH = 22
"""Characters between two uprights."""
_MOST_COLUMNS = 3
"""Telephones beyond this share one column."""

_FILL = {
    Lane.COPPER: "-",
    Lane.SIP: "-",
    Lane.HEARTBEAT: "-",
    Lane.VOICE: "=",
    Lane.HOUSE: " ",
}
_SIP = {Lane.SIP, Lane.HEARTBEAT}
_HUES = {
    Lane.COPPER: Hue.COPPER,
    Lane.SIP: Hue.NETWORK,
    Lane.HEARTBEAT: Hue.FAINT,
    Lane.VOICE: Hue.VOICE,
    Lane.HOUSE: Hue.BOLD,
}
_CHALLENGES = {"401", "407"}
"""Refusals that belong to the ordinary course of things."""


@dataclass(slots=True)
class Renderer:
    """Draws marks line by line.

    Args:
        ports: those whose telephones get a column, in order; more than three share one.
        network: what the right column is called.
        start: the time that is shown as 0; None: that of the first mark.
        brush: paints the arrows, each lane in its colour, refusals in red.
        most: columns of a line, colours not counted; 0: as many as it takes.
    """

    ports: Sequence[int] = (1,)
    network: str = "sbc"
    start: float | None = None
    brush: Brush = plain
    most: int = 0
    _peer: str = field(default="", init=False)

    @property
    def _columns(self) -> int:
        """How many telephone columns there are."""
        return len(self.ports) if len(self.ports) <= _MOST_COLUMNS else 1

    def head(self) -> str:
        """The names above the uprights."""
        if len(self.ports) > _MOST_COLUMNS:
            phones = ["phones"]
        elif len(self.ports) == 1:
            phones = ["phone"]
        else:
            phones = [f"phone {port}" for port in self.ports]
        first = " " * 9 + "".join(name.ljust(WIDTH + 1) for name in phones[:-1])
        last = phones[-1].ljust(WIDTH)
        return f"{first}{last}{'gateway'.ljust(WIDTH + 1)} {escape(self.network)}".rstrip()

    def line(self, mark: Mark) -> str:
        """One mark as one line; what is told in it cannot break the line."""
        if self.start is None:
            self.start = mark.at
        gateway = self._columns
        if mark.lane is Lane.COPPER and mark.port in self.ports:
            column = self.ports.index(mark.port) if gateway == len(self.ports) else 0
            before, arrow, after = self._arrow(mark, column, gateway)
            after += self._whole(mark, column, gateway)
        elif mark.lane in {*_SIP, Lane.VOICE}:
            before, arrow, after = self._arrow(mark, gateway, gateway + 1)
            after += self._note(mark) + self._whole(mark, gateway, gateway + 1)
        else:
            before, arrow, after = self._uprights(gateway), f"* {self._label(mark)}", ""
        before = f"{mark.at - self.start:8.3f} {before}"
        if self.most:
            arrow = arrow[: max(self.most - len(before), 0)]
            after = after[: max(self.most - len(before) - len(arrow), 0)]
        return before + self.brush(arrow.rstrip(), _hue(mark)) + after.rstrip()

    def _arrow(self, mark: Mark, left: int, right: int) -> tuple[str, str, str]:
        """Between two uprights; a longer one crosses those in between."""
        space = _space(left, right)
        to_right = mark.outward if mark.lane is not Lane.COPPER else not mark.outward
        label = self._label(mark)
        if len(label) > space - 4:
            label = label[: space - 6] + ".."  # `_whole` has all of it
        fill = _FILL[mark.lane]
        shaft = f"{label:{fill}^{space - 2}}"
        arrow = f"{fill}{shaft}>" if to_right else f"<{shaft}{fill}"
        end = self._columns + 1
        after = (" " * WIDTH + "|") * (end - right)
        return f"{self._uprights(left)}|", arrow, f"|{after}"

    def _whole(self, mark: Mark, left: int, right: int) -> str:
        """What was cut because the arrow is too short for it."""
        label = self._label(mark)
        return f"  {label}" if len(label) > _space(left, right) - 4 else ""

    def _uprights(self, count: int) -> str:
        return ("|" + " " * WIDTH) * count

    def _label(self, mark: Mark) -> str:
        own_column = mark.lane is Lane.COPPER and self._columns == len(self.ports)
        told = mark.lane in _SIP or own_column or len(self.ports) == 1
        stranger = mark.port not in self.ports
        who = f"{mark.port}: " if mark.port and (stranger or not told) else ""
        return who + escape(mark.what)

    def _note(self, mark: Mark) -> str:
        """The port, if there are several; the peer, when it is another than before."""
        words = []
        if len(self.ports) > 1 and mark.port and mark.lane is Lane.SIP:
            words.append(f"port {mark.port}")
        if mark.lane in _SIP and mark.peer and mark.peer != self._peer:
            self._peer = mark.peer
            words.append(escape(mark.peer))
        return "  " + " ".join(words) if words else ""


def _hue(mark: Mark) -> Hue:
    """That of its lane; refusals and bad news are red wherever they stand."""
    if mark.lane is Lane.HOUSE:
        return of_state(mark.what.split(" ")[-1]).hue or _HUES[mark.lane]
    status = mark.what[:3]
    refused = mark.lane is Lane.SIP and status.isdecimal() and status[0] in "456"
    return Hue.BAD if refused and status not in _CHALLENGES else _HUES[mark.lane]


def _space(left: int, right: int) -> int:
    """Characters between two uprights."""
    return (right - left) * (WIDTH + 1) - 1


def render(
    marks: Iterable[Mark],
    *,
    ports: Sequence[int] | None = None,
    heartbeat: bool = False,
    brush: Brush = plain,
) -> str:
    """The whole picture of these ports; they default to all that the marks speak of.

    Heartbeats are left out, because they would hide the rest, unless they are asked for.
    """
    drawn = [mark for mark in marks if heartbeat or mark.lane is not Lane.HEARTBEAT]
    if ports is None:
        ports = sorted({mark.port for mark in drawn if mark.port}) or [1]
    drawn = [mark for mark in drawn if mark.port in {0, *ports}]
    renderer = Renderer(ports, brush=brush)
    return "\n".join([renderer.head(), *(renderer.line(mark) for mark in drawn)]) + "\n"
