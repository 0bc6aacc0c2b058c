"""The media process, as the gateway starts it."""

from __future__ import annotations

import sys

from firmware import late

late.keep_out_of_voice()

from firmware.media.process import main  # noqa: E402 - after what is to be kept out

sys.exit(main(sys.argv[1:]))
