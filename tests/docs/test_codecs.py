"""The page of codecs says what the table of codecs says."""

from __future__ import annotations

from pathlib import Path

from firmware.codecs import CODECS, LAWS, OPUS_BITS
from firmware.media.emodel import UNIMPAIRED, opinion

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "codecs.md"
ROWS = {
    name.strip(" `"): [cell.strip() for cell in cells[1:]]
    for line in PAGE.read_text(encoding="utf-8").splitlines()
    if line.startswith("| `")
    for cells in [line.strip("|").split("|")]
    for name in cells[0].split(",")
}


def test_each_codec_has_its_row_with_rate_impairment_and_best_score() -> None:
    assert set(ROWS) == set(CODECS)
    for name, codec in CODECS.items():
        rate, _, _, impairment, best, _, needs = ROWS[name]
        bits = codec.octets * 800 or OPUS_BITS
        assert rate == f"{bits:,}".replace(",", " "), name
        assert impairment == f"{codec.ie:g}, {codec.bpl}", name
        assert float(best) == round(opinion(UNIMPAIRED - codec.ie), 2), name
        assert codec.package.partition(" ")[0] in needs, name
        assert name not in LAWS or needs == "nothing"


def test_the_numbers_of_our_offers_are_on_the_page() -> None:
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    numbers = {name: codec.payload_type for name, codec in CODECS.items()}
    assert f"payload type {numbers['G722']}" in text
    assert f"offered as {numbers['opus']}" in text
    assert f"offered as {numbers['G726-32']} and {numbers['AAL2-G726-32']}" in text
    for parameter in CODECS["opus"].fmtp.split(";")[:3]:
        assert parameter in text
