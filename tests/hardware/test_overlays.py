"""The device-tree overlays: compiled, merged, and of one mind with the drawings.

The small trees written here are always there; Debian's own ones when
`tools/device-trees.sh` has fetched them.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from drivers.pins import INTERRUPT_PIN, RESET_PIN
from firmware.config.schema import Card
from hardware.design.boards import BOARDS
from tests.hardware import trees

if not trees.HAVE_DTC:
    pytest.skip("no dtc: apt-get install device-tree-compiler", allow_module_level=True)

DEBIAN = sorted(trees.DEBIAN.glob("bcm2*.dtb"))
BASES = {"upstream": trees.UPSTREAM, "raspberry-pi": trees.RASPBERRY_PI}
SPI = "/soc/spi@7e204000"
SOUND = "/fxs-sound"


@pytest.fixture(params=BASES)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return trees.compiled(BASES[request.param], tmp_path / f"{request.param}.dtb")


@pytest.mark.parametrize("name", ["fxs2", "fxs8", "ag1171"])
def test_an_overlay_fits_both_kinds_of_tree(name: str, base: Path, tmp_path: Path) -> None:
    tree = trees.merged(base, name, tmp_path)
    assert trees.strings(tree, SOUND, "compatible") == ["simple-audio-card"]
    assert trees.strings(tree, "/fxs-card", "compatible") == ["tipring,fxs-card"]


@pytest.mark.parametrize("name", ["fxs2", "fxs8", "ag1171"])
@pytest.mark.parametrize("tree", DEBIAN, ids=lambda path: path.stem)
def test_an_overlay_fits_the_trees_of_debians_kernel(
    name: str, tree: Path, tmp_path: Path
) -> None:
    together = trees.merged(tree, name, tmp_path)
    assert trees.strings(together, "/fxs-card", "compatible") == ["tipring,fxs-card"]
    if name != "ag1171":
        assert trees.strings(together, f"{SPI}/slic@0", "compatible") == ["silabs,si3210"]


def test_debians_trees_are_of_both_chips() -> None:
    if not DEBIAN:
        pytest.skip("no device trees of Debian's kernel: tools/device-trees.sh fetches them")
    assert {path.name[:7] for path in DEBIAN} == {"bcm2711", "bcm2837"}


@pytest.mark.parametrize("name", ["fxs2", "fxs8", "ag1171"])
def test_an_overlay_does_not_fit_a_raspberry_pi_5(name: str, tmp_path: Path) -> None:
    five = trees.compiled(trees.RASPBERRY_PI_5, tmp_path / "five.dtb")
    with pytest.raises(AssertionError, match="FDT_ERR_NOTFOUND"):
        trees.merged(five, name, tmp_path)


@pytest.mark.parametrize(("name", "selects"), [("fxs2", [8, 7]), ("fxs8", [8])])
def test_chip_selects_are_those_of_the_drawing(
    name: str, selects: list[int], base: Path, tmp_path: Path
) -> None:
    uses = BOARDS[name]().uses
    drawn = [n for n in (8, 7) if n in uses and uses[n].signal.startswith("SPI_CE")]
    tree = trees.merged(base, name, tmp_path)
    assert trees.gpios(tree, SPI, "cs-gpios") == drawn == selects
    for number in range(len(selects)):
        assert trees.cells(tree, f"{SPI}/slic@{number}", "reg") == [number]
    assert not trees.has(tree, f"{SPI}/slic@{len(selects)}")


@pytest.mark.parametrize("name", ["fxs2", "fxs8"])
def test_the_stock_devices_on_the_bus_are_switched_off(
    name: str, base: Path, tmp_path: Path
) -> None:
    tree = trees.merged(base, name, tmp_path)
    for number in (0, 1):
        assert trees.strings(tree, f"{SPI}/spidev@{number}", "status") == ["disabled"]


WIRES = {
    "int-gpios": ("INT",),
    "reset-gpios": ("RESET", "CODEC_RESET"),
    "enable-gpios": ("VDC_ENABLE",),
    "fault-gpios": ("VDC_FAULT",),
    "hook-gpios": ("SHK_1", "SHK_2"),
    "ring-gpios": ("RM_1", "RM_2"),
    "reverse-gpios": ("FR_1", "FR_2"),
    "power-gpios": ("PD_1", "PD_2"),
}


@pytest.mark.parametrize("name", ["fxs2", "fxs8", "ag1171"])
def test_the_wires_that_user_space_reads_are_those_of_the_drawing(
    name: str, base: Path, tmp_path: Path
) -> None:
    tree = trees.merged(base, name, tmp_path)
    drawn = {use.signal: number for number, use in BOARDS[name]().uses.items()}
    listed = trees.run("fdtget", "-p", tree, "/fxs-card").split()
    for key in (each for each in listed if each.endswith("-gpios")):
        wanted = [drawn[signal] for signal in WIRES[key] if signal in drawn]
        assert trees.gpios(tree, "/fxs-card", key) == wanted


@pytest.mark.parametrize("name", ["fxs2", "fxs8"])
def test_the_driver_uses_the_interrupt_and_reset_of_the_drawing(name: str) -> None:
    uses = BOARDS[name]().uses
    assert uses[INTERRUPT_PIN].signal == "INT"
    assert uses[RESET_PIN].signal == "RESET"


@pytest.mark.parametrize("name", ["fxs2", "fxs8", "ag1171"])
def test_pins_given_to_a_peripheral_are_those_of_the_drawing(
    name: str, base: Path, tmp_path: Path
) -> None:
    tree = trees.merged(base, name, tmp_path)
    uses = BOARDS[name]().uses
    gpio = "/soc/gpio@7e200000"
    for node, prefix in (("fxs-pcm-pins", "PCM_"), ("fxs-spi-pins", "SPI_S SPI_M")):
        if not trees.has(tree, f"{gpio}/{node}"):
            continue
        starts = tuple(prefix.split())
        drawn = [n for n, use in uses.items() if use.signal.startswith(starts)]
        assert trees.cells(tree, f"{gpio}/{node}", "brcm,pins") == drawn


@pytest.mark.parametrize(
    ("name", "width", "clock"), [("fxs2", 16, 512_000), ("fxs8", 32, 1_024_000)]
)
def test_the_frame_has_the_clock_of_the_data_sheet(
    name: str, width: int, clock: int, base: Path, tmp_path: Path
) -> None:
    """Four slots, of which the first two carry samples; 8000 frames a second."""
    tree = trees.merged(base, name, tmp_path)
    for link in (0, 1):
        node = f"{SOUND}/simple-audio-card,dai-link@{link}"
        assert trees.strings(tree, node, "format") == ["dsp_a"]
        assert trees.cells(tree, f"{node}/cpu", "dai-tdm-slot-width") == [width]
        assert trees.cells(tree, f"{node}/cpu", "dai-tdm-slot-num") == [4]
        assert trees.cells(tree, f"{node}/cpu", "dai-tdm-slot-tx-mask") == [1, 1, 0, 0]
        properties = trees.run("fdtget", "-p", tree, node).split()
        assert {"bitclock-inversion", "continuous-clock"} <= set(properties)
    assert 4 * width * 8000 == clock


def test_a_label_that_one_of_the_trees_lacks_is_found(tmp_path: Path) -> None:
    """The proof of the proof: `spi0` is Raspberry Pi's word, not mainline's."""
    base = trees.compiled(trees.UPSTREAM, tmp_path / "upstream.dtb")
    source = (trees.HARDWARE / "overlays/fxs2.dts").read_text()
    wrong = source.replace('target-path = "/soc/spi@7e204000"', "target = <&spi0>")
    assert wrong != source
    blob = trees.compiled(wrong, tmp_path / "wrong.dtbo")
    with pytest.raises(AssertionError, match="FDT_ERR_NOTFOUND"):
        trees.run("fdtoverlay", "-i", base, "-o", tmp_path / "out.dtb", blob)


def test_the_configuration_names_the_pins_of_the_drawings_unless_told_otherwise() -> None:
    card = Card()
    chips = {n: use.signal for n, use in BOARDS["fxs2"]().uses.items()}
    modules = {n: use.signal for n, use in BOARDS["ag1171"]().uses.items()}
    assert (chips[card.reset_gpio], chips[card.interrupt_gpio]) == ("RESET", "INT")
    assert [modules[n] for n in card.hook_gpio] == ["SHK_1", "SHK_2"]
    assert [modules[n] for n in card.ring_gpio] == ["RM_1", "RM_2"]
    assert [modules[n] for n in card.reverse_gpio] == ["FR_1", "FR_2"]
    assert [modules[n] for n in card.power_gpio] == ["PD_1", "PD_2"]


def test_the_sound_device_that_the_configuration_names_has_both_directions() -> None:
    """`pcm = "fxs"` is a stem: the driver looks for it with ``_in`` and ``_out`` as well."""
    text = (trees.HARDWARE / "asound.conf").read_text()
    names = re.findall(r"^pcm\.(\w+) \{", text, re.MULTILINE)
    assert sorted(names) == ["fxs_in", "fxs_out"]
    assert text.count("hint { show on") == 2, "PortAudio lists no device without one"
    assert text.count("card fxs") == 2
