"""The media process, as the gateway starts it."""

from __future__ import annotations

import sys

from firmware.media.process import main

sys.exit(main(sys.argv[1:]))
