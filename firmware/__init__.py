"""The gateway: line machines, SIP agent, voice path, console."""

import sys

from firmware.compiled import CORE

sys.meta_path.insert(0, CORE)
