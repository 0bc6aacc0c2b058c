"""The process that shakes hands, as the gateway starts it."""

from __future__ import annotations

import sys

from firmware.dtls.process import main

sys.exit(main(sys.argv[1:]))
