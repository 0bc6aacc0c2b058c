"""What a crash leaves on the disk: nothing, for passwords are in memory."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

DUMPED = """
import resource, sys
from pathlib import Path
from firmware.errors import ConfigError
from firmware.start import run
_, most = resource.getrlimit(resource.RLIMIT_CORE)
resource.setrlimit(resource.RLIMIT_CORE, (most, most))
try:
    run(Path(sys.argv[1]))
except ConfigError:
    print(*resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_a_gateway_that_crashes_leaves_no_memory_on_the_disk(tmp_path: Path) -> None:
    """Whatever the shell allows: no core file of it, nor of the processes that it starts."""
    words = [sys.executable, "-W", "ignore", "-c", DUMPED, str(tmp_path / "missing.toml")]
    root = Path(__file__).parents[2]
    done = subprocess.run(words, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.split() == ["0", "0"]
