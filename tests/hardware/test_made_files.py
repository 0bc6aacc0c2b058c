"""The files that are made of the drawings are those of the drawings."""

from __future__ import annotations

import csv
import io
import os
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any

import pytest

from hardware.__main__ import HERE, made
from hardware.design.boards import BOARDS
from hardware.design.circuit import Life

FILES = made()


@pytest.mark.parametrize("name", FILES)
def test_a_made_file_is_what_the_drawings_make_of_it(name: str) -> None:
    path = HERE / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name], encoding="utf-8")
    assert path.read_text(encoding="utf-8") == FILES[name], "stale: run python -m hardware"


@pytest.mark.parametrize("name", BOARDS)
def test_the_netlist_for_kicad_says_what_the_drawing_says(name: str) -> None:
    circuit = BOARDS[name]().circuit
    export = parsed(FILES[f"boards/{name}.net"])
    refs = {words(each, "ref") for each in section(export, "components")}
    assert refs == {component.ref for component in circuit.components}
    nets = {
        words(net, "name"): {
            (words(node, "ref"), words(node, "pin")) for node in net if node[0] == "node"
        }
        for net in section(export, "nets")
    }
    assert nets == {
        net.name: {(component.ref, pin.number) for component, pin in circuit.on(net)}
        for net in circuit.nets.values()
    }


def test_the_bill_of_materials_counts_every_component_once() -> None:
    rows = list(csv.DictReader(io.StringIO(FILES["BOM.csv"])))
    for name, make in BOARDS.items():
        refs = [ref for row in rows for ref in row[f"references {name}"].split()]
        assert sorted(refs) == sorted(each.ref for each in make().circuit.components)
        assert sum(int(row[f"quantity {name}"]) for row in rows) == len(refs)


def test_what_is_at_its_end_of_life_or_not_chosen_says_so_and_what_it_must_bear() -> None:
    rows = list(csv.DictReader(io.StringIO(FILES["BOM.csv"])))
    chip = next(row for row in rows if row["part"] == "Si3210")
    assert chip["supply"] == Life.ENDED.value
    assert "Si3215" in chip["alternates"]
    open_rows = [row for row in rows if row["supply"] == Life.OPEN.value]
    assert open_rows
    for row in open_rows:
        assert row["manufacturer's number"].startswith("to be chosen")
        assert row["any replacement must have"]


@pytest.mark.parametrize("name", BOARDS)
def test_a_block_diagram_is_a_picture_that_says_the_board_is_not_built(name: str) -> None:
    root = ET.fromstring(FILES[f"boards/{name}.svg"])  # noqa: S314 - our own text
    texts = [each.text or "" for each in root.iter("{http://www.w3.org/2000/svg}text")]
    assert any("not yet built" in text for text in texts)
    width, height = (int(word) for word in root.attrib["viewBox"].split()[2:])
    for each in root.iter("{http://www.w3.org/2000/svg}text"):
        right = int(each.attrib["x"]) + 6 * len(each.text or "")
        assert right <= width
        assert 0 < int(each.attrib["y"]) < height


TOKEN = re.compile(r'"((?:[^"\\]|\\.)*)"|([()])|([^\s()"]+)')


def parsed(text: str) -> list[Any]:
    """Read an S-expression into lists of strings."""
    stack: list[list[Any]] = [[]]
    for quoted, bracket, bare in TOKEN.findall(text):
        if bracket == "(":
            stack.append([])
        elif bracket == ")":
            done = stack.pop()
            stack[-1].append(done)
        else:
            stack[-1].append(bare or quoted.replace('\\"', '"').replace("\\\\", "\\"))
    assert len(stack) == 1, "brackets do not match"
    (export,) = stack[0]
    assert isinstance(export, list)
    return export


def section(export: list[Any], name: str) -> Iterator[list[Any]]:
    (found,) = [each for each in export if isinstance(each, list) and each[0] == name]
    yield from found[1:]


def words(entry: list[Any], name: str) -> str:
    return next(str(each[1]) for each in entry if isinstance(each, list) and each[0] == name)
