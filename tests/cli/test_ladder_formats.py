"""``ladder --format``: the same marks for documents."""

from __future__ import annotations

import xml.etree.ElementTree as ET

from firmware.cli.command import TABLE
from firmware.trace.ladder_formats import mermaid, svg
from firmware.trace.marks import Lane, Mark
from tests.cli.lab import MARKS, context

HOUSE = Mark(at=10.6, port=1, lane=Lane.HOUSE, outward=False, what="PEER_BUSY; 1 # 2 <3>")
VOICE = Mark(at=10.7, port=1, lane=Lane.VOICE, outward=True, what="voice PCMA", detail="a\r\nb")


def test_a_mermaid_diagram_has_an_arrow_a_mark() -> None:
    assert mermaid([*MARKS[:5], HOUSE, VOICE]) == (
        "sequenceDiagram\n"
        "    participant P1 as phone 1\n"
        "    participant gateway\n"
        "    participant sbc\n"
        "    P1->>gateway: 0.000 off-hook\n"
        "    gateway->>P1: 0.000 dial-tone\n"
        "    P1->>gateway: 0.100 8\n"
        "    gateway->>sbc: 0.400 INVITE\n"
        "    sbc->>gateway: 0.500 486\n"
        "    Note over P1,gateway: 0.600 PEER_BUSY#59; 1 #35; 2 <3>\n"
        "    gateway-->>sbc: 0.700 voice PCMA\n"
    )


def test_a_picture_is_well_formed_whatever_is_said() -> None:
    root = ET.fromstring(svg([*MARKS[:5], HOUSE, VOICE]))  # noqa: S314 - it is our own
    texts = [node.text or "" for node in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"phone 1", "gateway", "sbc", "INVITE", "* PEER_BUSY; 1 # 2 <3>"} <= set(texts)
    arrows = list(root.iter("{http://www.w3.org/2000/svg}polygon"))
    assert len(arrows) == 6
    assert [node.text for node in root.iter("{http://www.w3.org/2000/svg}title")] == ["a\nb"]


def test_nothing_at_all_is_still_a_picture() -> None:
    assert mermaid([]).startswith("sequenceDiagram")
    ET.fromstring(svg([]))  # noqa: S314


def test_it_is_asked_for_by_an_option() -> None:
    answer = TABLE.execute(["ladder", "1", "--format", "mermaid"], context())
    assert answer.text.startswith("sequenceDiagram")
