"""``python -m hardware``: write the files that are made of the drawings.

``python -m hardware --check`` compares instead, and asks the electrical rules; exit status 1
when something is stale or wrong.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from hardware.design.boards import BOARDS
from hardware.design.bom import table
from hardware.design.diagram import block_diagram
from hardware.design.kicad import netlist
from hardware.design.pages import drawing, eeprom, pin_map
from hardware.design.rules import check

HERE = Path(__file__).parent


def made() -> dict[str, str]:
    """Names of the made files, and what belongs into them."""
    designs = [make() for make in BOARDS.values()]
    files = {"pinmap.md": pin_map(designs), "BOM.csv": table(designs)}
    for design in designs:
        name = design.circuit.name
        files[f"boards/{name}.md"] = drawing(design)
        files[f"boards/{name}.net"] = netlist(design.circuit)
        files[f"boards/{name}.svg"] = block_diagram(design)
        files[f"eeprom/{name}.txt"] = eeprom(design)
    return files


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m hardware", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare, and ask the rules")
    words = parser.parse_args()
    faults = [str(each) for make in BOARDS.values() for each in check(make().circuit)]
    for name, text in made().items():
        path = HERE / name
        if not words.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            faults.append(f"{name} is stale: python -m hardware")
    sys.stderr.writelines(f"{fault}\n" for fault in faults)
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
