"""The generated pages of docs/reference/: each is made of the code it describes.

`PAGES` says which function makes which page. ``make docs`` writes them, and the tests compare.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.docs.pages import (
    alarms,
    causes,
    citations,
    commands,
    configuration,
    coverage,
    interop,
    line_circuits,
    line_test,
    manual,
    metrics,
    programs,
    registers,
    states,
    strangers,
    tones,
)

PAGES: dict[str, Callable[[], str]] = {
    "alarms.md": alarms.make,
    "causes.md": causes.make,
    "commands.md": commands.make,
    "configuration.md": configuration.make,
    "coverage.md": coverage.make,
    "interop.md": interop.make,
    "json.md": programs.make,
    "line-test.md": line_test.make,
    "metrics.md": metrics.make,
    "rfc.md": citations.make,
    "six-faults.md": strangers.make,
    "states.md": states.make,
    "tipring.1": manual.make,
    "tones.md": tones.make,
    "chips/line-circuits.md": line_circuits.make,
    "chips/si321x-registers.md": registers.make,
}
"""Below docs/reference/."""
