"""The gateway: line machines, SIP agent, voice path, console."""

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class _Core:
    """Asks `firmware.compiled` for modules of the core.

    The voice process and most of the console have none, and do without what that imports.
    """

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if not name.startswith(("firmware.sip.", "firmware.machine")):
            return None
        from firmware.compiled import CORE

        return CORE.find_spec(name, path, target)


sys.meta_path.insert(0, _Core)
