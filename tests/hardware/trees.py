"""Device trees: compiled, merged and read with Debian's device-tree-compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HARDWARE = Path(__file__).resolve().parents[2] / "hardware"
DEBIAN = Path(
    os.environ.get("TIPRING_DEVICE_TREES")
    or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tipring/device-trees"
)
"""Where tools/device-trees.sh puts them."""
HAVE_DTC = shutil.which("dtc") is not None and shutil.which("fdtoverlay") is not None

UPSTREAM = """
/dts-v1/;
/ {
    compatible = "raspberrypi,3-model-b", "brcm,bcm2837";
    soc {
        #address-cells = <1>; #size-cells = <1>;
        gpio: gpio@7e200000 { reg = <0x7e200000 0xb4>; gpio-controller; #gpio-cells = <2>; };
        i2s: i2s@7e203000 { reg = <0x7e203000 0x24>; status = "disabled"; };
        spi: spi@7e204000 { reg = <0x7e204000 0x200>; status = "disabled"; };
        i2c1: i2c@7e804000 { reg = <0x7e804000 0x1000>; status = "disabled"; };
    };
};
"""
"""The places that the overlays touch, as mainline's trees have them."""

RASPBERRY_PI = UPSTREAM.replace("spi: spi", "spi0: spi").replace(
    'reg = <0x7e204000 0x200>; status = "disabled";',
    """reg = <0x7e204000 0x200>; #address-cells = <1>; #size-cells = <0>;
            spidev0: spidev@0 { compatible = "spidev"; reg = <0>; };
            spidev1: spidev@1 { compatible = "spidev"; reg = <1>; };""",
)
"""The same as Raspberry Pi's trees have them: another label, and two devices on the bus."""

RASPBERRY_PI_5 = UPSTREAM.replace("i2s: i2s", "i2s_clk_producer: i2s")


def compiled(source: str, into: Path) -> Path:
    run("dtc", "-@", "-q", "-Wno-unique_unit_address", "-I", "dts", "-O", "dtb", "-o", into, "-",
        text=source)  # fmt: skip
    return into


def overlay(name: str, into: Path) -> Path:
    return compiled((HARDWARE / f"overlays/{name}.dts").read_text(), into / f"{name}.dtbo")


def merged(base: Path, name: str, into: Path) -> Path:
    out = into / f"{base.stem}-{name}.dtb"
    run("fdtoverlay", "-i", base, "-o", out, overlay(name, into))
    return out


def strings(tree: Path, node: str, key: str) -> list[str]:
    return run("fdtget", "-t", "s", tree, node, key).split()


def cells(tree: Path, node: str, key: str) -> list[int]:
    return [int(word, 16) for word in run("fdtget", "-t", "x", tree, node, key).split()]


def has(tree: Path, node: str) -> bool:
    done = subprocess.run(["fdtget", "-p", str(tree), node], capture_output=True, check=False)
    return done.returncode == 0


def gpios(tree: Path, node: str, key: str) -> list[int]:
    """BCM numbers in a property of (bank, number, flags)."""
    return cells(tree, node, key)[1::3]


def run(*words: str | Path, text: str | None = None) -> str:
    done = subprocess.run(
        [str(word) for word in words], input=text, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise AssertionError(f"{words[0]}: {done.stderr.strip()}")
    return done.stdout
