"""Fuzz one target: ``python -m tests.fuzz.one TARGET [libFuzzer options] CORPUS``.

A process of its own, because the fuzzer takes it over and ends it at the first fault.
"""

from __future__ import annotations

import importlib
import sys

INSTRUMENTED = ["firmware.sip", "firmware.exchange", "firmware.media", "firmware.dns"]


def main() -> None:
    atheris = importlib.import_module("atheris")  # a tool of this command alone, no dependency
    with atheris.instrument_imports(include=INSTRUMENTED):
        targets = importlib.import_module("tests.fuzz.targets")
    target = targets.TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
