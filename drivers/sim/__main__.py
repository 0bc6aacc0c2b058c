"""``python -m drivers.sim --socket PATH --card NUMBER:PORTS[:VARIANT] ...``: a board.

Prints one line when it can be used, and works until SIGTERM.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from drivers.sim.board import Board, BoardError, CardSpec
from drivers.sim.card import FITTED, MOST_PORTS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m drivers.sim", description="a simulated board")
    parser.add_argument("--socket", type=Path, required=True, metavar="PATH")
    parser.add_argument(
        "--card",
        type=card_spec,
        action="append",
        metavar="NUMBER:PORTS[:VARIANT]",
        help=f"a card; VARIANT is one of {', '.join(FITTED)}",
    )
    words = parser.parse_args()
    try:
        board = Board(words.socket, words.card or [CardSpec(1, 2)])
    except BoardError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    board.run()
    return 0


def card_spec(text: str) -> CardSpec:
    """Read a card off the command line.

    Raises:
        ValueError: argparse turns it into a message.
    """
    number, ports, *rest = text.split(":")
    variant = rest[0] if rest else "si3210"
    if len(rest) > 1 or variant not in FITTED or not 1 <= int(ports) <= MOST_PORTS:
        raise ValueError(text)
    return CardSpec(int(number), int(ports), variant)


if __name__ == "__main__":
    raise SystemExit(main())
